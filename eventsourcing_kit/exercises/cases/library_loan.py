"""What a library's book on loan must do, whatever types a learner has chosen for it.

The names of commands, events and refusals are given, and what they carry. What they are made of, a
dataclass, a named tuple, a function that gives a dict, is the learner's choice; so is the state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import reduce
from typing import Any

import hypothesis.strategies as st

from ...errors import DomainError
from ..promises import Promise, Promises

COMMANDS = ("LendBook", "RenewLoan", "ReturnBook")
EVENTS = {"BookLent": ("member", "due"), "LoanRenewed": ("due",), "BookReturned": ("days_late",)}
FUNCTIONS = ("decide", "evolve")
REFUSALS = ("AlreadyLent", "NotLent", "Overdue", "RenewedTooOften")
LOAN, RENEWAL, RENEWALS = timedelta(days=21), timedelta(days=14), 2
OLD_RENEWALS = 5  # in a time with other rules
START = date(2031, 3, 3)

Step = tuple[str, int]  # a command, and how many days after the one before it is given
Old = tuple[str, int, int]  # a step of a time with other rules: for how many days one lent


@dataclass(frozen=True)
class Model:
    """The book, as far as the rules ask: `due` is None while it is at the library."""

    due: date | None = None
    renewed: int = 0

    def told(
        self,
        command: str,
        today: date,
        loan: timedelta = LOAN,
        renewal: timedelta = RENEWAL,
        renewals: int = RENEWALS,
    ) -> dict[str, Any]:
        """The event that follows, by its name and fields, or the name of the refusal.

        A book is lent for the time `loan`, and for the time `renewal` more when it is renewed,
        which is done up to `renewals` times.
        """
        if command == "LendBook":
            if self.due:
                return {"refused": "AlreadyLent"}
            return {"event": "BookLent", "member": "Ada", "due": today + loan}
        if not self.due:
            return {"refused": "NotLent"}
        if command == "ReturnBook":
            return {"event": "BookReturned", "days_late": max(0, (today - self.due).days)}
        if today > self.due:
            return {"refused": "Overdue"}
        if self.renewed >= renewals:
            return {"refused": "RenewedTooOften"}
        return {"event": "LoanRenewed", "due": self.due + renewal}

    def after(self, event: Mapping[str, Any]) -> Model:
        """The book after an event."""
        match event["event"]:
            case "BookLent":
                return Model(event["due"])
            case "LoanRenewed":
                return replace(self, due=event["due"], renewed=self.renewed + 1)
        return Model()


# --- the learner's pieces ------------------------------------------------------------------------


def command(loan: Mapping[str, Any], name: str, today: date) -> Any:
    """The learner's command."""
    if name == "LendBook":
        return loan[name](member="Ada", today=today)
    return loan[name](today=today)


def field_of(event: Any, name: str) -> Any:
    """What an event carries, be it an object or a dict."""
    return event[name] if isinstance(event, Mapping) else getattr(event, name)


def name_of(loan: Mapping[str, Any], event: Any) -> str:
    """Which of the three events this is."""
    for name in EVENTS:
        made = loan[name]
        if isinstance(made, type) and isinstance(event, made):
            return name
    if isinstance(event, Mapping):  # made by a function: the one that makes it again
        for name, fields in EVENTS.items():
            if set(fields) <= event.keys() and loan[name](**{f: event[f] for f in fields}) == event:
                return name
    return type(event).__name__


def told(loan: Mapping[str, Any], name: str, today: date, state: Any) -> tuple[dict[str, Any], Any]:
    """What the learner's decide says to a command, as the model would say it; and its events."""
    try:
        events = loan["decide"](command(loan, name, today), state)
    except DomainError as refusal:
        return {"refused": type(refusal).__name__}, []
    if not isinstance(events, list | tuple) or len(events) != 1:
        return {"event": repr(events)}, []
    kind = name_of(loan, events[0])
    carried = {one: field_of(events[0], one) for one in EVENTS.get(kind, ())}
    return {"event": kind, **carried}, events


# --- the promises --------------------------------------------------------------------------------


def lacks(loan: Any, case: None) -> str:
    """The pieces that are not there."""
    if not isinstance(loan, Mapping):
        return f"`loan` is a {type(loan).__name__}, not a dict"
    wanted = (*FUNCTIONS, *COMMANDS, *EVENTS)
    missing = [f"loan[{name!r}]" for name in (*wanted, "start") if name not in loan]
    missing += [f"loan[{n!r}] to call" for n in wanted if n in loan and not callable(loan[n])]
    return f"missing: {', '.join(missing)}" if missing else ""


