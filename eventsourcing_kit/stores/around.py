"""A store around another: one way in for all appends, one way out for all reads.

What a store of chapters 10 and 11 adds to any engine is a transformation on each way. Where the
engine stands below is not said to those who use it; the small store of chapter 3, which knows no
conditions and no options, can stand there as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Self

from ..event import NewEvent, RecordedEvent
from .conditions import AppendCondition, Query
from .protocol import AppendResult, EventStore, ExpectedVersion, TimeAxis, Write
from .reads import ReadsFromAll

Put = Callable[[Sequence[Write]], list[AppendResult]]
"""What the store behind it does with the writes, once they are ready for it."""


class AppendsThrough:
    """A store around `_store`: rows come in through `_put`, and nothing goes out.

    A guard stands on this alone: what it has not written down as a read of its own, it has not.
    """

    def __init__(self, behind: EventStore) -> None:
        self._store = behind

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the store behind it."""
        self._store.close()

    @property
    def most_at_once(self) -> int | None:
        """How many events the engine takes in one append; None where it does not mind."""
        return getattr(self._store, "most_at_once", None)

    def append(
        self,
        stream_id: str,
        events: Sequence[NewEvent],
        expected_version: ExpectedVersion,
        *,
        condition: AppendCondition | None = None,
    ) -> AppendResult:
        def put(writes: Sequence[Write]) -> list[AppendResult]:
            if condition is None:  # which the small store does not know
                return [self._store.append(*writes[0])]
            return [self._store.append(*writes[0], condition=condition)]

        return self._put([(stream_id, events, expected_version)], put, condition)[0]

    def append_many(self, writes: Sequence[Write]) -> list[AppendResult]:
        return self._put(writes, lambda ready: self._store.append_many(ready))

    def _put(
        self, writes: Sequence[Write], put: Put, condition: AppendCondition | None = None
    ) -> list[AppendResult]:
        """Check them and what they are appended on, and `put` them as they are to be stored."""
        raise NotImplementedError


class Around(AppendsThrough, ReadsFromAll):
    """A store around `inner`, each of whose reads comes out through `_out`."""

    @property
    def inner(self) -> EventStore:
        """The store that it is around."""
        return self._store

    @inner.setter
    def inner(self, store: EventStore) -> None:
        self._store = store

    def _out(self, events: list[RecordedEvent]) -> list[RecordedEvent]:
        """Stored events as a reader is to have them."""
        raise NotImplementedError

    def read_stream(
        self,
        stream_id: str,
        from_version: int = 1,
        to_version: int | None = None,
        **options: Any,
    ) -> list[RecordedEvent]:
        """One stream, as any store reads it: its to_position, as_of, by, backwards and limit."""
        return self._out(self.inner.read_stream(stream_id, from_version, to_version, **options))

    def read_category(
        self,
        category: str,
        after_position: int = 0,
        limit: int | None = None,
        *,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
    ) -> list[RecordedEvent]:
        read = self.inner.read_category
        return self._out(read(category, after_position, limit, as_of=as_of, by=by))

    def read_all(
        self, after_position: int = 0, limit: int | None = None, **options: Any
    ) -> list[RecordedEvent]:
        """Everything, as any store reads it: `options` are its as_of and by."""
        return self._out(self.inner.read_all(after_position, limit, **options))

    def read_matching(
        self, query: Query, after_position: int = 0, limit: int | None = None
    ) -> list[RecordedEvent]:
        return self._out(self.inner.read_matching(query, after_position, limit))

    def catch_up(self, after_position: int = 0, batch: int = 1000) -> Iterator[list[RecordedEvent]]:
        return map(self._out, self.inner.catch_up(after_position, batch))

    def version(self, stream_id: str) -> int:
        return self.inner.version(stream_id)

    def position(self) -> int:
        return self.inner.position()

    def streams(self, prefix: str = "") -> list[str]:
        return self.inner.streams(prefix)
