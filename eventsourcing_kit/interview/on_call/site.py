"""Where an incident happens: a store in DuckDB with the kit's own events table, tables that the
incident brings, and the log that was written. Its clock moves only when it is told to.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Timer
from typing import Any
from uuid import UUID

import duckdb

from ...event import RecordedEvent, canonical_json
from ...sql_text import sql_text

NIGHT = datetime(2025, 3, 10, 2, 0, tzinfo=UTC)
LOG = "CREATE TABLE log (noted_at TIMESTAMPTZ NOT NULL, line VARCHAR NOT NULL)"
ROWS = 50  # of an answer are shown
SECONDS = 5.0  # until a query is stopped
READ = """
SELECT position, stream_id, version, event_id, type, schema_version, data::JSON::VARCHAR,
       metadata::VARCHAR, occurred_at, recorded_at
FROM events WHERE position > ? ORDER BY position LIMIT ?
"""


class Site:
    """One store, at night. `now` is its clock, in UTC."""

    def __init__(self, tables: str = "") -> None:
        self.now = NIGHT
        self.db = duckdb.connect(config={"threads": 1})  # small, and made by the dozen
        self._last = 0
        self._versions: Counter[str] = Counter()
        self.db.execute("SET TimeZone = 'UTC'")
        for statements in (sql_text("stores/duckdb_sql/schema.sql"), LOG, tables):
            self.db.execute(statements) if statements else None

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *_: object) -> None:
        self.db.close()

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    def say(self, line: str) -> None:
        """Write a line into the log."""
        self.db.execute("INSERT INTO log VALUES (?, ?)", [self.now, line])

    def log(self) -> list[str]:
        """The lines of the log, each with its time."""
        rows = self.rows("SELECT noted_at, line FROM log ORDER BY noted_at, rowid")
        one_day = len({at.date() for at, _ in rows}) == 1
        when = "%H:%M:%S" if one_day else "%m-%d %H:%M:%S"
        return [f"{at:{when}}  {line}" for at, line in rows]

    def rows(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.db.execute(query, list(parameters)).fetchall()

    def value(self, query: str, *parameters: Any) -> Any:
        """The first cell of a query, None without rows."""
        row = self.db.execute(query, list(parameters)).fetchone()
        return None if row is None else row[0]

    def append(
        self,
        stream_id: str,
        type_: str,
        data: Mapping[str, Any],
        *,
        position: int | None = None,
        version: int | None = None,
        event_id: int | None = None,
        schema_version: int = 1,
        recorded_at: datetime | None = None,
    ) -> int:
        """Store an event and return its position: the next one, unless it is given.

        So a writer that took its number early can commit late.
        """
        where = self._last + 1 if position is None else position
        here = self._versions[stream_id] + 1 if version is None else version
        at = recorded_at or self.now
        self.db.execute(
            sql_text("stores/duckdb_sql/append.sql"),
            {
                "positions": [where],
                "stream_ids": [stream_id],
                "versions": [here],
                "event_ids": [str(UUID(int=event_id or where))],
                "types": [type_],
                "schema_versions": [schema_version],
                "data": [canonical_json(dict(data))],
                "metadata": ["{}"],
                "occurred_at": [at],
                "recorded_at": [at],
            },
        )
        self._last = max(self._last, where)
        self._versions[stream_id] = max(self._versions[stream_id], here)
        return where

    def forget(self) -> None:
        """Take all events away, as a store that is replaced by its backup."""
        self.db.execute("DROP TRIGGER events_refuse_delete ON events; DELETE FROM events")
        self._last = 0
        self._versions.clear()

    def read(self, after: int = 0, limit: int = 1_000_000) -> list[RecordedEvent]:
        """The events that can be seen after a position, in the order of positions."""
        import msgspec

        events = []
        for row in self.rows(READ, after, limit):
            fields: list[Any] = list(row)
            fields[6:8] = [msgspec.json.decode(text) for text in row[6:8]]
            events.append(RecordedEvent(*fields))
        return events


@dataclass(frozen=True)
class Answer:
    """What the store says to a query: the first rows as text, or what is wrong with it."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    more: bool = False
    error: str = ""


def ask(site: Site, query: str) -> Answer:
    """Put a query to a site: one SELECT, which can read its tables and nothing else."""
    try:
        kinds = [one.type for one in duckdb.extract_statements(query)]
        if kinds != [duckdb.StatementType.SELECT]:
            return Answer(error="One SELECT, please: this prompt can only look.")
        cursor = site.db.cursor()
        cursor.execute("SET TimeZone = 'UTC'")
        stop = Timer(SECONDS, cursor.interrupt)
        stop.start()
        try:
            found = cursor.execute(query)
            names = tuple(str(column[0]) for column in found.description or ())
            rows = found.fetchmany(ROWS + 1)
        finally:
            stop.cancel()
            cursor.close()
    except duckdb.InterruptException:
        return Answer(error=f"Stopped after {SECONDS:g} seconds. Ask for less.")
    except duckdb.Error as error:
        return Answer(error=str(error).strip())
    shown = tuple(tuple(map(_text, row)) for row in rows[:ROWS])
    return Answer(names, shown, len(rows) > ROWS)


def _text(value: Any) -> str:
    """A cell as a reader sees it."""
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        at = f"{value:%Y-%m-%d %H:%M:%S}"
        return at + (f".{value.microsecond // 1000:03}" if value.microsecond else "")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def tables_of(site: Site) -> list[tuple[str, Sequence[str]]]:
    """The tables that can be asked, each with its columns; the log comes last.

    Where an incident is a broker's alone, there are no events, and their table is left out.
    """
    names = [
        row[0] for row in site.rows("SELECT table_name FROM duckdb_tables() ORDER BY table_oid")
    ]
    hidden = {"log", "events_guard", "events_format"}
    if not site.value("SELECT count(*) FROM events"):
        hidden.add("events")
    asked = [name for name in names if name not in hidden]
    return [(name, _columns(site, name)) for name in [*asked, "log"]]


def _columns(site: Site, table: str) -> list[str]:
    found = site.rows(
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", table
    )
    return [row[0] for row in found]
