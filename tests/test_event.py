"""The envelope: every bad input has its right answer, before anything is written."""

from __future__ import annotations

import json
from collections import OrderedDict, UserDict, defaultdict
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.event import canonical_json, parse_json, parse_time
from eventsourcing_kit.stores.conformance import JSON_VALUES, PAYLOADS, SURROGATE_FREE, nested


def made(**data: Any) -> es.NewEvent:
    return es.NewEvent("Made", data)


def sound(data: dict[str, Any]) -> bool:
    """Whether plain JSON and UTF-8 can carry it, as the standard library has it."""
    try:
        text = json.dumps(data, allow_nan=False, ensure_ascii=False)
        text.encode()
    except ValueError:
        return False
    return "\\u0000" not in text


class TestNewEvent:
    def test_it_is_frozen(self) -> None:
        with pytest.raises(FrozenInstanceError):
            made(x=1).type = "Other"  # type: ignore[misc]

    def test_it_has_an_id_from_birth(self) -> None:
        one, two = made(x=1), made(x=1)
        assert one.event_id != two.event_id

    def test_it_is_cut_off_from_the_object_it_was_made_of(self) -> None:
        data = {"lines": [1]}
        event = es.NewEvent("Made", data)
        data["lines"].append(2)
        assert event.data == {"lines": [1]}
        assert event.data_json == '{"lines":[1]}'

    def test_its_repr_is_the_same_on_every_run(self) -> None:
        assert "event_id" not in repr(made(x=1))

    @pytest.mark.parametrize("type_", ["", " ", "x" * 257, "a\nb", "\u200bX", 7, None])
    def test_a_bad_type_is_refused(self, type_: Any) -> None:
        with pytest.raises(es.InvalidInput, match="type"):
            es.NewEvent(type_, {})

    @pytest.mark.parametrize("version", [0, -1, True, "1", 1.0, 2**31])
    def test_a_bad_schema_version_is_refused(self, version: Any) -> None:
        with pytest.raises(es.InvalidInput, match="schema_version"):
            es.NewEvent("Made", {}, schema_version=version)

    def test_an_id_must_be_a_uuid(self) -> None:
        with pytest.raises(es.InvalidInput, match="event_id"):
            es.NewEvent("Made", {}, event_id="7")  # type: ignore[arg-type]

    def test_metadata_is_checked_too(self) -> None:
        with pytest.raises(es.InvalidInput, match=r"metadata\.actor"):
            es.NewEvent("Made", {}, metadata={"actor": {"a", "set"}})


