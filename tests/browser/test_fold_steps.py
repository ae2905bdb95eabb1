"""Stepping through a fold by key and mouse."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit import banking as bank
from eventsourcing_kit.widgets import FoldSteps
from tests.browser.bare import Bench
from tests.browser.lab import screenshot

EVENTS = [
    bank.AccountOpened("Ada", "EUR"),
    bank.MoneyDeposited(10_000, "EUR", "<img src=x onerror=alert(1)>"),
    bank.MoneyWithdrawn(3_000, "EUR"),
    bank.AccountFrozen("card stolen"),
    *(bank.MoneyDeposited(n, "EUR") for n in range(1, 17)),
]


def refuse(balance: int, amount: int) -> int:
    if balance + amount < 0:
        raise ValueError("below zero")
    return balance + amount


def overdraw(balance: int, amount: int) -> int:
    return balance + 2 * amount


@pytest.fixture
def steps() -> FoldSteps:
    evolve: Any = bank.evolve  # of the account's events, not of any object
    return FoldSteps(evolve, EVENTS, bank.Account(), title="Ada's account")


@pytest.fixture
def widget(bench: Bench, steps: FoldSteps) -> Locator:
    return focused(bench.show(steps))


def focused(found: Locator) -> Locator:
    """The widget just made, before the first event, with the keys."""
    expect(found).to_have_attribute("data-index", "0")
    found.locator("[role=slider]").focus()
    return found


def state_row(widget: Locator, field: str) -> Locator:
    return widget.get_by_role("region", name="State").get_by_role("row").filter(has_text=field)


def within(row: Locator, panel: Locator) -> bool:
    """Whether the row is not scrolled out of its panel."""
    inner, outer = row.bounding_box(), panel.bounding_box()
    assert inner is not None
    assert outer is not None
    return outer["y"] <= inner["y"] and inner["y"] + inner["height"] <= outer["y"] + outer["height"]


def test_the_keys_step_through_it(
    widget: Locator, desk: Page, bench: Bench, steps: FoldSteps
) -> None:
    slider = widget.locator("[role=slider]")
    for key, index in [
        ("ArrowLeft", 0),
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowUp", 3),
        ("ArrowDown", 2),
        ("End", 20),
        ("ArrowRight", 20),
        ("Shift+ArrowLeft", 10),
        ("Home", 0),
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowRight", 3),
    ]:
        desk.keyboard.press(key)
        expect(widget).to_have_attribute("data-index", str(index))
        expect(slider).to_have_attribute("aria-valuenow", str(index))
    expect(slider).to_have_attribute(
        "aria-valuetext", "event 3 of 20, MoneyWithdrawn: balance from 10000 to 7000"
    )
    bench.rest()  # it tells Python when the keys rest
    assert steps.index == 3


def test_a_step_shows_event_change_and_lines(widget: Locator, desk: Page) -> None:
    for _ in range(4):
        desk.keyboard.press("ArrowRight")
    expect(widget.locator("[aria-current=step]")).to_contain_text("AccountFrozen")
    expect(state_row(widget, "status")).to_have_text("status'open''frozen' changed")
    expect(state_row(widget, "balance")).to_have_text("balance70007000")
    expect(widget.locator(".es-ran")).to_have_text(
        '▸            return replace(state, status="frozen")'
    )
    assert within(widget.locator(".es-ran"), widget.get_by_role("region", name="Source of evolve"))
    expect(widget.locator(".es-asked").last).to_contain_text("case AccountFrozen():")
    desk.keyboard.press("ArrowLeft")
    expect(state_row(widget, "balance")).to_have_text("balance100007000 changed")


def test_the_mouse_moves_it(widget: Locator, desk: Page) -> None:
    box = widget.locator("[role=slider]").bounding_box()
    assert box is not None
    desk.mouse.click(box["x"] + 74 + (box["width"] - 90) * 10 / 20 + 3, box["y"] + 30)
    expect(widget).to_have_attribute("data-index", "10")
    widget.get_by_text("AccountOpened owner").click()
    expect(widget).to_have_attribute("data-index", "1")


def test_the_current_event_stays_in_sight(widget: Locator, desk: Page) -> None:
    for key in ("End", "Home", "ArrowRight"):
        desk.keyboard.press(key)
    expect(widget).to_have_attribute("data-index", "1")
    panel = widget.get_by_role("region", name="Events")
    for index in range(1, 21):
        expect(widget).to_have_attribute("data-index", str(index))
        assert within(widget.locator("[aria-current=step]"), panel)
        desk.keyboard.press("ArrowRight")


def test_space_plays_to_the_end(widget: Locator, desk: Page) -> None:
    expect(widget.get_by_label("Speed").locator("option:checked")).to_have_text("0.9 s each")
    widget.get_by_label("Speed").select_option("0.3 s each")
    widget.locator("[role=slider]").focus()
    desk.keyboard.press("Space")
    desk.wait_for_function("() => Number(document.querySelector('.es-fold').dataset.index) > 2")
    desk.keyboard.press("Space")
    index = int(widget.get_attribute("data-index") or 0)
    assert 2 < index < 20
    desk.wait_for_timeout(700)  # more than two steps
    assert widget.get_attribute("data-index") == str(index)


def test_an_evolve_that_raises_stops_the_fold(bench: Bench) -> None:
    other = bench.show(FoldSteps(refuse, [3, -5, 7], 0))
    other.locator("[role=slider]").press("End")
    expect(other).to_have_attribute("data-index", "2")
    expect(other.get_by_text("refuse raised ValueError: below zero.")).to_be_visible()
    expect(other.locator(".es-ran")).to_contain_text("raise ValueError")
    expect(other.get_by_role("region", name="Events")).to_contain_text("int 7")


def test_what_was_raised_is_read_without_scrolling(bench: Bench) -> None:
    other = bench.show(FoldSteps(refuse, [3, -5, 7], 0))
    other.locator("[role=slider]").press("End")
    remark = other.get_by_text("refuse raised")
    state = other.get_by_role("region", name="State")
    assert within(remark, state)
    inner, outer = remark.bounding_box(), state.bounding_box()
    assert inner is not None
    assert outer is not None
    assert outer["y"] + outer["height"] - inner["y"] - inner["height"] > 6, "it touches no edge"


def test_a_function_that_was_written_anew_is_traced_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = FoldSteps(refuse, [3, -5, 7], 0)
    widget = bench.show(steps)
    again = widget.get_by_role("button", name="Fold anew, with refuse")
    slider = widget.get_by_role("slider")
    slider.press("End")
    expect(widget).to_have_attribute("data-index", "2")
    bench.rest()

    monkeypatch.setattr(f"{__name__}.refuse", overdraw)  # a cell was edited and run again
    again.click()
    expect(widget.get_by_text("overdraw was traced again.")).to_be_visible()
    expect(widget.locator(".es-ran")).to_contain_text("return balance + 2 * amount")
    slider.press("End")
    expect(widget).to_have_attribute("data-index", "3")
    expect(state_row(widget, "state")).to_contain_text("10 changed")
    bench.rest()
    assert steps.index == 3

    monkeypatch.undo()
    again.click()
    expect(widget).to_have_attribute("data-index", "2")
    expect(widget.get_by_text("refuse raised ValueError")).to_be_visible()
    bench.rest()
    assert steps.index == 2


def test_a_function_without_a_name_is_not_traced_again(bench: Bench) -> None:
    widget = bench.show(FoldSteps(lambda total, n: total + n, [1], 0))
    expect(widget.get_by_role("button", name="Play")).to_be_visible()
    expect(widget.get_by_text("Trace again")).to_have_count(0)


def test_what_an_event_says_stays_text(widget: Locator, desk: Page) -> None:
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("ArrowRight")
    expect(widget.locator("[aria-current=step]")).to_contain_text("<img src=x onerror=alert(1)>")
    assert widget.locator("img, script").count() == 0


def test_both_themes(widget: Locator, desk: Page, bench: Bench) -> None:
    for _ in range(3):
        desk.keyboard.press("ArrowRight")
    for theme in ("Light", "Dark"):
        bench.set_theme(theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        screenshot(desk, f"fold_steps_{theme.lower()}")


def test_an_observer_that_raises_is_shown(widget: Locator, steps: FoldSteps) -> None:
    steps.observe(lambda change: 1 / 0, "index")
    widget.locator("[role=slider]").press("End")
    expect(widget.get_by_role("alert")).to_have_text("ZeroDivisionError: division by zero")
