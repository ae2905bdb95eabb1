"""One database a file, however many stores, and by whatever path they were opened."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass

from ..errors import StoreForked, StoreHeld, StoreMoved
from . import forks
from .database import Database
from .duckdb_writer import Writer
from .opening import MEMORY
from .place import Identity, identity


@dataclass(eq=False)
class Shared:
    """What all stores on one file have in common."""

    database: Database
    writer: Writer
    users: int = 0


_open: dict[Identity, Shared] = {}
_opening = threading.RLock()  # re-entrant: the garbage collector may release within acquire
_inherited: set[str] = set()  # in a child: what its parent had open when it was forked off


def acquire(path: str, read_only: bool) -> Shared:
    """What is shared by the stores at `path` in this process; see release."""
    if path == MEMORY:
        return _new(path, read_only=False)
    real = os.path.realpath(path)
    with _opening:
        if real in _inherited:  # the engine would hand out the parent's own, as it was then
            raise StoreForked(real, "was open in the parent of this process")
        _give_up_deleted(real)
        file = identity(real)
        held = None if file is None else _open.get(file)
        if held is not None and held.database.gone is not None:  # the engine stopped: once more
            held.database.close()
            held = None
        if held is None:
            held = _new(real, read_only)
            file = identity(real)
            assert file is not None
            _open[file] = held
        elif held.database.read_only and not read_only:
            raise StoreHeld(real, "is open with read_only=True in this very process")
        else:
            held.database.check_place()
        held.users += 1
        return held


def _new(path: str, read_only: bool) -> Shared:
    database = Database(path, read_only)
    return Shared(database, Writer(database))


def _give_up_deleted(real: str) -> None:
    """Hold on to no store whose file was deleted; refuse where another file stands in its place.

    A file that was deleted can be made anew: the old store says so to whoever still uses it. One
    that was replaced is not opened in passing, for then two stores would go by its name.
    """
    now = identity(real)
    for file, held in list(_open.items()):
        if held.database.path != real or file == now:
            continue
        why = StoreMoved(real, "was deleted or replaced while it was open in this process")
        if now is not None:
            raise why
        del _open[file]
        held.database.stop(why)
        held.database.close()


def release(held: Shared) -> None:
    """Give back what acquire gave; the last one closes the file and so lets go of its lock."""
    if os.getpid() != held.database.process:
        return  # it is the parent's
    with _opening:
        held.users -= 1
        if held.users <= 0:
            for file in [file for file, one in _open.items() if one is held]:
                del _open[file]
            held.database.close()


def _forget_in_child() -> None:
    global _opening
    _opening = threading.RLock()  # a thread of the parent may have held it
    _inherited.update(held.database.path for held in _open.values())
    _open.clear()


forks.in_child(_forget_in_child)
