"""The power goes at any moment of a store's life: what was acknowledged is kept, or it is refused.

A process works on a store and every call that changes a file is written down. From that come the
states in which a power cut can leave the disk, and each of them is opened.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

import eventsourcing_kit as es
from tests.stores.power import batches, preload
from tests.stores.power.journal import Call, Disk, Left, calls

LIVES = {"closing": 1, "checkpoints": 1, "killed": 3, "threads": 1}
STATES = 75  # of each workload
WHOLE = {Left.ALL, Left.NONE}  # no write is torn, and none lost before one that is kept


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return preload.library(tmp_path_factory.mktemp("disk"))


def work(disk: Path, name: str, folder: Path) -> list[Call]:
    """Let the workload run in `folder`, in as many lives as it has; what it did there."""
    folder.mkdir()
    journal = folder.with_suffix(".journal")
    journal.touch()
    for _ in range(LIVES[name]):
        first = max((call.offset for call in calls(journal) if call.kind == "M"), default=0)
        process = preload.start(
            disk, "workload", name, folder / "bank.duckdb", journal, first,
            folder=folder, journal=journal,
        )  # fmt: skip
        out, err = process.communicate()
        assert process.returncode == 0, out + err
    return list(calls(journal))


@dataclass
class State:
    """What a power cut after the `after`-th call left."""

    after: int
    left: Left
    acknowledged: int | None
    files: dict[str, bytes]

    def __str__(self) -> str:
        return f"after call {self.after}, of what was unsynced {self.left.value} is left"

    def lay(self, folder: Path) -> Path:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path, content in self.files.items():
            (folder / Path(path).name).write_bytes(content)
        return folder / "bank.duckdb"


def states(folder: Path, done: list[Call], count: int) -> list[State]:
    """Some of the states that a power cut could have left, in order; always the same ones."""
    chance = random.Random(20250314)
    disk = Disk(folder)
    unsure = []
    for i, call in enumerate(done):
        disk.happens(call)
        unsure += [(i, left) for left in Left if disk.unsure]
    chosen = set(chance.sample(unsure, min(count, len(unsure))))
    disk = Disk(folder)
    found = []
    for i, call in enumerate(done):
        disk.happens(call)
        for left in Left:
            if (i, left) in chosen:
                found.append(State(i, left, disk.acknowledged, disk.left(left, chance)))
    return found


def outcome(state: State, folder: Path) -> str:
    """ "whole", or the name of the error that refuses; fails where the store is anything else."""
    path = state.lay(folder)
    acknowledged = state.acknowledged or 0
    try:
        with es.open_store(path) as store:
            stored = batches.stored(store)
            assert acknowledged <= stored <= acknowledged + 1, "one may be in, its answer lost"
            batches.append(store, stored)
        with es.open_store(path) as store:
            assert batches.stored(store) == stored + 1
    except es.StoreError as refused:
        return type(refused).__name__
    return "whole"


def test_a_store_that_is_not_synced_would_be_found_out(disk: Path, tmp_path: Path) -> None:
    done = work(disk, "killed", tmp_path / "work")
    made = next(i for i, call in enumerate(done) if call.kind == "M")
    unsynced = done[:made] + [call for call in done[made:] if call.kind != "S"]
    found = states(tmp_path / "work", unsynced, 30)
    last = [state for state in found if state.left is Left.NONE][-1]
    with pytest.raises(AssertionError, match="one may be in"):
        outcome(last, tmp_path / "state")


@pytest.mark.parametrize("name", LIVES)
def test_what_was_acknowledged_before_a_power_cut_is_kept(
    disk: Path, name: str, tmp_path: Path
) -> None:
    folder = tmp_path / "work"
    done = work(disk, name, folder)
    replayed = Disk(folder)
    for call in done:
        replayed.happens(call)
    assert replayed.left(Left.ALL, random.Random(0)) == {
        str(path): path.read_bytes() for path in folder.iterdir()
    }, "the journal has all that was done"
    found: Counter[tuple[Left, str]] = Counter()
    for state in states(folder, done, STATES):
        result = outcome(state, tmp_path / "state")
        found[state.left, result] += 1
        made = state.acknowledged is not None
        assert result == "whole" or not made or state.left not in WHOLE, f"{result} {state}"
    for (left, result), n in found.items():
        print(f"{name}: {n} {result}, of what was unsynced {left.value} left")
    whole = sum(n for (_, result), n in found.items() if result == "whole")
    assert whole > found.total() / 2
