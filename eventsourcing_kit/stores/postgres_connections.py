"""Connections to a PostgreSQL server: as many as threads need, made anew when one has died.

What the server or its library says becomes one of the kit's errors here.
"""

from __future__ import annotations

import os
import re
import selectors
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from psycopg import pq
from psycopg.conninfo import conninfo_to_dict

from ..errors import (
    AppendFailed,
    InvalidInput,
    NotAnEventSchema,
    StoreClosed,
    StoreDropped,
    StoreError,
    StoreExhausted,
    StoreForked,
    StoreFull,
    StoreNotFound,
    StoreReadOnly,
    StoreRefused,
    StoreTooNew,
    StoreUnavailable,
)
from ..sql_text import sql_text
from . import forks
from .protocol import COLUMNS

MOST = 8  # connections of one store; further threads wait for one
FORMAT = 1  # of the tables; see schema.sql
SCHEMA = "bank"  # where the URL names none
MAX_PARTITIONS = 1024
TIME = "timestamp with time zone"
COLUMN_TYPES = ["bigint", "text", "bigint", "uuid", "text", "integer", "json", "json", TIME, TIME]
SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

Connection = psycopg.Connection[tuple[Any, ...]]


def sql(name: str) -> str:
    """The text of one of the files in postgres_sql/."""
    return sql_text(f"stores/postgres_sql/{name}.sql")


def first_line(error: BaseException) -> str:
    """What an error says first; the rest is the statement and where in it."""
    return (str(error).strip() or repr(error)).splitlines()[0]


@dataclass(frozen=True)
class Address:
    """Where a store is: what the library takes, the schema, and a form that shows no password."""

    conninfo: str
    schema: str
    shown: str


def parse(url: str) -> Address:
    """postgresql://user:password@host:port/database?schema=bank, or InvalidInput.

    `schema` is the kit's own; what else stands behind the question mark is the library's.
    """
    parts = urlsplit(url)
    options = parse_qsl(parts.query, keep_blank_values=True)
    schemas = [value for name, value in options if name == "schema"] or [SCHEMA]
    if len(schemas) > 1 or not SCHEMA_NAME.fullmatch(schemas[0]) or schemas[0].startswith("pg_"):
        problem = "must have one schema, of small letters, digits and _, not beginning with pg_"
        raise InvalidInput("url", f"{problem}: {', '.join(schemas)!r}")
    rest = [(name, value) for name, value in options if name != "schema"]
    conninfo = parts._replace(query=urlencode(rest, quote_via=quote)).geturl()
    try:
        given = conninfo_to_dict(conninfo)
    except psycopg.Error as error:
        raise InvalidInput("url", first_line(error)) from None
    place = f"{given.get('host', 'localhost')}:{given.get('port', 5432)}/{given.get('dbname', '')}"
    user = f"{given['user']}@" if "user" in given else ""
    return Address(conninfo, schemas[0], f"postgresql://{user}{place}?schema={schemas[0]}")


class Connections:
    """Those of one store, for any number of threads of one process."""

    def __init__(self, address: Address, read_only: bool) -> None:
        self.address = address
        self._read_only = read_only
        self._process = os.getpid()
        self._closed = False
        self._idle: deque[Connection] = deque()
        self._room = threading.Semaphore(MOST)

    @contextmanager
    def use(self) -> Iterator[Connection]:
        """A connection for this thread alone, on which every statement is its own transaction.

        What is not committed is undone. Raises the named error for whatever goes wrong.
        """
        self.check_usable()
        with self._room:
            connection = self._take()
            try:
                yield connection
            except psycopg.Error as error:
                raise self.named(error) from error
            finally:
                self._give_back(connection)

    def check_usable(self) -> None:
        """Raise StoreForked or StoreClosed if nothing can be done with the store."""
        if os.getpid() != self._process:
            raise StoreForked(self.address.shown, "was open in the parent of this process")
        if self._closed:
            raise StoreClosed(self.address.shown, "is closed")

    def close(self) -> None:
        """Let go of all connections; those in use end when they are given back."""
        if os.getpid() != self._process:
            return  # they are the parent's
        self._closed = True
        while self._idle:
            with suppress(IndexError):
                self._idle.pop().close()

    def _take(self) -> Connection:
        """The one used last, if its server is still there; else a new one."""
        while self._idle:
            with suppress(IndexError):  # another thread may have taken it
                connection = self._idle.pop()
                if not _has_been_left(connection):
                    return connection
                connection.close()
        return self._connect()

    def _give_back(self, connection: Connection) -> None:
        idle = connection.info.transaction_status is pq.TransactionStatus.IDLE
        if idle and not self._closed:
            self._idle.append(connection)
        else:
            connection.close()

    def _connect(self) -> Connection:
        connection = self._open()
        try:
            settings = {
                "name": f"eventsourcing_kit {self.address.schema}",
                "search_path": f"{self.address.schema}, pg_temp",
                "read_only": "on" if self._read_only else "off",
            }
            connection.execute(sql("settings"), settings)
        except psycopg.Error as error:
            connection.close()
            raise self.named(error) from error
        return connection

    def _open(self, is_there: bool = False) -> Connection:
        """A new connection. A server that takes others, and not this one twice, refuses it."""
        try:
            return forks.watch(psycopg.connect(self.address.conninfo, autocommit=True))
        except psycopg.Error as error:
            where, said = self.address.shown, " ".join(str(error).split())
            if pq.PGconn.ping(self.address.conninfo.encode()) != pq.Ping.OK:
                raise StoreUnavailable(where, f"cannot be reached: {said}") from error
            if is_there:
                raise StoreRefused(where, f"is refused: {said}") from error
        return self._open(is_there=True)  # it may have come up this very moment

    def named(self, error: psycopg.Error) -> StoreError:
        """The kit's error for what the server said (its codes: PostgreSQL, appendix A)."""
        state = error.sqlstate or ""
        where, said = self.address.shown, first_line(error)
        kind: type[StoreError]
        if state in {"42P01", "3F000", "42703"}:
            kind = StoreDropped
        elif state == "25006":
            kind = StoreReadOnly
        elif state in {"42501", "28000", "28P01"}:
            kind = StoreRefused
        elif state == "53100":
            kind = StoreFull
        elif state.startswith("53"):
            kind = StoreExhausted
        elif not state or state.startswith(("08", "57", "25P")):
            kind = StoreUnavailable
        else:
            kind = AppendFailed
        return kind(where, f"the server says: {said}")


