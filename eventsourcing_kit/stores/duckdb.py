"""The event store in DuckDB: a file, or ":memory:". Its SQL is in duckdb_sql/, readable.

Chosen by measurement (DuckDB 2.0, two cores; compare the ratios, machines differ):

- `data` is VARIANT, not JSON text: the engine keeps it as typed columns, so that a fold over the
  whole bank runs at 23 million events/s against 3.5. A single append pays 1 ms for it.
- `metadata` is JSON text: no fold reads it, and VARIANT cost a columnar append a quarter more.
- The only index is PRIMARY KEY (stream_id, version), which is what makes a race safe. An index on
  event_id as well would make a columnar append of a million events take 3.2 s instead of 1.8, so
  an event's id is unique in its stream, and the store looks there for retries.
- One batch is one statement over arrays: ten events in 2.8 ms; as ten rows of VALUES 4.4 ms.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import duckdb
import msgspec

from ..bars import progress
from ..errors import (
    AppendFailed,
    ConditionFailed,
    DuplicateEvent,
    InvalidInput,
    StoreClosed,
    StoreReadOnly,
)
from ..event import Clock, NewEvent, RecordedEvent, check_name, check_text, check_time, utc_now
from ..sql_text import sql_text
from . import database
from .conditions import AppendCondition, Matching
from .frames import to_frame
from .protocol import (
    NO_STREAM,
    AppendResult,
    ExpectedVersion,
    Head,
    TimeAxis,
    Write,
    check_as_expected,
    check_axis,
    check_expected,
    check_number,
    check_writes,
    is_retry,
    same_event,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from ..upcasting import Upcasters

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ENDLESS = 2**63 - 1
PART = 8 * 122_880  # rows of a columnar append in one statement: whole row groups of DuckDB


class DuckDBStore:
    """An EventStore on DuckDB, for any number of threads of one process. See EventStore."""

    def __init__(
        self,
        path: str,
        *,
        clock: Clock = utc_now,
        read_only: bool = False,
        upcasters: Upcasters | None = None,
    ) -> None:
        self.path = path
        self.clock = clock
        self.read_only = read_only
        self.upcasters = upcasters
        self._database = database.acquire(path, read_only)
        # Runs once: at close(), or when the store is garbage, or at the interpreter's end.
        self._release = weakref.finalize(self, database.release, self._database)
        self._stored_events = self._database.events_table
        self._view = None if upcasters is None else upcasters.sql(self._stored_events)

    def __repr__(self) -> str:
        return f"DuckDBStore({self.path!r})"

    def __enter__(self) -> DuckDBStore:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._release()

    # --- appending -------------------------------------------------------------------------------

    def append(
        self,
        stream_id: str,
        events: Sequence[NewEvent],
        expected_version: ExpectedVersion,
        *,
        condition: AppendCondition | None = None,
    ) -> AppendResult:
        if condition is None:
            return self.append_many([(stream_id, events, expected_version)])[0]
        with self._writing() as cursor:  # nobody appends between the looking and the storing
            events = list(events)
            check_writes([(stream_id, events, expected_version)])
            stored = self._head(cursor, stream_id).ids
            if not any(event.event_id in stored for event in events):  # else it is a retry
                for query in condition.fail_if_match:
                    asked = self._as_stored(query)
                    for event in _read_matching(cursor, asked, condition.after, 1):
                        raise ConditionFailed(
                            condition, event.position, event.type, event.stream_id
                        )
            return self.append_many([(stream_id, events, expected_version)])[0]

    def append_many(self, writes: Sequence[Write]) -> list[AppendResult]:
        writes = check_writes(writes)
        with self._writing() as cursor:
            heads = [self._head(cursor, stream_id) for stream_id, _, _ in writes]
            pairs = list(zip(writes, heads, strict=True))
            stored = [bool(write[1]) and is_retry(write, head) for write, head in pairs]
            if not any(stored):
                try:
                    return self._insert(cursor, writes, heads)
                except AppendFailed:  # because somebody inserted past this store?
                    for stream_id, _, expected in writes:
                        now = self._head(cursor, stream_id).version
                        check_as_expected(stream_id, expected, now)
                    raise
            for (stream_id, events, _), is_stored in zip(writes, stored, strict=True):
                if events and not is_stored:
                    raise DuplicateEvent(stream_id, events[0].event_id, "is new in a stored append")
            return [self._first_answer(cursor, write, head) for write, head in pairs]

    def _insert(
        self, cursor: duckdb.DuckDBPyConnection, writes: Sequence[Write], heads: Sequence[Head]
    ) -> list[AppendResult]:
        """Number the events, store them in one statement, then remember where the streams end."""
        position = self._position(cursor)
        rows: list[tuple[str, int, NewEvent]] = []
        results: list[AppendResult] = []
        for (stream_id, events, _), head in zip(writes, heads, strict=True):
            rows += [(stream_id, version, e) for version, e in enumerate(events, head.version + 1)]
            version, last = head.version + len(events), position + len(rows) if events else 0
            results.append(AppendResult(stream_id, len(events), version, last))
        if rows:
            self._store(cursor, position + 1, rows)
        return results

    def _store(
        self, cursor: duckdb.DuckDBPyConnection, first: int, rows: list[tuple[str, int, NewEvent]]
    ) -> None:
        now = check_time("clock", self.clock())
        parameters = {
            "positions": list(range(first, first + len(rows))),
            "stream_ids": [stream_id for stream_id, _, _ in rows],
            "versions": [version for _, version, _ in rows],
            "event_ids": [str(event.event_id) for _, _, event in rows],
            "types": [event.type for _, _, event in rows],
            "schema_versions": [event.schema_version for _, _, event in rows],
            "data": [event.data_json for _, _, event in rows],
            "metadata": [event.metadata_json for _, _, event in rows],
            "occurred_at": [event.occurred_at or now for _, _, event in rows],
            "recorded_at": now,
        }
        with self._storing():
            cursor.execute(_sql("append"), parameters)
            for stream_id, version, event in rows:
                self._database.heads.add(stream_id, event.event_id, version)
            self._database.position = first + len(rows) - 1

    def append_columns(self, columns: Any, expected_version: ExpectedVersion = NO_STREAM) -> int:
        import numpy as np
        import pyarrow as pa

        from .columns import as_table, check_columns, number_in_stream

        expected = check_expected(expected_version)
        given = as_table(columns)
        table = check_columns(given, check_time("clock", self.clock()))
        if not len(table):
            return 0
        stream_ids = table["stream_id"].combine_chunks()
        names = stream_ids.dictionary.to_pylist()
        codes = stream_ids.indices.to_numpy()
        with self._writing() as cursor:
            _without_bar(cursor)
            cursor.register("incoming", table)
            cursor.register("incoming_streams", pa.table({"stream_id": names}))
            if "event_id" in given.column_names and self._all_known(cursor, given):
                return 0
            heads = dict(cursor.execute(_sql("read_heads")).fetchall())
            versions = np.array([heads.get(name, 0) for name in names], np.int64)
            for code in np.unique(codes):
                check_as_expected(names[code], expected, int(versions[code]))
            position = self._position(cursor)
            numbered = table.append_column(
                "position", pa.array(np.arange(position + 1, position + 1 + len(table)))
            ).append_column("version", pa.array(versions[codes] + number_in_stream(codes)))
            with self._storing():
                _insert_columns(cursor, numbered)
                self._database.forget()
        return len(table)

    def _all_known(self, cursor: duckdb.DuckDBPyConnection, given: pa.Table) -> bool:
        """Whether a columnar append is stored already; DuplicateEvent if some of it is."""
        for stream_id, event_id in cursor.execute(_sql("twice")).fetchall():
            raise DuplicateEvent(stream_id, event_id, "stands twice in one append")
        [(known, same, stream_id, event_id)] = cursor.execute(
            _sql("known_ids"), {"times_given": "occurred_at" in given.column_names}
        ).fetchall()
        if same < known:
            raise DuplicateEvent(stream_id, event_id, "or another one is stored with another body")
        if 0 < known < len(given):
            problem = f"is stored, with {known:,} of the {len(given):,} events of this append"
            raise DuplicateEvent(stream_id, event_id, problem)
        return bool(known)

    def _first_answer(
        self, cursor: duckdb.DuckDBPyConnection, write: Write, head: Head
    ) -> AppendResult:
        """What a retried write was told the first time. DuplicateEvent if it says another thing."""
        stream_id, events, _ = write
        if not events:
            return AppendResult(stream_id, 0, head.version, 0)
        first = head.ids[events[0].event_id]
        last = first + len(events) - 1
        stored = _read_stream(cursor, stream_id, from_version=first, to_version=last)
        for new, old in zip(events, stored, strict=True):
            if not same_event(new, old):
                raise DuplicateEvent(stream_id, new.event_id, "is stored with another body")
        return AppendResult(stream_id, len(events), last, stored[-1].position)

    def _head(self, cursor: duckdb.DuckDBPyConnection, stream_id: str) -> Head:
        head = self._database.heads.get(stream_id)
        if head is None:
            rows = cursor.execute(_sql("read_head"), {"stream_id": stream_id}).fetchall()
            ids: dict[UUID, int] = dict(rows)
            head = Head(max(ids.values(), default=0), ids)
            self._database.heads.put(stream_id, head)
        return head

    def _position(self, cursor: duckdb.DuckDBPyConnection) -> int:
        if self._database.position is None:
            self._database.position = _last_position(cursor)
        return self._database.position

    @contextmanager
    def _writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The lock that orders appends, held from taking a position through the commit."""
        if self.read_only:
            raise StoreReadOnly(self.path, "is open with read_only=True")
        with self._database.lock, self._cursor() as cursor:
            yield cursor

    @contextmanager
    def _storing(self) -> Iterator[None]:
        """Around the one statement that stores. What is known of the end holds only if it ends."""
        try:
            yield
        except BaseException as error:
            self._database.forget()
            if isinstance(error, duckdb.Error):
                problem = f"did not take the events: {str(error).splitlines()[0]}"
                raise AppendFailed(self.path, problem) from error
            raise

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if not self._release.alive:
            raise StoreClosed(self.path, "is closed")
        with self._database.cursor() as cursor:
            yield cursor

    # --- for what stands beside the store --------------------------------------------------------

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of the engine, for tables of one's own beside the events. Never write `events`.

        Projections use it: a statement can read the events and write another, attached database.
        """
        with self._cursor() as cursor:
            _without_bar(cursor)
            self._shadow(cursor)
            yield cursor

    @property
    def events_table(self) -> str:
        """The full name of the events, for SQL in which another database is in use."""
        return self._stored_events if self._view is None else "temp.main.events"

    def _shadow(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Let `events` be the newest shapes, for this cursor; `stored_events` is what is stored."""
        if self._view is not None:
            cursor.execute(f"CREATE TEMP VIEW events AS {self._view}")
            cursor.execute(f"CREATE TEMP VIEW stored_events AS FROM {self._stored_events}")

    def _upcast(self, events: list[RecordedEvent]) -> list[RecordedEvent]:
        """The events in their newest shapes."""
        if self.upcasters is None:
            return events
        return [newest for event in events for newest in self.upcasters.apply(event)]

    # --- reading ---------------------------------------------------------------------------------

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
        check_name("stream_id", stream_id)
        check_number("from_version", from_version, 1)
        if to_version is not None:
            check_number("to_version", to_version, from_version)
        if to_position is not None:
            check_number("to_position", to_position, 0)
        with self._cursor() as cursor:
            stored = _read_stream(
                cursor,
                stream_id,
                from_version=from_version,
                to_version=ENDLESS if to_version is None else to_version,
                to_position=ENDLESS if to_position is None else to_position,
                direction=-1 if backwards else 1,
                limit=_limit(limit),
                **_until(as_of, by),
            )
        return self._upcast(stored)

    def read_category(
        self,
        category: str,
        after_position: int = 0,
        limit: int | None = None,
        *,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
    ) -> list[RecordedEvent]:
        if "-" in check_name("category", category):
            raise InvalidInput("category", "ends before the first hyphen of a stream id")
        return self._read(category, f"{category}-", after_position, limit, as_of, by)

    def read_all(
        self,
        after_position: int = 0,
        limit: int | None = None,
        *,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
    ) -> list[RecordedEvent]:
        return self._read("", "", after_position, limit, as_of, by)

    def _read(
        self,
        category: str,
        prefix: str,
        after_position: int,
        limit: int | None,
        as_of: datetime | None,
        by: TimeAxis,
    ) -> list[RecordedEvent]:
        check_number("after_position", after_position, 0)
        parameters = {
            "category": category,
            "prefix": prefix,
            "after_position": after_position,
            "limit": _limit(limit),
            **_until(as_of, by),
        }
        with self._cursor() as cursor:
            _without_bar(cursor)
            rows = cursor.execute(_sql("read_all"), parameters).fetchall()
        return self._upcast([_recorded(row) for row in rows])

    def read_matching(
        self, query: Matching, after_position: int = 0, limit: int | None = None
    ) -> list[RecordedEvent]:
        check_number("after_position", after_position, 0)
        with self._cursor() as cursor:
            _without_bar(cursor)
            stored = _read_matching(cursor, self._as_stored(query), after_position, _limit(limit))
        found = self._upcast(stored)
        return [event for event in found if not query.types or event.type in query.types]

    def _as_stored(self, query: Matching) -> Matching:
        """The query, with the names under which such events were stored in former times."""
        if self.upcasters is None or not query.types:
            return query
        return Matching(self.upcasters.types_before(query.types), query.tags)

    def catch_up(self, after_position: int = 0, batch: int = 1000) -> Iterator[list[RecordedEvent]]:
        check_number("batch", batch, 1)
        while events := self.read_all(after_position, batch):
            yield events
            after_position = events[-1].position

    def version(self, stream_id: str) -> int:
        check_name("stream_id", stream_id)
        with self._cursor() as cursor:
            last = _read_stream(cursor, stream_id, direction=-1, limit=1)
        return last[0].version if last else 0

    def position(self) -> int:
        with self._cursor() as cursor:
            return _last_position(cursor)

    def streams(self, prefix: str = "") -> list[str]:
        check_text("prefix", prefix)
        with self._cursor() as cursor:
            _without_bar(cursor)
            rows = cursor.execute(_sql("streams"), {"prefix": prefix}).fetchall()
        return [stream_id for (stream_id,) in rows]

    def newest_events(self, fields: Mapping[str, str]) -> str | None:
        if self.upcasters is None:
            return None
        # Straight from the table: through a view, the engine would read all of `data`.
        return self.upcasters.sql(self._stored_events, fields)

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        if len(duckdb.extract_statements(query)) != 1:
            raise InvalidInput("query", "must be one SQL statement")
        with self._cursor() as cursor:
            _without_bar(cursor)
            self._shadow(cursor)
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            try:
                return to_frame(cursor.execute(query, parameters))
            finally:
                cursor.execute("ROLLBACK")


