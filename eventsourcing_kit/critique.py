"""What a careful colleague would say of a proposed event, before it is stored for ever.

Rules of thumb, each a small function whose name is the rule's: they see words, not meaning. A
"fault" is nearly always one. A "doubt" asks you to look again, and may be answered with "no". A
design without remarks can still be wrong: no rule knows your business.

Past-tense names after Greg Young, "What is a Domain Event?" (2010); facts rather than fields after
Oskar Dudycz, "Property Sourcing" (2021).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from .errors import InvalidInput
from .event import canonical_json, check_name, parse_json, parse_time
from .past_tense import is_order, is_past, turned

Severity = Literal["fault", "doubt"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say of a proposed event.

    `field` is where it stands ("type", "data.amount"), `text` what is wrong and what to do instead.
    `proof` is "", or what came of trying it with the value that stands there.
    """

    severity: Severity
    rule: str
    field: str
    text: str
    proof: str = ""

    def __str__(self) -> str:
        return f"{self.severity} · {self.rule} · {self.field}: {self.text}"


def event(
    type: str,  # noqa: A002 - the envelope's own word
    data: Mapping[str, Any] | str,
    metadata: Mapping[str, Any] | str | None = None,
) -> list[Remark]:
    """All remarks on an event that might be stored; none if nothing comes to mind.

    `data` and `metadata` are mappings, or JSON as text. Nothing is raised for a bad event: that it
    is invalid is a remark as well.
    """
    said: list[Remark] = []

    def checked(check: Callable[[], T], otherwise: T) -> T:
        try:
            return check()
        except InvalidInput as error:
            said.append(Remark("fault", "invalid", error.field, _sentence(error.problem)))
            return otherwise

    proposed = _Proposed(
        checked(lambda: check_name("type", type), ""),
        checked(lambda: _read("data", data), {}),
        checked(lambda: _read("metadata", _or_nothing(metadata)), {}),
    )
    for rule in RULES:
        name = rule.__name__.replace("_", " ")
        said.extend(Remark(severity, name, *rest) for severity, *rest in rule(proposed))
    return said


# --- what the rules look at ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Item:
    """A value in a payload. `objects` are those that it stands in, the outermost first."""

    path: str
    key: str
    value: Any
    objects: tuple[Mapping[str, Any], ...]

    @cached_property
    def words(self) -> list[str]:
        return [word.lower() for word in _words(self.key)]

    @property
    def is_number(self) -> bool:
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)

    @property
    def is_text(self) -> bool:
        return isinstance(self.value, str) and bool(self.value.strip())


@dataclass(frozen=True)
class _Proposed:
    """An event whose payloads have been read."""

    type: str
    data: dict[str, Any]
    metadata: dict[str, Any]

    @cached_property
    def words(self) -> list[str]:
        """The words of its name, without a word "Event" at the end."""
        words = _words(self.type)
        return words[:-1] if len(words) > 1 and words[-1].lower() == "event" else words

    @cached_property
    def facts(self) -> list[_Item]:
        return list(_items(self.data, "data"))

    @cached_property
    def about(self) -> list[_Item]:
        return list(_items(self.metadata, "metadata"))

    @property
    def past(self) -> str | None:
        """The last of its words that is in the past tense. The first one can be an order: "Set"."""
        return next((word for word in reversed(self.words[1:]) if is_past(word)), None)


# severity, field, text, and the proof of some
Said = tuple[Severity, str, str] | tuple[Severity, str, str, str]
Rule = Callable[[_Proposed], Iterator[Said]]


# --- its name ------------------------------------------------------------------------------------


def pascal_case(proposed: _Proposed) -> Iterator[Said]:
    """One way to write types, so that code and people find them."""
    if proposed.type and not (proposed.type[0].isupper() and proposed.type.isalnum()):
        better = "".join(word[0].upper() + word[1:] for word in _words(proposed.type))
        yield "fault", "type", f"Write types in PascalCase: {better or 'MoneyDeposited'}."


