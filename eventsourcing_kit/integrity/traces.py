"""What is left of a text in files after it was deleted from them.

DuckDB marks the blocks of what is deleted as free, and the bytes stay in the file until others are
written over them; VACUUM does not change that.
"""

from __future__ import annotations

import os

import duckdb

from ..errors import InvalidInput, StoreNotFound
from ..stores.opening import (
    MEMORY,
    because,
    check_descriptors,
    check_path,
    end_turn,
    holder,
    take_turn,
    why_not,
    without_bar,
)
from .personal_keys import overwrite, overwrite_and_delete


def shred(path: str | os.PathLike[str]) -> None:
    """Overwrite and delete a file, and the .wal beside it: a snapshot file, a dump, an old copy.

    Raises StoreNotFound if there is no file, StoreLocked if somebody has it open as a database,
    and StoreError.
    """
    real = _real(path)
    turn = take_turn(real, read_only=False)
    try:
        if held := holder(real):
            raise held
        _remove(real)
    except OSError as error:
        raise because(real, error) from error
    finally:
        end_turn(turn)


def compact(path: str | os.PathLike[str]) -> None:
    """Write a DuckDB file anew, with what is in it and without what was deleted from it.

    For read models and snapshots after a rebuild or `forget`; they have to be closed. The new file
    takes the place of the old one, whose bytes are overwritten. Killed at any point it leaves one
    whole file at `path`, and perhaps a copy beside it, which the next call removes. Raises as shred
    does.
    """
    real = _real(path)
    turn = take_turn(real, read_only=False)
    fresh = f"{real}.compact"  # always this name: what a killed one left would keep its texts
    try:
        if held := holder(real):
            raise held
        _remove(fresh)
        _copy(real, fresh)
        descriptor = os.open(real, os.O_RDWR)
        try:
            os.replace(fresh, real)
            overwrite(descriptor)
        finally:
            os.close(descriptor)
    except duckdb.Error as error:
        raise why_not(real, error) from error
    except OSError as error:
        raise because(real, error) from error
    finally:
        _remove(fresh)
        end_turn(turn)


def _remove(path: str) -> None:
    for name in (f"{path}.wal", path):
        overwrite_and_delete(name)


def _real(path: str | os.PathLike[str]) -> str:
    text = check_path(path)
    if text == MEMORY:
        raise InvalidInput("path", "must be a file's")
    if not os.path.isfile(text):
        raise StoreNotFound(text, "does not exist")
    return os.path.realpath(text)


def _copy(source: str, target: str) -> None:
    """What a query finds in one DuckDB file, in a new one. The .wal of the old one is used up."""
    check_descriptors(source, 16)
    with duckdb.connect() as connection:
        without_bar(connection)
        for name, file in (("source", source), ("target", target)):
            quoted = file.replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS {name} (TYPE duckdb)")
        connection.execute("COPY FROM DATABASE source TO target")
        connection.execute("DETACH target")
        connection.execute("DETACH source")
