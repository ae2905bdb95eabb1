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
from ..slips import Trial
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


def _on_balance(trial: Trial) -> str | None:
    """A refusal, a float, or a correction that takes the place of the balance."""
    got, last = trial.got, trial.case[-1] if trial.case else None
    if got.raised and any(one.endswith(".DomainError") for one in got.raised.types):
        return (
            f"You refuse a {type(last).__name__}, and it has happened: `evolve` books it. Rules "
            "are for `decide`."
        )
    if isinstance(got.value, float):
        return "Your balance is a float. Amounts are whole cents; nothing has to be divided."
    if isinstance(last, EntryCorrected) and got.value == last.amount and not got.raised:
        return (
            f"After the correction your balance is its amount, {last.amount}, as if nothing had "
            "been there before. It is added to what is there."
        )
    return None


TESTS["evolve_balance"] = Compare(
    cases=st.lists(money_events, max_size=5),
    run=lambda evolve, events: fold(evolve, events, 0),
    says=_on_balance,
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


def _on_decision(trial: Trial) -> str | None:
    """The rule that was told, what it was told, and what would be left."""
    amount, account = trial.case
    left, limit = account.balance - amount, account.overdraft_limit
    if trial.got.raised:
        if not trial.expected.raised:
            return None
        return _on_refusal(trial.got.raised.type, trial.expected.raised.type, amount, account)
    if trial.expected.raised:
        if trial.got.value == []:
            return (
                "An empty list says that all is well and nothing follows. To refuse is to raise: "
                f"here {trial.expected.raised.type}."
            )
        if trial.expected.raised.type == "InsufficientFunds":
            return (
                f"You pay {amount} out of {account.balance}. {left} would be left, and the limit "
                f"allows {-limit} at the lowest."
            )
        return None
    match trial.got.value:
        case [Withdraw() | Deposit()]:
            return "You return a command. Asked for is the event that follows: MoneyWithdrawn."
        case [MoneyWithdrawn(paid)] if paid == left != amount:
            return f"Your event carries what is left, {left}. It says what was taken out: {amount}."
    return None


def _on_refusal(got: str, right: str, amount: int, account: Account) -> str | None:
    applies = {
        "AccountIsFrozen": account.status == "frozen",
        "AmountNotPositive": amount <= 0,
        "InsufficientFunds": amount > account.balance + account.overdraft_limit,
    }
    if got in applies and got != right:
        if applies[got]:
            return (
                f"Two rules apply here, and the first in the list is told: {right}. You check "
                f"that of {got} before it."
            )
        return f"You refuse with {got}, and here that rule does not apply; {right} does."
    name, _, told = got.partition("(")
    refusal = _refusals(amount, account).get(_CLASSES.get(name, object))
    if not told or refusal is None:
        return None
    wrong = [
        f"{key}={value!r}" for key, value in vars(refusal).items() if f"{key}={value!r}" not in told
    ]
    return f"{name} is told something wrong. Right is here: {', '.join(wrong)}."


_CLASSES: dict[str, type[Any]] = {one.__name__: one for one in REFUSALS}


TESTS["decide_withdraw"] = Compare(
    cases=st.tuples(_fifties(-1, 8), accounts),
    run=_decided,
    says=_on_decision,
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

NARROWER = type("InsufficientFundsAbroad", (InsufficientFunds,), {"__doc__": "A special case."})
NAMESAKE = type("InsufficientFunds", (DomainError,), {"__doc__": "Another class of this name."})


def _decider(when: Any) -> Decider[Any, Any, Any]:
    return PURSE if _is_purse(when) else account


def _is_purse(when: Any) -> bool:
    return isinstance(when, int)


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
    then = st.just(truth) | st.sampled_from([*THEN, DomainError, NAMESAKE, NARROWER])
    if isinstance(truth, list):  # as many, or of the same, is not the same
        then |= st.sampled_from([truth[::-1], truth * 2, truth[:1], truth[:-1], [*truth, 7]])
    return st.tuples(st.just(case[0]), st.just(case[1]), then)


def _said(case: tuple[Any, Any, Any]) -> str:
    _, when, then = case
    of = "a purse that begins with 100: " if _is_purse(when) else ""
    wanted = then.__name__ if isinstance(then, type) else repr(then)
    other = " (another class, of the same name)" if then is NAMESAKE else ""
    return f"{of}when {when!r}, then {wanted}{other}"


def _on_harness(trial: Trial) -> str | None:
    """What the decider did, what was expected of it, and what the harness made of both."""
    given, when, then = trial.case
    if trial.got.raised or type(trial.got.value) is not bool:
        return None
    did, says = _truth(given, when), trial.got.value
    if isinstance(did, type) and isinstance(then, type):
        return (
            f"{did.__name__} came and {then.__name__} was expected{_other(then)}: you say {says}."
        )
    if isinstance(did, type):
        return f"{did.__name__} came and events were expected: you say {says}."
    if isinstance(then, type):
        return f"Events came and the refusal {then.__name__} was expected: you say {says}."
    whose = " (of a purse, which is another decider than the account)" if _is_purse(when) else ""
    return f"{did} came and {then} was expected{whose}: you say {says}."


def _other(then: Any) -> str:
    if then is NAMESAKE:
        return ", another class of the same name"
    return ", a narrower class" if then is NARROWER else ""


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
    says=_on_harness,
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


def _on_balances(trial: Trial) -> str | None:
    """Rows that are too many, columns that nobody asked for, a balance that is NULL."""
    if trial.got.raised:
        return None
    rows = [tuple(row) for row in trial.got.value]
    if any(len(row) != 2 for row in rows):
        return f"Your rows have {len(rows[0])} columns; two are asked for."
    names = [name for name, _ in rows]
    if twice := [name for name in names if names.count(name) > 1]:
        return (
            f"{twice[0]} has {names.count(twice[0])} rows. One for each account is asked for: "
            "`GROUP BY stream_id` alone, and no window."
        )
    if empty := [name for name, balance in rows if balance is None]:
        return (
            f"The balance of {empty[0]} is NULL: where one side of a sum or a difference is NULL, "
            "all of it is. `coalesce(..., 0)` around each side."
        )
    return None


TESTS["sql_balances"] = Compare(
    cases=bank_rows,
    run=sql_rows,
    says=_on_balances,
    examples=(
        [
            _row(("account-1", "AccountOpened", 0)),
            _row(("account-1", "MoneyDeposited", 300)),
            _row(("account-1", "MoneyWithdrawn", 100)),
            _row(("account-2", "AccountOpened", 0)),
            _row(("account-2", "MoneyDeposited", 50)),
        ],
        [_row(("account-1", "MoneyDeposited", 100)), _row(("account-1", "MoneyWithdrawn", 100))],
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


CUSTOMERS = ("MoneyDeposited", "MoneyWithdrawn")
# The last two look like these, and are not.
ACTIVITY_TYPES = (*CUSTOMERS, "FeeCharged", "AccountFrozen", "MoneyReserved", "OfferWithdrawn")
hours = st.integers(0, 5)
activities = st.lists(
    st.tuples(st.sampled_from(ACTIVITY_TYPES), st.integers(100, 500), hours, hours), max_size=6
).map(history)  # no amount can be taken for a count


def _on_activity(trial: Trial) -> str | None:
    """What the last event did to the state, and should not have done, or the other way round."""
    if not trial.case:
        return None
    kind = trial.case[-1].type
    if trial.got.raised:
        if kind in CUSTOMERS or trial.got.raised.type in ("NameError", "KeyError"):
            return None
        return (
            f"Your code raises {trial.got.raised.type} at a {kind}. This fold only reads: what it "
            "does not need it passes over, and gives the state back."
        )
    (*_, before, right), got = trial.expected.value, trial.got.value[-1]
    if not isinstance(got, dict) or got.keys() != right.keys():
        return None
    if got["withdrawals"] != right["withdrawals"]:
        return (
            f"`withdrawals` counts events: {right['withdrawals']} MoneyWithdrawn came, and yours "
            f"is {got['withdrawals']}."
        )
    mine, its = got["last_activity"], right["last_activity"]
    if mine == its or not isinstance(mine, datetime | None):
        return None
    if kind not in CUSTOMERS:
        return f"A {kind} moved your `last_activity`, and no customer moved money with it."
    if mine == before["last_activity"]:
        return f"A {kind} did not move your `last_activity`, and the customer moved money then."
    return f"You keep {hour(mine)}; the latest moment so far is {hour(its)}." if mine else None


TESTS["evolve_activity"] = Compare(
    cases=activities,
    run=_states({"withdrawals": 0, "last_activity": None}),
    says=_on_activity,
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


def _on_holds(trial: Trial) -> str | None:
    """What the last event did to the holds, to the states before it, or to the whole state."""
    _, events = trial.case
    if not events:
        return None
    last = f"the {'placing' if events[-1].type == 'HoldPlaced' else 'release'} of a hold"
    if trial.got.raised:
        if trial.expected.value[-1] != trial.expected.value[-2]:
            return None
        return (
            f"Your code raises {trial.got.raised.type} at {last} that is not open. It has "
            "happened, and changes nothing: give the state back as it is."
        )
    (*before, right), (*earlier, got) = trial.expected.value, trial.got.value
    if before != earlier:
        return (
            f"{last[:1].upper()}{last[1:]} changed a state from before it. Both dicts have to be "
            "copied before anything in them is changed."
        )
    if got is None:
        return f"Your function returns None at {last}. Each event gives the next state."
    if not isinstance(got, dict) or "holds" not in got:
        return "You return something else than the whole state, which has `owner` and `holds`."
    mine, holds = got["holds"], right["holds"]
    if not isinstance(mine, dict) or got.get("owner") != right["owner"]:
        return None
    if stray := sorted(set(mine) - {event.data["hold"] for event in events}):
        return (
            f"{stray[0]!r} is among your holds, and no event here names it. Your code keeps "
            "something between one history and another."
        )
    if gone := sorted(holds.keys() - mine.keys()):
        return f"{gone[0]!r} is open here, and {last} leaves it out of your holds."
    if more := sorted(mine.keys() - holds.keys()):
        return f"{more[0]!r} is not open here, and is among your holds after {last}."
    return None


TESTS["open_holds"] = Compare(
    cases=st.tuples(
        st.sampled_from(["Ada", "Marta"]),
        st.lists(
            st.tuples(st.booleans(), st.sampled_from(["hotel", "car"]), amounts).map(_hold),
            max_size=5,
        ),
    ),
    run=_states_of,
    says=_on_holds,
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
