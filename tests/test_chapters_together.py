"""What each chapter teaches holds for what the others make.

A chapter's code is that of its committed notebook, an exercise's is its reference. It is run over
split events, closed books, corrections, entries that come late, a clock that goes back, several
accounts, amounts that no float holds, and types that the chapter has never heard of.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import accumulate, count, pairwise
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.projections import by_position
from eventsourcing_kit.stores.reshaping import as_stored
from tests.taught import taught

bank = es.banking
NOON = datetime(2025, 3, 10, 12, tzinfo=UTC)
LARGE = 2**53 + 1  # the first whole number that a float does not hold
OLD_BANK = "data/old_bank.jsonl"
Store = Any


def opened(owner: str = "Ada") -> es.NewEvent:
    data = {"owner": owner, "currency": "EUR", "overdraft_limit": 0}
    return es.NewEvent("AccountOpened", data)


def money(type_: str, amount: int, **more: Any) -> es.NewEvent:
    occurred = more.pop("occurred_at", None)
    data = {"amount": amount, "currency": "EUR", **more}
    if type_ == "FeeCharged":
        data.setdefault("reason", "Account fee")
    return es.NewEvent(type_, data, occurred_at=occurred)


def split_events() -> Store:
    store = es.open_store(":memory:", upcasters=bank.hafenbank.upcasters)
    es.load_jsonl(store, OLD_BANK)
    return store


def several_accounts() -> Store:
    store = es.open_store(":memory:", clock=lambda: NOON)
    for name in ("account-1", "account-2", "account-3"):
        store.append(name, [opened(name)], expected_version=es.NO_STREAM)
    for amount in range(100, 1_000, 100):
        store.append("account-1", [money("MoneyDeposited", amount)], expected_version=es.ANY)
        store.append("account-3", [money("FeeCharged", amount // 100)], expected_version=es.ANY)
    return store


def corrections() -> Store:
    store = several_accounts()
    wrong = store.read_stream("account-1")[3]
    for amount in (-300, 700):
        more = {"corrects": str(wrong.event_id), "reason": "Typed twice"}
        entry = money("EntryCorrected", amount, **more, occurred_at=wrong.occurred_at)
        store.append("account-1", [entry], expected_version=es.ANY)
    return store


def two_times() -> Store:
    store = several_accounts()
    for days in (3, 1, 40):
        late = money("MoneyDeposited", days, occurred_at=NOON - timedelta(days=days))
        store.append("account-2", [late], expected_version=es.ANY)
    return store


def a_clock_that_goes_back() -> Store:
    ticks = count()
    store = es.open_store(":memory:", clock=lambda: NOON - timedelta(minutes=next(ticks)))
    store.append("account-1", [opened()], expected_version=es.NO_STREAM)
    for amount in (100, 200, 300):
        store.append("account-1", [money("MoneyDeposited", amount)], expected_version=es.ANY)
        store.append("account-1", [money("FeeCharged", 1)], expected_version=es.ANY)
    return store


def large_amounts() -> Store:
    store = several_accounts()
    for amount in (LARGE, LARGE + 2):
        store.append("account-2", [money("MoneyDeposited", amount)], expected_version=es.ANY)
    return store


def unknown_types() -> Store:
    store = several_accounts()
    points = es.NewEvent("PointsEarned", {"points": 7})
    store.append("account-1", [points], expected_version=es.ANY)
    store.append("account-1", [money("MoneyDeposited", 50)], expected_version=es.ANY)
    return store


def closed_books() -> Store:
    store = corrections()
    version = store.version("account-1")
    state = es.replay.as_of(store, bank.account, "account-1", version=version)
    book = bank.Party("account-1", version, state)
    store.append_many(bank.close_books_in_one_append(book, "account-1.2025"))
    for amount in (LARGE, 7):
        deposit = [money("MoneyDeposited", amount)]
        store.append("account-1.2025", deposit, expected_version=es.ANY)
    return store


WORLDS: dict[str, Callable[[], Store]] = {
    world.__name__: world
    for world in (
        split_events,
        several_accounts,
        corrections,
        two_times,
        a_clock_that_goes_back,
        large_amounts,
        closed_books,
        unknown_types,
    )
}
DECIDABLE = [name for name in WORLDS if name != "unknown_types"]


@pytest.fixture(params=WORLDS)
def world(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A bank that another chapter made."""
    with WORLDS[request.param]() as store:
        yield store


@pytest.fixture(params=DECIDABLE)
def decidable(request: pytest.FixtureRequest) -> Iterator[Store]:
    """One of which every type is known to today's account."""
    with WORLDS[request.param]() as store:
        yield store


def truth(store: Store) -> dict[str, int]:
    """Every account's balance in cents, from the events as they are stored, by hand."""
    totals: dict[str, int] = defaultdict(int)
    for event in as_stored(store).read_all():
        totals[event.stream_id] += _moves(event.type, event.data)
    return dict(totals)


def _moves(type_: str, data: dict[str, Any]) -> int:
    if type_ == "CashPaidIn":
        return int(data["cents"]) - int(data["fee"])
    if type_ == "InterestPaid":
        return int(data["cents"])
    if type_ not in bank.SIGNS:
        return 0
    if "euros" in data:
        return int(Decimal(data["euros"]) * 100)
    return bank.SIGNS[type_] * int(data["amount"] if "amount" in data else data["cents"])


