"""How values and events look in a verdict: one line each, short enough to compare by eye."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from ..event import NewEvent, RecordedEvent

LONGEST = 300  # characters


def show_value(value: Any) -> str:
    """A value in a line; a list of several events or rows in a line each."""
    if isinstance(value, list | tuple) and len(value) > 1 and not isinstance(value[0], int | str):
        return "\n".join(map(_line, value))
    return _line(value)


def event_cells(event: Any) -> tuple[str, str]:
    """An event's type and its data, for two columns of a table; before the type its stream."""
    if isinstance(event, tuple) and len(event) == 2 and isinstance(event[0], str):
        kind, data = event_cells(event[1])
        return f"{event[0]}: {kind}", data
    if isinstance(event, NewEvent | RecordedEvent):
        return event.type, _pairs(event.data)
    if is_dataclass(event) and not isinstance(event, type):
        return type(event).__name__, _pairs(_telling(event))
    if isinstance(event, Mapping) and "type" in event:
        return str(event["type"]), _pairs({k: v for k, v in event.items() if k != "type"})
    return _cut(repr(event)), ""


def _line(value: Any) -> str:
    if isinstance(value, NewEvent | RecordedEvent):
        kind, data = event_cells(value)
        return _cut(f"{kind}({data})")
    if isinstance(value, list | tuple) and any(
        isinstance(one, NewEvent | RecordedEvent) for one in value
    ):
        return _cut("[" + ", ".join(map(_line, value)) + "]")
    return _cut(repr(value))


def _telling(event: Any) -> dict[str, Any]:
    """The fields of a dataclass that are not at their defaults."""
    values = {f.name: (getattr(event, f.name), f.default) for f in fields(event)}
    return {
        name: value for name, (value, usual) in values.items() if usual is MISSING or value != usual
    }


def _pairs(data: Mapping[str, Any]) -> str:
    return _cut(", ".join(f"{name}={value!r}" for name, value in data.items()))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
