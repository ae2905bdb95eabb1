"""What a store must do that a learner has written from an empty cell, tried on small histories."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import duckdb
import hypothesis.strategies as st

from ...drawing.display import counted
from ...errors import WrongExpectedVersion
from ...event import NewEvent
from ...stores import ANY, NO_STREAM
from ..promises import Promise, Promises

Step = tuple[str, int, Any]  # stream_id, how many events, what is expected
Place = tuple[int, str, int, str, Any]  # position, stream_id, version, event_id, data

STREAMS = ("account-1", "account_1")  # LIKE takes the second for a pattern of the first
streams = st.sampled_from(STREAMS)
steps = st.lists(st.tuples(streams, st.integers(1, 2), st.just(ANY)), min_size=1, max_size=4)
expecting = st.lists(
    st.tuples(streams, st.integers(0, 2), st.sampled_from([ANY, NO_STREAM]) | st.integers(0, 3)),
    min_size=1,
    max_size=4,
)


@dataclass
class Model:
    """What a store should hold: the simplest thing that does the same."""

    places: list[Place] = field(default_factory=list)

    def version(self, stream_id: str) -> int:
        """How many events the stream has."""
        return sum(place[1] == stream_id for place in self.places)

    def append(self, stream_id: str, events: Sequence[NewEvent]) -> int:
        """Store the events and give the stream's version."""
        for event in events:
            position, version = len(self.places) + 1, self.version(stream_id) + 1
            place = (position, stream_id, version, str(event.event_id), event.data)
            self.places.append(place)
        return self.version(stream_id)

    def refuses(self, stream_id: str, expected: Any) -> bool:
        """Whether the stream is not as it is expected to be."""
        wanted = 0 if expected is NO_STREAM else expected
        return wanted is not ANY and wanted != self.version(stream_id)


def events(history: Sequence[Step]) -> Iterator[tuple[str, list[NewEvent], Any]]:
    """The appends of a history; each event has a number, which is its amount and its id."""
    number = 0
    for stream_id, count, expected in history:
        numbers = range(number + 1, number + count + 1)
        number += count
        made = [NewEvent("MoneyDeposited", {"amount": n}, event_id=UUID(int=n)) for n in numbers]
        yield stream_id, made, expected


@contextmanager
def opened(answer: Any, path: str = ":memory:") -> Iterator[Any]:
    """The learner's store at `path`, closed in the end."""
    with closing(answer(path)) as store:
        yield store


def filled(store: Any, history: Sequence[Step]) -> tuple[Model, str]:
    """The store with all of the history appended, and what is wrong with an answer."""
    model = Model()
    for stream_id, made, expected in events(history):
        want, got = (
            model.append(stream_id, made),
            version_of(store.append(stream_id, made, expected)),
        )
        if got != want:
            return model, f"append answered {got!r}, where {stream_id} is at version {want}"
    return model, ""


def version_of(answer: Any) -> Any:
    """The version in an answer to an append: a number, or what has one."""
    return getattr(answer, "version", answer)


def place(event: Any) -> Place:
    """What is compared of an event that was read."""
    return (event.position, event.stream_id, event.version, str(event.event_id), event.data)


FIELDS = ("position", "stream_id", "version", "event_id", "data")


def unlike(called: str, found: Any, wanted: Sequence[Place]) -> str:
    """What differs between the events that a call gave and those that are there; "" if nothing."""
    got = [place(event) for event in found]
    if got == list(wanted):
        return ""
    if len(got) != len(wanted):
        return f"{called} gave {counted(len(got), 'event')}, and there should be {len(wanted)}"
    for number, name in enumerate(FIELDS):
        column = operator.itemgetter(number)
        have, want = list(map(column, got)), list(map(column, wanted))
        if have != want:
            return f"{called} gave these {name}{'s' * (name != 'data')}: {have}, and not {want}"
    return f"{called} gave something else"


def reads_unlike(store: Any, model: Model) -> str:
    """What the store reads that the model does not have."""
    for stream_id in STREAMS:
        wanted = [place for place in model.places if place[1] == stream_id]
        if said := unlike(f'read_stream("{stream_id}")', store.read_stream(stream_id), wanted):
            return said
    for after in range(len(model.places) + 1):
        found = store.read_all(after_position=after)
        if said := unlike(f"read_all(after_position={after})", found, model.places[after:]):
            return said
    return ""


# --- the promises --------------------------------------------------------------------------------


