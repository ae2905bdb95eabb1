"""A chapter's exercises, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ..errors import InvalidInput
from ..journal.marks import SIGNS, marks_of, sign_html, solved_of
from ..journal.standing import Mark
from .exercise import KIT, Exercise, Test
from .pages import BadPage, folder, read


class Chapter:
    """Exercises by name, as attributes: `chapter.evolve_balance`; iterates over them.

    `module` is the module that holds the chapter as CHAPTER, from which other processes load it.
    """

    def __init__(
        self, number: int, title: str, module: str, exercises: tuple[Exercise, ...]
    ) -> None:
        self.number = number
        self.title = title
        self.module = module
        self._exercises = {exercise.name: exercise for exercise in exercises}
        for place, exercise in enumerate(exercises, 1):
            exercise.chapter, exercise.number, exercise.module = number, place, module
            exercise.neighbours = exercises

    @property
    def notebook(self) -> str:
        """The name of the chapter's notebook, or "" where the project's notebooks are not."""
        notebooks = folder().parents[1] / "notebooks"
        return next((path.name for path in notebooks.glob(f"{self.number:02}_*.ipynb")), "")

    def __iter__(self) -> Iterator[Exercise]:
        return iter(self._exercises.values())

    def __len__(self) -> int:
        return len(self._exercises)

    def __getitem__(self, name: str) -> Exercise:
        if name not in self._exercises:
            raise InvalidInput("exercise", f"{name!r} is none of {', '.join(self._exercises)}")
        return self._exercises[name]

    def __getattr__(self, name: str) -> Exercise:
        exercises: dict[str, Exercise] = self.__dict__.get("_exercises", {})
        if name in exercises:
            return exercises[name]
        raise AttributeError(f"chapter {self.number} has no exercise {name!r}: {list(exercises)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._exercises]

    def _heading(self, marks: Sequence[Mark]) -> str:
        return f"Exercises of chapter {self.number}, {self.title}: {solved_of(marks)}"

    def __repr__(self) -> str:
        marks = marks_of(self)
        lines = [
            f"  {SIGNS[mark]} {one.place} ({one.minutes} minutes), ex.{one.name}: {mark}"
            for one, mark in zip(self, marks, strict=True)
        ]
        return "\n".join([self._heading(marks), *lines])

    def _repr_html_(self) -> str:
        marks = marks_of(self)
        items = "".join(
            f"<li>{sign_html(mark)} {escape(one.place)} ({one.minutes} minutes), "
            f"<code>ex.{one.name}</code>: {mark}</li>"
            for one, mark in zip(self, marks, strict=True)
        )
        style = "list-style:none;margin:4px 0;padding:0;line-height:1.6"
        return f'<strong>{escape(self._heading(marks))}</strong><ul style="{style}">{items}</ul>'


def from_pages(
    number: int, title: str, module: str, tests: Mapping[str, Test], setup: str = KIT
) -> Chapter:
    """The chapter whose exercises have these tests, each with the page of its name.

    `setup` is what the notebook has run before them. Raises BadPage, also for a page without a
    test.
    """
    here = folder() / f"{number:02}"
    for path in sorted(here.glob("*.md")):
        if path.stem not in tests:
            raise BadPage(path, 1, f"no test of this name is in {module}")
    found = {name: read(here / f"{name}.md") for name in tests}
    exercises = (Exercise(**vars(found[name]), test=tests[name], setup=setup) for name in tests)
    return Chapter(number, title, module, tuple(exercises))
