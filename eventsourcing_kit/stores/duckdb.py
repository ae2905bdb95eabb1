"""The event store in DuckDB: a file, or ":memory:". Its SQL is in duckdb_sql/, readable.

Chosen by measurement (DuckDB 2.0, two cores; compare the ratios, machines differ):

- `data` is VARIANT, not JSON text: the engine keeps it as typed columns, so that a fold over the
  whole bank runs at 23 million events/s against 3.5. A single append pays 1 ms for it.
- `metadata` is JSON text: no fold reads it, and VARIANT cost a columnar append a quarter more.
- PRIMARY KEY (stream_id, version) makes a race safe, and is of no use for reading. So there is
  an index on stream_id: of ten million events, one stream's 250 come in 13 ms instead of 194, and a
  columnar append of a million takes 3.4 s instead of 2.9.
- Tags have a table of their own with an index: a condition on one looks at its events alone.
- An index on event_id as well would make a columnar append of a million events take 3.2 s instead
  of 1.8, so an event's id is unique in its stream, and the store looks there for retries.
- One batch is one statement over arrays: ten events in 2.8 ms; as ten rows of VALUES 4.4 ms.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import duckdb
import msgspec

from ..errors import (
    InvalidInput,
    StoreClosed,
    StoreDamaged,
    StoreReadOnly,
)
from ..event import (
    Clock,
    RecordedEvent,
    check_name,
    check_number,
    check_text,
    instant,
    utc_now,
)
from .batch import Append
from .conditions import AppendCondition, Query
from .engine import Engine, times_up_to
from .looking import look
from .opening import check_descriptors, engine_error, sql, without_bar
from .protocol import (
    AppendResult,
    ExpectedVersions,
    TimeAxis,
    Write,
)
from .reads import ENDLESS, up_to
from .reshaping import read_matching
from .rules import Head, first_answer
from .shared import acquire, release

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from .columns import Incoming
    from .sql_store import SqlReshaping

TAGGED = 1000  # events fetched at a time by their tags


class DuckDBStore(Engine):
    """An EventStore on DuckDB, for any number of threads of one process. See EventStore."""

    system = "duckdb"

    def __init__(
        self,
        path: str,
        *,
        clock: Clock = utc_now,
        read_only: bool = False,
        upcasters: SqlReshaping | None = None,
    ) -> None:
        self.path = path
        self.clock = clock
        self.read_only = read_only
        if upcasters is not None and not hasattr(upcasters, "apply"):
            raise InvalidInput("upcasters", "must be made with Upcasters([...])")
        self.upcasters: SqlReshaping | None = upcasters
        shared = acquire(path, read_only)
        self.database, self._writer = shared.database, shared.writer
        # Runs once: at close(), or when the store is garbage, or at the interpreter's end.
        self._release = weakref.finalize(self, release, shared)
        self._stored_events = self.database.events_table
        self._seen: dict[Any, Any] = {}  # what the upcasters know of the stored events

    def __repr__(self) -> str:
        return f"DuckDBStore({self.path!r})"

    def close(self) -> None:
        self._release()

    @property
    def epoch(self) -> int:
        """1, and one more each time that the store was restored from a backup.

        Who keeps positions of this store keeps the epoch with them: in another one, what stands
        behind the position where it began may be another event.
        """
        return self.database.epoch

    # --- appending -------------------------------------------------------------------------------

    def _append(
        self, writes: Sequence[Write], condition: AppendCondition | None
    ) -> list[AppendResult]:
        append = Append(writes, condition, self.clock, self._find, self._first_answer)
        return self._writer.append(append)

    def _find(
        self, cursor: duckdb.DuckDBPyConnection, condition: AppendCondition
    ) -> RecordedEvent | None:
        """The first event that fails the condition."""
        for query in condition.fail_if_match:
            for event in self._matching(cursor, query, condition.after, 1):
                return event
        return None

    def _incoming(self, columns: Any, expected_version: ExpectedVersions) -> Incoming:
        check_descriptors(self.path)  # for the libraries, and for a second engine that checks texts
        try:
            return super()._incoming(columns, expected_version)
        except (duckdb.Error, RuntimeError) as error:  # of the engine that checks texts
            raise engine_error(self.path, error) or error from error

    def _append_columns(self, incoming: Incoming) -> int:
        from .columns import all_known

        with self._writer.writing() as cursor:
            without_bar(cursor)
            cursor.register("incoming", incoming.placed())
            cursor.register("incoming_streams", incoming.streams())
            if incoming.has_ids and all_known(cursor, incoming):
                return 0
            heads = dict(cursor.execute(sql("read_heads")).fetchall())
            numbered = incoming.numbered(heads, *self._writer.end(cursor))
            self._writer.insert_columns(cursor, numbered)
        return len(incoming)

    def _first_answer(
        self, cursor: duckdb.DuckDBPyConnection, write: Write, head: Head
    ) -> AppendResult:
        def read(stream_id: str, first: int, last: int) -> list[RecordedEvent]:
            return _read_stream(cursor, stream_id, from_version=first, to_version=last)

        return first_answer(write, head, read)

    def check_usable(self) -> None:
        """Raise StoreClosed, StoreForked and the like, if nothing can be done with this store."""
        self.database.check_usable()
        if not self._release.alive:
            raise StoreClosed(self.path, "is closed")

    def _check_writable(self) -> None:
        self.check_usable()
        if self.read_only:
            raise StoreReadOnly(self.path, "is open with read_only=True")

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self.check_usable()
        try:
            with self.database.cursor() as cursor:
                yield cursor
        except _Unreadable as error:
            raise StoreDamaged(self.path, str(error)) from error

    @contextmanager
    def _quiet_cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._cursor() as cursor:
            without_bar(cursor)
            yield cursor

    # --- for what stands beside the store --------------------------------------------------------

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of the engine, for tables of one's own beside the events. Never write `events`.

        Projections use it: a statement can read the events and write another, attached database.
        """
        with self._quiet_cursor() as cursor, self._shadow(cursor):
            yield cursor

    @property
    def events_table(self) -> str:
        """The full name of the events, for SQL in which another database is in use."""
        return self._stored_events if self.upcasters is None else "temp.main.events"

    @property
    def stored_events(self) -> str:
        """The full name of the events as they are stored, whatever upcasters make of them."""
        return self._stored_events if self.upcasters is None else "temp.main.stored_events"

    def _shadow(
        self, cursor: duckdb.DuckDBPyConnection, query: str = ""
    ) -> AbstractContextManager[None]:
        """Let `events` be the newest shapes, for this cursor; `stored_events` is what is stored."""
        if self.upcasters is None:
            return nullcontext()
        return self.upcasters.shadow(cursor, self._stored_events, query)

    # --- reading ---------------------------------------------------------------------------------

    def _stream(
        self,
        stream_id: str,
        *,
        as_of: datetime | None,
        by: TimeAxis,
        backwards: bool,
        **bounds: int,
    ) -> list[RecordedEvent]:
        until = times_up_to(as_of, by)
        with self._cursor() as cursor:
            direction = -1 if backwards else 1
            return _read_stream(cursor, stream_id, direction=direction, **bounds, **until)

    def _read(
        self, category: str, after_position: int, limit: int, as_of: datetime | None, by: TimeAxis
    ) -> list[RecordedEvent]:
        filters = {"category": category, "prefix": category and f"{category}-"}
        filters |= times_up_to(as_of, by)
        with self._quiet_cursor() as cursor:
            rows = _in_windows(cursor, "read_all", filters, after_position, limit)
            return [_recorded(row) for row in rows]

    def read_matching(
        self, query: Query, after_position: int = 0, limit: int | None = None
    ) -> list[RecordedEvent]:
        check_number("after_position", after_position, 0)
        with self._quiet_cursor() as cursor:
            return self._matching(cursor, query, after_position, up_to("limit", limit, 1))

    def _matching(
        self, cursor: duckdb.DuckDBPyConnection, query: Query, after_position: int, limit: int
    ) -> list[RecordedEvent]:
        read = partial(_read_matching, cursor)
        return read_matching(self.upcasters, query, read, after_position, limit)

    def _read_columns(
        self, after_position: int, left: int, schema: pa.Schema, batch: int
    ) -> Iterator[pa.RecordBatch]:
        if self.upcasters is not None:
            yield from super()._read_columns(after_position, left, schema, batch)
            return
        check_descriptors(self.path)  # for the library
        head = min(self.position(), after_position + left)
        for start in range(after_position, head, batch):
            bounds = {"after_position": start, "to_position": min(start + batch, head)}
            with self._quiet_cursor() as cursor:
                asked = cursor.sql(sql("read_columns"), params=bounds)
                table = asked.select(*schema.names).to_arrow_table()
            yield from table.cast(schema).combine_chunks().to_batches()

    def version(self, stream_id: str) -> int:
        check_name("stream_id", stream_id)
        with self._cursor() as cursor:
            [(version,)] = cursor.execute(sql("version"), {"stream_id": stream_id}).fetchall()
        return int(version)

    def position(self) -> int:
        with self._cursor() as cursor:
            return _last_position(cursor)

    def streams(self, prefix: str = "") -> list[str]:
        check_text("prefix", prefix)
        with self._quiet_cursor() as cursor:
            rows = cursor.execute(sql("streams"), {"prefix": prefix}).fetchall()
        return [stream_id for (stream_id,) in rows]

    def newest_events(self, fields: Mapping[str, str]) -> str | None:
        if self.upcasters is None:
            return None
        # Straight from the table: through a view, the engine would read all of `data`.
        with self._quiet_cursor() as cursor:
            return self.upcasters.fold_sql(cursor, self._stored_events, fields, self._seen)

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        check_descriptors(self.path)  # for the libraries that make a frame
        with self._quiet_cursor() as cursor, self._shadow(cursor, query):
            return look(cursor, query, parameters)


