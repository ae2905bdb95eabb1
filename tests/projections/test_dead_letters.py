"""A parked event holds back the later ones of its stream; after a retry nothing is amiss."""

from __future__ import annotations

from typing import Any

import duckdb
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import eventsourcing_kit as es
from eventsourcing_kit.projections import (
    DEAD_LETTER,
    DEAD_LETTER_ALONE,
    STOP,
    OnFailure,
    Projection,
    ReadModels,
)
from eventsourcing_kit.projections.parked import WAITS
from eventsourcing_kit.projections.projection import Model
from tests.projections.cases import moved, put
from tests.upcasting.cases import old, old_bank

TRAILS = "CREATE TABLE trails (stream VARCHAR PRIMARY KEY, trail VARCHAR)"


def follow(model: Model, event: es.RecordedEvent) -> None:
    """In order, and not idempotent: whatever is late, missing or twice shows."""
    model.execute(
        "INSERT INTO trails VALUES (?, ?) "
        "ON CONFLICT DO UPDATE SET trail = trail || excluded.trail",
        [event.stream_id, f"{event.position} "],
    )


class Refusing:
    """A handler of trails that refuses some positions, until it is mended."""

    def __init__(self, *positions: int) -> None:
        self.positions = set(positions)

    def __call__(self, model: Model, event: es.RecordedEvent) -> None:
        follow(model, event)
        if event.position in self.positions:
            raise ValueError(f"not {event.position}")


def trails(handler: Any, on_failure: OnFailure = DEAD_LETTER, **options: Any) -> Projection:
    return Projection("trails", TRAILS, {"Moved": handler}, on_failure=on_failure, **options)


def seen(models: ReadModels) -> dict[str, str]:
    rows = models.sql("FROM trails.trails").itertuples(index=False)
    return {stream: trail.strip() for stream, trail in rows}


def put_in(store: Any, streams: str) -> None:
    """An event for each letter, in the stream of that name."""
    for letter in streams:
        put(store, 1, stream_id=f"account-{letter}")


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_later_events_of_the_stream_wait_and_other_streams_go_on(
    store: Any, models: ReadModels, batch: int
) -> None:
    put_in(store, "aabaab")
    caught = models.catch_up(trails(Refusing(2)), batch=batch)["trails"]
    assert (caught.position, caught.handled, caught.parked, caught.failure) == (6, 3, 3, None)
    assert seen(models) == {"account-a": "1", "account-b": "3 6"}
    aside = models.parked(trails(follow))
    assert [(one.position, one.problem) for one in aside] == [
        (2, "ValueError: not 2"),
        (4, WAITS),
        (5, WAITS),
    ]


def test_they_wait_in_later_calls_too_whatever_is_chosen_then(
    store: Any, models: ReadModels
) -> None:
    put_in(store, "ab")
    models.catch_up(trails(Refusing(1)))
    put_in(store, "ab")
    models.catch_up(trails(follow, STOP))
    assert seen(models) == {"account-b": "2 4"}
    assert models.retry_dead_letters(trails(follow, STOP)).handled == 2
    put_in(store, "a")
    models.catch_up(trails(follow))
    assert seen(models) == {"account-a": "1 3 5", "account-b": "2 4"}


def test_events_that_matter_to_no_handler_do_not_wait(store: Any, models: ReadModels) -> None:
    put_in(store, "a")
    store.append("account-a", [es.NewEvent("Renamed", {})], es.ANY)
    caught = models.catch_up(trails(Refusing(1)))["trails"]
    assert (caught.position, caught.parked) == (2, 1)


def test_they_can_be_let_past(store: Any, models: ReadModels) -> None:
    put_in(store, "aaa")
    models.catch_up(trails(Refusing(2), DEAD_LETTER_ALONE))
    assert seen(models) == {"account-a": "1 3"}
    models.retry_dead_letters(trails(follow, DEAD_LETTER_ALONE))
    assert seen(models) == {"account-a": "1 3 2"}


def test_a_letter_that_fails_again_holds_its_stream_alone(store: Any, models: ReadModels) -> None:
    put_in(store, "abababc")
    models.catch_up(trails(Refusing(1, 2)))
    again = models.retry_dead_letters(trails(Refusing(3)))
    assert again.failure is not None
    assert (again.handled, again.failure.position) == (4, 3)
    assert seen(models) == {"account-a": "1", "account-b": "2 4 6", "account-c": "7"}
    aside = models.parked(trails(follow))
    assert [(one.position, one.problem) for one in aside] == [(3, "ValueError: not 3"), (5, WAITS)]
    assert models.retry_dead_letters(trails(follow)).failure is None
    assert seen(models)["account-a"] == "1 3 5"


