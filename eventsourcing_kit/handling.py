"""Handling a command: load, decide, append, and again from the start if another was faster."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, Generic, TypeVar
from uuid import UUID, uuid4, uuid5

import msgspec

from . import telemetry
from .codec import plain
from .decider import C, Decider, E, S, fold
from .errors import (
    CommandIdReused,
    DuplicateEvent,
    InvalidInput,
    RetriesExhausted,
    WrongExpectedVersion,
)
from .event import Ids, NewEvent, RecordedEvent, canonical_json, check_number
from .stores import AppendResult, EventStore

L = TypeVar("L")
D = TypeVar("D")
R = TypeVar("R")

COMMAND_DIGEST: Final = "command_digest"
"""Where the metadata of an event say of which command it is, if that command had an id."""

FOREVER: Final = 2**62
"""As many retries as it takes."""

Pause = Callable[[int], None]
Commutes = Callable[[Sequence[E], Sequence[E]], bool]


def jitter(attempt: int) -> None:
    """Sleep a random time, up to 2 ms doubled at each attempt: whoever collided drifts apart.

    The "full jitter" of Marc Brooker, "Exponential Backoff And Jitter" (AWS, 2015).
    """
    time.sleep(random.uniform(0, 0.001 * 2 ** min(attempt, 8)))


def carry_out(
    load: Callable[[], L],
    decide: Callable[[L], D],
    append: Callable[[L, D], R],
    *,
    stream_id: str,
    retries: int = 3,
    pause: Pause = jitter,
) -> R:
    """Load, decide, append; on a conflict begin again, up to `retries` times.

    Raises WrongExpectedVersion for a conflict where `retries` is 0, RetriesExhausted when others
    were faster `retries` + 1 times, and what the steps raise.
    """
    check_number("retries", retries, 0)
    with telemetry.handling(stream_id):
        for attempt in range(retries + 1):
            if attempt:
                telemetry.retried()
                pause(attempt)
            loaded = load()
            decided = decide(loaded)
            try:
                return append(loaded, decided)
            except WrongExpectedVersion as conflict:
                if not retries:
                    raise
                telemetry.log("conflict", stream_id=stream_id, attempt=attempt + 1)
                last = conflict
        raise RetriesExhausted(stream_id, retries + 1) from last


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
    explicit rule for conflicts that do not matter: where it is True for the events decided on and
    those that others have appended meanwhile, the decision stands and goes behind them.

    Raises the DomainError with which the command was refused; WrongExpectedVersion for a conflict
    where `retries` is 0; RetriesExhausted when others were faster `retries` + 1 times;
    CommandIdReused for the id of another command, and InvalidInput for a command with an id that
    has no digest.
    """
    once = None
    if command_id is not None:
        once = Once(command_id, command)
        metadata = once.mark({} if metadata is None else metadata)
    way = _Handling(store, decider, stream_id, command, once, metadata, commutes, ids)
    return carry_out(
        way.load, way.decide, way.append, stream_id=stream_id, retries=retries, pause=pause
    )


@dataclass
class _Handling(Generic[C, E, S]):
    """The three steps of `handle`; the decision is kept, for a conflict that may be none."""

    store: EventStore
    decider: Decider[C, E, S]
    stream_id: str
    command: C
    once: Once | None
    metadata: Mapping[str, Any] | None
    commutes: Commutes[E] | None
    ids: Ids
    version: int | None = None  # at which the kept decision was made
    ours: Sequence[E] = ()
    envelopes: list[NewEvent] = field(default_factory=list)

    def load(self) -> list[RecordedEvent]:
        return self.store.read_stream(self.stream_id)

    def decide(self, history: list[RecordedEvent]) -> AppendResult | list[NewEvent]:
        """The events to append, or the first answer, if the command has had one."""
        if self.once is not None and (answer := self.once.first_answer(history)):
            return answer
        known = [self.decider.event_types.decode(event) for event in history]
        if not self._stands(history, known):
            self.ours = self.decider.decide(
                self.command, fold(self.decider.evolve, known, self.decider.initial_state)
            )
            new_id = self.ids if self.once is None else ids_of(self.once.command_id)
            about = telemetry.carried(self.metadata)
            self.envelopes = [
                self.decider.event_types.encode(one, metadata=about, event_id=new_id())
                for one in self.ours
            ]
        self.version = version_of(history)
        return self.envelopes

    def append(
        self, history: list[RecordedEvent], decided: AppendResult | list[NewEvent]
    ) -> AppendResult:
        if isinstance(decided, AppendResult):
            return decided
        try:
            done = self.store.append(self.stream_id, decided, expected_version=version_of(history))
        except DuplicateEvent as taken:
            if self.once is None:
                raise
            if answer := self.once.first_answer(self.load()):
                return answer
            raise CommandIdReused(self.stream_id, self.once.command_id) from taken
        command = type(self.command).__name__
        about = {"command": command, "stream_id": self.stream_id, "version": done.version}
        telemetry.log("command handled", self.metadata, **about)
        return done

    def _stands(self, history: list[RecordedEvent], known: list[E]) -> bool:
        """Whether there is a decision that commutes with what others have appended since."""
        if self.version is None or self.commutes is None:
            return False
        since = self.version
        theirs = [e for e, stored in zip(known, history, strict=True) if stored.version > since]
        return self.commutes(self.ours, theirs)


def version_of(history: Sequence[RecordedEvent]) -> int:
    """The version of a stream that was read whole: that of its last event, 0 without any."""
    return history[-1].version if history else 0


class Once:
    """A command with an id: how a second delivery is known, and what the first one was told."""

    def __init__(self, command_id: UUID, command: Any) -> None:
        if not isinstance(command_id, UUID):
            raise InvalidInput("command_id", f"must be a UUID, not a {type(command_id).__name__}")
        self.command_id = command_id
        self.digest = digest(command)

    def mark(self, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """The metadata of its events: those given, and the digest."""
        canonical_json(metadata, "metadata")
        return {**metadata, COMMAND_DIGEST: self.digest}

    def first_answer(self, history: Sequence[RecordedEvent]) -> AppendResult | None:
        """What the first delivery was told, if its events are in the stream.

        Raises CommandIdReused if they are there as those of another command.
        """
        stored = {event.event_id: event for event in history}
        new_id = ids_of(self.command_id)
        events = []
        while event := stored.get(new_id()):
            events.append(event)
        if not events:
            return None
        if any(one.metadata.get(COMMAND_DIGEST, self.digest) != self.digest for one in events):
            raise CommandIdReused(events[0].stream_id, self.command_id)
        last = events[-1]
        return AppendResult(last.stream_id, len(events), last.version, last.position)


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