def nonzero(totals: dict[str, int]) -> dict[str, int]:
    return {name: total for name, total in totals.items() if total}


def event_types(store: Store) -> Any:
    return bank.hafenbank.EVENT_TYPES if store.upcasters else bank.EVENT_TYPES


def account_of(store: Store) -> Any:
    return bank.hafenbank.old_account if store.upcasters else bank.account


def a_deposit(store: Store) -> es.NewEvent:
    """A deposit of 5.00 in the shape that the store's newest code writes."""
    return replace(money("MoneyDeposited", 500), schema_version=3 if store.upcasters else 1)


def decided(decide: Any, *asked: Any) -> Any:
    """The events that follow, or the class of the refusal."""
    try:
        return decide(*asked)
    except es.DomainError as refusal:
        return type(refusal)


def reference(chapter: int, name: str) -> Any:
    [exercise] = [one for one in es.exercises.chapter(chapter) if one.name == name]
    return exercise.build(exercise.reference)


class TestTheStoreOfChapter3:
    """A store that learners write keeps whatever another one has."""

    NAMES = ("MyStore", "RetryingStore")

    @pytest.mark.parametrize("name", NAMES)
    def test_it_gives_back_what_another_chapter_stored(self, world: Store, name: str) -> None:
        source = as_stored(world)
        mine = getattr(taught(3, name), name)(":memory:", clock=lambda: NOON)
        for event in source.read_all():
            again = es.NewEvent(
                event.type,
                event.data,
                event.metadata,
                event.schema_version,
                event.event_id,
                event.occurred_at,
            )
            mine.append(event.stream_id, [again], event.version - 1 or es.NO_STREAM)
        kept = [replace(event, recorded_at=NOON) for event in source.read_all()]
        assert [replace(event, recorded_at=NOON) for event in mine.read_all()] == kept
        mine.close()


class TestTheExercisesOfChapter3:
    """Tables, queries and a store, over the places that other chapters have taken."""

    def stored(self, store: Store) -> list[es.RecordedEvent]:
        events: list[es.RecordedEvent] = as_stored(store).read_all()
        return events

    def places(self, store: Store) -> list[tuple[str, int]]:
        return [(event.stream_id, event.version) for event in self.stored(store)]

    def test_exercise_1_has_room_for_each_event_once(self, world: Store) -> None:
        with duckdb.connect() as db:
            db.execute(reference(3, "create_table"))
            rows = [
                [e.stream_id, e.version, e.type, json.dumps(e.data)] for e in self.stored(world)
            ]
            db.executemany("INSERT INTO events VALUES (?, ?, ?, ?)", rows)
            with pytest.raises(duckdb.ConstraintException):
                db.execute("INSERT INTO events VALUES (?, ?, 'Another', '{}')", rows[-1][:2])

    def test_exercise_2_ends_each_stream_with_its_last_two_versions(self, world: Store) -> None:
        for name in truth(world):
            query = reference(3, "last_two").replace("account-1", name)
            found = as_stored(world).sql(query)
            assert list(found["version"]) == [v for n, v in self.places(world) if n == name][-2:]

    def test_exercise_3_finds_what_a_backup_has_lost(self, world: Store) -> None:
        places = self.places(world)
        last = dict(places)
        lost = [(n, v) for n, v in places[::3] if v < last[n]]
        with duckdb.connect() as db:
            db.execute("CREATE TABLE events (stream_id VARCHAR, version BIGINT)")
            kept = [place for place in places if place not in lost]
            db.executemany("INSERT INTO events VALUES (?, ?)", kept)
            assert db.execute(reference(3, "find_gaps")).fetchall() == sorted(lost)

    def test_exercise_4_takes_every_stream_at_once_and_no_other_writer(self, world: Store) -> None:
        append = reference(3, "append_events")
        with duckdb.connect() as db:
            self.keyed(db)
            for name in truth(world):
                types = [e.type for e in self.stored(world) if e.stream_id == name]
                assert append(db, name, types, es.NO_STREAM) == len(types)
                with pytest.raises(es.WrongExpectedVersion):
                    append(db, name, ["TooLate"], es.NO_STREAM)
            assert self.rows(db) == sorted(
                (e.stream_id, e.version, e.type) for e in self.stored(world)
            )

    def test_exercise_5_keeps_it_as_it_is(self, world: Store) -> None:
        with duckdb.connect() as db:
            before = self.filled(db, world)
            db.execute("CREATE TABLE guard (refused VARCHAR)")
            db.execute(reference(3, "append_only"))
            for change in ("UPDATE events SET type = ''", "DELETE FROM events", "TRUNCATE events"):
                with pytest.raises(duckdb.Error):
                    db.execute(change)
            assert self.rows(db) == before

    def test_exercise_6_stores_both_halves_or_neither(self, world: Store) -> None:
        transfer = reference(3, "transfer")
        with duckdb.connect() as db:
            before = self.filled(db, world)
            sent, received = map(as_stored(world).version, ("account-1", "account-2"))
            with pytest.raises(es.WrongExpectedVersion):
                transfer(db, sent, received + 1)
            assert self.rows(db) == before
            assert transfer(db, sent, received) is True
            halves = {
                ("account-1", sent + 1, "TransferSent"),
                ("account-2", received + 1, "TransferReceived"),
            }
            assert set(self.rows(db)) - set(before) == halves

    def test_exercise_7_gives_back_what_another_chapter_stored(self, world: Store) -> None:
        mine = reference(3, "own_store")(":memory:")
        source = self.stored(world)
        for event in [*source, *source[-3:]]:  # the last three come again
            again = es.NewEvent(event.type, event.data, event_id=event.event_id)
            told = mine.append(event.stream_id, [again], event.version - 1 or es.NO_STREAM)
            assert told == event.version
        names = ("position", "stream_id", "version", "event_id", "type", "data")
        for kept, event in zip(mine.read_all(), source, strict=True):
            assert [getattr(kept, n) for n in names] == [getattr(event, n) for n in names]
        mine.close()

    def keyed(self, db: duckdb.DuckDBPyConnection) -> None:
        columns = "stream_id VARCHAR, version BIGINT, type VARCHAR"
        db.execute(f"CREATE TABLE events ({columns}, PRIMARY KEY (stream_id, version))")

    def filled(self, db: duckdb.DuckDBPyConnection, store: Store) -> list[Any]:
        self.keyed(db)
        rows = [[e.stream_id, e.version, e.type] for e in self.stored(store)]
        db.executemany("INSERT INTO events VALUES (?, ?, ?)", rows)
        return self.rows(db)

    def rows(self, db: duckdb.DuckDBPyConnection) -> list[Any]:
        return db.execute("FROM events ORDER BY stream_id, version").fetchall()


