"""Races on a real PostgreSQL: ways to number events and to read them, and what each loses.

Ada, Ben and Cem write, each in a connection of their own, and a reader polls. The store of the kit
holds a lock through the commit; the others are here to be tried, beside what they get wrong.
"""

from __future__ import annotations

import time
import weakref
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from ..errors import InvalidInput, ServerMissing
from ..sql_text import sql_text
from .explorer import Actor, Participant, Scenario, Step, Waits
from .invariants import acknowledged_is_stored, no_overdraft
from .scenarios import ASKED, NAMES, decide, told
from .world import OPENING, Stored, World

if TYPE_CHECKING:
    import psycopg

LOOK_EVERY: Final = 0.002  # seconds, while a statement is neither answered nor known to wait
CALM_WITHIN: Final = 5.0  # seconds that other transactions of the server may still take
ISOLATION_LEVELS: Final = ("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE")


@dataclass(frozen=True)
class Design:
    """How events get their order. `poll` is the SQL file by which a reader asks for what is new."""

    name: str
    poll: str
    horizon: bool = False  # whether the reader stops below the oldest open transaction
    sorts: bool = False  # whether it sorts what one poll has found, by stream and version
    lock: bool = False  # whether writers queue up


BARE_SEQUENCE: Final = Design("bare sequence", "poll_by_position")
HORIZON: Final = Design("horizon, by position", "poll_below_the_horizon", horizon=True)
BY_TRANSACTION: Final = Design("horizon, by transaction", "poll_by_transaction", horizon=True)
SORTED: Final = Design("horizon, by transaction, sorted", "poll_by_transaction", True, sorts=True)
LOCK: Final = Design("lock through commit", "poll_by_position", lock=True)
DESIGNS: Final = (BARE_SEQUENCE, HORIZON, BY_TRANSACTION, SORTED, LOCK)


# --- the world -----------------------------------------------------------------------------------


