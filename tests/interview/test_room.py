"""A mock interview: from start to report, and nothing lost on the way."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import eventsourcing_kit as es
from eventsourcing_kit import interview, journal
from eventsourcing_kit.interview.corpus import LEVELS, load
from eventsourcing_kit.interview.mock_state import interviews
from eventsourcing_kit.interview.report import plain
from eventsourcing_kit.interview.room import Mock, begin
from eventsourcing_kit.interview.stages import (
    DIMENSIONS,
    STAGES,
    seconds_for,
    stage_of,
    step,
    step_ids,
)
from tests.interview.conftest import Tell

BANK = load()


def started(level: Any = "senior", minutes: int = 45, case: str | None = None) -> Mock:
    return begin(BANK, level, minutes, case, True)


def walk(mock: Mock, rating: int = 2, note: str = "") -> None:
    """To the end, every answer rated alike, ten seconds a step."""
    mock.run(True)
    elapsed = 0.0
    while not mock.state.finished:
        elapsed += 10
        if note:
            mock.note(note, elapsed)
        mock.show(elapsed)
        mock.rate(rating, elapsed)


# --- what is asked -------------------------------------------------------------------------------


def test_it_goes_through_all_stages_in_order() -> None:
    ids = step_ids(started().state.warm_ups)
    assert list(dict.fromkeys(map(stage_of, ids))) == list(STAGES)


def test_the_stages_share_all_the_minutes() -> None:
    assert sum(seconds_for(stage, 45) for stage in STAGES) == 45 * 60


@pytest.mark.parametrize("level", LEVELS)
def test_the_warm_up_is_mostly_of_the_level_none_is_above_it_and_of_different_topics(
    level: str,
) -> None:
    known = {question.id: question for question in BANK.questions}
    asked = [known[name] for name in started(level).state.warm_ups]
    below = {"junior": {"junior"}, "mid": {"junior"}}.get(
        level, {"junior", "mid", "senior"} - {level}
    )
    assert [question.level for question in asked[:2]] == [level] * 2
    assert asked[2].level in below
    assert len({question.topic for question in asked}) == 3


@pytest.mark.parametrize(("minutes", "count"), [(10, 1), (30, 2), (45, 3)])
def test_a_short_interview_has_a_short_warm_up(minutes: int, count: int) -> None:
    assert len(started(minutes=minutes).state.warm_ups) == count


def test_the_next_interview_asks_something_else() -> None:
    first, second = started().state, started().state
    assert first.case != second.case
    assert not set(first.warm_ups) & set(second.warm_ups)


@pytest.mark.parametrize("case", BANK.cases, ids=lambda case: case.id)
@pytest.mark.parametrize("level", LEVELS)
def test_follow_ups_depend_on_how_one_rated_oneself(case: Any, level: Any) -> None:
    asked = {}
    for rating in (1, 2, 3):
        mock = started(level, case=case.id)
        while mock.state.step != "store-next":
            mock.show()
            mock.rate(rating)
        asked[rating] = mock.step.asks[0]
    levels = {one.question: one.level for one in case.follow_ups}
    expected = {
        "junior": ["junior", "junior", "senior"],
        "mid": ["junior", "senior", "senior"],
        "senior": ["junior", "senior", "staff"],
        "staff": ["senior", "staff", "staff"],
    }
    assert [levels[asked[rating]] for rating in (1, 2, 3)] == expected[level]


def test_a_card_that_goes_four_deep_says_what_the_follow_up_attacks() -> None:
    deep = next(one for one in BANK.questions if len(one.follow_ups) == 4)
    questions = [one.question for one in deep.follow_ups]
    for rating, place in ((1, 0), (2, 1), (3, 3)):
        ratings = {"warm-up-1": rating}
        asked = step("warm-up-1-next", "senior", BANK.cases[0], [deep], ratings)
        assert asked.asks[-1] == questions[place]
        assert [block.text for block in asked.answer] == [deep.follow_ups[place].answer]
        before = asked.asks[:-1]
        assert len(before) == bool(place)
        assert all(deep.follow_ups[place - 1].answer in text for text in before)


def test_no_follow_up_is_asked_twice() -> None:
    mock = started()
    asked = []
    while not mock.state.finished:
        asked.append(mock.step.asks[-1])
        mock.show()
        mock.rate(2)
    assert len(asked) == len(set(asked))


def test_the_answer_is_hidden_until_it_is_asked_for() -> None:
    mock = started()
    assert mock.view()["answer"] == []
    mock.show()
    assert mock.view()["answer"]


def test_an_answer_is_rated_after_comparing() -> None:
    with pytest.raises(es.InvalidInput, match="show it first"):
        started().rate(2)


@pytest.mark.parametrize("rating", [0, 4, "2", None, True])
def test_another_rating_is_refused(rating: object) -> None:
    mock = started()
    mock.show()
    with pytest.raises(es.InvalidInput):
        mock.rate(rating)  # type: ignore[arg-type]


# --- nothing is lost -----------------------------------------------------------------------------


def test_a_new_kernel_goes_on_where_the_old_one_was() -> None:
    mock = started(minutes=30)
    mock.run(True, 1)
    mock.note("one stream an account", 65.5)
    mock.show(80)
    mock.rate(3, 90)
    again = begin(BANK, "junior", 45, None, False)
    assert again.id == mock.id
    state = again.state
    assert (state.step, state.elapsed, state.minutes) == ("warm-up-1-next", 90, 30)
    assert state.notes["warm-up-1"] == "one stream an account"
    assert not state.running, "the clock waits for you"


def test_another_case_is_another_interview() -> None:
    first = started(case=BANK.cases[0].id)
    assert begin(BANK, "senior", 45, BANK.cases[1].id, False).id != first.id


def test_what_is_finished_is_not_gone_on_with() -> None:
    mock = started()
    walk(mock)
    assert begin(BANK, "senior", 45, None, False).id != mock.id


def test_the_time_is_the_clocks_and_not_the_days() -> None:
    mock = started()
    mock.run(True, 0)
    mock.do({"tick": True, "elapsed": 60})
    mock.run(False, 61)
    mock.do({"go": 1, "elapsed": 61})
    state = mock.state
    assert (state.elapsed, state.spent) == (61, {"warm-up": 61})


def test_the_clock_does_not_go_back() -> None:
    mock = started()
    mock.do({"tick": True, "elapsed": 60})
    mock.do({"tick": True, "elapsed": 5})
    assert mock.state.elapsed == 60


def test_a_note_for_a_step_that_is_left_is_kept_there() -> None:
    mock = started()
    mock.go(1, 5)
    mock.do({"note": "late", "step": "warm-up-1", "elapsed": 6})
    assert mock.state.notes == {"warm-up-1": "late"}


def test_a_command_for_a_step_that_is_left_does_nothing() -> None:
    mock = started()
    mock.do({"go": 1, "step": "warm-up-1", "elapsed": 5})
    mock.do({"go": 1, "step": "warm-up-1", "elapsed": 5})
    assert mock.state.step == "warm-up-1-next"


@pytest.mark.parametrize("elapsed", [-1, "5", None, float("nan"), 10**7])
def test_a_clock_that_is_none_is_refused(elapsed: object) -> None:
    with pytest.raises(es.InvalidInput):
        started().do({"tick": True, "elapsed": elapsed})


@pytest.mark.parametrize("note", [None, 5, "x" * 20_001])
def test_a_note_that_is_none_is_refused(note: object) -> None:
    with pytest.raises(es.InvalidInput):
        started().do({"note": note, "elapsed": 1})


def test_lines_that_somebody_else_wrote_break_nothing(happened: Tell) -> None:
    happened(0, "MockStarted", "mock-odd", level="senior")
    happened(0, "NoteTyped", "mock-alone", step="x")
    mock = started()
    assert mock.id in {one.id for one in interviews(journal.events())}
    assert begin(BANK, "senior", 45, None, False).id == mock.id


@pytest.mark.parametrize(
    "wrong", [{"level": "boss"}, {"minutes": 9}, {"minutes": 45.0}, {"case": "a bank"}]
)
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(es.InvalidInput):
        interview.mock(**wrong)
    assert journal.events() == []


class AnyInterview(RuleBasedStateMachine):
    """Whatever is done in whatever order: each kernel shows what the last one left."""

    @initialize()
    def start(self) -> None:
        self.mock = started(minutes=10)
        self.clock = 0.0
        self.notes: dict[str, str] = {}

    @rule(seconds=st.integers(0, 100))
    def time_passes(self, seconds: int) -> None:
        self.clock += seconds

    @rule(text=st.text(max_size=20))
    def note(self, text: str) -> None:
        if text.isprintable():
            self.mock.note(text, self.clock)
            self.notes[self.mock.state.step] = text

    @rule(
        command=st.sampled_from([{"show": True}, {"rate": 1}, {"rate": 3}, {"go": 1}, {"go": -1}])
    )
    def act(self, command: dict[str, Any]) -> None:
        try:
            self.mock.do({**command, "elapsed": self.clock})
        except es.InvalidInput:
            assert command.get("rate"), "only a rating comes too early"

    @rule()
    def another_kernel(self) -> None:
        if not self.mock.state.finished:
            self.mock = Mock(BANK, self.mock.id)

    @invariant()
    def all_is_there(self) -> None:
        state = self.mock.state
        assert {k: v for k, v in state.notes.items() if v} == {
            k: v for k, v in self.notes.items() if v
        }
        assert state.elapsed <= self.clock
        assert sum(state.spent.values()) == pytest.approx(state.elapsed)
        assert self.mock.view()["step"] == state.step


AnyInterview.TestCase.settings = settings(max_examples=15, stateful_step_count=15, deadline=None)
TestAnyInterview = AnyInterview.TestCase


# --- the report ----------------------------------------------------------------------------------


def test_the_report_has_all_of_it() -> None:
    mock = started()
    walk(mock, rating=1, note="one *stream* an account")
    [report] = interview.mocks()
    for heading in ("Rubric", "Time", "Work on", "Compared with earlier ones", "your notes"):
        assert f"{heading}\n" in report
    assert report.count("| weak |") == len(DIMENSIONS)
    assert "> one \\*stream\\* an account" in report
    assert "This is your first one." in report
    for name in mock.state.warm_ups:
        question = next(one for one in BANK.questions if one.id == name)
        assert question.question in report


def test_the_report_says_what_to_do_about_what_was_weak() -> None:
    case = BANK.cases[0]
    walk(started(case=case.id), rating=1)
    [report] = interview.mocks()
    work = report.split("## Work on")[1].split("## Compared")[0]
    assert case.rubric.depth.good in work
    assert 'es.interview.drill("projections")' in work


def test_the_report_compares_with_earlier_ones() -> None:
    for rating in (1, 3):
        walk(started(case=BANK.cases[0].id), rating)
    first, second = interview.mocks()
    rows = re.findall(r"^\| \d{4}-\d\d-\d\d .*$", second, re.MULTILINE)
    assert [row.count("weak") for row in rows] == [4, 0]
    assert [row.count("strong") for row in rows] == [0, 4]
    assert "first one" in first


def test_the_same_interview_gives_the_same_report() -> None:
    walk(started())
    assert interview.mocks() == interview.mocks()


def test_what_was_skipped_is_said() -> None:
    mock = started()
    while not mock.state.finished:
        mock.go(1)
    [report] = interview.mocks()
    asked = len(step_ids(mock.state.warm_ups)) - len(DIMENSIONS)
    assert f"Not rated: {asked} of {asked} answers." in report


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "# no heading", "| a | b |", "`x`"]
)
def test_what_is_typed_is_never_markup(text: str) -> None:
    assert not re.search(r"(?<!\\)[<>#|`]", plain(text))


def test_the_desk_shows_the_report_at_the_end() -> None:
    desk = interview.mock("senior", 10)
    for _ in range(30):
        desk.do({"go": 1, "elapsed": 5})
    assert desk.view["finished"]
    assert desk.view["report"].startswith("# Mock interview: ")
