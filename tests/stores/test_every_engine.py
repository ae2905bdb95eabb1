"""What stands on a store stands on each engine: the same bank says the same on all of them.

Everything is compared with what DuckDB in memory says; each test is one thing that the course does
with a store.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import eventsourcing_kit as es
from eventsourcing_kit import processes, projections, schedules, telemetry
from eventsourcing_kit.banking import account, hafenbank
from eventsourcing_kit.processes.transfer_process import (
    SUSPENSE,
    ConfirmReceiver,
    RequestTransfer,
)
from eventsourcing_kit.projections import bank_models
from eventsourcing_kit.schedules.scenarios import kit_store
from tests.access.cases import POLICY
from tests.stores.jetstream import new_bank

BANK = Path(__file__).parents[2] / "data" / "bank.jsonl"
NOON = datetime(2025, 2, 18, 12, tzinfo=UTC)
ENGINES = ["memory", "file", "postgres", "one node", "three nodes"]
AXES: list[Any] = ["recorded_at", "occurred_at"]
SYSTEMS = {"DuckDBStore": "duckdb", "PostgresStore": "postgresql", "JetStreamStore": "nats"}
NUMBERS = count(1)

Open = Callable[..., es.EventStore]


@pytest.fixture(scope="module", params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Makes the place of a new store on this engine, each time it is called."""

    def new() -> str:
        if request.param == "memory":
            return ":memory:"
        if request.param == "file":
            return str(tmp_path_factory.mktemp("bank") / "bank.duckdb")
        if request.param == "postgres":
            server = request.getfixturevalue("postgres_server")
            return f"{server.url}{'&' if '?' in server.url else '?'}schema=every_{next(NUMBERS)}"
        name = "jetstream_node" if request.param == "one node" else "jetstream_cluster"
        return new_bank(request.getfixturevalue(name))

    return new


@pytest.fixture(scope="module")
def bank(url: Any) -> Iterator[es.EventStore]:
    """The course's bank on this engine. For reading."""
    with es.open_store(url()) as store:
        es.load_jsonl(store, BANK)
        yield store


@pytest.fixture(scope="module")
def expected() -> Iterator[es.EventStore]:
    """The same bank in DuckDB's memory."""
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, BANK)
        yield store


@pytest.fixture
def store(url: Any) -> Iterator[es.EventStore]:
    """An empty store. For writing."""
    with es.open_store(url(), clock=lambda: NOON) as store:
        yield store


# --- the committed bank --------------------------------------------------------------------------


def test_its_events_are_the_same_and_can_be_loaded_again(
    bank: es.EventStore, expected: es.EventStore
) -> None:
    assert bank.read_all() == expected.read_all()
    assert es.load_jsonl(bank, BANK) == 0


def test_written_out_it_is_the_file_that_it_came_from(bank: es.EventStore, tmp_path: Path) -> None:
    es.dump_jsonl(bank.read_all(), tmp_path / "bank.jsonl")
    assert (tmp_path / "bank.jsonl").read_bytes() == BANK.read_bytes()


def test_balances_are_the_same_at_any_moment(bank: es.EventStore, expected: es.EventStore) -> None:
    middle = expected.read_all()[1_000]
    moments: list[dict[str, Any]] = [
        {},
        {"position": 700},
        {"time": middle.recorded_at},
        {"time": middle.occurred_at, "by": "occurred_at"},
    ]
    for moment in moments:
        own, others = (es.replay.balances(one, **moment) for one in (bank, expected))
        assert own.to_dict() == others.to_dict()


@pytest.mark.parametrize("by", AXES)
def test_timelines_are_the_same(bank: es.EventStore, expected: es.EventStore, by: Any) -> None:
    own, others = (es.replay.Timeline.build(one, by=by) for one in (bank, expected))
    assert list(own.accounts) == list(others.accounts)
    for name in ("times", "codes", "amounts", "copies"):
        assert np.array_equal(getattr(own, name), getattr(others, name))


def test_histories_and_states_as_of_a_moment_are_the_same(
    bank: es.EventStore, expected: es.EventStore
) -> None:
    assert es.replay.histories(bank, account) == es.replay.histories(expected, account)
    [name] = {event.stream_id for event in expected.read_category("account")[:1]}
    time = expected.read_stream(name)[3].recorded_at
    for moment in ({"version": 3}, {"time": time}, {"position": 900}):
        own, others = (es.replay.as_of(one, account, name, **moment) for one in (bank, expected))
        assert own == others


