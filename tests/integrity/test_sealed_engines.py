"""Every engine can be sealed: the conformance suite once more, and what verify reads there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import hafenbank
from eventsourcing_kit.event import Clock, utc_now
from eventsourcing_kit.servers import JetStream
from eventsourcing_kit.stores.conformance import Conformance
from tests.integrity.forging import RING, WRITER, deposit
from tests.stores.jetstream import BankFactory, new_bank
from tests.stores.postgres_server import SchemaFactory, schema_url, server

PERSONAL = {"MoneyDeposited": es.integrity.vault.Personal(["amount"])}


class SealedSchema(SchemaFactory):
    def open(self, clock: Clock = utc_now) -> es.EventStore:
        return es.integrity.sealed(super().open(clock), WRITER)


class SealedBank(BankFactory):
    def open(self, clock: Clock = utc_now, **more: Any) -> Any:
        return es.integrity.sealed(super().open(clock, **more), WRITER)


class TestSealedPostgres(Conformance):
    @pytest.fixture
    def factory(self) -> SchemaFactory:
        return SealedSchema(schema_url(server().url))


class TestSealedJetStream(Conformance):
    @pytest.fixture
    def factory(self, jetstream_node: JetStream) -> BankFactory:
        return SealedBank(jetstream_node)


@pytest.fixture(params=["file", "postgres", "jetstream"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "file":
        return str(tmp_path / "bank.duckdb")
    if request.param == "postgres":
        return schema_url(server().url)
    return new_bank(request.getfixturevalue("jetstream_node"))


def test_what_was_sealed_is_verified_as_it_is_stored(url: str) -> None:
    with es.integrity.sealed(es.open_store(url), WRITER) as store:
        deposit(store, 6)
        old = es.NewEvent("MoneyDeposited", {"euros": "25.00", "memo": "é \u2028 \U0001f600"})
        store.append("account-9", [old], 0)
        report = es.integrity.verify(store, RING)
    assert report.ok
    with es.open_store(url, upcasters=hafenbank.upcasters) as read:
        assert read.read_stream("account-9")[0].data["amount"] == 2500
        assert es.integrity.verify(read, RING).verified == report.verified
        unsealed = es.NewEvent("MoneyDeposited", {"amount": 1, "currency": "EUR"})
        read.append("account-9", [unsealed], 1)
        fault = es.integrity.verify(read, RING, since=report.verified).fault
        assert fault is not None
        assert (fault.finding, fault.position) == (es.integrity.Finding.INSERTED, 14)


def test_a_vault_over_a_seal_has_its_ciphertext_signed(url: str, tmp_path: Path) -> None:
    with es.integrity.sealed(es.open_store(url), WRITER) as store:
        vault = es.integrity.vault.Vault(store, tmp_path / "keys", PERSONAL)
        deposit(vault, 3)
        assert [e.data["amount"] for e in vault.read_stream("account-1")] == [100, 101]
        assert es.integrity.verify(store, RING).ok
        vault.erase("account-1", by="clerk-07", reason="asked for it", request="letter-1")
        assert vault.read_stream("account-1")[0].data["amount"] == es.integrity.vault.ERASED
        assert es.integrity.verify(store, RING).ok, "nothing in the history has changed"
