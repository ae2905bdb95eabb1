"""The snapshot tuner."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.widgets import SnapshotTuner
from tests.browser.audit import differs
from tests.browser.bare import Bench
from tests.browser.lab import screenshot

RUNS = [
    {"n": n, "replayed": 600 * (n + 1) // 2, "taken": 600 // n, "bytes": 60 * (600 // n)}
    for n in (1, 2, 5, 10, 20, 50, 100, 200)
]
INTERVALS = "A snapshot every n events"


@pytest.fixture
def tuner() -> SnapshotTuner:
    return SnapshotTuner(RUNS, write_cost=20)


@pytest.fixture
def widget(bench: Bench, tuner: SnapshotTuner) -> Locator:
    found = bench.show(tuner)
    expect(found).to_have_attribute("data-n", "20")  # in the middle
    return found


def test_by_the_keyboard_alone(
    widget: Locator, desk: Page, bench: Bench, tuner: SnapshotTuner
) -> None:
    widget.get_by_role("slider", name=INTERVALS).focus()
    desk.keyboard.press("Home")
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
    bench.rest()  # Python hears of it when the slider rests
    assert (tuner.n, tuner.loads, tuner.write_cost, tuner.best) == (1, 10, 20, 2)


def test_a_drag_ends_at_an_interval_and_python_hears_of_it(
    widget: Locator, desk: Page, bench: Bench, tuner: SnapshotTuner
) -> None:
    slider = widget.get_by_role("slider", name=INTERVALS)
    box = slider.bounding_box()
    assert box is not None
    desk.mouse.move(box["x"] + 80, box["y"] + 100)
    desk.mouse.down()
    desk.mouse.move(box["x"] + box["width"] - 18, box["y"] + 100, steps=8)
    desk.mouse.up()
    expect(widget).to_have_attribute("data-n", "200")
    bench.rest(0)
    assert tuner.n == 200


def test_the_cheapest_is_a_click_away(widget: Locator) -> None:
    widget.get_by_role("button", name="To the cheapest interval").click()
    expect(widget).to_have_attribute("data-n", "5")
    expect(widget).to_contain_text("The formula √(2 × write cost ÷ loads) says 6.3.")
    slider = widget.get_by_role("slider", name=INTERVALS)
    expect(slider).to_have_attribute("aria-valuetext", "every 5 events: 4200 in all, "
                                     "1800 for reading and 2400 for writing")  # fmt: skip


def test_the_stream_shows_its_snapshots_and_the_longest_tail(
    widget: Locator, tuner: SnapshotTuner
) -> None:
    for n, flags, tail in [(1, 119, 0), (20, 5, 19), (50, 1, 49), (200, 0, 120)]:
        tuner.n = n
        expect(widget).to_have_attribute("data-n", str(n))
        expect(widget.locator(".es-flag")).to_have_count(flags)
        expect(widget.locator(".es-tail")).to_have_count(tail)
        expect(widget.get_by_role("img")).to_have_accessible_name(
            f"Flags are snapshots among 120 events; just before the next one a load replays {tail}."
        )


def test_the_sliders_are_of_one_length_and_set_by_mouse(
    widget: Locator, desk: Page, bench: Bench, tuner: SnapshotTuner
) -> None:
    names = ("Loads after each event", "To write a snapshot", "To read a snapshot")
    for size in ((1280, 800), (900, 700), (560, 700)):
        desk.set_viewport_size({"width": size[0], "height": size[1]})
        boxes = [widget.get_by_role("slider", name=name).bounding_box() for name in names]
        wide = {round(box["width"]) for box in boxes if box is not None}
        assert len(wide) == 1
        assert min(wide) >= 220
    widget.get_by_role("slider", name="To read a snapshot").click()  # in the middle
    expect(widget).to_contain_text("At every interval the floor adds 150,000.")
    expect(widget).to_contain_text("Together, in events folded, without the floor")
    bench.rest()
    assert 240 <= tuner.floor <= 260


def test_the_root_moves_with_the_sliders(widget: Locator, desk: Page) -> None:
    plot = widget.get_by_role("slider", name=INTERVALS)
    before = plot.screenshot()
    widget.get_by_role("slider", name="To write a snapshot").focus()
    for _ in range(60):
        desk.keyboard.press("ArrowRight")
    expect(widget).to_contain_text("says 12.6.")
    assert differs(before, plot.screenshot()) > 100


def test_python_moves_it(widget: Locator, tuner: SnapshotTuner) -> None:
    tuner.n, tuner.write_cost = 50, 300
    expect(widget).to_have_attribute("data-n", "50")
    expect(widget).to_have_attribute("data-best", "20")


def test_an_error_of_a_callback_is_shown(widget: Locator, tuner: SnapshotTuner) -> None:
    tuner.observe(lambda change: 1 / 0, "n")
    widget.get_by_role("button", name="A longer interval").click()
    expect(widget.get_by_role("alert")).to_contain_text("ZeroDivisionError")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700])
def test_it_fits_in_both_themes(
    widget: Locator, desk: Page, bench: Bench, theme: str, width: int
) -> None:
    desk.set_viewport_size({"width": width, "height": 800})
    bench.set_theme(theme)
    expect(widget).to_have_attribute("data-theme", theme.lower())
    wide = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1], "nothing is cut off at the side"
    screenshot(desk, f"tuner-{theme.lower()}-{width}")
