"""A scene: an incident made to happen on a site, and what can be asked, done and proved there."""

from __future__ import annotations

import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from ...exercises.outcome import is_learners
from .site import Site


class Scene(ABC):
    """One incident. `happen` lets it happen with a piece of code, production's or a repaired one.

    `case` numbers the courses of events that a repair is tried on: 0 is the one of the page, the
    others keep a repair from fitting that one alone.
    """

    name: ClassVar[str]
    tables: ClassVar[str] = ""  # that the incident brings, in SQL
    counts: ClassVar[tuple[str, str]]  # what `wrong` counts, for one and for several
    cases: ClassVar[int] = 3

    @abstractmethod
    def happen(self, site: Site, answer: Any, case: int) -> None:
        """Let the night pass, with `answer` in its place in production."""

    @abstractmethod
    def evidence(self, site: Site) -> str:
        """What the page asks for, as it stands in the store."""

    @abstractmethod
    def wrong(self, site: Site) -> int:
        """How much is wrong in the store now; 0 when all is well."""

    @abstractmethod
    def act(self, site: Site, number: int) -> None:
        """Do the page's action of that number, from 1, on the store as it is."""

    def amiss(self, site: Site, case: int) -> str:
        """What is still wrong after a repair, in a sentence; "" if nothing is."""
        count = self.wrong(site)
        return f"{self.sentence(count)} {WHICH[case]}." if count else ""

    def sentence(self, count: int) -> str:
        """The count in words."""
        return f"{count} {self.counts[count != 1]}"

    def tried(
        self, answer: Any, before_each: Callable[[], None] = lambda: None
    ) -> tuple[Trial, ...]:
        """What a repair makes of each course of events."""
        trials = []
        for case in range(self.cases):
            with Site(self.tables) as site:
                before_each()
                try:
                    self.happen(site, answer, case)
                    trials.append(
                        Trial(self.amiss(site, case), self.wrong(site), tuple(site.log()))
                    )
                except Exception as error:
                    trials.append(Trial(raised(error)))
        return tuple(trials)


@dataclass(frozen=True)
class Trial:
    """What came of one course of events: what is amiss, "" if nothing; the count; the log."""

    said: str
    wrong: int = 0
    log: tuple[str, ...] = ()


def first_said(trials: Sequence[Trial]) -> str:
    """What is amiss in the first course of events in which something is."""
    return next((trial.said for trial in trials if trial.said), "")


def copies(answer: Any) -> Callable[[], Any]:
    """How to get an answer as a process has it that has just been started: what an earlier copy
    has kept in its memory is gone, and two processes do not share theirs."""
    import cloudpickle

    whole = cloudpickle.dumps(answer)
    return lambda: cloudpickle.loads(whole)


WHICH = (
    "when the night passes as it did",
    "when the night passes a little differently",
    "when the night passes quite differently",
    "when the night passes in a fourth way",
    "when the night passes in a fifth way",
)


def raised(error: BaseException) -> str:
    """What an error out of a learner's code says, with their line."""
    steps = traceback.extract_tb(error.__traceback__)
    mine = [
        step.lineno for step in steps if is_learners(step.filename) and step.filename[:1] == "<"
    ]
    where = f" in line {mine[-1]}" if mine else ""
    return f"Your code raised {type(error).__name__}{where}: {error}"
