"""The upcasting workbench without a browser: what it says of a draft, and of what is stored."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from decimal import Decimal
from typing import Any

import msgspec
import pytest

import eventsourcing_kit as es
from eventsourcing_kit import upcasting as u
from eventsourcing_kit.banking import hafenbank
from eventsourcing_kit.upcasting import Compute, Upcasters, upcast
from eventsourcing_kit.widgets import UpcastingWorkbench
from tests.upcasting.cases import recorded
from tests.widgets.sample import HOSTILE

TRACE = hafenbank.upcasters.trace
FIRST = recorded("MoneyDeposited", {"euros": "12.34", "memo": "Rent"})
BROKEN = es.RecordedEvent(
    **{
        **{name: getattr(FIRST, name) for name in ("stream_id", "version", "type", "metadata")},
        **{name: getattr(FIRST, name) for name in ("occurred_at", "recorded_at", "event_id")},
        "position": 9,
        "schema_version": 1,
        "data": {"euros": "12,34", "memo": "Rent"},
    }
)


def bench(*events: es.RecordedEvent, **options: Any) -> UpcastingWorkbench:
    return UpcastingWorkbench(TRACE, events or (FIRST, BROKEN), **options)


def draft(type_: str, version: str, data: object) -> dict[str, str]:
    text = data if isinstance(data, str) else json.dumps(data)
    return {"type": type_, "schema_version": version, "data": text}


def test_it_begins_with_the_first_stored_event() -> None:
    widget = bench()
    assert widget.draft["type"] == "MoneyDeposited"
    assert [step["upcaster"] for step in widget.steps] == [
        "MoneyDeposited version 1",
        "MoneyDeposited version 2",
    ]
    assert repr(widget) == "UpcastingWorkbench(MoneyDeposited 1: 2 steps to the newest shape)"


def test_each_field_has_its_sign() -> None:
    first, second = bench().steps
    [into_cents], [into_amount] = first["after"], second["after"]
    assert into_cents["rows"] == [
        ["same", "memo", '"Rent"', '"Rent"'],
        ["added", "cents", "", "1234"],
        ["removed", "euros", '"12.34"', ""],
    ]
    assert into_amount["rows"] == [
        ["same", "memo", '"Rent"', '"Rent"'],
        ["renamed", "amount (was cents)", "1234", "1234"],
        ["added", "currency", "", '"EUR"'],
    ]


def test_a_field_that_was_renamed_twice_has_its_first_name() -> None:
    one, two = u.Rename("a", "b"), u.Rename("b", "c")
    chain = Upcasters([upcast("A", 1, {"a": "BIGINT"}, one, two)])
    widget = UpcastingWorkbench(chain.trace, [recorded("A", {"a": 7})])
    [step] = widget.steps
    assert step["after"][0]["rows"] == [["renamed", "c (was a)", "7", "7"]]


def test_an_equal_value_alone_is_no_other_name() -> None:
    chain = Upcasters([upcast("A", 1, {"a": "BIGINT"}, u.Remove("a"), u.Add("b", 7))])
    widget = UpcastingWorkbench(chain.trace, [recorded("A", {"a": 7})])
    [step] = widget.steps
    assert [row[:2] for row in step["after"][0]["rows"]] == [["added", "b"], ["removed", "a"]]


def test_a_split_shows_every_event_that_comes_out() -> None:
    widget = bench()
    widget.draft = draft("CashPaidIn", "1", {"cents": 500, "fee": 5, "till": "Till 1"})
    shapes = [one["shape"] for one in widget.steps[0]["after"]]
    assert shapes == ["MoneyDeposited 2", "FeeCharged 1"]


def test_the_stored_events_that_cannot_be_read_are_named() -> None:
    widget = bench()
    assert widget.failing == [9]
    assert [row["fails"] for row in msgspec.json.decode(widget.packed)] == [False, True]
    assert bench(position=9).problem.startswith("MoneyDeposited version 1: euros: '12,34'")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (draft("MoneyDeposited", "1", "{'euros': 1}"), "data"),
        (draft("MoneyDeposited", "one", {}), "schema_version: must be a whole number from 1"),
        (draft("MoneyDeposited", "0", {}), "schema_version: must be a whole number from 1"),
        (draft("MoneyDeposited", "9" * 5_000, {}), "schema_version: must be a whole number from 1"),
        (draft(" ", "1", {}), "type: is empty"),
        (draft("MoneyDeposited", "4", {}), "4"),
        (draft("MoneyDeposited", "1", {"euros": "1.00"}), "the field 'memo' is missing"),
    ],
)
def test_what_stands_in_the_way_is_said(typed: dict[str, str], problem: str) -> None:
    widget = bench()
    widget.draft = typed
    assert problem in widget.problem
    assert [step["after"] for step in widget.steps] in ([], [[]]), "nothing comes out"


def test_the_steps_before_the_one_that_fails_are_shown() -> None:
    broken = Compute("half", lambda data: 1 // 0)
    chain = Upcasters(
        [
            upcast("A", 1, {"n": "BIGINT"}, u.Rename("n", "m")),
            upcast("A", 2, {"m": "BIGINT"}, broken),
        ]
    )
    widget = UpcastingWorkbench(chain.trace, [recorded("A", {"n": 1})])
    first, second = widget.steps
    assert [one["shape"] for one in first["after"]] == ["A 2"]
    assert first["problem"] == ""
    assert second["after"] == []
    assert widget.problem == second["problem"]
    assert "A version 2: ZeroDivisionError" in widget.problem
    words = " ".join(ET.fromstring(widget.picture()).itertext())
    assert "step 1" in words
    assert "✕ step 2" in words
    assert "read as" not in words


def test_where_it_raises_there_is_a_problem_and_no_step() -> None:
    widget = UpcastingWorkbench(hafenbank.upcasters.explain, [FIRST, BROKEN], position=9)
    assert widget.failing == [9]
    assert widget.steps == []
    assert widget.problem.startswith("MoneyDeposited version 1: euros: '12,34'")


def test_a_type_that_no_upcaster_knows_needs_none() -> None:
    widget = bench()
    widget.draft = draft("AccountFrozen", "1", {"reason": "fraud"})
    assert widget.answer["unchanged"] == {
        "shape": "AccountFrozen 1",
        "rows": [["same", "reason", '"fraud"', '"fraud"']],
    }
    assert repr(widget).endswith("no step: it is read as it is stored)")


def test_a_learners_function_that_raises_is_told() -> None:
    chain = Upcasters([upcast("A", 1, {"n": "BIGINT"}, Compute("m", lambda data: 1 // data["n"]))])
    widget = UpcastingWorkbench(chain.trace, [recorded("A", {"n": 0})])
    assert "ZeroDivisionError" in widget.problem
    assert widget.failing == [7]


@pytest.mark.parametrize("made", [Decimal("1.50"), {7}])
def test_a_value_that_json_cannot_hold_is_named(made: object) -> None:
    chain = Upcasters([upcast("A", 1, {"n": "BIGINT"}, Compute("m", lambda data: made))])
    widget = UpcastingWorkbench(chain.trace, [recorded("A", {"n": 0})])
    assert "which JSON does not have" in widget.problem


def test_a_function_that_changes_what_it_is_given_changes_no_stored_event() -> None:
    stored = recorded("A", {"n": [1]})
    change = Compute("m", lambda data: data["n"].append(2))
    chain = Upcasters([upcast("A", 1, {"n": "JSON"}, change)])
    widget = UpcastingWorkbench(chain.trace, [stored])
    assert stored.data == {"n": [1]}
    assert json.loads(widget.draft["data"]) == {"n": [1]}


@pytest.mark.parametrize(
    ("events", "options", "problem"),
    [
        ((), {}, "stored"),
        ((FIRST,) * 501, {}, "stored"),
        ((FIRST,), {"position": 99}, "position"),
    ],
)
def test_bad_input_is_refused(events: Any, options: dict[str, Any], problem: str) -> None:
    with pytest.raises(es.InvalidInput, match=problem):
        UpcastingWorkbench(TRACE, events, **options)


def test_a_draft_has_three_texts() -> None:
    widget = bench()
    with pytest.raises(es.InvalidInput):
        widget.draft = {"type": "A"}


def test_the_picture_shows_event_and_steps_and_is_the_same_every_time() -> None:
    picture = bench().picture()
    assert picture == bench().picture()
    words = " ".join(ET.fromstring(picture).itertext())
    for told in (
        "12.34",
        "MoneyDeposited 1 → MoneyDeposited 2",
        "1 stored event cannot",
        "currency",
        "step 2",
        "read as",
    ):
        assert told in words


def test_nothing_in_an_event_becomes_markup() -> None:
    widget = bench(recorded("MoneyDeposited", {"euros": "1.00", "memo": HOSTILE}))
    ET.fromstring(widget.picture())
    assert "<script" not in widget.picture()
