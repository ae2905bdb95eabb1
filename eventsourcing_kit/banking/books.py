"""Closing the books: an account goes on in a new stream, which begins with its balance.

Two events in one transaction: BooksClosed empties the old book, BooksOpened carries the same sum,
the owner, the currency and the limit into the new one. They happen at the same moment, so the
money of the whole bank is the same before and after, by either of its times.

An account is then the sum of its books. An entry of the old year that comes late is booked in the
open book, with the `occurred_at` at which it happened: what was closed stays as it was signed, and
the balances by occurred_at, over all books, still say what was true at the end of that year.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..event import Ids, NewEvent
from .account import account, decide
from .commands import CloseBooks, OpenBooks
from .events import EVENT_TYPES
from .transfers import Party

if TYPE_CHECKING:
    from collections.abc import Mapping


def close_books_in_one_append(
    book: Party,
    continues_in: str,
    *,
    metadata: Mapping[str, Any] | None = None,
    occurred_at: datetime | None = None,
    ids: Ids = uuid4,
) -> list[tuple[str, list[NewEvent], int]]:
    """The two writes that end `book` and begin the stream `continues_in`, for store.append_many.

    The second event names the first as its cause. Raises the DomainError with which the account
    refuses: a frozen one is first unfrozen. That the new stream is not there yet is checked by the
    store, as its expected version.
    """
    was = book.state
    (closed,) = decide(CloseBooks(continues_in), was)
    carried = OpenBooks(was.balance, was.currency, was.owner, was.overdraft_limit, book.stream_id)
    (opened,) = decide(carried, account.initial_state)
    about = dict(metadata or {})
    last = EVENT_TYPES.encode(closed, metadata=about, event_id=ids(), occurred_at=occurred_at)
    about["causation_id"] = str(last.event_id)
    first = EVENT_TYPES.encode(opened, metadata=about, event_id=ids(), occurred_at=occurred_at)
    return [(book.stream_id, [last], book.version), (continues_in, [first], 0)]
