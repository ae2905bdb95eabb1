"""Exercises of chapter 1: what a history answers, and which systems are better without one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import hypothesis.strategies as st

from ..event import RecordedEvent
from .chapter import Chapter
from .compare import Compare
from .exercise import Exercise, Wrong
from .histories import START, recorded_event
from .rules import Rule, Rules

MIDNIGHT: Final = START + timedelta(hours=12)
MONDAY, TUESDAY = date(2025, 3, 10), date(2025, 3, 11)
_HOUR: Final = timedelta(hours=1)


def _shown(events: Sequence[RecordedEvent]) -> list[dict[str, Any]]:
    """Events with their times, for a table."""
    return [
        {
            "type": event.type,
            **event.data,
            "occurred_at": f"{event.occurred_at:%d %b %H:%M}",
            "recorded_at": f"{event.recorded_at:%d %b %H:%M}",
        }
        for event in events
    ]


# --- 1 -------------------------------------------------------------------------------------------


def _night(rows: Sequence[tuple[str, int, int, int]]) -> list[RecordedEvent]:
    """Events from (type, amount, hours from midnight to the record, hours of delay)."""
    events = []
    ordered = sorted(rows, key=lambda row: row[2])
    for version, (kind, amount, hours, delay) in enumerate(ordered, 1):
        recorded = MIDNIGHT + timedelta(hours=hours)
        occurred = recorded - timedelta(hours=delay)
        data = {"reason": "card lost"} if kind == "AccountFrozen" else {"amount": amount}
        events.append(recorded_event(version, kind, data, recorded, occurred))
    return events


_nights = st.lists(
    st.tuples(
        st.sampled_from(["MoneyWithdrawn", "MoneyDeposited", "AccountFrozen"]),
        st.sampled_from([100, 200]),
        st.integers(-4, 8),
        st.integers(0, 6),
    ),
    max_size=5,
).map(_night)

find_withdrawal = Exercise(
    name="find_withdrawal",
    title="Find the withdrawal",
    minutes=4,
    prompt="""A customer disputes a withdrawal. Write `find_withdrawal(events, amount, day)`: the
versions of all `MoneyWithdrawn` events of exactly `amount` cents that happened on `day`, a
`datetime.date` in UTC. `events` are those of one account, in order of version; each has `.version`,
`.type`, `.data`, `.occurred_at` and `.recorded_at`. What moves money has `.data["amount"]`; other
events, such as `AccountFrozen`, have no amount. A list; empty if there is none.""",
    answer="find_withdrawal",
    stub="""def find_withdrawal(events, amount, day):
    return ...""",
    hints=(
        "Three conditions on an event, and you want its version. A list comprehension will do.",
        "`datetime.date()` gives the day of a time. The customer means the day when it happened.",
    ),
    reference="""def find_withdrawal(events, amount, day):
    return [
        event.version
        for event in events
        if event.type == "MoneyWithdrawn"
        and event.data["amount"] == amount
        and event.occurred_at.date() == day
    ]""",
    why="""The customer speaks of the day on which it happened: that is `occurred_at`. A card
