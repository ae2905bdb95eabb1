"""A process manager: it looks where a process stands, sends the next message, records the answer.

It keeps nothing in memory. Whatever dies, and wherever, the next one reads the process's stream
and goes on; a message that was sent already is recognised by the one who received it. So any
number of managers may work on one process at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from .. import telemetry
from ..banking.account import account
from ..banking.commands import SendTransfer
from ..banking.events import AccountEvent, AccountOpened, TransferReceived, TransferSent
from ..decider import fold
from ..errors import (
    DomainError,
    InvalidInput,
    ProcessStuck,
    UnknownEventType,
    UnknownSchemaVersion,
    WrongExpectedVersion,
)
from ..event import Clock, NewEvent, RecordedEvent, check_name, check_time, utc_now
from ..handling import FOREVER, carry_out, handle, version_of
from ..stores import ANY, NO_STREAM, EventStore, Write
from .transfer_process import (
    LookAtClock,
    RequestTransfer,
    Task,
    Transfer,
    TransferCommand,
    TransferEvent,
    next_task,
    transfer,
    transit_account,
)

Loaded = tuple[list[RecordedEvent], list[RecordedEvent], int]
"""The inbox; if it has no answer the account, too, and 0 as long as no transit account is open."""

DONE, REFUSED = "MessageDone", "MessageRefused"


def send(
    store: EventStore, task: Task, message_id: UUID, metadata: Mapping[str, Any] | None = None
) -> str | None:
    """Send a message to an account: None if it is done, or the reason for which it is refused.

    `metadata` goes into the events that come of it.

    The receiver has an inbox: what it answered to a message is stored together with what the
    message did, in one transaction, under the message's id. So the same message again, from
    whomever, does nothing, and gets the same answer; a refusal, too, stays one. What the account
    gives goes to the transit account, and what it gets comes from there, in that transaction, too:
    the balances of all accounts add up after every transaction.
    """
    inbox, transit = f"inbox-{message_id}", transit_account(task.command.currency)

    def load() -> Loaded:
        answers = store.read_stream(inbox)
        if answers:
            return answers, [], 0
        opened = store.read_stream(transit, to_version=1)
        return [], store.read_stream(task.account), version_of(opened)

    def append(_: Any, decided: tuple[str | None, list[Write]]) -> str | None:
        answer, writes = decided
        if writes:
            store.append_many(writes)
        return answer

    decide = partial(_decide, task, inbox, telemetry.carried(metadata) or {})
    return carry_out(load, decide, append, stream_id=inbox, retries=FOREVER)


def _decide(
    task: Task,
    inbox: str,
    about: Mapping[str, Any],
    loaded: Loaded,
) -> tuple[str | None, list[Write]]:
    """The receiver's answer, and what is to be stored with it: nothing if it has answered."""
    answers, history, transit_version = loaded
    for answer in answers:
        return answer.data.get("reason"), []
    known = list(map(account.event_types.decode, history))
    try:
        events = account.decide(task.command, fold(account.evolve, known, account.initial_state))
    except (DomainError, InvalidInput) as refusal:  # the latter if its balance would overflow
        reason = str(refusal)
        refused = NewEvent(REFUSED, {"reason": reason}, metadata=about)
        return reason, [(inbox, [refused], NO_STREAM)]
    encode = partial(account.event_types.encode, metadata=about)
    return None, [
        (task.account, list(map(encode, events)), version_of(history)),
        (inbox, [NewEvent(DONE, {"task": task.name}, metadata=about)], NO_STREAM),
        _booked_in_transit(task, encode, transit_version),
    ]


def _booked_in_transit(
    task: Task, encode: Callable[[AccountEvent], NewEvent], version: int
) -> Write:
    """The other side of what the task moves. Nobody decides there, so whoever comes next appends:
    a thousand transfers at once do not wait for each other. The first one opens the account.
    """
    moved = task.command
    events: list[AccountEvent] = []
    if not version:
        events.append(AccountOpened("money in transit", moved.currency))
    if isinstance(moved, SendTransfer):
        events.append(
            TransferReceived(moved.amount, moved.currency, task.account, moved.transfer_id)
        )
    else:
        events.append(TransferSent(moved.amount, moved.currency, task.account, moved.transfer_id))
    expected = ANY if version else NO_STREAM
    return transit_account(moved.currency), list(map(encode, events)), expected


def request(store: EventStore, transfer_id: str, wish: RequestTransfer) -> None:
    """Begin a transfer, if it can be carried to an end. Raises AlreadyRequested for an id that was
    used before, and InvalidInput or another DomainError for a wish that is none.
    """
    receive(store, transfer_id, wish)