# --- rows and parameters -------------------------------------------------------------------------


def _sql(name: str) -> str:
    return sql_text(f"stores/duckdb_sql/{name}.sql")


def _without_bar(cursor: duckdb.DuckDBPyConnection) -> None:
    """No bar of DuckDB's own, which it draws in notebooks when a query takes two seconds.

    To be said to each cursor, and it takes 0.2 ms: too much for a single append.
    """
    cursor.execute("SET enable_progress_bar = false")


def _read_stream(
    cursor: duckdb.DuckDBPyConnection, stream_id: str, **parameters: Any
) -> list[RecordedEvent]:
    everything = {
        "from_version": 1,
        "to_version": ENDLESS,
        "to_position": ENDLESS,
        "direction": 1,
        "limit": ENDLESS,
        **_until(None, "recorded_at"),
    }
    rows = cursor.execute(
        _sql("read_stream"), {"stream_id": stream_id, **everything, **parameters}
    ).fetchall()
    return [_recorded(row) for row in rows]


def _read_matching(
    cursor: duckdb.DuckDBPyConnection, query: Matching, after_position: int, limit: int
) -> list[RecordedEvent]:
    parameters = {
        "types": sorted(query.types),
        "tags": sorted(query.tags),
        "after_position": after_position,
        "limit": limit,
    }
    rows = cursor.execute(_sql("read_matching"), parameters).fetchall()
    return [_recorded(row) for row in rows]


