"""What one may ask of an account. A command can be refused; an event cannot.

Amounts are integers of the currency's minor unit.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OpenAccount:
    owner: str
    currency: str
    overdraft_limit: int = 0


@dataclass(frozen=True)
class Deposit:
    amount: int
    currency: str
    memo: str = ""


@dataclass(frozen=True)
class Withdraw:
    amount: int
    currency: str
    memo: str = ""


@dataclass(frozen=True)
class SendTransfer:
    amount: int
    currency: str
    to_account: str
    transfer_id: str = ""
    memo: str = ""


@dataclass(frozen=True)
class ReceiveTransfer:
    amount: int
    currency: str
    from_account: str
    transfer_id: str = ""
    memo: str = ""


@dataclass(frozen=True)
class CreditInterest:
    amount: int
    currency: str
    memo: str = ""


@dataclass(frozen=True)
class ChargeFee:
    amount: int
    currency: str
    reason: str


@dataclass(frozen=True)
class Freeze:
    reason: str


@dataclass(frozen=True)
class Unfreeze:
    reason: str


@dataclass(frozen=True)
class CorrectEntry:
    """`amount` is signed: what the balance is to gain or lose. `corrects` is an event_id."""

    amount: int
    currency: str
    reason: str
    corrects: str


@dataclass(frozen=True)
class Close:
    reason: str = ""


@dataclass(frozen=True)
class CloseBooks:
    """The account is to go on in the stream `continues_in`."""

    continues_in: str


@dataclass(frozen=True)
class OpenBooks:
    """`amount` is signed: the balance with which the book of the stream `continues` was closed."""

    amount: int
    currency: str
    owner: str
    overdraft_limit: int
    continues: str


AccountCommand = (
    OpenAccount
    | Deposit
    | Withdraw
    | SendTransfer
    | ReceiveTransfer
    | CreditInterest
    | ChargeFee
    | Freeze
    | Unfreeze
    | CorrectEntry
    | Close
    | CloseBooks
    | OpenBooks
)
