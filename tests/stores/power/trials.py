"""A process that does one piece of a store's work while calls to the system are refused.

It reads trials from standard input, one JSON object a line, and answers each with a line: what
happened. If it dies the parent knows in which trial.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import eventsourcing_kit as es
import eventsourcing_kit.stores.backup
import eventsourcing_kit.stores.verify  # both now: an import needs a file, too
from eventsourcing_kit.errors import EventSourcingError
from tests.stores.power import batches
from tests.stores.power.workload import set_threshold

FIRST = 11  # batches that a store has before its trial; the next one is the large columnar one
KINDS = "WSOTUR"  # of calls, as in disk.c
LOADED = (es.backup, es.verify)  # now, and not when no file can be opened any more


@dataclass(frozen=True)
class Trial:
    """`phase` is the work. Refused are calls of one kind, or descriptors, or long files."""

    phase: str
    kind: str = ""  # "": none
    first: int = 1
    always: bool = False
    error: int = 0
    half: bool = False  # the first writes half, and the next is refused
    spare: int | None = None  # how many more files may be open
    longest: int | None = None  # how many bytes a file may have

    def __str__(self) -> str:
        if not self.kind:
            return f"{self.phase}, {self.spare} files spare, at most {self.longest} bytes"
        how = f"{'all from' if self.always else 'only'} {self.first}{' by half' * self.half}"
        return f"{self.phase}, {self.kind} {how}: {errno.errorcode[self.error]}"


@dataclass
class Outcome:
    """What became of a trial. Errors are [name, message], in the order in which they came."""

    errors: list[tuple[str, str]] = field(default_factory=list)
    acknowledged: int = 0
    stored: int | None = None  # when opened again, with nothing refused; None: it was not whole
    calls: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)  # what should never be


class Run:
    """One trial on a store of its own."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.template = template
        self.path = folder / "bank.duckdb"
        self.copy = folder / "copy.duckdb"
        self.copied = False  # whether there is a backup of the first batches
        self.outcome = Outcome()
        self.store: es.EventStore | None = None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()

    def lay(self, name: str) -> None:
        """A store with FIRST batches: "closed", "killed" with a full log, or "torn" at its end."""
        for file in (self.template / name).iterdir():
            shutil.copyfile(file, self.path.with_name(file.name))
        self.outcome.acknowledged = FIRST

    def attempt(self, work: Callable[[], Any]) -> bool:
        """Whether it went well. Anything but the kit's own errors is a fault."""
        try:
            work()
        except EventSourcingError as error:
            self.outcome.errors.append((type(error).__name__, str(error)))
            return False
        except Exception as error:
            self.outcome.faults.append(f"raised {type(error).__module__} {error!r}")
            return False
        return True

    @property
    def opened(self) -> es.EventStore:
        assert self.store is not None
        return self.store

    def open(self) -> None:
        self.store = es.open_store(self.path)

    def close(self) -> None:
        if self.store is not None:
            self.store.close()

    def append(self, count: int) -> None:
        """The next batches; each is tried twice, as the errors advise."""
        for n in range(self.outcome.acknowledged, self.outcome.acknowledged + count):
            if not any(self.attempt(partial(self._append, n)) for _ in range(2)):
                break
        self.attempt(self.read)

    def _append(self, n: int) -> None:
        batches.append(self.opened, n)
        self.outcome.acknowledged = n + 1

    def read(self) -> None:
        stored = batches.stored(self.opened)
        if stored < self.outcome.acknowledged:
            self.outcome.faults.append(f"read {stored} of {self.outcome.acknowledged}")

    def again(self) -> None:
        """With nothing refused any more: go on, close, open, and all acknowledged is there."""
        if self.store is not None:
            known = len(self.outcome.errors)
            self.attempt(partial(self._append, self.outcome.acknowledged))
            del self.outcome.errors[known:]  # it may have come to an end, by whatever name
        self.attempt(self.close)
        if self.attempt(self.open):
            if self.attempt(self.count):
                self.attempt(partial(batches.append, self.opened, self.outcome.stored or 0))
            self.attempt(self.close)
        if self.copied:
            with es.open_store(self.copy) as store:
                assert batches.stored(store) == FIRST

    def count(self) -> None:
        self.outcome.stored = batches.stored(self.opened)


# --- the work: what goes before, and what is then tried ------------------------------------------


