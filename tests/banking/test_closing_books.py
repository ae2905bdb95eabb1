"""Closing the books: an account goes on in a new stream, and no fold loses or doubles a cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.banking import (
    EVENT_TYPES,
    SIGNS,
    Account,
    AccountCommand,
    AccountFrozen,
    AccountOpened,
    BooksClosed,
    BooksOpened,
    Deposit,
    EntryCorrected,
    MoneyDeposited,
    MoneyWithdrawn,
    OpenAccount,
    OpenBooks,
    Party,
    Withdraw,
    account,
    close_books_in_one_append,
    errors,
)
from eventsourcing_kit.projections import ReadModels, bank_models
from eventsourcing_kit.replay import Timeline, as_of, balances, histories
from eventsourcing_kit.stores import SqlEventStore
from tests.banking.test_account import ANY_COMMAND

START = datetime(2024, 12, 31, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
OLD, NEW = "account-1", "account-1.2025"
AXES: list[Any] = ["recorded_at", "occurred_at"]


class Clock:
    """Hours after START; it stands until it is moved."""

    hours = 0

    def __call__(self) -> datetime:
        return START + self.hours * HOUR


def state_of(store: es.EventStore, stream_id: str) -> Account:
    events = map(EVENT_TYPES.decode, store.read_stream(stream_id))
    return es.fold(account.evolve, events, account.initial_state)


def close(store: es.EventStore, old: str, new: str, **more: Any) -> None:
    book = Party(old, len(store.read_stream(old)), state_of(store, old))
    store.append_many(close_books_in_one_append(book, new, **more))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bank(clock: Clock) -> Iterator[SqlEventStore]:
    """One account, overdrawn by 20.00 at the end of the year, whose books are closed."""
    with es.open_store(":memory:", clock=clock) as store:
        es.handle(store, account, OLD, OpenAccount("Ada", "EUR", 5_000))
        es.handle(store, account, OLD, Deposit(1_000, "EUR"))
        es.handle(store, account, OLD, Withdraw(3_000, "EUR"))
        clock.hours = 6  # midnight
        close(store, OLD, NEW)
        yield store


# --- the two events ------------------------------------------------------------------------------


def test_the_old_book_is_emptied_and_the_new_one_has_all_that_decides(bank: SqlEventStore) -> None:
    assert state_of(bank, OLD) == Account("continued", "Ada", "EUR", 5_000, 0, NEW)
    assert state_of(bank, NEW) == Account("open", "Ada", "EUR", 5_000, -2_000)
    assert account.is_terminal(state_of(bank, OLD))
    assert not account.is_terminal(state_of(bank, NEW))


def test_they_name_each_other_and_happen_in_one_moment(bank: SqlEventStore) -> None:
    closed, opened = bank.read_all(after_position=3)
    assert EVENT_TYPES.decode(closed) == BooksClosed(-2_000, "EUR", NEW)
    assert EVENT_TYPES.decode(opened) == BooksOpened(-2_000, "EUR", "Ada", 5_000, OLD)
    assert opened.causation_id == str(closed.event_id)
    assert (closed.occurred_at, closed.recorded_at) == (opened.occurred_at, opened.recorded_at)


def test_the_new_book_decides_as_the_account_would_have(bank: SqlEventStore) -> None:
    with pytest.raises(errors.InsufficientFunds):
        es.handle(bank, account, NEW, Withdraw(3_001, "EUR"))
    es.handle(bank, account, NEW, Withdraw(3_000, "EUR"))
    assert state_of(bank, NEW).balance == -5_000


def test_books_are_closed_year_after_year(bank: SqlEventStore) -> None:
    es.handle(bank, account, NEW, Deposit(2_500, "EUR"))
    close(bank, NEW, "account-1.2026")
    assert [state_of(bank, one).balance for one in (OLD, NEW, "account-1.2026")] == [0, 0, 500]


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", ANY_COMMAND, ids=lambda one: type(one).__name__)
def test_a_closed_book_takes_nothing_and_says_where_the_account_goes_on(
    bank: SqlEventStore, command: AccountCommand
) -> None:
    with pytest.raises(errors.BooksAreClosed, match=f"goes on in {NEW}") as refusal:
        es.handle(bank, account, OLD, command)
    assert refusal.value.continues_in == NEW
    assert len(bank.read_stream(OLD)) == 4


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ([], errors.AccountNotOpen),
        ([AccountOpened("Ada", "EUR"), AccountFrozen("court")], errors.AccountIsFrozen),
        ([AccountOpened("Ada", "EUR"), es.banking.AccountClosed()], errors.AccountIsClosed),
    ],
)
def test_only_an_open_account_has_its_books_closed(
    given: list[Any], refusal: type[es.DomainError]
) -> None:
    state = es.fold(account.evolve, given, account.initial_state)
    with pytest.raises(refusal):
        close_books_in_one_append(Party(OLD, len(given), state), NEW)


@pytest.mark.parametrize(
    ("opening", "refusal"),
    [
        (OpenBooks(-501, "EUR", "Ada", 500, OLD), errors.InsufficientFunds),
        (OpenBooks(0, "EUR", "Ada", -1, OLD), errors.AmountNotPositive),
        (OpenBooks(0, "XXX", "Ada", 0, OLD), es.InvalidInput),
        (OpenBooks(True, "EUR", "Ada", 0, OLD), es.InvalidInput),
    ],
)
def test_a_book_that_no_account_could_have_is_not_opened(
    opening: OpenBooks, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        account.decide(opening, account.initial_state)


def test_a_deposit_between_reading_and_closing_is_not_lost(bank: SqlEventStore) -> None:
    read = Party(NEW, 1, state_of(bank, NEW))
    es.handle(bank, account, NEW, Deposit(1, "EUR"))
    with pytest.raises(es.WrongExpectedVersion):
        bank.append_many(close_books_in_one_append(read, "account-1.2026"))
    assert bank.read_stream("account-1.2026") == []


def test_a_book_does_not_go_on_in_one_that_is_there(bank: SqlEventStore) -> None:
    es.handle(bank, account, "account-2", OpenAccount("Bo", "EUR"))
    with pytest.raises(es.WrongExpectedVersion):
        close(bank, NEW, "account-2")
    with pytest.raises(es.InvalidInput, match="written twice"):
        close(bank, NEW, NEW)
    assert state_of(bank, NEW).status == "open"


# --- an entry of the old year that comes late ----------------------------------------------------


def test_a_late_entry_is_booked_in_the_open_book_and_counts_in_the_old_year(
    bank: SqlEventStore, clock: Clock
) -> None:
    """A shop sends on 2 January what was paid on 31 December."""
    clock.hours = 40
    sylvester = START + HOUR
    late = EVENT_TYPES.encode(MoneyWithdrawn(700, "EUR"), occurred_at=sylvester)
    bank.append(NEW, [late], expected_version=1)
    assert balances(bank).to_dict() == {OLD: 0, NEW: -2_700}

    until = START + 5 * HOUR  # within the old year
    assert balances(bank, time=until, by="recorded_at").sum() == -2_000
    assert balances(bank, time=until, by="occurred_at").to_dict() == {OLD: -2_000, NEW: -700}
    state = as_of(bank, account, NEW, time=until, by="occurred_at")
    assert (state.status, state.balance) == ("new", -700)
    assert as_of(bank, account, NEW, time=clock(), by="occurred_at").balance == -2_700
    assert len(bank.read_stream(OLD)) == 4, "what was closed stays as it was"


# --- whoever reads it ----------------------------------------------------------------------------


def test_read_models_carry_it_over_and_count_no_turnover(bank: SqlEventStore) -> None:
    with ReadModels(bank) as models:
        caught = models.catch_up(
            bank_models.balances(),
            bank_models.balances_by_sql(),
            bank_models.statements(),
            bank_models.daily_totals(),
        )
        assert {one.failure for one in caught.values()} == {None}
        for name in ("balances", "balances_by_sql"):
            rows = models.sql(f"FROM {name}.accounts ORDER BY account").values.tolist()
            assert rows == [[OLD, 0], [NEW, -2_000]]
        lines = models.sql("SELECT account, type, amount, balance FROM statements.entries")
        told = lines.sort_values(["account", "balance"]).values.tolist()
        assert [OLD, "BooksClosed", 2_000, 0] in told
        assert [NEW, "BooksOpened", -2_000, -2_000] in told
        days = models.sql("SELECT came_in, went_out, events FROM daily_totals.days")
        assert days.values.tolist() == [[1_000, 3_000, 2]]


def test_snapshots_and_what_is_kept_in_memory_begin_in_the_new_book(bank: SqlEventStore) -> None:
    source = es.snapshots.SnapshotSource("account", account)
    with es.snapshots.Snapshots(":memory:") as kept:
        kept.take(bank, source, NEW)
        es.handle(bank, account, NEW, Deposit(1, "EUR"))
        loaded = kept.load(bank, source, NEW)
        assert (loaded.replayed, loaded.state) == (1, state_of(bank, NEW))
        cache = es.snapshots.AggregateCache(bank, source, kept)
        assert cache.load(OLD).state == state_of(bank, OLD)


def test_what_is_carried_over_is_told_by_the_signs() -> None:
    assert set(es.banking.events.CARRIED) == {"BooksClosed", "BooksOpened"}
    assert sum(SIGNS[one] for one in es.banking.events.CARRIED) == 0


# --- for all histories ---------------------------------------------------------------------------

MOVES = st.tuples(
    st.sampled_from(["account-1", "account-2"]),
    st.sampled_from([MoneyDeposited, MoneyWithdrawn, EntryCorrected, "close", "close"]),
    st.integers(1, 10**12),
    st.integers(0, 3),  # hours until it is recorded
    st.integers(0, 9),  # hours by which it had occurred before that
)


def play(store: SqlEventStore, clock: Clock, moves: list[tuple[Any, ...]]) -> list[int]:
    """Carry out the moves; the total of the bank after each position, with what is on its way."""
    books = {"account-1": "account-1", "account-2": "account-2"}
    opened = EVENT_TYPES.encode(AccountOpened("Ada", "EUR", 10**15))
    for stream_id in books:
        store.append(stream_id, [opened], expected_version=es.NO_STREAM)
        opened = EVENT_TYPES.encode(AccountOpened("Bo", "EUR", 10**15))
    totals = [0, 0, 0]
    for number, (owner, kind, amount, later, before) in enumerate(moves):
        clock.hours += later
        occurred_at = clock() - before * HOUR
        book = books[owner]
        if kind == "close":
            books[owner] = f"{owner}.{number}"
            close(store, book, books[owner], occurred_at=occurred_at)
            totals += [totals[-1], totals[-1]]
            continue
        more = ("wrong", "an id") if kind is EntryCorrected else ()
        event = kind(amount, "EUR", *more)
        store.append(book, [EVENT_TYPES.encode(event, occurred_at=occurred_at)], es.ANY)
        totals.append(totals[-1] + SIGNS[kind.__name__] * amount)
    return totals


def carried_at(store: es.EventStore, position: int) -> int:
    """What the event at a position has carried out of a book and not yet into the next."""
    events = store.read_all(after_position=position - 1, limit=1) if position else []
    return sum(event.data["amount"] for event in events if event.type == "BooksClosed")


@given(moves=st.lists(MOVES, max_size=12))
@settings(max_examples=20)
def test_three_folds_agree_at_any_position_and_no_cent_is_lost(moves: list[Any]) -> None:
    clock = Clock()
    with es.open_store(":memory:", clock=clock) as store:
        totals = play(store, clock, moves)
        books = sorted({event.stream_id for event in store.read_all()})
        for position, total in enumerate(totals):
            by_fold = {one: as_of(store, account, one, position=position).balance for one in books}
            by_sql = balances(store, position=position)
            assert dict.fromkeys(books, 0) | dict(by_sql) == by_fold
            assert sum(by_fold.values()) + carried_at(store, position) == total
        for one in histories(store, account):
            assert one.states[-1] == state_of(store, one.stream_id)
            assert [one.at(v) for v in range(1, len(one.states) + 1)] == list(one.states)


def without_closing(moves: list[Any]) -> list[Any]:
    """The same moves at the same hours, had the books stayed open."""
    waited, left = 0, []
    for owner, kind, amount, later, before in moves:
        waited += later
        if kind != "close":
            left.append((owner, kind, amount, waited, before))
            waited = 0
    return left


@given(moves=st.lists(MOVES, max_size=12), hours=st.lists(st.integers(-9, 40), max_size=4))
@settings(max_examples=30)
def test_three_folds_agree_at_any_time_and_closing_moves_no_money(
    moves: list[Any], hours: list[int]
) -> None:
    clock, another = Clock(), Clock()
    with (
        es.open_store(":memory:", clock=clock) as store,
        es.open_store(":memory:", clock=another) as never_closed,
    ):
        play(store, clock, moves)
        play(never_closed, another, without_closing(moves))
        books = sorted({event.stream_id for event in store.read_all()})
        for by in AXES:
            timeline = Timeline.build(store, by=by)
            for time in (START + hour * HOUR for hour in hours):
                by_fold = {
                    one: as_of(store, account, one, time=time, by=by).balance for one in books
                }
                by_sql = balances(store, time=time, by=by)
                assert dict.fromkeys(books, 0) | dict(by_sql) == by_fold
                assert timeline.at(time).to_dict() == by_fold
                assert by_sql.sum() == balances(never_closed, time=time, by=by).sum()
