"""Cases of chapter 5: the state at a moment, by two times, and without some events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st

from ...event import NewEvent, RecordedEvent
from .. import KIT, Compare, Test, from_pages, sql_rows
from ..histories import (
    MONEY_TYPES,
    START,
    dated,
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
BY_A_FAST_CLOCK = history([("MoneyDeposited", 300, 0, -3)])
A_DAY_LATE = history([("MoneyWithdrawn", 100, 0, 0), ("MoneyDeposited", 300, 2, 24)])
TWICE_LATE = history([("MoneyDeposited", 300, hours, late) for hours, late in [(0, 0), (1, 9)] * 2])
LARGE = 30_000_000_000  # cents; more than 32 bits hold

_amounts = st.integers(1, 501).map(lambda cents: LARGE if cents > 500 else cents)


def _histories(hours: st.SearchStrategy[int], delays: st.SearchStrategy[int]) -> Any:
    """Movements of one account in a store of many: positions are not versions."""
    row = st.tuples(st.sampled_from(MONEY_TYPES), _amounts, hours, delays)
    return st.lists(row, max_size=6).map(history).map(_placed)


def _placed(events: list[RecordedEvent]) -> list[RecordedEvent]:
    return [
        replace(event, position=4 * event.version + 30, data=_told_apart(event.data, event.version))
        for event in events
    ]


def _told_apart(data: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Another amount for each event of a case, so that a wrong sum tells which one it was."""
    return {**data, "amount": data["amount"] + 10 * number}


_in_order = _histories(st.integers(0, 4), st.integers(0, 9) | st.just(26))
# The store's clock was set back now and then, and the clock of a machine can be fast.
_by_bad_clocks = _histories(st.integers(-4, 5), st.integers(-2, 5))
_over_days = _histories(st.integers(-4, 5) | st.just(20), st.integers(-2, 5))


TESTS["known_balance"] = Compare(
    cases=st.tuples(_over_days, moments),
    examples=((ON_TIME, START + timedelta(hours=1)), (ON_TIME, START + timedelta(hours=9))),
    events=lambda case: dated(case[0], ("currency",)),
    context=lambda case: f"as known on {hour(case[1])}",
    samples=200,  # it is rare that an event lies right at a moment, or between two
)

TESTS["believed"] = Compare(
    cases=st.tuples(_by_bad_clocks, moments, moments),
    examples=(
        (ON_TIME, START + timedelta(hours=1), START + timedelta(hours=1)),
        (BY_A_FAST_CLOCK, START + timedelta(hours=1), START + timedelta(hours=1)),
    ),
    events=lambda case: dated(case[0], ("currency",)),
    context=lambda case: f"known on {hour(case[1])}, about {hour(case[2])}",
    samples=200,
)

_from_any_version = st.tuples(_in_order, st.integers(0, 2)).map(lambda case: case[0][case[1] :])

TESTS["late"] = Compare(
    cases=_from_any_version,
    examples=(ON_TIME, A_DAY_LATE, TWICE_LATE),
    events=lambda events: [
        {"version": event.version, **shown}
        for event, shown in zip(events, dated(events, ("currency",)), strict=True)
    ],
)

TESTS["replay_without"] = Compare(
    cases=st.tuples(
        _from_any_version,
        st.frozensets(st.integers(1, 5), max_size=3),
    ),
    examples=((ON_TIME, frozenset()), (ON_TIME, frozenset({2}))),
    events=lambda case: [
        {"type": event.type, "version": event.version, "amount": event.data["amount"]}
        for event in case[0]
    ],
    context=lambda case: f"without versions {sorted(case[1])}",
)


def _row(row: tuple[str, str, int, float]) -> tuple[str, NewEvent]:
    stream_id, kind, amount, delay = row
    happened = START - timedelta(hours=delay)
    data = {"amount": amount, "currency": "EUR"}
    return stream_id, NewEvent(kind, data, occurred_at=happened)


TESTS["whole_bank"] = Compare(
    cases=st.tuples(
        st.lists(
            st.tuples(
                st.sampled_from(["account-1", "account-2"]),
                st.sampled_from(MONEY_TYPES),
                _amounts,
                st.integers(-3, 3) | st.sampled_from([0.5, -0.5, 9, 30, 800, -40]),
            ).map(_row),
            max_size=5,
        ).map(
            lambda rows: [
                (stream_id, replace(event, data=_told_apart(event.data, number)))
                for number, (stream_id, event) in enumerate(rows, 1)
            ]
        ),
        st.sampled_from(["UTC", "America/New_York", "Europe/Berlin"]),
    ),
    run=lambda query, case: sql_rows(query, *case),
    examples=(
        (
            [
                _row(("account-1", "MoneyDeposited", 300, 2)),
                _row(("account-1", "MoneyWithdrawn", 100, 1)),
                _row(("account-2", "MoneyDeposited", 50, -1)),
            ],
            "UTC",
        ),
    ),
    max_examples=40,
    context=lambda case: f"the session's time zone is {case[1]}",
    events=lambda case: [
        (
            stream_id,
            {
                "type": event.type,
                "amount": event.data["amount"],
                "occurred_at": hour(event.occurred_at),
            },
        )
        for stream_id, event in case[0]
    ],
)

CHAPTER = from_pages(5, "Time travel", __name__, TESTS, SETUP)
