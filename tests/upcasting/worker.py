"""The process that tests/upcasting/test_copying.py kills."""

from __future__ import annotations

from multiprocessing.connection import Connection

import pandas  # noqa: F401  (imported here, it is in before the fork)
import pyarrow  # noqa: F401

import eventsourcing_kit as es
import eventsourcing_kit.banking.hafenbank
import eventsourcing_kit.stores.columns
import eventsourcing_kit.stores.duckdb
import eventsourcing_kit.upcasting.view
from tests.upcasting.cases import old_bank


def work(folder: str, told: Connection) -> None:
    """Copy in small batches, so that there are many places to die in."""
    with old_bank(f"{folder}/old.duckdb") as source:
        told.send(None)
        report = es.upcasting.copy_and_transform(source, f"{folder}/new.duckdb", batch=3)
    told.send(report.written)
