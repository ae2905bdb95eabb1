"""A bank of any size: its events are sound, and the same arguments give the same table."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import pyarrow.compute as pc
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import EVENT_TYPES, account, simulate
from eventsourcing_kit.event import canonical_json, parse_json


@pytest.fixture(scope="module")
def bank() -> list[es.RecordedEvent]:
    with es.open_store(":memory:") as store:
        assert store.append_columns(simulate(accounts=30, events=6_000, seed=7)) == 6_000
        return store.read_all()


def test_every_event_decodes_and_every_account_starts_by_opening(
    bank: list[es.RecordedEvent],
) -> None:
    first: dict[str, str] = {}
    for event in bank:
        EVENT_TYPES.decode(event)
        first.setdefault(event.stream_id, event.type)
    assert first == {f"account-{n:06}": "AccountOpened" for n in range(30)}


@pytest.mark.parametrize("axis", ["recorded_at", "occurred_at"])
def test_no_balance_is_ever_below_zero(bank: list[es.RecordedEvent], axis: str) -> None:
    states: dict[str, Any] = defaultdict(lambda: account.initial_state)
    for event in sorted(bank, key=lambda event: getattr(event, axis)):
        state = account.evolve(states[event.stream_id], EVENT_TYPES.decode(event))
        assert state.balance >= 0
        states[event.stream_id] = state


def test_rows_come_in_order_of_recording(bank: list[es.RecordedEvent]) -> None:
    times = [event.recorded_at for event in bank]
    assert times == sorted(times)
    assert all(event.occurred_at <= event.recorded_at for event in bank)


def test_the_halves_of_a_transfer_follow_one_another(bank: list[es.RecordedEvent]) -> None:
    for sent, received in pairwise(bank):
        assert (sent.type == "TransferSent") == (received.type == "TransferReceived")
        if sent.type == "TransferSent":
            assert sent.data["transfer_id"] == received.data["transfer_id"]
            assert sent.data["to_account"] == received.stream_id != sent.stream_id
            assert received.data["from_account"] == sent.stream_id
            assert sent.data["amount"] == received.data["amount"]


def test_payloads_are_canonical_json() -> None:
    table = simulate(accounts=3, events=300)
    for column in ("data", "metadata"):
        for text in pc.unique(table[column]).to_pylist():
            assert canonical_json(parse_json(text)) == text


def test_the_seed_decides() -> None:
    assert simulate(5, 500, seed=1).equals(simulate(5, 500, seed=1))
    assert not simulate(5, 500, seed=1).equals(simulate(5, 500, seed=2))


def test_the_same_bits_on_every_machine() -> None:
    last = simulate(5, 500, seed=1).slice(499).to_pylist()[0]
    assert last["stream_id"] == "account-000004"
    assert last["data"] == '{"amount":18579,"currency":"EUR","memo":"Card, Grocer"}'


@pytest.mark.parametrize(("accounts", "events"), [(2, 2), (2, 3), (7, 8), (50, 60), (2, 5_000)])
def test_any_size_is_met_exactly(accounts: int, events: int) -> None:
    table = simulate(accounts, events)
    assert len(table) == events
    assert pc.count_distinct(table["stream_id"].cast("string")).as_py() == accounts
    opened = pc.sum(pc.equal(table["type"].cast("string"), "AccountOpened")).as_py()
    assert opened == accounts


@pytest.mark.parametrize(
    ("accounts", "events", "seed"),
    [(1, 10, 1), (2, 1, 1), (0, 0, 1), (True, 10, 1), (2.0, 10, 1), (2, "10", 1), (2, 10, -1)],
)
def test_impossible_sizes_are_refused(accounts: Any, events: Any, seed: Any) -> None:
    with pytest.raises(es.InvalidInput):
        simulate(accounts, events, seed)
