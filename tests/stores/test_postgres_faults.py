"""PostgreSQL goes away in the middle: what was acknowledged is stored, once, and all goes on."""

from __future__ import annotations

import random
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import StoreUnavailable
from eventsourcing_kit.stores.conformance import columns, event, events
from eventsourcing_kit.stores.postgres import PostgresStore
from tests.stores.cut_wire import Wire
from tests.stores.postgres_server import private_server, raw, schema_url, until

if sys.platform == "win32":
    pytest.skip("signals and sockets of POSIX systems", allow_module_level=True)

KILLS, WRITERS = 20, 8


@pytest.fixture(scope="module")
def server() -> Iterator[es.servers.Postgres]:
    with pytest.MonkeyPatch.context() as monkeypatch, private_server(monkeypatch) as server:
        yield server


# --- the server is killed ------------------------------------------------------------------------


class Writers:
    """Eight who append for ever, each with a store of its own, and retry until they are told."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.over = threading.Event()
        self.told: dict[int, list[list[es.AppendResult]]] = defaultdict(list)
        self.unavailable = 0
        self.broken: list[BaseException] = []
        self.threads = [threading.Thread(target=self.work, args=(n,)) for n in range(WRITERS)]

    def work(self, who: int) -> None:
        try:
            store = self.insist(lambda: es.open_store(self.url))
            n = 0
            while not self.over.is_set():
                mine, ours = made(who, n, 0), made(who, n, 1)
                writes: list[es.stores.Write] = [
                    (f"own-{who}", [mine], n),
                    ("shared", [ours], es.ANY),
                ]
                self.told[who].append(self.insist(lambda w=writes: store.append_many(w)))  # type: ignore[misc]
                n += 1
            store.close()
        except BaseException as error:
            self.broken.append(error)

    def insist(self, call: Callable[[], Any]) -> Any:
        while True:
            try:
                return call()
            except StoreUnavailable:
                self.unavailable += 1
                time.sleep(0.02)

    def count(self) -> int:
        return sum(map(len, self.told.values()))


def made(who: int, n: int, part: int) -> es.NewEvent:
    return es.NewEvent("Made", {"who": who, "n": n, "part": part})


class Follower(threading.Thread):
    """Reads on from a checkpoint, whatever happens to the server."""

    def __init__(self, writers: Writers) -> None:
        super().__init__()
        self.writers = writers
        self.at_the_end = threading.Event()  # nothing more will come
        self.seen: list[es.RecordedEvent] = []

    def run(self) -> None:
        try:
            self.follow()
        except BaseException as error:
            self.writers.broken.append(error)

    def follow(self) -> None:
        store = self.writers.insist(lambda: es.open_store(self.writers.url))
        while not self.at_the_end.is_set() or self.writers.insist(lambda: self.lag(store)):
            try:
                for batch in store.catch_up(self.seen[-1].position if self.seen else 0, batch=50):
                    self.seen += batch
            except StoreUnavailable:
                time.sleep(0.01)
        store.close()

    def lag(self, store: es.EventStore) -> int:
        return store.position() - len(self.seen)


def test_a_server_killed_twenty_times_under_eight_writers(server: es.servers.Postgres) -> None:
    url = schema_url(server.url)
    es.open_store(url).close()
    chance = random.Random(20261128)
    writers = Writers(url)
    follower = Follower(writers)
    for thread in (*writers.threads, follower):
        thread.start()
    try:
        for _ in range(KILLS):
            goal = writers.count() + WRITERS
            until(lambda goal=goal: writers.broken or writers.count() >= goal)  # type: ignore[misc]
            time.sleep(chance.uniform(0, 0.05))
            server.kill()
            server.start()
    finally:
        writers.over.set()
        server.start()
        for thread in writers.threads:
            thread.join(120)
        follower.at_the_end.set()
        follower.join(120)
    assert not writers.broken
    assert writers.unavailable >= KILLS
    with es.open_store(url) as store:
        stored = store.read_all()
        told = {(e.data["who"], e.data["n"], e.data["part"]): e for e in stored}
        assert len(told) == len(stored), "each event is stored once"
        assert len(stored) == 2 * writers.count(), "acknowledged is stored, and nothing else"
        assert [e.position for e in stored] == list(range(1, len(stored) + 1))
        for stream_id in store.streams():
            mine = [e for e in stored if e.stream_id == stream_id]
            assert [e.version for e in mine] == list(range(1, len(mine) + 1))
    for who, answers in writers.told.items():
        for n, results in enumerate(answers):
            for part, result in enumerate(results):
                event = told[who, n, part]
                assert (event.version, event.position) == (result.version, result.position)
    assert [e.event_id for e in follower.seen] == [e.event_id for e in stored]


def test_a_server_that_restarts_is_missed_by_name_and_found_again(
    server: es.servers.Postgres,
) -> None:
    with es.open_store(schema_url(server.url)) as store:
        store.append("account-1", events(2), 0)
        read = store.catch_up(0, batch=1)
        assert len(next(read)) == 1
        server.stop()
        batch = events(1)
        for use in (
            lambda: store.append("account-1", batch, 2),
            lambda: store.append_columns(columns([("account-2", event())])),
            store.read_all,
            lambda: list(store.read_columns()),
            lambda: next(read),
        ):
            with pytest.raises(StoreUnavailable, match="call again"):
                use()
        server.start()
        assert store.append("account-1", batch, 2).position == 3
        assert [e.version for e in store.read_stream("account-1")] == [1, 2, 3]


# --- the answer is lost --------------------------------------------------------------------------


@pytest.fixture
def wire(server: es.servers.Postgres) -> Iterator[Wire]:
    [folder] = parse_qs(urlsplit(server.url).query)["host"]
    wire = Wire(Path(folder) / ".s.PGSQL.5432")
    yield wire
    wire.close()


@pytest.fixture
def far(wire: Wire, server: es.servers.Postgres) -> Iterator[es.EventStore]:
    """A store at the other end of a wire."""
    with es.open_store(
        schema_url(f"postgresql://postgres@127.0.0.1:{wire.port}/postgres")
    ) as store:
        yield store


def commit_unheard(
    wire: Wire, far: es.EventStore, marker: bytes, append: Callable[[], object]
) -> None:
    """Have it stored, and its answer lost."""
    before = far.position()
    wire.cut_after(marker)
    with pytest.raises(StoreUnavailable, match="retry with the same events"):
        append()
    assert wire.cuts == 1
    assert far.position() > before, "it is stored all the same"


def test_the_retry_of_an_append_numbered_by_memory(wire: Wire, far: es.EventStore) -> None:
    far.append("account-1", events(2), 0)
    batch = events(2)
    commit_unheard(wire, far, b"MoneyDeposited", lambda: far.append("account-1", batch, 2))
    answer = far.append("account-1", batch, 2)
    assert (answer.version, answer.position) == (4, 4)
    assert far.append("account-2", events(1), 0).position == 5


def test_the_retry_of_an_append_under_a_condition(wire: Wire, far: es.EventStore) -> None:
    far.append("user-1", events(1), 0)
    taken = [es.NewEvent("NameTaken", {}, metadata={"tags": ["name:ada"]})]
    condition = es.AppendCondition(es.Query(tags=["name:ada"]), after=1)

    def append() -> es.AppendResult:
        return far.append("user-2", taken, 0, condition=condition)

    commit_unheard(wire, far, b"COMMIT", append)
    assert append().position == 2
    assert far.position() == 2


def test_the_retry_of_a_columnar_append(wire: Wire, far: es.EventStore) -> None:
    rows = [(f"account-{n % 3}", one) for n, one in enumerate(events(9))]
    commit_unheard(wire, far, b"COMMIT", lambda: far.append_columns(columns(rows)))
    assert far.append_columns(columns(rows)) == 0
    assert far.position() == 9


@pytest.mark.parametrize("marker", [b"BEGIN", b"user-1"], ids=["at once", "with the lock in hand"])
def test_a_wire_that_is_cut_before_the_commit_leaves_nothing(
    wire: Wire, far: es.EventStore, marker: bytes
) -> None:
    condition = es.AppendCondition(es.Query(["NameTaken"]), after=0)
    batch = events(1)
    wire.cut_after(marker)
    with pytest.raises(StoreUnavailable):
        far.append("user-1", batch, 0, condition=condition)
    assert far.position() == 0
    assert far.append("user-1", batch, 0, condition=condition).position == 1


def test_who_falls_asleep_with_the_head_in_hand_loses_it(server: es.servers.Postgres) -> None:
    url = schema_url(server.url)
    with es.open_store(url) as awake, PostgresStore(url) as sleeper:
        with sleeper.connection() as connection:
            assert connection.execute("SHOW idle_in_transaction_session_timeout").fetchall() == [
                ("1min",)
            ]

        def doze() -> None:
            with sleeper.connection() as connection, connection.transaction():
                connection.execute("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
                connection.execute("SELECT 1 FROM events_head FOR UPDATE")
                assert (
                    awake.append("account-1", events(1), 0).position == 1
                )  # it waits, and goes on
                connection.execute("SELECT 1")

        with pytest.raises(StoreUnavailable):
            doze()
        assert sleeper.append("account-1", events(1), 1).position == 2
    assert raw(url, "SELECT position FROM events_head") == [(2,)]
