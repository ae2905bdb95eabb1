"""A prediction is made by mouse or key; then the cell below is run, and the answer unfolds."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.widgets.prediction import Prediction
from tests.browser.bare import Bench
from tests.browser.lab import KERNEL, Lab, run_cell, screenshot, set_theme
from tests.notebooks.execute import execute

CHOICES = ["the same", "another <b>balance</b>", "another date"]
RESOLVED = "<details><summary>After you have run it</summary>\n\n**The same.**\n\n</details>\n\nOn."
CELLS = [
    new_markdown_cell("**Predict:** are the rows the same?"),
    new_code_cell("import eventsourcing_kit as es\nes.predict('the same', 'another date')"),
    new_code_cell("print('both are equal')"),
    new_markdown_cell(RESOLVED),
    new_code_cell("es.predict('one', 'two')"),
    new_code_cell("2"),
    new_markdown_cell("<details><summary>Next</summary>\n\nThey ask this.\n\n</details>"),
]


class TestOnABarePage:
    @pytest.fixture
    def told(self) -> list[str]:
        return []

    @pytest.fixture
    def prediction(self, told: list[str]) -> Prediction:
        return Prediction(CHOICES, told.append)

    @pytest.fixture
    def shown(self, bench: Bench, prediction: Prediction) -> Locator:
        return bench.show(prediction)

    def test_a_number_key_chooses(self, bench: Bench, shown: Locator, told: list[str]) -> None:
        shown.get_by_role("radio").first.focus()
        for key, choice in (("2", CHOICES[1]), ("1", CHOICES[0]), ("9", CHOICES[0])):
            bench.page.keyboard.press(key)
            expect(shown.get_by_role("radio", name=choice)).to_be_checked()
        bench.rest()
        assert told == [CHOICES[1], CHOICES[0]]

    def test_the_mouse_chooses(self, bench: Bench, shown: Locator, told: list[str]) -> None:
        shown.get_by_text("another date").click()
        expect(shown.get_by_role("status")).to_have_text("Kept. Now run the cell below.")
        bench.rest()
        assert told == ["another date"]

    def test_a_choice_is_text(self, shown: Locator) -> None:
        expect(shown.get_by_text("another <b>balance</b>")).to_be_visible()

    def test_it_is_closed_when_the_cell_below_has_been_run(
        self, bench: Bench, shown: Locator, prediction: Prediction, told: list[str]
    ) -> None:
        shown.get_by_role("radio").first.check()
        bench.rest()
        prediction.ran = 1
        expect(shown.get_by_role("status")).to_have_text("You said: the same.")
        expect(shown.get_by_role("radio", disabled=True)).to_have_count(3)
        shown.press("2")
        bench.rest()
        assert told == ["the same"]

    def test_without_a_choice_it_says_so(self, shown: Locator, prediction: Prediction) -> None:
        prediction.ran = 1
        expect(shown.get_by_role("status")).to_have_text("Run without a prediction.")


def test_in_a_notebook_the_answer_is_not_in_sight_before_it_was_run(
    lab: Lab, page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "predict.ipynb"
    nbformat.write(new_notebook(cells=CELLS, metadata={"kernelspec": KERNEL}), path)
    execute(path)  # with its answers in it, as the course's own
    (lab.folder / path.name).write_bytes(path.read_bytes())
    lab.open(page, path.name)
    folds = page.locator("details")
    answers = folds.get_by_text("both are equal"), folds.get_by_text("The same.")
    for answer in answers:
        expect(answer).to_have_count(1)
        expect(answer).not_to_be_visible()
    screenshot(page, "prediction_unrun")
    run_cell(page, 1)
    page.locator(".es-prediction").get_by_text("another date").click()
    for answer in answers:
        expect(answer).not_to_be_visible()
    run_cell(page, 2)
    for answer in answers:
        expect(answer).to_be_visible()
    expect(page.get_by_text("You said: another date.")).to_be_visible()
    expect(folds.get_by_text("They ask this.")).not_to_be_visible()
    for theme in ("Dark", "Light"):
        set_theme(page, theme)
        screenshot(page, f"prediction_run_{theme}")
