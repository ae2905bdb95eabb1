"""Events are read in their newest shapes: what a store has to know of whoever makes them so."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from typing import Any, Protocol, TypeVar

from ..event import RecordedEvent
from .conditions import Query

Read = Callable[[Query, int, int], list[RecordedEvent]]  # query, after a position, limit


class Reshaping(Protocol):
    """Makes events of old shapes into new ones, as they are read. `Upcasters` do."""

    def apply(self, event: RecordedEvent) -> list[RecordedEvent]:
        """The event in its newest shape: one, or the parts it is split into, in order."""
        ...

    def types_before(self, types: frozenset[str]) -> frozenset[str]:
        """These types, and all those of which events of these types are made."""
        ...


AnyStore = TypeVar("AnyStore")


def as_stored(store: AnyStore) -> AnyStore:
    """The same open store, which reads its events as they are stored: for what has to see that.

    Every engine keeps its upcasters, or None, in the attribute `upcasters`. Hold on to `store`
    while this is in use; closing one of them closes both.
    """
    if getattr(store, "upcasters", None) is None:
        return store
    bare: Any = copy(store)
    bare.upcasters = None
    return bare  # type: ignore[no-any-return]


def reshaped(
    reshaping: Reshaping | None, events: list[RecordedEvent], *, backwards: bool = False
) -> list[RecordedEvent]:
    """The events in their newest shapes; what was split comes in the order of reading."""
    if reshaping is None:
        return events
    step = -1 if backwards else 1
    return [newest for event in events for newest in reshaping.apply(event)[::step]]


def read_matching(
    reshaping: Reshaping | None, query: Query, read: Read, after: int, limit: int
) -> list[RecordedEvent]:
    """The first events that match as they are read now; `read` gives them as they are stored.

    `limit` of them; more where it would cut the parts of one stored event apart. Raises as
    `apply` does.
    """
    if reshaping is None:
        return read(query, after, limit)
    types = query.types
    asked = Query(reshaping.types_before(types), query.tags) if types else query
    found: list[RecordedEvent] = []
    page = max(limit, 100)
    while True:
        stored = read(asked, after, page)
        for event in stored:
            found += [one for one in reshaping.apply(event) if not types or one.type in types]
            if len(found) >= limit:
                return found
        if len(stored) < page:
            return found
        after = stored[-1].position
