"""The worlds that races are run in: a small table of events in DuckDB, and the kit's own store."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import duckdb

from ..event import NewEvent
from ..sql_text import sql_text
from ..stores import EventStore, open_engine
from .explorer import Actor

OPENING = 100  # the balance before a race, in whole euros: the money of these races has no cents


@dataclass(frozen=True)
class Stored:
    """An event as a race leaves it. `amount` is what it adds to the balance."""

    position: int
    version: int
    writer: str
    amount: int


@dataclass
class World:
    """What a run leaves behind, for its invariants. Each kind of world fills it in its way.

    `acknowledged` are the writers that were told "stored"; `seen` the positions that each reader
    has read, in that order.
    """

    actors: list[Actor] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    seen: dict[str, list[int]] = field(default_factory=dict)

    def events(self) -> list[Stored]:
        """All events of the race, in order of position."""
        raise NotImplementedError

    def balance(self) -> int:
        """What anybody who reads the events now finds."""
        return sum(event.amount for event in self.events())

    def reset(self) -> None:
        """Forget the run before."""
        self.actors = []
        self.acknowledged = []
        self.seen = {}


class TableWorld(World):
    """A table of events in DuckDB's memory, with or without UNIQUE, made anew for each run."""

    def __init__(self, *, unique: bool) -> None:
        super().__init__()
        self.table = "race_unique" if unique else "race"
        self.connection = duckdb.connect()
        weakref.finalize(self, self.connection.close)
        self.cursors: dict[str, duckdb.DuckDBPyConnection] = {}
        self.lock = Lock()
        self.holder: str | None = None  # of the lock

    def __call__(self) -> TableWorld:
        """This world, as it is before a race."""
        self.reset()
        for cursor in self.cursors.values():
            cursor.close()
        self.cursors = {}
        self.lock, self.holder = Lock(), None  # a run may have died with it
        self.connection.execute(sql_text("schedules/sql/world.sql"))
        self.connection.execute(sql_text(f"schedules/sql/{self.table}.sql"))
        return self

    def cursor(self, me: Actor) -> duckdb.DuckDBPyConnection:
        """The participant's own connection."""
        if me.name not in self.cursors:
            self.cursors[me.name] = self.connection.cursor()
        return self.cursors[me.name]

    def events(self) -> list[Stored]:
        rows = self.connection.execute(
            "SELECT position, version, writer, amount FROM race ORDER BY position, version, writer"
        ).fetchall()
        return [Stored(*row) for row in rows]

    def row_balance(self) -> int:
        """What the row says, for those who keep the account as a row."""
        [(balance,)] = self.connection.execute("SELECT balance FROM row_account").fetchall()
        return int(balance)


class StoreWorld(World):
    """An event store, or one of the kit's own in memory.

    A run has a stream of its own, since none is deleted.
    """

    def __init__(self, store: EventStore | None = None) -> None:
        super().__init__()
        self.store: EventStore = open_engine(":memory:") if store is None else store
        self.runs = 0
        self.start = 0

    def __call__(self) -> StoreWorld:
        """This world, as it is before a race: a new stream, with one deposit."""
        self.reset()
        self.runs += 1
        self.start = self.store.position()
        self.append("opening", OPENING, expected_version=0)
        return self

    @property
    def stream_id(self) -> str:
        return f"account-{self.runs}"

    def append(self, writer: str, amount: int, expected_version: Any) -> None:
        """Append one event for a writer. Raises WrongExpectedVersion."""
        event = NewEvent("BalanceMoved", {"writer": writer, "amount": amount})
        self.store.append(self.stream_id, [event], expected_version)

    def events(self) -> list[Stored]:
        return list(self._stored())

    def _stored(self) -> Iterator[Stored]:
        for event in self.store.read_stream(self.stream_id):
            position = event.position - self.start
            yield Stored(position, event.version, event.data["writer"], event.data["amount"])
