"""The course as one history, for the slider: after each event the marks of all chapters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import make_dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from ..event import RecordedEvent
from ..journal.standing import Course, evolve_course, exercise_of
from ..replay import History
from .course_map import draw

if TYPE_CHECKING:
    from ..exercises import Chapter


def history(chapters: Sequence[Chapter], events: Iterable[RecordedEvent]) -> History[Any]:
    """What happened to exercises, with a state after each event: how many are solved, and each
    chapter's marks."""
    names = [f"chapter_{chapter.number:02}" for chapter in chapters]
    state = make_dataclass("State", ["solved", *names], frozen=True)

    def state_of(course: Course) -> Any:
        shown = draw(chapters, course)
        return state(shown.solved, *(row.signs for row in shown.rows))

    about_exercises = tuple(event for event in events if exercise_of(event.stream_id))
    nothing: Course = {}
    before, *after = map(state_of, accumulate(about_exercises, evolve_course, initial=nothing))
    return History("exercises", about_exercises, tuple(after), before)
