"""Exercises of chapter 4: evolve, decide, a test in given/when/then, and folds of richer state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from typing import Any

import hypothesis.strategies as st

from ..banking import account
from ..banking.account import Account
from ..banking.commands import Deposit, Withdraw
from ..banking.errors import AccountIsFrozen, AccountNotOpen, InsufficientFunds
from ..banking.events import (
    AccountEvent,
    AccountFrozen,
    AccountOpened,
    EntryCorrected,
    FeeCharged,
    MoneyDeposited,
    MoneyWithdrawn,
)
from ..codec import EventTypes
from ..decider import Decider, fold
from ..errors import DomainError
from ..event import NewEvent, RecordedEvent
from .chapter import Chapter
from .compare import Compare
from .exercise import Exercise, Wrong
from .histories import amounts, histories, history
from .show import show_value
from .sql import sql_rows

eur = st.just("EUR")
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
)

evolve_balance = Exercise(
    name="evolve_balance",
    title="Fold the balance",
    minutes=4,
    prompt="""Write `evolve(balance, event)`: the balance in cents after the event. The state is
just a number here. The events are the bank's own classes in `es.banking`:

| event | what it does to the balance |
| --- | --- |
| `MoneyDeposited(amount, ...)` | adds the amount |
| `MoneyWithdrawn(amount, ...)`, `FeeCharged(amount, ...)` | take it away |
| `EntryCorrected(amount, ...)` | the amount has its own sign: −490 takes 4.90 away |
| anything else, such as `AccountFrozen` | nothing |

Transfers and interest are left out here. The check folds whole histories with it, from 0:
`es.fold(evolve, events, 0)`.""",
    answer="evolve",
    stub="""def evolve(balance, event):
    return ...""",
    hints=(
        "`match event:` with one `case` for each effect. Two classes can share a case: `case A() "
        "| B():`.",
        "Which value has to come back for an event that is not about money? The fold goes on with"
        " it.",
        "`case es.banking.MoneyDeposited() | es.banking.EntryCorrected():` and then "
        "`event.amount`.",
    ),
    reference="""def evolve(balance, event):
    match event:
        case es.banking.MoneyDeposited() | es.banking.EntryCorrected():
            return balance + event.amount
        case es.banking.MoneyWithdrawn() | es.banking.FeeCharged():
            return balance - event.amount
        case _:
            return balance""",
    why="""The type says which way the money went; only a correction carries its own sign. An event
that does not concern this state gives the state back unchanged: every `evolve` needs that branch,
for new types will come.""",
    wrong_answers=(
        Wrong(
            "You added the withdrawal. Amounts are positive; the type says which way the money "
            "went.",
            """def evolve(balance, event):
    match event:
        case es.banking.AccountFrozen():
            return balance
        case es.banking.FeeCharged():
            return balance - event.amount
        case _:
            return balance + event.amount""",
        ),
        Wrong(
            "You forgot the fee. It takes money away as well, and your last branch let it pass.",
            """def evolve(balance, event):
    match event:
        case es.banking.MoneyDeposited() | es.banking.EntryCorrected():
            return balance + event.amount
        case es.banking.MoneyWithdrawn():
            return balance - event.amount
        case _:
            return balance""",
        ),
        Wrong(
            "For an event that is not about money your function returns nothing, so the next step "
            "starts from None. An event that changes nothing gives the same balance back.",
            """def evolve(balance, event):
    match event:
        case es.banking.MoneyDeposited() | es.banking.EntryCorrected():
            return balance + event.amount
        case es.banking.MoneyWithdrawn() | es.banking.FeeCharged():
            return balance - event.amount""",
        ),
        Wrong(
            "You took every correction away from the balance. A correction has its own sign: add "
            "it, and a negative one lowers the balance by itself.",
            """def evolve(balance, event):
    match event:
        case es.banking.MoneyDeposited():
            return balance + event.amount
        case es.banking.AccountFrozen():
            return balance
        case _:
            return balance - event.amount""",
        ),
        Wrong(
            "You gave the change that the event makes, not the balance after it. What came before "
            "is lost: evolve returns the whole next state.",
            """def evolve(balance, event):
    match event:
        case es.banking.MoneyDeposited() | es.banking.EntryCorrected():
            return event.amount
        case es.banking.MoneyWithdrawn() | es.banking.FeeCharged():
            return -event.amount
        case _:
            return balance""",
        ),
    ),
    test=Compare(
        cases=st.lists(money_events, max_size=5),
        run=lambda evolve, events: fold(evolve, events, 0),
        examples=([], [MoneyDeposited(300, "EUR"), MoneyWithdrawn(100, "EUR")]),
    ),
)


def _fifties(least: int, most: int) -> st.SearchStrategy[int]:
    """Amounts in steps of fifty: often the limit is met exactly."""
    return st.integers(least, most).map(lambda n: 50 * n)


accounts = st.builds(
    Account,
    status=st.sampled_from(["open", "frozen"]),
    owner=st.just("Ada"),
    currency=eur,
    overdraft_limit=_fifties(0, 2),
    balance=_fifties(0, 5),
)

decide_withdraw = Exercise(
    name="decide_withdraw",
    title="Decide a withdrawal",
    minutes=6,
    prompt="""Write `decide_withdraw(amount, account)`. `account` is an `es.banking.Account` with
