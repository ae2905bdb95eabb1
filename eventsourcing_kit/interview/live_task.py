"""The last ten minutes of a mock interview: a bug to find, or the first stage of a live build.

What is done here is judged as it is in their own rooms, by running it.
"""

from __future__ import annotations

from typing import Any, Protocol

from ..histories import Spawned, command_of, judge
from .build_state import stages
from .colours import coloured
from .corpus import Bug
from .hunt import Hunt

PROGRAM = "store.py"


class Task(Protocol):
    """What a live task is to the interview."""

    def do(self, command: dict[str, Any]) -> bool:
        """What was asked for at the desk; returns whether it was right."""
        ...

    def show(self) -> None:
        """It is given up, or done: what was looked for may be seen."""
        ...

    def view(self) -> dict[str, Any]:
        """All that the desk shows of it."""
        ...


class BugTask:
    """Say in which line the fault is: {"line": 7}."""

    def __init__(self, bug: Bug) -> None:
        self._hunt = Hunt(bug)

    def do(self, command: dict[str, Any]) -> bool:
        """Take a line. Raises InvalidInput for one that there is not."""
        return self._hunt.guess(command.get("line", 0))

    def show(self) -> None:
        """Mark the lines of the fault."""
        self._hunt.do({"show": True})

    def view(self) -> dict[str, Any]:
        """The code, and how it stands."""
        hunt, bug = self._hunt, self._hunt.bug
        return {
            "kind": "bug", "code": bug.code.rstrip("\n"), "outcome": hunt.outcome,
            "right": hunt.found, "colours": coloured(bug.code.rstrip("\n"), bug.language),
            "marked": list(bug.faulty_lines) if hunt.found or hunt.shown else [],
        }  # fmt: skip


class BuildTask:
    """Write the first stage of a live build into PROGRAM, and have it judged: {"judge": true}."""

    def __init__(self) -> None:
        self._outcome, self._right = "not judged yet", False
        self._turns: tuple[str, ...] = ()

    def do(self, command: dict[str, Any]) -> bool:
        """Judge the file. Raises InvalidInput where there is none."""
        call = command_of(PROGRAM)
        verdict = judge(lambda: Spawned(call), 1)
        self._right, self._outcome = verdict.passed, verdict.plain
        turns = verdict.history.turns() if verdict.history and verdict.attempted else ()
        self._turns = tuple(
            f"{turn.participant}: {turn.step}{f' → {turn.note}' if turn.note else ''}"
            for turn in turns
        )
        return self._right

    def show(self) -> None:
        """Nothing is hidden here but how a good run does it."""

    def view(self) -> dict[str, Any]:
        """What is asked of the program, and the shortest history that it breaks."""
        return {
            "kind": "build", "code": "\n".join(stages()[0].asks), "outcome": self._outcome,
            "right": self._right, "program": PROGRAM, "turns": list(self._turns),
        }  # fmt: skip


def task_of(live: Bug | str) -> Task | None:
    """The task of an interview that has this one; None if it has none."""
    if isinstance(live, Bug):
        return BugTask(live)
    return BuildTask() if live else None
