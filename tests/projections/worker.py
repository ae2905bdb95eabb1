"""The process that tests/projections/test_kill.py kills: it appends, catches up and rebuilds."""

from __future__ import annotations

from multiprocessing.connection import Connection
from typing import Any

import pandas  # noqa: F401  (imported here, it is in before the fork)

import eventsourcing_kit as es
import eventsourcing_kit.projections
import eventsourcing_kit.stores.duckdb
from tests.projections.cases import BY_SQL, balances, put


def work(folder: str, told: Connection) -> None:
    """For ever, in small batches, so that there are many places to die in."""
    store: Any = es.open_store(f"{folder}/bank.duckdb")
    models = es.projections.ReadModels(store, f"{folder}/models.duckdb")
    told.send(None)
    for turn in range(1_000_000):
        put(store, turn, -1, 5, stream_id=f"account-{turn % 3}")
        models.catch_up(balances(), BY_SQL, batch=2)
        if turn % 2:
            models.rebuild(balances(), batch=9)
            models.rebuild(BY_SQL, batch=9)
        told.send(turn)