# --- rows and parameters -------------------------------------------------------------------------


def _read_stream(
    cursor: duckdb.DuckDBPyConnection, stream_id: str, **parameters: Any
) -> list[RecordedEvent]:
    everything = {
        "from_version": 1,
        "to_version": ENDLESS,
        "to_position": ENDLESS,
        "direction": 1,
        "limit": ENDLESS,
        **times_up_to(None, "recorded_at"),
    }
    rows = cursor.execute(
        sql("read_stream"), {"stream_id": stream_id, **everything, **parameters}
    ).fetchall()
    return [_recorded(row) for row in rows]


def _read_matching(
    cursor: duckdb.DuckDBPyConnection, query: Query, after_position: int, limit: int
) -> list[RecordedEvent]:
    filters: dict[str, Any] = {"types": sorted(query.types)}
    if not query.tags:
        rows = _in_windows(cursor, "read_of_types", filters, after_position, limit)
        return [_recorded(row) for row in rows]
    positions = _tagged(cursor, query.tags, after_position)
    rows = []
    for start in range(0, len(positions), TAGGED):  # by and by, where only some are wanted
        filters |= {"positions": positions[start : start + TAGGED], "limit": limit - len(rows)}
        rows += cursor.execute(sql("read_at"), filters).fetchall()
        if len(rows) >= limit:
            break
    return [_recorded(row) for row in rows]


