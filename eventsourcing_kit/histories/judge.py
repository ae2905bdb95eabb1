"""The judge of a store that somebody wrote: seeded histories, and the shortest that is broken."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from ..bars import progress
from ..errors import InvalidInput
from .case import Case, cost, shorter
from .generate import LAST_STAGE, cases
from .history import Broken, History, play, unexplained
from .mistakes import MISTAKES
from .model import Model
from .program import Program

CASES: Final = 30  # of a stage
PATIENCE: Final = 45.0  # seconds to look for a shorter case
TRIES: Final = 2  # of a shorter case with requests at one time: a race may not come at once
MORE: Final = 15  # cases that are played when one is broken, to tell mistakes from each other
UNKNOWN: Final = "unknown op"  # what a program replies to what it does not know yet

Open = Callable[[], Program]


@dataclass(frozen=True)
class Verdict:
    """What came of a stage. Of a broken one `history` is the shortest that was found, and `broken`
    says where; `mistake` is the name of the mistake that explains it, "" where none does."""

    stage: int
    tried: int
    case: Case = ()
    history: History | None = None
    broken: Broken | None = None
    mistake: str = ""
    attempted: bool = True

    @property
    def passed(self) -> bool:
        """Whether every history was explained."""
        return self.attempted and self.broken is None

    @property
    def met(self) -> str:
        """What the program does wrong, in a sentence."""
        if not self.attempted:
            return f"Your program does not know {self._asked} yet."
        if self.passed:
            return f"All {self.tried} histories are explained."
        named = _NAMED.get(self.mistake)
        return named.met if named else self.plain

    @property
    def _asked(self) -> str:
        """What it was asked when it did not know what to say."""
        if self.history is None or self.broken is None:
            return "what it is asked in this stage"
        return str(self.history.exchanges[self.broken.at].requests[0]["op"])

    @property
    def plain(self) -> str:
        """What came, and what would have been right, with no word about the mistake."""
        if self.broken is None or not self.attempted:
            return self.met
        if not self.broken.expected:
            return self.broken.came
        right = " or ".join(self.broken.expected[:3])
        return f"It said: {self.broken.came}. Right would be: {right}."

    @property
    def hint(self) -> str:
        """What to look at; "" where nothing is known of the mistake."""
        named = _NAMED.get(self.mistake)
        return named.hint if named else _hint(self)


_NAMED = {mistake.name: mistake for mistake in MISTAKES}


def judge(open_: Open, stage: int, *, seed: int = 1, number: int = CASES) -> Verdict:
    """Play cases of the stage, from 1, until one is broken; that is made as short as it gets.

    `open_()` makes the program anew, with an empty folder. Raises InvalidInput for another stage.
    """
    if stage not in range(1, LAST_STAGE + 1):
        raise InvalidInput("stage", f"must be 1 to {LAST_STAGE}")
    played: list[History] = []
    left = cases(stage, seed, number)
    with (
        progress(total=number, desc=f"stage {stage}", unit=" histories") as bar,
        Ahead(open_) as at,
    ):
        for case in left:
            history, wrong = played_on(case, at)
            played.append(history)
            bar.update(1)
            if wrong:
                return _verdict(stage, played, left, case, (history, wrong), at)
    return Verdict(stage, number)


class Ahead:
    """Opens programs, one ahead: it starts while the one before is asked."""

    def __init__(self, open_: Open) -> None:
        self._open = open_

    def __enter__(self) -> Ahead:
        self._next = self._open()
        return self

    def __exit__(self, *_: object) -> None:
        self._next.close()

    def __call__(self) -> Program:
        """The one that has been started, while another one starts."""
        now, self._next = self._next, self._open()
        return now


Found = tuple[History, Broken]


def played_on(case: Case, open_: Open, tries: int = 1) -> tuple[History, Broken | None]:
    """The history of the case and where it is broken, if it is; tried again if it may be a race."""
    races = any(step.together or step.fault == "doubled" for step in case)
    for _ in range(tries if races else 1):
        history = play(case, open_())
        if wrong := unexplained(history, Model()):
            return history, wrong
    return history, None


def _verdict(
    stage: int,
    played: list[History],
    left: Iterator[Case],
    case: Case,
    found: Found,
    open_: Open,
) -> Verdict:
    tried, (history, wrong) = len(played), found
    if wrong.came.endswith(f": {UNKNOWN}."):
        return Verdict(stage, tried, case, history, wrong, attempted=False)
    short, (history, wrong) = shortest(case, found, open_)
    if wrong.expected:  # what is no reply at all, no model explains
        played += (play(other, open_()) for other in islice(left, MORE))
    mistake = _explains(stage, history, played)
    return Verdict(stage, tried, short, history, wrong, mistake)


def _explains(stage: int, history: History, played: Sequence[History]) -> str:
    """The mistake that explains this history and most of the others; "" if there is none."""
    known = [m for m in MISTAKES if m.stage <= stage and not unexplained(history, m)]
    if not known:
        return ""
    return max(known, key=lambda m: sum(not unexplained(one, m) for one in played)).name


def shortest(case: Case, found: Found, open_: Open) -> tuple[Case, Found]:
    """The shortest case that is broken, looked for from this one by taking things out of it."""
    waits = not found[1].expected  # it may be one that says nothing: each try of it takes seconds
    end = time.monotonic() + (PATIENCE / 3 if waits else PATIENCE)
    known: set[Case] = {case}
    while True:
        for other in _begin(case, found):
            if time.monotonic() > end:
                return case, found
            if not other or other in known or cost(other) >= cost(case):
                continue
            known.add(other)
            history, wrong = played_on(other, open_, TRIES)
            if wrong:
                case, found = other, (history, wrong)
                break
        else:
            return case, found


def _begin(case: Case, found: Found) -> Iterator[Case]:
    """Shorter cases; first the one without what comes after the break."""
    steps = sum(len(exchange.steps) for exchange in found[0].exchanges[: found[1].at + 1])
    yield case[:steps]
    yield from shorter(case)


def _hint(verdict: Verdict) -> str:
    """For what no mistake explains: a program that did not come back after a crash."""
    if verdict.passed or not verdict.attempted or verdict.broken is None:
        return ""
    if not verdict.broken.expected and any(step.fault in ("torn", "dies") for step in verdict.case):
        return (
            "A crash in the middle of a write leaves a part of it. When you read the file, leave "
            "out a last line that has no end; or write beside it, and rename."
        )
    return ""