def the_word_event(proposed: _Proposed) -> Iterator[Said]:
    """Everything in the store is an event."""
    if proposed.words != _words(proposed.type):
        better = "".join(proposed.words)
        yield "doubt", "type", f"The word Event adds nothing: all that is stored is one. {better}."


def command(proposed: _Proposed) -> Iterator[Said]:
    """A command can be refused; an event has happened."""
    words = proposed.words
    if words and is_order(words[0]) and proposed.past is None:
        yield (
            "fault",
            "type",
            f"{''.join(words)} is an order, and an order can be refused. An event says what "
            f"happened after it was accepted: {turned(words)}.",
        )


def past_tense(proposed: _Proposed) -> Iterator[Said]:
    """An event has happened, so its name is in the past tense."""
    words = proposed.words
    if not words or proposed.past or is_order(words[0]):
        return
    if len(words) == 1 and is_past(words[0]):
        yield "doubt", "type", f"{words[0]} what? Name the thing as well, as in AccountClosed."
    elif is_past(words[0]):
        turned = "".join([*words[1:], words[0]])
        yield "doubt", "type", f"This names a thing. Say what happened to it: {turned}."
    elif words[-1].lower().endswith("ing"):
        yield (
            "fault",
            "type",
            "This is still going on. An event is over: name it in the past tense.",
        )
    elif words[-1].lower().endswith(_NOUN_ENDINGS):
        yield (
            "fault",
            "type",
            "This names a thing, not what happened. Use a verb in the past tense: "
            "MoneyWithdrawn, not MoneyWithdrawal.",
        )
    else:
        yield (
            "doubt",
            "type",
            f"{words[-1]} does not look like a past tense in English. Name what happened: "
            "MoneyDeposited, TransferSent. (If it is an irregular verb, leave it.)",
        )


def crud_word(proposed: _Proposed) -> Iterator[Said]:
    """Words for what is done to a row say nothing of the business."""
    past = (proposed.past or "").lower()
    if past in {"updated", "saved", "inserted", "upserted", "modified", "edited", "patched"}:
        yield (
            "fault",
            "type",
            f"“{past.capitalize()}” is what happens to a row. What happened in the business? A "
            "customer moves, corrects a name, gives notice: one type for each.",
        )
    elif past in {"created", "deleted"}:
        instead = {"created": "opened, registered, ordered", "deleted": "closed, cancelled, left"}
        yield (
            "doubt",
            "type",
            f"“{past.capitalize()}” is a word for rows. Does the business say so? More often "
            f"something was {instead[past]}.",
        )


def field_not_fact(proposed: _Proposed) -> Iterator[Said]:
    """That a field has changed does not say what happened."""
    past = (proposed.past or "").lower()
    if past not in {"changed", "set", "adjusted", "altered"}:
        return
    field = "".join(proposed.words[: [word.lower() for word in proposed.words].index(past)])
    if _words(field)[-1].lower() in _STATE_WORDS:
        yield (
            "fault",
            "type",
            f"{field} is a field. Many different facts change it, and this name hides which one "
            "it was. Name the fact: FeeCharged, MoneyWithdrawn, AccountFrozen.",
        )
    elif past == "changed":
        yield (
            "doubt",
            "type",
            f"Why did {field} change? Where the business knows two reasons, they are two types: a "
            "customer who moved, an address that was misspelt.",
        )


def many_facts(proposed: _Proposed) -> Iterator[Said]:
    """One event, one fact: each can then be counted, corrected and reacted to by itself."""
    if {"And", "Or"} & set(proposed.words[1:-1]):
        yield (
            "fault",
            "type",
            "The name joins two facts. Append two events in one transaction: they can share a "
            "correlation_id.",
        )
    for item in proposed.facts:
        if item.key in {"events", "changes", "diff", "patch"} and isinstance(item.value, list):
            yield (
                "fault",
                item.path,
                "A list of changes is a history inside an event. Append an event for each fact.",
            )
    if sum(value is None for value in proposed.data.values()) > 1:
        yield (
            "doubt",
            "data",
            "Several fields are null. Is this one type for several facts, each of which fills "
            "other fields? Make a type of each.",
        )
    if len(proposed.data) > _MANY_FIELDS:
        yield (
            "doubt",
            "data",
            f"{len(proposed.data)} fields: is this one fact? Keep what this fact decides or tells, "
            "and leave the rest to the events that told it first.",
        )


