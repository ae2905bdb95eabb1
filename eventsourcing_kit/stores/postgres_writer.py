"""How the PostgreSQL store appends: what waits is checked, numbered and stored in one commit.

Where the store and its streams end is remembered, as for DuckDB; but here others may write, too.
So a batch that was numbered by memory says where it believes that the store ends, and its one
statement stores nothing if that has changed. Whatever memory cannot answer (a conflict, a retry, a
condition, another writer) is decided anew on what is stored, with the head locked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from ..errors import ConditionFailed
from .batch import Append, Appending, Batch, unsettled
from .conditions import AppendCondition
from .group_commit import GroupCommit
from .heads import Heads, Remembered
from .postgres_connections import Connection, Connections, sql
from .protocol import NO_STREAM, AppendResult
from .rules import Head, are_retries

End = tuple[int, datetime | None]  # of the store: its last position and recorded_at


class Writer:
    """Appends of one store, by whichever threads."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._heads = Heads()
        self._end: End | None = None  # as it was last seen
        self._is_alone = True  # nobody else has appended meanwhile
        self.append = GroupCommit[Append, list[AppendResult]](self._append_all, self._unsettled)

    def forget(self) -> None:
        """Know nothing of any end: the next append looks."""
        self._heads.clear()
        self._end = None

    def _append_all(self, calls: Sequence[Appending]) -> None:
        with self._connections.use() as connection:
            try:
                if not self._by_memory(connection, calls):
                    self._by_looking(connection, calls)
            except BaseException:
                self.forget()
                raise

    # --- by what is remembered -------------------------------------------------------------------

    def _by_memory(self, connection: Connection, calls: Sequence[Appending]) -> bool:
        """Store all of it by one statement; False, and nothing is stored, if that cannot be."""
        if self._end is None or not self._is_alone:
            return False
        batch = Batch(*self._end)
        for call in calls:
            if not self._knows_all(call.work):
                return False
            try:
                if not batch.is_plain(call.work, self._remembered):
                    return False
                batch.put(call, self._remembered)
            except Exception:  # it may be the right answer: looking will say
                return False
        if not len(batch):
            return False
        try:
            if not insert(connection, batch):
                self._is_alone = False
                return False
        except psycopg.errors.UniqueViolation:
            return False
        self._settle(batch)
        return True

    def _knows_all(self, append: Append) -> bool:
        """Whether each stream is remembered, or is to be new, which its key will say."""
        return all(
            self._heads.get(stream_id) is not None or (events and expected in (0, NO_STREAM))
            for stream_id, events, expected in append.writes
        )

    def _remembered(self, stream_id: str) -> Remembered:
        head = self._heads.get(stream_id)
        return Remembered(0) if head is None else head

    # --- by what is stored -----------------------------------------------------------------------

    def _by_looking(self, connection: Connection, calls: Sequence[Appending]) -> None:
        """Decide each on what is stored and what goes before it; all in one commit."""
        with connection.transaction():
            end = lock(connection)
            self._is_alone = self._end in (None, end)
            if not self._is_alone:
                self.forget()
            looking = _Looking(connection, end, calls)
            for call in calls:
                looking.decide(call)
            looking.store()
        for name, head in looking.heads.items():
            if self._heads.get(name) is None:
                self._heads.put(name, Remembered(head.version))
            else:
                self._heads.add(name, looking.added.get(name, ()))
        self._end = looking.batch.position, looking.batch.recorded_at
        for call, answer, error in looking.outcomes:
            call.answer, call.error = answer, error

    def _settle(self, batch: Batch) -> None:
        for name, event_ids in batch.added.items():
            if self._heads.get(name) is None:
                self._heads.put(name, Remembered(0))
            self._heads.add(name, event_ids)
        self._end = batch.position, batch.recorded_at
        for call, answer in batch.answers:
            call.answer = answer

    def _unsettled(self, error: BaseException) -> BaseException:
        return unsettled(self._connections.address.shown, error)


