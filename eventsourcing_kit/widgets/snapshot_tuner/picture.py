"""The still picture that SnapshotTuner leaves in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from ...drawing.svg import FACT, INK, MUTED, OTHER, document, level, tag, text

WIDTH, HEIGHT = 880, 330
LEFT, RIGHT, TOP, BOTTOM = 80, 860, 112, 286
TALLEST = 5  # times the lowest bar: what is higher is cut, or the valley could not be seen
POINTS = 80  # of a curve


@dataclass(frozen=True)
class Chart:
    """What is drawn: bars of (n, reading, writing), the formula and its root."""

    bars: Sequence[tuple[int, int, int]]
    formula: Callable[[float], tuple[float, float]]
    root: float

    @property
    def highest(self) -> int:
        """What the plot has room for."""
        sums = [reading + writing for _, reading, writing in self.bars]
        return max(1, min(max(sums), TALLEST * max(1, min(sums))))

    def x(self, n: float) -> float:
        """Where an interval is on the logarithmic axis."""
        low, high = log(self.bars[0][0]), log(self.bars[-1][0])
        return LEFT + (RIGHT - LEFT) * (0.05 + 0.9 * (log(n) - low) / (high - low))

    def y(self, cost: float) -> float:
        """Where a cost is; what has no room ends at the top."""
        return BOTTOM - (BOTTOM - TOP) * min(1, cost / self.highest)


def draw(title: str, chart: Chart, n: int, best: int, settings: str, told: str) -> str:
    """A bar for each interval, reading under writing; the formula's curves; the cheapest marked."""
    highest = chart.highest
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
        text(440, 72, "lines: what the formula says", fill=MUTED),
        *(level(LEFT, RIGHT, chart.y(cost), f"{cost:,.0f}") for cost in (0, highest / 2, highest)),
        *_bars(chart, n, best),
        *_curves(chart),
        *_root(chart),
        text((LEFT + RIGHT) / 2, HEIGHT - 8, "a snapshot every n events", text_anchor="middle"),
    )


def _bars(chart: Chart, n: int, best: int) -> Iterator[str]:
    places = [chart.x(each) for each, _, _ in chart.bars]
    gaps = [after - before for before, after in pairwise(places)]
    wide = max(3, min(34, 0.7 * min(gaps)))
    for (each, reading, writing), middle in zip(chart.bars, places, strict=True):
        left, top, between = middle - wide / 2, chart.y(reading + writing), chart.y(reading)
        faint = {} if each == n else {"fill_opacity": 0.4}
        height = chart.y(0) - between
        yield tag("rect", x=left, y=between, width=wide, height=height, fill=FACT, **faint)
        yield _outlined(left, top, wide, between - top, 2.5 if each == n else 1)
        weight = 700 if each == n else 400
        yield text(middle, BOTTOM + 18, f"{each:,}", text_anchor="middle", font_weight=weight)
        cut = reading + writing > chart.highest
        mark = f"↑ {reading + writing:,}" if cut else "★" if each == best else ""
        yield text(middle, top - 6, mark, text_anchor="middle", font_size=11)


def _curves(chart: Chart) -> Iterator[str]:
    low, high = chart.bars[0][0], chart.bars[-1][0]
    each = [low * (high / low) ** (i / POINTS) for i in range(POINTS + 1)]
    costs = [(n, *chart.formula(n)) for n in each]
    yield _curve(chart, [(n, reading) for n, reading, _ in costs], FACT)
    yield _curve(chart, [(n, writing) for n, _, writing in costs], OTHER, stroke_dasharray="6 4")
    yield _curve(chart, [(n, reading + writing) for n, reading, writing in costs], INK)


def _curve(chart: Chart, points: Sequence[tuple[float, float]], stroke: str, **dashes: str) -> str:
    seen = [(n, cost) for n, cost in points if cost <= chart.highest]
    path = " ".join(f"{chart.x(n):.1f},{chart.y(cost):.1f}" for n, cost in seen)
    return tag("polyline", points=path, fill="none", stroke=stroke, stroke_width=2, **dashes)


def _root(chart: Chart) -> list[str]:
    x = chart.x(max(chart.bars[0][0], min(chart.root, chart.bars[-1][0])))
    line = {"x1": x, "x2": x, "y1": TOP - 16, "y2": BOTTOM}
    words = f"√(2w/r) = {chart.root:.1f}"
    return [tag("line", stroke=INK, stroke_dasharray="2 3", **line),
            text(x, TOP - 20, words, text_anchor="middle", font_size=11)]  # fmt: skip


def _outlined(x: float, y: float, width: float, height: float, stroke_width: float = 1) -> str:
    """Told apart from a filled one without its colour."""
    size = {"width": width, "height": height, "stroke_width": stroke_width}
    return tag("rect", x=x, y=y, fill="none", stroke=OTHER, **size)
