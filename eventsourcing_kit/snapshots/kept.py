"""The snapshots themselves, in a DuckDB file beside the events, and loading with their help.

A file of their own, so that nothing that happens to it can touch the events; it can be deleted.
"""

from __future__ import annotations

import hashlib
import re
import threading
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from uuid import UUID

import duckdb

from ..errors import (
    SnapshotsClosed,
    SnapshotsUnusable,
    StoreLocked,
    UnfitState,
)
from ..event import Clock, check_name, check_time, utc_now
from ..sql_text import sql_text
from ..stores import EventStore
from ..stores.looking import look
from ..stores.protocol import check_number
from .fold import C, E, Fold
from .policy import Moment, Policy
from .replaying import Known, Unjoined, replay_tail

if TYPE_CHECKING:
    import pandas as pd

S = TypeVar("S")

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
    the policy had a new one taken, and `cached` if the state came from an Aggregates' memory.
    """

    state: S
    version: int
    snapshot_version: int
    replayed: int
    ignored: str = ""
    taken: bool = False
    cached: bool = False


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

    Raises StoreLocked if another process has the file, and SnapshotsUnusable for a file that is
    not one of snapshots.
    """

    def __init__(self, path: Any, *, clock: Clock = utc_now, keep: int | None = 2) -> None:
        self.path = str(path)
        self.clock = clock
        self.keep = ENDLESS if keep is None else check_number("keep", keep, 1)
        self._counts = Counter[str]()
        self._writing = threading.Lock()  # two DELETEs of the same rows would conflict
        self._connection = _open(self.path)
        self._release = weakref.finalize(self, self._connection.close)

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
        fold: Fold[C, E, S],
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
        known, replayed, ignored = self.find(store, fold, stream_id, version=version)
        taken = policy is not None and version is None and self.consider(policy, fold, known)
        return Loaded(
            known.state, known.version, known.snapshot_version, replayed, ignored, bool(taken)
        )

    def take(self, store: EventStore, fold: Fold[C, E, S], stream_id: str) -> Loaded[S]:
        """Load a stream and keep its state now; one without events has nothing to keep.

        Raises UnfitState for a state that does not come back from JSON the same.
        """
        known, replayed, ignored = self.find(store, fold, stream_id)
        if known.version:
            self._save(fold, known)
        return Loaded(
            known.state,
            known.version,
            known.snapshot_version,
            replayed,
            ignored,
            taken=known.version > 0,
        )

    def forget(self, stream_id: str) -> int:
        """Delete all snapshots of a stream, as when a person's data are erased. How many it was."""
        check_name("stream_id", stream_id)
        return self._delete("stream_id = $1", [stream_id])

    def forget_other_code(self, fold: Fold[Any, Any, Any]) -> int:
        """Delete what older (or newer) code left under the fold's name. How many it was."""
        return self._delete("starts_with(tag, $1) AND tag != $2", [f"{fold.name}/", fold.tag])

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        """The answer to one query of the table `snapshots`, in a read-only transaction."""
        with self._cursor() as cursor:
            return look(cursor, query, parameters)

    # --- for load, take and Aggregates -----------------------------------------------------------

    def find(
        self,
        store: EventStore,
        fold: Fold[C, E, S],
        stream_id: str,
        *,
        version: int | None = None,
    ) -> tuple[Known[S], int, str]:
        """What is known of a stream, the events replayed for it, and why a snapshot was ignored."""
        nothing = Known(check_name("stream_id", stream_id), fold.decider.initial_state)
        if version is not None and check_number("version", version, 0) == 0:
            return nothing, 0, ""
        reasons = []
        for row in self._newest(fold, stream_id, version):
            try:
                known, replayed = replay_tail(store, fold, self._trusted(fold, row), version)
            except Unjoined as unusable:
                reasons.append(unusable.reason)
                continue
            self._count(USED, *reasons)
            return known, replayed, "".join(reasons[:1])
        self._count(*reasons or [NONE])
        known, replayed = replay_tail(store, fold, nothing, version)
        return known, replayed, "".join(reasons[:1])

    def consider(self, policy: Policy, fold: Fold[C, E, S], known: Known[S]) -> Known[S] | None:
        """Ask the policy, and take a snapshot if it says so: what is known then, or None."""
        age = None if known.taken_at is None else check_time("clock", self.clock()) - known.taken_at
        moment = Moment(known.version, known.snapshot_version, age)
        if not known.version or not policy(moment):
            return None
        try:
            return self._save(fold, known)
        except (UnfitState, duckdb.Error):  # it is only a shortcut: the load goes on
            self._count(NOT_TAKEN)
            return None

    def _newest(self, fold: Fold[C, E, S], stream_id: str, version: int | None) -> list[Row]:
        parameters = {
            "stream_id": stream_id,
            "version": ENDLESS if version is None else version,
            "tag": fold.tag,
            "name": fold.name,
            "candidates": CANDIDATES,
        }
        try:
            with self._cursor() as cursor:
                rows = cursor.execute(sql_text("snapshots/sql/newest.sql"), parameters).fetchall()
        except duckdb.Error:
            self._count(UNREADABLE)
            return []
        return [Row(*row) for row in rows]

    def _trusted(self, fold: Fold[C, E, S], row: Row) -> Known[S]:
        """The state in a row, if the row is whole and of this very fold, else Unjoined."""
        if not row.is_whole:
            raise Unjoined(DAMAGED)
        if row.tag != fold.tag:
            same_name = row.tag.partition("/")[0] == fold.name
            raise Unjoined(OTHER_CODE if same_name else OTHER_FOLD)
        try:
            state = fold.decode(row.state)
        except ValueError:  # msgspec's own errors are of this kind
            raise Unjoined(DAMAGED) from None
        taken_at = EPOCH + timedelta(microseconds=row.taken_at)
        return Known(row.stream_id, state, row.version, row.event_id, row.version, taken_at)

    def _save(self, fold: Fold[C, E, S], known: Known[S]) -> Known[S]:
        state = fold.encode(known.state)
        now = check_time("clock", self.clock())
        values = [known.stream_id, known.version, known.event_id, fold.tag, state]
        prune = {"stream_id": known.stream_id, "tag": fold.tag, "keep": self.keep}
        with self._writing, self._cursor() as cursor:
            cursor.execute(
                "INSERT INTO snapshots VALUES (?, ?, ?, ?, ?, ?, ?)",
                [*values, checksum(*values), now],
            )
            if self.keep < ENDLESS:
                cursor.execute(sql_text("snapshots/sql/prune.sql"), prune)
            self._counts[TAKEN] += 1
        return replace(known, snapshot_version=known.version, taken_at=now)

    def _delete(self, condition: str, parameters: list[str]) -> int:
        with self._writing, self._cursor() as cursor:
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
        if not self._release.alive:
            raise SnapshotsClosed(self.path, "is closed")
        with self._connection.cursor() as cursor:  # threads must not share a connection
            yield cursor


def _open(path: str) -> duckdb.DuckDBPyConnection:
    """A connection to a file that holds snapshots and nothing else."""
    try:
        connection = duckdb.connect(path)
    except duckdb.Error as error:
        problem = (str(error).splitlines() or [""])[0]
        if holder := re.search(r"PID \d+", str(error)):
            raise StoreLocked(path, f"is open in another process ({holder[0]})") from error
        raise SnapshotsUnusable(path, f"cannot be opened: {problem}") from error
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: duckdb.DuckDBPyConnection, path: str) -> None:
    """Make the table in a new file; see that an old one has it, as this kit knows it."""
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    tables = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    if not tables:
        connection.execute(sql_text("snapshots/sql/schema.sql"))
    elif tables != {"snapshots"}:
        raise SnapshotsUnusable(path, "is a database that holds something else")
    columns = [name for name, *_ in connection.execute("DESCRIBE snapshots").fetchall()]
    if columns != list(Row._fields):
        raise SnapshotsUnusable(path, "is of another version of the kit")
