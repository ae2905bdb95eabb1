"""The snapshots themselves, in a DuckDB file beside the events, and loading with their help.

A file of their own, so that nothing that happens to it can touch the events; it can be deleted.
"""

from __future__ import annotations

import hashlib
import os
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import duckdb

from ..errors import (
    SnapshotsClosed,
    SnapshotsLocked,
    SnapshotsUnusable,
    StoreError,
    StoreForked,
    StoreHeld,
    StoreLocked,
    UnfitState,
)
from ..event import Clock, check_name, check_number, check_time, instant, utc_now
from ..sql_text import sql_text
from ..stores import EventStore, forks
from ..stores.looking import look
from ..stores.opening import MEMORY, check_path, check_place, connect, first_line
from ..stores.place import identity
from .fingerprint import fingerprint
from .policy import Moment, Policy
from .replaying import OTHER_HISTORY, Known, Unjoined, replay_tail
from .source import C, E, SnapshotSource

if TYPE_CHECKING:
    import pandas as pd

S = TypeVar("S")

ENDLESS = 2**63 - 1
CANDIDATES = 3  # that are tried before everything is replayed

USED = "used"
NONE = "none there"
DAMAGED = "damaged"
OTHER_FOLD = "of another fold"
OTHER_CODE = "of other code"
UNREADABLE = "the file cannot be read"
TAKEN = "taken"
NOT_TAKEN = "could not be taken"


@dataclass(frozen=True)
class Loaded(Generic[S]):
    """A state and how it came about.

    `version` is the stream's version (the expected_version of the next append), and
    `snapshot_version` that of the snapshot it began with, 0 for none. `replayed` counts the events
    folded on top. `ignored` says why a snapshot that was there was not used. `taken` is True if
    the policy had a new one taken, and `cached` if the state came from an AggregateCache.
    """

    state: S
    version: int
    snapshot_version: int
    replayed: int
    ignored: str = ""
    taken: bool = False
    cached: bool = False


def _loaded(known: Known[S], replayed: int, ignored: str, taken: bool) -> Loaded[S]:
    state, version, snapshot_version = known.state, known.version, known.snapshot_version
    return Loaded(state, version, snapshot_version, replayed, ignored, taken)


class Row(NamedTuple):
    """A snapshot as it is stored. `taken_at` is in microseconds of Unix time."""

    stream_id: str
    version: int
    event_id: UUID
    tag: str
    state: str
    checksum: str
    taken_at: int

    @property
    def is_whole(self) -> bool:
        """Whether the row says what was written."""
        return self.checksum == checksum(*self[:5])


def checksum(*columns: Any) -> str:
    """SHA-256 over the columns, each with its length, so that none can run into the next."""
    texts = [str(column) for column in columns]
    return hashlib.sha256("".join(f"{len(text)}:{text}" for text in texts).encode()).hexdigest()


