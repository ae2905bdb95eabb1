"""What you have tried and solved, kept as an event stream of your own.

Exercises record what happens to them: ExerciseAttempted (a wrong answer; `recognised` is the
number of the known mistake, or null), ExerciseSolved, HintTaken (`number`, from 1) and
SolutionShown, each with `chapter` and `exercise`, in streams such as "exercise-4-evolve_balance".
They are lines of text in a journal in your data folder, or in the folder that the environment
variable EVENTSOURCING_KIT_HOME names. What the map shows is a fold over them, so it can be drawn
as of any moment.

Nothing that is wrong with the journal stops a lesson: `trouble()` and `show()` say what it is.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..event import RecordedEvent, canonical_json, check_time
from .course_map import CourseMap, draw
from .journal import Journal
from .standing import Course, Key, Mark, Standing, standings, stream_of, until

if TYPE_CHECKING:
    from ..stores import EventStore
    from ..widgets import TimeTravel

__all__ = [
    "CourseMap",
    "Mark",
    "Standing",
    "events",
    "path",
    "record",
    "show",
    "solved",
    "state",
    "store",
    "travel",
    "trouble",
]


def record(type_: str, data: Mapping[str, Any], stream_id: str | None = None) -> None:
    """Note that something happened, just now. This never raises; see `trouble`.

    Without a `stream_id` it belongs to the exercise that `data` names by chapter and exercise.
    """
    journal = _journal()
    if stream_id is None:
        stream_id = stream_of(data.get("chapter", 0), data.get("exercise", "unknown"))
    journal.append(stream_id, type_, data)


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
    return standings(until(events(), moment))


def show(at: datetime | None = None) -> CourseMap:
    """The map of chapters and exercises, now or as it was at an aware time. Raises as `state`."""
    from .. import exercises

    moment = None if at is None else check_time("at", at)
    course = state(moment)
    return draw(exercises.chapters(), course, at=moment, trouble=trouble())


def travel() -> TimeTravel:
    """A slider through all that you tried and solved: the count as a curve, the marks beside it."""
    from .. import exercises, widgets
    from .history import history

    past = history(exercises.chapters(), events())
    return widgets.TimeTravel(
        [past], money="solved", by="event", order="occurred_at", title="Your progress"
    )


def events() -> list[RecordedEvent]:
    """All that was recorded, in the order of the journal."""
    return _journal().events()


def store() -> EventStore:
    """A copy of the journal as an event store in memory, for SQL and all else the kit can do."""
    from ..stores import open_store

    copy = open_store(":memory:")
    found = events()
    if found:
        copy.append_columns(
            {
                "stream_id": [event.stream_id for event in found],
                "type": [event.type for event in found],
                "schema_version": [event.schema_version for event in found],
                "data": [canonical_json(event.data) for event in found],
                "metadata": [canonical_json(event.metadata, "metadata") for event in found],
                "event_id": [str(event.event_id) for event in found],
                "occurred_at": [event.occurred_at for event in found],
                "recorded_at": [event.recorded_at for event in found],
            }
        )
    return copy


def path() -> Path:
    """The journal's file. `es.load_jsonl` reads it as well."""
    return _journal().path


def trouble() -> str:
    """What is wrong with the journal and what to do about it; "" if nothing is."""
    journal = _journal()
    journal.events()
    return journal.trouble


def _journal() -> Journal:
    """The one in the folder that the environment names now."""
    return _journal_in(os.environ.get("EVENTSOURCING_KIT_HOME", ""))


@cache
def _journal_in(folder: str) -> Journal:
    import platformdirs

    home = folder or platformdirs.user_data_dir("eventsourcing_kit", appauthor=False)
    home = os.path.expanduser(home)
    with suppress(FileNotFoundError):  # the working directory may be gone
        home = os.path.abspath(home)
    journal = Journal(Path(home) / "progress.jsonl")
    atexit.register(journal.flush)  # the last chance for what waits
    return journal
