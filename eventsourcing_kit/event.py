"""The envelope: what is kept around each fact, and what a valid event is.

An event is checked when it is made, not when it is stored: an invalid one cannot exist.
Payloads are JSON objects. Their canonical text (keys sorted, no spaces) is made
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
MAX_SCHEMA_VERSION = 2**31 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Clock = Callable[[], datetime]
Ids = Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class NewEvent:
    """A fact that is about to be appended.

    `type` is in the past tense ("MoneyDeposited"). `data` is what happened; `metadata` is about
    the event: who (`actor`), in answer to what (`causation_id`), as part of what
    (`correlation_id`). `occurred_at` is when it happened in the world (aware; kept in UTC to the
    microsecond); None means "when it is recorded". `event_id` makes a retry recognisable: append
    the same object again and it is stored once. An id is taken once in a stream; the same one may
    stand in several, as where one fact is told to two streams.

    Subclasses of JSON's types (an enum's member, a numpy.str_) are kept as what they hold.
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
        set_field = object.__setattr__  # the way to fill a frozen dataclass
        set_field(self, "type", check_name("type", self.type))
        version = self.schema_version
        if type(version) is not int or not 1 <= version <= MAX_SCHEMA_VERSION:
            problem = f"must be a whole number from 1 to {MAX_SCHEMA_VERSION:,}"
            raise InvalidInput("schema_version", f"{problem}, not {shown(version)}")
        if not isinstance(self.event_id, UUID):
            raise InvalidInput("event_id", f"must be a UUID, not {kind(self.event_id)}")
        for name in ("data", "metadata"):
            text = canonical_json(getattr(self, name), name)
            set_field(self, f"{name}_json", text)
            set_field(self, name, msgspec.json.decode(text))
        if self.occurred_at is not None:
            set_field(self, "occurred_at", check_time("occurred_at", self.occurred_at))

    def recorded(
        self, position: int, stream_id: str, version: int, recorded_at: datetime
    ) -> RecordedEvent:
        """The event as a store that has put it there gives it back."""
        return RecordedEvent(
            position,
            stream_id,
            version,
            self.event_id,
            self.type,
            self.schema_version,
            dict(self.data),
            dict(self.metadata),
            self.occurred_at or recorded_at,
            recorded_at,
        )


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
    invisible, nothing that turns the direction of writing (Unicode TR 36). A subclass of str comes
    back as the str that it holds.
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
    """Return `value` if it is text that every engine can store, else raise InvalidInput.

    A subclass of str comes back as the str that it holds.
    """
    if not isinstance(value, str):
        raise InvalidInput(field, f"must be text, not {kind(value)}")
    text = str.__str__(value)  # str(value) would ask the class: Colour.RED for an enum's "red"
    if "\0" in text:
        raise InvalidInput(field, "has a NUL character")
    if not text.isascii() and _SURROGATE.search(text):
        raise InvalidInput(field, "has half of a surrogate pair, which is no character")
    return text


def check_number(field: str, value: Any, least: int) -> int:
    """A whole number of at least `least`, within 64 bits, else InvalidInput."""
    if type(value) is not int or not least <= value < 2**63:
        raise InvalidInput(field, f"must be a whole number from {least}, not {shown(value)}")
    return value


def microseconds(time: datetime) -> int:
    """Since 1970, UTC."""
    return (time - _EPOCH) // _MICROSECOND


def instant(us: int) -> datetime:
    """The inverse of `microseconds`."""
    return _EPOCH + us * _MICROSECOND


def check_time(field: str, value: Any) -> datetime:
    """Return the instant in UTC. It must know its zone and need no nanoseconds."""
    if not isinstance(value, datetime):
        raise InvalidInput(field, f"must be a datetime, not {kind(value)}")
    if value.tzinfo is None or value.utcoffset() is None:
        raise InvalidInput(field, "has no time zone; write tzinfo=UTC or the zone it was read in")
    if getattr(value, "nanosecond", 0):  # pandas.Timestamp is a datetime with more digits
        raise InvalidInput(field, "has nanoseconds; the store keeps microseconds")
    try:
        utc = value.astimezone(UTC)
        return datetime.combine(utc.date(), utc.time(), UTC)  # a plain one, whatever came in
    except (OverflowError, NotImplementedError):  # the second is pandas', whose years go on
        raise InvalidInput(field, "is outside the years 1 to 9999 in UTC") from None


def parse_time(field: str, text: Any) -> datetime:
    """Read an ISO 8601 time with a zone: "2025-03-14T09:00:00+01:00".

    Refused is what Python would read as another time: digits behind the microseconds, which it
    drops, and fractions of hours and minutes, which it takes for fractions of a second.
    """
    text = check_text(field, text)
    try:
        if not _ISO_TIME.fullmatch(text):
            raise ValueError(text)
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(field, f"is not an ISO 8601 time: {shown(text)}") from None
    if _NANOSECONDS.search(text):
        raise InvalidInput(field, "has more digits than microseconds")
    return check_time(field, time)


def parse_id(field: str, text: Any) -> UUID:
    """Read a UUID as text, in any of its usual forms, else raise InvalidInput."""
    try:
        if isinstance(text, str) and _UUID.fullmatch(text):  # int(), underneath, also takes "1_0"
            return UUID(text)
    except ValueError:
        pass
    raise InvalidInput(field, f"must be a UUID, not {shown(text)}")


