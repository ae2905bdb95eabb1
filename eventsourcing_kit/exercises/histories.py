"""Histories for exercises: made by Hypothesis, small, and easy to read when they are shrunk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import hypothesis.strategies as st

from ..event import RecordedEvent

START = datetime(2025, 3, 10, 12, tzinfo=UTC)
MONEY_TYPES = ("MoneyDeposited", "MoneyWithdrawn", "FeeCharged")

amounts = st.integers(1, 500)  # minor units


def recorded_event(
    version: int,
    type: str,  # noqa: A002 - the envelope's own word
    data: dict[str, Any],
    recorded_at: datetime,
    occurred_at: datetime | None = None,
    *,
    stream_id: str = "account-1",
    position: int | None = None,
    metadata: dict[str, Any] | None = None,
) -> RecordedEvent:
    """An event as a store would give it back; its id tells its position, which is its version."""
    position = version if position is None else position
    return RecordedEvent(
        position,
        stream_id,
        version,
        UUID(int=position),
        type,
        1,
        data,
        metadata or {},
        occurred_at or recorded_at,
        recorded_at,
    )


def history(rows: Sequence[tuple[str, int, int, int]]) -> list[RecordedEvent]:
    """An account's events from (type, amount, hours since the last record, hours of delay)."""
    events = []
    now = START
    for version, (kind, amount, later, delay) in enumerate(rows, 1):
        now += timedelta(hours=later)
        data = {"amount": amount, "currency": "EUR"}
        events.append(recorded_event(version, kind, data, now, now - timedelta(hours=delay)))
    return events


FEW = history([("MoneyDeposited", 300, 1, 0), ("MoneyWithdrawn", 100, 1, 0)])


def histories(max_size: int = 6) -> st.SearchStrategy[list[RecordedEvent]]:
    """Movements of one account. Some are recorded late; several can share a time."""
    hours = st.integers(0, 5)
    row = st.tuples(st.sampled_from(MONEY_TYPES), amounts, hours, hours)
    return st.lists(row, max_size=max_size).map(history)


moments = st.integers(-6, 30).map(lambda hours: START + timedelta(hours=hours))


def hour(moment: datetime) -> str:
    """A moment as tables show it."""
    return f"{moment:%d %b %H:%M}"


def dated(events: Sequence[RecordedEvent], without: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Events with their data and their two times, for a table."""
    return [
        {
            "type": event.type,
            **{name: value for name, value in event.data.items() if name not in without},
            "occurred_at": hour(event.occurred_at),
            "recorded_at": hour(event.recorded_at),
        }
        for event in events
    ]
