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
from ..slips import Trial
from .own_store import OWN_STORE

TESTS: dict[str, Test] = {}

streams = st.sampled_from(["account-1", "account-2", "account-12"])
versions = st.integers(1, 5)

KEYED = (
    "CREATE TABLE events (stream_id VARCHAR, version BIGINT, type VARCHAR,"
    " PRIMARY KEY (stream_id, version))"
)


SEQUENCES = "SELECT sequence_name FROM duckdb_sequences()"


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
        for (name,) in _database().execute(SEQUENCES).fetchall():
            _database().execute(f'DROP SEQUENCE "{name}"')
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


def _on_table(trial: Trial) -> str | None:
    """What is amiss with a table: its columns, a value it makes up, or one it lets be missing."""
    if trial.got.raised:
        return None
    columns, *right = trial.expected.value
    mine, *told = trial.got.value
    if columns != mine:
        return _on_columns(_named(columns), _named(mine))
    for insert, expected, got in zip(trial.case, right, told, strict=True):
        missing = [name for name, one in zip(_COLUMNS, insert, strict=True) if one is LEFT_OUT]
        if expected == "refused" and got.startswith("stored, with a made-up "):
            name = got.removeprefix("stored, with a made-up ")
            return f"Where an insert leaves out {name}, your table makes one up. Leave out DEFAULT."
        if expected == "refused" and got == "stored" and missing:
            return (
                f"Your table takes an event whose {missing[0]} is NULL. UNIQUE does not forbid it; "
                "NOT NULL does, and so does PRIMARY KEY for its own columns."
            )
    return None


def _named(columns: str) -> dict[str, str]:
    """The types of the columns by their names."""
    listed = columns.removeprefix("columns: ").split(", ")
    return dict(one.split(" ", 1) for one in listed if one)


def _on_columns(right: dict[str, str], mine: dict[str, str]) -> str:
    if missing := [name for name in right if name not in mine]:
        return f"Your table has no column `{missing[0]}`."
    if more := [name for name in mine if name not in right]:
        return f"Your table has a column `{more[0]}` that nobody asked for."
    name = next(name for name in right if right[name] != mine[name])
    return f"`{name}` is {mine[name]} in your table; {right[name]} is asked for."


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
    says=_on_table,
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
        answer = connection.execute(query)
        kinds = [str(kind) for _, kind, *_ in answer.description or ()]
        return [UNCAST] if "VARIANT" in kinds else answer.fetchall()


UNCAST = "the amount is still a VARIANT"


def _on_last_two(trial: Trial) -> str | None:
    """What is amiss with the rows: too many columns, none of the two, other versions."""
    if raised := trial.got.raised:
        return _BELOW_ZERO if "value -" in raised.message else None
    rows = trial.got.value
    if rows == [UNCAST]:
        return "Your amount is still a VARIANT. `data.amount::BIGINT` makes a whole number of it."
    if not trial.expected.value and rows and set(rows[0]) == {None}:
        return (
            "For a stream without events your query gives a row of NULL, and no row is asked for: "
            "an aggregate without GROUP BY always gives one."
        )
    if said := _on_width(trial):
        return said
    right, mine = ([row[0] for row in rows] for rows in (trial.expected.value, rows))
    if right and sorted(right) != sorted(map(_number, mine)):
        return (
            f"Your query gives {_counted(mine)}; the last of account-1 here are {_counted(right)}."
            if len(right) > 1
            else f"Your query gives {_counted(mine)}; account-1 has only version 1 here."
        )
    return None


_BELOW_ZERO = (
    "In a stream of one event you skip less than nothing, which DuckDB refuses. Take two from the "
    "end: `ORDER BY version DESC LIMIT 2`."
)


def _number(version: Any) -> int:
    return version if type(version) is int else 0


def _counted(versions: Sequence[Any]) -> str:
    if not versions:
        return "no row"
    return f"version{'s' * (len(versions) > 1)} {' and '.join(map(str, versions))}"


def _on_width(trial: Trial) -> str | None:
    """Rows with more columns than were asked for, or fewer."""
    if trial.got.raised or not trial.got.value or not trial.expected.value:
        return None
    right, mine = len(trial.expected.value[0]), len(trial.got.value[0])
    return None if right == mine else f"Your rows have {mine} columns; {right} are asked for."


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
    says=_on_last_two,
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


def _on_gaps(trial: Trial) -> str | None:
    """What a wrong row is: there already, behind the last, before the first, of no such stream."""
    if said := _on_width(trial):
        return said
    if trial.got.raised:
        return None
    last: dict[str, int] = {}
    for name, version in trial.case:
        last[name] = max(version, last.get(name, 0))
    for row in (tuple(row) for row in trial.got.value if row not in trial.expected.value):
        if row in trial.case:
            return f"Your query names version {row[1]} of {row[0]}, which is there."
        if type(row[1]) is int and row[0] in last and row[1] > last[row[0]]:
            return (
                f"Your query names version {row[1]} of {row[0]}, whose last is {last[row[0]]}. "
                "What comes behind it is not missing yet."
            )
        if row[1] == 0:
            return "Your query names a version 0. Versions count from 1."
    gone = [row for row in trial.expected.value if row not in trial.got.value]
    if gone:
        return f"Your query does not find version {gone[0][1]} of {gone[0][0]}, which is missing."
    return None


