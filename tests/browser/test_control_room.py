"""The control room in a browser: one cursor for charts, log and traces; a cause and an action."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.widgets import ControlRoom
from tests.browser.bare import Bench
from tests.sample_incident import recording
from tests.widgets.sample import HOSTILE


@pytest.fixture
def room() -> ControlRoom:
    return ControlRoom(recording())


@pytest.fixture
def shown(bench: Bench, room: ControlRoom) -> Locator:
    found = bench.show(room)
    expect(found).to_have_attribute("data-index", "4")
    return found


def rows(shown: Locator, name: str) -> Locator:
    return shown.get_by_role("region", name=name).locator("tbody tr")


def test_by_the_keyboard_alone(shown: Locator, desk: Page, bench: Bench, room: ControlRoom) -> None:
    shown.get_by_role("slider", name="Time of the incident").focus()
    desk.keyboard.press("Home")
    expect(shown).to_have_attribute("data-index", "0")
    expect(rows(shown, "Log")).to_have_count(0)
    desk.keyboard.press("ArrowRight")
    expect(rows(shown, "Log")).to_have_count(1)
    desk.keyboard.press("ArrowRight")
    expect(rows(shown, "Log")).to_have_count(2)
    shown.get_by_role("tab", name="Log").focus()
    desk.keyboard.press("ArrowRight")
    expect(shown.get_by_role("tab", name="Traces")).to_be_focused()
    expect(rows(shown, "Traces")).to_have_count(2)
    expect(rows(shown, "Traces").last).to_contain_text("0001")  # what caused it
    expect(shown).to_have_attribute("data-index", "2")  # the arrows were the tabs'
    slider = shown.get_by_role("slider", name="Time of the incident")
    assert "20.0 s: read model behind, s 10" in str(slider.get_attribute("aria-valuetext"))
    bench.rest()
    assert room.index == 2


def test_a_cause_and_an_action_are_told_what_they_do(
    shown: Locator, bench: Bench, room: ControlRoom
) -> None:
    verdict = shown.locator(".es-verdict")
    expect(verdict).to_have_text("Choose a cause and a first action.")
    story = shown.locator(".es-story")
    night = shown.get_by_role("tab", name="The night behind it")
    expect(night).to_be_hidden()  # it would give the cause away
    shown.get_by_role("tab", name="Log").press("ArrowLeft")
    expect(shown.get_by_role("tab", name="Traces")).to_be_focused()
    expect(story).to_be_hidden()
    shown.get_by_role("radio", name="a slow sink").check()
    shown.get_by_role("radio", name="Start it again").check()
    expect(verdict).to_contain_text("The cause is another one than a slow sink.")
    expect(story).to_be_hidden()
    night.click()
    expect(story).to_be_visible()
    report = story.get_by_role("link", name="The report.")
    expect(report).to_have_attribute("href", "https://example.org/1")
    expect(verdict).to_contain_text("1 conflict, 2 commands failed")
    expect(verdict).to_contain_text("220 s behind")
    shown.get_by_role("radio", name="a poison event").check()
    shown.get_by_role("radio", name="Set it aside").check()
    expect(verdict).to_contain_text("That is the cause. A good first action. The others go on.")
    bench.rest()
    assert (room.cause, room.action) == (2, 2)


def test_each_lane_says_what_it_is_at_the_cursor(shown: Locator, desk: Page) -> None:
    names = shown.locator(".es-lane-names")
    expect(names).to_contain_text("behind, s 30")
    shown.get_by_role("slider", name="Time of the incident").press("ArrowLeft")
    expect(names).to_contain_text("behind, s 20")


def test_the_question_stands_beside_the_charts(shown: Locator, bench: Bench) -> None:
    bench.check_it_fits(shown, "Light", 900, "control", height=700)
    slider = shown.get_by_role("slider", name="Time of the incident").bounding_box()
    cause = shown.get_by_role("group", name="The cause is").bounding_box()
    assert slider is not None
    assert cause is not None
    assert cause["x"] >= slider["x"] + slider["width"]
    assert abs(cause["y"] - slider["y"]) < 40


def test_python_takes_the_choice_back_and_the_night_is_hidden_again(
    shown: Locator, room: ControlRoom
) -> None:
    room.cause, room.action = 1, 1
    shown.get_by_role("tab", name="The night behind it").click()
    room.cause = 0
    expect(shown.locator(".es-story")).to_be_hidden()
    expect(shown.get_by_role("region", name="Log")).to_be_visible()


def test_python_moves_it(shown: Locator, room: ControlRoom) -> None:
    room.index = 1
    expect(shown).to_have_attribute("data-index", "1")
    room.cause = 2
    expect(shown.get_by_role("radio", name="a poison event")).to_be_checked()


def test_text_of_events_is_text(bench: Bench, desk: Page) -> None:
    shown = bench.show(ControlRoom(recording(HOSTILE)))
    expect(shown).to_have_attribute("data-index", "4")
    assert shown.locator("img").count() == 0
    expect(rows(shown, "Log").first).to_contain_text("<img src=x onerror")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700, 390])
def test_it_fits_in_both_themes(shown: Locator, bench: Bench, theme: str, width: int) -> None:
    bench.check_it_fits(shown, theme, width, "control", height=1100)
