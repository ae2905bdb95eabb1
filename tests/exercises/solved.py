"""A chapter's notebook with the solution of each exercise in place of its stub."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode

from eventsourcing_kit.exercises import Chapter, Exercise

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def read(chapter: Chapter) -> NotebookNode:
    """The notebook of a chapter, as it is committed."""
    [path] = NOTEBOOKS.glob(f"{chapter.number:02}_*.ipynb")
    found: NotebookNode = nbformat.read(path, as_version=4)
    return found


def with_check(exercise: Exercise, code: str) -> str:
    """The cell in which an answer stands and is checked."""
    return f"{code.strip()}\n\n\nex.{exercise.name}.check({exercise.answer})"


def solved(chapter: Chapter) -> tuple[NotebookNode, list[int]]:
    """The notebook with all solutions put in, and the places of its checks."""
    notebook = read(chapter)
    stubs = {with_check(one, one.stub): with_check(one, one.reference) for one in chapter}
    checks = []
    for place, cell in enumerate(notebook.cells):
        if cell.source.strip() in stubs:
            cell.source = stubs[cell.source.strip()]
            checks.append(place)
    return notebook, checks
