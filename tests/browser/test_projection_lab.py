"""The projection lab in a real JupyterLab: stepped, crashed and cured by key and mouse."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from eventsourcing_kit.widgets import ProjectionLab
from eventsourcing_kit.widgets.base import static
from eventsourcing_kit.widgets.projection_lab.machine import after, is_done
from eventsourcing_kit.widgets.projection_lab.words import (
    CURE_NAMES,
    SAYS,
    PackedLab,
    fill,
    in_read_model,
    lag,
    verdict,
)
from tests.browser.lab import Lab, command, new_page, run_cell, screenshot, set_theme
from tests.widgets.test_projection_lab import EVENTS

NOTEBOOK = """import eventsourcing_kit as es
from tests.widgets.test_projection_lab import EVENTS
more = [(f"Coffee {n}", -350, n) for n in range(5, 21)]
lab = es.widgets.ProjectionLab([*EVENTS, *more], title="Fees of November")
lab"""
TELL = "(lab.moves, lab.cure)"
SET = "lab.moves, lab.cure = 'sssss', 'position'"
OBSERVE = "lab.observe(lambda change: 1 / 0, 'moves')"

FOLD = """([machine, cases]) => new Function("cases", `${machine}
    return cases.map(([amounts, moves, cure, opening]) => {
        let state = openingState(amounts, opening);
        for (const move of moves) state = evolveLab(state, move, amounts, cure);
        return [state, isDone(state)];
    });`)(cases)"""


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[Page]:
    with new_page(browser) as page:
        lab.open(page, lab.write("lab.ipynb", NOTEBOOK, TELL, SET, OBSERVE))
        yield page


@pytest.fixture
def widget(desk: Page) -> Locator:
    """One just made, before the first event, focused."""
    run_cell(desk, 0)
    found = desk.locator(".es-lab")
    expect(found).to_have_attribute("data-moves", "0")
    found.get_by_label("One step on").focus()
    return found


def press(desk: Page, *keys: str) -> None:
    for key in keys:
        desk.keyboard.press(key)


def side(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("region", name=f"The {name} projection")


def told(desk: Page) -> str:
    """What Python has heard, once the moves rest."""
    desk.wait_for_timeout(300)
    return run_cell(desk, 1)


def test_the_browser_folds_as_python_does(page: Page) -> None:
    chance = Random(6)
    cases: list[Any] = []
    for _ in range(300):
        amounts = [chance.randint(-900, 900) for _ in range(chance.randint(1, 7))]
        moves = "".join(chance.choices("sc", (5, 1), k=chance.randint(0, 60)))
        cases.append((amounts, moves, chance.choice(list(CURE_NAMES)), chance.randint(-9, 9)))
    page.goto("about:blank")
    folded = page.evaluate(FOLD, [static("projection_lab/machine.js"), cases])
    states = [after(*case) for case in cases]
    here = msgspec.json.encode([[state, is_done(state)] for state in states])
    assert folded == msgspec.json.decode(here)


def test_the_keys_step_crash_and_take_back(widget: Locator, desk: Page) -> None:
    for key, moves in [
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("c", 3),
        ("c", 3),  # it is down already
        ("ArrowLeft", 2),
        ("Shift+ArrowRight", 12),
        ("C", 13),
        ("Home", 0),
        ("End", 60),
        ("ArrowRight", 60),
        ("Shift+ArrowLeft", 50),
    ]:
        press(desk, key)
        expect(widget).to_have_attribute("data-moves", str(moves))
    press(desk, "Home", "ArrowRight", "ArrowRight", "c")
    assert told(desk) == "('ssc', 'none')"


def test_a_click_anywhere_gives_it_the_keys(widget: Locator, desk: Page) -> None:
    desk.locator(".jp-InputArea-editor").first.click()
    widget.get_by_text("Fees of November").click()
    press(desk, "ArrowRight", "ArrowRight", "c")
    expect(widget).to_have_attribute("data-moves", "3")


def test_a_crash_between_the_two_steps_goes_wrong_on_the_left_only(
    widget: Locator, desk: Page
) -> None:
    press(desk, *["ArrowRight"] * 8)
    left, right = side(widget, "left"), side(widget, "right")
    expect(left).to_contain_text("Position 3 is handled: -4.90 EUR. The checkpoint still says 2.")
    expect(right).to_contain_text("Position 3 and its checkpoint are written, and not committed")
    widget.get_by_role("button", name="Crash both").click()
    expect(left).to_contain_text("Crashed: position 3 is handled, the checkpoint says 2.")
    expect(right).to_contain_text("what was not committed is gone")
    expect(widget.get_by_role("button", name="Crash both")).to_be_disabled()
    press(desk, "End")
    expect(left).to_contain_text("✗ 4.90 EUR too little")
    expect(right).to_contain_text("✓ right")
    row = widget.get_by_role("row").filter(has_text="Fee")
    expect(row.locator("td").nth(2)).to_have_text("✗ 2 times")
    expect(row.locator("td").nth(3)).to_have_text("✓ once")


def test_the_lag_is_shown_in_positions(widget: Locator, desk: Page) -> None:
    press(desk, *["ArrowRight"] * 8, "c", "ArrowRight", "ArrowRight")
    for name in ("left", "right"):
        lag = side(widget, name).get_by_role("row").filter(has_text="lag")
        expect(lag).to_have_text("lag2 positions")


def test_it_says_what_the_picture_says(widget: Locator, desk: Page) -> None:
    events = [*EVENTS, *((f"Coffee {n}", -350, n) for n in range(5, 21))]
    amounts = [amount for _, amount, _ in events]
    packed = msgspec.json.decode(ProjectionLab(events).packed, type=PackedLab)
    moves = ""
    for move in "sscsssssscsssssss":
        press(desk, "c" if move == "c" else "ArrowRight")
        moves += move
        state = after(amounts, moves, "none")
        for name, lane in (("left", state.left), ("right", state.right)):
            shown = side(widget, name)
            expect(shown.locator(".es-did")).to_have_text(fill(SAYS[lane.did], packed, lane))
            expect(shown.locator(".es-verdict")).to_have_text(verdict(packed, lane))
            expect(shown.get_by_role("row").nth(1)).to_have_text(
                f"lag{lag(packed, lane, state.head)}"
            )
        cells = widget.locator("tbody tr").filter(has_text="Salary").locator("td")
        expect(cells.nth(2)).to_have_text(re.compile(f"^{in_read_model(state.left, 0)}"))
        expect(cells.nth(3)).to_have_text(re.compile(f"^{in_read_model(state.right, 0)}"))


def test_a_cure_folds_the_same_moves_again(widget: Locator, desk: Page) -> None:
    press(desk, *["ArrowRight"] * 8, "c", "End")
    left = side(widget, "left")
    expect(left).to_contain_text("✗ 4.90 EUR too little")
    for key, cure, kept in [
        ("2", "position", "the last position: 20"),
        ("3", "event_id", "the id of every event: 20"),
        ("4", "transaction", "the checkpoint: 20"),
    ]:
        press(desk, key)
        expect(widget).to_have_attribute("data-cure", cure)
        expect(left).to_contain_text("✓ right")
        expect(left).to_contain_text(kept)
    widget.get_by_role("button", name="no cure").click()
    expect(left).to_contain_text("✗ 4.90 EUR too little")
    press(desk, "3")
    pressed = widget.locator("[aria-pressed=true]")
    expect(pressed).to_have_text("● skip by event id")
    row = widget.get_by_role("row").filter(has_text="Fee")
    expect(row.locator("td").nth(2)).to_have_text("✓ once, then skipped")
    assert told(desk).endswith("'event_id')")


def test_space_plays_and_stops(widget: Locator, desk: Page) -> None:
    widget.get_by_label("Speed").select_option("fast")
    box = widget.get_by_role("region", name="Events")
    box.focus()
    press(desk, "Space")
    desk.wait_for_function("() => Number(document.querySelector('.es-lab').dataset.moves) > 3")
    press(desk, "Space")
    expect(widget.get_by_role("button", name="Play")).to_be_visible()
    stopped = widget.get_attribute("data-moves")
    desk.wait_for_timeout(700)  # a step is a quarter of a second
    assert widget.get_attribute("data-moves") == stopped


def test_the_last_event_that_arrived_is_in_sight(widget: Locator, desk: Page) -> None:
    press(desk, "End")
    expect(widget).to_have_attribute("data-moves", "60")
    last = widget.get_by_role("row").filter(has_text="Coffee 20")
    inner = last.bounding_box()
    outer = widget.get_by_role("region", name="Events").bounding_box()
    assert inner is not None
    assert outer is not None
    assert outer["y"] <= inner["y"]
    assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]


def test_python_moves_it(widget: Locator, desk: Page) -> None:
    run_cell(desk, 2)
    expect(widget).to_have_attribute("data-moves", "5")
    expect(widget).to_have_attribute("data-cure", "position")


def test_what_an_event_says_stays_text(widget: Locator) -> None:
    expect(widget.get_by_role("region", name="Events")).to_contain_text("<img src=x onerror=")
    assert widget.locator("img, script").count() == 0


def test_both_themes_and_a_narrow_page(widget: Locator, desk: Page) -> None:
    press(desk, *["ArrowRight"] * 8, "c", *["ArrowRight"] * 10)
    for theme in ("Light", "Dark"):
        set_theme(desk, theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        screenshot(desk, f"projection_lab_{theme.lower()}")
    set_theme(desk, "Light")
    desk.set_viewport_size({"width": 700, "height": 800})
    expect(widget.get_by_role("button", name="Crash both")).to_be_visible()
    box = widget.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 700
    screenshot(desk, "projection_lab_narrow")
    desk.set_viewport_size({"width": 1280, "height": 800})


def test_an_observer_that_raises_is_shown(widget: Locator, desk: Page) -> None:
    run_cell(desk, 3)
    widget.get_by_label("One step on").press("Enter")
    expect(widget.get_by_role("alert")).to_have_text("ZeroDivisionError: division by zero")


def test_it_goes_on_after_the_kernel_is_gone(lab: Lab, page: Page) -> None:
    lab.open(page, lab.write("lab_gone.ipynb", NOTEBOOK))
    run_cell(page, 0)
    command(page, "kernelmenu:shutdown")
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=unknown]").wait_for(state="attached")
    widget = page.locator(".es-lab")
    widget.get_by_label("One step on").focus()
    press(page, "ArrowRight", "ArrowRight", "c", "End")
    expect(side(widget, "left")).to_contain_text("✗ 2,300.00 EUR too much")
