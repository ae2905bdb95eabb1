"""Checking a million events at once: the same rules as for one, over columns.

What the rules allow and what is stored are the same as in event.py. A column is checked as a
whole where that is enough; only rows that look unusual go through the code for single events.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import InvalidInput
from ..event import MAX_PAYLOAD_BYTES, canonical_json, check_name, parse_json
from ..sql_text import sql_text

REQUIRED = ("stream_id", "type", "data")
OPTIONAL = ("event_id", "schema_version", "metadata", "occurred_at", "recorded_at")
TIMESTAMP = pa.timestamp("us", "UTC")
YEAR_1, YEAR_10000 = (int(np.datetime64(y, "us").astype(np.int64)) for y in ("0001", "10000"))
SAMPLE = 500  # payloads looked at to learn which shapes a column has
PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Text without escapes, an integer that surely fits 64 bits, or a word. RE2 syntax.
PLAIN_VALUE = r'("[^"\\\x00-\x1f]*"|0|-?[1-9][0-9]{0,17}|true|false|null)'


def as_table(columns: Any) -> pa.Table:
    """Whatever makes a table, as one, not checked yet. Raises InvalidInput."""
    if isinstance(columns, pa.Table):
        return columns
    try:
        if isinstance(columns, dict):
            return pa.table(columns)
        return pa.Table.from_pandas(columns, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput("columns", f"do not make a table: {error}") from None


def check_columns(table: pa.Table, now: datetime) -> pa.Table:
    """The events as a table that can be stored as it is; `now` fills times that are not given.

    stream_id and type come back dictionary-encoded. Raises InvalidInput, naming column and row.
    """
    for name in REQUIRED:
        if name not in table.column_names:
            raise InvalidInput(name, "is a column that every append needs")
    for name in table.column_names:
        if name not in REQUIRED + OPTIONAL:
            raise InvalidInput(name, f"is not a column of an event; known: {REQUIRED + OPTIONAL}")
        if table[name].null_count:
            raise InvalidInput(name, "has empty cells")
    rows = len(table)
    given = {name: table[name].combine_chunks() for name in table.column_names}
    recorded_at = _times("recorded_at", given.get("recorded_at"), now, rows)
    return pa.table(
        {
            "stream_id": _names("stream_id", given["stream_id"]),
            "type": _names("type", given["type"]),
            "data": _payloads("data", given["data"]),
            "metadata": _payloads("metadata", given.get("metadata", _constant("{}", rows))),
            "schema_version": _schema_versions(given.get("schema_version"), rows),
            "event_id": _ids(given.get("event_id"), rows),
            "occurred_at": _times("occurred_at", given.get("occurred_at", recorded_at), now, rows),
            "recorded_at": recorded_at,
        }
    )


def number_in_stream(codes: np.ndarray) -> np.ndarray:
    """For each row its place among the rows of the same stream, from 1, in the order given."""
    import pandas as pd

    return pd.Series(codes).groupby(codes).cumcount().to_numpy() + 1


def _constant(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), [text])


def _text(field: str, column: pa.Array) -> pa.Array:
    """The column as valid UTF-8 text."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        raise InvalidInput(field, f"must be text, not {column.type}")
    try:
        text = column.cast(pa.large_string())
        text.validate(full=True)
    except pa.ArrowException as error:
        raise InvalidInput(field, f"must be UTF-8 text: {error}") from None
    return text


def _names(field: str, column: pa.Array) -> pa.Array:
    """Each distinct name is checked once, however many rows have it."""
    if not pa.types.is_dictionary(column.type):
        column = _text(field, column).dictionary_encode()
    used = pc.take(column.dictionary, pc.unique(column.indices))
    for name in used.to_pylist():
        check_name(field, name)
    return column


def _schema_versions(column: pa.Array | None, rows: int) -> pa.Array:
    if column is None:
        return pa.array(np.ones(rows, np.int32))
    if not pa.types.is_integer(column.type) or (rows and pc.min(column).as_py() < 1):
        raise InvalidInput("schema_version", "must be whole numbers from 1")
    return column.cast(pa.int32())


