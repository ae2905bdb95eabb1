"""Who may sign what, until when; and keys that are none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from eventsourcing_kit.errors import InvalidInput
from eventsourcing_kit.integrity import KeyRing, PublicKey, Signer

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
OLD, NEW = Signer("writer", bytes(32)), Signer("writer", bytes([1]) * 32)


def test_a_key_signs_and_another_one_has_not_signed() -> None:
    signature = OLD.sign(b"text")
    assert OLD.key.has_signed(b"text", signature)
    assert not OLD.key.has_signed(b"texts", signature)
    assert not NEW.key.has_signed(b"text", signature)
    assert signature == Signer("writer", OLD.secret).sign(b"text"), "the same each time"


def test_it_is_the_ed25519_of_rfc_8032() -> None:
    """The first test of its section 7.1."""
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    signer = Signer("test", secret)
    assert signer.key.public_bytes.hex() == (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    )
    assert signer.sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


@given(st.binary(max_size=80))
def test_what_is_no_signature_is_none(signature: bytes) -> None:
    assert not OLD.key.has_signed(b"text", signature)


def test_a_signer_never_shows_its_secret() -> None:
    signer = Signer.new("writer")
    assert signer.secret.hex() not in repr(signer)
    assert signer.secret != Signer.new("writer").secret


def test_a_key_of_another_role_is_not_found() -> None:
    witness = Signer("witness", bytes(32), "witness")
    ring = KeyRing([OLD, witness.key])
    assert ring.get(OLD.key.key_id, "writer") == OLD.key
    assert ring.get(OLD.key.key_id, "checkpoint") is None
    assert ring.get(witness.key.key_id, "writer") is None
    assert ring.get("nobody+00000000", "writer") is None


def test_an_id_names_the_key_and_what_it_is_for() -> None:
    ids = {Signer(name, bytes(32), role).key.key_id for name, role in ROLES}  # type: ignore[arg-type]
    assert len(ids) == 3


ROLES = [("a", "writer"), ("b", "writer"), ("a", "witness")]


def test_a_rotated_ring_keeps_the_old_key_for_what_it_signed() -> None:
    before = KeyRing([OLD])
    after = before.rotated(OLD.key.key_id, NEW, NOON)
    kept = after.get(OLD.key.key_id, "writer")
    fresh = after.get(NEW.key.key_id, "writer")
    assert kept is not None
    assert fresh is not None
    assert (kept.valid_until, fresh.valid_from) == (NOON, NOON)
    assert [key.valid_until for key in before] == [None], "a ring never changes"
    assert after.named("writer", "writer") == [kept, fresh]


def test_a_rotation_leads_from_the_newest_key_to_one_of_the_same_role() -> None:
    third = Signer("writer", bytes([3]) * 32)
    ring = KeyRing([OLD]).rotated(OLD.key.key_id, NEW, NOON)
    later = NOON + timedelta(days=1)
    with pytest.raises(InvalidInput, match="at"):
        ring.rotated(OLD.key.key_id, third, later)  # the old one would count for longer
    assert len(list(ring.rotated(NEW.key.key_id, third, later))) == 3
    with pytest.raises(InvalidInput, match="new"):
        ring.rotated(NEW.key.key_id, Signer("writer", bytes([4]) * 32, "witness"), later)
    with pytest.raises(InvalidInput, match="times"):
        ring.marked(NEW.key.key_id, role="witness")


def test_a_lost_key_counts_until_the_first_time_that_is_known() -> None:
    later = NOON + timedelta(days=1)
    ring = KeyRing([OLD]).marked(OLD.key.key_id, revoked_at=later, compromised_since=NOON)
    assert [key.lost_at for key in ring] == [NOON]
    assert OLD.key.lost_at is None


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("name", {"name": ""}),
        ("name", {"name": "a b"}),
        ("name", {"name": "a+b"}),
        ("name", {"name": "a\n"}),
        ("name", {"name": None}),
        ("public_bytes", {"public_bytes": b"short"}),
        ("public_bytes", {"public_bytes": "x" * 32}),
        ("role", {"role": "auditor"}),
        ("revoked_at", {"revoked_at": datetime(2025, 1, 1)}),  # noqa: DTZ001
        ("valid_from", {"valid_from": "today"}),
    ],
)
def test_what_is_no_key_is_named(field: str, given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput, match=field):
        PublicKey(**({"name": "writer", "public_bytes": bytes(32)} | given))


def test_what_is_no_ring_is_named() -> None:
    for wrong in ([OLD, OLD], ["key"], [None]):
        with pytest.raises(InvalidInput, match="keys"):
            KeyRing(wrong)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="secret"):
        Signer("writer", b"short")
    with pytest.raises(InvalidInput, match="key_id"):
        KeyRing([OLD]).marked("nobody", revoked_at=NOON)
