"""Checking a million events at once: the same rules as for one, over columns.

What the rules allow and what is stored are the same as in event.py. A column is checked as a
whole where that is enough; only rows that look unusual go through the code for single events.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DuplicateEvent, InvalidInput
from ..event import (
    MAX_PAYLOAD_BYTES,
    MAX_SCHEMA_VERSION,
    canonical_json,
    check_name,
    check_time,
    kind,
    parse_id,
    parse_json,
    parse_object,
)
from .opening import sql, without_bar
from .rules import check_as_expected, check_expectations, check_first

REQUIRED = ("stream_id", "type", "data")
TEXTS = (*REQUIRED, "metadata")
TIMES = ("occurred_at", "recorded_at")
OPTIONAL = ("event_id", "schema_version", "metadata", *TIMES)
TEXT_TYPES = (pa.string(), pa.large_string(), pa.string_view())
BYTES_TYPES = (pa.binary(16), pa.binary(), pa.large_binary(), pa.binary_view())
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
            table = pa.table(columns)
        else:
            table = pa.Table.from_pandas(columns, preserve_index=False)
    except (
        pa.ArrowException,
        TypeError,
        ValueError,
        LookupError,
        AttributeError,
        OverflowError,
    ) as error:
        raise InvalidInput("columns", f"{kind(columns)} makes no table: {error}") from None
    for name in TIMES:
        if name in columns:
            _check_datetimes(name, columns[name])
    return table


def _check_datetimes(field: str, cells: Any) -> None:
    """Python's own, one by one: Arrow takes a naive one for UTC, and drops nanoseconds."""
    if isinstance(cells, (list, tuple)) or getattr(cells, "dtype", None) == np.dtype(object):
        for row, cell in enumerate(cells):
            if isinstance(cell, datetime):
                check_time(f"{field}[{row}]", cell)


def check_columns(table: pa.Table, now: datetime) -> pa.Table:
    """The events as a table that can be stored as it is; `now` fills times that are not given.

    stream_id and type come back dictionary-encoded, each name once. Without a row, only the names
    of the columns are checked. Raises InvalidInput, naming column and row.
    """
    for name in REQUIRED:
        if name not in table.column_names:
            raise InvalidInput(name, "is a column that every append needs")
    for name in table.column_names:
        if name not in REQUIRED + OPTIONAL:
            raise InvalidInput(name, f"is not a column of an event; known: {REQUIRED + OPTIONAL}")
        if table.column_names.count(name) > 1:
            raise InvalidInput(name, "is there twice")
    rows = len(table)
    if not rows:
        return table
    given = {name: _in_one_piece(name, table[name]) for name in table.column_names}
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


class Incoming:
    """A columnar append: its events checked on their own, and by stream.

    Raises InvalidInput.
    """

    def __init__(self, columns: Any, expected_versions: Any, clock: Callable[[], datetime]) -> None:
        self.expected_of = check_expectations(expected_versions)
        given = as_table(columns)
        self._given = given.column_names
        self.table = check_columns(given, check_time("clock", clock()))
        if not len(self.table):
            return
        stream_ids = self.table["stream_id"].combine_chunks()
        self.names: list[str] = stream_ids.dictionary.to_pylist()
        self._codes = stream_ids.indices.to_numpy()
        self._places = number_in_stream(self._codes)

    def __len__(self) -> int:
        return len(self.table)

    @property
    def has_ids(self) -> bool:
        """Whether the caller gave event ids: only then can it be a retry."""
        return "event_id" in self._given

    @property
    def has_times(self) -> bool:
        """Whether the caller said when the events occurred."""
        return "occurred_at" in self._given

    def placed(self) -> pa.Table:
        """The events, each with its `place` among those of its stream, from 1."""
        return self.table.append_column("place", pa.array(self._places))

    def streams(self) -> pa.Table:
        """The streams' names, each once."""
        return pa.table({"stream_id": self.names})

    def in_order(self, recorded_at: datetime | None) -> pa.Table:
        """The events, none recorded before the store's last one; see check_order."""
        return check_order(self.table, recorded_at, self._given)

    def numbered(
        self, heads: Mapping[str, int], position: int, recorded_at: datetime | None
    ) -> pa.Table:
        """The events with their versions, behind the `heads`, and positions, behind the store's.

        `recorded_at` is the time of the store's last event. Raises WrongExpectedVersion, and
        InvalidInput for a history that goes back in time.
        """
        versions = np.array([heads.get(name, 0) for name in self.names], np.int64)
        for code in np.unique(self._codes):
            name = self.names[code]
            check_as_expected(name, self.expected_of(name), int(versions[code]))
        table = self.in_order(recorded_at)
        return table.append_column(
            "position", pa.array(np.arange(position + 1, position + 1 + len(table)))
        ).append_column("version", pa.array(versions[self._codes] + self._places))


