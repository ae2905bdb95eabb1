"""The envelope: what is kept around each fact, and what a valid event is.

An event is checked when it is made, not when it is stored: an invalid one cannot exist.
Payloads are JSON objects. Their canonical text (keys sorted, no spaces, after RFC 8785) is made
at once, so changing the object afterwards changes nothing that will be stored.
"""

from __future__ import annotations

import itertools
import json
import math
import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn
from uuid import UUID, uuid4

import msgspec

from .errors import InvalidInput

MAX_NAME_BYTES = 256  # stream ids, event types
MAX_DEPTH = 64  # levels of nesting in a payload
MAX_PAYLOAD_BYTES = 1024 * 1024
MIN_INT, MAX_INT = -(2**63), 2**63 - 1

Clock = Callable[[], datetime]
Ids = Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact that is about to be appended.

    `type` is in the past tense ("MoneyDeposited"). `data` is what happened; `metadata` is about
    the event: who (`actor`), in answer to what (`causation_id`), as part of what
    (`correlation_id`). `occurred_at` is when it happened in the world (aware; kept in UTC to the
    microsecond); None means "when it is recorded". `event_id` makes a retry recognisable: append
    the same object again and it is stored once.

    Raises InvalidInput, naming the field.
    """

    type: str
    data: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=dict)
    schema_version: int = 1
    event_id: UUID = field(default_factory=uuid4, repr=False)
    occurred_at: datetime | None = None
    data_json: str = field(init=False, repr=False, compare=False)
    metadata_json: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_name("type", self.type)
        if type(self.schema_version) is not int or not 1 <= self.schema_version < 2**31:
            raise InvalidInput("schema_version", "must be a whole number from 1")
        if not isinstance(self.event_id, UUID):
            raise InvalidInput("event_id", f"must be a UUID, not {_kind(self.event_id)}")
        set_field = object.__setattr__  # the way to fill a frozen dataclass
        for name in ("data", "metadata"):
            text = canonical_json(getattr(self, name), name)
            set_field(self, f"{name}_json", text)
            set_field(self, name, msgspec.json.decode(text))
        if self.occurred_at is not None:
            set_field(self, "occurred_at", check_time("occurred_at", self.occurred_at))


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """A fact as the store gives it back.

    `version` is its place in its stream, `position` its place in the whole store; both count
    from 1. `recorded_at` is when the store learned of it, `occurred_at` when it happened.
    """

    position: int
    stream_id: str
    version: int
    event_id: UUID = field(repr=False)
    type: str
    schema_version: int
    data: dict[str, Any]
    metadata: dict[str, Any]
    occurred_at: datetime
    recorded_at: datetime

    @property
    def correlation_id(self) -> str | None:
        """What larger undertaking this event is part of, such as a transfer."""
        return self.metadata.get("correlation_id")

    @property
    def causation_id(self) -> str | None:
        """The event or command that led directly to this one."""
        return self.metadata.get("causation_id")

    @property
    def actor(self) -> str | None:
        """Who did it."""
        return self.metadata.get("actor")


# --- names and times -----------------------------------------------------------------------------


def category(stream_id: str) -> str:
    """What stands before the first hyphen: the kind of thing the stream is about.

    >>> category("account-7f3a")
    'account'
    """
    return stream_id.partition("-")[0]


def check_name(field: str, value: Any) -> str:
    """Return `value` if it can serve as a stream id or an event type, else raise InvalidInput.

    Names are compared byte by byte, so two that look alike must be alike: NFC only, nothing
    invisible, nothing that turns the direction of writing (Unicode TR 36).
    """
    text = check_text(field, value)
    if not text.strip():
        raise InvalidInput(field, "must not be empty or blank")
    if len(text.encode()) > MAX_NAME_BYTES:
        raise InvalidInput(field, f"is longer than {MAX_NAME_BYTES} bytes")
    if text.isascii() and text.isprintable():  # the usual case, and the fast one
        return text
    if not unicodedata.is_normalized("NFC", text):
        raise InvalidInput(field, "is not in Unicode's normal form NFC")
    for character in text:
        if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}:
            raise InvalidInput(field, f"has an invisible character, U+{ord(character):04X}")
        if unicodedata.bidirectional(character) in {"R", "AL", "AN"}:
            raise InvalidInput(field, f"has a right-to-left character, U+{ord(character):04X}")
    return text


def check_text(field: str, value: Any) -> str:
    """Return `value` if it is text that every engine can store, else raise InvalidInput."""
    if not isinstance(value, str):
        raise InvalidInput(field, f"must be text, not {_kind(value)}")
    if "\0" in value:
        raise InvalidInput(field, "has a NUL character")
    if not value.isascii() and _SURROGATE.search(value):
        raise InvalidInput(field, "has half of a surrogate pair, which is no character")
    return value


def check_time(field: str, value: Any) -> datetime:
    """Return the instant in UTC. It must know its zone and need no nanoseconds."""
    if not isinstance(value, datetime):
        raise InvalidInput(field, f"must be a datetime, not {_kind(value)}")
    if value.tzinfo is None or value.utcoffset() is None:
        raise InvalidInput(field, "has no time zone; write tzinfo=UTC or the zone it was read in")
    if getattr(value, "nanosecond", 0):  # pandas.Timestamp is a datetime with more digits
        raise InvalidInput(field, "has nanoseconds; the store keeps microseconds")
    try:
        utc = value.astimezone(UTC)
    except OverflowError:
        raise InvalidInput(field, "is outside the years 1 to 9999 in UTC") from None
    return datetime.combine(utc.date(), utc.time(), UTC)  # a plain one, whatever subclass came in


def parse_time(field: str, text: Any) -> datetime:
    """Read an ISO 8601 time with a zone: "2025-03-14T09:00:00+01:00"."""
    check_text(field, text)
    if re.search(r"\.\d{7,}", text):
        raise InvalidInput(field, "has more digits than microseconds")
    try:
        return check_time(field, datetime.fromisoformat(text))
    except ValueError as error:
        if isinstance(error, InvalidInput):
            raise
        raise InvalidInput(field, f"is not an ISO 8601 time: {text!r}") from None


# --- payloads ------------------------------------------------------------------------------------


def canonical_json(value: Any, field: str = "data") -> str:
    """The one text for a payload: keys sorted, no spaces, UTF-8. Equal payloads, equal text.

    Allowed are None, bool, int within 64 bits, finite float, str, list, tuple (stored as a list)
    and dict with str keys. Raises InvalidInput, naming the path: "data.lines[2].amount".
    """
    if not isinstance(value, Mapping):
        raise InvalidInput(field, f"must be a mapping, not {_kind(value)}")
    text = msgspec.json.encode(_plain(value, field, 1), order="sorted")
    if len(text) > MAX_PAYLOAD_BYTES:
        raise InvalidInput(field, f"has {len(text):,} bytes as JSON; at most {MAX_PAYLOAD_BYTES:,}")
    return text.decode()


def parse_json(text: str | bytes, field: str = "data") -> dict[str, Any]:
    """Read the text of a payload, refusing what JSON readers commonly let pass.

    Duplicate keys, NaN, Infinity, numbers out of range and half surrogates are InvalidInput, and
    so is what canonical_json refuses.
    """
    value = parse_object(text, field)
    canonical_json(value, field)
    return value


def parse_object(text: str | bytes, field: str) -> dict[str, Any]:
    """Read one JSON object with distinct keys and no constants; its values are not checked yet."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise InvalidInput(field, f"has the key {twice!r} twice")
        return found

    def refuse(constant: str) -> NoReturn:
        raise InvalidInput(field, f"has {constant}, which is not JSON")

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_constant=refuse)
    except RecursionError:
        raise InvalidInput(field, f"is nested deeper than {MAX_DEPTH} levels") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(field, f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidInput(field, f"must be a mapping, not {_kind(value)}")
    return value


def _plain(value: Any, path: str, depth: int) -> Any:
    """A deep copy in JSON's own types, or InvalidInput."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return check_text(path, value)
    if isinstance(value, int):
        if not MIN_INT <= value <= MAX_INT:
            raise InvalidInput(path, "is an integer beyond 64 bits")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidInput(path, f"is {float(value)}, which is not a JSON number")
        return float(value) + 0.0  # −0.0 becomes 0.0
    if isinstance(value, (Mapping, list, tuple)):
        if depth > MAX_DEPTH:
            raise InvalidInput(path.partition(".")[0], f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, Mapping):
            return {
                _key(key, path): _plain(item, f"{path}.{key}", depth + 1)
                for key, item in value.items()
            }
        return [_plain(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    raise InvalidInput(path, f"is {_kind(value)}, which JSON does not have")


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise InvalidInput(path, f"has the key {key!r}; keys must be text")
    return check_text(f"a key of {path}", key)


def _kind(value: Any) -> str:
    return f"a {type(value).__name__}"


_SURROGATE = re.compile("[\ud800-\udfff]")


# --- ids and clocks that can be fixed, so that a chapter prints the same every time --------------


def fixed_ids(seed: int = 0) -> Ids:
    """An endless source of UUIDs that is the same on every run. For chapters and tests."""
    source = random.Random(seed)
    return lambda: UUID(int=source.getrandbits(128), version=4)


def fixed_clock(start: datetime, step: timedelta = timedelta(seconds=1)) -> Clock:
    """A clock that starts at `start` and moves by `step` at each reading."""
    ticks: Iterator[int] = itertools.count()
    return lambda: start + next(ticks) * step


def utc_now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)
