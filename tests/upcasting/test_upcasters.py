"""One old event at a time: what each change does, how steps join, and what is refused."""

from __future__ import annotations

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from eventsourcing_kit.banking import hafenbank
from eventsourcing_kit.errors import InvalidInput, UnknownSchemaVersion, UpcasterError
from eventsourcing_kit.upcasting import (
    Add,
    Change,
    Compute,
    Merge,
    Remove,
    Rename,
    Units,
    Upcasters,
    part,
    split,
    upcast,
)
from tests.upcasting.cases import as_euros, cents, memos, recorded

EUROS = {"euros": "VARCHAR"}
CENTS = {"cents": "BIGINT"}


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (Rename("cents", "amount"), {"cents": 5, "memo": "a"}, {"amount": 5, "memo": "a"}),
        (Add("currency", "EUR"), {"amount": 5}, {"amount": 5, "currency": "EUR"}),
        (Add("reason", None), {}, {"reason": None}),
        (Remove("till"), {"till": "1", "cents": 5}, {"cents": 5}),
        (Units("euros", 100, into="cents"), {"euros": "12.34"}, {"cents": 1234}),
        (Units("euros", 100, into="cents"), {"euros": "-0.29"}, {"cents": -29}),
        (Units("euros", 100), {"euros": 0.29}, {"euros": 29}),
        (Units("euros", 100), {"euros": 7}, {"euros": 700}),
        (Units("euros", 100), {"euros": "1.500000"}, {"euros": 150}),
        (
            Merge(("year", "quarter"), "memo"),
            {"year": "2020", "quarter": "Q1"},
            {"memo": "2020 Q1"},
        ),
        (Compute("big", lambda data: data["n"] > 9), {"n": 10}, {"n": 10, "big": True}),
    ],
)
def test_a_change(change: Change, before: dict[str, Any], after: dict[str, Any]) -> None:
    given_to_it = copy.deepcopy(before)
    assert change.apply(given_to_it) == after
    assert given_to_it == before, "what is given stays as it is"


@pytest.mark.parametrize(
    ("change", "data", "problem"),
    [
        (Rename("cents", "amount"), {"euros": 5}, "there is no field 'cents', only euros"),
        (Rename("a", "b"), {"a": 1, "b": 2}, "there is a field 'b' already"),
        (Add("a", 1), {"a": 2}, "there is a field 'a' already"),
        (Remove("a"), {}, "there is no field 'a', only none"),
        (Units("euros", 100), {"euros": "12.345"}, "times 100 is not whole"),
        (Units("euros", 100), {"euros": "0.00000000001"}, "is no plain number"),
        (Units("euros", 100), {"euros": "twelve"}, "is no plain number"),
        (Units("euros", 100), {"euros": "1e3"}, "is no plain number"),
        (Units("euros", 100), {"euros": True}, "is no plain number"),
        (Units("euros", 100), {"euros": None}, "is no plain number"),
        (Units("euros", 10**9), {"euros": "10000000000"}, "is beyond 64 bits"),
        (Merge(("a", "b"), "c"), {"a": "x", "b": 1}, "b: 1 is no text"),
        (Compute("a", lambda _: Decimal(1)), {}, "data.a: is a .*Decimal, which JSON does not"),
        (Compute("a", lambda _: 2**63), {}, "data.a: is an integer beyond 64 bits"),
    ],
)
def test_a_change_that_the_data_does_not_allow(
    change: Change, data: dict[str, Any], problem: str
) -> None:
    with pytest.raises(UpcasterError, match=problem):
        change.apply(data)


@given(cents)
def test_euros_become_cents_exactly(amount: int) -> None:
    change = Units("euros", 100, into="cents")
    assert change.apply({"euros": as_euros(amount)}) == {"cents": amount}
    if amount < 10**6:  # a float has these digits still
        assert change.apply({"euros": amount / 100}) == {"cents": amount}


# --- chains -------------------------------------------------------------------------------------


