"""What every event store must answer, whatever engine is behind it.

A test module of an engine subclasses Conformance and says how a store is made:

    class TestMyStore(Conformance):
        @pytest.fixture
        def factory(self, tmp_path): return MyFactory(tmp_path)

Essentials is the part without which a table is no event store. `run` puts these to a store that
somebody is still building, in a notebook, and says of each whether it holds.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from ..errors import (
    ConditionFailed,
    DuplicateEvent,
    EventSourcingError,
    InvalidInput,
    InvalidQuery,
    NotSupported,
    StoreClosed,
    WrongExpectedVersion,
)
from ..event import Clock, NewEvent, RecordedEvent, canonical_json, utc_now
from .conditions import AppendCondition, Query
from .conformance_report import Case, Report, Unmet, put_to
from .protocol import (
    ANY,
    COLUMNS,
    NO_STREAM,
    STREAM_EXISTS,
    AppendResult,
    EventStore,
    Expected,
    ExpectedVersion,
)
from .sql_store import SqlEventStore, sql_store

__all__ = ["Case", "Conformance", "Essentials", "Factory", "Report", "run"]

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
# An engine's tests are all in its own class, and share a case's examples and a store.
ONE_CASE_MANY_STORES = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
PATIENCE = 120  # seconds until a thread that does not end counts as one that never will


class Factory(Protocol):
    """How the suite makes stores of one engine."""

    def open(self, clock: Clock = utc_now) -> EventStore:
        """The same store each time: a second call opens what an earlier one left."""
        ...

    def raw(self, statement: str) -> None:
        """Run SQL on the closed store, past the kit."""
        ...


# --- what is appended ----------------------------------------------------------------------------


def event(type_: str = "MoneyDeposited", amount: int = 1, **envelope: Any) -> NewEvent:
    return NewEvent(type_, {"amount": amount, "currency": "EUR"}, **envelope)


def events(n: int) -> list[NewEvent]:
    return [event(amount=i + 1) for i in range(n)]


def columns(rows: list[tuple[str, NewEvent]], **more: pa.Array) -> pa.Table:
    """The events as the columns of a columnar append."""
    return pa.table(
        {
            "stream_id": [stream_id for stream_id, _ in rows],
            "type": [e.type for _, e in rows],
            "data": [e.data_json for _, e in rows],
            "metadata": [e.metadata_json for _, e in rows],
            "schema_version": pa.array([e.schema_version for _, e in rows], pa.int32()),
            "event_id": pa.array([e.event_id.bytes for _, e in rows], pa.binary(16)),
            "occurred_at": pa.array(
                [e.occurred_at or NOON for _, e in rows], pa.timestamp("us", "UTC")
            ),
            **more,
        }
    )


def wasteful(column: pa.ChunkedArray) -> pa.Array:
    """A dictionary as Arrow allows it: a null and other rubbish unused, values more than once."""
    cells = column.to_pylist()
    codes = pa.array(range(2, 2 + len(cells)), pa.int16())
    return pa.DictionaryArray.from_arrays(codes, pa.array([None, "{\u202e", *cells]))


def changed(table: pa.Table, form: Callable[[pa.ChunkedArray], Any]) -> pa.Table:
    """The table with another form of its texts."""
    for i, name in enumerate(TEXTS):
        table = table.set_column(i, name, form(table[name]))
    return table


TEXTS = ("stream_id", "type", "data", "metadata")
FORMS: dict[str, Callable[[pa.Table], Any]] = {  # of a table that says the same
    "views of text": lambda table: changed(table, lambda texts: texts.cast(pa.string_view())),
    "dictionaries": lambda table: changed(table, lambda texts: texts.dictionary_encode()),
    "wasteful dictionaries": lambda table: changed(table, wasteful),
    "a slice": lambda table: pa.concat_tables([changed(table, wasteful)] * 3).slice(3, 3),
    "a frame": lambda table: table.to_pandas().astype(dict.fromkeys(TEXTS, "category")),
}

SURROGATE_FREE = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)
JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | SURROGATE_FREE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(SURROGATE_FREE, inner, max_size=4),
    max_leaves=12,
)
PAYLOADS = st.dictionaries(SURROGATE_FREE, JSON_VALUES, max_size=4)


def nested(depth: int) -> dict[str, Any]:
    """A payload of so many levels."""
    value: Any = {}
    for _ in range(depth - 1):
        value = {"d": value}
    assert isinstance(value, dict)
    return value


PRECIOUS: list[dict[str, Any]] = [  # payloads that stores are known to spoil
    {"amount": 2**63 - 1, "least": -(2**63)},
    {"int": 1, "float": 1.0, "tenth": 0.1, "third": 1 / 3, "tiny": 5e-324, "large": 1e300},
    {"memo": "café 🏦 \u2028 \x7f \\ \" '", "empty": "", "": "no name"},
    {"none": None, "yes": True, "list": [], "object": {}, "deep": nested(60)},
    {"looks_like": ["2025-03-14", "12", "null", "[1]"], "mixed": [1, "1", 1.5, None]},
    {},
]
ALMOST_THE_SAME: list[tuple[Any, Any]] = [  # values that some language or engine takes for equal
    *[(True, 1), (False, 0), (1, 1.0), (0, 0.0), (0, None), (1, "1"), ("", None), ("a", "a ")],
    *[([], {}), ([], [None]), ([1, 2], [2, 1]), ({"a": None}, {}), ({"a": 1}, {"A": 1})],
    *[([{"paid": True}], [{"paid": 1}]), ({"a": {"b": 1.0}}, {"a": {"b": 1}})],
    *[(2**63 - 1, 2**63 - 2), (2**53 + 1, 2.0**53), (1e22, 1.0000000000000002e22)],
    *[(0.1, 0.1 + 2**-56), ("caf\u00e9", "cafe\u0301")],
]
EMPTY = pa.DictionaryArray.from_arrays([1], pa.array(["{}", None]))  # null_count does not see it
BAD_STREAM_IDS: list[Any] = [
    "",
    "   ",
    "x" * 257,
    "é" * 129,
    "a\0b",
    "line\nbreak",
    "zero\u200bwidth",
    "\u202eright-to-left",
    "\u05d0-1",
    "cafe\u0301-1",
    "\ud800",
    None,
    7,
]
CHANGES = ["UPDATE events SET type = 'Forged'", "DELETE FROM events", "TRUNCATE events"]


KINDS = ["rows", "columns"]  # of appending


def put(
    store: EventStore,
    kind: str,
    stream_id: str,
    batch: list[NewEvent],
    expected: ExpectedVersion,
) -> int:
    """Append to one stream, in either way; how many were stored."""
    if kind == "rows":
        before = store.version(stream_id)
        store.append(stream_id, batch, expected)
        return store.version(stream_id) - before
    table = columns([(stream_id, one) for one in batch])
    if all(one.occurred_at is None for one in batch):
        table = table.drop_columns("occurred_at")
    return store.append_columns(table, expected)


# --- how the essentials say what is amiss --------------------------------------------------------


def same(what: str, got: object, expected: object) -> None:
    """Raise Unmet, in words, unless both are equal and print alike: 1 is not 1.0."""
    if got != expected or repr(got) != repr(expected):
        raise Unmet(f"{what}: expected {expected!r}, got {got!r}")


@contextmanager
def refused(what: str, error: type[Exception] = Exception) -> Iterator[list[Any]]:
    """Around something that must raise `error`, which is then in the list."""
    told: list[Any] = []
    try:
        yield told
    except error as raised:
        told.append(raised)
    except Exception as raised:
        kind = type(raised).__name__
        raise Unmet(f"{what} should raise {error.__name__}, raised {kind}: {raised}") from raised
    else:
        raise Unmet(f"{what} should be refused with {error.__name__}, and was accepted")


def place(result: Any) -> tuple[int, int, int]:
    """The first version, the version and the position that an append answered with."""
    if not isinstance(result, AppendResult):
        raise Unmet(f"append should return an es.AppendResult, it returned {result!r}")
    return result.first_version, result.version, result.position


def only(read: list[RecordedEvent]) -> RecordedEvent:
    if len(read) != 1:
        raise Unmet(f"reading what one append stored gave {len(read)} events")
    return read[0]


def versions(store: EventStore, stream_id: str) -> list[int]:
    return [e.version for e in store.read_stream(stream_id)]


def positions(store: EventStore) -> list[int]:
    return [e.position for e in store.read_all()]


# --- the cases: each test is a sentence about a store --------------------------------------------


class Cases:
    """What the cases of every kind begin with."""

    @pytest.fixture
    def store(self, factory: Factory) -> Iterator[EventStore]:
        store = factory.open()
        yield store
        store.close()


class Essentials(Cases):
    """What makes a table an event store.

    The store has append, read_stream with from_version and to_version, read_all with
    after_position and limit, version, position and close, and its table is called events.
    """

    # --- counting ----------------------------------------------------------------------------

    def test_an_empty_store_is_at_version_0_and_position_0(self, store: EventStore) -> None:
        same("version of a stream that is not there", store.version("account-1"), 0)
        same("position of an empty store", store.position(), 0)
        same("reading a stream that is not there", store.read_stream("account-1"), [])
        same("reading an empty store", store.read_all(), [])

    def test_versions_count_in_the_stream_and_positions_over_all(self, store: EventStore) -> None:
        answers = [
            place(store.append("account-1", events(2), 0)),
            place(store.append("account-2", events(1), NO_STREAM)),
            place(store.append("account-1", events(1), 2)),
        ]
        first_version_version_position = [(1, 2, 2), (1, 1, 3), (3, 3, 4)]
        same("first_version, version, position", answers, first_version_version_position)
        same("versions of account-1", versions(store, "account-1"), [1, 2, 3])
        same("versions of account-2", versions(store, "account-2"), [1])
        same("positions", positions(store), [1, 2, 3, 4])
        same("version of account-1", store.version("account-1"), 3)
        same("position of the store", store.position(), 4)

    # --- expected versions -------------------------------------------------------------------

    def test_a_stale_writer_is_told_both_versions(self, store: EventStore) -> None:
        store.append("account-1", events(3), 0)
        with refused("an append that expects 2 of a stream at 3", WrongExpectedVersion) as told:
            store.append("account-1", events(1), 2)
        same("expected and actual in the error", (told[0].expected, told[0].actual), (2, 3))
        same("version after the refusal", store.version("account-1"), 3)

    def test_a_version_in_the_future_is_a_conflict(self, store: EventStore) -> None:
        with refused("an append that expects 7 of a new stream", WrongExpectedVersion):
            store.append("account-1", events(1), 7)
        same("position after the refusal", store.position(), 0)

    def test_no_stream_refuses_an_existing_one(self, store: EventStore) -> None:
        """NO_STREAM refuses an existing stream."""
        store.append("account-1", events(1), NO_STREAM)
        with refused("NO_STREAM of a stream at 1", WrongExpectedVersion):
            store.append("account-1", events(1), NO_STREAM)
        same("version after the refusal", store.version("account-1"), 1)

    def test_stream_exists_refuses_a_missing_one(self, store: EventStore) -> None:
        """STREAM_EXISTS refuses a missing stream, and ANY takes it."""
        with refused("STREAM_EXISTS of a new stream", WrongExpectedVersion):
            store.append("account-1", events(1), STREAM_EXISTS)
        store.append("account-1", events(1), ANY)
        second = place(store.append("account-1", events(1), STREAM_EXISTS))
        same("first_version, version, position", second, (2, 2, 2))

    def test_appending_goes_on_after_a_refusal(self, store: EventStore) -> None:
        store.append("account-1", events(2), 0)
        with refused("an append that expects 0 of a stream at 2", WrongExpectedVersion):
            store.append("account-1", events(1), 0)
        same("positions after the refusal", positions(store), [1, 2])
        third = place(store.append("account-1", events(1), 2))
        same("first_version, version, position of the next append", third, (3, 3, 3))
        same("positions after the next append", positions(store), [1, 2, 3])

    # --- several writers at once -------------------------------------------------------------

    def test_of_racing_writers_one_wins_and_the_others_are_told(self, store: EventStore) -> None:
        outcomes: list[str] = []

        def race(i: int) -> None:
            try:
                store.append("account-1", [event(amount=i + 1)], NO_STREAM)
                outcomes.append("stored")
            except WrongExpectedVersion:
                outcomes.append("told")

        in_threads(8, race)
        counts = {outcome: outcomes.count(outcome) for outcome in ("stored", "told")}
        same("what 8 writers with NO_STREAM were answered", counts, {"stored": 1, "told": 7})
        same("versions of account-1", versions(store, "account-1"), [1])

    def test_any_from_many_writers_leaves_no_gap(self, store: EventStore) -> None:
        """ANY from many writers leaves no gap."""
        in_threads(8, lambda i: [store.append("account-1", events(2), ANY) for _ in range(5)])
        everything = list(range(1, 81))
        same("versions after 8 writers", counted(versions(store, "account-1")), counted(everything))
        same("positions after 8 writers", counted(positions(store)), counted(everything))

    def test_a_reader_who_follows_eight_writers_misses_nothing(self, store: EventStore) -> None:
        done = threading.Event()
        seen: list[int] = []

        def follow() -> None:
            last_round = False
            while not last_round:
                last_round = done.is_set()
                checkpoint = seen[-1] if seen else 0
                seen.extend(e.position for e in store.read_all(after_position=checkpoint))

        reader = threading.Thread(target=follow, daemon=True)
        reader.start()
        try:
            in_threads(8, lambda i: [store.append(f"account-{i}", events(2), n) for n in (0, 2, 4)])
        finally:
            done.set()
            reader.join(PATIENCE)
        same("positions that the reader saw", counted(seen), counted(positions(store)))
        same("events that 8 writers stored", len(seen), 48)

    # --- all or nothing ----------------------------------------------------------------------

    def test_a_batch_with_one_bad_event_stores_nothing(self, store: EventStore) -> None:
        with refused("a batch whose second event is none"):
            store.append("account-1", [event(), "not an event", event()], 0)  # type: ignore[list-item]
        same("version after the refusal", store.version("account-1"), 0)
        same("position after the refusal", store.position(), 0)
        first = place(store.append("account-1", events(1), 0))
        same("first_version, version, position of the next append", first, (1, 1, 1))

    def test_an_empty_batch_makes_nothing(self, store: EventStore) -> None:
        result = store.append("account-1", [], NO_STREAM)
        same("first_version, version, position", place(result), (1, 0, 0))
        same("count", result.count, 0)
        same("position of the store", store.position(), 0)

    # --- retries -----------------------------------------------------------------------------

    def test_a_retry_gets_the_first_answer(self, store: EventStore) -> None:
        store.append("account-1", events(2), 0)
        batch = events(3)
        first = store.append("account-1", batch, 2)
        store.append("account-1", events(2), 5)
        for expected in (2, ANY, STREAM_EXISTS):
            try:
                again = store.append("account-1", batch, expected)
            except WrongExpectedVersion as error:
                raise Unmet(f"the same events once more were refused: {error}") from error
            same(f"answer to the retry that expects {expected}", place(again), place(first))
        same("version after the retries", store.version("account-1"), 7)

    def test_a_retry_after_reopening_gets_the_first_answer(self, factory: Factory) -> None:
        batch = events(2)
        with closing(factory.open()) as store:
            first = store.append("account-1", batch, NO_STREAM)
        with closing(factory.open()) as store:
            for expected in (NO_STREAM, 0):
                try:
                    again = store.append("account-1", batch, expected)
                except WrongExpectedVersion as error:
                    raise Unmet(f"the same events once more were refused: {error}") from error
                same(f"answer to the retry that expects {expected}", place(again), place(first))
            same("position after the retries", store.position(), 2)

    def test_a_retry_with_other_events_behind_it_is_an_error(self, store: EventStore) -> None:
        first, other = event(amount=1), event(amount=2)
        store.append("account-1", [first, other], 0)
        for expected in (0, ANY, 2):
            with refused(f"one stored event and a new one, expecting {expected}", DuplicateEvent):
                store.append("account-1", [first, event(amount=3)], expected)
        same("version after the refusals", store.version("account-1"), 2)

    # --- reading -----------------------------------------------------------------------------

    def test_what_is_read_is_what_was_appended(self, store: EventStore) -> None:
        for i, data in enumerate(PRECIOUS):
            occurred_at = NOON + timedelta(days=i, microseconds=i)
            about = {"actor": "clerk-07", "café": [i]}
            new = NewEvent(
                "Made", data, metadata=about, schema_version=i + 1, occurred_at=occurred_at
            )
            store.append("account-1", [new], i)
            read = only(store.read_stream("account-1", from_version=i + 1))
            same("data", canonical_json(read.data), new.data_json)
            same("metadata", canonical_json(read.metadata), new.metadata_json)
            same("event_id", read.event_id, new.event_id)
            same("stream_id, type", (read.stream_id, read.type), ("account-1", "Made"))
            same("schema_version", read.schema_version, i + 1)
            same("occurred_at", in_utc(read.occurred_at), in_utc(occurred_at))

    def test_an_event_without_a_time_occurred_when_it_was_recorded(self, store: EventStore) -> None:
        before = utc_now()
        store.append("account-1", [event(), event(occurred_at=NOON)], 0)
        undated = only(store.read_stream("account-1", 1, 1))
        dated = only(store.read_stream("account-1", 2, 2))
        same("occurred_at", in_utc(undated.occurred_at), in_utc(undated.recorded_at))
        same("recorded_at of one append", in_utc(dated.recorded_at), in_utc(undated.recorded_at))
        if not before <= undated.recorded_at <= utc_now():
            raise Unmet(f"recorded_at should be the time of the append, is {undated.recorded_at}")

    def test_a_stream_is_read_in_part(self, store: EventStore) -> None:
        store.append("account-1", events(5), 0)
        parts = [
            [e.version for e in store.read_stream("account-1", *part)]
            for part in [(2,), (2, 3), (9,)]
        ]
        same("versions from 2; from 2 to 3; from 9", parts, [[2, 3, 4, 5], [2, 3], []])

    def test_reading_all_agrees_with_every_stream(self, store: EventStore) -> None:
        for i in range(12):
            store.append(f"account-{i % 3}", events(1 + i % 2), ANY)
        everything = store.read_all()
        same("positions", counted([e.position for e in everything]), counted(list(range(1, 19))))
        for stream_id in ("account-0", "account-1", "account-2"):
            own = [e for e in everything if e.stream_id == stream_id]
            if own != store.read_stream(stream_id):
                raise Unmet(f"read_all and read_stream differ on {stream_id}")
        part = [e.position for e in store.read_all(after_position=4, limit=3)]
        same("three positions after 4", part, [5, 6, 7])

    # --- lasting -----------------------------------------------------------------------------

    def test_reopening_goes_on_counting(self, factory: Factory) -> None:
        with closing(factory.open()) as store:
            store.append("account-1", events(2), 0)
        with closing(factory.open()) as store:
            same("positions after reopening", positions(store), [1, 2])
            third = place(store.append("account-1", events(1), 2))
            same("first_version, version, position of the next append", third, (3, 3, 3))

    @pytest.mark.parametrize("statement", CHANGES)
    def test_history_cannot_be_changed_by_raw_sql(self, factory: Factory, statement: str) -> None:
        """History cannot be changed by raw SQL."""
        with closing(factory.open()) as store:
            store.append("account-1", events(2), 0)
            before = store.read_all()
        with refused(statement):
            factory.raw(statement)
        with closing(factory.open()) as store:
            if store.read_all() != before:
                raise Unmet(f"{statement} was refused, yet the events are not what they were")

    # --- hostile input -----------------------------------------------------------------------

    def test_text_that_looks_like_sql_is_text(self, store: EventStore) -> None:
        """Text that looks like SQL is text."""
        hostile = "x'; DROP TABLE events; --"
        store.append(hostile, [NewEvent("Made", {"memo": hostile, hostile: 1})], 0)
        read = only(store.read_stream(hostile))
        same("data", read.data, {"memo": hostile, hostile: 1})
        same("version", store.version(hostile), 1)

    def test_a_bad_stream_id_is_refused(self, store: EventStore) -> None:
        for stream_id in BAD_STREAM_IDS:
            with refused(f"an append to the stream id {stream_id!r}", InvalidInput):
                store.append(stream_id, [event()], 0)
        same("position after the refusals", store.position(), 0)


def run(open_store: Callable[[str], Any]) -> Report:
    """Put the essential cases to a store and say which hold.

    `open_store(path)` opens the store in the DuckDB file at `path`, or makes it; a class will do.
    Each case gets a new file in a folder that is gone afterwards. Interrupting ends the run, and
    the report says in which case; a thread of the store that never ends goes on until the process
    does.
    """
    return put_to(open_store, Essentials)


class Answers(Cases):
    """Retries and batches, to the last detail."""

    def test_a_retry_is_answered_to_the_last_field(self, store: EventStore) -> None:
        batch = events(2)
        first = store.append("account-1", batch, NO_STREAM)
        assert store.append("account-1", batch, NO_STREAM) == first
        assert store.append("account-1", batch, 0) == first

    def test_stored_events_in_another_order_are_an_error(self, store: EventStore) -> None:
        first, other = event(amount=1), event(amount=2)
        store.append("account-1", [first, other], 0)
        with pytest.raises(DuplicateEvent):
            store.append("account-1", [other, first], ANY)
        assert store.version("account-1") == 2

    def test_a_stored_event_cannot_come_again_at_a_later_version(self, store: EventStore) -> None:
        stored = event()
        store.append("account-1", [stored], 0)
        with pytest.raises(DuplicateEvent):
            store.append("account-1", [stored], 1)
        assert store.version("account-1") == 1

    def test_an_id_twice_in_one_batch_fails_the_batch(self, store: EventStore) -> None:
        twice = event()
        for kind in KINDS:
            with pytest.raises(DuplicateEvent):
                put(store, kind, "account-1", [event(), twice, twice], 0)
        assert store.position() == 0

    def test_an_empty_batch_makes_no_stream(self, store: EventStore) -> None:
        store.append("account-1", [], NO_STREAM)
        assert store.streams() == []
        assert store.append_many([]) == []

    def test_what_an_empty_batch_expects_has_to_hold(self, store: EventStore) -> None:
        store.append("account-1", events(2), 0)
        old, new, more = "account-1", "account-2", ("account-3", events(1), 0)
        wrong: list[Any] = [(old, 1), (old, NO_STREAM), (new, STREAM_EXISTS), (new, 7)]
        for stream_id, expected in wrong:
            with pytest.raises(WrongExpectedVersion):
                store.append(stream_id, [], expected)
            for writes in ([(stream_id, [], expected), more], [more, (stream_id, [], expected)]):
                with pytest.raises(WrongExpectedVersion):
                    store.append_many(writes)
        assert store.position() == 2
        right: list[Any] = [(old, 2), (old, STREAM_EXISTS), (new, NO_STREAM), (new, ANY)]
        for i, (stream_id, expected) in enumerate(right):
            assert store.append(stream_id, [], expected).count == 0
            store.append_many([(f"account-new-{i}", events(1), 0), (stream_id, [], expected)])
        assert store.position() == 6

    def test_a_retry_is_answered_though_an_unwritten_stream_has_moved(
        self, store: EventStore
    ) -> None:
        """What an empty batch expected was looked at the first time."""
        writes: list[Any] = [("account-1", events(1), 0), ("account-2", [], NO_STREAM)]
        first = store.append_many(writes)
        store.append("account-2", events(1), 0)
        assert store.append_many(writes)[0] == first[0]
        assert store.position() == 2

    def test_writes_that_are_none_are_named(self, store: EventStore) -> None:
        for wrong in [("account-1", events(1)), None, "abc", ("account-1", event(), 0)]:
            with pytest.raises(InvalidInput, match=r"writes|events"):
                store.append_many([wrong])  # type: ignore[list-item]
        with pytest.raises(InvalidInput, match="writes"):
            store.append_many(None)  # type: ignore[arg-type]

    def test_what_is_no_event_is_named(self, store: EventStore) -> None:
        with pytest.raises(InvalidInput, match="events"):
            store.append("account-1", [event(), "not an event", event()], 0)  # type: ignore[list-item]

    @pytest.mark.parametrize("expected", [-5, True, "3", 1.0, None, 2**63])
    def test_an_expected_version_is_a_count_or_a_word(
        self, store: EventStore, expected: Any
    ) -> None:
        with pytest.raises(InvalidInput, match="expected_version"):
            store.append("account-1", events(1), expected)
        assert store.position() == 0

    def test_several_streams_are_written_together_or_not_at_all(self, store: EventStore) -> None:
        store.append("account-2", events(1), 0)
        sent, received = event("TransferSent"), event("TransferReceived")
        with pytest.raises(WrongExpectedVersion):
            store.append_many([("account-1", [sent], 0), ("account-2", [received], 0)])
        assert store.version("account-1") == 0
        results = store.append_many([("account-1", [sent], 0), ("account-2", [received], 1)])
        assert [(r.stream_id, r.version, r.position) for r in results] == [
            ("account-1", 1, 2),
            ("account-2", 2, 3),
        ]
        assert (
            store.append_many([("account-1", [sent], 0), ("account-2", [received], 1)]) == results
        )
        with pytest.raises(DuplicateEvent):
            store.append_many([("account-1", [sent], 0), ("account-3", events(1), 0)])
        with pytest.raises(InvalidInput, match="twice"):
            store.append_many([("account-4", events(1), 0), ("account-4", events(1), 1)])
        assert store.position() == 3


class Retries(Cases):
    """What an event is that comes again, whether in rows or in columns."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_same_id_with_another_body_is_an_error(self, store: EventStore, kind: str) -> None:
        stored = event(amount=1, occurred_at=NOON)
        store.append("account-1", [stored], 0)
        others = [
            event(amount=2, event_id=stored.event_id, occurred_at=NOON),
            event("MoneyWithdrawn", 1, event_id=stored.event_id, occurred_at=NOON),
            event(amount=1, event_id=stored.event_id, occurred_at=NOON, schema_version=2),
            event(event_id=stored.event_id, occurred_at=NOON, metadata={"actor": "somebody"}),
            event(event_id=stored.event_id, occurred_at=NOON + timedelta(microseconds=1)),
            event(event_id=stored.event_id),
        ]
        for other in others:
            for expected in (0, ANY, NO_STREAM):
                with pytest.raises(DuplicateEvent):
                    put(store, kind, "account-1", [other], expected)
        assert put(store, kind, "account-1", [stored], 0) == 0
        assert store.version("account-1") == 1

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("where", ["data", "metadata"])
    def test_what_is_almost_the_same_is_another_body(
        self, store: EventStore, kind: str, where: str
    ) -> None:
        def made(value: Any, **envelope: Any) -> NewEvent:
            payloads: dict[str, Any] = {"data": {}, where: {"deep": [{"x": value}]}}
            return NewEvent("Made", **payloads, **envelope)

        pairs = [*ALMOST_THE_SAME, *((now, was) for was, now in ALMOST_THE_SAME)]
        for i, (was, now) in enumerate(pairs):
            stored = made(was)
            assert put(store, KINDS[i % 2], f"made-{i}", [stored], 0) == 1
            with pytest.raises(DuplicateEvent):
                put(store, kind, f"made-{i}", [made(now, event_id=stored.event_id)], 0)
            assert put(store, kind, f"made-{i}", [stored], 0) == 0

    @pytest.mark.parametrize("kind", KINDS)
    def test_any_payload_is_known_again(self, factory: Factory, kind: str) -> None:
        """However the engine keeps it: it says the same when it comes back."""
        ways = [value for pair in ALMOST_THE_SAME for value in pair]
        batch = [NewEvent("Made", data, metadata=data) for data in PRECIOUS]
        batch += [NewEvent("Made", {"x": value, "y": [value]}) for value in ways]
        with closing(factory.open()) as store:
            assert put(store, kind, "made-1", batch, 0) == len(batch)
        with closing(factory.open()) as store:
            for again in KINDS:
                assert put(store, again, "made-1", batch, NO_STREAM) == 0

    @given(st.data())
    @settings(max_examples=99, deadline=None, suppress_health_check=ONE_CASE_MANY_STORES)
    def test_rows_and_columns_are_answered_alike(
        self, store: EventStore, data: st.DataObject
    ) -> None:
        """Whatever is stored and whatever comes then: in order or not, in part, twice, changed."""
        ids = [uuid4() for _ in range(4)]

        def batch(of: list[UUID], *values: Any) -> list[NewEvent]:
            time = data.draw(st.sampled_from([None, NOON]))
            return [
                event(amount=data.draw(st.sampled_from(values)), event_id=one, occurred_at=time)
                for one in of
            ]

        def answer(kind: str) -> Any:
            try:
                return put(store, kind, f"{kind}-{name}", comes, expected)
            except EventSourcingError as error:
                return type(error)

        name = uuid4()
        stored = batch(ids[: data.draw(st.integers(0, 3))], 1)
        runs = [ids[a:b] for a in range(4) for b in range(a + 1, 5)]
        unique = data.draw(st.booleans())
        of = st.sampled_from(runs) | st.lists(st.sampled_from(ids), min_size=1, unique=unique)
        values: list[Any] = data.draw(st.sampled_from([[1], [1, 1.0, True]]))
        comes = batch(data.draw(of), *values)
        expected = data.draw(st.integers(0, 4) | st.sampled_from(Expected))
        first = data.draw(st.sampled_from(KINDS))
        for kind in KINDS:
            assert not stored or put(store, first, f"{kind}-{name}", stored, 0) == len(stored)
        assert answer("rows") == answer("columns")
        rows, by_column = (store.read_stream(f"{kind}-{name}") for kind in KINDS)
        assert [e.event_id for e in rows] == [e.event_id for e in by_column]

    def test_columns_of_stored_events_follow_the_rules_in_every_stream(
        self, store: EventStore
    ) -> None:
        one, two = events(2), events(2)
        rows = [("a-1", one[0]), ("b-1", two[0]), ("a-1", one[1]), ("b-1", two[1])]
        assert store.append_columns(columns(rows)) == 4
        store.append("b-1", events(1), 2)
        sorted_by_stream = sorted(rows, key=lambda row: row[0])
        for again in (rows, sorted_by_stream, rows[:1], rows[1:2]):
            assert store.append_columns(columns(again)) == 0
        for wrong in (rows[::-1], [*rows, ("c-1", event())], [*rows, ("b-1", event())]):
            for expected in (NO_STREAM, ANY):
                with pytest.raises(DuplicateEvent):
                    store.append_columns(columns(wrong), expected)
        assert store.position() == 5

    def test_an_id_may_stand_in_several_streams(self, store: EventStore) -> None:
        fact = event(occurred_at=NOON)
        writes: list[Any] = [("a-1", [fact], 0), ("b-1", [fact], 0)]
        first = store.append_many(writes)
        assert store.append_many(writes) == first
        assert store.append("c-1", [fact], 0).position == 3
        table = columns([("d-1", fact), ("e-1", fact)])
        assert [store.append_columns(table) for _ in range(2)] == [2, 0]
        assert store.append("d-1", [fact], 0).position == 4
        with pytest.raises(DuplicateEvent):
            store.append("b-1", [fact], 1)
        assert [(e.stream_id, e.event_id) for e in store.read_all()] == [
            (f"{letter}-1", fact.event_id) for letter in "abcde"
        ]


