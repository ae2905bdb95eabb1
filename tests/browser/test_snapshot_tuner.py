"""The snapshot tuner in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import Lab, new_page, run_cell, screenshot, set_theme

NOTEBOOK = """import eventsourcing_kit as es
runs = [{"n": n, "replayed": 600 * (n + 1) // 2, "taken": 600 // n, "bytes": 60 * (600 // n)}
        for n in (1, 2, 5, 10, 20, 50, 100, 200)]
tuner = es.widgets.SnapshotTuner(runs)
tuner"""
TELL = "(tuner.n, tuner.loads, tuner.write_cost, tuner.best)"
SET = "tuner.n, tuner.write_cost = 50, 300"
WRONG = "tuner.observe(lambda change: 1 / 0, 'n')"


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[Page]:
    with new_page(browser) as page:
        lab.open(page, lab.write("tuner.ipynb", NOTEBOOK, TELL, SET, WRONG))
        yield page


@pytest.fixture
def widget(desk: Page) -> Locator:
    run_cell(desk, 0)
    found = desk.locator(".es-widget")
    expect(found).to_have_attribute("data-n", "1")
    return found


def test_by_the_keyboard_alone(widget: Locator, desk: Page) -> None:
    widget.get_by_role("slider", name="A snapshot every n events").focus()
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("ArrowRight")
    expect(widget).to_have_attribute("data-n", "5")
    desk.keyboard.press("End")
    expect(widget).to_have_attribute("data-n", "200")
    desk.keyboard.press("Home")
    expect(widget).to_have_attribute("data-n", "1")
    widget.get_by_role("slider", name="Loads after each event").focus()
    for _ in range(9):
        desk.keyboard.press("ArrowRight")
    expect(widget).to_have_attribute("data-best", "2")
    desk.wait_for_timeout(300)  # Python hears of it when the slider rests
    assert run_cell(desk, 1) == "(1, 10, 20, 2)"


def test_a_drag_ends_at_an_interval_and_python_hears_of_it(widget: Locator, desk: Page) -> None:
    slider = widget.get_by_role("slider", name="A snapshot every n events")
    box = slider.bounding_box()
    assert box is not None
    desk.mouse.move(box["x"] + 80, box["y"] + 100)
    desk.mouse.down()
    desk.mouse.move(box["x"] + box["width"] - 18, box["y"] + 100, steps=8)
    desk.mouse.up()
    expect(widget).to_have_attribute("data-n", "200")
    assert run_cell(desk, 1).startswith("(200,")


def test_the_cheapest_is_a_click_away(widget: Locator) -> None:
    widget.get_by_role("button", name="To the cheapest interval").click()
    expect(widget).to_have_attribute("data-n", "5")
    expect(widget).to_contain_text("The formula √(2 × write cost ÷ loads) says 6.3.")
    slider = widget.get_by_role("slider", name="A snapshot every n events")
    expect(slider).to_have_attribute("aria-valuetext", "every 5 events: 4200 in all, "
                                     "1800 for reading and 2400 for writing")  # fmt: skip


def test_python_moves_it(widget: Locator, desk: Page) -> None:
    run_cell(desk, 2)
    expect(widget).to_have_attribute("data-n", "50")
    expect(widget).to_have_attribute("data-best", "20")


def test_an_error_of_a_callback_is_shown(widget: Locator, desk: Page) -> None:
    run_cell(desk, 3)
    widget.get_by_role("button", name="A longer interval").click()
    expect(widget.get_by_role("alert")).to_contain_text("ZeroDivisionError")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700])
def test_it_fits_in_both_themes(widget: Locator, desk: Page, theme: str, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    set_theme(desk, theme)
    expect(widget).to_have_attribute("data-theme", theme.lower())
    wide = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1], "nothing is cut off at the side"
    screenshot(desk, f"tuner-{theme.lower()}-{width}")
