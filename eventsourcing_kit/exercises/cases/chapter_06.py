"""Cases of chapter 6: handlers that may run twice, checkpoints, lag, and what fails."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import hypothesis.strategies as st

from ...banking import SIGNS
from ...event import NewEvent, RecordedEvent
from .. import Compare, Test, from_pages
from ..histories import FEW, MONEY_TYPES, amounts, histories, recorded_event
from ..sql import FIRST_RECORDED, sql_rows

TESTS: dict[str, Test] = {}


def _with_a_restart(case: tuple[list[RecordedEvent], int, int]) -> list[RecordedEvent]:
    """The events as a projection gets them that goes back by some, once, and goes on from there."""
    events, until, back = case
    return events[:until] + events[max(0, min(until, len(events)) - back) :]


deliveries = st.tuples(histories(5), st.integers(0, 5), st.integers(0, 4)).map(_with_a_restart)


def _handle_all(handle: Callable[[Any, RecordedEvent], Any], events: list[RecordedEvent]) -> Any:
    row: Any = (0, 0)
    for event in events:
        row = handle(row, event)
    return row


TESTS["handle_once"] = Compare(
    cases=st.tuples(deliveries, st.integers(1, 3)).map(
        lambda case: [_moved(event, case[1] * event.position) for event in case[0]]
    ),
    run=_handle_all,
    examples=([], FEW, [FEW[0], FEW[0]]),
)


def _moved(event: RecordedEvent, position: int) -> RecordedEvent:
    return replace(event, position=position, event_id=UUID(int=position))


class PowerCut(Exception):
    """The process dies here, and a transaction that is open is rolled back."""


class App:
    """A read model in SQLite that dies at chosen calls; what is not in a transaction stays."""

    def __init__(self, dies_at: Sequence[int]) -> None:
        self._dies_at, self._calls, self._began = set(dies_at), 0, 0
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        self._database.execute("CREATE TABLE account (balance INTEGER, position INTEGER)")
        self._database.execute("INSERT INTO account VALUES (0, 0)")

    def begin(self) -> None:
        self._do("BEGIN")

    def commit(self) -> None:
        self._do("COMMIT")
        self._began = 0

    def add(self, event: RecordedEvent) -> None:
        cents = SIGNS[event.type] * event.data["amount"]
        self._do("UPDATE account SET balance = balance + ?", cents)

    def save_checkpoint(self, position: int) -> None:
        self._do("UPDATE account SET position = ?", position)

    def checkpoint(self) -> int:
        return int(self.row()[1])

    def row(self) -> tuple[int, int]:
        """The balance, and the checkpoint."""
        balance, position = self._database.execute("SELECT * FROM account").fetchone()
        return balance, position

    def die(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def _do(self, statement: str, *values: int) -> None:
        self._calls += 1
        if self._calls in self._dies_at:
            raise PowerCut
        self._database.execute(statement, values)


def _until_caught_up(
    catch_up: Callable[[App, Callable[[int], list[RecordedEvent]]], Any],
    case: tuple[list[RecordedEvent], list[int]],
) -> Any:
    """The row after as many starts as it takes, and whether a commit is missing at the end."""
    events, dies_at = case
    app = App(dies_at)
    for _ in range(len(dies_at) + 1):
        try:
            found = catch_up(app, lambda after: [one for one in events if one.position > after])
            if found is ...:  # the stub
                return found
        except PowerCut:
            app.die()
    open_at_the_end = app._database.in_transaction
    app.die()
    return app.row(), open_at_the_end


def _cuts(case: tuple[list[RecordedEvent], list[int]]) -> str:
    events, dies_at = case
    told = ", ".join(str(event.data["amount"] * SIGNS[event.type]) for event in events)
    dies = ", ".join(map(str, dies_at)) or "none"
    return f"events of {told or 'nothing'} cents; the power goes instead of call no.: {dies}"


TESTS["checkpoint_with_it"] = Compare(
    cases=st.tuples(
        histories(4), st.lists(st.integers(1, 16), max_size=3, unique=True).map(sorted)
    ),
    run=_until_caught_up,
    examples=(([], []), (FEW, [])),
    context=_cuts,
)


def _with_times(rows: list[tuple[str, int, int]]) -> list[NewEvent]:
    """Movements of one account that happened some hours before noon of 10 March."""
    return [
        NewEvent(
            type_,
            {"amount": amount, "currency": "EUR"},
            occurred_at=FIRST_RECORDED - timedelta(hours=hours),
        )
        for type_, amount, hours in rows
    ]


TESTS["total_per_day"] = Compare(
    cases=st.lists(
        st.tuples(st.sampled_from(MONEY_TYPES), amounts, st.sampled_from([0, 1, 20, 30, 40, 60])),
        max_size=4,
    ).map(_with_times),
    run=sql_rows,
    examples=([], _with_times([("MoneyDeposited", 500, 0), ("MoneyWithdrawn", 200, 0)])),
    max_examples=40,
)


def _asking(wait_until: Callable[..., Any], case: tuple[list[int], int, int]) -> Any:
    """How it ended, and how often it asked."""
    answers, position, tries = case
    asked = 0

    def checkpoint() -> int:
        nonlocal asked
        asked += 1
        if asked > 30:
            raise RuntimeError("asked more than thirty times")
        return answers[min(asked, len(answers)) - 1]

    try:
        if wait_until(checkpoint, position, tries) is ...:  # the stub
            return ...
    except TimeoutError:
        return "TimeoutError", asked
    return "it is there", asked


TESTS["read_your_own_write"] = Compare(
    cases=st.tuples(
        st.lists(st.integers(0, 9), min_size=1, max_size=5).map(sorted),
        st.integers(1, 9),
        st.integers(1, 4),
    ),
    run=_asking,
    examples=(([0, 1, 2, 3], 3, 4), ([0], 3, 2), ([3], 3, 2)),
    context=lambda case: (
        f"checkpoints {case[0]}, then always the last; position {case[1]}; {case[2]} tries"
    ),
)


def _two_accounts(rows: list[tuple[int, bool]]) -> list[RecordedEvent]:
    """Events of two accounts; some are larger than the handler can take."""
    return [
        recorded_event(
            position,
            "MoneyDeposited",
            {"amount": 10_000 if bad else 100, "currency": "EUR"},
            FIRST_RECORDED,
            stream_id=f"account-{account + 1}",
            position=position,
        )
        for position, (account, bad) in enumerate(rows, 1)
    ]


def _setting_aside(
    handle_all: Callable[..., Any], events: list[RecordedEvent]
) -> tuple[list[int], Any]:
    """The positions that were handled, and what the function returns."""
    handled: list[int] = []

    def handle(event: RecordedEvent) -> None:
        if event.data["amount"] > 1_000:
            raise ValueError("too large for this handler")
        handled.append(event.position)

    letters = handle_all(events, handle)
    return handled, letters


TESTS["dead_letters"] = Compare(
    cases=st.lists(st.tuples(st.integers(0, 1), st.booleans()), max_size=5).map(_two_accounts),
    run=_setting_aside,
    examples=(
        [],
        _two_accounts([(0, False), (1, False)]),
        _two_accounts([(0, False), (1, True), (0, False)]),
    ),
)

CHAPTER = from_pages(6, "Projections", __name__, TESTS)
