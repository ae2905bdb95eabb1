"""Double entry: what each event of the bank moves, from which account and to which.

An event tells what happened to one account in the words of business; this chart of accounts says
what stands against it. The zero sum is enforced where an entry is made, in its constructor: one
that does not come out at zero in every currency cannot be had.

An amount is signed as the customer sees it: plus is a credit, minus a debit. So a customer's
postings sum to their balance, and what the bank has in its vault is a debit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from ..errors import DomainError, InvalidInput, UnknownEventType
from ..event import RecordedEvent
from . import money
from .events import SIGNS
from .holds import EVENT_TYPES

AGAINST: Final[Mapping[str, str]] = {
    "MoneyDeposited": "cash",
    "MoneyWithdrawn": "cash",
    "TransferSent": "between accounts",
    "TransferReceived": "between accounts",
    "InterestCredited": "interest paid",
    "FeeCharged": "fees earned",
    "EntryCorrected": "corrections",
    "BooksClosed": "between books",
    "BooksOpened": "between books",
}
"""The chart of accounts: which of the bank's own stands against each movement of a customer's.

What "between accounts" or "between books" holds is on its way: the half of it that is missing.
"""

POSTS_NOTHING: Final = frozenset(EVENT_TYPES.classes) - set(SIGNS)
"""The types that move no money. One that is neither here nor in the chart stops whoever posts."""


class Unbalanced(DomainError):
    """An entry's postings do not sum to zero; `off` is by how much, for each currency."""

    def __init__(self, off: Mapping[str, int]) -> None:
        sums = ", ".join(money.display(amount, currency) for currency, amount in off.items())
        super().__init__(f"The postings leave {sums}; in each currency they have to sum to zero")
        self.off = dict(off)


@dataclass(frozen=True)
class Posting:
    """`amount` in minor units, with its sign: plus is a credit, minus a debit."""

    account: str
    amount: int
    currency: str

    def __post_init__(self) -> None:
        if money.check_amount(self.amount) == 0:
            raise InvalidInput("amount", "of a posting is never zero")
        money.check_currency(self.currency)


@dataclass(frozen=True)
class Entry:
    """Postings that belong together. Raises Unbalanced unless each currency sums to zero."""

    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        sums = Counter[str]()
        for one in self.postings:
            sums[one.currency] += one.amount
        if off := {currency: amount for currency, amount in sums.items() if amount != 0}:
            raise Unbalanced(off)


def entry_of(event: RecordedEvent) -> Entry | None:
    """The entry that an event of the bank makes; None for one that moves no money.

    Raises UnknownEventType where the chart does not say: nothing is passed over in silence.
    """
    if event.type in POSTS_NOTHING:
        return None
    if event.type not in AGAINST:
        raise UnknownEventType(event.type, event.position)
    amount, currency = SIGNS[event.type] * event.data["amount"], event.data["currency"]
    if amount == 0:  # an empty book is carried over
        return None
    accounts = ((event.stream_id, amount), (AGAINST[event.type], -amount))
    return Entry(tuple(Posting(account, part, currency) for account, part in accounts))


def totals(postings: Iterable[Posting]) -> dict[tuple[str, str], int]:
    """A trial balance: the sum for each account and currency, and never over two currencies."""
    sums = Counter[tuple[str, str]]()
    for one in postings:
        sums[one.account, one.currency] += one.amount
    return dict(sums)


def with_chart(sql: str) -> str:
    """A query, complete: the rows (type, sign, against) of the chart for {chart}."""
    rows = (f"('{type_}', {SIGNS[type_]}, '{against}')" for type_, against in AGAINST.items())
    return sql.replace("{chart}", ", ".join(rows))
