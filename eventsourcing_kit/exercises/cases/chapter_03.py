"""Cases of chapter 3: a table, the end of a stream, gaps, versions, guards, transactions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
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


def _has_begun(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a transaction is open there; one that is closed has none."""
    asked = "SELECT txid_current()"  # outside of one, each statement is a transaction of its own
    try:
        return connection.execute(asked).fetchone() == connection.execute(asked).fetchone()
    except duckdb.TransactionException:  # it has failed, and nobody has rolled it back
        return True
    except duckdb.ConnectionException:
        return False


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


# More than an INTEGER holds; and versions of two digits, which come before 9 as text.
_deposited = st.integers(1, 500) | st.just(3_000_000_000)
_long = st.lists(_deposited, min_size=10, max_size=12).map(
    lambda amounts: [("account-1", amount) for amount in amounts]
)

TESTS["last_two"] = Compare(
    cases=st.lists(st.tuples(streams, _deposited), max_size=6) | _long,
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
    cases=st.lists(st.tuples(streams, versions | st.just(1_200)), max_size=6, unique=True),
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


# In no order of the alphabet, and one of them twice.
IN_ORDER = ("MoneyWithdrawn", "MoneyDeposited", "MoneyWithdrawn")


def _append_all(answer: Any, appends: Sequence[Append]) -> tuple[list[Any], list[Any]]:
    """What `answer` says to each append, and the table after the last one."""
    said = []
    with _tables(KEYED) as connection:
        connection.begin()
        for stream_id, count, expected in appends:
            types = list(IN_ORDER[:count])
            try:
                said.append(answer(connection, stream_id, types, expected))
            except WrongExpectedVersion as error:
                said.append(f"told: expected {error.expected}, actual {error.actual}")
        if not _has_begun(connection):
            said.append("the transaction of the caller is ended")
        rows = connection.execute("SELECT * FROM events ORDER BY ALL").fetchall()
    return said, rows


TESTS["append_events"] = Compare(
    cases=st.lists(
        st.tuples(
            st.sampled_from(["account-1", "account-2"]),
            st.integers(0, 3),
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
            "type": f"append {', '.join(IN_ORDER[:count]) or 'no event'}",
            "stream_id": stream_id,
            "expected_version": str(expected),
        }
        for stream_id, count, expected in appends
    ],
)

# --- guards --------------------------------------------------------------------------------------

NO_EVENTS = (
    "CREATE TABLE events (version BIGINT PRIMARY KEY, type VARCHAR)",
    "CREATE TABLE guard (refused VARCHAR)",
)
TWO_EVENTS = (*NO_EVENTS, "INSERT INTO events VALUES (1, 'First'), (2, 'Second')")
CHANGES = {
    "insert": "INSERT INTO events SELECT coalesce(max(version), 0) + 1, 'Again' FROM events",
    "update": "UPDATE events SET type = 'Forged'",
    "update no row": "UPDATE events SET type = 'Forged' WHERE version > 100",
    "update the version": "UPDATE events SET version = version + 100",
    "delete": "DELETE FROM events",
    "delete one": "DELETE FROM events WHERE version = 1",
    "truncate": "TRUNCATE events",
}


# Where DuckDB stops reading, if it is one of these, tells what was meant.
TELLING = ("CREATE", "EXECUTE", "OR", "REVOKE", "TRUNCATE")

Changes = tuple[bool, Sequence[str]]  # whether the table is empty at first, and what is tried


def _guarded(guards: str, case: Changes) -> list[Any]:
    """For each change whether it was done, and the events after all of them."""
    empty, changes = case
    with _tables(*(NO_EVENTS if empty else TWO_EVENTS)) as connection:
        try:
            connection.execute(guards)
        except duckdb.ParserException as error:
            if (near := re.search('near "([A-Z]+)"', str(error))) and near[1] in TELLING:
                return [f"nothing is guarded: DuckDB cannot read it at {near[1]}"]
            raise
        said = []
        for change in changes:
            try:
                connection.execute(CHANGES[change])
                said.append(f"{change}: done")
            except duckdb.Error:
                said.append(f"{change}: refused")
        return [*said, connection.execute("FROM events ORDER BY version").fetchall()]


TESTS["append_only"] = Compare(
    cases=st.tuples(
        st.sampled_from([False, False, True]),
        st.lists(st.sampled_from(list(CHANGES)), min_size=1, max_size=4),
    ),
    run=_guarded,
    examples=((False, ["insert", "update"]), (False, ["insert"])),
    max_examples=60,
    events=lambda case: [{"type": change, "statement": CHANGES[change]} for change in case[1]],
    context=lambda case: "the table is empty" if case[0] else "two events are stored",
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


A_RIVAL = "INSERT INTO events VALUES (?, ?, 'Rival')"


class Watched:
    """A connection, or a cursor of one, that keeps what it hands out.

    What nobody closes stays open here, as it would wherever somebody else holds it; otherwise
    Python would free it, and what it has begun with it.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, rival: bool) -> None:
        self._connection, self._rival = connection, rival
        self._handed_out: list[Watched] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def __enter__(self) -> Watched:
        return self

    def __exit__(self, *error: object) -> None:
        self._connection.close()

    def cursor(self) -> Watched:
        """A cursor that is watched as well."""
        self._handed_out.append(Watched(self._connection.cursor(), self._rival))
        return self._handed_out[-1]

    def execute(self, query: Any, parameters: Any = None) -> Any:
        """Execute it; behind the second half a rival takes its place, if there is one."""
        done = self._connection.execute(query, parameters)
        if self._rival and parameters and "TransferReceived" in parameters:
            with suppress(duckdb.Error), self._connection.cursor() as rival:
                rival.execute(A_RIVAL, parameters[:2])  # refused where the half is kept already
        return done

    def left_open(self) -> str:
        """Where a transaction is open still."""
        if _has_begun(self._connection):
            return "db"
        return "a cursor" if any(cursor.left_open() for cursor in self._handed_out) else ""

    def close_all(self) -> None:
        """Close what was handed out."""
        for cursor in self._handed_out:
            cursor.close_all()
            cursor.close()


FINE, CHECKED, RIVALLED = "", "refuses to store TransferReceived", "commits a rival's event first"
Halves = tuple[int, int, int, int, str]  # two versions, the two expected, what goes wrong


def _transfer(answer: Any, case: Halves) -> list[Any]:
    """What `transfer` says, the table after it, and whether somebody else can go on writing."""
    sender, receiver, expected_sender, expected_receiver, trouble = case
    with _tables(NONE_RECEIVED if trouble == CHECKED else KEYED, *NO_DELETE) as connection:
        for stream_id, last in (("account-1", sender), ("account-2", receiver)):
            for version in range(1, last + 1):
                place = [stream_id, version]
                connection.execute("INSERT INTO events VALUES (?, ?, 'Before')", place)
        db = Watched(connection, trouble == RIVALLED)
        try:
            said = answer(db, expected_sender, expected_receiver)
        except WrongExpectedVersion as error:
            said = f"told of {error.stream_id}"
        except duckdb.ConstraintException:
            said = "the error of the database"
        except duckdb.TransactionException:
            if trouble != RIVALLED:
                raise
            said = "the error of the database"
        finally:
            left_open = db.left_open()
            db.close_all()
        if left_open:
            said = f"{said}, and a transaction is left open on {left_open}"
        with connection.cursor() as other:
            seen = other.execute("FROM events ORDER BY ALL").fetchall()
            other.execute("INSERT INTO events VALUES ('account-3', 1, 'After')")
        return [said, seen]


TESTS["transfer"] = Compare(
    cases=st.tuples(*[st.integers(0, 2)] * 4, st.sampled_from([FINE, FINE, CHECKED, RIVALLED]))
    | st.tuples(*[st.integers(0, 2)] * 2, st.sampled_from([CHECKED, RIVALLED])).map(
        lambda case: (*case[:2], *case)
    ),
    run=_transfer,
    examples=((1, 1, 1, 1, FINE), (0, 2, 0, 2, FINE)),
    max_examples=80,
    context=lambda case: (
        f"account-1 is at version {case[0]} and expected at {case[2]}; "
        f"account-2 is at {case[1]} and expected at {case[3]}"
        + (case[4] and f"; the database {case[4]}")
    ),
)

# --- a store from an empty cell ------------------------------------------------------------------

TESTS["own_store"] = OWN_STORE

SETUP = "\n\n".join([KIT, STATEMENTS, APPEND_ONE])

CHAPTER = from_pages(3, "An event store in DuckDB", __name__, TESTS, SETUP)
