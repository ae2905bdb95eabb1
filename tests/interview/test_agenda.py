"""The list of what is due: by kind, with the call that opens each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import interview
from eventsourcing_kit.interview.deck import Block
from eventsourcing_kit.interview.session import Session
from tests.interview.conftest import Tell, rated

Today = Callable[[float], None]
pytestmark = pytest.mark.usefixtures("today")


def everything(happened: Tell) -> None:
    number = next(iter(interview.estimates()))
    bug = next(card.id for card in interview.cards(kind="bug"))
    for card in interview.cards("snapshots", kind="question"):
        rated(happened, 0, card.id, 3)
    happened(0, "BugShown", f"card-{bug}", card=bug)
    happened(0, "NumberEstimated", f"card-{number}", card=number, said=1.0, right=False)
    exercise = next(iter(es.exercises.chapter(7))).name
    data = {"chapter": 7, "exercise": exercise}
    happened(0, "ExerciseSolved", f"exercise-7-{exercise}", **data)
    happened(0, "StepShown", "incident-counted-twice", incident="counted-twice", step="repair")
    happened(0, "BuildFinished", "build-1", passed=2)


def test_who_has_done_nothing_has_nothing_due() -> None:
    found = interview.due()
    assert len(found) == 0
    assert "Nothing is due" in repr(found)
    assert "es.interview.drill(until=…)" in repr(found), "how the day is told"


def test_each_kind_comes_back_with_its_call(happened: Tell, today: Today) -> None:
    everything(happened)
    today(30)
    found = interview.due()
    assert [group.kind for group in found.groups] == [
        "Cards", "Bugs", "Numbers", "Exercises", "Incidents", "Live build",
    ]  # fmt: skip
    assert all(group.call or call for group in found.groups for _, call in group.items)


def test_each_call_opens_what_it_names(happened: Tell, today: Today) -> None:
    everything(happened)
    today(30)
    groups = interview.due().groups
    calls = [group.call for group in groups if group.call]
    calls += [call for group in groups if not group.call for _, call in group.items]
    opened = [eval(call, {"es": es}) for call in calls]
    cards = len(interview.cards("snapshots", kind="question"))
    assert repr(opened[0]).startswith(f"DrillDesk({cards} of {cards} cards left")
    kinds = ["DrillDesk", "BugDesk", "Guess", "Exercise", "IncidentDesk", "BuildDesk"]
    assert [type(one).__name__ for one in opened] == kinds


def test_nothing_is_due_before_its_time(happened: Tell, today: Today) -> None:
    happened(0, "BuildFinished", "build-1", passed=5)
    today(1)
    assert len(interview.due()) == 0
    today(5)
    assert [group.kind for group in interview.due().groups] == ["Live build"]


def test_many_cards_are_counted_and_a_few_named(happened: Tell, today: Today) -> None:
    for card in interview.cards("store", kind="question"):
        rated(happened, 0, card.id, 3)
    today(30)
    [group] = interview.due().groups
    lines = "\n".join(group.lines())
    assert lines.startswith(f"**Cards: {len(group.items)}** `es.interview.drill(")
    assert f"and {len(group.items) - 5} more" in lines


def test_it_says_how_far_the_interview_is(today: Today) -> None:
    assert interview.drill(until="2025-03-10").title == "Drill: all topics, for 2025-03-10"
    assert interview.drill("store").title.endswith(", for 2025-03-10"), "it is kept"
    assert "Your interview: 2025-03-10, in 7 days." in repr(interview.due())
    today(6)
    assert "in 1 day." in interview.due()._repr_markdown_()


def test_what_has_gone_from_the_course_is_not_due(happened: Tell, today: Today) -> None:
    rated(happened, 0, "a-card-that-was", 3)
    happened(0, "ExerciseSolved", "exercise-7-that_was", chapter=7, exercise="that_was")
    happened(0, "ExerciseSolved", "exercise-99-x", chapter=99, exercise="x")
    today(30)
    assert len(interview.due()) == 0


def test_a_card_that_was_rewritten_keeps_its_schedule(happened: Tell, today: Today) -> None:
    """What you know is kept by the card's id, not by what stands on it."""
    card = interview.cards("store")[0]
    rated(happened, 0, card.id, 4)
    before = interview.memories()[card.id]
    rewritten = replace(card, front=(Block(text="Put otherwise?"),), topic="order", level="staff")
    today(0.5)
    assert Session([rewritten], new=0).card is None
    today(before.interval.days + 1)
    asked = Session([rewritten], new=0).card
    assert asked is not None
    assert asked.front[0].text == "Put otherwise?"
