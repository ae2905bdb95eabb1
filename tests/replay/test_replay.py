"""One fold, three ways, the same balances; and the state as of any version, position and time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.banking import (
    EVENT_TYPES,
    Account,
    AccountEvent,
    AccountFrozen,
    AccountOpened,
    EntryCorrected,
    FeeCharged,
    InterestCredited,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
    account,
    evolve,
)
from eventsourcing_kit.replay import Timeline, as_of, balances, histories, query, what_if
from eventsourcing_kit.stores import SqlEventStore

START = datetime(2025, 1, 1, tzinfo=UTC)
ACCOUNTS = ["account-1", "account-2", "account-3"]
AXES: list[Any] = ["recorded_at", "occurred_at"]

amounts = st.integers(1, 10**12)
BANK_EVENTS = st.one_of(
    st.builds(MoneyDeposited, amounts, st.just("EUR")),
    st.builds(MoneyWithdrawn, amounts, st.just("EUR")),
    st.builds(TransferSent, amounts, st.just("EUR"), st.sampled_from(ACCOUNTS)),
    st.builds(TransferReceived, amounts, st.just("EUR"), st.sampled_from(ACCOUNTS)),
    st.builds(InterestCredited, amounts, st.just("EUR")),
    st.builds(FeeCharged, amounts, st.just("EUR"), st.just("fee")),
    st.builds(
        EntryCorrected, st.integers(-(10**12), 10**12), st.just("EUR"), st.just("r"), st.just("")
    ),
    st.builds(AccountOpened, st.just("Ada"), st.just("EUR")),
    st.builds(AccountFrozen, st.just("why")),
)
# An account, an event, hours until it is recorded, hours by which it had occurred before that.
HISTORY = st.lists(
    st.tuples(st.sampled_from(ACCOUNTS), BANK_EVENTS, st.integers(0, 9), st.integers(0, 20)),
    max_size=25,
)


def bank(history: list[tuple[str, Any, int, int]]) -> SqlEventStore:
    """A store in memory with that history; an hour is an hour after START."""
    now = START
    store = es.open_store(":memory:", clock=lambda: now)
    for stream_id, event, later, before in history:
        now += timedelta(hours=later)
        envelope = EVENT_TYPES.encode(event, occurred_at=now - timedelta(hours=before))
        store.append(stream_id, [envelope], es.ANY)
    return store


def fold_in_python(store: es.EventStore, time: datetime, by: Any) -> dict[str, int]:
    states = {
        stream_id: as_of(store, account, stream_id, time=time, by=by) for stream_id in ACCOUNTS
    }
    return {stream_id: state.balance for stream_id, state in states.items()}


@given(history=HISTORY, hours=st.lists(st.integers(-5, 230), min_size=1, max_size=5))
@settings(max_examples=60)
def test_three_folds_agree_at_any_time(
    history: list[tuple[str, Any, int, int]], hours: list[int]
) -> None:
    with bank(history) as store:
        for by in AXES:
            with patch("eventsourcing_kit.replay.timeline.WINDOW", 7):
                timeline = Timeline.build(store, by=by)
            for hour in hours:
                time = START + timedelta(hours=hour)
                expected = fold_in_python(store, time, by)
                by_sql = dict.fromkeys(ACCOUNTS, 0) | dict(balances(store, time=time, by=by))
                by_index = dict.fromkeys(ACCOUNTS, 0) | dict(timeline.at(time))
                assert by_sql == expected
                assert by_index == expected
        now = fold_in_python(store, START + timedelta(days=99), "recorded_at")
        assert dict.fromkeys(ACCOUNTS, 0) | dict(balances(store)) == now


@given(history=HISTORY)
@settings(max_examples=25)
def test_folds_agree_at_any_position_and_version(history: list[tuple[str, Any, int, int]]) -> None:
    with bank(history) as store:
        for position in range(len(history) + 1):
            states = {s: as_of(store, account, s, position=position) for s in ACCOUNTS}
            expected = {s: state.balance for s, state in states.items()}
            by_sql = dict(balances(store, position=position))
            assert dict.fromkeys(ACCOUNTS, 0) | by_sql == expected
        for one in histories(store, account):
            for version in range(len(one.events) + 1):
                assert one.at(version) == as_of(store, account, one.stream_id, version=version)


def test_a_timeline_with_many_copies_agrees_too() -> None:
    """Instants on, before and after the places where a copy of all balances stands."""
    table = es.banking.simulate(accounts=50, events=60_000, seed=7)
    with es.open_store(":memory:") as store:
        store.append_columns(table)
        timeline = Timeline.build(store, by="occurred_at")
        assert len(timeline) == 60_000
        assert len(timeline.copies) == 4
        for events in (0, 1, 16_383, 16_384, 16_385, 32_768, 49_152, 59_999):
            time = timeline.start + timedelta(
                microseconds=int(timeline.times[events] - timeline.times[0])
            )
            expected = balances(store, time=time, by="occurred_at")
            found = timeline.at(time)
            assert found[found.index.isin(expected.index)].equals(expected)
            assert not found[~found.index.isin(expected.index)].any()
        instants, totals = timeline.totals(11)
        assert totals[-1] == balances(store).sum()
        assert instants[0] == timeline.times[0]
        assert timeline.events_until(timeline.end) == 60_000
        assert timeline.events_until(timeline.start - timedelta(microseconds=1)) == 0


class TestTimeline:
    def test_an_empty_bank_has_no_time_to_travel(self) -> None:
        with es.open_store(":memory:") as store:
            timeline = Timeline.build(store)
            assert (len(timeline), timeline.at(START).tolist()) == (0, [])
            with pytest.raises(es.InvalidInput, match="no events"):
                _ = timeline.start

    def test_a_store_without_accounts_has_none(self) -> None:
        with es.open_store(":memory:") as store:
            store.append("user-1", [es.NewEvent("NameTaken", {})], 0)
            assert len(Timeline.build(store)) == 0

    def test_what_is_appended_while_it_is_built_is_not_in_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        deposit = MoneyDeposited(5, "EUR")
        with bank([(stream_id, deposit, 0, 0) for stream_id in ACCOUNTS]) as store:
            ask = store.sql

            def ask_a_busy_store(*given: Any) -> Any:
                for stream_id in ("account-0", "account-3"):
                    store.append(stream_id, [EVENT_TYPES.encode(deposit)], es.ANY)
                return ask(*given)

            monkeypatch.setattr(store, "sql", ask_a_busy_store)
            timeline = Timeline.build(store)
            assert store.position() > len(timeline) == 3
            assert timeline.at(timeline.end).to_dict() == dict.fromkeys(ACCOUNTS, 5)

    def test_a_wrong_axis_or_time_is_refused(self) -> None:
        with bank([("account-1", MoneyDeposited(5, "EUR"), 0, 0)]) as store:
            with pytest.raises(es.InvalidInput, match="by"):
                Timeline.build(store, by="position")  # type: ignore[arg-type]
            with pytest.raises(es.InvalidInput, match="time"):
                Timeline.build(store).at(datetime(2025, 1, 1))  # noqa: DTZ001

    def test_what_it_gives_away_is_a_copy(self) -> None:
        with bank([("account-1", MoneyDeposited(5, "EUR"), 0, 0)]) as store:
            timeline = Timeline.build(store)
            balances_now = timeline.at(START)
            balances_now["account-1"] = 0
            assert timeline.at(START)["account-1"] == 5

    def test_it_says_what_it_is(self) -> None:
        with bank([("account-1", MoneyDeposited(5, "EUR"), 0, 0)]) as store:
            text = repr(Timeline.build(store))
        assert text == "<Timeline: 1 events of 1 accounts, by recorded_at>"


class TestAsOf:
    @pytest.fixture
    def store(self) -> Iterator[es.EventStore]:
        """Paid on Friday, known on Sunday; 250 drawn on Saturday."""
        drawn = ("account-1", MoneyWithdrawn(250, "EUR"), 24, 0)
        salary = ("account-1", MoneyDeposited(3000, "EUR"), 24, 48)
        with bank([("account-1", AccountOpened("Jo", "EUR", 500), 0, 0), drawn, salary]) as store:
            yield store

    def test_what_was_known_and_what_was_true(self, store: es.EventStore) -> None:
        at = partial(as_of, store, account, "account-1", time=START + timedelta(hours=30))
        assert at().balance == -250
        assert at(by="occurred_at").balance == 2750

    def test_version_zero_is_before_the_first_event(self, store: es.EventStore) -> None:
        assert as_of(store, account, "account-1", version=0) == Account()

    def test_one_moment_is_asked_for(self, store: es.EventStore) -> None:
        for moments in ({}, {"version": 1, "position": 1}):
            with pytest.raises(es.InvalidInput, match="one of"):
                as_of(store, account, "account-1", **moments)  # type: ignore[arg-type]

    def test_unknown_events_stop_the_replay(self) -> None:
        with es.open_store(":memory:") as store:
            store.append("account-1", [es.NewEvent("AccountStolen", {})], 0)
            with pytest.raises(es.UnknownEventType, match="AccountStolen"):
                as_of(store, account, "account-1", version=1)
            with pytest.raises(es.UnknownEventType):
                histories(store, account)


class TestHistories:
    def test_there_is_a_state_after_each_event(self) -> None:
        deposit = MoneyDeposited(5, "EUR")
        rows = [("account-2", deposit, 0, 0), ("account-1", deposit, 0, 0)]
        with bank([*rows, ("account-2", deposit, 0, 0)]) as store:
            one, two = histories(store, account)
        assert [one.stream_id, two.stream_id] == ["account-1", "account-2"]
        assert [state.balance for state in two.states] == [5, 10]
        assert two.at(0) == two.initial_state == Account()
        with pytest.raises(es.InvalidInput, match="version"):
            two.at(3)


def add(total: int, event: int) -> int:
    return total + event


class TestWhatIf:
    def test_both_histories_stand_beside_each_other(self) -> None:
        told = what_if([1, 10, 100], evolve=add, initial_state=0, without=[2])
        assert told.was == (0, 1, 11, 111)
        assert told.would_be == (0, 1, 1, 101)

    def test_events_can_be_added_anywhere(self) -> None:
        also = [(0, 5), (2, 7), (2, 8)]
        told = what_if([1, 10], evolve=add, initial_state=0, also=also)
        assert told.would_be == (5, 6, 31)

    @given(st.lists(st.integers()), st.data())
    def test_for_a_sum_it_is_the_difference(self, history: list[int], data: st.DataObject) -> None:
        without = data.draw(
            st.sets(st.integers(1, max(1, len(history)))) if history else st.just(set())
        )
        told = what_if(history, evolve=add, initial_state=0, without=without)
        assert told.was[-1] - told.would_be[-1] == sum(history[v - 1] for v in without)

    def test_versions_outside_the_history_are_refused(self) -> None:
        wrongs: list[dict[str, Any]] = [{"without": [3]}, {"also": [(-1, 1)]}]
        for wrong in wrongs:
            with pytest.raises(es.InvalidInput, match="version"):
                what_if([1, 2], evolve=add, initial_state=0, **wrong)

    def test_a_version_is_left_out_with_all_that_is_read_there(self) -> None:
        told = what_if(
            [1, 10, 100, 1_000],
            versions=[7, 8, 8, 9],
            evolve=add,
            initial_state=0,
            without=[8],
            also=[(8, 5)],
        )
        assert told.was == (0, 1, 11, 111, 1_111)
        assert told.would_be == (0, 1, 1, 6, 1_006)

    def test_what_is_added_comes_after_the_last_that_is_read_at_its_version(self) -> None:
        told = what_if([1, 10], versions=[3, 3], evolve=add, initial_state=0, also=[(3, 5)])
        assert told.would_be == (0, 1, 16)

    @pytest.mark.parametrize("versions", [[7], [7, 8, 9]])
    def test_every_event_has_a_version(self, versions: list[int]) -> None:
        with pytest.raises(es.InvalidInput, match="versions"):
            what_if([1, 10], versions=versions, evolve=add, initial_state=0)

    def test_places_are_no_versions_where_versions_are_given(self) -> None:
        with pytest.raises(es.InvalidInput, match="1 is not in this history"):
            what_if([1, 10], versions=[7, 8], evolve=add, initial_state=0, without=[1])

    def test_a_history_that_domain_rules_would_refuse_is_replayed_as_it_is(self) -> None:
        events: list[AccountEvent] = [
            AccountOpened("Jo", "EUR"),
            MoneyDeposited(5, "EUR"),
            MoneyWithdrawn(5, "EUR"),
        ]
        told = what_if(events, evolve=evolve, initial_state=Account(), without={2})
        assert told.would_be[-1].balance == -5


def test_the_signs_in_sql_are_those_of_the_domain() -> None:
    """Every event type of the bank is either in the query's lists or moves no money."""
    text = query("balances")
    plus, minus = text.split("THEN -data")[0].split("WHEN type IN")[1:]
    for type_ in EVENT_TYPES.classes:
        sign = Counter({1: f"'{type_}'" in plus, -1: f"'{type_}'" in minus})
        assert +sign == +Counter({es.banking.SIGNS.get(type_, 0): type_ in es.banking.SIGNS})


def test_the_whole_query_can_be_shown() -> None:
    with es.open_store(":memory:") as store:
        everything = {"to_position": 9, "recorded_until": "infinity", "occurred_until": "infinity"}
        assert store.sql(query("balances"), everything).empty