class Columns(Cases):
    """Columnar appends."""

    def test_columns_are_appended_in_their_order(self, store: EventStore) -> None:
        store.append("account-2", events(2), 0)
        rows = [("account-1", event()), ("account-2", event()), ("account-1", event())]
        assert store.append_columns(columns(rows), ANY) == 3
        assert [(e.position, e.stream_id, e.version) for e in store.read_all(2)] == [
            (3, "account-1", 1),
            (4, "account-2", 3),
            (5, "account-1", 2),
        ]
        assert store.append("account-1", events(1), 2).position == 6

    def test_columns_that_are_stored_already_add_nothing(self, store: EventStore) -> None:
        rows = [("account-1", event(amount=i)) for i in range(1, 5)]
        assert store.append_columns(columns(rows)) == 4
        assert store.append_columns(columns(rows)) == 0
        with pytest.raises(DuplicateEvent):
            store.append_columns(columns([*rows, ("account-1", event())]), ANY)
        other_body = [("account-1", event(amount=9, event_id=rows[0][1].event_id))]
        with pytest.raises(DuplicateEvent):
            store.append_columns(columns(other_body), ANY)
        assert store.position() == 4

    def test_columns_without_times_can_be_retried(self, store: EventStore) -> None:
        table = columns([("account-1", event())]).drop_columns("occurred_at")
        assert [store.append_columns(table, ANY) for _ in range(2)] == [1, 0]

    def test_columns_expect_a_version_of_every_stream(self, store: EventStore) -> None:
        store.append("account-1", events(1), 0)
        rows = [("account-2", event()), ("account-1", event())]
        with pytest.raises(WrongExpectedVersion):
            store.append_columns(columns(rows), NO_STREAM)
        assert store.position() == 1

    def test_columns_may_expect_a_version_of_each_stream(self, store: EventStore) -> None:
        store.append("account-1", events(2), 0)
        rows = [("account-2", event()), ("account-1", event()), ("account-2", event())]
        wrong: list[Any] = [{"account-1": 1, "account-2": 0}, {"account-1": 2, "account-2": 1}]
        for expected in wrong:
            with pytest.raises(WrongExpectedVersion):
                store.append_columns(columns(rows), expected)
        for nonsense in ({"account-1": 2}, {"account-1": 2, "account-2": -1}):
            with pytest.raises(InvalidInput, match="expected_version"):
                store.append_columns(columns(rows), nonsense)
        assert store.position() == 2
        right: Any = {"account-1": 2, "account-2": NO_STREAM, "account-3": 7}
        assert [store.append_columns(columns(rows), right) for _ in range(2)] == [3, 0]
        with pytest.raises(DuplicateEvent):
            store.append_columns(columns(rows), {"account-1": 1, "account-2": 0})
        assert versions(store, "account-2") == [1, 2]

    def test_columns_may_bring_their_recorded_at(self, store: EventStore) -> None:
        then = pa.array([NOON], pa.timestamp("us", "UTC"))
        store.append_columns(columns([("account-1", event())], recorded_at=then))
        assert store.read_all()[0].recorded_at == NOON

    @pytest.mark.parametrize(
        "data",
        [
            '{"a":NaN}',
            '{"a":Infinity}',
            '{"a":1e999}',
            '{"a":1,"a":2}',
            '{"a":9223372036854775808}',
            '{"a":"\\u0000"}',
            '{"a":"\\ud800"}',
            "[1]",
            "1",
            "",
            "{",
            '{"a":1}\n{"b":2}',
            '{"a":1},{"b":2}',
            canonical_json(nested(64)).replace("{}", '{"d":{}}'),
            '{"a":"' + "x" * 1024 * 1024 + '"}',
        ],
    )
    def test_columns_are_checked_like_single_events(self, store: EventStore, data: str) -> None:
        good = columns([("account-1", event()), ("account-1", event())])
        bad = good.set_column(2, "data", pa.array([good["data"][0].as_py(), data]))
        with pytest.raises(InvalidInput, match=r"data\[1\]"):
            store.append_columns(bad)
        assert store.position() == 0

    @pytest.mark.parametrize(
        ("name", "column"),
        [
            ("stream_id", pa.array([" "])),
            ("stream_id", pa.array([None], pa.string())),
            ("stream_id", pa.array([1])),
            ("type", pa.array(["Bell\a"])),
            ("data", pa.array([b"{}"])),
            ("data", pa.array([{"a": 1}])),
            *[(name, EMPTY) for name in TEXTS],
            ("schema_version", pa.array([0])),
            ("schema_version", pa.array([2**31])),
            ("schema_version", pa.array([1.0])),
            ("schema_version", pa.array([True])),
            ("event_id", pa.array(["no uuid"])),
            ("event_id", pa.array([b"short"])),
            ("event_id", pa.nulls(1, pa.binary(16))),
            ("occurred_at", pa.array([NOON.replace(tzinfo=None)], pa.timestamp("us"))),
            ("occurred_at", pa.array([1], pa.timestamp("ns", "UTC"))),
            ("occurred_at", pa.array(["2025-01-01"])),
            ("occurred_at", pa.array([2**62], pa.timestamp("us", "UTC"))),
            ("recorded_at", pa.array([2**62], pa.timestamp("s", "UTC"))),
            ("colour", pa.array(["red"])),
        ],
    )
    def test_a_bad_column_is_named(self, store: EventStore, name: str, column: pa.Array) -> None:
        good = columns([("account-1", event())])
        bad = good.drop_columns(name) if name in good.column_names else good
        with pytest.raises(InvalidInput, match=name):
            store.append_columns(bad.append_column(name, column))
        assert store.position() == 0

    @pytest.mark.parametrize("form", FORMS)
    def test_a_table_may_have_any_form(self, store: EventStore, form: str) -> None:
        """Versions count on in every stream, and what is stored already is known again."""
        streams = ["a-1", "b-1", "a-1"]
        about = {"actor": "clerk-07"}
        rows = [
            (stream_id, event(amount=i, metadata=about, occurred_at=NOON))
            for i, stream_id in enumerate(streams)
        ]
        table = FORMS[form](columns(rows))
        assert [store.append_columns(table) for _ in range(2)] == [3, 0]
        for read, (stream_id, one), version in zip(store.read_all(), rows, [1, 1, 2], strict=True):
            assert (read.stream_id, read.version) == (stream_id, version)
            assert (read.type, read.data, read.metadata) == (one.type, one.data, about)
            assert (read.schema_version, read.event_id, read.occurred_at) == (1, one.event_id, NOON)

    def test_what_is_no_table_of_events_is_named(self, store: EventStore) -> None:
        good = {"stream_id": ["a-1"], "type": ["Happened"], "data": ["{}"]}
        for wrong in (None, 3, "text", good | {"type": []}, good | {"schema_version": [2**70]}):
            with pytest.raises(InvalidInput, match="columns"):
                store.append_columns(wrong)
        table = pa.table(good)
        for name in good:
            with pytest.raises(InvalidInput, match=name):
                store.append_columns(table.drop_columns(name))
            with pytest.raises(InvalidInput, match=f"{name}.*twice"):
                store.append_columns(table.append_column(name, table[name]))
        assert store.position() == 0

    def test_columns_without_a_row_say_nothing(self, store: EventStore) -> None:
        """Only the word for what is expected has to be one."""
        typed = columns([("a-1", event())]).slice(0, 0)
        tables: list[Any] = [typed, typed.to_pandas(), {"stream_id": [], "type": [], "data": []}]
        for nothing in tables:
            for expected in (0, 7, ANY, NO_STREAM, STREAM_EXISTS):
                assert store.append_columns(nothing, expected) == 0
            with pytest.raises(InvalidInput, match="expected_version"):
                store.append_columns(nothing, -1)
        assert store.streams() == []

    @given(st.lists(PAYLOADS, min_size=1, max_size=5))
    @settings(max_examples=40, deadline=None, suppress_health_check=ONE_CASE_MANY_STORES)
    def test_columns_read_back_as_appended(
        self, store: EventStore, payloads: list[dict[str, Any]]
    ) -> None:
        stream_id = f"made-{uuid4()}"
        store.append_columns(columns([(stream_id, NewEvent("Made", p)) for p in payloads]))
        assert_same_json([e.data for e in store.read_stream(stream_id)], payloads)