payment can be recorded a day later. All matches are kept: if there are two, that is news too.""",
    wrong_answers=(
        Wrong(
            "You went by recorded_at: the day on which the bank learned of it. The customer means "
            "the day on which it happened, occurred_at.",
            """def find_withdrawal(events, amount, day):
    return [
        event.version
        for event in events
        if event.type == "MoneyWithdrawn"
        and event.data["amount"] == amount
        and event.recorded_at.date() == day
    ]""",
        ),
        Wrong(
            "You took every event of that amount. A deposit of 400.00 is no withdrawal: the type "
            "of an event says which way the money went.",
            """def find_withdrawal(events, amount, day):
    return [
        event.version
        for event in events
        if event.data.get("amount") == amount and event.occurred_at.date() == day
    ]""",
        ),
        Wrong(
            "You asked every event for an amount. A freeze has none: look at the type first.",
            """def find_withdrawal(events, amount, day):
    return [
        event.version
        for event in events
        if event.data["amount"] == amount
        and event.type == "MoneyWithdrawn"
        and event.occurred_at.date() == day
    ]""",
        ),
        Wrong(
            "You stopped at the first one. If the same amount was taken twice on that day, the "
            "customer needs to hear of both.",
            """def find_withdrawal(events, amount, day):
    for event in events:
        if (
            event.type == "MoneyWithdrawn"
            and event.data["amount"] == amount
            and event.occurred_at.date() == day
        ):
            return [event.version]
    return []""",
        ),
        Wrong(
            "You gave the place in the list, which begins at 0. A version begins at 1, and stays "
            "the same when the list is cut: use event.version.",
            """def find_withdrawal(events, amount, day):
    return [
        place
        for place, event in enumerate(events)
        if event.type == "MoneyWithdrawn"
        and event.data["amount"] == amount
        and event.occurred_at.date() == day
    ]""",
        ),
    ),
    test=Compare(
        cases=st.tuples(_nights, st.sampled_from([100, 200]), st.sampled_from([MONDAY, TUESDAY])),
        run=lambda answer, case: answer(*case),
        examples=(
            (_night([("MoneyDeposited", 200, -4, 0), ("MoneyWithdrawn", 100, -3, 1)]), 100, MONDAY),
            (_night([("MoneyWithdrawn", 100, -3, 1)]), 100, TUESDAY),
        ),
        events=lambda case: _shown(case[0]),
        context=lambda case: f"{case[1]} cents on {case[2]:%A %d %B %Y}",
    ),
)


# --- 2 -------------------------------------------------------------------------------------------

# What the four types of event in these exercises carry.
_PAYLOADS: Final[dict[str, dict[str, Any]]] = {
    "MoneyDeposited": {"amount": 0},
    "MoneyWithdrawn": {"amount": 0},
    "FeeCharged": {"amount": 0},
    "AccountFrozen": {"reason": "card lost"},
}


def _week(rows: Sequence[tuple[str, int, int]]) -> list[RecordedEvent]:
    """Events from (type, amount, hours of delay), recorded an hour after each other."""
    events = []
    for version, (kind, amount, delay) in enumerate(rows, 1):
        data = {name: amount if name == "amount" else v for name, v in _PAYLOADS[kind].items()}
        recorded = START + timedelta(hours=version)
        occurred = recorded - timedelta(hours=delay)
        events.append(recorded_event(version, kind, data, recorded, occurred))
    return events


_weeks = st.lists(
    st.tuples(st.sampled_from(list(_PAYLOADS)), st.integers(1, 500), st.integers(0, 3)), max_size=5
).map(_week)

balance_at = Exercise(
    name="balance_at",
    title="The balance on Tuesday at noon",
    minutes=5,
    prompt="""Write `balance_at(events, moment)`: the balance in cents at `moment`, that instant
included, by the time when things happened (`occurred_at`). `MoneyDeposited` brings money;
`MoneyWithdrawn` and `FeeCharged` take it; their `.data["amount"]` is always positive. Other types,
such as `AccountFrozen`, move no money and have no amount. Events stand in the order in which they
were recorded. There are no transfers here. No events: 0.""",
    answer="balance_at",
    stub="""def balance_at(events, moment):
    return ...""",
    hints=(
        "Begin with 0, go through the events, and skip those that happened after the moment.",
        'A dictionary can hold the direction of each type: `{"MoneyDeposited": 1, ...}`.',
        "An event without an amount must not be asked for it: look at the type first.",
    ),
    reference="""def balance_at(events, moment):
    signs = {"MoneyDeposited": 1, "MoneyWithdrawn": -1, "FeeCharged": -1}
    return sum(
        signs[event.type] * event.data["amount"]
        for event in events
        if event.type in signs and event.occurred_at <= moment
    )""",
    why="""The balance at any moment is the sum of the movements up to it. Nobody had to foresee
