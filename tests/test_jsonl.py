"""A history as text: what is written comes back the same, and a damaged line is named."""

from __future__ import annotations

import json
import os
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.stores.conformance import nested

NOON = datetime(2025, 3, 14, 12, 0, 0, 123_456, UTC)
LINE: dict[str, Any] = {
    "stream_id": "account-1",
    "type": "MoneyDeposited",
    "schema_version": 1,
    "data": {"amount": 100},
    "metadata": {},
    "event_id": "7f3a0d3e-0000-4000-8000-000000000001",
    "occurred_at": "2025-03-14T12:00:00Z",
    "recorded_at": "2025-03-14T12:00:01+00:00",
}


def written(path: Path, *lines: Any) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("".join(text + "\n" for text in texts), "utf-8")
    return path


def test_what_is_dumped_is_loaded_as_it_was(tmp_path: Path) -> None:
    clock = es.fixed_clock(NOON)
    with es.open_store(":memory:", clock=clock) as store:
        before = NOON.astimezone(timezone(timedelta(hours=5, minutes=30))) - timedelta(days=2)
        deposit = es.NewEvent(
            "MoneyDeposited",
            {"amount": 2**63 - 1, "memo": 'é "🎉"\n\u2028', "rate": 0.1, "tags": [None, True]},
            {"actor": "clerk"},
            schema_version=2,
            occurred_at=before,
        )
        store.append("account-1", [deposit], expected_version=es.NO_STREAM)
        store.append("account-2", [es.NewEvent("AccountOpened", {})], expected_version=0)
        store.append("account-1", [es.NewEvent("AccountClosed", {})], expected_version=1)
        history = store.read_all()
    assert es.dump_jsonl(history, tmp_path / "bank.jsonl") == 3
    with es.open_store(":memory:") as copy:
        assert es.load_jsonl(copy, tmp_path / "bank.jsonl") == 3
        assert copy.read_all() == history
        es.dump_jsonl(copy.read_all(), tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "bank.jsonl").read_bytes()


def test_the_deepest_and_the_largest_events_are_loaded_too(tmp_path: Path) -> None:
    with es.open_store(":memory:") as store:
        large = {"x": "x" * (1024 * 1024 - 8)}
        store.append("made-1", [es.NewEvent("Made", one) for one in (nested(64), large)], 0)
        before = store.read_all()
        es.dump_jsonl(before, tmp_path / "bank.jsonl")
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, tmp_path / "bank.jsonl")
        assert store.read_all() == before


def test_keys_stand_in_a_fixed_order_and_times_in_utc(tmp_path: Path) -> None:
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, written(tmp_path / "in.jsonl", LINE))
        es.dump_jsonl(store.read_all(), tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text("utf-8") == (
        '{"stream_id":"account-1","type":"MoneyDeposited","schema_version":1,'
        '"data":{"amount":100},"metadata":{},"event_id":"7f3a0d3e-0000-4000-8000-000000000001",'
        '"occurred_at":"2025-03-14T12:00:00Z","recorded_at":"2025-03-14T12:00:01Z"}\n'
    )


def test_the_same_file_again_adds_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "bank.jsonl", LINE)
    with es.open_store(":memory:") as store:
        assert es.load_jsonl(store, path) == 1
        assert es.load_jsonl(store, path) == 0
        assert store.position() == 1


def test_a_stream_that_is_there_already_is_not_mixed_with_the_file(tmp_path: Path) -> None:
    with es.open_store(":memory:") as store:
        store.append("account-1", [es.NewEvent("AccountOpened", {})], expected_version=0)
        with pytest.raises(es.WrongExpectedVersion):
            es.load_jsonl(store, written(tmp_path / "bank.jsonl", LINE))


