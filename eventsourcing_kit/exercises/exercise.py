"""An exercise: its page, and how an answer to it is tried.

The idea of three outcomes, each tested, is that of Kaggle's learntools; that every exercise
proves itself unsolved and solved, that of rustlings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from .. import journal
from ..journal.standing import stream_of
from .cell import run_cell
from .checked import Checked
from .pages import Page
from .verdict import WRONG, Verdict

KIT = "import eventsourcing_kit as es"


class Test(Protocol):
    """How an answer is tried: see Compare and Rules."""

    def judge(
        self,
        title: str,
        answer: Any,
        reference: Any,
        known: Sequence[tuple[str, Any]],
        before_each: Callable[[], None] = ...,
    ) -> Verdict:
        """The verdict on `answer`. `before_each` is called before each run of it."""
        ...


@dataclass(frozen=True)
class Advice:
    """A hint or a solution. It shows itself."""

    heading: str
    text: str
    code: str = ""

    def __repr__(self) -> str:
        return "\n\n".join(filter(None, (self.heading, self.code, self.text)))

    def _repr_markdown_(self) -> str:
        code = self.code and f"```python\n{self.code}\n```"
        return "\n\n".join(filter(None, (f"**{self.heading}**", code, self.text)))


@dataclass(eq=False)
class Exercise(Page):
    """A task that checks itself. `setup` is what the notebook has run before an answer's cell."""

    test: Test
    setup: str = KIT
    # Set by the chapter that holds the exercise.
    chapter: int = field(default=0, init=False)
    number: int = field(default=0, init=False)
    module: str = field(default="", init=False)
    neighbours: tuple[Exercise, ...] = field(default=(), init=False, repr=False)
    _hints_taken: int = field(default=0, init=False, repr=False)

    def check(self, answer: Any) -> Checked:
        """Try the answer: right, wrong (with the shortest history that shows it), or not attempted.

        It runs in a process of its own, which is stopped if it takes too long or too much memory.
        In a live notebook the verdict has buttons: the next hint, a solution, the next exercise.
        """
        from .trial import try_out

        verdict = try_out(self, answer)
        if verdict.right:
            self._record("ExerciseSolved")
        elif verdict.outcome == WRONG:
            self._record("ExerciseAttempted", recognised=verdict.recognised)
        return Checked(**msgspec.structs.asdict(verdict), exercise=self)

    def hint(self) -> Advice:
        """The next hint; each call gives one more."""
        if self._hints_taken == len(self.hints):
            return Advice("No more hints", f"`{self.name}.solution()` shows one way to do it.")
        self._hints_taken += 1
        self._record("HintTaken", number=self._hints_taken)
        return self.hints_taken[-1]

    @property
    def hints_taken(self) -> list[Advice]:
        """The hints that were given in this session, the first one first."""
        given = enumerate(self.hints[: self._hints_taken], 1)
        return [Advice(self._heading_of_hint(number), text) for number, text in given]

    def _heading_of_hint(self, number: int) -> str:
        left = len(self.hints) - number
        return f"Hint {number} of {len(self.hints)}, {f'{left} left' if left else 'the last'}"

    def solution(self) -> Advice:
        """One way to do it, and why it is so."""
        self._record("SolutionShown")
        return Advice("One way to do it", self.why, self.reference)

    def judge(self, answer: Any, before_each: Callable[[], None] = lambda: None) -> Verdict:
        """The verdict on an answer, found in this process, without limits."""
        known = [(wrong.message, self.build(wrong.code)) for wrong in self.wrong_answers]
        reference = self.build(self.reference)
        return self.test.judge(self.heading, answer, reference, known, before_each)

    def build(self, code: str) -> Any:
        """What a cell of code defines under the name of the answer."""
        return run_cell(code, f"<{self.name} {hash(code):x}>", self.setup)[self.answer]

    def _record(self, type_: str, **more: Any) -> None:
        key = {"chapter": self.chapter, "exercise": self.name}
        journal.record(type_, key | more, stream_of(self.chapter, self.name))

    @property
    def place(self) -> str:
        """Its number in the course and its title: "4.2 A title"."""
        return f"{self.chapter}.{self.number} {self.title}"

    @property
    def heading(self) -> str:
        """What it is called in the notebook: "Exercise 4.2: A title"."""
        return f"Exercise {self.chapter}.{self.number}: {self.title}"

    @property
    def _size(self) -> str:
        return (
            f"({self.minutes} minutes, difficulty {self.difficulty} of 3, "
            f"importance {self.importance} of 3)"
        )

    def __repr__(self) -> str:
        return f"{self.heading} {self._size}\n\n{self.prompt}"

    def _repr_markdown_(self) -> str:
        return f"**{self.heading}** {self._size}\n\n{self.prompt}"