class TestTheAggregateOfChapter4:
    """Load, fold, decide, append."""

    def chapter(self, store: Store) -> Any:
        types = event_types(store)
        return taught(
            4,
            *("load", "save", "handle", "state_at", "fold_stream"),
            small=store,
            bank=store,
            types=types,
            decode=types.decode,
            evolve=bank.evolve,
            decide=bank.decide,
            Account=bank.Account,
        )

    def test_a_load_has_the_state_and_the_version_that_a_writer_has_to_expect(
        self, decidable: Store
    ) -> None:
        load = self.chapter(decidable).load
        for name, balance in truth(decidable).items():
            state, version = load(name)
            assert (state.balance, version) == (balance, decidable.version(name))

    def test_what_is_not_there_is_at_version_0(self, decidable: Store) -> None:
        assert self.chapter(decidable).load("account-none") == (bank.Account(), 0)

    def test_a_command_after_a_load_is_stored(self, decidable: Store) -> None:
        chapter = self.chapter(decidable)
        for name in truth(decidable):
            before = decidable.version(name)
            events = [a_deposit(decidable)]
            version = chapter.load(name)[1]
            assert decidable.append(name, events, expected_version=version).version == before + 1

    def test_a_state_of_the_past_ends_at_its_version(self, decidable: Store) -> None:
        chapter = self.chapter(decidable)
        for name, balance in truth(decidable).items():
            assert chapter.state_at(name, decidable.version(name)).balance == balance
            assert chapter.fold_stream(bank.evolve, name).balance == balance

    def test_a_decision_stops_at_a_type_that_it_does_not_know(self) -> None:
        with unknown_types() as store, pytest.raises(es.errors.UnknownEventType):
            self.chapter(store).load("account-1")

    def test_exercise_1_folds_the_types_that_it_names(self, decidable: Store) -> None:
        named = {"MoneyDeposited", "MoneyWithdrawn", "FeeCharged", "EntryCorrected"}
        evolve, decode = reference(4, "evolve_balance"), event_types(decidable).decode
        for name, balance in truth(decidable).items():
            recorded = decidable.read_stream(name)
            left_out = sum(_moves(e.type, e.data) for e in recorded if e.type not in named)
            assert es.fold(evolve, map(decode, recorded), 0) == balance - left_out

    def test_exercise_2_decides_as_the_bank_does(self, decidable: Store) -> None:
        decide = reference(4, "decide_withdraw")
        for state in self.states(decidable):
            for amount in (0, 1, state.available, state.available + 1):
                by_the_bank = decided(bank.decide, bank.Withdraw(amount, state.currency), state)
                assert decided(decide, amount, state) == by_the_bank

    def test_exercise_3_is_true_of_what_the_bank_does_and_of_nothing_else(
        self, decidable: Store
    ) -> None:
        harness, decode = reference(4, "given_when_then"), event_types(decidable).decode
        for name in truth(decidable):
            history = list(map(decode, decidable.read_stream(name)))
            state = es.fold(bank.evolve, history, bank.Account())
            for amount in (1, state.available + 1):
                command = bank.Withdraw(amount, state.currency)
                then = decided(bank.decide, command, state)
                assert harness(bank.account, history, command, then) is True
                assert harness(bank.account, history, command, [*history, command]) is False
                assert harness(bank.account, history, command, es.DomainError) is False

    def states(self, store: Store) -> list[bank.Account]:
        """Where each account is after its events, as long as it is open or frozen."""
        decode = event_types(store).decode
        return [
            state
            for name in truth(store)
            for state in accumulate(
                map(decode, store.read_stream(name)), bank.evolve, initial=bank.Account()
            )
            if state.status in ("open", "frozen")
        ]

    def test_exercise_5_counts_each_customer_s_own_acts(self, world: Store) -> None:
        evolve = reference(4, "evolve_activity")
        acts = {"MoneyDeposited", "MoneyWithdrawn", "FeeCharged"}
        for name in truth(world):
            events = [event for event in world.read_stream(name) if event.type in acts]
            start = {"withdrawals": 0, "last_activity": None}
            moments = [event.occurred_at for event in events if event.type != "FeeCharged"]
            found = es.fold(evolve, events, start)
            assert found["last_activity"] == max(moments, default=None)

    def test_exercise_4_sums_in_sql_what_it_names(self, world: Store) -> None:
        named = "('AccountOpened', 'MoneyDeposited', 'MoneyWithdrawn', 'EntryCorrected')"
        query = reference(4, "sql_balances").replace(
            "FROM events", f"FROM (FROM events WHERE type IN {named})"
        )
        found = dict(world.sql(query).itertuples(index=False))
        for name, balance in truth(world).items():
            left_out = sum(
                _moves(event.type, event.data)
                for event in world.read_stream(name)
                if f"'{event.type}'" not in named
            )
            assert found[name] == balance - left_out


