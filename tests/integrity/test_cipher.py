"""One field as ciphertext: it comes back from its own place alone, and always looks the same."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from eventsourcing_kit.event import canonical_json
from eventsourcing_kit.integrity.cipher import Cipher, WrongPlace, place
from eventsourcing_kit.stores.conformance import JSON_VALUES

ADA = Cipher(bytes(range(32)))
HERE = place("ada", "account-1", 1, "owner")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
PLACES = st.tuples(NAMES, NAMES, st.integers(1, 2**63 - 1), NAMES)


def exactly(value: Any) -> str:
    """A value so that 1, 1.0 and True differ, and an object's order does not count."""
    return canonical_json({"value": value})


@given(JSON_VALUES, PLACES)
def test_any_value_comes_back(value: Any, where: tuple[str, str, int, str]) -> None:
    there = place(*where)
    assert exactly(ADA.open(there, ADA.seal(there, value))) == exactly(value)


@given(JSON_VALUES, PLACES, PLACES)
def test_no_other_place_opens_it(
    value: Any, one: tuple[str, str, int, str], other: tuple[str, str, int, str]
) -> None:
    text = ADA.seal(place(*one), value)
    if one != other:
        with pytest.raises(WrongPlace):
            ADA.open(place(*other), text)


def test_no_other_key_opens_it() -> None:
    with pytest.raises(WrongPlace):
        Cipher(bytes(32)).open(HERE, ADA.seal(HERE, "Ada"))


@given(st.data())
def test_no_changed_byte_is_overlooked(data: st.DataObject) -> None:
    sealed = bytearray(b64decode(ADA.seal(HERE, "Ada Lovelace")))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(WrongPlace):
        ADA.open(HERE, b64encode(sealed).decode())


@given(st.text(max_size=60))
def test_no_rubbish_is_opened(text: str) -> None:
    with pytest.raises(WrongPlace):
        ADA.open(HERE, text)


def test_the_same_looks_the_same_and_all_else_has_another_nonce() -> None:
    """A retry is known by its bytes; and GCM never sees two texts under one nonce."""
    assert ADA.seal(HERE, "Ada") == ADA.seal(HERE, "Ada")
    nonces = {
        b64decode(cipher.seal(where, value))[:12]
        for cipher in (ADA, Cipher(bytes(32)))
        for where in (HERE, *(place("ada", "account-1", v, "owner") for v in range(2, 100)))
        for value in ("Ada", "Bob", 1, 1.0, True, None)
    }
    assert len(nonces) == 2 * 99 * 6


def test_a_length_tells_little() -> None:
    lengths = {len(ADA.seal(HERE, "x" * n)) for n in range(30)}
    assert len(lengths) == 1, "32 bytes of text, with the quotes"
    assert len(ADA.seal(HERE, "x" * 31)) > lengths.pop()


def test_a_key_is_known_by_its_id_which_gives_nothing_away() -> None:
    assert ADA.key_id == Cipher(bytes(range(32))).key_id != Cipher(bytes(32)).key_id
    assert len(ADA.key_id) == 16
    assert bytes.fromhex(ADA.key_id) not in bytes(range(32))
