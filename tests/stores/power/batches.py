"""Numbered batches, so that anyone can later say whether a store holds them: whole, in order."""

from __future__ import annotations

import random
from functools import cache
from uuid import UUID

import pyarrow as pa

import eventsourcing_kit as es

MANY = 600  # events of the largest columnar batch: from 501 on the store looks at their payloads
APART = 1000  # between the event ids of two batches


def _event(n: int, i: int, pad: int) -> es.NewEvent:
    data = {"batch": n, "i": i, "pad": random.Random(n * APART + i).randbytes(pad).hex()}
    return es.NewEvent("Made", data, event_id=UUID(int=n * APART + i))


@cache
def batch(n: int) -> list[tuple[str, list[es.NewEvent]]]:
    """The n-th batch, always the same: by turns small, over several streams, large, columnar."""
    match n % 6:
        case 0:
            return [(f"made-{n % 5}", [_event(n, 0, 40)])]
        case 1:
            return [("made-9", [_event(n, i, 40) for i in range(3)])]
        case 2:
            return [(f"made-{s}", [_event(n, 2 * s + i, 40) for i in range(2)]) for s in range(3)]
        case 3:
            return [("made-1", [_event(n, 0, 9000)])]
        case 4:
            return [("column-1", [_event(n, i, 40) for i in range(4)])]
        case _:
            return [("column-1", [_event(n, i, 10) for i in range(MANY if n == 11 else 30)])]


def append(store: es.EventStore, n: int) -> None:
    """Append the n-th batch, in the way that its turn asks for. It is stored when this returns."""
    writes = batch(n)
    if n % 6 > 3:
        append_columns(store, writes[0][1])
    elif len(writes) > 1:
        store.append_many([(stream_id, events, es.ANY) for stream_id, events in writes])
    else:
        store.append(*writes[0], es.ANY)


def append_columns(store: es.EventStore, events: list[es.NewEvent]) -> None:
    columns = {
        "stream_id": ["column-1"] * len(events),
        "type": [event.type for event in events],
        "data": [event.data_json for event in events],
        "event_id": pa.array([event.event_id.bytes for event in events], pa.binary(16)),
    }
    store.append_columns(columns, es.ANY)


def stored(store: es.EventStore) -> int:
    """How many batches the store holds. Fails if it is not whole, by verify and by reading."""
    report = es.verify(store)
    assert report.ok, str(report)
    return read(store)


def read(store: es.EventStore) -> int:
    """How many batches are read. Fails if they are not all batches up to one, each whole."""
    events = store.read_all()
    assert [event.position for event in events] == list(range(1, len(events) + 1)), "gapless"
    count = events[-1].event_id.int // APART + 1 if events else 0
    versions: dict[str, int] = {}
    made = iter(events)
    for n in range(count):
        for stream_id, expected in batch(n):
            for new in expected:
                old = next(made, None)
                assert old is not None, f"batch {n} is not whole"
                versions[stream_id] = versions.get(stream_id, 0) + 1
                assert (old.stream_id, old.version) == (stream_id, versions[stream_id])
                assert (old.event_id, old.type, old.data) == (new.event_id, new.type, new.data)
    assert next(made, None) is None
    return count
