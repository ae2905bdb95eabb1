"""The still picture that CapacityPlanner leaves in a notebook."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ... import capacity
from ...capacity import System
from ...drawing.svg import FACT, MUTED, OTHER, document, level, line, tag, text
from .words import bytes_text, duration_text, number_text, percent_text, rule_text

WIDTH, HEIGHT = 880, 440
LEFT, RIGHT, TOP, BOTTOM = 90, 860, 262, 402
ROW = 19


def draw(title: str, system: System, labels: Mapping[str, str], told: str) -> str:
    """Settings, results, the rule, and the lag of two partitions after an outage."""
    return document(
        WIDTH,
        HEIGHT,
        title,
        told,
        text(16, 28, title, font_size=15, font_weight=600),
        *_settings(system, labels),
        *_results(system),
        text(16, 232, rule_text(system), font_size=11.5),
        *_lag(system),
    )


def _settings(system: System, labels: Mapping[str, str]) -> Iterator[str]:
    for number, (name, label) in enumerate(labels.items()):
        x, y = 16 + 290 * (number // 4), 56 + ROW * (number % 4)
        yield text(x, y, label, fill=MUTED)
        yield text(x + 262, y, number_text(getattr(system, name)), text_anchor="end")


def _results(system: System) -> Iterator[str]:
    results = (
        ("Stored a year", bytes_text(system.bytes_a_year)),
        ("Kept", bytes_text(system.bytes_kept)),
        ("Hottest partition", percent_text(system.hottest)),
        ("Busiest stream alone", percent_text(system.hottest_stream)),
        ("Lag after the outage", f"{system.lag_events:,.0f}"),
        ("Caught up in", duration_text(system.catch_up_s)),
        ("A replay takes", duration_text(system.replay_s)),
    )
    for number, (name, value) in enumerate(results):
        x, y = 16 + 218 * (number % 4), 152 + 38 * (number // 4)
        yield text(x, y, name, fill=MUTED, font_size=11)
        yield text(x, y + 17, value, font_size=14, font_weight=600)


def _lag(system: System) -> Iterator[str]:
    hottest = system.hottest_per_s
    outage, caught_up = system.outage_s, system.catch_up_s
    shown = 2 * outage if math.isinf(caught_up) else caught_up
    end = outage + max(min(shown, 20 * outage), outage / 10, 1)
    rates = [(hottest, {"stroke": FACT})]
    if system.partitions > 1:
        other = (system.events_per_s - hottest) / (system.partitions - 1)
        rates.append((other, {"stroke": OTHER, "stroke_dasharray": "5 4"}))

    def waiting(rate: float, at: float) -> float:
        return capacity.lag(rate, system.folds_per_s, outage, at)

    def place(at: float, events: float) -> str:
        x = LEFT + (RIGHT - LEFT) * at / end
        return f"{x:.1f} {BOTTOM - (BOTTOM - TOP) * events / highest:.1f}"

    highest = max([1.0, *(waiting(rate, at) for rate, _ in rates for at in (outage, end))])
    for events in (0.0, highest / 2, highest):
        yield level(LEFT, RIGHT, BOTTOM - (BOTTOM - TOP) * events / highest, f"{events:,.0f}")
    back = LEFT + (RIGHT - LEFT) * outage / end
    yield line(back, TOP, back, BOTTOM)
    for rate, style in rates:
        caught = outage + min(end, capacity.catch_up(rate, system.folds_per_s, outage))
        times = (0.0, outage, min(end, caught), end)
        path = "L".join(place(at, waiting(rate, at)) for at in times)
        yield tag("path", d=f"M{path}", fill="none", stroke_width=2, **style)
    yield text(back, BOTTOM + 16, f"readers are back: {duration_text(outage)}", fill=MUTED,
               font_size=11, text_anchor="middle" if back < RIGHT - 90 else "end")  # fmt: skip
    yield text(RIGHT, BOTTOM + 16, duration_text(end), fill=MUTED, font_size=11, text_anchor="end")
    words = "events not yet folded: the hottest partition, and dashed one of the others"
    yield text(LEFT, HEIGHT - 6, words, fill=MUTED, font_size=11)
