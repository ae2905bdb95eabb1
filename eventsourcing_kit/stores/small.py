"""An event store to read before the others: one class, one table, one lock.

It does what makes a table an event store, and passes the suite's essentials. What `duckdb.py` adds
is speed (indexes, columns, one commit for many writers), what can happen to files, and the rest of
the protocol: conditions, several streams in one append, upcasters.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import duckdb

from ..event import NewEvent, RecordedEvent, check_name, instant
from .opening import sql
from .protocol import AppendResult, ExpectedVersion
from .reads import ReadsFromAll
from .rules import Head, check_expected, is_retry

SELECT = (
    "SELECT position, stream_id, version, event_id, type, schema_version,"
    " data::JSON::VARCHAR, metadata::VARCHAR, epoch_us(occurred_at), epoch_us(recorded_at)"
    " FROM events"
)


class SmallStore(ReadsFromAll):
    """A store in the DuckDB file at `path`, or in ":memory:". For any number of threads."""

    schema = sql("schema")  # append-only by triggers

    def __init__(self, path: str) -> None:
        self.connection = duckdb.connect(path)
        if not self.connection.execute("SHOW TABLES").fetchall():
            self.connection.execute(self.schema)
        self.lock: Any = threading.Lock()

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    # --- appending: one writer at a time, from reading the head through the commit ---------------

    def append(
        self, stream_id: str, events: Sequence[NewEvent], expected_version: ExpectedVersion
    ) -> AppendResult:
        """Append all of `events` or none.

        Raises WrongExpectedVersion if the stream is not as expected, DuplicateEvent, InvalidInput.
        """
        self.check_stream_id(stream_id)
        with self.lock, self.transaction() as cursor:
            version, position = self.head(cursor, stream_id)
            stored = self.stored(cursor, stream_id, events, expected_version, version)
            if stored:
                return stored
            now = datetime.now(UTC)
            for event in events:
                version, position = version + 1, position + 1
                self.insert(cursor, position, stream_id, version, event, now)
        return AppendResult(stream_id, len(events), version, position if events else 0)

    def check_stream_id(self, stream_id: str) -> None:
        """Raise InvalidInput for what can be no stream's name."""
        check_name("stream_id", stream_id)

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """All that is done with the cursor is kept, or nothing: an error ends it uncommitted."""
        with self.connection.cursor() as cursor:
            cursor.begin()
            yield cursor
            cursor.commit()

    def head(self, cursor: duckdb.DuckDBPyConnection, stream_id: str) -> tuple[int, int]:
        """The version of the stream, and the position of the store."""
        [(version, position)] = cursor.execute(
            "SELECT coalesce(max(version) FILTER (stream_id = ?), 0), coalesce(max(position), 0)"
            " FROM events",
            [stream_id],
        ).fetchall()
        return version, position

    def stored(
        self,
        cursor: duckdb.DuckDBPyConnection,
        stream_id: str,
        events: Sequence[NewEvent],
        expected: ExpectedVersion,
        version: int,
    ) -> AppendResult | None:
        """The answer to a retry; None where the events are new and the version is as expected."""
        query = "SELECT event_id, version, position FROM events WHERE stream_id = ?"
        known = {i: (v, p) for i, v, p in cursor.execute(query, [stream_id]).fetchall()}
        head = Head(version, {i: v for i, (v, _) in known.items()})
        named = [event for event in events if isinstance(event, NewEvent)]
        if not is_retry((stream_id, named, check_expected(expected)), head) or not named:
            return None
        return AppendResult(stream_id, len(named), *known[named[-1].event_id])

    def insert(
        self,
        cursor: duckdb.DuckDBPyConnection,
        position: int,
        stream_id: str,
        version: int,
        event: NewEvent,
        now: datetime,
    ) -> None:
        """One row. The primary key (stream_id, version) would refuse a second writer's."""
        cursor.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?::JSON::VARIANT, ?, ?, ?)",
            [
                *(position, stream_id, version, event.event_id, event.type, event.schema_version),
                *(self.payload(event), event.metadata_json, event.occurred_at or now, now),
            ],
        )

    def payload(self, event: NewEvent) -> str:
        """The event's data as it is stored."""
        return event.data_json

    # --- reading ---------------------------------------------------------------------------------

    def read_stream(
        self, stream_id: str, from_version: int = 1, to_version: int | None = None
    ) -> list[RecordedEvent]:
        """One stream, or a part of it, in order of version."""
        return self.read(
            "WHERE stream_id = $1 AND version BETWEEN $2 AND $3 ORDER BY version",
            [stream_id, from_version, to_version or 2**62],
        )

    def read_all(self, after_position: int = 0, limit: int | None = None) -> list[RecordedEvent]:
        """Everything behind a position, in the order in which it was committed."""
        return self.read("WHERE position > $1 ORDER BY position LIMIT $2", [after_position, limit])

    def read(self, rest: str, parameters: list[Any]) -> list[RecordedEvent]:
        """The events that the rest of a query asks for."""
        with self.connection.cursor() as cursor:
            rows = cursor.execute(f"{SELECT} {rest}", parameters).fetchall()
        return [
            RecordedEvent(*row[:6], *map(json.loads, row[6:8]), *map(instant, row[8:]))
            for row in rows
        ]

    def version(self, stream_id: str) -> int:
        """The version of the stream's last event, 0 where there is none."""
        return self.head(self.connection.cursor(), stream_id)[0]

    def position(self) -> int:
        """The position of the store's last event, 0 where there is none."""
        return self.head(self.connection.cursor(), "")[1]
