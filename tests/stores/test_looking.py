"""A query looks and does nothing else, and whole numbers stay whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import InvalidQuery
from eventsourcing_kit.stores import SqlEventStore


@pytest.fixture
def store() -> Iterator[SqlEventStore]:
    with es.open_store(":memory:") as store:
        paid = [es.NewEvent("Paid", {"amount": amount}) for amount in (2**53, 1)]
        store.append("account-1", [*paid, es.NewEvent("Noted", {})], 0)
        yield store


@pytest.mark.parametrize(
    "statement",
    [
        "SET GLOBAL TimeZone = 'Asia/Tokyo'",
        "RESET threads",
        "SET VARIABLE x = 1",
        "USE memory",
        "BEGIN",
        "COMMIT",
        "ROLLBACK",
        "CHECKPOINT",
        "VACUUM",
        "ANALYZE",
        "PRAGMA disable_checkpoint_on_shutdown",
        "CALL pragma_version()",
        "ATTACH ':memory:' AS other",
        "DETACH memory",
        "EXPORT DATABASE 'folder'",
        "COPY events TO 'events.csv'",
        "CREATE TEMP TABLE t (x INTEGER)",
        "CREATE VIEW v AS FROM events",
        "DROP TABLE events",
        "ALTER TABLE events ADD COLUMN x INTEGER",
        "INSERT INTO events_guard VALUES ('x')",
        "PREPARE p AS SELECT 1",
        "LOAD json",
        "EXPLAIN ANALYZE INSERT INTO events_guard VALUES ('x')",
        "WITH x AS (INSERT INTO events_guard VALUES ('x') RETURNING *) FROM x",
        "SELECT 1; SELECT 2",
        "",
        "-- nothing",
        "SELEC 1",
        "SELECT nothing FROM events",
        "SELECT error('no')",
        "SELECT 'x'::INTEGER",
        "SELECT $a",
    ],
)
def test_what_does_not_just_look_is_refused_and_leaves_nothing(
    store: SqlEventStore, statement: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidQuery):
        store.sql(statement)
    assert list(tmp_path.iterdir()) == []
    assert len(store.read_all()) == 3
    assert es.verify(store).ok
    assert store.append("account-1", [es.NewEvent("Noted", {})], 3).position == 4
    tables = store.sql("SHOW TABLES")["name"].tolist()
    assert all(name.startswith("events") for name in tables)


@pytest.mark.parametrize(
    "statement",
    ["SELECT 1", "FROM events", "VALUES (1)", "DESCRIBE events", "SHOW TABLES", "EXPLAIN SELECT 1",
     "SUMMARIZE events", "WITH x AS (SELECT 1) FROM x", "SELECT 1;"],
)  # fmt: skip
def test_what_looks_is_answered(store: SqlEventStore, statement: str) -> None:
    assert len(store.sql(statement))


def test_whole_numbers_stay_exact(store: SqlEventStore) -> None:
    frame = store.sql(
        "SELECT sum(data.amount::BIGINT) AS total, sum(data.amount::DECIMAL(38, 0)) AS decimal, "
        "(2::HUGEINT ** 62)::HUGEINT * 1000 AS huge, NULL::HUGEINT AS nothing FROM events"
    )
    assert frame["total"].tolist() == frame["decimal"].tolist() == [2**53 + 1]
    assert str(frame["total"].dtype) == "int64"
    assert frame["huge"].tolist() == [2**62 * 1000]
    assert frame["nothing"].isna().all()
    by_type = store.sql(
        "SELECT type, sum(data.amount::BIGINT) AS total FROM events GROUP BY ALL ORDER BY type"
    )
    assert by_type["total"].isna().tolist() == [True, False]
    assert by_type["total"][1] == 2**53 + 1
    amounts = store.sql("SELECT data.amount::BIGINT AS amount FROM events ORDER BY position")
    assert amounts["amount"][0] == 2**53


def test_columns_of_one_name_and_odd_names_are_kept(store: SqlEventStore) -> None:
    frame = store.sql('SELECT sum(1) AS "a ""b", sum(2) AS "a ""b", 3 AS c')
    assert frame.iloc[0].tolist() == [1, 2, 3]
