"""Exercises of chapter 2: names, data and metadata, money, facts instead of rows, causes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import hypothesis.strategies as st

from .. import critique
from ..event import RecordedEvent
from .chapter import Chapter
from .compare import Compare
from .exercise import Exercise, Wrong
from .histories import START, recorded_event
from .rules import Rule, Rules

# --- 1 -------------------------------------------------------------------------------------------

# For each situation: what the name has to speak of, what it must not be, and what to say.
_SITUATIONS: Final[dict[str, tuple[str, str, str]]] = {
    "cash": (
        "withdraw|drawn|dispensed|taken out|paid out",
        "balance|amount|changed|transaction|deposited",
        "`cash`: the name has to say that the customer took money out, and fit nothing else: "
        "“transaction” fits a deposit as well. How does a bank call it?",
    ),
    "fee": (
        "fee.*(charged|taken|deducted|debited|collected|booked)",
        "changed|withdrawn",
        "`fee`: a withdrawal or a payment is what the customer does, a fee is what the bank takes. "
        "Name the fee, and what the bank did with it.",
    ),
    "limit": (
        "limit.*(raised|increased|extended|lifted)|overdraft.*(extended|granted)",
        "changed|set|updated",
        "`limit`: the limit was raised. A name that also fits a lowering hides which of the two "
        "happened; and “the overdraft increased” would mean that the customer owes more.",
    ),
    "card": (
        "(stolen|theft)",
        "status|changed|blocked|lost",
        "`card`: what happened is that a theft was reported. A lost card has no thief, and a "
        "blocked card, or a changed status, is what the bank does about it: another fact.",
    ),
    "moved": (
        r"\b(moved|relocated)\b",
        "address.*changed|corrected|updated|removed",
        "`moved`: the customer moved. A misspelt street that is put right changes the address as "
        "well, and nobody sends a welcome letter for that. Name the reason, not the field.",
    ),
}
_NAMES_FORM: Final = (
    "Give a dictionary with a name for each of cash, fee, limit, card and moved; each name is a "
    "text of letters only, and no two are the same."
)
_NOT_PAST: Final = (
    "`{}`: this name is not in PascalCase, or does not end in a verb in the past tense. An event "
    "has happened: what was done stands last, as in MoneyDeposited. An order can be refused."
)


def _is_form(answer: Any) -> bool:
    names = list(answer.values())
    is_text = all(isinstance(name, str) and name.isalpha() for name in names)
    return set(answer) == set(_SITUATIONS) and is_text and len(set(names)) == len(names)


def _is_past_and_pascal(situation: str) -> Rule:
    about_form = {"past tense", "command", "pascal case"}

    def holds(answer: Any) -> bool:
        remarks = critique.event(answer[situation], {})
        return not any(remark.rule in about_form for remark in remarks)

    return Rule(_NOT_PAST.format(situation), holds)


def _speaks_of(situation: str) -> Rule:
    must, must_not, message = _SITUATIONS[situation]

    def holds(answer: Any) -> bool:
        words = " ".join(re.findall("[A-Z][a-z]*", answer[situation])).lower()
        denied = re.search(rf"{must_not}|\bnot\b", words)
        return bool(re.search(must, words)) and not denied

    return Rule(message, holds)


def _fits(answer: Any, situation: str) -> bool:
    return isinstance(answer[situation], str) and answer[situation][:1].isupper()


name_events = Exercise(
    name="name_events",
    title="Name these events",
    minutes=5,
    prompt="""Five things happened. Give each a type: past tense, PascalCase, in the words of a
bank.