def test_read_models_are_the_same(bank: es.EventStore, expected: es.EventStore) -> None:
    tables = ["balances_by_sql.accounts", "daily_totals.days"]
    rows = []
    for one in (bank, expected):
        with es.projections.ReadModels(one) as models:
            answers = models.catch_up(bank_models.balances_by_sql(), bank_models.daily_totals())
            assert [answer.failure for answer in answers.values()] == [None, None]
            rows.append([models.sql(f"FROM {table} ORDER BY ALL").to_csv() for table in tables])
    assert rows[0] == rows[1]


def test_snapshots_load_the_same_states(bank: es.EventStore, expected: es.EventStore) -> None:
    fold = es.snapshots.SnapshotSource("account", account)
    names = expected.streams("account-")[:5]
    loaded = []
    for one in (bank, expected):
        with es.snapshots.Snapshots(":memory:") as kept:
            for name in names:
                kept.take(one, fold, name)
            loaded.append([kept.load(one, fold, name) for name in names])
    assert loaded[0] == loaded[1]
    assert all(state.replayed == 0 for state in loaded[0])


# --- what is written -----------------------------------------------------------------------------


def test_commands_are_handled_and_what_is_refused_stores_nothing(store: es.EventStore) -> None:
    for command in (es.banking.OpenAccount("Ada", "EUR"), es.banking.Deposit(500, "EUR")):
        es.handle(store, account, "account-1", command)
    with pytest.raises(es.DomainError):
        es.handle(store, account, "account-1", es.banking.Withdraw(501, "EUR"))
    assert store.version("account-1") == 2
    assert es.replay.balances(store)["account-1"] == 500


def test_a_transfer_moves_money_and_a_second_manager_does_nothing(store: es.EventStore) -> None:
    for name in ("account-a", "account-b", SUSPENSE):
        es.handle(store, account, name, es.banking.OpenAccount(name, "EUR"))
    es.handle(store, account, "account-a", es.banking.Deposit(1_000, "EUR"))
    until = (NOON + timedelta(hours=1)).isoformat()
    wish = RequestTransfer("account-a", "account-b", 750, "EUR", until)
    processes.request(store, "t1", wish)
    processes.receive(store, "t1", ConfirmReceiver())
    for _ in range(2):
        assert processes.run(store, "t1", clock=lambda: NOON).phase == "delivered"
    standing = es.replay.balances(store).to_dict()
    assert standing.pop(processes.transit_account("EUR")) == 0, "nothing is on its way any more"
    assert standing == {"account-a": 250, "account-b": 750, SUSPENSE: 0}


def test_a_bank_of_old_shapes_is_copied_in_their_newest(url: Any, tmp_path: Path) -> None:
    place = url()
    with closing(es.open_store(place, upcasters=hafenbank.upcasters)) as source:
        for stream_id, event in hafenbank.old_books():
            source.append(stream_id, [event], es.ANY)
        balances = es.replay.balances(source).to_dict()
        newest = [(e.stream_id, e.type, e.data, e.recorded_at) for e in source.read_all()]
        target = place if place == ":memory:" else url()
        if target == ":memory:":
            target = str(tmp_path / "copy.duckdb")
        report = es.upcasting.copy_and_transform(
            source, target, batch=50, note=tmp_path / "note", verify={"sums": _balances}
        )
    assert report.checked == ("events by stream and type", "sums")
    with es.open_store(target) as copied:
        assert [(e.stream_id, e.type, e.data, e.recorded_at) for e in copied.read_all()] == newest
        assert _balances(copied) == balances
    with (
        es.open_store(":memory:") as another,
        pytest.raises(es.InvalidInput, match="no copy has begun it"),
    ):
        es.upcasting.copy_and_transform(another, target, note=tmp_path / "note")


def _balances(store: es.EventStore) -> dict[str, int]:
    return {str(name): int(cents) for name, cents in es.replay.balances(store).items()}


def test_a_vault_forgets_a_person_on_it(store: es.EventStore, tmp_path: Path) -> None:
    vault = es.integrity.vault.Vault(store, tmp_path / "keys", {"AccountOpened": ["owner"]})
    es.load_jsonl(vault, BANK)
    first = vault.read_category("account", limit=1)[0]
    name = first.data["owner"]
    sums = es.replay.balances(vault).to_dict()
    es.handle(vault, account, "account-9999", es.banking.OpenAccount(name, "EUR"))
    vault.append("account-9999", [es.NewEvent("AccountOpened", {"owner": name})], es.ANY)
    for stream_id in (first.stream_id, "account-9999"):
        vault.erase(stream_id, by="dpo", reason="Article 17", request="R-1")
        assert es.replay.as_of(vault, account, stream_id, version=1).owner == "[erased]"
    assert name not in str([event.data for event in vault.inner.read_stream("account-9999")])
    assert es.replay.balances(vault).drop("account-9999").to_dict() == sums