# --- what it says --------------------------------------------------------------------------------


def resulting_state(proposed: _Proposed) -> Iterator[Said]:
    """State follows from the facts; stored beside them, it can contradict them."""
    states = [item for item in proposed.facts if _is_state(item)]
    told = any(_is_money(item) for item in proposed.facts if item not in states)
    for item in states:
        if "balance" in item.words and not told:
            yield (
                "fault",
                item.path,
                "This is the result, and the fact is missing. Say how much moved and by what type: "
                "the balance is what the events add up to.",
            )
        else:
            yield (
                "doubt",
                item.path,
                "This is state before or after the fact. Replay computes it; stored as well, it "
                "can contradict the other events, above all after a correction.",
            )


def whole_object(proposed: _Proposed) -> Iterator[Said]:
    """A snapshot says what everything was, not what happened."""
    for item in proposed.facts:
        if not isinstance(item.value, Mapping):
            continue
        if item.key.lower() in _WHOLE:
            yield (
                "fault",
                item.path,
                "A whole object says how everything was, not what happened. Keep what this fact "
                "changed, and name the fact.",
            )
        elif len(list(_items(item.value, item.path))) >= _MANY_PARTS:
            yield (
                "doubt",
                item.path,
                "A whole object travels along. Keep its id and the values that this fact depends "
                "on; the rest is told by its own events.",
            )


def money_as_float(proposed: _Proposed) -> Iterator[Said]:
    """No binary fraction is a tenth, so sums drift."""
    for item in proposed.facts:
        if isinstance(item.value, float) and _is_money(item):
            yield (
                "fault",
                item.path,
                f"{item.value!r} is a binary fraction; sums of such drift. Write a whole number "
                "of minor units (490 for 4.90 EUR), and the currency.",
                _drift(item.value),
            )


def money_as_text(proposed: _Proposed) -> Iterator[Said]:
    """Text has to be parsed by every reader, each in its own way."""
    for item in proposed.facts:
        if not (item.is_text and _is_money(item)):
            continue
        if re.fullmatch(_DECIMAL, item.value):
            yield (
                "doubt",
                item.path,
                "Decimal text is exact, but every reader has to parse it. Whole minor units need "
                "no parsing: 490 for 4.90 EUR.",
            )
        else:
            yield (
                "fault",
                item.path,
                f"{item.value!r} is written for people. Write a whole number of minor units, and "
                'the currency in a field of its own: "amount": 490, "currency": "EUR".',
                _two_amounts(item.value),
            )


def money_without_currency(proposed: _Proposed) -> Iterator[Said]:
    """500 is five euros, five hundred yen or half a dinar."""
    for item in proposed.facts:
        is_amount = item.is_number or (item.is_text and re.fullmatch(_DECIMAL, item.value))
        if is_amount and _is_money(item) and not _has_currency(item):
            yield (
                "fault",
                item.path,
                "Of which currency? 500 minor units are 5.00 EUR, 500 JPY or 0.500 KWD. Put "
                '"currency" beside it.',
            )


def time_without_zone(proposed: _Proposed) -> Iterator[Said]:
    """A local time names no instant, and in autumn it names two."""
    for item in (*proposed.facts, *proposed.about):
        is_named_time = item.words[-1:] in (["at"], ["time"], ["timestamp"])
        if item.is_number and is_named_time:
            yield (
                "doubt",
                item.path,
                "Seconds or milliseconds, and since when? Write ISO 8601 with a zone: "
                "2025-03-14T09:00:00Z.",
            )
        if not item.is_text or re.fullmatch(_DATE_OR_HOUR, item.value):
            continue
        if is_named_time or re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", item.value):
            try:
                parse_time(item.path, item.value)
            except InvalidInput as error:
                no_zone = "no time zone" in error.problem
                problem = "This time has no zone" if no_zone else "This is no ISO 8601 time"
                yield (
                    "fault",
                    item.path,
                    f"{problem}, so readers in two countries read two instants. Write it with its "
                    "zone, best in UTC: 2025-03-14T08:00:00Z.",
                    _two_instants(item.value),
                )


