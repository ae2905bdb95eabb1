"""What every event store answers. The engines are tested by one conformance suite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol
from uuid import UUID

from ..errors import DuplicateEvent, InvalidInput, WrongExpectedVersion
from ..event import NewEvent, RecordedEvent, canonical_json, check_name, kind, shown
from .conditions import AppendCondition, Query

if TYPE_CHECKING:
    import pandas as pd


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
TimeAxis = Literal["recorded_at", "occurred_at"]
Write = tuple[str, Sequence[NewEvent], ExpectedVersion]  # stream_id, events, expected_version


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

    def append_columns(self, columns: Any, expected_version: ExpectedVersion = NO_STREAM) -> int:
        """Append many events of many streams at once, from columns; all or none.

        `columns` is a pyarrow Table (or what makes one: a DataFrame, a dict of arrays), a row an
        event, in the order in which they get their positions: stream_id, type, data (the text of
        a JSON object), occurred_at (a timestamp with a zone, to the microsecond); and optionally
        event_id (16 bytes), schema_version, metadata (JSON text), recorded_at (for a history that
        was recorded elsewhere). Text and times may be dictionary-encoded. `expected_version` holds
        for each stream, so for no rows it says nothing. Returns the number of events stored: 0 if
        all of them were there already, by the rules of append. Raises as append does.
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

    def newest_events(self, fields: Mapping[str, str]) -> str | None:
        """For a fold in SQL: the events in their newest shapes, with only these fields of `data`.

        None where no upcasters are in use: then the table `events` has them. `fields` has each
        field's type, as upcasters declare it. To be asked for each time: a query that is older
        than an event of an old shape raises UpcasterError for it. So does an event that cannot be
        read; and this does where a step has no SQL.
        """
        ...

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        """The answer to one SQL query, for looking only: it runs in a read-only transaction."""
        ...

    def close(self) -> None:
        """Let go of the store; a second time does nothing. Afterwards StoreClosed is raised."""
        ...

    def __enter__(self) -> EventStore: ...
    def __exit__(self, *exception: object) -> None: ...


# --- what engines share: the rules that need no database -----------------------------------------


@dataclass(slots=True)
class Head:
    """What a store knows of a stream before it appends: its version, and where each id stands."""

    version: int
    ids: dict[UUID, int]


def check_expected(expected: Any) -> ExpectedVersion:
    """An int from 0 or a member of Expected, else InvalidInput."""
    if isinstance(expected, Expected):
        return expected
    if type(expected) is not int or not 0 <= expected < 2**63:
        raise InvalidInput(
            "expected_version",
            f"must be a version from 0, ANY, NO_STREAM or STREAM_EXISTS, not {shown(expected)}",
        )
    return expected


def check_number(field: str, value: Any, least: int) -> int:
    """A whole number of at least `least`, within 64 bits, else InvalidInput."""
    if type(value) is not int or not least <= value < 2**63:
        raise InvalidInput(field, f"must be a whole number from {least}, not {shown(value)}")
    return value


def check_axis(by: Any) -> None:
    """Raise InvalidInput unless `by` names one of an event's two times."""
    if by not in ("recorded_at", "occurred_at"):
        raise InvalidInput("by", f"must be 'recorded_at' or 'occurred_at', not {by!r}")


def check_writes(writes: Sequence[Write]) -> list[Write]:
    """The same writes, checked on their own; no stream may come twice, and no id in a stream."""
    if not isinstance(writes, Iterable):
        raise InvalidInput("writes", f"must be a list, not {kind(writes)}")
    checked: dict[str, Write] = {}
    for write in writes:
        try:
            stream_id, events, expected = write
        except (TypeError, ValueError):
            problem = f"must each be (stream_id, events, expected_version), not {shown(write)}"
            raise InvalidInput("writes", problem) from None
        stream_id = check_name("stream_id", stream_id)
        if stream_id in checked:
            raise InvalidInput("stream_id", f"{stream_id!r} is written twice in one append")
        if not isinstance(events, Iterable):
            raise InvalidInput("events", f"must be a list of NewEvents, not {kind(events)}")
        events = list(events)
        ids: set[UUID] = set()
        for event in events:
            if not isinstance(event, NewEvent):
                raise InvalidInput("events", f"must be NewEvents, not {kind(event)}")
            if event.event_id in ids:
                raise DuplicateEvent(stream_id, event.event_id, "stands twice in one append")
            ids.add(event.event_id)
        checked[stream_id] = (stream_id, events, check_expected(expected))
    return list(checked.values())


def are_retries(writes: Sequence[Write], heads: Sequence[Head]) -> bool:
    """Whether these very events are already there, in every stream, as the writers expected.

    False if none of them is. Raises DuplicateEvent for anything between, and
    WrongExpectedVersion if none is there and a stream is not as expected.
    """
    pairs = list(zip(writes, heads, strict=True))
    stored = [is_retry(write, head) for write, head in pairs if write[1]]
    if not any(stored):
        for (stream_id, events, expected), head in pairs:
            if not events:  # after a retry: it was looked at the first time
                check_as_expected(stream_id, expected, head.version)
        return False
    for (stream_id, events, _), is_stored in zip([w for w in writes if w[1]], stored, strict=True):
        if not is_stored:
            raise DuplicateEvent(stream_id, events[0].event_id, "is new in a stored append")
    return True


def is_retry(write: Write, head: Head) -> bool:
    """Whether these very events are already there, at the version the writer expected.

    False if none of them is. Raises DuplicateEvent for anything between, and
    WrongExpectedVersion if none is there and the stream is not as expected.
    """
    stream_id, events, expected = write
    known = [head.ids.get(event.event_id) for event in events]
    if all(version is None for version in known):
        check_as_expected(stream_id, expected, head.version)
        return False
    for event, version in zip(events, known, strict=True):
        if version is None:
            raise DuplicateEvent(stream_id, event.event_id, "follows events stored without it")
    first = known[0]
    assert first is not None
    if known != list(range(first, first + len(events))):
        raise DuplicateEvent(stream_id, events[0].event_id, "was stored among other events")
    check_first(stream_id, events[0].event_id, expected, first)
    return True


def check_first(stream_id: str, event_id: UUID, expected: ExpectedVersion, first: int) -> None:
    """Raise DuplicateEvent unless a stored append that begins at `first` is one so expected."""
    if not (_as_expected(expected, first - 1) or expected is STREAM_EXISTS):
        raise DuplicateEvent(stream_id, event_id, f"is stored as version {first}")


def check_as_expected(stream_id: str, expected: ExpectedVersion, version: int) -> None:
    """Raise WrongExpectedVersion unless the stream's version is what the writer expects."""
    if not _as_expected(expected, version):
        raise WrongExpectedVersion(stream_id, expected, version)


def same_event(new: NewEvent, stored: RecordedEvent) -> bool:
    """Whether a retried event says the same as the one stored under its id, to the last bit."""
    occurred_at = new.occurred_at or stored.recorded_at
    return (new.type, new.schema_version, new.data_json, new.metadata_json, occurred_at) == (
        stored.type,
        stored.schema_version,
        canonical_json(stored.data),
        canonical_json(stored.metadata, "metadata"),
        stored.occurred_at,
    )


def _as_expected(expected: ExpectedVersion, version: int) -> bool:
    if expected is NO_STREAM:
        return version == 0
    if expected is STREAM_EXISTS:
        return version > 0
    return expected is ANY or expected == version
