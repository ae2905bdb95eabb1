"""A case: what some clients ask of a program, in which order, and what goes wrong meanwhile.

A case is a flat tuple of steps, so its order is the interleaving. Steps name things by what a
client knows ("what I saw last"), not by number: a case stays one when a step is taken out of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import Final, Literal

Op = Literal["append", "read", "balance", "deliver", "balances", "retry", "crash"]
Fault = Literal["", "lost", "doubled", "killed", "torn", "dies"]
Expect = Literal["any", "empty", "seen", "ahead"]

# From the one that is said fastest: a shorter case has a simpler fault.
FAULTS: Final[tuple[Fault, ...]] = ("", "lost", "doubled", "killed", "torn", "dies")
EXPECTS: Final[tuple[Expect, ...]] = ("any", "empty", "seen", "ahead")


@dataclass(frozen=True)
class Step:
    """One request of a client, or a crash of the program between two requests.

    `kinds` has a letter an event: d a deposit, w a withdrawal, x something without an amount.
    `expect` is the version that an append expects: any, that of an empty stream, the one that the
    client saw last, or one more than that. `count` and `back` are of a delivery to the projection:
    how many events, and how many of them were delivered before.

    Of the faults, "lost" is a reply that nobody hears; "doubled" a request that comes twice;
    "killed" a program that is killed before its reply arrives; "torn" the same, while the last
    thing that it wrote lies only in part in the file (`at` 0: its first line, 1: half of it);
    "dies" a program that is killed when it has opened a file for writing, its `at`-th from 1.
    `together`: the request is sent at one time with the next one.
    """

    op: Op
    client: str = "A"
    stream: int = 1
    kinds: str = "d"
    expect: Expect = "any"
    count: int = 1
    back: int = 0
    fault: Fault = ""
    at: int = 0
    together: bool = False


Case = tuple[Step, ...]
FEW: Final = 7  # steps of which three are taken out in every way


def cost(case: Case) -> tuple[int, ...]:
    """What makes a case long, the most important first: steps, faults, events, other details."""
    return (
        len(case),
        sum(step.fault != "" or step.op == "crash" for step in case)
        + sum(s.together for s in case),
        sum(len(s.kinds) for s in case if s.op == "append")
        + sum(s.count + s.back for s in case if s.op == "deliver"),
        sum(a.client != b.client for a, b in pairwise(case)),
        sum(FAULTS.index(step.fault) for step in case),
        sum(EXPECTS.index(step.expect) for step in case if step.op == "append"),
        sum(step.stream for step in case) + sum("ABC".index(step.client) for step in case),
        sum("dwx".index(kind) for step in case for kind in step.kinds) + sum(s.at for s in case),
    )


def shorter(case: Case) -> Iterator[Case]:
    """Cases with something taken out or made simpler, those that save most first."""
    for size in sorted({len(case) // 2, len(case) // 4, 1} - {0}, reverse=True):
        for start in range(len(case) - size + 1):
            yield tidy(case[:start] + case[start + size :])
    asks_again = any(step.op == "retry" or step.fault == "doubled" for step in case)
    for i, step in enumerate(case):
        for other in _simpler(step, asks_again):
            yield tidy((*case[:i], other, *case[i + 1 :]))
    for client, instead in (("B", "A"), ("C", "A"), ("C", "B")):
        yield tidy(tuple(replace(s, client=instead) if s.client == client else s for s in case))
        names = {client: instead, instead: client}
        yield tidy(tuple(replace(s, client=names.get(s.client, s.client)) for s in case))
    yield tidy(tuple(replace(step, stream=1) for step in case))
    for gone in (2, 3) if len(case) <= FEW else (2,):
        for places in combinations(range(len(case)), gone):
            yield tidy(tuple(step for i, step in enumerate(case) if i not in places))
    for i in range(len(case) - 1):
        yield tidy((*case[:i], case[i + 1], case[i], *case[i + 2 :]))
    for i in range(len(case) if len(case) <= FEW else 0):
        left = case[:i] + case[i + 1 :]
        for j, step in enumerate(left):
            if step.op == "append" and any(one.expect != "any" for one in case):
                for expect in EXPECTS[1:]:
                    yield tidy((*left[:j], replace(step, expect=expect), *left[j + 1 :]))


def tidy(case: Case) -> Case:
    """The case without what cannot be: nobody is at one time with himself, or with a crash."""
    steps = []
    for i, step in enumerate(case):
        after = case[i + 1] if i + 1 < len(case) else None
        alone = after is None or "crash" in (step.op, after.op) or step.client == after.client
        if step.together and (alone or step.fault or (after and after.fault)):
            step = replace(step, together=False)
        steps.append(step)
    return tuple(steps)


def _simpler(step: Step, asks_again: bool) -> Iterator[Step]:
    """The step with less in it. A request comes twice only where the case asks again, which is the
    last stage: an earlier one promises nothing about it."""
    for fault in FAULTS[: FAULTS.index(step.fault)]:
        if fault != "doubled" or asks_again:
            yield replace(step, fault=fault, at=0)
    if step.together:
        yield replace(step, together=False)
    if step.op == "append":
        for i in range(len(step.kinds) if len(step.kinds) > 1 else 0):
            yield replace(step, kinds=step.kinds[:i] + step.kinds[i + 1 :])
        for i, kind in enumerate(step.kinds):
            if kind != "d":
                yield replace(step, kinds=step.kinds[:i] + "d" + step.kinds[i + 1 :])
        for expect in EXPECTS[: EXPECTS.index(step.expect)]:
            yield replace(step, expect=expect)
    if step.op == "deliver":
        if step.count > 1:
            yield replace(step, count=step.count - 1)
        if step.back:
            yield replace(step, back=step.back - 1)
    if step.fault == "torn" and step.at:
        yield replace(step, at=0)
    if step.fault == "dies" and step.at > 1:
        yield replace(step, at=step.at - 1)
    if step.stream == 2:
        yield replace(step, stream=1)
    if step.client != "A" and step.op != "crash":
        yield replace(step, client="A")
