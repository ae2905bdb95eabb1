"""A child process is forked while stores are open: whatever it does, the parent loses nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import StoreLocked
from tests.stores.power import batches, preload

if not hasattr(os, "fork"):
    pytest.skip("there is no fork here", allow_module_level=True)

from tests.stores.power.forking import HARMLESS, MEMORY, NOTHING, REFUSED, Report

EXPECTED = {
    **{do.__name__: {"StoreForked"} for do in REFUSED},
    **{do.__name__: {NOTHING} for do in HARMLESS},
    "close": {NOTHING, "StoreForked"},
    "open_again": {"StoreForked", "StoreLocked", "StoreHeld"},
    "all": {NOTHING},
}


def play(how: str, path: Path | str, ending: str, folder: Path) -> Report:
    """Run the parent with its children, look at the store meanwhile from here, end the parent."""
    process = preload.start(None, "forking", how, path, folder, folder=folder)
    assert process.stdout is not None
    said = process.stdout.readline()
    if said and how != "closed_first" and path != MEMORY:
        with pytest.raises(StoreLocked):  # the parent's lock is still there
            es.open_store(path)
    _, err = process.communicate(f"{ending}\n")
    assert said, err
    assert process.returncode == 0, err
    return Report(**json.loads(said))


def check(report: Report) -> None:
    wrong = [
        f"{name}: {outcome}"
        for name, outcome in report.children
        if outcome not in EXPECTED[name] and (name, outcome) != ("open_again", NOTHING)
    ]
    assert not wrong + report.broken, "\n".join(wrong + report.broken)


def check_kept(path: Path, acknowledged: int) -> None:
    with es.open_store(path) as store:
        assert batches.stored(store) == acknowledged


@pytest.mark.parametrize("ending", ["close", "die"])
@pytest.mark.parametrize("how", ["one_by_one", "processes", "meanwhile"])
def test_no_child_takes_anything_from_its_parent(how: str, ending: str, tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    report = play(how, path, ending, tmp_path)
    check(report)
    assert ("open_again", NOTHING) not in report.children, "two processes with one file"
    check_kept(path, report.acknowledged)


@pytest.mark.parametrize("how", ["one_by_one", "meanwhile"])
def test_no_child_takes_anything_from_a_store_in_memory(how: str, tmp_path: Path) -> None:
    check(play(how, MEMORY, "close", tmp_path))


def test_a_child_may_open_what_its_parent_has_closed(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    report = play("closed_first", path, "close", tmp_path)
    [(_, outcome)] = report.children
    assert outcome in (NOTHING, "StoreForked")
    check_kept(path, report.acknowledged)