TESTS["find_gaps"] = Compare(
    cases=st.lists(st.tuples(streams, versions | st.just(1_200)), max_size=6, unique=True),
    run=_gaps,
    examples=([("account-1", 1), ("account-1", 3), ("account-2", 1), ("account-2", 3)],),
    max_examples=60,
    says=_on_gaps,
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
                told = answer(connection, stream_id, types, expected)
                said.append(NO_ROW if isinstance(told, duckdb.DuckDBPyConnection) else told)
            except WrongExpectedVersion as error:
                said.append(f"told: expected {error.expected}, actual {error.actual}")
        if not _has_begun(connection):
            said.append(OVER)
        rows = connection.execute("SELECT * FROM events ORDER BY ALL").fetchall()
    return said, rows


NO_ROW = "a cursor, and not what it would fetch"
_ON_ROW = (
    "`fetchone()` gives a row, a tuple of one, and your code takes it for the version. Take it out "
    "of the row: `(version,) = ...`, or `...[0]`."
)
_ON_CURSOR = (
    "`execute` gives a cursor, and your code takes it for the version. `fetchone()` gives the row, "
    "and `[0]` takes the version out of it."
)


def _on_append(trial: Trial) -> str | None:
    """Whether a row or a cursor was taken for the version, or the transaction for its own."""
    if raised := trial.got.raised:
        if "DuckDBPyConnection" in raised.message:
            return _ON_CURSOR
        return _ON_ROW if re.search(r"'?tuple'?|\"tuple\"", raised.message) else None
    said, _ = trial.got.value
    if NO_ROW in said or any("actual <" in str(one) for one in said):
        return _ON_CURSOR
    if any(isinstance(one, tuple) or "actual (" in str(one) for one in said):
        return _ON_ROW
    if OVER in said:
        return (
            "You end the transaction, and it is the caller's, who may want to take all of it back."
        )
    return None


OVER = "the transaction of the caller is ended"

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
    says=_on_append,
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


_ON_GUARDS = {  # words of DuckDB, and what they say here
    "FOR EACH ROW": (
        "Triggers FOR EACH ROW are not in DuckDB yet, and would not do here: an UPDATE of no row "
        "has to be refused as well. `FOR EACH STATEMENT` runs once for each statement."
    ),
    "Recursive trigger": (
        "Your trigger is on `guard`, into which it writes itself. The table to be guarded comes "
        "behind ON: `BEFORE UPDATE ON events`."
    ),
    'near "RULE"': "DuckDB has no rules; CREATE RULE is PostgreSQL's. Here a trigger refuses.",
    'near "RETURNS"': (
        "A function for a trigger to call is PostgreSQL's. In DuckDB a trigger holds its statement "
        "itself: `FOR EACH STATEMENT INSERT INTO guard SELECT error('append-only')`."
    ),
    'near "SELECT"': (
        "A trigger of DuckDB does not run a SELECT by itself. It runs an INSERT, and this one may "
        "select the error: `INSERT INTO guard SELECT error('append-only')`."
    ),
}


def _on_guards(trial: Trial) -> str | None:
    message = trial.got.raised.message if trial.got.raised else ""
    return next((said for words, said in _ON_GUARDS.items() if words in message), None)


TESTS["append_only"] = Compare(
    cases=st.tuples(
        st.sampled_from([False, False, True]),
        st.lists(st.sampled_from(list(CHANGES)), min_size=1, max_size=4),
    ),
    run=_guarded,
    examples=((False, ["insert", "update"]), (False, ["insert"])),
    max_examples=60,
    says=_on_guards,
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


def _on_transfer(trial: Trial) -> str | None:
    """What was left of a transfer that went wrong, or of one that did not."""
    if raised := trial.got.raised:
        closed = "already closed" in raised.message
        return (
            (
                "You closed `db`, which others use too. Close a cursor of your own: "
                "`with db.cursor() as cursor:`."
            )
            if closed
            else None
        )
    told, rows = trial.got.value
    right = trial.expected.value[0]
    told, right, new = (
        str(told),
        str(right),
        [row[0] for row in rows if row[2].startswith("Transfer")],
    )
    if ("account-1", "TransferReceived") in [(row[0], row[2]) for row in rows]:
        return "The types are swapped: `account-1` sent the money, `account-2` received it."
    if len(new) == 1:
        return (
            f"Half a transfer is stored, that of {new[0]}. Neither may be kept before both are "
            "there: one transaction around them, and no commit on the way out of an error."
        )
    if told.startswith("True") and not new:
        return "You say True, and nothing is stored: what is begun has to be committed."
    if " is left open on " in told:
        where = told.partition(" left open on ")[2]
        return (
            f"When this goes wrong, your transaction stays open on {where}. Begin it on a cursor "
            "of your own in a `with` block, which closes it whatever the error is."
        )
    if told == "True" and right != "True":
        return f"You say True, where {right} has to come out: what is refused is not stored later."
    stream = told.removeprefix("told of ")
    if told.startswith("told of ") and told != right and _is_as_expected(stream, trial.case):
        return (
            f"{stream} is where it was expected, and `append_one` was told another version: "
            "`sent_after` is that of account-1, `received_after` that of account-2."
        )
    return None


def _is_as_expected(stream: str, case: Halves) -> bool:
    number = int(stream == "account-2")
    return case[number] == case[number + 2]


TESTS["transfer"] = Compare(
    cases=st.tuples(*[st.integers(0, 2)] * 4, st.sampled_from([FINE, FINE, CHECKED, RIVALLED]))
    | st.tuples(*[st.integers(0, 2)] * 2, st.sampled_from([CHECKED, RIVALLED])).map(
        lambda case: (*case[:2], *case)
    ),
    run=_transfer,
    says=_on_transfer,
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
