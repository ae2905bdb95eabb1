"""Each chapter says at both ends where one is, and leads back, on, to the exercises and the map."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from tests.notebooks.navigation import CHAPTERS, lead, line


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_leads_on_at_both_ends(chapter: Path) -> None:
    cells = nbformat.read(chapter, as_version=4).cells
    prose = [one.source for one in cells if one.cell_type == "markdown"]
    for source, first in ((prose[0], True), (prose[-1], False)):
        led = lead(source, chapter, first=first)
        assert source == led, "write it: python -m tests.notebooks.navigation"


def test_the_line_in_the_middle_of_the_course() -> None:
    assert line(CHAPTERS[4]) == (
        "[← 03](03_an_event_store.ipynb) · **04 Aggregates and replay** · "
        "[05 Time travel →](05_time_travel.ipynb) · [exercises](#Exercises) · "
        "[map](00_start_here.ipynb#The-map-of-the-course)"
    )


def test_the_ends_of_the_course() -> None:
    assert line(CHAPTERS[0]).startswith("**00 Start here** · [01 Events or rows →]")
    assert "→" not in line(CHAPTERS[-1])