# --- what comes of it, tried with the value that stands there ------------------------------------


def _drift(value: float) -> str:
    """The first sum of equal floats that is not what it should be; "" where none is soon found."""
    if not abs(value) < 1e15:
        return ""
    total = 0.0
    for times in range(1, 1_001):
        total += value
        exact = Decimal(repr(value)) * times
        if Decimal(repr(total)) != exact:
            return f"{value!r} added {times} times is {total!r}, not {exact.normalize():f}."
    return ""


def _two_amounts(value: str) -> str:
    """The text read with a decimal comma and with a decimal point."""
    digits = re.sub(r"[^\d.,]", "", value)
    comma, point = digits.replace(".", "").replace(",", "."), digits.replace(",", "")
    try:
        amounts = [Decimal(comma), Decimal(point)]
    except InvalidOperation:
        return "Neither with a decimal comma nor with a decimal point is it a number."
    if amounts[0] == amounts[1]:
        return ""
    return f"Read with a decimal comma it is {amounts[0]:f}, with a decimal point {amounts[1]:f}."


def _two_instants(value: str) -> str:
    """The time read in two places, in UTC."""
    try:
        local = datetime.fromisoformat(value)
    except ValueError as error:
        return f"Python says: {error}."
    if local.tzinfo or not 1 < local.year < 9999:
        return ""
    berlin, tokyo = (
        local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        for zone in ("Europe/Berlin", "Asia/Tokyo")
    )
    hours = (berlin - tokyo) / timedelta(hours=1)
    return f"In Berlin it is {berlin:%H:%M} UTC, in Tokyo {tokyo:%H:%M}: {hours:g} hours apart."


# --- where it stands -----------------------------------------------------------------------------


def envelope_in_data(proposed: _Proposed) -> Iterator[Said]:
    """The envelope has places of its own for time, id, version and stream."""
    for item in (*proposed.facts, *proposed.about):
        if item.key in _TIMES:
            yield (
                "fault" if item.key in {"occurred_at", "recorded_at"} else "doubt",
                item.path,
                "When it happened is the envelope's occurred_at, when the store learned of it "
                "recorded_at. Give the first to NewEvent(occurred_at=...); the store writes the "
                "second. Another moment, such as a due date, deserves its own name.",
            )
        elif item.key in _ENVELOPE:
            yield (
                "fault",
                item.path,
                f"The envelope has {_ENVELOPE[item.key]}. One place is enough.",
            )


def context_in_data(proposed: _Proposed) -> Iterator[Said]:
    """Who, through what and because of what is about the event: metadata."""
    for item in proposed.facts:
        if item.key in {"actor", "correlation_id", "causation_id"}:
            yield (
                "fault",
                item.path,
                f"{item.key} is about the event, not part of the fact. Put it into metadata.",
            )
        elif item.key in _CONTEXT:
            yield (
                "doubt",
                item.path,
                "Does a rule of the business depend on it? If not, it is context: who, through "
                "what, as part of what. That is metadata.",
            )


def fact_in_metadata(proposed: _Proposed) -> Iterator[Said]:
    """Replay reads data only; what decides must not stand beside it."""
    for item in proposed.about:
        if _is_money(item) or item.key in {"currency", "reason"}:
            yield (
                "fault",
                item.path,
                "This is part of what happened, and replay reads data only. Put it into data.",
            )


