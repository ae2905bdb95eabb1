"""A journal: a text file that events are added to, one a line, and read back from.

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

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from threading import RLock
from typing import Any
from uuid import UUID

from ..errors import InvalidInput
from ..event import (
    MAX_PAYLOAD_BYTES,
    Clock,
    NewEvent,
    RecordedEvent,
    check_name,
    parse_object,
    parse_time,
    utc_now,
)

PATIENCE = 2.0  # seconds to wait for other writers; each is done in milliseconds
LITTLE_PATIENCE = 0.1  # once that was in vain
LONGEST_LINE = 3 * MAX_PAYLOAD_BYTES

Line = tuple[str, NewEvent, datetime]  # stream_id, event, recorded_at


class Journal:
    """The events in the file at `path`, and those that could not be written to it yet.

    Nothing here raises: what went wrong is told by `trouble`.
    """

    def __init__(self, path: Path, *, clock: Clock = utc_now) -> None:
        self.path = path
        self.clock = clock
        self._waiting: list[tuple[str, NewEvent]] = []
        self._refused = self._unwritten = self._unread = ""
        self._bad_lines = 0
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
            waiting = [(*pair, pair[1].occurred_at or self.clock()) for pair in self._waiting]
            return list(_numbered([*self._read(), *waiting]))

    @property
    def lock_path(self) -> Path:
        """The file that whoever writes to the journal locks meanwhile."""
        return self.path.with_name(f"{self.path.name}.lock")

    @property
    def trouble(self) -> str:
        """What went wrong when the journal was last written and read, and what to do; "" if all
        is well."""
        lines = "1 line" if self._bad_lines == 1 else f"{self._bad_lines:,} lines"
        bad = _BAD_LINES.format(lines, self.path) if self._bad_lines else ""
        return " ".join(filter(None, (self._unwritten, self._unread, bad, self._refused)))

    def _write(self, events: list[tuple[str, NewEvent]]) -> None:
        now = self.clock()
        lines = "".join(line(stream_id, event, now) + "\n" for stream_id, event in events)
        _check_is_a_file(self.path)
        # O_APPEND: the end is found by the system, at the moment of writing.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
        file = os.open(self.path, flags, 0o666)
        try:
            text = lines.encode() if _ends_a_line(file) else b"\n" + lines.encode()
            while text:  # once, unless the disk is full
                text = text[os.write(file, text) :]
        finally:
            os.close(file)

    def _read(self) -> list[Line]:
        self._bad_lines, self._unread = 0, ""
        try:
            _check_is_a_file(self.path)
            text = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            self._unread = _UNREAD.format(_reason(error, self.path))
            return []
        found = []
        for each in text.split(b"\n"):
            if each.strip():
                try:
                    found.append(parse_line(each))
                except InvalidInput:
                    self._bad_lines += 1
        return found


def line(stream_id: str, event: NewEvent, recorded_at: datetime) -> str:
    """An event as text, without the end of the line."""
    content = {
        "stream_id": stream_id,
        "type": event.type,
        "schema_version": event.schema_version,
        "data": event.data,
        "metadata": event.metadata,
        "event_id": str(event.event_id),
        "occurred_at": _time(event.occurred_at or recorded_at),
        "recorded_at": _time(recorded_at),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def parse_line(text: bytes) -> Line:
    """The event in a line. Raises InvalidInput for anything else."""
    if len(text) > LONGEST_LINE:
        raise InvalidInput("line", "is too long for an event")
    found = parse_object(text, "line")
    try:
        event = NewEvent(
            found["type"],
            found["data"],
            found["metadata"],
            found["schema_version"],
            UUID(found["event_id"]),
            parse_time("occurred_at", found["occurred_at"]),
        )
        stream_id = check_name("stream_id", found["stream_id"])
        return stream_id, event, parse_time("recorded_at", found["recorded_at"])
    except InvalidInput:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput("line", f"is not an event: {error!r}") from None


def _numbered(lines: list[Line]) -> Iterator[RecordedEvent]:
    """The events with their versions and positions, which follow from their order."""
    known: set[UUID] = set()
    versions = Counter[str]()
    for stream_id, event, recorded_at in lines:
        if event.event_id in known:
            continue
        known.add(event.event_id)
        versions[stream_id] += 1
        yield RecordedEvent(
            position=len(known),
            stream_id=stream_id,
            version=versions[stream_id],
            event_id=event.event_id,
            type=event.type,
            schema_version=event.schema_version,
            data=dict(event.data),
            metadata=dict(event.metadata),
            occurred_at=event.occurred_at or recorded_at,
            recorded_at=recorded_at,
        )


def _ends_a_line(file: int) -> bool:
    """Whether the file is empty or its last line is whole: a writer may have been killed."""
    size = os.lseek(file, 0, os.SEEK_END)
    if not size:
        return True
    os.lseek(file, size - 1, os.SEEK_SET)
    return os.read(file, 1) == b"\n"


def _check_is_a_file(path: Path) -> None:
    """Raise OSError for a folder, or a pipe, on which reading would wait forever."""
    if path.exists() and not path.is_file():
        raise OSError(None, "Not a file", str(path))


def _reason(error: Exception, path: Path) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename or path}"
    return f"{type(error).__name__}: {error}"


def _time(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


_LATER = "What you do is remembered by this kernel and saved with your next exercise"
_HELD = f"Your progress is not saved yet: another program holds {{}}. {_LATER}."
_UNWRITTEN = (
    f"Your progress is not saved yet: {{}}. {_LATER}, if that works again. Otherwise set "
    "EVENTSOURCING_KIT_HOME to a folder that you may write to, and restart the kernel."
)
_UNREAD = "Your earlier progress cannot be read: {}. You can go on without it."
_BAD_LINES = "Skipped {} that cannot be read in {}. Nothing was deleted, and the rest counts."
