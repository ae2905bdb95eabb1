"""Opening a DuckDB file, and saying why it did not work: one cause, one error, one advice.

Used for event stores, read models and snapshots alike.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
from typing import Any

import duckdb
from filelock import FileLock, Timeout

from ..errors import (
    EngineStopped,
    Interrupted,
    InvalidInput,
    NotAnEventStore,
    StoreDamaged,
    StoreError,
    StoreExhausted,
    StoreFull,
    StoreHeld,
    StoreIncomplete,
    StoreLocked,
    StoreNotFound,
    StoreReadOnly,
    StoreTooNew,
)
from ..sql_text import sql_text

MEMORY = ":memory:"
NEWEST_STORAGE = 999  # the number that DuckDB 2.0 writes in a file's header
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


def sql(name: str) -> str:
    """The text of one of the files in duckdb_sql/."""
    return sql_text(f"stores/duckdb_sql/{name}.sql")


# --- paths ---------------------------------------------------------------------------------------


def check_path(path: Any, field: str = "path") -> str:
    """The path as text, if it can be one of a file of ours, or ":memory:"; else InvalidInput.

    DuckDB takes an empty path, and some others, for a database in memory: what was appended there
    would be gone with the process.
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidInput(field, f"must be a file's path or {MEMORY!r}, not {path!r}")
    text = os.fspath(path)
    if not isinstance(text, str):
        raise InvalidInput(field, f"must be text, not {text!r}")
    if text == MEMORY:
        return text
    if not text.strip() or text != text.strip():
        raise InvalidInput(field, f"must not be blank, nor begin or end with a blank: {text!r}")
    if text.lower().startswith(MEMORY):
        raise InvalidInput(field, f"is not {MEMORY!r}, which alone means memory: {text!r}")
    if not text.isprintable():
        raise InvalidInput(field, f"has a character that does not print: {text!r}")
    if text.endswith((os.sep, "/")) or os.path.basename(text) in (".", ".."):
        raise InvalidInput(field, f"names a folder; give that of a file in it: {text!r}")
    if text.endswith((".wal", ".lock")):
        raise InvalidInput(field, f"is a name that a store gives its own second file: {text!r}")
    try:
        os.stat(text)
    except OSError as error:
        if error.errno in (errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL):
            raise InvalidInput(field, f"cannot be a path here: {error.strerror}") from None
    return text


def check_place(path: str, read_only: bool) -> None:
    """Raise the named error for a place where no store is, or can be. Nothing is made."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        if read_only:
            raise StoreNotFound(path, "does not exist") from None
        if not os.path.isdir(os.path.dirname(path) or "."):
            raise StoreNotFound(path, "is in a folder that does not exist") from None
        size = 0
    except NotADirectoryError:
        raise StoreNotFound(path, "leads through a file as if it were a folder") from None
    except PermissionError:
        raise StoreReadOnly(path, "is in a folder that may not be looked into") from None
    else:
        if stat.S_ISDIR(found.st_mode):
            raise NotAnEventStore(path, "is a folder")
        if not stat.S_ISREG(found.st_mode):
            raise NotAnEventStore(path, "is no ordinary file")
        size = found.st_size
    # Whoever makes a database where this one was would delete what is left of it.
    if not size and file_size(f"{path}.wal"):
        raise StoreIncomplete(path, "is missing or empty, and the .wal beside it is not")


def file_size(path: str) -> int:
    """The size of a file in bytes, 0 where there is none."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


# --- one process at a time -----------------------------------------------------------------------


