"""The still picture that SagaPlayer leaves in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...drawing.display import money_text
from ...drawing.svg import CARD, FACT, INK, MUTED, OTHER, document, line, shorten, tag, text

if TYPE_CHECKING:
    from ...processes.rehearsal import Frame

LANES = ("customer", "clock", "process", "sender", "transit", "receiver", "suspense")
WIDTH, TOP, ROW = 880, 104, 34


def draw(title: str, failures: str, frames: Sequence[Frame], told: str) -> str:
    """A lane for each of the actors, and in it what happened, from whom to whom, line by line."""
    end = TOP + ROW * len(frames)
    held = "   ".join(
        f"{name} {money_text(cents, 'EUR')}" for name, cents in frames[-1].balances.items()
    )
    lanes = [
        text(_x(name), TOP - 8, name, font_weight=600, text_anchor="middle")
        + line(_x(name), TOP, _x(name), end)
        for name in LANES
    ]
    happened = [part for i, one in enumerate(frames) for part in _frame(one, i)]
    return document(
        WIDTH,
        end + 10,
        title,
        told,
        text(16, 28, title, font_size=15, font_weight=600),
        text(16, 52, f"In its way: {failures}", fill=MUTED),
        text(16, 74, held, font_weight=600),
        *lanes,
        *happened,
    )


def _x(lane: str) -> float:
    return 90 + 118 * LANES.index(lane)


def _frame(one: Frame, number: int) -> list[str]:
    y = TOP + 24 + ROW * number
    colour = OTHER if one.kind == "failure" else FACT
    start, end = _x(one.actor), _x(one.other)
    words = shorten(one.text, 90)
    count = text(16, y + 4, f"{number + 1}", fill=MUTED)
    if start == end:
        dot = tag("circle", cx=start, cy=y, r=4, fill=colour)
        return [count, dot, _over_lanes(start + 12, y + 4, words, "start")]
    back = -7 if start < end else 7
    tip = tag("path", d=f"M{end} {y}l{back} -4v8z", fill=colour)
    return [
        count,
        line(start, y, end, y, colour, 1.5),
        tip,
        _over_lanes((start + end) / 2, y - 5, words, "middle"),
    ]


def _over_lanes(x: float, y: float, words: str, anchor: str) -> str:
    """Text that stays legible where a lane runs behind it."""
    card: dict[str, float | str] = {"stroke": CARD, "stroke_width": 4, "paint_order": "stroke"}
    return text(x, y, words, fill=INK, text_anchor=anchor, **card)
