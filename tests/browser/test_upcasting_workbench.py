"""The upcasting workbench."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

import eventsourcing_kit as es
from eventsourcing_kit.upcasting import Compute, upcast
from eventsourcing_kit.widgets import UpcastingWorkbench
from tests.browser.bare import Bench
from tests.browser.lab import screenshot
from tests.upcasting.cases import recorded
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
    return UpcastingWorkbench(es.banking.hafenbank.upcasters.trace, old.read_all())


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


def stored(widget: Locator) -> Locator:
    return widget.get_by_role("listbox", name="Stored events").get_by_role("option")


def steps(widget: Locator) -> Locator:
    return widget.get_by_role("region", name="Steps")


def boxes(widget: Locator) -> Locator:
    """The events of the chain, what is stored apart."""
    return steps(widget).locator(".es-shape")


def test_an_old_event_is_brought_up_step_by_step(widget: Locator) -> None:
    expect(steps(widget).locator(".es-step")).to_have_text(["step 1", "step 2"])
    expect(boxes(widget).locator("h4 span")).to_have_text(["MoneyDeposited 2", "MoneyDeposited 3"])
    expect(boxes(widget).first.locator(".es-added")).to_contain_text("cents")
    expect(boxes(widget).first.locator(".es-removed")).to_contain_text("euros")
    expect(boxes(widget).last.locator(".es-renamed")).to_contain_text("amount (was cents)")


def test_what_is_read_stands_at_the_end_in_full(widget: Locator) -> None:
    read = steps(widget).locator(".es-read-as")
    expect(read).to_have_count(1)
    expect(read).to_contain_text("read as")
    fields = read.locator("tr:not(.es-removed) th")
    expect(fields).to_have_text(["memo", "amount (was cents)", "currency"])


def test_of_a_split_two_events_are_read_and_the_chain_forks(widget: Locator) -> None:
    stored(widget).nth(3).click()
    expect(widget).to_have_attribute("data-steps", "2")
    expect(steps(widget).locator(".es-step").first).to_contain_text("split in 2")
    fork = steps(widget).locator(":scope > ol > li")
    expect(fork).to_have_count(2)
    expect(steps(widget).locator(".es-read-as h4 span")).to_have_text(
        ["MoneyDeposited 3", "FeeCharged 1"]
    )
    tops = fork.evaluate_all("both => both.map((one) => one.getBoundingClientRect().top)")
    assert tops[0] < tops[1], "one below the other"


def test_the_step_that_fails_is_lit_behind_those_that_did_not(bench: Bench, desk: Page) -> None:
    lines = [upcast("A", 1, {"n": "BIGINT"}), upcast("A", 2, {"n": "BIGINT"}, Compute("m", fail))]
    chain = es.upcasting.Upcasters(lines)
    widget = bench.show(UpcastingWorkbench(chain.trace, [recorded("A", {"n": 1})]))
    expect(widget).to_have_attribute("data-state", "problem")
    expect(steps(widget).locator(".es-step")).to_have_text(["step 1", "✕ step 2"])
    expect(boxes(widget)).to_have_text([re.compile("A 2"), re.compile("cannot be read.*no luck")])
    expect(boxes(widget).last).to_have_class(re.compile("es-problem"))
    expect(steps(widget).locator(".es-read-as")).to_have_count(0)


def fail(_: object) -> None:
    raise ValueError("no luck")


def test_what_is_typed_is_not_called_stored(widget: Locator) -> None:
    origin = widget.locator(".es-typed h4 em")
    expect(origin).to_have_text("stored")
    field(widget, "type").fill("AccountClosed")
    expect(origin).to_have_text("only typed")
    stored(widget).nth(1).click()
    expect(origin).to_have_text("stored")


def test_what_needs_no_step_is_read_as_it_is_stored(widget: Locator) -> None:
    field(widget, "type").fill("AccountClosed")
    expect(widget).to_have_attribute("data-steps", "0")
    expect(steps(widget).locator(".es-step")).to_have_text("no step")
    expect(boxes(widget)).to_contain_text("AccountClosed 1")


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
    expect(boxes(widget)).to_contain_text("the field 'till' is missing")
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
    stored(widget).nth(1).click()
    expect(widget).to_have_attribute("data-steps", "1")
    expect(boxes(widget)).to_contain_text("<")
    expect(stored(widget).nth(1)).to_contain_text("<")
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
    names = steps(widget).locator(".es-added th")
    heights = names.evaluate_all(
        """cells => cells.map((one) =>
            [one.clientHeight, parseFloat(getComputedStyle(one).fontSize)])"""
    )
    assert heights, "there are fields"
    assert all(height < 2 * size for height, size in heights), "no name of a field is broken"
    screenshot(desk, f"upcasting-{theme.lower()}-{width}")


def test_the_chosen_event_is_marked_and_in_sight(widget: Locator) -> None:
    widget.get_by_role("button", name="Next that fails").click()
    expect(stored(widget).nth(2)).to_have_attribute("aria-selected", "true")
    expect(stored(widget).nth(2)).to_be_in_viewport()
    expect(widget.get_by_role("option", selected=True)).to_have_count(1)
    field(widget, "type").fill("Nothing")
    expect(widget.get_by_role("option", selected=True)).to_have_count(0)
