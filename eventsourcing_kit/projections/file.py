"""The file in which read models live: attached to the store's engine, and never a second truth.

One statement can so read `events` and write a read model, and one transaction moves a read model
*and* its checkpoint. Once closed, the file can be deleted and built again from the events.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import UUID, uuid4

import duckdb
from filelock import FileLock

from ..errors import (
    InvalidInput,
    NotAnEventStore,
    ReadModelsClosed,
    ReadModelsDamaged,
    ReadModelsFailed,
    ReadModelsHeld,
    ReadModelsUnusable,
    StoreDamaged,
    StoreError,
    StoreHeld,
    StoreIncomplete,
    StoreLocked,
    StoreNotFound,
    StoreReadOnly,
    StoreTooNew,
)
from ..sql_text import sql_text
from ..stores import EventStore, forks
from ..stores.looking import look
from ..stores.opening import (
    MEMORY,
    check_path,
    end_turn,
    engine_error,
    first_line,
    take_turn,
    why_not,
    without_bar,
)
from ..stores.place import Identity, identity
from ..stores.sql_store import SqlEventStore, load_events, make_events_table

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
Model = duckdb.DuckDBPyConnection

CONFLICTS = 10  # how often a transaction is tried that others get in the way of
ALIAS = "models_"
COLUMNS = {  # by which a file of read models is known, also one from before event_id and code
    "builds": {"projection", "build", "version", "checkpoint", "live"},
    "effects": {"projection", "done"},
    "set_aside": {"projection", "build", "position", "stream_id", "type", "choice", "problem"},
}


class Engine(Protocol):
    """What runs the SQL of read models: the store itself, if it has SQL, or one beside it."""

    @property
    def path(self) -> str:
        """The file that it has open, or ":memory:"."""
        ...

    def cursor(self) -> AbstractContextManager[Model]:
        """A connection for one piece of work."""
        ...


class EngineBeside:
    """A DuckDB in memory, beside a store without SQL: the read models' file is attached to it."""

    path = MEMORY

    def __init__(self) -> None:
        self._connection = forks.watch(duckdb.connect(MEMORY))
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")

    @contextmanager
    def cursor(self) -> Iterator[Model]:
        with forks.watch(self._connection.cursor()) as cursor:
            without_bar(cursor)
            yield cursor


_beside: weakref.WeakKeyDictionary[EventStore, EngineBeside] = weakref.WeakKeyDictionary()


class Standing:
    """Of one projection, for all threads: what is done one at a time, and why it stands."""

    def __init__(self) -> None:
        self.building = threading.RLock()  # held by a rebuild all through, and taken before `live`
        self.live = threading.RLock()  # by whoever moves the build that readers see, or swaps it
        self.effects = threading.RLock()
        self.in_effect = False
        self.reason = ""


@dataclass(eq=False)
class Held:
    """A file that this process has attached to an engine, for any number of File objects."""

    real: str
    alias: str = field(default_factory=lambda: ALIAS + uuid4().hex[:8])
    turn: FileLock | None = None
    identity: Identity | None = None
    users: int = 1
    standings: dict[str, Standing] = field(default_factory=dict)


