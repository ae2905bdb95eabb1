"""Money that is held, captured, released, expired or forced; available = posted - held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import eventsourcing_kit as es
from eventsourcing_kit.banking import holds as h
from eventsourcing_kit.banking.commands import (
    AccountCommand,
    ChargeFee,
    Close,
    CloseBooks,
    Deposit,
    Freeze,
    OpenAccount,
    Withdraw,
)
from eventsourcing_kit.banking.errors import AccountIsClosed, AccountIsFrozen, AccountNotOpen
from eventsourcing_kit.banking.events import MoneyWithdrawn

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
EVENING = NOON + timedelta(hours=6)


def after(*commands: h.CardCommand, start: h.CardAccount | None = None) -> h.CardAccount:
    state = start or h.CardAccount()
    for command in commands:
        state = es.fold(h.evolve, h.decide(command, state), state)
    return state


def ask(command: AccountCommand, now: datetime = NOON) -> h.Ask:
    return h.Ask(command, now)


def place(amount: int, hold_id: str = "hotel", until: datetime = EVENING) -> h.Place:
    return h.Place(hold_id, amount, "EUR", "Hotel", until, NOON)


HUNDRED = after(ask(OpenAccount("Ada", "EUR")), ask(Deposit(10_000, "EUR")))


def names(events: Sequence[h.CardEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_a_hold_moves_no_money_and_leaves_less_to_spend() -> None:
    state = after(place(6_000), start=HUNDRED)
    assert (state.posted, state.held(NOON), state.available(NOON)) == (10_000, 6_000, 4_000)
    for too_much in (ask(Withdraw(4_001, "EUR")), ask(ChargeFee(4_001, "EUR", "x"))):
        with pytest.raises(h.NotAvailable, match=r"40\.00 EUR is available and 60\.00 EUR held"):
            h.decide(too_much, state)
    assert after(ask(Withdraw(4_000, "EUR")), start=state).available(NOON) == 0


def test_a_capture_is_what_posts_and_the_rest_is_free_if_it_was_final() -> None:
    state = after(place(6_000), start=HUNDRED)
    events = h.decide(h.Capture("hotel", 5_000, NOON), state)
    assert events == [
        h.HoldCaptured("hotel", 5_000, True),
        MoneyWithdrawn(5_000, "EUR", "Hotel"),
    ]
    captured = es.fold(h.evolve, events, state)
    assert (captured.posted, captured.available(NOON), captured.holds) == (5_000, 5_000, {})


def test_a_hotel_bill_that_grows_and_is_captured_twice() -> None:
    state = after(
        place(6_000),
        h.Raise("hotel", 1_000, NOON),
        h.Capture("hotel", 4_500, NOON, final=False),
        start=HUNDRED,
    )
    assert state.holds["hotel"].reserved == 2_500
    assert after(h.Capture("hotel", 2_500, NOON, final=False), start=state).holds == {}
    with pytest.raises(h.MoreThanHeld, match=r"reserves 25\.00 EUR"):
        h.decide(h.Capture("hotel", 2_501, NOON), state)


def test_a_hold_is_not_raised_beyond_what_is_available() -> None:
    state = after(place(6_000), start=HUNDRED)
    with pytest.raises(h.NotAvailable):
        h.decide(h.Raise("hotel", 4_001, NOON), state)


def test_a_hold_that_was_released_cannot_be_captured_raised_or_released() -> None:
    state = after(place(6_000), h.Release("hotel"), start=HUNDRED)
    assert state == HUNDRED
    for late in (
        h.Capture("hotel", 1, NOON),
        h.Raise("hotel", 1, NOON),
        h.Release("hotel"),
    ):
        with pytest.raises(h.HoldNotOpen):
            h.decide(late, state)


def test_expiry_is_noted_once_however_often_the_timer_comes() -> None:
    state = after(place(6_000), place(1_000, "café", EVENING + timedelta(hours=1)), start=HUNDRED)
    assert h.decide(h.Expire(EVENING - timedelta(seconds=1)), state) == []
    first = h.decide(h.Expire(EVENING), state)
    assert first == [h.HoldExpired("hotel")]
    expired = es.fold(h.evolve, first, state)
    assert h.decide(h.Expire(EVENING), expired) == []
    assert list(expired.holds) == ["café"]


def test_a_timer_that_is_late_keeps_no_money_from_its_owner_and_lets_no_capture_in() -> None:
    state = after(place(6_000), start=HUNDRED)
    assert state.available(EVENING) == 10_000
    assert names(h.decide(ask(Withdraw(10_000, "EUR"), EVENING), state)) == ["MoneyWithdrawn"]
    with pytest.raises(h.HoldNotOpen):
        h.decide(h.Capture("hotel", 6_000, EVENING), state)


def test_news_is_posted_though_the_money_is_not_there() -> None:
    state = after(place(6_000), start=HUNDRED)
    forced = h.ForcePost(9_000, "EUR", "clearing file", "net-77")
    state = after(forced, start=state)
    assert (state.posted, state.available(NOON)) == (1_000, -5_000)
    with pytest.raises(h.NotAvailable):
        h.decide(ask(Withdraw(1, "EUR")), state)
    assert after(h.Capture("hotel", 6_000, NOON), start=state).posted == -5_000  # it was promised


def test_a_frozen_account_takes_news_and_no_wishes() -> None:
    state = after(place(6_000), ask(Freeze("fraud")), start=HUNDRED)
    for wish in (place(1, "café"), h.Raise("hotel", 1, NOON)):
        with pytest.raises(AccountIsFrozen):
            h.decide(wish, state)
    assert after(h.Capture("hotel", 6_000, NOON), start=state).posted == 4_000
    assert after(h.ForcePost(1, "EUR", "late", "net-1"), start=state).posted == 9_999


def test_news_for_no_account_or_a_closed_one_belongs_elsewhere() -> None:
    news = h.ForcePost(1, "EUR", "late", "net-1")
    with pytest.raises(AccountNotOpen):
        h.decide(news, h.CardAccount())
    closed = after(ask(Withdraw(10_000, "EUR")), ask(Close()), start=HUNDRED)
    with pytest.raises(AccountIsClosed):
        h.decide(news, closed)
    assert h.card.is_terminal(closed)
    with pytest.raises(es.banking.errors.CurrencyMismatch):
        h.decide(h.ForcePost(1, "USD", "late", "net-1"), HUNDRED)


def test_an_account_is_not_closed_over_a_promise() -> None:
    state = after(ask(Withdraw(4_000, "EUR")), place(6_000), start=HUNDRED)
    for end in (Close(), CloseBooks("card-2")):
        with pytest.raises(h.HoldsAreOpen, match="hotel"):
            h.decide(ask(end), state)


@pytest.mark.parametrize("amount", [0, -1])
def test_an_amount_is_above_zero(amount: int) -> None:
    state = after(place(6_000), start=HUNDRED)
    for command in (
        place(amount, "café"),
        h.Raise("hotel", amount, NOON),
        h.Capture("hotel", amount, NOON),
        h.ForcePost(amount, "EUR", "x", "net-1"),
    ):
        with pytest.raises(es.banking.errors.AmountNotPositive):
            h.decide(command, state)


def test_a_hold_is_placed_once() -> None:
    with pytest.raises(h.HoldIsOpen):
        h.decide(place(1), after(place(6_000), start=HUNDRED))


def test_a_hold_ends_after_it_was_placed() -> None:
    with pytest.raises(es.InvalidInput, match="until"):
        h.decide(place(1, until=NOON), HUNDRED)


def test_it_is_kept_in_any_store_and_a_repeated_capture_gets_its_first_answer() -> None:
    store: Any = es.open_store(":memory:")
    again = es.fixed_ids()()
    for command in (ask(OpenAccount("Ada", "EUR")), ask(Deposit(10_000, "EUR")), place(6_000)):
        es.handle(store, h.card, "card-1", command)
    answers = [
        es.handle(store, h.card, "card-1", h.Capture("hotel", 6_000, NOON), command_id=again)
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert es.replay.as_of(store, h.card, "card-1", version=5).posted == 4_000


def test_a_snapshot_has_the_open_holds() -> None:
    store: Any = es.open_store(":memory:")
    for command in (ask(OpenAccount("Ada", "EUR")), ask(Deposit(10_000, "EUR")), place(6_000)):
        es.handle(store, h.card, "card-1", command)
    source = es.snapshots.SnapshotSource("card", h.card)
    with es.snapshots.Snapshots(":memory:") as kept:
        kept.take(store, source, "card-1")
        loaded = kept.load(store, source, "card-1")
    assert (loaded.state, loaded.replayed) == (after(place(6_000), start=HUNDRED), 0)


# --- any course of events ------------------------------------------------------------------------

AMOUNTS = st.integers(1, 6_000)
IDS = st.sampled_from("abc")


class AnyCourse(RuleBasedStateMachine):
    """A card account beside a plain account of it: a sum, and a reserved amount for each hold."""

    @initialize(limit=st.integers(0, 5_000), first=AMOUNTS)
    def opens(self, limit: int, first: int) -> None:
        self.now, self.forced = NOON, False
        self.posted, self.limit = first, limit
        self.reserved: dict[str, tuple[int, datetime]] = {}
        self.state = after(ask(OpenAccount("Ada", "EUR", limit)), ask(Deposit(first, "EUR")))

    def free(self) -> int:
        held = sum(amount for amount, until in self.reserved.values() if self.now < until)
        return self.posted + self.limit - held

    def tried(self, command: h.CardCommand, allowed: bool) -> bool:
        """Whether it was done, which has to be as the model allows it."""
        try:
            self.state = after(command, start=self.state)
        except es.DomainError:
            assert not allowed
            return False
        assert allowed
        return True

    def is_open(self, name: str) -> bool:
        return name in self.reserved and self.now < self.reserved[name][1]

    @rule(name=IDS, amount=AMOUNTS, hours=st.integers(1, 48))
    def places(self, name: str, amount: int, hours: int) -> None:
        until = self.now + timedelta(hours=hours)
        allowed = name not in self.reserved and amount <= self.free()
        if self.tried(h.Place(name, amount, "EUR", "Shop", until, self.now), allowed):
            self.reserved[name] = (amount, until)

    @rule(name=IDS, amount=AMOUNTS)
    def raises(self, name: str, amount: int) -> None:
        allowed = self.is_open(name) and amount <= self.free()
        if self.tried(h.Raise(name, amount, self.now), allowed):
            self.reserved[name] = (self.reserved[name][0] + amount, self.reserved[name][1])

    @rule(name=IDS, amount=AMOUNTS, final=st.booleans())
    def captures(self, name: str, amount: int, final: bool) -> None:
        allowed = self.is_open(name) and amount <= self.reserved[name][0]
        if self.tried(h.Capture(name, amount, self.now, final), allowed):
            self.posted -= amount
            left, until = self.reserved.pop(name)
            if not final and left > amount:
                self.reserved[name] = (left - amount, until)

    @rule(name=IDS)
    def releases(self, name: str) -> None:
        if self.tried(h.Release(name), name in self.reserved):
            del self.reserved[name]

    @rule()
    def the_timer_comes_twice(self) -> None:
        due = {name for name, (_, until) in self.reserved.items() if until <= self.now}
        first = h.decide(h.Expire(self.now), self.state)
        assert set(first) == {h.HoldExpired(name) for name in due}
        self.state = es.fold(h.evolve, first, self.state)
        assert h.decide(h.Expire(self.now), self.state) == []
        for name in due:
            del self.reserved[name]

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(amount=AMOUNTS)
    def withdraws(self, amount: int) -> None:
        if self.tried(h.Ask(Withdraw(amount, "EUR"), self.now), amount <= self.free()):
            self.posted -= amount

    @precondition(lambda self: not self.forced)
    @rule(amount=AMOUNTS)
    def is_forced(self, amount: int) -> None:
        assert self.tried(h.ForcePost(amount, "EUR", "clearing", "net-1"), allowed=True)
        self.posted, self.forced = self.posted - amount, True

    @invariant()
    def available_is_posted_less_what_is_held(self) -> None:
        assert self.state.posted == self.posted
        assert self.state.available(self.now) == self.free()
        assert {n: hold.reserved for n, hold in self.state.holds.items()} == {
            name: amount for name, (amount, _) in self.reserved.items()
        }

    @invariant()
    def it_is_never_below_zero_unless_forced(self) -> None:
        assert self.forced or self.state.available(self.now) >= 0


TestAnyCourse = AnyCourse.TestCase
TestAnyCourse.settings = settings(max_examples=60, stateful_step_count=20)