| key | what happened |
| --- | --- |
| `cash` | A customer took 50.00 EUR out of a machine. |
| `fee` | The bank took its monthly fee from an account. |
| `limit` | The bank let an account go further below zero: 800.00 EUR instead of 500.00. |
| `card` | A customer rang: her card has been stolen. |
| `moved` | A customer now lives in another town. |""",
    answer="names",
    stub="""names = {
    "cash": ...,
    "fee": ...,
    "limit": ...,
    "card": ...,
    "moved": ...,
}""",
    hints=(
        "Say each as a sentence to a colleague. The verb of that sentence is the verb of the name.",
        "Would the name also fit the opposite, or something that the bank treats in another way? "
        "Then it names a field, and not the fact.",
        "`card`: she did not tell the bank to block it. What did she do?",
    ),
    reference="""names = {
    "cash": "MoneyWithdrawn",
    "fee": "FeeCharged",
    "limit": "OverdraftLimitRaised",
    "card": "CardReportedStolen",
    "moved": "CustomerMoved",
}""",
    why="""Each name tells what happened, and fits nothing else. Other names are as good, if the
people of the bank use them: `CashDispensed`, `MonthlyFeeCollected`, `OverdraftExtended`,
`CardTheftReported`, `CustomerRelocated`. The check knows a few words for each, not all of English:
it is a rule of thumb, like the workbench.""",
    wrong_answers=(
        Wrong(
            _NOT_PAST.format("cash"),
            """names = {
    "cash": "WithdrawMoney",
    "fee": "ChargeFee",
    "limit": "RaiseOverdraftLimit",
    "card": "ReportCardStolen",
    "moved": "CustomerMoved",
}""",
        ),
        Wrong(
            _SITUATIONS["cash"][2],
            """names = {
    "cash": "BalanceChanged",
    "fee": "FeeCharged",
    "limit": "OverdraftLimitRaised",
    "card": "CardReportedStolen",
    "moved": "CustomerMoved",
}""",
        ),
        Wrong(
            _SITUATIONS["fee"][2],
            """names = {
    "cash": "CashWithdrawn",
    "fee": "MoneyWithdrawn",
    "limit": "OverdraftLimitRaised",
    "card": "CardReportedStolen",
    "moved": "CustomerMoved",
}""",
        ),
        Wrong(
            _SITUATIONS["limit"][2],
            """names = {
    "cash": "MoneyWithdrawn",
    "fee": "FeeCharged",
    "limit": "OverdraftLimitChanged",
    "card": "CardReportedStolen",
    "moved": "CustomerMoved",
}""",
        ),
        Wrong(
            _SITUATIONS["card"][2],
            """names = {
    "cash": "MoneyWithdrawn",
    "fee": "FeeCharged",
    "limit": "OverdraftLimitRaised",
    "card": "CardBlocked",
    "moved": "CustomerMoved",
}""",
        ),
        Wrong(
            _SITUATIONS["moved"][2],
            """names = {
    "cash": "MoneyWithdrawn",
    "fee": "FeeCharged",
    "limit": "OverdraftLimitRaised",
    "card": "CardReportedStolen",
    "moved": "AddressChanged",
}""",
        ),
        Wrong(_NAMES_FORM, 'names = ["MoneyWithdrawn", "FeeCharged"]'),
    ),
    test=Rules(
        (
            Rule(_NAMES_FORM, _is_form),
            *map(_is_past_and_pascal, _SITUATIONS),
            *map(_speaks_of, _SITUATIONS),
        ),
        plain=lambda answer: all(_fits(answer, situation) for situation in _SITUATIONS),
    ),
)


# --- 2 -------------------------------------------------------------------------------------------

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
        "reason": st.sampled_from(["Account fee", "Overdraft"]),
        "period": st.just("2024-11"),
        "waived": st.sampled_from([True, False]),
        "actor": st.sampled_from(["bank", "clerk-07"]),
        "channel": st.sampled_from(["batch", "branch"]),
        "correlation_id": st.just("fees-2024-11"),
        "causation_id": st.just("fee-run-7"),
        "occurred_at": st.just("2024-12-02T03:00:12Z"),
    },
)

split_payload = Exercise(
    name="split_payload",
    title="Data, metadata, envelope",
    minutes=6,
    prompt="""A program sends a fee as one flat dictionary: what was charged, by whom, and when, all
mixed. Write `split_payload(payload)`, which returns three things:
`(data, metadata, occurred_at)`.

