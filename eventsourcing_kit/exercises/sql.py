"""Try a query on a store in DuckDB, one small history after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import duckdb

from ..errors import InvalidInput
from ..event import NewEvent
from ..sql_text import sql_text

FIRST_RECORDED = datetime(2025, 3, 10, 12, tzinfo=UTC)


def sql_rows(
    query: str, events: Sequence[NewEvent | tuple[str, NewEvent]], zone: str = "UTC"
) -> list[Any]:
    """The rows of a SELECT over a store that holds these events, as plain Python values.

    An event alone goes to the stream "account-1"; a pair names its stream. The first is recorded
    on 2025-03-10 at noon UTC, each other a minute after the one before. The session is set to
    the time zone `zone`. Raises InvalidInput if the query is not one SELECT, and DuckDB's own
    errors.
    """
    statements = duckdb.extract_statements(query)
    if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
        raise InvalidInput("query", "must be one SELECT")
    connection = _empty_store()
    connection.execute(f"SET TimeZone = '{zone}'")
    connection.begin()
    try:
        _append(connection, events)
        return connection.execute(query).fetchall()
    finally:
        connection.rollback()  # a new store takes 35 ms, and the search wants hundreds


@cache
def _empty_store() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(sql_text("stores/duckdb_sql/schema.sql"))
    return connection


def _append(
    connection: duckdb.DuckDBPyConnection, events: Sequence[NewEvent | tuple[str, NewEvent]]
) -> None:
    versions = Counter[str]()
    for position, one in enumerate(events, 1):
        stream_id, event = one if isinstance(one, tuple) else ("account-1", one)
        versions[stream_id] += 1
        now = FIRST_RECORDED + timedelta(minutes=position - 1)
        connection.execute(
            sql_text("stores/duckdb_sql/append.sql"),
            {
                "positions": [position],
                "stream_ids": [stream_id],
                "versions": [versions[stream_id]],
                "event_ids": [str(event.event_id)],
                "types": [event.type],
                "schema_versions": [event.schema_version],
                "data": [event.data_json],
                "metadata": [event.metadata_json],
                "occurred_at": [event.occurred_at or now],
                "recorded_at": [now],
            },
        )
