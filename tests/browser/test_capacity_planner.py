"""The capacity planner: its formulae are those of es.capacity, and every setting is at hand."""

from __future__ import annotations

import math
import random
from dataclasses import asdict

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.capacity import System
from eventsourcing_kit.widgets import CapacityPlanner
from eventsourcing_kit.widgets.base import static
from eventsourcing_kit.widgets.capacity_planner.words import (
    bytes_text,
    duration_text,
    percent_text,
    rule_text,
)
from tests.browser.bare import Bench
from tests.widgets.sample import HOSTILE

SYSTEM = System(events_per_s=5_000, appends_per_s=3_000, folds_per_s=20_000)
FORMULAS = """([source, cases]) => {
  const helpers = `const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
    const count = (n) => new Intl.NumberFormat("en").format(n);
    const counted = (n, thing) => count(n) + " " + thing + (n === 1 ? "" : "s");`;
  const run = new Function("system", `${helpers}${source}
    const numbers = capacityNumbers(system);
    const texts = [bytesText(numbers.bytes_a_year), durationText(numbers.replay_s),
      percentText(numbers.hottest), ruleText(system, numbers)];
    return { numbers, texts };`);
  return cases.map((system) => run(system));
}"""


def some_systems(count: int) -> list[System]:
    """Systems of all sizes, the same every time; the last ones are at the ends of what can be."""
    draw = random.Random(16)

    def by_factors(low: float, high: float) -> float:
        return float(low * (high / low) ** draw.random())

    systems = [
        System(
            events_per_s=by_factors(1, 1e7),
            appends_per_s=by_factors(100, 1e6),
            folds_per_s=by_factors(100, 1e6),
            event_bytes=by_factors(50, 1e5),
            retention_days=by_factors(0.1, 3_650),
            replicas=draw.randint(1, 5),
            partitions=round(by_factors(1, 2_000)),
            streams=round(by_factors(1, 1e9)),
            skew=draw.choice([0, 0.5, 1, draw.uniform(0, 3)]),
            outage_s=by_factors(1, 1e6),
            margin=draw.uniform(0, 0.9),
        )
        for _ in range(count)
    ]
    rates = {"events_per_s": 900, "appends_per_s": 1_000, "folds_per_s": 1_000}
    ends = [{"streams": 1}, {"partitions": 1}, {"skew": 0}, {"margin": 0}, {"outage_s": 0}]
    return [*systems, *(System(**{**rates, **end}) for end in ends)]


@pytest.fixture
def planner() -> CapacityPlanner:
    return CapacityPlanner(SYSTEM)


@pytest.fixture
def widget(bench: Bench, planner: CapacityPlanner) -> Locator:
    found = bench.show(planner)
    expect(found).to_have_attribute("data-needed", "4")
    return found


def test_the_browser_computes_as_python_does(page: Page) -> None:
    systems = some_systems(300)
    source = static("capacity_planner/formulas.js")
    found = page.evaluate(FORMULAS, [source, [asdict(system) for system in systems]])
    assert len(found) == len(systems)
    for system, one in zip(systems, found, strict=True):
        expected, numbers = system.numbers(), one["numbers"]
        assert numbers.pop("partitions_needed") == expected.pop("partitions_needed"), system
        assert numbers == pytest.approx(expected, rel=1e-9), system
        assert one["texts"] == [
            bytes_text(system.bytes_a_year),
            duration_text(system.replay_s),
            percent_text(system.hottest),
            rule_text(system),
        ]
    assert sum(system.holds for system in systems) > 30
    assert sum(system.partitions_needed is None for system in systems) > 30
    assert sum(math.isinf(system.catch_up_s) for system in systems) > 30


def test_by_the_keyboard_alone(
    widget: Locator, desk: Page, bench: Bench, planner: CapacityPlanner
) -> None:
    widget.get_by_role("slider", name="Partitions").focus()
    desk.keyboard.press("ArrowLeft")
    expect(widget).to_have_attribute("data-partitions", "11")
    desk.keyboard.press("Home")
    expect(widget).to_have_attribute("data-holds", "false")
    expect(widget.get_by_role("status")).to_contain_text("It needs 4 partitions.")
    desk.keyboard.press("Tab")  # to the field beside it
    desk.keyboard.press("Control+A")
    desk.keyboard.type("4")
    expect(widget).to_have_attribute("data-holds", "true")
    bench.rest()
    assert planner.system.partitions == 4