class _Looking:
    """One transaction that decides several appends in turn, each on what is there by then."""

    def __init__(self, connection: Connection, end: End, calls: Sequence[Appending]) -> None:
        self._connection = connection
        self.batch = Batch(*end)
        self.heads = _heads(connection, calls)
        self.added: dict[str, list[UUID]] = {}
        self.outcomes: list[tuple[Appending, Any, Exception | None]] = []

    def decide(self, call: Appending) -> None:
        """Put it into the batch, or find its answer or its error; told only after the commit."""
        append = call.work
        try:
            if append.condition or any(name in self.batch.added for name, _, _ in append.writes):
                self.store()
            heads = [self.heads[name] for name, _, _ in append.writes]
            if append.condition is not None and not _has_any(append, heads):
                self._check_condition(append, append.condition)
            if are_retries(append.writes, heads):
                self.outcomes.append((call, self._first_answers(append, heads), None))
            else:
                self.batch.put(call, self.heads.__getitem__)
        except psycopg.Error:
            raise
        except Exception as error:
            self.outcomes.append((call, None, error))

    def store(self) -> None:
        """Store what is in the batch, not committed yet, and begin another one behind it."""
        batch = self.batch
        if len(batch):
            insert(self._connection, batch)
        for name, event_ids in batch.added.items():
            head = self.heads[name]
            head.ids.update((id_, head.version + n) for n, id_ in enumerate(event_ids, 1))
            head.version += len(event_ids)
            self.added.setdefault(name, []).extend(event_ids)
        self.outcomes += [(call, answer, None) for call, answer in batch.answers]
        self.batch = Batch(batch.position, batch.recorded_at)

    def _check_condition(self, append: Append, condition: AppendCondition) -> None:
        if condition.after > self.batch.position:
            raise ConditionFailed(condition, self.batch.position)
        found = append.find(self._connection, condition)
        if found is not None:
            raise ConditionFailed(condition, found.position, found.type, found.stream_id)

    def _first_answers(self, append: Append, heads: Sequence[Head]) -> list[AppendResult]:
        return [
            append.first_answer(self._connection, write, head)
            for write, head in zip(append.writes, heads, strict=True)
        ]


def lock(connection: Connection) -> End:
    """Where the store ends; from here to the end of the transaction nobody else appends."""
    [(position, recorded_at)] = connection.execute(sql("lock"), prepare=True).fetchall()
    return position, recorded_at


def versions(connection: Connection, stream_ids: Sequence[str]) -> dict[str, int]:
    """How far these streams have come; those that are not there are left out."""
    rows = connection.execute(sql("versions"), {"stream_ids": list(stream_ids)}, prepare=True)
    return dict(rows.fetchall())


def insert(connection: Connection, batch: Batch) -> bool:
    """Store a batch, if the store still ends before it."""
    rows = batch.columns
    tags = list(tags_of(zip(rows["positions"], rows["metadata"], strict=True)))
    given = {
        **rows,
        "before": batch.position - len(batch),
        "position": batch.position,
        "last_recorded_at": batch.recorded_at,
        "tags": [tag for tag, _ in tags],
        "tagged": [position for _, position in tags],
    }
    [(stored,)] = connection.execute(sql("append"), given, prepare=True).fetchall()
    return bool(stored)


def tags_of(metadata: Iterable[tuple[int, str]]) -> Iterator[tuple[str, int]]:
    """Of events by their position: each tag that one has, and where. What is no text is no tag."""
    for position, text in metadata:
        if '"tags"' in text:
            tags = msgspec.json.decode(text).get("tags")
            if isinstance(tags, list):
                for tag in dict.fromkeys(tag for tag in tags if isinstance(tag, str)):
                    yield tag, position


def _heads(connection: Connection, calls: Sequence[Appending]) -> dict[str, Head]:
    """Of all streams that are written: the version, and which of these events are there."""
    names = {name for call in calls for name, _, _ in call.work.writes}
    ids = {
        (name, event.event_id)
        for call in calls
        for name, events, _ in call.work.writes
        for event in events
    }
    ends = versions(connection, sorted(names))
    heads = {name: Head(ends.get(name, 0), {}) for name in names}
    there = {name for name, event_id in ids if ends.get(name)}
    asked = [(name, event_id) for name, event_id in ids if name in there]
    if asked:
        found = connection.execute(
            sql("known"),
            {"stream_ids": [name for name, _ in asked], "event_ids": [id_ for _, id_ in asked]},
            prepare=True,
        )
        for name, event_id, version in found.fetchall():
            heads[name].ids[event_id] = version
    return heads


def _has_any(append: Append, heads: Sequence[Head]) -> bool:
    return any(
        event.event_id in head.ids
        for (_, events, _), head in zip(append.writes, heads, strict=True)
        for event in events
    )
