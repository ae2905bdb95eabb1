"""Progress bars: only for who has to wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import tqdm.auto
import tqdm.notebook

import eventsourcing_kit as es
from eventsourcing_kit import bars
from tests.integrity.forging import bank, verify


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What bars put under a notebook's cell. All work is done before a bar would be due."""
    found: list[Any] = []
    monkeypatch.setenv("TQDM_DISABLE", "0")
    monkeypatch.setattr(tqdm.auto, "tqdm", tqdm.notebook.tqdm)
    monkeypatch.setattr(tqdm.notebook, "display", found.append)
    monkeypatch.setattr(bars, "DELAY", 3600.0)
    return found


@pytest.mark.parametrize(
    "work",
    [
        lambda: verify(bank()),
        lambda: es.schedules.explore(es.schedules.scenarios.events()),
        lambda: list(bars.progress(iterable=range(1000), desc="Counting")),
    ],
    ids=["verify", "explore", "a loop"],
)
def test_work_that_is_soon_done_leaves_nothing_under_the_cell(
    work: Callable[[], object], shown: list[Any]
) -> None:
    work()
    assert shown == []


def test_whoever_waits_sees_one_bar(shown: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bars, "DELAY", 1e-9)
    list(bars.progress(iterable=range(10), mininterval=0))
    assert len(shown) == 1
