"""CRUD beside events, moved by key and mouse."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.widgets import RowsAndEvents
from tests.browser.bare import Bench
from tests.browser.lab import screenshot
from tests.widgets.sample import HOSTILE, START
from tests.widgets.test_rows_and_events import (
    BALANCE,
    BIGGEST,
    sample_questions,
    sample_steps,
)

# The first row of the canvas in which each of the colours stands.
TOPS = r"""(canvas, colours) => colours.map((colour) => {
  const [red, green, blue] = colour.match(/\d+/g).map(Number);
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  for (let i = 0; i < data.length; i += 4) {
    const far = [red, green, blue].map((value, at) => Math.abs(data[i + at] - value));
    if (data[i + 3] > 60 && Math.max(...far) < 8) return Math.floor(i / 4 / width);
  }
  return -1;
})"""
Told = Callable[[], tuple[int, str]]


@pytest.fixture
def beside() -> RowsAndEvents:
    return RowsAndEvents(sample_steps(), sample_questions(), title="Ada's account")


@pytest.fixture
def widget(bench: Bench, beside: RowsAndEvents) -> Locator:
    return focused(bench.show(beside))


def focused(found: Locator) -> Locator:
    """The widget just made, taken to the last command, with the keys."""
    expect(found).to_have_attribute("data-step", "3")
    found.get_by_role("slider").press("End")
    expect(found).to_have_attribute("data-step", "6")
    return found


def row(widget: Locator) -> Locator:
    return widget.get_by_role("region", name="The row", exact=True)


@pytest.fixture
def told(bench: Bench, beside: RowsAndEvents) -> Told:
    """What Python has heard, once all is at rest."""

    def tell() -> tuple[int, str]:
        bench.rest()
        return beside.step, beside.question

    return tell


def test_it_starts_after_three_commands_and_nothing_is_asked(
    bench: Bench, beside: RowsAndEvents
) -> None:
    widget = bench.show(beside)
    expect(widget).to_have_attribute("data-step", "3")
    expect(widget.get_by_role("region", name="What the row answers")).to_contain_text("Nothing is")
    expect(widget.get_by_text("◀ answers")).to_have_count(0)


def test_the_head_stands_where_its_command_is(widget: Locator) -> None:
    slider = widget.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuenow", "6")
    head, box = slider.locator(".es-head").bounding_box(), slider.bounding_box()
    assert head is not None
    assert box is not None
    assert abs(head["x"] - (box["x"] + box["width"] - 16)) < 3


def test_the_keys_step_forwards_and_backwards(widget: Locator, desk: Page, told: Told) -> None:
    slider = widget.get_by_role("slider")
    for key, step in [
        ("ArrowLeft", 5),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
        ("ArrowUp", 2),
        ("ArrowDown", 1),
        ("Shift+ArrowRight", 6),
        ("ArrowLeft", 5),
        ("ArrowLeft", 4),
    ]:
        desk.keyboard.press(key)
        expect(widget).to_have_attribute("data-step", str(step))
        expect(slider).to_have_attribute("aria-valuenow", str(step))
    assert told() == (4, "")


def test_what_a_command_overwrote_is_struck_out_until_the_next(widget: Locator, desk: Page) -> None:
    desk.keyboard.press("Home")
    struck = row(widget).locator("table s")
    seen = []
    for _ in range(5):
        desk.keyboard.press("ArrowRight")
        desk.evaluate("() => new Promise(requestAnimationFrame)")
        seen.append([text for text in struck.all_text_contents() if text.endswith("EUR")])
    assert seen == [[], ["0.00 EUR"], ["300.00 EUR"], ["260.00 EUR"], []]
    expect(row(widget)).to_contain_text("6 values overwritten so far")
    desk.keyboard.press("ArrowRight")
    expect(row(widget)).to_contain_text("deleted")
    expect(struck).to_have_count(4)


def test_what_was_overwritten_falls_off_the_row_and_piles_up(widget: Locator, desk: Page) -> None:
    ghosts = widget.get_by_role("list", name="Overwritten, the last first").locator("s")
    desk.keyboard.press("Home")
    expect(ghosts).to_have_count(0)
    for count in (0, 2, 4, 6, 6, 10):  # a balance and a time for each that moves money
        desk.keyboard.press("ArrowRight")
        expect(ghosts).to_have_count(count)
    desk.keyboard.press("ArrowLeft")
    times = [re.compile(f"{hour}:00:00 UTC") for hour in ("11", "10", "09")]
    expect(ghosts).to_have_text(
        ["260.00 EUR", times[0], "300.00 EUR", times[1], "0.00 EUR", times[2]]
    )


@pytest.mark.parametrize(("motion", "moving"), [("no-preference", True), ("reduce", False)])
def test_it_moves_for_those_who_want_motion(
    widget: Locator, desk: Page, motion: Any, moving: bool
) -> None:
    desk.emulate_media(reduced_motion=motion)
    desk.keyboard.press("Home")
    expect(widget).to_have_attribute("data-step", "0")  # painted: what falls is newer than this
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("ArrowRight")
    expect(widget.locator(".es-ghosts .es-falls")).to_have_count(1)
    names = [
        one.evaluate("one => getComputedStyle(one).animationName")
        for one in widget.locator("li.es-falls:visible").all()
    ]
    desk.emulate_media(reduced_motion="no-preference")
    assert names == (["es-fall"] * 2 if moving else ["none"] * 2)  # a ghost and an event


def test_an_event_shows_the_gist_and_all_of_it_on_demand(widget: Locator) -> None:
    first = widget.locator(".es-facts li").nth(1)
    expect(first).to_contain_text("300.00 EUR · first")
    expect(first.get_by_text("actor: clerk-07")).to_be_hidden()
    first.click()
    expect(first.get_by_text("actor: clerk-07")).to_be_visible()


def test_each_type_has_a_colour_and_a_lane_of_its_own(widget: Locator) -> None:
    legend = widget.get_by_role("group", name="Colours of the types")
    expect(legend.locator("span")).to_have_text(
        ["AccountOpened", "MoneyDeposited", "MoneyWithdrawn", "AccountClosed"]
    )
    swatches = legend.locator("i").all()
    colours = [one.evaluate("one => getComputedStyle(one).borderLeftColor") for one in swatches]
    assert len(set(colours)) == 4
    tops = widget.locator("canvas").evaluate(TOPS, colours)
    assert tops == sorted(set(tops), reverse=True), "one above the other, the first type below"


def test_a_day_is_marked(bench: Bench) -> None:
    plain = bench.show(RowsAndEvents(sample_steps()))
    without = plain.locator("canvas").evaluate("one => one.toDataURL()")
    marked = bench.show(RowsAndEvents(sample_steps(), days={"the first day": START.date()}))
    expect(marked).to_have_attribute("data-step", "3")
    assert marked.locator("canvas").evaluate("one => one.toDataURL()") != without


def test_without_events_the_row_stands_alone(bench: Bench, desk: Page) -> None:
    rows = [(text, row, ()) for text, row, _ in sample_steps()]
    alone = bench.show(RowsAndEvents(rows))
    expect(alone.get_by_role("region", name="Overwritten")).to_contain_text("in no table any more")
    expect(alone.get_by_role("region", name="Events")).to_have_count(0)
    expect(alone.get_by_label("Ask both")).to_have_count(0)


def test_the_events_only_grow(widget: Locator, desk: Page) -> None:
    shown = widget.locator(".es-facts li:visible")
    desk.keyboard.press("Home")
    for count in (0, 1, 2, 3, 4, 4, 5):
        expect(shown).to_have_count(count)
        desk.keyboard.press("ArrowRight")
    expect(widget.locator(".es-facts .es-new")).to_have_count(1)


def test_a_question_is_put_to_both(widget: Locator, desk: Page, told: Told) -> None:
    desk.keyboard.press("ArrowLeft")  # back to where there is a row
    widget.get_by_label("Ask both").select_option(BIGGEST)
    of_row = widget.get_by_role("region", name="What the row answers")
    of_events = widget.get_by_role("region", name="What the events answer")
    expect(of_row).to_contain_text("It cannot know.")
    expect(of_row).to_contain_text("The row does not tell.")
    expect(of_events).to_contain_text(HOSTILE[:20])
    expect(of_events).to_contain_text("Marked below: 1 event.")
    expect(widget.locator(".es-answers-it")).to_contain_text("◀ answers")
    assert told() == (5, BIGGEST)
    widget.get_by_role("slider").focus()
    desk.keyboard.press("Home")
    expect(of_events).to_contain_text("It cannot know.")
    expect(of_row).to_contain_text("There is no row.")


def test_q_asks_the_next_question(widget: Locator, desk: Page) -> None:
    for asked in ("0", "1", "2", "0"):
        desk.keyboard.press("q")
        expect(widget).to_have_attribute("data-asked", asked)


def test_a_click_on_an_event_goes_to_its_command(widget: Locator) -> None:
    widget.locator(".es-facts li").nth(1).click()
    expect(widget).to_have_attribute("data-step", "2")


def test_space_plays_from_the_start(widget: Locator, desk: Page) -> None:
    widget.get_by_label("Speed").select_option("10")
    widget.get_by_role("slider").focus()
    desk.keyboard.press("Space")
    expect(widget).to_have_attribute("data-step", "2")
    desk.keyboard.press("Space")
    expect(widget.get_by_role("button", name="Play")).to_be_visible()


def test_the_mouse_drags_it(widget: Locator, desk: Page, told: Told) -> None:
    box = widget.get_by_role("slider").bounding_box()
    assert box is not None
    left, width, y = box["x"] + 74, box["width"] - 90, box["y"] + 30
    desk.mouse.move(left + width, y)
    desk.mouse.down()
    for step in range(6, -1, -1):
        desk.mouse.move(left + width * step / 6, y)
        expect(widget).to_have_attribute("data-step", str(step))
    desk.mouse.up()
    assert told() == (0, "")


def test_python_moves_it(widget: Locator, beside: RowsAndEvents) -> None:
    beside.question, beside.step = BALANCE, 2
    expect(widget).to_have_attribute("data-step", "2")
    expect(widget).to_have_attribute("data-asked", "0")


def test_an_observer_that_raises_is_shown(widget: Locator, beside: RowsAndEvents) -> None:
    beside.observe(lambda change: 1 / 0, "step")
    widget.get_by_role("slider").press("Home")
    expect(widget.get_by_role("alert")).to_have_text("ZeroDivisionError: division by zero")


def test_what_an_event_says_stays_text(widget: Locator) -> None:
    expect(widget.locator(".es-facts")).to_contain_text("<img src=x onerror=")
    assert widget.locator("img, script").count() == 0


def test_both_themes_and_a_narrow_page(widget: Locator, desk: Page, bench: Bench) -> None:
    widget.get_by_label("Ask both").select_option(BIGGEST)
    widget.get_by_role("slider").focus()
    desk.keyboard.press("ArrowLeft")
    desk.keyboard.press("ArrowLeft")
    for theme in ("Light", "Dark"):
        bench.set_theme(theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        screenshot(desk, f"rows_and_events_{theme.lower()}")
    bench.set_theme("Light")
    desk.set_viewport_size({"width": 700, "height": 800})
    expect(widget.get_by_label("After the last command")).to_be_visible()
    box = widget.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 700
    screenshot(desk, "rows_and_events_narrow")