def _has_been_left(connection: Connection) -> bool:
    """Whether the server has closed it meanwhile: then there is something to read, the end."""
    if connection.closed:
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(connection.fileno(), selectors.EVENT_READ)
        return bool(selector.select(0))


# --- making a store, and knowing one -------------------------------------------------------------


def open_schema(connections: Connections, read_only: bool, partitions: int | None) -> int:
    """See that the schema has an event store, or make one; how many partitions it has."""
    address = connections.address
    with connections.use() as connection, connection.transaction():
        asked = {"schema": address.schema, "types": COLUMN_TYPES}
        found = connection.execute(sql("look"), asked).fetchall()
        if not found and not read_only:
            # Of two who make it at once, one finds it made. Anybody who logs in can hold such a
            # lock, so whoever finds a store does not wait for it.
            connection.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [address.schema])
            found = connection.execute(sql("look"), asked).fetchall()
        tables = {name: tuple(columns) for name, columns, _ in found}
        ours = {name for name, _, is_ours in found if is_ours}
        if not tables and read_only:
            raise StoreNotFound(address.shown, "has no event store")
        if not tables:
            _make(connection, address, partitions or 4)
        elif set(tables) != {"events", "events_head"} or "format" not in tables["events_head"]:
            raise NotAnEventSchema(address.shown, "has a table `events` that is not the kit's")
        [(format_, made)] = connection.execute(
            "SELECT format, partitions FROM events_head"
        ).fetchall()
    if format_ > FORMAT:
        raise StoreTooNew(address.shown, f"has format {format_}; this kit knows {FORMAT}")
    if tables and tables["events"] != COLUMNS:
        raise NotAnEventSchema(address.shown, "has a table `events` with other columns")
    if tables and "events" not in ours:
        raise NotAnEventSchema(address.shown, "has `events` as a view, or with other types")
    if partitions not in (None, made):
        raise InvalidInput("partitions", f"was fixed when the store was made: {made}")
    return int(made)


def check_partitions(partitions: Any) -> int | None:
    """A number from 1 to MAX_PARTITIONS, or None; else InvalidInput."""
    if partitions is not None and (
        type(partitions) is not int or not 1 <= partitions <= MAX_PARTITIONS
    ):
        raise InvalidInput("partitions", f"must be a number from 1 to {MAX_PARTITIONS:,}")
    return partitions


def _make(connection: Connection, address: Address, partitions: int) -> None:
    [(encoding,)] = connection.execute("SHOW server_encoding").fetchall()
    if encoding != "UTF8":
        problem = f"is in a database that keeps text as {encoding}; make one with ENCODING 'UTF8'"
        raise StoreRefused(address.shown, problem)
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {address.schema}")
    connection.execute(sql("schema").format(partitions=partitions))
    for number in range(partitions):
        connection.execute(sql("partition").format(number=number, partitions=partitions))


def drop_schema(url: str) -> None:
    """Remove a store and all that is in it; nothing happens where no server answers."""
    address = parse(url)
    with suppress(psycopg.OperationalError), psycopg.connect(address.conninfo) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {address.schema} CASCADE")
