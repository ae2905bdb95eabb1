"""Nodes are killed, stand still and come back under eight writers: what was acknowledged is there.

What these tests cannot show is a power cut: a killed process leaves what it wrote to the system.
"""

from __future__ import annotations

import itertools
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import UUID

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import OutcomeUnknown, StoreUnavailable
from eventsourcing_kit.servers import JetStream
from eventsourcing_kit.stores.conformance import events
from eventsourcing_kit.stores.jetstream import JetStreamStore
from tests.stores.jetstream import api, new_bank
from tests.stores.linearizability import Call, linearizable

WRITERS = 8
MOST = 40  # calls of a writer to its last: so the search for an order of them stays short
AFTER = 3.0  # seconds that writers go on for when all is well again


@dataclass
class Work:
    """Writers on one store, each on a stream that it shares with another, and a follower beside."""

    store: JetStreamStore
    url: str
    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: list[es.AppendResult] = field(default_factory=list)
    ids: list[UUID] = field(default_factory=list)  # of what was acknowledged
    history: list[Call] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    unknown: int = 0
    seen: list[tuple[int, UUID]] = field(default_factory=list)
    clock: Iterator[int] = field(default_factory=itertools.count)

    def write(self, who: int) -> None:
        """Append what fits what was read last; whatever has no answer is appended again."""
        chance, stream_id, version = random.Random(who), f"account-{who // 2}", 0
        while not self.stop.is_set():
            batch = events(1 + chance.randrange(2))
            version = self.append(stream_id, batch, version)
            time.sleep(chance.random() / 20)

    def append(self, stream_id: str, batch: list[es.NewEvent], expected: int) -> int:
        """The stream's version afterwards, as far as the writer knows."""
        begun = next(self.clock)
        ids = tuple(str(event.event_id) for event in batch)
        result: tuple[str, int]
        while True:
            try:
                stored = self.store.append(stream_id, batch, expected)
            except es.WrongExpectedVersion as told:
                result = ("told", told.actual)
            except (OutcomeUnknown, StoreUnavailable):
                self.unknown += 1
                continue
            else:
                result = ("stored", stored.version)
                self.acknowledged.append(stored)
                self.ids += [event.event_id for event in batch]
            call = Call(stream_id, "append", (ids, expected), result, begun, next(self.clock))
            self.history.append(call)
            return result[1]

    def follow(self) -> None:
        """Read all, with a store of its own, as it comes."""
        with JetStreamStore(self.url) as store:
            done = False
            while not done:
                done = self.stop.is_set()
                try:
                    for batch in store.catch_up(self.seen[-1][0] if self.seen else 0):
                        self.seen += [(event.position, event.event_id) for event in batch]
                except StoreUnavailable:
                    done = False
                time.sleep(0.05)

    def go_on(self) -> None:
        """Wait until every writer has been answered a few times more."""
        until = time.monotonic() + AFTER
        before = len(self.acknowledged)
        while time.monotonic() < until or len(self.acknowledged) < before + WRITERS:
            assert not self.errors, self.errors
            time.sleep(0.05)


@contextmanager
def working(cluster: JetStream) -> Iterator[Work]:
    """Eight writers and a follower are at work inside; afterwards all is looked at."""
    url = new_bank(cluster)
    with JetStreamStore(url) as store:
        work = Work(store, url)

        def guarded(do: object, *arguments: int) -> None:
            try:
                do(*arguments)  # type: ignore[operator]
            except BaseException as error:
                work.errors.append(error)

        threads = [
            threading.Thread(target=guarded, args=(work.write, who), daemon=True)
            for who in range(WRITERS)
        ]
        threads.append(threading.Thread(target=guarded, args=(work.follow,), daemon=True))
        for thread in threads:
            thread.start()
        try:
            work.go_on()
            yield work
            work.go_on()
        finally:
            work.stop.set()
            for thread in threads:
                thread.join(120)
        assert not any(thread.is_alive() for thread in threads)
        check(work)


def check(work: Work) -> None:
    """Acknowledged is stored, numbers are whole, the follower saw each event once."""
    assert not work.errors
    with JetStreamStore(work.url) as store:
        whole = store.read_all()
    assert [event.position for event in whole] == list(range(1, len(whole) + 1))
    for stream_id in {event.stream_id for event in whole}:
        versions = [event.version for event in whole if event.stream_id == stream_id]
        assert versions == list(range(1, len(versions) + 1))
    assert sorted(work.ids) == sorted(event.event_id for event in whole)
    place = {(event.stream_id, event.version): event.position for event in whole}
    for answer in work.acknowledged:
        assert place[answer.stream_id, answer.version] == answer.position
    times = [event.recorded_at for event in whole]
    assert times == sorted(times)
    assert work.seen == [(event.position, event.event_id) for event in whole]
    reads = [
        Call(stream_id, "read", None, ids, next(work.clock), next(work.clock))
        for stream_id in {event.stream_id for event in whole}
        for ids in [tuple(str(e.event_id) for e in whole if e.stream_id == stream_id)]
    ]
    assert linearizable([*work.history, *reads])
    print(f"{len(whole)} events, {work.unknown} calls without an answer")


def leader(cluster: JetStream, url: str) -> str:
    """The node that leads the bank's log."""
    while True:
        name = url.rpartition("/")[2]
        info = api(cluster, f"STREAM.INFO.{name}", {})
        found = info.get("cluster", {}).get("leader")
        if found:
            return str(found)
        time.sleep(0.1)


def test_nodes_are_killed_and_started_in_turn(own_jetstream: JetStream) -> None:
    with working(own_jetstream) as work:
        for _ in range(2):
            for node in own_jetstream.nodes:
                own_jetstream.kill(node)
                work.go_on()
                own_jetstream.start(node)
                own_jetstream.wait()


def test_the_leader_stands_still_and_goes_on(own_jetstream: JetStream) -> None:
    """Whatever it takes itself for then, nothing is stored twice or lost."""
    with working(own_jetstream) as work:
        paused = leader(own_jetstream, work.url)
        own_jetstream.pause(paused)
        time.sleep(10)
        own_jetstream.resume(paused)
        own_jetstream.wait()
        work.go_on()
        assert len(own_jetstream.running) == 3


def test_all_nodes_are_killed_at_once(own_jetstream: JetStream) -> None:
    with working(own_jetstream) as work:
        for node in own_jetstream.nodes:
            own_jetstream.kill(node)
        for node in own_jetstream.nodes:
            own_jetstream.start(node)
        own_jetstream.wait()
        work.go_on()


@pytest.mark.parametrize("how", ["kill", "pause"])
def test_without_two_of_three_nodes_the_outcome_is_unknown_and_a_retry_is_safe(
    own_jetstream: JetStream, how: str
) -> None:
    batch = events(2)
    with JetStreamStore(new_bank(own_jetstream), timeout=8) as store:
        store.append("account-1", events(1), 0)
        led = leader(own_jetstream, store.path)
        others = [node for node in own_jetstream.nodes if node != led]
        for node in others:
            getattr(own_jetstream, how)(node)
        with pytest.raises(OutcomeUnknown, match=r"not known whether .* first answer"):
            store.append("account-1", batch, 1)
        with suppress(StoreUnavailable):  # one that takes itself for the leader still answers
            assert [event.position for event in store.read_all()] == [1]
        for node in others:
            (own_jetstream.start if how == "kill" else own_jetstream.resume)(node)
        own_jetstream.wait()
        first = store.append("account-1", batch, 1)
        assert (first.version, first.position) == (3, 3)
        assert store.append("account-1", batch, 1) == first
        assert [event.position for event in store.read_all()] == [1, 2, 3]
