"""What the table inspector sends to the browser."""

from __future__ import annotations

import msgspec


class Column(msgspec.Struct, frozen=True):
    """A column of the table and what it is for."""

    name: str
    purpose: str
    is_key: bool


class TableRow(msgspec.Struct, frozen=True):
    """A row: `cells` are short texts, `full` the same at length, on several lines if JSON.

    `append` is the number of the append that stored it, from 1. A place that the table does not
    have is None.
    """

    cells: list[str]
    full: list[str]
    append: int
    stream_id: str | None
    version: int | None
    position: int | None


class PackedTable(msgspec.Struct, frozen=True):
    """What the browser gets once. Rows are in the order in which they were committed."""

    columns: list[Column]
    rows: list[TableRow]
    appends: int
    streams: list[str]
