"""The interview room in a real JupyterLab: a drill, a bug and a mock interview, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import Lab, command, new_page, run_cell, screenshot, set_theme

BEGIN = """import os, tempfile
os.environ["EVENTSOURCING_KIT_HOME"] = tempfile.mkdtemp()
import eventsourcing_kit as es"""
DRILL = "desk = es.interview.drill('snapshots', new=3)\ndesk"
BUG = "bug = es.interview.spot(next(iter(es.interview.bugs())))\nbug"
MOCK = "room = es.interview.mock('senior', 30)\nroom"
RATINGS = "[e.data['rating'] for e in es.journal.events() if e.type == 'CardRated']"
LINES = "bug._room.bug.faulty_lines[0], len(bug._room.bug.code.splitlines())"
NOTES = "room._room.state.notes"
STATE = "room._room.state.step, room._room.state.finished"
REPORTS = "len(es.interview.mocks())"
CELLS = (BEGIN, DRILL, RATINGS, BUG, LINES, MOCK, NOTES, STATE, REPORTS)


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[Page]:
    with new_page(browser) as page:
        lab.open(page, lab.write("desks.ipynb", *CELLS))
        yield page


def shown(desk: Page, cell: str, kind: str) -> Locator:
    run_cell(desk, CELLS.index(BEGIN))
    run_cell(desk, CELLS.index(cell))
    found = desk.locator(f".es-{kind}")
    expect(found).to_be_visible()
    return found


def result(desk: Page, cell: str) -> str:
    return run_cell(desk, CELLS.index(cell))


# --- a drill -------------------------------------------------------------------------------------


def test_a_drill_from_start_to_end_by_keyboard(desk: Page) -> None:
    drill = shown(desk, DRILL, "drill")
    expect(drill).to_have_attribute("data-left", "3")
    drill.focus()
    for left, key in (("2", "3"), ("2", "1"), ("1", "2"), ("0", "4")):
        expect(drill).to_have_attribute("data-turned", "false")
        desk.keyboard.press("3")  # before the card is turned: nothing
        desk.keyboard.press("Space")
        expect(drill).to_have_attribute("data-turned", "true")
        desk.keyboard.press(key)
        expect(drill).to_have_attribute("data-left", left)
    expect(drill.get_by_text("Done: 3 cards")).to_be_visible()
    expect(drill.get_by_role("heading", name="You forgot")).to_be_visible()
    assert result(desk, RATINGS) == "[3, 1, 2, 4]"


def test_the_buttons_do_the_same(desk: Page) -> None:
    drill = shown(desk, DRILL, "drill")
    drill.get_by_role("button", name="Show the answer").click()
    drill.get_by_role("button", name="good").click()
    expect(drill).to_have_attribute("data-left", "2")
    assert result(desk, RATINGS) == "[3]"


def test_a_card_that_is_turned_says_when_it_comes_back(desk: Page) -> None:
    drill = shown(desk, DRILL, "drill")
    drill.focus()
    desk.keyboard.press("Space")
    expect(drill.get_by_role("button", name="easy")).to_contain_text("days")


# --- a bug ---------------------------------------------------------------------------------------


def test_a_bug_is_found_by_keyboard(desk: Page) -> None:
    bug = shown(desk, BUG, "bug")
    line, lines = map(int, result(desk, LINES).strip("()").split(","))
    wrong = lines if line < lines else 1
    listbox = bug.get_by_role("listbox", name="Where is the fault?")
    listbox.focus()
    desk.keyboard.press("End" if wrong == lines else "Home")
    expect(bug).to_have_attribute("data-line", str(wrong))
    desk.keyboard.press("Enter")
    expect(bug.get_by_text(f"not in line {wrong}")).to_be_visible()
    desk.keyboard.press("h")
    expect(bug.locator(".es-hint")).to_contain_text("Hint:")
    listbox.focus()
    desk.keyboard.press("Home")
    for _ in range(line - 1):
        desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(bug.get_by_text(f"found in line {line}")).to_be_visible()
    expect(bug.get_by_role("heading", name="Run just now")).to_be_visible()
    expect(bug.get_by_role("heading", name="The cure")).to_be_visible()


# --- a mock interview ----------------------------------------------------------------------------


def through(desk: Page, mock: Locator, step: str) -> None:
    """One step by keyboard: notes, compare, rate."""
    if not step.startswith("rubric"):
        expect(mock.get_by_label("Your notes")).to_be_focused()
        desk.keyboard.type(f"notes on {step}")
        desk.keyboard.press("Control+Enter")
        expect(mock).to_have_attribute("data-turned", "true")
    desk.keyboard.press("2")


def test_a_mock_interview_from_start_to_report_by_keyboard(desk: Page) -> None:
    mock = shown(desk, MOCK, "interview")
    mock.focus()
    desk.keyboard.press("p")
    expect(mock).to_have_attribute("data-running", "true")
    desk.keyboard.press("n")
    steps = []
    while mock.get_attribute("data-finished") == "false":
        step = mock.get_attribute("data-step") or ""
        steps.append(step)
        through(desk, mock, step)
        expect(mock).not_to_have_attribute("data-step", step) if step != "rubric-trade_offs" else (
            expect(mock).to_have_attribute("data-finished", "true")
        )
    assert len(steps) == len(set(steps))
    report = mock.get_by_role("region", name="Report")
    expect(report).to_contain_text("Mock interview:")
    expect(report).to_contain_text("notes on clarify")
    expect(mock.get_by_role("link", name="Save the report")).to_be_visible()
    assert result(desk, REPORTS) == "1"
    screenshot(desk, "mock-report")


def test_the_clock_runs_stands_still_and_goes_on(desk: Page) -> None:
    mock = shown(desk, MOCK, "interview")
    left = mock.locator(".es-value").first
    expect(left).to_have_text("30:00")
    mock.get_by_role("button", name="Start the clock").click()
    expect(left).to_have_text("29:58", timeout=10_000)
    mock.get_by_role("button", name="Pause").click()
    expect(mock).to_have_attribute("data-running", "false")
    stands = left.inner_text()
    desk.wait_for_timeout(1500)
    assert left.inner_text() == stands
    expect(mock.get_by_role("button", name="Go on")).to_be_visible()


def test_the_clock_waits_while_you_compare(desk: Page) -> None:
    mock = shown(desk, MOCK, "interview")
    left = mock.locator(".es-value").first
    mock.get_by_role("button", name="Start the clock").click()
    expect(left).to_have_text("29:59", timeout=10_000)
    mock.get_by_role("button", name="Compare with a good answer").click()
    expect(mock).to_have_attribute("data-turned", "true")
    expect(mock.get_by_text("The clock waits while you compare.")).to_be_visible()
    stands = left.inner_text()
    desk.wait_for_timeout(1500)
    assert left.inner_text() == stands
    mock.focus()
    desk.keyboard.press("2")
    expect(left).not_to_have_text(stands, timeout=10_000)


def test_a_restart_of_the_kernel_loses_nothing(lab: Lab, browser: Browser, tmp_path: Path) -> None:
    begin = BEGIN.replace("tempfile.mkdtemp()", repr(str(tmp_path)))
    with new_page(browser) as page:
        lab.open(page, lab.write("restart.ipynb", begin, MOCK, NOTES))
        run_cell(page, 0)
        run_cell(page, 1)
        mock = page.locator(".es-interview")
        mock.get_by_role("button", name="Start the clock").click()
        mock.get_by_label("Your notes").fill("one stream an account")
        page.wait_for_timeout(1200)  # half a second after the last key it is in the journal
        page.evaluate(
            "() => jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        run_cell(page, 0)
        run_cell(page, 1)
        expect(mock.get_by_label("Your notes")).to_have_value("one stream an account")
        expect(mock).to_have_attribute("data-running", "false")
        expect(mock.get_by_role("button", name="Go on")).to_be_visible()
        assert "one stream an account" in run_cell(page, 2)


def test_the_page_loaded_anew_loses_nothing(lab: Lab, browser: Browser, tmp_path: Path) -> None:
    begin = BEGIN.replace("tempfile.mkdtemp()", repr(str(tmp_path)))
    with new_page(browser) as page:
        path = lab.write("reload.ipynb", begin, MOCK, NOTES)
        lab.open(page, path)
        run_cell(page, 0)
        run_cell(page, 1)
        command(page, "docmanager:save")  # else the browser asks whether to leave
        page.locator(".es-interview").get_by_label("Your notes").fill("kept?")
        page.goto("about:blank")  # at once: before the half second is over
        lab.open(page, path)
        run_cell(page, 0)
        run_cell(page, 1)
        mock = page.locator(".es-interview")
        expect(mock.get_by_label("Your notes")).to_have_value("kept?")
        page.wait_for_timeout(800)
        assert "kept?" in run_cell(page, 2)


def test_without_a_kernel_the_desk_says_so(lab: Lab, browser: Browser) -> None:
    with new_page(browser) as page:
        lab.open(page, lab.write("gone.ipynb", BEGIN, MOCK))
        run_cell(page, 0)
        run_cell(page, 1)
        mock = page.locator(".es-interview")
        expect(mock).to_be_visible()
        page.evaluate("() => jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        page.wait_for_timeout(1000)
        mock.focus()
        page.keyboard.press("p")
        expect(mock.get_by_role("alert")).to_contain_text("The kernel is gone")


# --- looks ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700])
@pytest.mark.parametrize(("cell", "kind"), [(DRILL, "drill"), (BUG, "bug"), (MOCK, "interview")])
def test_it_fits_in_both_themes(desk: Page, cell: str, kind: str, theme: str, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    set_theme(desk, theme)
    widget = shown(desk, cell, kind)
    expect(widget).to_have_attribute("data-theme", theme.lower())
    widget.focus() if kind != "bug" else widget.get_by_role("listbox").focus()
    if kind == "bug":
        widget.get_by_role("button", name="Show it").click()
        expect(widget.get_by_role("heading", name="The cure")).to_be_visible()
    else:
        desk.keyboard.press("Space")
        expect(widget).to_have_attribute("data-turned", "true")
    wide = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1], "nothing is cut off at the side"
    widget.scroll_into_view_if_needed()
    screenshot(desk, f"{kind}-{theme.lower()}-{width}")
