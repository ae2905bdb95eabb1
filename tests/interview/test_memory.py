"""What is remembered of cards: a fold over ratings, now and as it was."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.interview.memory import Rating, memories
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