- `metadata` gets `actor`, `channel`, `correlation_id` and `causation_id`: they are about the event.
- `occurred_at` is the value of the field of this name, or `None`: it belongs to the envelope.
- `data` gets everything else, whatever its name. Other programs add fields to the fact, and you
  must not lose them.

A field that is not there does not turn up in the result. Leave `payload` as it is. For
`{"amount": 490, "actor": "bank"}` the result is `({"amount": 490}, {"actor": "bank"}, None)`.""",
    answer="split_payload",
    stub="""def split_payload(payload):
    return ...""",
    hints=(
        "Write down the four names that are metadata. Every other field, but for one, is data.",
        "A dictionary can be made from another one with a condition: "
        "`{key: value for key, value in payload.items() if key in ...}`.",
        "`.pop()` is handy, and it takes the field away from the caller's dictionary.",
    ),
    reference="""def split_payload(payload):
    about = {"actor", "channel", "correlation_id", "causation_id"}
    metadata = {key: value for key, value in payload.items() if key in about}
    data = {
        key: value
        for key, value in payload.items()
        if key not in about and key != "occurred_at"
    }
    return data, metadata, payload.get("occurred_at")""",
    why="""The list that has to be complete is the one of metadata and envelope: these are the same
for all events, and you know them. What the fact says differs from type to type, so “everything
else” is data. A missing field stays missing: `None` would claim that somebody looked and found
nothing.""",
    wrong_answers=(
        Wrong(
            "You dropped a value because it is false or empty. That a fee was not waived is part "
            "of the fact: ask whether a field is there, not whether its value counts as true.",
            """def split_payload(payload):
    about = ("actor", "channel", "correlation_id", "causation_id")
    metadata = {key: value for key, value in payload.items() if key in about}
    data = {
        key: value
        for key, value in payload.items()
        if value and key not in (*about, "occurred_at")
    }
    return data, metadata, payload.get("occurred_at")""",
        ),
        Wrong(
            "You listed the fields of data, so a field that you did not think of is lost. The fact "
            "is what grows: list the metadata instead.",
            """def split_payload(payload):
    facts = {"amount", "currency", "reason"}
    about = {"actor", "channel", "correlation_id", "causation_id"}
    data = {key: value for key, value in payload.items() if key in facts}
    metadata = {key: value for key, value in payload.items() if key in about}
    return data, metadata, payload.get("occurred_at")""",
        ),
        Wrong(
            "You wrote None where a field is missing. “No actor” and “nobody said” are not the "
            "same: leave a field out that is not there.",
            """def split_payload(payload):
    about = ["actor", "channel", "correlation_id", "causation_id"]
    metadata = {key: payload.get(key) for key in about}
    data = {
        key: value
        for key, value in payload.items()
        if key not in about and key != "occurred_at"
    }
    return data, metadata, payload.get("occurred_at")""",
        ),
        Wrong(
            "occurred_at still stands in data as well. A time that is kept in two places will one "
            "day be two times: the envelope has the place for it.",
            """def split_payload(payload):
    about = {"actor", "channel", "correlation_id", "causation_id"}
    metadata = {key: value for key, value in payload.items() if key in about}
    data = {key: value for key, value in payload.items() if key not in about}
    return data, metadata, payload.get("occurred_at")""",
        ),
        Wrong(
            "You took the fields out of the caller's own dictionary. Whoever sends it again, in a "
            "retry, sends half of it: build new dictionaries.",
            """def split_payload(payload):
    occurred_at = payload.pop("occurred_at", None)
    metadata = {}
    for key in ["actor", "channel", "correlation_id", "causation_id"]:
        if key in payload:
            metadata[key] = payload.pop(key)
    return dict(payload), metadata, occurred_at""",
        ),
    ),
    test=Compare(
        cases=_payloads,
        run=lambda answer, case: answer(case),
        examples=(_FULL,),
        context=lambda case: f"payload = {case}",
    ),
)


# --- 3 -------------------------------------------------------------------------------------------


# The simple ones first, since a failing case is shrunk towards them.
_amounts: Final = [
    f"{sign}{whole}{fraction}"
    for whole in (0, 1, 4, 12, 90_071_992_547_409)
    for fraction in ("", ".5", ".29", ".35", ".15", ".1", ".07", ".005", ".290")
    for sign in ("", "-")
]

minor_units = Exercise(
    name="minor_units",
    title="Money, to the last cent",
    minutes=6,
    prompt="""Write `minor_units(text, decimals)`: the amount that stands in `text`, as a whole
