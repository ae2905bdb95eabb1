"""Metrics are scraped on loopback; the log is JSON lines that lead to events and to traces."""

import io
import json
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider

import eventsourcing_kit as es
from eventsourcing_kit import telemetry
from eventsourcing_kit.banking.account import account
from eventsourcing_kit.banking.commands import Deposit, OpenAccount
from eventsourcing_kit.operation import Served, log_lines, serve_metrics
from eventsourcing_kit.projections import DEAD_LETTER, Projection, ReadModels

ALICE = "account-1"


def fails(*_: object) -> None:
    raise ValueError("secret 4711")


MADE = "CREATE TABLE nothing (i INTEGER)"
OPENED = Projection("opened", MADE, {"AccountOpened": fails}, on_failure=DEAD_LETTER)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[es.EventStore]:
    with es.open_store(tmp_path / "bank.duckdb") as store:
        yield store


def scrape(served: Served) -> dict[str, float]:
    """Each line of the answer: the name with its labels, and its value."""
    with urllib.request.urlopen(served.url) as answer:
        lines = [line for line in answer.read().decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def work(store: es.EventStore) -> None:
    es.handle(store, account, ALICE, OpenAccount("Ann", "EUR"), metadata={"correlation_id": "c-1"})
    es.handle(store, account, ALICE, Deposit(100, "EUR"), metadata={"causation_id": "m-7"})


def test_a_scrape_tells_of_appends_projections_and_the_store(store: es.EventStore) -> None:
    now = es.event.utc_now()
    with ReadModels(store, clock=lambda: now + timedelta(minutes=2)) as models:
        models.catch_up(OPENED)
        with serve_metrics(
            0,
            store,
            models,
            [OPENED],
            verified_at=lambda: now - timedelta(hours=1),
            clock=lambda: now,
        ) as served:
            work(store)
            before = scrape(served)
            models.catch_up(OPENED)
            after = scrape(served)
    appends = 'db_operation_name="append",db_system_name="duckdb"'
    assert before[f"db_client_operation_duration_seconds_count{{{appends}}}"] == 2
    assert before[f'db_client_operation_duration_seconds_bucket{{{appends},le="+Inf"}}'] == 2
    assert before["eventsourcing_store_position"] == 2
    assert before['eventsourcing_store_size_bytes{file="wal"}'] > 0
    assert before["eventsourcing_checkpoint_age_seconds"] == 3600
    behind, lag = 'eventsourcing_projection_lag_positions{projection="opened"}', "projection_lag"
    assert (before[behind], after[behind]) == (2, 0)
    assert 100 < before[f'eventsourcing_{lag}_seconds{{projection="opened"}}'] < 140
    assert after[f'eventsourcing_{lag}_seconds{{projection="opened"}}'] == 0
    assert after['eventsourcing_projection_parked_now{projection="opened"}'] == 1


def test_what_cannot_be_asked_is_left_out_and_the_rest_is_served(store: es.EventStore) -> None:
    with serve_metrics(0, store) as served:
        work(store)
        assert "eventsourcing_store_position" in scrape(served)
        store.close()
        left = scrape(served)
    assert "eventsourcing_store_position" not in left
    assert any(name.startswith("db_client_operation_duration") for name in left)


def test_nothing_is_served_or_counted_after_the_end(store: es.EventStore) -> None:
    served = serve_metrics(0, store)
    served.close()
    served.close()
    with pytest.raises(OSError, match="refused"):
        scrape(served)


def test_a_port_that_is_taken_is_refused(store: es.EventStore) -> None:
    with serve_metrics(0, store) as served:
        port = int(served.url.rsplit(":", 1)[1].partition("/")[0])
        with pytest.raises(es.InvalidInput, match="port: cannot be listened at"):
            serve_metrics(port)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_the_log_says_what_belongs_together(store: es.EventStore) -> None:
    stream = io.StringIO()
    with log_lines(stream):
        work(store)
    opened, paid = lines(stream)
    assert (opened["message"], opened["command"]) == ("command handled", "OpenAccount")
    assert (opened["stream_id"], opened["version"]) == (ALICE, 1)
    assert (opened["correlation_id"], paid["causation_id"]) == ("c-1", "m-7")
    work_after = len(lines(stream))
    es.handle(store, account, ALICE, Deposit(1, "EUR"))
    assert len(lines(stream)) == work_after  # nobody listens any more


def test_a_line_leads_to_its_trace(store: es.EventStore) -> None:
    stream = io.StringIO()
    with log_lines(stream), telemetry.told_to(TracerProvider()):
        work(store)
    told = [line["trace_id"] for line in lines(stream)]
    carried = [event.metadata["traceparent"].split("-")[1] for event in store.read_all()]
    assert told == carried


def test_an_event_set_aside_is_told_with_its_ids_and_without_its_data(
    store: es.EventStore,
) -> None:
    work(store)
    stream = io.StringIO()
    with ReadModels(store) as models, log_lines(stream):
        models.catch_up(OPENED)
        models.rebuild(OPENED)  # which repeats it, and so is silent
    [told] = lines(stream)
    assert (told["message"], told["position"]) == ("event set aside", 1)
    assert (told["correlation_id"], told["problem"]) == ("c-1", "ValueError")
    assert "4711" not in stream.getvalue()
