"""The chapters hold each exercise as a stub, and run clean with all solutions put in."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

import eventsourcing_kit as es
from eventsourcing_kit.exercises import Chapter, Exercise

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
CHAPTERS = {f"{chapter.number:02}": chapter for chapter in es.exercises.chapters()}


@pytest.fixture(params=list(CHAPTERS.values()), ids=list(CHAPTERS))
def chapter(request: pytest.FixtureRequest) -> Chapter:
    found: Chapter = request.param
    return found


def notebook(chapter: Chapter) -> NotebookNode:
    [path] = NOTEBOOKS.glob(f"{chapter.number:02}_*.ipynb")
    found: NotebookNode = nbformat.read(path, as_version=4)
    return found


def with_check(exercise: Exercise, code: str) -> str:
    return f"{code.strip()}\n\n\nex.{exercise.name}.check({exercise.answer})"


def test_each_exercise_stands_there_with_its_prompt_its_stub_and_its_help(chapter: Chapter) -> None:
    sources = [cell.source.strip() for cell in notebook(chapter).cells]
    places = []
    for exercise in chapter:
        place = sources.index(f"ex.{exercise.name}")
        assert sources[place + 1] == with_check(exercise, exercise.stub)
        assert f"# ex.{exercise.name}.hint()" in sources[place + 2]
        assert f"# ex.{exercise.name}.solution()" in sources[place + 2]
        places.append(place)
    assert places == sorted(places), "in the order of the chapter"
    assert f"ex = es.exercises.chapter({chapter.number})" in sources


def test_the_solved_chapter_runs_clean(
    chapter: Chapter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))  # what it solves is its own
    solved = notebook(chapter)
    stubs = {with_check(one, one.stub): with_check(one, one.reference) for one in chapter}
    checks = []
    for cell in solved.cells:
        if cell.source.strip() in stubs:
            cell.source = stubs[cell.source.strip()]
            checks.append(cell)
    resources = {"metadata": {"path": str(NOTEBOOKS)}}
    NotebookClient(solved, kernel_name="python3", resources=resources, timeout=600).execute()
    outcomes = [cell.outputs[-1].data["text/plain"].split(" · ")[0] for cell in checks]
    assert outcomes == ["✓ Right"] * len(chapter)
