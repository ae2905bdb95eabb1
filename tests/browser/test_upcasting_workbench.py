"""The upcasting workbench."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import eventsourcing_kit as es
from eventsourcing_kit.widgets import UpcastingWorkbench
from tests.browser.bare import Bench
from tests.browser.lab import screenshot
from tests.widgets.sample import HOSTILE


def make() -> UpcastingWorkbench:
    old = es.open_store(":memory:")
    stored: list[tuple[str, int, dict[str, Any]]] = [
        ("MoneyDeposited", 1, {"euros": "12.34", "memo": "Rent"}),
        ("MoneyDeposited", 2, {"cents": 500, "memo": HOSTILE}),
        ("MoneyDeposited", 1, {"euros": "12,34", "memo": "Rent"}),
        ("CashPaidIn", 1, {"cents": 500, "fee": 5, "till": "Till 1"}),
    ]
    for type_, version, data in stored:
        old.append("account-1", [es.NewEvent(type_, data, schema_version=version)], es.ANY)
    return UpcastingWorkbench(es.banking.hafenbank.upcasters.explain, old.read_all())


@pytest.fixture
def workbench() -> UpcastingWorkbench:
    return make()


@pytest.fixture
def widget(bench: Bench, workbench: UpcastingWorkbench) -> Locator:
    return just_made(bench.show(workbench))


def just_made(found: Locator) -> Locator:
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


def test_by_the_keyboard_alone(widget: Locator, desk: Page, workbench: UpcastingWorkbench) -> None:
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
    assert "till" in workbench.problem


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


def test_python_sets_the_draft(widget: Locator, workbench: UpcastingWorkbench) -> None:
    workbench.draft = {"type": "InterestPaid", "schema_version": "1", "data": "{}"}
    expect(field(widget, "type")).to_have_value("InterestPaid")
    expect(widget).to_have_attribute("data-state", "problem")


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
    names = steps(widget).locator(".es-sign + td")
    heights = names.evaluate_all(
        """cells => cells.map((one) =>
            [one.clientHeight, parseFloat(getComputedStyle(one).fontSize)])"""
    )
    assert heights, "there are fields"
    assert all(height < 2 * size for height, size in heights), "no name of a field is broken"
    screenshot(desk, f"upcasting-{theme.lower()}-{width}")
