"""The process that tests/stores/test_kill.py kills: it appends, and says what is acknowledged."""

from __future__ import annotations

import threading
from multiprocessing.connection import Connection
from uuid import UUID

import pandas  # noqa: F401  (DuckDB wants it for columns; imported here, it is in before the fork)
import pyarrow as pa

import eventsourcing_kit as es
import eventsourcing_kit.stores.columns
import eventsourcing_kit.stores.duckdb

BATCH = 3


def batch(n: int) -> list[es.NewEvent]:
    """The n-th batch, the same in every life of the writer."""
    return [
        es.NewEvent("Made", {"batch": n, "pad": "x" * 200}, event_id=UUID(int=BATCH * n + i))
        for i in range(BATCH)
    ]


def write(path: str, first: int, told: Connection) -> None:
    """Append batch `first` (which may be a retry) and all after it, in both ways, for ever."""
    store = es.open_store(path)
    told.send(None)
    n = first
    while True:
        stream_id, events = f"made-{n % 7}", batch(n)
        if n % 5:
            store.append(stream_id, events, es.ANY)
        else:
            columns = {
                "stream_id": [stream_id] * BATCH,
                "type": ["Made"] * BATCH,
                "data": [event.data_json for event in events],
                "event_id": pa.array([event.event_id.bytes for event in events], pa.binary(16)),
            }
            store.append_columns(columns, es.ANY)
        told.send(n)
        n += 1


THREADS = 8


def write_together(path: str, life: int, told: Connection) -> None:
    """Append by many threads, which share commits, for ever; each says what is acknowledged."""
    store = es.open_store(path)
    told.send(None)
    telling = threading.Lock()

    def work(who: int) -> None:
        n = 0
        while True:
            writes: list[es.stores.Write] = [
                (f"shared-{n % 3}", [made(life, who, n, 0)], es.ANY),
                (f"own-{who}", [made(life, who, n, 1)], es.ANY),
            ]
            store.append_many(writes)
            with telling:
                told.send((life, who, n))
            n += 1

    threads = [threading.Thread(target=work, args=(who,)) for who in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def made(life: int, who: int, n: int, part: int) -> es.NewEvent:
    """One event of an append that only this thread of this life makes."""
    return es.NewEvent("Made", {"life": life, "who": who, "n": n, "part": part})