def test_every_slider_moves_at_each_press_of_a_key(widget: Locator, desk: Page) -> None:
    for name in ("Skew (Zipf)", "Replicas", "Streams", "Share left free", "Days kept"):
        field = widget.get_by_role("spinbutton", name=name)
        before = field.input_value()
        widget.get_by_role("slider", name=name).focus()
        desk.keyboard.press("ArrowRight")
        expect(field).not_to_have_value(before)


def test_what_follows_is_shown(widget: Locator) -> None:
    for text in ("189 TB", "6.95 %", "20.4 %", "18,000,000", "3.22 min"):
        expect(widget.locator(".es-readouts")).to_contain_text(text)
    lag = "up to 3,668,573 events after 60.0 min; caught up in 3.22 min"
    told = f"Lag of the hottest partition's reader: {lag}"
    expect(widget.get_by_role("img")).to_have_attribute("aria-label", told)


def test_the_fewest_partitions_are_a_click_away(
    widget: Locator, bench: Bench, planner: CapacityPlanner
) -> None:
    fewest = widget.get_by_role("button", name="Use the fewest partitions")
    fewest.click()
    expect(widget).to_have_attribute("data-partitions", "4")
    expect(fewest).to_be_disabled()
    bench.rest()
    assert planner.system == SYSTEM.sized()


@pytest.mark.parametrize("typed", ["", "0", "1.5", "-3", "1e9"])
def test_what_is_no_setting_is_marked_and_changes_nothing(
    widget: Locator, desk: Page, typed: str
) -> None:
    field = widget.get_by_role("spinbutton", name="Partitions")
    field.fill(typed)
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(widget).to_have_attribute("data-partitions", "12")
    field.blur()
    expect(field).to_have_value("12")
    expect(field).to_have_attribute("aria-invalid", "false")


def test_python_moves_it(widget: Locator, planner: CapacityPlanner) -> None:
    planner.settings = {**planner.settings, "events_per_s": 1e6}
    expect(widget).to_have_attribute("data-needed", "null")
    expect(widget.get_by_role("status")).to_contain_text("No number of partitions is enough")
    expect(widget.get_by_role("spinbutton", name="Events a second")).to_have_value("1000000")
    expect(widget.get_by_role("button")).to_be_disabled()


def test_an_error_of_a_callback_is_shown(widget: Locator, planner: CapacityPlanner) -> None:
    planner.observe(lambda change: 1 / 0, "settings")
    widget.get_by_role("button").click()
    expect(widget.get_by_role("alert")).to_contain_text("ZeroDivisionError")


def test_a_title_is_no_markup(bench: Bench) -> None:
    widget = bench.show(CapacityPlanner(SYSTEM, title=HOSTILE))
    expect(widget).to_contain_text("<img src=x onerror=")
    expect(widget.locator("img")).to_have_count(0)


def test_it_works_without_python(bench: Bench, desk: Page) -> None:
    widget = bench.show(CapacityPlanner(SYSTEM))
    desk.evaluate("() => { globalThis.askPython = () => new Promise(() => {}); }")
    widget.get_by_role("spinbutton", name="Partitions").fill("2")
    expect(widget).to_have_attribute("data-holds", "false")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700, 390])
def test_it_fits_in_both_themes(widget: Locator, bench: Bench, theme: str, width: int) -> None:
    bench.check_it_fits(widget, theme, width, "planner")


def test_on_a_narrow_page_the_settings_and_the_lag_are_in_one_view(
    widget: Locator, bench: Bench
) -> None:
    bench.check_it_fits(widget, "Light", 560, "planner", height=700)
    box = widget.bounding_box()
    assert box is not None
    assert box["height"] <= 540