class File:
    """A DuckDB file of read models. Several of one file and engine share it.

    Raises ReadModelsUnusable, ReadModelsDamaged, ReadModelsHeld, StoreLocked, StoreTooNew.
    """

    def __init__(self, store: EventStore, path: Any) -> None:
        if not hasattr(store, "read_columns"):
            raise InvalidInput("store", f"must be an event store, not a {type(store).__name__}")
        self.store = store
        self.path = check_path(path)
        self._sql = store if isinstance(store, SqlEventStore) else None
        self._engine: Engine = self._sql or _beside.setdefault(store, EngineBeside())
        self._held = _acquire(self._engine, self.path)
        # Runs once: at close(), or when the object is garbage, or at the interpreter's end.
        self._release = weakref.finalize(self, _release, self._held, self._engine)

    @property
    def alias(self) -> str:
        """The name of the file's database in SQL."""
        return self._held.alias

    def event_id_at(self, model: Model, position: int) -> UUID | None:
        """The id of the stored event at that position, whatever upcasters make of it."""
        if self._sql is None:
            found = self.store.read_all(position - 1, limit=1) if position else []
            return found[0].event_id if found and found[0].position == position else None
        rows = model.execute(
            f"SELECT event_id FROM {self._sql.stored_events} WHERE position = ?",  # noqa: S608 - its own name
            [position],
        ).fetchall()
        return rows[0][0] if rows else None

    def make_batch(self, model: Model, after: int, to_position: int) -> None:
        """Let `batch` have the events between; made by the cursor, and gone with it."""
        if self._sql is None:
            make_events_table(model, "batch")
            load_events(model, self.store, "batch", after, to_position - after)
            return
        # Positions are ints, so nothing can be injected.
        model.execute(
            f"CREATE TEMP VIEW batch AS FROM {self._sql.events_table} "
            f"WHERE position > {after} AND position <= {to_position}"
        )

    def close(self) -> None:
        """Let go of the file. A second time does nothing."""
        self._release()

    def standing(self, projection: str) -> Standing:
        """That projection's locks, the same for everybody who has this file open."""
        return self._held.standings.setdefault(projection, Standing())

    @contextmanager
    def cursor(self, schema: str = "main") -> Iterator[Model]:
        """A cursor in which the tables of that schema have their plain names."""
        if not self._release.alive:
            raise ReadModelsClosed(self.path, "is closed")
        with self._engine.cursor() as cursor:
            try:
                cursor.execute(f"USE {self.alias}.{schema}")
                yield cursor
            except duckdb.Error as error:
                named = engine_error(self.path, error)
                if type(error) is duckdb.Error:  # how a wrong checksum is reported
                    problem = f"it, or the store that it follows, is damaged: {first_line(error)}"
                    raise ReadModelsDamaged(self.path, problem) from error
                if named is not None and isinstance(error, duckdb.OperationalError):
                    raise ReadModelsFailed(self.path, named.problem) from error
                raise

    def change(self, work: Callable[[Model], T], schema: str = "main") -> T:
        """Do this in one transaction: all that it does is kept, or nothing.

        It is begun again if another transaction gets in its way. Raises ReadModelsFailed if that
        does not help, or if the file cannot be written.
        """
        for attempt in range(CONFLICTS):
            try:
                return self._try(work, schema)
            except duckdb.TransactionException as error:
                conflict = error
            time.sleep(0.001 * 2 ** min(attempt, 5))
        problem = (
            f"refused a transaction {CONFLICTS} times, because of others, or because one of its "
            f"own statements had failed: {first_line(conflict)}"
        )
        raise ReadModelsFailed(self.path, problem) from conflict

    def _try(self, work: Callable[[Model], T], schema: str) -> T:
        with self.cursor(schema) as cursor:
            cursor.execute("BEGIN")
            try:
                result = work(cursor)
                cursor.execute("COMMIT")
            except BaseException:
                with suppress(duckdb.Error):  # a failed COMMIT has ended the transaction already
                    cursor.execute("ROLLBACK")
                raise
        return result

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        """The answer to one SQL query, for looking only."""
        with self.cursor() as cursor:
            return look(cursor, query, parameters)


def raise_if_interrupted(error: Exception) -> None:
    """Raise KeyboardInterrupt where an Exception stands for it, as from stores and DuckDB."""
    if isinstance(error, KeyboardInterrupt):
        raise error
    if type(error) is RuntimeError and str(error) == "Query interrupted":
        raise KeyboardInterrupt from error


# --- one attachment a file, however many read models ---------------------------------------------

_held: list[Held] = []
_opening = threading.RLock()  # re-entrant: the garbage collector may release within acquire


def _acquire(engine: Engine, path: str) -> Held:
    """The file as this process has it open, or newly attached to the engine."""
    if path == MEMORY:
        return _attach(engine, path, Held(path))
    real = os.path.realpath(path)
    if identity(real) is not None and identity(real) == identity(engine.path):
        raise ReadModelsUnusable(path, "is the event store itself")
    if os.path.exists(os.path.dirname(real)) and not os.access(os.path.dirname(real), os.W_OK):
        raise ReadModelsUnusable(path, "is in a folder where you may not write")
    with _opening:
        now = identity(real)
        held = next((one for one in _held if real == one.real or now == one.identity), None)
        attached = _attached(engine, real if held is None else held.real)
        if held is not None and held.alias in attached:
            if held.identity != now:
                raise ReadModelsHeld(path, "was deleted or replaced while it is open here")
            held.users += 1
            return held
        for alias in attached:  # by one whose store was closed first
            _detach(engine, alias)
        new = Held(real, turn=_take_turn(engine, path, real) if held is None else held.turn)
        try:
            _attach(engine, path, new)
        except BaseException:
            if held is None:
                end_turn(new.turn)
            raise
        if held is not None:  # its engine was closed, for only so could this one attach the file
            held.turn = None
            _held.remove(held)
        new.identity = identity(real)
        _held.append(new)
        return new


