"""The table inspector, moved by key and mouse."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.widgets import TableInspector
from tests.browser.bare import Bench
from tests.browser.lab import screenshot
from tests.widgets.sample import HOSTILE
from tests.widgets.test_table_inspector import event_rows

Told = Callable[[], tuple[int, str, int, str]]


@pytest.fixture
def inspector() -> TableInspector:
    return TableInspector(event_rows(), title="Seven events in four appends")


@pytest.fixture
def widget(bench: Bench, inspector: TableInspector) -> Locator:
    """An inspector just made, after the last append."""
    found = bench.show(inspector)
    expect(found).to_have_attribute("data-rows", "7")
    return found


@pytest.fixture
def told(bench: Bench, inspector: TableInspector) -> Told:
    """What Python has heard, once all is at rest."""

    def tell() -> tuple[int, str, int, str]:
        bench.rest()
        return inspector.append, inspector.stream_id, inspector.row, inspector.column

    return tell


def test_the_slider_takes_appends_back(widget: Locator, desk: Page, told: Told) -> None:
    slider = widget.get_by_label("Append", exact=True)
    slider.focus()
    rows = {3: 4, 2: 3, 1: 2, 0: 0}
    for append, count in rows.items():
        desk.keyboard.press("ArrowLeft")
        expect(widget).to_have_attribute("data-append", str(append))
        expect(widget).to_contain_text(f"Up to append {append} of 4")
        expect(widget.locator("tbody tr")).to_have_count(count)
        expect(slider).to_have_attribute("aria-valuetext", f"append {append} of 4")
    assert told() == (0, "", -1, "position")


def test_the_rows_of_the_newest_append_are_marked(widget: Locator) -> None:
    expect(widget.locator("tr.es-new")).to_have_count(3)
    widget.get_by_label("One append back").click()
    expect(widget.locator("tr.es-new")).to_have_count(1)
    expect(widget.locator("tr.es-new th")).to_have_text("● 3")


def test_keys_go_from_cell_to_cell(widget: Locator, desk: Page, told: Told) -> None:
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
    assert told() == (3, "", 3, "position")


def test_one_tab_stop_for_all_cells(widget: Locator) -> None:
    expect(widget.locator(".es-grid [tabindex='0']")).to_have_count(1)


def test_a_long_value_is_read_below(widget: Locator) -> None:
    widget.locator("td").nth(5).click()
    expect(widget.locator("pre")).to_have_text(
        '{\n  "amount": 9223372036854775807,\n  "currency": "EUR",\n  "memo": "movement 1"\n}'
    )


def test_of_one_stream_the_versions_count_on(widget: Locator, told: Told) -> None:
    widget.get_by_label("Stream").select_option("account-2")
    expect(widget).to_have_attribute("data-rows", "4")
    expect(widget.get_by_role("status")).to_have_text(
        "After append 4 of 4: 4 rows. Versions: account-2 at 4."
    )
    assert told()[:2] == (4, "account-2")


def test_places_that_are_not_there_are_marked(bench: Bench) -> None:
    rows = event_rows()
    del rows[4]
    widget = bench.show(TableInspector(rows))
    expect(widget.locator(".es-remark")).to_have_text(
        ["▲ position 5 is not here", "▲ version 2 of account-2 is not here"]
    )
    widget.get_by_label("Stream").select_option("account-2")
    expect(widget.locator(".es-remark")).to_have_text(["▲ version 2 of account-2 is not here"])


def test_each_stream_has_a_colour_and_a_sign(widget: Locator) -> None:
    signs = widget.locator("tbody .es-stream")
    expect(signs).to_have_text(["■", "■", "▼", "■", "▼", "▼", "▼"])
    colours = signs.evaluate_all("all => all.map((one) => getComputedStyle(one).color)")
    assert len({*zip(signs.all_text_contents(), colours, strict=True)}) == 2


def test_a_row_without_a_stream_has_no_sign(bench: Bench) -> None:
    widget = bench.show(TableInspector([{"stream_id": None, "version": 1}]))
    expect(widget.locator("tbody td").first).to_have_text("NULL")
    expect(widget.locator(".es-stream")).to_have_count(0)


def test_versions_count_in_each_stream_and_positions_over_all(widget: Locator) -> None:
    counters = widget.locator(".es-counter")
    expect(counters).to_have_text(
        [
            "store: position 7",
            re.compile("account-1: version 3"),
            re.compile("account-2: version 4"),
        ]
    )
    widget.get_by_label("One append back").click()
    expect(counters.locator("b")).to_have_text(["4", "3", "1"])


def test_each_stream_has_a_lane_under_the_positions(widget: Locator) -> None:
    lanes = [widget.locator(f".es-place.{kind}") for kind in ("es-axis", "es-s0", "es-s1")]
    for lane, numbers in zip(lanes, ("1234567", "123", "1234"), strict=True):
        expect(lane).to_have_text([*numbers])
    expect(widget.locator(".es-place.es-s1.es-newest")).to_have_text([*"234"])
    left = "all => all.map((one) => Math.round(one.getBoundingClientRect().left))"
    positions, first, second = (lane.evaluate_all(left) for lane in lanes)
    assert [*first, *second] == [positions[at - 1] for at in (1, 2, 4, 3, 5, 6, 7)]
    widget.get_by_label("Before the first append").click()
    expect(widget.locator(".es-place")).to_have_count(0)


def test_many_streams_have_counters_and_no_lanes(bench: Bench) -> None:
    widget = bench.show(TableInspector(event_rows([(f"account-{n}", 1) for n in range(9)])))
    expect(widget.locator(".es-counter")).to_have_count(7)
    expect(widget.locator(".es-counters")).to_contain_text("and 3 more")
    expect(widget.locator(".es-place")).to_have_count(0)


def test_a_row_slides_in_for_who_does_not_mind_motion(widget: Locator, desk: Page) -> None:
    expect(widget.locator("tr.es-in")).to_have_count(0)
    widget.get_by_label("One append back").click()
    expect(widget.locator("tr.es-in")).to_have_count(0)
    widget.get_by_label("One append on").click()
    expect(widget.locator("tr.es-in")).to_have_count(3)
    name = "(row) => getComputedStyle(row).animationName"
    assert widget.locator("tr.es-in").first.evaluate(name) == "es-slide-in"
    desk.emulate_media(reduced_motion="reduce")
    assert widget.locator("tr.es-in").first.evaluate(name) == "none"
    desk.emulate_media(reduced_motion="no-preference")


@pytest.mark.parametrize("width", [1280, 900])
def test_no_column_is_out_of_sight(widget: Locator, desk: Page, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 700})
    wide = widget.locator(".es-scroll").evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1]
    last = widget.locator("tbody tr").last.locator("td").nth(3)
    assert last.evaluate("one => one.scrollWidth <= one.clientWidth"), "event_id is not cut"


def test_the_head_has_no_value_and_no_empty_box(widget: Locator) -> None:
    expect(widget.get_by_role("region", name="The column")).to_contain_text("Column position")
    expect(widget.get_by_role("region", name="The value at length")).to_have_count(0)
    widget.locator("td").first.click()
    expect(widget.get_by_role("region", name="The value at length")).to_have_count(1)


def test_what_an_event_says_stays_text(widget: Locator) -> None:
    widget.locator("td", has_text="img").click()
    expect(widget.locator("pre")).to_contain_text("<img src=x onerror=")
    assert HOSTILE.startswith("<img src=x onerror=")
    assert widget.locator("img, script").count() == 0


def test_both_themes_and_a_narrow_page(widget: Locator, desk: Page, bench: Bench) -> None:
    widget.locator("td").nth(5).click()
    widget.locator("td").nth(5).focus()
    for theme in ("Light", "Dark"):
        bench.set_theme(theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        screenshot(desk, f"table_inspector_{theme.lower()}")
    bench.set_theme("Light")
    desk.set_viewport_size({"width": 700, "height": 800})
    expect(widget.get_by_label("After the last append")).to_be_in_viewport()
    box, page_width = widget.bounding_box(), 700
    assert box is not None
    assert box["x"] + box["width"] <= page_width
    screenshot(desk, "table_inspector_narrow")
