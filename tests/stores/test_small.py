"""The store to read first: what it passes, and that nothing needs its engine's SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import account
from eventsourcing_kit.event import Clock, utc_now
from eventsourcing_kit.stores import SmallStore, SqlEventStore
from eventsourcing_kit.stores.conformance import ColumnsOut, Essentials
from eventsourcing_kit.stores.sql_store import sql_store

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
ACCOUNTS = [f"account-{number}" for number in range(1, 4)]
AXES: list[Any] = ["recorded_at", "occurred_at"]


@dataclass
class SmallFactory:
    path: Path

    def open(self, clock: Clock = utc_now) -> Any:
        return SmallStore(str(self.path))

    def raw(self, statement: str) -> None:
        store = SmallStore(str(self.path))
        try:
            store.connection.execute(statement)
        finally:
            store.close()


class TestSmallStore(Essentials, ColumnsOut):
    @pytest.fixture
    def factory(self, tmp_path: Path) -> SmallFactory:
        return SmallFactory(tmp_path / "small.duckdb")


@pytest.fixture
def small() -> Iterator[Any]:
    """Three accounts, and a stream that is none; what occurred late comes first."""
    store = SmallStore(":memory:")
    encode = es.banking.EVENT_TYPES.encode
    for number, name in enumerate(ACCOUNTS):
        opened = encode(es.banking.AccountOpened(name, "EUR"), occurred_at=NOON)
        store.append(name, [opened], es.NO_STREAM)
        for step in range(5):
            event = es.banking.MoneyDeposited(100 * step + number + 1, "EUR")
            store.append(name, [encode(event, occurred_at=NOON - timedelta(days=step))], es.ANY)
    store.append("user-1", [es.NewEvent("NameTaken", {"name": "Ada"})], 0)
    yield store
    store.close()


@pytest.fixture
def twin(small: Any) -> Iterator[SqlEventStore]:
    """The same events in DuckDB: what is read as columns can be appended as columns."""
    table = pa.Table.from_batches(small.read_columns(batch=4))
    with es.open_store(":memory:") as store:
        store.append_columns(table.drop_columns(["position", "version"]))
        assert store.read_all() == small.read_all()
        yield store


def test_it_has_no_sql_and_is_told_so_by_name(small: Any, twin: SqlEventStore) -> None:
    assert sql_store(twin) is twin
    with pytest.raises(es.InvalidInput, match=r"^store: is a SmallStore, which has no SQL"):
        sql_store(small)


def test_balances_are_those_of_an_engine_with_sql(small: Any, twin: SqlEventStore) -> None:
    moments: list[dict[str, Any]] = [{}, {"position": 7}, {"time": small.read_all()[8].recorded_at}]
    moments.append({"time": NOON - timedelta(days=2), "by": "occurred_at"})
    for moment in moments:
        own, others = (es.replay.balances(store, **moment) for store in (small, twin))
        assert own.to_dict() == others.to_dict()
    assert es.replay.balances(small)["account-1"] == 1_005


@pytest.mark.parametrize("by", AXES)
def test_a_timeline_is_that_of_an_engine_with_sql(small: Any, twin: SqlEventStore, by: Any) -> None:
    own, others = (es.replay.Timeline.build(store, by=by) for store in (small, twin))
    assert list(own.accounts) == list(others.accounts) == ACCOUNTS
    for name in ("times", "codes", "amounts", "copies"):
        assert np.array_equal(getattr(own, name), getattr(others, name))
    assert len(own) == 18


def test_histories_are_those_of_an_engine_with_sql(small: Any, twin: SqlEventStore) -> None:
    own, others = (es.replay.histories(store, account) for store in (small, twin))
    assert own == others
    assert [history.stream_id for history in own] == ACCOUNTS
    assert len(small.read_category("account", after_position=6, limit=4)) == 4
    assert small.read_category("acc") == []


def test_commands_are_handled_and_their_states_kept(small: Any) -> None:
    es.handle(small, account, "account-1", es.banking.Withdraw(5, "EUR"))
    fold = es.snapshots.SnapshotSource("account", account)
    with es.snapshots.Snapshots(":memory:") as kept:
        assert kept.take(small, fold, "account-1")
        cache = es.snapshots.AggregateCache(small, fold, kept)
        cache.handle("account-1", es.banking.Withdraw(100, "EUR"))
        loaded = kept.load(small, fold, "account-1")
        assert (loaded.state.balance, loaded.version, loaded.replayed) == (900, 8, 1)
        assert cache.load("account-1").state == loaded.state


# --- read models ---------------------------------------------------------------------------------


def count(model: Any, event: es.RecordedEvent) -> None:
    model.execute(
        "INSERT INTO counts VALUES (?, 1) ON CONFLICT DO UPDATE SET events = events + 1",
        [event.stream_id],
    )


COUNTS = es.projections.Projection(
    "counts",
    "CREATE TABLE counts (stream_id VARCHAR PRIMARY KEY, events BIGINT)",
    {"MoneyDeposited": count},
)
SUMS = es.projections.SqlProjection(
    "sums",
    "CREATE TABLE sums (stream_id VARCHAR PRIMARY KEY, cents BIGINT)",
    "INSERT INTO sums SELECT stream_id, sum(data.amount::BIGINT) FROM batch "
    "WHERE type = 'MoneyDeposited' GROUP BY stream_id "
    "ON CONFLICT DO UPDATE SET cents = cents + excluded.cents",
)


def shown(models: es.projections.ReadModels) -> list[list[tuple[Any, ...]]]:
    """All rows of both read models."""
    return [
        list(models.sql(f"FROM {table} ORDER BY 1").itertuples(index=False, name=None))
        for table in ("counts.counts", "sums.sums")
    ]


def test_read_models_are_those_of_an_engine_with_sql(
    small: Any, twin: SqlEventStore, tmp_path: Path
) -> None:
    with es.projections.ReadModels(small, tmp_path / "models.duckdb") as own:
        answers = own.catch_up(COUNTS, SUMS, batch=4)
        with es.projections.ReadModels(twin) as others:
            assert others.catch_up(COUNTS, SUMS, batch=4) == answers
            assert shown(own) == shown(others)
        assert [answer.failure for answer in answers.values()] == [None, None]
        assert answers["counts"].handled == 15
        assert own.lag(SUMS).positions == 0
        more = es.banking.EVENT_TYPES.encode(es.banking.MoneyDeposited(7, "EUR"))
        small.append("account-1", [more], es.ANY)
        own.catch_up(COUNTS, SUMS)
        assert shown(own)[1][0] == ("account-1", 1_012)
        before = shown(own)
        with es.projections.ReadModels(small, tmp_path / "models.duckdb") as shared:
            shared.rebuild(SUMS)
        assert shown(own) == before
        own.wait_until(COUNTS, small.position())


def test_read_models_know_that_a_store_without_sql_is_another_one(
    small: Any, tmp_path: Path
) -> None:
    with es.projections.ReadModels(small, tmp_path / "models.duckdb") as own:
        own.catch_up(COUNTS)
    other: Any = SmallStore(":memory:")
    try:
        models = es.projections.ReadModels(other, tmp_path / "models.duckdb")
        with models, pytest.raises(es.errors.OtherHistory):
            models.catch_up(COUNTS)
    finally:
        other.close()
    with pytest.raises(es.InvalidInput, match=r"^store: must be an event store, not a str"):
        es.projections.ReadModels("bank.duckdb")  # type: ignore[arg-type]