def making(run: Run) -> Iterator[None]:
    yield
    if run.attempt(run.open):
        run.append(1)


def appending(run: Run) -> Iterator[None]:
    run.lay("closed")
    run.open()
    yield
    run.append(5)


def checkpointing(run: Run) -> Iterator[None]:
    run.lay("closed")
    run.open()
    set_threshold(run.opened, "400KB")
    yield
    run.append(5)


def closing(run: Run) -> Iterator[None]:
    run.lay("killed")
    run.open()
    run.append(2)
    yield
    run.attempt(run.close)


def opening(run: Run) -> Iterator[None]:
    run.lay("closed")
    yield
    if run.attempt(run.open):
        run.append(1)


def opening_after_a_kill(run: Run) -> Iterator[None]:
    run.lay("killed")
    yield
    if run.attempt(run.open):
        run.append(1)


def opening_after_a_torn_append(run: Run) -> Iterator[None]:
    run.lay("torn")
    yield
    if run.attempt(run.open):
        run.append(1)


def backing_up(run: Run) -> Iterator[None]:
    run.lay("killed")
    run.open()
    yield
    run.copied = run.attempt(partial(es.backup, run.opened, run.copy))
    run.append(1)


PHASES = {
    phase.__name__: phase
    for phase in (
        making,
        appending,
        checkpointing,
        closing,
        opening,
        opening_after_a_kill,
        opening_after_a_torn_append,
        backing_up,
    )
}


# --- what is refused -----------------------------------------------------------------------------


@contextmanager
def refused(trial: Trial, outcome: Outcome) -> Iterator[None]:
    with short_of_files(trial.spare), short_of_space(trial.longest):
        if "DISK_FOLDER" not in os.environ:
            yield
            return
        disk = ctypes.CDLL(None)
        kind = ord(trial.kind) if trial.kind else 0
        disk.disk_refuse(kind, trial.first, trial.always, trial.error, trial.half)
        try:
            yield
        finally:
            outcome.calls = {kind: disk.disk_calls(ord(kind)) for kind in KINDS}
            disk.disk_refuse(0, 0, 0, 0, 0)


@contextmanager
def short_of_files(spare: int | None) -> Iterator[None]:
    """Only `spare` more files can be opened."""
    if spare is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = os.open(os.devnull, os.O_RDONLY)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 16 + spare, hard))
    taken = [highest]
    try:
        while True:
            try:
                taken.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
        for _ in range(spare):
            os.close(taken.pop())
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for descriptor in taken:
            os.close(descriptor)


@contextmanager
def short_of_space(longest: int | None) -> Iterator[None]:
    """No file can be longer: what a full disk looks like. (Python ignores SIGXFSZ.)"""
    if longest is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def run(trial: Trial, template: Path, folder: Path) -> Outcome:
    run = Run(template, folder)
    work = PHASES[trial.phase](run)
    next(work)
    with refused(trial, run.outcome):
        next(work, None)
    run.again()
    return run.outcome


def make_templates(folder: Path) -> None:
    """The stores that trials begin with. They are copies, for their process still has them open."""
    with es.open_store(folder / "made.duckdb") as store:
        for n in range(FIRST):
            batches.append(store, n)
        _copy(folder, folder / "killed")
        batches.append(store, FIRST)
        _copy(folder, folder / "torn")
    log = folder / "torn" / "bank.duckdb.wal"
    more = log.stat().st_size - (folder / "killed" / log.name).stat().st_size
    os.truncate(log, log.stat().st_size - more // 2)
    lock = folder / "killed" / "bank.duckdb.lock"  # so says the witness: FIRST are acknowledged
    shutil.copyfile(lock, folder / "torn" / lock.name)
    shutil.copytree(folder / "killed", folder / "closed")
    es.open_store(folder / "closed" / "bank.duckdb").close()


def _copy(folder: Path, to: Path) -> None:
    to.mkdir()
    for file in folder.glob("made.duckdb*"):
        shutil.copyfile(file, to / file.name.replace("made", "bank"))


if __name__ == "__main__":
    template, folder = map(Path, sys.argv[1:])
    if not template.exists():
        template.mkdir()
        make_templates(template)
    for line in sys.stdin:
        outcome = run(Trial(**json.loads(line)), template, folder)
        print(json.dumps(asdict(outcome)), flush=True)