the question or store the answer. A row would hold the last balance only.""",
    wrong_answers=(
        Wrong(
            "You left out what happened at the very moment. “Up to” includes it: <=, not <.",
            """def balance_at(events, moment):
    signs = {"MoneyDeposited": 1, "MoneyWithdrawn": -1, "FeeCharged": -1}
    return sum(
        signs[event.type] * event.data["amount"]
        for event in events
        if event.type in signs and event.occurred_at < moment
    )""",
        ),
        Wrong(
            "You stopped at the first event that happened too late. Events stand in the order in "
            "which they were recorded, so an earlier one can follow: skip, do not stop.",
            """def balance_at(events, moment):
    signs = {"MoneyDeposited": 1, "MoneyWithdrawn": -1, "FeeCharged": -1}
    balance = 0
    for event in events:
        if event.occurred_at > moment:
            break
        balance += signs.get(event.type, 0) * event.data.get("amount", 0)
    return balance""",
        ),
        Wrong(
            "You forgot the fees. They take money away, too.",
            """def balance_at(events, moment):
    signs = {"MoneyDeposited": 1, "MoneyWithdrawn": -1}
    return sum(
        signs[event.type] * event.data["amount"]
        for event in events
        if event.type in signs and event.occurred_at <= moment
    )""",
        ),
        Wrong(
            "You asked every event for an amount. A freeze has none: look at the type first.",
            """def balance_at(events, moment):
    return sum(
        event.data["amount"] if event.type == "MoneyDeposited" else -event.data["amount"]
        for event in events
        if event.occurred_at <= moment
    )""",
        ),
    ),
    test=Compare(
        cases=st.tuples(_weeks, st.integers(-2, 6).map(lambda hours: START + hours * _HOUR)),
        run=lambda answer, case: answer(*case),
        examples=(
            (_week([("MoneyDeposited", 300, 0), ("MoneyWithdrawn", 100, 0)]), START + _HOUR * 9),
            (_week([("MoneyDeposited", 300, 0), ("FeeCharged", 5, 0)]), START + _HOUR * 1.5),
        ),
        events=lambda case: _shown(case[0]),
        context=lambda case: f"at {case[1]:%d %b %H:%M}",
    ),
)


# --- 3 -------------------------------------------------------------------------------------------

_STORY: Final[dict[str, dict[str, Any]]] = {
    "MoneyDeposited": {"amount": 0},
    "MoneyWithdrawn": {"amount": 0},
    "AccountFrozen": {"reason": "card lost"},
    "AccountUnfrozen": {"reason": "new card"},
}


def _story(rows: Sequence[tuple[str, int]]) -> list[RecordedEvent]:
    """An account of Ada's: opened, then these."""
    opened = recorded_event(1, "AccountOpened", {"owner": "Ada"}, START)
    events = [opened]
    for version, (kind, amount) in enumerate(rows, 2):
        data = {name: amount if name == "amount" else v for name, v in _STORY[kind].items()}
        events.append(recorded_event(version, kind, data, START + timedelta(hours=version)))
    return events


_stories: st.SearchStrategy[list[RecordedEvent]] = st.one_of(
    st.just([]),
    st.lists(st.tuples(st.sampled_from(list(_STORY)), st.integers(1, 500)), max_size=5).map(_story),
)

