"""What should not stand in an event: it stays, and goes wherever events go.

It looks at the names of fields and at the form of values, so it errs to both sides: what it finds
is to be looked at, and what it does not find may still be a secret. What was looked at and is
right goes into the allow-list, with the reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from ..codec import EventTypes
from ..errors import InvalidInput
from ..event import NewEvent, RecordedEvent, shown

Kind = Literal["secret", "card number", "personal", "allowed for nothing"]


Found = tuple[str, str, Kind, str]  # type, field, kind, why


@dataclass(frozen=True, order=True)
class Finding:
    """A field of an event type that should be looked at; never what stands in it.

    `events` is in how many it was seen, 0 where the name alone was looked at.
    """

    type: str
    field: str
    kind: Kind
    why: str
    events: int = 0

    def __str__(self) -> str:
        seen = f", in {self.events:,} events" if self.events else ""
        return f"{self.kind} · {self.type}.{self.field}: {self.why}{seen}"


def _name(words: str) -> re.Pattern[str]:
    return re.compile(rf"(^|_)({words})(_|$)")


NAMES: Final[tuple[tuple[Kind, re.Pattern[str]], ...]] = (
    (
        "secret",
        _name("password|passwd|passphrase|secret|token|api_?key|private_key|pin|otp|cvv|cvc"),
    ),
    ("card number", _name("pan|card_(no|number)")),
    (
        "personal",
        _name(
            "owner|name|first_?name|last_?name|surname|email|mail|phone|mobile|address|street|"
            "birth(day|date)?|date_of_birth|iban|ip|ssn|tax_id|passport|gender|religion|diagnosis"
        ),
    ),
)
FORMS: Final[tuple[tuple[Kind, str, re.Pattern[str]], ...]] = (
    ("secret", "a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("secret", "a JSON web token", re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+")),
    ("secret", "an access key of AWS", re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("secret", "a password in a URL", re.compile(r"\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@]+@")),
    ("personal", "an e-mail address", re.compile(r"\b[\w.+-]+@[\w-]+(\.[\w-]+)+\b")),
)
_DIGITS = re.compile(r"(?<![\w.-])[2-6]\d(?:[ -]?\d){11,17}(?![\w.-])")  # issuers begin with 2 to 6
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]){11,30}\b")


def lint(
    events: EventTypes[Any] | Iterable[NewEvent | RecordedEvent],
    allow: Mapping[str, str] | None = None,
) -> list[Finding]:
    """What to look at in event classes, by their names, or in events, by what stands in them, too.

    `allow` has a reason for each field that may stay: {"AccountOpened.owner": "in the vault",
    "AccountOpened.metadata.ip": "…"}. An entry that allows nothing is found as well: what it was
    for has gone, or it is misspelt. Raises InvalidInput for an entry without a reason.
    """
    allowed = dict(allow or {})
    for field, reason in allowed.items():
        if not isinstance(reason, str) or not reason.strip():
            raise InvalidInput(f"allow[{field!r}]", f"needs a reason, not {shown(reason)}")
    counts: Mapping[Found, int]
    if isinstance(events, EventTypes):
        counts = dict.fromkeys(_in_classes(events), 0)
    else:
        counts = Counter(_in_events(events))
    used = {f"{type_}.{field}" for type_, field, *_ in counts}
    findings = [
        Finding(*found, events=n)
        for found, n in counts.items()
        if f"{found[0]}.{found[1]}" not in allowed
    ]
    for field in allowed.keys() - used:
        type_, _, rest = field.partition(".")
        findings.append(Finding(type_, rest, "allowed for nothing", "nothing is found there"))
    return sorted(findings)


def _in_classes(types: EventTypes[Any]) -> Iterator[Found]:
    for cls in types.classes.values():
        for field in fields(cls):
            for kind in _by_name(field.name):
                yield cls.__name__, field.name, kind, "by its name"


def _in_events(events: Iterable[NewEvent | RecordedEvent]) -> Iterator[Found]:
    for event in events:
        for start, payload in (("", event.data), ("metadata.", event.metadata)):
            found = dict.fromkeys(_in_value("", payload))
            yield from ((event.type, start + path, kind, why) for path, kind, why in found)


def _in_value(path: str, value: Any) -> Iterator[tuple[str, Kind, str]]:
    """The path of each suspicious value, however deep, its kind and why. Lists are one field."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            inner_path = f"{path}.{key}" if path else key
            if inner not in (None, "", [], {}) and not isinstance(inner, Mapping):
                yield from ((inner_path, kind, "by its name") for kind in _by_name(key))
            yield from _in_value(inner_path, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _in_value(path, inner)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield from ((path, kind, why) for kind, why in _by_form(str(value)))


def _by_name(name: str) -> Iterator[Kind]:
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_")
    yield from (kind for kind, pattern in NAMES if pattern.search(snake))


def _by_form(text: str) -> Iterator[tuple[Kind, str]]:
    yield from ((kind, f"looks like {what}") for kind, what, form in FORMS if form.search(text))
    if any(passes_luhn(one) for one in _DIGITS.findall(text)):
        yield "card number", "its digits pass Luhn's check"
    if any(_is_iban(one) for one in _IBAN.findall(text)):
        yield "personal", "looks like an IBAN"


def passes_luhn(number: str) -> bool:
    """Whether the digits of a text pass Luhn's check, as those of one number in ten do by chance.

    Every second digit from the right is doubled, and the sum of all digits is a multiple of ten
    (ISO/IEC 7812-1).
    """
    digits = [int(digit) for digit in reversed(number) if digit.isdecimal()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return bool(digits) and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    """ISO 13616: the first four characters moved to the end, letters as numbers, modulo 97 is 1."""
    compact = text.replace(" ", "")
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1
