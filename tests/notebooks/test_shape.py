"""What every chapter has in one form: the call, sixty seconds with a clock, what is asked next."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.notebooks.navigation import CHAPTERS

CLOCK = "es.widgets.SixtySeconds()"


@pytest.fixture(params=CHAPTERS[1:], ids=lambda path: path.stem)
def cells(request: pytest.FixtureRequest) -> list[NotebookNode]:
    path: Path = request.param
    found: list[NotebookNode] = nbformat.read(path, as_version=4).cells
    return found


def prose(cells: list[NotebookNode]) -> str:
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def test_the_call_is_a_quotation_at_the_head(cells: list[NotebookNode]) -> None:
    assert "\n\n> **The call.**\n> " in cells[0].source
    assert prose(cells).count("**The call.**") == 1


def test_the_sixty_seconds_are_a_quotation_and_a_clock_follows(cells: list[NotebookNode]) -> None:
    [place] = [n for n, cell in enumerate(cells) if cell.source == CLOCK]
    assert re.search(r'(^|\n)## Say it in sixty seconds\n\n> "[^#]*"$', cells[place - 1].source)


def test_what_they_ask_next_is_folded_under_the_question(cells: list[NotebookNode]) -> None:
    asked = prose(cells).partition("## They will ask next\n\n")[2].partition("\n## ")[0]
    assert asked.startswith("Say yours first, aloud; then open the one that is written here.\n\n")
    folded = re.sub(r"<details><summary><b>.*?</details>", "", asked, flags=re.DOTALL)
    assert "?" not in folded, "each question has its answer behind it"
    assert asked.count("<details><summary><b>") >= 2
