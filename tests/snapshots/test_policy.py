"""When a snapshot is taken: each policy, asked about a moment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.snapshots import Moment, every, never, older_than, on_load

HOUR = timedelta(hours=1)


def at(version: int, snapshot_version: int = 0, age: timedelta | None = None) -> Moment:
    return Moment(version, snapshot_version, age)


def test_every_n_waits_for_n_events_and_does_not_miss_when_more_come_at_once() -> None:
    due = every(10)
    assert [due(at(version)) for version in (9, 10, 11, 25)] == [False, True, True, True]
    assert [due(at(version, 25)) for version in (25, 34, 35)] == [False, False, True]


def test_on_load_wants_something_to_have_been_replayed() -> None:
    assert on_load()(at(1))
    assert on_load()(at(8, 7))
    assert not on_load()(at(7, 7))


def test_older_than_wants_age_and_new_events() -> None:
    due = older_than(HOUR)
    assert due(at(1))
    assert due(at(8, 7, HOUR))
    assert not due(at(8, 7, HOUR - timedelta(microseconds=1)))
    assert not due(at(7, 7, 100 * HOUR))
    assert not due(at(8, 7, -HOUR)), "a clock that was set back"


def test_never_is_never() -> None:
    assert not never()(at(10**9))


@pytest.mark.parametrize("n", [0, -5, True, 2.0, "10"])
def test_every_wants_a_whole_number_from_one(n: Any) -> None:
    with pytest.raises(es.InvalidInput, match=r"^n: must be a whole number from 1"):
        every(n)


@pytest.mark.parametrize("age", [-HOUR, 3600, None])
def test_an_age_is_a_timedelta(age: Any) -> None:
    with pytest.raises(es.InvalidInput, match=r"^age: must be a timedelta"):
        older_than(age)