def test_every_version_is_read_in_the_newest() -> None:
    newest: dict[str, Any] = {"amount": 1234, "currency": "EUR", "memo": "Rent"}
    shapes: list[dict[str, Any]] = [
        {"euros": "12.34", "memo": "Rent"},
        {"cents": 1234, "memo": "Rent"},
        newest,
    ]
    for version, data in enumerate(shapes, 1):
        [event] = hafenbank.upcasters.apply(recorded("MoneyDeposited", data, version))
        assert (event.type, event.schema_version, event.data) == ("MoneyDeposited", 3, newest)


def test_the_envelope_stays() -> None:
    event = recorded("MoneyDeposited", {"cents": 1, "memo": ""}, 2)
    [now] = hafenbank.upcasters.apply(event)
    assert (now.position, now.version, now.event_id) == (7, 3, event.event_id)
    assert (now.occurred_at, now.recorded_at) == (event.occurred_at, event.recorded_at)


def test_a_type_that_no_upcaster_knows_is_left_alone() -> None:
    event = recorded("AccountFrozen", {"reason": "fraud"}, 9)
    assert hafenbank.upcasters.apply(event) == [event]


def test_one_becomes_two_that_share_position_and_version() -> None:
    event = recorded("CashPaidIn", {"cents": 500, "fee": 5, "till": "Till 1"})
    deposit, fee = hafenbank.upcasters.apply(event)
    assert (deposit.type, deposit.schema_version) == ("MoneyDeposited", 3)
    assert deposit.data == {"amount": 500, "currency": "EUR", "memo": "Till 1"}
    assert fee.data == {"amount": 5, "currency": "EUR", "reason": "Cash paid in"}
    assert {deposit.position, fee.position} == {7}
    assert {deposit.version, fee.version} == {3}
    assert deposit.event_id == event.event_id != fee.event_id
    assert hafenbank.upcasters.apply(event) == [deposit, fee], "the same ids every time"


def test_a_type_gets_another_name() -> None:
    paid = recorded("InterestPaid", {"cents": 9, "year": "2020", "quarter": "Q2"})
    [event] = hafenbank.upcasters.apply(paid)
    assert (event.type, event.schema_version) == ("InterestCredited", 1)
    assert event.data == {"amount": 9, "currency": "EUR", "memo": "2020 Q2"}


def test_what_is_stored_is_not_touched() -> None:
    event = recorded("MoneyDeposited", {"euros": "1.00", "memo": "a"})
    before = copy.deepcopy(dict(event.data))
    hafenbank.upcasters.apply(event)
    assert event.data == before


def test_parts_share_nothing_with_each_other_nor_with_what_is_stored() -> None:
    shared: list[int] = []

    def spoil(data: dict[str, Any]) -> list[int]:
        data["lines"][0]["amount"] = 0
        return shared

    one = part("A", 1, Compute("tags", spoil))
    chain = Upcasters([split("Sold", 1, {"lines": "JSON"}, one, part("B", 1), one)])
    event = recorded("Sold", {"lines": [{"amount": 5}]})
    event.metadata["tags"] = ["customer:1"]
    before = copy.deepcopy(event)
    first, second, third = chain.apply(event)
    assert second.data == before.data
    first.data["lines"][0]["amount"] = 1
    first.data["tags"].append(1)
    first.metadata["tags"].append("more")
    assert (event, second.data, shared) == (before, before.data, [])
    assert third.data == {"lines": [{"amount": 5}], "tags": []}
    assert second.metadata == third.metadata == before.metadata
    [step] = chain.explain("Sold", 1, event.data)
    step.after[0][2]["lines"].clear()
    assert step.before[2] == step.after[1][2] == before.data


