"""The capacity planner without a browser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import asdict
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.widgets import CapacityPlanner
from eventsourcing_kit.widgets.capacity_planner.words import (
    bytes_text,
    duration_text,
    rule_text,
    three_digits,
)
from tests.widgets.sample import HOSTILE

SYSTEM = es.capacity.System(events_per_s=5_000, appends_per_s=3_000, folds_per_s=20_000)
HOT = {**asdict(SYSTEM), "events_per_s": 1e6}


@pytest.fixture
def planner() -> CapacityPlanner:
    return CapacityPlanner(SYSTEM)


def test_what_it_says_of_a_system(planner: CapacityPlanner) -> None:
    assert repr(planner) == (
        "CapacityPlanner(5,000 events a second on 12 partitions: 189 TB a year, the hottest "
        "partition gets 20.4 %; it needs 4)"
    )
    planner.settings = HOT
    assert repr(planner).endswith("it needs more than can be)")


def test_the_settings_are_a_system(planner: CapacityPlanner) -> None:
    assert planner.system == SYSTEM
    planner.settings = {**planner.settings, "partitions": 4}
    assert planner.system.holds


@pytest.mark.parametrize(
    "settings", [{**HOT, "partitions": 0}, {**HOT, "more": 1}, {"partitions": 3}, {}]
)
def test_settings_that_are_no_system_are_refused(
    planner: CapacityPlanner, settings: dict[str, Any]
) -> None:
    with pytest.raises(es.InvalidInput, match="partitions"):
        planner.settings = settings
    assert planner.system == SYSTEM


def test_the_picture_has_the_numbers_and_is_the_same_every_time(planner: CapacityPlanner) -> None:
    picture = planner.picture()
    assert picture == CapacityPlanner(SYSTEM).picture()
    words = " ".join(ET.fromstring(picture).itertext())
    for told in ("189 TB", "20.4 %", "18,000,000", "readers are back: 60.0 min", "The fewest are"):
        assert told in words


@pytest.mark.parametrize("change", [{"partitions": 1}, {"folds_per_s": 100.0}, {"outage_s": 0}])
def test_there_is_a_picture_of_any_system(planner: CapacityPlanner, change: dict[str, Any]) -> None:
    planner.settings = {**planner.settings, **change}
    ET.fromstring(planner.picture())


def test_a_title_is_no_markup() -> None:
    texts = ET.fromstring(CapacityPlanner(SYSTEM, title=HOSTILE).picture()).itertext()
    assert any("<img src=x onerror" in text for text in texts)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.0163, "0.0163"), (1.254, "1.25"), (99.97, "100.0"), (4e6, "4,000,000")],
)
def test_three_digits_of_a_number(value: float, text: str) -> None:
    assert three_digits(value) == text


def test_sizes_and_times_for_people() -> None:
    assert [bytes_text(size) for size in (0, 999, 1_000, 2.84e16)] == [
        "0 B", "999 B", "1.00 kB", "28.4 PB"
    ]  # fmt: skip
    assert [duration_text(seconds) for seconds in (0.5, 119, 120, 90_000, 1e9)] == [
        "0.500 s", "119 s", "2.00 min", "25.0 h", "31.7 years"
    ]  # fmt: skip
    assert duration_text(float("inf")) == "never"


def test_the_rule_in_words() -> None:
    assert rule_text(SYSTEM).startswith("✓ The rule holds: the hottest partition gets up to 1,019")
    assert "It needs 4 partitions" in rule_text(es.capacity.System(
        **{**asdict(SYSTEM), "partitions": 2}))  # fmt: skip
    assert rule_text(es.capacity.System(**HOT)).endswith(
        "2,100 are allowed, and the busiest stream alone has 69,479."
    )
