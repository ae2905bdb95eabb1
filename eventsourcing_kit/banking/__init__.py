"""The example domain: a bank whose accounts are event-sourced.

It knows no database: what it decides is handed to a store by others. Where it needs one (the import
of a real bank's data) the store is a parameter. What makes or imports data loads when it is first
touched, and so does `hafenbank`, which stands on upcasting.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import commands, errors, events, holds, money, postings
from .account import Account, account, decide, evolve
from .books import close_books_in_one_append
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
from .events import (
    EVENT_TYPES,
    SIGNS,
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
)
from .transfers import Party, transfer_in_one_append

if TYPE_CHECKING:
    from . import berka, hafenbank
    from .incidents import INCIDENTS, Incident
    from .scale import simulate
    from .simulation import simulate_bank

__all__ = [
    "EVENT_TYPES",
    "INCIDENTS",
    "SIGNS",
    "Account",
    "AccountClosed",
    "AccountCommand",
    "AccountEvent",
    "AccountFrozen",
    "AccountOpened",
    "AccountUnfrozen",
    "BooksClosed",
    "BooksOpened",
    "ChargeFee",
    "Close",
    "CloseBooks",
    "CorrectEntry",
    "CreditInterest",
    "Deposit",
    "EntryCorrected",
    "FeeCharged",
    "Freeze",
    "Incident",
    "InterestCredited",
    "MoneyDeposited",
    "MoneyWithdrawn",
    "OpenAccount",
    "OpenBooks",
    "Party",
    "ReceiveTransfer",
    "SendTransfer",
    "TransferReceived",
    "TransferSent",
    "Unfreeze",
    "Withdraw",
    "account",
    "berka",
    "close_books_in_one_append",
    "commands",
    "decide",
    "errors",
    "events",
    "evolve",
    "hafenbank",
    "holds",
    "money",
    "postings",
    "simulate",
    "simulate_bank",
    "transfer_in_one_append",
]

_FROM = {
    "INCIDENTS": "incidents",
    "Incident": "incidents",
    "simulate": "scale",
    "simulate_bank": "simulation",
}


def __getattr__(name: str) -> Any:
    if name in ("berka", "hafenbank"):
        return import_module(f".{name}", __name__)
    if name in _FROM:
        return getattr(import_module(f".{_FROM[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
