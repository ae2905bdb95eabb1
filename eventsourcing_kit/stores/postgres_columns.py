"""Events in columns, into PostgreSQL by COPY in its text format, and out of it as such lines.

A row is a line, and cells are parted by tabs; COPY wants a backslash written twice. No name or
payload of the kit has a tab or a line break: in JSON's text both are escaped. So Arrow, which
knows nothing of PostgreSQL, can write and read such lines at its own speed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from ..bars import progress
from .ahead import ahead
from .columns import Incoming, all_known
from .opening import without_bar
from .postgres_connections import Connection, sql
from .postgres_writer import lock, tags_of, versions
from .protocol import COLUMNS
from .reads import arrow_schema
from .sql_store import add_events, make_events_table

PART = 100_000  # events that become lines at a time
ASKED = 20_000  # ids that are looked up at a time
BLOCK = 16 * 1024 * 1024  # bytes that are read at a time; a line has to fit


# --- out -----------------------------------------------------------------------------------------


def read_columns(
    connection: Connection, schema: pa.Schema, after_position: int, to_position: int
) -> pa.Table:
    """The events behind one position, up to another, with the columns of the schema.

    Raises ValueError where a cell is empty, or has a tab or a line break: no store has written it,
    and it would be read as another event.
    """
    place = pa.field("position", pa.int64())
    asked = pa.schema([place, *(field for field in schema if field.name != place.name)])
    query = sql("lines").format(columns=", ".join(asked.names))
    bounds = {"after_position": after_position, "to_position": to_position}
    rows = connection.execute(query, bounds, binary=True).fetchall()
    if not rows:
        return schema.empty_table()
    lines = "".join(some for some, _, _ in rows).encode()
    table = pa.csv.read_csv(
        pa.BufferReader(lines),
        pa.csv.ReadOptions(column_names=asked.names, block_size=BLOCK),
        pa.csv.ParseOptions(delimiter="\t", quote_char=False, ignore_empty_lines=False),
        pa.csv.ConvertOptions(
            column_types=asked, null_values=[], strings_can_be_null=False, check_utf8=False
        ),
    )
    if any(lacks for _, _, lacks in rows) or len(table) != sum(events for _, events, _ in rows):
        raise ValueError("a cell is empty or has a line break, which no store has written")
    positions = table["position"].to_numpy()
    if (positions[1:] < positions[:-1]).any():
        table = table.take(np.argsort(positions))
    return table.select(schema.names).cast(schema)


# --- in ------------------------------------------------------------------------------------------


def append_columns(connection: Connection, incoming: Incoming) -> int:
    """Store them within a transaction; 0 if all of them are there already. See EventStore."""
    end = lock(connection)
    heads = versions(connection, incoming.names)
    if incoming.has_ids and _all_known(connection, incoming, set(heads)):
        return 0
    numbered = incoming.numbered(heads, *end)
    columns = ", ".join(COLUMNS)
    with (
        connection.cursor().copy(f"COPY events ({columns}) FROM STDIN") as copy,
        progress(total=len(numbered), desc="Appending", unit=" events") as bar,
    ):
        for lines in ahead(lines_of(numbered)):
            copy.write(lines)
            bar.update(min(PART, len(numbered) - bar.n))
    tags = list(_tags(numbered))
    if tags:
        with connection.cursor().copy("COPY events_tags (tag, position) FROM STDIN") as copy:
            for tag in tags:
                copy.write_row(tag)
    last = numbered.slice(len(numbered) - 1)
    connection.execute(
        sql("move_head"),
        {
            "position": last["position"][0].as_py(),
            "last_recorded_at": last["recorded_at"][0].as_py(),
        },
    )
    return len(numbered)


def lines_of(numbered: pa.Table) -> Iterator[memoryview]:
    """The events as COPY reads them, PART at a time."""
    for start in range(0, len(numbered), PART):
        yield _lines(_cells(numbered.slice(start, PART)))


def _cells(part: pa.Table) -> Iterator[pa.Array]:
    """The events as text, column by column, in the order of the table."""
    for name in COLUMNS:
        column = part[name].combine_chunks()
        if name == "event_id":
            yield _hexadecimal(column)
        elif pa.types.is_dictionary(column.type):
            texts = _escaped(column.dictionary.cast(pa.large_string()))
            yield texts.take(column.indices)
        elif pa.types.is_large_string(column.type) or pa.types.is_string(column.type):
            yield _escaped(column.cast(pa.large_string()))
        else:
            yield column.cast(pa.string()).cast(pa.large_string())


def _escaped(texts: pa.Array) -> pa.Array:
    return pc.replace_substring(texts, "\\", "\\\\")


def _hexadecimal(ids: pa.Array) -> pa.Array:
    """UUIDs as 32 digits; those that were not given are drawn (RFC 9562, version 4)."""
    count = len(ids)
    if ids.null_count:
        raw = np.frombuffer(os.urandom(16 * count), np.uint8).reshape(count, 16).copy()
        raw[:, 6] = raw[:, 6] & 0x0F | 0x40
        raw[:, 8] = raw[:, 8] & 0x3F | 0x80
        digits = raw.tobytes().hex()
    else:
        storage = ids.storage
        start = 16 * storage.offset
        digits = storage.buffers()[1].to_pybytes()[start : start + 16 * count].hex()
    offsets = np.arange(0, 32 * count + 1, 32, dtype=np.int64)
    return pa.LargeStringArray.from_buffers(
        count, pa.py_buffer(offsets), pa.py_buffer(digits.encode())
    )


def _lines(cells: Iterable[pa.Array]) -> memoryview:
    """The cells as lines: joined they lie one behind the other in memory already."""
    *front, last = cells
    nothing = pa.scalar("", pa.large_string())
    ended = pc.binary_join_element_wise(last, nothing, pa.scalar("\n", pa.large_string()))
    lines = pc.binary_join_element_wise(*front, ended, pa.scalar("\t", pa.large_string()))
    return memoryview(lines.buffers()[2])


def _tags(numbered: pa.Table) -> Iterator[tuple[str, int]]:
    """What the events are tagged with; most are not, and are told by their text."""
    metadata = numbered["metadata"].combine_chunks()
    if pa.types.is_dictionary(metadata.type):
        tagged = pc.match_substring(metadata.dictionary, '"tags"').take(metadata.indices)
    else:
        tagged = pc.match_substring(metadata, '"tags"')
    some = numbered.select(["position", "metadata"]).filter(tagged)
    return tags_of(zip(some["position"].to_pylist(), some["metadata"].to_pylist(), strict=True))


def _all_known(connection: Connection, incoming: Incoming, there: set[str]) -> bool:
    """all_known, asked in DuckDB beside a copy of the events that are stored under these ids."""
    with duckdb.connect(":memory:") as beside:
        without_bar(beside)
        beside.execute("SET TimeZone = 'UTC'")
        make_events_table(beside, "events")
        beside.register("incoming", incoming.placed())
        for stored in _stored(connection, incoming, there):
            add_events(beside, "events", stored)
        return all_known(beside, incoming)


def _stored(
    connection: Connection, incoming: Incoming, there: set[str]
) -> Iterator[pa.RecordBatch]:
    """Those of the events that are stored under their ids, in their streams that are there."""
    streams = incoming.table["stream_id"].combine_chunks()
    codes = [code for code, name in enumerate(streams.dictionary.to_pylist()) if name in there]
    places = np.flatnonzero(np.isin(streams.indices.to_numpy(), codes))
    schema = arrow_schema(COLUMNS)
    for start in range(0, len(places), ASKED):
        some = incoming.table.select(["stream_id", "event_id"]).take(places[start : start + ASKED])
        asked = {"stream_ids": some["stream_id"].to_pylist(), "event_ids": _texts(some["event_id"])}
        rows = connection.execute(sql("known_events"), asked).fetchall()
        if rows:
            cells = zip(*rows, strict=True)
            yield pa.RecordBatch.from_arrays(
                [pa.array(cell, field.type) for cell, field in zip(cells, schema, strict=True)],
                schema=schema,
            )


def _texts(ids: pa.ChunkedArray) -> list[str]:
    return [str(event_id) for event_id in ids.to_pylist()]
