"""A vault around a store that signs: ciphertext is signed, and an erasure breaks no proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import InvalidInput
from eventsourcing_kit.integrity import KeyRing, Signer, log_of, sealed, verify
from eventsourcing_kit.integrity.vault import ERASED, Vault
from tests.integrity.bank import ADA, PERSONAL, REQUEST, deposit, fill, opening, state

SIGNER = Signer("bank", bytes(range(32)))
RING = KeyRing([SIGNER.key])


@pytest.fixture
def store() -> Iterator[es.EventStore]:
    with es.open_store(":memory:") as store:
        yield store


@pytest.fixture
def vault(store: es.EventStore, tmp_path: Path) -> Vault:
    vault = Vault(sealed(store, SIGNER), tmp_path / "keys", PERSONAL)
    fill(vault)
    return vault


def test_all_is_proven_before_an_erasure_and_after_it(store: es.EventStore, vault: Vault) -> None:
    before = verify(store, RING)
    event = vault.erase(ADA, **REQUEST)
    after = verify(store, RING)
    assert before.ok, before
    assert after.ok, after
    assert after.events == before.events + 1, "the erasure itself is signed"
    assert event.position == after.events
    assert state(vault, ADA).owner == ERASED


def test_through_the_vault_the_stored_form_is_verified_all_the_same(
    store: es.EventStore, vault: Vault
) -> None:
    assert verify(vault, RING).verified == verify(store, RING).verified
    assert log_of(vault) == log_of(store)


def test_retries_are_answered_through_both(store: es.EventStore, vault: Vault) -> None:
    batch = [deposit(1), deposit(2)]
    first = vault.append(ADA, batch, es.ANY)
    vault.append(ADA, [deposit(3)], es.ANY)
    assert [vault.append(ADA, batch, expected) for expected in (es.ANY, 3)] == [first, first]
    assert verify(store, RING).ok


def test_the_wrong_way_round_is_refused(store: es.EventStore, tmp_path: Path) -> None:
    """A signature over a name would confirm whoever guesses it."""
    inside_out = sealed(Vault(store, tmp_path / "keys", PERSONAL), SIGNER)
    with pytest.raises(InvalidInput, match=r"put the vault around sealed\(\)"):
        inside_out.append(ADA, [opening()], 0)
    assert store.position() == 0
