"""How the learner stands: a fold over what happened to each exercise."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ..decider import fold
from ..event import RecordedEvent

Mark = Literal["not tried", "begun", "solved", "solved after seeing the solution"]
Key = tuple[int, str]  # chapter and name of an exercise
Course = Mapping[Key, "Standing"]


@dataclass(frozen=True)
class Standing:
    """What became of one exercise, up to the moment it was solved.

    `tries` counts the answers checked, the right one too; `hints` how far up the ladder the
    learner went; `solution_seen` is whether the solution was shown before they solved it.
    """

    tries: int = 0
    hints: int = 0
    solution_seen: bool = False
    solved_at: datetime | None = None

    @property
    def mark(self) -> Mark:
        """All of it in a word."""
        if self.solved_at:
            return "solved after seeing the solution" if self.solution_seen else "solved"
        return "not tried" if self == NOT_TRIED else "begun"


NOT_TRIED = Standing()


def stream_of(chapter: int, exercise: str) -> str:
    """The stream of an exercise: "exercise-4-evolve_balance"."""
    return f"exercise-{chapter}-{exercise}"


def exercise_of(stream_id: str) -> Key | None:
    """The inverse of `stream_of`; None for any other stream."""
    found = re.fullmatch(r"exercise-([0-9]{1,4})-(.+)", stream_id)
    return (int(found[1]), found[2]) if found else None


def evolve(standing: Standing, event: RecordedEvent) -> Standing:
    """One exercise after one more event. Once it is solved, nothing changes it."""
    if standing.solved_at:
        return standing
    match event.type:
        case "ExerciseAttempted":
            return replace(standing, tries=standing.tries + 1)
        case "ExerciseSolved":
            return replace(standing, tries=standing.tries + 1, solved_at=event.occurred_at)
        case "HintTaken":
            number = event.data.get("number")  # from 1 again when a kernel has restarted
            return replace(
                standing, hints=max(standing.hints, number if type(number) is int else 1)
            )
        case "SolutionShown":
            return replace(standing, solution_seen=True)
        case _:  # such as a card's rating, which is about something else
            return standing


def evolve_course(course: Course, event: RecordedEvent) -> Course:
    """All exercises after one more event, whichever it is about."""
    key = exercise_of(event.stream_id)
    if key is None:
        return course
    return {**course, key: evolve(course.get(key, NOT_TRIED), event)}


def standings(events: Iterable[RecordedEvent]) -> Course:
    """How the exercises stand that something has happened to."""
    return fold(evolve_course, events, {})


def until(events: Iterable[RecordedEvent], at: datetime | None) -> list[RecordedEvent]:
    """The events that had occurred by then, in the order in which they did."""
    happened = [event for event in events if at is None or event.occurred_at <= at]
    return sorted(happened, key=lambda event: (event.occurred_at, event.position))