def gives_no_list(loan: Mapping[str, Any], steps: Sequence[Step]) -> str:
    """Commands of which none is refused: does each give a list of one event?"""
    if isinstance(loan["start"], type):
        return f"loan['start'] is the class {loan['start'].__name__}, and no value of it"
    state = deepcopy(loan["start"])
    for number, (name, _) in enumerate(steps):
        try:
            events = loan["decide"](command(loan, name, START), state)
        except DomainError:
            if number == 0:  # the first loan of all
                raise
            return ""  # which are refused is another promise's
        if not isinstance(events, list | tuple) or hasattr(events, "_fields"):  # a named tuple
            return f"{name} gives {events!r}, which is no list"
        if len(events) != 1:
            return f"{name} gives a list of {len(events)}: {events!r}"
        state = reduce(loan["evolve"], events, state)
    return ""


def refuses_otherwise(loan: Mapping[str, Any], steps: Sequence[Step]) -> str:
    """Commands of which the last is refused: by an error that the caller knows for a refusal?"""
    state, today = deepcopy(loan["start"]), START
    for name, days in steps:
        today += timedelta(days=days)
        try:
            events = loan["decide"](command(loan, name, today), state)
        except DomainError:
            return ""
        except Exception as error:
            kind, base = (one.__name__ for one in type(error).__mro__[:2])
            if kind not in REFUSALS:
                raise  # a fault
            return f"{kind}, derived from {base}"
        if isinstance(events, BaseException | type):
            return f"{name} gives {events!r} back, and raises nothing"
        state = reduce(loan["evolve"], events, state)
    return ""  # which are refused is another promise's


def outcomes(*judged: str) -> Any:
    """Tries of commands one after the other; of the events that are `judged` the fields count."""

    def differ(loan: Mapping[str, Any], steps: Sequence[Step]) -> str:
        state, model, today = deepcopy(loan["start"]), Model(), START
        for name, days in steps:
            today += timedelta(days=days)
            wanted = model.told(name, today)
            got, events = told(loan, name, today, state)
            kind = "refused" if "refused" in wanted else "event"
            if got.get(kind) != wanted[kind] or (got != wanted and wanted.get("event") in judged):
                return f"{name} on {day(today)}: {said(got)}, where {said(wanted)} was to come"
            if got != wanted:
                return ""  # what this event carries is another promise's
            if kind == "event":
                model = model.after(wanted)
                state = reduce(loan["evolve"], events, state)
        return ""

    return differ


def history(steps: Sequence[Old]) -> tuple[list[dict[str, Any]], date]:
    """Events as they were stored under other rules, and the day of the last command."""
    model, today, events = Model(), START, []
    for name, later, days in steps:
        today += timedelta(days=later)
        event = model.told(name, today, timedelta(days=days), timedelta(days=days), OLD_RENEWALS)
        if "event" in event:  # what was refused was not stored
            events.append(event)
            model = model.after(event)
    return events, today


def replays_otherwise(loan: Mapping[str, Any], steps: Sequence[Old]) -> str:
    """Histories of a time in which one lent for longer, or not as long."""
    state, model = deepcopy(loan["start"]), Model()
    events, today = history(steps)
    for event in events:
        made = loan[event["event"]](**{one: event[one] for one in EVENTS[event["event"]]})
        state, model = loan["evolve"](state, made), model.after(event)
    oftener = model.renewed > RENEWALS  # what today's rule says to such a loan is left open
    for name in COMMANDS:
        if oftener and name == "RenewLoan":
            continue
        wanted, (got, _) = model.told(name, today), told(loan, name, today, state)
        if got != wanted:
            return f"{name} on {day(today)}: {said(got)}, where {said(wanted)} was to come"
    return ""


def changes(loan: Mapping[str, Any], steps: Sequence[Step]) -> str:
    """Every state is kept, and asked once more when the later ones have been made."""
    state, today, kept = deepcopy(loan["start"]), START, []
    for name, days in steps:
        today += timedelta(days=days)
        first, events = told(loan, name, today, state)
        kept.append((state, deepcopy(state), name, today, first))
        state = reduce(loan["evolve"], events, state)
    for before, copy, name, then, first in kept:
        again, _ = told(loan, name, then, before)
        if again != first or vars_of(before) != vars_of(copy):
            return f"the state before {name} on {day(then)} is another one afterwards"
    return ""


def vars_of(state: Any) -> Any:
    """What can be compared of a state that may have no equality of its own."""
    return vars(state) if hasattr(state, "__dict__") else state


def day(value: date) -> str:
    """A day in words."""
    return f"{value:%d %b}"


