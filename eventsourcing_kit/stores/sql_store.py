"""What a store adds whose events can be asked in SQL, and a copy for one that cannot.

The SQL is DuckDB's, in which the kit's own queries are written. An engine that speaks another one
gives its events as columns, as one without SQL does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import duckdb

from ..errors import InvalidInput
from .ahead import ahead
from .looking import look
from .opening import sql, without_bar
from .protocol import COLUMNS, EventStore
from .reshaping import Reshaping

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class SqlReader(Protocol):
    """What a query over the events needs: the table `events`, or what newest_events says."""

    def newest_events(self, fields: Mapping[str, str]) -> str | None:
        """For a fold in SQL: the events in their newest shapes, with only these fields of `data`.

        None where no upcasters are in use: then the table `events` has them. `fields` has each
        field's type, as upcasters declare it. To be asked for each time: a query that is older
        than an event of an old shape raises UpcasterError for it. So does an event that cannot be
        read, or UnknownSchemaVersion if it is newer; and this does where a step has no SQL.
        """
        ...

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        """The answer to one SQL query, for looking only: it runs in a read-only transaction."""
        ...

    def position(self) -> int:
        """The position of the last event, 0 where there is none."""
        ...


@runtime_checkable
class SqlEventStore(EventStore, SqlReader, Protocol):
    """An EventStore whose events lie in a table that DuckDB's SQL can ask."""

    def cursor(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A cursor of the engine, for tables of one's own beside the events. Never write `events`.

        Projections use it: a statement can read the events and write another, attached database.
        """
        ...

    @property
    def events_table(self) -> str:
        """The full name of the events, for SQL in which another database is in use."""
        ...

    @property
    def stored_events(self) -> str:
        """The full name of the events as they are stored, whatever upcasters make of them."""
        ...

    @property
    def path(self) -> str:
        """The file that the engine has open, or ":memory:"."""
        ...

    def __enter__(self) -> SqlEventStore: ...


class SqlReshaping(Reshaping, Protocol):
    """What reshapes events inside the engine as well, in the same way."""

    def shadow(
        self, engine: duckdb.DuckDBPyConnection, table: str, query: str = ""
    ) -> AbstractContextManager[None]:
        """For what is asked within: `events` has the newest shapes of that table's events."""
        ...

    def fold_sql(
        self,
        engine: duckdb.DuckDBPyConnection,
        table: str,
        fields: Mapping[str, str],
        seen: dict[Any, Any],
    ) -> str:
        """The query of newest_events. `seen` is for this to fill, and belongs to the table."""
        ...


def sql_store(store: EventStore) -> SqlEventStore:
    """The store itself. Raises InvalidInput, naming the field `store`, for one without SQL."""
    if isinstance(store, SqlEventStore):
        return store
    raise InvalidInput(
        "store", f"is a {type(store).__name__}, which has no SQL to ask its events in"
    )


@contextmanager
def in_sql(
    store: EventStore, columns: Sequence[str] = COLUMNS, fields: Sequence[str] = ()
) -> Iterator[SqlReader]:
    """The store itself, if it has SQL; else a copy of its events as they are now, in memory.

    Whoever needs only some `columns`, or some `fields` of `data`, may say so: a copy has no others.
    """
    if isinstance(store, SqlEventStore):
        yield store
        return
    with duckdb.connect(":memory:") as connection:
        yield Copy(store, connection, columns=columns, fields=fields)


class Copy:
    """A store's events, as it reads them, in a table of another engine."""

    def __init__(
        self,
        store: EventStore,
        connection: duckdb.DuckDBPyConnection,
        table: str = "events",
        columns: Sequence[str] = COLUMNS,
        fields: Sequence[str] = (),
    ) -> None:
        self._connection = connection
        self._table = table
        self._columns = columns
        self._fields = fields
        without_bar(connection)
        connection.execute("SET TimeZone = 'UTC'")
        make_events_table(connection, table, fields)
        self.catch_up(store)

    def catch_up(self, store: EventStore) -> None:
        """Add what the store has got since."""
        last = self.position()
        for incoming in ahead(store.read_columns(last, columns=self._columns)):
            add_events(self._connection, self._table, incoming, self._fields)

    def newest_events(self, fields: Mapping[str, str]) -> str | None:
        return None

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        return look(self._connection, query, parameters)

    def position(self) -> int:
        newest = f"SELECT coalesce(max(position), 0) FROM {self._table}"  # noqa: S608 - the kit's name
        [row] = self._connection.execute(newest).fetchall()
        return int(row[0])


def make_events_table(
    connection: duckdb.DuckDBPyConnection, name: str, fields: Sequence[str] = ()
) -> None:
    """An empty table with the columns of `events`, for this connection alone.

    With `fields`, that is all that its `data` will have: a structure of JSON values, made sooner.
    """
    parts = ", ".join(f"{field} JSON" for field in fields)
    data = f"STRUCT({parts})" if fields else "VARIANT"
    connection.execute(sql("copy").format(table=name, data=data))


def load_events(
    connection: duckdb.DuckDBPyConnection,
    store: EventStore,
    table: str,
    after_position: int = 0,
    limit: int | None = None,
) -> None:
    """Add a store's events to a table that has the columns of `events`."""
    for incoming in ahead(store.read_columns(after_position, limit)):
        add_events(connection, table, incoming)


def add_events(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    incoming: pa.RecordBatch,
    fields: Sequence[str] = (),
) -> None:
    """Add a batch of read_columns to a table that has at least its columns."""
    parts = ", ".join(f"{field} := data::JSON -> '{field}'" for field in fields)
    made = f"struct_pack({parts})" if fields else "data::JSON::VARIANT"
    data = f" REPLACE ({made} AS data)" if "data" in incoming.schema.names else ""
    connection.register("added", incoming)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT *{data} FROM added")  # noqa: S608 - a name of the kit's
    connection.unregister("added")
