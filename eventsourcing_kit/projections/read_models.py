"""The file in which read models live: attached to the store's engine, and never a second truth.

One statement can so read `events` and write a read model, and one transaction moves a read model
*and* its checkpoint. The file can be deleted at any time and built again from the events.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb

from ..errors import ReadModelsDamaged, StoreClosed
from ..sql_text import sql_text
from ..stores.looking import look
from ..stores.opening import end_turn, take_turn

if TYPE_CHECKING:
    import pandas as pd

    from ..stores.duckdb import DuckDBStore
    from .projection import AnyProjection

OWN_TABLES = {"builds", "effects", "set_aside"}


@dataclass(frozen=True)
class Build:
    """One making of a read model. `checkpoint` is the position of the last event in it."""

    projection: str
    number: int
    version: int
    checkpoint: int
    live: bool

    @property
    def schema(self) -> str:
        """The schema that its tables are in."""
        return f"{self.projection}_{self.number}"


class File:
    """A DuckDB file of read models, attached to the engine of one store under a name of its own.

    Raises StoreLocked if another process has the file, ReadModelsDamaged if it is no such file.
    """

    def __init__(self, store: DuckDBStore, path: str) -> None:
        self.store = store
        self.path = path
        self.alias = f"models_{uuid4().hex[:8]}"  # a store may have several such files
        self.closed = False
        self._turn = take_turn(path, read_only=False)
        try:
            self._attach()
        except BaseException:
            end_turn(self._turn)
            raise

    def close(self) -> None:
        """Let go of the file. A second time does nothing."""
        if not self.closed:
            self.closed = True
            self._detach()
            end_turn(self._turn)

    @contextmanager
    def cursor(self, schema: str = "main") -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor in which the tables of that schema have their plain names."""
        if self.closed:
            raise StoreClosed(self.path, "is closed")
        with self.store.cursor() as cursor:
            cursor.execute(f"USE {self.alias}.{schema}")
            yield cursor

    @contextmanager
    def transaction(self, schema: str = "main") -> Iterator[duckdb.DuckDBPyConnection]:
        """The same in a transaction: all that is done in it is kept, or nothing."""
        with self.cursor(schema) as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
                cursor.execute("COMMIT")
            except BaseException:
                with suppress(duckdb.Error):  # a failed COMMIT has ended the transaction already
                    cursor.execute("ROLLBACK")
                raise

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        """The answer to one SQL query, for looking only."""
        with self.cursor() as cursor:
            return look(cursor, query, parameters)

    def _attach(self) -> None:
        quoted = self.path.replace("'", "''")
        with self.store.cursor() as cursor:
            try:
                cursor.execute(f"ATTACH '{quoted}' AS {self.alias}")
            except duckdb.Error as error:
                raise ReadModelsDamaged(self.path, str(error).splitlines()[0]) from error
        try:
            with self.cursor() as cursor:
                found = cursor.execute(
                    "SELECT table_name FROM duckdb_tables() "
                    "WHERE database_name = ? AND schema_name = 'main'",
                    [self.alias],
                ).fetchall()
            tables = {name for (name,) in found}
            if not tables:
                with self.transaction() as cursor:
                    cursor.execute(sql_text("projections/models.sql"))
            elif not tables >= OWN_TABLES:
                raise ReadModelsDamaged(self.path, "holds other tables than read models")
        except BaseException:
            self._detach()
            raise

    def _detach(self) -> None:
        with suppress(StoreClosed), self.store.cursor() as cursor:
            cursor.execute(f"DETACH DATABASE IF EXISTS {self.alias}")


# --- builds --------------------------------------------------------------------------------------


def builds(file: File, projection: str) -> list[Build]:
    """All builds of a projection, in order; at most one of them is live."""
    with file.cursor() as cursor:
        rows = cursor.execute(
            "SELECT projection, build, version, checkpoint, live FROM builds "
            "WHERE projection = ? ORDER BY build",
            [projection],
        ).fetchall()
    return [Build(*row) for row in rows]


def live_build(file: File, projection: str) -> Build | None:
    """The build that readers see."""
    return next((build for build in builds(file, projection) if build.live), None)


def make_build(file: File, projection: AnyProjection, *, live: bool) -> Build:
    """An empty build: a schema, the projection's tables in it, checkpoint 0."""
    number = max((build.number for build in builds(file, projection.name)), default=0) + 1
    build = Build(projection.name, number, projection.version, 0, live)
    with file.transaction() as cursor:
        cursor.execute(f"CREATE SCHEMA {build.schema}")
        cursor.execute(f"USE {file.alias}.{build.schema}")
        cursor.execute(projection.tables)
        cursor.execute(
            "INSERT INTO main.builds VALUES (?, ?, ?, 0, ?)",
            [build.projection, build.number, build.version, live],
        )
        if live:
            _show(file, cursor, build)
    return build


def make_live(file: File, build: Build) -> None:
    """Let readers see this build from now on, and no longer the one before, in one transaction."""
    with file.transaction() as cursor:
        cursor.execute(
            "UPDATE builds SET live = (build = ?) WHERE projection = ?",
            [build.number, build.projection],
        )
        _show(file, cursor, build)


def drop_build(file: File, build: Build) -> None:
    """Throw a build away. A reader that is still looking at it reads on as it was."""
    with file.transaction() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {build.schema} CASCADE")
        which = [build.projection, build.number]
        cursor.execute("DELETE FROM builds WHERE projection = ? AND build = ?", which)
        cursor.execute("DELETE FROM set_aside WHERE projection = ? AND build = ?", which)


def _show(file: File, cursor: duckdb.DuckDBPyConnection, build: Build) -> None:
    """Views in a schema with the projection's plain name, one a table: what readers query."""
    shown, made = f"{file.alias}.{build.projection}", f"{file.alias}.{build.schema}"
    cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {shown}")
    views = cursor.execute(
        "SELECT view_name FROM duckdb_views() WHERE database_name = ? AND schema_name = ?",
        [file.alias, build.projection],
    ).fetchall()
    for (name,) in views:
        cursor.execute(f"DROP VIEW {shown}.{_quoted(name)}")
    tables = cursor.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND schema_name = ?",
        [file.alias, build.schema],
    ).fetchall()
    for (name,) in tables:
        cursor.execute(f"CREATE VIEW {shown}.{_quoted(name)} AS FROM {made}.{_quoted(name)}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