def receive(
    store: EventStore,
    transfer_id: str,
    message: TransferCommand,
    metadata: Mapping[str, Any] | None = None,
) -> bool:
    """Give the process a message. False if it changes nothing: it came twice, or too late.

    `metadata` goes into the events that come of it.

    Raises InvalidInput for what is no message; for a RequestTransfer, what request raises.
    """
    if isinstance(message, RequestTransfer) and any(map(str.isspace, stream_of(transfer_id))):
        raise InvalidInput("transfer_id", f"must have no spaces: {transfer_id!r}")
    stream_id = stream_of(transfer_id)
    result = handle(store, transfer, stream_id, message, retries=FOREVER, metadata=metadata)
    return result.count > 0


def load(store: EventStore, transfer_id: str) -> tuple[Transfer, int]:
    """Where the process stands, and the version of its stream."""
    history = store.read_stream(stream_of(transfer_id))
    return _standing(history), version_of(history)


def _standing(history: Sequence[RecordedEvent]) -> Transfer:
    known = map(transfer.event_types.decode, history)
    return fold(transfer.evolve, known, transfer.initial_state)


def record(
    store: EventStore,
    transfer_id: str,
    events: Sequence[TransferEvent],
    version: int,
    metadata: Mapping[str, Any] | None = None,
) -> bool:
    """Append to the process's stream; False if somebody else was faster."""
    encode = partial(transfer.event_types.encode, metadata=telemetry.carried(metadata))
    try:
        store.append(stream_of(transfer_id), list(map(encode, events)), expected_version=version)
    except WrongExpectedVersion:
        return False
    return True


def step(store: EventStore, transfer_id: str, *, clock: Clock = utc_now) -> bool:
    """One move: a message sent, its answer recorded; or a deadline noticed. False if none is due.

    It may be called by anybody at any time, by several at once, and again after a crash.
    Raises ProcessStuck for one that cannot go on, because of what is stored.
    """
    now = check_time("clock", clock())
    history = store.read_stream(stream_of(transfer_id))
    state = _standing(history)
    with _naming(transfer_id):
        task = next_task(state, transfer_id)
        if task is None:
            return state.is_late(now) and receive(store, transfer_id, LookAtClock(now))
        about = _because_of(history[-1])
        with telemetry.processing("transfer", history[-1:]):
            refusal = send(store, task, message_id(transfer_id, task), about)
            event = task.done if refusal is None else task.refused(refusal)
            # If something came first: load again, send again.
            record(store, transfer_id, [event], version_of(history), about)
    return True


def _because_of(event: RecordedEvent) -> dict[str, str]:
    """The metadata of what the process does about its last event: why, and as part of what."""
    whole = event.correlation_id or event.stream_id
    return {"causation_id": str(event.event_id), "correlation_id": whole}


@contextmanager
def _naming(transfer_id: str) -> Iterator[None]:
    """Around all that a stored process can fail at, so that the error says which one it is."""
    try:
        yield
    except (DomainError, InvalidInput) as problem:
        raise ProcessStuck(stream_of(transfer_id), str(problem)) from problem


def run(store: EventStore, transfer_id: str, *, clock: Clock = utc_now) -> Transfer:
    """Step for as long as something is due, and say where the transfer stands then.

    Raises as step does.
    """
    while step(store, transfer_id, clock=clock):
        pass
    return load(store, transfer_id)[0]


def message_id(transfer_id: str, task: Task) -> UUID:
    """The same for the same task of the same transfer, whoever sends it, however often."""
    return uuid5(NAMESPACE_URL, f"{stream_of(transfer_id)}/{task.name}")


def stream_of(transfer_id: str) -> str:
    """The process's own stream. Raises InvalidInput for an id that cannot be part of its name."""
    return check_name("transfer_id", f"transfer-{check_name('transfer_id', transfer_id)}")


def pending(store: EventStore) -> list[str]:
    """The ids of all transfers that have not ended: what to run after a restart.

    One that this code cannot read is among them: who runs it hears why.
    """
    ids = [name.removeprefix("transfer-") for name in store.streams("transfer-")]
    return [one for one in ids if not _has_ended(store, one)]


def _has_ended(store: EventStore, transfer_id: str) -> bool:
    try:
        return load(store, transfer_id)[0].has_ended
    except (UnknownEventType, UnknownSchemaVersion, InvalidInput):
        return False
