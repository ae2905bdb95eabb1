"""The still picture that ControlRoom leaves in a notebook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ...drawing.svg import FACT, MUTED, OTHER, document, line, shorten, steps, text

if TYPE_CHECKING:
    from ...operation.incidents import Recording

WIDTH, LEFT, RIGHT, TOP, LANE = 880, 170, 860, 70, 56


def draw(title: str, recording: Recording, index: int, told: str) -> str:
    """A lane for each series; the time goes to the right, up to the sample `index`."""
    series = recording.tape.series
    return document(
        WIDTH,
        TOP + LANE * len(series) + 30,
        title,
        told,
        text(16, 28, f"{title}: {recording.name}", font_size=15, font_weight=600),
        text(16, 48, shorten(recording.story, 130), fill=MUTED, font_size=11),
        *(part for n, name in enumerate(series) for part in _lane(recording, name, n, index)),
    )


def _lane(recording: Recording, name: str, number: int, index: int) -> Iterator[str]:
    tape = recording.tape
    values = tape.series[name]
    foot = TOP + LANE * (number + 1) - 12
    highest, end = max(1.0, *values), max(1.0, tape.at[-1])
    points = [
        (LEFT + (RIGHT - LEFT) * at / end, foot - (LANE - 20) * value / highest)
        for at, value in zip(tape.at, values, strict=True)
    ][: index + 1]
    yield line(LEFT, foot, RIGHT, foot)
    yield text(16, foot, name)
    yield text(LEFT - 8, foot - LANE + 24, f"{highest:,.0f}", fill=MUTED, text_anchor="end",
               font_size=10)  # fmt: skip
    yield steps(points, points[-1][0], OTHER if name in ("lag", "failed") else FACT)
