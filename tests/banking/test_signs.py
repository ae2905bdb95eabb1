"""Which way the money goes stands in one place: a type added there is known to every fold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import SIGNS, Account, evolve
from eventsourcing_kit.projections import ReadModels, bank_models


@dataclass(frozen=True)
class BonusPaid:
    """A type that the bank does not have."""

    amount: int
    currency: str


@dataclass(frozen=True)
class TaxTaken:
    """And one that takes."""

    amount: int
    currency: str


TYPES: es.EventTypes[Any] = es.EventTypes(
    [*es.banking.EVENT_TYPES.classes.values(), BonusPaid, TaxTaken]
)
BALANCE = 1_000 + 30 - 7


def test_all_folds_agree_on_a_type_that_was_added(monkeypatch: pytest.MonkeyPatch) -> None:
    signs: Any = SIGNS
    monkeypatch.setitem(signs, "BonusPaid", 1)
    monkeypatch.setitem(signs, "TaxTaken", -1)
    history = [
        es.banking.AccountOpened("Jo", "EUR"),
        es.banking.MoneyDeposited(1_000, "EUR"),
        BonusPaid(30, "EUR"),
        TaxTaken(7, "EUR"),
    ]
    with es.open_store(":memory:") as any_store:
        store: Any = any_store
        store.append("account-1", [TYPES.encode(event) for event in history], 0)

        state = es.fold(
            es.banking.evolve, map(TYPES.decode, store.read_all()), es.banking.Account()
        )
        timeline = es.replay.Timeline.build(store)
        assert state.balance == BALANCE
        assert es.replay.balances(store).to_dict() == {"account-1": BALANCE}
        assert timeline.at(timeline.end).to_dict() == {"account-1": BALANCE}

        with ReadModels(store) as models:
            caught = models.catch_up(
                bank_models.balances(),
                bank_models.balances_by_sql(),
                bank_models.statements(),
                bank_models.daily_totals(),
            )
            assert {one.failure for one in caught.values()} == {None}
            for name in ("balances", "balances_by_sql"):
                assert models.sql(f"FROM {name}.accounts")["balance"].tolist() == [BALANCE]
            lines = models.sql("FROM statements.entries ORDER BY version")
            assert lines["amount"].tolist() == [1_000, 30, -7]
            days = models.sql("SELECT came_in, went_out, events FROM daily_totals.days")
            assert days.values.tolist() == [[1_030, 7, 3]]


def test_every_type_with_an_amount_has_a_sign() -> None:
    """Or a fold in SQL would pass over it."""
    with_amount = {
        name
        for name, cls in es.banking.EVENT_TYPES.classes.items()
        if "amount" in cls.__dataclass_fields__
    }
    assert set(SIGNS) == with_amount


def test_an_event_that_evolve_does_not_know_stops_it() -> None:
    with pytest.raises(TypeError, match="str is no event"):
        evolve(Account(), "MoneyDeposited")  # type: ignore[arg-type]