def _tagged(
    cursor: duckdb.DuckDBPyConnection, tags: Iterable[str], after_position: int
) -> list[int]:
    """The positions of the events that have all of these tags, in order."""
    found: set[int] | None = None
    for tag in tags:
        parameters = {"tag": tag, "after_position": after_position}
        some = {position for (position,) in cursor.execute(sql("tagged"), parameters).fetchall()}
        found = some if found is None else found & some
    return sorted(found or ())


def _in_windows(
    cursor: duckdb.DuckDBPyConnection,
    query: str,
    filters: dict[str, Any],
    after_position: int,
    limit: int,
) -> list[tuple[Any, ...]]:
    """The first rows of a query over positions, looked for in windows that get larger.

    The table lies in order of position. So a page costs what is in it, and not what stands behind
    it; where no limit is given, there is one window.
    """
    rows: list[tuple[Any, ...]] = []
    window = limit
    end = _last_position(cursor) if limit < ENDLESS else ENDLESS  # what comes later may wait
    while True:
        to_position = min(after_position + window, ENDLESS)
        bounds = {
            "after_position": after_position,
            "to_position": to_position,
            "limit": limit - len(rows),
        }
        rows += cursor.execute(sql(query), {**filters, **bounds}).fetchall()
        if len(rows) >= limit or to_position >= end:
            return rows
        after_position, window = to_position, 4 * window


def _last_position(cursor: duckdb.DuckDBPyConnection) -> int:
    (position,) = cursor.execute(sql("last_position")).fetchall()[0]
    return int(position)


def _recorded(row: tuple[Any, ...]) -> RecordedEvent:
    """The event in a row. Raises _Unreadable for what no append can have written."""
    try:
        return _as_it_is(row)
    except (TypeError, ValueError, OverflowError) as error:  # msgspec's own are ValueErrors
        raise _Unreadable(f"the event at position {row[0]} cannot be read: {error}") from error


class _Unreadable(Exception):
    """Damage that the engine's checksums did not find: they miss a run of words that is replaced by
    another run of as many."""


def _as_it_is(row: tuple[Any, ...]) -> RecordedEvent:
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
        instant(occurred_at),
        instant(recorded_at),
    )
