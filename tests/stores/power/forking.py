"""A process with open stores that forks children: `forking HOW PATH FOLDER`.

The children do what somebody may do without thinking. What came of it is the first line that is
printed, as JSON (Report). Then the parent waits for a line: "close", or "die" without closing.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn, cast

import eventsourcing_kit as es
from tests.stores.power import batches

MEMORY = ":memory:"
PATIENCE = 60  # seconds until a child that hangs is killed
NOTHING = "nothing"  # a child's outcome: no error
MOST = 150  # batches in a store

COUNTS = es.projections.SqlProjection(
    "counts",
    "CREATE TABLE counted (events BIGINT)",
    "INSERT INTO counted SELECT count(*) FROM batch",
)


@dataclass
class Report:
    """What each child said, and how many batches the parent was told are stored.

    `broken` says after which children the parent's log was another, or its store not whole.
    """

    children: list[tuple[str, str]] = field(default_factory=list)
    acknowledged: int = 0
    broken: list[str] = field(default_factory=list)


class Parent:
    """A store, read models and snapshots, opened before a fork."""

    def __init__(self, path: str, folder: str) -> None:
        self.path = path
        self.folder = Path(folder)
        self.report = Report()
        self.store = cast(Any, es.open_store(path))  # the engine's own class
        self.append(3)
        memory = path == MEMORY
        self.models: Any = es.projections.ReadModels(
            self.store, MEMORY if memory else self.folder / "models.duckdb"
        )
        self.models.catch_up(COUNTS)
        self.snapshots: Any = es.snapshots.Snapshots(
            MEMORY if memory else self.folder / "snapshots.duckdb"
        )

    def append(self, count: int = 1) -> None:
        for _ in range(count):
            batches.append(self.store, self.report.acknowledged)
            self.report.acknowledged += 1

    def log(self) -> int | None:
        """Which file the log is. No child may put another in its place, or do away with it."""
        try:
            return os.stat(f"{self.path}.wal").st_ino
        except FileNotFoundError:
            return None

    def after(self, name: str, outcome: str, log: int | None) -> None:
        """Note what a child said, and see that the parent is as it was."""
        self.report.children.append((name, outcome))
        try:
            assert self.log() == log, "another log"
            self.append()
            assert batches.stored(self.store) == self.report.acknowledged
            self.models.catch_up(COUNTS)
            self.snapshots.sql("FROM snapshots")
        except (AssertionError, OSError, es.EventSourcingError) as error:
            self.report.broken.append(f"{name}: {error!r}")


# --- what a child does ---------------------------------------------------------------------------


def append(parent: Parent) -> None:
    batches.append(parent.store, 1000)


def append_columns(parent: Parent) -> None:
    batches.append(parent.store, 11)


def read(parent: Parent) -> None:
    parent.store.read_all()


def query(parent: Parent) -> None:
    parent.store.sql("SELECT count(*) FROM events")


def verify(parent: Parent) -> None:
    es.verify(parent.store)


def back_up(parent: Parent) -> None:
    es.backup(parent.store, parent.folder / "copy.duckdb")


def catch_up(parent: Parent) -> None:
    parent.models.catch_up(COUNTS)


def read_models(parent: Parent) -> None:
    parent.models.sql("FROM counts.counted")


def snapshots(parent: Parent) -> None:
    parent.snapshots.forget("made-1")


def open_again(parent: Parent) -> None:
    with es.open_store(parent.path) as store:
        batches.append(store, 1000)


def close(parent: Parent) -> None:
    parent.models.close()
    parent.snapshots.close()
    parent.store.close()


def collect(parent: Parent) -> None:
    del parent.store, parent.models, parent.snapshots
    gc.collect()


def end(parent: Parent) -> None:
    pass


def leave(parent: Parent) -> None:
    os._exit(0)


def fork_again(parent: Parent) -> None:
    outcome = forked(parent, append)
    assert outcome == "StoreForked", outcome


REFUSED: list[Callable[[Parent], None]] = [
    append, append_columns, read, query, verify, back_up, catch_up, read_models, snapshots,
]  # fmt: skip
HARMLESS: list[Callable[[Parent], None]] = [close, collect, end, leave, fork_again]


# --- how it is forked ----------------------------------------------------------------------------


def forked(parent: Parent, do: Callable[[Parent], None]) -> str:
    """Let a child do it and then come to its natural end. What came of it, by name."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(PATIENCE)
        _say(writing, do, parent)
        sys.exit()
    os.close(writing)
    return _heard(reading, os.waitpid(child, 0)[1])


