"""What eight threads see of the store could have come from one that does call by call."""

from __future__ import annotations

import itertools
import random
import threading
from typing import Any
from uuid import UUID

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.stores.conformance import in_threads
from tests.stores.linearizability import Call, linearizable
from tests.stores.postgres_server import schema_url, server

THREADS, CALLS, HISTORIES = 8, 6, 200


class Recorder:
    """A store whose calls are written down with a clock that ticks once a call and once an end."""

    def __init__(self, store: es.EventStore) -> None:
        self.store = store
        self.clock = itertools.count()  # next() on it is one step of the interpreter
        self.history: list[Call] = []

    def append(self, stream_id: str, ids: tuple[UUID, ...], expected: int | None) -> None:
        events = [es.NewEvent("Made", {}, event_id=event_id) for event_id in ids]
        result: tuple[str, int]
        begun = next(self.clock)
        try:
            stored = self.store.append(stream_id, events, es.ANY if expected is None else expected)
            result = ("stored", stored.version)
        except es.WrongExpectedVersion as told:
            result = ("told", told.actual)
        self._note(stream_id, "append", (tuple(map(str, ids)), expected), result, begun)

    def read(self, stream_id: str) -> int:
        begun = next(self.clock)
        events = self.store.read_stream(stream_id)
        result = tuple(str(event.event_id) for event in events)
        self._note(stream_id, "read", None, result, begun)
        return len(events)

    def _note(self, stream_id: str, name: str, argument: Any, result: Any, begun: int) -> None:
        self.history.append(Call(stream_id, name, argument, result, begun, next(self.clock)))


def random_history(store: es.EventStore, number: int) -> list[Call]:
    """Eight threads read and append to two streams; each believes what it read last, or nothing."""
    recorder = Recorder(store)

    def work(thread: int) -> None:
        chance = random.Random(f"{number}/{thread}")
        known: dict[str, int] = {}
        for call in range(CALLS):
            stream_id = f"h{number}-{chance.randrange(2)}"
            if chance.random() < 0.4:
                known[stream_id] = recorder.read(stream_id)
            else:
                ids = tuple(UUID(int=chance.getrandbits(128)) for _ in range(1 + call % 2))
                recorder.append(stream_id, ids, known.get(stream_id))

    in_threads(THREADS, work)
    return recorder.history


@pytest.mark.parametrize("engine", ["duckdb", "postgresql"])
def test_two_hundred_random_histories_of_eight_threads(engine: str) -> None:
    told = overlapping = 0
    with es.open_store(":memory:" if engine == "duckdb" else schema_url(server().url)) as store:
        for number in range(HISTORIES):
            history = random_history(store, number)
            assert len(history) == THREADS * CALLS
            assert linearizable(history), f"history {number}"
            told += sum(call.result[0:1] == ("told",) for call in history if call.name == "append")
            overlapping += overlaps(history)
    assert told > HISTORIES, "there were conflicts to explain"
    assert overlapping > HISTORIES, "and calls at the same time"


def overlaps(history: list[Call]) -> int:
    pairs = itertools.pairwise(sorted(history, key=lambda call: call.begun))
    return sum(later.begun < earlier.ended for earlier, later in pairs)


# --- the check itself: histories that no right store can give -------------------------------------


def stored(ids: str, expected: int | None, version: int, begun: int, ended: int) -> Call:
    return Call("s-1", "append", (tuple(ids), expected), ("stored", version), begun, ended)


def told(ids: str, expected: int | None, actual: int, begun: int, ended: int) -> Call:
    return Call("s-1", "append", (tuple(ids), expected), ("told", actual), begun, ended)


def read(ids: str, begun: int, ended: int) -> Call:
    return Call("s-1", "read", None, tuple(ids), begun, ended)


@pytest.mark.parametrize(
    "history",
    [
        [],
        [stored("a", 0, 1, 0, 1), read("a", 2, 3)],
        [stored("a", 0, 1, 0, 3), read("", 1, 2)],  # the read came first, inside the append
        [stored("a", 0, 1, 0, 3), read("a", 1, 2)],  # or after it, also inside
        [stored("a", None, 2, 0, 5), stored("b", None, 1, 1, 4), read("ba", 6, 7)],
        [stored("a", 0, 1, 0, 5), told("b", 0, 1, 1, 4)],
    ],
)
def test_what_can_be_explained_is_accepted(history: list[Call]) -> None:
    assert linearizable(history)
    assert linearizable(reversed(history)), "in whatever order it was written down"


@pytest.mark.parametrize(
    "history",
    [
        [stored("a", 0, 1, 0, 1), read("", 2, 3)],
        [stored("a", 0, 1, 0, 5), stored("b", 0, 1, 1, 4)],
        [stored("a", 0, 1, 0, 9), read("a", 1, 2), read("", 3, 4)],
        [stored("a", None, 1, 0, 1), stored("b", None, 2, 2, 3), read("ba", 4, 5)],
        [stored("a", None, 1, 0, 1), stored("b", None, 2, 2, 3), read("b", 4, 5)],
        [told("a", 0, 1, 0, 1)],
        [stored("a", 0, 1, 0, 1), told("b", 0, 2, 2, 3)],
        [stored("ab", 0, 2, 0, 9), read("a", 1, 2)],
        [stored("a", None, 2, 0, 1)],
        [read("a", 0, 1), stored("a", 0, 1, 2, 3)],
        [
            stored("a", None, 1, 0, 9),
            stored("b", None, 2, 0, 9),
            read("ab", 1, 2),
            read("ba", 3, 4),
        ],
    ],
    ids=[
        "a read that misses what was acknowledged",
        "two writers win with one expected version",
        "a read that goes back in time",
        "the order of two appends turned round",
        "an acknowledged event lost",
        "a conflict out of nothing",
        "a conflict with the wrong version",
        "half of a batch is seen",
        "a version that skips one",
        "an event seen before it was appended",
        "two readers see two orders",
    ],
)
def test_what_cannot_be_explained_is_rejected(history: list[Call]) -> None:
    assert not linearizable(history)


def test_one_bad_stream_spoils_the_history() -> None:
    good = Call("s-2", "read", None, (), 0, 1)
    assert not linearizable([good, told("a", 0, 1, 0, 1)])


def test_a_store_without_a_lock_is_caught() -> None:
    """The same threads against a store that looks, waits, and then writes."""

    class Careless:
        def __init__(self) -> None:
            self.streams: dict[str, list[Any]] = {}

        def append(self, stream_id: str, events: list[Any], expected: Any) -> es.AppendResult:
            stream = list(self.streams.get(stream_id, []))
            if expected is not es.ANY and expected != len(stream):
                raise es.WrongExpectedVersion(stream_id, expected, len(stream))
            threading.Event().wait(0.0005)  # others get their turn
            self.streams[stream_id] = stream + events
            return es.AppendResult(stream_id, len(events), len(stream) + len(events), 0)

        def read_stream(self, stream_id: str) -> list[Any]:
            return self.streams.get(stream_id, [])

    careless: Any = Careless()
    assert not all(linearizable(random_history(careless, number)) for number in range(20))