class Reading(Cases):
    """Every payload, every range."""

    @given(data=PAYLOADS, metadata=PAYLOADS, occurred_at=st.datetimes(timezones=st.timezones()))
    @settings(max_examples=60, deadline=None, suppress_health_check=ONE_CASE_MANY_STORES)
    def test_any_payload_is_read_as_it_was_appended(
        self,
        store: EventStore,
        data: dict[str, Any],
        metadata: dict[str, Any],
        occurred_at: datetime,
    ) -> None:
        try:
            new = NewEvent("Made", data, metadata=metadata, occurred_at=occurred_at)
        except InvalidInput:
            with pytest.raises(OverflowError):  # at the very ends of the calendar
                occurred_at.astimezone(UTC)
            return
        stream_id = f"made-{uuid4()}"
        store.append(stream_id, [new], NO_STREAM)
        [read] = store.read_stream(stream_id)
        assert_same_json([read.data, read.metadata], [data, metadata])
        assert (read.event_id, read.type, read.schema_version) == (new.event_id, "Made", 1)
        assert read.occurred_at == occurred_at.astimezone(UTC)  # in its own zone it may be in a gap
        assert read.occurred_at.utcoffset() == timedelta(0)

    def test_deep_nesting_and_the_ends_of_64_bits_survive(self, store: EventStore) -> None:
        data = {"deep": nested(63), "ends": [2**63 - 1, -(2**63)], "memo": "café 🏦 \u2028 \x7f"}
        store.append("account-1", [NewEvent("Made", data)], 0)
        assert_same_json([store.read_stream("account-1")[0].data], [data])

    def test_a_stream_is_read_in_ranges_and_in_both_directions(self, store: EventStore) -> None:
        store.append("account-1", events(5), 0)

        def versions(*args: Any, **kw: Any) -> list[int]:
            return [e.version for e in store.read_stream("account-1", *args, **kw)]

        assert versions(2) == [2, 3, 4, 5]
        assert versions(2, 3) == [2, 3]
        assert versions(backwards=True, limit=2) == [5, 4]
        assert versions(9) == []
        assert versions(to_position=3) == [1, 2, 3]
        assert store.read_stream("account-none") == []

    def test_ranges_that_make_no_sense_are_refused(self, store: EventStore) -> None:
        for bad in [{"from_version": 0}, {"from_version": 3, "to_version": 2}, {"limit": 0}]:
            with pytest.raises(InvalidInput):
                store.read_stream("account-1", **bad)  # type: ignore[arg-type]
        for after, limit in [(-1, None), (0, 0), (True, None), ("1", None), (0, 1.5)]:
            with pytest.raises(InvalidInput):
                store.read_all(after, limit)  # type: ignore[arg-type]
        with pytest.raises(InvalidInput):
            store.read_all(as_of=NOON, by="position")  # type: ignore[arg-type]
        assert store.read_all(after_position=10**9) == []

    def test_streams_are_listed(self, store: EventStore) -> None:
        for i in (2, 0, 1, 0):
            store.append(f"account-{i}", events(1), ANY)
        assert store.streams() == ["account-0", "account-1", "account-2"]

    def test_a_category_is_what_stands_before_the_first_hyphen(self, store: EventStore) -> None:
        for stream_id in ("account-1", "account-2-b", "accounts-1", "account", "branch-account-1"):
            store.append(stream_id, events(1), 0)
        read = store.read_category("account")
        assert [e.stream_id for e in read] == ["account-1", "account-2-b", "account"]
        assert store.read_category("account", after_position=1, limit=1) == read[1:2]
        with pytest.raises(InvalidInput):
            store.read_category("account-1")

    def test_a_prefix_has_no_special_characters(self, store: EventStore) -> None:
        for stream_id in ("a%b-1", "a_b-1", "axb-1", "a$b-1"):
            store.append(stream_id, events(1), 0)
        assert store.streams("a%") == ["a%b-1"]
        assert store.streams("a_") == ["a_b-1"]
        assert store.streams("a$") == ["a$b-1"]
        assert len(store.streams("a")) == 4

    def test_changing_an_object_after_the_append_changes_nothing(self, store: EventStore) -> None:
        data: dict[str, Any] = {"tags": ["a"]}
        new = NewEvent("Made", data)
        data["tags"].append("b")
        new.data["tags"].append(float("nan"))
        store.append("account-1", [new], 0)
        [read] = store.read_all()
        assert read.data == {"tags": ["a"]}
        read.data["tags"].append("c")
        assert store.read_all()[0].data == {"tags": ["a"]}

    @pytest.mark.parametrize("stream_id", BAD_STREAM_IDS)
    def test_a_bad_stream_id_is_named(self, store: EventStore, stream_id: Any) -> None:
        for use in (
            lambda: store.append(stream_id, [event()], 0),
            lambda: store.read_stream(stream_id),
        ):
            with pytest.raises(InvalidInput, match="stream_id"):
                use()
        assert store.position() == 0