def test_the_bank_is_loaded_through_a_guard_and_sealed(
    store: es.EventStore, expected: es.EventStore
) -> None:
    sealed = es.integrity.sealed(store, es.integrity.Signer.new("writer"))
    guard = es.access.guarded(sealed, POLICY, es.access.Actor("root", ["all"]))
    assert guard.most_at_once == getattr(store, "most_at_once", None)
    assert es.load_jsonl(sealed, BANK) == 2_667
    assert guard.read_all() == expected.read_all()


def test_signals_name_the_engine_and_its_appends_and_reads(store: es.EventStore) -> None:
    spans, tracer = InMemorySpanExporter(), TracerProvider()
    tracer.add_span_processor(SimpleSpanProcessor(spans))
    with telemetry.told_to(tracer):
        es.handle(store, account, "account-1", es.banking.OpenAccount("Ada", "EUR"))
    told = {span.name: span.attributes or {} for span in spans.get_finished_spans()}
    assert list(told) == ["read_stream events", "append events", "handle account"]
    systems = {told[name].get("db.system.name") for name in list(told)[:2]}
    assert systems == {SYSTEMS[type(store).__name__]}
    spans.clear()
    rows = {"stream_id": ["a-1"] * 2, "type": ["Made"] * 2, "data": ["{}"] * 2}
    with telemetry.told_to(tracer):
        store.append_columns(pa.table(rows | {"occurred_at": [NOON] * 2}))
    [loaded] = spans.get_finished_spans()
    assert loaded.name == "append events"
    assert (loaded.attributes or {})["db.operation.batch.size"] == 2


def test_a_scrape_has_appends_conflicts_retries_batches_lag_and_the_last_verification(
    store: es.EventStore,
) -> None:
    """Also of a store on another machine; a store in memory alone has no size to watch."""
    names = {"MoneyDeposited": lambda *_: None}
    seen = projections.Projection("seen", "CREATE TABLE seen (i INTEGER)", names)
    deposit, rivals = es.banking.Deposit(100, "EUR"), [1]

    def decide(command: Any, state: Any) -> Any:
        if rivals:  # another one pays in between the load and the append
            rivals.pop()
            es.handle(store, account, "account-1", deposit)
        return account.decide(command, state)

    def scraped() -> dict[str, float]:
        with urllib.request.urlopen(served.url) as answer:
            lines = answer.read().decode().splitlines()
        found = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in found}

    es.handle(store, account, "account-1", es.banking.OpenAccount("Ada", "EUR"))
    with (
        projections.ReadModels(store, clock=lambda: NOON + timedelta(minutes=2)) as models,
        es.operation.serve_metrics(
            0, store, models, [seen], verified_at=lambda: NOON, clock=lambda: NOON
        ) as served,
    ):
        es.handle(store, replace(account, decide=decide), "account-1", deposit)
        behind = scraped()
        models.catch_up(seen)
        through = scraped()
    system = f'db_system_name="{SYSTEMS[type(store).__name__]}"'
    took = f'db_client_operation_duration_seconds_count{{db_operation_name="append",{system}'
    assert behind[f'{took},error_type=""}}'] == 2
    assert behind[f'{took},error_type="WrongExpectedVersion"}}'] == 1
    assert behind[f"eventsourcing_append_conflicts_total{{{system}}}"] == 1
    assert behind[f"eventsourcing_append_events_count{{{system}}}"] == 2
    assert behind["eventsourcing_command_retries_total"] == 1
    assert behind["eventsourcing_store_position"] == 3
    assert behind["eventsourcing_checkpoint_age_seconds"] == 0
    of = '{projection="seen"}'
    lags = [f"eventsourcing_projection_lag_{unit}{of}" for unit in ("positions", "seconds")]
    assert [behind[name] for name in lags] == [3, 120]
    assert [through[name] for name in lags] == [0, 0]
    assert through[f"eventsourcing_projection_parked_now{of}"] == 0
    assert any(name.startswith("messaging_client_consumed_messages") for name in through)
    sizes = [size for name, size in through.items() if "store_size" in name]
    in_memory = getattr(store, "path", "") == ":memory:"
    assert (max(sizes, default=0) > 0) != in_memory


@pytest.mark.parametrize("reader", [False, True])
def test_every_schedule_of_two_writers_keeps_the_rules(store: es.EventStore, reader: bool) -> None:
    report = schedules.explore(kit_store(2, reader=reader, store=store))
    assert len(report.runs) == (90 if reader else 6)
    assert not report.broken
