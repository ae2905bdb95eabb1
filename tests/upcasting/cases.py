"""Old events of Hafenbank's kind, for the tests of upcasting."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import hypothesis.strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.banking import hafenbank

NOON = datetime(2020, 3, 10, 12, tzinfo=UTC)

cents = st.integers(0, 10_000_000)
memos = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def old(type_: str, data: dict[str, Any], schema_version: int = 1) -> es.NewEvent:
    return es.NewEvent(type_, data, schema_version=schema_version)


def as_euros(amount: int) -> str:
    return f"{amount // 100}.{amount % 100:02}"


old_events = st.one_of(
    st.builds(lambda c, m: old("MoneyDeposited", {"euros": as_euros(c), "memo": m}), cents, memos),
    st.builds(lambda c, m: old("MoneyDeposited", {"cents": c, "memo": m}, 2), cents, memos),
    st.builds(
        lambda c, m: old("MoneyDeposited", {"amount": c, "currency": "EUR", "memo": m}, 3),
        cents,
        memos,
    ),
    st.builds(
        lambda c, f, m: old("CashPaidIn", {"cents": c, "fee": f, "till": m}), cents, cents, memos
    ),
    st.builds(
        lambda c, q: old("InterestPaid", {"cents": c, "year": "2020", "quarter": q}), cents, memos
    ),
    st.builds(lambda c: old("MoneyWithdrawn", {"amount": c, "currency": "EUR"}), cents),
)


def recorded(type_: str, data: dict[str, Any], schema_version: int = 1) -> es.RecordedEvent:
    """An event as a store gives it back, at position 7 and version 3."""
    return es.RecordedEvent(
        7, "account-1", 3, UUID(int=7), type_, schema_version, data, {}, NOON, NOON
    )


def old_bank(path: Any = ":memory:") -> Any:
    """A store that reads through Hafenbank's upcasters."""
    return es.open_store(path, clock=lambda: NOON, upcasters=hafenbank.upcasters)
