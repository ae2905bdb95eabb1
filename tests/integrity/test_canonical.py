"""One value has one text, and a signature names what it is on."""

from __future__ import annotations

import doctest
import json
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from eventsourcing_kit.errors import InvalidInput
from eventsourcing_kit.integrity import canonical, pre_authentication

VECTORS = Path(__file__).parents[3] / "shared" / "data" / "jcs"
NAMES = [file.stem for file in sorted((VECTORS / "input").glob("*.json"))]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=8,
)


@pytest.mark.skipif(not NAMES, reason="needs the pairs published beside RFC 8785, in shared/data")
def test_the_published_pairs_come_out_byte_by_byte() -> None:
    for name in NAMES:
        given = json.loads((VECTORS / "input" / f"{name}.json").read_bytes())
        assert canonical(given) == (VECTORS / "output" / f"{name}.json").read_bytes(), name


@given(VALUES)
def test_what_is_read_back_is_the_value_and_gives_the_same_bytes(value: Any) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@pytest.mark.parametrize(
    "value", [{"\ufb33": 1, "\U0001f600": 2}, [1.0], [1e-7], [1e16], {"café": 1}], ids=repr
)
def test_sorting_keys_is_not_enough(value: Any) -> None:
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"))
    assert canonical(value) != plain.encode()
    assert json.loads(canonical(value)) == json.loads(plain)


@pytest.mark.parametrize(
    "value",
    [float("nan"), float("inf"), 2**53, -(2**53), "\ud800", {1: 2}, b"", ...],
    ids=repr,
)
def test_what_has_no_canonical_form_is_named(value: Any) -> None:
    with pytest.raises(InvalidInput, match="value"):
        canonical({"amount": value})


def test_the_examples_in_the_module_hold() -> None:
    import sys

    import eventsourcing_kit.integrity.canonical  # noqa: F401

    examples = doctest.testmod(sys.modules["eventsourcing_kit.integrity.canonical"])
    assert examples.attempted >= 4
    assert examples.failed == 0


@given(st.text(), st.binary(), st.text(), st.binary())
def test_no_two_pairs_of_type_and_body_are_signed_alike(
    type1: str, body1: bytes, type2: str, body2: bytes
) -> None:
    alike = pre_authentication(type1, body1) == pre_authentication(type2, body2)
    assert alike == ((type1, body1) == (type2, body2))


def test_it_is_the_encoding_that_dsse_publishes() -> None:
    """The example of its own page, protocol.md."""
    encoded = pre_authentication("http://example.com/HelloWorld", b"hello world")
    assert encoded == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
