"""A journal's file, read once: what was parsed is kept, and only what was appended is read.

A click in a mock interview asks for the interview's events three or four times. With 3,000 events
in the file, parsing all of them took a quarter of a second each time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from ..errors import InvalidInput
from ..event import MAX_PAYLOAD_BYTES, NewEvent, RecordedEvent
from ..jsonl import read_line

LONGEST_LINE = 3 * MAX_PAYLOAD_BYTES
REMEMBERED = 4096  # bytes before the end of what was read: if they changed, all is read again

Line = tuple[str, NewEvent, datetime]  # stream_id, event, recorded_at


@dataclass
class Numbered:
    """Events with their versions and positions, which follow from their order; each id once."""

    events: list[RecordedEvent] = field(default_factory=list)
    streams: dict[str, list[RecordedEvent]] = field(default_factory=dict)
    ids: set[UUID] = field(default_factory=set)

    def add(self, lines: Iterable[Line]) -> None:
        """Keep the events of these lines too."""
        for event in self.numbered(lines):
            self.events.append(event)
            self.streams.setdefault(event.stream_id, []).append(event)
            self.ids.add(event.event_id)

    def numbered(self, lines: Iterable[Line]) -> list[RecordedEvent]:
        """What adding these lines would add: known events are left out."""
        new: dict[UUID, RecordedEvent] = {}
        versions: dict[str, int] = {}
        for stream_id, event, recorded_at in lines:
            if event.event_id in self.ids or event.event_id in new:
                continue
            version = versions.get(stream_id, len(self.streams.get(stream_id, ()))) + 1
            versions[stream_id] = version
            new[event.event_id] = RecordedEvent(
                position=len(self.events) + len(new) + 1,
                stream_id=stream_id,
                version=version,
                event_id=event.event_id,
                type=event.type,
                schema_version=event.schema_version,
                data=dict(event.data),
                metadata=dict(event.metadata),
                occurred_at=event.occurred_at or recorded_at,
                recorded_at=recorded_at,
            )
        return list(new.values())


class Reader:
    """The file at `path`, as far as it was read: `known`, and how many lines were no events."""

    _before_end: bytes
    _end: int
    _bad_lines: int
    _bad_end: int

    def __init__(self, path: Path) -> None:
        self.path = path
        self._forget()

    def read(self) -> list[Line]:
        """Take in what was appended; returns the line that no end closes, if it is an event.

        Where the file is another one, or was changed and not only appended to, all is read again.
        Raises OSError where it cannot be read, and then nothing is known; a file that is not there
        is empty.
        """
        try:
            check_is_a_file(self.path)
            with self.path.open("rb") as file:
                text = self._unread(file)
        except FileNotFoundError:
            self._forget()
            return []
        except OSError:
            self._forget()
            raise
        whole, _, unended = text.rpartition(b"\n")
        found, bad = _parsed(whole)
        self.known.add(found)
        self._end += len(text) - len(unended)
        self._before_end = (self._before_end + text[: len(text) - len(unended)])[-REMEMBERED:]
        self._bad_lines += bad
        found, self._bad_end = _parsed(unended)
        return found

    @property
    def bad_lines(self) -> int:
        """Lines that are no events, among those that are not blank."""
        return self._bad_lines + self._bad_end

    def _forget(self) -> None:
        self.known = Numbered()
        self._file: tuple[int, int] | None = None
        self._size = self._changed = 0  # bytes; nanoseconds
        self._end = self._bad_lines = self._bad_end = 0
        self._before_end = b""

    def _unread(self, file: BinaryIO) -> bytes:
        """The bytes that are new, which may be all."""
        about = os.fstat(file.fileno())
        place = about.st_dev, about.st_ino
        untouched = (about.st_size, about.st_mtime_ns) == (self._size, self._changed)
        if self._file != place or not (untouched or self._only_grew(file, about.st_size)):
            self._forget()
        self._file, self._size, self._changed = place, about.st_size, about.st_mtime_ns
        if untouched and self._size == self._end:
            return b""
        file.seek(self._end)
        return file.read()

    def _only_grew(self, file: BinaryIO, size: int) -> bool:
        file.seek(self._end - len(self._before_end))
        return size > self._size and file.read(len(self._before_end)) == self._before_end


def check_is_a_file(path: Path) -> None:
    """Raise OSError for a folder, or a pipe, on which reading would wait forever."""
    if path.exists() and not path.is_file():
        raise OSError(None, "Not a file", str(path))


def _parsed(text: bytes) -> tuple[list[Line], int]:
    """The events in lines of text, and how many lines are none."""
    found, bad = [], 0
    for line in text.split(b"\n"):
        try:
            if len(line) > LONGEST_LINE:
                raise InvalidInput("line", "is too long for an event")
            if line.strip():
                found.append(read_line(line))
        except InvalidInput:
            bad += 1
    return found, bad
