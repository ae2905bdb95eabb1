"""What counts as a review, and how well it went."""

from __future__ import annotations

import pytest

from eventsourcing_kit import journal
from eventsourcing_kit.histories import LAST_STAGE
from eventsourcing_kit.interview.memory import memories, practised
from eventsourcing_kit.interview.reviews import LIVE_BUILD, STAGES_OF_A_BUILD, reviews
from tests.interview.conftest import Tell, rated

BUG = "card-bug-1"
TASK = "exercise-7-keep"
OUTAGE = "incident-twice"


def found() -> list[tuple[str, int]]:
    return [(one.id, one.rating) for one in reviews(journal.events())]


def test_a_rating_is_a_review_of_its_card(happened: Tell) -> None:
    rated(happened, 0, "a", 4)
    [one] = reviews(journal.events())
    assert (one.id, one.rating, one.is_task, one.drilled) == ("a", 4, False, True)


@pytest.mark.parametrize(
    ("sought", "rating"), [([True], 3), ([False, True], 2), ([False, False, True], 2)]
)
def test_a_bug_is_good_at_the_first_line_and_hard_after_a_miss(
    happened: Tell, sought: list[bool], rating: int
) -> None:
    for line, right in enumerate(sought, 1):
        happened(0, "BugSought", BUG, card="bug-1", line=line, right=right)
    assert found() == [("bug-1", rating)]


def test_a_bug_that_is_given_up_for_now_is_no_review(happened: Tell) -> None:
    happened(0, "BugSought", BUG, card="bug-1", line=1, right=False)
    assert found() == []


def test_what_is_shown_comes_again(happened: Tell) -> None:
    happened(0, "BugShown", BUG, card="bug-1")
    happened(0, "StepShown", OUTAGE, incident="twice", step="repair")
    assert found() == [("bug-1", 1), (OUTAGE, 1)]


def test_a_miss_belongs_to_the_go_in_which_it_was(happened: Tell) -> None:
    for day, right in ((0, False), (0, True), (9, True)):
        happened(day, "BugSought", BUG, card="bug-1", line=1, right=right)
    assert found() == [("bug-1", 2), ("bug-1", 3)]


def test_a_number_is_near_enough_or_comes_again(happened: Tell) -> None:
    for right in (False, True):
        happened(0, "NumberEstimated", "card-n", card="n", said=1.0, right=right)
    assert found() == [("n", 1), ("n", 3)]


@pytest.mark.parametrize(("second", "rating"), [(True, 2), (False, 1)])
def test_a_second_go_at_a_number_ends_the_review(happened: Tell, second: bool, rating: int) -> None:
    number = {"card": "n", "said": 1.0}
    happened(0, "NumberEstimated", "card-n", right=False, go=1, **number)
    assert found() == [], "there is another go"
    happened(0, "NumberEstimated", "card-n", right=second, go=2, **number)
    assert found() == [("n", rating)]


@pytest.mark.parametrize(
    ("helped", "rating"), [([], 3), (["HintTaken"], 2), (["HintTaken", "SolutionShown"], 1)]
)
def test_an_exercise_counts_by_the_help_that_was_taken(
    happened: Tell, helped: list[str], rating: int
) -> None:
    for type_ in [*helped, "ExerciseSolved"]:
        happened(0, type_, TASK, chapter=7, exercise="keep", number=1)
    assert found() == [(TASK, rating)]


def test_an_incident_counts_by_its_repair_and_what_was_shown_before(happened: Tell) -> None:
    happened(0, "RepairTried", OUTAGE, incident="twice", right=True)
    happened(1, "RepairTried", OUTAGE, incident="twice", right=False)
    happened(1, "RepairTried", OUTAGE, incident="twice", right=True)
    happened(2, "StepShown", OUTAGE, incident="twice", step="find")
    happened(2, "RepairTried", OUTAGE, incident="twice", right=True)
    assert found() == [(OUTAGE, 3), (OUTAGE, 2), (OUTAGE, 1)]


def test_a_live_build_counts_by_its_stages_and_hints(happened: Tell) -> None:
    happened(0, "BuildFinished", "build-1", passed=LAST_STAGE)
    happened(1, "BuildHintTaken", "build-2", stage=1, mistake="FromZero")
    happened(1, "BuildFinished", "build-2", passed=LAST_STAGE)
    happened(2, "BuildFinished", "build-3", passed=2)
    assert found() == [(LIVE_BUILD, 3), (LIVE_BUILD, 2), (LIVE_BUILD, 1)]
    assert LAST_STAGE == STAGES_OF_A_BUILD


def test_a_task_is_no_card_and_does_not_come_back_within_the_day(happened: Tell) -> None:
    happened(0, "ExerciseSolved", TASK, chapter=7, exercise="keep")
    happened(0, "BugShown", BUG, card="bug-1")
    [task] = practised(journal.events()).values()
    [card] = memories().values()
    assert set(memories()) == {"bug-1"}
    assert min(task.interval.days, card.interval.days) >= 1


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("BugSought", {"card": "a", "right": "yes"}),
        ("NumberEstimated", {"right": True}),
        ("BuildFinished", {"elapsed": 60.0}),  # as it was written before it said how many
        ("ExerciseSolved", {"chapter": 7}),
        ("CardRated", {"card": "a", "rating": True}),
    ],
)
def test_what_cannot_be_read_is_no_review(
    happened: Tell, type_: str, data: dict[str, object]
) -> None:
    happened(0, type_, "card-a", **data)
    assert found() == []
