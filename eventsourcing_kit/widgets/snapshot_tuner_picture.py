"""The still picture that SnapshotTuner leaves in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import floor, log, log10

from .display import counted
from .snapshot_costs import Prices, Run, best, by_formula, number, reading, total, writing
from .svg import FACT, INK, MUTED, OTHER, document, level, line, tag, text

WIDTH, LEFT, RIGHT = 880, 74, 864
TOP, BOTTOM = 116, 346
HEIGHT = 400

Scale = Callable[[float], float]


def draw(
    runs: list[Run],
    without: Run | None,
    now: Run,
    prices: Prices,
    title: str,
    description: str,
) -> str:
    """Three curves over n, both axes logarithmic; the least total and the head marked."""
    totals = [total(run, prices) for run in runs]
    readings = [reading(run, prices) for run in runs]
    writings = [writing(run, prices) for run in runs]
    none = total(without, prices) if without else None
    x, y = scales(runs, [*totals, *readings, *writings, none or 0])
    ns = [x(run.n or 1) for run in runs]
    least = best(runs, prices)
    return document(
        WIDTH,
        HEIGHT,
        title,
        description,
        text(16, 28, title, font_size=15, font_weight=600),
        text(RIGHT, 28, _prices(prices), fill=MUTED, text_anchor="end"),
        *_readouts(now, none, prices),
        *_grid(y, [*totals, *readings, *writings, none or 0]),
        *(
            text(x(run.n or 1), BOTTOM + 18, f"{run.n:,}", fill=MUTED, text_anchor="middle")
            for run in _spread(runs, x)
        ),
        text(LEFT, HEIGHT - 14, "n: a snapshot every n events", fill=MUTED),
        *_formula(x, prices, runs[-1].n or 1),
        _curve(ns, readings, y, FACT, 1.5),
        _curve(ns, writings, y, OTHER, 1.5, "6 4"),
        *([_level_of(y(none))] if none else []),
        _curve(ns, totals, y, INK, 2.5),
        *_least(x(least.n or 1), y(total(least, prices)), least),
        line(x(now.n or 1), TOP - 8, x(now.n or 1), BOTTOM, INK, 1.5),
        tag("circle", cx=x(now.n or 1), cy=TOP - 8, r=5, fill=INK),
    )


def scales(runs: list[Run], costs: Sequence[float]) -> tuple[Scale, Scale]:
    """From an n and from a cost to where it is drawn."""
    widest = log(runs[-1].n or 1) or 1.0
    low, high = _ends(costs)

    def x(n: float) -> float:
        return LEFT + (RIGHT - LEFT) * log(max(1.0, n)) / widest

    def y(cost: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (log10(cost) - low) / (high - low)

    return x, y


def _ends(costs: Sequence[float]) -> tuple[float, float]:
    """Powers of ten between which all costs above zero lie."""
    logs = [log10(cost) for cost in costs if cost > 0] or [0.0]
    low = min(logs)
    return low, max(max(logs), low + 1)


def _grid(y: Scale, costs: Sequence[float]) -> list[str]:
    low, high = _ends(costs)
    ticks = [
        digit * 10.0**power
        for power in range(floor(low), floor(high) + 1)
        for digit in ((1, 2, 5) if high - low < 3 else (1,))
    ]
    shown = [tick for tick in ticks if low <= log10(tick) <= high]
    return [level(LEFT, RIGHT, y(tick), f"{tick:,.9g}") for tick in shown]


def _spread(runs: list[Run], x: Scale) -> list[Run]:
    """The runs whose labels have room beside each other."""
    shown: list[Run] = []
    for run in runs:
        if not shown or x(run.n or 1) - x(shown[-1].n or 1) > 26:
            shown.append(run)
    return shown


def _readouts(now: Run, none: float | None, prices: Prices) -> list[str]:
    triples = [
        ("a snapshot every", counted(now.n or 1, "event"), MUTED),
        ("─ reading", number(reading(now, prices)), FACT),
        ("╌ writing", number(writing(now, prices)), OTHER),
        ("━ total", number(total(now, prices)), INK),
        ("┄ without snapshots", "not measured" if none is None else number(none), MUTED),
        ("snapshots", f"{now.written:,}, {now.bytes:,} bytes", MUTED),
    ]
    parts = []
    for place, (name, value, colour) in zip((16, 180, 290, 400, 510, 670), triples, strict=True):
        parts.append(text(place, 56, name, fill=colour, font_size=11))
        parts.append(text(place, 75, value, font_size=14, font_weight=600))
    return parts


def _prices(prices: Prices) -> str:
    return (
        f"{counted(prices.loads, 'load')} for each append; a snapshot costs "
        f"{counted(prices.read, 'event')} to read, {prices.write:,} to write"
    )


def _curve(
    xs: list[float], costs: list[float], y: Scale, colour: str, width: float, dash: str = ""
) -> str:
    points = [(at, y(cost)) for at, cost in zip(xs, costs, strict=True) if cost > 0]
    path = " ".join(f"{at:.1f},{height:.1f}" for at, height in points)
    style = {"stroke_dasharray": dash} if dash else {}
    return tag("polyline", points=path, fill="none", stroke=colour, stroke_width=width, **style)


def _level_of(height: float) -> str:
    return tag(
        "line", x1=LEFT, y1=height, x2=RIGHT, y2=height, stroke=MUTED, stroke_dasharray="2 3"
    )


def _formula(x: Scale, prices: Prices, last: int) -> list[str]:
    n = by_formula(prices)
    if n > last:
        return [text(RIGHT, TOP - 10, f"formula: {number(n)} →", fill=MUTED, text_anchor="end")]
    at = x(n)
    end = at > RIGHT - 100
    return [
        tag("line", x1=at, y1=TOP, x2=at, y2=BOTTOM, stroke=MUTED, stroke_dasharray="6 4"),
        text(
            at + (-6 if end else 6),
            TOP + 8,
            f"formula: {number(n)}",
            fill=MUTED,
            text_anchor="end" if end else "start",
        ),
    ]


def _least(x: float, y: float, least: Run) -> list[str]:
    end = x > RIGHT - 100
    return [
        tag("circle", cx=x, cy=y, r=5, fill="none", stroke=INK, stroke_width=2),
        text(
            x + (-8 if end else 8),
            y - 10,
            f"least: n = {least.n:,}",
            font_weight=600,
            text_anchor="end" if end else "start",
        ),
    ]
