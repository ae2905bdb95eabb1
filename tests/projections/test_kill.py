"""Killed in mid-batch, in mid-rebuild, in mid-swap: each event is in the read model once."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.projections import ReadModels
from tests.projections.cases import BY_SQL, balances, expected, shown

KILLS = 70


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a signal of POSIX systems")
def test_a_projector_killed_at_random_points(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.projections.worker"])
    from tests.projections.worker import work

    chance = random.Random(20250314)
    unfinished = behind = 0
    for kill in range(KILLS):
        if kill % 10 == 0:  # a fresh file now and then: a rebuild of a long history takes long
            folder = tmp_path / str(kill)
            folder.mkdir()
        told, tell = context.Pipe(duplex=False)
        with told:
            process = context.Process(target=work, args=(str(folder), tell))
            process.start()
            tell.close()
            assert told.recv() is None, "both files are open"
            if kill == 0:  # how long a turn takes depends on the machine, and on what else it does
                began = time.perf_counter()
                while told.recv() < 3:
                    pass
                turn = (time.perf_counter() - began) / 4
            time.sleep(chance.uniform(0, 3 * turn))
            process.kill()
            process.join()
        with es.open_store(folder / "bank.duckdb") as any_store:
            store: Any = any_store
            with ReadModels(store, folder / "models.duckdb") as models:
                builds = models.sql("SELECT projection, checkpoint, live FROM builds")
                unfinished += int((~builds["live"]).sum())
                for projection in (balances(), BY_SQL):
                    if not builds[(builds["projection"] == projection.name)].empty:
                        checkpoint = models.checkpoint(projection)
                        later = range(checkpoint + 1, store.position() + 1)
                        assert shown(models, projection.name) == expected(store, without=later)
                        behind += bool(later)
                caught = models.catch_up(balances(), BY_SQL)
                assert all(one.failure is None for one in caught.values())
                assert shown(models) == shown(models, "by_sql") == expected(store)
    assert unfinished > 5, "some died while they rebuilt"
    assert behind > 5, "and some while they caught up"
