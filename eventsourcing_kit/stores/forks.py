"""What a forked child may do with its parent's databases: nothing.

DuckDB is not made for it. A child that merely ends would checkpoint the file and delete the .wal
into which the parent goes on writing; one that appends would write over what the parent writes.
(The default of multiprocessing on Linux before Python 3.14 is to fork.) A connection to a server is
one conversation: a child that says goodbye ends its parent's.
"""

from __future__ import annotations

import ctypes
import os
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

AnyConnection = TypeVar("AnyConnection")

_connections: weakref.WeakSet[Any] = weakref.WeakSet()
_forget: list[Callable[[], None]] = []


def watch(connection: AnyConnection) -> AnyConnection:
    """See to it that a child never closes this connection."""
    _connections.add(connection)
    return connection


def in_child(forget: Callable[[], None]) -> None:
    """Have something done in every child, after the connections are made safe."""
    _forget.append(forget)


def _keep_for_ever() -> None:
    """Closing is what an object's end does; so, in the child, none of them ends."""
    for connection in list(_connections):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(connection))
    for forget in _forget:
        forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_keep_for_ever)
