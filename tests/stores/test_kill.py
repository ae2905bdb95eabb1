"""A writer killed at a random point: what it was told is stored is stored, whole, and once."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

import eventsourcing_kit as es

KILLS = 100


def last_sent(told: Connection, last: int) -> int:
    """The last batch that the dead writer managed to report after `last`."""
    try:
        while True:
            last = told.recv()
    except (EOFError, OSError):
        return last


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a signal of POSIX systems")
def test_a_writer_killed_at_a_hundred_random_points(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.stores.writer"])
    from tests.stores.writer import BATCH, write

    path = tmp_path / "bank.duckdb"
    chance = random.Random(20250314)
    acknowledged = -1
    for _ in range(KILLS):
        told, tell = context.Pipe(duplex=False)
        with told:
            process = context.Process(target=write, args=(str(path), max(acknowledged, 0), tell))
            process.start()
            tell.close()
            assert told.recv() is None, "the store is open"
            for _ in range(1 + chance.randrange(4)):
                acknowledged = told.recv()
            time.sleep(chance.uniform(0, 0.02))  # an append takes about 0.005
            process.kill()
            process.join()
            acknowledged = last_sent(told, acknowledged)
        with es.open_store(path) as store:
            events = store.read_all()
        batches = [event.data["batch"] for event in events]
        stored = batches[-1] if batches else -1
        assert acknowledged <= stored <= acknowledged + 1, "one batch may be in, its answer lost"
        assert batches == [n for n in range(stored + 1) for _ in range(BATCH)], "whole, and once"
        assert [e.event_id.int for e in events] == list(range((stored + 1) * BATCH))
        assert [e.position for e in events] == list(range(1, len(events) + 1))
    assert acknowledged > KILLS
