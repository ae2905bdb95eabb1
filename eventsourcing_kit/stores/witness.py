"""A witness of the store's head, outside the engine's files: how far it was acknowledged.

Half of a store that was not closed is its .wal. Where that is missing or cut off, the engine opens
what is left without a word. The witness knows better: it is written after every commit, into the
lock file that is open anyway. Only the first one of each opening is flushed to the disk: after a
power cut an older one may be found, and never one that is ahead of the events, which are flushed
before it is written.
"""

from __future__ import annotations

import os
import struct
import zlib
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

SLOT = struct.Struct("<4sQQ16s16s")  # magic, number, position, event id, epoch
SIZE = SLOT.size + 4  # and a checksum
MAGIC = b"head"
FIRST = 64  # bytes that are left to whoever locks the file
NOBODY = UUID(int=0)


class Testimony(NamedTuple):
    """The last event that was acknowledged, and the epoch of the store it is in."""

    position: int
    event_id: UUID
    epoch: UUID


class Witness:
    """Two slots, written by turns: a torn one leaves the other."""

    def __init__(self, path: str, *, writable: bool) -> None:
        self._descriptor: int | None = None
        self._number = 0
        self._is_first = True  # in this opening
        self.found: Testimony | None = None
        flags = os.O_RDWR if writable else os.O_RDONLY
        with suppress(OSError):
            self._descriptor = os.open(f"{path}.lock", flags | getattr(os, "O_BINARY", 0))
            self._read()

    def write(self, position: int, event_id: UUID, epoch: UUID) -> None:
        """Bear witness. What cannot be written is left: the events are what counts."""
        if self._descriptor is None:
            return
        is_first, self._is_first = self._is_first, False
        self._number += 1
        text = SLOT.pack(MAGIC, self._number, position, event_id.bytes, epoch.bytes)
        with suppress(OSError):
            os.lseek(self._descriptor, FIRST + SIZE * (self._number % 2), os.SEEK_SET)
            os.write(self._descriptor, text + struct.pack("<I", zlib.crc32(text)))
            if is_first:
                os.fsync(self._descriptor)

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _read(self) -> None:
        assert self._descriptor is not None
        os.lseek(self._descriptor, FIRST, os.SEEK_SET)
        text = os.read(self._descriptor, 2 * SIZE)
        for start in (0, SIZE):
            slot = text[start : start + SIZE]
            if len(slot) < SIZE or zlib.crc32(slot[:-4]) != struct.unpack("<I", slot[-4:])[0]:
                continue
            magic, number, position, event_id, epoch = SLOT.unpack(slot[:-4])
            if magic == MAGIC and number > self._number:
                self._number = number
                self.found = Testimony(position, UUID(bytes=event_id), UUID(bytes=epoch))
