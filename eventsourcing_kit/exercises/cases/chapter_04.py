"""Cases of chapter 4: evolve, decide, a test in given/when/then, and folds of richer state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

import hypothesis.strategies as st

from ...banking import account
from ...banking.account import Account
from ...banking.commands import Deposit, Withdraw
from ...banking.errors import (
    AccountIsFrozen,
    AccountNotOpen,
    AmountNotPositive,
    InsufficientFunds,
)
from ...banking.events import (
    AccountEvent,
    AccountFrozen,
    AccountOpened,
    EntryCorrected,
    FeeCharged,
    MoneyDeposited,
    MoneyWithdrawn,
)
from ...codec import EventTypes
from ...decider import Decider, fold
from ...errors import DomainError
from ...event import NewEvent
from .. import Compare, Test, from_pages, sql_rows
from ..histories import amounts, dated, history, hour
from ..show import show_value
from .library_loan import LIBRARY_LOAN

TESTS: dict[str, Test] = {}

eur = st.just("EUR")


@dataclass(frozen=True)
class AmountReserved:
    """A type that came later: it has an amount, and moves no money."""

    amount: int
    currency: str


money_events = st.one_of(
    st.builds(MoneyDeposited, amounts, eur),
    st.builds(MoneyWithdrawn, amounts, eur),
    st.builds(FeeCharged, amounts, eur, st.just("card")),
    st.builds(
        EntryCorrected,
        st.integers(-500, 500).filter(bool),
        eur,
        st.just("wrong entry"),
        st.just("an event_id"),
    ),
    st.builds(AccountFrozen, st.just("card stolen")),
    st.builds(AmountReserved, amounts, eur),
)

TESTS["evolve_balance"] = Compare(
    cases=st.lists(money_events, max_size=5),
    run=lambda evolve, events: fold(evolve, events, 0),
    examples=([], [MoneyDeposited(300, "EUR"), MoneyWithdrawn(100, "EUR")]),
)


def _fifties(least: int, most: int) -> st.SearchStrategy[int]:
    """Amounts in steps of fifty: often the limit is met exactly."""
    return st.integers(least, most).map(lambda n: 50 * n)


accounts = st.builds(
    Account,
    status=st.sampled_from(["open", "frozen"]),
    owner=st.just("Ada"),
    currency=st.sampled_from(["EUR", "SEK"]),
    overdraft_limit=_fifties(0, 2),
    balance=_fifties(-4, 5),  # below the limit, where it was lowered
)


@dataclass(frozen=True)
class Tuple:
    """Events that came in a tuple where a list was asked for."""

    events: tuple[Any, ...]


REFUSALS = (AccountIsFrozen, AmountNotPositive, InsufficientFunds)


def _decided(answer: Any, case: tuple[int, Account]) -> Any:
    """What follows. A refusal that is not the bank's, or is told something wrong, is another."""
    amount, account = case
    try:
        events = answer(amount, account)
    except DomainError as refusal:
        kind, right = type(refusal), vars(_refusals(amount, account).get(type(refusal)) or refusal)
        if kind not in REFUSALS and kind.__name__ in {one.__name__ for one in REFUSALS}:
            raise _named(f"your own {kind.__name__}") from refusal
        if vars(refusal) != right:
            told = ", ".join(f"{name}={value!r}" for name, value in vars(refusal).items())
            raise _named(f"{kind.__name__}({told})") from refusal
        raise
    return Tuple(events) if isinstance(events, tuple) else events


def _refusals(amount: int, account: Account) -> dict[type[Any], DomainError]:
    """The refusals that are told something, as they should be."""
    limit, currency = account.overdraft_limit, account.currency
    funds = InsufficientFunds(account.balance, limit, amount, currency)
    return {AmountNotPositive: AmountNotPositive(amount, currency), InsufficientFunds: funds}


def _named(name: str) -> Exception:
    """An exception whose class has this name: that is what a learner is shown of it."""
    kind: type[Exception] = type(name, (Exception,), {})
    return kind()


