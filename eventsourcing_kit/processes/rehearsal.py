"""One transfer from its request to its end, on a real store, with failures put in on purpose."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations, islice
from typing import Any, Final, Literal

from ..banking.account import account
from ..banking.commands import Deposit, Freeze, OpenAccount
from ..bars import progress
from ..decider import fold
from ..errors import InvalidInput
from ..event import RecordedEvent
from ..handling import handle
from ..stores import EventStore, open_engine
from .transfer_manager import load, message_id, receive, record, request, send, stream_of
from .transfer_process import (
    SUSPENSE,
    ConfirmReceiver,
    LookAtClock,
    RequestTransfer,
    Task,
    next_task,
    transfer,
    transit_account,
)

NOON: Final = datetime(2025, 2, 18, 12, tzinfo=UTC)
HELD, AMOUNT = 100_000, 75_000  # minor units: what the sender has, and what is sent
SENDER, RECEIVER = "account-1023", "account-1031"
HOLDERS: Final = {
    "sender": SENDER, "transit": transit_account("EUR"), "receiver": RECEIVER, "suspense": SUSPENSE
}  # fmt: skip
"""Who can have money in a rehearsal, and the account that it is on."""

FROZEN = "the receiver is frozen"
SILENT = "no confirmation comes"
TWICE = "each message arrives twice"
NO_WAY_BACK = "the sender is frozen meanwhile"
FAILURES: Final = (FROZEN, SILENT, TWICE, NO_WAY_BACK)
"""What can be put in the way of a rehearsal."""

Kind = Literal["message", "event", "failure", "manager"]


@dataclass(frozen=True)
class Frame:
    """One thing that happens: who does it, to whom, in words; and how things stand after it.

    `kind` "event" is a note of the process, "manager" a new one that takes over. `balances` has
    the account of each of HOLDERS, in minor units, and they always add up; `on_its_way` is what the
    process has noted as such. Between a message and its note the process is behind.
    """

    actor: str
    other: str
    text: str
    kind: Kind
    phase: str
    balances: dict[str, int]
    on_its_way: int


@dataclass(frozen=True)
class Rehearsal:
    """A transfer with these failures, frame by frame, and the phase in which it ended.

    After `dies_after` frames its manager died, and another one went on; 0 where none died.
    """

    failures: tuple[str, ...]
    frames: tuple[Frame, ...]
    phase: str
    dies_after: int = 0


def rehearse(failures: Collection[str] = (), dies_after: int = 0) -> Rehearsal:
    """Run a transfer of 750.00 EUR to its end with these failures, of FAILURES, in its way.

    Raises InvalidInput for a failure that is none of them, and for a death that would come before
    the first frame or when all is over.
    """
    if unknown := sorted(set(failures) - set(FAILURES)):
        raise InvalidInput("failures", f"{unknown[0]!r} is none of {', '.join(FAILURES)}")
    store = _bank()
    try:
        if FROZEN in failures:
            handle(store, account, RECEIVER, Freeze("fraud"))
        play = _Play(store, frozenset(failures))
        play.run(dies_after)
        events = store.read_all()
    finally:
        store.close()
    frames = tuple(_as_it_stood(events, *step) for step in play.seen)
    named = tuple(one for one in FAILURES if one in failures)
    return Rehearsal(named, frames, frames[-1].phase, dies_after)


def rehearsals() -> Iterator[Rehearsal]:
    """Every set of failures; where each message arrives once, also with a manager that dies after
    the first frame, the second, and so on. About seventy runs, a tenth of a second or two each.
    """
    sets = [some for size in range(len(FAILURES) + 1) for some in combinations(FAILURES, size)]
    for failures in progress(iterable=sets, desc="Rehearsals", unit=" sets"):
        plain = rehearse(failures)
        yield plain
        for dies_after in range(1, len(plain.frames) if TWICE not in failures else 1):
            yield rehearse(failures, dies_after)


Step = tuple[str, str, str, Kind, int]  # a frame's words, and the position of the log after it


@dataclass
class _Play:
    """A rehearsal under way: what was seen so far, and what the world did."""

    store: EventStore
    failures: frozenset[str]
    seen: list[Step] = field(default_factory=list)
    now: datetime = NOON
    sender_is_frozen: bool = False

    def run(self, dies_after: int) -> None:
        """A manager is a generator, and dead once nobody asks it for its next step."""
        steps = self.steps()
        self.seen += islice(steps, dies_after if dies_after > 0 else None)
        if not dies_after:
            return
        state, version = load(self.store, "t1")
        if len(self.seen) < dies_after or state.has_ended:
            raise InvalidInput("dies_after", f"must lie between 0 and {len(self.seen) - 1}")
        steps.close()
        self.seen.append(self.step("process", "process", "the manager dies", "failure"))
        text = f"a new manager reads {version} event{'s' * (version > 1)}: {state.phase}"
        self.seen.append(self.step("process", "process", text, "manager"))
        self.seen += self.manage()

    def step(self, actor: str, other: str, text: str, kind: Kind) -> Step:
        return actor, other, text, kind, self.store.position()

    def steps(self) -> Generator[Step]:
        deadline = (NOON + timedelta(hours=1)).isoformat()
        request(self.store, "t1", RequestTransfer(SENDER, RECEIVER, AMOUNT, "EUR", deadline))
        yield self.step("customer", "process", "requests 750.00 EUR", "message")
        yield from self.manage()

    def manage(self) -> Iterator[Step]:
        """What a manager does until the process has ended, and what the world does meanwhile."""
        while True:
            state, version = load(self.store, "t1")
            task = next_task(state, "t1")
            if state.has_ended:
                return
            if NO_WAY_BACK in self.failures and state.on_its_way and not self.sender_is_frozen:
                handle(self.store, account, SENDER, Freeze("a new fraud case"))
                self.sender_is_frozen = True
                yield self.step("clock", "sender", "the sender's account is frozen", "failure")
            elif task is not None:
                yield from self.send(task, version)
            elif SILENT in self.failures:
                self.now += timedelta(hours=1)
                receive(self.store, "t1", LookAtClock(self.now))
                yield self.step("clock", "process", "an hour has passed: timed out", "failure")
            else:
                yield from self.confirm()

    def send(self, task: Task, version: int) -> Iterator[Step]:
        """The message, its answer, and the note of it; with what goes wrong in between."""
        which = message_id("t1", task)
        known = bool(self.store.read_stream(f"inbox-{which}"))
        refusal = send(self.store, task, which)
        to = {account: name for name, account in HOLDERS.items()}[task.account]
        said = "done" if refusal is None else f"refused: {refusal}"
        again = ", known to the inbox" if known else ""
        yield self.step("process", to, f"{task.name}{again}: {said}", "message")
        if TWICE in self.failures and not known:
            send(self.store, task, which)
            text = f"{task.name} once more: nothing moves, the same answer"
            yield self.step("process", to, text, "failure")
        event = task.done if refusal is None else task.refused(refusal)
        record(self.store, "t1", [event], version)
        yield self.step("process", "process", f"notes {type(event).__name__}", "event")

    def confirm(self) -> Iterator[Step]:
        receive(self.store, "t1", ConfirmReceiver())
        yield self.step("receiver", "process", "confirms", "message")
        if TWICE in self.failures:
            receive(self.store, "t1", ConfirmReceiver())
            text = "confirms once more: no event follows"
            yield self.step("receiver", "process", text, "failure")


def _as_it_stood(
    events: Sequence[RecordedEvent],
    actor: str, other: str, text: str, kind: Kind, position: int,
) -> Frame:  # fmt: skip
    """A step with how things stood at its position: read from the log, when all was over."""
    process = _folded(transfer, events, stream_of("t1"), position)
    balances = {
        name: _folded(account, events, stream_id, position).balance
        for name, stream_id in HOLDERS.items()
    }
    return Frame(actor, other, text, kind, process.phase, balances, process.on_its_way)


def _folded(decider: Any, events: Sequence[RecordedEvent], stream_id: str, position: int) -> Any:
    own = (one for one in events if one.stream_id == stream_id and one.position <= position)
    known = map(decider.event_types.decode, own)
    return fold(decider.evolve, known, decider.initial_state)


def _bank() -> EventStore:
    """Three accounts; all the money is the sender's."""
    store = open_engine(":memory:", clock=lambda: NOON)
    for name in (SENDER, RECEIVER, SUSPENSE):
        handle(store, account, name, OpenAccount(name, "EUR"))
    handle(store, account, SENDER, Deposit(HELD, "EUR"))
    return store
