"""How far you are in the course: the map of exercises, now or at any earlier moment.

It is a fold over your journal (`es.journal`), in which exercises record what happens to them:
ExerciseAttempted (a wrong answer; `recognised` is the number of the known mistake, or null),
ExerciseSolved, HintTaken (`number`, from 1) and SolutionShown, each with `chapter` and `exercise`,
in streams such as "exercise-4-evolve_balance".
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from .. import journal
from ..event import check_time
from ..journal.standing import Course, Key, Mark, Standing, standings, until
from .course_map import CourseMap, draw
from .history import history
from .practice import practice

if TYPE_CHECKING:
    from ..widgets import TimeTravel

__all__ = ["CourseMap", "Mark", "Standing", "show", "solved", "state", "travel"]


def solved(chapter: int | None = None) -> list[Key]:
    """Chapter and name of each exercise solved, in the order in which they were."""
    times = {key: standing.solved_at for key, standing in state().items() if standing.solved_at}
    return sorted((key for key in times if chapter in (None, key[0])), key=lambda key: times[key])


def state(at: datetime | None = None) -> Course:
    """How each exercise stands that something has happened to, by chapter and name.

    `state()[4, "evolve_balance"].tries`. With `at`, an aware time, as it was then: what had
    occurred by that instant. Raises InvalidInput for a time without a zone.
    """
    moment = None if at is None else check_time("at", at)
    return standings(until(journal.events(), moment))


def show(at: datetime | None = None) -> CourseMap:
    """The map of chapters, exercises and the interview room, and what is next; now, or as it was at
    an aware time. Raises as `state`."""
    from .. import exercises

    moment = None if at is None else check_time("at", at)
    past = until(journal.events(), moment)
    return draw(
        exercises.chapters(),
        standings(past),
        at=moment,
        trouble=journal.trouble(),
        practice=practice(past),
    )


def travel() -> TimeTravel:
    """A slider through all that you tried and solved: the count as a curve, the marks beside it."""
    from .. import exercises, widgets

    past = history(exercises.chapters(), journal.events())
    return widgets.TimeTravel(
        [past], money="solved", by="event", order="occurred_at", title="Your progress"
    )