class TestTheTwoTimesOfChapter5:
    """What was known, and what was true."""

    MOVES = ("MoneyDeposited", "MoneyWithdrawn", "FeeCharged")

    def streams(self, store: Store) -> Iterator[list[es.RecordedEvent]]:
        for name in truth(store):
            yield [event for event in store.read_stream(name) if event.type in self.MOVES]

    def test_known_and_believed_agree_with_a_fold_at_every_moment(self, world: Store) -> None:
        known, believed = reference(5, "known_balance"), reference(5, "believed")
        delta = taught(5, "delta").delta
        for events in self.streams(world):
            for moment in {event.recorded_at for event in events}:
                by_then = [event for event in events if event.recorded_at <= moment]
                assert known(events, moment) == sum(map(delta, by_then))
                true_then = [event for event in by_then if event.occurred_at <= moment]
                assert believed(events, moment, moment) == sum(map(delta, true_then))

    def test_a_late_event_is_named_by_its_version(self, world: Store) -> None:
        late = reference(5, "late")
        for events in self.streams(world):
            earlier = [
                event.version
                for event in events
                if any(
                    o.version < event.version and o.occurred_at > event.occurred_at for o in events
                )
            ]
            assert late(events) == earlier

    def test_to_leave_out_a_version_leaves_out_all_that_is_read_there(self, world: Store) -> None:
        replay_without, delta = reference(5, "replay_without"), taught(5, "delta").delta
        for events in self.streams(world):
            for without in {event.version for event in events[:5]}:
                kept = sum(delta(event) for event in events if event.version != without)
                assert replay_without(events, {without})[-1][1] == kept

    def test_the_history_without_a_version_lacks_all_that_is_read_there(
        self, decidable: Store
    ) -> None:
        decode = event_types(decidable).decode
        for name, balance in truth(decidable).items():
            without = taught(5, "without", bank=decidable, jonas=name, decode=decode).without
            recorded = decidable.read_stream(name)
            for version in {event.version for event in recorded[-5:]}:
                moved = sum(
                    bank.SIGNS.get(event.type, 0) * event.data.get("amount", 0)
                    for event in recorded
                    if event.version == version
                )
                told = without(version)
                assert told.was[-1].balance == balance
                assert told.would_be[-1].balance == balance - moved

    def test_the_whole_bank_in_one_query(self, world: Store) -> None:
        moment = NOON  # the moment of the exercise
        query = reference(5, "whole_bank").replace(
            "FROM events", f"FROM (FROM events WHERE type IN {self.MOVES})"
        )
        found = dict(world.sql(query).itertuples(index=False))
        delta = taught(5, "delta").delta
        for events in self.streams(world):
            by_then = [event for event in events if event.occurred_at <= moment]
            if by_then:
                assert found[by_then[0].stream_id] == sum(map(delta, by_then))


class Died(Exception):
    """The process is gone."""


class Dying(sqlite3.Connection):
    """A connection that dies at a chosen statement, before it has done it."""

    left: int | None = None

    def execute(self, *args: Any) -> sqlite3.Cursor:
        if self.left is not None:
            if self.left == 0:
                raise Died
            self.left -= 1
        return super().execute(*args)