`status` ("open" or "frozen"), `balance`, `overdraft_limit` (how far below zero the balance may
go, as a positive amount) and `currency`; amounts in cents. Return the list of events that follow:
one `es.banking.MoneyWithdrawn(amount, currency)`. Or refuse, by the first of these that applies
(the errors are in `es.banking.errors`):

1. a frozen account: raise `AccountIsFrozen()`
2. an amount that is not above zero: raise `AmountNotPositive(amount, currency)`
3. a balance that would fall below the limit:
   raise `InsufficientFunds(balance, overdraft_limit, amount, currency)`""",
    answer="decide_withdraw",
    stub="""def decide_withdraw(amount, account):
    return ...""",
    hints=(
        "Three `if`s, each of which raises, and then one `return` with a list.",
        "The most that can be withdrawn is the balance and the overdraft limit together. Exactly "
        "that much is allowed.",
        "`if amount > account.balance + account.overdraft_limit:`",
    ),
    reference="""def decide_withdraw(amount, account):
    errors = es.banking.errors
    if account.status == "frozen":
        raise errors.AccountIsFrozen
    if amount <= 0:
        raise errors.AmountNotPositive(amount, account.currency)
    if amount > account.balance + account.overdraft_limit:
        raise errors.InsufficientFunds(
            account.balance, account.overdraft_limit, amount, account.currency
        )
    return [es.banking.MoneyWithdrawn(amount, account.currency)]""",
    why="""`decide` says no by raising, and yes by returning facts. It does not touch the account:
