"""Exercises that check themselves: pages in data/exercises, and a module of cases a chapter."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module

from ..errors import InvalidInput
from . import cases
from .chapter import Chapter, from_pages
from .checked import Checked
from .compare import Compare
from .exercise import KIT, Advice, Exercise, Test
from .outcome import Broken, Stopped
from .pages import BadPage, Wrong
from .rules import Rule, Rules
from .sql import sql_rows
from .verdict import Verdict

__all__ = [
    "KIT",
    "Advice",
    "BadPage",
    "Broken",
    "Chapter",
    "Checked",
    "Compare",
    "Exercise",
    "Rule",
    "Rules",
    "Stopped",
    "Test",
    "Verdict",
    "Wrong",
    "chapter",
    "chapters",
    "from_pages",
    "sql_rows",
]


def chapter(number: int) -> Chapter:
    """The exercises of a chapter. Raises InvalidInput where there are none."""
    known = _numbers()
    if type(number) is not int or number not in known:
        there = ", ".join(map(str, known))
        raise InvalidInput("chapter", f"{number!r} has no exercises; these have: {there}")
    found: Chapter = import_module(f".chapter_{number:02}", cases.__name__).CHAPTER
    return found


def chapters() -> tuple[Chapter, ...]:
    """All chapters that have exercises, in order."""
    return tuple(map(chapter, _numbers()))


def _numbers() -> list[int]:
    names = (
        re.fullmatch(r"chapter_(\d\d)", found.name)
        for found in pkgutil.iter_modules(cases.__path__)
    )
    return sorted(int(name[1]) for name in names if name)
