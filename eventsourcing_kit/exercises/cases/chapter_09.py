"""Cases of chapter 9: races by hand, retries, deliveries, boundaries, a reader that polls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import hypothesis.strategies as st

from ...errors import CommandIdReused, WrongExpectedVersion
from ...schedules.functions import Pause, Program, TooManySteps, every_order
from ...stores import ANY, Query
from .. import Broken, Compare, Stopped, Test, from_pages

TESTS: dict[str, Test] = {}

schedules = st.integers(2, 3).flatmap(
    lambda writers: st.permutations([who for who in "ABC"[:writers] for _ in "12"])
)

TESTS["overdraws"] = Compare(
    cases=st.tuples(schedules.map("".join), st.sampled_from([50, 80, 100, 159, 160, 200, 240])),
    examples=(("AABB", 100), ("ABAB", 100)),
    context=lambda case: f"schedule {case[0]!r}, balance {case[1]}: {_walk(*case)}",
)


def _walk(schedule: str, balance: int) -> str:
    """What happens turn by turn, for whoever has got it wrong."""
    seen: dict[str, int] = {}
    turns = []
    for who in schedule:
        if who not in seen:
            seen[who] = balance
            turns.append(f"{who} reads {balance}")
        elif seen[who] >= 80:
            balance -= 80
            turns.append(f"{who} appends, {balance} is left")
        else:
            turns.append(f"{who} appends nothing")
    return ", ".join(turns)


class Busy:
    """An account on which others deposit or withdraw just before some of our calls, reading too."""

    def __init__(self, balance: int, others: list[int], amount: int) -> None:
        self.balance, self.version = balance, 1
        self._others, self._amount = list(others), amount
        self.appends = self.stored = self.seen = self.conflicts = 0
        self._read: set[int] = set()  # the versions that are known, and not refused yet
        self.problem = ""

    def _others_move(self) -> None:
        moved = max(self._others.pop(0), -self.balance) if self._others else 0
        self.balance += moved
        self.version += bool(moved)

    def read(self) -> tuple[int, int]:
        self._others_move()
        self.seen = self.balance
        self._read.add(self.version)
        return self.version, self.balance

    def append(self, amount: int, expected_version: Any) -> int:
        self._others_move()
        self.appends += 1
        if self.appends > 20:
            raise Stopped("You append more than twenty times, and three attempts were asked for.")
        self.problem = self.problem or self._odd(amount, expected_version)
        if expected_version is not ANY and expected_version != self.version:
            self.conflicts += 1
            self._read.discard(expected_version)
            raise WrongExpectedVersion("account-1", expected_version, self.version)
        self.balance += amount
        self.version += 1
        self.stored += 1
        if self.balance < 0 and not self.problem:
            behind = " with es.ANY" if expected_version is ANY else ""
            self.problem = f"overdrawn: the balance is {self.balance} after your append{behind}"
        return self.version

    def _odd(self, amount: int, expected_version: Any) -> str:
        """What is wrong with an append before anybody answers it; "" if nothing is."""
        if amount != -self._amount:
            return f"{amount} appended, and {-self._amount} is the withdrawal"
        if expected_version is ANY or expected_version in self._read:
            return ""
        return f"appended behind version {expected_version}, " + (
            "which no read has given since a conflict" if self.conflicts else "which no read gave"
        )


KEPT = "every rule is kept"


def _withdrawing(withdraw: Callable[..., Any], case: tuple[int, list[int], int]) -> Any:
    """The first rule that is broken. Who reads once more than the reference may be right, too."""
    balance, others, amount = case
    account = Busy(balance, others, amount)
    try:
        said = withdraw(account.read, account.append, amount)
    except WrongExpectedVersion:
        said = WrongExpectedVersion
    except Exception:
        if account.conflicts < 3:  # the learner's line is told
            raise
        return Broken(account.problem or "the third conflict came out as another error")
    if said is ...:  # the stub
        return said
    problem = account.problem or _untrue(said, account, amount)
    return Broken(problem) if problem else KEPT


def _untrue(said: Any, account: Busy, amount: int) -> str:
    """What is wrong with what was said or raised; "" if nothing is."""
    tries = f"after {account.appends} of 3 attempts"
    if said is WrongExpectedVersion:
        return "" if account.appends == 3 and not account.stored else f"a conflict raised {tries}"
    if account.appends > 3:
        return f"{account.appends} attempts, and 3 were asked for"
    if said is True:
        return "" if account.stored == 1 else f"True, and {account.stored} withdrawals stored"
    if said is False:
        if account.stored:
            return f"False, and {account.stored} withdrawals stored"
        if account.seen < amount:
            return ""
        after = "after a conflict, which is no refusal: " if account.conflicts else ""
        return f"False {after}the last read gave {account.seen} ({tries})"
    return f"{said!r} was returned {tries}, {account.conflicts} of which were conflicts"


TESTS["retry"] = Compare(
    cases=st.tuples(
        st.sampled_from([50, 80, 100, 200]),
        st.one_of(
            st.lists(st.sampled_from([0, 10, 10, -30, -80]), max_size=8),
            st.lists(st.sampled_from([0, 10, -80]), min_size=3, max_size=5),
            st.integers(2, 6).map(lambda conflicts: [0, 10] * conflicts),
            st.integers(0, 2).map(lambda conflicts: [0, 10] * conflicts + [0, -80]),
        ),
        st.sampled_from([80, 80, 40]),
    ),
    run=_withdrawing,
    examples=((100, [], 80), (50, [], 80), (100, [0, 10], 80)),
    context=lambda case: (
        f"balance {case[0]}; withdraw {case[2]}; "
        f"others move, before our calls of read and append: {case[1]}"
    ),
)

Stored = tuple[int, str, int]  # version, command_id, amount
Delivery = tuple[str, int]  # command_id, amount
ONCE = "each command stored once, each delivery told its version or CommandIdReused"


MOST_CALLS = 100  # of one delivery
FASTER = 12  # deposits by others, one before each of an answer's first appends


class Deposits:
    """An account's stream of deposits. Others may move before each call.

    Before each of the first `faster` appends of a delivery a stranger's deposit gets in.
    """

    def __init__(self, deposit_once: Callable[..., Any], faster: int = 0) -> None:
        self.deposit_once, self.faster = deposit_once, faster
        self.stored: list[Stored] = []

    def deliver(self, delivery: Delivery, pause: Pause = lambda: None) -> Any:
        """Run the answer for one delivery."""
        command_id, amount = delivery
        calls = 0

        def step() -> None:
            nonlocal calls
            calls += 1
            if calls > MOST_CALLS:
                raise Stopped(f"{MOST_CALLS} calls for one delivery, and no end to it.")
            pause()

        def read() -> list[Stored]:
            step()
            return list(self.stored)

        def append(command_id: str, amount: int, expected_version: Any) -> int:
            step()
            if self.faster:
                self.faster -= 1
                self.stored.append((len(self.stored) + 1, f"o{self.faster}", 100))
            version = len(self.stored)
            if expected_version is not ANY and expected_version != version:
                raise WrongExpectedVersion("account-1", expected_version, version)
            self.stored.append((version + 1, command_id, amount))
            return version + 1

        told = self.deposit_once(read, append, command_id, amount)
        return "an error as a result" if isinstance(told, BaseException) else told

    def problem(self, delivery: Delivery, told: Any) -> str:
        """What is wrong with what a delivery was told; "" if nothing is."""
        command_id, amount = delivery
        stored = [event for event in self.stored if event[1] == command_id]
        said = type(told).__name__ if isinstance(told, BaseException) else repr(told)
        if isinstance(told, TooManySteps):
            return f"{command_id} gets no answer in 20 calls"
        if isinstance(told, BaseException) and not self.reused(delivery):
            return f"{command_id} is told {said}, and should be told a version"
        if len(stored) != 1:
            return f"{command_id} is told {said}, and is stored {len(stored)} times"
        if self.reused(delivery):
            other = (
                f"{amount} comes under {command_id}, the id of a deposit of {stored[0][2]}, "
                f"and is told {said}"
            )
            return "" if isinstance(told, CommandIdReused) else other
        version = stored[0][0]
        if told != version or isinstance(told, bool):
            return f"{command_id} is told {told!r}, and its version is {version}"
        return ""

    def reused(self, delivery: Delivery) -> bool:
        """Whether its id is that of another command, stored before."""
        amounts = [amount for _, known, amount in self.stored if known == delivery[0]]
        return bool(amounts) and delivery[1] not in amounts


def _delivering(
    deposit_once: Callable[..., Any], case: tuple[list[Delivery], int, list[Delivery]]
) -> Any:
    """The first thing that is wrong: one after the other first, then at once, in every order."""
    earlier, strangers, together = case
    in_turn = [*earlier, *((f"s{number}", 100) for number in range(strangers))]
    deposits = Deposits(deposit_once)
    for delivery in in_turn:
        try:
            told = deposits.deliver(delivery)
        except Exception as error:
            if not deposits.reused(delivery):  # the learner's line is told
                raise
            told = error
        if told is ...:  # the stub
            return told
        if problem := deposits.problem(delivery, told):
            return Broken(f"one after the other: {problem}")
    before = deposits.stored

    def programs() -> list[Program]:
        nonlocal deposits
        deposits = Deposits(deposit_once)
        deposits.stored = list(before)
        return [partial(deposits.deliver, delivery) for delivery in together]

    for schedule, answers in every_order(programs):
        for delivery, told in zip(together, answers, strict=True):
            if told is ...:
                return told
            if isinstance(told, _MISHAPS):  # the learner's line is told
                raise told
            if problem := deposits.problem(delivery, told):
                return Broken(f"schedule {schedule or 'without a call'}: {problem}")
    return _overtaken(deposit_once, before, together[0]) or ONCE


_MISHAPS = (LookupError, TypeError, AttributeError, NameError)


def _overtaken(
    deposit_once: Callable[..., Any], before: list[Stored], delivery: Delivery
) -> Broken | None:
    """What is wrong where others are faster every time, for a while."""
    deposits = Deposits(deposit_once, FASTER)
    deposits.stored = list(before)
    try:
        told = deposits.deliver(delivery)
    except Exception as error:
        told = error
    problem = deposits.problem(delivery, told)
    return Broken(f"others are faster {FASTER} times in a row: {problem}") if problem else None


deliveries = st.tuples(st.sampled_from(["c1", "c2"]), st.sampled_from([2_000, 500]))

TESTS["once"] = Compare(
    cases=st.tuples(
        st.lists(deliveries, max_size=3),
        st.sampled_from([0, 0, 1, 12]),
        st.lists(deliveries, min_size=1, max_size=2),
    ),
    run=_delivering,
    max_examples=120,
    examples=(([], 0, [("c1", 2_000)]), ([("c1", 2_000)], 0, [("c1", 2_000)])),
    context=lambda case: (
        f"delivered one after the other: {case[0]}, then {case[1]} by others; "
        f"then at once, in every order of the calls: {case[2]}"
    ),
)

TYPES = ("UserRegistered", "UserRenamed", "PasswordChanged", "MoneyDeposited")


def _conflicts(boundary: Callable[[str], Any], case: tuple[str, str, str]) -> Any:
    """Whether an event that was added meanwhile makes the append fail."""
    name, type_, other = case
    found = boundary(name)
    if found is None or found is ...:
        return found
    if not isinstance(found, Query):
        return f"{type(found).__name__}, and no Query"
    if unknown := sorted(found.types - {*TYPES}):
        return Broken(f"`{unknown[0]}` is in the boundary, and it is no type that takes a name")
    fits = not found.types or type_ in found.types
    return fits and found.tags <= {f"name:{other}"}


TESTS["boundary"] = Compare(
    cases=st.tuples(
        st.sampled_from(["ada", "ben", "Ada"]),
        st.sampled_from(TYPES),
        st.sampled_from(["ada", "ben", "Ada"]),
    ),
    run=_conflicts,
    examples=(("ada", "UserRegistered", "ada"), ("ada", "MoneyDeposited", "ben")),
    context=lambda case: (
        f"registering {case[0]!r}; meanwhile {case[1]} with the tag 'name:{case[2]}' is added"
    ),
)


def _polling(ready: Callable[..., Any], polls: list[list[int]]) -> Any:
    """What a reader is given that asks now and then: what is committed before each of its polls."""
    visible: list[int] = []
    checkpoint, given = 0, list[Any]()
    for committed in polls:
        visible = sorted([*visible, *committed])
        found = ready(checkpoint, list(visible))
        if found is ...:  # the stub
            return found
        if isinstance(found, Iterator):  # what it would give is not looked at
            return found
        given.append(found)
        if not isinstance(found, list | tuple):
            return given
        if unseen := [one for one in found if one not in visible]:
            return Broken(
                f"you give {unseen[0]!r}, and the positions that can be seen are {visible}"
            )
        checkpoint = max([checkpoint, *found])
    return given


def _cut(commits: list[int], places: list[int]) -> list[list[int]]:
    """The commits up to each of the places, which are polls; the last poll sees them all."""
    ends = [*sorted(places), len(commits)]
    return [commits[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


TESTS["poll"] = Compare(
    cases=st.integers(1, 6)
    .flatmap(
        lambda n: st.tuples(
            st.permutations(range(1, n + 1)), st.lists(st.integers(0, n), max_size=n)
        )
    )
    .map(lambda drawn: _cut(*drawn)),
    run=_polling,
    examples=([[1]], [[2], [1]]),
    context=lambda polls: (
        f"positions that are committed before each poll, in their order: {list(polls)}"
    ),
)

CHAPTER = from_pages(9, "Two writers", __name__, TESTS)
