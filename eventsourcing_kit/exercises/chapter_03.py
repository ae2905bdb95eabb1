"""Exercises of chapter 3: a table, the end of a stream, gaps, versions, guards, transactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from random import Random
from typing import Any

import duckdb
import hypothesis.strategies as st

from ..errors import WrongExpectedVersion
from ..stores import ANY, NO_STREAM
from .chapter import Chapter
from .compare import Compare
from .exercise import KIT, Exercise, Wrong

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


def _insert_into(create: str, inserts: Sequence[Insert]) -> list[str]:
    """What the table made by `create` says to each insert."""
    with _tables(create) as connection:
        return [_told(connection, insert) for insert in inserts]


def _told(connection: duckdb.DuckDBPyConnection, insert: Insert) -> str:
    try:
        connection.execute(
            "INSERT INTO events (stream_id, version, type, data) VALUES (?, ?, ?, ?)", insert
        )
    except duckdb.ConstraintException:
        return "refused"
    return "stored"


def _inserts(inserts: Iterable[Insert]) -> list[dict[str, Any]]:
    """The inserts as rows of a table that shows them."""
    return [
        {"type": type_, "stream_id": stream_id, "version": version, "data": data}
        for stream_id, version, type_, data in inserts
    ]


def _column(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Values of which one in ten is missing."""
    return st.integers(0, 9).flatmap(lambda n: st.none() if n == 9 else values)