number of minor units. `decimals` says how many decimals the currency has: 2 for EUR, 0 for JPY, 3
for KWD.

`minor_units("12.34", 2)` is `1234`; `minor_units("5", 2)` is `500`; `minor_units("500", 0)` is
`500`; `minor_units("-0.5", 2)` is `-50`. Text with more digits after the point than `decimals`
raises `ValueError`, even if they are zeros: nobody may round a customer's money in silence. The
text is always well formed: digits, perhaps a minus before them, perhaps a point with digits behind
it.""",
    answer="minor_units",
    stub="""def minor_units(text, decimals):
    return ...""",
    hints=(
        "What does `0.29 * 100` give in Python? Stay away from float.",
        "Work on the text: `text.partition('.')` gives what is before and behind the point.",
        "Fill up what is behind the point with zeros to `decimals` digits, put both together, and "
        'only then make a number of it. What happens to the minus of "-0.5"?',
    ),
    reference="""def minor_units(text, decimals):
    whole, _, fraction = text.partition(".")
    if len(fraction) > decimals:
        raise ValueError(f"{text!r} has more than {decimals} decimals")
    return int(whole + fraction.ljust(decimals, "0"))""",
    why="""The digits are all there; they only have to be read without the point. No float comes
near them, so nothing is rounded at any size. `decimal.Decimal(text).scaleb(decimals)` would do as
well. The kit's `es.banking.money.parse` does this for a currency, and checks the text too.""",
    wrong_answers=(
        Wrong(
            "float cannot hold most decimal fractions, and int() cuts off: int(0.29 * 100) is 28. "
            "Read the digits instead.",
            """def minor_units(text, decimals):
    if len(text.partition(".")[2]) > decimals:
        raise ValueError(text)
    return int(float(text) * 10**decimals)""",
        ),
        Wrong(
            "round() hides the drift of float for small amounts only. A float has about 16 digits: "
            "large sums lose their cents. Read the digits instead.",
            """def minor_units(text, decimals):
    if len(text.partition(".")[2]) > decimals:
        raise ValueError(text)
    return round(float(text) * 10**decimals)""",
        ),
        Wrong(
            "You took every currency for one with two decimals. The yen has none, the dinar of "
            "Kuwait three: `decimals` says it.",
            """def minor_units(text, decimals):
    whole, _, fraction = text.partition(".")
    if len(fraction) > 2:
        raise ValueError(text)
    return int(whole + fraction.ljust(2, "0"))""",
        ),
        Wrong(
            "You took the point away without filling up: 12.5 became 125 cents, and 5 became 5. "
            "All the digits behind the point have to be there.",
            """def minor_units(text, decimals):
    if len(text.partition(".")[2]) > decimals:
        raise ValueError(text)
    return int(text.replace(".", ""))""",
        ),
        Wrong(
            "The minus went with the whole part only: -1.50 became -100 and then 50 more, which is "
            "-50. The sign belongs to the whole amount.",
            """def minor_units(text, decimals):
    whole, _, fraction = text.partition(".")
    if len(fraction) > decimals:
        raise ValueError(text)
    return int(whole) * 10**decimals + int(fraction.ljust(decimals, "0") or 0)""",
        ),
        Wrong(
            "More decimals than the currency has were cut off. That takes money from somebody "
            "without a word: raise ValueError.",
            """def minor_units(text, decimals):
    whole, _, fraction = text.partition(".")
    return int(whole + fraction[:decimals].ljust(decimals, "0"))""",
        ),
    ),
    test=Compare(
        cases=st.tuples(st.sampled_from(_amounts), st.sampled_from([2, 0, 3])),
        run=lambda answer, case: answer(*case),
        examples=(("12.34", 2), ("5.00", 2), ("7.50", 2)),
        max_examples=400,
        context=lambda case: f"text = {case[0]!r}, decimals = {case[1]}",
    ),
)


