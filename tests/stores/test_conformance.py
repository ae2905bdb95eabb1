"""The essentials, put to stores with one fault each: the case that should find it does."""

from __future__ import annotations

import _thread
import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.stores.conformance import Case, Report, run
from eventsourcing_kit.stores.small import SmallStore

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SCHEMA = es.sql_text("stores/duckdb_sql/schema.sql")
PAUSE = 0.02  # seconds in which another writer gets in


def broken(report: Report) -> list[str]:
    """The sentences that do not hold."""
    return [case.sentence for case in report.cases if not case.holds]


def reasons(report: Report, sentence: str) -> tuple[str, ...]:
    return next(case.reasons for case in report.cases if case.sentence == sentence)


STALE = "A stale writer is told both versions"
RACE = "Of racing writers one wins and the others are told"
MANY = "ANY from many writers leaves no gap"
FOLLOW = "A reader who follows eight writers misses nothing"
BATCH = "A batch with one bad event stores nothing"
ON = "Appending goes on after a refusal"
SAME = "What is read is what was appended"
AGREES = "Reading all agrees with every stream"
RETRY = "A retry gets the first answer"


def test_stores_without_a_fault_conform() -> None:
    def kits_own(path: str) -> es.EventStore:
        return es.open_store(path)

    small, own = run(SmallStore), run(kits_own)
    assert small.passed, small
    assert own.passed, own
    assert small.summary == "SmallStore conforms: all 25 cases hold."
    assert [case.sentence for case in small.cases] == [case.sentence for case in own.cases]
    assert repr(run(SmallStore)) == repr(small)


# --- a fault each --------------------------------------------------------------------------------


class WithoutExpectedVersion(SmallStore):
    """It never looks at what the writer expects."""

    def stored(self, *_: Any) -> None:
        return None


class WithoutLockAndKey(SmallStore):
    """Read, then insert; another writer may come between."""

    schema = SCHEMA.replace(",\n    PRIMARY KEY (stream_id, version)", "")

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.lock = Nothing()

    def head(self, cursor: duckdb.DuckDBPyConnection, stream_id: str) -> tuple[int, int]:
        found = super().head(cursor, stream_id)
        time.sleep(PAUSE)
        return found


class WithoutLock(WithoutLockAndKey):
    """The key stops the second writer, and nobody says to him what has happened."""

    schema = SCHEMA


class Nothing:
    """A lock that locks nothing."""

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...


class EventByEvent(SmallStore):
    """Each event of a batch is a transaction of its own."""

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.connection.cursor() as cursor:
            yield cursor


class BySequence(SmallStore):
    """Positions come from a sequence, before the lock; commits come as they come."""

    schema = SCHEMA + "; CREATE SEQUENCE positions"

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.writing: Any = threading.Lock()
        self.lock = Nothing()

    def append(self, stream_id: str, events: Sequence[Any], expected: Any) -> Any:
        numbers = iter([self.next_position() for _ in events])
        if sum(map(ord, str(stream_id))) % 2:  # every other writer is slow
            time.sleep(0.05)
        with self.writing:
            self.numbers = numbers
            return super().append(stream_id, events, expected)

    def next_position(self) -> int:
        with self.connection.cursor() as cursor:
            [(number,)] = cursor.execute("SELECT nextval('positions')").fetchall()
        return int(number)

    def insert(self, cursor: duckdb.DuckDBPyConnection, position: int, *rest: Any) -> None:
        super().insert(cursor, next(self.numbers), *rest)


class WithoutTriggers(SmallStore):
    schema = SCHEMA[: SCHEMA.index("-- Append-only")]


class WithoutTheTriggerForDelete(SmallStore):
    schema = SCHEMA[: SCHEMA.index("CREATE TRIGGER events_refuse_delete")]


class FloatsForInts(SmallStore):
    """As a DataFrame makes of a column with a gap in it."""

    def payload(self, event: Any) -> str:
        return json.dumps(json.loads(event.data_json, parse_int=float))


class FloatVersions(SmallStore):
    def head(self, cursor: duckdb.DuckDBPyConnection, stream_id: str) -> tuple[int, int]:
        version, position = super().head(cursor, stream_id)
        return float(version), position  # type: ignore[return-value]


class InAnyOrder(SmallStore):
    """Nobody asked for an order, so there is none to rely on."""

    def read(self, rest: str, parameters: list[Any]) -> list[es.RecordedEvent]:
        return super().read(rest, parameters)[::-1]


class ById(SmallStore):
    """A stream id is pasted into the query."""

    def read_stream(self, stream_id: str, *_: Any) -> list[es.RecordedEvent]:
        return self.read(f"WHERE stream_id = '{stream_id}' ORDER BY version", [])


class TakesAnyName(SmallStore):
    def check_stream_id(self, stream_id: Any) -> None: ...


class Forgetful(SmallStore):
    """It keeps nothing in the file."""

    def __init__(self, path: str) -> None:
        super().__init__(":memory:")


