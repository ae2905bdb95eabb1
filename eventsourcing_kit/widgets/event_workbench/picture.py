"""The still picture that EventWorkbench leaves in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap

from ...critique import Remark
from ...drawing.svg import FACT, GRID, INK, MUTED, OTHER, document, shorten, tag, text

WIDTH, TOP = 880, 48
LEFT, MIDDLE, RIGHT = 16, 336, 864  # the fields end at MIDDLE
LINE, GAP = 15, 14
LINES = {"type": 1, "data": 12, "metadata": 6}  # at most so many lines of each
REMARKS, COLUMNS = 8, 84
CODE = "ui-monospace, Consolas, monospace"


def draw(title: str, draft: Mapping[str, str], remarks: Sequence[Remark], summary: str) -> str:
    """The three fields on the left, the remarks on the right."""
    fields, left_end = _fields(draft)
    said, right_end = _remarks(remarks)
    return document(
        WIDTH,
        max(left_end, right_end) + 12,
        f"{title}: {draft['type']}",
        "; ".join([summary, *map(str, remarks)]) or "The draft of an event",
        text(LEFT, 28, title, font_size=15, font_weight=600),
        text(RIGHT, 28, summary, fill=MUTED, text_anchor="end"),
        *fields,
        *said,
    )


def _fields(draft: Mapping[str, str]) -> tuple[list[str], int]:
    """The fields under each other, and where they end."""
    parts, y = [], TOP + 12
    for name, most in LINES.items():
        parts.append(text(LEFT, y, name, fill=MUTED, font_size=11))
        lines = draft[name].splitlines()[:most] or [""]
        height = len(lines) * LINE + 10
        width = MIDDLE - LEFT
        parts.append(
            tag("rect", x=LEFT, y=y + 6, width=width, height=height, rx=3, fill="none", stroke=GRID)
        )
        for place, line in enumerate(lines):
            indent = len(line) - len(line.lstrip())
            x = LEFT + 8 + 6.6 * indent  # SVG folds the blanks at the beginning of a text
            shown = shorten(line, 46 - indent)
            at = y + 6 + LINE * (place + 1)
            parts.append(text(x, at, shown, font_family=CODE, font_size=11))
        y += 6 + height + GAP + 8
    return parts, y - GAP


def _remarks(remarks: Sequence[Remark]) -> tuple[list[str], int]:
    """The first remarks under each other, and where they end."""
    parts, y, x = [], TOP + 12, MIDDLE + 24
    for remark in remarks[:REMARKS]:
        colour = OTHER if remark.severity == "fault" else FACT
        heading = f"{remark.severity} · {remark.rule}"
        parts.append(text(x, y, heading, fill=colour, font_size=11, font_weight=600))
        parts.append(text(RIGHT, y, shorten(remark.field, 40), fill=MUTED, text_anchor="end"))
        for line in wrap(remark.text, COLUMNS)[:5]:
            y += LINE
            parts.append(text(x, y, line, fill=INK, font_size=11))
        y += LINE + 8
    if len(remarks) > REMARKS:
        parts.append(text(x, y, f"and {len(remarks) - REMARKS} more", fill=MUTED))
        y += LINE
    if not remarks:
        parts.append(text(x, y, "Nothing to remark. No rule knows your business, though."))
        y += LINE
    return parts, y - LINE
