"""What every widget has from its frame: nothing goes on when it is taken away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from eventsourcing_kit import interview
from eventsourcing_kit.processes import rehearse
from eventsourcing_kit.replay import Timeline
from eventsourcing_kit.widgets import (
    BankTravel,
    EventWorkbench,
    FoldSteps,
    ProjectionLab,
    RowsAndEvents,
    SagaPlayer,
    SnapshotTuner,
    TableInspector,
    TimeTravel,
)
from eventsourcing_kit.widgets.base import Widget
from eventsourcing_kit.widgets.prediction import Prediction
from tests.browser import test_schedule_explorer, test_upcasting_workbench
from tests.browser.bare import Bench
from tests.browser.test_desks import new_bug, new_drill, new_incident, new_mock
from tests.browser.test_projection_lab import ALL_EVENTS
from tests.browser.test_snapshot_tuner import RUNS
from tests.widgets.sample import sample_histories, sample_store
from tests.widgets.test_access_matrix import new_matrix
from tests.widgets.test_rows_and_events import sample_questions, sample_steps
from tests.widgets.test_table_inspector import event_rows

MAKERS: dict[str, Callable[[], Widget]] = {
    "AccessMatrix": new_matrix,
    "BankTravel": lambda: BankTravel(Timeline.build(sample_store())),
    "BugDesk": new_bug,
    "BuildDesk": lambda: interview.build("store.py"),
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
    "SnapshotTuner": lambda: SnapshotTuner(RUNS),
    "TableInspector": lambda: TableInspector(event_rows()),
    "TimeTravel": lambda: TimeTravel(sample_histories()),
    "UpcastingWorkbench": test_upcasting_workbench.make,
}
# Notes what goes on: observers and timers. What listens is read in the source: test_views.py.
WATCH = """
globalThis.alive = new Set();
for (const kind of [ResizeObserver, MutationObserver]) {
  const { observe, disconnect } = kind.prototype;
  kind.prototype.observe = function (...rest) {
    if (rest[0] !== document) alive.add(this); // Playwright watches the document
    observe.apply(this, rest);
  };
  kind.prototype.disconnect = function () { alive.delete(this); disconnect.call(this); };
}
for (const [begin, end] of [["setInterval", "clearInterval"], ["setTimeout", "clearTimeout"],
  ["requestAnimationFrame", "cancelAnimationFrame"]]) {
  const [began, ended] = [globalThis[begin], globalThis[end]];
  globalThis[begin] = (action, ...rest) => {
    const id = began((...told) => {
      if (begin !== "setInterval") alive.delete(name);
      action(...told);
    }, ...rest);
    const name = `${begin} ${id}`;
    alive.add(name);
    return id;
  };
  globalThis[end] = (id) => { alive.delete(`${begin} ${id}`); ended(id); };
}
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))


@pytest.fixture(scope="module")
def watched(bench: Bench) -> Bench:
    bench.page.add_init_script(WATCH)
    return bench


@pytest.mark.parametrize("name", MAKERS)
def test_a_widget_that_is_taken_away_is_gone(watched: Bench, desk: Page, name: str) -> None:
    widget = watched.show(MAKERS[name]())
    expect(widget).to_have_attribute("data-theme", "light")
    for play in widget.get_by_role("button", name="Play", exact=False).all():
        play.click()
    assert desk.evaluate("alive.size") > 0
    desk.evaluate("globalThis.root = document.querySelector('.es-widget'); leave()")
    desk.wait_for_timeout(50)
    assert desk.evaluate("[...alive].map(String)") == []
    watched.set_theme("Dark")
    desk.wait_for_timeout(50)
    assert desk.evaluate("root.dataset.theme") == "light"
