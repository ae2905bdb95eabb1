"""From a state that is known to the state now: read the tail, see that it joins on, fold it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic
from uuid import UUID

from .. import decider
from ..event import RecordedEvent
from ..stores import EventStore
from .source import C, E, S, SnapshotSource

NEWER = "newer than the stream"
OTHER_HISTORY = "of another history"


@dataclass(frozen=True)
class Known(Generic[S]):
    """A stream's state, the event after which it holds, and the newest usable snapshot."""

    stream_id: str
    state: S
    version: int = 0
    event_id: UUID | None = None
    snapshot_version: int = 0
    taken_at: datetime | None = None


class Unjoined(Exception):
    """What was known cannot be used; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def replay_tail(
    store: EventStore,
    source: SnapshotSource[C, E, S],
    known: Known[S],
    to_version: int | None = None,
) -> tuple[Known[S], int]:
    """What is known after the stream's tail, and how many events that is. Raises Unjoined.

    It is read from the known event on, one more than needed: if the id there is another one, the
    stream has been replaced (by a restored copy, say), and the state is of another history.
    """
    events = store.read_stream(known.stream_id, max(1, known.version), to_version)
    if known.version:
        if not events:
            raise Unjoined(NEWER)
        if events[0].event_id != known.event_id:
            raise Unjoined(OTHER_HISTORY)
    tail = [event for event in events if event.version > known.version]
    if not tail:
        return known, 0
    decode = source.decider.event_types.decode
    state = decider.fold(source.decider.evolve, map(decode, tail), known.state)
    last = _last_stored(tail)
    return replace(known, state=state, version=last.version, event_id=last.event_id), len(tail)


def _last_stored(tail: list[RecordedEvent]) -> RecordedEvent:
    """The last event, or the first part of it where an upcaster split it: that has its id."""
    return next(event for event in tail if event.version == tail[-1].version)
