"""One transfer from its request to its end, on a real store, with failures put in on purpose."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from ..banking.account import account
from ..banking.commands import Deposit, Freeze, OpenAccount
from ..errors import InvalidInput
from ..handling import handle
from ..replay import balances
from ..stores import EventStore, open_engine
from .transfer_manager import load, message_id, receive, record, request, send
from .transfer_process import (
    SUSPENSE,
    ConfirmReceiver,
    LookAtClock,
    RequestTransfer,
    Task,
    next_task,
)

NOON: Final = datetime(2025, 2, 18, 12, tzinfo=UTC)
HELD, AMOUNT = 100_000, 75_000  # minor units: what the sender has, and what is sent
SENDER, RECEIVER = "account-1023", "account-1031"

FROZEN = "the receiver is frozen"
SILENT = "no confirmation comes"
DIES = "the manager dies after each message"
TWICE = "each message arrives twice"
NO_WAY_BACK = "the sender is frozen meanwhile"
FAILURES: Final = (FROZEN, SILENT, DIES, TWICE, NO_WAY_BACK)
"""What can be put in the way of a rehearsal."""


@dataclass(frozen=True)
class Frame:
    """One thing that happens: who does it, to whom, in words; and how things stand after it.

    `kind` is "message", "event" or "failure". `balances` are the sender's, the receiver's and the
    suspense account's, and `on_its_way` is what the process has noted as such, in minor units.
    Between a message and its note the process is behind, and the four do not add up.
    """

    actor: str
    other: str
    text: str
    kind: str
    phase: str
    balances: tuple[int, int, int]
    on_its_way: int


@dataclass(frozen=True)
class Rehearsal:
    """A transfer with these failures, frame by frame, and the phase in which it ended."""

    failures: tuple[str, ...]
    frames: tuple[Frame, ...]
    phase: str


def rehearse(failures: Collection[str] = ()) -> Rehearsal:
    """Run a transfer of 750.00 EUR to its end with these failures, of FAILURES, in its way.

    Raises InvalidInput for a failure that is none of them.
    """
    if unknown := sorted(set(failures) - set(FAILURES)):
        raise InvalidInput("failures", f"{unknown[0]!r} is none of {', '.join(FAILURES)}")
    store = _bank()
    try:
        if FROZEN in failures:
            handle(store, account, RECEIVER, Freeze("fraud"))
        frames = list(_Play(store, frozenset(failures)).frames())
        phase = load(store, "t1")[0].phase
    finally:
        store.close()
    return Rehearsal(tuple(one for one in FAILURES if one in failures), tuple(frames), phase)


class _Play:
    """A rehearsal under way: the store, the clock, and the task after which the manager died."""

    def __init__(self, store: EventStore, failures: frozenset[str]) -> None:
        self.store, self.failures = store, failures
        self.now = NOON
        self.died_after = ""

    def frame(self, actor: str, other: str, text: str, kind: str) -> Frame:
        cents = balances(self.store)
        standing = (int(cents[SENDER]), int(cents[RECEIVER]), int(cents[SUSPENSE]))
        state, _ = load(self.store, "t1")
        return Frame(actor, other, text, kind, state.phase, standing, state.on_its_way)

    def frames(self) -> list[Frame]:
        deadline = (NOON + timedelta(hours=1)).isoformat()
        wish = RequestTransfer(SENDER, RECEIVER, AMOUNT, "EUR", deadline)
        request(self.store, "t1", wish)
        seen = [self.frame("customer", "process", "requests 750.00 EUR", "message")]
        while True:
            state, version = load(self.store, "t1")
            task = next_task(state, "t1")
            if task is not None:
                seen += self.send(task, version)
            elif state.has_ended:
                return seen
            elif SILENT in self.failures:
                self.now += timedelta(hours=1)
                receive(self.store, "t1", LookAtClock(self.now))
                seen.append(self.frame("clock", "process", "ConfirmationTimedOut", "failure"))
            else:
                seen += self.confirm()

    def send(self, task: Task, version: int) -> list[Frame]:
        """The message, its answer, and the note of it; with what goes wrong in between."""
        which = message_id("t1", task)
        known = bool(self.store.read_stream(f"inbox-{which}"))
        refusal = send(self.store, task, which)
        to = {SENDER: "sender", RECEIVER: "receiver"}.get(task.account, "suspense")
        said = "done" if refusal is None else f"refused: {refusal}"
        again = ", known to the inbox" if known else ""
        seen = [self.frame("process", to, f"{task.name}{again}: {said}", "message")]
        if TWICE in self.failures and not known:
            send(self.store, task, which)
            text = f"{task.name} once more: nothing moves, the same answer"
            seen.append(self.frame("process", to, text, "failure"))
        if DIES in self.failures and self.died_after != task.name:
            self.died_after = task.name
            text = "the manager dies before it notes the answer; another begins"
            return [*seen, self.frame("process", "process", text, "failure")]
        event = task.done if refusal is None else task.refused(refusal)
        record(self.store, "t1", [event], version)
        seen.append(self.frame("process", "process", f"notes {type(event).__name__}", "event"))
        if NO_WAY_BACK in self.failures and task.name == "take" and refusal is None:
            handle(self.store, account, SENDER, Freeze("a new fraud case"))
            text = "the sender's account is frozen"
            seen.append(self.frame("clock", "sender", text, "failure"))
        return seen

    def confirm(self) -> list[Frame]:
        receive(self.store, "t1", ConfirmReceiver())
        seen = [self.frame("receiver", "process", "confirms", "message")]
        if TWICE in self.failures:
            receive(self.store, "t1", ConfirmReceiver())
            text = "confirms once more: no event follows"
            seen.append(self.frame("receiver", "process", text, "failure"))
        return seen


def _bank() -> EventStore:
    """Three accounts; all the money is the sender's."""
    store = open_engine(":memory:", clock=lambda: NOON)
    for name in (SENDER, RECEIVER, SUSPENSE):
        handle(store, account, name, OpenAccount(name, "EUR"))
    handle(store, account, SENDER, Deposit(HELD, "EUR"))
    return store
