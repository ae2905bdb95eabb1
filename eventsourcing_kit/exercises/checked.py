"""A verdict that knows its exercise: in a live notebook it has buttons that help on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

from ..journal.marks import Named, is_solved, marks_of, solved_of
from ..journal.standing import Mark
from .verdict import Verdict

if TYPE_CHECKING:
    from ..widgets.verdict import VerdictHelp


class Advises(Protocol):
    """A hint or a solution."""

    def _repr_markdown_(self) -> str: ...


class Helps(Named, Protocol):
    """An exercise, as far as it helps on."""

    number: int
    hints: tuple[str, ...]
    neighbours: tuple[Self, ...]

    @property
    def place(self) -> str: ...
    @property
    def hints_taken(self) -> Sequence[Advises]: ...
    def hint(self) -> Advises: ...
    def solution(self) -> Advises: ...


class Checked(Verdict, frozen=True, kw_only=True):
    """What `Exercise.check` found."""

    exercise: Helps

    def help(self) -> VerdictHelp:
        """The buttons: the next hint, a solution, the next exercise that is open."""
        from ..widgets.verdict import VerdictHelp

        one = self.exercise
        mark, *marks = marks_of([one, *one.neighbours])

        def taken() -> list[str]:
            return [hint._repr_markdown_() for hint in one.hints_taken]

        def one_more_hint() -> list[str]:
            one.hint()
            return taken()

        return VerdictHelp(
            {"text/html": self._repr_html_(), "text/plain": repr(self)},
            on_hint=one_more_hint,
            on_solution=lambda: one.solution()._repr_markdown_(),
            told=taken(),
            title=f"Help with exercise {one.chapter}.{one.number}",
            hints=len(one.hints),
            right=self.right,
            costs=not is_solved(mark),
            standing=f"{solved_of(marks)} in this chapter",
            following=_following(one, marks),
        )

    def _ipython_display_(self, **_: Any) -> None:
        self.help()._ipython_display_()


def _following(exercise: Helps, marks: Sequence[Mark]) -> str:
    """The place of the next exercise of the chapter that is open, the earlier ones last; or ""."""
    marked = list(zip(exercise.neighbours, marks, strict=True))
    order = [*marked[exercise.number :], *marked[: exercise.number - 1]]
    return next((one.place for one, mark in order if not is_solved(mark)), "")
