"""A vault is an event store: the whole suite, with every amount and currency encrypted."""

from __future__ import annotations

from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.event import Clock, utc_now
from eventsourcing_kit.stores.conformance import Conformance
from tests.stores.test_duckdb import FileFactory

TYPES = ["MoneyDeposited", "MoneyWithdrawn", "SalaryBooked", "TransferReceived", "TransferSent"]
PERSONAL = {type_: es.integrity.vault.Personal(["amount", "currency"]) for type_ in TYPES}


class VaultFactory(FileFactory):
    def open(self, clock: Clock = utc_now) -> es.EventStore:  # type: ignore[override]
        store = super().open(clock)
        return es.integrity.vault.Vault(store, self.path.with_name("keys"), PERSONAL)


class TestVault(Conformance):
    @pytest.fixture
    def factory(self, tmp_path: Path) -> VaultFactory:
        return VaultFactory(tmp_path / "bank.duckdb")