def _insert_columns(cursor: duckdb.DuckDBPyConnection, numbered: pa.Table) -> None:
    """Store the rows in one transaction, part by part, so that a progress bar can move."""
    cursor.execute("BEGIN")
    try:
        with progress(total=len(numbered), desc="Appending", unit=" events") as bar:
            for start in range(0, len(numbered), PART):
                part = numbered.slice(start, PART)
                cursor.register("incoming", part)
                cursor.execute(_sql("append_columns"))
                bar.update(len(part))
        cursor.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # a failed COMMIT has ended the transaction already
            cursor.execute("ROLLBACK")
        raise


def _last_position(cursor: duckdb.DuckDBPyConnection) -> int:
    (position,) = cursor.execute(_sql("last_position")).fetchall()[0]
    return int(position)


def _limit(limit: int | None) -> int:
    return ENDLESS if limit is None else check_number("limit", limit, 1)


def _until(as_of: datetime | None, by: TimeAxis) -> dict[str, Any]:
    """The bounds on the two time columns; "infinity" is DuckDB's own word for no bound."""
    check_axis(by)
    until: dict[str, Any] = {"recorded_until": "infinity", "occurred_until": "infinity"}
    if as_of is not None:
        until["recorded_until" if by == "recorded_at" else "occurred_until"] = check_time(
            "as_of", as_of
        )
    return until


def _recorded(row: tuple[Any, ...]) -> RecordedEvent:
    (position, stream_id, version, event_id, type_, schema_version, data, metadata, *times) = row
    occurred_at, recorded_at = times
    return RecordedEvent(
        position,
        stream_id,
        version,
        event_id,
        type_,
        schema_version,
        msgspec.json.decode(data),
        msgspec.json.decode(metadata),
        EPOCH + timedelta(microseconds=occurred_at),
        EPOCH + timedelta(microseconds=recorded_at),
    )
