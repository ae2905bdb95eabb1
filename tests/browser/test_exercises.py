"""A check in a real notebook: what a learner sees, and that an interrupt always works."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.lab import Lab, cells, command, run_cell, screenshot, set_theme

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
