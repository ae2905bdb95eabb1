"""An events table under a slider: what each column is for, and how the rows came in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
import traitlets

from ...drawing.display import counted
from ...errors import InvalidInput
from ..base import Widget, described, static, within
from .data import Column, PackedTable, TableRow
from .picture import draw

MOST_ROWS = 500

PURPOSES = {
    "position": (
        "The event's place in the whole store, from 1, in the order of commits. A reader remembers "
        "the last position it has seen and goes on after it."
    ),
    "stream_id": (
        "Whose event it is: a category, a hyphen, an id. Together with version it is the primary "
        "key, so each place in a stream is taken once."
    ),
    "version": (
        "The event's place in its own stream, from 1. A writer says which version it has read; "
        "where the next one is taken, somebody else was first."
    ),
    "event_id": (
        "The event's own name, chosen by the writer. The same id again is a retry, and is stored "
        "once."
    ),
    "type": "What happened, in the past tense. Readers choose by it what to do.",
    "schema_version": (
        "Which shape the data of this type had when it was written. Old events keep their shape."
    ),
    "data": "What happened, in detail: a JSON object. Money is a whole number of minor units.",
    "metadata": "About the event: who did it, in answer to what, as part of what.",
    "occurred_at": "When it happened in the world. It may lie long before recorded_at.",
    "recorded_at": "When the store learned of it. All events of one append share it.",
}
KEY = ("stream_id", "version")


class TableInspector(Widget):
    """The rows of an events table, as the appends brought them in.

    A slider steps from append to append; the rows of the newest one are marked, and so is each
    stream, by a colour and a sign of its own. Above the rows stands where the store and each stream
    have come to. A cell or the name of a column, when focused, shows what the column is for and its
    value at length. Places that are missing in a stream (versions) or in the store (positions), or
    taken twice, are marked.

    Keys: arrows move from cell to cell, Home and End to the ends of the row, Page Up and Page Down
    step from append to append.

    These traits follow, and may be set: `append`, how many appends have been stored, from 0;
    `stream_id`, the only stream shown, or "" for all; `row` and `column`, the focused cell: the
    number of the row as given, from 0, -1 for the head, and the column's name.
    """

    _esm = static("frame.js", "asker.js", "table_inspector/race.js", "table_inspector/view.js")

    append = traitlets.Int().tag(sync=True)
    stream_id = traitlets.Unicode().tag(sync=True)
    row = traitlets.Int(-1).tag(sync=True)
    column = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        rows: Iterable[Mapping[str, Any]] | Any,
        *,
        purposes: Mapping[str, str] | None = None,
        title: str = "The events table",
        **traits: Any,
    ) -> None:
        """Start after the last append, at the first column.

        `rows` are dicts of one shape, or a DataFrame, in the order in which they were committed:
        at least one row. Neighbours with the same recorded_at came in one append; without that
        column each row is an append of its own. `purposes` says what further columns are for.
        `traits` may set those that follow, such as the only stream to be shown.
        Raises InvalidInput.
        """
        self._packed = pack(_dicts(rows), {**PURPOSES, **(purposes or {})})
        super().__init__(
            title=title,
            packed=msgspec.json.encode(self._packed),
            append=self._packed.appends,
            column=self._packed.columns[0].name,
            **traits,
        )

    def __repr__(self) -> str:
        packed = self._packed
        shown = f", {self.stream_id} alone" if self.stream_id else ""
        return (
            f"TableInspector({counted(len(packed.rows), 'row')}, "
            f"{counted(packed.appends, 'append')}, {counted(len(packed.streams), 'stream')}; "
            f"after append {self.append} of {packed.appends}{shown})"
        )

    def picture(self) -> str:
        """The table at the slider, as an SVG document."""
        return self._draw(self.append)

    def still(self) -> dict[str, str]:
        """The table after its first append: what the others do to it is the task."""
        appends = counted(self._packed.appends, "append")
        first = min(1, self._packed.appends)
        return described(self._draw(first), f"TableInspector({appends}; after append {first})")

    def _draw(self, append: int, notes: Sequence[str] = ()) -> str:
        shown = [row for row in self._packed.rows if row.append <= append]
        if self.stream_id:
            shown = [row for row in shown if row.stream_id == self.stream_id]
        return draw(self._packed, shown, self.title, append, self.stream_id, notes)

    @traitlets.validate("append")
    def _check_append(self, proposal: Any) -> int:
        return within("append", proposal["value"], 0, self._packed.appends, "there are appends")

    @traitlets.validate("stream_id")
    def _check_stream_id(self, proposal: Any) -> str:
        if proposal["value"] not in ("", *self._packed.streams):
            raise InvalidInput("stream_id", f"{proposal['value']!r} is not in the table")
        return str(proposal["value"])

    @traitlets.validate("row")
    def _check_row(self, proposal: Any) -> int:
        if not -1 <= proposal["value"] < len(self._packed.rows):
            raise InvalidInput("row", f"there are rows 0 to {len(self._packed.rows) - 1}, or -1")
        return int(proposal["value"])

    @traitlets.validate("column")
    def _check_column(self, proposal: Any) -> str:
        names = [column.name for column in self._packed.columns]
        if proposal["value"] not in names:
            raise InvalidInput("column", f"{proposal['value']!r} is none of {', '.join(names)}")
        return str(proposal["value"])


# --- from rows to what the browser gets ----------------------------------------------------------


def pack(rows: list[Mapping[str, Any]], purposes: Mapping[str, str]) -> PackedTable:
    """The rows as texts, with the numbers that order them."""
    names = list(rows[0])
    has_key = set(names) >= set(KEY)
    columns = [
        Column(name, purposes.get(name, "A column of this table."), has_key and name in KEY)
        for name in names
    ]
    packed = []
    together = groupby(enumerate(rows), lambda pair: pair[1].get("recorded_at", pair[0]))
    for append, (_, pairs) in enumerate(together, 1):
        for _, row in pairs:
            texts = [_texts(name, row[name]) for name in names]
            packed.append(
                TableRow(
                    cells=[short for short, _ in texts],
                    full=[full for _, full in texts],
                    append=append,
                    stream_id=None if row.get("stream_id") is None else str(row["stream_id"]),
                    version=_number(row, "version"),
                    position=_number(row, "position"),
                )
            )
    streams = sorted({row.stream_id for row in packed if row.stream_id is not None})
    return PackedTable(columns, packed, packed[-1].append, streams)


def _dicts(rows: Any) -> list[Mapping[str, Any]]:
    """The rows as dicts of one shape, or InvalidInput that says what is wrong."""
    if hasattr(rows, "to_dict"):
        rows = rows.to_dict("records")
    try:
        found = list(rows)
    except TypeError:
        raise InvalidInput("rows", f"must be dicts, not a {type(rows).__name__}") from None
    for row in found:
        if not isinstance(row, Mapping):
            raise InvalidInput("rows", f"must be dicts, not a {type(row).__name__} among them")
        if list(row) != list(found[0]):
            raise InvalidInput("rows", "must all have the same columns, in the same order")
    if not found or not found[0]:
        raise InvalidInput("rows", "is empty; append something first")
    if len(found) > MOST_ROWS:
        raise InvalidInput("rows", f"has {len(found):,}; choose at most {MOST_ROWS} with a query")
    return found


def _number(row: Mapping[str, Any], name: str) -> int | None:
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, float) and value != value:  # what pandas makes of NULL
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise InvalidInput(name, f"must be whole numbers, not {value!r}") from None


def _texts(name: str, value: Any) -> tuple[str, str]:
    """A value on one line, and at length."""
    if value is None or value != value:
        return "NULL", "NULL: no value"
    if isinstance(value, datetime):
        text = value.isoformat(sep=" ")
        return text[:19], text
    if isinstance(value, UUID):
        return f"{str(value)[:8]}…", str(value)
    parsed = value
    if name in ("data", "metadata") and isinstance(value, str):
        try:
            parsed = json.loads(value)
        except ValueError:
            return value, value
    if isinstance(parsed, dict | list):
        return (
            json.dumps(parsed, ensure_ascii=False, default=str),
            json.dumps(parsed, ensure_ascii=False, default=str, indent=2),
        )
    return str(value), str(value)
