"""Signals: who is told what, what later work links to, and that nobody is told of a replay."""

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import eventsourcing_kit as es
from eventsourcing_kit import telemetry
from eventsourcing_kit.banking.account import account
from eventsourcing_kit.banking.commands import Deposit, OpenAccount
from eventsourcing_kit.banking.events import MoneyDeposited
from eventsourcing_kit.processes import ConfirmReceiver, RequestTransfer
from eventsourcing_kit.processes import transfer_manager as manager
from eventsourcing_kit.projections.bank_models import balances, balances_by_sql

ALICE, BOB = "account-1", "account-2"


class Told:
    """What two providers of the SDK were told."""

    def __init__(self) -> None:
        self.kept, self.reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracer = TracerProvider()
        self.tracer.add_span_processor(SimpleSpanProcessor(self.kept))
        self.meter = MeterProvider([self.reader])

    def spans(self, name: str) -> list[ReadableSpan]:
        return [span for span in self.kept.get_finished_spans() if span.name == name]

    def names(self) -> list[str]:
        return [span.name for span in self.kept.get_finished_spans()]

    def metric(self, name: str) -> list[Any]:
        data = self.reader.get_metrics_data()
        scopes = [] if data is None else data.resource_metrics[0].scope_metrics
        found = [one for scope in scopes for one in scope.metrics if one.name == name]
        return [point for one in found for point in one.data.data_points]


@pytest.fixture
def told() -> Iterator[Told]:
    told = Told()
    with telemetry.told_to(told.tracer, told.meter):
        yield told


@pytest.fixture
def store() -> Iterator[es.EventStore]:
    with es.open_store(":memory:") as store:
        yield store


def open_both(store: es.EventStore) -> None:
    for name in (ALICE, BOB):
        es.handle(store, account, name, OpenAccount("Ann", "EUR"))
        es.handle(store, account, name, Deposit(10_000, "EUR"))


def trace_of(span: ReadableSpan) -> int:
    assert span.context is not None
    return int(span.context.trace_id)


def test_a_command_is_a_trace_of_its_reads_and_its_append(store: es.EventStore, told: Told) -> None:
    es.handle(store, account, ALICE, OpenAccount("Ann", "EUR"))
    assert told.names() == ["read_stream events", "append events", "handle account"]
    [read, append, handled] = told.kept.get_finished_spans()
    assert {trace_of(read), trace_of(append)} == {trace_of(handled)}
    assert append.attributes == {"db.system.name": "duckdb", "db.operation.name": "append"}
    assert handled.attributes == {"eventsourcing.stream.id": ALICE}


def test_its_events_carry_the_trace(store: es.EventStore, told: Told) -> None:
    es.handle(store, account, ALICE, OpenAccount("Ann", "EUR"), metadata={"actor": "teller-3"})
    [event] = store.read_stream(ALICE)
    [handled] = told.spans("handle account")
    assert event.actor == "teller-3"
    assert event.metadata[telemetry.TRACEPARENT].split("-")[1] == f"{trace_of(handled):032x}"


def test_without_an_sdk_nothing_is_added_to_an_event(store: es.EventStore) -> None:
    es.handle(store, account, ALICE, OpenAccount("Ann", "EUR"))
    assert store.read_stream(ALICE)[0].metadata == {}