class TestTheProjectionsOfChapter6:
    """Three cures, and what is read at one position."""

    def chapter(self, store: Store) -> Any:
        names = ("BALANCES", "BY_POSITION", "HANDLED", "CHECKPOINT", "apart", "together")
        more = ("add_once", "by_event_id", "checkpoint", "balances")
        return taught(6, *names, *more, bank=store)

    def cures(self, chapter: Any) -> dict[str, tuple[str, Any]]:
        return {
            "by position": (chapter.BY_POSITION, chapter.apart(chapter.add_once)),
            "by event id": (
                chapter.BALANCES + chapter.HANDLED,
                chapter.apart(chapter.by_event_id),
            ),
            "one transaction": (chapter.BALANCES, chapter.together),
        }

    @pytest.mark.parametrize("cure", ["by position", "by event id", "one transaction"])
    def test_a_cure_holds_wherever_the_process_dies(
        self, world: Store, cure: str, tmp_path: Any
    ) -> None:
        chapter = self.chapter(world)
        tables, step = self.cures(chapter)[cure]
        file = str(tmp_path / "app.sqlite")
        with sqlite3.connect(file, isolation_level=None) as made:
            made.executescript(tables + chapter.CHECKPOINT)
        while lives(chapter, step, world, file):
            pass
        rows = sqlite3.connect(file).execute("SELECT account, balance FROM accounts")
        assert nonzero(dict(rows)) == nonzero(truth(world))

    def test_exercises_1_and_2_take_a_position_whole(self, world: Store) -> None:
        handle, catch_up = reference(6, "handle_once"), reference(6, "checkpoint_with_it")
        for name, balance in truth(world).items():
            events = [as_one(stored) for stored in by_position(world.read_stream(name))]
            row = (0, 0)
            for event in [*events, *events[-3:]]:  # the last three come again
                row = handle(row, event)
            assert row == (balance, events[-1].position)
            assert _caught_up(catch_up, events) == (balance, events[-1].position)

    def test_halves_of_a_position_are_why_exercises_1_and_2_take_it_whole(self) -> None:
        handle, catch_up = reference(6, "handle_once"), reference(6, "checkpoint_with_it")
        lost = 0
        with split_events() as store:
            for name, balance in truth(store).items():
                events = [event for event in store.read_stream(name) if event.type in bank.SIGNS]
                again = [b for a, b in pairwise(events) if a.position == b.position]
                second_halves = sum(_moves(event.type, event.data) for event in again)
                row = (0, 0)
                for event in events:
                    row = handle(row, event)
                assert row[0] == balance - second_halves
                halves = [as_one([event]) for event in events]
                assert _caught_up(catch_up, halves)[0] == balance
                for at, event in enumerate(events):
                    if event in again:  # the process died when the first half was committed
                        half = _moves(event.type, event.data)
                        assert _caught_up(catch_up, halves, dies_before=at)[0] == balance - half
                lost += len(again)
        assert lost

    def test_exercise_4_waits_for_a_projection_that_takes_batches(self, world: Store) -> None:
        wait_until = reference(6, "read_your_own_write")
        positions = [stored[0].position for stored in by_position(world.read_all())]
        batches = positions[::3]
        for position in positions:
            answers = iter(batches)
            needed = sum(batch < position for batch in batches) + 1
            if needed > len(batches):
                with pytest.raises(TimeoutError):
                    wait_until(lambda answers=answers: next(answers), position, len(batches))
            else:
                wait_until(lambda answers=answers: next(answers), position, needed)
                assert len(list(answers)) == len(batches) - needed

    def test_exercise_5_sets_aside_what_waits_behind_a_failure(self, world: Store) -> None:
        handle_all = reference(6, "dead_letters")
        events = [as_one(stored) for stored in by_position(world.read_all())]
        for failing in {events[len(events) // 3].event_id, events[-1].event_id}:
            handled: list[es.RecordedEvent] = []

            def handle(event: es.RecordedEvent, failing: Any = failing, to: Any = handled) -> None:
                if event.event_id == failing:
                    raise KeyError(event.type)
                to.append(event)

            aside = handle_all(events, handle)
            first = next(event for event in events if event.event_id == failing)
            waiting = [
                event.position
                for event in events
                if event.stream_id == first.stream_id and event.position >= first.position
            ]
            assert aside == waiting
            assert len(handled) == len(events) - len(aside)

    def test_exercise_3_has_the_days_on_which_it_happened(self, world: Store) -> None:
        named = ("MoneyDeposited", "MoneyWithdrawn", "FeeCharged")
        query = reference(6, "total_per_day").replace(
            "FROM events", f"FROM (FROM events WHERE type IN {named})"
        )
        days: dict[Any, int] = defaultdict(int)
        for event in world.read_all():
            if event.type in named:
                days[event.occurred_at.date()] += _moves(event.type, event.data)
        found = {day.date(): int(cents) for day, cents in world.sql(query).itertuples(index=False)}
        assert found == dict(days)


def as_one(stored: Sequence[es.RecordedEvent]) -> es.RecordedEvent:
    """What is read at one position, as one movement: what a handler has to be given."""
    cents = sum(_moves(event.type, event.data) for event in stored)
    data = {"amount": cents, "currency": "EUR"}
    one: es.RecordedEvent = replace(stored[0], type="MoneyDeposited", data=data)
    return one


def _caught_up(
    catch_up: Any, events: list[es.RecordedEvent], dies_before: int = 0
) -> tuple[int, int]:
    """The balance and the checkpoint after a catch-up, or two: the first got so far."""
    kept = {"balance": 0, "position": 0}
    app = SimpleNamespace(
        begin=lambda: None,
        commit=lambda: None,
        add=lambda event: kept.update(balance=kept["balance"] + event.data["amount"]),
        save_checkpoint=lambda position: kept.update(position=position),
        checkpoint=lambda: kept["position"],
    )
    for seen in (events[:dies_before], events):
        catch_up(app, lambda after, seen=seen: [one for one in seen if one.position > after])
    return kept["balance"], kept["position"]


def lives(chapter: Any, step: Any, store: Store, file: str) -> bool:
    """Get past the checkpoint, dying at each statement on the way. False if nothing is left."""
    start = None
    for dies_after in count():
        app = sqlite3.connect(file, isolation_level=None, factory=Dying)
        app.execute("PRAGMA synchronous = OFF")  # the process dies here, and not the machine
        after = chapter.checkpoint(app)
        start = after if start is None else start
        events = store.read_all(after_position=after, limit=1)
        if after > start or not events:
            return bool(events)
        app.left = dies_after
        try:
            for stored in [events]:
                step(app, stored)
        except Died:
            app.close()
    raise AssertionError("unreachable")


def shortened(store: Store) -> Store:
    """Yesterday's backup: the first event of each stream, and no more."""
    backup = es.open_store(":memory:", upcasters=store.upcasters)
    for event in as_stored(store).read_all():
        if event.version == 1:
            about = event.metadata, event.schema_version, event.event_id, event.occurred_at
            first = es.NewEvent(event.type, event.data, *about)
            backup.append(event.stream_id, [first], expected_version=es.NO_STREAM)
    return backup


def old_deposits(store: Store, version: int) -> list[es.RecordedEvent]:
    """The deposits of one version of their shape, as they are stored."""
    stored = [e for e in as_stored(store).read_all() if e.type == "MoneyDeposited"]
    return [event for event in stored if event.schema_version == version]


class TestTheSnapshotsOfChapter7:
    """A snapshot and the tail, by hand."""

    def test_a_load_has_the_version_that_a_writer_has_to_expect(self, decidable: Store) -> None:
        for name, balance in truth(decidable).items():
            load = taught(7, "load", bank=decidable, shop=name, decider=account_of(decidable)).load
            state, version, _ = load(bank.Account(), 0)
            assert (state.balance, version) == (balance, decidable.version(name))

    def test_from_a_snapshot_anywhere_it_is_the_same(self, decidable: Store) -> None:
        for name in truth(decidable):
            given = {"bank": decidable, "shop": name, "decider": account_of(decidable)}
            load = taught(7, "load", **given).load
            state, version, _ = load(bank.Account(), 0)
            for _ in range(3):
                decidable.append(name, [a_deposit(decidable)], expected_version=es.ANY)
            later, its_version, folded = load(state, version)
            assert (later, its_version) == load(bank.Account(), 0)[:2]
            assert folded == 3

    def test_the_cash_machine_s_snapshots_too(self, world: Store) -> None:
        chapter = taught(7, "machine_balance", "evolve_since_monday", "Machine", bank=world)
        for name, balance in truth(world).items():
            for more in (0, 500, 1_000):
                found = chapter.machine_balance(name, chapter.evolve_since_monday)
                assert found == balance + more
                world.append(name, [a_deposit(world)], expected_version=es.ANY)

    def test_exercise_1_reads_the_version_off_the_events(self, world: Store) -> None:
        load = reference(7, "load_with_snapshot")
        for name, balance in truth(world).items():
            moved = [event for event in world.read_stream(name) if event.type in bank.SIGNS]
            last = moved[-1].version if moved else 0

            def tail(start: int, moved: list[es.RecordedEvent] = moved) -> list[es.RecordedEvent]:
                return [event for event in moved if event.version >= start]

            whole = load(None, tail)
            assert whole == (last, balance)
            assert load(whole, tail) == whole

    def test_exercise_2_trusts_the_snapshots_that_the_kit_uses(self, decidable: Store) -> None:
        usable = reference(7, "trust_it")
        source = es.snapshots.SnapshotSource("account", account_of(decidable))
        other = es.snapshots.SnapshotSource("other", account_of(decidable))
        with es.snapshots.Snapshots(":memory:") as kept, shortened(decidable) as restored:
            for name in truth(decidable):
                taken = kept.take(decidable, source, name)
                snapshot = {"version": taken.version, "tag": source.tag, "checksum_ok": True}
                decidable.append(name, [a_deposit(decidable)], expected_version=es.ANY)
                for store, asked in ((decidable, source), (restored, source), (decidable, other)):
                    used = kept.load(store, asked, name).snapshot_version == taken.version
                    assert usable(snapshot, asked.tag, store.version(name)) == used

    def test_exercise_3_lets_no_tail_grow_to_n(self, world: Store) -> None:
        due = reference(7, "take_one")
        for name in truth(world):
            for n in (1, 3, 7):
                newest = 0
                for event in as_stored(world).read_stream(name):
                    assert event.version - newest <= n
                    if due(event.version, newest, n):
                        assert event.version - newest == n  # and not sooner
                        newest = event.version

    def test_exercise_5_closes_the_books_of_every_account(self, world: Store) -> None:
        record = reference(7, "close_books")
        for name, balance in truth(world).items():
            entries = [
                (event.occurred_at.date().isoformat(), _moves(event.type, dict(event.data)))
                for event in as_stored(world).read_stream(name)
            ]
            books: Any = [[]]
            for number, (day, cents) in enumerate(entries, 1):
                before = [list(book) for book in books]
                books = record(books, day, cents)
                assert before[:-1] == books[:-1]
                if number % 4 == 0:
                    books = record(books, "2025-12-31", None)
            *closed, last = [[cents for _, _, cents in book] for book in books]
            assert [sum(book) for book in closed] == [0] * len(closed)
            assert sum(last) == balance
            for until, _ in entries:
                by_day = [cents for book in books for day, _, cents in book if day <= until]
                assert sum(by_day) == sum(cents for day, cents in entries if day <= until)


class TestTheShapesOfChapter8:
    """The reading of Friday, and the upcasters by hand."""

    def test_the_balance_that_the_chapter_shows(self, world: Store) -> None:
        balance = taught(8, "balance").balance
        for name, total in truth(world).items():
            assert balance(world.read_stream(name)) == total

    def test_its_hand_made_chain_reads_a_deposit_as_the_kit_does(self) -> None:
        newest = taught(8, "newest").newest
        upcasters = bank.hafenbank.upcasters
        with split_events() as store:
            for event in as_stored(store).read_all():
                if event.type == "MoneyDeposited":
                    [by_the_kit] = upcasters.apply(event)
                    assert newest(event) == (by_the_kit.schema_version, by_the_kit.data)

    def test_exercise_1_and_the_kit_read_the_same_cents(self) -> None:
        to_cents = reference(8, "euros_to_cents")
        with split_events() as store:
            for event in old_deposits(store, 1):
                [by_the_kit] = bank.hafenbank.upcasters.apply(event)
                memo = event.data["memo"]
                read = {"cents": by_the_kit.data["amount"], "memo": memo}
                assert to_cents(event.data) == read

    def test_exercise_2_brings_up_whatever_the_others_made(self, world: Store) -> None:
        bring_up = reference(8, "bring_up")
        chapter = taught(8, "newest", "STEPS")
        for event in as_stored(world).read_all():
            if "euros" in event.data or event.type != "MoneyDeposited":
                found = bring_up(event.type, event.schema_version, event.data, chapter.STEPS)
                assert found == chapter.newest(event)

    def test_exercise_3_splits_as_the_kit_does(self) -> None:
        split = reference(8, "split_cash")
        with split_events() as store:
            paid_in = [e for e in as_stored(store).read_all() if e.type == "CashPaidIn"]
            assert paid_in
            for event in paid_in:
                parts = bank.hafenbank.upcasters.apply(event)
                assert split(event.data) == [(part.type, part.data) for part in parts]

    def test_exercise_4_says_what_the_chapter_s_table_says(self) -> None:
        needs_upcaster = reference(8, "needs_upcaster")
        chapter = taught(8, "was", "changes", "who_reads")
        for new in chapter.changes.values():
            reads = chapter.who_reads(new)["new reads old, tolerant"]
            assert needs_upcaster(chapter.was, new) == (not reads)

    def test_exercise_5_adds_up_the_old_deposits_to_the_cent(self) -> None:
        with split_events() as old, es.open_store(":memory:") as store:
            totals: dict[str, int] = defaultdict(int)
            large = {"euros": f"{LARGE // 100}.{LARGE % 100:02}", "memo": "Inherited"}
            rows = [("account-9001", 1, large)]
            rows += [(e.stream_id, v, e.data) for v in (1, 2) for e in old_deposits(old, v)]
            for name, version, data in rows:
                totals[name] += _moves("MoneyDeposited", dict(data))
                event = es.NewEvent("MoneyDeposited", data, schema_version=version)
                store.append(name, [event], expected_version=es.ANY)
            found = store.sql(reference(8, "in_sql")).itertuples(index=False, name=None)
            assert list(found) == sorted(totals.items())

    def test_exercise_6_reads_what_a_tolerant_class_reads(self, world: Store) -> None:
        read = reference(8, "read_tolerantly")
        types = es.EventTypes([bank.FeeCharged], tolerant=True)
        for event in world.read_all():
            if event.type == "FeeCharged":
                more = replace(event, data={**event.data, "channel": "app"})
                known = read(more.data, ["amount", "currency", "reason"], {})
                assert bank.FeeCharged(**known) == types.decode(more)

    @pytest.mark.parametrize("name", [name for name in WORLDS if name != "split_events"])
    def test_following_makes_the_same_bank(self, name: str) -> None:
        with WORLDS[name]() as live, es.open_store(":memory:", clock=lambda: NOON) as moved_to:
            chapter = taught(8, "follow", live=live, moved_to=moved_to)
            mark = chapter.follow(0)
            live.append("account-1.9", [opened()], expected_version=es.ANY)
            assert chapter.follow(mark) == live.position()
            chapter.follow(0)  # a reader that has forgotten its mark
            assert truth(moved_to) == truth(live)


class TestTheReadersOfChapter9And14:
    """A reader behind gaps, and an outbox."""

    def test_exercise_4_of_chapter_9_passes_no_position_by(self, world: Store) -> None:
        ready = reference(9, "poll")
        positions = [event.position for event in world.read_all()]  # a split one comes twice
        handled: list[int] = []
        for seen in (3, 7, len(positions)):
            handled += ready(handled[-1] if handled else 0, positions[:seen])
        assert handled == sorted(set(positions))

    def test_an_outbox_that_dies_at_any_letter_loses_none(self, world: Store) -> None:
        ends = ("MoneyDeposited", "FeeCharged")
        letters: list[Any] = []
        chapter = taught(
            14, "empty_outbox", bank=world, letters=letters, mark={"position": 0}, ENDS=ends
        )
        for _ in range(5):
            chapter.empty_outbox(dies=True)
        chapter.empty_outbox()
        assert set(letters) == {e.event_id for e in world.read_all() if e.type in ends}

    def test_exercise_3_of_chapter_9_deposits_once_in_a_store_where_others_are_faster(
        self, world: Store
    ) -> None:
        deposit_once = reference(9, "once")
        faster = [7, 8]  # strangers' deposits, one before each of our first appends

        def read() -> list[tuple[int, str, int]]:
            purse = world.read_stream("purse-1")
            return [(event.version, event.data["command"], event.data["cents"]) for event in purse]

        def append(command: str, cents: int, expected_version: int) -> int:
            if faster:
                put("a stranger", faster.pop(), es.ANY)
            return put(command, cents, expected_version or es.NO_STREAM)

        def put(command: str, cents: int, expected_version: Any) -> int:
            event = es.NewEvent("PutIn", {"command": command, "cents": cents})
            version: int = world.append("purse-1", [event], expected_version).version
            return version

        told = [deposit_once(read, append, command, 500) for command in ("c1", "c2", "c1")]
        assert told == [3, 4, 3]
        assert [command for _, command, _ in read()] == ["a stranger", "a stranger", "c1", "c2"]
        with pytest.raises(es.CommandIdReused):
            deposit_once(read, append, "c2", 501)

    def test_exercise_4_of_chapter_9_guards_a_name_among_the_events_of_others(
        self, world: Store
    ) -> None:
        boundary = reference(9, "boundary")

        def register(user: str, name: str, after: int) -> None:
            registered = es.NewEvent("UserRegistered", {}, {"tags": [f"name:{name}"]})
            condition = es.AppendCondition(fail_if_match=boundary(name), after=after)
            world.append(user, [registered], es.ANY, condition=condition)

        looked_at = world.position()
        register("user-1", "ada", looked_at)
        renamed = es.NewEvent("UserRenamed", {}, {"tags": ["name:ben"]})
        world.append("user-1", [renamed], es.ANY)
        register("user-2", "cem", looked_at)
        for taken in ("ada", "ben", "cem"):
            with pytest.raises(es.errors.ConditionFailed):
                register("user-3", taken, looked_at)


class TestTheProcessesOfChapter14:
    """What learners write of a process says what the kit's own manager does."""

    @pytest.mark.parametrize("confirmed", ["before", "after", "never"])
    @pytest.mark.parametrize("frozen", ["account-1023", "account-1031", ""])
    def test_exercises_1_and_4_say_what_the_kits_manager_does(
        self, confirmed: str, frozen: str
    ) -> None:
        process = es.processes
        next_message, on_tick = reference(14, "next_message"), reference(14, "deadline")
        chapter = taught(14, "new_bank", noon=NOON)
        with chapter.new_bank() as store:
            if frozen:
                es.handle(store, bank.account, frozen, bank.Freeze("fraud"))
            if confirmed == "before":
                process.receive(store, "t1", process.ConfirmReceiver())
            for minute in (0, 59, 60, 61):
                now = NOON + timedelta(minutes=minute)
                moves = True
                while moves:
                    types = [event.type for event in store.read_stream("transfer-t1")]
                    state, _ = process.load(store, "t1")
                    task = process.next_task(state, "t1")
                    assert next_message(types) == (task.name if task else None)
                    late = ["ConfirmationTimedOut"] if state.is_late(now) else []
                    assert on_tick(types, minute, 60) == late
                    moves = process.step(store, "t1", clock=partial(lambda moment: moment, now))
                    if confirmed == "after" and moves:
                        process.receive(store, "t1", process.ConfirmReceiver())
            assert not process.pending(store)

    def test_exercise_3_answers_a_message_once_in_another_chapters_store(
        self, world: Store
    ) -> None:
        receive = reference(14, "inbox")
        faster = [1, 2, 3]  # other messages, one before each of our first commits

        def load() -> tuple[dict[str, str], int, int]:
            events = world.read_stream("purse-1")
            inbox = {e.data["id"]: e.data["answer"] for e in events if e.type == "Answered"}
            return inbox, sum(e.data["cents"] for e in events if e.type == "Moved"), len(events)

        def commit(version: int, *events: Any) -> None:
            if faster:
                put(es.ANY, ("Answered", f"other-{faster.pop()}", "done"))
            put(version or es.NO_STREAM, *events)

        def put(expected_version: Any, *events: Any) -> None:
            names = {"Moved": ["cents"], "Answered": ["id", "answer"]}
            new = [
                es.NewEvent(kind, dict(zip(names[kind], rest, strict=True)))
                for kind, *rest in events
            ]
            world.append("purse-1", new, expected_version)

        messages = [("m1", 100), ("m2", -300), ("m1", 100), ("m3", LARGE), ("m2", -300)]
        told = [receive(message, cents, load, commit) for message, cents in messages]
        assert told == ["done", "refused", "done", "done", "refused"]
        inbox, balance, _ = load()
        assert balance == 100 + LARGE
        assert sorted(inbox) == ["m1", "m2", "m3", "other-1", "other-2", "other-3"]

    @pytest.mark.parametrize("every", [3, 5])
    def test_exercise_5_loses_no_letter_of_another_chapters_events(
        self, world: Store, every: int
    ) -> None:
        post_all = reference(14, "outbox")
        letters = sorted({event.position for event in world.read_all()})
        posted: list[int] = []
        mark, calls, deaths = [0], count(1), 0

        def post(position: int) -> None:
            die_now_and_then()
            posted.append(position)

        def save(position: int) -> None:
            die_now_and_then()
            mark[0] = position

        def die_now_and_then() -> None:
            if next(calls) % every == 0:
                raise Died

        while mark[0] < letters[-1]:
            try:
                post_all([one for one in letters if one > mark[0]], post, save)
            except Died:
                deaths += 1
        assert sorted(set(posted)) == letters
        assert len(posted) <= len(letters) + deaths