class TestPayload:
    @pytest.mark.parametrize(
        ("value", "problem"),
        [
            ("a\0b", "NUL"),
            ("\ud800", "surrogate"),
            (float("nan"), "nan"),
            (float("inf"), "inf"),
            (-float("inf"), "inf"),
            (2**63, "64 bits"),
            (-(2**63) - 1, "64 bits"),
            (Decimal("1.5"), "Decimal"),
            ({1, 2}, "set"),
            (b"x", "bytes"),
            (object(), "object"),
            (datetime(2025, 1, 1, tzinfo=UTC), "datetime"),
            ({1: "a"}, "keys must be text"),
            ({1: "a", "1": "b"}, "keys must be text"),
            ({"\0": 1}, "NUL"),
            ({"\udfff": 1}, "surrogate"),
        ],
    )
    def test_what_json_cannot_keep_is_refused_with_its_place(
        self, value: Any, problem: str
    ) -> None:
        with pytest.raises(es.InvalidInput, match=problem) as refused:
            made(lines=[1, {"memo": value}])
        assert "data.lines[1].memo" in refused.value.field

    @pytest.mark.parametrize("data", [None, [], "{}", 1, [("a", 1)]])
    def test_a_payload_is_a_mapping(self, data: Any) -> None:
        with pytest.raises(es.InvalidInput, match="mapping"):
            es.NewEvent("Made", data)

    def test_depth_and_size_have_limits(self) -> None:
        es.NewEvent("Made", nested(64))
        with pytest.raises(es.InvalidInput, match="64 levels"):
            es.NewEvent("Made", nested(65))
        loop: dict[str, Any] = {}
        loop["me"] = loop
        with pytest.raises(es.InvalidInput, match="64 levels"):
            es.NewEvent("Made", loop)
        with pytest.raises(es.InvalidInput, match="bytes"):
            made(x="x" * 1024 * 1024)

    def test_a_tuple_is_a_list_and_minus_zero_is_zero(self) -> None:
        assert made(pair=(1, 2), zero=-0.0).data_json == '{"pair":[1,2],"zero":0.0}'

    @pytest.mark.parametrize(
        ("data", "ours", "rfc_8785"),
        [
            (
                {"\U0001f600": 1, "\ufb33": 2},
                '{"\ufb33":2,"\U0001f600":1}',
                '{"\U0001f600":1,"\ufb33":2}',
            ),
            ({"a": 1.0}, '{"a":1.0}', '{"a":1}'),
            ({"a": 1e20}, '{"a":1e20}', '{"a":100000000000000000000}'),
            ({"a": 1e21}, '{"a":1e21}', '{"a":1e+21}'),
            ({"a": 1e-6}, '{"a":1e-6}', '{"a":0.000001}'),
            ({"a": 2**53 + 1}, '{"a":9007199254740993}', '{"a":9007199254740992}'),
        ],
    )
    def test_canonical_text_is_not_that_of_rfc_8785(
        self, data: dict[str, Any], ours: str, rfc_8785: str
    ) -> None:
        assert canonical_json(data) == ours != rfc_8785

    def test_canonical_text_is_that_of_rfc_8785_where_both_agree(self) -> None:
        data = {"b": [1, -0.5, 333333333.33333329, 1e-7, "\u20ac$\u000f\nA'B\"\\/"], "a": None}
        ours = '{"a":null,"b":[1,-0.5,333333333.3333333,1e-7,"\u20ac$\\u000f\\nA\'B\\"\\\\/"]}'
        assert canonical_json(data) == ours

    @given(PAYLOADS)
    def test_canonical_text_is_one_text_for_equal_payloads(self, data: dict[str, Any]) -> None:
        text = canonical_json(data)
        shuffled = dict(reversed(data.items()))
        assert canonical_json(shuffled) == text
        assert parse_json(text) == data == json.loads(text)

    @given(st.dictionaries(st.text(max_size=5), JSON_VALUES | st.floats(), max_size=3))
    def test_any_payload_is_kept_or_refused_with_a_typed_error(self, data: dict[str, Any]) -> None:
        try:
            event = es.NewEvent("Made", data)
        except es.InvalidInput:
            assert not sound(data)
        else:
            assert event.data == data


class Name(str):
    """A text whose class has its own mind about nearly everything."""

    def __str__(self) -> str:
        return "shown"

    def __repr__(self) -> str:
        return "shown"

    def __format__(self, spec: str) -> str:
        return "shown"

    def __contains__(self, part: object) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class Count(int):
    def __int__(self) -> int:
        return 0

    __index__ = __int__

    def __repr__(self) -> str:
        return "shown"


class Rate(float):
    def __float__(self) -> float:
        return 0.0

    def __repr__(self) -> str:
        return "shown"


class Items(list[Any]): ...


class Pair(NamedTuple):
    one: Any
    two: Any


class Colour(str, Enum):  # noqa: UP042 – its str() is "Colour.RED"
    RED = "red"


class Level(IntEnum):
    HIGH = 3


Kept = tuple[Any, Any]  # a value, and what JSON has in its place
SCALARS: st.SearchStrategy[Kept] = (
    st.sampled_from([None, True, False, Colour.RED, Level.HIGH]).map(
        lambda x: (x, getattr(x, "value", x))
    )
    | SURROGATE_FREE.flatmap(
        lambda x: st.sampled_from([(x, x), (Name(x), x), (np.str_(x), x.rstrip("\0"))])
    )
    | st.integers(-(2**63), 2**63 - 1).flatmap(lambda x: st.sampled_from([(x, x), (Count(x), x)]))
    | st.floats(allow_nan=False, allow_infinity=False).flatmap(
        lambda x: st.sampled_from([(x, x), (Rate(x), x), (np.float64(x), x)])
    )
)


def _lists(inner: st.SearchStrategy[Kept]) -> st.SearchStrategy[Kept]:
    forms = st.sampled_from([list, tuple, Items, lambda xs: Pair(xs, xs)])

    def made(form: Any, pairs: list[Kept]) -> Kept:
        plain = [plain for _, plain in pairs]
        value = form([value for value, _ in pairs])
        return value, [plain, plain] if isinstance(value, Pair) else plain

    return st.builds(made, forms, st.lists(inner, max_size=3))


