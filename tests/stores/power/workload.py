"""A process that appends and says what is acknowledged: `workload NAME PATH JOURNAL FIRST`."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any

import eventsourcing_kit as es
from tests.stores.power import batches
from tests.stores.power.journal import mark


class Work:
    def __init__(self, path: str, journal: str, first: int) -> None:
        self.path = path
        self.journal = os.open(journal, os.O_WRONLY | os.O_APPEND)
        self.next = first

    def open(self) -> es.EventStore:
        store = es.open_store(self.path)
        mark(self.journal, self.next)
        return store

    def append(self, store: es.EventStore, count: int) -> None:
        for _ in range(count):
            batches.append(store, self.next)
            self.next += 1
            mark(self.journal, self.next)


def set_threshold(store: es.EventStore, threshold: str) -> None:
    """Let the engine write its log into the file whenever it is longer; without: 16 MB."""
    engine: Any = store
    with engine.cursor() as cursor:
        cursor.execute(f"SET GLOBAL checkpoint_threshold = '{threshold}'")


def closing(work: Work) -> None:
    """Open, append, close, three times."""
    for _ in range(3):
        with work.open() as store:
            work.append(store, 12)


def checkpoints(work: Work) -> None:
    """One opening, in which the log is written into the file again and again."""
    with work.open() as store:
        set_threshold(store, "400KB")  # some batches alone are taken for longer
        work.append(store, 40)


def killed(work: Work) -> None:
    """A life that ends without closing; what comes next has its log to read."""
    work.append(work.open(), 10)
    os._exit(0)


def threads(work: Work) -> None:
    """Appends while another thread lets the log be written into the file."""
    done = threading.Event()
    engine: Any

    def write_logs() -> None:
        while not done.is_set():
            with engine.cursor() as cursor:
                cursor.execute("CHECKPOINT")

    with work.open() as engine:
        thread = threading.Thread(target=write_logs)
        thread.start()
        try:
            work.append(engine, 30)
        finally:
            done.set()
            thread.join()


WORKLOADS: dict[str, Callable[[Work], None]] = {
    work.__name__: work for work in (closing, checkpoints, killed, threads)
}

if __name__ == "__main__":
    name, path, journal, first = sys.argv[1:]
    WORKLOADS[name](Work(path, journal, int(first)))
