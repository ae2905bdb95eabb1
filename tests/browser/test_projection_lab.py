"""The projection lab stepped, crashed and cured."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

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
from tests.browser.bare import Bench
from tests.browser.lab import screenshot
from tests.widgets.test_projection_lab import EVENTS

ALL_EVENTS = [*EVENTS, *((f"Coffee {n}", -350, n) for n in range(5, 21))]
FOLD = """([machine, cases]) => new Function("cases", `${machine}
    return cases.map(([amounts, moves, cure, opening]) => {
        let state = openingState(amounts, opening);
        for (const move of moves) state = evolveLab(state, move, amounts, cure);
        return [state, isDone(state)];
    });`)(cases)"""


@pytest.fixture
def fees() -> ProjectionLab:
    return ProjectionLab(ALL_EVENTS, title="Fees of November")


@pytest.fixture
def widget(bench: Bench, fees: ProjectionLab) -> Locator:
    return focused(bench.show(fees))


def focused(found: Locator) -> Locator:
    """The widget just made, before the first event, with the keys."""
    expect(found).to_have_attribute("data-moves", "0")
    found.get_by_label("One step on").focus()
    return found


def press(desk: Page, *keys: str) -> None:
    for key in keys:
        desk.keyboard.press(key)


def side(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("region", name=f"The {name} projection")


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


def test_the_keys_step_crash_and_take_back(
    widget: Locator, desk: Page, bench: Bench, fees: ProjectionLab
) -> None:
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
    bench.rest()
    assert (fees.moves, fees.cure) == ("ssc", "none")


def test_a_click_anywhere_gives_it_the_keys(widget: Locator, desk: Page) -> None:
    desk.evaluate("() => document.activeElement.blur()")
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


def strip(widget: Locator, name: str) -> Locator:
    """The gates of a projection, by what they say to a screen reader."""
    return side(widget, name).get_by_role("img")


def test_the_window_is_lit_while_the_event_is_in_it_and_the_bolt_strikes_there(
    widget: Locator, desk: Page
) -> None:
    left, right = strip(widget, "left"), strip(widget, "right")
    lit = widget.locator(".es-harm")
    for places, is_lit in [
        (("waits", "waits"), 0),
        (("between the gates", "between the gates"), 1),
        (("through both gates", "through both gates"), 0),
    ]:
        press(desk, "ArrowRight")
        for shown, place in zip((left, right), places, strict=True):
            expect(shown).to_have_accessible_name(re.compile(f"^Position 1: {place}"))
        expect(lit).to_have_count(is_lit)
    press(desk, "ArrowRight", "ArrowRight", "c")
    expect(left.locator(".es-bolt")).to_have_count(1)
    press(desk, "ArrowRight", "ArrowRight", "ArrowRight")
    expect(left.locator(".es-token")).to_have_text("↺ 2")
    expect(right.locator(".es-token")).to_have_text("2")
    expect(widget.locator(".es-bolt")).to_have_count(0)
    press(desk, "ArrowRight")
    expect(left.locator(".es-twice")).to_have_text("2")


def test_a_window_that_does_no_harm_is_not_lit(widget: Locator, desk: Page) -> None:
    press(desk, "ArrowRight", "ArrowRight")
    for key, lit in [("1", 1), ("2", 0), ("3", 0), ("4", 0), ("5", 1)]:
        press(desk, key)
        expect(widget.locator(".es-harm")).to_have_count(lit)
    expect(side(widget, "left").locator("svg text").first).to_have_text("① checkpoint 1")


def test_with_the_checkpoint_first_the_event_is_lost(widget: Locator, desk: Page) -> None:
    press(desk, "5", "ArrowRight", "ArrowRight", "c")
    left = side(widget, "left")
    expect(strip(widget, "left").locator(".es-lost")).to_have_text("1")
    expect(left).to_contain_text("position 1 never comes again")
    press(desk, "End")
    expect(left).to_contain_text("✗ 2,300.00 EUR too little")
    expect(widget.get_by_role("row").filter(has_text="Salary").locator("td").nth(2)).to_have_text(
        "✗ lost"
    )


def test_what_a_crash_does_stands_under_the_place_where_it_does_it(widget: Locator) -> None:
    for name in ("left", "right"):
        zone = strip(widget, name).locator(".es-zone").bounding_box()
        words = strip(widget, name).get_by_text("A crash here").bounding_box()
        assert zone is not None
        assert words is not None
        assert abs(zone["x"] + zone["width"] / 2 - words["x"] - words["width"] / 2) <= 2


def test_the_token_travels_unless_less_motion_is_asked_for(widget: Locator, desk: Page) -> None:
    desk.evaluate(
        "() => { globalThis.travels = 0;"
        " addEventListener('transitionrun', (one) => {"
        " travels += one.propertyName === 'transform'; }); }"
    )
    press(desk, "ArrowRight", "ArrowRight")
    expect(strip(widget, "left")).to_have_accessible_name(re.compile("between the gates"))
    desk.wait_for_function("() => travels === 2")  # on the left and on the right
    desk.emulate_media(reduced_motion="reduce")
    press(desk, "ArrowRight")
    expect(strip(widget, "left")).to_have_accessible_name(re.compile("through both gates"))
    desk.wait_for_timeout(100)  # a travel begins in the next frame
    assert desk.evaluate("() => travels") == 2
    desk.emulate_media(reduced_motion="no-preference")


@pytest.mark.parametrize("width", [900, 580])
def test_both_projections_stand_beside_each_other(
    widget: Locator, desk: Page, bench: Bench, width: int
) -> None:
    bench.check_it_fits(widget, "Light", width, "projection_lab", 700)
    left, right = side(widget, "left").bounding_box(), side(widget, "right").bounding_box()
    box = widget.bounding_box()
    assert left is not None
    assert right is not None
    assert box is not None
    assert left["y"] == right["y"]
    assert box["height"] <= 540


def test_the_lag_is_shown_in_positions(widget: Locator, desk: Page) -> None:
    press(desk, *["ArrowRight"] * 8, "c", "ArrowRight", "ArrowRight")
    for name in ("left", "right"):
        lag = side(widget, name).get_by_role("row").filter(has_text="lag")
        expect(lag).to_have_text("lag2 positions")


def test_it_says_what_the_picture_says(widget: Locator, desk: Page) -> None:
    amounts = [amount for _, amount, _ in ALL_EVENTS]
    packed = msgspec.json.decode(ProjectionLab(ALL_EVENTS).packed, type=PackedLab)
    moves = ""
    for move in "sscsssssscsssssss":
        press(desk, "c" if move == "c" else "ArrowRight")
        moves += move
        state = after(amounts, moves, "none")
        for name, lane in (("left", state.left), ("right", state.right)):
            shown = side(widget, name)
            expect(shown.locator(".es-did")).to_have_text(fill(SAYS[lane.did], packed, lane))
            told = verdict(packed, lane, state.head)
            expect(shown.locator(".es-verdict")).to_have_text(told)
            expect(shown.get_by_role("row").nth(0)).to_have_text(
                f"lag{lag(packed, lane, state.head)}"
            )
        cells = widget.locator("tbody tr").filter(has_text="Salary").locator("td")
        expect(cells.nth(2)).to_have_text(re.compile(f"^{in_read_model(state.left, 0)}"))
        expect(cells.nth(3)).to_have_text(re.compile(f"^{in_read_model(state.right, 0)}"))


def test_a_cure_folds_the_same_moves_again(
    widget: Locator, desk: Page, bench: Bench, fees: ProjectionLab
) -> None:
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
    expect(pressed).to_have_text("3skip by event id")
    row = widget.get_by_role("row").filter(has_text="Fee")
    expect(row.locator("td").nth(2)).to_have_text("✓ once, then skipped")
    bench.rest()
    assert fees.cure == "event_id"


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


def test_python_moves_it(widget: Locator, fees: ProjectionLab) -> None:
    fees.moves, fees.cure = "sssss", "position"
    expect(widget).to_have_attribute("data-moves", "5")
    expect(widget).to_have_attribute("data-cure", "position")


def test_what_an_event_says_stays_text(widget: Locator) -> None:
    expect(widget.get_by_role("region", name="Events")).to_contain_text("<img src=x onerror=")
    assert widget.locator("img, script").count() == 0


def test_both_themes_and_a_narrow_page(widget: Locator, desk: Page, bench: Bench) -> None:
    press(desk, *["ArrowRight"] * 8, "c", *["ArrowRight"] * 10)
    for theme in ("Light", "Dark"):
        bench.set_theme(theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        screenshot(desk, f"projection_lab_{theme.lower()}")
    bench.set_theme("Light")
    desk.set_viewport_size({"width": 700, "height": 800})
    expect(widget.get_by_role("button", name="Crash both")).to_be_visible()
    box = widget.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 700
    screenshot(desk, "projection_lab_narrow")


def test_an_observer_that_raises_is_shown(widget: Locator, fees: ProjectionLab) -> None:
    fees.observe(lambda change: 1 / 0, "moves")
    widget.get_by_label("One step on").press("Enter")
    expect(widget.get_by_role("alert")).to_have_text("ZeroDivisionError: division by zero")
