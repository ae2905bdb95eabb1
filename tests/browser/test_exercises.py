"""A check in a real notebook: what a learner sees, and that an interrupt always works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import eventsourcing_kit as es
from eventsourcing_kit.widgets.verdict import VerdictHelp
from tests.browser.bare import Bench
from tests.browser.lab import Lab, cells, command, run_cell, screenshot, set_theme, shut_down

IMPORT = "import eventsourcing_kit as es\nex = es.exercises.chapter(5)"
SHOW = "ex.known_balance"
FORGETS_THE_SIGN = """\
def known_balance(events, moment):
    return sum(e.data["amount"] for e in events if e.recorded_at <= moment)

ex.known_balance.check(known_balance)"""
DIVIDES_BY_ZERO = """\
def known_balance(events, moment):
    share = 1 / len(events)
    return 0

ex.known_balance.check(known_balance)"""
ENDLESS = """\
def known_balance(events, moment):
    while True: pass

ex.known_balance.check(known_balance)"""


def new_help(outcome: Any = "wrong") -> VerdictHelp:
    """What stands under the verdict on an exercise whose hints nobody took."""
    exercise = es.exercises.chapter(5).known_balance
    exercise._hints_taken = 0
    return es.exercises.Checked(outcome, exercise.heading, "", exercise=exercise).help()


def test_a_wrong_answer_is_shown_with_its_shortest_history(lab: Lab, page: Page) -> None:
    lab.open(
        page, lab.write("wrong.ipynb", IMPORT, SHOW, FORGETS_THE_SIGN, "ex.known_balance.hint()")
    )
    for index in range(4):
        run_cell(page, index)
    verdict = page.get_by_role("status").filter(has_text="Exercise 5.1")
    expect(verdict).to_contain_text("You added every amount")
    expect(verdict.get_by_role("table")).to_contain_text("MoneyWithdrawn")
    expect(page.get_by_text("Hint 1 of 3, 2 left")).to_be_visible()
    for theme in ("Light", "Dark"):
        set_theme(page, theme)
        screenshot(page, f"exercise-{theme.lower()}")
    set_theme(page, "Light")


def test_an_error_names_the_line_of_the_learners_cell(lab: Lab, page: Page) -> None:
    lab.open(page, lab.write("error.ipynb", IMPORT, DIVIDES_BY_ZERO))
    run_cell(page, 0)
    told = run_cell(page, 1)
    assert "ZeroDivisionError" in told
    assert "In line 2: share = 1 / len(events)" in told


def test_an_interrupt_stops_a_check_and_the_next_cell_runs(lab: Lab, page: Page) -> None:
    lab.open(page, lab.write("endless.ipynb", IMPORT, ENDLESS, "6 * 7"))
    run_cell(page, 0)
    page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 1")
    page.evaluate("void jupyterapp.commands.execute('notebook:run-cell')")
    page.wait_for_function(
        "jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'busy'"
    )
    page.wait_for_timeout(500)
    command(page, "notebook:interrupt-kernel")
    page.wait_for_function(
        "jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
    )
    [output] = cells(page)[1]["outputs"]
    assert output["ename"] == "KeyboardInterrupt"
    assert run_cell(page, 2) == "42"


class TestTheButtonsUnderAVerdict:
    """On a bare page, with the exercise at the other end."""

    @pytest.fixture(autouse=True)
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))

    def show(self, bench: Bench, outcome: Any) -> Locator:
        return bench.show(new_help(outcome))

    def test_hints_come_one_by_one_and_stay(self, bench: Bench) -> None:
        shown = self.show(bench, "wrong")
        for number in (1, 2, 3):
            shown.get_by_role("button", name=f"Hint {number} of 3").press("Enter")
            expect(shown.get_by_role("log").locator("strong")).to_have_count(number)
        expect(shown.get_by_role("button", name="Hint")).to_have_count(0)
        expect(shown.get_by_role("button", name="Solution")).to_be_focused()
        assert es.progress.state()[5, "known_balance"].hints == 3

    def test_the_solution_says_what_it_costs_and_is_shown_as_code(self, bench: Bench) -> None:
        shown = self.show(bench, "not attempted")
        shown.get_by_role("button", name="Solution (◆ on your map)").click()
        expect(shown.locator("pre")).to_contain_text("def known_balance")
        expect(shown.get_by_role("button", name="Solution")).to_have_count(0)
        for theme in ("Light", "Dark"):
            bench.check_it_fits(shown, theme, 900, "verdict-help")

    def test_after_right_it_offers_to_compare_and_says_how_far_one_is(self, bench: Bench) -> None:
        es.journal.record("ExerciseSolved", {}, "exercise-5-known_balance")
        shown = self.show(bench, "right")
        expect(shown.get_by_text("1 of 5 solved in this chapter")).to_be_visible()
        expect(shown.get_by_role("button", name="Hint")).to_have_count(0)
        shown.get_by_role("button", name="Compare with one way to do it").click()
        expect(shown.locator("pre")).to_be_visible()
        assert es.progress.state()[5, "known_balance"].mark == "solved"


def test_next_leads_to_the_next_exercise_and_into_its_answer(lab: Lab, page: Page) -> None:
    following = list(es.exercises.chapter(5))[1].name
    cells_ = ("ex.known_balance.check(...)", f"ex.{following}", "answer = ...")
    lab.open(page, lab.write("next.ipynb", IMPORT, *cells_))
    for index in range(3):
        run_cell(page, index)
    page.get_by_role("button", name="Next: 5.2").click()
    expect(page.locator(".jp-Cell").nth(3).locator(".cm-content")).to_be_focused()


def test_a_saved_verdict_stands_alone_when_no_kernel_knows_its_buttons(
    lab: Lab, page: Page
) -> None:
    name = lab.write("again.ipynb", IMPORT, "ex.known_balance.check(...)")
    lab.open(page, name)
    for index in range(2):
        run_cell(page, index)
    expect(page.get_by_role("button", name="Hint 1 of 3")).to_be_visible()
    expect(page.get_by_text("Not attempted")).to_be_visible()
    command(page, "docmanager:save")
    shut_down(page)
    lab.open(page, name)
    expect(page.get_by_text("Not attempted")).to_be_visible()
    expect(page.get_by_text("Error displaying widget")).not_to_be_visible()
    expect(page.get_by_role("button", name="Hint 1 of 3")).to_have_count(0)
