"""The still picture that AccessMatrix leaves in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from ...drawing.svg import FACT, GRID, MUTED, OTHER, document, line, shorten, text

WIDTH, LEFT, TOP, LINE = 880, 16, 84, 18
NAMES = 300  # where the columns of the actors begin
SIGNS = {"shown": ("● shown", FACT), "masked": ("◐ masked", OTHER), "refused": ("–", MUTED)}


def draw(
    title: str,
    stream_id: str,
    actors: Sequence[str],
    rows: Sequence[tuple[str, str]],
    outcomes: Sequence[Sequence[str]],
    words: str,
) -> str:
    """A line for each field, a column for each actor."""
    height = TOP + len(rows) * LINE + 20
    step = (WIDTH - LEFT - NAMES) / len(actors)
    parts = [
        text(LEFT, 28, title, font_size=15, font_weight=600),
        text(WIDTH - LEFT, 28, stream_id, fill=MUTED, text_anchor="end"),
        *(
            text(NAMES + step * i, TOP - 24, shorten(name, int(step / 7)), font_weight=600)
            for i, name in enumerate(actors)
        ),
        line(LEFT, TOP - 14, WIDTH - LEFT, TOP - 14),
    ]
    before = [("", ""), *rows]
    for number, ((last, _), (type_, field)) in enumerate(pairwise(before)):
        y = TOP + number * LINE
        if last and last != type_:
            parts.append(line(LEFT, y - 13, WIDTH - LEFT, y - 13, GRID))
        parts.append(text(LEFT, y, "" if last == type_ else shorten(type_, 24), font_size=11))
        parts.append(text(LEFT + 160, y, shorten(field, 18), fill=MUTED, font_size=11))
        for i, outcome in enumerate(outcomes[number]):
            sign, colour = SIGNS[outcome]
            parts.append(text(NAMES + step * i, y, sign, fill=colour, font_size=11))
    return document(WIDTH, height, f"{title}: {stream_id}", words, *parts)
