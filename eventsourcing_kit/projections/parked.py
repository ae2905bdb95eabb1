"""Events that a read model goes on without: skipped, or parked as dead letters to be retried."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ReadModelsFailed
from ..event import RecordedEvent
from .builds import Build
from .file import File, Model
from .projection import OnFailure

WAITS = "waits for an earlier event of its stream"


@dataclass(frozen=True)
class ParkedEvent:
    """An event that a projection went on without.

    `choice` is "skip", "dead letter" or "dead letter alone". `problem` is what its handler raised
    last, or that it waits for an earlier event of its stream.
    """

    position: int
    stream_id: str
    type: str
    choice: str
    problem: str


def listed(file: File, build: Build) -> list[ParkedEvent]:
    """All that is set aside in a build, in order of position."""
    with file.cursor() as cursor:
        rows = cursor.execute(
            "SELECT position, stream_id, type, choice, problem FROM set_aside "
            "WHERE projection = ? AND build = ? ORDER BY position",
            [build.projection, build.number],
        ).fetchall()
    return [ParkedEvent(*row) for row in rows]


def write_down(
    model: Model, build: Build, event: RecordedEvent, choice: OnFailure, problem: str
) -> None:
    """Set an event aside, in the transaction that moves the checkpoint past it."""
    model.execute(
        "INSERT INTO main.set_aside VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            *(build.projection, build.number, event.position, event.stream_id, event.type),
            *(choice.value, problem),
        ],
    )


def strike_off(file: File, model: Model, build: Build, letter: ParkedEvent) -> None:
    """Take a letter off the list, in the transaction that handles its event.

    Raises ReadModelsFailed if it is not there any more: then somebody else has handled it.
    """
    [(gone,)] = model.execute(
        "DELETE FROM main.set_aside WHERE projection = ? AND build = ? AND position = ?",
        [build.projection, build.number, letter.position],
    ).fetchall()
    if gone != 1:
        problem = f"position {letter.position} of {build.schema} was handled by somebody else"
        raise ReadModelsFailed(file.path, problem)


def note_problem(file: File, build: Build, letter: ParkedEvent, problem: str) -> None:
    """Write down what the handler raised this time."""
    which = [problem, build.projection, build.number, letter.position]
    file.change(
        lambda model: model.execute(
            "UPDATE main.set_aside SET problem = ? "
            "WHERE projection = ? AND build = ? AND position = ?",
            which,
        )
    )
