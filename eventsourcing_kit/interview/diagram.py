"""A case's diagram as SVG: boxes in a grid, arrows between their edges."""

from __future__ import annotations

import textwrap

from ..drawing import svg
from ..drawing.plots import Picture
from .corpus import Arrow, Box, Diagram

COLUMNS = 4  # at most
BOX_WIDTH, BOX_HEIGHT, GAP_X, GAP_Y, MARGIN = 160, 50, 106, 42, 16
FILLS = {
    "actor": "#f3f3f3", "code": "#e3eef7", "log": "#fff3d6", "read": "#d3efe6",
    "outside": "#ffffff",
}  # fmt: skip
LEGEND = {
    "actor": "people", "code": "code that decides", "log": "events", "read": "read models",
    "outside": "somebody else's",
}  # fmt: skip
Point = tuple[float, float]


def draw(diagram: Diagram, title: str) -> Picture:
    """The picture; `diagram.words` is its text alternative."""
    columns = max(box.column for box in diagram.boxes)
    rows = max(box.row for box in diagram.boxes)
    width = 2 * MARGIN + columns * BOX_WIDTH + (columns - 1) * GAP_X
    height = 2 * MARGIN + rows * BOX_HEIGHT + (rows - 1) * GAP_Y
    boxes = {box.id: box for box in diagram.boxes}
    parts = [
        *(_arrow(arrow, boxes[arrow.start], boxes[arrow.end]) for arrow in diagram.arrows),
        *map(_box, diagram.boxes),
        *_legend(diagram, height + 6),
    ]
    text = svg.document(max(width, 520), height + 26, title, diagram.words, *parts)
    return Picture(text, diagram.words)


def _corner(box: Box) -> Point:
    return (
        MARGIN + (box.column - 1) * (BOX_WIDTH + GAP_X),
        MARGIN + (box.row - 1) * (BOX_HEIGHT + GAP_Y),
    )


def _centre(box: Box) -> Point:
    x, y = _corner(box)
    return x + BOX_WIDTH / 2, y + BOX_HEIGHT / 2


def _box(box: Box) -> str:
    x, y = _corner(box)
    dashes = {"stroke_dasharray": "5 3"} if box.kind == "outside" else {}
    lines = textwrap.wrap(box.text, 21, break_long_words=False)
    top = y + BOX_HEIGHT / 2 - 8 * (len(lines) - 1) + 4
    return svg.tag(
        "g",
        svg.tag(
            "rect", x=x, y=y, width=BOX_WIDTH, height=BOX_HEIGHT, rx=4, fill=FILLS[box.kind],
            stroke=svg.MUTED, **dashes,
        ),
        *(
            svg.text(x + BOX_WIDTH / 2, top + 16 * i, line, text_anchor="middle")
            for i, line in enumerate(lines)
        ),
    )  # fmt: skip


def _arrow(arrow: Arrow, start: Box, end: Box) -> str:
    (x1, y1), (x2, y2) = _edge(start, end), _edge(end, start)
    head = _head((x1, y1), (x2, y2))
    label = ""
    if arrow.text:
        upright = abs(x1 - x2) < 40
        x, y = ((x1 + x2) / 2, (y1 + y2) / 2)
        anchor, at_x, at_y = "middle", x, y - 5
        lines = textwrap.wrap(arrow.text, 17, break_long_words=False)
        if upright:  # beside the line: to its right, but in the last column
            anchor, at_x = ("end", x - 6) if start.column == COLUMNS else ("start", x + 6)
            lines, at_y = [arrow.text], y + 4
        at_y -= 11 * (len(lines) - 1)
        label = "".join(
            svg.text(
                at_x, at_y + 11 * i, line, fill=svg.MUTED, font_size=10, stroke=svg.CARD,
                stroke_width=3, paint_order="stroke", text_anchor=anchor,
            )
            for i, line in enumerate(lines)
        )  # fmt: skip
    return svg.line(x1, y1, x2, y2, svg.INK, 1.2) + head + label


def _edge(start: Box, end: Box) -> Point:
    """Where the line from the centre of `start` to that of `end` leaves the box."""
    (x1, y1), (x2, y2) = _centre(start), _centre(end)
    dx, dy = x2 - x1, y2 - y1
    scale = min(
        BOX_WIDTH / 2 / abs(dx) if dx else float("inf"),
        BOX_HEIGHT / 2 / abs(dy) if dy else float("inf"),
    )
    return x1 + dx * scale, y1 + dy * scale


def _head(start: Point, end: Point) -> str:
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1
    ux, uy = dx / length, dy / length
    x, y = end
    back = (x - 8 * ux, y - 8 * uy)
    left = (back[0] - 4 * uy, back[1] + 4 * ux)
    right = (back[0] + 4 * uy, back[1] - 4 * ux)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in ((x, y), left, right))
    return svg.tag("polygon", points=points, fill=svg.INK)


def _legend(diagram: Diagram, y: float) -> list[str]:
    kinds = [kind for kind in LEGEND if any(box.kind == kind for box in diagram.boxes)]
    parts = []
    x = float(MARGIN)
    for kind in kinds:
        parts.append(
            svg.tag("rect", x=x, y=y, width=12, height=12, fill=FILLS[kind], stroke=svg.MUTED)
        )
        parts.append(svg.text(x + 17, y + 10, LEGEND[kind], fill=svg.MUTED, font_size=11))
        x += 30 + 6.2 * len(LEGEND[kind])
    return parts