def said(one: Mapping[str, Any]) -> str:
    """An outcome in words."""
    if "refused" in one:
        return f"refused with {one['refused']}"
    carried = (
        f"{name} {day(value) if isinstance(value, date) else repr(value)}"
        for name, value in one.items()
        if name != "event"
    )
    return f"{one['event']}({', '.join(carried)})"


def shown(steps: Sequence[Step]) -> str:
    """Commands and their days."""
    today, lines = START, []
    for name, days in steps:
        today += timedelta(days=days)
        lines.append(f"{day(today)}: {name}")
    return "\n".join(lines)


def shown_history(steps: Sequence[Old]) -> str:
    """The stored events in words, and what is done with them."""
    events, today = history(steps)
    return "\n".join(["stored:", *map(said, events), f"then each command on {day(today)}"])


ALLOWED: tuple[list[Step], ...] = (
    [("LendBook", 0)],
    [("LendBook", 0), ("ReturnBook", 0)],
    [("LendBook", 0), ("RenewLoan", 0)],
)
REFUSED: tuple[list[Step], ...] = (
    [("RenewLoan", 0)],
    [("ReturnBook", 0)],
    [("LendBook", 0), ("LendBook", 0)],
    [("LendBook", 0), ("RenewLoan", 22)],
    [("LendBook", 0), ("RenewLoan", 0), ("RenewLoan", 0), ("RenewLoan", 0)],
)
gaps = st.sampled_from([0, 1, 7, 14, 21, 22])
lending = st.lists(st.tuples(st.sampled_from(["LendBook", "ReturnBook"]), gaps), max_size=5)
renewing = st.lists(st.tuples(st.sampled_from(COMMANDS), gaps), max_size=7)
eager = st.lists(st.sampled_from([("RenewLoan", 7), ("RenewLoan", 0)]), max_size=4)
again = eager.map(  # two loans, each renewed as often as one likes
    lambda renewals: [("LendBook", 0), *renewals, ("ReturnBook", 0), ("LendBook", 0), *renewals]
)
renewed_and_returned = st.tuples(
    st.lists(st.tuples(st.just("RenewLoan"), gaps), min_size=1, max_size=2), gaps
).map(lambda case: [("LendBook", 0), *case[0], ("ReturnBook", case[1])])
of_old = st.lists(
    st.tuples(st.sampled_from(COMMANDS), gaps, st.sampled_from([7, 28, 60])), max_size=7
)
renewed_of_old = st.integers(1, OLD_RENEWALS).map(
    lambda times: [("LendBook", 0, 28), *[("RenewLoan", 0, 28)] * times]
)

LIBRARY_LOAN = Promises(
    (
        Promise(
            "`loan` is a dict with your pieces under their names.",
            st.none(),
            lacks,
            lambda _: "the dict itself",
            max_examples=1,
        ),
        Promise(
            "`decide` begins with the state to start from, which is a value and not a class, and "
            "makes a list of events, also where it is one event.",
            st.sampled_from(ALLOWED),
            gives_no_list,
            shown,
        ),
        Promise(
            "What refuses is an error of yours that is derived from `es.DomainError`: so whoever "
            "calls knows a refusal from a fault.",
            st.sampled_from(REFUSED),
            refuses_otherwise,
            shown,
        ),
        Promise(
            "Lending and returning: a book that is lent is not lent again, and one that is at the "
            "library is not returned.",
            lending,
            outcomes(),
            shown,
        ),
        Promise(
            "What an event carries: a loan is due 21 days after today, and a book comes back as "
            "many days late as have passed since it was due, or 0.",
            lending,
            outcomes("BookLent", "BookReturned"),
            shown,
        ),
        Promise(
            "Renewing: until the day on which the book is due, that day included, and at most "
            "twice in one loan; it is due 14 days after it was due.",
            renewing | again,
            outcomes("BookLent", "LoanRenewed"),
            shown,
            max_examples=150,
        ),
        Promise(
            "A book that was renewed is late from the day on which it is due *now*: the renewal "
            "has moved it.",
            renewed_and_returned,
            outcomes(*EVENTS),
            shown,
        ),
        Promise(
            "`evolve` takes every history as it is, also one of a time with other rules: what was "
            "agreed then, the day on which it is due, is in the event.",
            of_old | renewed_of_old,
            replays_otherwise,
            shown_history,
            max_examples=100,
        ),
        Promise(
            "`decide` and `evolve` leave the state that they are given as it is.",
            renewing,
            changes,
            shown,
        ),
    ),
    plain=lambda loan: (
        not lacks(loan, None) and not outcomes(*EVENTS)(loan, [("LendBook", 0), ("ReturnBook", 7)])
    ),
)
