"""The still picture that TableInspector leaves in a notebook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ...drawing.display import counted
from ...drawing.svg import FACT, GRID, INK, MARK, MUTED, OTHER, document, line, shorten, tag, text
from .data import PackedTable, TableRow

WIDTH, LEFT, TOP, LINE = 880, 16, 96, 20
LETTER, SPACE = 6.6, 14  # what a character and the gap between two columns take
MOST_LINES = 14
SIGNS = "■▼✚○★◇"  # of the streams, in turn
COLOURS = (FACT, OTHER, "#00735a", "#8a4a80")


def draw(
    packed: PackedTable,
    shown: list[TableRow],
    title: str,
    append: int,
    stream_id: str,
    notes: Sequence[str] = (),
) -> str:
    """The rows shown after an append, the newest marked; the last ones where there are many.

    `notes` stand below them.
    """
    rows = in_order(shown)
    amiss = remarks(rows, bool(stream_id))
    lines: list[tuple[TableRow | None, str]] = []
    for row, above in zip(rows, amiss, strict=True):
        lines += [(None, remark) for remark in above]
        lines.append((row, ""))
    hidden = max(0, len(lines) - MOST_LINES)
    lines = lines[hidden:]
    widths = _widths(packed, rows)
    left_out = len(packed.columns) - len(widths)
    told = summary(rows, packed, append, stream_id)
    ends = TOP + (len(lines) + 1) * LINE
    height = ends + (len(notes) + 1) * LINE
    parts = [
        text(LEFT, 28, title, font_size=15, font_weight=600),
        text(WIDTH - 18, 28, f"append {append} of {packed.appends}", fill=MUTED, text_anchor="end"),
        text(LEFT, 50, shorten(told, 132), fill=MUTED),
        *_head(packed, widths),
    ]
    for number, (here, remark) in enumerate(lines, 1):
        y = TOP + number * LINE
        parts += (
            _row(packed, here, y, widths, here.append == append) if here else [_remark(remark, y)]
        )
    more = [counted(n, thing) for n, thing in [(hidden, "line"), (left_out, "column")] if n]
    if more:
        parts.append(
            text(LEFT, height - 12, f"Not in the picture: {' and '.join(more)}.", fill=MUTED)
        )
    parts += [text(LEFT, ends + 6 + LINE * n, shorten(one, 132)) for n, one in enumerate(notes)]
    return document(WIDTH, height, title, " ".join([told, *notes]), *parts)


def summary(rows: list[TableRow], packed: PackedTable, append: int, stream_id: str) -> str:
    """The table in a sentence or two; view.js says the same."""
    begun = f"After append {append} of {packed.appends}: {counted(len(rows), 'row')}."
    heads: dict[str, int] = {}
    for row in rows:
        if row.stream_id is not None and row.version is not None:
            heads[row.stream_id] = max(row.version, heads.get(row.stream_id, 0))
    places = [row.position for row in rows if row.position is not None]
    if places and not stream_id:
        begun += f" The store is at position {max(places)}."
    if heads:
        begun += f" Versions: {', '.join(f'{name} at {head}' for name, head in heads.items())}."
    return begun


def in_order(rows: list[TableRow]) -> list[TableRow]:
    """By position; as given where there are no positions."""
    return sorted(rows, key=lambda row: row.position or 0)


def remarks(rows: list[TableRow], one_stream: bool) -> list[list[str]]:
    """For each row, in order, what is to be said above it: places not here, or taken twice.

    Of one stream alone only the versions count: its positions have others between them.
    """
    above: list[list[str]] = [[] for _ in rows]
    last_position = 0
    last_version: dict[str | None, int] = defaultdict(int)
    for row, said in zip(rows, above, strict=True):
        if row.position is not None and not one_stream:
            said += _step("position", "", last_position, row.position)
            last_position = row.position
        if row.version is not None:
            of = f" of {row.stream_id}" if row.stream_id is not None else ""
            said += _step("version", of, last_version[row.stream_id], row.version)
            last_version[row.stream_id] = row.version
    return above


def _step(name: str, of: str, last: int, now: int) -> list[str]:
    if now == last:
        return [f"{name} {now}{of} is here twice"]
    if now == last + 2:
        return [f"{name} {last + 1}{of} is not here"]
    if now > last + 2:
        return [f"{name}s {last + 1} to {now - 1}{of} are not here"]
    return []


def _widths(packed: PackedTable, rows: list[TableRow]) -> list[float]:
    """A width a column, the long ones cut; fewer columns where even that is too much."""
    longest = [
        max([len(column.name) + 2, *(len(row.cells[i]) + 2 for row in rows)])
        for i, column in enumerate(packed.columns)
    ]
    for limit in range(60, 9, -1):
        widths = [min(length, limit) * LETTER + SPACE for length in longest]
        if sum(widths) <= WIDTH - 2 * LEFT:
            return widths
    while sum(widths) > WIDTH - 2 * LEFT:
        widths.pop()
    return widths


def _head(packed: PackedTable, widths: list[float]) -> list[str]:
    parts, x = [], float(LEFT)
    for column, width in zip(packed.columns, widths, strict=False):
        name = f"{column.name} *" if column.is_key else column.name
        parts.append(text(x + 4, TOP, name, fill=MUTED, font_size=11, font_weight=600))
        x += width
    parts.append(line(LEFT, TOP + 7, WIDTH - LEFT, TOP + 7))
    if any(column.is_key for column in packed.columns):
        parts.append(text(LEFT, 68, "* the primary key; the newest append is tinted", fill=MUTED))
    return parts


def _row(
    packed: PackedTable, row: TableRow, y: float, widths: list[float], is_new: bool
) -> list[str]:
    parts, x = [], float(LEFT)
    if is_new:
        size = {"width": WIDTH - 2 * LEFT, "height": LINE - 1}
        parts.append(tag("rect", x=LEFT, y=y - 13, fill=MARK, **size))
    for column, cell, width in zip(packed.columns, row.cells, widths, strict=False):
        letters = int((width - SPACE) / LETTER + 0.5)
        words, fill = cell, INK
        if column.name == "stream_id" and row.stream_id is not None:
            number = packed.streams.index(row.stream_id)
            words = f"{SIGNS[number % len(SIGNS)]} {cell}"
            fill = COLOURS[number % len(COLOURS)]
        parts.append(text(x + 4, y, shorten(words, letters), fill=fill, font_size=11))
        x += width
    return parts


def _remark(remark: str, y: float) -> str:
    return text(LEFT + 4, y, f"▲ {remark}", fill=OTHER, font_size=11) + line(
        LEFT, y + 6, WIDTH - LEFT, y + 6, GRID
    )
