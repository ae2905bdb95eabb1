"""A transfer is two events in one transaction, or none."""

from datetime import UTC, datetime

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import (
    EVENT_TYPES,
    Account,
    AccountOpened,
    MoneyDeposited,
    Party,
    account,
    errors,
    transfer_in_one_append,
)

SENDER = Party("account-1", 2, Account("open", "Amara Okafor", "EUR", 0, 3_000))
RECEIVER = Party("account-2", 1, Account("open", "Mei Lin", "EUR", 0, 0))


def test_both_halves_are_stored_and_linked() -> None:
    friday = datetime(2025, 3, 14, 9, tzinfo=UTC)
    with es.open_store(":memory:") as store:
        opened = AccountOpened("somebody", "EUR")
        first, second = EVENT_TYPES.encode(opened), EVENT_TYPES.encode(opened)
        deposited = EVENT_TYPES.encode(MoneyDeposited(3_000, "EUR"))
        store.append("account-1", [first, deposited], expected_version=es.NO_STREAM)
        store.append("account-2", [second], expected_version=es.NO_STREAM)
        store.append_many(
            transfer_in_one_append(
                SENDER, RECEIVER, 2_500, transfer_id="transfer-9", occurred_at=friday
            )
        )
        sent, received = store.read_all(after_position=3)
        assert [sent.stream_id, received.stream_id] == ["account-1", "account-2"]
        assert sent.correlation_id == received.correlation_id == "transfer-9"
        assert received.causation_id == str(sent.event_id)
        assert sent.occurred_at == received.occurred_at == friday
        states = [
            es.fold(account.evolve, map(EVENT_TYPES.decode, history), account.initial_state)
            for history in (store.read_stream("account-1"), store.read_stream("account-2"))
        ]
        assert [state.balance for state in states] == [500, 2_500]


def test_nothing_is_written_where_either_side_refuses() -> None:
    frozen = Party("account-3", 4, Account("frozen", "Oskar Lehmann", "EUR"))
    yen = Party("account-4", 1, Account("open", "Yuki Tanaka", "JPY"))
    with pytest.raises(errors.InsufficientFunds):
        transfer_in_one_append(SENDER, RECEIVER, 3_001, transfer_id="transfer-9")
    with pytest.raises(errors.AccountIsFrozen):
        transfer_in_one_append(SENDER, frozen, 100, transfer_id="transfer-9")
    with pytest.raises(errors.CurrencyMismatch):
        transfer_in_one_append(SENDER, yen, 100, transfer_id="transfer-9")
    with pytest.raises(errors.SameAccount):
        transfer_in_one_append(SENDER, SENDER, 100, transfer_id="transfer-9")
