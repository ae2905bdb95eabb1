"""A small bank in which a name stands that some may not see, and an empty log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.stores.sql_store import SqlEventStore
from tests.access.cases import NOON, SECRET, deposit, opened


@pytest.fixture
def bank() -> Iterator[SqlEventStore]:
    """Three accounts and a stream that is none, at positions 1 to 9."""
    with es.open_store(":memory:", clock=es.fixed_clock(NOON)) as store:
        store.append("account-1", [opened("Ada"), deposit(5, tags=["vip"])], 0)  # 1, 2
        store.append("account-2", [opened(SECRET), deposit(7, "Rent")], 0)  # 3, 4
        store.append("secrets-1", [es.NewEvent("NoteTaken", {"text": SECRET})], 0)  # 5
        store.append("account-1", [deposit(11, f"From {SECRET}", note=SECRET)], 2)  # 6
        frozen = es.NewEvent("AccountFrozen", {"reason": f"{SECRET} called"})
        store.append("account-2", [frozen], 2)  # 7
        store.append("account-3", [opened("Bo"), deposit(13)], 0)  # 8, 9
        yield store


@pytest.fixture
def log() -> Iterator[SqlEventStore]:
    with es.open_store(":memory:", clock=es.fixed_clock(NOON)) as store:
        yield store
