"""The case that is shown is the shortest: all that cost less are played, and none is broken."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest

from eventsourcing_kit.histories import (
    LAST_STAGE,
    Model,
    Step,
    cases,
    cost,
    judge,
    play,
    unexplained,
)
from eventsourcing_kit.histories.case import Case, shorter, tidy
from tests.histories.programs import WRONG, Inside

A = Step("append")
READ, CRASH, BALANCE, BALANCES = Step("read"), Step("crash"), Step("balance"), Step("balances")
TWO, OTHER = Step("append", kinds="dd"), Step("append", stream=2)
TORN = [Step("append", kinds=kinds, fault="torn", at=at) for kinds in ("d", "dd") for at in (0, 1)]
EXPECTING = [Step("append", "A", expect=expect) for expect in ("empty", "seen", "ahead")]
DELIVERIES = [Step("deliver", count=count, back=back) for count in (1, 2) for back in (0, 1)]
ALPHABETS: dict[str, Sequence[Step]] = {
    "versions from 0": [A, TWO, READ, CRASH],
    "one version an append": [A, TWO, READ, CRASH],
    "one count for all streams": [A, TWO, OTHER, READ, CRASH],
    "newest first": [A, TWO, READ, CRASH],
    "in memory": [A, TWO, READ, CRASH, Step("append", fault="lost")],
    "part of an append after a crash": [A, TWO, READ, CRASH, *TORN],
    "lost update": [A, TWO, READ, CRASH, *EXPECTING],
    "0 is nothing": [A, TWO, READ, CRASH, *EXPECTING, Step("append", "B", expect="seen")],
    "gap after a conflict": [A, TWO, READ, CRASH, *EXPECTING],
    "withdrawals added": [A, Step("append", kinds="w"), READ, BALANCE, CRASH],
    "counted again": [*DELIVERIES, BALANCES, CRASH],
    "left out whole": [*DELIVERIES, BALANCES, CRASH],
    "checkpoint in memory": [*DELIVERIES, BALANCES, CRASH],
    "doubled on retry": [A, READ, Step("retry"), CRASH],
    "conflict with itself": [A, *EXPECTING, READ, Step("retry"), CRASH],
    "answered with now": [A, Step("append", "B"), READ, Step("retry"), CRASH],
    "commands in memory": [A, READ, Step("retry"), CRASH, Step("append", fault="lost")],
}


@pytest.mark.parametrize("name", ALPHABETS)
def test_nothing_that_costs_less_is_broken(name: str) -> None:
    wrong = WRONG[name]
    found = judge(lambda: Inside(wrong.source), wrong.stage)
    assert found.broken
    tried = 0
    for length in range(1, len(found.case) + 1):
        for steps in product(ALPHABETS[name], repeat=length):
            case = tidy(steps)
            if cost(case) < cost(found.case):
                history = play(case, Inside(wrong.source))
                assert unexplained(history, Model()) is None, case
                tried += 1
    assert tried or cost(found.case) == cost((A,))  # than one plain append nothing is shorter


@pytest.mark.parametrize("name", ALPHABETS)
def test_it_is_broken_when_it_is_played_again(name: str) -> None:
    wrong = WRONG[name]
    found = judge(lambda: Inside(wrong.source), wrong.stage)
    assert unexplained(play(found.case, Inside(wrong.source)), Model()) == found.broken


def test_nobody_is_at_one_time_with_himself_with_a_crash_or_with_nothing() -> None:
    both = Step("append", "A", together=True)
    for after in (Step("read", "A"), CRASH, Step("append", "B", fault="lost")):
        assert not tidy((both, after))[0].together
    assert tidy((both, Step("read", "B")))[0].together
    assert not tidy((both,))[0].together


def test_what_is_shorter_leaves_the_case_as_it_is() -> None:
    case: Case = (A, Step("append", "B", stream=2, kinds="dw", fault="torn", at=1), READ)
    others = list(shorter(case))
    assert (A, READ) in others
    assert any(step.kinds == "d" for other in others for step in other if step.client == "B")
    assert any(step.fault == "lost" for other in others for step in other)


@pytest.mark.parametrize("stage", range(1, LAST_STAGE))
def test_what_is_shorter_asks_for_nothing_that_only_the_last_stage_promises(stage: int) -> None:
    for case in cases(stage, 1, 30):
        for other in shorter(case):
            assert all(step.fault != "doubled" and step.op != "retry" for step in other)