create_table = Exercise(
    name="create_table",
    title="The smallest table that is an event store",
    minutes=5,
    prompt="""Write the `CREATE TABLE` for a table `events` with four columns: `stream_id` and
`type` are text (`VARCHAR`), `version` is a 64-bit integer (`BIGINT`), `data` is `JSON`.

No value may be missing, and each place in a stream can be taken only once: a second event at
version 2 of `account-1` is refused, version 2 of `account-12` is not.""",
    answer="create",
    stub='''create = """
...
"""''',
    hints=(
        "`NOT NULL` behind a column's type refuses a missing value.",
        "Which columns together name one place in one stream? That is the primary key.",
        "A key over two columns stands at the end: `PRIMARY KEY (..., ...)`.",
    ),
    reference='''create = """
CREATE TABLE events (
    stream_id VARCHAR NOT NULL,
    version   BIGINT  NOT NULL,
    type      VARCHAR NOT NULL,
    data      JSON    NOT NULL,
    PRIMARY KEY (stream_id, version)
)
"""''',
    why="""The pair (stream_id, version) is the name of a place. Once it is the key, the database
itself decides every race for that place, whatever the program around it forgets.""",
    wrong_answers=(
        Wrong(
            "Your table has no key. Two writers can both store a version 2 of one stream, and "
            "nobody is told.",
            '''create = """
CREATE TABLE events (
    stream_id VARCHAR NOT NULL, version BIGINT NOT NULL, type VARCHAR NOT NULL, data JSON NOT NULL
)
"""''',
        ),
        Wrong(
            "Your key is version alone, so the whole bank has one first event: when account-1 has "
            "taken version 1, account-2 cannot begin.",
            '''create = """
CREATE TABLE events (
    stream_id VARCHAR NOT NULL, version BIGINT PRIMARY KEY, type VARCHAR NOT NULL,
    data JSON NOT NULL
)
"""''',
        ),
        Wrong(
            "Your key is stream_id alone: that is a table of accounts, with one row for each. A "
            "stream could never have a second event.",
            '''create = """
CREATE TABLE events (
    stream_id VARCHAR PRIMARY KEY, version BIGINT NOT NULL, type VARCHAR NOT NULL,
    data JSON NOT NULL
)
"""''',
        ),
        Wrong(
            "Your key has more than the place. An event of another type still gets a version that "
            "is taken.",
            '''create = """
CREATE TABLE events (
    stream_id VARCHAR NOT NULL, version BIGINT NOT NULL, type VARCHAR NOT NULL,
    data JSON NOT NULL, PRIMARY KEY (stream_id, version, type)
)
"""''',
        ),
        Wrong(
            "INTEGER ends at 2,147,483,647, and version 3,000,000,000 does not fit. 64 bits are "
            "BIGINT.",
            '''create = """
CREATE TABLE events (
    stream_id VARCHAR NOT NULL, version INTEGER NOT NULL, type VARCHAR NOT NULL,
    data JSON NOT NULL, PRIMARY KEY (stream_id, version)
)
"""''',
        ),
        Wrong(
            "Your table takes an event without a type or without data. The key makes only its own "
            "columns NOT NULL.",
            '''create = """
CREATE TABLE events (
    stream_id VARCHAR, version BIGINT, type VARCHAR, data JSON, PRIMARY KEY (stream_id, version)
)
"""''',
        ),
    ),
    test=Compare(
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
        context=lambda inserts: f"{len(inserts)} inserts, one after the other",
    ),
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


last_two = Exercise(
    name="last_two",
    title="The end of a stream",
    minutes=5,
    prompt="""Write a SQL query for the **last two** events of the stream `account-1`, the older
one first. Two columns: `version`, and the amount as `data.amount::BIGINT`. The table `events` has
`stream_id`, `version`, `type` and `data`, in rows of any order. A stream with one event gives one
row, one without gives none.""",
    answer="query",
    stub='''query = """
...
"""''',
    hints=(
        "SQL gives rows in no order that it promises, unless you ask for one.",
        "`ORDER BY version DESC LIMIT 2` finds the two. In which order do they come?",
        "A query can stand in another one: `SELECT ... FROM (...) ORDER BY ...`.",
    ),
    reference='''query = """
SELECT version, amount
FROM (
    SELECT version, data.amount::BIGINT AS amount
    FROM events
    WHERE stream_id = 'account-1'
    ORDER BY version DESC
    LIMIT 2
)
ORDER BY version
"""''',
    why="""From the end backwards, stop after two, then turn them round. A whole stream is read
with `WHERE stream_id = ... ORDER BY version`; the order is part of the question.""",
    wrong_answers=(
        Wrong(
            "You took the first two events. LIMIT keeps what comes first in the order, so to find "
            "the end, order from the end.",
            '''query = """
SELECT version, data.amount::BIGINT FROM events
WHERE stream_id = 'account-1' ORDER BY version LIMIT 2
"""''',
        ),
        Wrong(
            "You found the two, but the newer one comes first. A fold over these would run "
            "backwards.",
            '''query = """
SELECT version, data.amount::BIGINT FROM events
WHERE stream_id = 'account-1' ORDER BY version DESC LIMIT 2
"""''',
        ),
        Wrong(
            "You found the two, and asked for no order. The table gave them as they lie in it.",
            '''query = """
SELECT version, data.amount::BIGINT FROM events
WHERE stream_id = 'account-1'
    AND version > (SELECT max(version) - 2 FROM events WHERE stream_id = 'account-1')
"""''',
        ),
        Wrong(
            "You chose by the beginning of the name, so account-12 came along. A stream is named "
            "by the whole of its id.",
            '''query = """
SELECT version, amount FROM (
    SELECT version, data.amount::BIGINT AS amount FROM events
    WHERE stream_id LIKE 'account-1%' ORDER BY version DESC LIMIT 2
) ORDER BY version
"""''',
        ),
        Wrong(
            "You took the highest version of the whole table. Each stream counts for itself.",
            '''query = """
SELECT version, data.amount::BIGINT FROM events
WHERE stream_id = 'account-1' AND version > (SELECT max(version) - 2 FROM events)
ORDER BY version
"""''',
        ),
    ),
    test=Compare(
        cases=st.lists(st.tuples(streams, st.integers(1, 500)), max_size=6),
        run=_last_two,
        examples=([("account-1", 100), ("account-1", 200)],),
        max_examples=50,
        events=lambda deposits: [
            {"type": "MoneyDeposited", "stream_id": stream_id, "amount": amount}
            for stream_id, amount in deposits
        ],
    ),
)

# --- gaps ----------------------------------------------------------------------------------------


def _gaps(query: str, places: Sequence[tuple[str, int]]) -> list[Any]:
    """The answer of `query` over a table with these places taken."""
    with _tables("CREATE TABLE events (stream_id VARCHAR, version BIGINT)") as connection:
        for place in places:
            connection.execute("INSERT INTO events VALUES (?, ?)", place)
        return connection.execute(query).fetchall()


find_gaps = Exercise(
    name="find_gaps",
    title="Find what is missing",
    minutes=8,
    prompt="""Somebody restored the table `events` (here only `stream_id` and `version`) from a
damaged backup. Write a SQL query that finds every event that is missing: each version from 1 up to
the stream's last that has no row. Two columns, `stream_id` and the missing `version`, ordered by
both. (That the newest events of a stream are missing cannot be seen from the table.)""",
    answer="query",
    stub='''query = """
...
"""''',
    hints=(
        "For each stream, which versions should be there? `range(1, n)` counts from 1 to n - 1.",
        "`unnest(range(1, max(version)))` with GROUP BY stream_id makes a row for each of them.",
        "What should be there and is not: `... EXCEPT SELECT stream_id, version FROM events`.",
    ),
    reference='''query = """
SELECT stream_id, unnest(range(1, max(version))) AS version
FROM events
GROUP BY stream_id
EXCEPT
SELECT stream_id, version
FROM events
ORDER BY stream_id, version
"""''',
    why="""Because versions count without gaps, the table itself says what should be in it. That is
what a gapless number buys: a lost event can be noticed. Positions taken from a sequence do not say
so: there a gap can be harmless.""",
    wrong_answers=(
        Wrong(
            "You looked at neighbours only. What is missing before the first event of a stream has "
            "no neighbour in front of it.",
            '''query = """
SELECT stream_id, unnest(range(before + 1, version)) AS version
FROM (
    SELECT stream_id, version,
        lag(version) OVER (PARTITION BY stream_id ORDER BY version) AS before
    FROM events
)
WHERE before IS NOT NULL
ORDER BY stream_id, version
"""''',
        ),
        Wrong(
            "You named one event for each gap. A gap can be longer than one.",
            '''query = """
SELECT stream_id, before + 1 AS version
FROM (
    SELECT stream_id, version,
        lag(version, 1, 0) OVER (PARTITION BY stream_id ORDER BY version) AS before
    FROM events
)
WHERE version > before + 1
ORDER BY stream_id, version
"""''',
        ),
        Wrong(
            "You took the last version of each gap. A gap can be longer than one.",
            '''query = """
SELECT stream_id, version - 1 AS version
FROM (
    SELECT stream_id, version,
        lag(version, 1, 0) OVER (PARTITION BY stream_id ORDER BY version) AS before
    FROM events
)
WHERE version > before + 1
ORDER BY stream_id, version
"""''',
        ),
        Wrong(
            "You looked one version further than each row that is there. In a gap of two the "
            "second has no row before it, and neither has version 1.",
            '''query = """
SELECT stream_id, version + 1 AS version
FROM events AS here
WHERE version < (SELECT max(version) FROM events WHERE stream_id = here.stream_id)
    AND NOT EXISTS (
        FROM events WHERE stream_id = here.stream_id AND version = here.version + 1
    )
ORDER BY stream_id, version
"""''',
        ),
        Wrong(
            "You counted all streams up to the highest version of the table. Each stream has an "
            "end of its own.",
            '''query = """
SELECT stream_id, version
FROM (SELECT DISTINCT stream_id FROM events)
CROSS JOIN (SELECT unnest(range(1, max(version))) AS version FROM events)
EXCEPT
SELECT stream_id, version FROM events
ORDER BY stream_id, version
"""''',
        ),
    ),
    test=Compare(
        cases=st.lists(st.tuples(streams, versions), max_size=6, unique=True),
        run=_gaps,
        examples=([("account-1", 1), ("account-1", 3), ("account-2", 1), ("account-2", 3)],),
        max_examples=60,
        events=lambda places: [
            {"type": "(a row)", "stream_id": stream_id, "version": version}
            for stream_id, version in places
        ],
    ),
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


append_events = Exercise(
    name="append_events",
    title="Append, if the version is right",
    minutes=8,
    prompt="""Write `append_events(cursor, stream_id, types, expected_version)`. It stores one row
for each of `types` and returns the stream's new version. The table `events` has the columns
`stream_id`, `version` and `type`; `VERSION` and `STORE`, defined above, are the two statements that
you need: `cursor.execute(VERSION, [stream_id]).fetchone()` gives the version as a tuple of one.

`expected_version` is a version, or `es.ANY`, or `es.NO_STREAM` (the stream must have no event yet).
If the stream is not as expected, raise
`es.WrongExpectedVersion(stream_id, expected_version, actual_version)` and store nothing. For no
`types` at all: check just the same, store nothing, and return the version.""",
    answer="append_events",
    setup="\n\n".join([KIT, STATEMENTS]),
    stub="""def append_events(cursor, stream_id, types, expected_version):
    return ...""",
    hints=(
        "First find the stream's version. Then compare, before anything is stored.",
        "Two words need care: `es.ANY` fits always, `es.NO_STREAM` fits at version 0.",
        "Each event stands one above the one before: `for version, type in enumerate(types, ...)`.",
    ),
    reference="""def append_events(cursor, stream_id, types, expected_version):
    (version,) = cursor.execute(VERSION, [stream_id]).fetchone()
    expected = 0 if expected_version is es.NO_STREAM else expected_version
    if expected is not es.ANY and expected != version:
        raise es.WrongExpectedVersion(stream_id, expected_version, version)
    for version, type in enumerate(types, version + 1):
        cursor.execute(STORE, [stream_id, version, type])
    return version""",
    why="""The check is one comparison: *is the stream still where the writer saw it?* It refuses a
version that is too high as well, which means that the writer has read something else. Under a race
the check alone is not enough: behind it stands the primary key.""",
    wrong_answers=(
        Wrong(
            "You refuse only writers who are behind. A writer who expects a version that the "
            "stream has not reached has read something else, and must be told too.",
            """def append_events(cursor, stream_id, types, expected_version):
    (version,) = cursor.execute(VERSION, [stream_id]).fetchone()
    expected = 0 if expected_version is es.NO_STREAM else expected_version
    if expected is not es.ANY and expected < version:
        raise es.WrongExpectedVersion(stream_id, expected_version, version)
    for version, type in enumerate(types, version + 1):
        cursor.execute(STORE, [stream_id, version, type])
    return version""",
        ),
        Wrong(
            "You took NO_STREAM for ANY. It says: I believe I am the first. If the stream has "
            "events, the writer must be told.",
            """def append_events(cursor, stream_id, types, expected_version):
    (version,) = cursor.execute(VERSION, [stream_id]).fetchone()
    if expected_version not in (es.ANY, es.NO_STREAM, version):
        raise es.WrongExpectedVersion(stream_id, expected_version, version)
    for version, type in enumerate(types, version + 1):
        cursor.execute(STORE, [stream_id, version, type])
    return version""",
        ),
        Wrong(
            "`es.NO_STREAM` is a word, and not the number 0: it fits a stream at version 0.",
            """def append_events(cursor, stream_id, types, expected_version):
    (version,) = cursor.execute(VERSION, [stream_id]).fetchone()
    if expected_version is not es.ANY and expected_version != version:
        raise es.WrongExpectedVersion(stream_id, expected_version, version)
    for version, type in enumerate(types, version + 1):
        cursor.execute(STORE, [stream_id, version, type])
    return version""",
        ),
        Wrong(
            "With no types you did not look whether the stream is as expected. A writer who "
            "believes something wrong is told, even if it has nothing to store.",
            """def append_events(cursor, stream_id, types, expected_version):
    (version,) = cursor.execute(VERSION, [stream_id]).fetchone()
    if not types:
        return version
    expected = 0 if expected_version is es.NO_STREAM else expected_version
    if expected is not es.ANY and expected != version:
        raise es.WrongExpectedVersion(stream_id, expected_version, version)
    for version, type in enumerate(types, version + 1):
        cursor.execute(STORE, [stream_id, version, type])
    return version""",
        ),
        Wrong(
            "You stored the events and checked afterwards. Whoever is refused has already written.",
            """def append_events(cursor, stream_id, types, expected_version):
    (before,) = cursor.execute(VERSION, [stream_id]).fetchone()
    version = before
    for version, type in enumerate(types, before + 1):
        cursor.execute(STORE, [stream_id, version, type])
    expected = 0 if expected_version is es.NO_STREAM else expected_version
    if expected is not es.ANY and expected != before:
        raise es.WrongExpectedVersion(stream_id, expected_version, before)
    return version""",
        ),
        Wrong(
            "You return how many events you stored. A writer needs the version at which the stream "
            "now is: it is what the next append expects.",
            """def append_events(cursor, stream_id, types, expected_version):
    (version,) = cursor.execute(VERSION, [stream_id]).fetchone()
    expected = 0 if expected_version is es.NO_STREAM else expected_version
    if expected is not es.ANY and expected != version:
        raise es.WrongExpectedVersion(stream_id, expected_version, version)
    for version, type in enumerate(types, version + 1):
        cursor.execute(STORE, [stream_id, version, type])
    return len(types)""",
        ),
        Wrong(
            "You went by the version of the whole table. Each stream counts for itself.",
            """def append_events(cursor, stream_id, types, expected_version):
    (version,) = cursor.execute("SELECT coalesce(max(version), 0) FROM events").fetchone()
    expected = 0 if expected_version is es.NO_STREAM else expected_version
    if expected is not es.ANY and expected != version:
        raise es.WrongExpectedVersion(stream_id, expected_version, version)
    for version, type in enumerate(types, version + 1):
        cursor.execute(STORE, [stream_id, version, type])
    return version""",
        ),
    ),
    test=Compare(
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
        events=lambda appends: [
            {"type": f"append {count}", "stream_id": stream_id, "expected_version": str(expected)}
            for stream_id, count, expected in appends
        ],
    ),
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


append_only = Exercise(
    name="append_only",
    title="Refuse to change the past",
    minutes=5,
    prompt="""The tables `events` and `guard` are there; `guard` has one column, `refused`. Write
the SQL, one or more statements with a semicolon between them, after which every `UPDATE`, `DELETE`
and `TRUNCATE` of `events` is refused with an error, even one that would touch no row. `INSERT` goes
on working.""",
    answer="guards",
    stub='''guards = """
...
"""''',
    hints=(
        "A trigger is a statement that the database runs before or after another one.",
        "`error('...')` in a SELECT raises. In DuckDB a trigger runs an INSERT; let it insert into "
        "`guard` what a SELECT of `error` gives.",
        "`CREATE TRIGGER name BEFORE UPDATE ON events FOR EACH STATEMENT INSERT INTO guard ...`. "
        "How many of them do you need?",
    ),
    reference='''guards = """
CREATE TRIGGER no_update BEFORE UPDATE ON events
FOR EACH STATEMENT INSERT INTO guard SELECT error('append-only');

CREATE TRIGGER no_delete BEFORE DELETE ON events
FOR EACH STATEMENT INSERT INTO guard SELECT error('append-only');
"""''',
    why="""The statement of the trigger fails, so the one that set it off fails with it. In DuckDB
TRUNCATE is a DELETE without a WHERE, so the second trigger stands in its way too; PostgreSQL wants
a trigger of its own for it. Whoever may drop the trigger or the table gets past all of this.""",
    wrong_answers=(
        Wrong(
            "You refuse UPDATE and forgot DELETE: the whole history can still be thrown away.",
            '''guards = """
CREATE TRIGGER no_update BEFORE UPDATE ON events
FOR EACH STATEMENT INSERT INTO guard SELECT error('append-only')
"""''',
        ),
        Wrong(
            "You refuse DELETE and forgot UPDATE: an event can still be made to say another thing.",
            '''guards = """
CREATE TRIGGER no_delete BEFORE DELETE ON events
FOR EACH STATEMENT INSERT INTO guard SELECT error('append-only')
"""''',
        ),
        Wrong(
            "You refuse INSERT as well. Then it is not append-only, it is a museum.",
            '''guards = """
CREATE TRIGGER no_insert BEFORE INSERT ON events
FOR EACH STATEMENT INSERT INTO guard SELECT error('append-only');
CREATE TRIGGER no_update BEFORE UPDATE ON events
FOR EACH STATEMENT INSERT INTO guard SELECT error('append-only');
CREATE TRIGGER no_delete BEFORE DELETE ON events
FOR EACH STATEMENT INSERT INTO guard SELECT error('append-only')
"""''',
        ),
        Wrong(
            "Your triggers note that somebody changed the past, and let it happen. A guard that "
            "only writes it down has to raise: SELECT error(...).",
            '''guards = """
CREATE TRIGGER no_update BEFORE UPDATE ON events
FOR EACH STATEMENT INSERT INTO guard SELECT 'append-only';
CREATE TRIGGER no_delete BEFORE DELETE ON events
FOR EACH STATEMENT INSERT INTO guard SELECT 'append-only'
"""''',
        ),
    ),
    test=Compare(
        cases=st.lists(st.sampled_from(list(CHANGES)), min_size=1, max_size=4),
        run=_guarded,
        examples=(["insert", "update"], ["insert"]),
        max_examples=40,
        events=lambda changes: [
            {"type": change, "statement": CHANGES[change]} for change in changes
        ],
    ),
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


def _transfer(answer: Any, case: tuple[int, int, int, int, bool]) -> list[Any]:
    """What `transfer` says, the table after it, and whether somebody else can go on writing."""
    sender, receiver, expected_sender, expected_receiver, refuses = case
    with _tables(NONE_RECEIVED if refuses else KEYED) as db:
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


transfer = Exercise(
    name="transfer",
    title="Both halves or neither",
    minutes=8,
    prompt="""Close the case of the half transfer. Write `transfer(db, sent_after, received_after)`:
append `"TransferSent"` to `account-1`, which is expected at version `sent_after`, and
`"TransferReceived"` to `account-2`, expected at `received_after`. Either both are stored or none.

`db` is a DuckDB connection. `append_one(cursor, stream_id, event_type, expected_version)`, defined
above, raises `es.WrongExpectedVersion` if the stream is not as expected, and the database may have
errors of its own: let them all through. Return
`True` when both are stored. Others use `db` too: leave no transaction open.""",
    answer="transfer",
    setup="\n\n".join([KIT, STATEMENTS, APPEND_ONE]),
    stub="""def transfer(db, sent_after, received_after):
    return ...""",
    hints=(
        "Outside a transaction each statement is kept at once, on its own.",
        "`with db.cursor() as cursor:` closes the cursor at the end, and what it has begun and not "
        "committed is rolled back.",
        "`cursor.begin()` before the first append. Where does `cursor.commit()` belong?",
    ),
    reference="""def transfer(db, sent_after, received_after):
    with db.cursor() as cursor:
        cursor.begin()
        append_one(cursor, "account-1", "TransferSent", sent_after)
        append_one(cursor, "account-2", "TransferReceived", received_after)
        cursor.commit()
    return True""",
    why="""One transaction around both appends, one commit behind the second. An error on the way
leaves the block, the cursor is closed, and the first append is gone as if it had never been. This
works because both streams are in one database. Chapter 14 does it where they are not.""",
    wrong_answers=(
        Wrong(
            "Each append is kept on its own, so when the second is refused the first stays: half a "
            "transfer. Begin one transaction before the first and commit it behind the second.",
            """def transfer(db, sent_after, received_after):
    append_one(db, "account-1", "TransferSent", sent_after)
    append_one(db, "account-2", "TransferReceived", received_after)
    return True""",
        ),
        Wrong(
            "You never commit. When the cursor closes, both events are rolled back, and you said "
            "that they were stored.",
            """def transfer(db, sent_after, received_after):
    with db.cursor() as cursor:
        cursor.begin()
        append_one(cursor, "account-1", "TransferSent", sent_after)
        append_one(cursor, "account-2", "TransferReceived", received_after)
    return True""",
        ),
        Wrong(
            "A refusal leaves your transaction open on `db`, and nobody else can begin one there. "
            "Use a cursor of your own in a `with` block, or roll back and raise again.",
            """def transfer(db, sent_after, received_after):
    db.begin()
    append_one(db, "account-1", "TransferSent", sent_after)
    append_one(db, "account-2", "TransferReceived", received_after)
    db.commit()
    return True""",
        ),
        Wrong(
            "After a conflict you roll back, but an error of the database itself leaves your "
            "transaction open on `db`. A `with` block closes it whatever the error is.",
            """def transfer(db, sent_after, received_after):
    db.begin()
    try:
        append_one(db, "account-1", "TransferSent", sent_after)
        append_one(db, "account-2", "TransferReceived", received_after)
    except es.WrongExpectedVersion:
        db.rollback()
        raise
    db.commit()
    return True""",
        ),
        Wrong(
            "You answer False where somebody else was first. False tells nobody why, and is easily "
            "overlooked: let WrongExpectedVersion through.",
            """def transfer(db, sent_after, received_after):
    with db.cursor() as cursor:
        cursor.begin()
        try:
            append_one(cursor, "account-1", "TransferSent", sent_after)
            append_one(cursor, "account-2", "TransferReceived", received_after)
        except es.WrongExpectedVersion:
            return False
        cursor.commit()
    return True""",
        ),
        Wrong(
            "You turned every refusal into False, those of the database too. False tells nobody "
            "why: roll back, and raise again.",
            """def transfer(db, sent_after, received_after):
    with db.cursor() as cursor:
        cursor.begin()
        try:
            append_one(cursor, "account-1", "TransferSent", sent_after)
            append_one(cursor, "account-2", "TransferReceived", received_after)
            cursor.commit()
        except Exception:
            cursor.rollback()
            return False
    return True""",
        ),
        Wrong(
            "You swallow the refusal. Nothing is stored, which is right, but the caller is told "
            "that all went well: let WrongExpectedVersion through.",
            """def transfer(db, sent_after, received_after):
    with db.cursor() as cursor:
        cursor.begin()
        try:
            append_one(cursor, "account-1", "TransferSent", sent_after)
            append_one(cursor, "account-2", "TransferReceived", received_after)
            cursor.commit()
        except es.WrongExpectedVersion:
            cursor.rollback()
    return True""",
        ),
    ),
    test=Compare(
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
    ),
)

CHAPTER = Chapter(
    3,
    "An event store in DuckDB",
    __name__,
    (create_table, last_two, find_gaps, append_events, append_only, transfer),
)