row_of = Exercise(
    name="row_of",
    title="The row, from the events",
    minutes=8,
    prompt="""Write `row_of(events)`: the row that a CRUD table would hold after these events, as a
dictionary `{"owner": ..., "balance": ..., "status": ...}`. `AccountOpened` carries `owner`: the
balance is 0 and the status `"open"`. `MoneyDeposited` and `MoneyWithdrawn` carry `amount` in cents.
`AccountFrozen` makes the status `"frozen"`, `AccountUnfrozen` makes it `"open"` again. The first
event, if there is one, is always `AccountOpened`. No events: `None`, for there is no row.""",
    answer="row_of",
    stub="""def row_of(events):
    return ...""",
    hints=(
        "Keep one variable, the row so far. Each event makes the next row from it.",
        "Begin with `row = None`. AccountOpened makes the dictionary; the others change one value.",
        '`match event.type:` with `case "MoneyDeposited": row["balance"] += event.data["amount"]`',
    ),
    reference="""def row_of(events):
    row = None
    for event in events:
        match event.type:
            case "AccountOpened":
                row = {"owner": event.data["owner"], "balance": 0, "status": "open"}
            case "MoneyDeposited":
                row["balance"] += event.data["amount"]
            case "MoneyWithdrawn":
                row["balance"] -= event.data["amount"]
            case "AccountFrozen":
                row["status"] = "frozen"
            case "AccountUnfrozen":
                row["status"] = "open"
    return row""",
    why="""You have written a fold: begin with nothing, take the events in order, and let each one
make the next state from the one before. So the row is never lost: whoever keeps the events can make
it again, and a row of another shape tomorrow. The other way round there is no such function.""",
    wrong_answers=(
        Wrong(
            "You put the amount in place of the balance. The event says by how much the balance "
            "moved, not what it became: add to it or take from it.",
            """def row_of(events):
    row = None
    for event in events:
        match event.type:
            case "AccountOpened":
                row = {"owner": event.data["owner"], "balance": 0, "status": "open"}
            case "MoneyDeposited":
                row["balance"] = event.data["amount"]
            case "MoneyWithdrawn":
                row["balance"] = -event.data["amount"]
            case "AccountFrozen":
                row["status"] = "frozen"
            case "AccountUnfrozen":
                row["status"] = "open"
    return row""",
        ),
        Wrong(
            "You refused a movement on a frozen account. A fold does not judge: the event says "
            "that the money moved, so it moved.",
            """def row_of(events):
    row = None
    for event in events:
        match event.type:
            case "AccountOpened":
                row = {"owner": event.data["owner"], "balance": 0, "status": "open"}
            case "MoneyDeposited" if row["status"] == "open":
                row["balance"] += event.data["amount"]
            case "MoneyWithdrawn" if row["status"] == "open":
                row["balance"] -= event.data["amount"]
            case "AccountFrozen":
                row["status"] = "frozen"
            case "AccountUnfrozen":
                row["status"] = "open"
    return row""",
        ),
        Wrong(
            "You refused a withdrawal from a frozen account. A fold does not judge: the event says "
            "that the money left, so it left.",
            """def row_of(events):
    row = None
    for event in events:
        match event.type:
            case "AccountOpened":
                row = {"owner": event.data["owner"], "balance": 0, "status": "open"}
            case "MoneyDeposited":
                row["balance"] += event.data["amount"]
            case "MoneyWithdrawn" if row["status"] == "open":
                row["balance"] -= event.data["amount"]
            case "AccountFrozen":
                row["status"] = "frozen"
            case "AccountUnfrozen":
                row["status"] = "open"
    return row""",
        ),
        Wrong(
            "Once frozen, your account stays frozen. AccountUnfrozen makes it open again.",
            """def row_of(events):
    if not events:
        return None
    types = [event.type for event in events]
    signs = {"MoneyDeposited": 1, "MoneyWithdrawn": -1}
    return {
        "owner": events[0].data["owner"],
        "balance": sum(signs.get(e.type, 0) * e.data.get("amount", 0) for e in events),
        "status": "frozen" if "AccountFrozen" in types else "open",
    }""",
        ),
        Wrong(
            "You took the status from the last event alone. A deposit after a freeze leaves the "
            "account frozen: what an event does not speak of stays as it was.",
            """def row_of(events):
    if not events:
        return None
    signs = {"MoneyDeposited": 1, "MoneyWithdrawn": -1}
    return {
        "owner": events[0].data["owner"],
        "balance": sum(signs.get(e.type, 0) * e.data.get("amount", 0) for e in events),
        "status": "frozen" if events[-1].type == "AccountFrozen" else "open",
    }""",
        ),
        Wrong(
            "Without any event you made a row. Where nothing has happened there is no account: "
            "None.",
            """def row_of(events):
    row = {"owner": None, "balance": 0, "status": "open"}
    for event in events:
        match event.type:
            case "AccountOpened":
                row["owner"] = event.data["owner"]
            case "MoneyDeposited":
                row["balance"] += event.data["amount"]
            case "MoneyWithdrawn":
                row["balance"] -= event.data["amount"]
            case "AccountFrozen":
                row["status"] = "frozen"
            case "AccountUnfrozen":
                row["status"] = "open"
    return row""",
        ),
    ),
    test=Compare(
        cases=_stories,
        run=lambda answer, events: answer(events),
        examples=(
            _story([("MoneyDeposited", 300), ("MoneyWithdrawn", 100)]),
            _story([("MoneyDeposited", 300), ("AccountFrozen", 0)]),
        ),
    ),
)


# --- 4 -------------------------------------------------------------------------------------------


def _one(kind: str, amount: int, actor: str | None, delay: int) -> RecordedEvent:
    """One event; without an actor nobody noted who it was."""
    return recorded_event(
        1,
        kind,
        {name: amount if name == "amount" else v for name, v in _PAYLOADS[kind].items()},
        MIDNIGHT,
        MIDNIGHT - timedelta(minutes=delay),
        metadata={} if actor is None else {"actor": actor},
    )


