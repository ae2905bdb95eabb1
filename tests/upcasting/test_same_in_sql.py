"""The view makes of every stored event what the functions make of it."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

import eventsourcing_kit as es
from eventsourcing_kit.errors import StoreError
from eventsourcing_kit.upcasting import Compute, Upcasters, upcast
from tests.upcasting.cases import hafenbank, old, old_events

COLUMNS = """
SELECT position, version, type, schema_version, event_id::VARCHAR, data::JSON::VARCHAR, part
FROM events ORDER BY position, part
"""

writes = st.lists(st.tuples(st.sampled_from(["account-1", "account-2"]), old_events), max_size=8)


def by_functions(store: Any) -> list[tuple[Any, ...]]:
    seen: dict[int, int] = {}
    rows = []
    for event in store.read_all():
        seen[event.position] = seen.get(event.position, 0) + 1
        envelope = (event.position, event.version, event.type, event.schema_version)
        rows.append((*envelope, str(event.event_id), dict(event.data), seen[event.position]))
    return rows


def by_view(store: Any) -> list[tuple[Any, ...]]:
    import json

    frame = store.sql(COLUMNS)
    return [(*row[:5], json.loads(row[5]), row[6]) for row in frame.itertuples(index=False)]


@settings(max_examples=60, deadline=None)
@given(writes)
def test_the_view_and_the_functions_agree(made: list[tuple[str, es.NewEvent]]) -> None:
    with hafenbank() as store:
        for stream_id, event in made:
            store.append(stream_id, [event], es.ANY)
        assert by_view(store) == by_functions(store)
        balances = {name: 0 for name, _ in made}
        for event in store.read_all():
            balances[event.stream_id] += es.banking.SIGNS[event.type] * event.data["amount"]
        assert es.replay.balances(store).to_dict() == balances


@pytest.mark.parametrize(
    "event",
    [
        old("MoneyDeposited", {"euros": "1.001", "memo": ""}),
        old("MoneyDeposited", {"euros": "much", "memo": ""}),
        old("MoneyDeposited", {"amount": 1, "currency": "EUR", "memo": ""}, 4),
        old("CashPaidIn", {"cents": 1, "fee": 1, "till": ""}, 2),
    ],
)
def test_what_the_functions_refuse_the_view_refuses(event: es.NewEvent) -> None:
    with hafenbank() as store:
        store.append("account-1", [event], es.NO_STREAM)
        with pytest.raises(es.errors.EventSourcingError):
            store.read_all()
        with pytest.raises(Exception, match=r"newer than this code|not whole|no plain number"):
            store.sql("SELECT * FROM events")
        with pytest.raises(Exception, match=r"newer than this code|not whole|no plain number"):
            es.replay.balances(store)


def test_a_function_says_the_same_in_sql_beside_it() -> None:
    chain = Upcasters(
        [
            upcast(
                "Weighed",
                1,
                {"grams": "BIGINT"},
                Compute("heavy", lambda data: data["grams"] > 1000, "{grams} > 1000"),
            )
        ]
    )
    with es.open_store(":memory:", upcasters=chain) as any_store:
        store: Any = any_store
        for grams in (5, 5000):
            store.append("parcel-1", [old("Weighed", {"grams": grams})], es.ANY)
        assert by_view(store) == by_functions(store)


def test_only_the_fields_that_a_fold_needs() -> None:
    with hafenbank() as store:
        store.append("a-1", [old("CashPaidIn", {"cents": 500, "fee": 5, "till": "1"})], es.ANY)
        query = store.newest_events({"amount": "BIGINT"})
        assert query is not None
        frame = store.sql(f"SELECT type, data.amount AS amount FROM ({query}) ORDER BY part")
        assert frame.values.tolist() == [["MoneyDeposited", 500], ["FeeCharged", 5]]
    with es.open_store(":memory:") as plain:
        assert plain.newest_events({"amount": "BIGINT"}) is None


def test_errors_of_the_store_stay_what_they_are() -> None:
    with hafenbank() as store, pytest.raises((StoreError, Exception), match="nothing_there"):
        store.sql("SELECT * FROM nothing_there")