def new_is_not_empty(answer: Any, case: None) -> str:
    """A store in which nothing has been done."""
    with opened(answer) as store:
        return reads_unlike(store, Model())


def reads_otherwise(answer: Any, history: Sequence[Step]) -> str:
    """Appends that expect nothing, and then all reads."""
    with opened(answer) as store:
        model, said = filled(store, history)
        return said or reads_unlike(store, model)


def expects_nothing(answer: Any, history: Sequence[Step]) -> str:
    """Appends with an expected version, some of them stale."""
    model = Model()
    with opened(answer) as store:
        for stream_id, made, expected in events(history):
            refused = model.refuses(stream_id, expected)
            there = model.version(stream_id)
            try:
                version = version_of(store.append(stream_id, made, expected))
            except WrongExpectedVersion as told:
                if not refused:
                    return f"an append to {stream_id} was refused that fits: {told}"
                if (told.expected, told.actual) != (expected, there):
                    return (
                        f"WrongExpectedVersion says expected {told.expected}, actual "
                        f"{told.actual}; it was {expected}, and the stream is at {there}"
                    )
                continue
            if refused:
                return (
                    f"{stream_id} is at version {there}; an append that expects {expected} passed"
                )
            if version != (want := model.append(stream_id, made)):
                return f"append answered {version!r}, where {stream_id} is at version {want}"
        return reads_unlike(store, model)


def never_ahead(history: Sequence[Step]) -> bool:
    """Whether no append expects more than there is."""
    model = Model()
    for stream_id, made, expected in events(history):
        if isinstance(expected, int) and expected > model.version(stream_id):
            return False
        if not model.refuses(stream_id, expected):
            model.append(stream_id, made)
    return True


# What cannot be stored: None is found out by whoever looks at it, the other only where its data
# is read, which is often in the middle of the inserts.
BAD = {
    "None": None,
    "something without data": SimpleNamespace(
        event_id=UUID(int=100), type="MoneyWithdrawn", schema_version=1
    ),
}


def keeps_a_part(answer: Any, case: tuple[Sequence[Step], str]) -> str:
    """Something that is no event comes last in a batch."""
    history, bad = case
    with opened(answer) as store:
        model, said = filled(store, history)
        good = NewEvent("MoneyWithdrawn", {"amount": 99}, event_id=UUID(int=99))
        try:
            store.append("account-1", [good, BAD[bad]], ANY)
        except Exception:  # which error it is, is the store's business
            if said := said or reads_unlike(store, model):
                return said
            next_ = NewEvent("MoneyDeposited", {"amount": 98}, event_id=UUID(int=98))
            model.append("account-1", [next_])
            store.append("account-1", [next_], ANY)
            said = reads_unlike(store, model)
            return said and f"after one append more: {said}"
        return f"an append of an event and of {bad} raised nothing"


def shown_part(case: tuple[Sequence[Step], str]) -> str:
    """A history and the append that fails, in words."""
    history, bad = case
    last = f"append an event and {bad} to account-1"
    return f"{shown(history)}; then {last}" if history else last


Retry = tuple[Sequence[Step], int]  # a history, and which of its appends is sent again


def retries(expect: Callable[[Any, Step], Any]) -> Callable[[Any, Retry], str]:
    """Tries of an append that comes again; `expect(before, step)` is what it expects."""

    def stores_again(answer: Any, case: Retry) -> str:
        history, which = case
        which %= len(history)
        with opened(answer) as store:
            model, again, first = Model(), None, None
            for number, (stream_id, made, _) in enumerate(events(history)):
                expected = expect(model.version(stream_id), history[number])
                model.append(stream_id, made)
                answered = version_of(store.append(stream_id, made, expected))
                if number == which:
                    again, first = (stream_id, made, expected), answered
            assert again is not None
            try:
                second = version_of(store.append(*again))
            except WrongExpectedVersion:
                return "the append that came again was refused with WrongExpectedVersion"
            if said := reads_unlike(store, model):
                return f"after it came again: {said}"
            return "" if second == first else f"first it answered {first!r}, then {second!r}"

    return stores_again


