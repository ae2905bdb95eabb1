"""Read models follow the events: each exactly once, past failures, and through rebuilds."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

import eventsourcing_kit as es
from eventsourcing_kit.errors import ProjectionFailed, ProjectionOutdated, ProjectionTimeout
from eventsourcing_kit.projections import (
    DEAD_LETTER_ALONE,
    SKIP,
    Projection,
    ReadModels,
    SqlProjection,
)
from eventsourcing_kit.projections.projection import Model
from tests.projections.cases import ADD, BY_SQL, TABLES, add, balances, expected, put, shown

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)


class TestCatchingUp:
    def test_it_goes_from_where_it_was(self, store: es.EventStore, models: ReadModels) -> None:
        put(store, 100, -30)
        first = models.catch_up(balances())["balances"]
        assert (first.position, first.handled, first.failure) == (2, 2, None)
        assert models.catch_up(balances())["balances"].handled == 0
        put(store, 5)
        assert models.catch_up(balances())["balances"].handled == 1
        assert shown(models) == {"account-1": (75, 3)}

    def test_an_empty_store_makes_an_empty_read_model(self, models: ReadModels) -> None:
        models.catch_up(balances(), BY_SQL)
        assert shown(models) == shown(models, "by_sql") == {}

    def test_types_without_a_handler_are_passed_over(
        self, store: es.EventStore, models: ReadModels
    ) -> None:
        store.append("account-1", [es.NewEvent("Opened", {})], 0)
        put(store, 7)
        caught = models.catch_up(balances())["balances"]
        assert (caught.position, caught.handled) == (2, 1)

    def test_unless_it_is_said_which(self, store: es.EventStore, models: ReadModels) -> None:
        store.append("account-1", [es.NewEvent("Opened", {}), es.NewEvent("Stolen", {})], 0)
        caught = models.catch_up(balances(passes_over=["Opened"]))["balances"]
        assert caught.position == 1
        assert isinstance(caught.failure, ProjectionFailed)
        assert isinstance(caught.failure.error, es.UnknownEventType)
        assert "Stolen" in str(caught.failure)

    @given(
        st.lists(st.tuples(st.integers(1, 3), st.integers(-9, 9)), max_size=12), st.integers(1, 5)
    )
    def test_handlers_and_sql_agree_whatever_the_batches(
        self, moves: list[tuple[int, int]], batch: int
    ) -> None:
        with es.open_store(":memory:") as any_store:
            store: Any = any_store
            with ReadModels(store) as models:
                for half in (moves[: len(moves) // 2], moves[len(moves) // 2 :]):
                    for number, amount in half:
                        put(store, amount, stream_id=f"account-{number}")
                    models.catch_up(balances(), BY_SQL, batch=batch)
                assert shown(models) == shown(models, "by_sql") == expected(store)

    def test_files_last(self, tmp_path: Path) -> None:
        for total in (3, 6):
            with es.open_store(tmp_path / "bank.duckdb") as any_store:
                store: Any = any_store
                put(store, 3)
                with ReadModels(store, tmp_path / "models.duckdb") as models:
                    models.catch_up(balances())
                    assert shown(models)["account-1"][0] == total

    def test_the_file_can_be_deleted_and_built_again(self, tmp_path: Path, store: Any) -> None:
        put(store, 1, 2, 3)
        path = tmp_path / "models.duckdb"
        for _ in range(2):
            with ReadModels(store, path) as models:
                models.catch_up(balances())
                assert shown(models) == expected(store)
            path.unlink()

    def test_what_readers_ask_changes_nothing(self, store: Any, models: ReadModels) -> None:
        put(store, 1)
        models.catch_up(balances())
        for query in ("SELECT 1; SELECT 2", "", "DELETE FROM balances.accounts", "BEGIN"):
            with pytest.raises(es.InvalidInput, match="query"):
                models.sql(query)
        for query in ("SET GLOBAL threads = 1", "ATTACH ':memory:' AS mine", "CHECKPOINT"):
            with pytest.raises(es.InvalidInput, match="query"):
                models.sql(query)
        with pytest.raises(es.InvalidInput, match="query"):
            models.sql("EXPLAIN ANALYZE DELETE FROM balances.accounts")
        assert len(models.sql("DESCRIBE balances.accounts")) == 3
        assert shown(models) == expected(store)

    def test_a_handler_cannot_write_the_events(self, store: Any, models: ReadModels) -> None:
        """A transaction writes to one database: the read models'."""

        def forge(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            model.execute(f"INSERT INTO {store.events_table} SELECT * FROM {store.events_table}")

        put(store, 1)
        caught = models.catch_up(Projection("forger", TABLES, {"Moved": forge}))["forger"]
        assert caught.failure is not None
        assert store.position() == 1


class TestFailures:
    """One that fails names its event and stops alone; what becomes of the event is a choice."""

    @staticmethod
    def refuses(model: Model, event: es.RecordedEvent) -> None:
        model.execute(ADD, [event.stream_id, event.data["amount"]])
        if event.data["amount"] == 13:
            raise ValueError("thirteen")

    def failing(self, **options: Any) -> Projection:
        return Projection("failing", TABLES, {"Moved": self.refuses}, **options)

    def test_it_stops_at_the_event_and_the_others_go_on(
        self, store: es.EventStore, models: ReadModels
    ) -> None:
        put(store, 1, 2, 13, 4)
        caught = models.catch_up(self.failing(), balances())
        failure = caught["failing"].failure
        assert failure is not None
        assert (failure.position, failure.type, failure.stream_id) == (3, "Moved", "account-1")
        assert "ValueError: thirteen" in str(failure)
        assert shown(models, "failing") == {"account-1": (3, 2)}, "what came before it is kept"
        assert shown(models) == expected(store)
        assert models.catch_up(self.failing())["failing"].failure is not None, "it tries again"

    def test_it_goes_on_once_the_handler_is_mended(
        self, store: es.EventStore, models: ReadModels
    ) -> None:
        put(store, 1, 13, 4)
        models.catch_up(self.failing())
        mended = Projection("failing", TABLES, {"Moved": add})
        assert models.catch_up(mended)["failing"].failure is None
        assert shown(models, "failing") == expected(store)

    @pytest.mark.parametrize("batch", [1, 2, 3, 100])
    @pytest.mark.parametrize("choice", [SKIP, DEAD_LETTER_ALONE])
    def test_it_can_go_on_without_the_event(
        self, store: es.EventStore, models: ReadModels, choice: Any, batch: int
    ) -> None:
        put(store, 13, 1, 13, 4, 13)
        failing = self.failing(on_failure=choice)
        caught = models.catch_up(failing, batch=batch)["failing"]
        assert (caught.handled, caught.parked, caught.failure) == (2, 3, None)
        assert shown(models, "failing") == expected(store, without=[1, 3, 5])
        aside = models.parked(failing)
        assert [one.position for one in aside] == [1, 3, 5]
        assert {one.choice for one in aside} == {choice.value}
        assert {one.problem for one in aside} == {"ValueError: thirteen"}

    def test_what_was_skipped_is_never_retried(
        self, store: es.EventStore, models: ReadModels
    ) -> None:
        put(store, 1, 13, 4)
        models.catch_up(self.failing(on_failure=SKIP))
        mended = Projection("failing", TABLES, {"Moved": add})
        assert models.retry_dead_letters(mended).handled == 0
        assert [one.position for one in models.parked(mended)] == [2]

    def test_a_retry_helps_where_the_failure_passes(
        self, store: es.EventStore, models: ReadModels
    ) -> None:
        tries = iter([False, False, True])

        def flaky(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            if event.data["amount"] == 13 and not next(tries):
                raise OSError("away for a moment")

        put(store, 1, 13, 4)
        patient = Projection("flaky", TABLES, {"Moved": flaky}, retries=2)
        assert models.catch_up(patient)["flaky"].failure is None
        assert shown(models, "flaky") == expected(store)

    def test_a_statement_that_fails_keeps_the_batches_before(
        self, store: es.EventStore, models: ReadModels
    ) -> None:
        put(store, 1, 2, 13, 4)
        sql = BY_SQL.statement.replace("data.amount::BIGINT", "ln(14 - data.amount::BIGINT)")
        put(store, 14)
        fails = SqlProjection("fails", TABLES, sql)
        failure = models.catch_up(fails, batch=2)["fails"].failure
        assert failure is not None
        assert "'fails' failed at position 5" in str(failure)
        assert models.checkpoint(fails) == 4

    @given(st.lists(st.booleans(), min_size=1, max_size=15), st.integers(1, 4), st.integers(0, 1))
    def test_handlers_that_raise_at_random_lose_nothing(
        self, fails: list[bool], batch: int, retries: int
    ) -> None:
        """Each event is in the read model once, or named among those set aside."""
        script = iter(fails * 50)

        def moody(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            if next(script, False):
                raise RuntimeError("not today")

        with es.open_store(":memory:") as any_store:
            store: Any = any_store
            put(store, *range(1, len(fails) + 1))
            projection = Projection(
                "moody", TABLES, {"Moved": moody}, on_failure=SKIP, retries=retries
            )
            with ReadModels(store) as models:
                caught = models.catch_up(projection, batch=batch)["moody"]
                aside = [one.position for one in models.parked(projection)]
                assert caught.handled + len(aside) == len(fails)
                assert shown(models, "moody") == expected(store, without=aside)


class TestLag:
    def test_it_counts_positions_and_seconds(self) -> None:
        now = [NOON]
        with es.open_store(":memory:", clock=lambda: now[0]) as any_store:
            store: Any = any_store
            with ReadModels(store, clock=lambda: now[0]) as models:
                put(store, 1)
                models.catch_up(balances())
                assert models.lag(balances()) == es.projections.Lag(0, 0.0)
                put(store, 2)
                now[0] += timedelta(seconds=30)
                put(store, 3, 4)
                assert models.lag(balances()) == es.projections.Lag(3, 30.0)

    def test_waiting_ends(self, store: Any, models: ReadModels) -> None:
        put(store, 1)
        with pytest.raises(ProjectionTimeout, match="at position 0 after"):
            models.wait_until(balances(), 1, timeout=0.05)


class TestRebuilding:
    def test_it_is_made_again_from_nothing(self, store: Any, models: ReadModels) -> None:
        put(store, 1, 2)
        models.catch_up(balances())

        def add_twice(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            add(model, event)

        twice = Projection("balances", TABLES, {"Moved": add_twice}, version=2)
        with pytest.raises(ProjectionOutdated, match="version 2, its read model was made by"):
            models.catch_up(twice)
        assert models.rebuild(twice).handled == 2
        assert shown(models) == {"account-1": (6, 4)}
        assert models.catch_up(twice)["balances"].handled == 0

    def test_tables_can_change_with_it(self, store: Any, models: ReadModels) -> None:
        put(store, 1, 2)
        models.catch_up(balances())
        other = SqlProjection(
            "balances",
            "CREATE TABLE totals AS SELECT 0 AS n",
            "INSERT INTO totals FROM (SELECT count(*) FROM batch)",
            version=2,
        )
        models.rebuild(other)
        assert models.sql("SELECT max(n) AS n FROM balances.totals")["n"].tolist() == [2]
        with pytest.raises(es.InvalidInput, match="does not exist"):
            models.sql("SELECT * FROM balances.accounts")

    def test_a_failed_rebuild_swaps_nothing_and_the_next_begins_at_the_first_event(
        self, store: Any, models: ReadModels
    ) -> None:
        put(store, 1, 2, 13)
        models.catch_up(balances())

        def wrong(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            add(model, event)
            if event.data["amount"] == 13:
                raise ValueError("thirteen")

        with pytest.raises(ProjectionFailed, match="position 3"):
            models.rebuild(Projection("balances", TABLES, {"Moved": wrong}), batch=1)
        assert shown(models) == expected(store)
        assert models.rebuild(balances()).handled == 3
        assert shown(models) == expected(store)

    def test_readers_read_all_the_while_and_never_less(
        self, store: Any, models: ReadModels
    ) -> None:
        put(store, *[1] * 300)
        models.catch_up(balances())
        seen: list[int] = []
        ended = threading.Event()

        def read() -> None:
            while not ended.is_set():
                seen.append(shown(models)["account-1"][1])

        def write() -> None:
            while not ended.is_set():
                put(store, 1)
                models.catch_up(balances())

        threads = [threading.Thread(target=target) for target in (read, read, write)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(3):
                models.rebuild(balances(), batch=50)
        finally:
            ended.set()
            for thread in threads:
                thread.join()
        assert len(seen) > 20
        assert min(seen) >= 300
        models.catch_up(balances())
        assert shown(models) == expected(store)


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("name", {"name": "Balances"}),
        ("name", {"name": "a; DROP TABLE builds"}),
        ("name", {"name": "balances_2"}),
        ("name", {"name": "main"}),
        ("tables", {"tables": None}),
        ("handlers", {"handlers": {"Moved": "add"}}),
        ("effects", {"effects": {"Moved": 7}}),
        ("version", {"version": 0}),
        ("retries", {"retries": -1}),
        ("effects_after", {"effects_after": 1.5}),
        ("on_failure", {"on_failure": "skip"}),
    ],
)
def test_a_projection_that_makes_no_sense_is_refused(field: str, options: dict[str, Any]) -> None:
    with pytest.raises(es.InvalidInput, match=field):
        Projection(**{"name": "balances", "tables": TABLES, "handlers": {"Moved": add}, **options})


def test_what_is_no_projection_is_refused(models: ReadModels) -> None:
    with pytest.raises(es.InvalidInput, match="must be a Projection, not a str"):
        models.catch_up("balances")  # type: ignore[arg-type]
    with pytest.raises(es.InvalidInput, match="batch"):
        models.catch_up(balances(), batch=0)
    with pytest.raises(es.InvalidInput, match="two of the name 'balances'"):
        models.catch_up(balances(), balances())
    with pytest.raises(es.InvalidInput, match="dead letters"):
        models.retry_dead_letters(BY_SQL)  # type: ignore[arg-type]
    for timeout in (-1, float("nan"), "5", None, True):
        with pytest.raises(es.InvalidInput, match="timeout"):
            models.wait_until(balances(), 0, timeout)  # type: ignore[arg-type]


def test_tables_that_are_no_sql_are_refused(store: Any, models: ReadModels) -> None:
    for tables in ("CREATE TABEL t (n INTEGER)", "CREATE TABLE t AS FROM nowhere"):
        with pytest.raises(es.InvalidInput, match="tables"):
            models.catch_up(Projection("broken", tables, {"Moved": add}))
    assert models.sql("SELECT * FROM builds").empty