the balance changes when `evolve` books the event.""",
    wrong_answers=(
        Wrong(
            "You left out the overdraft: the balance may go below zero, down to the limit.",
            """def decide_withdraw(amount, account):
    errors = es.banking.errors
    if account.status == "frozen":
        raise errors.AccountIsFrozen
    if amount <= 0:
        raise errors.AmountNotPositive(amount, account.currency)
    if amount > account.balance:
        raise errors.InsufficientFunds(account.balance, 0, amount, account.currency)
    return [es.banking.MoneyWithdrawn(amount, account.currency)]""",
        ),
        Wrong(
            "You refuse to pay out exactly what is available. The limit itself is still allowed.",
            """def decide_withdraw(amount, account):
    errors = es.banking.errors
    if account.status == "frozen":
        raise errors.AccountIsFrozen
    if amount <= 0:
        raise errors.AmountNotPositive(amount, account.currency)
    if amount >= account.balance + account.overdraft_limit:
        raise errors.InsufficientFunds(
            account.balance, account.overdraft_limit, amount, account.currency
        )
    return [es.banking.MoneyWithdrawn(amount, account.currency)]""",
        ),
        Wrong(
            "You let a frozen account pay. Its status has to be asked before anything else.",
            """def decide_withdraw(amount, account):
    errors = es.banking.errors
    if amount <= 0:
        raise errors.AmountNotPositive(amount, account.currency)
    if amount > account.balance + account.overdraft_limit:
        raise errors.InsufficientFunds(
            account.balance, account.overdraft_limit, amount, account.currency
        )
    return [es.banking.MoneyWithdrawn(amount, account.currency)]""",
        ),
        Wrong(
            "You let an amount of zero or less pass. A withdrawal of −50.00 makes the customer "
            "50.00 richer.",
            """def decide_withdraw(amount, account):
    errors = es.banking.errors
    if account.status == "frozen":
        raise errors.AccountIsFrozen
    if amount > account.balance + account.overdraft_limit:
        raise errors.InsufficientFunds(
            account.balance, account.overdraft_limit, amount, account.currency
        )
    return [es.banking.MoneyWithdrawn(amount, account.currency)]""",
        ),
        Wrong(
            "You return the new balance. That is the work of evolve: decide returns the events "
            "that follow, in a list.",
            """def decide_withdraw(amount, account):
    errors = es.banking.errors
    if account.status == "frozen":
        raise errors.AccountIsFrozen
    if amount <= 0:
        raise errors.AmountNotPositive(amount, account.currency)
    if amount > account.balance + account.overdraft_limit:
        raise errors.InsufficientFunds(
            account.balance, account.overdraft_limit, amount, account.currency
        )
    return account.balance - amount""",
        ),
    ),
    test=Compare(
        cases=st.tuples(_fifties(-1, 8), accounts),
        run=lambda decide, case: decide(*case),
        examples=(
            (100, Account("open", "Ada", "EUR", 0, 300)),
            (400, Account("open", "Ada", "EUR", 0, 300)),
        ),
        context=lambda case: (
            f"withdraw {case[0]} from an account that is {case[1].status}, holds {case[1].balance} "
            f"and has an overdraft limit of {case[1].overdraft_limit}"
        ),
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


def _spend(amount: int, left: int) -> list[int]:
    if amount == 0:
        raise ZeroDivisionError  # the purse has a fault of its own
    if amount > left:
        raise InsufficientFunds(left, 0, amount, "EUR")
    return [amount]


PURSE: Decider[int, int, int] = Decider(
    _spend, lambda left, spent: left - spent, 100, lambda left: False, EventTypes([])
)
"""Another decider: a purse that begins with 100, whose commands and events are amounts."""


def _decider(when: Any) -> Decider[Any, Any, Any]:
    return PURSE if isinstance(when, int) else account


def _truth(given: list[Any], when: Any) -> Any:
    """What the decider does: the events that follow, or the class of the refusal."""
    decider = _decider(when)
    try:
        return decider.decide(when, fold(decider.evolve, given, decider.initial_state))
    except DomainError as refusal:
        return type(refusal)
    except ZeroDivisionError as fault:
        return type(fault)


def _tried(answer: Any, case: tuple[Any, Any, Any]) -> Any:
    """What the harness says, and whether it lets the decider's own fault through."""
    try:
        return answer(_decider(case[1]), *case)
    except ZeroDivisionError:
        return "the fault came through"


def _with_then(case: tuple[Any, Any]) -> st.SearchStrategy[tuple[Any, Any, Any]]:
    """The case with what is expected: what is true, or anything."""
    then = st.just(_truth(*case)) | st.sampled_from([*THEN, DomainError])
    return st.tuples(st.just(case[0]), st.just(case[1]), then)


def _said(case: tuple[Any, Any, Any]) -> str:
    _, when, then = case
    of = "a purse that begins with 100: " if isinstance(when, int) else ""
    return f"{of}when {when!r}, then {then.__name__ if isinstance(then, type) else repr(then)}"


