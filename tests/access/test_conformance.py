"""Who may see and do everything has, behind a guard, a store like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.access import guarded
from eventsourcing_kit.event import Clock, utc_now
from eventsourcing_kit.stores.conformance import Conformance
from tests.access.cases import POLICY
from tests.stores.test_duckdb import FileFactory


class GuardedFactory(FileFactory):
    def open(self, clock: Clock = utc_now) -> es.EventStore:  # type: ignore[override]
        return guarded(super().open(clock), POLICY, es.access.Actor("root", ["all"]))


class TestGuarded(Conformance):
    @pytest.fixture
    def factory(self, tmp_path: Path) -> GuardedFactory:
        return GuardedFactory(tmp_path / "bank.duckdb")
