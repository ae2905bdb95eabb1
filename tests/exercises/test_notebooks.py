"""The chapters hold each exercise as a stub. tests/browser runs them with all solutions put in."""

from __future__ import annotations

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.exercises import Chapter
from tests.exercises.solved import read, with_check

CHAPTERS = {f"{chapter.number:02}": chapter for chapter in es.exercises.chapters()}


@pytest.fixture(params=list(CHAPTERS.values()), ids=list(CHAPTERS))
def chapter(request: pytest.FixtureRequest) -> Chapter:
    found: Chapter = request.param
    return found


def test_each_exercise_stands_there_with_its_prompt_and_its_stub(chapter: Chapter) -> None:
    sources = [cell.source.strip() for cell in read(chapter).cells]
    places = []
    for exercise in chapter:
        place = sources.index(f"ex.{exercise.name}")
        assert sources[place + 1] == with_check(exercise, exercise.stub)
        places.append(place)
    assert places == sorted(places), "in the order of the chapter"
    assert f"ex = es.exercises.chapter({chapter.number})\nex" in sources, "and their state above"
