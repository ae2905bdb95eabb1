"""A mock interview: from start to report, and nothing lost on the way."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import eventsourcing_kit as es
from eventsourcing_kit import interview, journal
from eventsourcing_kit.interview.corpus import LEVELS, load
from eventsourcing_kit.interview.mock_state import interviews, path_of, plan_of
from eventsourcing_kit.interview.red_flags import nearest
from eventsourcing_kit.interview.report import plain
from eventsourcing_kit.interview.room import Mock, begin
from eventsourcing_kit.interview.stages import (
    DIMENSIONS,
    STAGES,
    Plan,
    seconds_for,
    stage_of,
    step,
    step_ids,
    warm_up_of,
)
from tests.histories.programs import WRONG
from tests.interview.conftest import Tell

BANK = load()


def started(
    level: Any = "senior", minutes: int = 45, case: str | None = None, live: str | None = None
) -> Mock:
    return begin(BANK, level, minutes, case, True, live)


def come_to(mock: Mock, step_id: str, rating: int = 2) -> Mock:
    """To a step, all answers before it rated alike."""
    while mock.state.step != step_id:
        mock.show()
        mock.rate(rating)
    return mock


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
    ids = path_of(BANK, started(live="bug").state)
    assert list(dict.fromkeys(map(stage_of, ids))) == list(STAGES)


def test_the_stages_share_all_the_minutes() -> None:
    for live in (False, True):
        assert sum(seconds_for(stage, 45, live) for stage in STAGES) == 45 * 60


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


STAGES_OF_A_CASE = ("events", "store", "reads", "scale", "failure", "wrap-up")


@pytest.mark.parametrize("case", BANK.cases, ids=lambda case: case.id)
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("rating", [1, 2, 3])
def test_a_follow_up_belongs_to_its_stage_and_fits_how_one_rated_oneself(
    case: Any, level: Any, rating: int
) -> None:
    wanted = {
        "junior": ["junior", "junior", "senior"],
        "mid": ["junior", "senior", "senior"],
        "senior": ["junior", "senior", "staff"],
        "staff": ["senior", "staff", "staff"],
    }[level][rating - 1]
    ranks = ["junior", "senior", "staff"]
    plan = Plan(level, case, BANK.questions[:3])
    rated = dict.fromkeys(STAGES_OF_A_CASE, rating)
    followed = [name for name in STAGES_OF_A_CASE if f"{name}-next" in step_ids(plan, rated)]
    assert len(followed) >= 2
    for name in STAGES_OF_A_CASE:
        own = [one for one in case.follow_ups if one.stage == name]
        off = {one.question: abs(ranks.index(one.level) - ranks.index(wanted)) for one in own}
        if name in followed:
            asked = step(f"{name}-next", plan, rated)
            assert off[asked.asks[0]] == min(off.values()) <= 1
            assert asked.topic == step(name, plan, rated).topic
        else:
            assert all(distance > 1 for distance in off.values()), "one would have fitted"
            with pytest.raises(es.InvalidInput, match="no follow-up"):
                step(f"{name}-next", plan, rated)


def test_the_case_and_the_notes_on_it_stay_on_the_board() -> None:
    mock = started()
    assert mock.view()["board"] == []
    come_to(mock, "clarify").note("Peak or mean?")
    assert mock.view()["board"] == []
    come_to(mock, "scale")
    case = next(one for one in BANK.cases if one.id == mock.state.case)
    assert [tuple(one.values()) for one in mock.view()["board"]] == [
        ("The case", case.prompt), ("Clarify", "Peak or mean?"),
    ]  # fmt: skip


# --- four deep -----------------------------------------------------------------------------------


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("minutes", [30, 45])
def test_one_of_the_warm_ups_is_a_thread(level: Any, minutes: int) -> None:
    state = started(level, minutes).state
    assert state.deep in state.warm_ups
    [thread] = [one for one in BANK.questions if one.id == state.deep]
    assert len(thread.follow_ups) == 4


def test_a_short_interview_has_no_thread() -> None:
    assert started(minutes=15).state.deep == ""


def of_the_thread(mock: Mock) -> list[str]:
    number = mock.state.warm_ups.index(mock.state.deep) + 1
    return [name for name in path_of(BANK, mock.state) if name.startswith(f"warm-up-{number}")]


@pytest.mark.parametrize("weak_at", [0, 1, 2, 3, 4, 5])
def test_a_thread_goes_one_deeper_until_an_answer_is_weak(weak_at: int) -> None:
    """At 0 it is the card itself: one more is asked. At 5 none is weak."""
    mock = started()
    thread = of_the_thread(mock)
    assert [name.partition("-next")[2] for name in thread[1:]] == ["", "-2", "-3", "-4"]
    asked = []
    for depth, name in enumerate(thread):
        if name not in path_of(BANK, mock.state):
            break
        come_to(mock, name)
        asked.append(mock.step.asks[-1])
        mock.show()
        mock.rate(1 if depth == weak_at else 3)
    [card] = [one for one in BANK.questions if one.id == mock.state.deep]
    questions = [card.question, *(one.question for one in card.follow_ups)]
    assert asked == questions[: weak_at + 1 if weak_at else 5]
    assert mock.state.step not in thread


def test_a_thread_says_which_answer_is_attacked() -> None:
    mock = started()
    thread = of_the_thread(mock)
    [card] = [one for one in BANK.questions if one.id == mock.state.deep]
    assert come_to(mock, thread[1]).step.asks == (card.follow_ups[0].question,)
    attacked, question = come_to(mock, thread[2]).step.asks
    assert card.follow_ups[0].answer in attacked
    assert question == card.follow_ups[1].question


def test_who_rates_anew_opens_another_way() -> None:
    mock = started()
    thread = of_the_thread(mock)
    come_to(mock, thread[1])
    mock.show()
    mock.rate(1)
    assert len(of_the_thread(mock)) == 2
    mock.go(-1)
    mock.rate(2)
    assert mock.state.step == thread[2]


def test_a_thread_says_the_answer_at_ones_level_and_what_would_lift_it() -> None:
    mock = started("senior")
    [card] = [one for one in BANK.questions if one.id == mock.state.deep]
    assert card.at_levels
    assert card.lifts
    come_to(mock, of_the_thread(mock)[0])
    blocks = {block.label: block.text for block in mock.step.answer}
    assert blocks["At senior level"] == card.at_levels.senior
    assert blocks["What would lift it"] == card.lifts.staff


def test_a_card_beside_the_thread_has_one_follow_up_that_says_what_it_attacks() -> None:
    deep = next(one for one in BANK.questions if len(one.follow_ups) == 4)
    questions = [one.question for one in deep.follow_ups]
    for rating, place in ((1, 0), (2, 1), (3, 3)):
        ratings = {"warm-up-1": rating}
        asked = step("warm-up-1-next", Plan("senior", BANK.cases[0], [deep]), ratings)
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


def test_nothing_can_be_read_before_the_clock_runs() -> None:
    mock = started()
    question = mock.step.asks[-1]
    assert question not in str(mock.view())
    mock.run(True)
    assert question in str(mock.view())
    mock.run(False, 5)
    assert mock.view()["asks"] == [question]


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


# --- red flags -----------------------------------------------------------------------------------


def flagged(note: str = "") -> Mock:
    """At the first card, turned, with what one wrote."""
    mock = started()
    mock.run(True)
    mock.note(note)
    mock.show()
    return mock


def test_the_red_flags_of_a_card_are_shown_with_the_nearest_sentence() -> None:
    assert started().view()["flags"] == [], "not before it is turned"
    flag = flagged().view()["flags"][0]["text"]
    view = flagged(f"First this. {flag} Then that.").view()
    question = view["asks"][-1]
    [card] = [one for one in BANK.questions if one.question == question]
    assert [one["text"] for one in view["flags"]] == list(card.red_flags)
    assert not any(one["owned"] for one in view["flags"]), "nobody is accused"


def test_a_red_flag_costs_a_mark_and_the_report_says_which_sentence() -> None:
    mock = started()
    mock.run(True)
    flag = warm_up_of(mock.state.step, plan_of(BANK, mock.state)).red_flags[0]
    mock.note(f"I know this one. {flag} That is all.")
    mock.show()
    said = nearest(flag, mock.state.notes[mock.state.step])
    mock.do({"flag": flag, "owned": True, "elapsed": 5})
    mock.rate(3)
    assert mock.state.counted["warm-up-1"] == 2
    assert mock.state.ratings["warm-up-1"] == 3
    walk(mock)
    [report] = interview.mocks()
    part = report.split("## Red flags")[1].split("## Work on")[0]
    assert said in flag
    assert flag in part
    assert f'You wrote "{plain(said)}"' in part
    assert "So strong counts as good." in part
    assert "(strong, counts as good)" in report.split("your notes")[1]


def test_a_red_flag_can_be_taken_back_and_is_recorded_once() -> None:
    mock = flagged()
    flag = mock.view()["flags"][0]["text"]
    for owned in (True, True, False, False):
        mock.do({"flag": flag, "owned": owned, "elapsed": 1})
    types = [event.type for event in journal.read_stream(mock.id)]
    assert types.count("RedFlagOwned") == 2
    mock.rate(3)
    assert mock.state.counted["warm-up-1"] == 3


def test_what_was_said_aloud_has_no_sentence() -> None:
    mock = flagged()
    mock.own(mock.view()["flags"][0]["text"])
    mock.rate(2)
    walk(mock)
    assert "You said it aloud" in interview.mocks()[0]


def test_another_cards_red_flag_is_refused() -> None:
    with pytest.raises(es.InvalidInput, match="flag"):
        flagged().own("Says nothing.")
    with pytest.raises(es.InvalidInput, match="turned"):
        started().own("Says nothing.")


# --- a live task ---------------------------------------------------------------------------------


def test_a_live_task_has_the_last_ten_minutes_of_the_same_clock() -> None:
    mock = started(live="bug")
    ids = path_of(BANK, mock.state)
    assert ids[-1 - len(DIMENSIONS)] == "live"
    assert seconds_for("live", 45, True) == 600
    assert "live" not in path_of(BANK, started().state)


def test_a_bug_is_found_at_the_desk_of_the_interview() -> None:
    mock = started(live="bug")
    [bug] = [one for one in BANK.bugs if one.id == mock.state.live]
    with pytest.raises(es.InvalidInput, match="end of an interview"):
        mock.do({"live": {"line": 1}, "elapsed": 1})
    come_to(mock, "live")
    mock.run(True)
    assert mock.view()["live"]["code"] == bug.code.rstrip("\n")
    wrong = next(line for line in range(1, 99) if line not in bug.faulty_lines)
    mock.do({"live": {"line": wrong}, "elapsed": 5})
    mock.do({"live": {"line": bug.faulty_lines[0]}, "elapsed": 65})
    tries = [event for event in journal.read_stream(mock.id) if event.type == "LiveTried"]
    assert [event.data["right"] for event in tries] == [False, True]
    assert mock.state.tried
    assert mock.state.spent["live"] == 65
    assert bug.id in interview.memories(), "it counts as a review"
    with pytest.raises(es.InvalidInput, match="line"):
        mock.attempt({"line": "x"})


def test_the_fault_of_a_live_task_is_marked_once_it_is_shown() -> None:
    mock = come_to(started(live="bug"), "live")
    [bug] = [one for one in BANK.bugs if one.id == mock.state.live]
    assert mock.view()["live"]["marked"] == []
    mock.show()
    assert mock.view()["live"]["marked"] == list(bug.faulty_lines)
    assert mock.state.tried is None


def test_a_build_is_judged_at_the_desk_of_the_interview(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    mock = come_to(started(live="build"), "live")
    with pytest.raises(es.InvalidInput, match="no file"):
        mock.attempt({"judge": True})
    (home / "store.py").write_text(WRONG["versions from 0"].source, encoding="utf-8")
    mock.attempt({"judge": True})
    view = mock.view()["live"]
    assert (view["right"], mock.state.tried) == (False, False)
    assert view["turns"] == ["client A: append +10 → version 0"]


def test_the_next_live_task_is_another_bug() -> None:
    assert started(live="bug").state.live != started(live="bug").state.live


@pytest.mark.parametrize(("live", "minutes"), [("bug", 29), ("riddle", 45), (True, 45)])
def test_a_live_task_must_be_one_and_have_its_time(live: Any, minutes: int) -> None:
    with pytest.raises(es.InvalidInput):
        interview.mock(minutes=minutes, live=live)


# --- what was said aloud -------------------------------------------------------------------------

WEBM = b"\x1aE\xdf\xa3" + bytes(20)


def test_a_recording_is_kept_beside_the_journal_if_one_asks(home: Path) -> None:
    mock = started()
    mock.do({"voice": b64encode(WEBM).decode(), "step": "warm-up-1", "elapsed": 9})
    [file] = (home / "recordings").iterdir()
    assert file.read_bytes() == WEBM
    assert mock.view()["kept"] == str(file)
    walk(mock)
    assert file.name in interview.mocks()[0]


@pytest.mark.parametrize("sound", ["", "PGh0bWw+", "not base64", None, 5])
def test_what_no_browser_records_is_refused(home: Path, sound: Any) -> None:
    with pytest.raises(es.InvalidInput, match="recording"):
        started().do({"voice": sound, "step": "warm-up-1", "elapsed": 9})
    assert not (home / "recordings").exists()


def test_a_recording_belongs_to_a_step(home: Path) -> None:
    with pytest.raises(es.InvalidInput, match="step"):
        started().keep_voice("../../x", WEBM)


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
    assert "Red flags" not in report
    for heading in ("Rubric", "Time", "Work on", "Compared with earlier ones", "your notes"):
        assert f"{heading}\n" in report
    assert report.count("| weak |") == len(DIMENSIONS)
    assert "> one \\*stream\\* an account" in report
    assert "This is your first one." in report
    for name in mock.state.warm_ups:
        question = next(one for one in BANK.questions if one.id == name)
        assert question.question in report


def test_the_times_of_the_report_add_up() -> None:
    mock = started()
    walk(mock)
    used = re.findall(r"^\| .* \| (\d+):(\d\d) \| [^|]+ \|$", interview.mocks()[0], re.MULTILINE)
    assert sum(60 * int(minutes) + int(seconds) for minutes, seconds in used) == mock.state.elapsed


def test_the_report_says_what_to_do_about_what_was_weak() -> None:
    case = BANK.cases[0]
    walk(started(case=case.id), rating=1)
    [report] = interview.mocks()
    work = report.split("## Work on")[1].split("## Compared")[0]
    assert case.rubric.depth.good in work
    calls = re.findall(r"^- `(es\.interview\.drill\(.*?\))` ", work, re.MULTILINE)
    assert 'es.interview.drill("projections")' in calls
    assert len(calls) == len(set(calls)), "each once, with all that was weak in it"


def test_the_report_names_the_cells_that_run_what_was_weak() -> None:
    shown = interview.shows()
    for rating in (3, 1):
        mock = started()
        walk(mock, rating)
        calls = re.findall(
            r'^- `es\.interview\.show\("(.*?)"\)` (.*)$', interview.mocks()[-1], re.M
        )
        weak = [name for name in mock.state.warm_ups if rating == 1 and name in shown]
        assert calls == [(name, shown[name]) for name in weak]
    assert calls, "one of the warm-ups can be run"


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
    asked = len(path_of(BANK, mock.state)) - len(DIMENSIONS)
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
