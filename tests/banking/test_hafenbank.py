"""Hafenbank's old books: the same bytes again, and what they add up to today."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import hafenbank

FILE = Path("data/old_bank.jsonl")


def test_the_file_is_written_again_byte_for_byte(tmp_path: Path) -> None:
    again = tmp_path / "old_bank.jsonl"
    subprocess.run(
        [sys.executable, "-m", "eventsourcing_kit.banking", "--old", str(again)], check=True
    )
    assert again.read_bytes() == FILE.read_bytes()


def test_the_bank_of_today_can_work_with_it() -> None:
    with es.open_store(":memory:", upcasters=hafenbank.upcasters) as store:
        es.load_jsonl(store, FILE)
        balances = es.replay.balances(store)
        for stream_id in store.sql("SELECT DISTINCT stream_id AS s FROM events")["s"]:
            position = store.position()
            state = es.replay.as_of(store, hafenbank.old_account, stream_id, position=position)
            assert state.balance == balances[stream_id]


def test_without_upcasters_today_stumbles_over_the_first_deposit() -> None:
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, FILE)
        deposits = [event for event in store.read_all() if event.type == "MoneyDeposited"]
        with pytest.raises(es.errors.UnknownSchemaVersion, match="MoneyDeposited"):
            hafenbank.EVENT_TYPES.decode(deposits[0])


def test_every_old_shape_is_in_it() -> None:
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, FILE)
        stored = {(event.type, event.schema_version) for event in store.read_all()}
    assert {(one.type, one.version) for one in hafenbank.upcasters} <= stored
    assert ("MoneyDeposited", 3) in stored
