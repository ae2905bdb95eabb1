"""The still picture that UpcastingWorkbench leaves in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any, Final

from ...drawing.svg import FACT, GRID, INK, MUTED, OTHER, document, shorten, tag, text

WIDTH, TOP = 880, 60
LEFT, MIDDLE, RIGHT = 16, 330, 864
LINE = 16
COLUMNS = (366, 386, 520, 690)  # sign, field, before, after
SIGNS: Final = {"added": "+", "removed": "−", "changed": "~", "same": ""}
COLOURS: Final = {"added": FACT, "removed": OTHER, "changed": FACT, "same": MUTED}
CODE = "ui-monospace, Consolas, monospace"


def draw(
    title: str,
    draft: Mapping[str, str],
    steps: Sequence[Mapping[str, Any]],
    summary: str,
    failing: str,
) -> str:
    """The old event on the left, what becomes of it on the right."""
    typed = f"{draft['type']} version {draft['schema_version']}"
    left, left_end = _event(typed, draft["data"], failing)
    right, right_end = _steps(steps, summary)
    told = "; ".join(
        f"{step['before']} becomes {', '.join(one['shape'] for one in step['after'])}"
        for step in steps
    )
    return document(
        WIDTH,
        max(left_end, right_end) + 12,
        f"{title}: {typed}",
        "; ".join(part for part in (summary, told, failing) if part),
        text(LEFT, 28, title, font_size=15, font_weight=600),
        *left,
        *right,
    )


def _event(typed: str, data: str, failing: str) -> tuple[list[str], int]:
    lines = data.splitlines()[:14]
    height = len(lines) * LINE + 10
    box = {"x": LEFT, "y": TOP + 8, "width": MIDDLE - LEFT, "height": height, "rx": 3}
    parts = [text(LEFT, TOP, typed, font_weight=600), tag("rect", fill="none", stroke=GRID, **box)]
    for number, words in enumerate(lines, 1):
        indent = len(words) - len(words.lstrip())
        x, y = LEFT + 8 + 6.6 * indent, TOP + 8 + LINE * number
        parts.append(text(x, y, shorten(words, 44 - indent), font_family=CODE, font_size=11))
    y = TOP + 8 + height
    if failing:
        y += LINE + 6
        parts.append(text(LEFT, y, failing, fill=OTHER))
    return parts, y


def _steps(steps: Sequence[Mapping[str, Any]], summary: str) -> tuple[list[str], int]:
    y, parts = TOP, []
    for line in wrap(summary, 76):
        parts.append(text(COLUMNS[0], y, line, font_weight=600))
        y += LINE
    for step in steps[:4]:
        for one in step["after"][:3]:
            y += 8
            parts.append(text(COLUMNS[0], y, f"{step['before']} → {one['shape']}", fill=INK))
            for kind, name, before, after in one["rows"][:8]:
                y += LINE
                cells = (SIGNS[kind], shorten(name, 18), shorten(before, 24), shorten(after, 24))
                for x, words in zip(COLUMNS, cells, strict=True):
                    parts.append(text(x, y, words, fill=COLOURS[kind], font_size=11))
            y += LINE
    return parts, y
