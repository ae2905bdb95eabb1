"""A DuckDB file as this process holds it: opened once, shared by every store on it, let go by all.

DuckDB gives a file to one process for writing, so the lock that orders appends can be a lock of
this process. It covers taking a position *through* the commit: a number that is taken before and
committed later is a gap that a reader polling "position > last" steps over and never returns to.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import duckdb

from ..errors import (
    EngineStopped,
    NotAnEventStore,
    StoreClosed,
    StoreError,
    StoreForked,
    StoreHeld,
    StoreIncomplete,
    StoreTooNew,
    StoreTooOld,
)
from ..sql_text import load_sql
from . import forks
from .opening import (
    MEMORY,
    check_descriptors,
    connect,
    end_turn,
    engine_error,
    file_size,
    first_line,
    sql,
    take_turn,
)
from .place import Place, identity
from .protocol import COLUMNS
from .witness import NOBODY, Testimony, Witness

FORMAT = 2  # of schema.sql
TIME = "TIMESTAMP WITH TIME ZONE"
COLUMN_TYPES = (
    *("BIGINT", "VARCHAR", "BIGINT", "UUID", "VARCHAR", "INTEGER", "VARIANT", "JSON", TIME, TIME),
)


class Database:
    """One open DuckDB database, and the lock that orders appends to it."""

    def __init__(self, path: str, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self.lock = threading.RLock()
        self.epoch = 1
        self.epoch_id = NOBODY
        self.events_table = ""  # its full name, also where another database is in use
        self.gone: StoreError | None = None  # why nothing can be done with it any more
        self._closed = False
        self.acknowledged: Testimony | None = None  # the last event of which somebody was told
        self.process = os.getpid()
        self._marked = False  # whether the file says that it is open for appending
        self._place: Place | None = None
        self._witness: Witness | None = None
        check_descriptors(path)
        load_sql("stores/duckdb_sql")
        had_wal = file_size(f"{path}.wal") > 0
        self._turn = take_turn(path, read_only)
        is_new = path != MEMORY and not os.path.exists(path)
        try:
            if path != MEMORY:
                self._witness = Witness(path, writable=self._turn is not None)
            if had_wal:
                self._look_first()
            self.connection = forks.watch(connect(path, read_only))
            if path != MEMORY and identity(path) is None:  # the engine still has a deleted one
                self._leave_as_it_is()
                self.connection.close()
                raise StoreHeld(path, "was deleted, and is still being read in this process")
        except BaseException:
            if is_new:
                self._unmake()
            self._let_go()
            raise
        try:
            with self._opening():
                self._prepare()
                self._compare(self.connection, had_wal)
            if path != MEMORY:
                self._place = Place(path)
                if not read_only:
                    self._place.sync_folder()
        except BaseException:
            self._leave_as_it_is()
            self.connection.close()
            if is_new:
                self._unmake()
            self._let_go()
            raise

    def close(self) -> None:
        """Close the file, wholly, and then let the next process have it."""
        if self._closed:
            return
        self._closed = True
        try:
            self.check_usable()
            self.check_place()
            self._unmark()
        except StoreError:
            self._leave_as_it_is()  # what stands at the path is not what this store knows
        self.stop(StoreClosed(self.path, "is closed"))
        self.connection.close()
        self._let_go()

    def stop(self, why: StoreError) -> None:
        """From now on whoever uses it is told why; the first reason stays."""
        self.gone = self.gone or why

    def _let_go(self) -> None:
        if self._place is not None:
            self._place.close()
        if self._witness is not None:
            self._witness.close()
        end_turn(self._turn)

    def _unmake(self) -> None:
        """Leave nothing of a store that could not be made: nobody can have appended to it."""
        for name in (self.path, f"{self.path}.wal"):
            with suppress(OSError):
                os.remove(name)

    def _leave_as_it_is(self) -> None:
        """Let the end of the connection write nothing: no checkpoint, and the .wal stays."""
        with suppress(duckdb.Error):
            self.connection.execute("PRAGMA disable_checkpoint_on_shutdown")

    # --- opening ---------------------------------------------------------------------------------

    @contextmanager
    def _opening(self) -> Iterator[None]:
        """What the engine says while a store is being opened, by name."""
        try:
            yield
        except duckdb.Error as error:
            problem = f"cannot be opened: {first_line(error)}"
            raise engine_error(self.path, error) or NotAnEventStore(self.path, problem) from error

    def _look_first(self) -> None:
        """Compare before the engine works on a .wal, which it would cut or do away with."""
        try:
            connection = connect(self.path, read_only=True)
        except StoreHeld:  # somebody's own connection: the engine has worked on it already
            return
        try:
            with self._opening():
                if "events_epochs" in _tables(connection):
                    self._compare(connection, had_wal=True)
                    if not self.read_only:
                        self._bear_witness(connection)
        finally:
            connection.close()

    def _prepare(self) -> None:
        """Make the tables in a new database; see that an old one is of this kit and format."""
        self.connection.execute("SET GLOBAL TimeZone = 'UTC'")
        tables = _tables(self.connection)
        if not tables and not self.read_only:
            self._make("schema", "format_2")
        elif not {"events", "events_format"} <= tables:
            raise NotAnEventStore(self.path, "is a DuckDB database without the kit's events")
        self._check_columns()
        [(found,)] = self._ask("SELECT max(version) FROM events_format")
        if found == 1:
            if self.read_only:
                raise StoreTooOld(self.path, "has format 1, before streams had an index")
            self._make("format_2")
        elif found != FORMAT:
            raise StoreTooNew(self.path, f"has format {found}, this kit reads format {FORMAT}")
        [(catalog,)] = self._ask("SELECT current_database()")
        self.events_table = '"' + str(catalog).replace('"', '""') + '".main.events'
        [(self.epoch, self.epoch_id)] = self._ask(
            "SELECT number, id FROM events_epochs ORDER BY number DESC LIMIT 1"
        )

    def _make(self, *scripts: str) -> None:
        self.connection.execute("BEGIN")
        for script in scripts:
            self.connection.execute(sql(script))
        self.connection.execute("COMMIT")
        self.connection.execute("CHECKPOINT")

    def _check_columns(self) -> None:
        """See that nobody has altered the table that the kit reads.

        Nor put a view in its place, which can show each query something else.
        """
        rows = self._ask(sql("columns"))
        found = {name: type_ for name, type_, is_table in rows if is_table}
        if rows and not found:
            raise NotAnEventStore(self.path, "has a view in the place of its table events")
        if list(found.items()) != list(zip(COLUMNS, COLUMN_TYPES, strict=True)):
            raise NotAnEventStore(self.path, f"has a table events of other columns: {found}")

    def _compare(self, connection: duckdb.DuckDBPyConnection, had_wal: bool) -> None:
        """Raise StoreIncomplete if events are missing of which somebody was told "stored"."""
        found = None if self._witness is None else self._witness.found
        [(epoch_id, marked)] = connection.execute(
            "SELECT (SELECT arg_max(id, number) FROM events_epochs), "
            "(SELECT bool_or(is_open) FROM events_session)"
        ).fetchall()
        self._marked = bool(marked)
        if found is None or found.epoch != epoch_id:  # of a store that lay here before
            if marked and not had_wal:
                raise StoreIncomplete(
                    self.path, "was not closed, and the .wal with its last events is not beside it"
                )
            return
        self._compare_with(connection, found)

    def _compare_with(self, connection: duckdb.DuckDBPyConnection, found: Testimony) -> None:
        if not found.position:
            return
        self.acknowledged = found
        there = connection.execute(
            "SELECT event_id FROM events WHERE position = ?", [found.position]
        ).fetchall()
        if (found.event_id,) in there:
            return
        [(last,)] = connection.execute(sql("last_position")).fetchall()
        if last < found.position:
            raise StoreIncomplete(
                self.path,
                f"ends at position {last:,}, and position {found.position:,} was acknowledged",
            )
        raise StoreIncomplete(
            self.path, f"has another event at position {found.position:,} than was acknowledged"
        )

    def _ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()

    # --- working ---------------------------------------------------------------------------------

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one piece of work, since threads must not share one.

        Raises, in place of the engine's errors about files, memory and itself, those that say what
        to do; errors about a statement go through.
        """
        self.check_usable()
        try:
            cursor = forks.watch(self.connection.cursor())
            try:
                yield cursor
            finally:
                if os.getpid() == self.process:
                    cursor.close()
        except duckdb.ConnectionException:
            self.check_usable()
            raise StoreClosed(self.path, "is closed") from None
        except (duckdb.Error, RuntimeError) as error:
            named = self.named(error)
            if named is None:
                raise
            raise named from error

    def named(self, error: BaseException) -> StoreError | None:
        """The error that says what to do about the engine's; None for one about a statement."""
        named = engine_error(self.path, error)
        if isinstance(named, EngineStopped):
            self.stop(named)
        return named

    def check_usable(self) -> None:
        """Raise why nothing can be done with this database, if so."""
        if os.getpid() != self.process:
            raise StoreForked(self.path, f"was opened in process {self.process}, not in this one")
        if self.gone is not None:
            raise type(self.gone)(self.path, self.gone.problem)

    def check_place(self) -> None:
        """Raise StoreMoved if somebody has touched the files of this store."""
        if self._place is not None:
            self._place.check()

    def note_place(self) -> None:
        """The store itself has written: so the files are as they should be."""
        if self._place is not None:
            self._place.note()

    def acknowledge(self, position: int, event_id: UUID) -> None:
        """Bear witness to the store's last event, before anybody is told that it is stored."""
        self.note_place()
        self.acknowledged = Testimony(position, event_id, self.epoch_id)
        if self._witness is not None:
            self._witness.write(*self.acknowledged)

    def mark(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Have the file itself say that a .wal belongs to it, before the first append."""
        if self._marked or self._place is None:
            return
        self._bear_witness(cursor)
        cursor.execute("UPDATE events_session SET is_open = TRUE")
        with suppress(duckdb.TransactionException):  # somebody else's transaction is open
            cursor.execute("CHECKPOINT")
        self._marked = True
        self.note_place()

    def _bear_witness(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Have a witness before a .wal can be missed: whoever dies without one lost nothing."""
        [head] = connection.execute(sql("head")).fetchall()
        if self._witness is not None:
            self._witness.write(*head)

    def _unmark(self) -> None:
        if self._marked and not self.read_only:
            with suppress(duckdb.Error):
                self.connection.execute("UPDATE events_session SET is_open = FALSE")


def _tables(connection: duckdb.DuckDBPyConnection) -> set[str]:
    return {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