def forgets(answer: Any, history: Sequence[Step]) -> str:
    """The store is closed after each append and opened again."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        path, model = str(Path(folder) / "own.duckdb"), Model()
        for stream_id, made, expected in events(history):
            with opened(answer, path) as store:
                model.append(stream_id, made)
                store.append(stream_id, made, expected)
            if said := _held(path):
                return said
        with opened(answer, path) as store:
            return reads_unlike(store, model)


def _held(path: str) -> str:
    """Whether a store that was closed has the file open still: then it opens in no other way."""
    try:
        duckdb.connect(path, config={"threads": 1, "memory_limit": "300MB"}).close()
    except duckdb.ConnectionException:
        return "close() was called, and the file is still open"
    return ""


CHANGES = {
    "UPDATE": "UPDATE events SET stream_id = 'forged'",
    "DELETE": "DELETE FROM events WHERE version = 1",
    "TRUNCATE": "TRUNCATE events",
}
A_PLACE_AGAIN = """
INSERT INTO events SELECT * REPLACE (position + 1000 AS position, uuid() AS event_id) FROM events
"""


def raw(statements: dict[str, str]) -> Callable[[Any, str], str]:
    """Tries of SQL on the closed store; all of it should be refused."""

    def lets(answer: Any, name: str) -> str:
        with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            path = str(Path(folder) / "own.duckdb")
            with opened(answer, path) as store:
                filled(store, [("account-1", 2, ANY)])
            with closing(duckdb.connect(path)) as connection:
                try:
                    connection.execute(statements[name])
                except duckdb.CatalogException as error:
                    return str(error).splitlines()[0]
                except duckdb.Error:
                    return ""
                return f"{name} was not refused"

    return lets


def shown(history: Sequence[Step]) -> str:
    """A history in words."""
    said = [
        f"{count} event{'s' * (count != 1)} to {stream_id}, expected {expected}"
        for stream_id, count, expected in history
    ]
    return "append " + "; then ".join(said)


def shown_retry(case: Retry) -> str:
    """A history and the append that comes again, in words."""
    history, which = case
    return f"{shown(history)}; then append {which % len(history) + 1} comes again, word for word"


def _followed(history: list[Step]) -> list[Step]:
    """The history, and one append more to its first stream: the retry is not of the last."""
    return [*history, (history[0][0], 1, ANY)]


retried = st.tuples(steps.map(_followed), st.just(0)) | st.tuples(steps, st.integers(0, 3))

OWN_STORE = Promises(
    (
        Promise(
            "A new store has no events.",
            st.none(),
            new_is_not_empty,
            lambda _: "a new store",
            max_examples=1,
        ),
        Promise(
            "What was appended is not read back as it should be: versions count in the stream, "
            "positions over all, both from 1, and each read is in order.",
            steps,
            reads_otherwise,
            shown,
            max_examples=8,
        ),
        Promise(
            "The expected version is not kept: where the stream is as expected an append passes, "
            "and elsewhere it raises WrongExpectedVersion(stream_id, expected, actual).",
            expecting.filter(never_ahead),
            expects_nothing,
            shown,
            max_examples=16,
        ),
        Promise(
            "A writer may also expect a version that the stream has not reached: it has read "
            "something else, and is told with WrongExpectedVersion.",
            expecting,
            expects_nothing,
            shown,
            max_examples=10,
        ),
        Promise(
            "An append is all or nothing: when it fails in the middle, nothing of it is stored, "
            "and no number is used up.",
            st.tuples(
                st.lists(st.tuples(streams, st.integers(1, 2), st.just(ANY)), max_size=2),
                st.sampled_from(list(BAD)),
            ),
            keeps_a_part,
            shown_part,
            max_examples=8,
        ),
        Promise(
            "The same events come again, with the same ids: they are stored once, and get the "
            "first answer.",
            retried,
            retries(lambda before, step: ANY),
            shown_retry,
            max_examples=7,
        ),
        Promise(
            "The same events come again, and expect the version that they expected the first "
            "time: they get the first answer, not a conflict.",
            retried,
            retries(lambda before, step: before),
            shown_retry,
            max_examples=7,
        ),
        Promise(
            "A store that is closed and opened again holds what it held, and goes on from there.",
            steps,
            forgets,
            lambda history: f"{shown(history)}; closed and opened again after each",
            max_examples=3,
        ),
        Promise(
            "The past can be changed by plain SQL on the file.",
            st.sampled_from(list(CHANGES)),
            raw(CHANGES),
            lambda name: CHANGES[name],
            max_examples=6,
        ),
        Promise(
            "Plain SQL can put a second event at a place that is taken: the key is missing.",
            st.just("a second event at version 1"),
            raw({"a second event at version 1": A_PLACE_AGAIN}),
            max_examples=1,
        ),
    ),
    plain=lambda answer: not reads_otherwise(answer, [("account-1", 2, ANY)]),
)
