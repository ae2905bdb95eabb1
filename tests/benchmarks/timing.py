"""What measures share: seconds, and medians of them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

Figures = dict[str, float]


def seconds(work: Callable[[], Any]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(runs: int, work: Callable[[], Any]) -> float:
    """The median of some calls, in seconds."""
    return statistics.median(seconds(work) for _ in range(runs))


def ratio_of_medians(pairs: Sequence[tuple[float, float]]) -> float:
    """The median of what comes first in each pair over the median of what comes second."""
    return statistics.median(one for one, _ in pairs) / statistics.median(two for _, two in pairs)
