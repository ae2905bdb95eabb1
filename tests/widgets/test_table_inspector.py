import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.widgets import TableInspector
from eventsourcing_kit.widgets.table_inspector import PURPOSES, pack
from eventsourcing_kit.widgets.table_inspector.data import PackedTable, TableRow
from eventsourcing_kit.widgets.table_inspector.picture import in_order, remarks, summary
from tests.widgets.sample import HOSTILE, START

SVG = "{http://www.w3.org/2000/svg}"
APPENDS = [("account-1", 2), ("account-2", 1), ("account-1", 1), ("account-2", 3)]


def event_rows(appends: list[tuple[str, int]] = APPENDS) -> list[dict[str, Any]]:
    """The rows of a store after these appends, each a minute after the one before."""
    rows: list[dict[str, Any]] = []
    for minute, (stream_id, n) in enumerate(appends):
        for _ in range(n):
            version = 1 + sum(row["stream_id"] == stream_id for row in rows)
            memo = HOSTILE if len(rows) == 3 else f"movement {len(rows) + 1}"
            rows.append(
                {
                    "position": len(rows) + 1,
                    "stream_id": stream_id,
                    "version": version,
                    "event_id": UUID(int=len(rows)),
                    "type": "MoneyDeposited",
                    "data": {"amount": 2**63 - 1 - len(rows), "currency": "EUR", "memo": memo},
                    "recorded_at": START + timedelta(minutes=minute),
                }
            )
    return rows


def packed_of(inspector: TableInspector) -> PackedTable:
    return msgspec.json.decode(inspector.packed, type=PackedTable)


# --- what goes to the browser --------------------------------------------------------------------


def test_neighbours_with_one_recorded_at_came_in_one_append() -> None:
    packed = packed_of(TableInspector(event_rows()))
    assert [row.append for row in packed.rows] == [1, 1, 2, 3, 4, 4, 4]
    assert (packed.appends, packed.streams) == (4, ["account-1", "account-2"])


def test_without_recorded_at_each_row_is_an_append() -> None:
    rows = [{"stream_id": "a-1", "version": 1}, {"stream_id": "a-1", "version": 2}]
    packed = packed_of(TableInspector(rows))
    assert [row.append for row in packed.rows] == [1, 2]
    assert [row.position for row in packed.rows] == [None, None]


def test_a_cell_is_short_and_can_be_read_at_length() -> None:
    row = packed_of(TableInspector(event_rows())).rows[0]
    short = dict(zip(event_rows()[0], row.cells, strict=True))
    full = dict(zip(event_rows()[0], row.full, strict=True))
    assert short["data"] == (
        '{"amount": 9223372036854775807, "currency": "EUR", "memo": "movement 1"}'
    )
    assert full["data"].splitlines()[1] == '  "amount": 9223372036854775807,'
    assert short["recorded_at"] == "2025-03-03 09:00:00"
    assert full["recorded_at"] == "2025-03-03 09:00:00+00:00"


@pytest.mark.parametrize(
    ("value", "short", "full"),
    [
        (None, "NULL", "NULL: no value"),
        (float("nan"), "NULL", "NULL: no value"),
        ('{"a":[1]}', '{"a": [1]}', '{\n  "a": [\n    1\n  ]\n}'),
        ("no {json", "no {json", "no {json"),
        (7, "7", "7"),
    ],
)
def test_values_of_any_kind_become_text(value: Any, short: str, full: str) -> None:
    [row] = pack([{"data": value}], {}).rows
    assert (row.cells, row.full) == ([short], [full])


def test_each_column_says_what_it_is_for() -> None:
    packed = packed_of(TableInspector(event_rows(), purposes={"event_id": "A name."}))
    told = {column.name: column.purpose for column in packed.columns}
    assert told["position"] == PURPOSES["position"]
    assert told["event_id"] == "A name."
    assert [column.name for column in packed.columns if column.is_key] == ["stream_id", "version"]
    [unknown] = packed_of(TableInspector([{"colour": "red"}])).columns
    assert unknown.purpose == "A column of this table."


def test_every_column_of_the_kits_table_has_a_purpose() -> None:
    with es.open_store(":memory:") as store:
        names = store.sql(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = 'events'"
            " ORDER BY column_index"
        )
    assert names["column_name"].tolist() == list(PURPOSES)


def test_a_dataframe_will_do() -> None:
    rows = event_rows()
    assert packed_of(TableInspector(pd.DataFrame(rows))) == packed_of(TableInspector(rows))


# --- places that are missing, or taken twice -----------------------------------------------------


def said(places: list[Any], one: bool = False) -> list[list[str]]:
    """What is said of rows with these positions, streams and versions."""
    rows = [
        TableRow([], [], append, stream_id, version, position)
        for append, (position, stream_id, version) in enumerate(places, 1)
    ]
    return remarks(in_order(rows), one)


def test_missing_positions_are_told() -> None:
    assert said([(1, "a", 1), (3, "b", 1)]) == [[], ["position 2 is not here"]]
    assert said([(4, "a", 1)]) == [["positions 1 to 3 are not here"]]


