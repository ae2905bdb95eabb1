"""A small course, and a learner whose past is told in a few words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from eventsourcing_kit.event import RecordedEvent, fixed_ids
from eventsourcing_kit.exercises import Chapter, Exercise, Rules
from eventsourcing_kit.journal.standing import stream_of

START = datetime(2025, 3, 10, 9, tzinfo=UTC)


def at(minute: int) -> datetime:
    """The instant at which the event of this number happened, from 1."""
    return START + timedelta(minutes=minute)


def exercise(name: str, title: str = "A title") -> Exercise:
    return Exercise(
        name=name,
        title=title,
        minutes=5,
        difficulty=1,
        importance=1,
        prompt="",
        answer=name,
        stub="",
        hints=("one", "two"),
        reference="",
        why="",
        wrong_answers=(),
        test=Rules((), plain=bool),
    )


def course() -> tuple[Chapter, ...]:
    """Two chapters: three exercises and one."""
    first = (exercise("fold"), exercise("decide"), exercise("replay"))
    return (
        Chapter(1, "Events or rows", "none", first),
        Chapter(4, "Aggregates and replay", "none", (exercise("evolve", "Fold the balance"),)),
    )


def happened(*story: tuple[int, str, str] | tuple[int, str, str, Any]) -> list[RecordedEvent]:
    """Events a minute apart, each told as chapter, exercise, type and perhaps more data."""
    return list(_events(story))


def _events(story: Iterable[Any]) -> Iterable[RecordedEvent]:
    ids = fixed_ids()
    for position, (chapter, name, type_, *more) in enumerate(story, 1):
        yield RecordedEvent(
            position=position,
            stream_id=stream_of(chapter, name),
            version=position,
            event_id=ids(),
            type=type_,
            schema_version=1,
            data={"chapter": chapter, "exercise": name, **(more[0] if more else {})},
            metadata={},
            occurred_at=at(position),
            recorded_at=at(position),
        )
