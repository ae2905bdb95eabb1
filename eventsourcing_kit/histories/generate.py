"""Cases by chance, from a seed: clients that begin at different times, and what goes wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from .case import Case, Expect, Fault, Op, Step, tidy

LAST_STAGE: Final = 5
OPS: Final[dict[int, dict[Op, int]]] = {
    1: {"append": 6, "read": 4, "crash": 1},
    2: {"append": 7, "read": 4, "crash": 1},
    3: {"append": 5, "read": 1, "balance": 5, "crash": 1},
    4: {"deliver": 6, "balances": 3, "crash": 1},
    5: {"append": 6, "retry": 4, "read": 3, "crash": 1},
}
FAULTS_BY_OP: Final[dict[Op, tuple[Fault, ...]]] = {
    "append": ("lost", "killed", "torn", "torn", "dies"),
    "deliver": ("lost", "killed", "torn", "dies", "dies"),
}


def cases(stage: int, seed: int, number: int) -> Iterator[Case]:
    """So many cases of a stage; the same seed gives the same."""
    for i in range(number):
        yield made(stage, random.Random(f"{seed}/{stage}/{i}"), longest=3 + min(i, 9))


def made(stage: int, chance: random.Random, longest: int) -> Case:
    """One case: at most so many steps by chance, and then reads of all that there is."""
    starts = {client: chance.randrange(longest) for client in "BC"}  # A is there from the start
    ops, weights = zip(*OPS[stage].items(), strict=True)
    steps: list[Step] = []
    for i in range(chance.randint(2, longest)):
        here = ["A", *(client for client, start in starts.items() if start <= i)]
        op = chance.choices(ops, weights)[0]
        client = "A" if stage == 4 else chance.choice(here)
        steps.append(_step(stage, op, client, chance))
        if op == "append" and steps[-1].together and chance.random() < 0.7:
            rival = chance.choice([one for one in "ABC" if one != client])
            steps.append(replace(steps[-1], client=rival, together=False))
        if stage == 5 and steps[-1].fault and chance.random() < 0.7:
            steps.append(Step("retry", client))
    if chance.random() < 0.4:
        steps.append(Step("crash"))
    ends: tuple[Op, ...] = ("balances",) if stage == 4 else ("read",)
    if stage == 3:
        ends = ("balance",)
    steps += [Step(op, stream=stream) for op in ends for stream in ((1,) if stage == 4 else (1, 2))]
    return tidy(tuple(steps))


def _step(stage: int, op: Op, client: str, chance: random.Random) -> Step:
    step = Step(op, client, stream=1 if op in ("crash", "retry", "balances") else _stream(chance))
    if op == "append":
        kinds = "ddwwx" if stage == 3 else "d"
        count = chance.choice((1, 1, 2, 3))
        step = replace(step, kinds="".join(chance.choice(kinds) for _ in range(count)))
        if stage > 1:
            step = replace(step, expect=_expect(chance))
    if op == "deliver":
        step = replace(step, stream=1, count=chance.randint(1, 3), back=chance.choice((0, 0, 1, 2)))
    if op in FAULTS_BY_OP and chance.random() < 0.3:
        fault = chance.choice(FAULTS_BY_OP[op])
        if stage == 5 and chance.random() < 0.4:
            fault = "doubled"
        at = {"torn": chance.randint(0, 1), "dies": chance.randint(1, 3)}.get(fault, 0)
        return replace(step, fault=fault, at=at)
    return replace(step, together=stage != 4 and op != "crash" and chance.random() < 0.25)


def _stream(chance: random.Random) -> int:
    return 1 if chance.random() < 0.7 else 2


def _expect(chance: random.Random) -> Expect:
    expects: tuple[Expect, ...] = ("any", "seen", "empty", "ahead")
    return chance.choices(expects, (3, 6, 2, 1))[0]