class NoAnswer(SmallStore):
    def append(self, *write: Any) -> Any:
        super().append(*write)


FAULTS: list[tuple[type[SmallStore], str]] = [
    (WithoutExpectedVersion, STALE),
    (WithoutExpectedVersion, RACE),
    (WithoutExpectedVersion, RETRY),
    (WithoutLockAndKey, RACE),
    (WithoutLockAndKey, MANY),
    (WithoutLock, MANY),
    (EventByEvent, BATCH),
    (BySequence, FOLLOW),
    (BySequence, ON),
    (WithoutTriggers, "History cannot be changed by raw SQL: UPDATE events SET type = 'Forged'"),
    (WithoutTriggers, "History cannot be changed by raw SQL: TRUNCATE events"),
    (WithoutTheTriggerForDelete, "History cannot be changed by raw SQL: DELETE FROM events"),
    (FloatsForInts, SAME),
    (FloatVersions, "Versions count in the stream and positions over all"),
    (InAnyOrder, AGREES),
    (ById, "Text that looks like SQL is text"),
    (TakesAnyName, "A bad stream id is refused"),
    (Forgetful, "Reopening goes on counting"),
    (NoAnswer, "Versions count in the stream and positions over all"),
]


reports: dict[type[SmallStore], Report] = {}


def report_of(fault: type[SmallStore]) -> Report:
    """What the suite says of it, asked once: every run takes seconds."""
    if fault not in reports:
        reports[fault] = run(fault)
    return reports[fault]


@pytest.mark.parametrize(("fault", "sentence"), FAULTS)
def test_a_fault_is_found(fault: type[SmallStore], sentence: str) -> None:
    report = report_of(fault)
    assert not report.passed
    assert sentence in broken(report)


def test_one_fault_breaks_no_other_case() -> None:
    assert broken(report_of(EventByEvent)) == [BATCH]
    assert broken(report_of(FloatsForInts)) == [SAME, "Text that looks like SQL is text"]
    assert broken(report_of(TakesAnyName)) == ["A bad stream id is refused"]


def test_the_reason_is_in_words() -> None:
    assert reasons(report_of(WithoutExpectedVersion), STALE) == (
        "an append that expects 2 of a stream at 3 should be refused with WrongExpectedVersion, "
        "and was accepted",
    )
    assert reasons(report_of(EventByEvent), BATCH) == (
        "version after the refusal: expected 0, got 1",
    )
    [said] = reasons(report_of(FloatsForInts), SAME)
    assert said.startswith("""data: expected '{"amount":9223372036854775807""")
    assert len(said) <= 200
    [said] = reasons(report_of(NoAnswer), "Versions count in the stream and positions over all")
    assert said == "append should return an es.AppendResult, it returned None"


def test_an_exception_comes_with_the_stores_own_line() -> None:
    said, where = reasons(report_of(WithoutLock), MANY)
    assert said.startswith(("ConstraintException: ", "TransactionException: "))
    assert where.startswith("in ")


# --- when it does not come to an end -------------------------------------------------------------


class Endless(SmallStore):
    """Its retry never gives up. Somebody presses the stop button."""

    def version(self, stream_id: str) -> int:
        threading.Timer(0.1, _thread.interrupt_main).start()
        while True:
            time.sleep(0.001)


def test_a_run_can_be_interrupted() -> None:
    report = run(Endless)
    assert not report.passed
    first = "An empty store is at version 0 and position 0"
    assert report.problem == f"Stopped in “{first}”; what comes after it was not tried."
    assert [(case.sentence, case.holds) for case in report.cases] == [(first, False)]
    assert report.summary == f"Endless: 0 of 1 cases hold. {report.problem}"


class CannotOpen:
    def __init__(self, path: str) -> None:
        raise OSError(f"no such file: {path}")


def test_a_store_that_cannot_be_opened_fails_every_case() -> None:
    report = run(CannotOpen)
    assert len(broken(report)) == len(report.cases) == 25
    said, where = report.cases[0].reasons
    assert said.startswith("OSError: no such file: …")
    assert where == 'in __init__: raise OSError(f"no such file: {path}")'


# --- how it is shown -----------------------------------------------------------------------------


def test_what_a_store_says_stays_text() -> None:
    hostile = "<img src=x onerror=\"alert('owned')\">"
    html = Report(hostile, (Case(hostile, (hostile,)),), hostile)._repr_html_()
    assert "<img" not in html
    assert html.count("&lt;img src=x") == 4


def test_the_cases_are_told_one_a_line() -> None:
    lines = repr(report_of(EventByEvent)).splitlines()
    assert lines[0] == "EventByEvent: 24 of 25 cases hold."
    place = lines.index(f"✗ {BATCH}")
    assert lines[place + 1] == "    version after the refusal: expected 0, got 1"
    assert lines[1] == "✓ An empty store is at version 0 and position 0"
    assert len(lines) == 27
