"""What can happen to a bank account. Facts, in the past tense; nothing here can be refused.

Amounts are integers of the currency's minor unit (cents). They are positive, and the event's type
says which way the money went; EntryCorrected and the two of closing the books carry their own sign.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ..codec import EventTypes


@dataclass(frozen=True)
class AccountOpened:
    """`overdraft_limit` is how far below zero the balance may go, as a positive amount."""

    owner: str
    currency: str
    overdraft_limit: int = 0


@dataclass(frozen=True)
class MoneyDeposited:
    """Money came in: cash, a salary, a shop's takings."""

    amount: int
    currency: str
    memo: str = ""


@dataclass(frozen=True)
class MoneyWithdrawn:
    """Money went out: cash, a card payment, a direct debit."""

    amount: int
    currency: str
    memo: str = ""


@dataclass(frozen=True)
class TransferSent:
    """The first half of a transfer. `transfer_id` is the same in both halves."""

    amount: int
    currency: str
    to_account: str
    transfer_id: str = ""
    memo: str = ""


@dataclass(frozen=True)
class TransferReceived:
    """The second half of a transfer."""

    amount: int
    currency: str
    from_account: str
    transfer_id: str = ""
    memo: str = ""


@dataclass(frozen=True)
class InterestCredited:
    """The bank paid interest. `memo` names the period: "2024 Q1"."""

    amount: int
    currency: str
    memo: str = ""


@dataclass(frozen=True)
class FeeCharged:
    """The bank took a fee, or interest that the customer owes it. `reason` is on the statement."""

    amount: int
    currency: str
    reason: str


@dataclass(frozen=True)
class AccountFrozen:
    """From here nothing may happen to the account until it is unfrozen."""

    reason: str


@dataclass(frozen=True)
class AccountUnfrozen:
    """The account is in use again."""

    reason: str


@dataclass(frozen=True)
class EntryCorrected:
    """An earlier entry was wrong, and this makes up for it; the earlier entry stays.

    `amount` has its own sign: what the balance gains or loses. `corrects` is the event_id of the
    wrong entry. The correction is back-dated: its occurred_at is that of the wrong entry.
    """

    amount: int
    currency: str
    reason: str
    corrects: str


@dataclass(frozen=True)
class AccountClosed:
    """The last event of an account."""

    reason: str = ""


@dataclass(frozen=True)
class BooksClosed:
    """The last event of a book: its balance was carried out, into the stream `continues_in`.

    `amount` is that balance with its own sign, and taken away: a closed book stands at zero.
    """

    amount: int
    currency: str
    continues_in: str


@dataclass(frozen=True)
class BooksOpened:
    """The first event of the next book: what was carried in from the stream `continues`.

    `amount` is the balance with its own sign; the owner and the limit are as they were.
    """

    amount: int
    currency: str
    owner: str
    overdraft_limit: int
    continues: str


MoneyEvent = (
    MoneyDeposited
    | MoneyWithdrawn
    | TransferSent
    | TransferReceived
    | InterestCredited
    | FeeCharged
    | EntryCorrected
    | BooksClosed
    | BooksOpened
)
AccountEvent = AccountOpened | MoneyEvent | AccountFrozen | AccountUnfrozen | AccountClosed

EVENT_TYPES: Final[EventTypes[AccountEvent]] = EventTypes(
    [
        AccountOpened,
        MoneyDeposited,
        MoneyWithdrawn,
        TransferSent,
        TransferReceived,
        InterestCredited,
        FeeCharged,
        AccountFrozen,
        AccountUnfrozen,
        EntryCorrected,
        AccountClosed,
        BooksClosed,
        BooksOpened,
    ]
)

SIGNS: Final[Mapping[str, int]] = {
    "MoneyDeposited": 1,
    "MoneyWithdrawn": -1,
    "TransferSent": -1,
    "TransferReceived": 1,
    "InterestCredited": 1,
    "FeeCharged": -1,
    "EntryCorrected": 1,
    "BooksClosed": -1,
    "BooksOpened": 1,
}
"""For each type that moves money: the sign with which `amount` enters the balance.

The one place where it is said: `evolve`, the queries and the read models all take it from here.
"""

CARRIED: Final = ("BooksClosed", "BooksOpened")
"""The types that carry a balance from one book into the next: no customer moved any money."""


def moved(event: MoneyEvent) -> int:
    """By how much the event changes the balance, in minor units. TypeError for any other event."""
    sign = SIGNS.get(type(event).__name__)
    if sign is None:  # a replay stops rather than guess
        raise TypeError(f"{type(event).__name__} is no event that moves money")
    return sign * event.amount


def with_signs(sql: str) -> str:
    """A query of the bank, complete: the types for {money_in}, {money_out} and {carried}."""
    for name, types in (
        ("{money_in}", [type_ for type_, sign in SIGNS.items() if sign == 1]),
        ("{money_out}", [type_ for type_, sign in SIGNS.items() if sign == -1]),
        ("{carried}", CARRIED),
    ):
        sql = sql.replace(name, ", ".join(f"'{type_}'" for type_ in types))
    return sql
