"""A repair: how the code that is to take production's place is built, tried and judged.

It runs as an exercise's answer does, in a process of its own that is stopped when it takes too
long: see `exercises.trial`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...exercises.cell import run_cell
from ...exercises.trial import try_out
from ...exercises.verdict import NOT_ATTEMPTED, RIGHT, WRONG, Line, Verdict
from .page import Page, pages
from .scene import Scene, first_said, raised
from .scenes import SCENES


@dataclass(frozen=True)
class Source:
    """A repair as text, out of the desk; from a notebook's cell it comes as what it defines."""

    text: str


class Repair:
    """What is asked for in one incident."""

    module = __name__

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def page(self) -> Page:
        """The incident in words."""
        return pages()[self.name]

    @property
    def scene(self) -> Scene:
        """The incident as it happens."""
        return SCENES[self.name]()

    @property
    def heading(self) -> str:
        """What a verdict is about."""
        return f"Incident: {self.page.title}"

    def check(self, answer: Any) -> Verdict:
        """Try a repair in a process of its own: right or wrong, and by what it shows."""
        return try_out(self, answer)

    def judge(self, answer: Any, before_each: Callable[[], None] = lambda: None) -> Verdict:
        """The verdict on a repair, found in this process, without limits."""
        before_each()
        if isinstance(answer, Source):
            if answer.text.strip() == self.page.code.strip():
                return Verdict(NOT_ATTEMPTED, self.heading, AS_IT_WAS)
            try:
                answer = build(self.page, answer.text)
            except SyntaxError as error:
                where = Line(error.lineno or 1, file_of(self.page, answer.text))
                said = f"Python cannot read it: {error.msg}."
                return Verdict(WRONG, self.heading, said, line=where)
            except Exception as error:
                return Verdict(WRONG, self.heading, raised(error))
        trials = self.scene.tried(answer, before_each)
        said = first_said(trials)
        if not said:
            return Verdict(RIGHT, self.heading, RIGHT_IN.format(self.scene.cases))
        for number, wrong in enumerate(self.page.wrong):
            if self.scene.tried(build(self.page, wrong.code), before_each) == trials:
                return Verdict(WRONG, self.heading, f"{said} {wrong.says}", number)
        return Verdict(WRONG, self.heading, said)


def build(page: Page, code: str) -> Any:
    """What a cell of code defines under the name of the answer. Raises what the code raises."""
    names = run_cell(code, file_of(page, code))
    if page.answer not in names:
        raise NameError(f"your code has to define {page.answer!r}")
    return names[page.answer]


def file_of(page: Page, code: str) -> str:
    """The name under which a traceback finds the code."""
    return f"<{page.id} {hash(code):x}>"


AS_IT_WAS = "This is the code as it runs in production. Change it first."
RIGHT_IN = "The store is right in each of {} courses of events."

CHAPTER = {name: Repair(name) for name in SCENES}  # where the child process finds it by name
