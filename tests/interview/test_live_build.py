"""A live build: stages in turn, what was met is remembered, and an exam gives no hints."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import journal
from eventsourcing_kit.histories import LAST_STAGE, Verdict
from eventsourcing_kit.histories.history import Broken
from eventsourcing_kit.interview import live_build
from eventsourcing_kit.interview.build_report import report
from eventsourcing_kit.interview.build_state import State, builds, stages
from eventsourcing_kit.interview.corpus import folder
from eventsourcing_kit.interview.live_build import LiveBuild, begin
from tests.histories.programs import RIGHT, WRONG

BROKEN = Broken(0, ("version 1",), "version 0")


class Judge:
    """Stands for the judge, which takes seconds: stage by stage what it is told to say."""

    def __init__(self) -> None:
        self.broken: dict[int, str] = {}
        self.asked: list[int] = []

    def __call__(self, open_: Any, stage: int, *, number: int = 0) -> Verdict:
        self.asked.append(stage)
        if stage in self.broken:
            return Verdict(stage, 1, broken=BROKEN, mistake=self.broken[stage])
        return Verdict(stage, 30)


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    made = Judge()
    monkeypatch.setattr(live_build, "judge", made)
    return made


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "store.py"
    path.write_text(RIGHT, encoding="utf-8")
    return path


def new(program: Any, *, exam: bool = False) -> LiveBuild:
    return begin(program, 45, exam, new=True)


# --- the stages ----------------------------------------------------------------------------------


def test_there_is_a_task_for_every_stage_of_the_judge() -> None:
    assert len(stages()) == LAST_STAGE
    assert [stage.by for stage in stages()] == sorted({stage.by for stage in stages()})
    for stage in stages():
        requests = [json.loads(line) for line in stage.asks]
        assert [one["call"] for one in requests[::2]] == [one["call"] for one in requests[1::2]]


def test_the_page_that_says_how_has_one_screen() -> None:
    lines = (folder() / "live_build" / "README.md").read_text("utf-8").splitlines()
    assert len(lines) <= 50


def test_stages_are_passed_in_turn_and_those_before_are_judged_again(
    judge: Judge, program: Path
) -> None:
    build = new(program)
    for stage in range(1, LAST_STAGE + 1):
        assert build.state.stage == stage
        judge.asked = []
        assert build.judge(60.0 * stage).passed
        assert judge.asked == list(range(1, stage + 1))
    assert build.state.finished
    assert build.state.passed_at == {stage: 60.0 * stage for stage in range(1, LAST_STAGE + 1)}
    with pytest.raises(es.InvalidInput, match="finished"):
        build.judge()


def test_a_stage_that_a_change_has_broken_is_open_again(judge: Judge, program: Path) -> None:
    build = new(program)
    build.judge()
    build.judge()
    judge.broken = {1: "Forgets"}
    assert build.judge().stage == 1
    assert build.state.stage == 1
    assert build.state.passed_at == {}
    assert build.state.met == {1: ("Forgets",)}


def test_the_hint_is_that_of_the_mistake_and_is_recorded_once(judge: Judge, program: Path) -> None:
    build = new(program)
    with pytest.raises(es.InvalidInput, match="after a judgement"):
        build.hint()
    judge.broken = {1: "FromZero"}
    build.judge()
    said = build.view()["verdict"]
    assert "counted from 0" in said["text"]
    assert said["can_hint"]
    assert said["hint"] == ""
    build.do({"hint": True, "elapsed": 5.0})
    build.do({"hint": True, "elapsed": 6.0})
    assert "n-th event" in build.view()["verdict"]["hint"]
    assert build.state.hints == {1: 1}


def test_an_exam_says_what_came_and_nothing_of_why(judge: Judge, program: Path) -> None:
    build = new(program, exam=True)
    judge.broken = {1: "FromZero"}
    build.judge()
    said = build.view()["verdict"]
    assert said["text"] == "Append and read: It said: version 0. Right would be: version 1."
    assert not said["can_hint"]
    with pytest.raises(es.InvalidInput, match="exam"):
        build.hint()


# --- what is kept --------------------------------------------------------------------------------


def test_it_goes_on_where_it_stopped_and_the_clock_stands(judge: Judge, program: Path) -> None:
    build = begin(program, 45, False, new=False)
    build.do({"run": True, "elapsed": 0.0})
    build.judge(100.0)
    again = begin(program, 45, False, new=False)
    assert again.id == build.id
    assert (again.state.stage, again.state.elapsed, again.state.running) == (2, 100.0, False)
    assert begin(program, 45, True, new=False).id != build.id  # an exam is another one
    assert begin(program, 45, False, new=True).id != build.id


def test_each_thing_that_is_done_is_an_event(judge: Judge, program: Path) -> None:
    build = new(program)
    for command in (
        {"run": True},
        {"tick": True},
        {"judge": True},
        {"run": False},
        {"finish": True},
    ):
        build.do({**command, "elapsed": 1.0})
    assert [event.type for event in journal.read_stream(build.id)] == [
        "BuildStarted", "ClockStarted", "ClockRead", "StageJudged", "ClockStopped", "BuildFinished",
    ]  # fmt: skip


@pytest.mark.parametrize("elapsed", ["1", -1, 10**7])
def test_a_time_that_cannot_be_is_refused(judge: Judge, program: Path, elapsed: Any) -> None:
    with pytest.raises(es.InvalidInput, match="elapsed"):
        new(program).do({"tick": True, "elapsed": elapsed})


def test_lines_that_somebody_else_wrote_are_left_out(judge: Judge, program: Path) -> None:
    journal.record("BuildStarted", {"minutes": 45}, stream_id="build-strange")
    build = new(program)
    assert [one.id for one in builds(journal.events())] == [build.id]


# --- the report ----------------------------------------------------------------------------------


def test_the_report_stands_beside_a_good_run(judge: Judge, program: Path) -> None:
    build = new(program)
    judge.broken = {1: "FromZero"}
    build.judge(30.0)
    judge.broken = {}
    build.judge(600.0)
    build.do({"finish": True, "elapsed": 700.0})
    [text] = es.interview.builds()
    assert "| Append and read | 10:00 | 2 | 0 | 12:00, one or two tries |" in text
    assert "Expected version | not passed | 0" in text
    assert "Versions are counted from 0." in text
    assert "fsync" in text
    assert "This is your first one." in text
    assert build.view()["report"] == str(text)


def test_a_mistake_without_a_name_is_told_as_it_was_met(judge: Judge, program: Path) -> None:
    build = new(program)
    judge.broken = {1: ""}
    build.judge(30.0)
    build.do({"finish": True, "elapsed": 60.0})
    [text] = es.interview.builds()
    assert "- Append and read: It said: version 0. Right would be: version 1." in text


def test_who_looks_what_is_asked_has_not_tried(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = Verdict(1, 1, broken=BROKEN, attempted=False)
    monkeypatch.setattr(live_build, "judge", lambda open_, stage: look)
    build = new(program)
    build.judge(30.0)
    assert (build.state.tries, build.state.met) == ({}, {})
    assert not build.view()["verdict"]["passed"]


def test_in_python_the_desk_says_which_methods_are_called(program: Path) -> None:
    assert "append(stream, events, expected, id)" in new(program).view()["python"]
    assert new(["ruby", "store.rb"]).view()["python"] == ""
    assert new("store.js").view()["python"] == ""


def test_from_the_second_on_it_compares_you_with_yourself(judge: Judge, program: Path) -> None:
    for _ in range(2):
        new(program).do({"finish": True, "elapsed": 60.0})
    assert "| 1:00 | 0 | 0 | 0 |" in es.interview.builds()[1]


def test_a_shorter_clock_expects_a_good_run_sooner() -> None:
    text = report(State("build-1", minutes=90), ())
    assert "| 24:00, one or two tries |" in text


# --- with the judge itself -----------------------------------------------------------------------


def test_a_class_of_a_cell_is_judged() -> None:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(WRONG["versions from 0"].source, names)
    build = new(names["Store"])
    assert build.view()["program"] == "class Store"
    assert build.judge().mistake == "FromZero"
    assert build.view()["verdict"]["turns"] == [["client A", "append +10", "version 0"]]


def test_a_file_that_is_not_there_is_told_at_the_desk(tmp_path: Path) -> None:
    desk = es.interview.build(tmp_path / "store.py")
    desk.do({"judge": True})
    assert "there is no file" in desk.error


@pytest.mark.parametrize(("program", "minutes"), [(7, 45), ("store.py", 2), ("store.py", "45")])
def test_what_is_no_program_or_no_time_is_refused(program: Any, minutes: Any) -> None:
    with pytest.raises(es.InvalidInput):
        es.interview.build(program, minutes)
