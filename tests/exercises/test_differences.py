"""What has no name yet is told where it differs on the shortest case."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.exercises.differences import told
from eventsourcing_kit.exercises.histories import FEW, history
from eventsourcing_kit.exercises.outcome import Broken, Outcome
from eventsourcing_kit.exercises.slips import Trial


def differing(expected: Any, got: Any, case: Any = None, parts: tuple[str, ...] = ()) -> str:
    return told(Trial(case, Outcome(expected), Outcome(got)), parts)


@pytest.mark.parametrize(
    ("expected", "got", "said"),
    [
        ([1, 2, 3], [1, 3, 4], "Missing: 2. Too much: 4."),
        ([1, 2], [1], "Missing: 2."),
        ([1], [1, 1], "Too much: 1."),
        (["a", 5], ["a", 7], "Number 2 is not as expected. Too large by 2."),
        ({"a": 1, "b": 2}, {"a": 1}, "The key 'b' is missing."),
        ({"a": 1}, {"a": 1, "b": 2}, "The key 'b' does not belong there."),
        ({"a": 5}, {"a": 3}, "'a' is not as expected. Too small by 2."),
        ((500, 3), (500, 4), "Value 2 is not as expected. Too large by 1."),
        (
            [(1, 1), (5, 5), (9, 9)],
            [(1, 1), (5, 1), (9, 5)],
            "Number 2 is not as expected. Value 2 is not as expected. Too small by 4.",
        ),
        ([(1, 1), (5, 5)], [(1, 1)], "Missing: (5, 5)."),
        ([("a", 1)], [("a", 1, 7)], "A row of yours has 3 values, and 2 belong there."),
        (date(2025, 3, 10), date(2025, 3, 1), "You give 2025-03-01, where 2025-03-10 is right."),
        (["a", "b"], ["b", "a"], "All of it is there, in another order."),
        (True, False, "You say False here, and it is True."),
        (("a", 1), ("b", 1), "Number 1 is not as expected. You give 'b', where 'a' is right."),
        (None, "ann", "None is expected here, and you give 'ann'."),
        (None, {"a": 1}, "None is expected here, and you give a dict."),
        ({"a": None}, {"a": 5}, "'a' is not as expected. None is expected here, and you give 5."),
        (
            90_071_992_547_409_93,
            90_071_992_547_409_92,
            "Too small by 1. Is there a float on the way? It keeps about sixteen digits, and here "
            "are as many.",
        ),
        (90_071_992_547_409_93, 90_071_992_547_309_93, "Too small by 10000."),
        (5, "5 EUR", "A value of type int is expected, and here it is str."),
        (
            es.banking.MoneyDeposited(5, "EUR"),
            es.banking.MoneyDeposited(7, "EUR"),
            "`amount` of the MoneyDeposited is not as expected. Too large by 2.",
        ),
    ],
)
def test_what_differs_is_named(expected: Any, got: Any, said: str) -> None:
    assert differing(expected, got) == said


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (300, "Too large by 100: as if event 2 (MoneyWithdrawn of 100) did not count."),
        (100, "Too small by 100: as if event 2 (MoneyWithdrawn of 100) counted once too often."),
        (400, "Too large by 200: as if event 2 (MoneyWithdrawn of 100) counted with the other"),
        (500, "Too large by 300: as if event 1 (MoneyDeposited of 300) counted once too often."),
        (207, "Too large by 7."),
    ],
)
def test_an_amount_is_traced_to_its_event(got: int, said: str) -> None:
    assert differing(200, got, FEW).startswith(said)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (
            ["FeeCharged"],
            "Too large by 300: as if event 2 (FeeCharged of 300) did not count, or event 1 "
            "(MoneyDeposited of 300) counted once too often.",
        ),
        (["FeeCharged", "FeeCharged"], "Too large by 300."),
    ],
)
def test_no_event_is_named_where_several_could_be_meant(others: list[str], said: str) -> None:
    case = [
        SimpleNamespace(type=type_, data={"amount": 300}) for type_ in ("MoneyDeposited", *others)
    ]
    assert differing(0, 300, case) == said


def test_parts_have_their_names() -> None:
    parts = ("what was handled", "what was set aside")
    assert differing(([1], [2]), ([1], []), None, parts) == (
        "Not as expected: what was set aside. Missing: 2."
    )


def test_a_count_that_is_wrong_by_an_amount_is_traced_to_no_event() -> None:
    shortest = Trial(history([("MoneyDeposited", 1, 1, 1)]), Outcome(1), Outcome(0))
    counts = Trial(FEW, Outcome(2), Outcome(1))  # 300 and 100 do not make that one
    amounts = Trial(FEW, Outcome(200), Outcome(0))
    assert told(shortest, (), [shortest, counts]) == "Too small by 1."
    assert "event 1 (MoneyDeposited of 1)" in told(shortest, (), [shortest, amounts])


def test_rows_that_are_not_grouped_are_named() -> None:
    expected = [("account-1", 5), ("account-2", 1)]
    got = [("account-1", 3), ("account-1", 2), ("account-2", 1)]
    assert differing(expected, got) == (
        "'account-1' begins several rows, and one is asked for. In SQL: `GROUP BY` it alone."
    )
    assert differing([("account-1", 5), ("account-1", 5)], got).startswith("Missing:")


def test_what_a_run_found_broken_is_told_as_it_is() -> None:
    assert differing("every rule is kept", Broken("overdrawn: -30 is left")) == (
        "Overdrawn: -30 is left."
    )
    parts = ("posted", "no call after a death")
    assert differing(([1], "kept"), ([1], Broken("a call came later")), None, parts) == (
        "Not as expected: no call after a death. A call came later."
    )