def personal_data(proposed: _Proposed) -> Iterator[Said]:
    """An event is never changed, and a person may demand to be erased (GDPR, article 17)."""
    for severity in ("fault", "doubt"):
        found = [
            item.path
            for item in (*proposed.facts, *proposed.about)
            if item.is_text and _how_personal(item) == severity
        ]
        if found:
            also = f" So do {', '.join(found[1:])}." if found[1:] else ""
            tells = "This tells of a person." if severity == "fault" else "This may name a person."
            yield (
                severity,
                found[0],
                f"{tells}{also} An event is not changed again, and a person may ask to be erased. "
                'Refer to a record that can be deleted ("customer-1012"), or encrypt it with a key '
                "of that person.",
            )


def internal_id(proposed: _Proposed) -> Iterator[Said]:
    """A row's number means nothing outside its table."""
    for item in (*proposed.facts, *proposed.about):
        if item.is_number and item.words[-1:] in (["id"], ["pk"]) and item.key not in _ENVELOPE:
            yield (
                "doubt",
                item.path,
                f"{item.value!r} looks like the number of a row: another database gives it to "
                "something else. Use an id that the whole business shares: account-1012.",
            )


RULES: Final[tuple[Rule, ...]] = (
    pascal_case,
    the_word_event,
    command,
    past_tense,
    crud_word,
    field_not_fact,
    many_facts,
    resulting_state,
    whole_object,
    money_as_float,
    money_as_text,
    money_without_currency,
    time_without_zone,
    envelope_in_data,
    context_in_data,
    fact_in_metadata,
    personal_data,
    internal_id,
)
"""All rules; the name of each is what `Remark.rule` says, with blanks."""


# --- reading -------------------------------------------------------------------------------------


def _read(field: str, payload: Mapping[str, Any] | str) -> dict[str, Any]:
    """A payload in JSON's own types. Raises InvalidInput, as the envelope would."""
    if not isinstance(payload, str):
        return parse_json(canonical_json(payload, field), field)
    if not payload.strip():
        raise InvalidInput(field, "is empty; write {} where there is nothing to say")
    try:
        json.loads(payload)
    except json.JSONDecodeError as error:
        raise InvalidInput(field, _explained(error)) from None
    except (RecursionError, ValueError):
        pass  # the envelope has words for it
    return parse_json(payload, field)


def _or_nothing(metadata: Mapping[str, Any] | str | None) -> Mapping[str, Any] | str:
    """Metadata may be left out; a field that is left blank is no mistake either."""
    if isinstance(metadata, str):
        return metadata if metadata.strip() else {}
    return metadata or {}


def _explained(error: json.JSONDecodeError) -> str:
    """Where JSON goes wrong, and what to write instead."""
    here = error.doc[error.pos :].lstrip()
    before = error.doc[: error.pos].rstrip()
    if re.match(r",\s*[}\]]", here) or (before.endswith(",") and here[:1] in "}]"):
        advice = "a comma stands before the end; take it away"
    elif here.startswith("'"):
        advice = "JSON puts names and text in double quotes"
    elif word := re.match(r"True|False|None", here):
        advice = f"JSON writes {_JSON_WORDS[word[0]]}, not {word[0]}"
    elif not here:
        advice = "the text ends too early; a bracket or a quote is not closed"
    elif error.msg.startswith("Expecting ','"):
        advice = "a comma is missing before this, or a bracket or quote is not closed"
    elif error.msg.startswith("Expecting property name"):
        advice = "a name in double quotes belongs here"
    elif error.msg.startswith("Extra data"):
        advice = "the object has ended, and something follows it"
    else:
        advice = error.msg[0].lower() + error.msg[1:]
    return f"not JSON at line {error.lineno}, column {error.colno}: {advice}"


def _items(
    value: Any, path: str, key: str = "", objects: tuple[Mapping[str, Any], ...] = ()
) -> Iterator[_Item]:
    """Every named value in a payload, however deep. What is in a list has the list's name."""
    if isinstance(value, Mapping):
        inside = (*objects, value)
        for name, item in value.items():
            yield _Item(f"{path}.{name}", name, item, inside)
            yield from _items(item, f"{path}.{name}", name, inside)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            if not isinstance(item, Mapping | list):
                yield _Item(f"{path}[{place}]", key, item, objects)
            yield from _items(item, f"{path}[{place}]", key, objects)


