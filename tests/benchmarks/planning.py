"""What `make bench` measures for a plan: the rates of one partition here, and what follows."""

from __future__ import annotations

import math
import statistics
import time
from pathlib import Path
from typing import Any

import eventsourcing_kit as es
from eventsourcing_kit.projections import Projection, ReadModels, SqlProjection, bank_models
from eventsourcing_kit.stores.jetstream import JetStreamStore
from tests.benchmarks.cluster import THREADS, Figures, rate_of_appends

ROUNDS = 3


def planning(folder: Path) -> Figures:
    """A partition is a log on three nodes, all on the one disk here, with 64 appenders; its reader
    has a handler for each event, or a statement for each batch of them. All else is what
    `es.capacity.million` assumes."""
    appends = appends_per_s()
    by_row = folds_per_s(folder, bank_models.balances(), 3_000)
    by_sql = folds_per_s(folder, bank_models.balances_by_sql(), 300_000)
    return {
        "partition_appends_per_s": appends,
        "folds_by_row_per_s": by_row,
        "folds_by_sql_per_s": by_sql,
        "million_partitions_by_row": partitions(appends, by_row),
        "million_partitions_by_sql": partitions(appends, by_sql),
    }


def partitions(appends: float, folds: float) -> float:
    """How many a million events a second needs; inf where these rates are too low for any."""
    try:
        return es.capacity.million(appends_per_s=appends, folds_per_s=folds).partitions
    except es.InvalidInput:
        return math.inf


def appends_per_s() -> float:
    """Events a second that one log on three nodes stores."""
    with es.servers.jetstream(3) as cluster, JetStreamStore(f"{cluster.url}/plan") as store:
        return statistics.median(
            rate_of_appends(store, f"account-{number}", THREADS) for number in range(ROUNDS)
        )


def folds_per_s(folder: Path, projection: Projection | SqlProjection, events: int) -> float:
    """Events a second that one reader puts into a read model."""
    with es.open_store(folder / f"plan-{projection.name}.duckdb") as any_store:
        store: Any = any_store
        store.append_columns(es.banking.simulate(1_000, events, seed=3))
        with ReadModels(store, folder / f"plan-{projection.name}.models.duckdb") as models:
            begun = time.perf_counter()
            models.catch_up(projection)
            return events / (time.perf_counter() - begun)