def _ids(column: pa.Array | None, rows: int) -> pa.Array:
    """Event ids as UUIDs; empty where none are given, and the engine draws them."""
    if column is None:
        return pa.nulls(rows, pa.uuid())
    if isinstance(column.type, pa.UuidType):
        return column
    try:
        if not pa.types.is_fixed_size_binary(column.type):
            column = pa.array([UUID(text).bytes for text in column.to_pylist()], pa.binary(16))
        return pa.ExtensionArray.from_storage(pa.uuid(), column.cast(pa.binary(16)))
    except (pa.ArrowException, AttributeError, TypeError, ValueError) as error:
        raise InvalidInput("event_id", f"must be UUIDs: {error}") from None


def _times(field: str, column: pa.Array | None, now: datetime, rows: int) -> pa.Array:
    if column is None:
        return pa.repeat(pa.scalar(now, TIMESTAMP), rows)
    if not pa.types.is_timestamp(column.type) or column.type.tz is None:
        raise InvalidInput(field, f"must be a timestamp with a time zone, not {column.type}")
    try:
        utc = column.cast(TIMESTAMP)  # a safe cast: it refuses to drop nanoseconds
    except pa.ArrowException as error:
        raise InvalidInput(field, f"needs no more than microseconds: {error}") from None
    if rows:
        first, last = pc.min(utc).value, pc.max(utc).value
        if first < YEAR_1 or last >= YEAR_10000:
            raise InvalidInput(field, "is outside the years 1 to 9999 in UTC")
    return utc


def _payloads(field: str, column: pa.Array) -> pa.Array:
    """The canonical text of each payload."""
    if pa.types.is_dictionary(column.type):
        checked = _payloads(field, column.dictionary)
        return pa.DictionaryArray.from_arrays(column.indices, checked)
    column = _text(field, column)
    unusual = _unusual(column)
    if not unusual:
        return column
    texts = column.to_pylist()
    for row in unusual:
        name = f"{field}[{row}]"
        texts[row] = canonical_json(parse_json(texts[row], name), name)
    return pa.array(texts, pa.large_string())


def _unusual(column: pa.Array) -> list[int]:
    """The rows that have to be looked at one by one: those not shaped like the sampled ones."""
    if len(column) <= SAMPLE:
        return list(range(len(column)))
    sample = column.take(np.arange(0, len(column), len(column) // SAMPLE + 1))
    shapes = {_shape(text) for text in sample.to_pylist()} - {None}
    payloads = pa.table({"row": np.arange(len(column)), "text": column})
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")  # DuckDB's own, in notebooks
        connection.register("payloads", payloads)
        rows = connection.execute(
            sql_text("stores/duckdb_sql/unusual_payloads.sql"),
            {
                "shapes": "|".join(sorted(filter(None, shapes))),
                "longest": MAX_PAYLOAD_BYTES // 4,  # a character takes four bytes at most
            },
        ).fetchall()
    return [row for (row,) in rows]


def _shape(text: str) -> str | None:
    """A pattern for flat payloads with the same keys as this one, in canonical form.

    What matches it is right without a further look. None for a payload that is not as simple.
    """
    try:
        keys = sorted(parse_json(text))
    except InvalidInput:
        return None
    if not all(PLAIN_KEY.fullmatch(key) for key in keys):
        return None
    return r"\{" + ",".join(f'"{key}":{PLAIN_VALUE}' for key in keys) + r"\}"


def check_order(table: pa.Table, after: datetime | None, given: bool) -> pa.Table:
    """The table, its recorded_at never going back: else "as of" would give states that never were.

    `after` is the last recorded_at of the store. Times that the clock gave are moved up to it;
    `given` ones, of a history that was recorded elsewhere, are refused where they go back.
    """
    times = table["recorded_at"].combine_chunks()
    micros = times.cast(pa.int64()).to_numpy()
    least = YEAR_1 if after is None else pa.scalar(after, TIMESTAMP).value
    if not given:
        if micros[0] >= least:
            return table
        moved = pa.repeat(pa.scalar(after, TIMESTAMP), len(table))
        where = table.column_names.index("recorded_at")
        return table.set_column(where, "recorded_at", moved)
    back = np.flatnonzero(micros < np.maximum.accumulate(np.concatenate([[least], micros[:-1]])))
    if len(back):
        row = int(back[0])
        raise InvalidInput(
            f"recorded_at[{row}]",
            f"{times[row].as_py().isoformat()} is before that of the event in front of it; "
            "append a history in the order in which it was recorded",
        )
    return table
