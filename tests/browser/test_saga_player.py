"""The saga player in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import Lab, new_page, run_cell, screenshot, set_theme

NOTEBOOK = """import eventsourcing_kit as es
rehearse, failures = es.processes.rehearse, es.processes.FAILURES
player = es.widgets.SagaPlayer([rehearse(), rehearse(failures[:1])])
player"""
TELL = "(player.on, player.index)"
SET = "player.on, player.index = list(failures[:1]), 3"


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[Page]:
    with new_page(browser) as page:
        lab.open(page, lab.write("saga.ipynb", NOTEBOOK, TELL, SET))
        yield page


@pytest.fixture
def widget(desk: Page) -> Locator:
    run_cell(desk, 0)
    found = desk.locator(".es-widget")
    expect(found).to_have_attribute("data-phase", "delivered")
    return found


def test_by_the_keyboard_alone(widget: Locator, desk: Page) -> None:
    widget.focus()
    desk.keyboard.press("Home")
    expect(widget).to_have_attribute("data-phase", "new")
    desk.keyboard.press("ArrowRight")
    expect(widget).to_have_attribute("data-phase", "requested")
    desk.keyboard.press("End")
    expect(widget).to_have_attribute("data-phase", "delivered")
    widget.get_by_label("the receiver is frozen").focus()
    desk.keyboard.press("Space")
    expect(widget).to_have_attribute("data-index", "0")
    widget.get_by_role("button", name="To the end").focus()
    desk.keyboard.press("Enter")
    expect(widget).to_have_attribute("data-phase", "returned")
    assert run_cell(desk, 1).startswith("(['the receiver is frozen'], ")


def test_what_happens_can_be_read(widget: Locator) -> None:
    region = widget.get_by_role("region", name="What has happened")
    expect(region).to_contain_text("process to receiver: deliver: done")
    expect(widget).to_contain_text("1,000.00 EUR")


def test_the_process_is_behind_between_an_answer_and_its_note(widget: Locator, desk: Page) -> None:
    widget.focus()
    desk.keyboard.press("Home")
    said = widget.get_by_role("status")
    together = widget.locator(".es-value").last
    for sum_, behind in (("1,000.00 EUR", ""), ("250.00 EUR", "not noted"), ("1,000.00 EUR", "")):
        desk.keyboard.press("ArrowRight")
        expect(together).to_have_text(sum_)
        expect(said).to_contain_text(behind) if behind else expect(said).to_have_text("")


def test_python_moves_it(widget: Locator, desk: Page) -> None:
    run_cell(desk, 2)
    expect(widget).to_have_attribute("data-index", "3")
    expect(widget.get_by_label("the receiver is frozen")).to_be_checked()


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700])
def test_it_fits_in_both_themes(widget: Locator, desk: Page, theme: str, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    set_theme(desk, theme)
    expect(widget).to_have_attribute("data-theme", theme.lower())
    wide = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1], "nothing is cut off at the side"
    screenshot(desk, f"saga-{theme.lower()}-{width}")
