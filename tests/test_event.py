"""The envelope: every bad input has its right answer, before anything is written."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.event import canonical_json, parse_json, parse_time
from eventsourcing_kit.stores.conformance import JSON_VALUES, PAYLOADS, nested


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
            '{"a":' + "[" * 100_000,
        ],
    )
    def test_it_refuses_what_readers_let_pass(self, text: str | bytes) -> None:
        with pytest.raises(es.InvalidInput):
            parse_json(text)

    def test_it_reads_the_rest(self) -> None:
        assert parse_json('{"memo":"caf\\u00e9 🏦","n":-0}') == {"memo": "café 🏦", "n": 0}


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

    @pytest.mark.parametrize("text", ["", "today", "2025-13-01T00:00Z", "2025-01-01T00:00:00", 7])
    def test_text_that_is_no_time_is_refused(self, text: Any) -> None:
        with pytest.raises(es.InvalidInput, match="occurred_at"):
            parse_time("occurred_at", text)


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
