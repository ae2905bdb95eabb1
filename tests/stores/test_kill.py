"""A writer killed at a random point: what it was told is stored is stored, whole, and once."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from collections import defaultdict
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


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a signal of POSIX systems")
def test_shared_commits_killed_at_a_hundred_random_points(tmp_path: Path) -> None:
    """Of each thread: what it was told is there, each append whole, and in its order."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.stores.writer"])
    from tests.stores.writer import THREADS, write_together

    path = tmp_path / "bank.duckdb"
    chance = random.Random(20260101)
    acknowledged: set[tuple[int, int, int]] = set()
    for life in range(KILLS):
        told, tell = context.Pipe(duplex=False)
        with told:
            process = context.Process(target=write_together, args=(str(path), life, tell))
            process.start()
            tell.close()
            assert told.recv() is None, "the store is open"
            for _ in range(1 + chance.randrange(2 * THREADS)):
                acknowledged.add(told.recv())
            time.sleep(chance.uniform(0, 0.02))
            process.kill()
            process.join()
            try:
                while True:
                    acknowledged.add(told.recv())
            except (EOFError, OSError):
                pass
    with es.open_store(path) as store:
        assert es.verify(store).ok
        parts: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        last: dict[tuple[int, int], int] = {}
        for event in store.read_all():
            data = event.data
            parts[data["life"], data["who"], data["n"]].append(data["part"])
            thread = data["life"], data["who"]
            assert last.get(thread, 0) <= data["n"], "a thread's appends are in its order"
            last[thread] = data["n"]
    assert all(sorted(found) == [0, 1] for found in parts.values()), "whole, and once"
    assert acknowledged <= set(parts)
    unheard = len(parts) - len(acknowledged)
    assert unheard <= KILLS * THREADS, "of each thread at most one may be in, its answer lost"
    assert len(acknowledged) > KILLS
