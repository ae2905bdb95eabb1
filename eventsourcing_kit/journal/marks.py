"""How exercises stand, as marks: four signs that differ in form, and not in colour alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from . import events
from .standing import NOT_TRIED, Mark, standings


class Named(Protocol):
    """An exercise, as far as the journal knows it."""

    chapter: int
    name: str


SIGNS: dict[Mark, str] = {
    "solved": "✓",
    "solved after seeing the solution": "◆",
    "begun": "◐",
    "not tried": "○",
}
_COLOURS: dict[Mark, str] = {  # JupyterLab's own, which fit its theme
    "solved": "var(--jp-success-color1, #388e3c)",
    "solved after seeing the solution": "var(--jp-success-color1, #388e3c)",
    "begun": "var(--jp-brand-color1, #1976d2)",
    "not tried": "var(--jp-ui-font-color2, #757575)",
}
_LOUDEST: Mark = "solved"


def sign_html(mark: Mark, *, named: bool = False) -> str:
    """The sign of a mark. A screen reader hears the mark if it is `named`, else nothing."""
    role = f'role="img" aria-label="{mark}"' if named else 'aria-hidden="true"'
    weight = "font-size:1.2em;font-weight:bold" if mark == _LOUDEST else "font-size:0.9em"
    style = f"display:inline-block;width:1.2em;color:{_COLOURS[mark]};{weight}"
    return f'<span {role} style="{style}">{SIGNS[mark]}</span>'


def marks_of(exercises: Iterable[Named]) -> list[Mark]:
    """The mark of each exercise, by what the journal holds now: it is read for that."""
    course = standings(events())
    return [course.get((one.chapter, one.name), NOT_TRIED).mark for one in exercises]


def is_solved(mark: Mark) -> bool:
    """Whether it is solved, with or without the solution."""
    return mark.startswith("solved")


def solved_of(marks: Sequence[Mark]) -> str:
    """How many are solved: "2 of 5 solved"."""
    return f"{sum(map(is_solved, marks))} of {len(marks)} solved"
