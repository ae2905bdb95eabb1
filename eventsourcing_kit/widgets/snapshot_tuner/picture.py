"""The still picture that SnapshotTuner leaves in a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from ...drawing.svg import FACT, INK, MUTED, OTHER, document, level, tag, text

WIDTH, HEIGHT = 880, 330
LEFT, RIGHT, TOP, BOTTOM = 80, 860, 96, 286


def draw(
    title: str,
    bars: Sequence[tuple[int, int, int]],
    n: int,
    best: int,
    settings: str,
    told: str,
) -> str:
    """A bar for each (n, reading, writing), one on the other; the cheapest is marked."""
    highest = max(reading + writing for _, reading, writing in bars) or 1
    room = (RIGHT - LEFT) / len(bars)
    wide = min(34, room * 0.6)

    def y(cost: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * cost / highest

    parts = [level(LEFT, RIGHT, y(cost), f"{cost:,.0f}") for cost in (0, highest / 2, highest)]
    for place, (each, reading, writing) in enumerate(bars):
        middle = LEFT + room * (place + 0.5)
        left, top, between = middle - wide / 2, y(reading + writing), y(reading)
        height = BOTTOM - between
        parts.append(tag("rect", x=left, y=between, width=wide, height=height, fill=FACT))
        parts.append(_outlined(left, top, wide, between - top))
        weight = 700 if each == n else 400
        words = f"{each:,}"
        parts.append(text(middle, BOTTOM + 18, words, text_anchor="middle", font_weight=weight))
        if each == best:
            parts.append(text(middle, top - 6, "★", text_anchor="middle"))
    return document(
        WIDTH,
        HEIGHT,
        title,
        told,
        text(16, 28, title, font_size=15, font_weight=600),
        text(16, 50, settings, fill=MUTED),
        tag("rect", x=16, y=62, width=12, height=12, fill=FACT),
        text(34, 72, "reading: events folded"),
        _outlined(190, 62, 12, 12),
        text(208, 72, "writing snapshots"),
        text(340, 72, "★ cheapest", fill=INK),
        *parts,
        text((LEFT + RIGHT) / 2, HEIGHT - 8, "a snapshot every n events", text_anchor="middle"),
    )


def _outlined(x: float, y: float, width: float, height: float) -> str:
    """Told apart from a filled one without its colour."""
    return tag("rect", x=x, y=y, width=width, height=height, fill="none", stroke=OTHER)
