"""With any policy, at any version, with snapshots deleted, damaged or forged: the same state.

A machine takes steps in any order; after each load the state is that of a full replay.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import eventsourcing_kit as es
from eventsourcing_kit.snapshots import (
    AggregateCache,
    Snapshots,
    SnapshotSource,
    every,
    older_than,
    on_load,
)
from eventsourcing_kit.snapshots.kept import checksum
from tests.snapshots.bank import COUNTED, FOLD, GENEROUS, change, deposits, replayed

START = datetime(2025, 1, 1, tzinfo=UTC)
STORE = es.open_store(":memory:")
STREAMS = count()
OTHERS = [
    SnapshotSource(name, code) for name in ("account", "other") for code in (GENEROUS, COUNTED)
]
POLICIES = st.one_of(
    st.none(),
    st.just(es.snapshots.never()),
    st.just(on_load()),
    st.integers(1, 7).map(every),
    st.integers(0, 5).map(lambda hours: older_than(timedelta(hours=hours))),
)
DAMAGES = st.sampled_from(
    [
        "state = replace(state, '1', '2')",
        "state = state[:-1]",
        "state = state || ' '",
        "state = '{}'",
        "version = version + 1",
        "version = greatest(version - 1, 1)",
        "event_id = uuid()",
        "tag = 'account/1/0000000000000000'",
        "stream_id = 'account-of-another'",
        "checksum = upper(checksum)",
    ]
)


class SnapshotMachine(RuleBasedStateMachine):
    """One stream that grows, its snapshots that suffer, and a cache that lives through it."""

    @initialize(keep=st.sampled_from([1, 2, None]))
    def begin(self, keep: int | None) -> None:
        self.stream_id = f"account-{next(STREAMS)}"
        self.version = 0
        self.now = START
        self.kept = Snapshots(":memory:", clock=lambda: self.now, keep=keep)
        self.hot = AggregateCache(STORE, FOLD, self.kept, policy=every(4), size=1)

    def teardown(self) -> None:
        if hasattr(self, "kept"):
            self.kept.close()

    @rule(amounts=st.lists(st.integers(-300, 300), min_size=1, max_size=6))
    def append(self, amounts: list[int]) -> None:
        STORE.append(self.stream_id, deposits(*amounts), self.version)
        self.version += len(amounts)

    @rule(hours=st.integers(-1, 6))
    def time_passes_or_the_clock_is_set_back(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(policy=POLICIES)
    def load(self, policy: Any) -> None:
        loaded = self.kept.load(STORE, FOLD, self.stream_id, policy=policy)
        assert loaded.state == replayed(STORE, self.stream_id)
        assert loaded.version == self.version
        assert loaded.snapshot_version + loaded.replayed == self.version

    @rule(version=st.integers(0, 20))
    def load_as_of(self, version: int) -> None:
        loaded = self.kept.load(STORE, FOLD, self.stream_id, version=version)
        assert loaded.state == replayed(STORE, self.stream_id, version)
        assert loaded.version == min(version, self.version)

    @rule()
    def load_hot(self) -> None:
        loaded = self.hot.load(self.stream_id)
        assert loaded.state == replayed(STORE, self.stream_id)
        assert loaded.version == self.version

    @rule()
    def crowd_out(self) -> None:
        self.hot.load("account-busy")

    @rule()
    def take(self) -> None:
        assert self.kept.take(STORE, FOLD, self.stream_id).version == self.version

    @rule(fold=st.sampled_from(OTHERS))
    def other_code_takes_one(self, fold: SnapshotSource[Any, Any, Any]) -> None:
        self.kept.take(STORE, fold, self.stream_id)

    @rule(nth=st.integers(1, 3), damage=DAMAGES)
    def damage(self, nth: int, damage: str) -> None:
        change(self.kept, f"UPDATE snapshots SET {damage} WHERE rowid % {nth} = 0")

    @rule(nth=st.integers(1, 3))
    def lose_some(self, nth: int) -> None:
        change(self.kept, f"DELETE FROM snapshots WHERE rowid % {nth} = 0")

    @rule(version=st.integers(1, 20), balance=st.integers(0, 99))
    def come_from_another_history(self, version: int, balance: int) -> None:
        """A whole snapshot of this very fold, of a stream of the same name that is no more."""
        event_id = es.NewEvent("MoneyDeposited", {}).event_id
        state = FOLD.encode(es.banking.Account("open", "Eve", "EUR", 0, balance))
        five = [self.stream_id, version, event_id, FOLD.tag, state]
        change(
            self.kept,
            "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)",
            [*five, checksum(*five), self.now],
        )

    @invariant()
    def every_load_was_accounted_for(self) -> None:
        """Each snapshot that was looked at and not used has a reason."""
        reasons = {
            "used",
            "taken",
            "none there",
            "damaged",
            "newer than the stream",
            "of another history",
            "of another fold",
            "of other code",
        }
        if hasattr(self, "kept"):
            assert set(self.kept.counts) <= reasons


TestSameState = SnapshotMachine.TestCase
TestSameState.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
STORE.append("account-busy", deposits(1), 0)