class Session:
    """A connection of one participant, whose statement may have to wait for another's.

    A statement is sent once, from a thread of the session; whether it waits is asked of the
    server, and never guessed from the time that has passed. So a schedule stays exact.
    """

    def __init__(self, url: str, schema: str, name: str) -> None:
        self.connection = connect(url, schema, name)
        self.pid = self.connection.info.backend_pid
        self.pending: Future[list[tuple[Any, ...]]] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)

    def run(self, world: PostgresWorld, text: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of the last statement in `text`. Raises Waits; the next call then goes on."""
        if self.pending is None:
            self.pending = self._thread.submit(rows_of, self.connection, text, values)
        while not wait([self.pending], timeout=LOOK_EVERY).done:
            if world.waits(self):
                raise Waits
        answered, self.pending = self.pending, None
        return answered.result()

    def let_go(self) -> None:
        """Give up what is still waited for, and end the open transaction, if there is one."""
        if self.pending is not None:
            self.connection.cancel_safe()
            wait([self.pending])
            self.pending = None
        self.connection.rollback()

    def close(self) -> None:
        """End the session; the server rolls back what is open."""
        self._thread.shutdown(cancel_futures=True)
        self.connection.close()


class PostgresWorld(World):
    """A schema of its own on a server, emptied for each run and dropped at the end.

    `read` is what each reader has been handed, as (stream, version), in that order. The counts are
    the same each time on a server where nobody else writes.
    """

    def __init__(self, url: str, design: Design, *, opening: int = 0) -> None:
        """Connect, and make the schema. `opening` is a deposit that is there before a race."""
        super().__init__()
        self.url, self.design, self.opening = url, design, opening
        self.schema = f"race_{uuid4().hex[:12]}"
        self.observer = connect(url, self.schema, "observer")
        self.sessions: dict[str, Session] = {}
        self.observer.execute(f"CREATE SCHEMA {self.schema}")
        rows_of(self.observer, _sql("world"), {})
        self.read: dict[str, list[tuple[str, int]]] = {}
        self.checkpoints: dict[str, dict[str, Any]] = {}
        weakref.finalize(self, _leave, self.observer, self.schema, self.sessions)

    def __call__(self) -> PostgresWorld:
        """This world, as it is before a race: no event, no transaction."""
        self.reset()
        self.read, self.checkpoints = {}, {}
        for session in self.sessions.values():
            session.let_go()
        rows_of(self.observer, _sql("clear"), {})
        if self.opening:
            values = {"stream": "opening", "writer": "opening", "amount": self.opening}
            rows_of(self.observer, _sql("append"), values)
        return self

    def run(self, me: Actor, text: str, **values: Any) -> list[tuple[Any, ...]]:
        """Run SQL in the participant's own connection. Raises Waits, and what psycopg raises."""
        if me.name not in self.sessions:
            self.sessions[me.name] = Session(self.url, self.schema, me.name)
        return self.sessions[me.name].run(self, text, values)

    def waits(self, session: Session) -> bool:
        """Whether the server says that this session waits for another of the race."""
        others = [other.pid for other in self.sessions.values()]
        [(waiting,)] = rows_of(self.observer, _sql("waits"), {"pid": session.pid, "others": others})
        return bool(waiting)

    def poll(self, me: Actor) -> None:
        """Hand the reader what its design shows it behind its checkpoint."""
        if self.design.horizon:
            self._wait_for_strangers()
        at = self.checkpoints.setdefault(me.name, {"position": 0, "xid": "0"})
        found = self.run(me, _sql(self.design.poll), **at)
        if found:
            at["position"], at["xid"] = found[-1][:2]
        if self.design.sorts:
            found = sorted(found, key=lambda row: row[2:])
        self.seen.setdefault(me.name, []).extend(position for position, *_ in found)
        self.read.setdefault(me.name, []).extend((stream, version) for *_, stream, version in found)

    def events(self) -> list[Stored]:
        query = "SELECT position, version, writer, amount FROM events ORDER BY position"
        return [Stored(*row) for row in rows_of(self.observer, query, {})]

    def _wait_for_strangers(self) -> None:
        """Let others on the server finish first: autovacuum, too, holds the horizon back."""
        ours = [session.pid for session in self.sessions.values()]
        until = time.monotonic() + CALM_WITHIN
        while rows_of(self.observer, _sql("strangers"), {"ours": ours}) != [(0,)]:
            if time.monotonic() > until:
                raise InvalidInput("server", "must be one where nobody else writes meanwhile")
            time.sleep(LOOK_EVERY)


def connect(url: str, schema: str, name: str) -> psycopg.Connection[Any]:
    """A connection that begins no transaction by itself; text goes over as it is written.

    Raises ServerMissing where psycopg is not installed, and its OperationalError.
    """
    try:
        import psycopg
    except ModuleNotFoundError as missing:
        raise ServerMissing("PostgreSQL's driver", "psycopg[binary]") from missing

    # Visibility and locks are the race; that a commit waits for the disk would only make it slow.
    options = f"-c search_path={schema} -c synchronous_commit=off -c lock_timeout=30s"
    return psycopg.connect(
        url,
        autocommit=True,
        application_name=name,
        options=options,
        cursor_factory=psycopg.ClientCursor,
    )


def rows_of(
    connection: psycopg.Connection[Any], text: str, values: dict[str, Any]
) -> list[tuple[Any, ...]]:
    """Run one or more statements; the rows of the last."""
    with connection.cursor() as cursor:
        cursor.execute(text.encode(), values)
        cursor.set_result(-1)
        return cursor.fetchall() if cursor.description else []


def _sql(*names: str) -> str:
    return "\n".join(sql_text(f"schedules/postgres_sql/{name}.sql") for name in names)


def _leave(observer: psycopg.Connection[Any], schema: str, sessions: dict[str, Session]) -> None:
    """Drop the schema, if the server still answers."""
    import psycopg

    for session in sessions.values():
        with suppress(psycopg.Error):
            session.let_go()
        session.close()
    with suppress(psycopg.Error):  # where the server is gone, nobody is left to ask
        observer.execute(f"DROP SCHEMA {schema} CASCADE")
    observer.close()


# --- a reader that polls -------------------------------------------------------------------------


def write_something_first(world: PostgresWorld, me: Actor) -> None:
    """Begin, and note the command in an inbox: from here the transaction has its id."""
    world.run(me, "BEGIN;" + _sql("write_first"), writer=me.name)


def begin(world: PostgresWorld, me: Actor) -> None:
    """Begin, and write nothing yet."""
    world.run(me, "BEGIN")


def commit(world: PostgresWorld, me: Actor) -> None:
    """Commit. Only now the writer is told that its event is stored."""
    world.run(me, "COMMIT")
    world.acknowledged.append(me.name)


def roll_back(world: PostgresWorld, me: Actor) -> None:
    """What an error leaves open is rolled back."""
    if me.stopped:
        world.run(me, "ROLLBACK")


def poll(world: PostgresWorld, me: Actor) -> None:
    """Read what is new."""
    world.poll(me)


def appends(stream: str, *, lock: bool) -> Step:
    """Append behind the end of a stream, perhaps under the lock of all writers."""

    def append(world: PostgresWorld, me: Actor) -> None:
        world.run(me, _sql("append"), stream=stream, writer=me.name, amount=10)

    def lock_and_append(world: PostgresWorld, me: Actor) -> None:
        world.run(me, _sql("lock", "append"), stream=stream, writer=me.name, amount=10)

    return lock_and_append if lock else append


def polling(
    url: str,
    design: Design,
    *,
    writers: int = 2,
    one_stream: bool = False,
    writes_first: bool = True,
) -> Scenario:
    """Two or three writers, and a reader that polls once among them and once when all is over.

    With `one_stream` all append to the same one; else Ben has one of his own. With `writes_first`
    a transaction has written something, and so has its id, before it looks where the stream ends.
    Raises ServerMissing without psycopg, and its OperationalError where no server answers.
    """
    streams = ["account-1", "account-1" if one_stream else "account-2", "account-1"]
    first = write_something_first if writes_first else begin
    people = [
        Participant(name, (first, appends(stream, lock=design.lock), commit), roll_back)
        for name, stream in zip(NAMES[:writers], streams, strict=False)
    ]
    about = ["one stream" if one_stream else "two streams"]
    about += [] if writes_first else ["nothing before"]
    return Scenario(
        f"PostgreSQL, {design.name}, {', '.join(about)}",
        (*people, Participant("reader", (poll,))),
        PostgresWorld(url, design),
        (
            ("a reader misses nothing", a_last_poll_finds_the_rest),
            ("each stream in its order", streams_are_read_in_order),
            ("acknowledged = stored", acknowledged_is_stored),
        ),
        stored_and_read,
    )


def a_last_poll_finds_the_rest(world: PostgresWorld) -> str | None:
    """What a reader has not got when all is over and it polls again, it never gets."""
    for reader in [actor for actor in world.actors if actor.name == "reader"]:
        world.poll(reader)
        missed = {event.position for event in world.events()} - set(world.seen.get("reader", []))
        if missed:
            return f"reader never reads {sorted(missed)}"
    return None


def streams_are_read_in_order(world: PostgresWorld) -> str | None:
    """Of each stream a reader has been handed version 1, then 2, then 3."""
    for reader, handed in world.read.items():
        for stream in sorted({stream for stream, _ in handed}):
            versions = [version for where, version in handed if where == stream]
            if versions != sorted(versions):
                return f"{reader} gets versions {versions} of {stream}"
    return None


def stored_and_read(world: PostgresWorld, actors: Sequence[Actor]) -> str:
    """What the writers were told, and what the reader has to suffer."""
    for actor in actors:
        if actor.name == "reader" and actor.error is not None:
            raise actor.error  # a fault of the server or the steps, and no outcome of the race
    said = told(world, actors)
    if a_last_poll_finds_the_rest(world):
        said += "; an event is never read"
    if streams_are_read_in_order(world):
        said += "; a later version is read first"
    return said


# --- a lock that is taken, and then read ---------------------------------------------------------


def read(world: PostgresWorld, me: Actor) -> None:
    """Read the balance of all accounts together."""
    [(me["balance"],)] = world.run(me, _sql("balance"))


def decide_and_insert(world: PostgresWorld, me: Actor) -> None:
    """Decide by what was read, and insert a withdrawal from an account of one's own."""
    decide(me)
    world.run(me, _sql("append"), stream=f"of-{me.name}", writer=me.name, amount=-ASKED)


def condition(url: str, isolation: str, *, writers: int = 2) -> Scenario:
    """A rule over more than one stream: each locks, reads all, decides, inserts and commits.

    No key can help, as each appends to a stream of its own. `isolation` is one of
    ISOLATION_LEVELS. Raises InvalidInput for another.
    """
    if isolation not in ISOLATION_LEVELS:
        raise InvalidInput("isolation", f"must be one of {', '.join(ISOLATION_LEVELS)}")

    def begin_and_lock(world: PostgresWorld, me: Actor) -> None:
        world.run(me, f"BEGIN ISOLATION LEVEL {isolation};" + _sql("lock"))

    steps = (begin_and_lock, read, decide_and_insert, commit)
    return Scenario(
        f"PostgreSQL, lock and then read, {isolation}",
        tuple(Participant(name, steps, roll_back) for name in NAMES[:writers]),
        PostgresWorld(url, BARE_SEQUENCE, opening=OPENING),
        (("no overdraft", no_overdraft), ("acknowledged = stored", acknowledged_is_stored)),
        told,
    )


def built_in(url: str) -> Iterator[Scenario]:
    """Every race of this page with two writers, on the server at `url`.

    One after the other, since each holds connections for as long as somebody has it.
    """
    for design in DESIGNS:
        for one_stream in (False, True):
            yield polling(url, design, one_stream=one_stream)
    yield polling(url, BY_TRANSACTION, one_stream=True, writes_first=False)
    for isolation in ISOLATION_LEVELS:
        yield condition(url, isolation)