def _words(name: str) -> list[str]:
    """ "MoneyDeposited", "money_deposited" and "moneyDeposited" have the same two words."""
    spaced = re.sub(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return re.findall(r"[^\W_]+", spaced)


def _sentence(problem: str) -> str:
    return f"{problem[0].upper()}{problem[1:].rstrip('.')}."


# --- rules of thumb ------------------------------------------------------------------------------


def _is_money(item: _Item) -> bool:
    return bool(_MONEY.intersection(item.words)) and item.words[-1] not in _NO_AMOUNT


def _has_currency(item: _Item) -> bool:
    names = [key.lower() for mapping in item.objects for key in mapping]
    return any("currency" in name for name in names) or item.words[-1] in _CODES


def _is_state(item: _Item) -> bool:
    if isinstance(item.value, Mapping | list) or not item.words:
        return False
    around = _BEFORE_AFTER.intersection((item.words[0], item.words[-1]))
    return item.words[-1] == "balance" or (len(item.words) > 1 and bool(around))


def _how_personal(item: _Item) -> Severity | None:
    """By the name of the field; addresses and account numbers by their form, too."""
    if re.fullmatch(r"[a-z]+-[\w-]+", item.value):  # a reference, such as customer-1012
        return None
    named = _PERSONAL.intersection(item.words) or "_".join(item.words) in _PERSONAL_NAMES
    if named or re.search(r"\S@[^\s@]+\.\w", item.value) or _is_iban(item.value):
        return "fault"
    return "doubt" if _PERHAPS_PERSONAL.intersection(item.words) else None


def _is_iban(text: str) -> bool:
    """By its form and its two check digits (ISO 13616)."""
    squeezed = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", squeezed):
        return False
    rotated = squeezed[4:] + squeezed[:4]
    return int("".join(str(int(character, 36)) for character in rotated)) % 97 == 1


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NOUN_ENDINGS: Final = ("tion", "sion", "ment", "al", "ance", "ence", "data", "info", "status")
_STATE_WORDS: Final = _set("amount balance count state status total")
_MANY_FIELDS: Final = 10  # of an event
_MANY_PARTS: Final = 5  # named values inside an object
_WHOLE: Final = _set("after before entity new object old record row snapshot state")

_MONEY: Final = _set("amount balance cost fee fees payment price refund salary tax")
_NO_AMOUNT: Final = _set("""
    at by code count currency date id kind method name note number percent percentage rate reason
    reference status time type
""")
_CODES: Final = _set("chf czk eur gbp jpy usd")
_DECIMAL: Final = r"-?\d+(\.\d+)?"
_BEFORE_AFTER: Final = _set("after before current new old previous resulting")

_TIMES: Final = _set(
    "created_at event_time happened_at occurred_at recorded_at timestamp updated_at"
)
_DATE_OR_HOUR: Final = r"\d{4}-\d\d-\d\d|\d\d:\d\d(:\d\d)?"
_ENVELOPE: Final = {
    "event_id": "the event_id",
    "event_type": "the type",
    "schema_version": "the schema_version",
    "stream_id": "the stream_id",
}
_CONTEXT: Final = _set("""
    changed_by channel created_by device ip ip_address request_id session_id terminal trace_id
    updated_by user user_agent user_id
""")

_PERSONAL: Final = _set(
    "birthday birthdate dob email iban mobile passport phone ssn surname telephone"
)
_PERSONAL_NAMES: Final = _set("""
    birth_date customer_name date_of_birth e_mail first_name firstname full_name fullname last_name
    lastname owner_name
""")
_PERHAPS_PERSONAL: Final = _set("address holder ip name owner street")
_JSON_WORDS: Final = {"True": "true", "False": "false", "None": "null"}
