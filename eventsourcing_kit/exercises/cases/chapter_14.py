"""Cases of chapter 14: what comes next, what makes up for it, inboxes, deadlines, outboxes."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any
from unittest.mock import patch

import hypothesis.strategies as st

from ...errors import WrongExpectedVersion
from ...schedules.functions import Pause, Program, TooManySteps, every_order
from ...stores import ANY
from .. import Broken, Compare, Stopped, Test, from_pages

TESTS: dict[str, Test] = {}

PATHS = (
    ["TransferRequested"],
    ["TransferRequested", "TransferRefused"],
    ["TransferRequested", "ReceiverConfirmed"],
    ["TransferRequested", "MoneyTaken"],
    ["TransferRequested", "MoneyTaken", "ReceiverConfirmed"],
    ["TransferRequested", "ReceiverConfirmed", "MoneyTaken"],
    ["TransferRequested", "MoneyTaken", "ReceiverConfirmed", "MoneyDelivered"],
    ["TransferRequested", "MoneyTaken", "ReceiverConfirmed", "DeliveryRefused"],
    ["TransferRequested", "MoneyTaken", "ConfirmationTimedOut"],
    ["TransferRequested", "MoneyTaken", "ConfirmationTimedOut", "MoneyReturned"],
    ["TransferRequested", "ReceiverConfirmed", "MoneyTaken", "DeliveryRefused", "MoneyReturned"],
    ["TransferRequested", "ReceiverConfirmed", "TransferRefused"],
    ["TransferRequested", "ReceiverConfirmed", "MoneyTaken", "DeliveryRefused"],
    ["TransferRequested", "ReceiverConfirmed", "MoneyTaken", "MoneyDelivered"],
    ["TransferRequested", "MoneyTaken", "ReceiverConfirmed", "DeliveryRefused", "MoneyReturned"],
)

TESTS["next_message"] = Compare(
    cases=st.sampled_from(PATHS),
    examples=(PATHS[0], PATHS[4], PATHS[6], PATHS[8]),
    context=lambda events: f"events: {events}",
)


class Died(Exception):
    """The process dies here."""


@dataclass
class Death:
    """Dies at a call, counted from 1: just before it is carried out, or just after. 0: never."""

    at_call: int = 0
    after: bool = False
    calls: int = 0
    happened: bool = False
    called_on: bool = False  # a call came after it

    @contextmanager
    def call(self) -> Iterator[None]:
        """Around what a call does. The dead make no further call."""
        self.calls += 1
        self.called_on = self.happened
        if self.calls > MOST_CALLS:
            raise Stopped(_CALLS_WHEN_DEAD if self.happened else _CALLS_FOR_EVER)
        if self.at_call and self.calls >= self.at_call + self.after:
            self.happened = True
            raise Died
        yield
        if self.calls == self.at_call:
            self.happened = True
            raise Died

    def __str__(self) -> str:
        return f"the process dies {'after' if self.after else 'before'} call {self.at_call}"


MOST_CALLS = 40
_CALLS_FOR_EVER = (
    f"{MOST_CALLS} calls, and no end to it: nothing changes what the next one is told."
)
_CALLS_WHEN_DEAD = (
    "The process is dead, and goes on calling: the error that a call raises then has to go through."
)


def deaths(calls: int) -> list[Death]:
    """One before each call, and one after it."""
    return [Death(number, after) for number in range(1, calls + 1) for after in (False, True)]


Step = tuple[str, int]  # account, cents
SAME = "the same"


class Accounts:
    """What a trip has debited. Each account has an inbox, and some are frozen."""

    def __init__(self, frozen: set[str]) -> None:
        self.frozen, self.credited = frozen, list[Step]()
        self._inbox: dict[tuple[str, Any], bool] = {}

    def undo(self, compensate: Callable[..., Any], done: list[Step], death: Death) -> Any:
        """Run the answer, which may die."""

        def credit(message_id: Any, account: str, cents: int) -> bool:
            with death.call():
                if (account, message_id) not in self._inbox:
                    takes = account not in self.frozen
                    self._inbox[account, message_id] = takes
                    if takes:
                        self.credited.append((account, cents))
                return self._inbox[account, message_id]

        return compensate(done, credit)


@contextmanager
def _process(number: int) -> Iterator[None]:
    """As in each new process of Python, `hash` of what holds a text is another one."""
    plain = builtins.hash

    def seeded(value: Any) -> int:
        return plain((number, value)) if _holds_text(value) else plain(value)

    with patch.object(builtins, "hash", seeded):
        yield


def _holds_text(value: Any) -> bool:
    if isinstance(value, tuple | frozenset):
        return any(map(_holds_text, value))
    return isinstance(value, str | bytes)


def _compensating(compensate: Callable[..., Any], case: tuple[list[Step], set[str]]) -> Any:
    """What is credited without a death, and the first death after which it is something else."""
    done, frozen = case
    as_booked, undisturbed, alive = list(done), Accounts(frozen), Death()
    if undisturbed.undo(compensate, done, alive) is ...:  # the stub
        return ...
    for process, start in enumerate(("a new start", "a new start in a new process")):
        for death in deaths(alive.calls):
            accounts = Accounts(frozen)
            with suppress(Died), _process(0):
                accounts.undo(compensate, list(as_booked), death)
                return undisturbed.credited, Broken(
                    f"{death}, and the error does not come out of your function"
                )
            if death.called_on:
                return undisturbed.credited, Broken(f"{death}, and goes on calling")
            with _process(process):
                accounts.undo(compensate, list(as_booked), Death())
            if sorted(accounts.credited) != sorted(undisturbed.credited):
                found = f"{death}; after {start} this is credited: {accounts.credited}"
                return undisturbed.credited, Broken(found)
    return undisturbed.credited, SAME


TESTS["compensate"] = Compare(
    cases=st.tuples(
        st.lists(
            st.tuples(st.sampled_from(["flight", "hotel", "car"]), st.sampled_from([0, 50, 300])),
            max_size=4,
        ),
        st.sets(st.sampled_from(["flight", "hotel"])),
    ),
    run=_compensating,
    max_examples=150,
    parts=("credited, in order", "credited if it dies"),
    examples=(([], set()), ([("hotel", 300)], set())),
    context=lambda case: f"done: {case[0]}; frozen: {', '.join(sorted(case[1])) or 'none'}",
)


MESSAGES = {"m1": -80, "m2": -100, "m3": 100}  # message id, cents
FASTER = 12  # messages of others, one before each of an answer's first commits
OTHERS = {f"o{number}": 0 for number in range(FASTER)}
BEGINS_WITH = 100
ALL_IS_WELL = "each message acted on once, and given one answer"


class Receiver:
    """An account with its inbox: transactions, each of some events, all or none of them."""

    def __init__(
        self, receive: Callable[..., Any], before: Sequence[tuple[Any, ...]] = (), faster: int = 0
    ) -> None:
        self.receive, self.transactions, self.faster = receive, list(before), faster

    def deliver(self, death: Death, message_id: str, pause: Pause = lambda: None) -> Any:
        """Run the answer for one message. It pauses before each call, and may die there."""

        def load() -> tuple[dict[str, str], int, int]:
            pause()
            with death.call():
                return self.inbox(), self.balance(), len(self.transactions)

        def commit(expected_version: Any, *events: Any) -> None:
            pause()
            with death.call():
                if self.faster:
                    self.faster -= 1
                    self.transactions.append((("Answered", f"o{self.faster}", "done"),))
                version = len(self.transactions)
                if expected_version is not ANY and expected_version != version:
                    raise WrongExpectedVersion("account-1", expected_version, version)
                self.transactions.append(tuple(map(_known, events)))

        return self.receive(message_id, MESSAGES[message_id], load, commit)

    def inbox(self) -> dict[str, str]:
        """The last answer to each message."""
        events = [event for events in self.transactions for event in events]
        return {event[1]: event[2] for event in events if event[0] == "Answered"}

    def balance(self) -> int:
        """In cents."""
        events = [event for events in self.transactions for event in events]
        return BEGINS_WITH + sum(int(event[1]) for event in events if event[0] == "Moved")

    def problem(self, message_id: str, told: Any) -> str:
        """What is wrong with one message, and what it was told; "" if nothing is."""
        if isinstance(told, TooManySteps):
            return f"{message_id} gets no answer in 20 calls"
        if isinstance(told, BaseException):
            return f"{message_id} is told {type(told).__name__}, and gets no answer"
        answer = self.inbox().get(message_id)
        if answer is None or told != answer:
            return f"{message_id} is told {told!r}, and its inbox says {answer!r}"
        return ""

    def untrue(self) -> str:
        """The first transaction that should not be, or what the messages moved if it is wrong."""
        balance, answered, cents = BEGINS_WITH, dict[str, str](), MESSAGES | OTHERS
        for events in self.transactions:
            for message_id, answer in [event[1:] for event in events if event[0] == "Answered"]:
                if message_id in answered:
                    return f"{message_id} is answered twice"
                answered[message_id] = answer
                enough = balance + cents[message_id] >= 0
                if (answer == "done") != enough:
                    return f"{message_id} is {answer!r} at a balance of {balance}"
            balance += sum(event[1] for event in events if event[0] == "Moved")
        should = BEGINS_WITH + sum(
            cents[message_id] for message_id, answer in answered.items() if answer == "done"
        )
        return "" if balance == should else f"the balance is {balance}, and by the inbox {should}"


def _known(event: Any) -> tuple[Any, ...]:
    """An event as the prompt has it. Raises Stopped for anything else."""
    match event:
        case ("Moved", int()) | ("Answered", str(), "done" | "refused"):
            return tuple(event)
    raise Stopped(
        f"`commit` gets what is no event here: {event!r}. There are ('Moved', cents) and "
        "('Answered', message_id, 'done' or 'refused')."
    )


def _receiving(receive: Callable[..., Any], case: tuple[list[str], list[str]]) -> Any:
    """The first thing that is wrong: in turn; after each death; at once, in every order."""
    in_turn, together = case
    account = Receiver(receive)
    for message_id in in_turn:
        told = account.deliver(Death(), message_id)
        if told is ...:  # the stub
            return told
        if problem := account.problem(message_id, told) or account.untrue():
            return Broken(f"one after the other: {problem}")
    before = account.transactions
    return (
        _dying(receive, before, together[0])
        or _together(receive, before, together)
        or _overtaken(receive, before, together[0])
        or ALL_IS_WELL
    )


def _dying(receive: Callable[..., Any], before: list[tuple[Any, ...]], message_id: str) -> Any:
    alive = Death()
    Receiver(receive, before).deliver(alive, message_id)
    for death in deaths(alive.calls):
        account = Receiver(receive, before)
        with suppress(Died):
            account.deliver(death, message_id)
            return Broken(f"{death}, and the error does not come out of your function")
        if death.called_on:
            return Broken(f"{death}, and goes on calling")
        told = account.deliver(Death(), message_id)
        if problem := account.problem(message_id, told) or account.untrue():
            return Broken(f"{death}, and {message_id} comes again: {problem}")
    return ""


def _together(
    receive: Callable[..., Any], before: list[tuple[Any, ...]], together: list[str]
) -> Any:
    account = Receiver(receive, before)

    def programs() -> list[Program]:
        nonlocal account
        account = Receiver(receive, before)
        return [partial(account.deliver, Death(), message_id) for message_id in together]

    for schedule, answers in every_order(programs):
        for message_id, told in zip(together, answers, strict=True):
            if told is ...:
                return told
            if isinstance(told, Stopped | LookupError | TypeError | AttributeError | NameError):
                raise told  # the learner's line is told
            if problem := account.problem(message_id, told) or account.untrue():
                return Broken(f"schedule {schedule or 'without a call'}: {problem}")
    return ""


def _overtaken(receive: Callable[..., Any], before: list[tuple[Any, ...]], message_id: str) -> Any:
    """What is wrong where another message is faster every time, for a while."""
    account = Receiver(receive, before, FASTER)
    try:
        told = account.deliver(Death(), message_id)
    except Exception as error:
        told = error
    problem = account.problem(message_id, told) or account.untrue()
    return Broken(f"others are faster {FASTER} times in a row: {problem}") if problem else ""


TESTS["inbox"] = Compare(
    cases=st.tuples(
        st.lists(st.sampled_from([*MESSAGES]), max_size=4),
        st.lists(st.sampled_from([*MESSAGES]), min_size=1, max_size=2),
    ),
    run=_receiving,
    max_examples=120,
    examples=(([], ["m1"]), (["m3"], ["m1"])),
    context=lambda case: (
        f"the balance is {BEGINS_WITH}, and the messages are {MESSAGES}; they come one after the "
        f"other: {case[0]}; then with a death at each call, and at once, in every order: {case[1]}"
    ),
)

# What can have happened to a transfer when somebody looks at the clock.
WAITING: tuple[tuple[str, ...], ...] = (
    (),
    ("MoneyTaken",),
    ("ReceiverConfirmed",),
    ("MoneyTaken", "ReceiverConfirmed"),
    ("ReceiverConfirmed", "MoneyTaken"),
    ("MoneyTaken", "ConfirmationTimedOut"),
    ("TransferRefused",),
    ("MoneyTaken", "ConfirmationTimedOut", "MoneyReturned"),
    ("MoneyTaken", "ReceiverConfirmed", "MoneyDelivered"),
)

TESTS["deadline"] = Compare(
    cases=st.tuples(
        st.sampled_from(WAITING).map(lambda facts: ["TransferRequested", *facts]),
        st.integers(0, 4),
        st.sampled_from([2, 1, 3]),
    ),
    examples=((["TransferRequested", "MoneyTaken"], 3, 2), (["TransferRequested"], 0, 2)),
    context=lambda case: f"events {case[0]}; now {case[1]}, deadline {case[2]}",
)


KEPT = "kept"


def _posting(post_all: Callable[..., Any], case: tuple[int, list[int]]) -> Any:
    """What the post office has, and the mark, after as many starts as it takes."""
    letters, dies_at = list(range(1, case[0] + 1)), set(case[1])
    posted: list[int] = []
    mark = [0]
    calls = 0
    dead = swallowed = called_on = False

    def step() -> None:
        nonlocal calls, dead, called_on
        called_on = called_on or dead  # whoever dies makes no further call
        calls += 1
        if calls in dies_at:
            dead = True
            raise Died

    def post(letter: int) -> None:
        step()
        posted.append(letter)

    def save(position: int) -> None:
        step()
        mark[0] = position

    for _ in range(len(dies_at) + 1):
        dead = False
        try:
            found = post_all([one for one in letters if one > mark[0]], post, save)
            if found is ...:  # the stub
                return found
            swallowed = swallowed or dead
        except Died:
            pass
    if letters and not calls:
        return Broken("you call neither `post` nor `save`, so nothing happens")
    again = len(posted) - len(set(posted))
    rules = (
        (again > len(dies_at), f"{again} are posted again, and there are {len(dies_at)} deaths"),
        (swallowed, "the error of a death does not come out of your function"),
        (called_on, "a call comes after the process has died: its error was caught"),
    )
    return sorted(set(posted)), mark[0], *(Broken(said) if bad else KEPT for bad, said in rules)


A_DEATH_OR_TWO = st.lists(st.integers(1, 10), max_size=2, unique=True).map(sorted)
DEATHS_IN_A_ROW = st.integers(1, 8).map(lambda first: [first, first + 1, first + 2])

TESTS["outbox"] = Compare(
    cases=st.tuples(st.integers(0, 5), A_DEATH_OR_TWO | DEATHS_IN_A_ROW),
    run=_posting,
    parts=(
        "posted",
        "the mark",
        "at most one again after a death",
        "each death went through",
        "no call after a death",
    ),
    examples=((0, []), (3, [])),
    context=lambda case: f"letters: {case[0]}; the process dies at call no. {case[1] or 'none'}",
)

CHAPTER = from_pages(14, "Processes", __name__, TESTS)