class Times(Cases):
    """Two times, and the clock."""

    def test_as_of_a_time(self, factory: Factory) -> None:
        times = [NOON, NOON, NOON + timedelta(hours=1), NOON + timedelta(hours=2)]
        clock = iter(times)
        with factory.open(lambda: next(clock)) as store:
            for i in range(4):
                store.append("account-1", [event(amount=i + 1)], i)

            def amounts(as_of: datetime, **kw: Any) -> list[int]:
                read = store.read_stream("account-1", as_of=as_of, **kw)
                assert kw or store.read_all(as_of=as_of) == read
                assert kw or store.read_category("account", as_of=as_of) == read
                return [e.data["amount"] for e in read]

            assert amounts(NOON - timedelta(microseconds=1)) == []
            assert amounts(NOON) == [1, 2]
            assert amounts(NOON + timedelta(minutes=61)) == [1, 2, 3]
            assert amounts(NOON + timedelta(days=999)) == [1, 2, 3, 4]
            assert amounts(NOON + timedelta(minutes=61), limit=1, backwards=True) == [3]

    def test_what_was_known_and_what_was_true_differ(self, factory: Factory) -> None:
        monday, friday = NOON + timedelta(days=3), NOON
        with factory.open(lambda: monday) as store:
            store.append("account-1", [event("SalaryBooked", 1, occurred_at=friday)], 0)
            assert store.read_stream("account-1", as_of=friday) == []
            assert len(store.read_stream("account-1", as_of=friday, by="occurred_at")) == 1

    @pytest.mark.parametrize("kind", KINDS)
    def test_an_event_without_a_time_occurred_when_the_clock_says(
        self, factory: Factory, kind: str
    ) -> None:
        """And is known again, also where the clock was set back."""
        clock = iter([NOON] + [NOON - timedelta(days=1)] * 9)
        with factory.open(lambda: next(clock)) as store:
            for stream_id in ("account-1", "account-2"):
                batch = [event()]
                assert [put(store, kind, stream_id, batch, 0) for _ in range(2)] == [1, 0]
            one, two = store.read_all()
        assert one.occurred_at == one.recorded_at == NOON
        assert two.occurred_at == two.recorded_at

    def test_a_clock_that_goes_backwards_changes_no_order(self, factory: Factory) -> None:
        clock = iter([NOON, NOON - timedelta(days=1)])
        with factory.open(lambda: next(clock)) as store:
            store.append("account-1", [event(amount=1)], 0)
            store.append("account-1", [event(amount=2)], 1)
            assert [e.data["amount"] for e in store.read_all()] == [1, 2]
            assert [e.position for e in store.read_stream("account-1")] == [1, 2]

    def test_as_of_is_always_a_state_that_was(self, factory: Factory) -> None:
        """Whatever the clock does, and however the events come: a prefix of the history."""
        minutes = (0, 10, 5, -60, 7, 8, 30)
        clock = iter([NOON + timedelta(minutes=m) for m in (*minutes, *minutes)])
        with factory.open(lambda: next(clock)) as store:
            for n in range(len(minutes)):
                store.append(f"account-{n % 2}", events(1), ANY)
                store.append_columns(columns([(f"account-{n % 3}", event())]), ANY)
            whole = store.read_all()
            times = [e.recorded_at for e in whole]
            assert times == sorted(times)
            for m in range(-61, 32):
                seen = store.read_all(as_of=NOON + timedelta(minutes=m))
                assert seen == whole[: len(seen)]

    def test_a_history_that_goes_back_in_time_is_refused(self, store: EventStore) -> None:
        times = pa.array([NOON, NOON - timedelta(seconds=1)], pa.timestamp("us", "UTC"))
        back = columns([("account-1", event()), ("account-1", event())], recorded_at=times)
        with pytest.raises(InvalidInput, match=r"recorded_at\[1\]"):
            store.append_columns(back)
        assert store.position() == 0

    def test_a_clock_without_a_zone_is_refused(self, factory: Factory) -> None:
        with factory.open(lambda: datetime(2025, 1, 1)) as store:  # noqa: DTZ001
            with pytest.raises(InvalidInput, match="clock"):
                store.append("account-1", [event()], 0)
            assert store.position() == 0


