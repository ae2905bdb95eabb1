"""The schedule explorer without a browser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import msgspec
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.schedules import explore, scenarios
from eventsourcing_kit.widgets import ScheduleExplorer

SAFE = scenarios.events(2, unique=True, expected_version=True)
REPORTS: list[tuple[tuple[str, ...], Any]] = [
    ((), explore(scenarios.events(2))),
    (("UNIQUE", "expected version"), explore(SAFE)),
]


@pytest.fixture
def widget() -> ScheduleExplorer:
    return ScheduleExplorer(REPORTS)


def test_it_begins_with_the_first_report_and_its_first_schedule(widget: ScheduleExplorer) -> None:
    assert widget.on == []
    assert repr(widget) == ("ScheduleExplorer(events, no defence: 4 of 6 schedules break; at AABB)")


def test_with_the_defences_on_none_breaks(widget: ScheduleExplorer) -> None:
    widget.on = ["expected version", "UNIQUE"]
    assert "0 of 6 schedules break" in repr(widget)


def test_every_run_goes_to_the_browser(widget: ScheduleExplorer) -> None:
    first, second = msgspec.json.decode(widget.packed)
    assert [run["schedule"] for run in first["runs"]] == [
        run.schedule for run in REPORTS[0][1].runs
    ]
    assert sum(bool(run["broken"]) for run in first["runs"]) == 4
    assert not any(run["broken"] for run in second["runs"])
    turn = ["Ada", "read", "", "version 1, balance 100", "100"]
    assert first["runs"][0]["turns"][0] == turn


@pytest.mark.parametrize(
    ("trait", "value"), [("on", ["retry"]), ("on", ["UNIQUE"]), ("schedule", "AAAB")]
)
def test_what_was_not_run_is_refused(widget: ScheduleExplorer, trait: str, value: Any) -> None:
    with pytest.raises(es.InvalidInput, match=trait):
        setattr(widget, trait, value)


def test_without_a_report_there_is_nothing_to_show() -> None:
    with pytest.raises(es.InvalidInput, match="reports"):
        ScheduleExplorer([])


def test_the_picture_shows_the_lanes_and_all_counts(widget: ScheduleExplorer) -> None:
    widget.schedule = "ABAB"
    picture = widget.picture()
    assert picture == widget.picture()
    words = " ".join(ET.fromstring(picture).itertext())
    for told in ("Ada", "Ben", "ABAB: ✕", "4 of 6 break", "0 of 6 break", "no overdraft"):
        assert told in words


def test_what_stays_behind_gives_no_outcome_away(widget: ScheduleExplorer) -> None:
    still = widget.still()
    words = " ".join(ET.fromstring(still["image/svg+xml"]).itertext())
    assert "Ada" in words
    for answer in ("break", "✓", "✕", "stored", "refused", "overdraft"):
        assert answer not in words + still["text/plain"]


def test_how_many_steps_are_shown_gives_no_outcome_away_either() -> None:
    """Who is refused takes no further step; before it is told, all that are asked for are shown."""
    report = explore(scenarios.events(2, two_steps=True))
    assert len(report.runs[0].turns) < len(report.runs[0].schedule)
    widget = ScheduleExplorer([((), report)])
    [packed] = msgspec.json.decode(widget.packed)
    steps = ["read", "look for the end", "append behind what was read"]
    assert packed["runs"][0]["planned"] == [
        [name, step] for name in ("Ada", "Ben") for step in steps
    ]
    for run in packed["runs"]:
        assert len(run["planned"]) == len(run["schedule"])
    words = list(ET.fromstring(widget.still()["image/svg+xml"]).itertext())
    assert words.count("append") == 2, "without room, just what is done"


@pytest.mark.parametrize("seed", range(4))
def test_letters_belong_to_the_same_participants_where_schedules_were_drawn(seed: int) -> None:
    report = explore(scenarios.events(3), bound=2, seed=seed)
    [packed] = msgspec.json.decode(ScheduleExplorer([((), report)]).packed)
    for run in packed["runs"]:
        names = dict(zip(run["schedule"], (name for name, _ in run["planned"]), strict=True))
        assert [names[letter] for letter in "ABC"] == ["Ada", "Ben", "Cem"]
