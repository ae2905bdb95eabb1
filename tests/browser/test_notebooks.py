"""Each notebook of the course, opened by a reader, solved, and run from top to bottom."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat import NotebookNode
from playwright.sync_api import Page, expect

import eventsourcing_kit as es
from eventsourcing_kit.lab.copies import prepare
from eventsourcing_kit.widgets.base import is_still
from tests.browser.lab import ROOT, Lab, cells, run_all
from tests.exercises.solved import solved

WIDGET_ERROR = "Error displaying widget"


CHAPTERS = {f"{chapter.number:02}": chapter for chapter in es.exercises.chapters()}


def put_in(notebook_and_checks: tuple[NotebookNode, list[int]], page: Page) -> list[int]:
    """Type the solutions over the stubs of the open notebook."""
    notebook, checks = notebook_and_checks
    for place in checks:
        page.evaluate(
            "([i, code]) => jupyterapp.shell.currentWidget.content.widgets[i].model"
            ".sharedModel.setSource(code)",
            [place, notebook.cells[place].source],
        )
    return checks


@pytest.mark.parametrize("path", sorted(ROOT.glob("notebooks/*.ipynb")), ids=lambda path: path.stem)
def test_it_opens_and_runs_with_its_exercises_solved(path: Path, lab: Lab, page: Page) -> None:
    lab.open(page, f"notebooks/{path.name}")
    expect(page.get_by_text(WIDGET_ERROR)).to_have_count(0)
    chapter = CHAPTERS.get(path.stem[:2])
    checks = put_in(solved(chapter), page) if chapter else []
    run_all(page)
    outcomes = [cells(page)[place]["outputs"][0]["data"]["text/plain"] for place in checks]
    assert [outcome.split(" · ")[0] for outcome in outcomes] == ["✓ Right"] * len(chapter or ())
    widgets = 0
    for cell in cells(page):
        expected = "raises-exception" in cell["metadata"].get("tags", [])
        for output in cell.get("outputs", []):
            assert expected or output["output_type"] != "error", f"{cell['source']}\n{output}"
            widgets += is_still(output.get("data", {}))  # progress bars leave no picture
    assert all(cell["execution_count"] for cell in cells(page) if cell["cell_type"] == "code")
    expect(page.get_by_text(WIDGET_ERROR)).to_have_count(0)
    expect(page.get_by_text("Loading widget")).to_have_count(0)
    expect(page.locator(".es-widget")).to_have_count(widgets)


def test_opening_a_copy_of_ones_own_does_not_change_it(lab: Lab, page: Page) -> None:
    """As `make lab` makes it: else closing it would ask whether to save what nobody did."""
    [copy, *_] = prepare(ROOT / "notebooks", lab.folder / "my_notebooks").written
    lab.open(page, f"my_notebooks/{copy.name}")
    page.wait_for_timeout(3000)  # the kernel's language comes after the kernel
    assert not page.evaluate("() => jupyterapp.shell.currentWidget.context.model.dirty")
