"""How the DuckDB store appends: what waits is checked, numbered and stored in one commit.

One Writer a database, whichever stores are open on it. It remembers where the store and the streams
in use end, which saves each append two queries. That is right because nobody else can write, and is
forgotten whenever a commit does not go through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

import duckdb

from ..bars import progress
from ..errors import (
    AppendFailed,
    ConditionFailed,
    Interrupted,
)
from ..event import NewEvent, check_time
from .batch import Append, Appending, Batch, unsettled
from .conditions import AppendCondition
from .database import Database
from .group_commit import GroupCommit
from .heads import Heads, Remembered
from .opening import first_line, sql
from .protocol import AppendResult
from .rules import Head, are_retries, check_as_expected

if TYPE_CHECKING:
    import pyarrow as pa

PART = 8 * 122_880  # rows of a columnar append in one statement: whole row groups of DuckDB


class Writer:
    """Appends to one database. Its lock is held from taking a position through the commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._heads = Heads()
        self._end: tuple[int, datetime | None] | None = None  # last position, last recorded_at
        self.append = GroupCommit[Append, list[AppendResult]](self._append_all, self._unsettled)

    # --- many small appends ----------------------------------------------------------------------

    def _append_all(self, calls: Sequence[Appending]) -> None:
        """Store what these callers want; each gets its answer, or an error of its own."""
        with self.writing() as cursor:
            batch = self._new_batch(cursor)
            head_of = partial(self._head, cursor)
            for call in calls:
                try:
                    is_plain = batch.is_plain(call.work, head_of)
                    if is_plain:
                        batch.put(call, head_of)
                except Exception as error:
                    call.error = error
                    continue
                if not is_plain:
                    self._store(cursor, batch)  # so that this one is decided on what is stored
                    self._carry_out_alone(cursor, call)
                    batch = self._new_batch(cursor)
            self._store(cursor, batch)

    def _carry_out_alone(self, cursor: duckdb.DuckDBPyConnection, call: Appending) -> None:
        """Carry out one append with all that may have to be looked up for it."""
        append = call.work
        try:
            heads = [self._exact_head(cursor, name, events) for name, events, _ in append.writes]
            if append.condition is not None and not any(head.ids for head in heads):
                self._check_condition(cursor, append, append.condition)
            if not are_retries(append.writes, heads):
                batch = self._new_batch(cursor)
                batch.put(call, partial(self._head, cursor))
                self._store(cursor, batch)
                return
            call.answer = [
                append.first_answer(cursor, write, head)
                for write, head in zip(append.writes, heads, strict=True)
            ]
        except Exception as error:
            call.error = error

    def _check_condition(
        self, cursor: duckdb.DuckDBPyConnection, append: Append, condition: AppendCondition
    ) -> None:
        position, _ = self.end(cursor)
        if condition.after > position:
            raise ConditionFailed(condition, position)
        found = append.find(cursor, condition)
        if found is not None:
            raise ConditionFailed(condition, found.position, found.type, found.stream_id)

    def _store(self, cursor: duckdb.DuckDBPyConnection, batch: Batch) -> None:
        """Store a batch in one commit. If that fails, each of its appends is tried alone."""
        try:
            if len(batch):
                with self.storing(cursor):
                    _insert(cursor, batch.columns)
        except Interrupted:
            raise
        except Exception as error:
            if len(batch.answers) == 1:
                call, _ = batch.answers[0]
                call.error = self._why(cursor, call.work, error)
                return
            for call, _ in batch.answers:
                try:
                    single = self._new_batch(cursor)
                    single.put(call, partial(self._head, cursor))
                    self._store(cursor, single)
                except Exception as its_own:
                    call.error = its_own
            return
        if len(batch):
            self._database.acknowledge(batch.position, UUID(batch.columns["event_ids"][-1]))
        for stream_id, event_ids in batch.added.items():
            self._heads.add(stream_id, event_ids)
        self._end = batch.position, batch.recorded_at
        for call, results in batch.answers:
            call.answer = results

    def _why(
        self, cursor: duckdb.DuckDBPyConnection, append: Append, error: Exception
    ) -> Exception:
        """Where somebody inserted past this store, it was a conflict: then that is the answer."""
        if isinstance(error, AppendFailed):
            try:
                for stream_id, _, expected in append.writes:
                    check_as_expected(stream_id, expected, self._head(cursor, stream_id).version)
            except Exception as conflict:
                return conflict
        return error

    def _unsettled(self, error: BaseException) -> BaseException:
        return unsettled(self._database.path, error)

    # --- many events at once ---------------------------------------------------------------------

    def insert_columns(self, cursor: duckdb.DuckDBPyConnection, numbered: pa.Table) -> None:
        """Store the rows in one transaction, part by part, so that a progress bar can move."""
        with self.storing(cursor):
            cursor.execute("BEGIN")
            with progress(total=len(numbered), desc="Appending", unit=" events") as bar:
                for start in range(0, len(numbered), PART):
                    part = numbered.slice(start, PART)
                    cursor.register("incoming", part)
                    cursor.execute(sql("append_columns"))
                    cursor.execute(sql("append_columns_tags"))
                    bar.update(len(part))
            cursor.execute("COMMIT")
        self.forget()
        [(position, event_id)] = cursor.execute(
            "SELECT position, event_id FROM events WHERE position = ?",
            [numbered["position"][-1].as_py()],
        ).fetchall()
        self._database.acknowledge(position, event_id)

    # --- what both need --------------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The lock that orders appends, and a cursor, on a store that is where it was."""
        with self._database.lock, self._database.cursor() as cursor:
            self._database.check_place()
            yield cursor

    @contextmanager
    def storing(self, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Around the statements that store. What is known of the end holds only if they end."""
        try:
            self._database.mark(cursor)
            yield
        except BaseException as error:
            self.forget()
            with suppress(duckdb.Error):  # a failed COMMIT has ended the transaction already
                cursor.execute("ROLLBACK")
            self._database.note_place()
            if not isinstance(error, duckdb.Error | RuntimeError):
                raise
            problem = f"did not take the events: {first_line(error)}"
            named = self._database.named(error)
            raise named or AppendFailed(self._database.path, problem) from error

    def forget(self) -> None:
        """Know nothing of the end any more: the next append looks."""
        self._heads.clear()
        self._end = None

    def end(self, cursor: duckdb.DuckDBPyConnection) -> tuple[int, datetime | None]:
        """The last position and the last recorded_at; 0 and None in an empty store."""
        if self._end is None:
            rows = cursor.execute(sql("store_end")).fetchall()
            self._end = (0, None)
            for position, recorded_at in rows:
                self._end = position, check_time("recorded_at", recorded_at)
        return self._end

    def _new_batch(self, cursor: duckdb.DuckDBPyConnection) -> Batch:
        return Batch(*self.end(cursor))

    def _head(self, cursor: duckdb.DuckDBPyConnection, stream_id: str) -> Remembered:
        head = self._heads.get(stream_id)
        if head is None:
            [row] = cursor.execute(sql("read_head"), {"stream_id": stream_id}).fetchall()
            head = Remembered(*row)
            self._heads.put(stream_id, head)
        return head

    def _exact_head(
        self, cursor: duckdb.DuckDBPyConnection, stream_id: str, events: Sequence[NewEvent]
    ) -> Head:
        """The stream's version, and where those of these events that are in it stand."""
        ids = [str(event.event_id) for event in events]
        found = cursor.execute(
            sql("find_ids"), {"stream_id": stream_id, "event_ids": ids}
        ).fetchall()
        return Head(self._head(cursor, stream_id).version, dict(found))


def _insert(cursor: duckdb.DuckDBPyConnection, columns: dict[str, list[Any]]) -> None:
    tagged = [text for text in columns["metadata"] if '"tags"' in text]
    if not tagged:
        cursor.execute(sql("append"), columns)
        return
    cursor.execute("BEGIN")
    cursor.execute(sql("append"), columns)
    cursor.execute(sql("append_tags"), {name: columns[name] for name in ("positions", "metadata")})
    cursor.execute("COMMIT")
