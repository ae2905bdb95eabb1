"""The upcasting workbench in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import Lab, new_page, run_cell, screenshot, set_theme
from tests.widgets.sample import HOSTILE

NOTEBOOK = f"""import eventsourcing_kit as es
old = es.open_store(":memory:")
def put(type_, data, version=1):
    old.append("account-1", [es.NewEvent(type_, data, schema_version=version)], es.ANY)
put("MoneyDeposited", {{"euros": "12.34", "memo": "Rent"}})
put("MoneyDeposited", {{"cents": 500, "memo": {HOSTILE!r}}}, 2)
put("MoneyDeposited", {{"euros": "12,34", "memo": "Rent"}})
put("CashPaidIn", {{"cents": 500, "fee": 5, "till": "Till 1"}})
bench = es.widgets.UpcastingWorkbench(es.upcasting.bank.upcasters.explain, old.read_all())
bench"""
TELL = "(bench.draft['type'], bench.draft['schema_version'], len(bench.steps), bench.problem)"
SET = "bench.draft = {'type': 'InterestPaid', 'schema_version': '1', 'data': '{}'}"


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[Page]:
    with new_page(browser) as page:
        lab.open(page, lab.write("upcasting.ipynb", NOTEBOOK, TELL, SET))
        yield page


@pytest.fixture
def widget(desk: Page) -> Locator:
    run_cell(desk, 0)
    found = desk.locator(".es-widget")
    expect(found).to_have_attribute("data-state", "read")
    expect(field(found, "data")).to_have_value('{\n  "euros": "12.34",\n  "memo": "Rent"\n}')
    return found


def field(widget: Locator, name: str) -> Locator:
    return widget.locator(f"[id$='-{name}'].es-code-field")


def steps(widget: Locator) -> Locator:
    return widget.get_by_role("region", name="Steps").locator("li")


def test_an_old_event_is_brought_up_step_by_step(widget: Locator) -> None:
    expect(steps(widget)).to_have_count(2)
    expect(steps(widget).first).to_contain_text("MoneyDeposited 1 → MoneyDeposited 2")
    expect(steps(widget).first.locator(".es-added")).to_contain_text("cents")
    expect(steps(widget).first.locator(".es-removed")).to_contain_text("euros")


def test_by_the_keyboard_alone(widget: Locator, desk: Page) -> None:
    widget.get_by_label("Stored events").focus()
    desk.keyboard.press("ArrowDown")
    expect(widget).to_have_attribute("data-steps", "1")
    desk.keyboard.press("End")
    expect(field(widget, "type")).to_have_value("CashPaidIn")
    expect(widget).to_have_attribute("data-steps", "2")
    for _ in range(3):  # type, version, data
        desk.keyboard.press("Tab")
    desk.keyboard.press("ControlOrMeta+a")
    desk.keyboard.insert_text('{"cents": 700, "fee": 7}')
    expect(widget).to_have_attribute("data-state", "problem")
    expect(steps(widget)).to_contain_text("the field 'till' is missing")
    assert "till" in run_cell(desk, 1)


def test_the_next_event_that_cannot_be_read(widget: Locator) -> None:
    expect(widget).to_contain_text("1 of 4 cannot be read")
    widget.get_by_role("button", name="Next that fails").click()
    expect(field(widget, "data")).to_have_value('{\n  "euros": "12,34",\n  "memo": "Rent"\n}')
    expect(widget).to_have_attribute("data-state", "problem")
    expect(steps(widget)).to_contain_text("is no plain number")


def test_text_that_is_not_json_is_told_in_place(widget: Locator) -> None:
    field(widget, "data").fill("{'euros': 1}")
    expect(widget).to_have_attribute("data-state", "problem")
    expect(steps(widget)).to_contain_text("line 1")


def test_nothing_in_an_event_becomes_markup(widget: Locator, desk: Page) -> None:
    widget.get_by_label("Stored events").select_option(index=1)
    expect(widget).to_have_attribute("data-steps", "1")
    expect(steps(widget).first).to_contain_text("<")
    assert desk.locator(".es-widget script, .es-widget img").count() == 0


def test_python_sets_the_draft(widget: Locator, desk: Page) -> None:
    run_cell(desk, 2)
    expect(field(widget, "type")).to_have_value("InterestPaid")
    expect(widget).to_have_attribute("data-state", "problem")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700])
def test_it_fits_in_both_themes(widget: Locator, desk: Page, theme: str, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    set_theme(desk, theme)
    expect(widget).to_have_attribute("data-theme", theme.lower())
    wide = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1], "nothing is cut off at the side"
    names = steps(widget).locator(".es-sign + td")
    heights = names.evaluate_all(
        """cells => cells.map((one) =>
            [one.clientHeight, parseFloat(getComputedStyle(one).fontSize)])"""
    )
    assert heights, "there are fields"
    assert all(height < 2 * size for height, size in heights), "no name of a field is broken"
    screenshot(desk, f"upcasting-{theme.lower()}-{width}")