class CatchingUp(Cases):
    """Readers that go on from a checkpoint."""

    def test_catching_up_goes_on_from_a_checkpoint(self, store: EventStore) -> None:
        store.append("account-1", events(7), 0)
        assert [len(batch) for batch in store.catch_up(batch=3)] == [3, 3, 1]
        assert [e.position for batch in store.catch_up(5) for e in batch] == [6, 7]
        assert list(store.catch_up(7)) == []
        with pytest.raises(InvalidInput):
            next(store.catch_up(batch=0))

    def test_sixteen_writers_and_four_tailing_readers(self, store: EventStore) -> None:
        writers, appends = 16, 12
        done = threading.Event()
        seen: list[list[tuple[int, UUID]]] = [[] for _ in range(4)]

        def write(i: int) -> None:
            for n in range(appends):
                stream_id = f"account-{n % 3}" if i % 2 else f"account-own-{i}"
                store.append(stream_id, events(1 + n % 3), ANY)

        def tail(reader: int) -> None:
            checkpoint, last_round = 0, False
            while not last_round:
                last_round = done.is_set()
                for batch in store.catch_up(checkpoint, batch=5):
                    seen[reader] += [(e.position, e.event_id) for e in batch]
                    checkpoint = batch[-1].position

        readers = [threading.Thread(target=tail, args=(i,)) for i in range(4)]
        for thread in readers:
            thread.start()
        try:
            in_threads(writers, write)
        finally:
            done.set()
            for thread in readers:
                thread.join()
        everything = [(e.position, e.event_id) for e in store.read_all()]
        assert [position for position, _ in everything] == list(range(1, len(everything) + 1))
        assert len(everything) == writers * sum(1 + n % 3 for n in range(appends))
        assert all(one == everything for one in seen)


