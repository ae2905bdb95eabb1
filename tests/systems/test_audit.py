"""The audit trail: every change of a table that is not ours, with who and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from duckdb import DuckDBPyConnection
from hypothesis import given, settings
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.systems import audit


@pytest.fixture
def db() -> Iterator[DuckDBPyConnection]:
    with application() as connection:
        yield connection


def application() -> DuckDBPyConnection:
    """Somebody else's database, watched."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, city VARCHAR, vip BOOLEAN)")
    audit.watch(connection, "customers", "id")
    return connection


def store_of(db: DuckDBPyConnection) -> es.EventStore:
    store = es.open_store(":memory:")
    audit.carry_over(db, store)
    return store


def test_each_change_is_an_event_of_its_row(db: DuckDBPyConnection) -> None:
    db.execute("INSERT INTO customers VALUES (1, 'Bonn', false), (2, 'Ulm', true)")
    db.execute("UPDATE customers SET city = 'Kiel' WHERE id = 1")
    db.execute("DELETE FROM customers WHERE id = 1")
    types = [event.type for event in store_of(db).read_stream("customers-1")]
    assert types == ["RowInserted", "RowUpdated", "RowDeleted"]


def test_an_update_holds_only_what_differs(db: DuckDBPyConnection) -> None:
    db.execute("INSERT INTO customers VALUES (1, 'Bonn', false)")
    db.execute("UPDATE customers SET city = 'Kiel', vip = false")
    _, update = store_of(db).read_stream("customers-1")
    assert update.data == {"before": {"city": "Bonn"}, "after": {"city": "Kiel"}}


def test_who_and_why_come_from_the_session(db: DuckDBPyConnection) -> None:
    db.execute("INSERT INTO customers VALUES (1, 'Bonn', false)")
    db.execute("SET VARIABLE who = 'clerk-7'; SET VARIABLE why = 'letter of 3 May'")
    db.execute("UPDATE customers SET city = 'Kiel'")
    events = store_of(db).read_stream("customers-1")
    assert [event.metadata["actor"] for event in events] == ["unknown", "clerk-7"]
    assert audit.blame(events)["city"] == ("Kiel", "clerk-7", "letter of 3 May")
    assert audit.blame(events)["vip"] == (False, "unknown", "unknown")


def test_what_is_rolled_back_leaves_no_event(db: DuckDBPyConnection) -> None:
    db.execute("BEGIN; INSERT INTO customers VALUES (1, 'Bonn', false); ROLLBACK")
    assert store_of(db).read_all() == []


def test_carrying_over_again_stores_nothing_twice(db: DuckDBPyConnection) -> None:
    db.execute("INSERT INTO customers VALUES (1, 'Bonn', false)")
    store = store_of(db)
    audit.carry_over(db, store)
    db.execute("DELETE FROM customers")
    last = audit.carry_over(db, store, after=1)
    assert (last, len(store.read_all())) == (2, 2)


def test_a_row_that_gets_another_key_ends_and_begins(db: DuckDBPyConnection) -> None:
    db.execute("INSERT INTO customers VALUES (1, 'Bonn', false)")
    db.execute("UPDATE customers SET id = 9")
    events = store_of(db).read_all()
    assert [(event.stream_id, event.type) for event in events[1:]] == [
        ("customers-1", "RowDeleted"),
        ("customers-9", "RowInserted"),
    ]


def test_nobody_decides_in_an_audit_trail() -> None:
    with pytest.raises(es.DomainError):
        audit.row.decide(object(), audit.Row())


@pytest.mark.parametrize(("table", "key"), [("a b", "id"), ("t", "id; DROP TABLE t"), ("", "id")])
def test_names_must_be_plain(table: str, key: str) -> None:
    with duckdb.connect() as db, pytest.raises(es.InvalidInput):
        audit.watch(db, table, key)


KEYS = st.integers(1, 3)
CITIES = st.sampled_from([None, "Bonn", "Kiel", "it's"])
INSERT = "INSERT OR IGNORE INTO customers VALUES (?, ?, ?)"
UPDATE = "UPDATE customers SET city = $2, vip = $3 WHERE id >= $1"
REKEY = (
    "UPDATE customers SET id = 7 - id WHERE id = ? "
    "AND NOT EXISTS (SELECT 1 FROM customers AS other WHERE other.id = 7 - customers.id)"
)
STATEMENT = st.one_of(
    st.tuples(st.sampled_from([INSERT, UPDATE]), KEYS, CITIES, st.booleans()),
    st.tuples(st.sampled_from(["DELETE FROM customers WHERE id = ?", REKEY]), KEYS),
)


@settings(max_examples=30)
@given(st.lists(STATEMENT, max_size=8))
def test_the_rows_can_be_folded_from_their_events(statements: list[tuple[Any, ...]]) -> None:
    with application() as db:
        for sql, *values in statements:
            db.execute(sql, values)
        rows = {key: (city, vip) for key, city, vip in db.execute("FROM customers").fetchall()}
        store = store_of(db)
    folded = {}
    for key in range(1, 7):
        state = es.replay.as_of(store, audit.row, f"customers-{key}", position=10**6)
        if state.row:
            folded[key] = (state.row["city"], state.row["vip"])
    assert folded == rows
