"""The bank's read models, against the same answers worked out another way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import eventsourcing_kit as es
from eventsourcing_kit.banking.postings import entry_of, totals
from eventsourcing_kit.event import RecordedEvent
from eventsourcing_kit.projections import Projection, ReadModels, bank_models
from eventsourcing_kit.projections.projection import Model
from eventsourcing_kit.replay import balances

BANK = Path(__file__).parents[2] / "data" / "bank.jsonl"
FIRST = '{"stream_id":"account-101'
START = datetime(2025, 3, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReadModels]:
    with es.open_store(":memory:") as any_store:
        store: Any = any_store
        # The accounts 1010 to 1019, since handlers take their time.
        lines = BANK.read_text(encoding="utf-8").splitlines(keepends=True)
        some = tmp_path_factory.mktemp("bank") / "some.jsonl"
        some.write_text("".join(line for line in lines if line.startswith(FIRST)), "utf-8")
        es.load_jsonl(store, some)
        with ReadModels(store) as models:
            caught = models.catch_up(
                bank_models.balances(),
                bank_models.balances_by_sql(),
                bank_models.statements(),
                bank_models.daily_totals(),
                bank_models.postings(),
                bank_models.suspicious(),
            )
            assert all(one.failure is None for one in caught.values())
            yield models


def test_balances_are_those_of_the_replay(models: ReadModels) -> None:
    folded = balances(models.store)
    for name in ("balances", "balances_by_sql"):
        rows = models.sql(f"SELECT * FROM {name}.accounts").set_index("account")["balance"]
        assert rows.sort_index().to_dict() == folded[folded.index.isin(rows.index)].to_dict()
        assert len(rows) == 10


def test_a_statement_ends_with_the_balance(models: ReadModels) -> None:
    last = models.sql(
        "SELECT account, arg_max(balance, version) AS balance, count(*) AS lines, "
        "sum(amount)::BIGINT AS total FROM statements.entries GROUP BY account"
    ).set_index("account")
    folded = balances(models.store)
    assert last["balance"].to_dict() == last["total"].to_dict()
    assert last["balance"].to_dict() == {name: folded[name] for name in last.index}


def test_days_are_those_on_which_it_happened(models: ReadModels) -> None:
    days = models.sql("SELECT day::VARCHAR AS day, events FROM daily_totals.days")
    by_hand = Counter(
        f"{event.occurred_at:%Y-%m-%d}"
        for event in models.store.read_all()
        if event.type in es.banking.SIGNS
    )
    assert dict(zip(days["day"], days["events"], strict=True)) == dict(by_hand)


def test_debits_are_credits_at_any_cut_and_a_customers_are_the_replays(models: ReadModels) -> None:
    head = models.store.position()
    for cut in (1, head // 2, head):
        trial = bank_models.trial_balance(models, position=cut)
        assert trial["debit"].sum() == trial["credit"].sum()
        sums = (trial["credit"] - trial["debit"]).set_axis(trial["account"])
        folded = balances(models.store, position=cut)
        for account, balance in folded.items():
            assert sums.get(account, 0) == balance
    assert bank_models.unbalanced(models).empty


def test_a_trial_balance_as_of_a_time_is_that_of_its_last_position(models: ReadModels) -> None:
    event = models.store.read_all()[200]
    by_time = bank_models.trial_balance(models, time=event.recorded_at)
    last = [e for e in models.store.read_all() if e.recorded_at <= event.recorded_at][-1]
    by_position = bank_models.trial_balance(models, position=last.position)
    assert by_time.equals(by_position)
    assert not by_time.equals(bank_models.trial_balance(models))


def test_the_sql_has_the_postings_that_python_makes(models: ReadModels) -> None:
    by_hand = totals(
        posting
        for event in models.store.read_all()
        if (entry := entry_of(event))
        for posting in entry.postings
    )
    rows = models.sql(
        "SELECT account, currency, sum(amount)::BIGINT AS sum FROM postings.entries GROUP BY ALL"
    )
    assert {(one.account, one.currency): one.sum for one in rows.itertuples()} == by_hand


def test_half_an_entry_is_found_by_its_position() -> None:
    def half(model: Model, event: RecordedEvent) -> None:
        row = [event.position, event.recorded_at, event.stream_id, 7, "EUR"]
        model.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", row)

    store: Any = es.open_store(":memory:")
    store.append("account-1", [es.NewEvent("HalfPosted", {"x": 1})], 0)
    careless = Projection("postings", bank_models.postings().tables, {"HalfPosted": half})
    with ReadModels(store) as models:
        models.catch_up(careless)
        found = bank_models.unbalanced(models)
    assert found.to_dict("records") == [{"position": 1, "currency": "EUR", "off": 7}]


def test_the_fraud_is_found(models: ReadModels) -> None:
    found = models.sql(
        "SELECT account, since::VARCHAR AS since, debits, total FROM suspicious.bursts "
        "WHERE since::DATE = DATE '2024-09-14'"
    )
    assert found.to_dict("records") == [
        {
            "account": "account-1019",
            "since": "2024-09-14 02:04:31+00",
            "debits": 3,
            "total": 24_900 + 38_990 + 51_250,
        }
    ]


@settings(max_examples=20)
@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(1, 9)), min_size=1, max_size=8),
    st.integers(1, 4),
)
def test_late_events_change_no_total_and_hide_no_burst(
    debits: list[tuple[int, int]], batch: int
) -> None:
    """Whatever order the same events come in, the read models are the same."""

    def built(order: list[tuple[int, int]]) -> list[Any]:
        with es.open_store(":memory:") as any_store:
            store: Any = any_store
            events = [
                es.NewEvent(
                    "MoneyWithdrawn",
                    {"amount": amount, "currency": "EUR"},
                    occurred_at=START + timedelta(minutes=minute),
                )
                for minute, amount in order
            ]
            store.append("account-1", events, 0)
            with ReadModels(store) as models:
                models.catch_up(bank_models.daily_totals(), bank_models.suspicious(), batch=batch)
                return [
                    models.sql("SELECT * FROM daily_totals.days ORDER BY ALL").values.tolist(),
                    models.sql("SELECT * FROM suspicious.bursts ORDER BY ALL").values.tolist(),
                ]

    in_order = built(sorted(debits))
    assert built(debits) == in_order
    assert built(sorted(debits, reverse=True)) == in_order
    by_hand = {
        minute
        for minute, _ in debits
        if sum(minute <= other <= minute + 30 for other, _ in debits) >= 3
    }
    assert len(in_order[1]) == len(by_hand)
