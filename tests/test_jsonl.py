"""A history as text: what is written comes back the same, and a damaged line is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.stores.conformance import nested

NOON = datetime(2025, 3, 14, 12, 0, 0, 123_456, UTC)
LINE: dict[str, Any] = {
    "stream_id": "account-1",
    "type": "MoneyDeposited",
    "schema_version": 1,
    "data": {"amount": 100},
    "metadata": {},
    "event_id": "7f3a0d3e-0000-4000-8000-000000000001",
    "occurred_at": "2025-03-14T12:00:00Z",
    "recorded_at": "2025-03-14T12:00:01+00:00",
}


def written(path: Path, *lines: Any) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(text + "\n" for text in texts), "utf-8")
    return path


def test_what_is_dumped_is_loaded_as_it_was(tmp_path: Path) -> None:
    clock = es.fixed_clock(NOON)
    with es.open_store(":memory:", clock=clock) as store:
        before = NOON.astimezone(timezone(timedelta(hours=5, minutes=30))) - timedelta(days=2)
        deposit = es.NewEvent(
            "MoneyDeposited",
            {"amount": 2**63 - 1, "memo": 'é "🎉"\n\u2028', "rate": 0.1, "tags": [None, True]},
            {"actor": "clerk"},
            schema_version=2,
            occurred_at=before,
        )
        store.append("account-1", [deposit], expected_version=es.NO_STREAM)
        store.append("account-2", [es.NewEvent("AccountOpened", {})], expected_version=0)
        store.append("account-1", [es.NewEvent("AccountClosed", {})], expected_version=1)
        history = store.read_all()
    assert es.dump_jsonl(history, tmp_path / "bank.jsonl") == 3
    with es.open_store(":memory:") as copy:
        assert es.load_jsonl(copy, tmp_path / "bank.jsonl") == 3
        assert copy.read_all() == history
        es.dump_jsonl(copy.read_all(), tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "bank.jsonl").read_bytes()


def test_the_deepest_and_the_largest_events_are_loaded_too(tmp_path: Path) -> None:
    with es.open_store(":memory:") as store:
        large = {"x": "x" * (1024 * 1024 - 8)}
        store.append("made-1", [es.NewEvent("Made", one) for one in (nested(64), large)], 0)
        before = store.read_all()
        es.dump_jsonl(before, tmp_path / "bank.jsonl")
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, tmp_path / "bank.jsonl")
        assert store.read_all() == before


def test_keys_stand_in_a_fixed_order_and_times_in_utc(tmp_path: Path) -> None:
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, written(tmp_path / "in.jsonl", LINE))
        es.dump_jsonl(store.read_all(), tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text("utf-8") == (
        '{"stream_id":"account-1","type":"MoneyDeposited","schema_version":1,'
        '"data":{"amount":100},"metadata":{},"event_id":"7f3a0d3e-0000-4000-8000-000000000001",'
        '"occurred_at":"2025-03-14T12:00:00Z","recorded_at":"2025-03-14T12:00:01Z"}\n'
    )


def test_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "bank.jsonl", LINE)
    with es.open_store(":memory:") as store:
        assert es.load_jsonl(store, path) == 1
        assert es.load_jsonl(store, path) == 0
        assert store.position() == 1


def test_a_stream_that_is_there_already_is_not_mixed_with_the_file(tmp_path: Path) -> None:
    with es.open_store(":memory:") as store:
        store.append("account-1", [es.NewEvent("AccountOpened", {})], expected_version=0)
        with pytest.raises(es.WrongExpectedVersion):
            es.load_jsonl(store, written(tmp_path / "bank.jsonl", LINE))


def test_an_empty_file_is_an_empty_history(tmp_path: Path) -> None:
    with es.open_store(":memory:") as store:
        assert es.load_jsonl(store, written(tmp_path / "bank.jsonl")) == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "event: is not JSON"),
        ("[]", "must be a mapping"),
        (json.dumps(LINE)[:-20], "event: is not JSON"),
        ('{"a":1,"a":2}', "has the key 'a' twice"),
        ({**LINE, "data": {"amount": float("nan")}}, "NaN, which is not JSON"),
        ({key: value for key, value in LINE.items() if key != "type"}, "type: is missing"),
        ({**LINE, "version": 1}, "version: is not a part of an event"),
        ({**LINE, "stream_id": " "}, "stream_id: must not be empty"),
        ({**LINE, "type": 7}, "type: must be text"),
        ({**LINE, "schema_version": True}, "schema_version: must be a whole number"),
        ({**LINE, "data": []}, "data: must be a mapping"),
        ({**LINE, "metadata": None}, "metadata: must be a mapping"),
        ({**LINE, "event_id": "1"}, "event_id: must be a UUID"),
        ({**LINE, "event_id": 1}, "event_id: must be a UUID"),
        ({**LINE, "occurred_at": "2025-03-14T12:00:00"}, "occurred_at: has no time zone"),
        ({**LINE, "recorded_at": "2025-03-14T12:00:00.0000001Z"}, "recorded_at: has more digits"),
        ({**LINE, "recorded_at": None}, "recorded_at: must be text"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_loaded(tmp_path: Path, line: Any, problem: str) -> None:
    path = written(tmp_path / "bank.jsonl", LINE, line)
    with es.open_store(":memory:") as store:
        with pytest.raises(es.InvalidInput, match="line 2: ") as error:
            es.load_jsonl(store, path)
        assert problem in str(error.value)
        assert store.position() == 0
