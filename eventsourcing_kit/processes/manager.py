"""A process manager: it looks where a process stands, sends the next message, notes the answer.

It keeps nothing in memory. Whatever dies, and wherever, the next one reads the process's stream
and goes on; a message that was sent already is recognised by the one who received it. So any
number of managers may work on one process at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import NAMESPACE_URL, UUID, uuid5

from ..banking.account import account
from ..banking.transfer_process import (
    LookAtClock,
    RequestTransfer,
    Task,
    Transfer,
    TransferCommand,
    TransferEvent,
    next_task,
    transfer,
)
from ..decider import fold
from ..errors import (
    DomainError,
    InvalidInput,
    ProcessStuck,
    UnknownEventType,
    UnknownSchemaVersion,
    WrongExpectedVersion,
)
from ..event import Clock, NewEvent, check_name, check_time, utc_now
from ..stores import NO_STREAM, EventStore, Write

DONE, REFUSED = "MessageDone", "MessageRefused"


def ask(store: EventStore, task: Task, message_id: UUID) -> str | None:
    """Send a message to an account: None if it is done, or the reason for which it is refused.

    The receiver has an inbox: what it answered to a message is stored together with what the
    message did, in one transaction, under the message's id. So the same message again, from
    whomever, does nothing, and gets the same answer; a refusal, too, stays one.
    """
    inbox = f"inbox-{message_id}"
    while True:
        for answer in store.read_stream(inbox):
            return str(answer.data["reason"]) if answer.type == REFUSED else None
        history = store.read_stream(task.account)
        known = [account.event_types.decode(event) for event in history]
        writes: list[Write] = []
        try:
            events = account.decide(
                task.command, fold(account.evolve, known, account.initial_state)
            )
        except (DomainError, InvalidInput) as refusal:  # the latter if its balance would overflow
            writes.append((inbox, [NewEvent(REFUSED, {"reason": str(refusal)})], NO_STREAM))
        else:
            version = history[-1].version if history else 0
            writes.append((task.account, list(map(account.event_types.encode, events)), version))
            writes.append((inbox, [NewEvent(DONE, {"task": task.name})], NO_STREAM))
        try:
            store.append_many(writes)
        except WrongExpectedVersion:
            continue  # somebody else was here: read again, decide again


def request(store: EventStore, transfer_id: str, wish: RequestTransfer) -> None:
    """Begin a transfer, if it can be carried to an end. Raises AlreadyRequested for an id that was
    used before, and InvalidInput or another DomainError for a wish that is none.
    """
    tell(store, transfer_id, wish)


def tell(store: EventStore, transfer_id: str, message: TransferCommand) -> bool:
    """Give the process a message. False if it changes nothing: it came twice, or too late.

    Raises InvalidInput for what is no message; for a RequestTransfer, what request raises.
    """
    if isinstance(message, RequestTransfer) and any(map(str.isspace, stream_of(transfer_id))):
        raise InvalidInput("transfer_id", f"must have no spaces: {transfer_id!r}")
    while True:
        state, version = look(store, transfer_id)
        events = transfer.decide(message, state)
        if not events or note(store, transfer_id, events, version):
            return bool(events)


def look(store: EventStore, transfer_id: str) -> tuple[Transfer, int]:
    """Where the process stands, and the version of its stream."""
    history = store.read_stream(stream_of(transfer_id))
    known = [transfer.event_types.decode(event) for event in history]
    state = fold(transfer.evolve, known, transfer.initial_state)
    return state, history[-1].version if history else 0


def note(
    store: EventStore, transfer_id: str, events: Sequence[TransferEvent], version: int
) -> bool:
    """Append to the process's stream; False if somebody else was faster."""
    envelopes = [transfer.event_types.encode(event) for event in events]
    try:
        store.append(stream_of(transfer_id), envelopes, expected_version=version)
    except WrongExpectedVersion:
        return False
    return True


def advance(store: EventStore, transfer_id: str, *, clock: Clock = utc_now) -> bool:
    """One move: a message sent and its answer noted, or a deadline noticed. False if none is due.

    It may be called by anybody at any time, by several at once, and again after a crash.
    Raises ProcessStuck for one that cannot go on, because of what is stored.
    """
    now = check_time("clock", clock())
    state, version = look(store, transfer_id)
    with _naming(transfer_id):
        task = next_task(state, transfer_id)
        if task is None:
            return state.is_late(now) and tell(store, transfer_id, LookAtClock(now))
        refusal = ask(store, task, message_id(transfer_id, task))
        event = task.done if refusal is None else task.refused(refusal)
    note(store, transfer_id, [event], version)  # if something came first: look again, ask again
    return True


@contextmanager
def _naming(transfer_id: str) -> Iterator[None]:
    """Around all that a stored process can fail at, so that the error says which one it is."""
    try:
        yield
    except (DomainError, InvalidInput) as problem:
        raise ProcessStuck(stream_of(transfer_id), str(problem)) from problem


def run(store: EventStore, transfer_id: str, *, clock: Clock = utc_now) -> Transfer:
    """Advance for as long as something is due, and say where the transfer stands then.

    Raises as advance does.
    """
    while advance(store, transfer_id, clock=clock):
        pass
    return look(store, transfer_id)[0]


def message_id(transfer_id: str, task: Task) -> UUID:
    """The same for the same task of the same transfer, whoever sends it, however often."""
    return uuid5(NAMESPACE_URL, f"{stream_of(transfer_id)}/{task.name}")


def stream_of(transfer_id: str) -> str:
    """The process's own stream. Raises InvalidInput for an id that cannot be part of its name."""
    return check_name("transfer_id", f"transfer-{check_name('transfer_id', transfer_id)}")


def unfinished(store: EventStore) -> list[str]:
    """The ids of all transfers that have not ended: what to run after a restart.

    One that this code cannot read is among them: who runs it hears why.
    """
    ids = [name.removeprefix("transfer-") for name in store.streams("transfer-")]
    return [one for one in ids if not _has_ended(store, one)]


def _has_ended(store: EventStore, transfer_id: str) -> bool:
    try:
        return look(store, transfer_id)[0].has_ended
    except (UnknownEventType, UnknownSchemaVersion, InvalidInput):
        return False
