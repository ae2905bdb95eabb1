"""The bank's own read models: balances, statements, totals a day, and a pattern to look into."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ..banking.events import SIGNS, with_signs
from ..banking.postings import with_chart
from ..event import RecordedEvent
from ..sql_text import sql_text
from .projection import Model, Projection, SqlProjection

if TYPE_CHECKING:
    import pandas as pd

    from .runner import ReadModels


def _sql(name: str) -> str:
    return with_signs(sql_text(f"projections/bank_sql/{name}.sql"))


def amount_of(event: RecordedEvent) -> int:
    """By how much an event moves the balance, in minor units."""
    return SIGNS[event.type] * int(event.data["amount"])


# --- balances, in both ways ----------------------------------------------------------------------


def _add(model: Model, event: RecordedEvent) -> None:
    model.execute(_sql("add_balance"), [event.stream_id, amount_of(event)])


def balances() -> Projection:
    """Every account's balance, kept event by event: balances.accounts (account, balance)."""
    return Projection("balances", _sql("balances_tables"), dict.fromkeys(SIGNS, _add))


def balances_by_sql() -> SqlProjection:
    """The same kept a batch at a time, under the name balances_by_sql."""
    return SqlProjection("balances_by_sql", _sql("balances_tables"), _sql("balances_batch"))


# --- a statement for each customer ---------------------------------------------------------------


def _line(model: Model, event: RecordedEvent) -> None:
    what = event.data.get("memo") or event.data.get("reason") or ""
    model.execute(
        _sql("add_line"),
        [
            event.stream_id,
            event.version,
            event.occurred_at,
            event.type,
            what,
            amount_of(event),
        ],
    )


def statements() -> Projection:
    """What each customer sees, line by line: statements.entries, with the balance after each.

    One stream alone decides a line, so the read model could be built account by account.
    """
    return Projection("statements", _sql("statements_tables"), dict.fromkeys(SIGNS, _line))


# --- the bank's total a day ----------------------------------------------------------------------


def daily_totals() -> SqlProjection:
    """What came in and went out over all accounts on each day (UTC), by occurred_at.

    A late event is added to the day on which it happened, whenever it comes: sums do not mind the
    order. So a day is never closed; see chapter 5 for what was known of it when.
    What closing the books carries over comes from nowhere and goes nowhere: it is not counted.
    """
    return SqlProjection("daily_totals", _sql("daily_tables"), _sql("daily_batch"))


# --- double entry --------------------------------------------------------------------------------


def postings() -> SqlProjection:
    """Each movement as two postings that sum to zero: postings.entries (position, recorded_at,
    account, amount, currency). Plus is a credit, minus a debit; banking.postings has the chart."""
    return SqlProjection("postings", _sql("postings_tables"), with_chart(_sql("postings_batch")))


def trial_balance(
    models: ReadModels, *, position: int | None = None, time: datetime | None = None
) -> pd.DataFrame:
    """Debits and credits by account and currency, of all that was recorded up to a position, and
    to an aware time.

    Both are cuts that never move; by the time at which it happened a late entry would still come.
    Rows (account, currency, debit, credit) in minor units; a currency's two sums are equal.
    """
    return models.sql(_sql("trial_balance"), {"position": position, "time": time})


def unbalanced(models: ReadModels) -> pd.DataFrame:
    """The positions whose postings do not sum to zero in a currency: none, or somebody wrote into
    the read model by another way."""
    return models.sql(_sql("unbalanced"))


# --- something to look into ----------------------------------------------------------------------

DEBITS: Final = ("MoneyWithdrawn", "TransferSent")
WINDOW: Final = timedelta(minutes=30)
SUSPICIOUS: Final = 3  # debits within the window


def _watch(model: Model, event: RecordedEvent) -> None:
    at, about = event.occurred_at, [event.stream_id]
    model.execute(_sql("note_debit"), [*about, event.position, at, int(event.data["amount"])])
    model.execute(_sql("find_bursts"), [*about, at - WINDOW, at + WINDOW, SUSPICIOUS, WINDOW])


def suspicious() -> Projection:
    """Accounts with three debits within thirty minutes: suspicious.bursts, a row a burst's first.

    It looks at all debits around the new one, before and behind it, so late events are found too.
    """
    return Projection("suspicious", _sql("suspicious_tables"), dict.fromkeys(DEBITS, _watch))