# --- 4 -------------------------------------------------------------------------------------------

_statuses = st.sampled_from(["open", "frozen", "closed"])
_limits = st.sampled_from([0, 50_000, 80_000])
_notes = st.sampled_from(["card stolen", "customer asks"])


def _change(column: str, old: Any, new: Any, note: str) -> dict[str, Any]:
    return {"column": column, "old": old, "new": new, "note": note}


# A row begins as open, and is never changed again once it is closed.
_status_changes = st.tuples(st.none() | _statuses, _statuses).filter(
    lambda pair: pair[0] != "closed" and (pair[0] is not None or pair[1] == "open")
)
_changes = st.lists(
    st.builds(lambda pair, note: _change("status", pair[0], pair[1], note), _status_changes, _notes)
    | st.builds(_change, st.just("overdraft_limit"), _limits, _limits, _notes),
    max_size=3,
)

translate = Exercise(
    name="translate",
    title="From changed rows to facts",
    minutes=8,
    prompt="""An old system logs each change of a row of its table of accounts. Write
`translate(changes)`: the facts, as a list of pairs `(type, data)`, in order. A change is a
dictionary such as
`{"column": "status", "old": "open", "new": "frozen", "note": "card stolen"}`.

| column | from | to | fact |
| --- | --- | --- | --- |
| `status` | nothing (`None`) | `open` | `("AccountOpened", {})` |
| `status` | `open` | `frozen` | `("AccountFrozen", {"reason": note})` |
| `status` | `frozen` | `open` | `("AccountUnfrozen", {"reason": note})` |
| `status` | `open` or `frozen` | `closed` | `("AccountClosed", {"reason": note})` |
| `overdraft_limit` | | more | `("OverdraftLimitRaised", {"limit": new})` |
| `overdraft_limit` | | less | `("OverdraftLimitLowered", {"limit": new})` |

A limit is a number of cents; a note is always there. The old system also logs an `UPDATE` that
wrote the same value again. Nothing happened there.""",
    answer="translate",
    stub="""def translate(changes):
    return ...""",
    hints=(
        "Begin with what is no fact: old and new are the same.",
        "The new value alone does not say what happened. “open” can be reached in two ways.",
        "For the status, a dictionary from (old, new) to the type is easy to read. Only an opening "
        "has no reason.",
    ),
    reference="""def translate(changes):
    status = {
        (None, "open"): "AccountOpened",
        ("open", "frozen"): "AccountFrozen",
        ("frozen", "open"): "AccountUnfrozen",
        ("open", "closed"): "AccountClosed",
        ("frozen", "closed"): "AccountClosed",
    }
    facts = []
    for change in changes:
        old, new = change["old"], change["new"]
        if old == new:
            continue
        if change["column"] == "overdraft_limit":
            type_ = "OverdraftLimitRaised" if new > old else "OverdraftLimitLowered"
            facts.append((type_, {"limit": new}))
        else:
            type_ = status[old, new]
            facts.append((type_, {} if old is None else {"reason": change["note"]}))
    return facts""",
    why="""One column holds four facts, and the other two. The pair of old and new values tells
which it was; the reason was left to a note that not every system has. That is what is lost with
rows, and why this translation only works while somebody still knows what the values meant. A limit
is set by a decision, so its new value is the fact; a balance only follows from other facts.""",
    wrong_answers=(
        Wrong(
            "An UPDATE that wrote the same value again is no fact: nothing happened. Skip it.",
            """def translate(changes):
    facts = []
    for change in changes:
        old, new, reason = change["old"], change["new"], {"reason": change["note"]}
        if change["column"] == "overdraft_limit":
            type_ = "OverdraftLimitRaised" if new > old else "OverdraftLimitLowered"
            facts.append((type_, {"limit": new}))
        elif new == "frozen":
            facts.append(("AccountFrozen", reason))
        elif new == "closed":
            facts.append(("AccountClosed", reason))
        elif old == "frozen":
            facts.append(("AccountUnfrozen", reason))
        else:
            facts.append(("AccountOpened", {}))
    return facts""",
        ),
        Wrong(
            "You looked at the new value only. A frozen account that is “open” again was not "
            "opened, it was unfrozen: it takes the old value to tell.",
            """def translate(changes):
    types = {"open": "AccountOpened", "frozen": "AccountFrozen", "closed": "AccountClosed"}
    facts = []
    for change in changes:
        old, new = change["old"], change["new"]
        if old == new:
            continue
        if change["column"] == "overdraft_limit":
            type_ = "OverdraftLimitRaised" if new > old else "OverdraftLimitLowered"
            facts.append((type_, {"limit": new}))
        else:
            facts.append((types[new], {} if new == "open" else {"reason": change["note"]}))
    return facts""",
        ),
        Wrong(
            "A changed row is not a fact yet. LimitChanged and StatusChanged name the columns: say "
            "what happened, raised or lowered, frozen or closed.",
            """def translate(changes):
    names = {"status": "StatusChanged", "overdraft_limit": "LimitChanged"}
    return [
        (names[change["column"]], {"old": change["old"], "new": change["new"]})
        for change in changes
        if change["old"] != change["new"]
    ]""",
        ),
        Wrong(
            "You left the reason out. It is the one thing that nobody can find out later.",
            """def translate(changes):
    status = {
        (None, "open"): "AccountOpened",
        ("open", "frozen"): "AccountFrozen",
        ("frozen", "open"): "AccountUnfrozen",
        ("open", "closed"): "AccountClosed",
        ("frozen", "closed"): "AccountClosed",
    }
    facts = []
    for change in changes:
        old, new = change["old"], change["new"]
        if old == new:
            continue
        if change["column"] == "overdraft_limit":
            type_ = "OverdraftLimitRaised" if new > old else "OverdraftLimitLowered"
            facts.append((type_, {"limit": new}))
        else:
            facts.append((status[old, new], {}))
    return facts""",
        ),
    ),
    test=Compare(
        cases=_changes,
        run=lambda answer, case: answer(case),
        examples=(
            [_change("status", None, "open", "customer asks")],
            [_change("overdraft_limit", 50_000, 80_000, "customer asks")],
            [_change("status", "open", "frozen", "card stolen")],
        ),
        events=lambda case: [{"type": "UPDATE", **change} for change in case],
    ),
)