given_when_then = Exercise(
    name="given_when_then",
    title="Given, when, then",
    minutes=7,
    prompt="""Write `given_when_then(decider, given, when, then)`: `True` if the decider does as
expected, else `False`.

- `decider` has `decide(command, state)`, `evolve(state, event)` and `initial_state`, as
  `es.banking.account` does. It is tried on another decider, too.
- `given` is a list of events, the history; `when` is a command.
- `then` is either the list of events that is expected, or exactly the class of the
  `es.DomainError` with which the command should be refused.
- Any other error is a fault of the decider: let it through.

For example, this is `True`: nobody has opened the account.

```python
deposit = es.banking.Deposit(50, "EUR")
given_when_then(es.banking.account, [], deposit, es.banking.errors.AccountNotOpen)
```""",
    answer="given_when_then",
    stub="""def given_when_then(decider, given, when, then):
    return ...""",
    hints=(
        "First make the state from `given`, with `es.fold`. Then decide, ready to catch "
        "`es.DomainError`.",
        "Two ways out: events came back (are they those expected?), or a refusal came (is it of "
        "that class?).",
        "In the `except` branch: `type(refusal) is then`.",
    ),
    reference="""def given_when_then(decider, given, when, then):
    state = es.fold(decider.evolve, given, decider.initial_state)
    try:
        return decider.decide(when, state) == then
    except es.DomainError as refusal:
        return type(refusal) is then""",
    why="""A list of events never equals a class, so each way out needs one comparison. A harness is
worth as much as the wrong deciders that it catches: try yours on a decider that you broke on
purpose.""",
    wrong_answers=(
        Wrong(
            "You did not fold `given`: the command met an account without a history.",
            """def given_when_then(decider, given, when, then):
    try:
        return decider.decide(when, decider.initial_state) == then
    except es.DomainError as refusal:
        return type(refusal) is then""",
        ),
        Wrong(
            "You took any refusal for the expected one. An account that is frozen is refused for "
            "another reason than one that is empty: compare the class.",
            """def given_when_then(decider, given, when, then):
    state = es.fold(decider.evolve, given, decider.initial_state)
    try:
        return decider.decide(when, state) == then
    except es.DomainError:
        return isinstance(then, type)""",
        ),
        Wrong(
            "A refusal was expected, events came, and your test passes. A test that waits for an "
            "error has to fail when none is raised.",
            """def given_when_then(decider, given, when, then):
    state = es.fold(decider.evolve, given, decider.initial_state)
    try:
        events = decider.decide(when, state)
    except es.DomainError as refusal:
        return type(refusal) is then
    return isinstance(then, type) or events == then""",
        ),
        Wrong(
            "You began with an empty account, whatever the decider is. Another one begins with "
            "another state: `decider.initial_state`.",
            """def given_when_then(decider, given, when, then):
    state = es.fold(decider.evolve, given, es.banking.account.initial_state)
    try:
        return decider.decide(when, state) == then
    except es.DomainError as refusal:
        return type(refusal) is then""",
        ),
        Wrong(
            "You took a refusal for one of a wider class. InsufficientFunds is a DomainError, too, "
            "but exactly the class was asked for: `type(refusal) is then`.",
            """def given_when_then(decider, given, when, then):
    state = es.fold(decider.evolve, given, decider.initial_state)
    try:
        return decider.decide(when, state) == then
    except es.DomainError as refusal:
        return isinstance(then, type) and isinstance(refusal, then)""",
        ),
        Wrong(
            "You caught every error. A decider that breaks, with a KeyError say, has not refused: "
            "its fault has to be seen, not counted as an outcome.",
            """def given_when_then(decider, given, when, then):
    state = es.fold(decider.evolve, given, decider.initial_state)
    try:
        return decider.decide(when, state) == then
    except Exception as refusal:
        return type(refusal) is then""",
        ),
        Wrong(
            "You compared the types of the events only. A withdrawal of 100 is not one of 50.",
            """def given_when_then(decider, given, when, then):
    state = es.fold(decider.evolve, given, decider.initial_state)
    try:
        events = decider.decide(when, state)
    except es.DomainError as refusal:
        return type(refusal) is then
    if isinstance(then, type):
        return False
    return [type(event) for event in events] == [type(event) for event in then]""",
        ),
    ),
    test=Compare(
        cases=st.one_of(
            st.tuples(st.sampled_from(GIVEN), st.sampled_from(WHEN)),
            st.tuples(st.sampled_from([[], [80]]), st.sampled_from([20, 50, 0])),
        ).flatmap(_with_then),
        run=_tried,
        examples=(
            (GIVEN[2], Withdraw(50, "EUR"), [MoneyWithdrawn(50, "EUR")]),
            (GIVEN[1], Withdraw(50, "EUR"), InsufficientFunds),
        ),
        events=lambda case: case[0],
        context=_said,
    ),
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
            amounts,
        ),
        st.tuples(
            st.sampled_from(["account-1", "account-2"]),
            st.just("EntryCorrected"),
            st.integers(-500, 500).filter(bool),
        ),
    ).map(_row),
    max_size=5,
)

