"""The event store in PostgreSQL. Its SQL is in postgres_sql/, readable.

- Positions are in commit order, and nobody who reads by position misses an event: whoever appends
  locks the one row of `events_head`, counts on from it, and holds it through the commit. So only
  one commit goes on at a time, and many appends share it (group_commit.py). A sequence would hand
  out numbers without waiting, and they would be committed in another order.
- The store sets READ COMMITTED itself. There, a statement that comes after the lock sees all that
  was committed while it was waited for. At REPEATABLE READ every statement sees what stood before
  the first one, the lock included, so decisions would rest on stale data (PostgreSQL, "Transaction
  Isolation": https://www.postgresql.org/docs/current/transaction-iso.html).
- `events` is partitioned by a hash of stream_id: one stream is one partition. A unique constraint
  has to name stream_id then, so (stream_id, version) and (stream_id, event_id) are kept by the
  engine, and positions are unique because there is one head (PostgreSQL, "Table Partitioning":
  https://www.postgresql.org/docs/current/ddl-partitioning.html).
- `data` and `metadata` are JSON and not JSONB: JSON keeps the very text, which the kit has made
  canonical, and JSONB writes it anew (1e2 becomes 100, keys change places;
  https://www.postgresql.org/docs/current/datatype-json.html). NUL, which JSONB refuses, the kit has
  refused before. For a question, cast: (data::jsonb ->> 'amount')::bigint.
- Events go in and out in columns by COPY.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import msgspec
import psycopg

from ..errors import InvalidInput, InvalidQuery, StoreReadOnly
from ..event import (
    Clock,
    RecordedEvent,
    check_name,
    check_number,
    check_text,
    utc_now,
)
from ..sql_text import load_sql
from .batch import Append
from .conditions import AppendCondition, Query
from .engine import Engine, times_up_to
from .postgres_connections import (
    Connection,
    Connections,
    check_partitions,
    first_line,
    open_schema,
    parse,
    sql,
)
from .postgres_writer import Writer
from .protocol import (
    AppendResult,
    TimeAxis,
    Write,
)
from .reads import ENDLESS, up_to
from .reshaping import Reshaping, read_matching
from .rules import Head, first_answer

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from .columns import Incoming


BAD_QUERY = (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError)


class PostgresStore(Engine):
    """An EventStore on PostgreSQL, for any number of threads and processes. See EventStore.

    A store is a schema: postgresql://user:password@host:port/database?schema=bank ("bank" where
    the URL names none). `partitions` is for making one, from 1 to 1,024, else 4, and stays.
    """

    system = "postgresql"

    def __init__(
        self,
        url: str,
        *,
        clock: Clock = utc_now,
        read_only: bool = False,
        upcasters: Reshaping | None = None,
        partitions: int | None = None,
    ) -> None:
        load_sql("stores/postgres_sql")
        if upcasters is not None and not hasattr(upcasters, "apply"):
            raise InvalidInput("upcasters", "must be made with Upcasters([...])")
        address = parse(url)
        self.url = address.shown
        self.clock = clock
        self.read_only = read_only
        self.upcasters = upcasters
        self._connections = Connections(address, read_only)
        # Runs once: at close(), or when the store is garbage, or at the interpreter's end.
        self._release = weakref.finalize(self, self._connections.close)
        try:
            self.partitions = open_schema(
                self._connections, read_only, check_partitions(partitions)
            )
        except BaseException:
            self.close()
            raise
        self._writer = Writer(self._connections)

    def __repr__(self) -> str:
        return f"PostgresStore({self.url!r})"

    def close(self) -> None:
        self._release()

    # --- appending -------------------------------------------------------------------------------

    def _append(
        self, writes: Sequence[Write], condition: AppendCondition | None
    ) -> list[AppendResult]:
        # An append that is decided a second time was still made once, at one time.
        clock = cache(self.clock)
        return self._writer.append(Append(writes, condition, clock, self._find, self._first_answer))

    def _find(self, connection: Connection, condition: AppendCondition) -> RecordedEvent | None:
        """The first event that fails the condition."""
        for query in condition.fail_if_match:
            for event in self._matching(connection, query, condition.after, 1):
                return event
        return None

    def _first_answer(self, connection: Connection, write: Write, head: Head) -> AppendResult:
        def read(stream_id: str, first: int, last: int) -> list[RecordedEvent]:
            return _read_stream(connection, stream_id, from_version=first, to_version=last)

        return first_answer(write, head, read)

    def _append_columns(self, incoming: Incoming) -> int:
        from .postgres_columns import append_columns

        with self._connections.use() as connection, connection.transaction():
            return append_columns(connection, incoming)

    def _check_writable(self) -> None:
        self._connections.check_usable()
        if self.read_only:
            raise StoreReadOnly(self.url, "is open with read_only=True")

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
        with self._connections.use() as connection:
            direction = "DESC" if backwards else "ASC"
            return _read_stream(connection, stream_id, direction=direction, **bounds, **until)

    def _read(
        self, category: str, after_position: int, limit: int, as_of: datetime | None, by: TimeAxis
    ) -> list[RecordedEvent]:
        asked: dict[str, Any] = {"category": category, "prefix": category and f"{category}-"}
        asked |= {"after_position": after_position, "limit": limit, **times_up_to(as_of, by)}
        with self._connections.use() as connection:
            return _events(connection, sql("read_all"), asked)

    def read_matching(
        self, query: Query, after_position: int = 0, limit: int | None = None
    ) -> list[RecordedEvent]:
        check_number("after_position", after_position, 0)
        with self._connections.use() as connection:
            return self._matching(connection, query, after_position, up_to("limit", limit, 1))

    def _matching(
        self, connection: Connection, query: Query, after_position: int, limit: int
    ) -> list[RecordedEvent]:
        read = partial(_read_matching, connection)
        return read_matching(self.upcasters, query, read, after_position, limit)

    def _read_columns(
        self, after_position: int, left: int, schema: pa.Schema, batch: int
    ) -> Iterator[pa.RecordBatch]:
        if self.upcasters is not None:
            yield from super()._read_columns(after_position, left, schema, batch)
            return
        from .postgres_columns import read_columns

        head = min(self.position(), after_position + left)
        for start in range(after_position, head, batch):
            with self._connections.use() as connection:
                table = read_columns(connection, schema, start, min(start + batch, head))
            yield from table.combine_chunks().to_batches()

    def version(self, stream_id: str) -> int:
        check_name("stream_id", stream_id)
        return int(self._one("version", {"stream_id": stream_id}))

    def position(self) -> int:
        return int(self._one("position"))

    def kept(self) -> int:
        """The bytes of the events and their indexes, in all partitions."""
        return int(self._one("kept"))

    def _one(self, query: str, asked: dict[str, Any] | None = None) -> Any:
        with self._connections.use() as connection:
            [(answer,)] = connection.execute(sql(query), asked).fetchall()
        return answer

    def streams(self, prefix: str = "") -> list[str]:
        check_text("prefix", prefix)
        with self._connections.use() as connection:
            rows = connection.execute(sql("streams"), {"prefix": prefix}).fetchall()
        return [stream_id for (stream_id,) in rows]

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        """The answer to one query in PostgreSQL's own SQL, for looking only.

        `parameters` fill %s or %(name)s. Raises InvalidQuery for what would do more than look.
        """
        import pandas as pd

        with self._connections.use() as connection:
            try:
                with connection.transaction():
                    connection.execute("SET TRANSACTION READ ONLY")
                    # Prepared, it is one statement: a second one could end the transaction.
                    answer = connection.execute(query, parameters, prepare=True)
                    if answer.description is None:
                        raise InvalidQuery("has no rows to show")
                    names = [column.name for column in answer.description]
                    return pd.DataFrame(answer.fetchall(), columns=names)
            except (
                psycopg.ProgrammingError,
                psycopg.DataError,
                psycopg.NotSupportedError,
            ) as error:
                raise InvalidQuery(first_line(error)) from error
            except psycopg.errors.ReadOnlySqlTransaction as error:
                raise InvalidQuery(f"must read: {first_line(error)}") from error

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection of psycopg's, for tables of one's own beside the events. Never write those.

        Every statement is its own transaction, and the store's schema is the first that names are
        looked up in.
        """
        with self._connections.use() as connection:
            yield connection


# --- rows and parameters -------------------------------------------------------------------------


def _read_stream(
    connection: Connection, stream_id: str, direction: str = "ASC", **asked: Any
) -> list[RecordedEvent]:
    everything = {
        "from_version": 1,
        "to_version": ENDLESS,
        "to_position": ENDLESS,
        "limit": None,
        **times_up_to(None, "recorded_at"),
    }
    query = sql("read_stream").format(direction=direction)
    return _events(connection, query, {"stream_id": stream_id, **everything, **asked})


def _read_matching(
    connection: Connection, query: Query, after_position: int, limit: int
) -> list[RecordedEvent]:
    asked = {"types": sorted(query.types), "tags": sorted(query.tags)}
    asked_all: dict[str, Any] = {**asked, "after_position": after_position, "limit": limit}
    return _events(connection, sql("read_tagged" if query.tags else "read_of_types"), asked_all)


def _events(connection: Connection, query: str, asked: dict[str, Any]) -> list[RecordedEvent]:
    return [_recorded(row) for row in connection.execute(query, asked).fetchall()]


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
        occurred_at.astimezone(UTC),
        recorded_at.astimezone(UTC),
    )