def _mappings(inner: st.SearchStrategy[Kept]) -> st.SearchStrategy[Kept]:
    forms = st.sampled_from(
        [dict, OrderedDict, UserDict, MappingProxyType, lambda pairs: defaultdict(list, pairs)]
    )
    names = st.sampled_from([str, Name, np.str_])

    def made(form: Any, name: Any, content: dict[str, Kept]) -> Kept:
        return (
            form({name(key): value for key, (value, _) in content.items()}),
            {key: plain for key, (_, plain) in content.items()},
        )

    return st.builds(made, forms, names, st.dictionaries(SURROGATE_FREE, inner, max_size=3))


VALUES = st.recursive(SCALARS, lambda inner: _lists(inner) | _mappings(inner), max_leaves=8)
FOREIGN: list[Any] = [
    *(np.int64(1), np.bool_(True), np.float32(1), np.float64("nan"), np.array([1])),
    *(pd.NaT, pd.NA, pd.Timestamp("2025-01-01"), pd.Series([1]), Rate("inf"), Decimal(1)),
    *(b"x", bytearray(b"x"), {1}, 1j, range(3), object(), UUID(int=1), Count(2**63)),
    *({10**5_000: 1}, {Level.HIGH: 1}, {np.int64(1): 1}, {("a", 1): 1}, {b"x": 1}, 10**5_000),
    *(Name("\0"), {Name("\ud800"): 1}, {Name("a"): 1, Name("a"): 2}, np.str_("\udfff")),
]


@pytest.fixture(scope="module")
def store() -> Iterator[es.EventStore]:
    with es.open_store(":memory:") as store:
        yield store


class TestTypesOfOnesOwn:
    """What is derived from JSON's types is kept as what it holds; what is not is refused."""

    @given(content=_mappings(VALUES))
    @settings(deadline=None)
    def test_a_payload_is_kept_as_what_it_holds(self, store: es.EventStore, content: Kept) -> None:
        value, plain = content
        event = es.NewEvent("Made", value, metadata=value)
        assert event.data_json == event.metadata_json == canonical_json(plain)
        stream_id = f"made-{event.event_id}"
        store.append(stream_id, [event], 0)
        [read] = store.read_stream(stream_id)
        assert canonical_json(read.data) == canonical_json(read.metadata) == canonical_json(plain)
        assert store.append(stream_id, [event], 0).count == 1, "a retry is known again"

    @pytest.mark.parametrize("foreign", FOREIGN, ids=map(str, range(len(FOREIGN))))
    def test_what_is_foreign_is_refused_wherever_it_stands(self, foreign: Any) -> None:
        for payload in ({"x": foreign}, {"y": 1, "x": [{"z": (foreign,)}]}):
            with pytest.raises(es.InvalidInput, match=r"^(a key of )?data\.x"):
                es.NewEvent("Made", payload)
            with pytest.raises(es.InvalidInput, match=r"^(a key of )?metadata\.x"):
                es.NewEvent("Made", {}, metadata=payload)

    @pytest.mark.parametrize("form", [Name, np.str_])
    def test_names_are_kept_as_what_they_hold(self, store: es.EventStore, form: Any) -> None:
        stream_id, type_, tag = f"kind-{form.__name__}", "Made", f"tag-{form.__name__}"
        event = es.NewEvent(form(type_), {}, metadata={form("tags"): [form(tag)]})
        assert type(event.type) is str
        store.append(form(stream_id), [event], 0)
        [read] = store.read_stream(form(stream_id))
        assert (read.stream_id, read.type) == (stream_id, type_)
        for query in (es.Query([form(type_)], [form(tag)]), es.Query([type_], [tag])):
            assert [e.stream_id for e in store.read_matching(query)] == [stream_id]
        assert store.version(form(stream_id)) == 1
        with pytest.raises(es.WrongExpectedVersion):
            store.append(stream_id, [es.NewEvent("Made", {})], 0)
        with pytest.raises(es.InvalidInput, match="twice"):
            store.append_many([(form("a-1"), [], 0), ("a-1", [], 0)])

    def test_a_version_is_an_int_and_no_other(self, store: es.EventStore) -> None:
        others: list[Any] = [np.int64(1), np.bool_(True), Level.HIGH, Count(1), 10**5_000]
        for other in others:
            with pytest.raises(es.InvalidInput, match="schema_version"):
                es.NewEvent("Made", {}, schema_version=other)
            with pytest.raises(es.InvalidInput, match="expected_version"):
                store.append("a-1", [], other)
            with pytest.raises(es.InvalidInput, match="from_version"):
                store.read_stream("a-1", other)


