"""What is remembered of cards: a fold over ratings, now and as it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit import journal
from eventsourcing_kit.interview.memory import (
    EVE,
    FAR,
    Memory,
    Rating,
    interview_day,
    memories,
    midnight,
    plan,
    retention,
)
from eventsourcing_kit.interview.memory import rated as after
from tests.interview.conftest import MONDAY, Tell, rated


def test_nothing_is_remembered_of_a_card_that_was_never_asked() -> None:
    assert memories() == {}


def test_a_better_rating_comes_back_later() -> None:
    intervals = [after(None, "c", rating, MONDAY).interval for rating in (1, 2, 3, 4)]
    assert intervals == sorted(intervals)
    assert intervals[0] < timedelta(minutes=10) < timedelta(days=1) < intervals[3]


def test_good_again_and_again_makes_the_interval_longer(happened: Tell) -> None:
    rated(happened, 0, "c", 4)
    first = memories()["c"]
    rated(happened, first.interval / timedelta(days=1), "c", 3)
    assert memories()["c"].interval > first.interval
    assert memories()["c"].ratings == 2


def test_a_card_that_is_forgotten_has_lapsed(happened: Tell) -> None:
    for day, rating in ((0, 4), (9, 1)):
        rated(happened, day, "c", rating)
    assert memories()["c"].lapses == 1


def test_a_first_again_is_no_lapse(happened: Tell) -> None:
    rated(happened, 0, "c", 1)
    assert memories()["c"].lapses == 0


def test_yesterdays_memory_can_be_replayed(happened: Tell) -> None:
    rated(happened, 0, "a", 3)
    yesterday = memories()
    rated(happened, 1, "a", 1)
    rated(happened, 1, "b", 3)
    assert memories(at=MONDAY + timedelta(hours=1)) == yesterday
    assert set(memories()) == {"a", "b"}


def test_a_time_needs_a_zone() -> None:
    with pytest.raises(es.InvalidInput):
        memories(at=MONDAY.replace(tzinfo=None))


def test_what_is_known_fades(happened: Tell) -> None:
    rated(happened, 0, "c", 3)
    card = memories()["c"]
    recalls = [card.recall(MONDAY + timedelta(days=days)) for days in (0, 1, 10, 100)]
    assert recalls == sorted(recalls, reverse=True)
    assert 0 < recalls[-1] < recalls[0] <= 1


@pytest.mark.parametrize("rating", [0, 5, "3", None, True, 2.0])
def test_lines_that_mean_nothing_are_left_out(happened: Tell, rating: object) -> None:
    rated(happened, 0, "c", rating)
    happened(0, "CardRated", "card-c", rating=3)
    happened(0, "CardLooked", "card-c", card="c", rating=3)
    assert memories() == {}


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1, 2, 3, 4])), max_size=12))
def test_the_same_ratings_give_the_same_dates(steps: list[tuple[int, Rating]]) -> None:
    def replay() -> list[datetime]:
        memory, time, found = None, MONDAY, []
        for days, rating in steps:
            time += timedelta(days=days)
            memory = after(memory, "c", rating, time)
            assert memory.due >= time
            found.append(memory.due)
        return found

    assert replay() == replay()


# --- towards the day of an interview -------------------------------------------------------------

STEPS = st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1, 2, 3, 4])), min_size=1)


def go_on(
    steps: list[tuple[int, Rating]], day: date | None, name: str = "c"
) -> list[tuple[datetime, Memory]]:
    """Each review of these (hours after the one before, and rating), and what it left."""
    memory, time, found = None, MONDAY, []
    for hours, rating in steps:
        time += timedelta(hours=hours)
        memory = after(memory, name, rating, time, day)
        found.append((time, memory))
    return found


@given(steps=STEPS, days=st.integers(1, 400), name=st.text(max_size=5))
def test_all_comes_back_before_the_day_begins(
    steps: list[tuple[int, Rating]], days: int, name: str
) -> None:
    day = (MONDAY + timedelta(days=days)).date()
    for time, memory in go_on(steps, day, name):
        if time < midnight(day):
            assert time < memory.due <= midnight(day)
            assert memory.interval <= midnight(day) - time


@given(steps=STEPS, days=st.integers(2, 400))
def test_nothing_comes_back_later_because_there_is_a_day(
    steps: list[tuple[int, Rating]], days: int
) -> None:
    day = (MONDAY + timedelta(days=days)).date()
    plain, planned = go_on(steps, None), go_on(steps, day)
    for (time, one), (_, towards) in zip(plain, planned, strict=True):
        if time < midnight(day):
            assert towards.due <= one.due


@given(st.integers(0, 3_000), st.integers(1, 3_000))
def test_the_nearer_the_day_the_surer(hours: int, more: int) -> None:
    near, far = (retention(timedelta(hours=one)) for one in (hours, hours + more))
    assert FAR < far < near <= EVE


def test_after_the_day_all_is_as_without_it(happened: Tell) -> None:
    happened(0, "InterviewDated", "interview-day", day="2025-03-10")
    rated(happened, 0, "c", 4)
    before, later = (memories(at=MONDAY + timedelta(days=days))["c"].due for days in (1, 8))
    assert before <= midnight(date(2025, 3, 10))
    assert later == after(None, "c", 4, MONDAY).due


def test_a_day_that_is_named_later_counts_for_what_was_rated_before(happened: Tell) -> None:
    for name in ("a", "b"):
        for days in (0, 20, 90):
            rated(happened, days, name, 4)
    assert memories(at=MONDAY + timedelta(days=91))["a"].due > MONDAY + timedelta(days=180)
    happened(92, "InterviewDated", "interview-day", day="2025-06-20")
    at = MONDAY + timedelta(days=93)
    assert all(one.due <= midnight(date(2025, 6, 20)) for one in memories(at).values())


def test_what_is_well_known_does_not_all_come_on_the_eve() -> None:
    day = (MONDAY + timedelta(days=60)).date()
    steps: list[tuple[int, Rating]] = [(0, 4), (8 * 24, 4), (20 * 24, 4)]
    dues = {go_on(steps, day, f"card-{number}")[-1][1].due.date() for number in range(60)}
    assert len(dues) >= 8


def test_the_last_day_that_was_named_counts(happened: Tell, today: Callable[[float], None]) -> None:
    for day in ("2025-03-20", "2025-04-01"):
        plan(day)
    plan(date(2025, 4, 1))  # once more, which is no news
    assert [one.data["day"] for one in journal.events()] == ["2025-03-20", "2025-04-01"]
    assert interview_day(journal.events(), MONDAY) == date(2025, 4, 1)
    today(40)
    assert interview_day(journal.events(), MONDAY + timedelta(days=40)) is None


@pytest.mark.parametrize("day", ["2025-03-03", "2020-01-01", "soon", 5, "", date(2025, 3, 1)])
def test_a_day_must_be_to_come(day: Any, today: Callable[[float], None]) -> None:
    with pytest.raises(es.InvalidInput, match="until"):
        es.interview.drill(until=day)
    assert journal.events() == []


@pytest.mark.parametrize("day", [None, 5, "soon"])
def test_a_day_that_somebody_else_wrote_is_none(happened: Tell, day: object) -> None:
    happened(0, "InterviewDated", "interview-day", day=day)
    assert interview_day(journal.events(), MONDAY) is None