def all_known(cursor: duckdb.DuckDBPyConnection, incoming: Incoming) -> bool:
    """Whether a columnar append is stored already, by the rules of is_retry and same_event.

    The cursor has the table `incoming`, as it is placed, and `events`, at least all those with one
    of its ids. Raises DuplicateEvent where some of it is stored, or another thing.
    """
    for stream_id, event_id in cursor.execute(sql("twice")).fetchall():
        raise DuplicateEvent(stream_id, event_id, "stands twice in one append")
    known = 0
    streams = cursor.execute(sql("known_ids"), {"times_given": incoming.has_times}).fetchall()
    for stream_id, event_id, stored, first, in_order, other in streams:
        if other is not None:
            raise DuplicateEvent(stream_id, other, "is stored with another body")
        if not in_order:
            raise DuplicateEvent(stream_id, event_id, "was stored among other events")
        check_first(stream_id, event_id, incoming.expected_of(stream_id), first)
        known += stored
    if 0 < known < len(incoming):
        stream_id, event_id, *_ = streams[0]
        problem = f"is stored, with {known:,} of the {len(incoming):,} events of this append"
        raise DuplicateEvent(stream_id, event_id, problem)
    return bool(known)


def number_in_stream(codes: np.ndarray) -> np.ndarray:
    """For each row its place among the rows of the same stream, from 1, in the order given."""
    import pandas as pd

    return pd.Series(codes).groupby(codes).cumcount().to_numpy() + 1


def _constant(text: str, rows: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, np.int32)), [text])


def _in_one_piece(field: str, column: pa.ChunkedArray) -> pa.Array:
    """The column as one array, without an empty cell; text is large_string or a dictionary of it.

    Validity is the array's own: an index within its dictionary, text that is UTF-8.
    """
    try:
        column.validate(full=True)
        if field in TEXTS and column.type in TEXT_TYPES:
            column = column.cast(pa.large_string())  # in one piece it may pass 2 GiB
        if pa.types.is_dictionary(column.type):  # their dictionaries are joined, without a null
            column = pa.chunked_array([_sound(field, piece) for piece in column.chunks])
        whole = column.combine_chunks()
    except pa.ArrowException as error:
        raise InvalidInput(field, f"cannot be read: {error}") from None
    if whole.null_count:
        raise InvalidInput(field, "has empty cells")
    if field in TEXTS and not (whole.type in TEXT_TYPES or pa.types.is_dictionary(whole.type)):
        raise InvalidInput(field, f"must be text, not {whole.type}")
    return whole


def _sound(field: str, column: pa.DictionaryArray) -> pa.Array:
    """The same cells. Of texts, a dictionary that has just those in use, each once, none empty.

    A table that was filtered keeps its dictionary, and nothing in Arrow forbids a value twice.
    """
    if field not in TEXTS:
        return column.dictionary_decode()
    if column.dictionary.type not in TEXT_TYPES:
        raise InvalidInput(field, f"must be text, not {column.type}")
    used = pc.unique(column.indices)
    values = column.dictionary.cast(pa.large_string()).take(used).dictionary_encode()
    codes = values.indices.take(pc.index_in(column.indices, used))
    return pa.DictionaryArray.from_arrays(codes, values.dictionary)


def _names(field: str, column: pa.Array) -> pa.Array:
    """Each distinct name is checked once, however many rows have it."""
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    for code, name in enumerate(column.dictionary.to_pylist()):
        try:
            check_name(field, name)
        except InvalidInput as error:
            row = pc.index(column.indices, code).as_py()
            raise InvalidInput(f"{field}[{row}]", error.problem) from None
    return column


def _schema_versions(column: pa.Array | None, rows: int) -> pa.Array:
    if column is None:
        return pa.array(np.ones(rows, np.int32))
    problem = f"must be whole numbers from 1 to {MAX_SCHEMA_VERSION:,}"
    if not pa.types.is_integer(column.type):
        raise InvalidInput("schema_version", f"{problem}, not {column.type}")
    ends = pc.min_max(column).as_py()
    if ends["min"] < 1 or ends["max"] > MAX_SCHEMA_VERSION:
        raise InvalidInput("schema_version", f"{problem}; they are {ends['min']} to {ends['max']}")
    return column.cast(pa.int32())