# --- 5 -------------------------------------------------------------------------------------------

_KINDS: Final = ("ComplaintReceived", "ComplaintUpheld", "EntryCorrected", "LetterSent")
Row = tuple[int, int]  # which event caused this one (0: a command), and which undertaking it is of


def _caused(rows: Sequence[Row]) -> list[RecordedEvent]:
    """Events of two streams; each was caused by an earlier one, or by a command."""
    events: list[RecordedEvent] = []
    for position, (cause, undertaking) in enumerate(rows, 1):
        earlier = cause % position  # 0 is no event
        about = {
            "correlation_id": f"case-{undertaking}",
            "causation_id": str(events[earlier - 1].event_id) if earlier else f"command-{position}",
        }
        kind = _KINDS[min(position, len(_KINDS)) - 1]
        stream_id = f"account-{position % 2}"
        version = (position + 1) // 2
        events.append(
            recorded_event(
                version, kind, {}, START, stream_id=stream_id, position=position, metadata=about
            )
        )
    return events


_chains = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 2)), min_size=1, max_size=5).map(
    _caused
)


def _with_one(events: list[RecordedEvent]) -> st.SearchStrategy[tuple[list[RecordedEvent], int]]:
    return st.tuples(st.just(events), st.integers(1, len(events)))


def _run_causes(answer: Callable[..., Any], case: tuple[list[RecordedEvent], int]) -> Any:
    events, position = case
    return answer(events, events[position - 1])