def tagged(type_: str, *tags: str) -> NewEvent:
    """An event about whatever its tags name."""
    return NewEvent(type_, {}, metadata={"tags": list(tags)})


class Conditions(Cases):
    """Conditions over more than one stream: overlapping ones conflict, disjoint ones do not."""

    def test_what_matches_is_found_in_every_stream(self, store: EventStore) -> None:
        store.append("account-1", [tagged("Opened", "customer:1"), tagged("Closed")], 0)
        store.append("account-2", [tagged("Opened", "customer:1", "branch:3")], 0)
        store.append("card-1", [tagged("Opened", "customer:2")], 0)

        def found(*given: Any, **more: Any) -> list[int]:
            return [event.position for event in store.read_matching(Query(*given), **more)]

        assert found(["Opened"]) == [1, 3, 4]
        assert found(["Opened", "Closed"]) == [1, 2, 3, 4]
        assert found([], ["customer:1"]) == [1, 3]
        assert found(["Opened"], ["customer:1", "branch:3"]) == [3]
        assert found(["Opened"], ["customer"]) == []
        assert found(["Opened"], after_position=1) == [3, 4]
        assert found(["Opened"], limit=1) == [1]

    def test_a_decision_on_what_is_not_there_is_a_conflict(self, store: EventStore) -> None:
        """It was read from another store, or from this one before it was restored."""
        store.append("account-1", events(1), 0)
        beyond = AppendCondition(Query(["Closed"]), after=2)
        for batch in (events(1), []):
            with pytest.raises(ConditionFailed, match="ends at position 1"):
                store.append("account-2", batch, 0, condition=beyond)
        head = AppendCondition(Query(["Closed"]), after=1)
        assert store.append("account-2", events(1), 0, condition=head).position == 2

    def test_an_append_fails_if_something_that_matters_was_added(self, store: EventStore) -> None:
        condition = AppendCondition(Query(tags=["customer:1"]), after=0)
        store.append("account-1", [tagged("Opened", "customer:1")], 0)
        for batch in ([tagged("Opened", "customer:1")], []):
            with pytest.raises(ConditionFailed, match="Position 1, Opened in 'account-1'"):
                store.append("account-2", batch, 0, condition=condition)
        assert store.position() == 1
        since = AppendCondition(Query(tags=["customer:1"]), after=1)
        store.append("account-2", [tagged("Opened", "customer:1")], 0, condition=since)
        assert store.position() == 2

    def test_any_of_several_queries_fails_it(self, store: EventStore) -> None:
        store.append("account-1", [tagged("Opened", "customer:1")], 0)
        either = [Query(["Closed"]), Query(tags=["customer:1"])]
        with pytest.raises(ConditionFailed):
            store.append("card-1", [tagged("Made")], 0, condition=AppendCondition(either, 0))

    def test_what_does_not_matter_does_not_fail_it(self, store: EventStore) -> None:
        store.append("account-1", [tagged("Opened", "customer:1")], 0)
        other = AppendCondition(Query(["Opened"], ["customer:2"]), after=0)
        assert store.append("account-2", [tagged("Opened")], 0, condition=other).version == 1

    def test_the_expected_version_still_counts(self, store: EventStore) -> None:
        holds = AppendCondition(Query(["Opened"]), after=0)
        for batch in ([tagged("Opened")], []):
            with pytest.raises(WrongExpectedVersion):
                store.append("account-1", batch, 4, condition=holds)

    def test_a_retry_does_not_fail_its_own_condition(self, store: EventStore) -> None:
        condition = AppendCondition(Query(["NameTaken"], ["name:ada"]), after=0)
        taken = [tagged("NameTaken", "name:ada")]
        first = store.append("user-1", taken, 0, condition=condition)
        assert store.append("user-1", taken, 0, condition=condition) == first

    def test_of_racing_overlapping_conditions_one_wins(self, store: EventStore) -> None:
        """A user name is unique over all streams, however many ask for it at once."""
        told: list[bool] = []

        def take(i: int) -> None:
            condition = AppendCondition(Query(tags=["name:ada"]), after=0)
            try:
                store.append(f"user-{i}", [tagged("NameTaken", "name:ada")], 0, condition=condition)
            except ConditionFailed:
                told.append(False)
            else:
                told.append(True)

        in_threads(8, take)
        assert sorted(told) == [False] * 7 + [True]
        assert len(store.read_matching(Query(tags=["name:ada"]))) == 1

    def test_racing_disjoint_conditions_all_pass(self, store: EventStore) -> None:
        def take(i: int) -> None:
            condition = AppendCondition(Query(tags=[f"name:{i}"]), after=0)
            store.append(f"user-{i}", [tagged("NameTaken", f"name:{i}")], 0, condition=condition)

        in_threads(8, take)
        assert store.position() == 8

    def test_tags_of_another_shape_match_nothing(self, store: EventStore) -> None:
        for i, odd in enumerate(["ada", {"ada": 1}, None, 7, [1, 2]]):
            store.append(f"odd-{i}", [NewEvent("Made", {}, metadata={"tags": odd})], 0)
        assert store.read_matching(Query(tags=["ada"])) == []

    @pytest.mark.parametrize(
        ("types", "tags"), [((), ()), ("Opened", ()), ((), "tag"), ([7], ()), ((), [None])]
    )
    def test_a_query_that_makes_no_sense_is_refused(
        self, store: EventStore, types: Any, tags: Any
    ) -> None:
        with pytest.raises(InvalidInput):
            Query(types, tags)

    @pytest.mark.parametrize(
        ("queries", "after"),
        [((), 0), ("x", 0), (Query(["A"]), -1), (Query(["A"]), 1.0)],
    )
    def test_a_condition_that_makes_no_sense_is_refused(
        self, store: EventStore, queries: Any, after: Any
    ) -> None:
        with pytest.raises(InvalidInput):
            AppendCondition(queries, after)


