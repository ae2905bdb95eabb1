"""Spot the bug: say in which line it sits, then watch it happen."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from .. import journal
from ..errors import InvalidInput
from .colours import coloured
from .corpus import Bug
from .memory import STREAM


def run(bug: Bug, code: str) -> Any:
    """What the proof sees when it runs after `code`, which is the card's own or its cure.

    What the code raises is what one sees: the error's name and text.
    """
    card = sys.modules["card"] = ModuleType("card")  # a dataclass looks its module up
    names = card.__dict__
    names["CODE"] = code
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            if bug.language == "python":
                exec(compile(code, f"<{bug.id}>", "exec", dont_inherit=True), names)
            exec(compile(bug.proof, f"<{bug.id}, its proof>", "exec", dont_inherit=True), names)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        del sys.modules["card"]
    return plain(names.get("seen"))


def plain(value: Any) -> Any:
    """A value as YAML has it: tuples are lists."""
    match value:
        case list() | tuple():
            return [plain(each) for each in value]
        case dict():
            return {key: plain(each) for key, each in value.items()}
        case _:
            return value


def found() -> set[str]:
    """The ids of the bugs that you ever found, by what `es.journal` has."""
    return {
        event.data.get("card", "")
        for event in journal.events()
        if event.type == "BugSought" and event.data.get("right") is True
    }


def chosen(bugs: Sequence[Bug], name: int | str | None) -> Bug:
    """The bug of a number, a title or an id; without one the first that was never found, or else
    the first. Raises InvalidInput for another name."""
    if name is None:
        ever = found()
        return next((bug for bug in bugs if bug.id not in ever), bugs[0])
    for bug in bugs:
        if type(name) in (int, str) and name in (bug.number, bug.title, bug.id):
            return bug
    raise InvalidInput(
        "bug", f"{name!r} is none of 1 to {len(bugs)}; es.interview.bugs() lists them"
    )


def following(bugs: Sequence[Bug], bug: Bug) -> Bug | None:
    """The next one, round the list, that was never found."""
    ever = found()
    place = bugs.index(bug)
    return next((one for one in (*bugs[place + 1 :], *bugs[:place]) if one.id not in ever), None)


class Hunt:
    """One card, until its line is found or shown, and then another of the `bugs`.

    Each guess is recorded in `es.journal`. A line that was said before is no other try.
    """

    def __init__(self, bug: Bug, bugs: Sequence[Bug] = ()) -> None:
        self._bugs = bugs or (bug,)
        self._take(bug)

    def _take(self, bug: Bug) -> None:
        self.bug = bug
        self.guesses: list[int] = []
        self.hinted = self.shown = False

    @property
    def found(self) -> bool:
        """Whether the last guess was right."""
        return bool(self.guesses) and self.guesses[-1] in self.bug.faulty_lines

    @property
    def outcome(self) -> str:
        """How it stands, in a line."""
        if self.found:
            tries = len(self.guesses)
            return f"found in line {self.guesses[-1]}, {tries} {'try' if tries == 1 else 'tries'}"
        if self.shown:
            return "shown"
        return f"not in line {self.guesses[-1]}" if self.guesses else "not found yet"

    def guess(self, line: int) -> bool:
        """Say that the fault is in a line, from 1. Raises InvalidInput for a line there is not."""
        lines = len(self.bug.code.splitlines())
        if type(line) is not int or not 1 <= line <= lines:
            raise InvalidInput("line", f"must be 1 to {lines}")
        if not (self.found or self.shown or line in self.guesses):
            self.guesses.append(line)
            data = {"card": self.bug.id, "line": line, "right": self.found}
            journal.record("BugSought", data, stream_id=f"{STREAM}{self.bug.id}")
        return self.found

    def do(self, command: dict[str, Any]) -> None:
        """What the desk's browser asks for: {"line": 7}, {"hint": true}, {"show": true} or
        {"next": true}."""
        if "line" in command:
            self.guess(command["line"])
        if command.get("next") and (after := following(self._bugs, self.bug)):
            self._take(after)
        self.hinted = self.hinted or bool(command.get("hint"))
        if command.get("show") and not (self.found or self.shown):
            self.shown = True
            journal.record("BugShown", {"card": self.bug.id}, stream_id=f"{STREAM}{self.bug.id}")

    def view(self) -> dict[str, Any]:
        """All that the desk shows. The code is run, faulty and cured, once the line is known."""
        bug = self.bug
        over = self.found or self.shown
        after = following(self._bugs, bug) if over else None
        return {
            "name": bug.heading,
            "level": bug.level,
            "question": bug.question,
            "code": bug.code.rstrip("\n"),
            "colours": coloured(bug.code.rstrip("\n"), bug.language),
            "outcome": self.outcome,
            "wrong": [line for line in self.guesses if line not in bug.faulty_lines],
            "found": self.found,
            "over": over,
            "hint": bug.hint if self.hinted else "",
            "marked": list(bug.faulty_lines) if over else [],
            "after": _after(bug) if over else [],
            "cure": _cure(bug) if over else None,
            "next": after.heading if after else "",
        }


def _after(bug: Bug) -> list[dict[str, Any]]:
    return [
        {"label": "Why", "text": bug.explanation},
        {
            "label": "Run just now",
            "text": bug.proof_says,
            "items": [f"faulty: `{run(bug, bug.code)!r}`", f"cured: `{run(bug, bug.cure)!r}`"],
        },
    ]


def _cure(bug: Bug) -> dict[str, Any]:
    code = bug.cure.rstrip("\n")
    return {"code": code, "colours": coloured(code, bug.language), "marked": list(_changed(bug))}


def _changed(bug: Bug) -> tuple[int, ...]:
    """The lines of the cure that the faulty code has not."""
    before = set(bug.code.splitlines())
    lines = enumerate(bug.cure.splitlines(), 1)
    return tuple(number for number, line in lines if line not in before and line.strip())
