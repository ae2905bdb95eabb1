"""A store with upcasters can be asked what it has stored."""

from __future__ import annotations

from pathlib import Path

import eventsourcing_kit as es
from eventsourcing_kit.stores.reshaping import as_stored
from tests.upcasting.cases import old_bank


def test_what_is_stored_is_read_beside_what_is_made_of_it(tmp_path: Path) -> None:
    with old_bank(tmp_path / "old.duckdb") as store:
        old = es.NewEvent("MoneyDeposited", {"euros": "25.00", "memo": ""}, schema_version=1)
        store.append("account-1", [old], 0)
        [stored] = as_stored(store).read_all()
        assert (stored.schema_version, stored.data) == (1, old.data)
        [read] = store.read_all()
        assert read.schema_version > 1
        assert read.data["amount"] == 2500


def test_without_upcasters_it_is_the_store_itself() -> None:
    with es.open_store(":memory:") as store:
        assert as_stored(store) is store
