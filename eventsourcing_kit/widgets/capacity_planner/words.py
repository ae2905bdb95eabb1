"""How the capacity planner writes sizes and times; formulas.js does the same in the browser."""

from __future__ import annotations

import math
from typing import Final

from ...capacity import DAY, YEAR, System
from ...drawing.display import counted

DURATIONS: Final = (("s", 1.0), ("min", 60.0), ("h", 3_600.0), ("days", DAY), ("years", YEAR))
BYTES: Final = ("B", "kB", "MB", "GB", "TB", "PB", "EB")


def three_digits(value: float) -> str:
    """0.00125, 1.25, 12.5, 125, 1,250."""
    digits = 2 - math.floor(math.log10(value)) if value else 0
    return f"{value:,.{min(9, max(0, digits))}f}"


def number_text(value: float) -> str:
    """A setting as it was given: 1,000,000 or 0.25."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,g}"


def duration_text(seconds: float) -> str:
    """ "3.22 min"; "never" for what does not end."""
    if seconds == math.inf:
        return "never"
    fitting = [(unit, size) for unit, size in DURATIONS if seconds >= 2 * size]
    unit, size = fitting[-1] if fitting else DURATIONS[0]
    return f"{three_digits(seconds / size)} {unit}"


def bytes_text(size: float) -> str:
    """By powers of a thousand: "142 TB"."""
    power = min(len(BYTES) - 1, math.floor(math.log10(max(1.0, size)) / 3))
    return f"{three_digits(size / 1000**power)} {BYTES[power]}"


def percent_text(share: float) -> str:
    """ "20.4 %"."""
    return f"{three_digits(100 * share)} %"


def rule_text(system: System) -> str:
    """Whether the rule holds, by how much, and how many partitions it needs."""
    gets = (
        f"gets up to {system.hottest_per_s:,.0f} events a second, "
        f"{system.allowed_per_s:,.0f} are allowed"
    )
    needed = system.partitions_needed
    if needed is None:
        alone = system.events_per_s * system.hottest_stream
        return (
            f"✕ No number of partitions is enough: the hottest one {gets}, and the busiest "
            f"stream alone has {alone:,.0f}."
        )
    said, fewest = (
        ("✓ The rule holds", "The fewest are")
        if system.holds
        else ("✕ The rule does not hold", "It needs")
    )
    return f"{said}: the hottest partition {gets}. {fewest} {counted(needed, 'partition')}."