def _say(writing: int, do: Callable[[Parent], None], parent: Parent) -> None:
    os.write(writing, b"died")  # if nothing follows
    said = NOTHING
    try:
        if do is leave:
            os.write(writing, f"\n{NOTHING}".encode())
        do(parent)
    except Exception as error:
        said = type(error).__name__ + f" {error}" * isinstance(error, AssertionError)
    os.write(writing, f"\n{said}".encode())


def _heard(reading: int, status: int) -> str:
    with open(reading, "rb") as said:
        outcome = said.read().decode().splitlines()[-1]
    return outcome if status == 0 else f"{outcome}, ended by {status}"


def by_multiprocessing(parent: Parent, do: Callable[[Parent], None]) -> str:
    """The same with a process of the standard library, whose end is another one."""
    reading, writing = os.pipe()
    child = multiprocessing.get_context("fork").Process(target=_say, args=(writing, do, parent))
    child.start()
    os.close(writing)
    child.join(PATIENCE)
    if child.is_alive():
        child.kill()
        child.join()
    return _heard(reading, child.exitcode or 0)


# --- how the parent goes on ----------------------------------------------------------------------


def one_by_one(parent: Parent) -> None:
    """Every child has ended before the parent goes on."""
    for do in [*REFUSED, open_again, *HARMLESS]:
        parent.after(do.__name__, forked(parent, do), parent.log())


def processes(parent: Parent) -> None:
    for do in (append, open_again, end):
        parent.after(do.__name__, by_multiprocessing(parent, do), parent.log())


def meanwhile(parent: Parent) -> None:
    """Another thread appends all the time."""
    done = threading.Event()

    def appending() -> None:
        while not done.is_set() and parent.report.acknowledged < MOST:
            parent.append()

    thread = threading.Thread(target=appending)
    thread.start()
    try:
        for do in (append, read, open_again, *HARMLESS):
            parent.report.children.append((do.__name__, forked(parent, do)))
    finally:
        done.set()
        thread.join()
    parent.after("all", NOTHING, parent.log())


def closed_first(parent: Parent) -> NoReturn:
    """The child waits until the parent has closed, then opens the store for itself."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(PATIENCE)
        os.close(writing)
        os.read(reading, 1)
        said = f"{parent.report.acknowledged} {NOTHING}"
        try:
            with es.open_store(parent.path) as store:
                batches.append(store, parent.report.acknowledged)
                said = f"{batches.stored(store)} {NOTHING}"
        except es.StoreError as error:
            said = f"{parent.report.acknowledged} {type(error).__name__}"
        (parent.folder / "said").write_text(said)
        sys.exit()
    close(parent)
    os.close(writing)
    _, status = os.waitpid(child, 0)
    count, outcome = (parent.folder / "said").read_text().split()
    parent.report.acknowledged = int(count)
    parent.report.children.append(("open", outcome if status == 0 else f"ended by {status}"))
    print(json.dumps(asdict(parent.report)), flush=True)
    sys.exit()


HOW: dict[str, Callable[[Parent], None]] = {
    how.__name__: how for how in (one_by_one, processes, meanwhile, closed_first)
}

if __name__ == "__main__":
    parent = Parent(sys.argv[2], sys.argv[3])
    HOW[sys.argv[1]](parent)
    print(json.dumps(asdict(parent.report)), flush=True)
    if sys.stdin.readline().strip() == "die":
        os._exit(0)
    close(parent)
