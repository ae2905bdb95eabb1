"""How a test run is shared out: groups that stay on one worker, the longest first, and their times.

A notebook's cells share a kernel and a module its fixtures, so each of them is a group. What makes
a group slow (a browser, a notebook, a killed process, thousands of examples) is marked `slow`, and
`make quick` leaves it out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from xdist.scheduler import LoadScopeScheduling

# No worker should begin a long one when the others are done.
FIRST = ("tests/browser", "notebooks", "tests/exercises", "tests/stores")
SLOW = ("notebooks", "tests/browser", "tests/exercises/cases", "tests/exercises/test_notebooks.py")


def group_of(nodeid: str) -> str:
    """What shares a worker with a test: its module, or the notebook that a browser opens."""
    module, _, name = nodeid.partition("::")
    return nodeid if name and module == "tests/browser/test_notebooks.py" else module


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole groups, in the order of the tests."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def share_out(items: list[pytest.Item]) -> None:
    """Mark what is slow, and bring the long groups to the front."""
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker("slow")
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    found = [rank for rank, name in enumerate(FIRST) if item.nodeid.startswith(name)]
    return found[0] if found else len(FIRST)


class Times:
    """The seconds that each group took."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def add(self, report: pytest.TestReport) -> None:
        self._seconds[group_of(report.nodeid)] += report.duration

    def lines(self, most: int) -> Iterator[str]:
        """The slowest groups, one a line, and what all of them took."""
        for group, seconds in sorted(self._seconds.items(), key=lambda item: -item[1])[:most]:
            yield f"{seconds:7.1f} s  {group}"
        yield f"{sum(self._seconds.values()):7.1f} s  all of them, one after the other"
