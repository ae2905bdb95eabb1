"""Check a whole thing that was written from an empty cell, by what it promises.

A reference to compare with would prescribe how it is built. So each promise is tried by itself, on
cases that Hypothesis makes, and the first that is broken is told, with the shortest case on which
it is. Stating what must hold, and having the cases made, is the idea of QuickCheck (Claessen and
Hughes, 2000).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from typing import Any

import hypothesis
from hypothesis import Phase
from hypothesis.errors import Flaky, NoSuchExample
from hypothesis.strategies import SearchStrategy

from .compare import SAME_CASES, searching
from .outcome import Outcome, is_blank, is_stub, run
from .verdict import NOT_ATTEMPTED, RIGHT, STUB, WRONG, Line, Verdict

ENOUGH = 20  # cases that break a promise; to look for a shorter one takes a learner's patience


@dataclass(frozen=True)
class Promise:
    """What must hold of an answer in every case.

    `broken(answer, case)` says in words what came instead, or "" where the promise is kept.
    `sentence` is told to whoever breaks it; `shown(case)` is the case in words.
    """

    sentence: str
    cases: SearchStrategy[Any]
    broken: Callable[[Any, Any], str]
    shown: Callable[[Any], str] = repr
    max_examples: int = 30

    def tried(self, answer: Any, case: Any) -> Outcome:
        """What came of it: "" in `value` is a promise that was kept."""
        return run(self.broken, answer, case)


@dataclass(frozen=True)
class Promises:
    """Promises in the order in which they are told; a later one may rely on the earlier.

    A known wrong answer of which the same is said, on the same case, has its own message.
    `plain` is what a check would ask that tries one case by hand.
    """

    promises: tuple[Promise, ...]
    plain: Callable[[Any], bool]

    def judge(
        self,
        title: str,
        answer: Any,
        reference: Any,
        known: Sequence[tuple[str, Any]],
        before_each: Callable[[], None] = lambda: None,
    ) -> Verdict:
        """The verdict on `answer`."""
        if is_stub(answer):
            return Verdict(NOT_ATTEMPTED, title, STUB)
        for promise in self.promises:
            found = _shortest(promise, answer, before_each)
            if found:
                return _verdict(title, promise, *found, known)
        return Verdict(RIGHT, title, f"All of {len(self.promises)} promises are kept.")


def _shortest(
    promise: Promise, answer: Any, before_each: Callable[[], None]
) -> tuple[Any, Outcome] | None:
    """The shortest case on which the promise is broken, and what came of it."""
    tried: dict[str, tuple[Any, Outcome]] = {}

    def breaks(case: Any) -> bool:
        if repr(case) not in tried:
            if sum(bool(outcome.value != "") for _, outcome in tried.values()) >= ENOUGH:
                return False  # short by now
            before_each()
            tried[repr(case)] = case, promise.tried(answer, case)
        return bool(tried[repr(case)][1].value != "")

    looking = searching(promise.max_examples, Phase.generate, Phase.shrink)
    with suppress(NoSuchExample, Flaky):
        found = hypothesis.find(promise.cases, breaks, settings=looking, random=Random(SAME_CASES))
        return tried[repr(found)]
    broken = [one for one in tried.values() if one[1].value != ""]  # any, if it is flaky
    return min(broken, key=lambda one: len(repr(one[0])), default=None)


def _verdict(
    title: str, promise: Promise, case: Any, outcome: Outcome, known: Sequence[tuple[str, Any]]
) -> Verdict:
    if is_blank(outcome):
        return Verdict(NOT_ATTEMPTED, title, STUB)
    raised = outcome.raised
    same = (n for n, (_, wrong) in enumerate(known) if _alike(promise.tried(wrong, case), outcome))
    recognised = next(same, None)
    came = f"{raised.type}: {raised.message}" if raised else str(outcome.value)
    return Verdict(
        WRONG,
        title,
        promise.sentence if recognised is None else known[recognised][0],
        recognised,
        Line(raised.line, raised.file) if raised and raised.file else None,
        facts=(("Case", promise.shown(case)), ("What came", came)),
    )


def _alike(one: Outcome, other: Outcome) -> bool:
    """Whether two answers did the same; of errors the class counts, and what it says."""
    if one.raised and other.raised:
        told = (one.raised.types, one.raised.message)
        return told == (other.raised.types, other.raised.message)
    return not one.raised and not other.raised and one.value == other.value
