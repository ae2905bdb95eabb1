"""The history of one stream: its events with the state after each, at any moment, and what if."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Generic, TypeVar

from ..decider import Decider, fold
from ..errors import InvalidInput
from ..event import RecordedEvent
from ..stores import EventStore, TimeAxis

E = TypeVar("E")
S = TypeVar("S")


@dataclass(frozen=True)
class History(Generic[S]):
    """A stream's events, and the state after each of them: `states[i]` is after `events[i]`.

    Events that an upcaster has made of one stored event share its version.
    """

    stream_id: str
    events: tuple[RecordedEvent, ...]
    states: tuple[S, ...]
    initial_state: S

    def at(self, version: int) -> S:
        """The state after the event with this version; version 0 is before the first."""
        last = self.events[-1].version
        if not 0 <= version <= last:
            raise InvalidInput("version", f"must be from 0 to {last}, not {version}")
        until = bisect_right(self.events, version, key=lambda event: event.version)
        return self.states[until - 1] if until else self.initial_state


def histories(
    store: EventStore, decider: Decider[Any, Any, S], category: str = "account"
) -> list[History[S]]:
    """The history of every stream of a category, in order of stream id."""
    streams: dict[str, list[RecordedEvent]] = defaultdict(list)
    for event in store.read_category(category):
        streams[event.stream_id].append(event)
    return [history(events, decider) for _, events in sorted(streams.items())]


def history(events: Sequence[RecordedEvent], decider: Decider[Any, Any, S]) -> History[S]:
    """Replay one stream's events, at least one, keeping the state after each."""
    decoded = map(decider.event_types.decode, events)
    _, *states = accumulate(decoded, decider.evolve, initial=decider.initial_state)
    return History(events[0].stream_id, tuple(events), tuple(states), decider.initial_state)


def as_of(
    store: EventStore,
    decider: Decider[Any, Any, S],
    stream_id: str,
    *,
    version: int | None = None,
    position: int | None = None,
    time: datetime | None = None,
    by: TimeAxis = "recorded_at",
) -> S:
    """The state of one stream as of a version, or a position of the store, or a time.

    By recorded_at: what was known then. By occurred_at: what was true then as far as is known
    now; late and back-dated events are folded where they belong in time.
    """
    if sum(given is not None for given in (version, position, time)) != 1:
        raise InvalidInput("as_of", "give one of version, position, time")
    if version == 0:
        return decider.initial_state
    events = store.read_stream(
        stream_id, to_version=version, to_position=position, as_of=time, by=by
    )
    if by == "occurred_at":
        events.sort(key=lambda event: (event.occurred_at, event.version))
    return fold(decider.evolve, map(decider.event_types.decode, events), decider.initial_state)


@dataclass(frozen=True)
class WhatIf(Generic[S]):
    """Two histories beside each other: after the same n events, what was and what would be.

    Both have one state more than there are events: number 0 is before the first.
    """

    was: tuple[S, ...]
    would_be: tuple[S, ...]


def what_if(
    history: Sequence[E],
    *,
    evolve: Callable[[S, E], S],
    initial_state: S,
    without: Collection[int] = (),
    also: Sequence[tuple[int, E]] = (),
    versions: Sequence[int] | None = None,
) -> WhatIf[S]:
    """The history that would have been, beside the one that was.

    `history` are one stream's events in order, and `versions` the version of each: of a stream
    with events that are split when they are read, several have the same. Left out, the versions
    are 1, 2, 3 and so on. `without` names versions to leave out, with all that is read there;
    `also` pairs (version, event) to add right after that version (0: before the first). Events
    that followed are replayed as they are: nobody is asked to decide again.

    Raises InvalidInput for versions that the history does not have.
    """
    numbers = range(1, len(history) + 1) if versions is None else versions
    if len(numbers) != len(history):
        raise InvalidInput("versions", f"{len(numbers)} of them for {len(history)} events")
    for version in (*without, *(after for after, _ in also)):
        if version != 0 and version not in numbers:
            raise InvalidInput("version", f"{version} is not in this history")
    last = {version: place for place, version in enumerate(numbers)}

    def added(version: int, state: S) -> S:
        return fold(evolve, [event for after, event in also if after == version], state)

    was, would_be = [initial_state], [added(0, initial_state)]
    for place, (version, event) in enumerate(zip(numbers, history, strict=True)):
        was.append(evolve(was[-1], event))
        state = would_be[-1] if version in without else evolve(would_be[-1], event)
        would_be.append(added(version, state) if place == last[version] else state)
    return WhatIf(tuple(was), tuple(would_be))