class TestParseJson:
    @pytest.mark.parametrize(
        "text",
        [
            '{"a":1,"a":2}',
            '{"b":{"a":1,"a":1}}',
            '{"a":NaN}',
            '{"a":-Infinity}',
            '{"a":1e999}',
            '{"a":9223372036854775808}',
            '{"a":"\\u0000"}',
            '{"a":"\\ud800"}',
            '{"\\ud800":1}',
            "[1]",
            "{",
            "",
            b"\xff{}",
            "\ufeff{}",
            '{"a":1}'.encode("utf-16"),
            '{"a":' + "[" * 100_000,
            '{"a":' + "1" * 5_000 + "}",
            '{"a":[-' + "1" * 5_000 + "]}",
            '{"a":1e-400}',
            '{"a":-0.' + "0" * 400 + "1}",
            '{"a":1e' + "9" * 5_000 + "}",
            None,
            7,
            {"a": 1},
        ],
    )
    def test_it_refuses_what_readers_let_pass(self, text: Any) -> None:
        with pytest.raises(es.InvalidInput):
            parse_json(text)

    def test_it_reads_the_rest(self) -> None:
        assert parse_json('{"memo":"caf\\u00e9 🏦","n":-0}') == {"memo": "café 🏦", "n": 0}
        assert parse_json(b'\xef\xbb\xbf{"memo":"caf\xc3\xa9"}') == {"memo": "café"}
        assert parse_json('{"n":[0e999,-0.0,5e-324,1E2]}') == {"n": [0.0, 0.0, 5e-324, 100.0]}


