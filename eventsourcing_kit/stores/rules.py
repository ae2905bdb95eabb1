"""What engines share: the rules of appending that need no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ..errors import DuplicateEvent, InvalidInput, WrongExpectedVersion
from ..event import NewEvent, RecordedEvent, canonical_json, check_name, kind, shown
from .protocol import (
    ANY,
    NO_STREAM,
    STREAM_EXISTS,
    AppendResult,
    Expected,
    ExpectedVersion,
    Write,
)


@dataclass(slots=True)
class Head:
    """What a store knows of a stream before it appends: its version, and where each id stands."""

    version: int
    ids: dict[UUID, int]


def check_expected(expected: Any) -> ExpectedVersion:
    """An int from 0 or a member of Expected, else InvalidInput."""
    if isinstance(expected, Expected):
        return expected
    if type(expected) is not int or not 0 <= expected < 2**63:
        raise InvalidInput(
            "expected_version",
            f"must be a version from 0, ANY, NO_STREAM or STREAM_EXISTS, not {shown(expected)}",
        )
    return expected


def check_expectations(expected: Any) -> Callable[[str], ExpectedVersion]:
    """What a columnar append expects of a stream, by its name.

    Raises InvalidInput for what is no expectation, and the function for a stream that has none.
    """
    if not isinstance(expected, Mapping):
        of_every_stream = check_expected(expected)
        return lambda stream_id: of_every_stream
    of_each = {name: check_expected(version) for name, version in expected.items()}

    def expected_of(stream_id: str) -> ExpectedVersion:
        if stream_id not in of_each:
            raise InvalidInput("expected_version", f"says nothing of the stream {stream_id!r}")
        return of_each[stream_id]

    return expected_of


def check_axis(by: Any) -> None:
    """Raise InvalidInput unless `by` names one of an event's two times."""
    if by not in ("recorded_at", "occurred_at"):
        raise InvalidInput("by", f"must be 'recorded_at' or 'occurred_at', not {by!r}")


def check_writes(writes: Sequence[Write]) -> list[Write]:
    """The same writes, checked on their own; no stream may come twice, and no id in a stream."""
    if not isinstance(writes, Iterable):
        raise InvalidInput("writes", f"must be a list, not {kind(writes)}")
    checked: dict[str, Write] = {}
    for write in writes:
        try:
            stream_id, events, expected = write
        except (TypeError, ValueError):
            problem = f"must each be (stream_id, events, expected_version), not {shown(write)}"
            raise InvalidInput("writes", problem) from None
        stream_id = check_name("stream_id", stream_id)
        if stream_id in checked:
            raise InvalidInput("stream_id", f"{stream_id!r} is written twice in one append")
        if not isinstance(events, Iterable):
            raise InvalidInput("events", f"must be a list of NewEvents, not {kind(events)}")
        events = list(events)
        ids: set[UUID] = set()
        for event in events:
            if not isinstance(event, NewEvent):
                raise InvalidInput("events", f"must be NewEvents, not {kind(event)}")
            if event.event_id in ids:
                raise DuplicateEvent(stream_id, event.event_id, "stands twice in one append")
            ids.add(event.event_id)
        checked[stream_id] = (stream_id, events, check_expected(expected))
    return list(checked.values())


def are_retries(writes: Sequence[Write], heads: Sequence[Head]) -> bool:
    """Whether these very events are already there, in every stream, as the writers expected.

    False if none of them is. Raises DuplicateEvent for anything between, and
    WrongExpectedVersion if none is there and a stream is not as expected.
    """
    pairs = list(zip(writes, heads, strict=True))
    stored = [is_retry(write, head) for write, head in pairs if write[1]]
    if not any(stored):
        for (stream_id, events, expected), head in pairs:
            if not events:  # after a retry: it was looked at the first time
                check_as_expected(stream_id, expected, head.version)
        return False
    for (stream_id, events, _), is_stored in zip([w for w in writes if w[1]], stored, strict=True):
        if not is_stored:
            raise DuplicateEvent(stream_id, events[0].event_id, "is new in a stored append")
    return True


def is_retry(write: Write, head: Head) -> bool:
    """Whether these very events are already there, at the version the writer expected.

    False if none of them is. Raises DuplicateEvent for anything between, and
    WrongExpectedVersion if none is there and the stream is not as expected.
    """
    stream_id, events, expected = write
    known = [head.ids.get(event.event_id) for event in events]
    if all(version is None for version in known):
        check_as_expected(stream_id, expected, head.version)
        return False
    for event, version in zip(events, known, strict=True):
        if version is None:
            raise DuplicateEvent(stream_id, event.event_id, "follows events stored without it")
    first = known[0]
    assert first is not None
    if known != list(range(first, first + len(events))):
        raise DuplicateEvent(stream_id, events[0].event_id, "was stored among other events")
    check_first(stream_id, events[0].event_id, expected, first)
    return True


def check_first(stream_id: str, event_id: UUID, expected: ExpectedVersion, first: int) -> None:
    """Raise DuplicateEvent unless a stored append that begins at `first` is one so expected."""
    if not (as_expected(expected, first - 1) or expected is STREAM_EXISTS):
        raise DuplicateEvent(stream_id, event_id, f"is stored as version {first}")


def check_as_expected(stream_id: str, expected: ExpectedVersion, version: int) -> None:
    """Raise WrongExpectedVersion unless the stream's version is what the writer expects."""
    if not as_expected(expected, version):
        raise WrongExpectedVersion(stream_id, expected, version)


def first_answer(
    write: Write, head: Head, read: Callable[[str, int, int], list[RecordedEvent]]
) -> AppendResult:
    """What a retried write was told the first time. DuplicateEvent if it says another thing.

    `read(stream_id, first, last)` gives the events of these versions as they are stored.
    """
    stream_id, events, _ = write
    if not events:
        return AppendResult(stream_id, 0, head.version, 0)
    first = head.ids[events[0].event_id]
    last = first + len(events) - 1
    stored = read(stream_id, first, last)
    for new, old in zip(events, stored, strict=True):
        if not same_event(new, old):
            raise DuplicateEvent(stream_id, new.event_id, "is stored with another body")
    return AppendResult(stream_id, len(events), last, stored[-1].position)


def same_event(new: NewEvent, stored: RecordedEvent) -> bool:
    """Whether a retried event says the same as the one stored under its id, to the last bit."""
    occurred_at = new.occurred_at or stored.recorded_at
    return (new.type, new.schema_version, new.data_json, new.metadata_json, occurred_at) == (
        stored.type,
        stored.schema_version,
        canonical_json(stored.data),
        canonical_json(stored.metadata, "metadata"),
        stored.occurred_at,
    )


def as_expected(expected: ExpectedVersion, version: int) -> bool:
    """Whether a stream's version is what a writer expects."""
    if expected is NO_STREAM:
        return version == 0
    if expected is STREAM_EXISTS:
        return version > 0
    return expected is ANY or expected == version