def _release(held: Held, engine: Engine) -> None:
    """Give back what _acquire gave; the last one closes the file and lets go of its lock."""
    with _opening:
        held.users -= 1
        if held.users <= 0:
            _detach(engine, held.alias)
            end_turn(held.turn)
            if held in _held:
                _held.remove(held)


def _take_turn(engine: Engine, path: str, real: str) -> FileLock | None:
    """The lock beside the file, unless this very process has the file open in another way."""
    if os.path.isfile(real):
        with engine.cursor() as cursor:
            try:
                cursor.execute(
                    f"ATTACH '{_escaped(real)}' AS {ALIAS}probe (READ_ONLY, TYPE duckdb)"
                )
                cursor.execute(f"DETACH {ALIAS}probe")
            except duckdb.ResourceInUseException:
                raise ReadModelsHeld(path, "is open in this very process") from None
            except duckdb.Error:  # whatever else there is to say is said when it is attached
                pass
    try:
        return take_turn(real, read_only=False)
    except StoreError as error:
        raise _of_read_models(path, error) from error


def _attach(engine: Engine, path: str, held: Held) -> Held:
    where = f"'{_escaped(held.real)}' AS {held.alias}"
    try:
        with engine.cursor() as cursor:
            try:
                cursor.execute(f"ATTACH {where} (READ_WRITE, TYPE duckdb)")
                _prepare(cursor, path, held.alias)
            except duckdb.ResourceInUseException as error:
                raise ReadModelsHeld(path, "is open in this very process") from error
            except duckdb.Error as error:
                raise _of_read_models(path, why_not(held.real, error)) from error
    except BaseException:
        _detach(engine, held.alias)
        raise
    return held


def _of_read_models(path: str, error: StoreError) -> StoreError:
    """What is said of a store's file, said of one of read models: the advice is another one."""
    kind: type[StoreError] = ReadModelsFailed
    if isinstance(error, StoreHeld):
        kind = ReadModelsHeld
    elif isinstance(error, StoreLocked | StoreTooNew):
        kind = type(error)
    elif isinstance(error, StoreDamaged | StoreIncomplete):
        kind = ReadModelsDamaged
    elif isinstance(error, NotAnEventStore | StoreReadOnly | StoreNotFound):
        kind = ReadModelsUnusable
    return kind(path, error.problem)


def _prepare(cursor: Model, path: str, alias: str) -> None:
    """Make the kit's tables in a new file; see that an old one has them, and all their columns."""
    found: dict[str, set[str]] = {}
    columns = "SELECT table_name, column_name, schema_name FROM duckdb_columns()"
    for table, column, schema in cursor.execute(
        f"{columns} WHERE database_name = ? AND NOT internal", [alias]
    ).fetchall():
        found.setdefault(table if schema == "main" else f"{schema}.{table}", set()).add(column)
    cursor.execute(f"USE {alias}.main")
    if not found:
        for statement in ("BEGIN", sql_text("projections/models.sql"), "COMMIT"):
            cursor.execute(statement)
        return
    if {"events", "events_format"} <= found.keys():
        raise ReadModelsUnusable(path, "is an event store")
    if any(not columns <= found.get(table, set()) for table, columns in COLUMNS.items()):
        some = ", ".join(sorted(found)[:3])
        raise ReadModelsUnusable(path, f"is a database of something else (it has {some})")
    if "event_id" not in found["builds"]:  # it is the last to be added, and so says that all are
        cursor.execute("ALTER TABLE effects ADD COLUMN IF NOT EXISTS event_id UUID")
        cursor.execute("ALTER TABLE builds ADD COLUMN IF NOT EXISTS code VARCHAR")
        cursor.execute("ALTER TABLE builds ADD COLUMN event_id UUID")
        cursor.execute(f"CHECKPOINT {alias}")


def _attached(engine: Engine, real: str) -> list[str]:
    """The names under which the engine has this file."""
    with engine.cursor() as cursor:
        rows = cursor.execute(
            "SELECT database_name FROM duckdb_databases() "
            "WHERE path = ? AND starts_with(database_name, ?)",
            [real, ALIAS],
        ).fetchall()
    return [name for (name,) in rows]


def _detach(engine: Engine, alias: str) -> None:
    with suppress(StoreError, duckdb.Error), engine.cursor() as cursor:
        cursor.execute(f"DETACH DATABASE IF EXISTS {alias}")


def _escaped(path: str) -> str:
    return path.replace("'", "''")
