"""A store beside a model of one: whatever sequence of steps, both say the same.

The model is a list of events; it knows no database, so where they differ one of them is wrong.
"""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

import eventsourcing_kit as es
from eventsourcing_kit.stores.conformance import columns, event
from tests.stores.postgres_server import drop, schema_url, server

START = datetime(2025, 1, 1, tzinfo=UTC)
STREAMS = st.sampled_from(["account-1", "account-2", "branch-1"])
HOURS = st.integers(-2, 30)


class StoreMachine(RuleBasedStateMachine):
    """Appends of every kind, retries, reopening and reading as of a time, in any order."""

    def place(self) -> Any:
        """What opens a store that is not there yet."""
        self.folder = tempfile.TemporaryDirectory()
        return Path(self.folder.name) / "bank.duckdb"

    def leave(self) -> None:
        """Take away what the store left."""
        self.folder.cleanup()

    @initialize()
    def open(self) -> None:
        self.path = self.place()
        self.now = START
        self.amount = 0
        self.model: list[tuple[str, es.NewEvent, datetime]] = []
        self.answers: list[tuple[list[Any], list[es.AppendResult]]] = []
        self.store = es.open_store(self.path, clock=lambda: self.now)

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.leave()

    def version(self, stream_id: str) -> int:
        return sum(1 for stream, _, _ in self.model if stream == stream_id)

    def events(self, n: int, hours: int | None = None) -> list[es.NewEvent]:
        self.amount += 1
        at = None if hours is None else START + timedelta(hours=hours)
        return [event(amount=self.amount, occurred_at=at) for _ in range(n)]

    def remember(self, stream_id: str, events: list[es.NewEvent]) -> None:
        last = self.model[-1][2] if self.model else self.now
        self.model += [(stream_id, one, max(self.now, last)) for one in events]

    @rule(hours=st.integers(-3, 5))
    def time_passes_or_the_clock_is_set_back(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(
        stream_id=STREAMS,
        n=st.integers(0, 3),
        off=st.integers(-2, 2),
        word=st.sampled_from([None, es.ANY, es.NO_STREAM, es.STREAM_EXISTS]),
        hours=st.none() | HOURS,
    )
    def append(self, stream_id: str, n: int, off: int, word: Any, hours: int | None) -> None:
        version = self.version(stream_id)
        expected = word if word is not None else max(0, version + off)
        words: dict[Any, bool] = {
            es.ANY: True,
            es.NO_STREAM: version == 0,
            es.STREAM_EXISTS: version > 0,
        }
        fits = words.get(expected, expected == version)
        events = self.events(n, hours)
        try:
            result = self.store.append(stream_id, events, expected)
        except es.WrongExpectedVersion:
            assert not fits
        else:
            assert n == 0 or fits
            self.remember(stream_id, events)
            assert result.version == version + n
            if n:
                assert result.position == len(self.model)
                self.answers.append(([(stream_id, events, expected)], [result]))

    @rule(n=st.integers(1, 2), off=st.sampled_from([0, 0, 0, 1]))
    def append_to_two_streams(self, n: int, off: int) -> None:
        writes: list[Any] = [
            (stream_id, self.events(n), self.version(stream_id) + off * (stream_id == "account-2"))
            for stream_id in ("account-1", "account-2")
        ]
        try:
            results = self.store.append_many(writes)
        except es.WrongExpectedVersion:
            assert off
        else:
            assert not off
            for stream_id, events, _ in writes:
                self.remember(stream_id, events)
            self.answers.append((writes, results))

    @rule(streams=st.lists(STREAMS, min_size=1, max_size=5))
    def append_columns(self, streams: list[str]) -> None:
        rows = [(stream_id, self.events(1, 0)[0]) for stream_id in streams]
        assert self.store.append_columns(columns(rows), es.ANY) == len(rows)
        for stream_id, one in rows:
            self.remember(stream_id, [one])
        assert self.store.append_columns(columns(rows), es.ANY) == 0

    @rule(data=st.data())
    def retry(self, data: st.DataObject) -> None:
        if self.answers:
            writes, results = data.draw(st.sampled_from(self.answers))
            assert self.store.append_many(writes) == results

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = es.open_store(self.path, clock=lambda: self.now)

    @rule(stream_id=STREAMS, hours=HOURS, by=st.sampled_from(["recorded_at", "occurred_at"]))
    def read_as_of(self, stream_id: str, hours: int, by: Any) -> None:
        time = START + timedelta(hours=hours)
        expected = [
            one.event_id
            for stream, one, recorded_at in self.model
            if stream == stream_id
            and (recorded_at if by == "recorded_at" else one.occurred_at or recorded_at) <= time
        ]
        read = self.store.read_stream(stream_id, as_of=time, by=by)
        assert [e.event_id for e in read] == expected
        if expected:
            last = self.store.read_stream(stream_id, as_of=time, by=by, backwards=True, limit=1)
            assert [e.event_id for e in last] == expected[-1:]

    @invariant()
    def it_reads_as_the_model(self) -> None:
        if not hasattr(self, "store"):
            return
        read = self.store.read_all()
        assert [(e.stream_id, e.event_id, e.data, e.recorded_at) for e in read] == [
            (stream_id, one.event_id, one.data, recorded_at)
            for stream_id, one, recorded_at in self.model
        ]
        assert [e.position for e in read] == list(range(1, len(read) + 1))
        for stream_id in ("account-1", "account-2", "branch-1"):
            versions = [e.version for e in read if e.stream_id == stream_id]
            assert versions == list(range(1, self.version(stream_id) + 1))


class PostgresMachine(StoreMachine):
    """The same in a schema of a PostgreSQL."""

    def place(self) -> str:
        return schema_url(server().url)

    def leave(self) -> None:
        drop(self.path)


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=40, stateful_step_count=25)
TestPostgresMachine = pytest.mark.usefixtures("a_server")(PostgresMachine.TestCase)
TestPostgresMachine.settings = settings(max_examples=40, stateful_step_count=25)


@pytest.fixture(scope="module")
def a_server() -> None:
    """Started before the examples, so that a test without one is skipped as a whole."""
    server()
