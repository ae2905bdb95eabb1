"""The bank account as a decider: what it refuses, what follows from a command, what it becomes.

Invariants: the balance never falls below the overdraft limit; nothing happens on a frozen account
but unfreezing, and nothing at all on a closed one or in a closed book; an account holds one
currency; it is opened once, and closed at zero only.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal, assert_never

from ..decider import Decider
from . import money
from .commands import (
    AccountCommand,
    ChargeFee,
    Close,
    CloseBooks,
    CorrectEntry,
    CreditInterest,
    Deposit,
    Freeze,
    OpenAccount,
    OpenBooks,
    ReceiveTransfer,
    SendTransfer,
    Unfreeze,
    Withdraw,
)
from .errors import (
    AccountAlreadyOpen,
    AccountIsClosed,
    AccountIsFrozen,
    AccountIsNotFrozen,
    AccountNotOpen,
    AmountNotPositive,
    BalanceNotZero,
    BooksAreClosed,
    CurrencyMismatch,
    InsufficientFunds,
    NothingToCorrect,
)
from .events import (
    EVENT_TYPES,
    AccountClosed,
    AccountEvent,
    AccountFrozen,
    AccountOpened,
    AccountUnfrozen,
    BooksClosed,
    BooksOpened,
    EntryCorrected,
    FeeCharged,
    InterestCredited,
    MoneyDeposited,
    MoneyWithdrawn,
    TransferReceived,
    TransferSent,
    moved,
)


@dataclass(frozen=True)
class Account:
    """What is known of an account after some of its events. Amounts in minor units.

    Once its books are closed it is "continued", in the stream `continues_in`.
    """

    status: Literal["new", "open", "frozen", "closed", "continued"] = "new"
    owner: str = ""
    currency: str = ""
    overdraft_limit: int = 0
    balance: int = 0
    continues_in: str = field(default="", repr=False)

    @property
    def available(self) -> int:
        """What can be withdrawn: the balance and the overdraft."""
        return self.balance + self.overdraft_limit


def evolve(state: Account, event: AccountEvent) -> Account:
    """The account after `event`. It never refuses: what is recorded has happened."""
    match event:
        case AccountOpened(owner, currency, overdraft_limit):
            return replace(
                state,
                status="open",
                owner=owner,
                currency=currency,
                overdraft_limit=overdraft_limit,
            )
        case AccountFrozen():
            return replace(state, status="frozen")
        case AccountUnfrozen():
            return replace(state, status="open")
        case AccountClosed():
            return replace(state, status="closed")
        case BooksClosed(amount, _, continues_in):
            carried_out = replace(state, status="continued", continues_in=continues_in)
            return replace(carried_out, balance=state.balance - amount)
        case BooksOpened(amount, currency, owner, overdraft_limit):
            opened = evolve(state, AccountOpened(owner, currency, overdraft_limit))
            return replace(opened, balance=state.balance + amount)
        case _:
            return replace(state, balance=state.balance + moved(event))


def decide(command: AccountCommand, state: Account) -> list[AccountEvent]:
    """The events that follow from `command`. Raises a DomainError of banking.errors, and
    InvalidInput for an amount that is no int or a currency that is not known.
    """
    _check_status(command, state)
    match command:
        case OpenAccount(owner, currency, overdraft_limit):
            money.check_currency(currency)
            if money.check_amount(overdraft_limit, "overdraft_limit") < 0:
                raise AmountNotPositive(overdraft_limit, currency)
            return [AccountOpened(owner, currency, overdraft_limit)]
        case Deposit(amount, currency, memo):
            _check_credit(amount, currency, state)
            return [MoneyDeposited(amount, currency, memo)]
        case Withdraw(amount, currency, memo):
            _check_debit(amount, currency, state)
            return [MoneyWithdrawn(amount, currency, memo)]
        case SendTransfer(amount, currency, to_account, transfer_id, memo):
            _check_debit(amount, currency, state)
            return [TransferSent(amount, currency, to_account, transfer_id, memo)]
        case ReceiveTransfer(amount, currency, from_account, transfer_id, memo):
            _check_credit(amount, currency, state)
            return [TransferReceived(amount, currency, from_account, transfer_id, memo)]
        case CreditInterest(amount, currency, memo):
            _check_credit(amount, currency, state)
            return [InterestCredited(amount, currency, memo)]
        case ChargeFee(amount, currency, reason):
            _check_debit(amount, currency, state)
            return [FeeCharged(amount, currency, reason)]
        case CorrectEntry(amount, currency, reason, corrects):
            if money.check_amount(amount) == 0:
                raise NothingToCorrect
            if amount > 0:
                _check_credit(amount, currency, state)
            else:
                _check_debit(-amount, currency, state)
            return [EntryCorrected(amount, currency, reason, corrects)]
        case Freeze(reason):
            return [AccountFrozen(reason)]
        case Unfreeze(reason):
            return [AccountUnfrozen(reason)]
        case Close(reason):
            if state.balance != 0:
                raise BalanceNotZero(state.balance, state.currency)
            return [AccountClosed(reason)]
        case CloseBooks(continues_in):
            return [BooksClosed(state.balance, state.currency, continues_in)]
        case OpenBooks(amount, currency, owner, overdraft_limit, continues):
            decide(OpenAccount(owner, currency, overdraft_limit), state)
            if money.check_amount(amount) < -overdraft_limit:
                raise InsufficientFunds(0, overdraft_limit, -amount, currency)
            return [BooksOpened(amount, currency, owner, overdraft_limit, continues)]
        case _:
            assert_never(command)


def has_ended(state: Account) -> bool:
    """Whether nothing more happens in this stream."""
    return state.status in ("closed", "continued")


account: Final[Decider[AccountCommand, AccountEvent, Account]] = Decider(
    decide=decide,
    evolve=evolve,
    initial_state=Account(),
    is_terminal=has_ended,
    event_types=EVENT_TYPES,
)


def _check_status(command: AccountCommand, state: Account) -> None:
    """Whether the account takes this kind of command at all, as it stands."""
    match state.status, command:
        case "new", OpenAccount() | OpenBooks():
            return
        case "new", _:
            raise AccountNotOpen
        case "closed", _:
            raise AccountIsClosed
        case "continued", _:
            raise BooksAreClosed(state.continues_in)
        case _, OpenAccount() | OpenBooks():
            raise AccountAlreadyOpen(state.owner)
        case "frozen", Unfreeze():
            return
        case "frozen", _:
            raise AccountIsFrozen
        case "open", Unfreeze():
            raise AccountIsNotFrozen


def _check_credit(amount: int, currency: str, state: Account) -> None:
    _check_money(amount, currency, state)
    money.check_amount(state.balance + amount, "balance")


def _check_debit(amount: int, currency: str, state: Account) -> None:
    _check_money(amount, currency, state)
    if amount > state.available:
        raise InsufficientFunds(state.balance, state.overdraft_limit, amount, currency)


def _check_money(amount: int, currency: str, state: Account) -> None:
    money.check_amount(amount)
    money.check_currency(currency)
    if amount <= 0:
        raise AmountNotPositive(amount, currency)
    if currency != state.currency:
        raise CurrencyMismatch(currency, state.currency)
