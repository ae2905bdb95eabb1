"""Which kind of change lies between two definitions, and who can still read whom."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from eventsourcing_kit.errors import InvalidInput
from eventsourcing_kit.upcasting import compare_shapes

OLD = {"amount": "int", "memo": "str?"}


@pytest.mark.parametrize(
    ("new", "changes", "backward", "forward", "tolerant"),
    [
        (OLD, (), True, True, True),
        ({**OLD, "channel": "str?"}, ("channel: added, optional",), True, False, True),
        ({**OLD, "channel": "str"}, ("channel: added, required",), False, False, True),
        ({"amount": "int"}, ("memo: removed",), False, True, True),
        ({"memo": "str?"}, ("amount: removed",), False, False, False),
        ({"amount": "float", "memo": "str?"}, ("amount: int became float",), False, False, False),
        ({"amount": "int", "memo": "str"}, ("memo: optional became required",), False, True, True),
        (
            {"amount": "int?", "memo": "str?"},
            ("amount: required became optional",),
            True,
            False,
            False,
        ),
        (
            {"cents": "int", "memo": "str?"},
            ("amount: removed (renamed to cents?)", "cents: added, required"),
            False,
            False,
            False,
        ),
    ],
)
def test_the_kind_of_change(
    new: dict[str, str], changes: tuple[str, ...], backward: bool, forward: bool, tolerant: bool
) -> None:
    change = compare_shapes(OLD, new)
    assert change.changes == changes
    assert (change.backward, change.forward, change.tolerant_forward) == (
        backward,
        forward,
        tolerant,
    )
    assert change.upcaster_needed is not backward


def test_dataclasses_are_compared_by_their_fields() -> None:
    @dataclass
    class Was:
        amount: int

    @dataclass
    class Is:
        amount: int
        currency: str = "EUR"

    change = compare_shapes(Was, Is)
    assert change.changes == ("currency: added, optional",)
    assert "an upcaster is not needed" in str(change)


@pytest.mark.parametrize("definition", [None, 3, {"amount": int}, "amount"])
def test_anything_else_is_refused(definition: object) -> None:
    with pytest.raises(InvalidInput):
        compare_shapes(OLD, definition)