class Snapshots:
    """The snapshots in a DuckDB file of their own, or in ":memory:". For any number of threads.

    `keep` is how many of each stream and fold are kept, None for all; with two, the one before
    stands in for a newest that is damaged. `counts` says how often a snapshot was used, taken, or
    ignored, and for which reason.

    One process has the file, and may open it any number of times. Raises SnapshotsLocked (a
    StoreLocked) if somebody else has it, SnapshotsUnusable for a file that is not one of snapshots
    or cannot be written, InvalidInput for what is no path, and StoreForked in a forked child.
    """

    # One for all, for two of them may be on one file: two DELETEs of the same rows would conflict.
    _writing = threading.Lock()

    def __init__(
        self, path: str | os.PathLike[str], *, clock: Clock = utc_now, keep: int | None = 2
    ) -> None:
        self.path = check_path(path)
        self.clock = clock
        self.keep = ENDLESS if keep is None else check_number("keep", keep, 1)
        self._counts = Counter[str]()
        self._upcasters: tuple[Any, str] = (None, "")  # the ones seen last, and their fingerprint
        self._process = os.getpid()
        self._place = self.path if self.path == MEMORY else os.path.realpath(self.path)
        self._connection = _open(self._place)
        self._release = weakref.finalize(self, _close, self._connection, self._process)
        _all.add(self)

    def __repr__(self) -> str:
        return f"Snapshots({self.path!r})"

    def __enter__(self) -> Snapshots:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; a second time does nothing. Afterwards SnapshotsClosed is raised."""
        self._release()

    @property
    def counts(self) -> dict[str, int]:
        """How often each thing happened since this object was made."""
        with self._writing:
            return dict(sorted(self._counts.items()))

    def load(
        self,
        store: EventStore,
        source: SnapshotSource[C, E, S],
        stream_id: str,
        *,
        version: int | None = None,
        policy: Policy | None = None,
    ) -> Loaded[S]:
        """The state of a stream: from a snapshot and its tail, else from all of its events.

        With `version`, the state as of then. The policy is asked only where the whole stream is
        loaded; without one nothing is taken. A snapshot that cannot be taken is counted, and does
        not disturb the load. Raises what reading and decoding the events raise.
        """
        known, replayed, ignored = self.find(store, source, stream_id, version=version)
        taken = policy and version is None and self.consider(policy, store, source, known)
        return _loaded(known, replayed, ignored, bool(taken))

    def take(self, store: EventStore, source: SnapshotSource[C, E, S], stream_id: str) -> Loaded[S]:
        """Load a stream and keep its state now; one without events has nothing to keep.

        Raises UnfitState for a state that does not come back from JSON the same, and
        SnapshotsUnusable where the file does not take it.
        """
        known, replayed, ignored = self.find(store, source, stream_id)
        if known.version:
            self._save(self._tag(store, source), source, known)
        return _loaded(known, replayed, ignored, known.version > 0)

    def forget(self, stream_id: str) -> int:
        """Delete all snapshots of a stream, as when a person's data are erased. How many it was."""
        check_name("stream_id", stream_id)
        return self._delete("stream_id = $1", [stream_id])

    def forget_other_code(self, source: SnapshotSource[Any, Any, Any]) -> int:
        """Delete what older (or newer) code left under the fold's name. How many it was."""
        others = "starts_with(tag, $1) AND split_part(tag, '+', 1) != $2"
        return self._delete(others, [f"{source.name}/", source.tag])

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        """The answer to one query of the table `snapshots`, in a read-only transaction.

        Raises InvalidQuery for what is not one SELECT, or does not look.
        """
        with self._cursor() as cursor:
            return look(cursor, query, parameters)

    def faults(self, store: EventStore) -> list[str]:
        """For es.verify: snapshots that are not whole, or of another history than the store's."""
        with self._cursor() as cursor:
            rows = cursor.execute(sql_text("snapshots/sql/all.sql")).fetchall()
        found = []
        for row in map(Row._make, rows):
            there = store.read_stream(row.stream_id, row.version, row.version)
            is_of_it = there and there[0].event_id == row.event_id
            if problem := DAMAGED if not row.is_whole else "" if is_of_it else OTHER_HISTORY:
                where = f"snapshot of {row.stream_id!r} at version {row.version}"
                found.append(f"{where}: {problem}")
        return found

    # --- for load, take and AggregateCache -------------------------------------------------------

    def find(
        self,
        store: EventStore,
        source: SnapshotSource[C, E, S],
        stream_id: str,
        *,
        version: int | None = None,
    ) -> tuple[Known[S], int, str]:
        """What is known of a stream, the events replayed for it, and why a snapshot was ignored."""
        nothing = Known(check_name("stream_id", stream_id), source.decider.initial_state)
        if version is not None and check_number("version", version, 0) == 0:
            return nothing, 0, ""
        reasons = []
        tag = self._tag(store, source)
        for row in self._newest(tag, source, stream_id, version):
            try:
                known, replayed = replay_tail(
                    store, source, self._trusted(tag, source, row), version
                )
            except Unjoined as unusable:
                reasons.append(unusable.reason)
                continue
            self._count(USED, *reasons)
            return known, replayed, "".join(reasons[:1])
        self._count(*reasons or [NONE])
        known, replayed = replay_tail(store, source, nothing, version)
        return known, replayed, "".join(reasons[:1])

    def consider(
        self, policy: Policy, store: EventStore, source: SnapshotSource[C, E, S], known: Known[S]
    ) -> Known[S] | None:
        """Ask the policy, and take a snapshot if it says so: what is known then, or None."""
        age = None if known.taken_at is None else check_time("clock", self.clock()) - known.taken_at
        moment = Moment(known.version, known.snapshot_version, age)
        if not known.version or not policy(moment):
            return None
        try:
            return self._save(self._tag(store, source), source, known)
        except (UnfitState, SnapshotsUnusable):  # it is only a shortcut: the load goes on
            self._count(NOT_TAKEN)
            return None

    def _tag(self, store: EventStore, source: SnapshotSource[Any, Any, Any]) -> str:
        """The fold's tag; and after a "+" that of what makes the events other ones, if anything:
        upcasters, or the rules of a store that somebody sees in part.
        """
        upcasters = getattr(store, "read_through", None) or getattr(store, "upcasters", None)
        if upcasters is None:
            return source.tag
        seen, code = self._upcasters
        if seen is not upcasters:
            code = fingerprint(upcasters)
            self._upcasters = upcasters, code
        return f"{source.tag}+{code}"

    def _newest(
        self, tag: str, source: SnapshotSource[C, E, S], stream_id: str, version: int | None
    ) -> list[Row]:
        parameters = {
            "stream_id": stream_id,
            "version": ENDLESS if version is None else version,
            "tag": tag,
            "name": source.name,
            "candidates": CANDIDATES,
        }
        try:
            with self._working() as cursor:
                rows = cursor.execute(sql_text("snapshots/sql/newest.sql"), parameters).fetchall()
        except SnapshotsUnusable:
            self._count(UNREADABLE)
            return []
        return [Row(*row) for row in rows]

    def _trusted(self, tag: str, source: SnapshotSource[C, E, S], row: Row) -> Known[S]:
        """The state in a row, if the row is whole and of this very fold, else Unjoined."""
        if not row.is_whole:
            raise Unjoined(DAMAGED)
        if row.tag != tag:
            same_name = row.tag.partition("/")[0] == source.name
            raise Unjoined(OTHER_CODE if same_name else OTHER_FOLD)
        try:
            state = source.decode(row.state)
        except Exception:  # of msgspec's, or whatever the state's own classes raise
            raise Unjoined(DAMAGED) from None
        taken_at = instant(row.taken_at)
        return Known(row.stream_id, state, row.version, row.event_id, row.version, taken_at)

    def _save(self, tag: str, source: SnapshotSource[C, E, S], known: Known[S]) -> Known[S]:
        state = source.encode(known.state)
        now = check_time("clock", self.clock())
        values = [known.stream_id, known.version, known.event_id, tag, state]
        prune = {"stream_id": known.stream_id, "tag": tag, "keep": self.keep}
        with self._writing, self._working() as cursor:
            cursor.execute(
                "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)",
                [*values, checksum(*values), now],
            )
            if self.keep < ENDLESS:
                cursor.execute(sql_text("snapshots/sql/prune.sql"), prune)
            self._counts[TAKEN] += 1
        return replace(known, snapshot_version=known.version, taken_at=now)

    def _delete(self, condition: str, parameters: list[str]) -> int:
        with self._writing, self._working() as cursor:
            [(deleted,)] = cursor.execute(
                f"DELETE FROM snapshots WHERE {condition}",  # noqa: S608 - two constants above
                parameters,
            ).fetchall()
        return int(deleted)

    def _count(self, *what: str) -> None:
        with self._writing:
            self._counts.update(what)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if os.getpid() != self._process:
            raise StoreForked(self.path, "was opened in the parent of this process")
        if not self._release.alive:
            raise SnapshotsClosed(self.path, "is closed")
        with forks.watch(self._connection.cursor()) as cursor:  # threads must not share one
            yield cursor

    @contextmanager
    def _working(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor for the kit's own statements: what goes wrong is the file's fault."""
        try:
            with self._cursor() as cursor:
                yield cursor
        except duckdb.Error as error:
            raise SnapshotsUnusable(self.path, f"cannot be used: {first_line(error)}") from error


_all: weakref.WeakSet[Snapshots] = weakref.WeakSet()
_inherited: set[str] = set()  # in a child: what its parent had open when it was forked off


def _forget_in_child() -> None:
    Snapshots._writing = threading.Lock()  # a thread of the parent may have held it
    _inherited.update(one._place for one in _all if one._release.alive and one._place != MEMORY)


forks.in_child(_forget_in_child)


def _close(connection: duckdb.DuckDBPyConnection, process: int) -> None:
    if os.getpid() == process:  # else it is the parent's
        connection.close()


def _open(path: str) -> duckdb.DuckDBPyConnection:
    """A connection to a file that holds snapshots and nothing else; by its real path, so that
    DuckDB knows again what this process has open.
    """
    if path in _inherited:  # the engine would hand out the parent's own, as it was then
        raise StoreForked(path, "was open in the parent of this process")
    file = identity(path)
    places = {one._place for one in _all if one._release.alive} - {path}
    if file is not None and file in map(identity, places):
        raise SnapshotsLocked(path, "is open in this very process under another name")
    try:
        if path != MEMORY:
            check_place(path, read_only=False)
        if file is not None:
            _look_first(path)
        connection = forks.watch(connect(path, read_only=False))
    except SnapshotsUnusable:
        raise
    except StoreLocked as held:
        raise SnapshotsLocked(path, held.problem) from held
    except StoreError as error:
        raise SnapshotsUnusable(path, error.problem) from error
    try:
        if not _holds_snapshots(connection, path):
            connection.execute(sql_text("snapshots/sql/schema.sql"))
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
    except BaseException:
        connection.close()
        raise
    return connection


def _look_first(path: str) -> None:
    """Refuse a file of somebody else's before anything is written into it, be it its own .wal."""
    try:
        with connect(path, read_only=True) as connection:
            _holds_snapshots(connection, path)
    except StoreHeld:  # this process has it already, and shares it
        pass


def _holds_snapshots(connection: duckdb.DuckDBPyConnection, path: str) -> bool:
    """Whether the table is there; False if nothing is. Raises SnapshotsUnusable for all else."""
    try:
        contents = connection.execute(sql_text("snapshots/sql/contents.sql")).fetchall()
        if not contents:
            return False
        if contents != [("main", "snapshots")]:
            raise SnapshotsUnusable(path, "is a database that holds something else")
        columns = [name for name, *_ in connection.execute("DESCRIBE snapshots").fetchall()]
    except duckdb.Error as error:
        raise SnapshotsUnusable(path, f"cannot be used: {first_line(error)}") from error
    if columns != list(Row._fields):
        raise SnapshotsUnusable(path, "is of another version of the kit, or not of the kit")
    return True
