"""Cases of chapter 3: a table, the end of a stream, gaps, versions, guards, transactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from random import Random
from typing import Any

import duckdb
import hypothesis.strategies as st

from ...errors import WrongExpectedVersion
from ...stores import ANY, NO_STREAM
from .. import KIT, Compare, Test, from_pages
from .own_store import OWN_STORE

TESTS: dict[str, Test] = {}

streams = st.sampled_from(["account-1", "account-2", "account-12"])
versions = st.integers(1, 5)

KEYED = (
    "CREATE TABLE events (stream_id VARCHAR, version BIGINT, type VARCHAR,"
    " PRIMARY KEY (stream_id, version))"
)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@contextmanager
def _tables(*statements: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the tables that these statements make, and no other.

    It is used again and again: making one takes 25 ms, and the search wants hundreds.
    """
    try:
        for (table,) in _database().execute("SHOW TABLES").fetchall():
            _database().execute(f'DROP TABLE "{table}"')
    except duckdb.Error:  # an answer has left something behind that is no table
        _database.cache_clear()
    with _database().cursor() as connection:
        for statement in statements:
            connection.execute(statement)
        yield connection


# --- the table -----------------------------------------------------------------------------------

Insert = tuple[str | None, int | None, str | None, str | None]
LEFT_OUT = None  # a value that is missing: the insert says NULL, or does not name the column


def _insert_into(create: str, inserts: Sequence[Insert]) -> list[str]:
    """What the table made by `create` is, and what it says to each insert."""
    with _tables(create) as connection:
        about = connection.execute("SELECT * FROM events LIMIT 0").description or ()
        made = sorted(f"{name} {kind}" for name, kind, *_ in about)
        told = [_told(connection, insert) for insert in inserts]
        return [f"columns: {', '.join(made)}", *told]


def _told(connection: duckdb.DuckDBPyConnection, insert: Insert) -> str:
    """Whether the row is stored; a value that is missing is tried as NULL and left out."""
    row = dict(zip(_COLUMNS, insert, strict=True))
    given = {name: value for name, value in row.items() if value is not LEFT_OUT}
    missing = ", ".join(name for name in row if name not in given)
    if _stored(connection, row):
        return "stored"
    if given and missing and _stored(connection, given):
        return f"stored, with a made-up {missing}"
    return "refused"


