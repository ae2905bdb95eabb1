"""A history as text: one event a line, in order of position, to be read, compared and kept."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .errors import InvalidInput
from .event import NewEvent, RecordedEvent, check_name, parse_object, parse_time
from .stores import NO_STREAM

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

    Versions and positions are not written: they follow from the order. Times are in UTC.
    """
    count = 0
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for event in events:
            line = {key: _plain(getattr(event, key)) for key in KEYS}
            file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count


def load_jsonl(store: EventStore, path: str | Path) -> int:
    """Append all events of a file to `store`, or none; returns how many were new.

    The events keep their ids and both times. A file that is in the store already adds nothing.
    Its streams must be new to the store. Raises InvalidInput, naming the line, and what
    append_columns raises.
    """
    import pyarrow as pa

    columns: dict[str, list[Any]] = {key: [] for key in KEYS}
    with open(path, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                row = _read(line)
            except InvalidInput as error:
                raise InvalidInput(f"line {number}: {error.field}", error.problem) from None
            for key in KEYS:
                columns[key].append(row[key])
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
    return store.append_columns(table, expected_version=NO_STREAM)


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case UUID():
            return str(value)
        case _:
            return value


def _read(line: bytes) -> dict[str, Any]:
    """One line as a row of columns. The envelope's own checks apply."""
    row = parse_object(line, "event")
    for key in KEYS:
        if key not in row:
            raise InvalidInput(key, "is missing")
    for key in row:
        if key not in KEYS:
            raise InvalidInput(key, "is not a part of an event")
    try:
        event_id = UUID(row["event_id"])
    except (AttributeError, TypeError, ValueError):
        raise InvalidInput("event_id", f"must be a UUID, not {row['event_id']!r}") from None
    event = NewEvent(
        row["type"],
        row["data"],
        row["metadata"],
        schema_version=row["schema_version"],
        event_id=event_id,
        occurred_at=parse_time("occurred_at", row["occurred_at"]),
    )
    return {
        "stream_id": check_name("stream_id", row["stream_id"]),
        "type": event.type,
        "schema_version": event.schema_version,
        "data": event.data_json,
        "metadata": event.metadata_json,
        "event_id": event_id.bytes,
        "occurred_at": event.occurred_at,
        "recorded_at": parse_time("recorded_at", row["recorded_at"]),
    }
