"""What every event store answers, in terms that no engine owns.

The engines are tested by one conformance suite; sql_store.py has what those with SQL answer, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from ..event import NewEvent, RecordedEvent
from .conditions import AppendCondition, Query

if TYPE_CHECKING:
    import pyarrow as pa


class Expected(Enum):
    """What a writer may expect of a stream besides an exact version."""

    ANY = "any version"
    NO_STREAM = "no stream"
    STREAM_EXISTS = "an existing stream"

    def __repr__(self) -> str:
        return self.name

    __str__ = __repr__


ANY: Final = Expected.ANY
NO_STREAM: Final = Expected.NO_STREAM
STREAM_EXISTS: Final = Expected.STREAM_EXISTS

ExpectedVersion = int | Expected
ExpectedVersions = ExpectedVersion | Mapping[str, ExpectedVersion]  # of every stream, or of each
TimeAxis = Literal["recorded_at", "occurred_at"]
Write = tuple[str, Sequence[NewEvent], ExpectedVersion]  # stream_id, events, expected_version


COLUMNS: Final = (
    "position",
    "stream_id",
    "version",
    "event_id",
    "type",
    "schema_version",
    "data",
    "metadata",
    "occurred_at",
    "recorded_at",
)
"""Of an event: the columns of the events table, and of read_columns."""


@dataclass(frozen=True, slots=True)
class AppendResult:
    """Where the events of one append to one stream now stand.

    `version` is the stream's version and `position` the store's position after the last of them.
    An empty append stores nothing: count 0, the stream's version as it is, position 0.
    """

    stream_id: str
    count: int
    version: int
    position: int

    @property
    def first_version(self) -> int:
        """The version of the first event of the append."""
        return self.version - self.count + 1


class EventStore(Protocol):
    """Append-only streams of events, one order over all of them.

    Versions count from 1 in each stream, positions from 1 over the store, in commit order.
    Limits and ranges include both ends. All times are aware.

    Where an upcaster has split a stored event, its parts share a version and a position, and come
    in order; backwards, in the opposite order. Readers that go by position never cut them apart,
    for who goes on behind a position would miss the others.
    """

    def append(
        self,
        stream_id: str,
        events: Sequence[NewEvent],
        expected_version: ExpectedVersion,
        *,
        condition: AppendCondition | None = None,
    ) -> AppendResult:
        """Append all of `events` or none; durable when it returns.

        `expected_version` is the version that the writer read, or ANY, NO_STREAM, STREAM_EXISTS.
        A `condition` holds over all streams, and is looked at in the same breath as the append.
        Both are looked at also where `events` is empty and nothing is stored.

        An event id is unique in its stream; other streams may have it, too. The same events
        again, at the version where they were first appended, give the first answer (a retry is
        safe). They are the same if what would be stored is: 1 is not 1.0 and not true, and an
        event without a time is one that occurred when it was recorded.

        Raises WrongExpectedVersion, ConditionFailed, DuplicateEvent, InvalidInput, StoreError.
        """
        ...

    def append_many(self, writes: Sequence[Write]) -> list[AppendResult]:
        """Append to several streams in one transaction: all or none. Raises as append does.

        Where one of the writes is stored already, all of them have to be.
        """
        ...

    def append_columns(self, columns: Any, expected_version: ExpectedVersions = NO_STREAM) -> int:
        """Append many events of many streams at once, from columns; all or none.

        `columns` is a pyarrow Table (or what makes one: a DataFrame, a dict of arrays), a row an
        event, in the order in which they get their positions: stream_id, type, data (the text of
        a JSON object), occurred_at (a timestamp with a zone, to the microsecond); and optionally
        event_id (16 bytes), schema_version, metadata (JSON text), recorded_at (for a history that
        was recorded elsewhere). Text and times may be dictionary-encoded. `expected_version` holds
        for each stream, or says by the stream's name what holds for it; so for no rows it says
        nothing. Returns the number of events stored: 0 if all of them were there already, by the
        rules of append. Raises as append does, and InvalidInput for a stream of which nothing is
        expected.
        """
        ...

    def read_stream(
        self,
        stream_id: str,
        from_version: int = 1,
        to_version: int | None = None,
        *,
        to_position: int | None = None,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
        backwards: bool = False,
        limit: int | None = None,
    ) -> list[RecordedEvent]:
        """One stream in order of version; [] where there is none.

        With `as_of`, only what was recorded (or, by="occurred_at", had occurred) by then. The
        limit applies last, to the events as they are read: backwards, a limit of 1 gives the last
        one, be it a part. Read on from a version without a limit, or by position.
        """
        ...

    def read_category(
        self,
        category: str,
        after_position: int = 0,
        limit: int | None = None,
        *,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
    ) -> list[RecordedEvent]:
        """All streams of a category ("account" for "account-7f3a"), in order of position.

        The limit is that of read_all.
        """
        ...

    def read_all(
        self,
        after_position: int = 0,
        limit: int | None = None,
        *,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
    ) -> list[RecordedEvent]:
        """Everything, in order of position.

        The limit is of stored events: what one was split into comes whole, and so there may be
        more. To go on, read after the last position.
        """
        ...

    def read_matching(
        self, query: Query, after_position: int = 0, limit: int | None = None
    ) -> list[RecordedEvent]:
        """The events of any stream that match, in order of position: what a decision rests on.

        They match as they are read, in their newest shapes, and so they do for the condition of an
        append. There are `limit` of them as long as there are so many; more only where the last
        stored one has several parts that match.
        """
        ...

    def read_columns(
        self,
        after_position: int = 0,
        limit: int | None = None,
        *,
        columns: Sequence[str] = COLUMNS,
        batch: int = 100_000,
    ) -> Iterator[pa.RecordBatch]:
        """What read_all reads, in Arrow record batches: for whoever computes over many events.

        They come in order of position, up to the head as it is when the first one is read, with
        these of the COLUMNS, in this order: position and version (int64), stream_id, event_id and
        type (string), schema_version (int32), data and metadata (string: JSON text), occurred_at
        and recorded_at (timestamp[us, UTC]). No column is null. There are about `batch` events in
        one, and none is empty. `limit` is that of read_all.

        Raises InvalidInput for another column.
        """
        ...

    def catch_up(self, after_position: int = 0, batch: int = 1000) -> Iterator[list[RecordedEvent]]:
        """Everything after a checkpoint, in batches, up to the head as it moves.

        Save the last position of a batch with what you did about it, and go on from there: no
        event is ever committed behind a position that can already be read.
        """
        ...

    def version(self, stream_id: str) -> int:
        """The version of the stream's last event, 0 where there is none."""
        ...

    def position(self) -> int:
        """The position of the store's last event, 0 where there is none."""
        ...

    def streams(self, prefix: str = "") -> list[str]:
        """The ids of all streams that start with `prefix`, sorted. No character is special."""
        ...

    def close(self) -> None:
        """Let go of the store; a second time does nothing. Afterwards StoreClosed is raised."""
        ...

    def __enter__(self) -> EventStore: ...
    def __exit__(self, *exception: object) -> None: ...
