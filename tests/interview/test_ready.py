"""How ready one is: from nothing to everything, and what to do next."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from xml.etree import ElementTree

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import interview
from eventsourcing_kit.interview.corpus import TOPICS, load
from eventsourcing_kit.interview.ready import GOAL
from eventsourcing_kit.interview.room import begin
from eventsourcing_kit.interview.tracks import FILLS, TRACK
from tests.interview.conftest import MONDAY, Tell, rated
from tests.interview.test_room import walk

Today = Callable[[float], None]
pytestmark = pytest.mark.usefixtures("today")


def of(topic: str, **options: object) -> float:
    found = interview.readiness(**options)  # type: ignore[arg-type]
    return next(one.ready for one in found.topics if one.name == topic)


def know(happened: Tell, topic: str, days: float = 0) -> None:
    for card in interview.cards(topic):
        rated(happened, days, card.id, 4)


def test_who_has_done_nothing_is_not_ready() -> None:
    found = interview.readiness()
    assert found.ready == 0
    assert [topic.name for topic in found.topics] == list(TOPICS)


def test_drilled_cards_count_and_only_for_their_topic(happened: Tell) -> None:
    know(happened, "snapshots")
    assert of("snapshots") > 0.4
    assert of("store") == 0


def test_what_was_known_fades(happened: Tell, today: Today) -> None:
    know(happened, "snapshots")
    fresh = of("snapshots")
    today(200)
    assert of("snapshots") < fresh


def test_solved_exercises_count(happened: Tell) -> None:
    for exercise in es.exercises.chapter(7):
        stream = f"exercise-7-{exercise.name}"
        happened(-1, "ExerciseSolved", stream, chapter=7, exercise=exercise.name)
    assert of("snapshots") == pytest.approx(0.25)


def test_mock_interviews_count() -> None:
    walk(begin(load(), "senior", 45, None, True), rating=3)
    later = interview.readiness(at=MONDAY.replace(year=2100))
    assert sum(topic.mocks == 1 for topic in later.topics) >= 3


@pytest.mark.parametrize("kind", ["bug", "estimate"])
def test_a_bug_that_is_found_and_a_number_that_is_near_count(happened: Tell, kind: str) -> None:
    card = interview.cards(kind=kind)[0]
    types = {"bug": "BugSought", "estimate": "NumberEstimated"}
    happened(0, types[kind], f"card-{card.id}", card=card.id, right=True)
    found = {topic.name: topic.drills for topic in interview.readiness().topics}
    assert found[card.topic] > 0
    assert sum(found.values()) == found[card.topic]


def test_a_red_flag_lowers_what_an_interview_counts() -> None:
    mocks = []
    for owned in (False, True):
        mock = begin(load(), "senior", 45, None, True)
        mock.run(True)
        mock.show()
        if owned:
            mock.own(mock.view()["flags"][0]["text"])
        mock.rate(3)
        mocks.append(mock.state.counted["warm-up-1"])
    assert mocks == [3, 2]
    found = interview.readiness(at=MONDAY.replace(year=2100))
    assert sorted(topic.mocks for topic in found.topics)[-2:] == [0.5, 1]


def test_yesterday_can_be_asked_for(happened: Tell) -> None:
    know(happened, "snapshots", days=0)
    assert of("snapshots", at=MONDAY - timedelta(days=1)) == 0


def test_nobody_is_more_than_ready(happened: Tell) -> None:
    for topic in TOPICS:
        know(happened, topic)
    for chapter in es.exercises.chapters():
        for exercise in chapter:
            stream = f"exercise-{chapter.number}-{exercise.name}"
            data = {"chapter": chapter.number, "exercise": exercise.name}
            happened(-1, "ExerciseSolved", stream, **data)
    found = interview.readiness()
    assert 0.7 < found.ready <= 1
    assert all(0 <= topic.ready <= 1 for topic in found.topics)


# --- what next -----------------------------------------------------------------------------------


def test_who_begins_is_told_where() -> None:
    steps = interview.readiness(minutes=20).next
    new = min(10, len(interview.cards("concepts")))
    call = f'es.interview.drill("concepts", new={new})'
    assert steps[0].startswith(f"Events, rows and messages, {new} new cards: {call}")


def test_what_is_due_comes_first(happened: Tell, today: Today) -> None:
    know(happened, "snapshots")
    today(300)
    assert "due: es.interview.drill(new=0" in interview.readiness().next[0]


def test_an_unfinished_interview_is_finished(happened: Tell) -> None:
    begin(load(), "senior", 45, None, True)
    found = interview.readiness(at=MONDAY.replace(year=2100))
    assert found.next[0].startswith("Finish your mock interview")


def test_what_was_weak_in_the_last_interview_comes_before_new_topics() -> None:
    mock = begin(load(), "senior", 30, None, True)
    while not mock.state.finished:
        mock.show()
        mock.rate(1 if mock.step.id == "reads" else 3)
    steps = interview.readiness(minutes=20, at=MONDAY.replace(year=2100)).next
    assert steps[0].startswith("Projections and CQRS (weak in your last interview)")


def test_an_interview_fits_into_an_hour_but_not_into_a_quarter() -> None:
    assert any("mock" in step for step in interview.readiness(minutes=60).next)
    assert not any("mock" in step for step in interview.readiness(minutes=15).next)


def test_an_evening_has_cards_then_bugs_then_an_interview() -> None:
    steps = interview.readiness(minutes=60).next
    assert [step.split(":")[0] for step in steps[-2:]] == ["3 bugs to find", "A mock interview"]
    assert "new cards" in steps[0]


@pytest.mark.parametrize("minutes", [10, 60, 240])
def test_the_steps_fit_into_the_time(minutes: int) -> None:
    steps = interview.readiness(minutes=minutes).next
    planned = sum(int(re.findall(r"\((\d+) minutes\)", step)[-1]) for step in steps)
    assert 0 < planned <= minutes + len(steps), "each is rounded"


@pytest.mark.parametrize("minutes", [4, 20_000, "60", 7.5])
def test_minutes_must_be_minutes(minutes: object) -> None:
    with pytest.raises(es.InvalidInput):
        interview.readiness(minutes=minutes)  # type: ignore[arg-type]


def test_it_shows_itself_as_a_picture_with_words() -> None:
    found = interview.readiness()
    picture = found.picture()
    ElementTree.fromstring(picture.svg)
    assert all(name in picture.description for name in TOPICS.values())
    bundle = found._repr_mimebundle_()
    assert bundle["text/plain"] == repr(found)
    assert found.picture().description in bundle["text/html"], (
        "and the drawing on the page has them"
    )


def test_it_begins_with_what_to_do() -> None:
    found = interview.readiness()
    for shown in found._repr_mimebundle_().values():
        places = [unescape(shown).index(step.call) for step in found.plan]
        assert places == sorted(places)
        assert max(places) < unescape(shown).index(TOPICS["ledgers"])


def test_each_call_of_the_plan_can_be_copied_and_opens_something() -> None:
    found = interview.readiness()
    html = found._repr_mimebundle_()["text/html"]
    calls = re.findall(r'<code style="user-select:all">(.*?)</code>', html)
    assert [unescape(call) for call in calls] == [step.call for step in found.plan if step.call]
    for call in calls:
        eval(unescape(call), {"es": es})


def test_on_the_first_day_there_is_no_empty_chart(happened: Tell) -> None:
    first = interview.readiness()._repr_mimebundle_()["text/html"]
    assert "<details><summary>18 topics, and nothing counted yet" in first
    know(happened, "snapshots")
    later = interview.readiness()._repr_mimebundle_()["text/html"]
    assert "<details open>" in later


def test_a_track_is_as_full_as_its_topic_is_ready_and_the_goal_is_marked(happened: Tell) -> None:
    know(happened, "snapshots")
    found = interview.readiness()
    html = found._repr_mimebundle_()["text/html"]
    svg = ElementTree.fromstring(re.findall("<svg.*?</svg>", html, re.DOTALL)[0])
    rects = [one for one in svg.iter() if one.tag == "rect" and one.get("fill") == FILLS[0]]
    _, bar = rects  # the legend's, and the one topic's that has begun
    share = float(bar.get("width", "")) / TRACK
    [ready] = [topic.ready for topic in found.topics if topic.name == "snapshots"]
    assert share == pytest.approx(ready, abs=0.01)
    assert f"goal {GOAL:.0%}" in html


def test_the_tracks_on_the_page_have_its_colours() -> None:
    html = interview.readiness()._repr_mimebundle_()["text/html"]
    svg = ElementTree.fromstring(re.findall("<svg.*?</svg>", html, re.DOTALL)[0])
    assert {one.get("fill") for one in svg.iter() if one.tag == "text"} == {"currentColor"}
