"""The schedule explorer in a real JupyterLab: steps dragged, outcomes predicted, defences on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import Lab, new_page, run_cell, screenshot, set_theme

NOTEBOOK = """import eventsourcing_kit as es
race, explore = es.schedules.scenarios.events, es.schedules.explore
explorer = es.widgets.ScheduleExplorer([
    ([], explore(race(2))),
    (["UNIQUE"], explore(race(2, unique=True))),
    (["UNIQUE", "expected version"], explore(race(2, unique=True, expected_version=True))),
])
explorer"""
TELL = "(explorer.schedule, explorer.on)"
SET = "explorer.schedule = 'BBAA'"


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[Page]:
    with new_page(browser) as page:
        lab.open(page, lab.write("race.ipynb", NOTEBOOK, TELL, SET))
        yield page


@pytest.fixture
def widget(desk: Page) -> Locator:
    run_cell(desk, 0)
    found = desk.locator(".es-widget")
    expect(found).to_have_attribute("data-schedule", "AABB")
    return found


def turn(widget: Locator, number: int) -> Locator:
    return widget.locator(".es-turn").nth(number - 1)


def test_a_step_is_dragged_and_the_schedule_follows(widget: Locator, desk: Page) -> None:
    second, third = turn(widget, 2).bounding_box(), turn(widget, 3).bounding_box()
    assert second is not None
    assert third is not None
    desk.mouse.move(second["x"] + 30, second["y"] + 20)
    desk.mouse.down()
    desk.mouse.move(third["x"] + 30, second["y"] + 20, steps=5)
    desk.mouse.up()
    expect(widget).to_have_attribute("data-schedule", "ABAB")
    assert run_cell(desk, 1) == "('ABAB', [])"


def test_by_the_keyboard_alone(widget: Locator, desk: Page) -> None:
    turn(widget, 2).focus()
    desk.keyboard.press("ArrowRight")
    expect(widget).to_have_attribute("data-schedule", "ABAB")
    expect(turn(widget, 3)).to_be_focused()
    expect(widget).to_have_attribute("data-revealed", "false")
    widget.get_by_role("button", name="2 stored").focus()
    desk.keyboard.press("Enter")
    expect(widget).to_have_attribute("data-revealed", "true")
    expect(widget.locator(".es-answer")).to_contain_text("As you said. ✕ broken.")
    widget.get_by_label("UNIQUE").focus()
    desk.keyboard.press("Space")
    widget.get_by_label("expected version").focus()


def test_the_outcome_is_hidden_until_it_is_predicted(widget: Locator) -> None:
    expect(widget.locator(".es-answer")).to_have_text("")
    widget.get_by_role("button", name="2 stored").click()
    expect(widget.locator(".es-answer")).to_contain_text("You said: 2 stored. ✓")


def test_the_counter_goes_to_zero(widget: Locator) -> None:
    expect(widget.locator(".es-counter")).to_contain_text("4 of 6 schedules break")
    widget.get_by_label("UNIQUE").check()
    widget.get_by_label("expected version").check()
    expect(widget.locator(".es-counter")).to_contain_text("0 of 6 schedules break")
    expect(widget.get_by_role("button", name="Next that breaks")).to_be_disabled()
    widget.get_by_label("UNIQUE").click()
    expect(widget.get_by_role("status")).to_contain_text("nothing was run")


def test_a_schedule_is_replayed_by_its_id(widget: Locator) -> None:
    field = widget.get_by_label("Schedule id")
    field.fill("baab")
    field.press("Enter")
    expect(widget).to_have_attribute("data-schedule", "BAAB")
    field.fill("AAAA")
    field.press("Enter")
    expect(widget.get_by_role("status")).to_contain_text("There is no schedule AAAA here")
    expect(widget).to_have_attribute("data-schedule", "BAAB")


def test_n_goes_to_the_next_that_breaks(widget: Locator, desk: Page) -> None:
    turn(widget, 1).focus()
    desk.keyboard.press("n")
    expect(widget).to_have_attribute("data-schedule", "ABAB")
    expect(widget.locator(".es-answer")).to_contain_text("✕ broken")
    expect(widget.get_by_role("group", name="Schedules looked at")).to_contain_text("✕ ABAB")


def test_the_lanes_can_be_read_as_text(widget: Locator) -> None:
    widget.get_by_text("The schedule in words").click()
    expect(widget.locator(".es-turns li")).to_have_text(
        ["Ada: read", "Ada: append at the end", "Ben: read", "Ben: append at the end"]
    )


def test_python_moves_it(widget: Locator, desk: Page) -> None:
    run_cell(desk, 2)
    expect(widget).to_have_attribute("data-schedule", "BBAA")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700])
def test_it_fits_in_both_themes(widget: Locator, desk: Page, theme: str, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    set_theme(desk, theme)
    expect(widget).to_have_attribute("data-theme", theme.lower())
    turn(widget, 1).focus()
    desk.keyboard.press("n")
    wide = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1], "nothing is cut off at the side"
    screenshot(desk, f"race-{theme.lower()}-{width}")