def test_whatever_a_function_raises_names_the_position_and_keeps_its_cause() -> None:
    chain = Upcasters([upcast("A", 1, CENTS, Compute("b", lambda data: 1 // data["cents"]))])
    with pytest.raises(UpcasterError, match="position 7, A version 1: ZeroDivisionError") as raised:
        chain.apply(recorded("A", {"cents": 0}))
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


@pytest.mark.parametrize("type_", ["MoneyDeposited", "CashPaidIn"])
def test_an_event_newer_than_the_code_is_not_guessed_at(type_: str) -> None:
    with pytest.raises(UnknownSchemaVersion, match="4"):
        hafenbank.upcasters.apply(recorded(type_, {}, 4))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"euros": "1.00"}, "position 7, MoneyDeposited version 1: the field 'memo' is missing"),
        ({"euros": "1.00", "memo": "", "x": 1}, "the field 'x' is not of this shape"),
        ({"euros": "one", "memo": ""}, "position 7, MoneyDeposited version 1: euros: 'one'"),
    ],
)
def test_data_that_is_not_of_its_shape_is_named(data: dict[str, Any], problem: str) -> None:
    with pytest.raises(UpcasterError, match=problem):
        hafenbank.upcasters.apply(recorded("MoneyDeposited", data))


def test_each_step_can_be_looked_at() -> None:
    first, second = hafenbank.upcasters.explain("MoneyDeposited", 1, {"euros": "1.00", "memo": "a"})
    assert first.upcaster == "MoneyDeposited version 1"
    assert first.after == (("MoneyDeposited", 2, {"memo": "a", "cents": 100}),)
    assert second.before == first.after[0]
    assert second.after[0][1] == 3
    steps = hafenbank.upcasters.explain("CashPaidIn", 1, {"cents": 1, "fee": 1, "till": ""})
    assert [step.upcaster for step in steps] == ["CashPaidIn version 1", "MoneyDeposited version 2"]
    assert hafenbank.upcasters.explain("MoneyDeposited", 3, {}) == []
    assert [len(changes) for changes in steps[0].changes] == [2, 5]


def test_all_of_one_part_comes_before_the_next() -> None:
    """The order in which `apply` gives them."""
    one = part("A", 1), part("B", 1)
    chain = Upcasters(
        [split("Sold", 1, CENTS, *one), upcast("A", 1, CENTS), upcast("B", 1, CENTS, to=("C", 1))]
    )
    names = [step.upcaster for step in chain.explain("Sold", 1, {"cents": 1})]
    assert names == ["Sold version 1", "A version 1", "B version 1"]


