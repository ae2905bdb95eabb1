"""Cases of chapter 6: handlers that may run twice, checkpoints, lag, and what fails."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import hypothesis.strategies as st

from ...banking import SIGNS
from ...event import NewEvent, RecordedEvent
from .. import Compare, Test, from_pages
from ..histories import FEW, MONEY_TYPES, recorded_event
from ..sql import FIRST_RECORDED, sql_rows

TESTS: dict[str, Test] = {}


FAR = 5_000  # positions: what other accounts did meanwhile

Sale = tuple[int, str, int]  # the account's number, the type, the cents


def _of_a_store(rows: Sequence[Sale]) -> list[RecordedEvent]:
    """Events as a store has them: a position over all accounts, a version in each of them."""
    versions = Counter[int]()
    events = []
    for position, (account, kind, cents) in enumerate(rows, 1):
        versions[account] += 1
        data = {"amount": cents, "currency": "EUR"}
        stream_id = f"account-{account}"
        at = FIRST_RECORDED + timedelta(minutes=position)
        events.append(
            recorded_event(
                versions[account], kind, data, at, stream_id=stream_id, position=position
            )
        )
    return events


def sales(max_size: int, accounts: int = 2) -> st.SearchStrategy[list[RecordedEvent]]:
    """Movements of some accounts in one store.

    No amount can be taken for a position, and most differ: a wrong sum tells which it was.
    """
    cents = st.integers(100, 500)
    row = st.tuples(st.integers(1, accounts), st.sampled_from(MONEY_TYPES), cents)
    return (
        st.lists(row, max_size=max_size)
        .map(lambda rows: [(of, kind, n + 10 * at) for at, (of, kind, n) in enumerate(rows)])
        .map(_of_a_store)
    )


def _with_a_restart(case: tuple[list[RecordedEvent], int, int]) -> list[RecordedEvent]:
    """The events as a projection gets them that goes back by some, once, and goes on from there."""
    events, until, back = case
    return events[:until] + events[max(0, min(until, len(events)) - back) :]


Handle = Callable[[Any, RecordedEvent], Any]


def _far_apart(case: tuple[list[RecordedEvent], int]) -> list[RecordedEvent]:
    """Events of which the last ones come long after the others."""
    events, near = case
    return [
        replace(event, position=event.position + FAR) if number > near else event
        for number, event in enumerate(events, 1)
    ]


_histories = sales(6) | st.tuples(sales(6), st.integers(1, 3)).map(_far_apart)
deliveries = st.tuples(_histories, st.integers(0, 6), st.integers(0, 4)).map(_with_a_restart)


def _handle_all(handle: Handle, events: list[RecordedEvent]) -> Any:
    """The rows of the accounts at the end; and those of a table that is made anew."""
    ids = defaultdict[int, UUID](uuid4)  # by position: no two cases have an id in common
    events = [replace(event, event_id=ids[event.position]) for event in events]
    return _rows(handle, events), _rows(handle, events)


def _rows(handle: Handle, events: list[RecordedEvent]) -> list[Any]:
    rows: dict[str, Any] = {}
    for event in events:
        rows[event.stream_id] = handle(rows.get(event.stream_id, (0, 0)), event)
    return [row for _, row in sorted(rows.items())]


TESTS["handle_once"] = Compare(
    cases=deliveries,
    run=_handle_all,
    examples=([], FEW, [FEW[0], FEW[0]]),
    parts=("the rows", "the rows of a table that is made anew"),
)


class PowerCut(BaseException):
    """The process dies here, and a transaction that is open is rolled back."""


class App:
    """A read model in SQLite that dies once, instead of one of its calls: the first, the second …

    What is not in a transaction stays.
    """

    def __init__(self, dies_at: int = 0) -> None:
        self._dies_at = dies_at
        self.calls: list[str] = []
        self._database = sqlite3.connect(":memory:", isolation_level=None)
        self._database.execute("CREATE TABLE account (balance INTEGER, position INTEGER)")
        self._database.execute("INSERT INTO account VALUES (0, 0)")

    def begin(self) -> None:
        self._do("begin", "BEGIN")

    def commit(self) -> None:
        self._do("commit", "COMMIT")

    def add(self, event: RecordedEvent) -> None:
        cents = SIGNS[event.type] * event.data["amount"]
        self._do("add", "UPDATE account SET balance = balance + ?", cents)

    def save_checkpoint(self, position: int) -> None:
        self._do("save_checkpoint", "UPDATE account SET position = ?", position)

    def checkpoint(self) -> int:
        return self.row()[1]

    def row(self) -> tuple[int, int]:
        """The balance, and the checkpoint."""
        balance, position = self._database.execute("SELECT * FROM account").fetchone()
        return balance, position

    def die(self) -> bool:
        """What is not committed is gone; whether there was a transaction."""
        was_open = self._database.in_transaction
        if was_open:
            self._database.execute("ROLLBACK")
        return was_open

    def _do(self, name: str, statement: str, *values: int) -> None:
        self.calls.append(name)
        if len(self.calls) == self._dies_at:
            raise PowerCut
        self._database.execute(statement, values)


CatchUp = Callable[[App, Callable[[int], list[RecordedEvent]]], Any]


def _after_any_power_cut(catch_up: CatchUp, events: list[RecordedEvent]) -> Any:
    """What is on disk without a power cut, and instead of which calls one does harm."""

    def read_all(after: int) -> list[RecordedEvent]:
        return [one for one in events if one.position > after]

    app = App()
    if catch_up(app, read_all) is ...:  # the stub
        return ...
    left_open = app.die()
    harm = []
    for number, name in enumerate(app.calls, 1):
        died = App(dies_at=number)
        try:
            catch_up(died, read_all)
        except PowerCut:
            died.die()
            catch_up(died, read_all)
        died.die()
        if died.row() != app.row():
            harm.append(f"call {number}, {name}")
    return *app.row(), left_open, harm


TESTS["checkpoint_with_it"] = Compare(
    # Of one account: the others' events have the positions between.
    cases=sales(6).map(lambda events: [one for one in events if one.stream_id == "account-1"]),
    run=_after_any_power_cut,
    examples=([], FEW[:1]),
    parts=(
        "the balance",
        "the checkpoint",
        "a transaction was left open",
        "the calls instead of which a power cut does harm",
    ),
)


def _with_times(rows: list[tuple[int, str, int, float]]) -> list[tuple[str, NewEvent]]:
    """Movements of some accounts that happened some hours before noon of 10 March, or after."""
    return [
        (
            f"account-{account}",
            NewEvent(
                type_,
                {"amount": amount, "currency": "EUR"},
                occurred_at=FIRST_RECORDED - timedelta(hours=hours),
            ),
        )
        for account, type_, amount, hours in rows
    ]


# Few amounts, so that a day often comes out even.
MOVEMENTS = st.tuples(
    st.integers(1, 2),
    st.sampled_from(MONEY_TYPES),
    st.sampled_from([100, 100, 100, 490]),
    st.sampled_from([0, 1, 20, 30, 40, 60, 12.5, -11.5, -14]),  # near midnight, on both sides
)
EVEN = [(1, "MoneyDeposited", 100, 0), (2, "MoneyWithdrawn", 100, 0)]

TESTS["total_per_day"] = Compare(
    cases=st.lists(MOVEMENTS, max_size=4).map(_with_times)
    | st.lists(MOVEMENTS, max_size=2).map(lambda rows: _with_times([*EVEN, *rows])),
    run=sql_rows,
    examples=([], _with_times([(1, "MoneyDeposited", 500, 0), (1, "MoneyWithdrawn", 200, 0)])),
    max_examples=60,
)


class WithoutEnd(BaseException):
    """An answer that goes on asking is stopped."""


def _asking(wait_until: Callable[..., Any], case: tuple[list[int], int, int]) -> Any:
    """How it ended, and how often it asked; thirty times are taken for without an end."""
    answers, position, tries = case
    asked = 0

    def checkpoint() -> int:
        nonlocal asked
        asked += 1
        if asked > 30:
            raise WithoutEnd
        return answers[min(asked, len(answers)) - 1]

    try:
        if wait_until(checkpoint, position, tries) is ...:  # the stub
            return ...
    except WithoutEnd:
        return "it asks without an end", asked
    except Exception as error:
        kind = TimeoutError if isinstance(error, TimeoutError) else type(error)
        return kind.__name__, asked
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
    parts=("how it ended", "times it asked"),
)


FAILURES: tuple[type[Exception], ...] = (ValueError, KeyError, ZeroDivisionError, RuntimeError)


def _setting_aside(
    handle_all: Callable[..., Any], events: list[RecordedEvent]
) -> tuple[list[int], Any]:
    """The positions that the handler was called with, and what the function returns."""
    called: list[int] = []

    def handle(event: RecordedEvent) -> None:
        called.append(event.position)
        if event.type == "EntryCorrected":
            raise FAILURES[event.data["amount"] % len(FAILURES)]("this handler cannot take it")

    letters = handle_all(events, handle)
    return called, letters


# An EntryCorrected is what the handler cannot take; by its amount it raises this or that.
LETTERS = st.tuples(
    st.integers(1, 3), st.sampled_from(["MoneyDeposited", "EntryCorrected"]), st.integers(100, 103)
)

TESTS["dead_letters"] = Compare(
    cases=st.lists(LETTERS, max_size=6).map(_of_a_store),
    run=_setting_aside,
    examples=(
        [],
        _of_a_store([(1, "MoneyDeposited", 100), (2, "MoneyDeposited", 100)]),
        _of_a_store([(1, "MoneyDeposited", 100), (1, "EntryCorrected", 100)]),
    ),
    parts=("given to the handler", "returned as set aside"),
)

CHAPTER = from_pages(6, "Projections", __name__, TESTS)