def test_a_command_delivered_twice_has_one_effect_and_one_trace_in_its_events(
    store: es.EventStore, told: Told
) -> None:
    command_id = es.fixed_ids()()
    answers = [
        es.handle(store, account, ALICE, OpenAccount("Ann", "EUR"), command_id=command_id)
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(told.spans("handle account")) == 2
    assert len(store.read_stream(ALICE)) == 1


def test_a_projection_links_to_the_commands_of_its_batch(store: es.EventStore, told: Told) -> None:
    open_both(store)
    with es.projections.ReadModels(store) as models:
        models.catch_up(balances())
    [batch] = told.spans("process balances")
    commands = {trace_of(span) for span in told.spans("handle account")}
    assert {link.context.trace_id for link in batch.links} == commands
    assert trace_of(batch) not in commands  # one batch has many causes, so it is no child of one
    [consumed] = told.metric("messaging.client.consumed.messages")
    assert consumed.value == store.position()


def test_a_process_links_to_what_began_it(store: es.EventStore, told: Told) -> None:
    open_both(store)
    manager.request(
        store, "t1", RequestTransfer(ALICE, BOB, 500, "EUR", "2099-01-01T00:00:00+00:00")
    )
    manager.run(store, "t1")
    manager.receive(store, "t1", ConfirmReceiver())
    manager.run(store, "t1")
    asked, confirmed = told.spans("handle transfer")
    first, second = told.spans("process transfer")
    assert [link.context.trace_id for link in first.links] == [trace_of(asked)]
    assert [link.context.trace_id for link in second.links] == [trace_of(confirmed)]
    debited = store.read_stream(ALICE)[-1]
    assert f"{trace_of(first):032x}" in debited.metadata[telemetry.TRACEPARENT]


def test_an_effect_links_to_its_own_event(store: es.EventStore, told: Told) -> None:
    open_both(store)
    mails: list[int] = []
    projection = es.projections.Projection(
        "mails",
        "CREATE TABLE nothing (i INTEGER)",
        {},
        effects={"AccountOpened": lambda event: mails.append(event.position)},
    )
    with es.projections.ReadModels(store) as models:
        models.catch_up(projection)
    assert len(told.spans("process mails effect")) == len(mails) == 2
    assert [len(span.links) for span in told.spans("process mails effect")] == [1, 1]


@pytest.mark.parametrize("projection", [balances(), balances_by_sql()], ids=["rows", "sql"])
def test_a_rebuild_is_silent(store: es.EventStore, told: Told, projection: Any) -> None:
    open_both(store)
    with es.projections.ReadModels(store) as models:
        models.catch_up(projection)
        told.kept.clear()
        models.rebuild(projection)
    assert told.names() == []
    [consumed] = told.metric("messaging.client.consumed.messages")
    assert consumed.value == store.position()


def test_reads_of_a_replay_make_no_spans_and_are_timed(store: es.EventStore, told: Told) -> None:
    open_both(store)
    told.kept.clear()
    store.read_all()
    store.read_stream(ALICE)
    assert told.names() == []
    asked = {
        point.attributes["db.operation.name"]
        for point in told.metric("db.client.operation.duration")
    }
    assert asked == {"append", "read_all", "read_stream"}


def test_a_conflict_is_counted_and_named_and_so_are_the_retries(
    store: es.EventStore, told: Told
) -> None:
    es.handle(store, account, ALICE, OpenAccount("Ann", "EUR"))

    original = store.append
    rivals = iter([True, False])

    def beaten(*args: Any, **more: Any) -> es.AppendResult:
        if next(rivals):
            original(ALICE, [account.event_types.encode(MoneyDeposited(1, "EUR"))], es.ANY)
        return original(*args, **more)

    store.append = beaten  # type: ignore[method-assign]
    es.handle(store, account, ALICE, Deposit(1, "EUR"), pause=lambda _: None)
    assert [point.value for point in told.metric("eventsourcing.append.conflicts")] == [1]
    assert [point.value for point in told.metric("eventsourcing.command.retries")] == [1]
    failed = [span for span in told.spans("append events") if not span.status.is_ok]
    errors = [(span.attributes or {}).get("error.type") for span in failed]
    assert "WrongExpectedVersion" in errors


def test_sizes_of_appends_and_of_commits_are_histograms(store: es.EventStore, told: Told) -> None:
    store.append(ALICE, [es.NewEvent("MoneyDeposited", {"amount": n}) for n in range(7)], 0)
    [events] = told.metric("eventsourcing.append.events")
    [commits] = told.metric("eventsourcing.commit.appends")
    assert (events.sum, commits.sum) == (7, 1)
    [span] = told.spans("append events")
    assert (span.attributes or {})["db.operation.batch.size"] == 7


def test_an_import_and_an_append_do_not_load_the_api() -> None:
    code = (
        "import sys, eventsourcing_kit as es;"
        "es.open_store(':memory:').append('a-1', [es.NewEvent('A', {})], 0);"
        "sys.exit('opentelemetry' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_who_sets_up_an_sdk_for_the_process_is_told() -> None:
    code = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import eventsourcing_kit as es
store = es.open_store(":memory:")
kept, provider = InMemorySpanExporter(), TracerProvider()
store.append("a-1", [es.NewEvent("A", {})], 0)
provider.add_span_processor(SimpleSpanProcessor(kept))
trace.set_tracer_provider(provider)
store.append("a-1", [es.NewEvent("A", {})], 1)
assert [span.name for span in kept.get_finished_spans()] == ["append events"]
"""
    subprocess.run([sys.executable, "-c", code], check=True)
