"""Cases of chapter 2: names, data and metadata, money, facts instead of rows, causes."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import hypothesis.strategies as st

from ... import critique
from ...event import RecordedEvent
from ...past_tense import is_past
from .. import Compare, Rule, Rules, Test, from_pages
from ..histories import START, recorded_event

TESTS: dict[str, Test] = {}

# For each situation: what the name has to speak of, and what it must not be.
_SITUATIONS: Final = {
    "cash": (
        r"withdraw|drawn|dispensed|taken out|paid out|\b(cash|money|banknotes)\b.*\btaken\b",
        "balance|amount|changed|transaction|deposited|fee",
    ),
    "fee": (
        "fee.*(charged|taken|deducted|debited|collected|booked|applied|levied)",
        "changed|withdrawn",
    ),
    "limit": (
        "(limit|credit line|allowance).*(raised|increased|extended|lifted)"
        "|overdraft.*(extended|granted)",
        "changed|set|updated",
    ),
    "card": ("(stolen|theft)", "status|changed|blocked|lost"),
    "moved": (
        r"\b(moved|relocated)\b|changed residence|residence changed",
        "address.*changed|corrected|updated|removed",
    ),
}
_NOT_PAST: Final = (
    "`{}`: this name does not end in what was done. Money was *deposited*, so the name is "
    "MoneyDeposited. An event has happened; an order can still be refused."
)


# What a name must not be about: the fact is right, and it happened to something else.
_ABOUT_ANOTHER: Final = {
    "limit": (r"\bcard\b|\btransfer|\batm\b", "It is the overdraft's limit that was raised."),
    "moved": (r"\b(branch|bank|account|money|cash|funds)\b", "It is the customer who moved."),
}


def _is_form(answer: Any) -> bool:
    is_text = all(isinstance(name, str) and name for name in answer.values())
    return set(answer) == set(_SITUATIONS) and is_text


def _is_letters(situation: str) -> Rule:
    return Rule(
        lambda answer: answer[situation].isascii() and answer[situation].isalpha(),
        lambda answer: (
            f"`{situation}`: {answer[situation]!r} has more than letters. In PascalCase the words "
            "are joined, each with a capital letter: no spaces, no underscores."
        ),
    )


def _all_differ(answer: Any) -> bool:
    return len(set(answer.values())) == len(answer)


def _says_what_is_equal(answer: Any) -> str:
    twice = [key for key, name in answer.items() if list(answer.values()).count(name) > 1]
    keys = " and ".join(f"`{key}`" for key in twice)
    return f"{keys} have one name, {answer[twice[0]]}. A reader could not tell the facts apart."


def _is_capital(situation: str) -> Rule:
    return Rule(
        lambda answer: answer[situation][0].isupper(),
        f"`{situation}`: in PascalCase the first word has a capital letter as well.",
    )


def _names_the_thing(situation: str) -> Rule:
    return Rule(
        lambda answer: _words(answer[situation]).count(" ") > 0 or not is_past(answer[situation]),
        lambda answer: (
            f"`{situation}`: {answer[situation]} what, or who? A name says to whom or what it "
            "happened as well: MoneyDeposited."
        ),
    )


def _is_done(situation: str) -> Rule:
    pattern = (
        r"\b(requested|asked|attempted|tried|planned|scheduled|refused|declined|rejected|failed)\b"
    )
    return Rule(
        lambda answer: not re.search(pattern, _words(answer[situation])),
        f"`{situation}`: that it was asked for, planned or refused is another fact. It happened.",
    )


def _has_no_word_event(situation: str) -> Rule:
    return Rule(
        lambda answer: "event" not in _words(answer[situation]).split(),
        f"`{situation}`: the word Event adds nothing. All that is stored is one.",
    )


def _is_in_the_past(situation: str) -> Rule:
    def holds(answer: Any) -> bool:
        remarks = critique.event(answer[situation], {})
        return not any(remark.rule in ("past tense", "command") for remark in remarks)

    return Rule(holds, _NOT_PAST.format(situation))


def _words(name: str) -> str:
    return " ".join(re.findall("[A-Z]+(?![a-z])|[A-Z][a-z]*", name)).lower()


def _speaks_of(situation: str) -> Rule:
    must, must_not = _SITUATIONS[situation]

    def holds(answer: Any) -> bool:
        words = _words(answer[situation])
        denied = re.search(rf"{must_not}|\bnot\b", words)
        return bool(re.search(must, words)) and not denied

    return Rule(holds)


def _is_about(situation: str) -> Rule:
    pattern, said = _ABOUT_ANOTHER[situation]
    return Rule(
        lambda answer: not re.search(pattern, _words(answer[situation])), f"`{situation}`: {said}"
    )


def _is_short(situation: str) -> Rule:
    return Rule(
        lambda answer: not re.search(r"\b(was|were|been|has|have)\b", _words(answer[situation])),
        f"`{situation}`: a name needs no helping verb. MoneyDeposited, not MoneyWasDeposited.",
    )


TESTS["name_events"] = Rules(
    (
        Rule(_is_form),
        *map(_is_letters, _SITUATIONS),
        Rule(_all_differ, _says_what_is_equal),
        *map(_is_capital, _SITUATIONS),
        *map(_has_no_word_event, _SITUATIONS),
        *map(_names_the_thing, _SITUATIONS),
        *map(_is_in_the_past, _SITUATIONS),
        *map(_speaks_of, _SITUATIONS),
        *map(_is_done, _SITUATIONS),
        *map(_is_about, _ABOUT_ANOTHER),
        *map(_is_short, _SITUATIONS),
    ),
    plain=lambda answer: all(name[:1].isupper() for name in answer.values()),
)


_FULL: Final = {
    "amount": 490,
    "currency": "EUR",
    "reason": "Account fee",
    "actor": "bank",
    "channel": "batch",
    "correlation_id": "fees-2024-11",
    "causation_id": "fee-run-7",
    "occurred_at": "2024-12-02T03:00:12Z",
}
_payloads = st.fixed_dictionaries(
    {"amount": st.integers(1, 999), "currency": st.sampled_from(["EUR", "JPY"])},
    optional={
        "reason": st.sampled_from(["Account fee", "Overdraft", None]),
        "customer_id": st.just("customer-1012"),
        "period": st.just("2024-11"),
        "terminal": st.just("ATM-0417"),
        "id": st.just(17),  # a part of other names
        "waived": st.sampled_from([True, False]),
        "actor": st.sampled_from(["bank", "clerk-07"]),
        "channel": st.sampled_from(["batch", "branch", ""]),
        "correlation_id": st.just("fees-2024-11"),
        "causation_id": st.just("fee-run-7"),
        "occurred_at": st.just("2024-12-02T03:00:12Z"),
        "recorded_at": st.just("2024-12-02T03:00:13Z"),
        "schema_version": st.just(2),
    },
)

TESTS["split_payload"] = Compare(
    cases=_payloads,
    examples=(_FULL,),
    context=lambda case: f"payload = {case}",
    parts=("data", "metadata", "occurred_at"),
)


# The simple ones first, since a failing case is shrunk towards them.
_amounts: Final = [
    f"{sign}{whole}{fraction}"
    for whole in (0, 1, 4, 12, 90_071_992_547_409)
    for fraction in ("", ".5", ".29", ".35", ".15", ".1", ".07", ".005", ".290")
    for sign in ("", "-")
]

TESTS["minor_units"] = Compare(
    cases=st.tuples(st.sampled_from(_amounts), st.sampled_from([2, 0, 3])),
    examples=(("12.34", 2), ("5.00", 2), ("7.50", 2), ("1.5", 0)),
    max_examples=400,
    context=lambda case: f"text = {case[0]!r}, decimals = {case[1]}",
)


_statuses = st.sampled_from(["open", "frozen", "closed"])
_limits = st.sampled_from([0, 50_000, 80_000, 120_000])
_notes = st.sampled_from(["card stolen", "customer asks"])


def _change(column: str, old: Any, new: Any, note: str) -> dict[str, Any]:
    return {"column": column, "old": old, "new": _read_again(new), "note": note}


def _read_again(value: Any) -> Any:
    """An equal value that is another object, as whatever was read from a log."""
    return json.loads(json.dumps(value))


# A row begins as open, and is never changed again once it is closed.
_status_changes = st.tuples(st.none() | _statuses, _statuses).filter(
    lambda pair: pair[0] != "closed" and (pair[0] is not None or pair[1] == "open")
)
_changes = st.lists(
    st.builds(lambda pair, note: _change("status", pair[0], pair[1], note), _status_changes, _notes)
    | st.builds(_change, st.just("overdraft_limit"), _limits, _limits, _notes),
    max_size=3,
)

TESTS["translate"] = Compare(
    cases=_changes,
    examples=(
        [_change("status", None, "open", "customer asks")],
        [_change("overdraft_limit", 50_000, 80_000, "customer asks")],
        [_change("status", "open", "frozen", "card stolen")],
    ),
    events=lambda case: [{"type": "UPDATE", **change} for change in case],
)


_KINDS: Final = ("ComplaintReceived", "ComplaintUpheld", "EntryCorrected", "LetterSent")
Row = tuple[int, int]  # what caused it (0: a command, -1: nobody noted it), its undertaking


def _caused(rows: Sequence[Row]) -> list[RecordedEvent]:
    """Events of two streams; each was caused by an earlier one, or by a command."""
    events: list[RecordedEvent] = []
    for position, (cause, undertaking) in enumerate(rows, 1):
        about = {"correlation_id": f"case-{undertaking}"}
        if cause >= 0:
            earlier = cause % position  # 0 is no event
            led = events[earlier - 1].event_id if earlier else UUID(int=position << 64)
            about["causation_id"] = str(led)
        kind = _KINDS[min(position, len(_KINDS)) - 1]
        stream_id = f"account-{position % 2}"
        version = (position + 1) // 2
        place = 5 * position + 2  # in the whole store, where other streams lie between
        events.append(
            recorded_event(
                version, kind, {}, START, stream_id=stream_id, position=place, metadata=about
            )
        )
    return events


_chains = st.lists(
    st.tuples(st.integers(0, 5) | st.just(-1), st.integers(1, 2)), min_size=1, max_size=5
).map(_caused)


def _about(events: Sequence[RecordedEvent]) -> list[dict[str, Any]]:
    """What the causes are told by, for a table: positions instead of long ids."""
    places = {str(event.event_id): f"event {event.position}" for event in events}
    return [
        {
            "type": event.type,
            "position": event.position,
            "stream_id": event.stream_id,
            "causation_id": places.get(str(event.causation_id), event.causation_id),
            "correlation_id": event.correlation_id,
        }
        for event in events
    ]


TESTS["causes"] = Compare(
    cases=_chains.flatmap(lambda events: st.tuples(st.just(events), st.integers(1, len(events)))),
    run=lambda answer, case: answer(case[0], case[0][case[1] - 1]),
    examples=((_caused([(0, 1), (1, 1)]), 2), (_caused([(0, 1)]), 1)),
    events=lambda case: _about(case[0]),
    context=lambda case: f"the causes of the event at position {case[0][case[1] - 1].position}",
)

CHAPTER = from_pages(2, "Designing events", __name__, TESTS)