audit_line = Exercise(
    name="audit_line",
    title="A line of the audit trail",
    minutes=6,
    prompt="""Write `audit_line(event)`: a line that an auditor can read. When it happened, who did
it, what it was, and the amount with two decimals:
`"2025-03-11 18:42:10 customer MoneyWithdrawn 400.00"`. The time is `occurred_at`, written with
`%Y-%m-%d %H:%M:%S`; who did it is `event.metadata["actor"]`, or `unknown` if nobody noted it. The
amount stands in `event.data["amount"]`, in cents, never negative. An event without an amount has a
line without one: `"2025-03-12 09:00:00 clerk-03 AccountFrozen"`. Parts are separated by one space,
and nothing follows the last.""",
    answer="audit_line",
    stub="""def audit_line(event):
    return ...""",
    hints=(
        "`dict.get` gives a value, or another one where the key is missing.",
        "Whole cents: `divmod(amount, 100)` gives euros and cents. Five cents are written 05.",
        "Collect the parts in a list and join them with a space.",
    ),
    reference="""def audit_line(event):
    parts = [
        f"{event.occurred_at:%Y-%m-%d %H:%M:%S}",
        event.metadata.get("actor", "unknown"),
        event.type,
    ]
    if "amount" in event.data:
        euros, cents = divmod(event.data["amount"], 100)
        parts.append(f"{euros}.{cents:02}")
    return " ".join(parts)""",
    why="""An audit trail is one more way to read the events: nothing has to be written twice. It
can say only what was recorded: who is `unknown` today stays unknown.""",
    wrong_answers=(
        Wrong(
            "Cents below ten lose their zero: 400 euros and 5 cents are 400.05, not 400.5. Write "
            "them with two digits, {cents:02}.",
            """def audit_line(event):
    parts = [
        f"{event.occurred_at:%Y-%m-%d %H:%M:%S}",
        event.metadata.get("actor", "unknown"),
        event.type,
    ]
    if "amount" in event.data:
        euros, cents = divmod(event.data["amount"], 100)
        parts.append(f"{euros}.{cents}")
    return " ".join(parts)""",
        ),
        Wrong(
            "You wrote when the bank learned of it. The auditor asks when it happened, which is "
            "occurred_at.",
            """def audit_line(event):
    parts = [
        f"{event.recorded_at:%Y-%m-%d %H:%M:%S}",
        event.metadata.get("actor", "unknown"),
        event.type,
    ]
    if "amount" in event.data:
        euros, cents = divmod(event.data["amount"], 100)
        parts.append(f"{euros}.{cents:02}")
    return " ".join(parts)""",
        ),
        Wrong(
            "Your code raises KeyError where nobody noted the actor. Old or careless events lack "
            "things: say `unknown`.",
            """def audit_line(event):
    parts = [
        f"{event.occurred_at:%Y-%m-%d %H:%M:%S}",
        event.metadata["actor"],
        event.type,
    ]
    if "amount" in event.data:
        euros, cents = divmod(event.data["amount"], 100)
        parts.append(f"{euros}.{cents:02}")
    return " ".join(parts)""",
        ),
        Wrong(
            "An event without an amount got 0.00. Nothing was moved, not an amount of zero: leave "
            "it out.",
            """def audit_line(event):
    euros, cents = divmod(event.data.get("amount", 0), 100)
    return (
        f"{event.occurred_at:%Y-%m-%d %H:%M:%S} {event.metadata.get('actor', 'unknown')} "
        f"{event.type} {euros}.{cents:02}"
    )""",
        ),
    ),
    test=Compare(
        cases=st.builds(
            _one,
            st.sampled_from(list(_PAYLOADS)),
            st.integers(0, 50_000) | st.sampled_from([123_456, 10_000_000]),
            st.sampled_from(["customer", "clerk-03", None]),
            st.integers(0, 90),
        ),
        run=lambda answer, event: answer(event),
        examples=(
            _one("MoneyWithdrawn", 12_345, "customer", 0),
            _one("MoneyDeposited", 99, "customer", 0),
        ),
        events=lambda event: [{**_shown([event])[0], **event.metadata}],
    ),
)


# --- 5 -------------------------------------------------------------------------------------------

