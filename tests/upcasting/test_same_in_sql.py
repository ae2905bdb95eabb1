"""The view makes of every stored event what the functions make of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

import eventsourcing_kit as es
from eventsourcing_kit.errors import StoreError, UnknownSchemaVersion, UpcasterError
from eventsourcing_kit.upcasting import (
    Add,
    Change,
    Compute,
    Merge,
    Remove,
    Rename,
    Units,
    Upcasters,
    upcast,
)
from tests.upcasting import family
from tests.upcasting.cases import NOON, old, old_bank, old_events

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
        rows.append((*envelope, str(event.event_id), as_json(event.data), seen[event.position]))
    return rows


def by_view(store: Any) -> list[tuple[Any, ...]]:
    frame = store.sql(COLUMNS)
    return [
        (*row[:5], as_json(json.loads(row[5])), row[6]) for row in frame.itertuples(index=False)
    ]


def as_json(value: Any) -> str:
    """In JSON 1, 1.0 and true are three things."""
    return json.dumps(value, sort_keys=True)


def outcome(work: Callable[[], Any]) -> Any:
    """What comes out, or where it was refused."""
    try:
        return work()
    except es.errors.UnknownSchemaVersion:
        return "refused"
    except UpcasterError as error:
        return "refused" if str(error).startswith("position ") else error


@settings(max_examples=60, deadline=None)
@given(writes)
def test_the_view_and_the_functions_agree(made: list[tuple[str, es.NewEvent]]) -> None:
    with old_bank() as store:
        for stream_id, event in made:
            store.append(stream_id, [event], es.ANY)
        assert by_view(store) == by_functions(store)
        balances = {name: 0 for name, _ in made}
        for event in store.read_all():
            balances[event.stream_id] += es.banking.SIGNS[event.type] * event.data["amount"]
        assert es.replay.balances(store).to_dict() == balances


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_upcasters_and_any_bodies(data: st.DataObject) -> None:
    """Both refuse, or both give the same value: the functions, the view, and a fold, three times:
    which looks at what is stored, knows it, and finds more behind it."""
    chain = data.draw(family.upcasters())
    events = data.draw(st.lists(family.bodies(chain), min_size=1, max_size=3))
    with es.open_store(":memory:", upcasters=chain) as any_store:
        store: Any = any_store
        for type_, version, body in events[:2]:
            store.append("a-1", [old(type_, body, version)], es.ANY)
        assert outcome(lambda: by_view(store)) == outcome(lambda: by_functions(store))
        names = {name.casefold(): name for name in family.NAMES if name}.values()
        fields = dict.fromkeys(names, "VARIANT")

        def expected() -> Any:
            return outcome(lambda: with_these(store, fields))

        for _ in range(2):
            assert outcome(lambda: by_fold(store, fields)) == expected()
        for type_, version, body in events[2:]:
            store.append("a-1", [old(type_, body, version)], es.ANY)
        assert outcome(lambda: by_fold(store, fields)) == expected()


def by_fold(store: Any, fields: dict[str, str]) -> list[tuple[Any, ...]]:
    query = f"SELECT position, part, type, to_json(data) FROM ({store.newest_events(fields)})"
    rows = store.sql(f"{query} ORDER BY position, part").itertuples(index=False)
    return [(*row[:3], as_json(json.loads(row[3]))) for row in rows]


def with_these(store: Any, fields: dict[str, str]) -> list[tuple[Any, ...]]:
    """What the fold should give."""
    rows = []
    for position, _, type_, _, _, text, number in by_functions(store):
        data = json.loads(text)
        rows.append((position, number, type_, as_json({name: data.get(name) for name in fields})))
    return rows


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_the_same_on_disk_where_the_engine_keeps_bodies_in_columns(data: st.DataObject) -> None:
    fields = {f"{kind} field": kind for kind in family.TYPES}
    chain = Upcasters([upcast("Old", 1, fields, Add("new", True))])
    usual = st.fixed_dictionaries({name: family.of_type[kind] for name, kind in fields.items()})
    odd = st.dictionaries(st.sampled_from(list(fields)), family.values)
    bodies = data.draw(st.lists(usual | st.builds(dict.__or__, usual, odd), min_size=20))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "old.duckdb"
        with es.open_store(path) as plain:
            plain.append("a-1", [old("Old", body) for body in bodies], es.NO_STREAM)
        with es.open_store(path, upcasters=chain) as any_store, es.open_store(path) as plain:
            store: Any = any_store
            for event in plain.read_all():
                where = f"SELECT data::JSON::VARCHAR FROM events WHERE position = {event.position}"
                made = outcome(lambda: store.sql(where).iloc[0, 0])  # noqa: B023
                expected = outcome(lambda: chain.apply(event)[0].data)  # noqa: B023
                if made != "refused":
                    made = json.loads(made)
                assert as_json(made) == as_json(expected)


BIG = 10**12
A = {"a": "BIGINT"}
TEXTS = {"a": "VARCHAR", "b": "VARCHAR"}


@pytest.mark.parametrize(
    ("fields", "change", "data", "expected"),
    [
        (A, Add("z", 1), {"a": 7}, {"a": 7, "z": 1}),
        (A, Add("z", 1), {}, None),
        (A, Add("z", 1), {"a": 1, "more": 5}, None),
        (A, Add("z", 1), {"A": 1}, None),
        (A, Add("z", 1), {"a": "12"}, None),
        (A, Add("z", 1), {"a": 1.0}, None),
        (A, Add("z", 1), {"a": 1.5}, None),
        (A, Add("z", 1), {"a": True}, None),
        (A, Add("z", 1), {"a": [1]}, None),
        (A, Add("z", 1), {"a": {"a": 1}}, None),
        (A, Add("z", 1), {"a": None}, {"a": None, "z": 1}),
        ({"a": "INTEGER"}, Add("z", 1), {"a": 2**31 - 1}, {"a": 2**31 - 1, "z": 1}),
        ({"a": "INTEGER"}, Add("z", 1), {"a": 2**31}, None),
        ({"a": "DOUBLE"}, Add("z", 1), {"a": 3}, {"a": 3.0, "z": 1}),
        ({"a": "DOUBLE"}, Add("z", 1), {"a": 2**53 + 1}, None),
        ({"a": "BOOLEAN"}, Add("z", 1), {"a": 1}, None),
        ({"a": "VARCHAR"}, Add("z", 1), {"a": 12}, None),
        ({"a": "JSON"}, Add("z", 1), {"a": {"x": [1.0, None]}}, {"a": {"x": [1.0, None]}, "z": 1}),
        (TEXTS, Merge(["a", "b"], "c"), {"a": "x", "b": None}, None),
        (TEXTS, Merge(["a", "b"], "c"), {"a": "x", "b": 5}, None),
        ({"a": "JSON"}, Merge(["a"], "c"), {"a": "x"}, {"c": "x"}),
        ({"a": "JSON"}, Merge(["a"], "c"), {"a": 5}, None),
        ({"A": "BIGINT", "a": "BIGINT"}, Add("z", 1), {"A": 1, "a": 2}, {"A": 1, "a": 2, "z": 1}),
        ({'we"ird': "BIGINT"}, Rename('we"ird', "it's"), {'we"ird': 1}, {"it's": 1}),
        ({"": "BIGINT", "x.y": "JSON"}, Rename("", "ä"), {"": 1, "x.y": 2}, {"ä": 1, "x.y": 2}),
        ({"a": "VARCHAR"}, Units("a", 100), {"a": f"{BIG}.25"}, {"a": BIG * 100 + 25}),
        ({"a": "VARCHAR"}, Units("a", 1), {"a": "99999999999999.0000"}, {"a": 10**14 - 1}),
        ({"a": "VARCHAR"}, Units("a", 100), {"a": "-007.50000"}, {"a": -750}),
        ({"a": "VARCHAR"}, Units("a", 10**9), {"a": "9223372036.8547"}, {"a": 9223372036854700000}),
        ({"a": "VARCHAR"}, Units("a", 10**9), {"a": "9223372036.8548"}, None),
        *(
            (({"a": "JSON"}), Units("a", 100), {"a": odd}, None)
            for odd in (" 1", "+1", "1e3", "", True)
        ),
        ({"a": "DOUBLE"}, Units("a", 100), {"a": 0.29}, {"a": 29}),
        ({"a": "DOUBLE"}, Units("a", 100), {"a": 1e15}, None),
        (A, Compute("b", lambda d: d["a"] * 2, "{a} * 2"), {"a": 4}, {"a": 4, "b": 8}),
        (A, Compute("b", lambda d: d["a"] * 2, "{a} * 2"), {"a": 2**62}, None),
        (A, Compute("b", lambda d: 1 // d["a"], "'no'::BIGINT"), {"a": 0}, None),
        (A, Compute("b", lambda d: 1 / d["a"], "1 / {a}"), {"a": 0}, None),
        (A, Compute("b", family.raises, "error('not ' || {a})"), {"a": 0}, None),
        (A, Compute("b", lambda d: 10**20, "100000000000000000000::VARIANT"), {"a": 0}, None),
    ],
)
def test_one_body(
    fields: dict[str, str], change: Change, data: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    with es.open_store(":memory:", upcasters=Upcasters([upcast("X", 1, fields, change)])) as made:
        store: Any = made
        store.append("x-1", [old("X", data)], es.NO_STREAM)
        wanted = "refused" if expected is None else as_json(expected)
        assert outcome(lambda: as_json(store.read_all()[0].data)) == wanted
        made_by_view = outcome(lambda: store.sql("SELECT data::JSON::VARCHAR FROM events"))
        assert made_by_view is wanted or as_json(json.loads(made_by_view.iloc[0, 0])) == wanted


@pytest.mark.parametrize(
    ("event", "error", "said"),
    [
        (old("MoneyDeposited", {"euros": "1.001", "memo": ""}), UpcasterError, "not whole"),
        (old("MoneyDeposited", {"euros": "much", "memo": ""}), UpcasterError, "no plain number"),
        (
            old("MoneyDeposited", {"amount": 1, "currency": "EUR", "memo": ""}, 4),
            UnknownSchemaVersion,
            "MoneyDeposited has schema version 4; this code knows version 3",
        ),
        (
            old("CashPaidIn", {"cents": 1, "fee": 1, "till": ""}, 2),
            UnknownSchemaVersion,
            "CashPaidIn has schema version 2; this code knows version 1",
        ),
    ],
)
def test_what_the_functions_refuse_the_view_refuses(
    event: es.NewEvent, error: type[Exception], said: str
) -> None:
    with old_bank() as store:
        store.append("account-1", [event], es.NO_STREAM)
        with pytest.raises(error, match=said):
            store.read_all()
        where = "position 1, " if error is UpcasterError else ""
        with pytest.raises(error, match=f"{where}.*{said}"):
            store.sql("SELECT * FROM events")
        with pytest.raises(error, match=f"{where}.*{said}"):
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
    with old_bank() as store:
        store.append("a-1", [old("CashPaidIn", {"cents": 500, "fee": 5, "till": "1"})], es.ANY)
        query = store.newest_events({"amount": "BIGINT"})
        assert query is not None
        frame = store.sql(f"SELECT type, data.amount AS amount FROM ({query}) ORDER BY part")
        assert frame.values.tolist() == [["MoneyDeposited", 500], ["FeeCharged", 5]]
    with es.open_store(":memory:") as plain:
        assert plain.newest_events({"amount": "BIGINT"}) is None


def amounts(store: Any) -> list[int]:
    query = store.newest_events({"amount": "BIGINT"})
    frame = store.sql(f"SELECT data.amount FROM ({query}) ORDER BY position, part")
    return list(frame.iloc[:, 0])


def deposit(euros: str) -> es.NewEvent:
    return old("MoneyDeposited", {"euros": euros, "memo": ""})


def test_a_fold_reads_what_was_stored_since_it_last_looked() -> None:
    with old_bank() as store:
        assert amounts(store) == []
        expected = []
        for euros in range(1, 4):
            store.append("a-1", [deposit(f"{euros}.00")], es.ANY)
            store.append("a-1", [old("CashPaidIn", {"cents": 5, "fee": 1, "till": ""})], es.ANY)
            expected += [euros * 100, 5, 1]
            assert amounts(store) == amounts(store) == expected


def test_a_query_of_before_reads_new_events_and_refuses_old_ones_that_came_after_it() -> None:
    with old_bank() as store:
        store.append("account-1", [deposit("1.00")], es.ANY)
        amounts(store)
        query = es.replay.query("balances", store)
        now = {"to_position": 2**62, "recorded_until": NOON, "occurred_until": NOON}
        new = {"amount": 5, "currency": "EUR", "memo": ""}
        store.append("account-1", [old("MoneyDeposited", new, 3)], es.ANY)
        assert store.sql(query, now)["balance"].tolist() == [105]
        store.append(
            "account-1", [old("InterestPaid", {"cents": 1, "year": "", "quarter": ""})], es.ANY
        )
        with pytest.raises(UpcasterError, match="position 3, InterestPaid: it was stored after"):
            store.sql(query, now)
        assert es.replay.balances(store)["account-1"] == 106


def test_a_fold_up_to_a_body_that_nobody_can_read() -> None:
    with old_bank() as store:
        store.append("account-1", [deposit("1.00"), deposit("one"), deposit("3.00")], es.NO_STREAM)
        for _ in range(2):
            assert es.replay.balances(store, position=1)["account-1"] == 100
            with pytest.raises(UpcasterError, match="position 2, MoneyDeposited version 1: euros"):
                es.replay.balances(store)


AMOUNT = Compute("amount", lambda d: d["money"]["cents"], "{money}.cents::BIGINT")
PAID = Upcasters(
    [
        upcast("Paid", 1, {"amount": "JSON"}, Rename("amount", "money")),
        upcast("Paid", 2, {"money": "JSON"}, AMOUNT, Remove("money"), Rename("amount", "cents")),
        upcast("Paid", 3, {"cents": "BIGINT"}, Rename("cents", "amount")),
    ]
)


@pytest.mark.parametrize("old_data", [{"cents": 7}, {"amount": {"cents": 7}}])
@pytest.mark.parametrize("many", [1, 130_000])
def test_what_other_events_have_under_the_same_name_does_not_matter(
    many: int, old_data: dict[str, Any]
) -> None:
    """The engine casts a field of all events at once, also of those that were not asked for."""
    new: dict[str, list[Any]]
    new = {"stream_id": ["a-2"] * many, "type": ["Paid"] * many, "data": ['{"amount":1}'] * many}
    new |= {"schema_version": [4] * many, "occurred_at": [NOON] * many}
    version = 3 if "cents" in old_data else 1
    with es.open_store(":memory:", upcasters=PAID) as any_store:
        store: Any = any_store
        store.append("a-1", [old("Noted", {"cents": "a lot"})], es.ANY)
        store.append_columns(new)
        assert sum(amounts(store)[1:]) == many
        store.append("a-1", [old("Paid", old_data, version)], es.ANY)
        for _ in range(2):
            assert sum(amounts(store)[1:]) == many + 7


def test_errors_of_the_store_stay_what_they_are() -> None:
    with old_bank() as store, pytest.raises((StoreError, Exception), match="nothing_there"):
        store.sql("SELECT * FROM nothing_there")
