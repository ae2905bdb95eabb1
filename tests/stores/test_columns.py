"""Whatever form Arrow has for a column: the events in it are stored, or the column is named."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.event import MAX_DEPTH, canonical_json
from eventsourcing_kit.stores.columns import (
    OPTIONAL,
    REQUIRED,
    SAMPLE,
    TEXTS,
    as_table,
    check_columns,
    number_in_stream,
)
from eventsourcing_kit.stores.conformance import EMPTY, nested, wasteful

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
ID = UUID(int=7)


def checked(columns: dict[str, Any]) -> dict[str, list[Any]]:
    """The cells as they are stored."""
    table = check_columns(as_table(columns), NOON)
    return {name: table[name].to_pylist() for name in table.column_names}


def one(**more: Any) -> dict[str, Any]:
    """One event, some columns of it in another form."""
    return {"stream_id": ["a-1"], "type": ["Made"], "data": ["{}"], **more}


# --- any form of text ----------------------------------------------------------------------------


@st.composite
def text_columns(draw: st.DrawFn, cells: list[str]) -> Any:
    """These cells, in one of the many ways to have them."""
    plain = pa.array(cells, draw(st.sampled_from([pa.string(), pa.large_string()])))
    cuts = sorted(draw(st.lists(st.integers(0, len(cells)), max_size=2)))
    pieces = [
        plain[a:b] for a, b in zip([0, *cuts], [*cuts, len(cells)], strict=True)
    ]  # some of them empty
    return draw(
        st.sampled_from(
            [
                cells,
                np.array(cells),
                plain.cast(pa.string_view()),
                plain.cast(pa.string_view()).dictionary_encode(),
                pa.concat_arrays([plain, plain]).slice(len(cells)),
                pa.chunked_array(pieces),
                pa.chunked_array([piece.dictionary_encode() for piece in pieces]),
                wasteful(pa.chunked_array(pieces)),
                pa.concat_arrays([wasteful(plain), wasteful(plain)])[len(cells) :],
                pa.chunked_array([wasteful(piece) for piece in pieces]),
                pd.Series(pd.Categorical(cells, categories=["unused", *dict.fromkeys(cells)])),
            ]
        )
    )


@given(st.data(), st.integers(1, 9))
def test_texts_are_the_same_in_any_form(data: st.DataObject, rows: int) -> None:
    given_cells = {
        "stream_id": data.draw(
            st.lists(st.sampled_from(["a-1", "b-1"]), min_size=rows, max_size=rows)
        ),
        "type": ["Made"] * rows,
        "data": [f'{{"n":{i % 3}}}' for i in range(rows)],
        "metadata": ["{}"] * rows,
    }
    columns = {name: data.draw(text_columns(cells)) for name, cells in given_cells.items()}
    table = check_columns(as_table(columns), NOON)
    assert {name: table[name].to_pylist() for name in TEXTS} == given_cells
    streams = table["stream_id"].combine_chunks()
    places = number_in_stream(streams.indices.to_numpy())
    seen: dict[str, int] = {}
    for stream_id, place in zip(given_cells["stream_id"], places, strict=True):
        seen[stream_id] = seen.get(stream_id, 0) + 1
        assert place == seen[stream_id], "versions count on"


INVALID = pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")
SURROGATE = (
    pa.py_buffer(b"\0\0\0\0\3\0\0\0"),
    pa.py_buffer("\ud800".encode("utf-8", "surrogatepass")),
)
UNSOUND: list[pa.Array] = [
    EMPTY,
    pa.DictionaryArray.from_arrays(pa.array([None], pa.int8()), ["{}"]),
    pa.DictionaryArray.from_arrays(pa.array([7]), pa.array(["{}"]), safe=False),
    pa.DictionaryArray.from_arrays(pa.array([-1]), pa.array(["{}"]), safe=False),
    pa.DictionaryArray.from_arrays(pa.array([0]), pa.array(["{}"]).dictionary_encode()),
    pa.array([7]).dictionary_encode(),
    pa.array([b"{}"]).dictionary_encode(),
    pa.array([None], pa.string()),
    pa.array([None], pa.string_view()),
    pa.nulls(1),
    pa.array([b"{}"]),
    pa.array([b"{}"], pa.binary_view()),
    pa.array([{"a": 1}]),
    pa.array([["{}"]]),
    pa.array([7]),
    pa.array([NOON]),
    pc.run_end_encode(pa.array(["{}"])),
    pc.run_end_encode(pa.array([None], pa.string())),
    pa.array([ID], pa.uuid()),
    pa.StringArray.from_buffers(1, *INVALID),
    pa.StringArray.from_buffers(1, *SURROGATE),
    pa.StringArray.from_buffers(1, *INVALID).dictionary_encode(),
]


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("column", UNSOUND)
def test_what_is_no_text_is_named(name: str, column: pa.Array) -> None:
    with pytest.raises(es.InvalidInput) as error:
        checked(one(**{name: column}))
    assert error.value.field.startswith(name)


# --- rows are named ------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [3, 2 * SAMPLE])
@pytest.mark.parametrize("encoded", [list, wasteful])
def test_a_bad_cell_is_named_by_its_row(rows: int, encoded: Any) -> None:
    def columns(name: str, cell: str) -> dict[str, Any]:
        cells = {"stream_id": ["a-1"] * rows, "type": ["Made"] * rows, "data": ['{"n":1}'] * rows}
        cells[name] = [*cells[name][: rows - 1], cell]
        return {key: encoded(pa.chunked_array([cells[key]])) for key in cells}

    checked(columns("data", '{"n":2}'))
    for name, cell in (("stream_id", "\u202e"), ("type", ""), ("data", '{"n":NaN}')):
        with pytest.raises(es.InvalidInput) as error:
            checked(columns(name, cell))
        assert error.value.field == f"{name}[{rows - 1}]"
    with pytest.raises(es.InvalidInput) as error:
        checked(columns("data", '{"n":{"m":[1e999]}}'))
    assert error.value.field == f"data[{rows - 1}].n.m[0]"


@pytest.mark.parametrize(
    "data",
    [
        '{"n":' + "1" * 5_000 + "}",
        '{"n":-' + "1" * 5_000 + "}",
        '{"n":1e400}',
        '{"n":1e-400}',
        '{"n":0.' + "0" * 400 + "1}",
        "[" * 100_000,
        canonical_json(nested(MAX_DEPTH)).replace("{}", '{"d":{}}'),
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.parametrize("rows", [1, 2 * SAMPLE])
def test_numbers_and_depths_beyond_all_bounds_are_named(data: str, rows: int) -> None:
    cells = {"stream_id": ["a-1"] * rows, "type": ["Made"] * rows, "data": ['{"n":1}'] * rows}
    cells["data"][-1] = data
    with pytest.raises(es.InvalidInput, match=rf"data\[{rows - 1}\]"):
        checked(cells)


# --- numbers, ids and times ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "column",
    [
        [1],
        np.array([1], np.int64),
        pa.array([1], pa.uint64()),
        pa.array([1], pa.int8()).dictionary_encode(),
        pd.Series([1], dtype="Int64"),
        pd.Categorical([1]),
    ],
)
def test_a_schema_version_is_a_whole_number_of_any_width(column: Any) -> None:
    if isinstance(column, pd.Categorical):
        column = pa.array(column)
    assert checked(one(schema_version=column))["schema_version"] == [1]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([0]),
        pa.array([-1], pa.int8()),
        pa.array([2**31]),
        pa.array([2**64 - 1], pa.uint64()),
        pa.array([True]),
        pa.array([1.0]),
        pa.array([float("nan")]),
        pa.array([Decimal(1)]),
        pa.array(["1"]),
        pa.array([None], pa.int32()),
        pa.array([2**31]).dictionary_encode(),
        pa.DictionaryArray.from_arrays([0], pa.array([None], pa.int32())),
        pc.run_end_encode(pa.array([1])),
        pa.nulls(1),
    ],
)
def test_another_schema_version_is_named(column: pa.Array) -> None:
    with pytest.raises(es.InvalidInput, match="schema_version"):
        checked(one(schema_version=column))


@pytest.mark.parametrize(
    "column",
    [
        [str(ID)],
        [str(ID).upper()],
        [f"urn:uuid:{ID}"],
        [ID.hex],
        pa.array([str(ID)], pa.string_view()),
        pa.array([str(ID)]).dictionary_encode(),
        [ID.bytes],
        pa.array([ID.bytes], pa.large_binary()),
        pa.array([ID.bytes], pa.binary_view()),
        pa.array([ID.bytes], pa.binary(16)),
        pa.array([ID.bytes], pa.binary(16)).dictionary_encode(),
        [ID],
        pa.array([ID], pa.uuid()),
        pa.array([UUID(int=6), ID], pa.uuid())[1:],
    ],
)
def test_an_event_id_is_a_uuid_as_text_or_bytes(column: Any) -> None:
    assert checked(one(event_id=column))["event_id"] == [ID]


@pytest.mark.parametrize(
    "column",
    [
        [""],
        ["7"],
        [str(ID) + "0"],
        ["7f3a0d3e-0000-4000-8000-00000000000g"],
        ["7f3a0d3e-0000-4000-8000-0000000000_1"],
        ["7f3a0d3e-0000-4000-8000-0000000000+1"],
        [" 7f3a0d3e-0000-4000-8000-00000000001"],
        ["\uff17f3a0d3e-0000-4000-8000-000000000001"],
        [b""],
        [ID.bytes[:15]],
        [ID.bytes * 2],
        [str(ID).encode()],
        pa.array([b"x" * 15], pa.binary(15)),
        [7],
        [True],
        [None],
        pa.array([None], pa.uuid()),
        pa.array([None], pa.binary(16)),
        pa.array([None], pa.string()),
        pa.DictionaryArray.from_arrays([0], pa.array([None], pa.string())),
        pa.DictionaryArray.from_arrays([0], pa.array([None], pa.binary(16))),
        pc.run_end_encode(pa.array([str(ID)])),
        [{"id": str(ID)}],
    ],
)
def test_another_event_id_is_named(column: Any) -> None:
    with pytest.raises(es.InvalidInput, match="event_id"):
        checked(one(event_id=column))


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(["s", "ms", "us", "ns"]))
def test_a_time_of_any_unit_is_kept_or_named(time: datetime, unit: str) -> None:
    per = {"s": 10**6, "ms": 10**3, "us": 1, "ns": 1}[unit]
    micros = (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) // per * per
    column = pa.array([micros // per], pa.timestamp(unit, "Asia/Kolkata"))
    expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros)
    if unit == "ns" and micros % 1000:
        with pytest.raises(es.InvalidInput, match="occurred_at: has nanoseconds"):
            checked(one(occurred_at=column))
    else:
        if unit == "ns":
            expected = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros // 1000)
        for each in (column, column.dictionary_encode()):
            assert checked(one(occurred_at=each))["occurred_at"] == [expected]


@pytest.mark.parametrize("name", ["occurred_at", "recorded_at"])
@pytest.mark.parametrize("unit", ["s", "ms", "us"])
@pytest.mark.parametrize("years", [-1, 10_000, 100_000])
def test_a_time_outside_the_calendar_is_named(name: str, unit: str, years: int) -> None:
    seconds = (years - 1970) * 31_556_952
    many = seconds * {"s": 1, "ms": 10**3, "us": 10**6}[unit]
    for number in (many, 2**63 - 1 if years > 0 else -(2**63) + 1):
        column = pa.array([number], pa.timestamp(unit, "UTC"))
        with pytest.raises(es.InvalidInput, match=f"{name}: is outside the years"):
            checked(one(**{name: column}))


@pytest.mark.parametrize(
    "column",
    [
        pa.array([NOON.replace(tzinfo=None)]),
        pa.array([date(2025, 1, 1)]),
        pa.array(["2025-01-01T00:00:00Z"]),
        pa.array([1]),
        pa.array([timedelta(1)]),
        pa.array([None], pa.timestamp("us", "UTC")),
        pa.DictionaryArray.from_arrays([0], pa.array([None], pa.timestamp("us", "UTC"))),
    ],
)
def test_what_is_no_instant_is_named(column: pa.Array) -> None:
    with pytest.raises(es.InvalidInput, match="occurred_at"):
        checked(one(occurred_at=column))


@pytest.mark.parametrize("form", [list, tuple, pd.Series, lambda cells: np.array(cells, object)])
def test_pythons_own_times_are_looked_at_one_by_one(form: Any) -> None:
    """Arrow by itself takes a naive one among others for UTC, and drops nanoseconds."""
    two = {name: cells * 2 for name, cells in one().items()}
    west = NOON.astimezone(timezone(timedelta(hours=-5)))
    assert checked({**two, "occurred_at": form([NOON, west])})["occurred_at"] == [NOON, NOON]
    for bad in (NOON.replace(tzinfo=None), pd.Timestamp("2025-01-01T00:00:00.000000001Z")):
        cells = form([NOON, bad]) if form is not pd.Series else pd.Series([NOON, bad], dtype=object)
        for columns in ({**two, "occurred_at": cells}, {**two, "recorded_at": cells}):
            with pytest.raises(es.InvalidInput, match=r"(occurred|recorded)_at"):
                checked(columns)
    frame = pd.DataFrame({**two, "occurred_at": pd.Series([NOON, west], dtype=object)})
    assert len(check_columns(as_table(frame), NOON)) == 2
    with pytest.raises(es.InvalidInput, match=r"occurred_at\[1\]"):
        as_table(frame.assign(occurred_at=pd.Series([NOON, datetime(2025, 1, 1)], dtype=object)))  # noqa: DTZ001


# --- tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "columns",
    [
        None,
        3,
        "text",
        [1, 2],
        {1: ["a-1"]},
        one(type=[]),
        one(type="Made"),
        one(type=7),
        one(data=["\ud800"]),
        one(schema_version=[2**70]),
        one(data=[object()]),
        one(data=[1, "{}"]),
        one(data=np.zeros((1, 1))),
        one(data=pd.DataFrame({"data": ["{}"]})),
        pd.DataFrame([["a-1", "a-1"]], columns=["stream_id", "stream_id"]),
    ],
)
def test_what_makes_no_table_is_named(columns: Any) -> None:
    with pytest.raises(es.InvalidInput, match="columns: "):
        as_table(columns)


@pytest.mark.parametrize("rows", [0, 1])
def test_columns_are_named_that_are_missing_unknown_or_twice(rows: int) -> None:
    table = pa.table(one()).slice(0, rows)
    for name in REQUIRED:
        with pytest.raises(es.InvalidInput, match=f"{name}: is a column that every append needs"):
            check_columns(table.drop_columns(name), NOON)
    for name in (*REQUIRED, *OPTIONAL):
        twice = pa.Table.from_arrays([*table, table[0], table[0]], [*REQUIRED, name, name])
        with pytest.raises(es.InvalidInput, match=f"{name}: is there twice"):
            check_columns(twice, NOON)
    with pytest.raises(es.InvalidInput, match="colour: is not a column of an event"):
        check_columns(table.append_column("colour", table[0]), NOON)