sql_balances = Exercise(
    name="sql_balances",
    title="The fold as GROUP BY",
    minutes=7,
    prompt="""Write a SQL query over the table `events`: one row for **each** account, with its
`stream_id` and its balance in cents, ordered by `stream_id`. An account on which no
money has moved yet has the balance 0.

The types are `AccountOpened` (it has no amount: `data.amount::BIGINT` is NULL there),
`MoneyDeposited`, `MoneyWithdrawn` and `EntryCorrected`, whose amount has its own sign.""",
    answer="query",
    stub='''query = """
...
"""''',
    hints=(
        "`SELECT stream_id, sum(...)` and `GROUP BY stream_id`. Which of the types takes money "
        "away?",
        "`CASE WHEN type = 'MoneyWithdrawn' THEN ... ELSE ... END` gives each amount its sign.",
        "`sum` skips NULLs, and the sum of nothing but NULLs is NULL. `coalesce(x, 0)` makes that"
        " a 0.",
    ),
    reference='''query = """
SELECT
    stream_id,
    coalesce(
        sum(
            CASE
                WHEN type = 'MoneyWithdrawn' THEN -data.amount::BIGINT
                ELSE data.amount::BIGINT
            END
        ),
        0
    )::BIGINT AS balance
FROM events
GROUP BY stream_id
ORDER BY stream_id
"""''',
    why="""In Python the fold starts from 0, so an account without a movement holds 0. SQL's `sum`
has no start value: it gives NULL where there is nothing to add, and `coalesce` puts the 0 back.
Leaving the other events out with WHERE would lose the account altogether.""",
    wrong_answers=(
        Wrong(
            "An account that was opened and never moved money has no row. WHERE throws its only "
            "event away before the groups are made.",
            '''query = """
SELECT
    stream_id,
    sum(
        CASE WHEN type = 'MoneyWithdrawn' THEN -data.amount::BIGINT ELSE data.amount::BIGINT END
    )::BIGINT AS balance
FROM events
WHERE type != 'AccountOpened'
GROUP BY stream_id
ORDER BY stream_id
"""''',
        ),
        Wrong(
            "An account that never moved money has the balance NULL. The sum of no numbers is NULL "
            "in SQL, where the fold in Python starts from 0.",
            '''query = """
SELECT
    stream_id,
    sum(
        CASE WHEN type = 'MoneyWithdrawn' THEN -data.amount::BIGINT ELSE data.amount::BIGINT END
    )::BIGINT AS balance
FROM events
GROUP BY stream_id
ORDER BY stream_id
"""''',
        ),
        Wrong(
            "You forgot the corrections: ELSE 0 drops every type that you did not name.",
            '''query = """
SELECT
    stream_id,
    sum(
        CASE
            WHEN type = 'MoneyDeposited' THEN data.amount::BIGINT
            WHEN type = 'MoneyWithdrawn' THEN -data.amount::BIGINT
            ELSE 0
        END
    )::BIGINT AS balance
FROM events
GROUP BY stream_id
ORDER BY stream_id
"""''',
        ),
        Wrong(
            "You added the withdrawals. Their amounts are positive: the type has to give the sign.",
            '''query = """
SELECT stream_id, coalesce(sum(data.amount::BIGINT), 0)::BIGINT AS balance
FROM events
GROUP BY stream_id
ORDER BY stream_id
"""''',
        ),
    ),
    test=Compare(
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
    ),
)


def _hour(moment: datetime) -> str:
    return f"{moment:%d %b %H:%M}"


def _dated(events: Sequence[RecordedEvent]) -> list[dict[str, str]]:
    """Events with their two times, for a table."""
    return [
        {
            "type": event.type,
            "occurred_at": _hour(event.occurred_at),
            "recorded_at": _hour(event.recorded_at),
        }
        for event in events
    ]


def _show_activity(value: Any) -> str:
    if isinstance(value, dict):
        return show_value(
            {key: _hour(one) if isinstance(one, datetime) else one for key, one in value.items()}
        )
    return show_value(value)


def _activities(evolve: Any, events: Sequence[RecordedEvent]) -> list[Any]:
    """The state before the first event and after each, all of them kept."""
    start: dict[str, Any] = {"withdrawals": 0, "last_activity": None}
    return list(accumulate(events, evolve, initial=start))


def _show_activities(states: Any) -> str:
    return "\n".join(map(_show_activity, states)) if isinstance(states, list) else repr(states)