def _stored(connection: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> bool:
    names, places = ", ".join(row), ", ".join("?" * len(row))
    statement = f"INSERT INTO events ({names}) VALUES ({places})"  # noqa: S608 - names of ours
    try:
        connection.execute(statement, list(row.values()))
    except duckdb.ConstraintException:
        return False
    return True


_COLUMNS = ("stream_id", "version", "type", "data")


def _inserts(inserts: Iterable[Insert]) -> list[dict[str, Any]]:
    """The inserts as rows of a table that shows them."""
    return [
        {"type": type_, "stream_id": stream_id, "version": version, "data": data}
        for stream_id, version, type_, data in inserts
    ]


def _how_many(inserts: Sequence[Insert]) -> str:
    if not inserts:
        return "no insert: the table is only created"
    return "1 insert" if len(inserts) == 1 else f"{len(inserts)} inserts, one after the other"


def _column(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of which one in ten is missing."""
    return st.integers(0, 9).flatmap(lambda n: st.none() if n == 9 else values)


TESTS["create_table"] = Compare(
    cases=st.lists(
        st.tuples(
            _column(streams),
            _column(st.sampled_from([1, 1, 2, 2, 3, 3_000_000_000])),
            _column(st.sampled_from(["MoneyDeposited", "MoneyWithdrawn"])),
            _column(st.just('{"amount":1}')),
        ),
        max_size=6,
    ),
    run=_insert_into,
    examples=(
        [
            ("account-1", 1, "MoneyDeposited", '{"amount":1}'),
            ("account-1", 2, "MoneyDeposited", '{"amount":1}'),
            ("account-2", 1, "MoneyDeposited", '{"amount":1}'),
        ],
    ),
    max_examples=60,
    events=_inserts,
    context=_how_many,
)

# --- reading -------------------------------------------------------------------------------------


Deposit = tuple[str, int]  # stream_id, amount
SHUFFLED = "CREATE TABLE events (stream_id VARCHAR, version BIGINT, type VARCHAR, data VARIANT)"


def _last_two(query: str, deposits: Sequence[Deposit]) -> list[Any]:
    """The answer of `query`, in a table whose rows do not happen to lie in order of version."""
    versions: Counter[str] = Counter()
    rows = []
    for stream_id, amount in deposits:
        versions[stream_id] += 1
        rows.append([stream_id, versions[stream_id], "MoneyDeposited", f'{{"amount":{amount}}}'])
    Random(sum(amount for _, amount in deposits)).shuffle(rows)
    with _tables(SHUFFLED) as connection:
        for row in rows:
            connection.execute("INSERT INTO events VALUES (?, ?, ?, ?::JSON::VARIANT)", row)
        return connection.execute(query).fetchall()


TESTS["last_two"] = Compare(
    cases=st.lists(st.tuples(streams, st.integers(1, 500)), max_size=6),
    run=_last_two,
    examples=([("account-1", 100), ("account-1", 200)],),
    max_examples=50,
    events=lambda deposits: [
        {"type": "MoneyDeposited", "stream_id": stream_id, "amount": amount}
        for stream_id, amount in deposits
    ],
)

# --- gaps ----------------------------------------------------------------------------------------


def _gaps(query: str, places: Sequence[tuple[str, int]]) -> list[Any]:
    """The answer of `query` over a table with these places taken."""
    with _tables("CREATE TABLE events (stream_id VARCHAR, version BIGINT)") as connection:
        for place in places:
            connection.execute("INSERT INTO events VALUES (?, ?)", place)
        return connection.execute(query).fetchall()


TESTS["find_gaps"] = Compare(
    cases=st.lists(st.tuples(streams, versions), max_size=6, unique=True),
    run=_gaps,
    examples=([("account-1", 1), ("account-1", 3), ("account-2", 1), ("account-2", 3)],),
    max_examples=60,
    events=lambda places: [
        {"type": "(a row)", "stream_id": stream_id, "version": version}
        for stream_id, version in places
    ],
)

# --- the expected version ------------------------------------------------------------------------

Append = tuple[str, int, Any]  # stream_id, how many events, what is expected

STATEMENTS = """STORE = "INSERT INTO events VALUES (?, ?, ?)"
VERSION = "SELECT coalesce(max(version), 0) FROM events WHERE stream_id = ?"
"""


def _append_all(answer: Any, appends: Sequence[Append]) -> tuple[list[Any], list[Any]]:
    """What `answer` says to each append, and the table after the last one."""
    said = []
    with _tables(KEYED) as connection:
        for stream_id, count, expected in appends:
            types = ["MoneyDeposited"] * count
            try:
                said.append(answer(connection, stream_id, types, expected))
            except WrongExpectedVersion as error:
                said.append(f"told: expected {error.expected}, actual {error.actual}")
        rows = connection.execute("SELECT * FROM events ORDER BY ALL").fetchall()
    return said, rows


TESTS["append_events"] = Compare(
    cases=st.lists(
        st.tuples(
            st.sampled_from(["account-1", "account-2"]),
            st.integers(0, 2),
            st.sampled_from([ANY, NO_STREAM]) | st.integers(0, 3),
        ),
        max_size=4,
    ),
    run=_append_all,
    examples=([("account-1", 2, NO_STREAM), ("account-1", 1, 2), ("account-1", 1, 1)],),
    max_examples=80,
    parts=("what your function answered, call by call", "the rows of the table afterwards"),
    events=lambda appends: [
        {
            "type": f"append {count or 'no'} event{'s' * (count != 1)}",
            "stream_id": stream_id,
            "expected_version": str(expected),
        }
        for stream_id, count, expected in appends
    ],
)

# --- guards --------------------------------------------------------------------------------------

TWO_EVENTS = (
    "CREATE TABLE events (version BIGINT PRIMARY KEY, type VARCHAR)",
    "INSERT INTO events VALUES (1, 'First'), (2, 'Second')",
    "CREATE TABLE guard (refused VARCHAR)",
)
CHANGES = {
    "insert": "INSERT INTO events SELECT coalesce(max(version), 0) + 1, 'Again' FROM events",
    "update": "UPDATE events SET type = 'Forged'",
    "update no row": "UPDATE events SET type = 'Forged' WHERE version > 100",
    "delete": "DELETE FROM events",
    "delete one": "DELETE FROM events WHERE version = 1",
    "truncate": "TRUNCATE events",
}


def _guarded(guards: str, changes: Sequence[str]) -> list[Any]:
    """For each change whether it was done, and the events after all of them."""
    with _tables(*TWO_EVENTS, guards) as connection:
        said = []
        for change in changes:
            try:
                connection.execute(CHANGES[change])
                said.append(f"{change}: done")
            except duckdb.Error:
                said.append(f"{change}: refused")
        return [*said, connection.execute("FROM events ORDER BY version").fetchall()]


TESTS["append_only"] = Compare(
    cases=st.lists(st.sampled_from(list(CHANGES)), min_size=1, max_size=4),
    run=_guarded,
    examples=(["insert", "update"], ["insert"]),
    max_examples=40,
    events=lambda changes: [{"type": change, "statement": CHANGES[change]} for change in changes],
)

# --- both or neither -----------------------------------------------------------------------------

APPEND_ONE = '''def append_one(cursor, stream_id, event_type, expected_version):
    """Store one event, or raise es.WrongExpectedVersion."""
    (version,) = cursor.execute(VERSION, [stream_id]).fetchone()
    if version != expected_version:
        raise es.WrongExpectedVersion(stream_id, expected_version, version)
    cursor.execute(STORE, [stream_id, version + 1, event_type])
'''


NONE_RECEIVED = KEYED.replace("type VARCHAR", "type VARCHAR CHECK (type <> 'TransferReceived')")


NO_DELETE = (
    "CREATE TABLE guard (refused VARCHAR)",
    "CREATE TRIGGER no_delete BEFORE DELETE ON events "
    "FOR EACH STATEMENT INSERT INTO guard SELECT error('append-only')",
)


def _transfer(answer: Any, case: tuple[int, int, int, int, bool]) -> list[Any]:
    """What `transfer` says, the table after it, and whether somebody else can go on writing."""
    sender, receiver, expected_sender, expected_receiver, refuses = case
    with _tables(NONE_RECEIVED if refuses else KEYED, *NO_DELETE) as db:
        for stream_id, last in (("account-1", sender), ("account-2", receiver)):
            for version in range(1, last + 1):
                db.execute("INSERT INTO events VALUES (?, ?, 'Before')", [stream_id, version])
        try:
            said = answer(db, expected_sender, expected_receiver)
        except WrongExpectedVersion as error:
            said = f"told of {error.stream_id}"
        except duckdb.ConstraintException:
            said = "the error of the database"
        try:
            db.begin()
            db.rollback()
        except duckdb.TransactionException:
            said = f"{said}, and a transaction is left open"
        with db.cursor() as other:
            seen = other.execute("FROM events ORDER BY ALL").fetchall()
            other.execute("INSERT INTO events VALUES ('account-3', 1, 'After')")
        return [said, seen]


TESTS["transfer"] = Compare(
    cases=st.tuples(*[st.integers(0, 2)] * 4, st.sampled_from([False, False, True])),
    run=_transfer,
    examples=((1, 1, 1, 1, False), (0, 2, 0, 2, False)),
    max_examples=60,
    context=lambda case: (
        f"account-1 is at version {case[0]} and expected at {case[2]}; "
        f"account-2 is at {case[1]} and expected at {case[3]}"
        + "; the database refuses to store TransferReceived"
        * case[4]
    ),
)

# --- a store from an empty cell ------------------------------------------------------------------

TESTS["own_store"] = OWN_STORE

SETUP = "\n\n".join([KIT, STATEMENTS, APPEND_ONE])

CHAPTER = from_pages(3, "An event store in DuckDB", __name__, TESTS, SETUP)
