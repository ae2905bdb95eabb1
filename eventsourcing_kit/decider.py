"""Decide and evolve: the two functions that make a thing event-sourced.

The pattern and its words are Jérémie Chassaing's ("Functional Event Sourcing Decider", 2021).
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from uuid import UUID, uuid4, uuid5

import msgspec

from .codec import EventTypes, plain
from .errors import (
    CommandIdReused,
    DuplicateEvent,
    InvalidInput,
    RetriesExhausted,
    WrongExpectedVersion,
)
from .event import Ids, NewEvent, RecordedEvent, canonical_json
from .stores import AppendResult
from .stores.protocol import check_number

if TYPE_CHECKING:
    from .stores import EventStore

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")

COMMAND_DIGEST: Final = "command_digest"
"""Where the metadata of an event say of which command it is, if that command had an id."""

Pause = Callable[[int], None]
Commutes = Callable[[Sequence[E], Sequence[E]], bool]


@dataclass(frozen=True)
class Decider(Generic[C, E, S]):
    """What a thing does with commands (`decide`) and with events (`evolve`). Both are pure.

    `decide(command, state)` returns the events that follow, or raises a DomainError.
    `evolve(state, event)` returns the next state; it never refuses, for the event has happened.
    `is_terminal(state)` is True when no event can follow any more.
    """

    decide: Callable[[C, S], list[E]]
    evolve: Callable[[S, E], S]
    initial_state: S
    is_terminal: Callable[[S], bool]
    event_types: EventTypes[E]


def fold(evolve: Callable[[S, E], S], events: Iterable[E], initial_state: S) -> S:
    """The state after all of `events`: start from nothing and evolve, one event at a time."""
    return reduce(evolve, events, initial_state)


def jitter(attempt: int) -> None:
    """Sleep a random time, up to 2 ms doubled at each attempt: whoever collided drifts apart.

    The "full jitter" of Marc Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
    """
    time.sleep(random.uniform(0, 0.001 * 2 ** min(attempt, 8)))


def handle(
    store: EventStore,
    decider: Decider[C, E, S],
    stream_id: str,
    command: C,
    *,
    command_id: UUID | None = None,
    metadata: Mapping[str, Any] | None = None,
    retries: int = 3,
    pause: Pause = jitter,
    commutes: Commutes[E] | None = None,
    ids: Ids = uuid4,
) -> AppendResult:
    """Load the stream, decide, append what follows; on a conflict read and decide again.

    With a `command_id` the same command can be delivered any number of times: its events get ids
    that follow from it, so it has one effect, and every delivery gets the first answer. They also
    get a digest of the command (see `digest`) into their metadata, as "command_digest": another
    command under this id is an error, and not told that it was done. (Events that were stored
    without a digest are taken for those of the same command.) A refusal leaves no event: a refused
    command that is delivered again is decided again. An id holds within one stream: the same
    command to two streams is two commands.

    `pause(attempt)` waits before a retry; `attempt` counts from 1. `commutes(ours, theirs)` is an
    explicit rule for conflicts that are none: where it is True for the events decided on and
    those that others have appended meanwhile, the decision stands and goes behind them.

    Raises the DomainError with which the command was refused; WrongExpectedVersion for a conflict
    where `retries` is 0; RetriesExhausted when others were faster `retries` + 1 times;
    CommandIdReused for the id of another command, and InvalidInput for a command with an id that
    has no digest.
    """
    check_number("retries", retries, 0)
    told = ""
    if command_id is not None:
        if not isinstance(command_id, UUID):
            raise InvalidInput("command_id", f"must be a UUID, not a {type(command_id).__name__}")
        told = digest(command)
        metadata = {} if metadata is None else metadata
        canonical_json(metadata, "metadata")
        metadata = {**metadata, COMMAND_DIGEST: told}
    version, ours, envelopes = 0, list[E](), list[NewEvent]()
    for attempt in range(retries + 1):
        if attempt:
            pause(attempt)
        history = store.read_stream(stream_id)
        if command_id is not None and (answer := _first_answer(history, command_id, told)):
            return answer
        known = [decider.event_types.decode(event) for event in history]
        theirs = [e for e, stored in zip(known, history, strict=True) if stored.version > version]
        version = history[-1].version if history else 0
        if not (attempt and commutes and commutes(ours, theirs)):
            ours = decider.decide(command, fold(decider.evolve, known, decider.initial_state))
            new_id = ids if command_id is None else ids_of(command_id)
            envelopes = [
                decider.event_types.encode(event, metadata=metadata, event_id=new_id())
                for event in ours
            ]
        try:
            return store.append(stream_id, envelopes, expected_version=version)
        except DuplicateEvent as taken:
            if command_id is None:
                raise
            if answer := _first_answer(store.read_stream(stream_id), command_id, told):
                return answer
            raise CommandIdReused(stream_id, command_id) from taken
        except WrongExpectedVersion as conflict:
            if not retries:
                raise
            last = conflict
    raise RetriesExhausted(stream_id, retries + 1) from last


def ids_of(command_id: UUID) -> Ids:
    """The ids of the events of a command, one after the other: always the same for the same one."""
    numbers = count()
    return lambda: uuid5(command_id, str(next(numbers)))


def digest(command: Any) -> str:
    """Sixteen hexadecimal digits that tell a command from others, the same in every process.

    From the name of its class and its fields, however deep, without those that are as by default:
    a class may gain such a field. A command whose class has changed otherwise counts as another
    one. Raises InvalidInput for what msgspec cannot write as JSON.
    """
    try:
        text = msgspec.json.encode(plain(command, named=True), order="sorted")
    except Exception as error:  # whatever its properties raise, too
        raise InvalidInput(
            "command",
            f"with an id must be a dataclass of numbers, texts and lists, or the like: {error}",
        ) from error
    return hashlib.sha256(type(command).__name__.encode() + b" " + text).hexdigest()[:16]


def _first_answer(
    history: Sequence[RecordedEvent], command_id: UUID, told: str
) -> AppendResult | None:
    """What the first delivery of this command was told, if its events are in the stream.

    Raises CommandIdReused if they are there as those of another command.
    """
    stored = {event.event_id: event for event in history}
    new_id = ids_of(command_id)
    events = []
    while event := stored.get(new_id()):
        events.append(event)
    if not events:
        return None
    if any(event.metadata.get(COMMAND_DIGEST, told) != told for event in events):
        raise CommandIdReused(events[0].stream_id, command_id)
    return AppendResult(events[-1].stream_id, len(events), events[-1].version, events[-1].position)