class TestTimes:
    def occurred(self, value: Any) -> datetime | None:
        return es.NewEvent("Made", {}, occurred_at=value).occurred_at

    def test_a_naive_time_is_refused(self) -> None:
        with pytest.raises(es.InvalidInput, match="time zone"):
            self.occurred(datetime(2025, 1, 1))  # noqa: DTZ001

    @pytest.mark.parametrize("value", ["2025-01-01T00:00:00Z", 1735689600, 1.5])
    def test_only_a_datetime_is_a_time(self, value: Any) -> None:
        with pytest.raises(es.InvalidInput, match="datetime"):
            self.occurred(value)

    def test_any_zone_is_kept_as_utc(self) -> None:
        india = timezone(timedelta(hours=5, minutes=30))
        kept = self.occurred(datetime(2025, 1, 1, 5, 30, tzinfo=india))
        assert kept is not None
        assert kept.isoformat() == "2025-01-01T00:00:00+00:00"

    def test_both_sides_of_a_clock_change_stay_distinct(self) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        first = datetime(2025, 10, 26, 2, 30, tzinfo=berlin, fold=0)
        second = first.replace(fold=1)
        assert first == second  # so Python says
        one, two = self.occurred(first), self.occurred(second)
        assert one is not None
        assert two is not None
        assert two - one == timedelta(hours=1)

    def test_nanoseconds_are_refused_not_cut_off(self) -> None:
        with pytest.raises(es.InvalidInput, match="nanoseconds"):
            self.occurred(pd.Timestamp("2025-01-01T00:00:00.000000001Z"))
        kept = self.occurred(pd.Timestamp("2025-01-01T00:00:00.000001Z"))
        assert type(kept) is datetime
        assert kept.microsecond == 1
        with pytest.raises(es.InvalidInput, match="microseconds"):
            parse_time("occurred_at", "2025-01-01T00:00:00.0000001Z")

    def test_the_ends_of_the_calendar(self) -> None:
        west = timezone(timedelta(hours=-5))
        with pytest.raises(es.InvalidInput, match="9999"):
            self.occurred(datetime.max.replace(tzinfo=west))

    @pytest.mark.parametrize("year", ["20000", "10000"])
    def test_a_calendar_that_goes_on_is_refused(self, year: str) -> None:
        with pytest.raises(es.InvalidInput, match="9999"):
            self.occurred(pd.Timestamp(np.datetime64(f"{year}-01-01", "s"), tz="UTC"))

    @pytest.mark.parametrize(
        "text",
        [
            *("", "today", "2025-13-01T00:00Z", "2025-01-01T00:00:00", 7, None, "\0", "\ud800"),
            *("2025-01-01", "2025-01-01Z", "20250101", "2025-W01", "2025-W01T09:17Z"),
            "2021-04-23T09:17.5Z",  # half a minute; Python reads half a second
            "2021-04-23T09.5Z",
            "2021-04-23T09:17:28:235575Z",
            "2021-04-23T09:17:28.Z",
            "2021-04-23T09:17:28 Z",
            "2021-04-23x09:17:28Z",
            "2021-04-23\u202809:17Z",
            "2021-04-23T09:1728Z",
            "2021-04-23T09:17:28+24:00",
            "2021-04-23T09:17:60Z",
            "\uff12021-04-23T09:17:28Z",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "x" * 10_000,
        ],
    )
    def test_text_that_is_no_time_is_refused(self, text: Any) -> None:
        with pytest.raises(es.InvalidInput, match="occurred_at") as refused:
            parse_time("occurred_at", text)
        assert len(str(refused.value)) < 200

    @given(
        day=st.dates(date(2, 1, 1), date(9998, 1, 1)),
        day_form=st.sampled_from(["%Y-%m-%d", "%Y%m%d", "%G-W%V-%u", "%GW%V%u"]),
        between=st.sampled_from("T "),
        clock=st.times(),
        clock_form=st.sampled_from(["%H:%M:%S", "%H%M%S"]),
        fraction=st.none() | st.text("0123456789", min_size=1, max_size=12),
        point=st.sampled_from(".,"),
        offset=st.none() | st.integers(-86_399, 86_399),
    )
    def test_any_form_of_iso_8601_is_read_exactly_or_refused(
        self,
        day: date,
        day_form: str,
        between: str,
        clock: Any,
        clock_form: str,
        fraction: str | None,
        point: str,
        offset: int | None,
    ) -> None:
        text = _padded(day, day_form) + between + clock.strftime(clock_form)
        text += "" if fraction is None else point + fraction
        if offset is None:
            text += "Z"
        else:
            hours, seconds = divmod(abs(offset), 3600)
            text += f"{'-' if offset < 0 else '+'}{hours:02}:{seconds // 60:02}:{seconds % 60:02}"
        micros = int((fraction or "").ljust(12, "0")[:6])
        lost = int((fraction or "").ljust(12, "0")[6:])
        if lost:
            with pytest.raises(es.InvalidInput, match="more digits"):
                parse_time("occurred_at", text)
        else:
            local = datetime.combine(day, clock.replace(microsecond=micros), UTC)
            assert parse_time("occurred_at", text) == local - timedelta(seconds=offset or 0)


def _padded(day: date, form: str) -> str:
    """strftime, which writes years before 1000 with fewer than four digits on some systems."""
    year, week, weekday = day.isocalendar()
    named = {"%Y": f"{day.year:04}", "%G": f"{year:04}", "%V": f"{week:02}", "%u": f"{weekday}"}
    for directive, value in named.items():
        form = form.replace(directive, value)
    return day.strftime(form)


class TestFixedSources:
    def test_ids_are_the_same_on_every_run(self) -> None:
        assert es.fixed_ids(1)() == es.fixed_ids(1)() != es.fixed_ids(2)()
        assert es.fixed_ids()().version == 4

    def test_a_clock_ticks(self) -> None:
        clock = es.fixed_clock(datetime(2025, 1, 1, tzinfo=UTC), timedelta(hours=1))
        assert [clock().hour for _ in range(3)] == [0, 1, 2]

    def test_category(self) -> None:
        assert [es.category(s) for s in ("account-7f3a", "a-b-c", "plain")] == [
            "account",
            "a",
            "plain",
        ]


def test_recorded_events_show_who_and_why() -> None:
    metadata = {"actor": "teller-4", "correlation_id": "t-1", "causation_id": "c-1"}
    with es.open_store(":memory:") as store:
        store.append("account-1", [es.NewEvent("Made", {}, metadata=metadata)], 0)
        [event] = store.read_all()
    assert (event.actor, event.correlation_id, event.causation_id) == ("teller-4", "t-1", "c-1")
    assert isinstance(event.event_id, UUID)
