"""A DuckDB file as this process holds it: opened once, shared by every store on it, let go by all.

DuckDB gives a file to one process for writing, so the lock that orders appends can be a lock of
this process. It covers taking a position *through* the commit: a number that is taken before and
committed later is a gap that a reader polling "position > last" steps over and never returns to.
"""

from __future__ import annotations

import os
import re
import struct
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import duckdb
from filelock import FileLock, Timeout

from ..errors import (
    NotAnEventStore,
    StoreClosed,
    StoreDamaged,
    StoreError,
    StoreLocked,
    StoreNotFound,
    StoreReadOnly,
    StoreTooNew,
)
from ..sql_text import sql_text
from .protocol import Head

FORMAT = 1  # of schema.sql
MEMORY = ":memory:"
NEWEST_STORAGE = 999  # the number that DuckDB 2.0 writes in a file's header
MAX_KNOWN_IDS = 200_000  # over all remembered streams; about 50 MB


class Database:
    """One open DuckDB database, the lock that orders appends to it, and what is known of its end.

    `heads` and `position` save each append two queries (looking a stream up among a million
    events takes 3 ms, an append 2). They are right because nobody else can write, and are
    forgotten whenever an append does not finish.
    """

    def __init__(self, path: str, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        self.lock = threading.RLock()
        self.heads = Heads()
        self.position: int | None = None
        self.users = 0
        self.events_table = ""  # its full name, also where another database is in use
        self._turn = take_turn(path, read_only)
        try:
            self.connection = _connect(path, read_only)
        except BaseException:
            end_turn(self._turn)
            raise
        try:
            self._prepare()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file, wholly, and then let the next process have it."""
        self.connection.close()
        end_turn(self._turn)

    def _prepare(self) -> None:
        """Make the tables in a new database; see that an old one is of this kit and format."""
        self.connection.execute("SET GLOBAL TimeZone = 'UTC'")
        tables = {name for (name,) in self.connection.execute("SHOW TABLES").fetchall()}
        if not tables and not self.read_only:
            self.connection.execute("BEGIN")
            self.connection.execute(sql_text("stores/duckdb_sql/schema.sql"))
            self.connection.execute("COMMIT")
            self.connection.execute("CHECKPOINT")
        elif not {"events", "events_format"} <= tables:
            raise NotAnEventStore(self.path, "is a DuckDB database without the kit's events")
        [(found,)] = self.connection.execute("SELECT max(version) FROM events_format").fetchall()
        [(catalog,)] = self.connection.execute("SELECT current_database()").fetchall()
        self.events_table = '"' + str(catalog).replace('"', '""') + '".main.events'
        if found != FORMAT:
            raise StoreTooNew(self.path, f"has format {found}, this kit reads format {FORMAT}")

    @contextmanager
    def cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection for one piece of work, since threads must not share one.

        Raises StoreClosed and StoreDamaged in place of the engine's errors of that kind.
        """
        try:
            cursor = self.connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()
        except duckdb.ConnectionException:
            raise StoreClosed(self.path, "is closed") from None
        except (duckdb.IOException, duckdb.InternalException, duckdb.FatalException) as error:
            raise StoreDamaged(self.path, f"cannot be read: {_first_line(error)}") from error
        except duckdb.Error as error:
            if type(error) is duckdb.Error:  # how a wrong checksum is reported
                raise StoreDamaged(self.path, f"cannot be read: {_first_line(error)}") from error
            raise

    def forget(self) -> None:
        """Know nothing of the end any more: the next append looks."""
        self.heads.clear()
        self.position = None


class Heads:
    """The heads of the streams appended to most recently."""

    def __init__(self) -> None:
        self._heads: OrderedDict[str, Head] = OrderedDict()
        self._ids = 0

    def get(self, stream_id: str) -> Head | None:
        return self._heads.get(stream_id)

    def put(self, stream_id: str, head: Head) -> None:
        """Remember a head; let go of the oldest ones once there are too many ids."""
        self._heads[stream_id] = head
        self._ids += len(head.ids)
        while self._ids > MAX_KNOWN_IDS and len(self._heads) > 1:
            _, oldest = self._heads.popitem(last=False)
            self._ids -= len(oldest.ids)

    def add(self, stream_id: str, event_id: UUID, version: int) -> None:
        """Move a head on by one event, if it is still remembered."""
        head = self._heads.get(stream_id)
        if head is not None:
            head.version = version
            head.ids[event_id] = version
            self._ids += 1

    def clear(self) -> None:
        self._heads.clear()
        self._ids = 0


# --- one database a file, however many stores ----------------------------------------------------

_open: dict[str, Database] = {}
_opening = threading.RLock()  # re-entrant: the garbage collector may release within acquire


def acquire(path: str, read_only: bool) -> Database:
    """The database at `path`, shared with whoever has it open in this process; see release."""
    if path == MEMORY:
        return Database(path, read_only=False)
    real = os.path.realpath(path)
    with _opening:
        database = _open.get(real)
        if database is None:
            database = _open[real] = Database(path, read_only)
        elif database.read_only and not read_only:
            raise StoreLocked(path, "is open with read_only=True in this very process; close that")
        database.users += 1
        return database


def release(database: Database) -> None:
    """Give back what acquire gave; the last one closes the file and so lets go of its lock."""
    with _opening:
        database.users -= 1
        if database.users <= 0:
            for path in [path for path, held in _open.items() if held is database]:
                del _open[path]
            database.close()


# --- opening, and saying why it did not work -----------------------------------------------------


def take_turn(path: str, read_only: bool) -> FileLock | None:
    """A lock beside the file for as long as it is open here; None for who does not write.

    DuckDB's own lock ends a little before the file is wholly closed. A process that opened it in
    that instant could lose what it was told is stored: 1 in 2,000 when four took turns.
    """
    if path == MEMORY:
        return None
    if not os.path.exists(path):
        if read_only:
            raise StoreNotFound(path, "does not exist")
        if not os.path.isdir(os.path.dirname(path) or "."):
            raise StoreNotFound(path, "is in a folder that does not exist")
    if read_only or os.path.isdir(path):
        return None
    # Not of one thread: the garbage collector may close a store from any.
    lock = FileLock(f"{os.path.realpath(path)}.lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise StoreLocked(path, f"is open in another process{_who_holds(path)}") from None
    except OSError:  # a folder where nothing can be written: DuckDB will say so
        return None
    return lock


def _who_holds(path: str) -> str:
    """What DuckDB knows of the process that has the file open."""
    try:
        duckdb.connect(path, read_only=True).close()
    except duckdb.Error as error:
        if pid := re.search(r"PID \d+", str(error)):
            return f" ({pid[0]})"
    return ""  # it is just being opened or closed


def end_turn(lock: FileLock | None) -> None:
    """Give back what take_turn gave."""
    if lock is not None:
        lock.release()


def _connect(path: str, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(path, read_only=read_only)
    except duckdb.Error as error:
        raise _why_not(path, error) from error


def _why_not(path: str, error: duckdb.Error) -> StoreError:
    """The named error for a file that DuckDB would not open.

    DuckDB has one class for nearly all of them, so this looks at the file. Only here, after a
    failure: opening and closing a file drops every POSIX lock this process has on it.
    """
    locked = re.search(r"PID (\d+)", str(error))
    if locked:
        return StoreLocked(path, f"is open in another process (PID {locked[1]})")
    if isinstance(error, duckdb.ConnectionException):
        return StoreLocked(path, "is open in this process by a connection of its own; close that")
    if os.path.isdir(path):
        return NotAnEventStore(path, "is a folder")
    try:
        with open(path, "rb") as file:
            header = file.read(20)
    except FileNotFoundError:
        return StoreReadOnly(path, "cannot be made: the folder is not writable")
    except OSError as refused:  # on Windows also: held by another process
        return StoreLocked(path, f"cannot be opened: {refused.strerror}")
    if len(header) < 20 or header[8:12] != b"DUCK":
        return NotAnEventStore(path, "is not a DuckDB database")
    (storage,) = struct.unpack("<Q", header[12:20])
    if storage > NEWEST_STORAGE:
        return StoreTooNew(path, f"is written in DuckDB's storage version {storage}")
    if not os.access(path, os.W_OK):
        return StoreReadOnly(path, "is not writable")
    return StoreDamaged(path, f"is cut off or damaged: {_first_line(error)}")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0]
