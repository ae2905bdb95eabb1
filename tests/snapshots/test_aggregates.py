"""The states in memory: bounded, never behind the stream, and nobody's to change but one's own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import Deposit, Withdraw
from eventsourcing_kit.banking.errors import InsufficientFunds
from eventsourcing_kit.banking.events import EVENT_TYPES, AccountOpened
from eventsourcing_kit.snapshots import AggregateCache, Snapshots, SnapshotSource, every
from tests.snapshots.bank import ACCOUNT, FOLD, deposits, replayed, versions


@pytest.fixture
def store() -> Iterator[es.EventStore]:
    with es.open_store(":memory:") as store:
        for n in range(1, 4):
            open_account(store, f"account-{n}")
        yield store


def open_account(store: es.EventStore, stream_id: str) -> None:
    store.append(stream_id, [EVENT_TYPES.encode(AccountOpened("Ada", "EUR"))], 0)


def test_the_second_load_comes_from_memory(store: es.EventStore) -> None:
    hot = AggregateCache(store, FOLD)
    first, second = hot.load(ACCOUNT), hot.load(ACCOUNT)
    assert (first.cached, first.replayed) == (False, 1)
    assert (second.cached, second.replayed) == (True, 0)
    assert first.state == second.state == replayed(store)
    assert hot.counts == {"hit": 1, "miss": 1}


def test_what_others_append_is_seen(store: es.EventStore) -> None:
    hot = AggregateCache(store, FOLD)
    hot.load(ACCOUNT)
    store.append(ACCOUNT, deposits(100, 20), 1)
    loaded = hot.load(ACCOUNT)
    assert (loaded.state.balance, loaded.version, loaded.replayed) == (120, 3, 2)


def test_the_least_recently_used_goes(store: es.EventStore) -> None:
    hot = AggregateCache(store, FOLD, size=2)
    for stream_id in ("account-1", "account-2", "account-1", "account-3"):
        hot.load(stream_id)
    assert len(hot) == 2
    assert repr(hot) == "AggregateCache(account: 2 of at most 2 in memory)"
    assert [hot.load(stream_id).cached for stream_id in ("account-1", "account-3")] == [True, True]
    assert not hot.load("account-2").cached
    assert hot.counts == {"evicted": 2, "hit": 3, "miss": 4}


def test_a_stream_without_events_takes_no_place(store: es.EventStore) -> None:
    hot = AggregateCache(store, FOLD)
    assert hot.load("account-9").version == 0
    assert len(hot) == 0


def test_a_miss_begins_with_a_snapshot_and_a_hit_takes_one_when_it_is_due(
    store: es.EventStore,
) -> None:
    with Snapshots(":memory:") as kept:
        hot = AggregateCache(store, FOLD, kept, policy=every(3))
        store.append(ACCOUNT, deposits(1), 1)
        assert not hot.load(ACCOUNT).taken
        store.append(ACCOUNT, deposits(2), 2)
        assert hot.load(ACCOUNT).taken
        assert versions(kept) == [3]
        assert not hot.load(ACCOUNT).taken
        fresh = AggregateCache(store, FOLD, kept).load(ACCOUNT)
        assert (fresh.snapshot_version, fresh.replayed, fresh.cached) == (3, 0, False)


def test_a_stream_that_was_replaced_is_loaded_afresh() -> None:
    with es.open_store(":memory:") as store, es.open_store(":memory:") as restored:
        store.append(ACCOUNT, deposits(1, 2, 3), 0)
        restored.append(ACCOUNT, deposits(9), 0)
        hot = AggregateCache(store, FOLD)
        hot.load(ACCOUNT)
        hot.store = restored
        assert hot.load(ACCOUNT).state.balance == 9
        restored.append(ACCOUNT, deposits(9, 9, 9), 1)
        assert hot.load(ACCOUNT).state.balance == 36


# --- states of others ----------------------------------------------------------------------------


@dataclass
class Notes:
    amounts: list[int] = field(default_factory=list)


def evolve_notes(state: Notes, event: Any) -> Notes:
    return Notes([*state.amounts, getattr(event, "amount", 0)])


NOTES: SnapshotSource[Any, Any, Notes] = SnapshotSource(
    "notes",
    es.Decider(lambda c, s: list[Any](), evolve_notes, Notes(), lambda s: False, EVENT_TYPES),
)


def test_what_a_caller_does_to_a_state_is_nobody_elses(store: es.EventStore) -> None:
    hot = AggregateCache(store, NOTES)
    store.append(ACCOUNT, deposits(5), 1)
    hot.load(ACCOUNT).state.amounts.append(1_000_000)
    hot.load(ACCOUNT).state.amounts.clear()
    assert hot.load(ACCOUNT).state.amounts == [0, 5]


# --- commands ------------------------------------------------------------------------------------


def test_a_command_is_decided_on_the_state_now(store: es.EventStore) -> None:
    hot = AggregateCache(store, FOLD)
    assert hot.handle(ACCOUNT, Deposit(100, "EUR")).version == 2
    store.append(ACCOUNT, deposits(-60), 2)
    with pytest.raises(InsufficientFunds):
        hot.handle(ACCOUNT, Withdraw(50, "EUR"))
    result = hot.handle(ACCOUNT, Withdraw(40, "EUR"), metadata={"actor": "ada"})
    assert result.version == 4
    assert store.read_stream(ACCOUNT)[-1].actor == "ada"
    assert hot.load(ACCOUNT).state.balance == 0


class Busy:
    """A store where somebody else appends a cent just before each of the first few appends."""

    def __init__(self, store: es.EventStore, times: int) -> None:
        self.store = store
        self.times = times

    def read_stream(self, *arguments: Any) -> list[es.RecordedEvent]:
        return self.store.read_stream(*arguments)

    def append(self, stream_id: str, *arguments: Any, **options: Any) -> es.AppendResult:
        if self.times:
            self.times -= 1
            self.store.append(stream_id, deposits(1), es.ANY)
        return self.store.append(stream_id, *arguments, **options)


def test_after_a_conflict_it_decides_again_on_what_is_new(store: es.EventStore) -> None:
    busy: Any = Busy(store, 2)
    pauses: list[int] = []
    AggregateCache(busy, FOLD).handle(ACCOUNT, Deposit(100, "EUR"), pause=pauses.append)
    assert pauses == [1, 2]
    assert replayed(store).balance == 102


def test_when_others_are_always_faster_it_says_so(store: es.EventStore) -> None:
    busy: Any = Busy(store, 99)
    hot = AggregateCache(busy, FOLD)
    with pytest.raises(es.RetriesExhausted):
        hot.handle(ACCOUNT, Deposit(100, "EUR"), retries=2, pause=lambda attempt: None)
    with pytest.raises(es.WrongExpectedVersion):
        hot.handle(ACCOUNT, Deposit(100, "EUR"), retries=0)
    assert replayed(store).balance == 4


# --- threads -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 10])
def test_eight_threads_on_three_accounts(tmp_path: Path, size: int) -> None:
    """Every deposit is booked once, and each state seen on the way is that of its version."""
    accounts = ["account-1", "account-2", "account-3"]
    with (
        es.open_store(tmp_path / "bank.duckdb") as store,
        Snapshots(tmp_path / "bank.snapshots.duckdb", keep=1) as kept,
    ):
        for stream_id in accounts:
            open_account(store, stream_id)
        hot = AggregateCache(store, FOLD, kept, policy=every(5), size=size)
        together = threading.Barrier(8)

        def work(seed: int) -> list[tuple[str, int, int]]:
            chance, seen = Random(seed), []
            together.wait()
            for _ in range(15):
                amount = Deposit(chance.randint(1, 9), "EUR")
                hot.handle(chance.choice(accounts), amount, retries=1000)
                stream_id = chance.choice(accounts)
                loaded = hot.load(stream_id)
                seen.append((stream_id, loaded.version, loaded.state.balance))
            return seen

        with ThreadPoolExecutor(8) as pool:
            seen = [one for many in pool.map(work, range(8)) for one in many]

        assert sum(store.version(stream_id) for stream_id in accounts) == 3 + 8 * 15
        for stream_id, version, balance in seen:
            assert replayed(store, stream_id, version).balance == balance
        for stream_id in accounts:
            assert hot.load(stream_id).state == replayed(store, stream_id)
            assert kept.load(store, FOLD, stream_id).state == replayed(store, stream_id)
        assert len(hot) <= size
        assert kept.counts["taken"] > 0
        assert "could not be taken" not in kept.counts


@pytest.mark.parametrize("size", [0, -1, True, 2.5])
def test_a_size_is_a_whole_number_from_one(store: es.EventStore, size: Any) -> None:
    with pytest.raises(es.InvalidInput, match=r"^size: "):
        AggregateCache(store, FOLD, size=size)


def test_a_bad_stream_id_is_refused(store: es.EventStore) -> None:
    with pytest.raises(es.InvalidInput, match=r"^stream_id: "):
        AggregateCache(store, FOLD).load("a\0b")
