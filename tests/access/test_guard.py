"""A guarded store: what each method of the protocol gives away, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.access import (
    APPEND,
    EVERY,
    READ,
    Actor,
    Policy,
    Rule,
    guarded,
    tenant_in_name,
)
from eventsourcing_kit.errors import AccessDenied, NotThroughGuard
from eventsourcing_kit.stores.protocol import Write
from eventsourcing_kit.stores.small import SmallStore
from eventsourcing_kit.stores.sql_store import SqlEventStore, in_sql, sql_store
from tests.access.cases import NOBODY, NOON, POLICY, SECRET, TELLER, Spy, deposit, opened
from tests.upcasting.cases import old_bank

COUNTER = Actor("kim", ["counter"])
ALL = Actor("root", ["all"])
Call = Callable[[Any], Any]


def columns(stream_id: str, type_: str = "MoneyDeposited", **more: Any) -> pa.Table:
    rows = {"stream_id": [stream_id], "type": [type_], "data": ['{"amount":1}']}
    return pa.table({**rows, "occurred_at": pa.array([NOON], pa.timestamp("us", "UTC")), **more})


READS: dict[str, list[Call]] = {
    "read_stream": [
        lambda store: store.read_stream("account-2"),
        lambda store: store.read_stream("account-1", backwards=True, limit=1),
        lambda store: store.read_stream("account-2", 2, to_position=9, as_of=NOON + timedelta(1)),
    ],
    "read_category": [lambda store: store.read_category("account")],
    "read_all": [
        lambda store: store.read_all(),
        lambda store: store.read_all(2, 3, as_of=NOON + timedelta(1), by="occurred_at"),
    ],
    "read_matching": [lambda store: store.read_matching(es.Query(["AccountOpened", "NoteTaken"]))],
    "read_columns": [
        lambda store: pa.Table.from_batches(store.read_columns()).to_pylist(),
        lambda store: [rows.to_pylist() for rows in store.read_columns(columns=["data"], batch=2)],
        lambda store: [rows.to_pylist() for rows in store.read_columns(columns=["metadata"])],
    ],
    "catch_up": [lambda store: list(store.catch_up()), lambda store: list(store.catch_up(2, 2))],
    "version": [lambda store: store.version("account-2")],
    "position": [lambda store: store.position()],
    "streams": [lambda store: store.streams()],
}  # fmt: skip
WRITES: dict[str, list[Call]] = {
    "append": [
        lambda store: store.append("account-2", [opened(SECRET)], es.ANY),
        lambda store: store.append("secrets-1", [deposit(1)], es.ANY),
    ],
    "append_many": [lambda store: store.append_many([("account-2", [opened("x")], es.ANY)])],
    "append_columns": [lambda store: store.append_columns(columns("secrets-1"), es.ANY)],
}
METHODS = {name for name in vars(es.EventStore) if not name.startswith("_")}


def numbered(groups: dict[str, list[Call]]) -> list[Any]:
    """The calls, each under the name of its method and a number."""
    return [
        pytest.param(call, id=f"{name} {number}")
        for name, calls in groups.items()
        for number, call in enumerate(calls)
    ]


each_read = pytest.mark.parametrize("read", numbered(READS))
each_call = pytest.mark.parametrize("call", numbered(READS | WRITES))


def test_no_method_of_the_protocol_is_forgotten() -> None:
    assert READS.keys() | WRITES.keys() | {"close"} == METHODS


@each_call
def test_without_a_rule_each_method_is_refused_and_the_store_is_not_asked(
    bank: SqlEventStore, call: Call
) -> None:
    spy = Spy(bank)
    store = guarded(spy, POLICY, NOBODY)
    with pytest.raises(AccessDenied, match="mallory may not"):
        call(store)
    assert spy.calls == []


@each_read
@pytest.mark.parametrize("actor", [TELLER, COUNTER], ids=lambda actor: actor.roles[0])
def test_what_is_masked_or_of_no_rule_comes_through_no_method(
    bank: SqlEventStore, read: Call, actor: Actor
) -> None:
    store = guarded(bank, POLICY, actor)
    assert SECRET in repr([call(bank) for call in READS["read_all"]])
    assert SECRET not in repr(read(store))


@each_read
def test_who_may_see_everything_sees_what_the_store_says(bank: SqlEventStore, read: Call) -> None:
    assert read(guarded(bank, POLICY, ALL)) == read(bank)


@pytest.mark.parametrize(
    "name", sorted({name for name in dir(es.open_store(":memory:")) if name[0] != "_"} - METHODS)
)
def test_nothing_else_of_a_store_is_there_least_of_all_its_sql(
    bank: SqlEventStore, name: str
) -> None:
    store = guarded(bank, POLICY, ALL)
    assert not hasattr(store, name)
    with pytest.raises(NotThroughGuard, match=f"has no '{name}'"):
        getattr(store, name)


def test_it_is_no_store_with_sql_and_who_asks_in_sql_gets_a_copy_of_what_is_seen(
    bank: SqlEventStore,
) -> None:
    store = guarded(bank, POLICY, TELLER)
    with pytest.raises(es.InvalidInput, match="is a Guarded, which has no SQL"):
        sql_store(store)
    for whole in (lambda: es.backup(store, "copy.duckdb"), lambda: es.verify(store)):
        with pytest.raises(es.InvalidInput, match="must be one in DuckDB, not Guarded"):
            whole()
    with in_sql(store) as copy:
        assert SECRET not in copy.sql("FROM events").to_string()
        [row] = copy.sql("SELECT count(*) AS n, max(position) AS head FROM events").to_dict(
            "records"
        )
    assert row == {"n": 8, "head": 9}


def test_a_copy_of_a_guard_is_one(bank: SqlEventStore) -> None:
    twin = copy(guarded(bank, POLICY, TELLER))
    assert SECRET not in repr(twin.read_all())
    with pytest.raises(NotThroughGuard, match="as greta sees it"):
        _ = twin.sql


class TestRefusals:
    def test_a_stream_that_is_there_and_one_that_is_not_are_refused_alike(
        self, bank: SqlEventStore, log: SqlEventStore
    ) -> None:
        said = []
        for name in ("account-2", "account-9"):  # the second one is not there
            spy = Spy(bank)
            store = guarded(spy, POLICY, Actor("1", ["customer"]), log=log)
            with pytest.raises(AccessDenied) as refused:
                store.read_stream(name)
            said.append(str(refused.value).replace(name, "…"))
            assert spy.calls == []  # so it cannot take a different time
        assert said[0] == said[1]
        assert [event.data["subject"] for event in log.read_all()] == ["account-2", "account-9"]

    def test_a_stream_of_hidden_events_looks_like_one_that_is_not_there(
        self, bank: SqlEventStore
    ) -> None:
        bank.append("account-5", [opened("Eve")], 0)
        store = guarded(bank, POLICY, COUNTER)
        for name in ("account-5", "account-9"):
            assert store.read_stream(name) == []
            assert store.version(name) == 0
        assert "account-5" not in store.streams()

    def test_another_tenants_streams_are_refused_whether_they_are_there_or_not(
        self, bank: SqlEventStore
    ) -> None:
        policy = Policy([Rule("a", READ, "account-*")], tenant_of=tenant_in_name)
        bank.append("account-north.1", [deposit(1)], 0)
        bank.append("account-south.1", [deposit(2)], 0)
        store = guarded(bank, policy, Actor("nora", ["a"], tenant="north"))
        assert [event.data["amount"] for event in store.read_all()] == [1]
        assert store.streams() == ["account-north.1"]
        for name in ("account-south.1", "account-south.2"):
            with pytest.raises(AccessDenied):
                store.read_stream(name)


class TestAppending:
    def test_an_append_is_in_the_actors_own_name(self, bank: SqlEventStore) -> None:
        store = guarded(bank, POLICY, TELLER)
        assert store.append("account-3", [deposit(1, actor="greta")], 2).version == 3
        for event in (deposit(1), deposit(1, actor="ada")):
            with pytest.raises(es.InvalidInput, match=r"metadata\.actor: must be 'greta'"):
                store.append("account-3", [event], es.ANY)
            with pytest.raises(es.InvalidInput, match=r"metadata\.actor"):
                store.append_columns(columns("account-3", metadata=[event.metadata_json]), es.ANY)
        assert store.append_columns(columns("account-3", metadata=['{"actor":"greta"}']), 3) == 1
        assert bank.version("account-3") == 4

    def test_a_type_that_no_rule_gives_is_refused_and_so_is_all_beside_it(
        self, bank: SqlEventStore
    ) -> None:
        store = guarded(bank, POLICY, TELLER)
        frozen = es.NewEvent("AccountFrozen", {"reason": "x"}, {"actor": "greta"})
        writes: list[Write] = [
            ("account-3", [deposit(1, actor="greta")], es.ANY),
            ("account-1", [frozen], 3),
        ]
        with pytest.raises(AccessDenied, match="may not append AccountFrozen to 'account-1'"):
            store.append_many(writes)
        rows = pa.concat_tables(
            [columns("account-3", metadata=['{"actor":"greta"}']),
             columns("account-3", "AccountFrozen", metadata=['{"actor":"greta"}'])]
        )  # fmt: skip
        with pytest.raises(AccessDenied):
            store.append_columns(rows, es.ANY)
        assert bank.version("account-3") == 2

    def test_a_decision_on_a_history_with_holes_is_none(self, bank: SqlEventStore) -> None:
        policy = Policy([*POLICY.rules, Rule("counter", "append", "account-*")])
        store = guarded(bank, policy, COUNTER)
        with pytest.raises(AccessDenied, match="may not append at an exact version to"):
            store.append("account-1", [deposit(1, actor="kim")], 3)
        assert store.append("account-1", [deposit(1, actor="kim")], es.ANY).version == 4

    def test_a_mark_of_a_guard_is_not_written_back(self, bank: SqlEventStore) -> None:
        store = guarded(bank, POLICY, ALL)
        seen = guarded(bank, POLICY, TELLER).read_stream("account-2")[0]
        again = es.NewEvent(seen.type, seen.data, seen.metadata)
        with pytest.raises(es.InvalidInput, match="masked_fields"):
            store.append("account-8", [again], 0)
        with pytest.raises(es.InvalidInput, match="masked_fields"):
            store.append_columns(columns("account-8", metadata=[again.metadata_json]))

    def test_who_guesses_what_was_masked_is_not_told_by_a_retry(self, bank: SqlEventStore) -> None:
        """The same event again gives the first answer, so it would say whether a guess is right."""
        policy = Policy([*POLICY.rules, Rule("teller", APPEND, "account-*")])
        store = guarded(bank, policy, TELLER)
        masked = store.read_stream("account-2")[0]
        assert bank.append(
            "account-2", [replace(opened(SECRET), event_id=masked.event_id)], es.ANY
        ).position == 3  # fmt: skip
        for metadata in ({}, {"actor": "greta"}):
            guess = replace(opened(SECRET), metadata=metadata, event_id=masked.event_id)
            with pytest.raises((es.InvalidInput, es.DuplicateEvent)) as said:
                store.append("account-2", [guess], es.ANY)
            wrong = replace(opened("Ada"), metadata=metadata, event_id=masked.event_id)
            with pytest.raises((es.InvalidInput, es.DuplicateEvent)) as also:
                store.append("account-2", [wrong], es.ANY)
            assert str(said.value) == str(also.value)

    def test_a_condition_may_only_ask_what_the_actor_may_read_everywhere(
        self, bank: SqlEventStore
    ) -> None:
        notes = es.AppendCondition(es.Query(["NoteTaken"]), after=0)
        store = guarded(bank, POLICY, TELLER)
        with pytest.raises(AccessDenied, match="on the condition of"):
            store.append("account-3", [deposit(1, actor="greta")], 2, condition=notes)
        with pytest.raises(es.ConditionFailed):
            guarded(bank, POLICY, ALL).append("account-3", [deposit(1)], 2, condition=notes)
        tags = es.AppendCondition(es.Query(tags=["vip"]), after=0)
        policy = Policy([*POLICY.rules, Rule("teller", READ, EVERY, every_tenant=True)])
        with pytest.raises(AccessDenied):  # it may read every type everywhere, and no tags
            guarded(bank, policy, TELLER).append(
                "account-3", [deposit(1, actor="greta")], 2, condition=tags
            )

    def test_what_the_store_refuses_it_refuses_in_its_own_words(self, bank: SqlEventStore) -> None:
        store = guarded(bank, POLICY, TELLER)
        with pytest.raises(es.WrongExpectedVersion):
            store.append("account-3", [deposit(1, actor="greta")], 1)
        with pytest.raises(es.InvalidInput, match="stream_id: is a column"):
            store.append_columns({"type": ["MoneyDeposited"]}, es.ANY)


class TestGaps:
    """Positions and versions stay what they are; what may not be seen leaves holes."""

    def test_a_view_has_holes_and_ends_with_what_is_seen(self, bank: SqlEventStore) -> None:
        store = guarded(bank, POLICY, COUNTER)
        assert [event.position for event in store.read_all()] == [2, 4, 6, 9]
        assert store.position() == 9
        bank.append("secrets-1", [es.NewEvent("NoteTaken", {"text": "x"})], es.ANY)
        assert (store.position(), bank.position()) == (9, 10)
        bank.append("account-1", [deposit(1)], es.ANY)
        assert store.position() == 11

    def test_limits_and_batches_count_what_is_seen(self) -> None:
        with es.open_store(":memory:") as bank:
            for number in range(6):
                bank.append("account-1", [opened("Ada"), deposit(number)], es.ANY)
            store = guarded(bank, POLICY, COUNTER)
            everything = store.read_all()
            query = es.Query(["MoneyDeposited", "AccountOpened"])
            for after, limit in product((0, 1, 6, 12), (1, 2, 5, 9)):
                seen = [event for event in everything if event.position > after]
                assert store.read_all(after, limit) == seen[:limit]
                assert store.read_category("account", after, limit) == seen[:limit]
                assert store.read_matching(query, after, limit) == seen[:limit]
                batches = list(store.catch_up(after, limit))
                assert [event for events in batches for event in events] == seen
                assert all(0 < len(events) <= limit for events in batches)
                pages = store.read_columns(after, limit, columns=["position"])
                positions = [position for rows in pages for position in rows[0].to_pylist()]
                assert positions == [one.position for one in seen[:limit]]

    def test_who_follows_goes_on_from_the_last_seen_position(self, bank: SqlEventStore) -> None:
        store = guarded(bank, POLICY, COUNTER)
        [*_, last] = store.catch_up(batch=1)
        bank.append("account-1", [opened("hidden"), deposit(17)], es.ANY)
        [new] = store.catch_up(last[-1].position)
        assert [event.data["amount"] for event in new] == [17]

    def test_an_event_whose_tags_are_hidden_matches_no_tag(self, bank: SqlEventStore) -> None:
        query = es.Query(tags=["vip"])
        assert guarded(bank, POLICY, TELLER).read_matching(query) == []
        policy = Policy([Rule("teller", READ, "account-*", metadata=["tags"])])
        [found] = guarded(bank, policy, TELLER).read_matching(query)
        assert found.metadata == {"tags": ["vip"]}


class TestOverOtherStores:
    def test_the_small_store_can_be_guarded(self) -> None:
        small: Any = SmallStore(":memory:")
        with guarded(small, POLICY, TELLER) as store:
            store.append("account-1", [deposit(1, SECRET, actor="greta")], es.ANY)
            assert store.read_stream("account-1")[0].data["memo"] == "[masked]"
            assert [len(events) for events in store.catch_up()] == [1]

    def test_events_are_judged_in_the_shapes_in_which_they_are_read(self, tmp_path: Path) -> None:
        """What was one event, and is read as two, may be seen in part."""
        with old_bank(tmp_path / "old.duckdb") as bank:
            old = es.NewEvent("MoneyDeposited", {"euros": "25.00", "memo": SECRET})
            bank.append("account-1", [old], 0)
            [read] = bank.read_all()
            assert read.schema_version > 1
            [seen] = guarded(bank, POLICY, TELLER).read_all()
            assert seen.data == read.data | {"memo": "[masked]"}


def test_a_guard_on_a_guard_shows_what_both_show(bank: SqlEventStore) -> None:
    inner = guarded(bank, POLICY, COUNTER)
    outer = guarded(inner, POLICY, TELLER)
    seen = outer.read_all()
    assert {event.type for event in seen} == {"MoneyDeposited"}
    assert seen[2].metadata == {"masked_fields": ["memo"]}
    assert repr(outer) == f"Guarded(Guarded({bank!r} as kim) as greta)"