def _ids(column: pa.Array | None, rows: int) -> pa.Array:
    """Event ids as UUIDs; empty where none are given, and the engine draws them."""
    if column is None:
        return pa.nulls(rows, pa.uuid())
    if isinstance(column.type, pa.UuidType):
        return column
    if column.type in TEXT_TYPES:
        texts = enumerate(column.to_pylist())
        ids = [parse_id(f"event_id[{row}]", text).bytes for row, text in texts]
        column = pa.array(ids, pa.binary(16))
    try:
        if column.type not in BYTES_TYPES:
            raise pa.ArrowInvalid(f"they are {column.type}")
        return pa.ExtensionArray.from_storage(pa.uuid(), column.cast(pa.binary(16)))
    except pa.ArrowException as error:
        raise InvalidInput("event_id", f"must be UUIDs, as text or 16 bytes: {error}") from None


def _times(field: str, column: pa.Array | None, now: datetime, rows: int) -> pa.Array:
    if column is None:
        return pa.repeat(pa.scalar(now, TIMESTAMP), rows)
    if not pa.types.is_timestamp(column.type) or column.type.tz is None:
        raise InvalidInput(field, f"must be a timestamp with a time zone, not {column.type}")
    try:
        utc = column.cast(TIMESTAMP)  # a safe cast: it refuses to drop nanoseconds
    except pa.ArrowException:
        if column.type.unit == "ns":
            raise InvalidInput(field, "has nanoseconds; the store keeps microseconds") from None
        utc = None  # seconds or milliseconds that are too many
    if utc is None or pc.min(utc).value < YEAR_1 or pc.max(utc).value >= YEAR_10000:
        raise InvalidInput(field, "is outside the years 1 to 9999 in UTC")
    return utc


def _payloads(field: str, column: pa.Array) -> pa.Array:
    """The canonical text of each payload."""
    if not pa.types.is_dictionary(column.type):
        return _canonical(field, column, int)
    texts = _canonical(
        field, column.dictionary, lambda code: pc.index(column.indices, code).as_py()
    )
    return pa.DictionaryArray.from_arrays(column.indices, texts)


def _canonical(field: str, column: pa.Array, row_of: Callable[[int], int]) -> pa.Array:
    """The canonical texts of a column of payloads; `row_of` is for naming a bad one."""
    unusual = _unusual(column)
    if not unusual:
        return column
    texts = column.to_pylist()
    for index in unusual:
        try:
            texts[index] = canonical_json(parse_object(texts[index], field), field)
        except InvalidInput as error:
            place = error.field.replace(field, f"{field}[{row_of(index)}]", 1)
            raise InvalidInput(place, error.problem) from None
    return pa.array(texts, pa.large_string())


def _unusual(column: pa.Array) -> list[int]:
    """The rows that have to be looked at one by one: those not shaped like the sampled ones."""
    if len(column) <= SAMPLE:
        return list(range(len(column)))
    sample = column.take(np.arange(0, len(column), len(column) // SAMPLE + 1))
    shapes = {_shape(text) for text in sample.to_pylist()} - {None}
    payloads = pa.table({"row": np.arange(len(column)), "text": column})
    with duckdb.connect() as connection:
        without_bar(connection)
        connection.register("payloads", payloads)
        rows = connection.execute(
            sql("unusual_payloads"),
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


def check_order(table: pa.Table, after: datetime | None, given: Sequence[str]) -> pa.Table:
    """The table, its recorded_at never going back: else "as of" would give states that never were.

    `after` is the last recorded_at of the store. Times that the clock gave are moved up to it;
    those in a `given` column, of a history that was recorded elsewhere, are refused where they go
    back.
    """
    times = table["recorded_at"].combine_chunks()
    micros = times.cast(pa.int64()).to_numpy()
    least = YEAR_1 if after is None else pa.scalar(after, TIMESTAMP).value
    if "recorded_at" not in given:
        if micros[0] >= least:
            return table
        moved = pa.repeat(pa.scalar(after, TIMESTAMP), len(table))
        for name in set(TIMES).difference(given):  # what has no time occurred when it was recorded
            table = table.set_column(table.column_names.index(name), name, moved)
        return table
    back = np.flatnonzero(micros < np.maximum.accumulate(np.concatenate([[least], micros[:-1]])))
    if len(back):
        row = int(back[0])
        raise InvalidInput(
            f"recorded_at[{row}]",
            f"{times[row].as_py().isoformat()} is before that of the event in front of it; "
            "append a history in the order in which it was recorded",
        )
    return table
