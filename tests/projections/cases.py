"""Balances by handlers and by SQL, and what they should be, for the tests of projections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import eventsourcing_kit as es
from eventsourcing_kit.projections import Projection, SqlProjection
from eventsourcing_kit.projections.projection import Model

TABLES = "CREATE TABLE accounts (account VARCHAR PRIMARY KEY, balance BIGINT, events BIGINT)"
COLUMNS = "SELECT account, balance, events FROM {}.accounts ORDER BY account"
ADD = """
INSERT INTO accounts VALUES (?, ?, 1)
ON CONFLICT DO UPDATE SET balance = balance + excluded.balance, events = events + 1
"""


def add(model: Model, event: es.RecordedEvent) -> None:
    """Not idempotent on purpose: an event that is handled twice shows."""
    model.execute(ADD, [event.stream_id, event.data["amount"]])


def balances(**options: Any) -> Projection:
    return Projection("balances", TABLES, {"Moved": add, **options.pop("handlers", {})}, **options)


BY_SQL = SqlProjection(
    "by_sql",
    TABLES,
    """
    INSERT INTO accounts
    SELECT stream_id, sum(data.amount::BIGINT), count(*) FROM batch
    WHERE type = 'Moved' GROUP BY stream_id
    ON CONFLICT DO UPDATE SET
        balance = balance + excluded.balance, events = events + excluded.events
    """,
)


def moved(amount: int) -> es.NewEvent:
    return es.NewEvent("Moved", {"amount": amount})


def put(store: es.EventStore, *amounts: int, stream_id: str = "account-1") -> None:
    store.append(stream_id, [moved(amount) for amount in amounts], es.ANY)


def shown(models: Any, name: str = "balances") -> dict[str, tuple[int, int]]:
    """What readers see: balance and number of events of each account."""
    rows = models.sql(COLUMNS.format(name)).itertuples(index=False)
    return {account: (int(balance), int(events)) for account, balance, events in rows}


def expected(store: es.EventStore, without: Iterable[int] = ()) -> Mapping[str, tuple[int, int]]:
    """The same by hand, from all events that are stored, but for those positions."""
    total, count = Counter[str](), Counter[str]()
    for event in store.read_all():
        if event.type == "Moved" and event.position not in set(without):
            total[event.stream_id] += event.data["amount"]
            count[event.stream_id] += 1
    return {account: (total[account], count[account]) for account in sorted(count)}