evolve_activity = Exercise(
    name="evolve_activity",
    title="Is the account asleep?",
    minutes=6,
    prompt="""A bank writes to customers who have not moved money for long. Write `evolve(state,
event)` for that. The state is a dict with two keys, and starts as `{"withdrawals": 0,
"last_activity": None}`:

- `withdrawals`: how many `MoneyWithdrawn` there were;
- `last_activity`: the latest moment at which the **customer** moved money in the world
  (`event.occurred_at`; `event.type` is its type, a string). Deposits and withdrawals count; a
  `FeeCharged` is the bank's doing and changes nothing.

The events come in the order in which they were recorded, as the store gives them: one that occurred
earlier can come later. Return a new dict: others may still hold the old one.""",
    answer="evolve",
    stub="""def evolve(state, event):
    return ...""",
    hints=(
        "A fee first: what comes back when nothing changes?",
        "`last_activity` is a maximum. What is there to compare with before the first movement?",
        "`if last is None or event.occurred_at > last:`",
    ),
    reference="""def evolve(state, event):
    if event.type == "FeeCharged":
        return state
    withdrawals, last = state["withdrawals"], state["last_activity"]
    if event.type == "MoneyWithdrawn":
        withdrawals += 1
    if last is None or event.occurred_at > last:
        last = event.occurred_at
    return {"withdrawals": withdrawals, "last_activity": last}""",
    why="""A count and a maximum: neither depends on the order of the events, so this fold has a
GROUP BY too, `count(*) FILTER (WHERE ...)` and `max(occurred_at) FILTER (WHERE ...)`. "The last one
that came" would depend on it.""",
    wrong_answers=(
        Wrong(
            "You took the time of the event that came last. One that occurred earlier can be "
            "recorded later: keep the latest occurred_at.",
            """def evolve(state, event):
    if event.type == "FeeCharged":
        return state
    withdrawals = state["withdrawals"] + (event.type == "MoneyWithdrawn")
    return {"withdrawals": withdrawals, "last_activity": event.occurred_at}""",
        ),
        Wrong(
            "You asked when the store learned of it. The customer moved the money at occurred_at.",
            """def evolve(state, event):
    if event.type == "FeeCharged":
        return state
    withdrawals = state["withdrawals"] + (event.type == "MoneyWithdrawn")
    return {"withdrawals": withdrawals, "last_activity": event.recorded_at}""",
        ),
        Wrong(
            "You let a fee wake the account. The bank charged it; the customer did nothing.",
            """def evolve(state, event):
    withdrawals, last = state["withdrawals"], state["last_activity"]
    if event.type == "MoneyWithdrawn":
        withdrawals += 1
    if last is None or event.occurred_at > last:
        last = event.occurred_at
    return {"withdrawals": withdrawals, "last_activity": last}""",
        ),
        Wrong(
            "You changed the dict that you were given. The states before it, which somebody may "
            "have kept, changed as well: return a new one.",
            """def evolve(state, event):
    if event.type == "FeeCharged":
        return state
    if event.type == "MoneyWithdrawn":
        state["withdrawals"] += 1
    last = state["last_activity"]
    if last is None or event.occurred_at > last:
        state["last_activity"] = event.occurred_at
    return state""",
        ),
        Wrong(
            "You counted every movement. Only MoneyWithdrawn is a withdrawal.",
            """def evolve(state, event):
    if event.type == "FeeCharged":
        return state
    withdrawals, last = state["withdrawals"] + 1, state["last_activity"]
    if last is None or event.occurred_at > last:
        last = event.occurred_at
    return {"withdrawals": withdrawals, "last_activity": last}""",
        ),
    ),
    test=Compare(
        cases=histories(),
        run=_activities,
        examples=(
            [],
            history([("MoneyDeposited", 300, 0, 0), ("MoneyWithdrawn", 100, 2, 0)]),
        ),
        events=_dated,
        show=_show_activities,
    ),
)


def _hold(row: tuple[bool, str, int]) -> NewEvent:
    placed, hold, amount = row
    if placed:
        return NewEvent("HoldPlaced", {"hold": hold, "amount": amount})
    return NewEvent("HoldReleased", {"hold": hold})


