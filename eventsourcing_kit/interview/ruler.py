"""A log ruler: how many times too much or too little a number is, and what is near enough.

On it a factor of ten is as long everywhere, which is how one errs in an estimate.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..drawing.svg import inline, tag, text

WIDTH, HEIGHT, LINE = 640, 64, 34  # pixels
DECADES = 4  # on either side; what is farther off stands at the end
INK, SAID, NEAR = "currentColor", "#c06a1a", "#2f8f6c"


def ruler(ratios: Sequence[float], factor: float, about: str) -> str:
    """The ruler as SVG that stands in a page, in its colours.

    `ratios` are what was said by what is right, in the order of the goes: the last one is filled.
    Within `factor` of 1 is near enough. `about` is what a screen reader says.
    """
    near = _x(1 / factor), _x(factor)
    return inline(
        WIDTH, HEIGHT, about,
        tag(
            "rect", x=near[0], width=near[1] - near[0], y=LINE - 7, height=14, rx=3,
            fill=NEAR, fill_opacity=0.45, stroke=NEAR,
        ),
        tag("line", x1=_x(0), x2=_x(math.inf), y1=LINE, y2=LINE, stroke=INK),
        *(mark for power in range(-DECADES, DECADES + 1) for mark in _tick(power)),
        *(
            tag(
                "circle", cx=_x(ratio), cy=LINE, r=6, stroke=SAID, stroke_width=2.5,
                fill=SAID if place == len(ratios) else "none",
            )
            for place, ratio in enumerate(ratios, 1)
        ),
        text(_x(0), 14, "too little", fill=INK),
        text(_x(1), 14, "right", fill=INK, text_anchor="middle"),
        text(_x(math.inf), 14, "too much", fill=INK, text_anchor="end"),
    )  # fmt: skip


def _x(ratio: float) -> float:
    """Where a ratio lies; 0 and infinity lie at the ends."""
    power = math.log10(ratio) if 0 < ratio < math.inf else math.copysign(DECADES, ratio - 1)
    inside = max(-DECADES, min(DECADES, power))
    return round(WIDTH / 2 + inside * (WIDTH / 2 - 36) / DECADES, 1)


def _tick(power: int) -> tuple[str, str]:
    x = _x(10.0**power)
    name = "1" if power == 0 else f"{'÷' if power < 0 else '×'}{10 ** abs(power):,}"
    return (
        tag("line", x1=x, x2=x, y1=LINE - 5, y2=LINE + 5, stroke=INK),
        text(x, LINE + 22, name, fill=INK, text_anchor="middle"),
    )
