"""A copy of a store that is in use, and a store from such a copy.

The engine reads the events and writes them to a new file, so that every block is looked at, nobody
who appends meanwhile has to wait, and half of a store cannot be taken for all of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import duckdb

from ..bars import progress
from ..errors import InvalidInput
from .duckdb import DuckDBStore
from .opening import (
    MEMORY,
    because,
    check_descriptors,
    check_path,
    end_turn,
    sql,
    take_turn,
    without_bar,
)
from .witness import Testimony, Witness

PART = 1_000_000  # events in one transaction, so that a progress bar can move


def backup(store: Any, path: Any) -> int:
    """Write a copy of a store to a new file at `path`; returns how many events are in it.

    It has all that was acknowledged before the call, and can be opened as a store. Appends may go
    on meanwhile. Raises InvalidInput if there is a file at `path`, and StoreError.
    """
    return _copy(store, path, "path", new_epoch=False)


def restore(path: Any, to: Any) -> int:
    """Make a store at `to` from the backup at `path`; returns how many events are in it.

    The store begins a new epoch: what had been read from the old one behind the backup's end is
    not in it, and may be something else by and by. Read models and snapshots notice; whoever keeps
    positions of his own compares `store.epoch`. Raises InvalidInput if there is a file at `to`:
    move it away, and the .wal beside it, and keep both until you know that you do not need them.
    """
    with DuckDBStore(check_path(path), read_only=True) as store:
        return _copy(store, to, "to", new_epoch=True)


def _copy(store: Any, path: Any, field: str, *, new_epoch: bool) -> int:
    if not isinstance(store, DuckDBStore):
        raise InvalidInput("store", f"must be one in DuckDB, not {store!r}; use its own tools")
    target = os.path.realpath(check_path(path, field))
    if path == MEMORY:
        raise InvalidInput(field, f"must be a file's, not {MEMORY!r}")
    if os.path.lexists(target):
        raise InvalidInput(field, f"{target!r} is there already, and nothing is written over it")
    turn = take_turn(target, read_only=False)
    try:
        head = _write(store, f"{target}.new", new_epoch=new_epoch)
        _flush(f"{target}.new")
        os.replace(f"{target}.new", target)
        witness = Witness(target, writable=True)  # another store may have left one at this path
        witness.write(*head)
        witness.close()
        return head.position
    except OSError as error:
        raise because(target, error) from error
    finally:
        with suppress(OSError):
            _remove(f"{target}.new")
        end_turn(turn)


def _write(store: DuckDBStore, path: str, *, new_epoch: bool) -> Testimony:
    """Write the copy; returns its head."""
    _remove(path)
    source = store.database.events_table
    check_descriptors(path, 16)
    with store.database.cursor() as cursor, _attached(cursor, path, source.removesuffix(".events")):
        without_bar(cursor)
        position = store.position()
        cursor.execute(sql("schema"))
        with progress(total=position, desc="Copying", unit=" events") as bar:
            for start in range(0, position, PART):
                end = min(start + PART, position)
                cursor.execute(
                    f"INSERT INTO events FROM {source} "
                    "WHERE position > ? AND position <= ? ORDER BY position",
                    [start, end],
                )
                bar.update(end - start)
        cursor.execute(sql("format_2"))
        cursor.execute("DELETE FROM events_epochs")
        cursor.execute(
            f"INSERT INTO events_epochs FROM {source.removesuffix('events')}events_epochs"
        )
        if new_epoch:
            cursor.execute(sql("new_epoch"), {"position": position})
        [head] = cursor.execute(sql("head")).fetchall()
        cursor.execute("CHECKPOINT")
    return Testimony(*head)


@contextmanager
def _attached(cursor: duckdb.DuckDBPyConnection, path: str, home: str) -> Iterator[None]:
    """A new database at `path`, in use on this cursor; afterwards `home` is."""
    name, quoted = f"copy_{uuid4().hex}", path.replace("'", "''")
    cursor.execute(f"ATTACH '{quoted}' AS {name} (READ_WRITE)")
    try:
        cursor.execute(f"USE {name}")
        yield
    finally:
        with suppress(duckdb.Error):  # what went wrong before is what counts
            cursor.execute(f"USE {home}")
            cursor.execute(f"DETACH {name}")


def _flush(path: str) -> None:
    """To the disk, before the file gets its name."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: str) -> None:
    for name in (path, f"{path}.wal"):
        with suppress(FileNotFoundError):
            os.remove(name)
