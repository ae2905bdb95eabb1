"""The bank in data/: made by the kit, sound from end to end, with its incidents where they say."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import (
    EVENT_TYPES,
    INCIDENTS,
    Incident,
    account,
    simulate_bank,
)
from eventsourcing_kit.banking.incidents import as_table

DATA = Path(__file__).parents[2] / "data"
History = list[es.RecordedEvent]


@pytest.fixture(scope="module")
def bank() -> History:
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, DATA / "bank.jsonl")
        return store.read_all()


@pytest.fixture(scope="module")
def streams(bank: History) -> dict[str, History]:
    histories = defaultdict(list)
    for event in bank:
        histories[event.stream_id].append(event)
    return dict(histories)


def balance(history: History) -> int:
    events = map(EVENT_TYPES.decode, history)
    return es.fold(account.evolve, events, account.initial_state).balance


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- the whole bank ------------------------------------------------------------------------------


def test_the_kit_makes_the_same_bytes_again(tmp_path: Path) -> None:
    es.dump_jsonl(simulate_bank(), tmp_path / "bank.jsonl")
    assert (tmp_path / "bank.jsonl").read_bytes() == (DATA / "bank.jsonl").read_bytes()


def test_another_seed_makes_another_bank(bank: History) -> None:
    assert simulate_bank(seed=1) != bank


def test_it_has_the_size_that_its_description_says(bank: History) -> None:
    assert f"40 accounts, {len(bank):,} events" in (DATA / "README.md").read_text("utf-8")
    assert len({event.stream_id for event in bank}) == 40
    assert {event.recorded_at.year * 12 + event.recorded_at.month for event in bank} == set(
        range(2024 * 12 + 1, 2025 * 12 + 7)
    )


def test_every_account_keeps_every_invariant(streams: dict[str, History]) -> None:
    for history in streams.values():
        state = account.initial_state
        for event in map(EVENT_TYPES.decode, history):
            assert state.status != "closed"
            assert state.status != "frozen" or type(event).__name__ == "AccountUnfrozen"
            assert (state.status == "new") == (type(event).__name__ == "AccountOpened")
            state = account.evolve(state, event)
            assert state.balance >= -state.overdraft_limit
            assert getattr(event, "currency", state.currency) == state.currency == "EUR"


def test_the_bank_learns_of_things_in_order_and_never_before_they_happen(bank: History) -> None:
    assert all(a.recorded_at <= b.recorded_at for a, b in pairwise(bank))
    assert all(event.occurred_at <= event.recorded_at for event in bank)


def test_card_payments_are_booked_later_than_they_are_made(bank: History) -> None:
    payments = [event for event in bank if event.metadata.get("channel") == "card"]
    delays = {event.recorded_at.date() - event.occurred_at.date() for event in payments}
    assert delays == {timedelta(days=1), timedelta(days=2), timedelta(days=3)}


def test_ids_are_unique_and_causes_are_earlier_events_or_runs(bank: History) -> None:
    ids: set[str] = set()
    for event in bank:
        assert str(event.event_id) not in ids
        cause = event.causation_id or "standing-orders"
        assert cause in ids or cause.startswith("standing-orders")
        assert event.actor
        ids.add(str(event.event_id))


def test_all_transfers_but_one_have_both_halves(bank: History) -> None:
    halves: dict[str, History] = defaultdict(list)
    for event in bank:
        if event.type.startswith("Transfer"):
            assert event.correlation_id == event.data["transfer_id"]
            halves[event.data["transfer_id"]].append(event)
    (alone,) = [half for half in halves.values() if len(half) == 1]
    assert alone[0].type == "TransferSent"
    for half in halves.values():
        if len(half) == 2:
            sent, received = half
            assert sent.data["amount"] == received.data["amount"]
            assert sent.data["to_account"] == received.stream_id
            assert received.data["from_account"] == sent.stream_id
            assert received.position == sent.position + 1


# --- the incidents -------------------------------------------------------------------------------


def test_the_description_shows_the_table() -> None:
    assert as_table() in (DATA / "README.md").read_text("utf-8")


def events_of(name: str, streams: dict[str, History]) -> tuple[Incident, History]:
    """An incident and its events."""
    (incident,) = [incident for incident in INCIDENTS if incident.name == name]
    history = streams[incident.account]
    return incident, [history[version - 1] for version in incident.versions]


def test_every_incident_has_a_test_below() -> None:
    names = {incident.name for incident in INCIDENTS}
    tests = {name.removeprefix("test_incident_").replace("_", " ") for name in globals()}
    assert names <= tests


def test_incident_disputed_withdrawal(streams: dict[str, History]) -> None:
    incident, (withdrawal,) = events_of("disputed withdrawal", streams)
    assert (withdrawal.type, withdrawal.data["amount"]) == ("MoneyWithdrawn", 40_000)
    assert withdrawal.occurred_at.date() == incident.day
    assert f"{incident.day:%A}" == "Tuesday"
    assert withdrawal.metadata["terminal"] == "ATM-0417"
    assert withdrawal.metadata["card"] == "4433"
    of_400 = [e for e in streams[incident.account] if e.data.get("amount") == 40_000]
    assert of_400 == [withdrawal]


def test_incident_fee_charged_twice(streams: dict[str, History]) -> None:
    incident, (first, second, correction) = events_of("fee charged twice", streams)
    assert first.type == second.type == "FeeCharged"
    assert first.data == second.data
    assert first.data["amount"] == 490
    assert first.correlation_id == second.correlation_id == "fees-2024-11"
    assert second.occurred_at.date() == incident.day
    assert (correction.type, correction.data["amount"]) == ("EntryCorrected", 490)
    assert correction.data["corrects"] == str(second.event_id)
    assert correction.occurred_at == second.occurred_at
    assert correction.recorded_at.date().isoformat() == "2024-12-16"


def test_incident_fraud(streams: dict[str, History]) -> None:
    incident, events = events_of("fraud", streams)
    payments, (frozen, unfrozen), corrections = events[:3], events[3:5], events[5:]
    assert {event.occurred_at.date() for event in payments} == {incident.day}
    assert payments[-1].occurred_at - payments[0].occurred_at < timedelta(minutes=20)
    assert (frozen.type, unfrozen.type) == ("AccountFrozen", "AccountUnfrozen")
    assert unfrozen.recorded_at.date().isoformat() == "2024-09-17"
    for payment, correction in zip(payments, corrections, strict=True):
        assert (payment.type, correction.type) == ("MoneyWithdrawn", "EntryCorrected")
        assert correction.data["corrects"] == str(payment.event_id)
        assert correction.data["amount"] == payment.data["amount"]
        assert correction.occurred_at == payment.occurred_at
    history = streams[incident.account]
    before, after = payments[0].version - 1, corrections[-1].version
    assert balance(history[:before]) == balance(history[:after])


def test_incident_late_salary(streams: dict[str, History]) -> None:
    incident, (cash, fee, salary) = events_of("late salary", streams)
    history = streams[incident.account]
    assert salary.data["memo"] == "Salary April 2025, Nordwind Logistics"
    assert salary.occurred_at.date() == incident.day
    assert f"{salary.occurred_at:%A} {salary.recorded_at:%A}" == "Friday Sunday"
    assert salary.recorded_at.date() - salary.occurred_at.date() == timedelta(days=2)
    assert (cash.data["amount"], fee.data["reason"]) == (25_000, "Overdraft on 26 April 2025")
    friday, saturday = at("2025-04-25T23:59:59"), at("2025-04-26T23:29:59")
    assert balance([e for e in history if e.recorded_at <= friday]) == 18_000
    assert balance([e for e in history if e.occurred_at <= friday]) == 18_000 + 236_500
    assert balance([e for e in history if e.recorded_at <= saturday]) < 0
    assert balance([e for e in history if e.occurred_at <= saturday]) > 0


def test_incident_half_a_transfer(streams: dict[str, History]) -> None:
    incident, (sent,) = events_of("half a transfer", streams)
    assert sent.occurred_at.date() == incident.day
    assert sent.data["amount"] == 75_000
    assert sent.data["to_account"] == "account-1031"
    same = [
        event
        for history in streams.values()
        for event in history
        if event.correlation_id == sent.correlation_id
    ]
    assert same == [sent]


def test_incident_closed_account(streams: dict[str, History]) -> None:
    incident, (_, closed) = events_of("closed account", streams)
    assert closed.type == "AccountClosed"
    assert closed.recorded_at.date() == incident.day
    assert streams[incident.account][-1] == closed
    assert balance(streams[incident.account]) == 0