# --- payloads ------------------------------------------------------------------------------------


def canonical_json(value: Any, field: str = "data") -> str:
    """The one text for a payload: keys sorted, no spaces, UTF-8. The same payload, the same text.

    It is like RFC 8785 and not the same, so who checks a hash of it has to make it in this way.
    Keys are in the order of code points, there of UTF-16 code units, which differ beyond U+FFFF.
    Whole numbers are exact to 64 bits, there to 53. A float stays one (1.0, there 1), in the
    fewest digits that give it again, with an exponent from 1e16 on (there from 1e21, as "1e+21")
    and below 1e-5 (there below 1e-6).

    Allowed are None, bool, int within 64 bits, finite float, str, list, tuple (stored as a list)
    and mappings with str keys, and what is derived from them. Raises InvalidInput, naming the
    path: "data.lines[2].amount".
    """
    if not isinstance(value, Mapping):
        raise InvalidInput(field, f"must be a mapping, not {kind(value)}")
    text = msgspec.json.encode(_plain(value, field, 1), order="sorted")
    if len(text) > MAX_PAYLOAD_BYTES:
        raise InvalidInput(field, f"has {len(text):,} bytes as JSON; at most {MAX_PAYLOAD_BYTES:,}")
    return text.decode()


def parse_json(text: str | bytes, field: str = "data") -> dict[str, Any]:
    """Read the text of a payload, refusing what JSON readers commonly let pass.

    Duplicate keys, NaN, Infinity, numbers out of range, half surrogates and bytes that are not
    UTF-8 are InvalidInput, and so is what canonical_json refuses.
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

    def number(text: str) -> float:
        value = float(text)
        if not value and re.match("-?[0.]*[1-9]", text):
            raise InvalidInput(field, f"has {shown(text)}, which is too close to 0 to be kept")
        return value

    if not isinstance(text, str | bytes):
        raise InvalidInput(field, f"must be text, not {kind(text)}")
    try:
        value = json.loads(
            text.decode("utf-8-sig") if isinstance(text, bytes) else text,
            object_pairs_hook=unique,
            parse_constant=refuse,
            parse_float=number,
        )
    except InvalidInput:
        raise
    except RecursionError:
        raise InvalidInput(field, f"is nested deeper than {MAX_DEPTH} levels") from None
    except UnicodeDecodeError as error:
        raise InvalidInput(field, f"is not UTF-8 text: {error}") from None
    except json.JSONDecodeError as error:
        raise InvalidInput(field, f"is not JSON: {error}") from None
    except ValueError:  # Python reads no integer of more than 4,300 digits
        raise InvalidInput(field, "has an integer beyond 64 bits") from None
    if not isinstance(value, dict):
        raise InvalidInput(field, f"must be a mapping, not {kind(value)}")
    return value


def _plain(value: Any, path: str, depth: int) -> Any:
    """A deep copy in JSON's own types, whatever was derived from them, or InvalidInput."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return check_text(path, value)
    if isinstance(value, int):
        whole = int.__int__(value)  # what it holds; int(value) would ask its class
        if not MIN_INT <= whole <= MAX_INT:
            raise InvalidInput(path, "is an integer beyond 64 bits")
        return whole
    if isinstance(value, float):
        number = float.__float__(value)
        if not math.isfinite(number):
            raise InvalidInput(path, f"is {number}, which is not a JSON number")
        return number + 0.0  # −0.0 becomes 0.0
    if isinstance(value, (Mapping, list, tuple)):
        if depth > MAX_DEPTH:
            raise InvalidInput(path.partition(".")[0], f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(value, Mapping):
            return _plain_object(value, path, depth)
        return [_plain(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    raise InvalidInput(path, f"is {kind(value)}, which JSON does not have")


def _plain_object(value: Mapping[Any, Any], path: str, depth: int) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for given, item in value.items():
        if not isinstance(given, str):
            raise InvalidInput(path, f"has the key {shown(given)}; keys must be text")
        key = check_text(f"a key of {path}", given)
        if key in plain:  # keys of classes of their own may differ and hold the same text
            raise InvalidInput(path, f"has the key {key!r} twice")
        plain[key] = _plain(item, f"{path}.{key}", depth + 1)
    return plain


def kind(value: Any) -> str:
    """What a value is, for an error message: "a numpy.int64"."""
    cls = type(value)
    module = "" if cls.__module__ == "builtins" else f"{cls.__module__}."
    return f"a {module}{cls.__name__}"


def shown(value: Any) -> str:
    """A value as an error message can show it: short, whatever it is."""
    try:
        text = repr(value)
    except Exception:  # such as that of an integer of 5,000 digits
        return kind(value)
    return text if len(text) <= 100 else f"{text[:100]}…"


_SURROGATE = re.compile("[\ud800-\udfff]")
_UUID = re.compile(r"(urn:uuid:)?\{?[0-9A-Fa-f-]+\}?")
_NANOSECONDS = re.compile(r"[.,][0-9]{6}[0-9]*[1-9]")
_ISO_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d|\d{8}|\d{4}-?W\d\d-?\d)"  # the day; a week's needs its number
    r"([T ](\d\d|\d\d:\d\d(:\d\d([.,]\d+)?)?|\d{4}(\d\d([.,]\d+)?)?)"
    r"(Z|[+-]\d\d(:?\d\d(:?\d\d([.,]\d+)?)?)?)?)?",
    re.ASCII,
)


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
