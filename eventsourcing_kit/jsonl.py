"""A history as text: one event a line, in order of position, to be read, compared and kept."""

from __future__ import annotations

import codecs
import json
import os
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from uuid import uuid4

from .errors import InvalidInput
from .event import (
    NewEvent,
    RecordedEvent,
    check_name,
    check_time,
    kind,
    parse_id,
    parse_object,
    parse_time,
    shown,
)
from .stores.parts import append_in_parts

if TYPE_CHECKING:
    from .stores import EventStore

KEYS = (
    "stream_id",
    "type",
    "schema_version",
    "data",
    "metadata",
    "event_id",
    "occurred_at",
    "recorded_at",
)


def dump_jsonl(events: Iterable[RecordedEvent], path: str | Path) -> int:
    """Write the events to a file, in the order given; returns how many.

    Versions and positions are not written: they follow from the order. Times are in UTC. What was
    at `path` is replaced once all events are written and on the disk; if that fails or is
    interrupted, it stays as it was. So `events` may be read from that very file.

    Raises InvalidInput for a path that no file can have, and for what is no event.
    """
    if not isinstance(events, Iterable):
        raise InvalidInput("events", f"must be a list of RecordedEvents, not {kind(events)}")
    file = Path(os.path.realpath(_name(path)))  # what a link points to, not the link
    if file.exists() and not (file.is_file() and os.access(file, os.W_OK)):
        raise InvalidInput("path", f"{path} is there, and is no file that may be written")
    beside = file.with_name(f".dump-{uuid4().hex}")
    count = 0
    try:
        with _opened(beside, "xb", path) as new:
            for event in events:
                new.write(_checked_line(event).encode() + b"\n")
                count += 1
            new.flush()
            os.fsync(new.fileno())
        if file.exists():
            shutil.copymode(file, beside)
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)
    return count


def load_jsonl(store: EventStore, path: str | Path) -> int:
    """Append all events of a file to `store`, or none; returns how many were new.

    The events keep their ids and both times. A file that is in the store already adds nothing.
    An engine that cannot take them all at once gets them in parts: load again what failed midway.
    Its streams must be new to the store. Blank lines are no events. Raises InvalidInput, naming
    the path or the line, and what append_columns raises.
    """
    import pyarrow as pa

    columns: dict[str, list[Any]] = {key: [] for key in KEYS}
    numbers = []
    with _opened(_name(path), "rb", path) as file:
        for number, line in enumerate(file, 1):
            if not line.removeprefix(codecs.BOM_UTF8).strip(b" \t\r\n"):
                continue
            try:
                stream_id, event, recorded_at = read_line(line)
            except InvalidInput as error:
                raise InvalidInput(f"line {number}: {error.field}", error.problem) from None
            numbers.append(number)
            row = (
                stream_id,
                event.type,
                event.schema_version,
                event.data_json,
                event.metadata_json,
                event.event_id.bytes,
                event.occurred_at,
                recorded_at,
            )
            for key, value in zip(KEYS, row, strict=True):
                columns[key].append(value)
    timestamp = pa.timestamp("us", "UTC")
    table = pa.table(
        columns,
        schema=pa.schema(
            [
                ("stream_id", pa.string()),
                ("type", pa.string()),
                ("schema_version", pa.int32()),
                ("data", pa.large_string()),
                ("metadata", pa.large_string()),
                ("event_id", pa.binary(16)),
                ("occurred_at", timestamp),
                ("recorded_at", timestamp),
            ]
        ),
    )
    try:
        return append_in_parts(store, table)
    except InvalidInput as error:  # "recorded_at[7]": one that goes back
        key, _, index = error.field.rstrip("]").partition("[")
        if not index.isdigit():
            raise
        raise InvalidInput(f"line {numbers[int(index)]}: {key}", error.problem) from None


def _name(path: Any) -> str:
    """The path as text that a file system can be asked about."""
    try:
        name = os.fsdecode(os.fsencode(path))
    except (TypeError, ValueError):
        name = ""
    if not name or "\0" in name:
        raise InvalidInput("path", f"must be the path of a file, not {shown(path)}")
    return name


def _opened(file: str | Path, mode: str, path: str | Path) -> BinaryIO:
    try:
        return cast(BinaryIO, open(file, mode))
    except OSError as error:
        raise InvalidInput("path", f"{path} cannot be opened: {error.strerror}") from None


def event_line(
    stream_id: str, event: NewEvent, occurred_at: datetime, recorded_at: datetime
) -> str:
    """An event as a line of text, without its end."""
    content = {
        "stream_id": check_name("stream_id", stream_id),
        "type": event.type,
        "schema_version": event.schema_version,
        "data": event.data,
        "metadata": event.metadata,
        "event_id": str(event.event_id),
        "occurred_at": _time("occurred_at", occurred_at),
        "recorded_at": _time("recorded_at", recorded_at),
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def read_line(line: bytes) -> tuple[str, NewEvent, datetime]:
    """The stream, the event and the time of recording in a line; the inverse of `event_line`.

    The envelope's own checks apply. Raises InvalidInput for anything else.
    """
    row = parse_object(line.removeprefix(codecs.BOM_UTF8), "event")
    for key in KEYS:
        if key not in row:
            raise InvalidInput(key, "is missing")
    for key in row:
        if key not in KEYS:
            raise InvalidInput(key, "is not a part of an event")
    event = NewEvent(
        row["type"],
        row["data"],
        row["metadata"],
        schema_version=row["schema_version"],
        event_id=parse_id("event_id", row["event_id"]),
        occurred_at=parse_time("occurred_at", row["occurred_at"]),
    )
    stream_id = check_name("stream_id", row["stream_id"])
    return stream_id, event, parse_time("recorded_at", row["recorded_at"])


def _checked_line(event: RecordedEvent) -> str:
    """An event as text that load_jsonl takes: whoever made it, such as an upcaster, may err."""
    if not isinstance(event, RecordedEvent):
        raise InvalidInput("events", f"must be RecordedEvents, not {kind(event)}")
    try:
        checked = NewEvent(
            event.type,
            event.data,
            event.metadata,
            schema_version=event.schema_version,
            event_id=event.event_id,
        )
        return event_line(event.stream_id, checked, event.occurred_at, event.recorded_at)
    except InvalidInput as error:
        raise InvalidInput(f"position {event.position}: {error.field}", error.problem) from None


def _time(field: str, time: datetime) -> str:
    return check_time(field, time).isoformat().replace("+00:00", "Z")
