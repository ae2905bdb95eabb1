"""The system refuses a call, at any place: the error has a name and all acknowledged is kept."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

import eventsourcing_kit as es
from tests.stores.power import batches, preload
from tests.stores.power.trials import FIRST, KINDS, Outcome, Trial

if sys.platform == "win32":
    pytest.skip("limits of processes are of POSIX systems", allow_module_level=True)

REFUSALS = {  # of a kind of call: errno, whether for ever, and whether half was written before
    "W": [(errno.ENOSPC, True, False), (errno.EIO, False, False), (errno.ENOSPC, False, True)],
    "S": [(errno.EIO, False, False), (errno.EIO, True, False)],
    "O": [(errno.EMFILE, True, False), (errno.EACCES, False, False)],
    "T": [(errno.EIO, False, False)],
    "U": [(errno.EACCES, True, False)],
    "R": [(errno.EACCES, True, False)],
}
PHASES = {  # and whether there is a store before
    "making": False,
    "appending": True,
    "checkpointing": True,
    "closing": True,
    "opening": True,
    "opening_after_a_kill": True,
    "opening_after_a_torn_append": True,
    "backing_up": True,
}


class Trials:
    """Runs trials in a process of their own, and in a new one when that has died."""

    def __init__(self, folder: Path, library: Path | None) -> None:
        self.folder = folder
        self.library = library
        self.process: subprocess.Popen[str] | None = None

    def run(self, trial: Trial) -> Outcome | None:
        """None if the process died of it."""
        if self.process is None:
            store = self.folder / "store"
            arguments = (self.folder / "templates", store)
            self.process = preload.start(self.library, "trials", *arguments, folder=store)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(trial)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            self.stop()
            return None
        return Outcome(**json.loads(answer))

    def stop(self) -> str:
        if self.process is None:
            return ""
        _, said = self.process.communicate()
        self.process = None
        return said


@pytest.fixture
def trials(tmp_path: Path) -> Iterator[Trials]:
    trials = Trials(tmp_path, None)
    yield trials
    trials.stop()


@pytest.fixture
def preloaded(tmp_path: Path) -> Iterator[Trials]:
    trials = Trials(tmp_path, preload.library(tmp_path))
    yield trials
    trials.stop()


def faults(trial: Trial, outcome: Outcome | None) -> list[str]:
    """What is wrong with the outcome of a trial."""
    if outcome is None:
        return ["the process died"]
    found = list(outcome.faults)
    for name, message in outcome.errors:
        if PHASES[trial.phase] and name in ("StoreDamaged", "NotAnEventStore", "StoreIncomplete"):
            found.append(f"a whole file is said to be: {message}")
    full = trial.error == errno.ENOSPC and not trial.half
    for name, message in outcome.errors if full else []:
        if "space" not in message or name not in ("StoreFull", "EngineStopped"):
            found.append(f"a full disk is said to be: {name} {message}")
    if outcome.stored is None:
        if PHASES[trial.phase] and not found:
            found.append(f"cannot be opened again: {outcome.errors[-1]}")
    elif not 0 <= outcome.stored - outcome.acknowledged <= 1:
        found.append(f"{outcome.stored} of {outcome.acknowledged} are there afterwards")
    return found


def matrix(phase: str, calls: dict[str, int]) -> Iterator[Trial]:
    """Trials that refuse the first call of each kind, the last, and one between."""
    for kind in KINDS:
        count = calls[kind]
        for first in sorted({1, count // 2, count} - {0} if count else ()):
            for error, always, half in REFUSALS[kind]:
                yield Trial(phase, kind, first, always, error, half)


@pytest.mark.parametrize("phase", PHASES)
def test_a_refused_call_has_a_name_and_loses_nothing(preloaded: Trials, phase: str) -> None:
    undisturbed = preloaded.run(Trial(phase))
    assert undisturbed is not None, preloaded.stop()
    assert (undisturbed.errors, undisturbed.faults) == ([], [])
    names: Counter[str] = Counter()
    found = []
    for trial in matrix(phase, undisturbed.calls):
        outcome = preloaded.run(trial)
        if outcome is None and trial.error == errno.EMFILE:
            # In the middle of its own work, the engine ends the process (see GUARANTEES.md).
            with es.open_store(preloaded.folder / "store" / "bank.duckdb") as store:
                assert batches.stored(store) >= FIRST * PHASES[phase]
            names["died"] += 1
            continue
        found += [f"{trial}: {fault}" for fault in faults(trial, outcome)]
        names.update([name for name, _ in outcome.errors] or ["no error"] if outcome else ["died"])
    print(phase, undisturbed.calls, dict(names))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("phase", PHASES)
def test_without_file_descriptors_the_process_lives_and_loses_nothing(
    trials: Trials, phase: str
) -> None:
    found = []
    for spare in range(6):
        trial = Trial(phase, spare=spare)
        found += [f"{trial}: {fault}" for fault in faults(trial, trials.run(trial))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("phase", ["appending", "checkpointing", "closing", "backing_up"])
def test_a_full_disk_loses_nothing(trials: Trials, phase: str) -> None:
    assert trials.run(Trial(phase)) is not None, trials.stop()
    size = (trials.folder / "templates" / "closed" / "bank.duckdb").stat().st_size
    found = []
    # Never a length within a block that is written again: a full disk refuses only what is new.
    for longest in (0, 4096, 12_000, size, size + 100, size + 300_000):
        trial = Trial(phase, longest=longest)
        found += [f"{trial}: {fault}" for fault in faults(trial, trials.run(trial))]
    assert not found, "\n".join(found)