TESTS["decide_withdraw"] = Compare(
    cases=st.tuples(_fifties(-1, 8), accounts),
    run=_decided,
    examples=(
        (100, Account("open", "Ada", "EUR", 0, 300)),
        (400, Account("open", "Ada", "EUR", 0, 300)),
    ),
    context=lambda case: (
        f"withdraw {case[0]} from an account that is {case[1].status}, holds {case[1].balance} "
        f"and has an overdraft limit of {case[1].overdraft_limit}, in {case[1].currency}"
    ),
)

OPENED = AccountOpened("Ada", "EUR")
GIVEN: list[list[AccountEvent]] = [
    [],
    [OPENED],
    [OPENED, MoneyDeposited(100, "EUR")],
    [OPENED, MoneyDeposited(100, "EUR"), AccountFrozen("card stolen")],
]
WHEN = [Deposit(50, "EUR"), Withdraw(50, "EUR"), Withdraw(100, "EUR"), Withdraw(150, "EUR")]
THEN: list[Any] = [
    [MoneyDeposited(50, "EUR")],
    [MoneyWithdrawn(50, "EUR")],
    [MoneyWithdrawn(100, "EUR")],
    AccountNotOpen,
    AccountIsFrozen,
    InsufficientFunds,
]


class PurseIsTorn(DomainError):
    """What the purse's `evolve` raises: nobody asked it, so it is no refusal."""


def _spend(amount: int, left: int) -> list[int]:
    if amount == 0:
        raise ZeroDivisionError  # the purse has a fault of its own
    if amount > left:
        raise InsufficientFunds(left, 0, amount, "EUR")
    coins = [20, 10] if amount == 30 else [amount]
    return [] if amount < 0 else coins


def _left(left: int, spent: int) -> int:
    if spent > left:
        raise PurseIsTorn
    return left - spent


PURSE: Decider[int, int, int] = Decider(_spend, _left, 100, lambda left: False, EventTypes([]))
"""Another decider: a purse that begins with 100, whose commands and events are amounts."""

NAMESAKE = type("InsufficientFunds", (DomainError,), {"__doc__": "Another class of this name."})


def _decider(when: Any) -> Decider[Any, Any, Any]:
    return PURSE if isinstance(when, int) else account


def _truth(given: list[Any], when: Any) -> Any:
    """What the decider does: the events that follow, or the class of the refusal."""
    decider = _decider(when)
    try:
        return decider.decide(when, fold(decider.evolve, given, decider.initial_state))
    except (DomainError, ZeroDivisionError) as error:
        return type(error)


def _tried(answer: Any, case: tuple[Any, Any, Any]) -> Any:
    """What the harness says, and whether it lets the decider's own fault through."""
    try:
        return answer(_decider(case[1]), *case)
    except (ZeroDivisionError, PurseIsTorn):
        return "the fault came through"


def _with_then(case: tuple[Any, Any]) -> st.SearchStrategy[tuple[Any, Any, Any]]:
    """The case with what is expected: what is true, or anything."""
    truth = _truth(*case)
    then = st.just(truth) | st.sampled_from([*THEN, DomainError, NAMESAKE])
    if isinstance(truth, list):  # as many, or of the same, is not the same
        then |= st.sampled_from([truth[::-1], truth * 2, truth[:1], truth[:-1], [*truth, 7]])
    return st.tuples(st.just(case[0]), st.just(case[1]), then)


def _said(case: tuple[Any, Any, Any]) -> str:
    _, when, then = case
    of = "a purse that begins with 100: " if isinstance(when, int) else ""
    wanted = then.__name__ if isinstance(then, type) else repr(then)
    other = " (another class, of the same name)" if then is NAMESAKE else ""
    return f"{of}when {when!r}, then {wanted}{other}"


TESTS["given_when_then"] = Compare(
    cases=st.one_of(
        st.tuples(st.sampled_from(GIVEN), st.sampled_from(WHEN)),
        st.tuples(st.sampled_from([[], [80], [120]]), st.sampled_from([20, 30, 50, 0, -5])),
    ).flatmap(_with_then),
    run=_tried,
    examples=(
        (GIVEN[2], Withdraw(50, "EUR"), [MoneyWithdrawn(50, "EUR")]),
        (GIVEN[2], Withdraw(50, "EUR"), [MoneyWithdrawn(100, "EUR")]),
        (GIVEN[1], Withdraw(50, "EUR"), InsufficientFunds),
    ),
    events=lambda case: case[0],
    context=_said,
)


