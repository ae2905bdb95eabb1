"""Each notebook of the course, opened by a reader and run from top to bottom."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.lab import ROOT, Lab, cells, run_all

WIDGET_ERROR = "Error displaying widget"
# Others, such as progress bars, leave no picture.
KIT_WIDGET = {"application/vnd.jupyter.widget-view+json", "image/svg+xml"}


@pytest.mark.parametrize("path", sorted(ROOT.glob("notebooks/*.ipynb")), ids=lambda path: path.stem)
def test_it_opens_and_runs(path: Path, lab: Lab, page: Page) -> None:
    lab.open(page, f"notebooks/{path.name}")
    expect(page.get_by_text(WIDGET_ERROR)).to_have_count(0)
    run_all(page)
    widgets = 0
    for cell in cells(page):
        expected = "raises-exception" in cell["metadata"].get("tags", [])
        for output in cell.get("outputs", []):
            assert expected or output["output_type"] != "error", f"{cell['source']}\n{output}"
            widgets += output.get("data", {}).keys() >= KIT_WIDGET
    assert all(cell["execution_count"] for cell in cells(page) if cell["cell_type"] == "code")
    expect(page.get_by_text(WIDGET_ERROR)).to_have_count(0)
    expect(page.get_by_text("Loading widget")).to_have_count(0)
    expect(page.locator(".es-widget")).to_have_count(widgets)
