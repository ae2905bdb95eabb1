"""The schedule explorer: steps dragged, outcomes predicted, defences on."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

import eventsourcing_kit as es
from eventsourcing_kit.widgets import ScheduleExplorer
from tests.browser.bare import Bench
from tests.browser.lab import screenshot


def make() -> ScheduleExplorer:
    race, explore = es.schedules.scenarios.events, es.schedules.explore
    return ScheduleExplorer(
        [
            ([], explore(race(2))),
            (["UNIQUE"], explore(race(2, unique=True))),
            (["UNIQUE", "expected version"], explore(race(2, unique=True, expected_version=True))),
        ]
    )


@pytest.fixture
def explorer() -> ScheduleExplorer:
    return make()


@pytest.fixture
def widget(bench: Bench, explorer: ScheduleExplorer) -> Locator:
    found = bench.show(explorer)
    expect(found).to_have_attribute("data-schedule", "AABB")
    return found


def turn(widget: Locator, number: int) -> Locator:
    return widget.locator(".es-turn").nth(number - 1)


def test_a_step_is_dragged_and_the_schedule_follows(
    widget: Locator, desk: Page, bench: Bench, explorer: ScheduleExplorer
) -> None:
    second, third = turn(widget, 2).bounding_box(), turn(widget, 3).bounding_box()
    assert second is not None
    assert third is not None
    desk.mouse.move(second["x"] + 30, second["y"] + 20)
    desk.mouse.down()
    desk.mouse.move(third["x"] + 30, second["y"] + 20, steps=5)
    desk.mouse.up()
    expect(widget).to_have_attribute("data-schedule", "ABAB")
    bench.rest()
    assert (explorer.schedule, explorer.on) == ("ABAB", [])


def test_by_the_keyboard_alone(widget: Locator, desk: Page) -> None:
    turn(widget, 2).focus()
    desk.keyboard.press("ArrowRight")
    expect(widget).to_have_attribute("data-schedule", "ABAB")
    expect(turn(widget, 3)).to_be_focused()
    expect(widget).to_have_attribute("data-revealed", "false")
    widget.get_by_role("button", name="2 stored").focus()
    desk.keyboard.press("Enter")
    expect(widget).to_have_attribute("data-revealed", "true")
    expect(widget.locator(".es-answer")).to_contain_text(
        "As you said.✕ rule “no overdraft” is broken: the balance is -60"
    )
    widget.get_by_role("radio", name="none").focus()
    desk.keyboard.press("ArrowRight")
    expect(widget.get_by_role("radio", name="UNIQUE", exact=True)).to_be_checked()


def test_the_outcome_is_hidden_until_it_is_predicted(widget: Locator) -> None:
    expect(widget.locator(".es-answer")).to_have_text("")
    widget.get_by_role("button", name="2 stored").click()
    answer = widget.locator(".es-answer > div")
    expect(answer).to_have_text(
        [
            "Not this time: you said 2 stored, it was 1 stored, 1 refused: not enough.",
            "✓ The rules all hold.",
        ]
    )


def test_the_counter_goes_to_zero(widget: Locator) -> None:
    widget.get_by_role("button", name="2 stored").click()
    expect(widget.locator(".es-counter")).to_contain_text("4 of 6 schedules break")
    widget.get_by_label("UNIQUE + expected version").check()
    next_broken = widget.get_by_role("button", name="Next that breaks")
    next_broken.click()
    expect(widget.get_by_role("status")).to_have_text("None of them breaks.")
    widget.locator(".es-outcome").first.click()
    expect(widget.locator(".es-counter")).to_contain_text("0 of 6 schedules break")
    expect(next_broken).to_be_disabled()


def test_how_many_break_is_not_told_before_one_was_predicted(widget: Locator) -> None:
    counter = widget.locator(".es-counter")
    expect(counter).to_contain_text("How many of 6 schedules break? · events, no defence")
    expect(widget.get_by_role("group", name="Schedules looked at")).to_have_text("")
    widget.get_by_role("button", name="2 stored").click()
    expect(counter).to_contain_text("4 of 6 schedules break")
    expect(widget).to_contain_text("Looked at 1 of 6")
    widget.get_by_role("radio", name="UNIQUE", exact=True).check()
    expect(counter).to_contain_text("How many of 6")


def test_only_what_was_run_can_be_chosen(widget: Locator, explorer: ScheduleExplorer) -> None:
    names = widget.get_by_role("group", name="Defences").locator("label")
    expect(names).to_have_text(["none", "UNIQUE", "UNIQUE + expected version"])
    explorer.on = ["UNIQUE"]
    expect(widget.get_by_role("radio", name="UNIQUE", exact=True)).to_be_checked()


def test_the_others_make_room_for_a_step_that_is_dragged(widget: Locator, desk: Page) -> None:
    desk.emulate_media(reduced_motion="reduce")
    boxes = [turn(widget, number).bounding_box() for number in (2, 3, 4)]
    second, third, fourth = (box["x"] if box else 0 for box in boxes)
    y = boxes[0]["y"] + 20 if boxes[0] else 0
    desk.mouse.move(second + 30, y)
    desk.mouse.down()
    desk.mouse.move(third + 40, y, steps=5)
    places = [turn(widget, number).bounding_box() for number in (3, 4)]
    assert [round(box["x"]) for box in places if box] == [round(second), round(fourth)]
    desk.mouse.move(second + 30, y, steps=5)
    assert turn(widget, 3).bounding_box() == boxes[1], "it goes back when it is not needed"
    desk.mouse.up()
    expect(widget).to_have_attribute("data-schedule", "AABB")
    desk.emulate_media(reduced_motion="no-preference")


def test_a_step_without_room_says_what_it_does_and_tells_the_rest_in_its_tip(
    widget: Locator, desk: Page
) -> None:
    expect(turn(widget, 2).locator("text")).to_have_text("append at the end")
    desk.set_viewport_size({"width": 420, "height": 800})
    expect(turn(widget, 2).locator("text")).to_have_text("append")
    expect(turn(widget, 2).locator("title")).to_have_text("Ada: append at the end")
    expect(turn(widget, 2)).to_have_accessible_name(re.compile("Ada, append at the end"))


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
    expect(widget.locator(".es-answer")).to_contain_text("is broken")
    expect(widget.get_by_role("group", name="Schedules looked at")).to_contain_text("✕ ABAB")


def test_what_each_read_saw_stands_beside_what_was_true_by_then(
    widget: Locator, desk: Page
) -> None:
    expect(widget.locator(".es-saw, .es-after, .es-thread")).to_have_count(0)
    turn(widget, 1).focus()
    desk.keyboard.press("n")
    expect(widget).to_have_attribute("data-schedule", "ABAB")
    expect(widget.locator(".es-saw")).to_have_text(
        ["version 1, balance 100"] * 2 + ["amount 80"] * 2
    )
    expect(widget.locator(".es-after")).to_have_text(["100", "100", "20", "-60"])
    expect(widget.locator(".es-thread")).to_have_count(2)
    expect(widget.locator(".es-stale"), "Ben decides by a balance that has gone").to_have_count(1)
    expect(widget).to_contain_text("dashed: what was read has changed since")


def test_the_lanes_can_be_read_as_text(widget: Locator) -> None:
    widget.get_by_text("The schedule in words").click()
    expect(widget.locator(".es-turns li")).to_have_text(
        ["Ada: read", "Ada: append at the end", "Ben: read", "Ben: append at the end"]
    )


def test_python_moves_it(widget: Locator, explorer: ScheduleExplorer) -> None:
    explorer.schedule = "BBAA"
    expect(widget).to_have_attribute("data-schedule", "BBAA")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700])
def test_it_fits_in_both_themes(
    widget: Locator, desk: Page, bench: Bench, theme: str, width: int
) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    bench.set_theme(theme)
    expect(widget).to_have_attribute("data-theme", theme.lower())
    turn(widget, 1).focus()
    desk.keyboard.press("n")
    wide = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1], "nothing is cut off at the side"
    screenshot(desk, f"race-{theme.lower()}-{width}")