def _row(row: tuple[str, str, int]) -> tuple[str, NewEvent]:
    stream_id, kind, amount = row
    if kind == "AccountOpened":
        return stream_id, NewEvent(kind, {"owner": "Ada", "currency": "EUR"})
    return stream_id, NewEvent(kind, {"amount": amount, "currency": "EUR"})


bank_rows = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["account-1", "account-2"]),
            st.sampled_from(["AccountOpened", "MoneyDeposited", "MoneyWithdrawn"]),
            amounts | st.just(100),  # so that an account often comes out even
        ),
        st.tuples(
            st.sampled_from(["account-1", "account-2"]),
            st.just("EntryCorrected"),
            st.integers(-500, 500).filter(bool),
        ),
    ).map(_row),
    max_size=5,
)

TESTS["sql_balances"] = Compare(
    cases=bank_rows,
    run=sql_rows,
    examples=(
        [
            _row(("account-1", "AccountOpened", 0)),
            _row(("account-1", "MoneyDeposited", 300)),
            _row(("account-1", "MoneyWithdrawn", 100)),
            _row(("account-2", "AccountOpened", 0)),
            _row(("account-2", "MoneyDeposited", 50)),
        ],
    ),
    max_examples=40,
    events=lambda rows: rows,
)


def _show_activity(value: Any) -> str:
    if isinstance(value, dict):
        return show_value(
            {key: hour(one) if isinstance(one, datetime) else one for key, one in value.items()}
        )
    return show_value(value)


def _states(start: dict[str, Any]) -> Callable[[Any, Sequence[Any]], list[Any]]:
    """Runs that keep the state before the first event and after each."""
    return lambda evolve, events: list(accumulate(events, evolve, initial=deepcopy(start)))


def _show_activities(states: Any) -> str:
    return "\n".join(map(_show_activity, states)) if isinstance(states, list) else repr(states)


ACTIVITY_TYPES = ("MoneyDeposited", "MoneyWithdrawn", "FeeCharged", "AccountFrozen", "CardRenewed")
hours = st.integers(0, 5)
activities = st.lists(
    st.tuples(st.sampled_from(ACTIVITY_TYPES), st.integers(100, 500), hours, hours), max_size=6
).map(history)  # no amount can be taken for a count

TESTS["evolve_activity"] = Compare(
    cases=activities,
    run=_states({"withdrawals": 0, "last_activity": None}),
    examples=(
        [],
        history([("MoneyDeposited", 300, 0, 0), ("MoneyWithdrawn", 100, 2, 0)]),
    ),
    events=lambda events: dated(events, ("amount", "currency")),
    show=_show_activities,
)


def _hold(row: tuple[bool, str, int]) -> NewEvent:
    placed, hold, amount = row
    if placed:
        return NewEvent("HoldPlaced", {"hold": hold, "amount": amount})
    return NewEvent("HoldReleased", {"hold": hold})


def _states_of(evolve: Any, case: tuple[str, list[NewEvent]]) -> list[Any]:
    owner, events = case
    return _states({"owner": owner, "holds": {}})(evolve, events)


TESTS["open_holds"] = Compare(
    cases=st.tuples(
        st.sampled_from(["Ada", "Marta"]),
        st.lists(
            st.tuples(st.booleans(), st.sampled_from(["hotel", "car"]), amounts).map(_hold),
            max_size=5,
        ),
    ),
    run=_states_of,
    examples=(
        ("Ada", []),
        (
            "Ada",
            [_hold((True, "hotel", 200)), _hold((True, "car", 300)), _hold((False, "hotel", 0))],
        ),
    ),
    events=lambda case: case[1],
    context=lambda case: f"an account of {case[0]}",
)

# --- a thing from an empty cell -------------------------------------------------------------------

TESTS["library_loan"] = LIBRARY_LOAN

CHAPTER = from_pages(4, "Aggregates and replay", __name__, TESTS)