@settings(max_examples=60)
@given(
    streams=st.text("abc", min_size=1, max_size=14),
    refused=st.sets(st.integers(1, 14)),
    refused_again=st.sets(st.integers(1, 14)),
    batch=st.integers(1, 5),
    retries=st.integers(0, 1),
)
def test_after_a_retry_it_is_as_after_a_rebuild(
    streams: str, refused: set[int], refused_again: set[int], batch: int, retries: int
) -> None:
    """Whatever fails, and however often it is retried before the handler is mended."""
    half = len(streams) // 2
    with es.open_store(":memory:") as store, ReadModels(store) as models:
        for part in (streams[:half], streams[half:]):
            put_in(store, part)
            models.catch_up(trails(Refusing(*refused), retries=retries), batch=batch)
        models.retry_dead_letters(trails(Refusing(*refused_again)))
        in_between = seen(models)
        assert models.retry_dead_letters(trails(follow)).failure is None
        assert models.parked(trails(follow)) == []
        retried = seen(models)
        models.rebuild(trails(follow))
        assert retried == seen(models)
    for stream, trail in in_between.items():
        assert retried[stream].startswith(trail), "a stream never runs ahead of its parked event"


@pytest.mark.parametrize("batch", [1, 100])
def test_an_event_that_was_split_waits_and_is_retried_as_one(batch: int) -> None:
    broken = True

    def moody(model: Model, event: es.RecordedEvent) -> None:
        follow(model, event)
        if broken and event.type == "FeeCharged":
            raise ValueError("no fees today")

    projection = Projection(
        "trails", TRAILS, dict.fromkeys(es.banking.SIGNS, moody), on_failure=DEAD_LETTER
    )
    paid_in = old("CashPaidIn", {"cents": 500, "fee": 5, "till": "Till 1"})
    taken = old("MoneyWithdrawn", {"amount": 1, "currency": "EUR"})
    with old_bank() as store, ReadModels(store) as models:
        store.append("account-1", [taken, paid_in, taken.__class__(taken.type, taken.data)], 0)
        models.catch_up(projection, batch=batch)
        assert seen(models) == {"account-1": "1"}
        assert [(one.position, one.type) for one in models.parked(projection)] == [
            (2, "FeeCharged"),
            (3, "MoneyWithdrawn"),
        ]
        broken = False
        assert models.retry_dead_letters(projection).handled == 2
        assert seen(models) == {"account-1": "1 2 2 3"}, "both parts of it, and what came behind"
        models.rebuild(projection)
        assert seen(models) == {"account-1": "1 2 2 3"}


def test_what_the_engine_refuses_is_no_dead_letter(store: Any, models: ReadModels) -> None:
    """A fault of the machine would park everything that comes."""

    def full(model: Model, event: es.RecordedEvent) -> None:
        follow(model, event)
        raise duckdb.OutOfMemoryException("no memory left")

    put_in(store, "ab")
    caught = models.catch_up(trails(full, retries=3))["trails"]
    assert caught.failure is not None
    assert "SKIP" not in str(caught.failure)
    assert (caught.position, models.parked(trails(full))) == (0, [])
    models.catch_up(trails(follow))
    assert seen(models) == {"account-a": "1", "account-b": "2"}


def test_an_event_that_cannot_be_read_stops_its_projection_alone(tmp_path: Any) -> None:
    with es.open_store(tmp_path / "bank.duckdb") as plain:
        put(plain, 1, 2)
        plain.append("account-9", [old("MoneyDeposited", {"amount": 1}, 99), moved(3)], 0)
    with old_bank(tmp_path / "bank.duckdb") as store, ReadModels(store) as models:
        caught = models.catch_up(trails(follow), Projection("other", TRAILS, {"Moved": follow}))
        for one in caught.values():
            assert isinstance(one.failure, es.errors.ProjectionFailed)
            assert isinstance(one.failure.error, es.UnknownSchemaVersion)
            assert (one.position, one.failure.position, one.handled) == (2, 3, 2)
