"""Old events are read in the newest shape everywhere, and stay on disk as they were."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import hafenbank
from eventsourcing_kit.errors import UpcasterError
from eventsourcing_kit.projections import Projection, ReadModels, SqlProjection
from eventsourcing_kit.upcasting import Compute, Upcasters, upcast
from tests.upcasting.cases import NOON, old, old_bank

DEPOSITS = [
    old("MoneyDeposited", {"euros": "10.00", "memo": "first"}),
    old("MoneyDeposited", {"cents": 2000, "memo": "second"}, 2),
    old("CashPaidIn", {"cents": 500, "fee": 5, "till": "Till 1"}),
    old("MoneyDeposited", {"amount": 3000, "currency": "EUR", "memo": "third"}, 3),
]
OPENED = old("AccountOpened", {"owner": "Ada", "currency": "EUR", "overdraft_limit": 0})
NEWEST = ["AccountOpened", "MoneyDeposited", "MoneyDeposited", "MoneyDeposited", "FeeCharged"]
NEWEST += ["MoneyDeposited"]
BALANCE = 1000 + 2000 + 500 - 5 + 3000


@pytest.fixture
def store() -> Iterator[Any]:
    with old_bank() as store:
        store.append("account-1", [OPENED, *DEPOSITS], es.NO_STREAM)
        yield store


def types(events: Any) -> list[str]:
    return [event.type for event in events]


def test_every_way_to_read(store: Any) -> None:
    assert types(store.read_stream("account-1")) == NEWEST
    assert types(store.read_all()) == NEWEST
    assert types(store.read_category("account")) == NEWEST
    assert [one for batch in store.catch_up(0, 2) for one in types(batch)] == NEWEST
    assert sorted(store.sql("SELECT type FROM events")["type"]) == sorted(NEWEST)


def test_matching_finds_what_becomes_these_types(store: Any) -> None:
    fees = store.read_matching(es.Query(types={"FeeCharged"}))
    assert [(event.type, event.data["amount"]) for event in fees] == [("FeeCharged", 5)]


# --- what was split ------------------------------------------------------------------------------


def test_backwards_is_forwards_the_other_way_round(store: Any) -> None:
    forwards = store.read_stream("account-1")
    assert store.read_stream("account-1", backwards=True) == forwards[::-1]


@pytest.mark.parametrize("backwards", [False, True])
def test_the_limit_of_a_stream_counts_what_is_read(store: Any, backwards: bool) -> None:
    everything = store.read_stream("account-1", backwards=backwards)
    for limit in range(1, 8):
        some = store.read_stream("account-1", backwards=backwards, limit=limit)
        assert some == everything[:limit]


@pytest.mark.parametrize("limit", [1, 2, 3, 9])
def test_pages_by_position_lose_no_part(store: Any, limit: int) -> None:
    store.append("account-2", [OPENED, DEPOSITS[2].__class__("CashPaidIn", DEPOSITS[2].data)], 0)
    matching = es.Query(types={"MoneyDeposited", "FeeCharged"})
    for read in (
        store.read_all,
        lambda *where: store.read_category("account", *where),
        lambda *where: store.read_matching(matching, *where),
    ):
        pages, after = [], 0
        while page := read(after, limit):
            pages += page
            after = page[-1].position
            assert len(page) <= limit + 1
        assert pages == read(0)
    batches = [types(batch) for batch in store.catch_up(0, limit)]
    assert [type_ for batch in batches for type_ in batch] == types(store.read_all())
    assert all(batch[-2:-1] == ["MoneyDeposited"] for batch in batches if batch[-1] == "FeeCharged")


def test_in_sql_part_is_their_order(store: Any) -> None:
    frame = store.sql("SELECT type, part FROM events ORDER BY position, part")
    assert list(frame["type"]) == NEWEST
    assert list(frame["part"]) == [1, 1, 1, 1, 2, 1]


# --- what matches --------------------------------------------------------------------------------

RENAMED = Upcasters(
    [
        upcast("Changed", 1, {"x": "VARCHAR"}, to=("Renamed", 1)),
        upcast("Changed", 2, {"y": "VARCHAR"}, to=("Changed", 3)),
    ]
)
STAYED, WAS_RENAMED = old("Changed", {"y": "1"}, 3), old("Changed", {"x": "1"})


def many(*events: es.NewEvent) -> list[es.NewEvent]:
    return [old(e.type, dict(e.data), e.schema_version) for e in events]


@pytest.mark.parametrize("before", [1, 99, 100, 250])
def test_a_limit_counts_what_matches_as_it_is_read(before: int) -> None:
    with es.open_store(":memory:", upcasters=RENAMED) as store:
        store.append("a-1", many(*[STAYED] * before, WAS_RENAMED, STAYED, WAS_RENAMED), 0)
        renamed = es.Query(["Renamed"])
        everything = store.read_matching(renamed)
        assert [event.position for event in everything] == [before + 1, before + 3]
        assert store.read_matching(renamed, limit=1) == everything[:1]
        assert store.read_matching(renamed, before + 1, limit=5) == everything[1:]
        assert store.read_matching(es.Query(["Changed"]), before, limit=1)[0].position > before


def test_a_condition_sees_what_read_matching_sees() -> None:
    with es.open_store(":memory:", upcasters=RENAMED) as store:
        store.append("a-1", many(WAS_RENAMED), 0)
        none = es.AppendCondition(es.Query(["Changed"]), after=0)
        store.append("b-1", many(STAYED), 0, condition=none)
        failing = es.AppendCondition(es.Query(["Renamed"]), after=0)
        with pytest.raises(es.ConditionFailed, match="Position 1, Renamed in 'a-1'"):
            store.append("c-1", many(STAYED), 0, condition=failing)
        since = es.AppendCondition(es.Query(["Renamed"]), after=1)
        store.append("c-1", many(STAYED), 0, condition=since)


def test_a_condition_is_not_sure_of_what_nobody_can_read() -> None:
    with es.open_store(":memory:", upcasters=RENAMED) as store:
        store.append("a-1", [old("Changed", {"z": 1})], 0)
        condition = es.AppendCondition(es.Query(["Renamed"]), after=0)
        for attempt in (
            lambda: store.read_matching(es.Query(["Renamed"])),
            lambda: store.append("b-1", many(STAYED), 0, condition=condition),
        ):
            with pytest.raises(UpcasterError, match="position 1"):
                attempt()
        assert store.position() == 1


# --- without SQL ---------------------------------------------------------------------------------

DOUBLED = Upcasters([upcast("X", 1, {"n": "BIGINT"}, Compute("twice", lambda d: d["n"] * 2))])


def test_a_step_without_sql_leaves_everything_but_sql(tmp_path: Path) -> None:
    with es.open_store(tmp_path / "a.duckdb", upcasters=DOUBLED) as any_store:
        store: Any = any_store
        store.append("account-1", [old("X", {"n": 4})], es.NO_STREAM)
        made = {"n": 4, "twice": 8}
        assert [event.data for event in store.read_all()] == [made]
        assert [event.data for event in store.read_matching(es.Query(["X"]))] == [made]
        assert store.sql("SELECT type FROM stored_events")["type"].tolist() == ["X"]
        for ask in (
            lambda: store.sql("SELECT count(*) FROM events"),
            lambda: store.newest_events({"n": "BIGINT"}),
            lambda: es.replay.balances(store),
        ):
            with pytest.raises(UpcasterError, match="X version 1: twice is computed by a function"):
                ask()
        copied = es.upcasting.copy_and_transform(store, tmp_path / "b.duckdb")
        assert copied.written == 1


def test_a_step_without_sql_and_read_models() -> None:
    def note(model: Any, event: es.RecordedEvent) -> None:
        model.execute("INSERT INTO sums VALUES (?, ?)", [event.stream_id, event.data["twice"]])

    by_handler = Projection("by_handler", SUMS, {"X": note})
    with es.open_store(":memory:", upcasters=DOUBLED) as any_store:
        store: Any = any_store
        store.append("account-1", [old("X", {"n": 4})], es.NO_STREAM)
        with ReadModels(store) as models:
            caught = models.catch_up(by_handler, BY_STATEMENT)
            assert models.sql("SELECT cents FROM by_handler.sums")["cents"].tolist() == [8]
        failure = caught["by_statement"].failure
        assert failure is not None
        assert "UpcasterError: there is no view of the events: X version 1: twice" in str(failure)


def test_an_opening_that_is_refused_keeps_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    old_bank(path).close()
    with pytest.raises(es.InvalidInput, match="upcasters") as raised:  # noqa: F841 - as Jupyter does
        es.open_store(path, upcasters=list(hafenbank.upcasters))  # type: ignore[arg-type]
    opened = "import sys, eventsourcing_kit as es; es.open_store(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", opened, str(path)], check=True)


# --- places --------------------------------------------------------------------------------------


def test_versions_and_positions_are_those_of_the_stored_events(store: Any) -> None:
    assert [event.version for event in store.read_stream("account-1")] == [1, 2, 3, 4, 4, 5]
    assert types(store.read_stream("account-1", from_version=4, to_version=4)) == NEWEST[3:5]
    result = store.append("account-1", [old("AccountFrozen", {"reason": "x"})], 5)
    assert (result.version, result.position) == (6, 6)


def test_a_stale_writer_is_told_the_stored_version(store: Any) -> None:
    with pytest.raises(es.WrongExpectedVersion, match="5"):
        store.append("account-1", [old("AccountFrozen", {"reason": "x"})], 6)


def test_a_command_is_handled_on_old_events(store: Any) -> None:
    es.handle(store, hafenbank.old_account, "account-1", es.banking.Withdraw(BALANCE, "EUR"))
    with pytest.raises(es.banking.errors.InsufficientFunds):
        es.handle(store, hafenbank.old_account, "account-1", es.banking.Withdraw(1, "EUR"))


def test_what_is_stored_is_still_there_to_be_seen(store: Any) -> None:
    stored = store.sql("SELECT type, schema_version FROM stored_events ORDER BY position")
    kinds = [(event.type, event.schema_version) for event in (OPENED, *DEPOSITS)]
    assert list(stored.itertuples(index=False, name=None)) == kinds


def test_nothing_on_disk_changes(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    with old_bank(path) as store:
        store.append("account-1", DEPOSITS, es.NO_STREAM)
        store.read_all()
        es.replay.balances(store)
    with es.open_store(path) as plain:
        assert [dict(event.data) for event in plain.read_all()] == [
            dict(event.data) for event in DEPOSITS
        ]


def test_two_stores_on_one_file_each_with_its_own_view(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    with old_bank(path) as new, es.open_store(path) as plain:
        new.append("account-1", DEPOSITS, es.NO_STREAM)
        assert len(new.sql("SELECT * FROM events")) == 5
        assert len(plain.sql("SELECT * FROM events")) == 4
        assert len(new.read_all()) == 5
        assert len(plain.read_all()) == 4


# --- what is built on reading --------------------------------------------------------------------


def add(model: Any, event: es.RecordedEvent) -> None:
    cents = es.banking.SIGNS[event.type] * event.data["amount"]
    statement = "INSERT INTO sums VALUES (?, ?) ON CONFLICT DO UPDATE SET cents = cents + ?"
    model.execute(statement, [event.stream_id, cents, cents])


SUMS = "CREATE TABLE sums (account VARCHAR PRIMARY KEY, cents BIGINT)"
BY_HANDLER = Projection("by_handler", SUMS, dict.fromkeys(es.banking.SIGNS, add))
BY_STATEMENT = SqlProjection(
    "by_statement",
    SUMS,
    """
    INSERT INTO sums
    SELECT stream_id, sum(CASE type WHEN 'MoneyDeposited' THEN data.amount::BIGINT
                                    WHEN 'FeeCharged' THEN -data.amount::BIGINT ELSE 0 END)
    FROM batch GROUP BY ALL
    ON CONFLICT DO UPDATE SET cents = cents + excluded.cents
    """,
)


@pytest.mark.parametrize("batch", [1, 2, 100])
def test_projections(store: Any, batch: int) -> None:
    with ReadModels(store) as models:
        caught = models.catch_up(BY_HANDLER, BY_STATEMENT, batch=batch)
        assert {one.position for one in caught.values()} == {5}
        for name in ("by_handler", "by_statement"):
            assert models.sql(f"SELECT cents FROM {name}.sums")["cents"].tolist() == [BALANCE]


def test_a_part_that_fails_takes_the_whole_event_back(store: Any) -> None:
    def poison(model: Any, event: es.RecordedEvent) -> None:
        raise ValueError("no fees here")

    failing = Projection("failing", SUMS, {"MoneyDeposited": add, "FeeCharged": poison})
    with ReadModels(store) as models:
        caught = models.catch_up(failing)["failing"]
        assert caught.failure is not None
        assert "position 4" in str(caught.failure)
        assert models.sql("SELECT cents FROM failing.sums")["cents"].tolist() == [3000]


def test_snapshots_and_the_cache(store: Any) -> None:
    fold = es.snapshots.SnapshotSource("account", hafenbank.old_account)
    with es.snapshots.Snapshots(":memory:") as kept:
        kept.take(store, fold, "account-1")
        store.append("account-1", [DEPOSITS[2].__class__("CashPaidIn", DEPOSITS[2].data)], 5)
        loaded = kept.load(store, fold, "account-1")
        assert (loaded.snapshot_version, loaded.version) == (5, 6)
        assert loaded.state.balance == BALANCE + 495
        hot = es.snapshots.AggregateCache(store, fold, kept)
        assert hot.load("account-1").state == hot.load("account-1").state == loaded.state


def test_replay_and_time_travel(store: Any) -> None:
    assert es.replay.balances(store).to_dict() == {"account-1": BALANCE}
    assert es.replay.balances(store, position=3).to_dict() == {"account-1": 3000}
    [history] = es.replay.histories(store, hafenbank.old_account)
    assert history.at(4).balance == 3495
    assert history.at(3).balance == 3000
    as_of = es.replay.as_of(store, hafenbank.old_account, "account-1", version=4)
    assert as_of.balance == 3495
    timeline = es.replay.Timeline.build(store)
    assert timeline.at(NOON + timedelta(days=1))["account-1"] == BALANCE


def test_without_upcasters_nothing_is_different() -> None:
    with es.open_store(":memory:") as plain:
        plain.append("account-1", DEPOSITS, es.NO_STREAM)
        assert types(plain.read_all()) == types(DEPOSITS)
        with pytest.raises(Exception, match="stored_events"):
            plain.sql("SELECT * FROM stored_events")