# name: (whether it should be event sourced, what to say to whoever thinks otherwise)
SYSTEMS: Final = {
    "accounts": (
        True,
        "`accounts`: every cent may have to be explained, and the business itself speaks of "
        "deposits and fees. If anything should be event sourced, this should.",
    ),
    "opening hours": (
        False,
        "`opening hours` are edited twice a year, and nobody asks what they were. One row a branch "
        "is all there is to it.",
    ),
    "claims": (
        True,
        "`claims`: many people decide over weeks, and a court asks later who knew what, and when. "
        "That no money moves does not matter: the history is what is asked for.",
    ),
    "thumbnails": (
        False,
        "`thumbnails` are derived: whoever loses them makes them again from the pictures. There is "
        "no history that anybody could miss.",
    ),
    "thermometers": (
        False,
        "`thermometers`: many readings are not event sourcing. Nothing is decided from the history "
        "of one of them, and no state is rebuilt from it: a table of measurements is enough.",
    ),
    "chess": (
        True,
        "`chess`: the moves are the game. The board follows from them, draws depend on earlier "
        "positions, and players want to go back through the game.",
    ),
    "newsletter": (
        False,
        "`newsletter`: an address and yes or no, and the law wants it gone on request. If consent "
        "must be proven, a small log of consents does it. Erasing from events is work.",
    ),
}
RIGHT_NAMES: Final = {name for name, (fits, _) in SYSTEMS.items() if not fits}
UNKNOWN: Final = (
    "Give a list of names from the prompt, each once, as they are written there: for instance "
    '["opening hours"].'
)


def _is_list_of_names(answer: Any) -> bool:
    return (
        isinstance(answer, list | tuple | set | frozenset)
        and len(set(answer)) == len(answer)
        and set(answer) <= set(SYSTEMS)
    )


def _judged(name: str, fits: bool) -> Rule:
    """Whether one system is where it belongs."""
    message = SYSTEMS[name][1]
    return Rule(message, lambda answer: (name in answer) != fits)


better_as_rows = Exercise(
    name="better_as_rows",
    title="Which of these are better as rows?",
    minutes=5,
    prompt="""Seven systems. Write the list of those that should **not** be event sourced.

| name | what it is |
| --- | --- |
| `accounts` | the accounts of a bank; auditors come every year |
| `opening hours` | when each branch is open; edited twice a year, shown on a page |
| `claims` | an insurer's claims: weeks of decisions by several people, later disputed in court |
| `thumbnails` | small copies of pictures, made from the pictures |
| `thermometers` | ten thousand of them, a reading each second; a chart shows hourly averages |
| `chess` | a server for games: clocks, disputes, going back through a game |
| `newsletter` | addresses and whether they want it; to be erased on request |""",
    answer="better_as_rows",
    stub="""better_as_rows = [
    ...,
]""",
    hints=(
        "Ask of each: will somebody ask how it came to be so? Does the program decide by that?",
        "Money is not the test, and neither is the number of messages.",
        "There are four.",
    ),
    reference="""better_as_rows = [
    "opening hours",
    "thumbnails",
    "thermometers",
    "newsletter",
]""",
    why="""Event sourcing pays where the history itself is asked for: explained, disputed, gone back
through, decided by. It is a cost without a gain where only the present matters, where the data can
be made again, where readings only come in, and where the past has to be forgotten.""",
    wrong_answers=(
        Wrong(
            SYSTEMS["thermometers"][1],
            """better_as_rows = ["opening hours", "thumbnails", "newsletter"]""",
        ),
        Wrong(
            SYSTEMS["claims"][1],
            """better_as_rows = ["opening hours", "thumbnails", "thermometers", "claims"]""",
        ),
        Wrong(
            SYSTEMS["chess"][1],
            """better_as_rows = ["opening hours", "thumbnails", "thermometers", "chess"]""",
        ),
        Wrong(
            SYSTEMS["newsletter"][1],
            """better_as_rows = ["opening hours", "thumbnails", "thermometers"]""",
        ),
        Wrong(
            SYSTEMS["accounts"][1],
            """better_as_rows = list({"accounts", "thumbnails", "opening hours", "newsletter"})""",
        ),
        Wrong(UNKNOWN, """better_as_rows = "opening hours, thumbnails, newsletter" """),
    ),
    test=Rules(
        (
            Rule(UNKNOWN, _is_list_of_names),
            *(_judged(name, fits) for name, (fits, _) in SYSTEMS.items()),
        ),
        plain=lambda answer: _is_list_of_names(answer) and len(answer) == len(RIGHT_NAMES),
    ),
)

CHAPTER = Chapter(
    1,
    "Events or rows",
    __name__,
    (find_withdrawal, balance_at, row_of, audit_line, better_as_rows),
)