def take_turn(path: str, read_only: bool) -> FileLock | None:
    """A lock beside the file for as long as it is open here; None for who does not write.

    DuckDB's own lock ends a little before the file is wholly closed. A process that opened it in
    that instant could lose what it was told is stored: 1 in 2,000 when four took turns.
    """
    if path == MEMORY:
        return None
    check_place(path, read_only)
    if read_only:
        return None
    # Not of one thread: the garbage collector may close a store from any.
    lock = FileLock(f"{path}.lock", timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:  # with no other holder, it is just being opened or closed
        raise holder(path) or StoreLocked(path, "is open in another process") from None
    except OSError as error:
        if error.errno in _REFUSED:  # a folder where nothing can be written: DuckDB will say so
            return None
        raise because(path, error) from error
    return lock


def end_turn(lock: FileLock | None) -> None:
    """Give back what take_turn gave."""
    if lock is not None:
        lock.release()


def holder(path: str) -> StoreLocked | None:
    """Who has the file, as far as DuckDB knows, as an error to raise; None if it knows of nobody.

    Attaching it looks at the engines of this process first: to open it would drop this process's
    own lock on it.
    """
    check_descriptors(path)
    quoted = path.replace("'", "''")
    with duckdb.connect() as connection:
        try:
            connection.execute(f"ATTACH '{quoted}' AS held (READ_ONLY)")
        except duckdb.ResourceInUseException:
            return StoreHeld(path, "is open in this very process")
        except duckdb.OperationalError as error:
            if pid := re.search(r"PID (\d+)", str(error)):
                return StoreLocked(path, f"is open in another process (PID {pid[1]})")
        except duckdb.Error:
            pass
    return None


# --- the engine ----------------------------------------------------------------------------------


def connect(path: str, read_only: bool) -> duckdb.DuckDBPyConnection:
    """A connection to the file, or the named error for why there is none."""
    check_descriptors(path)
    try:
        return duckdb.connect(path, read_only=read_only)
    except duckdb.Error as error:
        raise why_not(path, error) from error


def without_bar(connection: duckdb.DuckDBPyConnection) -> None:
    """No bar of DuckDB's own, which it draws in notebooks when a query takes two seconds.

    To be said to each cursor, and it takes 0.2 ms: too much for a single append.
    """
    connection.execute("SET enable_progress_bar = false")


def check_descriptors(path: str, needed: int = 8) -> None:
    """Raise StoreExhausted if so many files could not be opened: DuckDB would end the process."""
    held: list[int] = []
    try:
        for _ in range(needed):
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        raise because(path, error) from error
    finally:
        for descriptor in held:
            os.close(descriptor)


def why_not(path: str, error: duckdb.Error) -> StoreError:
    """The named error for a file that DuckDB would not open.

    DuckDB has one class for nearly all of them, so this looks at the file. Only here, after a
    failure: opening and closing a file drops every POSIX lock this process has on it.
    """
    locked = re.search(r"PID (\d+)", str(error))
    if locked and int(locked[1]) != os.getpid():
        return StoreLocked(path, f"is open in another process (PID {locked[1]})")
    if locked or isinstance(error, duckdb.ConnectionException):
        return StoreHeld(path, "is open in this very process by a connection of its own")
    if os.path.isdir(path):
        return NotAnEventStore(path, "is a folder")
    if named := _by_errno(path, error):
        return named
    try:
        with open(path, "rb") as file:
            header = file.read(20)
    except FileNotFoundError:
        return StoreReadOnly(path, "cannot be made: the folder is not writable")
    except OSError as refused:  # on Windows also: held by another process
        return because(path, refused)
    if len(header) < 20 or header[8:12] != b"DUCK":
        return NotAnEventStore(path, "is not a DuckDB database")
    (storage,) = struct.unpack("<Q", header[12:20])
    if storage > NEWEST_STORAGE:
        return StoreTooNew(path, f"is written in DuckDB's storage version {storage}")
    if not os.access(path, os.W_OK):
        return StoreReadOnly(path, "is not writable")
    if ".wal" in str(error):
        return StoreIncomplete(path, f"does not go with the .wal beside it: {first_line(error)}")
    return StoreDamaged(path, f"is cut off or damaged: {first_line(error)}")


def because(path: str, error: OSError) -> StoreError:
    """The named error for what the operating system said."""
    problem = error.strerror or str(error)
    if error.errno in _FULL:
        return StoreFull(path, problem)
    if error.errno in _EXHAUSTED:
        return StoreExhausted(path, problem)
    if error.errno in _REFUSED:
        return StoreReadOnly(path, f"cannot be opened: {problem}")
    return StoreError(path, f"cannot be read or written: {problem}")


def engine_error(path: str, error: BaseException) -> StoreError | None:
    """The named error for what the engine raised in the middle of work; None for all others.

    By class, as far as that goes. One class stands for many failures of files, so there the
    operating system's own words, which the message quotes, decide.
    """
    if isinstance(error, duckdb.FatalException):
        # "database has been invalidated because of a previous fatal error ... Original error: ..."
        cause = re.search(r"Original error: \"?(.*)", str(error), re.DOTALL)
        return EngineStopped(
            path, f"the engine stopped: {first_line(cause[1] if cause else error)}"
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return StoreExhausted(path, first_line(error))
    if isinstance(error, duckdb.TransactionException):  # a commit that could not be written
        return _by_errno(path, error)
    if isinstance(error, duckdb.IOException):
        return _by_errno(path, error) or StoreDamaged(path, f"cannot be read: {first_line(error)}")
    if isinstance(error, duckdb.InternalException):
        return EngineStopped(path, f"the engine stopped: {first_line(error)}")
    if isinstance(error, RuntimeError) and "interrupted" in str(error).lower():
        return Interrupted(path, "a call was interrupted")  # how DuckDB tells of Ctrl-C
    if type(error) is duckdb.Error:  # how a wrong checksum is reported
        return StoreDamaged(path, f"cannot be read: {first_line(error)}")
    if isinstance(error, OSError):
        return because(path, error)
    return None


def _by_errno(path: str, error: BaseException) -> StoreError | None:
    text = str(error)
    for number in (*_FULL, *_EXHAUSTED, *_REFUSED, errno.EIO):
        if os.strerror(number) in text:
            named = because(path, OSError(number, first_line(error)))
            return named if number != errno.EIO else EngineStopped(path, first_line(error))
    return None


def first_line(error: object) -> str:
    """An engine's message without what it adds below."""
    return (str(error).splitlines() or [""])[0]
