"""The account, told as: given these events, when this is asked, then that follows."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.banking import (
    EVENT_TYPES,
    SIGNS,
    Account,
    AccountClosed,
    AccountCommand,
    AccountEvent,
    AccountFrozen,
    AccountOpened,
    AccountUnfrozen,
    BooksClosed,
    BooksOpened,
    ChargeFee,
    Close,
    CloseBooks,
    CorrectEntry,
    CreditInterest,
    Deposit,
    EntryCorrected,
    FeeCharged,
    Freeze,
    InterestCredited,
    MoneyDeposited,
    MoneyWithdrawn,
    OpenAccount,
    OpenBooks,
    ReceiveTransfer,
    SendTransfer,
    TransferReceived,
    TransferSent,
    Unfreeze,
    Withdraw,
    account,
    errors,
)

OPENED = AccountOpened("Amara Okafor", "EUR", overdraft_limit=5_000)
DEPOSITED = MoneyDeposited(3_000, "EUR")
FROZEN = AccountFrozen("card stolen")
CLOSED = AccountClosed()

OPENINGS: list[AccountCommand] = [
    OpenAccount("Amara Okafor", "EUR"),
    OpenBooks(-70, "EUR", "Amara Okafor", 5_000, "account-0"),
]
USES: list[AccountCommand] = [
    Deposit(1, "EUR"),
    Withdraw(1, "EUR"),
    SendTransfer(1, "EUR", "account-2"),
    ReceiveTransfer(1, "EUR", "account-2"),
    CreditInterest(1, "EUR"),
    ChargeFee(1, "EUR", "Account fee"),
    Freeze("card stolen"),
    Unfreeze("card found"),
    CorrectEntry(1, "EUR", "typing error", "an event id"),
    Close(),
    CloseBooks("account-1.2025"),
]
ANY_COMMAND = [*OPENINGS, *USES]


def state_after(*events: AccountEvent) -> Account:
    return es.fold(account.evolve, events, account.initial_state)


# --- what follows --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "when", "then"),
    [
        ([], OpenAccount("Amara Okafor", "EUR", 5_000), OPENED),
        ([OPENED], Deposit(3_000, "EUR", "Cash"), MoneyDeposited(3_000, "EUR", "Cash")),
        ([OPENED, DEPOSITED], Withdraw(8_000, "EUR"), MoneyWithdrawn(8_000, "EUR")),
        (
            [OPENED],
            SendTransfer(100, "EUR", "account-2", "transfer-1", "Dinner"),
            TransferSent(100, "EUR", "account-2", "transfer-1", "Dinner"),
        ),
        (
            [OPENED],
            ReceiveTransfer(100, "EUR", "account-2", "transfer-1"),
            TransferReceived(100, "EUR", "account-2", "transfer-1"),
        ),
        ([OPENED], CreditInterest(12, "EUR", "2024 Q1"), InterestCredited(12, "EUR", "2024 Q1")),
        ([OPENED], ChargeFee(290, "EUR", "Fee"), FeeCharged(290, "EUR", "Fee")),
        ([OPENED], Freeze("card stolen"), FROZEN),
        ([OPENED, FROZEN], Unfreeze("card found"), AccountUnfrozen("card found")),
        (
            [OPENED],
            CorrectEntry(-290, "EUR", "wrong", "an id"),
            EntryCorrected(-290, "EUR", "wrong", "an id"),
        ),
        ([OPENED, DEPOSITED, MoneyWithdrawn(3_000, "EUR")], Close("moves"), AccountClosed("moves")),
        ([OPENED, DEPOSITED], CloseBooks("next"), BooksClosed(3_000, "EUR", "next")),
        ([], OpenBooks(-9, "EUR", "Jo", 9, "old"), BooksOpened(-9, "EUR", "Jo", 9, "old")),
    ],
)
def test_a_command_is_followed_by_its_event(
    given: list[AccountEvent], when: AccountCommand, then: AccountEvent
) -> None:
    assert account.decide(when, state_after(*given)) == [then]


def test_every_kind_of_event_is_stored_and_read_back_as_it_was() -> None:
    special: dict[type, list[AccountEvent]] = {
        OpenAccount: [],
        OpenBooks: [],
        Unfreeze: [OPENED, FROZEN],
    }
    events: list[AccountEvent] = []
    for command in ANY_COMMAND:
        events += account.decide(command, state_after(*special.get(type(command), [OPENED])))
    with es.open_store(":memory:") as store:
        store.append("account-1", list(map(EVENT_TYPES.encode, events)), expected_version=0)
        assert list(map(EVENT_TYPES.decode, store.read_all())) == events
    assert {type(event).__name__ for event in events} == set(EVENT_TYPES.classes)


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize("command", USES)
def test_an_account_must_be_opened_first(command: AccountCommand) -> None:
    with pytest.raises(errors.AccountNotOpen):
        account.decide(command, account.initial_state)


@pytest.mark.parametrize("command", OPENINGS)
def test_an_account_is_opened_once(command: AccountCommand) -> None:
    with pytest.raises(errors.AccountAlreadyOpen, match="for Amara Okafor"):
        account.decide(command, state_after(OPENED))


@pytest.mark.parametrize("command", [c for c in USES if not isinstance(c, Unfreeze)])
def test_a_frozen_account_takes_nothing_but_unfreezing(command: AccountCommand) -> None:
    with pytest.raises(errors.AccountIsFrozen):
        account.decide(command, state_after(OPENED, FROZEN))


@pytest.mark.parametrize("command", ANY_COMMAND)
def test_a_closed_account_takes_nothing(command: AccountCommand) -> None:
    with pytest.raises(errors.AccountIsClosed):
        account.decide(command, state_after(OPENED, CLOSED))


def test_only_a_frozen_account_is_unfrozen() -> None:
    with pytest.raises(errors.AccountIsNotFrozen):
        account.decide(Unfreeze("card found"), state_after(OPENED))


@pytest.mark.parametrize(
    "command",
    [
        Withdraw(8_001, "EUR"),
        SendTransfer(8_001, "EUR", "account-2"),
        ChargeFee(8_001, "EUR", "Account fee"),
        CorrectEntry(-8_001, "EUR", "wrong", "an id"),
    ],
)
def test_nothing_takes_the_balance_below_the_overdraft_limit(command: AccountCommand) -> None:
    with pytest.raises(errors.InsufficientFunds):
        account.decide(command, state_after(OPENED, DEPOSITED))


def test_a_refusal_can_be_read_by_the_customer() -> None:
    without_overdraft = AccountOpened("Amara Okafor", "EUR")
    with pytest.raises(es.DomainError) as refusal:
        account.decide(Withdraw(8_000, "EUR"), state_after(without_overdraft, DEPOSITED))
    assert str(refusal.value) == (
        "Account holds 30.00 EUR with an overdraft limit of 0.00 EUR; 80.00 EUR cannot be withdrawn"
    )


@pytest.mark.parametrize("amount", [0, -1])
@pytest.mark.parametrize(
    "kind", [Deposit, Withdraw, CreditInterest, lambda amount, eur: ChargeFee(amount, eur, "Fee")]
)
def test_an_amount_of_zero_or_less_is_refused_by_the_domain(kind: Any, amount: int) -> None:
    with pytest.raises(errors.AmountNotPositive):
        account.decide(kind(amount, "EUR"), state_after(OPENED))


def test_an_account_holds_one_currency() -> None:
    with pytest.raises(errors.CurrencyMismatch, match="held in EUR; it cannot take USD"):
        account.decide(Deposit(100, "USD"), state_after(OPENED))


def test_an_unknown_currency_opens_no_account() -> None:
    with pytest.raises(es.InvalidInput, match="currency: 'XXX' is not known"):
        account.decide(OpenAccount("Amara Okafor", "XXX"), account.initial_state)


def test_an_overdraft_limit_is_not_negative() -> None:
    with pytest.raises(errors.AmountNotPositive):
        account.decide(OpenAccount("Amara Okafor", "EUR", -1), account.initial_state)


def test_a_correction_of_zero_is_refused() -> None:
    with pytest.raises(errors.NothingToCorrect):
        account.decide(CorrectEntry(0, "EUR", "none", "an id"), state_after(OPENED))


@pytest.mark.parametrize("events", [[DEPOSITED], [MoneyWithdrawn(1, "EUR")]])
def test_an_account_is_closed_at_zero_only(events: list[AccountEvent]) -> None:
    with pytest.raises(errors.BalanceNotZero):
        account.decide(Close(), state_after(OPENED, *events))


def test_a_balance_stays_within_64_bits() -> None:
    with pytest.raises(es.InvalidInput, match="balance: is beyond 64 bits"):
        account.decide(Deposit(2**63 - 1, "EUR"), state_after(OPENED, DEPOSITED))


@given(
    st.one_of(
        st.floats(),
        st.booleans(),
        st.text(),
        st.decimals(),
        st.none(),
        st.integers(min_value=2**63),
        st.integers(max_value=-(2**63) - 1),
    ),
    st.sampled_from([Deposit, Withdraw, CreditInterest]),
)
def test_an_amount_that_is_no_int_is_refused_before_anything_else(amount: Any, kind: Any) -> None:
    with pytest.raises(es.InvalidInput, match="amount"):
        account.decide(kind(amount, "EUR"), state_after(OPENED))


@pytest.mark.parametrize("amount", [2.5, True, "2", Decimal("0.001"), None, float("nan")])
def test_an_event_with_such_an_amount_is_not_encoded(amount: Any) -> None:
    with pytest.raises(es.InvalidInput):
        EVENT_TYPES.encode(MoneyDeposited(amount, "EUR"))


# --- for all histories ---------------------------------------------------------------------------

AMOUNTS = st.integers(-100, 3_000)
COMMANDS = st.one_of(
    st.builds(Deposit, AMOUNTS, st.just("EUR")),
    st.builds(Withdraw, AMOUNTS, st.just("EUR")),
    st.builds(SendTransfer, AMOUNTS, st.just("EUR"), st.just("account-2")),
    st.builds(ReceiveTransfer, AMOUNTS, st.sampled_from(["EUR", "USD"]), st.just("account-2")),
    st.builds(CreditInterest, AMOUNTS, st.just("EUR")),
    st.builds(ChargeFee, AMOUNTS, st.just("EUR"), st.just("Account fee")),
    st.builds(
        CorrectEntry,
        st.integers(-3_000, 3_000),
        st.just("EUR"),
        st.just("wrong"),
        st.just("an event id"),
    ),
    st.builds(Freeze, st.just("card stolen")),
    st.builds(Unfreeze, st.just("card found")),
    st.builds(Close),
    st.builds(CloseBooks, st.just("account-1.2025")),
)


@given(st.integers(0, 2_000), st.lists(COMMANDS, max_size=60))
def test_invariants_hold_after_any_commands(limit: int, commands: list[AccountCommand]) -> None:
    history: list[AccountEvent] = []
    state = account.initial_state
    for command in [OpenAccount("Amara Okafor", "EUR", limit), *commands]:
        try:
            events = account.decide(command, state)
        except es.DomainError:
            continue
        assert state.status not in ("closed", "continued")
        assert state.status != "frozen" or isinstance(command, Unfreeze)
        history += events
        state = es.fold(account.evolve, events, state)
        assert state.balance >= -limit
        assert account.is_terminal(state) == (state.status in ("closed", "continued"))
    assert state == state_after(*history)
    assert state.balance == sum(
        SIGNS[type(event).__name__] * event.amount for event in history if hasattr(event, "amount")
    )


def test_evolve_takes_whatever_has_happened() -> None:
    overdrawn = state_after(MoneyWithdrawn(10**6, "EUR"), OPENED, CLOSED, DEPOSITED, FROZEN)
    assert overdrawn.balance == 3_000 - 10**6
    assert overdrawn.status == "frozen"
