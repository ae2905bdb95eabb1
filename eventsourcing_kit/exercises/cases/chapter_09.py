"""Cases of chapter 9: races by hand, retries, deliveries, boundaries, a reader that polls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st

from ...errors import WrongExpectedVersion
from ...stores import ANY, Query
from .. import Compare, Test, from_pages

TESTS: dict[str, Test] = {}

schedules = st.integers(2, 3).flatmap(
    lambda writers: st.permutations([who for who in "ABC"[:writers] for _ in "12"])
)

TESTS["overdraws"] = Compare(
    cases=st.tuples(schedules.map("".join), st.sampled_from([50, 80, 100, 159, 160, 200, 240])),
    examples=(("AABB", 100), ("ABAB", 100)),
    context=lambda case: f"schedule {case[0]!r}, balance {case[1]}",
)


class Busy:
    """An account on which others deposit or draw just before some of our appends."""

    def __init__(self, balance: int, others: list[int]) -> None:
        self.balance, self.version = balance, 1
        self._others = list(others)
        self.appends = 0

    def read(self) -> tuple[int, int]:
        return self.version, self.balance

    def append(self, amount: int, expected_version: Any) -> int:
        self.appends += 1
        if self.appends > 20:
            raise RuntimeError("appended more than twenty times")
        if self._others:
            moved = self._others.pop(0)
            if moved:
                self.balance += moved
                self.version += 1
        if expected_version is not ANY and expected_version != self.version:
            raise WrongExpectedVersion("account-1", expected_version, self.version)
        self.balance += amount
        self.version += 1
        return self.version


def _withdrawing(withdraw: Callable[..., Any], case: tuple[int, list[int], int]) -> Any:
    """What is said, the balance at the end, and how often it was tried."""
    balance, others, amount = case
    account = Busy(balance, others)
    try:
        said = withdraw(account.read, account.append, amount)
    except WrongExpectedVersion:
        said = "WrongExpectedVersion"
    return said, account.balance, account.appends


TESTS["retry"] = Compare(
    cases=st.tuples(
        st.sampled_from([50, 80, 100, 200]),
        st.lists(st.sampled_from([0, 10, -30, -80]), max_size=5),
        st.just(80),
    ),
    run=_withdrawing,
    examples=((100, [], 80), (50, [], 80), (100, [10], 80)),
    context=lambda case: (
        f"balance {case[0]}; withdraw {case[2]}; others move, before our appends: {case[1]}"
    ),
)

Stored = tuple[int, str, int]  # version, command_id, amount


def _delivering(deposit_once: Callable[..., Any], deliveries: list[tuple[str, int]]) -> Any:
    """What each delivery is told, and what is stored in the end."""
    stored: list[Stored] = []

    def append(command_id: str, amount: int) -> int:
        stored.append((len(stored) + 1, command_id, amount))
        return len(stored)

    told = []
    for command_id, amount in deliveries:
        told.append(deposit_once(lambda: list(stored), append, command_id, amount))
    return told, stored


TESTS["once"] = Compare(
    cases=st.lists(st.tuples(st.sampled_from(["c1", "c2", "c3"]), st.just(2_000)), max_size=5),
    run=_delivering,
    examples=([("c1", 2_000)], [("c1", 2_000), ("c1", 2_000)]),
    context=lambda deliveries: f"deliveries: {deliveries}",
)

TYPES = ("UserRegistered", "UserRenamed", "PasswordChanged", "MoneyDeposited")


def _conflicts(boundary: Callable[[str], Any], case: tuple[str, str, str]) -> Any:
    """Whether an event that was added meanwhile makes the append fail."""
    name, type_, other = case
    found = boundary(name)
    if not isinstance(found, Query):
        return found
    fits = not found.types or type_ in found.types
    return fits and found.tags <= {f"name:{other}"}


TESTS["boundary"] = Compare(
    cases=st.tuples(
        st.sampled_from(["ada", "ben"]),
        st.sampled_from(TYPES),
        st.sampled_from(["ada", "ben"]),
    ),
    run=_conflicts,
    examples=(("ada", "UserRegistered", "ada"), ("ada", "MoneyDeposited", "ben")),
    context=lambda case: (
        f"registering {case[0]!r}; meanwhile {case[1]} with the tag 'name:{case[2]}' is added"
    ),
)


def _polling(ready: Callable[..., Any], commits: list[int]) -> Any:
    """What a reader is given that asks after each commit."""
    visible: list[int] = []
    checkpoint, given = 0, list[list[int]]()
    for position in commits:
        visible = sorted([*visible, position])
        found = ready(checkpoint, list(visible))
        if found is ...:  # the stub
            return found
        given.append(list(found))
        checkpoint = max([checkpoint, *found])
    return given


TESTS["poll"] = Compare(
    cases=st.integers(1, 6).flatmap(lambda n: st.permutations(range(1, n + 1))),
    run=_polling,
    examples=([1], [2, 1]),
    context=lambda commits: f"positions in the order of their commits: {list(commits)}",
)

CHAPTER = from_pages(9, "Two writers", __name__, TESTS)
