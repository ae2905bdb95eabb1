"""The table inspector in a real JupyterLab, moved by the keyboard and the mouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import Lab, command, new_page, run_all, run_cell, screenshot, set_theme
from tests.widgets.sample import HOSTILE

NOTEBOOK = """import eventsourcing_kit as es
from tests.widgets.test_table_inspector import event_rows
inspector = es.widgets.TableInspector(event_rows(), title="Seven events in four appends")
inspector"""
TELL = "(inspector.append, inspector.stream_id, inspector.row, inspector.column)"
GAPS = """rows = event_rows()
del rows[4]
es.widgets.TableInspector(rows)"""


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[Page]:
    """A page with a notebook open, for all tests that leave it as it was."""
    with new_page(browser) as page:
        lab.open(page, lab.write("table.ipynb", NOTEBOOK, TELL))
        yield page


@pytest.fixture
def widget(desk: Page) -> Locator:
    """An inspector just made, after the last append."""
    run_cell(desk, 0)
    found = desk.locator(".es-widget")
    expect(found).to_have_attribute("data-rows", "7")
    return found


def told(desk: Page) -> str:
    """What Python has heard, once all is at rest."""
    desk.wait_for_timeout(300)
    return run_cell(desk, 1)


def test_the_slider_takes_appends_back(widget: Locator, desk: Page) -> None:
    slider = widget.get_by_label("Append", exact=True)
    slider.focus()
    rows = {3: 4, 2: 3, 1: 2, 0: 0}
    for append, count in rows.items():
        desk.keyboard.press("ArrowLeft")
        expect(widget).to_have_attribute("data-append", str(append))
        expect(widget.locator("tbody tr")).to_have_count(count)
        expect(slider).to_have_attribute("aria-valuetext", f"append {append} of 4")
    assert told(desk) == "(0, '', -1, 'position')"


def test_the_rows_of_the_newest_append_are_marked(widget: Locator) -> None:
    expect(widget.locator("tr.es-new")).to_have_count(3)
    widget.get_by_label("One append back").click()
    expect(widget.locator("tr.es-new")).to_have_count(1)
    expect(widget.locator("tr.es-new th")).to_have_text("● 3")


def test_keys_go_from_cell_to_cell(widget: Locator, desk: Page) -> None:
    widget.get_by_role("columnheader", name="position").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"):
        desk.keyboard.press(key)
    expect(widget.locator("td:focus")).to_have_text("2")
    expect(widget.locator("section").nth(0)).to_contain_text("Column version: primary key")
    expect(widget.locator("section").nth(1)).to_contain_text(
        "version of position 2: account-1, version 2"
    )
    desk.keyboard.press("End")
    expect(widget.locator("section").nth(0)).to_contain_text("When the store learned of it")
    desk.keyboard.press("Home")
    desk.keyboard.press("Shift+ArrowDown")
    expect(widget.locator("td:focus")).to_have_text("7")
    desk.keyboard.press("PageUp")
    expect(widget.locator("td:focus")).to_have_text("4")  # the row it was on is not there yet
    assert told(desk) == "(3, '', 3, 'position')"


def test_one_tab_stop_for_all_cells(widget: Locator) -> None:
    expect(widget.locator(".es-grid [tabindex='0']")).to_have_count(1)


def test_a_long_value_is_read_below(widget: Locator) -> None:
    widget.locator("td").nth(5).click()
    expect(widget.locator("pre")).to_have_text(
        '{\n  "amount": 9223372036854775807,\n  "currency": "EUR",\n  "memo": "movement 1"\n}'
    )


def test_of_one_stream_the_versions_count_on(widget: Locator, desk: Page) -> None:
    widget.get_by_label("Stream").select_option("account-2")
    expect(widget).to_have_attribute("data-rows", "4")
    expect(widget.get_by_role("status")).to_have_text(
        "After append 4 of 4: 4 rows. Versions: account-2 at 4."
    )
    assert told(desk).startswith("(4, 'account-2'")


def test_places_that_are_not_there_are_marked(lab: Lab, page: Page) -> None:
    lab.open(page, lab.write("gaps.ipynb", NOTEBOOK, GAPS))
    run_all(page)
    widget = page.locator(".es-widget").nth(1)
    expect(widget.locator(".es-remark")).to_have_text(
        ["▲ position 5 is not here", "▲ version 2 of account-2 is not here"]
    )
    widget.get_by_label("Stream").select_option("account-2")
    expect(widget.locator(".es-remark")).to_have_text(["▲ version 2 of account-2 is not here"])


def test_what_an_event_says_stays_text(widget: Locator) -> None:
    widget.locator("td", has_text="img").click()
    expect(widget.locator("pre")).to_contain_text("<img src=x onerror=")
    assert HOSTILE.startswith("<img src=x onerror=")
    assert widget.locator("img, script").count() == 0


def test_it_goes_on_after_the_kernel_is_gone(lab: Lab, page: Page) -> None:
    lab.open(page, lab.write("gone_table.ipynb", NOTEBOOK))
    run_all(page)
    widget = page.locator(".es-widget")
    expect(widget).to_have_attribute("data-append", "4")
    command(page, "kernelmenu:shutdown")
    widget.get_by_label("Before the first append").click()
    expect(widget).to_have_attribute("data-rows", "0")
    widget.get_by_label("After the last append").click()
    expect(widget).to_have_attribute("data-rows", "7")


def test_both_themes_and_a_narrow_page(widget: Locator, desk: Page) -> None:
    widget.locator("td").nth(5).click()
    widget.locator("td").nth(5).focus()
    for theme in ("Light", "Dark"):
        set_theme(desk, theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        screenshot(desk, f"table_inspector_{theme.lower()}")
    set_theme(desk, "Light")
    desk.set_viewport_size({"width": 700, "height": 800})
    expect(widget.get_by_label("After the last append")).to_be_in_viewport()
    box, page_width = widget.bounding_box(), 700
    assert box is not None
    assert box["x"] + box["width"] <= page_width
    screenshot(desk, "table_inspector_narrow")
    desk.set_viewport_size({"width": 1280, "height": 800})
