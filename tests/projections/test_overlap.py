"""Whatever overlaps, and whatever gets in the way, the live model has each event exactly once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import ProjectionFailed, ReadModelsFailed
from eventsourcing_kit.projections import (
    DEAD_LETTER,
    SKIP,
    OnFailure,
    Projection,
    ReadModels,
    SqlProjection,
)
from eventsourcing_kit.projections.builds import live_build, make_build
from eventsourcing_kit.projections.catching_up import catch_up
from eventsourcing_kit.projections.parked import listed, strike_off
from eventsourcing_kit.projections.projection import Model
from tests.projections.cases import BY_SQL, TABLES, add, balances, expected, put, shown


def together(*work: Callable[[], Any]) -> list[Any]:
    """All of these at once, each in a thread."""
    ready = threading.Barrier(len(work))

    def started(one: Callable[[], Any]) -> Any:
        ready.wait()
        return one()

    with ThreadPoolExecutor(len(work)) as pool:
        return list(pool.map(started, work))


@pytest.mark.parametrize("projection", [balances(), BY_SQL])
def test_two_rebuilds_at_once(store: Any, models: ReadModels, projection: Any) -> None:
    put(store, *range(60))
    models.catch_up(projection)
    told = together(*[lambda: models.rebuild(projection, batch=7)] * 3)
    assert [one.position for one in told] == [60] * 3
    assert shown(models, projection.name) == expected(store)
    assert len(models.sql("FROM builds")) == 1, "the others are gone"


def test_the_second_rebuild_waits_for_the_first(store: Any, models: ReadModels) -> None:
    put(store, 1, 2)
    inside, go_on = threading.Event(), threading.Event()
    at_work: list[str] = []

    def slow(model: Model, event: es.RecordedEvent) -> None:
        at_work.append(threading.current_thread().name)
        inside.set()
        assert go_on.wait(20)
        add(model, event)

    slowly = balances(handlers={"Moved": slow})
    first = threading.Thread(target=models.rebuild, args=[slowly], name="first")
    second = threading.Thread(target=models.rebuild, args=[slowly], name="second")
    first.start()
    assert inside.wait(20)
    second.start()
    models.catch_up(BY_SQL)  # others need not wait
    assert at_work == ["first"]
    go_on.set()
    first.join()
    second.join()
    assert at_work == ["first", "first", "second", "second"]
    assert shown(models) == expected(store)


def test_everything_at_once_by_two_objects_on_one_file(tmp_path: Path) -> None:
    """Appends, two followers, rebuilds, retries and effects; each event in the model once."""
    letters: list[int] = []
    parked = threading.Event()

    def moody(model: Model, event: es.RecordedEvent) -> None:
        add(model, event)
        if event.data["amount"] == 13 and not parked.is_set():
            parked.set()
            raise ValueError("thirteen")

    projection = balances(
        handlers={"Moved": moody},
        on_failure=DEAD_LETTER,
        effects={"Moved": lambda event: letters.append(event.position)},
    )
    with (
        es.open_store(tmp_path / "bank.duckdb") as any_store,
        es.open_store(tmp_path / "bank.duckdb") as same_store,
    ):
        store: Any = any_store
        one = ReadModels(store, tmp_path / "models.duckdb")
        two = ReadModels(same_store, tmp_path / "models.duckdb")

        def append() -> None:
            for n in range(60):
                put(store, n, stream_id=f"account-{n % 3}")

        with one, two, one.following(projection), two.following(projection):
            together(
                append,
                lambda: [one.rebuild(projection, batch=5) for _ in range(4)],
                lambda: [two.rebuild(projection, batch=3) for _ in range(4)],
                lambda: [two.retry_dead_letters(projection) for _ in range(9)],
                lambda: [one.catch_up(projection, batch=2) for _ in range(9)],
            )
            one.wait_until(projection, store.position(), timeout=120)
            one.retry_dead_letters(projection)
        assert letters == list(range(1, 61)), "effects in order, and once"
    with (
        es.open_store(tmp_path / "bank.duckdb") as again,
        ReadModels(again, tmp_path / "models.duckdb") as models,
    ):
        assert models.parked(projection) == []
        assert shown(models) == expected(again)


class TestWithoutALock:
    """The checkpoint moves only from where it was read, so nothing depends on locks alone."""

    @pytest.mark.parametrize("projection", [balances(), BY_SQL])
    def test_a_batch_cannot_be_applied_twice(self, store: Any, projection: Any) -> None:
        put(store, 1, 2, 3)
        with ReadModels(store) as models:
            file = models._file
            build = make_build(file, projection, live=True)
            for stale in (build, build):
                caught = catch_up(file, projection, stale, 3, 2, lambda moved: None)
            assert caught.failure is not None
            assert isinstance(caught.failure.error, ReadModelsFailed)
            assert shown(models, projection.name) == expected(store)

    def test_a_letter_cannot_be_handled_twice(self, store: Any, models: ReadModels) -> None:
        put(store, 1)

        def refuses(model: Model, event: es.RecordedEvent) -> None:
            raise ValueError("not yet")

        models.catch_up(balances(handlers={"Moved": refuses}, on_failure=DEAD_LETTER))
        build = live_build(models._file, "balances")
        assert build is not None
        [letter] = listed(models._file, build)
        models.retry_dead_letters(balances())
        with pytest.raises(ReadModelsFailed, match="by somebody else"):
            models._file.change(lambda model: strike_off(models._file, model, build, letter))


class TestConflicts:
    """Another transaction is in the way. That is no fault of the event."""

    @pytest.mark.parametrize("on_failure", list(OnFailure))
    def test_they_are_tried_again_and_spend_no_retry(
        self, store: Any, models: ReadModels, on_failure: OnFailure
    ) -> None:
        """A real one: the row that the handler changes is changed meanwhile."""
        meanwhile = [5, 7]

        def count(model: Model, event: es.RecordedEvent) -> None:
            model.execute("SELECT n FROM counted").fetchall()
            if meanwhile and event.position == 1:
                with store.cursor() as other:
                    [(where,)] = model.execute(
                        "SELECT current_database() || '.' || current_schema()"
                    ).fetchall()
                    other.execute(f"UPDATE {where}.counted SET n = n + {meanwhile.pop()}")
            model.execute("UPDATE counted SET n = n + 100")

        put(store, 1, 2, 3)
        tables = "CREATE TABLE counted AS SELECT 0 AS n"
        counting = Projection("counting", tables, {"Moved": count}, on_failure=on_failure)
        caught = models.catch_up(counting)["counting"]
        assert (caught.handled, caught.parked, caught.failure) == (3, 0, None)
        assert models.sql("FROM counting.counted")["n"].tolist() == [312]

    def test_one_that_does_not_end_is_named_and_sets_nothing_aside(
        self, store: Any, models: ReadModels
    ) -> None:
        def forge(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            model.execute(f"INSERT INTO {store.events_table} FROM {store.events_table}")

        put(store, 1)
        forging = balances(handlers={"Moved": forge}, on_failure=SKIP)
        caught = models.catch_up(forging)["balances"]
        assert caught.failure is not None
        assert isinstance(caught.failure.error, ReadModelsFailed)
        assert (caught.position, models.parked(forging), shown(models)) == (0, [], {})

    def test_a_handler_that_hides_an_error_does_not_pass(
        self, store: Any, models: ReadModels
    ) -> None:
        """The engine has given up the transaction, and nothing after that would be kept."""

        def hides(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            with suppress(duckdb.ConstraintException):
                model.execute("INSERT INTO accounts VALUES ('account-1', 0, 0)")

        put(store, 1, 2)
        caught = models.catch_up(balances(handlers={"Moved": hides}))["balances"]
        assert "one of its own statements had failed" in str(caught.failure)
        assert (caught.position, shown(models)) == (0, {})

    def test_of_a_rebuild_and_of_a_retry(self, store: Any, models: ReadModels) -> None:
        conflicts = iter([True, True, False, True, False, False])

        def disturbed(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            if next(conflicts, False):
                raise duckdb.TransactionException("conflict")

        def refuses(model: Model, event: es.RecordedEvent) -> None:
            raise ValueError("not yet")

        put(store, 1, 2)
        models.catch_up(balances(handlers={"Moved": refuses}, on_failure=DEAD_LETTER))
        assert models.retry_dead_letters(balances(handlers={"Moved": disturbed})).handled == 2
        assert shown(models) == expected(store)
        models.rebuild(balances(handlers={"Moved": disturbed}), batch=1)
        assert shown(models) == expected(store)


class TestGoingOn:
    """A rebuild that was killed goes on; with anything else than it had, it begins again."""

    def left(self, models: ReadModels, projection: Any) -> None:
        """What a rebuild leaves whose process is killed after two events."""
        file = models._file
        build = make_build(file, projection, live=False)
        catch_up(file, projection, build, 2, 1, lambda moved: None)

    @pytest.mark.parametrize("projection", [balances(), BY_SQL])
    def test_where_it_was(self, store: Any, models: ReadModels, projection: Any) -> None:
        put(store, 1, 2, 3)
        self.left(models, projection)
        assert models.rebuild(projection).handled == 1
        assert shown(models, projection.name) == expected(store)

    def test_not_with_another_handler(self, store: Any, models: ReadModels) -> None:
        def add_twice(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            add(model, event)

        put(store, 1, 2, 3)
        self.left(models, balances(handlers={"Moved": add_twice}))
        assert models.rebuild(balances()).handled == 3
        assert shown(models) == expected(store)

    @pytest.mark.parametrize(
        "other",
        [
            balances(version=2),
            balances(passes_over=[]),
            balances(handlers={"Opened": add}),
            Projection("balances", f"{TABLES};", {"Moved": add}),
            SqlProjection("balances", TABLES, BY_SQL.statement),
        ],
    )
    def test_not_with_another_projection(self, store: Any, models: ReadModels, other: Any) -> None:
        put(store, 1, 2, 3)
        self.left(models, other)
        assert models.rebuild(balances()).handled == 3

    def test_not_with_another_choice_for_what_was_set_aside(
        self, store: Any, models: ReadModels
    ) -> None:
        def refuses(model: Model, event: es.RecordedEvent) -> None:
            if event.position == 2:
                raise ValueError("two")
            add(model, event)

        put(store, 1, 2, 3)
        refusing = {"handlers": {"Moved": refuses}}
        self.left(models, balances(**refusing, on_failure=SKIP))
        with pytest.raises(ProjectionFailed, match="position 2"):
            models.rebuild(balances(**refusing))

    def test_not_with_a_handler_that_has_no_source(self, store: Any, models: ReadModels) -> None:
        names: dict[str, Any] = {"add": add}
        exec("def unseen(model, event): add(model, event)", names)
        unseen = balances(handlers={"Moved": names["unseen"]})
        put(store, 1, 2, 3)
        self.left(models, unseen)
        assert models.rebuild(unseen).handled == 3

    def test_not_after_it_was_stopped_from_within(self, store: Any, models: ReadModels) -> None:
        """By Ctrl-C, after which one mends what the fingerprint does not see."""
        stop = True

        def stopped(model: Model, event: es.RecordedEvent) -> None:
            add(model, event)
            if stop and event.position == 3:
                raise KeyboardInterrupt

        put(store, 1, 2, 3)
        with pytest.raises(KeyboardInterrupt):
            models.rebuild(balances(handlers={"Moved": stopped}), batch=1)
        stop = False
        assert models.rebuild(balances(handlers={"Moved": stopped})).handled == 3
        assert shown(models) == expected(store)


def test_what_is_caught_up_by_other_code_of_the_same_version_is_told(
    store: Any, models: ReadModels
) -> None:
    def other(model: Model, event: es.RecordedEvent) -> None:
        add(model, event)

    put(store, 1)
    assert not models.catch_up(balances())["balances"].code_changed
    put(store, 2)
    mended = balances(handlers={"Moved": other})
    assert models.catch_up(mended)["balances"].code_changed
    assert models.catch_up(mended)["balances"].code_changed, "until it is rebuilt"
    assert not models.rebuild(mended).code_changed
    assert not models.catch_up(mended, BY_SQL)["balances"].code_changed
