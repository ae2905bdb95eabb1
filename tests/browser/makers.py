"""Every widget, made small, and what is done to it until all of it is in sight."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import gettempdir

from playwright.sync_api import Locator, expect

from eventsourcing_kit.processes import rehearse
from eventsourcing_kit.replay import Timeline
from eventsourcing_kit.widgets import (
    BankTravel,
    CapacityPlanner,
    ClusterLab,
    ControlRoom,
    EventWorkbench,
    FoldSteps,
    ProjectionLab,
    RowsAndEvents,
    SagaPlayer,
    SixtySeconds,
    SnapshotTuner,
    TableInspector,
    TamperLab,
    TimeTravel,
)
from eventsourcing_kit.widgets.base import Widget
from eventsourcing_kit.widgets.prediction import Prediction
from tests.browser import test_schedule_explorer, test_upcasting_workbench
from tests.browser.test_capacity_planner import SYSTEM
from tests.browser.test_desks import new_bug, new_build, new_drill, new_incident, new_mock
from tests.browser.test_exercises import new_help
from tests.browser.test_projection_lab import ALL_EVENTS
from tests.browser.test_snapshot_tuner import RUNS
from tests.sample_cluster import RUN
from tests.sample_incident import recording
from tests.widgets.sample import attacks, sample_histories, sample_store
from tests.widgets.test_access_matrix import new_matrix
from tests.widgets.test_append_race import new_race
from tests.widgets.test_rows_and_events import sample_questions, sample_steps
from tests.widgets.test_table_inspector import event_rows

MAKERS: dict[str, Callable[[], Widget]] = {
    "AccessMatrix": new_matrix,
    "AppendRace": new_race,
    "BankTravel": lambda: BankTravel(Timeline.build(sample_store())),
    "BugDesk": new_bug,
    "BuildDesk": lambda: new_build(Path(gettempdir())),
    "CapacityPlanner": lambda: CapacityPlanner(SYSTEM),
    "ClusterLab": lambda: ClusterLab(RUN),
    "ControlRoom": lambda: ControlRoom(recording()),
    "DrillDesk": new_drill,
    "EventWorkbench": EventWorkbench,
    "FoldSteps": lambda: FoldSteps(lambda total, n: total + n, range(9), 0),
    "IncidentDesk": new_incident,
    "InterviewDesk": new_mock,
    "Prediction": lambda: Prediction(["one", "two"], lambda _: None),
    "ProjectionLab": lambda: ProjectionLab(ALL_EVENTS),
    "RowsAndEvents": lambda: RowsAndEvents(sample_steps(), sample_questions()),
    "SagaPlayer": lambda: SagaPlayer([rehearse()]),
    "ScheduleExplorer": test_schedule_explorer.make,
    "SixtySeconds": SixtySeconds,
    "SnapshotTuner": lambda: SnapshotTuner(RUNS),
    "TableInspector": lambda: TableInspector(event_rows()),
    "TamperLab": lambda: TamperLab(attacks()),
    "TimeTravel": lambda: TimeTravel(sample_histories()),
    "UpcastingWorkbench": test_upcasting_workbench.make,
    "VerdictHelp": new_help,
}


def advised(help_: Locator) -> Iterator[str]:
    """A hint and a solution under a verdict."""
    for button in ("Hint", "Solution"):
        help_.get_by_role("button", name=button).first.click()
        yield button


def turned(desk: Locator) -> Iterator[str]:
    """A card that is turned."""
    desk.focus()
    desk.press("Space")
    expect(desk).to_have_attribute("data-turned", "true")
    yield "turned"


def raced(race: Locator) -> Iterator[str]:
    """Both have appended: one is stored, and one refused."""
    for name in ("Ann", "Ben"):
        race.get_by_role("button", name=f"{name}: Append").click()
    expect(race.locator("[data-state=refused]")).to_have_count(1)
    yield "raced"


def solved(bug: Locator) -> Iterator[str]:
    """A bug that was shown, with its cure."""
    bug.get_by_role("button", name="Show it").click()
    expect(bug.get_by_role("tab", name="The cure")).to_be_visible()
    yield "solved"


def compared(mock: Locator) -> Iterator[str]:
    """A mock interview under its clock, and beside a good answer."""
    mock.get_by_role("button", name="Start the clock").click()
    yield "running"
    mock.get_by_role("button", name="Compare with a good answer").click()
    expect(mock).to_have_attribute("data-turned", "true")
    yield "compared"


def repaired(incident: Locator) -> Iterator[str]:
    """An incident, step by step to its end."""
    incident.press("1")
    for step in ("find", "act", "repair"):
        expect(incident).to_have_attribute("data-step", step)
        yield step
        incident.get_by_role("button", name="Show it and go on").click()
    expect(incident).to_have_attribute("data-step", "done")
    yield "done"


def travelled(travel: Locator) -> Iterator[str]:
    """Both times on a plane, then an event that is switched off."""
    travel.get_by_label("both times on one plane").check()
    expect(travel.locator(".es-plane")).to_be_visible()
    yield "plane"
    travel.get_by_role("slider").press("x")
    expect(travel.locator(".es-off-list button")).to_have_count(1)
    yield "what if"


def predicted(race: Locator) -> Iterator[str]:
    """A schedule that breaks, and what each step saw."""
    race.get_by_role("button", name="Next that breaks").click()
    expect(race.locator(".es-saw").first).to_be_visible()
    yield "predicted"


def delivered(saga: Locator) -> Iterator[str]:
    """All that happens on the way."""
    saga.press("End")
    expect(saga.locator(".es-coin").first).to_be_attached()
    yield "delivered"


def judged(room: Locator) -> Iterator[str]:
    """A night of which both are said, and what is known of it."""
    room.get_by_role("radio", name="a slow sink").check()
    room.get_by_role("radio", name="Start it again").check()
    room.get_by_role("tab", name="The night behind it").click()
    yield "judged"


def crashed(lab: Locator) -> Iterator[str]:
    """Both projections, struck between the gates, and the event that comes again."""
    lab.focus()
    for key in ("ArrowRight", "ArrowRight", "c"):
        lab.press(key)
    expect(lab).to_have_attribute("data-moves", "3")
    yield "crashed"
    for _ in range(4):
        lab.press("ArrowRight")
    expect(lab.locator(".es-twice")).to_have_count(1)
    yield "again"


# What a widget has behind its first look; each step says what is now in sight.
LATER: dict[str, Callable[[Locator], Iterator[str]]] = {
    "AppendRace": raced,
    "BugDesk": solved,
    "ControlRoom": judged,
    "DrillDesk": turned,
    "IncidentDesk": repaired,
    "InterviewDesk": compared,
    "ProjectionLab": crashed,
    "SagaPlayer": delivered,
    "ScheduleExplorer": predicted,
    "TimeTravel": travelled,
    "VerdictHelp": advised,
}