def _about(events: Sequence[RecordedEvent]) -> list[dict[str, Any]]:
    """What the causes are told by, for a table: positions instead of long ids."""
    places = {str(event.event_id): f"event {event.position}" for event in events}
    return [
        {
            "type": event.type,
            "stream_id": event.stream_id,
            "causation_id": places.get(str(event.causation_id), event.causation_id),
            "correlation_id": event.correlation_id,
        }
        for event in events
    ]


causes = Exercise(
    name="causes",
    title="Why did this happen?",
    minutes=6,
    prompt="""Write `causes(events, event)`: the positions of the events that led to `event`, from
itself back to the first one. `events` are those of the whole store; each has `.position`,
`.event_id` (a `UUID`) and `.causation_id` (a text, or `None`).

The `causation_id` is the id of the event that led directly to this one. It can also be that of a
command, which is not among the events: there the chain ends. If event 7 was caused by event 3, and
that one by a command, `causes(events, event_7)` is `[7, 3]`.""",
    answer="causes",
    stub="""def causes(events, event):
    return ...""",
    hints=(
        "Make a dictionary first, from the id of an event to the event.",
        "An id in the metadata is text, an `event_id` is a `UUID`: `str()` makes them comparable.",
        "Go on with `while`: from an event to its cause, until the dictionary does not know it.",
    ),
    reference="""def causes(events, event):
    by_id = {str(one.event_id): one for one in events}
    found = []
    while event is not None:
        found.append(event.position)
        event = by_id.get(event.causation_id)
    return found""",
    why="""The causation_id leads one step back, so you walk. The chain ends where the cause is not
an event: with a command, or with a person. The correlation_id would give everything that belongs to
the same case, in no order of cause: a different question.""",
    wrong_answers=(
        Wrong(
            "You gave the chain from its first event on. It was asked for from the event itself, "
            "back: the newest first.",
            """def causes(events, event):
    by_id = {str(one.event_id): one for one in events}
    found = []
    while event is not None:
        found.append(event.position)
        event = by_id.get(event.causation_id)
    return found[::-1]""",
        ),
        Wrong(
            "You took all events of the same correlation_id. That is the whole case; what led to "
            "this event is only the chain of its causes.",
            """def causes(events, event):
    case = [one for one in events if one.correlation_id == event.correlation_id]
    return [one.position for one in reversed(case) if one.position <= event.position]""",
        ),
        Wrong(
            "You went one step back. The cause has a cause, too: go on until there is none.",
            """def causes(events, event):
    by_id = {str(one.event_id): one for one in events}
    cause = by_id.get(event.causation_id)
    return [event.position] if cause is None else [event.position, cause.position]""",
        ),
        Wrong(
            "A text is never equal to a UUID, so you found no cause at all. Turn one of them into "
            "the other: str(one.event_id).",
            """def causes(events, event):
    by_id = {one.event_id: one for one in events}
    found = []
    while event is not None:
        found.append(event.position)
        event = by_id.get(event.causation_id)
    return found""",
        ),
        Wrong(
            "The chain ended at a command, and your dictionary raised KeyError. A cause need not "
            "be an event: ask with .get().",
            """def causes(events, event):
    by_id = {str(one.event_id): one for one in events}
    found = []
    while event.causation_id is not None:
        found.append(event.position)
        event = by_id[event.causation_id]
    return [*found, event.position]""",
        ),
        Wrong(
            "You looked for the cause in the event's own stream. Causes cross streams: a complaint "
            "leads to an entry of an account.",
            """def causes(events, event):
    by_id = {str(one.event_id): one for one in events if one.stream_id == event.stream_id}
    found = []
    while event is not None:
        found.append(event.position)
        event = by_id.get(event.causation_id)
    return found""",
        ),
    ),
    test=Compare(
        cases=_chains.flatmap(_with_one),
        run=_run_causes,
        examples=((_caused([(0, 1), (1, 1)]), 2), (_caused([(0, 1)]), 1)),
        events=lambda case: _about(case[0]),
        context=lambda case: f"the causes of the event at position {case[1]}",
    ),
)

CHAPTER = Chapter(
    2,
    "Designing events",
    __name__,
    (name_events, split_payload, minor_units, translate, causes),
)