def _states(evolve: Any, events: Sequence[NewEvent]) -> list[Any]:
    """The state before the first event and after each, all of them kept."""
    start: dict[str, Any] = {"owner": "Ada", "holds": {}}
    return list(accumulate(events, evolve, initial=start))


open_holds = Exercise(
    name="open_holds",
    title="The state that changed behind your back",
    minutes=7,
    prompt="""A hotel *holds* money on a card and releases it later. This `evolve` keeps the holds
that are open, name and cents. It was tested, event by event, and passed:

```python
def evolve(state, event):
    hold = event.data["hold"]
    if event.type == "HoldPlaced":
        state["holds"][hold] = event.data["amount"]
    else:
        del state["holds"][hold]
    return state
```

Then a screen asked for the states before the first event and after each, and got the same one every
time. And one account could not be loaded at all: a hold was released that nobody had seen placed.
Write an `evolve` without these faults: it leaves the state that it is given as it is, and a release
of a hold that is not open changes nothing.

The events are `HoldPlaced` with `hold` and `amount` (placed again, a hold gets the new amount) and
`HoldReleased` with `hold`. The first state is `{"owner": "Ada", "holds": {}}`; the check compares
all states.""",
    answer="evolve",
    stub="""def evolve(state, event):
    return ...""",
    hints=(
        "What is changed in place, the dict or the dict inside it? A copy of the outer one still "
        "shares the inner one.",
        "Copy the inner dict, change the copy, and put it into a new outer dict: "
        '`{**state, "holds": holds}`.',
        "`holds.pop(hold, None)` removes a key that may not be there.",
    ),
    reference="""def evolve(state, event):
    holds = dict(state["holds"])
    if event.type == "HoldPlaced":
        holds[event.data["hold"]] = event.data["amount"]
    else:
        holds.pop(event.data["hold"], None)
    return {**state, "holds": holds}""",
    why="""Everything that changes is copied, at every level that changes; the rest is shared, which
costs nothing and hurts nobody. In a frozen dataclass of numbers, texts and tuples the mistake
cannot be made. And `evolve` books what happened, however odd: `decide` is there to refuse.""",
    wrong_answers=(
        Wrong(
            "You changed the state that you were given. All states are then one and the same "
            "object, and the first one, before any event, has holds in it.",
            """def evolve(state, event):
    hold = event.data["hold"]
    if event.type == "HoldPlaced":
        state["holds"][hold] = event.data["amount"]
    else:
        state["holds"].pop(hold, None)
    return state""",
        ),
        Wrong(
            "You copied the outer dict and changed the inner one, which both copies share. That "
            "is called a shallow copy: the level that changes has to be copied as well.",
            """def evolve(state, event):
    new = dict(state)
    hold = event.data["hold"]
    if event.type == "HoldPlaced":
        new["holds"][hold] = event.data["amount"]
    elif hold in new["holds"]:
        new["holds"] = {k: v for k, v in new["holds"].items() if k != hold}
    return new""",
        ),
        Wrong(
            "You refuse to release a hold that is not open. The event has happened; evolve cannot "
            "refuse it, or the account can never be loaded again.",
            """def evolve(state, event):
    holds = dict(state["holds"])
    if event.type == "HoldPlaced":
        holds[event.data["hold"]] = event.data["amount"]
    else:
        del holds[event.data["hold"]]
    return {**state, "holds": holds}""",
        ),
        Wrong(
            "You lost the owner. evolve returns the whole next state, with all that the event does "
            "not touch.",
            """def evolve(state, event):
    holds = dict(state["holds"])
    if event.type == "HoldPlaced":
        holds[event.data["hold"]] = event.data["amount"]
    else:
        holds.pop(event.data["hold"], None)
    return {"holds": holds}""",
        ),
    ),
    test=Compare(
        cases=st.lists(
            st.tuples(st.booleans(), st.sampled_from(["hotel", "car"]), amounts).map(_hold),
            max_size=5,
        ),
        run=_states,
        examples=(
            [],
            [_hold((True, "hotel", 200)), _hold((True, "car", 300)), _hold((False, "hotel", 0))],
        ),
        events=lambda events: events,
    ),
)

CHAPTER = Chapter(
    4,
    "Aggregates and replay",
    __name__,
    (
        evolve_balance,
        decide_withdraw,
        given_when_then,
        sql_balances,
        evolve_activity,
        open_holds,
    ),
)
