"""What a process did to its files, call by call, and what a power cut could have left of it.

A write is certain once its file is synced. Until then each 512-byte sector of it may be on the disk
or not, in any order. Names are made and removed in order, as a journalling file system keeps them.
They are certain once the folder is synced; syncing a file makes sure of its own name, and so of all
changes of names before.
"""

from __future__ import annotations

import os
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

RECORD = struct.Struct("iiqq")
SECTOR = 512
MARK = ord("M")


@dataclass(frozen=True)
class Call:
    """One record of disk.c; its kinds are described there, and "M" is a mark of Python's own."""

    kind: str
    fd: int
    offset: int
    data: bytes


def mark(journal: int, number: int) -> None:
    """Write into the open journal that `number` batches are acknowledged."""
    os.write(journal, RECORD.pack(MARK, -1, number, 0))


def calls(journal: Path) -> Iterator[Call]:
    """What disk.c wrote down, in order."""
    content = memoryview(journal.read_bytes())
    while content:
        kind, fd, offset, length = RECORD.unpack_from(content)
        content = content[RECORD.size :]
        yield Call(chr(kind), fd, offset, bytes(content[:length]))
        content = content[length:]


class Left(Enum):
    """What the cut left of the writes that were not yet synced."""

    ALL = "every write"
    NONE = "no write"
    SOME = "whole writes, any of them"
    TORN = "sectors, any of them"
    FIRST = "the first writes, the last of them cut at a sector"


Change = tuple[int, bytes] | int  # bytes at an offset, or a new length


@dataclass(eq=False)
class File:
    """A file by itself, whatever its name."""

    certain: bytearray = field(default_factory=bytearray)
    waiting: list[Change] = field(default_factory=list)

    def sync(self) -> None:
        self.certain = self.left(Left.ALL, random.Random(0))
        self.waiting.clear()

    def left(self, left: Left, chance: random.Random) -> bytearray:
        content = bytearray(self.certain)
        last = chance.randrange(len(self.waiting) + 1)
        for i, change in enumerate(self.waiting):
            if isinstance(change, int):
                if left is Left.ALL or (left is not Left.NONE and chance.random() < 0.5):
                    _resize(content, change)
                continue
            offset, data = change
            match left:
                case Left.ALL:
                    kept = [(offset, data)]
                case Left.NONE:
                    kept = []
                case Left.SOME:
                    kept = [(offset, data)] if chance.random() < 0.5 else []
                case Left.TORN:
                    kept = [part for part in _sectors(offset, data) if chance.random() < 0.5]
                case Left.FIRST:
                    kept = list(_sectors(offset, data))
                    if i >= last:
                        kept = kept[: chance.randrange(len(kept) + 1)] if i == last else []
            if left in (Left.SOME, Left.TORN) and chance.random() < 0.5:
                _resize(content, max(len(content), offset + len(data)))  # the length alone
            for at, part in kept:
                _resize(content, max(len(content), at + len(part)))
                content[at : at + len(part)] = part
        return content


FOLDER = File()  # in place of a folder, which is opened to be synced


def _resize(content: bytearray, length: int) -> None:
    del content[length:]
    content.extend(bytes(length - len(content)))


def _sectors(offset: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    """The write, cut where sectors begin."""
    at = offset
    while at < offset + len(data):
        end = min((at // SECTOR + 1) * SECTOR, offset + len(data))
        yield at, data[at - offset : end - offset]
        at = end


class Disk:
    """The files of the folder, as the calls so far have made them."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.acknowledged: int | None = None  # None while the store is being made
        self._certain: dict[str, File] = {}
        self._names: dict[str, File] = {}
        self._waiting: list[dict[str, File | None]] = []  # changes of names, each at once
        self._open: dict[int, File] = {}

    def happens(self, call: Call) -> None:
        match call.kind:
            case "B":
                self._open.clear()
            case "O":
                path = call.data.decode()
                if path == self.folder:
                    self._open[call.fd] = FOLDER
                    return
                if path not in self._names:
                    self._rename({path: File()})
                self._open[call.fd] = self._names[path]
                if call.offset:
                    self._names[path].waiting.append(0)
            case "C":
                self._open.pop(call.fd, None)
            case "W":
                self._open[call.fd].waiting.append((call.offset, call.data))
            case "T":
                self._open[call.fd].waiting.append(call.offset)
            case "S":
                self._sync(self._open[call.fd])
            case "U":
                self._rename({call.data.decode(): None})
            case "R":
                old, new = call.data.decode().split("\0")
                self._rename({old: None, new: self._names[old]})
            case "M":
                self.acknowledged = call.offset

    def _rename(self, change: dict[str, File | None]) -> None:
        _change(self._names, change)
        self._waiting.append(change)

    def _sync(self, file: File) -> None:
        file.sync()
        named = [n for n, change in enumerate(self._waiting, 1) if file in change.values()]
        certain = len(self._waiting) if file is FOLDER else max(named, default=0)
        for _ in range(certain):
            _change(self._certain, self._waiting.pop(0))

    @property
    def unsure(self) -> bool:
        """Whether a power cut could lose anything."""
        return bool(self._waiting) or any(file.waiting for file in self._names.values())

    def left(self, left: Left, chance: random.Random) -> dict[str, bytes]:
        """What is on the disk after a power cut now, by path."""
        names = dict(self._certain)
        most = len(self._waiting)
        kept = {Left.ALL: most, Left.NONE: 0}.get(left, chance.randint(0, most))
        for change in self._waiting[:kept]:
            _change(names, change)
        return {path: bytes(file.left(left, chance)) for path, file in names.items()}


def _change(names: dict[str, File], change: dict[str, File | None]) -> None:
    for path, file in change.items():
        if file is None:
            names.pop(path, None)
        else:
            names[path] = file