def test_a_position_that_comes_late_fills_its_gap() -> None:
    late = [(1, "a", 1), (3, "b", 1), (2, "c", 1)]
    assert said(late[:2])[1] == ["position 2 is not here"]
    assert said(late) == [[], [], []]


def test_missing_versions_are_told_stream_by_stream() -> None:
    assert said([(1, "a", 1), (2, "b", 2), (3, "a", 4)]) == [
        [],
        ["version 1 of b is not here"],
        ["versions 2 to 3 of a are not here"],
    ]


def test_a_version_taken_twice_is_told() -> None:
    assert said([(None, "a", 1), (None, "a", 1)]) == [[], ["version 1 of a is here twice"]]
    assert said([(None, None, 1), (None, None, 1)]) == [[], ["version 1 is here twice"]]


def test_of_one_stream_alone_positions_have_others_between() -> None:
    assert said([(2, "a", 1), (7, "a", 2)], one=True) == [[], []]


@given(st.lists(st.tuples(st.sampled_from(["a-1", "a-2", "b-1"]), st.integers(1, 3)), min_size=1))
def test_a_real_history_has_nothing_amiss(appends: list[tuple[str, int]]) -> None:
    packed = pack(list(event_rows(appends)), {})
    for append in range(packed.appends + 1):
        rows = in_order([row for row in packed.rows if row.append <= append])
        assert not any(remarks(rows, one_stream=False))
        if rows:
            assert f"position {len(rows)}." in summary(rows, packed, append, "")


# --- traits --------------------------------------------------------------------------------------


def test_it_starts_after_the_last_append() -> None:
    inspector = TableInspector(event_rows())
    assert (inspector.append, inspector.stream_id) == (4, "")
    assert (inspector.row, inspector.column) == (-1, "position")


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        *(("append", -1), ("append", 5), ("stream_id", "account-3")),
        *(("row", -2), ("row", 7), ("column", "colour")),
    ],
)
def test_what_is_not_in_the_table_is_refused(trait: str, value: Any) -> None:
    with pytest.raises(es.InvalidInput, match=trait):
        setattr(TableInspector(event_rows()), trait, value)


def test_what_an_observer_raises_is_shown_in_the_widget() -> None:
    inspector = TableInspector(event_rows())
    inspector.observe(lambda _: 1 / 0, "append")
    inspector.set_state({"append": 2})  # as the browser sends it
    assert inspector.error == "ZeroDivisionError: division by zero"


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([], "empty"),
        ([{}], "empty"),
        (7, "not a int"),
        ([1], "not a int"),
        ([{"a": 1}, {"b": 1}], "same columns"),
        ([{"version": "x"}], "version"),
        ([{"a": 1}] * 501, "at most 500"),
    ],
)
def test_rows_that_make_no_table_are_refused(rows: Any, problem: str) -> None:
    with pytest.raises(es.InvalidInput, match=problem):
        TableInspector(rows)


# --- what stays in the notebook ------------------------------------------------------------------


def test_repr_says_what_is_shown_and_never_changes() -> None:
    first, second = TableInspector(event_rows()), TableInspector(event_rows())
    first.append = second.append = 2
    first.stream_id = second.stream_id = "account-1"
    expected = "TableInspector(7 rows, 4 appends, 2 streams; after append 2 of 4, account-1 alone)"
    assert repr(first) == repr(second) == expected
    assert first.picture() == second.picture()


def test_the_picture_is_well_formed_described_and_inert() -> None:
    rows = event_rows()
    del rows[4]
    root = ET.fromstring(TableInspector(rows, title="Seven less one").picture())
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "Seven less one"
    assert root.findtext(f"{SVG}desc") == (
        "After append 4 of 4: 6 rows. The store is at position 7. "
        "Versions: account-1 at 3, account-2 at 4."
    )
    texts = [element.text or "" for element in root.iter(f"{SVG}text")]
    assert "▲ position 5 is not here" in texts
    assert "▲ version 2 of account-2 is not here" in texts
    assert "stream_id *" in texts
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{name}" for name in ("svg", "title", "desc", "rect", "line", "text")
    }


def test_a_long_table_is_cut_in_the_picture_and_says_so() -> None:
    wide = [{f"column_{i}": "x" * 80 for i in range(12)}] * 30
    texts = [e.text or "" for e in ET.fromstring(TableInspector(wide).picture()).iter(f"{SVG}text")]
    assert "Not in the picture: 16 lines and 2 columns." in texts


def test_before_the_first_append_there_is_a_picture_too() -> None:
    inspector = TableInspector(event_rows())
    inspector.append = 0
    description = ET.fromstring(inspector.picture()).findtext(f"{SVG}desc")
    assert description == "After append 0 of 4: 0 rows."


def test_times_of_pandas_are_times() -> None:
    [row] = pack([{"occurred_at": pd.Timestamp(datetime(2025, 3, 3), tz="UTC")}], {}).rows  # noqa: DTZ001
    assert row.cells == ["2025-03-03 00:00:00"]


def test_what_stays_behind_is_the_first_append() -> None:
    inspector = TableInspector(event_rows())
    still = inspector.still()
    assert still["text/plain"] == "TableInspector(4 appends; after append 1)"
    inspector.append = 1
    assert still["image/svg+xml"].count("<rect") == inspector.picture().count("<rect")
