"""Where an open store lies on the disk, and whether it still does.

Whoever deletes, moves or overwrites the file of an open store would otherwise hear "stored" from an
engine that writes into a file without a name, or over a copy that was just put back.
"""

from __future__ import annotations

import os
import struct
from contextlib import suppress
from typing import NamedTuple

from ..errors import StoreMoved

BLOCK = 4096  # DuckDB's headers: one that never changes, then two that take turns

Identity = tuple[int, int]  # device, inode


def identity(path: str) -> Identity | None:
    """Which file it is, by whatever name; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Seen(NamedTuple):
    """The store's files at one moment. `checkpoints` counts those of the file's whole life."""

    file: Identity | None
    header: bytes
    checkpoints: int
    wal: Identity | None
    wal_size: int


class Place:
    """The files of one open store, as it left them.

    A descriptor of its own stays open, because to close any descriptor of a file drops all POSIX
    locks that the process has on it, the engine's too. Where the system does not allow a second
    one (Windows), it does not allow deleting or replacing the file either.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.identity = identity(path)
        self._descriptor: int | None = None
        with suppress(OSError):
            self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._left = self._look()
        self._wal_may_go = False

    def note(self) -> None:
        """Remember how the files are now: the store itself has written."""
        before, left = self._left, self._look()
        # A checkpoint of another thread writes its header, and takes its .wal away a moment later.
        is_the_same = (left.wal, left.wal_size) == (before.wal, before.wal_size)
        checkpoint = left.checkpoints != before.checkpoints
        self._wal_may_go = checkpoint or (self._wal_may_go and is_the_same)
        self._left = left
        if left.wal != before.wal:
            self.sync_folder()

    def sync_folder(self) -> None:
        """Have the disk know which files there are: else a power cut may bring back a .wal that is
        done with, or take away one that has just been made."""
        with suppress(OSError):  # Windows has no such call
            folder = os.open(os.path.dirname(self.path), os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def check(self) -> None:
        """Raise StoreMoved if somebody else has touched the files since."""
        now, left = self._look(), self._left
        if now == left or self._descriptor is None:
            return
        if now.file is None:
            raise StoreMoved(self.path, "was deleted or moved while it was open")
        if now.file != left.file:
            raise StoreMoved(self.path, "was replaced by another file while it was open")
        if now.header != left.header or now.checkpoints < left.checkpoints:
            raise StoreMoved(self.path, "was overwritten while it was open")
        whole = now.wal == left.wal and now.wal_size >= left.wal_size
        is_done_with = self._wal_may_go or now.checkpoints != left.checkpoints
        if left.wal_size and not whole and not is_done_with:
            raise StoreMoved(self.path, "has lost its .wal while it was open")

    def close(self) -> None:
        """Let go of the descriptor, unless that would drop the lock of somebody in this process."""
        if self._descriptor is not None and not self._shared():
            os.close(self._descriptor)
        self._descriptor = None

    def _look(self) -> Seen:
        file = identity(self.path)
        wal_size, wal = 0, None
        with suppress(OSError):
            found = os.stat(f"{self.path}.wal")
            wal_size, wal = found.st_size, (found.st_dev, found.st_ino)
        headers = b""
        if self._descriptor is not None:
            with suppress(OSError):
                headers = os.pread(self._descriptor, 3 * BLOCK, 0)
        headers = headers.ljust(3 * BLOCK, b"\0")
        counts = (struct.unpack_from("<Q", headers, BLOCK * n + 8)[0] for n in (1, 2))
        return Seen(file, headers[:BLOCK], max(counts), wal, wal_size)

    def _shared(self) -> bool:
        """Whether another descriptor of this process is of the same file."""
        try:
            numbers = [int(name) for name in os.listdir("/dev/fd")]
        except (OSError, ValueError):
            return False
        for number in numbers:
            with suppress(OSError):
                found = os.fstat(number)
                if number != self._descriptor and (found.st_dev, found.st_ino) == self.identity:
                    return True
        return False
