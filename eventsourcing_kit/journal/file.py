"""A text file that events are added to, one a line, and read back from.

Several notebooks write to it at once, and none may be stopped by it. It is text rather than a
DuckDB file because a damaged line costs one event and not all of them, a person can read it, and
any number of kernels can share it. Measured with four processes that each write 100 events: 0.4 ms
for one event (the median), against 155 ms for a DuckDB file that is opened and closed each time,
where they wait for each other. DuckDB 2.0.0, which is not made for that, also lost one or two in a
thousand of them.

A line has the form of `es.dump_jsonl`. It survives the kernel once it is written, though perhaps
not a power cut in the next seconds: nobody waits for the disk here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from threading import RLock
from typing import Any

from ..errors import InvalidInput
from ..event import Clock, NewEvent, RecordedEvent, check_name, utc_now
from ..jsonl import event_line
from .reading import Line, Numbered, Reader, check_is_a_file

PATIENCE = 2.0  # seconds to wait for other writers; each is done in milliseconds
LITTLE_PATIENCE = 0.1  # once that was in vain


class Journal:
    """The events in the file at `path`, and those that could not be written to it yet.

    Nothing here raises: what went wrong is told by `trouble`.
    """

    def __init__(self, path: Path, *, clock: Clock = utc_now) -> None:
        self.path = path
        self.clock = clock
        self._reader = Reader(path)
        self._waiting: list[tuple[str, NewEvent]] = []
        self._refused = self._unwritten = self._unread = ""
        self._one_thread = RLock()  # re-entrant: an interrupt's handler may record, too

    def append(self, stream_id: str, type_: str, data: Mapping[str, Any]) -> None:
        """Write an event that occurs now, after those that wait; if that fails, it waits too."""
        try:
            check_name("stream_id", stream_id)
            event = NewEvent(type_, data, occurred_at=self.clock())
        except InvalidInput as error:
            self._refused = f"An event cannot be kept: {error}."
            return
        with self._one_thread:
            self._waiting.append((stream_id, event))
            self.flush()

    def flush(self) -> None:
        """Write the events that wait."""
        from filelock import FileLock, Timeout

        with self._one_thread:
            waiting = list(self._waiting)
            if not waiting:
                return
            patience = LITTLE_PATIENCE if self._unwritten else PATIENCE
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with FileLock(self.lock_path, timeout=patience):
                    self._write(waiting)
            except Timeout:
                self._unwritten = _HELD.format(self.lock_path)
            except Exception as error:  # whatever a file system can think of
                self._unwritten = _UNWRITTEN.format(_reason(error, self.path))
            else:
                del self._waiting[: len(waiting)]
                self._unwritten = ""

    def events(self) -> list[RecordedEvent]:
        """All events in the order of the file, then those that wait.

        Each counts once: an event that was written again, because the first time seemed to fail,
        has the id of the first.
        """
        with self._one_thread:
            known, later = self._read()
            return [*known.events, *later]

    def read_stream(self, stream_id: str) -> list[RecordedEvent]:
        """Those of `events` that belong to one stream, without a look at the others."""
        with self._one_thread:
            known, later = self._read()
            mine = [event for event in later if event.stream_id == stream_id]
            return [*known.streams.get(stream_id, []), *mine]

    @property
    def lock_path(self) -> Path:
        """The file that whoever writes to the journal locks meanwhile."""
        return self.path.with_name(f"{self.path.name}.lock")

    @property
    def trouble(self) -> str:
        """What went wrong when the journal was last written and read, and what to do; "" if all
        is well."""
        skipped = self._reader.bad_lines
        lines = "1 line" if skipped == 1 else f"{skipped:,} lines"
        bad = _BAD_LINES.format(lines, self.path) if skipped else ""
        return " ".join(filter(None, (self._unwritten, self._unread, bad, self._refused)))

    def _read(self) -> tuple[Numbered, list[RecordedEvent]]:
        """What the file's whole lines hold, and what comes after them: read, do not change."""
        self._unread = ""
        unended: list[Line] = []
        try:
            unended = self._reader.read()
        except OSError as error:
            self._unread = _UNREAD.format(_reason(error, self.path))
        waiting = [(*pair, pair[1].occurred_at or self.clock()) for pair in self._waiting]
        return self._reader.known, self._reader.known.numbered([*unended, *waiting])

    def _write(self, events: list[tuple[str, NewEvent]]) -> None:
        now = self.clock()
        lines = "".join(
            event_line(stream_id, event, event.occurred_at or now, now) + "\n"
            for stream_id, event in events
        )
        check_is_a_file(self.path)
        # O_APPEND: the end is found by the system, at the moment of writing.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        file = os.open(self.path, flags, 0o666)
        try:
            text = lines.encode() if _ends_a_line(file) else b"\n" + lines.encode()
            while text:  # once, unless the disk is full
                text = text[os.write(file, text) :]
        finally:
            os.close(file)


def _ends_a_line(file: int) -> bool:
    """Whether the file is empty or its last line is whole: a writer may have been killed."""
    size = os.lseek(file, 0, os.SEEK_END)
    if not size:
        return True
    os.lseek(file, size - 1, os.SEEK_SET)
    return os.read(file, 1) == b"\n"


def _reason(error: Exception, path: Path) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename or path}"
    return f"{type(error).__name__}: {error}"


_LATER = "What you do is remembered by this kernel and saved with your next exercise"
_HELD = f"Your progress is not saved yet: another program holds {{}}. {_LATER}."
_UNWRITTEN = (
    f"Your progress is not saved yet: {{}}. {_LATER}, if that works again. Otherwise set "
    "EVENTSOURCING_KIT_HOME to a folder that you may write to, and restart the kernel."
)
_UNREAD = "Your earlier progress cannot be read: {}. You can go on without it."
_BAD_LINES = "Skipped {} that cannot be read in {}. Nothing was deleted, and the rest counts."