def test_a_trace_ends_at_the_step_that_fails() -> None:
    half = Compute("half", lambda data: data["cents"] // (data["cents"] - 1))
    chain = Upcasters([upcast("A", 1, CENTS), upcast("A", 2, CENTS, half)])
    first, second = chain.trace("A", 1, {"cents": 1})
    assert first.failed is None
    assert (second.before, second.after) == (("A", 2, {"cents": 1}), ())
    assert "ZeroDivisionError" in str(second.failed)
    with pytest.raises(UpcasterError, match="A version 2: ZeroDivisionError") as raised:
        chain.explain("A", 1, {"cents": 1})
    assert isinstance(raised.value.__cause__, ZeroDivisionError)
    assert chain.trace("A", 1, {"cents": 3}) == chain.explain("A", 1, {"cents": 3})


def test_which_stored_types_become_these() -> None:
    before = hafenbank.upcasters.types_before(frozenset({"FeeCharged", "InterestCredited"}))
    assert before == {"FeeCharged", "InterestCredited", "CashPaidIn", "InterestPaid"}


# --- what is refused at registration -------------------------------------------------------------

FIRST = upcast("A", 1, EUROS, Units("euros", 100, into="cents"))
SECOND = upcast("A", 2, CENTS, Rename("cents", "amount"))


@pytest.mark.parametrize(
    ("upcasters", "problem"),
    [
        ([FIRST, FIRST], "A version 1: there are two upcasters for this step"),
        ([FIRST, upcast("A", 3, CENTS, Remove("cents"))], "A version 1: a gap"),
        ([SECOND], "A: a gap, for nothing takes its version 1 on"),
        ([upcast("A", 1, CENTS, to=("A", 3))], "its result is version 3, and the next one is 2"),
        ([upcast("A", 1, CENTS, to=("A", 1))], "its result is version 1, and the next one is 2"),
        (
            [upcast("A", 1, CENTS, to=("B", 1)), upcast("B", 1, CENTS, to=("A", 1))],
            "a cycle: A version 1 → B version 1 → A version 1",
        ),
        (
            [FIRST, upcast("B", 1, CENTS, to=("A", 3))],
            "B version 1: its result is version 3 of A, and the newest is 2",
        ),
        ([FIRST, upcast("A", 2, EUROS, Remove("euros"))], "A version 2 has euros"),
        ([upcast("A", 1, CENTS, Rename("euros", "x"))], "A version 1: there is no field 'euros'"),
        ([split("A", 1, CENTS)], "nothing comes out"),
        ([upcast("A", 1, {"a": "DECIMAL(18, 2)"})], r"A version 1: a: .* declared as 'DECIMAL"),
        ([upcast("A", 1, CENTS, Compute("b", len), to=("A", 2)), SECOND], "makes the fields b, ce"),
        ([upcast("A", 1, CENTS, Compute("b", len, "{euros}"))], "A version 1: there is no field"),
        ([upcast("A", 1, CENTS, Compute("b", len, "{cents} +"))], "its SQL cannot be used: Parser"),
        ([upcast("A", 1, CENTS, Compute("b", len, "{cents} * 1.5"))], "it gives DECIMAL"),
        ([upcast("A", 1, CENTS, Compute("b", len, "(SELECT 1)"))], "subquery"),
        ([upcast("A", 1, CENTS, Compute("b", len, "random()"))], "volatile"),
        ([upcast("A", 1, CENTS, "cents")], "A version 1: what changes"),  # type: ignore[arg-type]
        (["A"], "'A' is no upcaster"),
        (FIRST, "A version 1: give a list"),
    ],
)
def test_upcasters_that_do_not_fit_together(upcasters: Any, problem: str) -> None:
    with pytest.raises(UpcasterError, match=problem):
        Upcasters(upcasters)


def test_a_part_of_a_split_goes_on_through_the_chain() -> None:
    chain = Upcasters([FIRST, SECOND, split("C", 1, CENTS, part("A", 2), part("D", 1))])
    kinds = [(e.type, e.schema_version) for e in chain.apply(recorded("C", {"cents": 3}))]
    assert kinds == [("A", 3), ("D", 1)]


def test_a_function_without_sql_works_in_python_and_gives_no_view() -> None:
    chain = Upcasters([upcast("A", 1, CENTS, Compute("half", lambda data: data["cents"] // 2))])
    [event] = chain.apply(recorded("A", {"cents": 9}))
    assert event.data == {"cents": 9, "half": 4}
    with pytest.raises(UpcasterError, match="half is computed by a function that has no SQL"):
        chain.sql()


CANNOT_BE: dict[str, Callable[[], Any]] = {
    "a version that is a text": lambda: upcast("A", "1", CENTS),  # type: ignore[arg-type]
    "version 0": lambda: Upcasters([upcast("A", 0, CENTS)]),
    "version 0 of a part": lambda: Upcasters([split("A", 1, CENTS, part("B", 0))]),
    "a blank type": lambda: Upcasters([upcast(" ", 1, CENTS)]),
    "a NUL in a field": lambda: Upcasters([upcast("A", 1, {"\0": "JSON"})]),
    "a NUL in a new field": lambda: Upcasters([upcast("A", 1, CENTS, Rename("cents", "\0"))]),
    "a float added": lambda: Add("a", 1.5),  # type: ignore[arg-type]
    "65 bits added": lambda: Add("a", 2**63),
    "a NUL added": lambda: Add("a", "\0"),
    "factor 0": lambda: Units("a", 0),
    "a great factor": lambda: Units("a", 10**9 + 1),
    "one text to merge": lambda: Merge("ab", "c"),
    "nothing to merge": lambda: Merge([], "c"),
    "no function": lambda: Compute("a", None),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("bad", CANNOT_BE.values(), ids=CANNOT_BE.keys())
def test_names_and_values_that_cannot_be(bad: Callable[[], Any]) -> None:
    with pytest.raises((InvalidInput, UpcasterError)):
        bad()


@given(memos)
def test_a_quote_in_a_value_is_not_the_end_of_it(value: str) -> None:
    sql = Add("note", value).sql({})["note"].sql
    assert sql == "'" + value.replace("'", "''") + "'"
