"""Still pictures of the desks: a heading, text in lines, code."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from ...drawing.svg import FACT, MARK, MUTED, document, shorten, tag, text

WIDTH, LINE = 900, 19


def draw(
    title: str, description: str, heading: str, words: Sequence[str], code: Sequence[str] = ()
) -> str:
    """A card: its heading, its text, and code under it."""
    lines = [line for each in words for line in textwrap.wrap(each.replace("`", ""), 118)]
    parts = [
        text(16, 26, shorten(title, 60), font_size=15, font_weight=600),
        text(WIDTH - 16, 26, shorten(heading, 70), fill=MUTED, text_anchor="end"),
        *(text(16, 54 + LINE * i, line, font_size=14) for i, line in enumerate(lines)),
    ]
    top = 54 + LINE * len(lines) + 6
    parts += [
        text(
            16, top + 16 * i, shorten_code(line), font_family="ui-monospace, monospace",
            xml__space="preserve",
        )
        for i, line in enumerate(code)
    ]  # fmt: skip
    return document(WIDTH, top + 16 * len(code) + 8, title, description, *parts)


def draw_mock(
    title: str, description: str, stages: Sequence[str], number: int, asks: Sequence[str]
) -> str:
    """The stages in a column, the current one marked, and beside them what is asked."""
    lines = [line for each in asks for line in textwrap.wrap(each.replace("`", ""), 84)]
    height = 54 + max(24 * len(stages), LINE * len(lines)) + 12
    parts = [text(16, 26, shorten(title, 60), font_size=15, font_weight=600)]
    for place, name in enumerate(stages, 1):
        y = 54 + 24 * (place - 1)
        if place == number:
            parts.append(tag("rect", x=10, y=y - 16, width=220, height=23, rx=3, fill=MARK))
        colour = FACT if place == number else MUTED
        parts.append(text(16, y, f"{place}  {shorten(name, 30)}", fill=colour))
    parts += [text(250, 54 + LINE * i, line, font_size=14) for i, line in enumerate(lines)]
    return document(WIDTH, height, title, description, *parts)


def shorten_code(line: str) -> str:
    """A line of code, cut where the picture ends."""
    return line if len(line) <= 112 else line[:111] + "…"
