"""The snapshot tuner without a browser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import msgspec
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.widgets import SnapshotTuner
from eventsourcing_kit.widgets.snapshot_tuner import Run

RUNS = [Run(1, 100, 100, 4_000), Run(10, 550, 10, 400), Run(50, 2_500, 2, 80)]


def tuner(**options: Any) -> SnapshotTuner:
    return SnapshotTuner(RUNS, **options)


def test_what_it_says_of_an_interval() -> None:
    widget = tuner(write_cost=20)
    assert repr(widget) == (
        "SnapshotTuner(every 10: 550 events folded, 10 snapshots written; the cheapest is every 10)"
    )
    widget.n, widget.loads = 50, 4
    assert "every 50: 10,000 events folded, 2 snapshots written" in repr(widget)


@pytest.mark.parametrize(
    ("loads", "write_cost", "best"), [(1, 1, 1), (1, 20, 10), (50, 20, 1), (1, 500, 50)]
)
def test_the_cheapest_interval_follows_the_costs(loads: int, write_cost: int, best: int) -> None:
    assert tuner(loads=loads, write_cost=write_cost).best == best


def test_of_equal_ones_the_larger_interval_which_stores_less() -> None:
    assert SnapshotTuner([Run(1, 0, 2, 1), Run(2, 2, 0, 1)], write_cost=1).best == 2


def test_the_formula_is_the_root_of_twice_the_write_cost_by_the_loads() -> None:
    assert tuner(write_cost=50, loads=1).formula == 10
    assert tuner(write_cost=50, loads=4).formula == 5
    assert tuner().formula == 20, "where the sliders begin, it is a round number"


@pytest.mark.parametrize("n", [1, 10, 50])
def test_the_formula_is_close_to_what_was_measured(n: int) -> None:
    widget = tuner(loads=3)
    assert widget.events == 100
    [run] = [run for run in widget.runs if run.n == n]
    reading, writing = widget.formula_at(n)
    assert writing == run.taken * widget.write_cost
    assert abs(reading - run.replayed * 3) <= 100 * 3, "at most an event at each load"


def test_the_formula_is_lowest_at_its_root() -> None:
    widget = tuner(write_cost=50, loads=4)
    lowest = sum(widget.formula_at(widget.formula))
    assert all(lowest < sum(widget.formula_at(n)) for n in (1, 4, 4.9, 5.1, 6, 50))


def test_the_floor_is_told_and_does_not_change_what_is_cheapest() -> None:
    assert tuner(floor=165).best == tuner().best
    assert "a snapshot costs 200 events to write and 165 to read" in tuner(floor=165).picture()


def test_runs_may_be_mappings_and_come_in_any_order() -> None:
    rows = [{"n": run.n, "replayed": run.replayed, "taken": run.taken, "bytes": run.bytes}
            for run in reversed(RUNS)]  # fmt: skip
    widget = SnapshotTuner(rows)
    assert widget.runs == RUNS
    assert [row["n"] for row in msgspec.json.decode(widget.packed)] == [1, 10, 50]


@pytest.mark.parametrize(
    "runs",
    [
        [],
        RUNS[:1],
        [RUNS[0], RUNS[0]],
        [{"n": 1}, {"n": 2}],
        [Run(n, 1, 1, 1) for n in range(1, 42)],
        [{"n": 0, "replayed": 1, "taken": 1, "bytes": 1}, RUNS[0]],
        [{"n": 2, "replayed": -1, "taken": 1, "bytes": 1}, RUNS[0]],
    ],
)
def test_runs_that_cannot_be_shown_are_refused(runs: Any) -> None:
    with pytest.raises(es.InvalidInput, match="runs"):
        SnapshotTuner(runs)


@pytest.mark.parametrize(
    ("trait", "value"), [("n", 7), ("loads", 0), ("write_cost", 501), ("floor", 501)]
)
def test_settings_out_of_range_are_refused(trait: str, value: int) -> None:
    with pytest.raises(es.InvalidInput, match=trait):
        setattr(tuner(), trait, value)


def test_the_picture_has_a_bar_for_each_interval_and_is_the_same_every_time() -> None:
    picture = tuner().picture()
    assert picture == tuner().picture()
    words = " ".join(ET.fromstring(picture).itertext())
    for told in (
        "1",
        "10",
        "50",
        "★",
        "reading: events folded",
        "writing snapshots",
        "√(2w/r) = 20.0",
    ):
        assert told in words
    assert picture.count("<polyline") == 3  # reading, writing, and their sum
    assert picture.count("<rect") == 1 + 2 + 2 * len(RUNS)  # the card, the legend, the bars