def test_an_empty_file_is_an_empty_history(tmp_path: Path) -> None:
    with es.open_store(":memory:") as store:
        assert es.load_jsonl(store, written(tmp_path / "bank.jsonl")) == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("x", "event: is not JSON"),
        ("\xa0", "event: is not JSON"),
        ("\0\0\0", "event: is not JSON"),
        ("[]", "must be a mapping"),
        ('{"a":' + "1" * 5_000 + "}", "event: has an integer beyond 64 bits"),
        ("[" * 100_000, "event: is nested deeper"),
        (json.dumps(LINE).replace("100", "1" * 5_000), "event: has an integer beyond 64 bits"),
        (json.dumps(LINE).replace("100", "1e999"), "data.amount: is inf"),
        (json.dumps(LINE).replace("100", "1e-999"), "event: has '1e-999', which is too close"),
        (json.dumps(LINE) * 2, "event: is not JSON: Extra data"),
        (json.dumps(LINE)[:-20], "event: is not JSON"),
        ('{"a":1,"a":2}', "has the key 'a' twice"),
        ({**LINE, "data": {"amount": float("nan")}}, "NaN, which is not JSON"),
        ({key: value for key, value in LINE.items() if key != "type"}, "type: is missing"),
        ({**LINE, "version": 1}, "version: is not a part of an event"),
        ({**LINE, "stream_id": " "}, "stream_id: must not be empty"),
        ({**LINE, "type": 7}, "type: must be text"),
        ({**LINE, "type": "\ud800"}, "type: has half of a surrogate pair"),
        ({**LINE, "schema_version": True}, "schema_version: must be a whole number"),
        ({**LINE, "schema_version": 1.0}, "schema_version: must be a whole number"),
        ({**LINE, "schema_version": 2**31}, "schema_version: must be a whole number"),
        ({**LINE, "data": []}, "data: must be a mapping"),
        ({**LINE, "metadata": None}, "metadata: must be a mapping"),
        ({**LINE, "event_id": "1"}, "event_id: must be a UUID"),
        ({**LINE, "event_id": 1}, "event_id: must be a UUID"),
        ({**LINE, "event_id": None}, "event_id: must be a UUID"),
        ({**LINE, "event_id": LINE["event_id"][:-2] + "_1"}, "event_id: must be a UUID"),
        ({**LINE, "occurred_at": "2025-03-14T12:00:00"}, "occurred_at: has no time zone"),
        ({**LINE, "recorded_at": "2025-03-14T12:00:00.0000001Z"}, "recorded_at: has more digits"),
        ({**LINE, "recorded_at": "2025-03-14T12:00:00,000000001Z"}, "recorded_at: has more digits"),
        ({**LINE, "recorded_at": "2025-03-14T12:00.5Z"}, "recorded_at: is not an ISO 8601 time"),
        ({**LINE, "recorded_at": None}, "recorded_at: must be text"),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_loaded(tmp_path: Path, line: Any, problem: str) -> None:
    path = written(tmp_path / "bank.jsonl", LINE, line)
    with es.open_store(":memory:") as store:
        with pytest.raises(es.InvalidInput, match="line 2: ") as error:
            es.load_jsonl(store, path)
        assert problem in str(error.value)
        assert store.position() == 0


@pytest.mark.parametrize(
    ("start", "between", "end"),
    [
        (b"", b"\n", b""),
        (b"", b"\r\n", b"\r\n"),
        (b"", b"\n\n \t\r\n", b"\n\n\n  "),
        (b"\n", b" \n  ", b" \n"),
        (BOM_UTF8, b"\n", b"\n"),
        (BOM_UTF8, b"\n" + BOM_UTF8, b"\n" + BOM_UTF8),  # as if files had been joined
    ],
)
def test_blank_lines_and_what_editors_add_are_no_events(
    tmp_path: Path, start: bytes, between: bytes, end: bytes
) -> None:
    other = {**LINE, "event_id": "7f3a0d3e-0000-4000-8000-000000000002"}
    lines = [json.dumps(line).encode() for line in (LINE, other)]
    (tmp_path / "bank.jsonl").write_bytes(start + between.join(lines) + end)
    with es.open_store(":memory:") as store:
        assert es.load_jsonl(store, tmp_path / "bank.jsonl") == 2
        assert [event.version for event in store.read_all()] == [1, 2]


@pytest.mark.parametrize("nothing", [b"", b"\n", b"\xef\xbb\xbf", b" \r\n\r\n"])
def test_a_file_of_blank_lines_is_an_empty_history(tmp_path: Path, nothing: bytes) -> None:
    (tmp_path / "bank.jsonl").write_bytes(nothing)
    with es.open_store(":memory:") as store:
        assert es.load_jsonl(store, tmp_path / "bank.jsonl") == 0


@pytest.mark.parametrize(
    "line",
    [b'{"caf\xe9":1}', json.dumps(LINE).encode("utf-16"), b'{"a":"\xed\xa0\x80"}', b"\x1f\x8b"],
)
def test_a_line_that_is_not_utf_8_is_named(tmp_path: Path, line: bytes) -> None:
    """Blank lines count, so that an editor finds the one that is meant."""
    path = tmp_path / "bank.jsonl"
    path.write_bytes(json.dumps(LINE).encode() + b"\n\n" + line.replace(b"\n", b"") + b"\n")
    with es.open_store(":memory:") as store:
        with pytest.raises(es.InvalidInput, match="line 3: event: is not UTF-8"):
            es.load_jsonl(store, path)
        assert store.position() == 0


def test_a_line_that_goes_back_in_time_is_named(tmp_path: Path) -> None:
    earlier = {**LINE, "stream_id": "account-2", "recorded_at": "2025-03-14T11:00:00Z"}
    path = written(tmp_path / "bank.jsonl", LINE, "", earlier)
    with es.open_store(":memory:") as store:
        with pytest.raises(es.InvalidInput, match="line 3: recorded_at: 2025-03-14T11"):
            es.load_jsonl(store, path)
        assert store.position() == 0


def test_an_event_id_may_stand_in_several_streams_of_a_file(tmp_path: Path) -> None:
    fact = es.NewEvent("MoneySent", {"amount": 1})
    with es.open_store(":memory:") as store:
        store.append_many([("account-1", [fact], 0), ("account-2", [fact], 0)])
        history = store.read_all()
    es.dump_jsonl(history, tmp_path / "bank.jsonl")
    with es.open_store(":memory:") as copy:
        assert es.load_jsonl(copy, tmp_path / "bank.jsonl") == 2
        assert es.load_jsonl(copy, tmp_path / "bank.jsonl") == 0
        assert copy.read_all() == history
        twice = written(tmp_path / "twice.jsonl", LINE, LINE)
        with pytest.raises(es.DuplicateEvent, match="twice"):
            es.load_jsonl(copy, twice)