class ColumnsOut(Cases):
    """Events in Arrow record batches, for whoever computes over many."""

    def test_columns_say_what_read_all_says(self, store: EventStore) -> None:
        for i, data in enumerate(PRECIOUS):
            about = {"actor": "clerk-07"}
            new = NewEvent("Made", data, metadata=about, schema_version=i + 1, occurred_at=NOON)
            store.append(f"account-{i % 2}", [new], ANY)
        rows = [row for batch in store.read_columns(batch=4) for row in batch.to_pylist()]
        for row, read in zip(rows, store.read_all(), strict=True):
            assert list(row) == list(COLUMNS)
            row["event_id"] = UUID(row["event_id"])
            row["data"], row["metadata"] = json.loads(row["data"]), json.loads(row["metadata"])
            assert {name: getattr(read, name) for name in COLUMNS} == row
            assert_same_json([row["data"]], [dict(read.data)])

    def test_columns_have_the_types_that_the_protocol_names(self, store: EventStore) -> None:
        store.append("account-1", events(5), 0)
        batches = list(store.read_columns(batch=2))
        assert [len(batch) for batch in batches] == [2, 2, 1]
        texts = dict.fromkeys(("stream_id", "event_id", "type", "data", "metadata"), pa.string())
        whole = {"position": pa.int64(), "version": pa.int64(), "schema_version": pa.int32()}
        times = dict.fromkeys(("occurred_at", "recorded_at"), pa.timestamp("us", "UTC"))
        types = {**texts, **whole, **times}
        for batch in batches:
            assert batch.schema.names == list(COLUMNS)
            assert all(field.type == types[field.name] for field in batch.schema)

    def test_columns_are_read_in_part(self, store: EventStore) -> None:
        store.append("account-1", events(5), 0)
        some = store.read_columns(1, 3, columns=["type", "position"], batch=2)
        assert pa.Table.from_batches(some).to_pydict() == {
            "type": ["MoneyDeposited"] * 3,
            "position": [2, 3, 4],
        }
        assert list(store.read_columns(5)) == []
        assert list(store.read_columns(9)) == []

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"columns": ["amount"]}, "columns"),
            ({"after_position": -1}, "after_position"),
            ({"limit": 0}, "limit"),
            ({"batch": 0}, "batch"),
        ],
    )
    def test_columns_that_cannot_be_are_refused(
        self, store: EventStore, asked: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(InvalidInput, match=f"^{field}: "):
            store.read_columns(**asked)


class Closing(Cases):
    """A store that is closed."""

    def test_a_closed_store_says_so(self, factory: Factory) -> None:
        store = factory.open()
        store.close()
        store.close()
        for use in (
            lambda: store.append("account-1", events(1), 0),
            lambda: store.append_columns(columns([("account-1", event())])),
            store.read_all,
            store.position,
            lambda: list(store.read_columns()),
        ):
            with pytest.raises(StoreClosed, match="open_store"):
                use()


class Querying(Cases):
    """SQL, of an engine whose events can be asked in it."""

    @pytest.mark.parametrize("statement", CHANGES)
    def test_history_cannot_be_changed_through_sql(
        self, store: SqlEventStore, factory: Factory, statement: str
    ) -> None:
        store.append("account-1", events(2), 0)
        before = store.read_all()
        with pytest.raises(InvalidQuery, match="must read"):
            store.sql(statement)
        assert store.read_all() == before
        store.close()
        with pytest.raises(Exception, match=r"append-only"):
            factory.raw(statement)

    def test_sql_answers_with_a_frame(self, store: SqlEventStore) -> None:
        store.append("account-1", events(3), 0)
        frame = store.sql("SELECT sum(data.amount::BIGINT) AS total FROM events")
        assert frame["total"].tolist() == [6]
        named = store.sql("SELECT version FROM events WHERE version > $v ORDER BY 1", {"v": 1})
        assert named["version"].tolist() == [2, 3]
        with pytest.raises(InvalidInput, match="one"):
            store.sql("SELECT 1; SELECT 2")

    def test_sql_gives_times_as_times(self, store: SqlEventStore) -> None:
        """And no library's warning on the way."""
        store.append("account-1", [event(occurred_at=NOON)], 0)
        frame = store.sql("SELECT occurred_at FROM events WHERE false")
        assert list(frame.columns) == ["occurred_at"]
        assert store.sql("SELECT occurred_at FROM events")["occurred_at"][0] == NOON

    def test_a_closed_store_answers_no_sql(self, store: SqlEventStore) -> None:
        store.close()
        with pytest.raises(StoreClosed, match="open_store"):
            store.sql("SELECT 1")


class WithoutSql(Cases):
    """What an engine cannot do it says by name, and does nothing."""

    def test_sql_is_refused_by_name(self, store: Any) -> None:
        store.append("account-1", events(1), 0)
        with pytest.raises(NotSupported, match=r"no SQL.*read_columns"):
            store.sql("SELECT * FROM events")
        with pytest.raises(InvalidInput, match="no SQL"):
            sql_store(store)

    def test_more_events_than_fit_into_one_append_are_refused_by_name(
        self, store: EventStore
    ) -> None:
        most = 1000
        batch = events(most + 1)
        with pytest.raises(NotSupported, match=r"at most 1,000.*in parts"):
            store.append("account-1", batch, 0)
        halves: list[Any] = [("account-1", batch[:700], 0), ("account-2", batch[700:], 0)]
        with pytest.raises(NotSupported, match=r"at most 1,000.*in parts"):
            store.append_many(halves)
        with pytest.raises(NotSupported, match=r"at most 1,000.*in parts"):
            store.append_columns(columns([("account-1", one) for one in batch]))
        assert store.position() == 0
        assert store.append("account-1", batch[:most], 0).position == most
        rows = [("account-2", one) for one in batch[:most]]
        assert [store.append_columns(columns(rows)) for _ in range(2)] == [most, 0]
        assert store.append("account-1", batch[:most], 0).position == most
        assert positions(store) == list(range(1, 2 * most + 1))


class Conformance(
    Essentials,
    Answers,
    Retries,
    Columns,
    Reading,
    Times,
    CatchingUp,
    Conditions,
    ColumnsOut,
    Closing,
):
    """All that an EventStore answers, whatever its engine."""


class SqlConformance(Conformance, Querying):
    """And what a SqlEventStore adds: all that the kit's own engines answer."""


class LogConformance(Conformance, WithoutSql):
    """And what a store on a replicated log says that it cannot do."""


# --- what the cases share ------------------------------------------------------------------------


def counted(numbers: list[int]) -> str:
    """A list of numbers in a few words: whether it counts from 1, and where it first does not."""
    for expected, number in enumerate(numbers, 1):
        if number != expected or type(number) is not int:
            return f"{len(numbers)} numbers, number {expected} is {number!r}"
    return f"1 to {len(numbers)}"


def in_utc(time: datetime) -> str:
    """An aware time as text, for comparing and printing."""
    if time.tzinfo is None:
        raise Unmet(f"times should know their zone, {time!r} does not")
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def in_threads(n: int, work: Callable[[int], Any]) -> None:
    """Run work(0) … work(n-1) at the same time; the first exception is raised here."""
    errors: list[BaseException] = []
    start = threading.Barrier(n)

    def each(i: int) -> None:
        start.wait()
        try:
            work(i)
        except BaseException as error:
            errors.append(error)

    # Daemons: one that never ends must not keep the interpreter from ending.
    threads = [threading.Thread(target=each, args=(i,), daemon=True) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        if thread.is_alive():
            raise Unmet(
                f"a thread is still at it after {PATIENCE} seconds; is a lock never let go?"
            )
    if errors:
        raise errors[0]


def assert_same_json(read: list[dict[str, Any]], written: list[dict[str, Any]]) -> None:
    """Equal to the last bit: 1 is not 1.0, and no float is rounded. −0.0 is stored as 0.0."""
    assert read == written
    assert [canonical_json(one) for one in read] == [canonical_json(one) for one in written]
