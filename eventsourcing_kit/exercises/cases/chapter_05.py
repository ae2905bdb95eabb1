"""Cases of chapter 5: the state at a moment, by two times, and without some events."""

from __future__ import annotations

from datetime import timedelta

import hypothesis.strategies as st

from ...event import NewEvent
from .. import KIT, Compare, Test, from_pages, sql_rows
from ..histories import (
    MONEY_TYPES,
    START,
    amounts,
    dated,
    histories,
    history,
    hour,
    moments,
)

TESTS: dict[str, Test] = {}

SETUP = f'''{KIT}

def delta(event):
    """By how much an event moves the balance, in cents."""
    amount = event.data["amount"]
    return amount if event.type == "MoneyDeposited" else -amount
'''

ON_TIME = history([("MoneyDeposited", 300, 0, 0), ("MoneyWithdrawn", 100, 2, 0)])
A_DAY_LATE = history([("MoneyWithdrawn", 100, 0, 0), ("MoneyDeposited", 300, 2, 24)])


TESTS["known_balance"] = Compare(
    cases=st.tuples(histories(), moments),
    examples=((ON_TIME, START + timedelta(hours=1)), (ON_TIME, START + timedelta(hours=9))),
    events=lambda case: dated(case[0], ("currency",)),
    context=lambda case: f"as known on {hour(case[1])}",
)

TESTS["believed"] = Compare(
    cases=st.tuples(histories(), moments, moments),
    examples=((ON_TIME, START + timedelta(hours=1), START + timedelta(hours=1)),),
    events=lambda case: dated(case[0], ("currency",)),
    context=lambda case: f"known on {hour(case[1])}, about {hour(case[2])}",
)

TESTS["late"] = Compare(
    cases=histories(),
    examples=(ON_TIME, A_DAY_LATE),
    events=lambda events: dated(events, ("currency",)),
)

TESTS["replay_without"] = Compare(
    cases=st.tuples(
        st.tuples(histories(), st.integers(0, 2)).map(lambda case: case[0][case[1] :]),
        st.frozensets(st.integers(1, 5), max_size=3),
    ),
    examples=((ON_TIME, frozenset()), (ON_TIME, frozenset({2}))),
    events=lambda case: [
        {"type": event.type, "version": event.version, "amount": event.data["amount"]}
        for event in case[0]
    ],
    context=lambda case: f"without versions {sorted(case[1])}",
)


def _row(row: tuple[str, str, int, int]) -> tuple[str, NewEvent]:
    stream_id, kind, amount, delay = row
    happened = START - timedelta(hours=delay)
    data = {"amount": amount, "currency": "EUR"}
    return stream_id, NewEvent(kind, data, occurred_at=happened)


TESTS["whole_bank"] = Compare(
    cases=st.lists(
        st.tuples(
            st.sampled_from(["account-1", "account-2"]),
            st.sampled_from(MONEY_TYPES),
            amounts,
            st.integers(-3, 3),
        ).map(_row),
        max_size=5,
    ),
    run=sql_rows,
    examples=(
        [
            _row(("account-1", "MoneyDeposited", 300, 2)),
            _row(("account-1", "MoneyWithdrawn", 100, 1)),
            _row(("account-2", "MoneyDeposited", 50, -1)),
        ],
    ),
    max_examples=40,
    events=lambda rows: [
        (
            stream_id,
            {
                "type": event.type,
                "amount": event.data["amount"],
                "occurred_at": hour(event.occurred_at),
            },
        )
        for stream_id, event in rows
    ],
)

CHAPTER = from_pages(5, "Time travel", __name__, TESTS, SETUP)
