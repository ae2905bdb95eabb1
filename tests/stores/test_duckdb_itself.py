"""What chapter 03 says of DuckDB in a sentence, without a cell that shows it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import duckdb
import pytest

PLACE = "INSERT INTO events VALUES ('account-1', ?, ?)"


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as connection:
        connection.execute(
            "CREATE TABLE events (stream_id VARCHAR, version BIGINT, cents BIGINT,"
            " PRIMARY KEY (stream_id, version))"
        )
        yield connection


def test_a_place_that_was_taken_since_the_transaction_began_is_refused_at_the_insert(
    db: duckdb.DuckDBPyConnection,
) -> None:
    ann, ben = db.cursor(), db.cursor()
    ben.begin()
    assert ben.execute("SELECT count(*) FROM events").fetchone() == (0,)
    ann.execute(PLACE, [1, 500])
    assert ben.execute("SELECT count(*) FROM events").fetchone() == (0,), "his view is the old one"
    with pytest.raises(duckdb.ConstraintException):
        ben.execute(PLACE, [1, 700])


def test_a_race_for_a_place_is_lost_at_the_commit(db: duckdb.DuckDBPyConnection) -> None:
    ann, ben = db.cursor(), db.cursor()
    for who in (ann, ben):
        who.begin()
        who.execute(PLACE, [1, 500])
    ann.commit()
    with pytest.raises(duckdb.TransactionException):
        ben.commit()


def test_once_a_statement_has_failed_the_commit_succeeds_and_stores_nothing(
    db: duckdb.DuckDBPyConnection,
) -> None:
    db.begin()
    db.execute(PLACE, [1, 500])
    with pytest.raises(duckdb.ConstraintException):
        db.execute(PLACE, [1, 700])
    db.commit()
    assert db.execute("SELECT count(*) FROM events").fetchone() == (0,)


def test_a_rollback_leaves_a_gap_in_a_sequence(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("CREATE SEQUENCE numbers")
    taken = "SELECT nextval('numbers')"
    assert db.execute(taken).fetchone() == (1,)
    db.begin()
    assert db.execute(taken).fetchone() == (2,)
    db.rollback()
    assert db.execute(taken).fetchone() == (3,)


def test_the_key_does_not_help_to_read_one_stream(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(
        "INSERT INTO events SELECT 'account-' || i % 100, i // 100, 1 FROM range(10000) t(i)"
    )
    plan = db.execute("EXPLAIN SELECT * FROM events WHERE stream_id = 'account-7'").fetchall()
    assert "Sequential Scan" in str(plan)
    assert "Index Scan" not in str(plan)


def test_a_rewrite_of_a_column_passes_the_triggers(db: duckdb.DuckDBPyConnection) -> None:
    db.execute("CREATE TABLE guard (refused VARCHAR)")
    db.execute("CREATE TABLE open_events (version BIGINT, type VARCHAR)")
    db.execute(
        "CREATE TRIGGER no_update BEFORE UPDATE ON open_events"
        " FOR EACH STATEMENT INSERT INTO guard SELECT error('append-only')"
    )
    db.execute("INSERT INTO open_events VALUES (1, 'MoneyDeposited')")
    db.execute("ALTER TABLE open_events ALTER type SET DATA TYPE VARCHAR USING 'Forged'")
    assert db.execute("SELECT type FROM open_events").fetchone() == ("Forged",)
