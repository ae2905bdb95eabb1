"""A store that was restored, or is another one: read models and effects do not follow it unseen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import hafenbank
from eventsourcing_kit.errors import OtherHistory
from eventsourcing_kit.projections import DEAD_LETTER, Projection, ReadModels
from tests.projections.cases import BY_SQL, TABLES, add, balances, expected, put, shown
from tests.upcasting.cases import old, old_bank


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models.duckdb"


@pytest.mark.parametrize("later", [0, 1, 2, 5])
@pytest.mark.parametrize("projection", [balances(), BY_SQL])
def test_after_a_restore_it_is_named_until_it_is_rebuilt(
    path: Path, projection: Any, later: int
) -> None:
    """Three events and two more; then the first three, and as many others as `later` says."""
    history = [es.NewEvent("Moved", {"amount": amount}) for amount in (1, 2, 3)]
    with es.open_store(":memory:") as before, ReadModels(before, path) as models:
        before.append("account-1", history, 0)
        put(before, 4, 5)
        models.catch_up(projection)
    with es.open_store(":memory:") as any_store, ReadModels(any_store, path) as models:
        store: Any = any_store
        store.append("account-1", history, 0)
        for amount in range(later):
            put(store, 1000 + amount, stream_id="account-2")
        for call in (
            lambda: models.catch_up(projection),
            lambda: models.lag(projection),
            lambda: models.wait_until(projection, 5),
            lambda: models.wait_until(projection, 9, timeout=0),
        ):
            with pytest.raises(OtherHistory, match="Call rebuild"):
                call()
        models.rebuild(projection)
        assert shown(models, projection.name) == expected(store)
        put(store, 7)
        models.catch_up(projection)
        assert shown(models, projection.name) == expected(store)
        assert models.lag(projection).positions == 0


def test_a_restore_behind_the_checkpoint_is_none_of_its_business(path: Path) -> None:
    history = [es.NewEvent("Moved", {"amount": amount}) for amount in (1, 2, 3)]
    for events in (history[:2], history):
        with es.open_store(":memory:") as store, ReadModels(store, path) as models:
            store.append("account-1", events, 0)
            models.catch_up(balances())
            assert shown(models) == expected(store)


def test_effects_go_on_behind_the_rebuilt_model(path: Path) -> None:
    sent: list[int] = []
    sending = balances(effects={"Moved": lambda event: sent.append(event.data["amount"])})
    with es.open_store(":memory:") as before, ReadModels(before, path) as models:
        put(before, 1, 2, 3)
        models.catch_up(sending)
    with es.open_store(":memory:") as any_store, ReadModels(any_store, path) as models:
        store: Any = any_store
        put(store, 11, 12)
        with pytest.raises(OtherHistory):
            models.catch_up(sending)
        models.rebuild(sending)
        models.catch_up(sending)
        assert sent == [1, 2, 3], "not again, and not for what was rebuilt"
        put(store, 13, 14)
        models.catch_up(sending)
        assert sent == [1, 2, 3, 13, 14]


def test_dead_letters_of_another_history_are_not_retried(path: Path) -> None:
    def refuses(model: Any, event: es.RecordedEvent) -> None:
        raise ValueError("no")

    parked = balances(handlers={"Moved": refuses}, on_failure=DEAD_LETTER)
    with es.open_store(":memory:") as before, ReadModels(before, path) as models:
        put(before, 1)
        models.catch_up(parked)
    with es.open_store(":memory:") as store, ReadModels(store, path) as models:
        put(store, 2)
        with pytest.raises(OtherHistory):
            models.retry_dead_letters(balances())
        models.rebuild(balances())
        assert models.parked(balances()) == []
        assert shown(models) == expected(store)


def test_the_id_is_that_of_the_stored_event_whatever_upcasters_make_of_it(tmp_path: Path) -> None:
    """Also where they come and go: then positions and ids are still the same."""
    fees = Projection("fees", TABLES, {"FeeCharged": add})
    by_sql = es.projections.SqlProjection("counts", "CREATE TABLE t (n INT)", "INSERT INTO t FROM "
                                          "(SELECT count(*) FROM batch)")  # fmt: skip
    split = old("CashPaidIn", {"cents": 500, "fee": 5, "till": "Till 1"})
    path, models_path = tmp_path / "bank.duckdb", tmp_path / "models.duckdb"
    for number, upcasters in enumerate((None, hafenbank.upcasters, hafenbank.upcasters, None)):
        with es.open_store(path, upcasters=upcasters) as any_store:
            store: Any = any_store
            store.append("account-1", [es.NewEvent(split.type, split.data)], number)
            with ReadModels(store, models_path) as models:
                caught = models.catch_up(fees, by_sql)
                assert {one.failure for one in caught.values()} == {None}
                assert models.lag(fees).positions == 0


def test_a_killed_rebuild_of_another_history_begins_again(path: Path) -> None:
    from eventsourcing_kit.projections.builds import make_build
    from eventsourcing_kit.projections.catching_up import catch_up

    with es.open_store(":memory:") as before, ReadModels(before, path) as models:
        put(before, 1, 2, 3)
        build = make_build(models._file, balances(), live=False)
        catch_up(models._file, balances(), build, 2, 1, lambda moved: None)
    with es.open_store(":memory:") as store, ReadModels(store, path) as models:
        put(store, 4, 5, 6)
        models.rebuild(balances())
        assert shown(models) == expected(store)


def test_hafenbank_is_followed_over_a_restore(tmp_path: Path) -> None:
    """The last event before the checkpoint is one that was split."""
    split = old("CashPaidIn", {"cents": 500, "fee": 5, "till": "Till 1"})
    path = tmp_path / "models.duckdb"
    fees = Projection("fees", TABLES, {"FeeCharged": add})
    for same in (True, False):
        with old_bank() as store, ReadModels(store, path) as models:
            event = split if same else es.NewEvent(split.type, split.data)
            store.append("account-1", [event], 0)
            if same:
                models.catch_up(fees)
                models.catch_up(fees)
            else:
                with pytest.raises(OtherHistory):
                    models.catch_up(fees)