# --- the file ------------------------------------------------------------------------------------


@pytest.fixture
def history() -> list[es.RecordedEvent]:
    with es.open_store(":memory:", clock=es.fixed_clock(NOON)) as store:
        store.append("account-1", [es.NewEvent("Made", {"n": n}) for n in range(3)], 0)
        return store.read_all()


def ending_in(error: BaseException, events: list[es.RecordedEvent]) -> Iterator[es.RecordedEvent]:
    yield from events
    raise error


@pytest.mark.parametrize(
    "error",
    [OSError("the other disk"), KeyboardInterrupt(), GeneratorExit(), es.InvalidInput("x", "y")],
)
@pytest.mark.parametrize("before", [None, b"what was there"])
def test_a_dump_that_fails_leaves_all_as_it_was(
    tmp_path: Path,
    history: list[es.RecordedEvent],
    error: BaseException,
    before: bytes | None,
) -> None:
    path = tmp_path / "bank.jsonl"
    if before is not None:
        path.write_bytes(before)
    with pytest.raises(type(error)) as raised:
        es.dump_jsonl(ending_in(error, history), path)
    assert raised.value is error
    assert [(one, one.read_bytes()) for one in tmp_path.iterdir()] == (
        [] if before is None else [(path, before)]
    )


def test_events_may_be_read_from_the_file_that_they_are_dumped_to(
    tmp_path: Path, history: list[es.RecordedEvent]
) -> None:
    path = tmp_path / "bank.jsonl"
    es.dump_jsonl(history, path)
    before = path.read_bytes()

    def read() -> Iterator[es.RecordedEvent]:
        with open(path, "rb") as file:
            for number, _ in enumerate(file):
                yield history[number]

    assert es.dump_jsonl(read(), path) == 3
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="links and modes of POSIX systems")
def test_a_dump_keeps_the_files_mode_and_follows_a_link(
    tmp_path: Path, history: list[es.RecordedEvent]
) -> None:
    (tmp_path / "elsewhere").mkdir()
    file, link = tmp_path / "elsewhere" / "bank.jsonl", tmp_path / "link.jsonl"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to(file)
    es.dump_jsonl(history, link)
    assert link.is_symlink()
    assert len(file.read_bytes().splitlines()) == 3
    assert file.stat().st_mode & 0o777 == 0o640
    new = tmp_path / "new.jsonl"
    es.dump_jsonl(history, new)
    with open(tmp_path / "plain", "w"):
        assert new.stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("where", ["", "none/bank.jsonl", "a\0b", "\ud800.jsonl"])
def test_a_path_that_can_be_no_file_is_named(
    tmp_path: Path, history: list[es.RecordedEvent], where: str
) -> None:
    """The first is the folder itself."""
    path = os.path.join(tmp_path, where)
    with es.open_store(":memory:") as store:
        with pytest.raises(
            es.InvalidInput, match=r"^path: .*(cannot be opened|is no file|must be)"
        ):
            es.dump_jsonl(history, path)
        with pytest.raises(es.InvalidInput, match=r"^path: .*(cannot be opened: .|must be)"):
            es.load_jsonl(store, path)
        for wrong in (None, 7, "", tmp_path / "missing.jsonl" / "x"):
            with pytest.raises(es.InvalidInput, match=r"^path: "):
                es.load_jsonl(store, wrong)  # type: ignore[arg-type]
            with pytest.raises(es.InvalidInput, match=r"^path: "):
                es.dump_jsonl(history, wrong)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    cannot = r"missing\.jsonl cannot be opened: No such file"
    with es.open_store(":memory:") as store, pytest.raises(es.InvalidInput, match=cannot):
        es.load_jsonl(store, tmp_path / "missing.jsonl")


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("data", {"x": float("nan")}),
        ("data", {"x": {1}}),
        ("metadata", {"x": "\ud800"}),
        ("type", ""),
        ("stream_id", "\u202e"),
        ("schema_version", 0),
        ("event_id", "7"),
        ("occurred_at", datetime(2025, 1, 1)),  # noqa: DTZ001
        ("recorded_at", None),
    ],
)
def test_an_event_that_could_not_be_loaded_is_not_dumped(
    tmp_path: Path, history: list[es.RecordedEvent], part: str, value: Any
) -> None:
    """Such as an upcaster makes of one; those of a store are sound."""
    bad = replace(history[1], **{part: value})
    with pytest.raises(es.InvalidInput, match=f"position 2: {part}"):
        es.dump_jsonl([history[0], bad], tmp_path / "bank.jsonl")
    for wrong in ([es.NewEvent("Made", {})], [None], None, 7):
        with pytest.raises(es.InvalidInput, match="events: must be"):
            es.dump_jsonl(wrong, tmp_path / "bank.jsonl")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []
