"""The saga player."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.processes import FAILURES, rehearse
from eventsourcing_kit.widgets import SagaPlayer
from tests.browser.bare import Bench


@pytest.fixture
def player() -> SagaPlayer:
    return SagaPlayer([rehearse(), rehearse(FAILURES[:1])])


@pytest.fixture
def widget(bench: Bench, player: SagaPlayer) -> Locator:
    found = bench.show(player)
    expect(found).to_have_attribute("data-phase", "delivered")
    return found


def test_by_the_keyboard_alone(
    widget: Locator, desk: Page, bench: Bench, player: SagaPlayer
) -> None:
    widget.focus()
    desk.keyboard.press("Home")
    expect(widget).to_have_attribute("data-phase", "new")
    desk.keyboard.press("ArrowRight")
    expect(widget).to_have_attribute("data-phase", "requested")
    desk.keyboard.press("End")
    expect(widget).to_have_attribute("data-phase", "delivered")
    widget.get_by_label("the receiver is frozen").focus()
    desk.keyboard.press("Space")
    expect(widget).to_have_attribute("data-index", "0")
    widget.get_by_role("button", name="To the end").focus()
    desk.keyboard.press("Enter")
    expect(widget).to_have_attribute("data-phase", "returned")
    bench.rest()
    assert player.on == ["the receiver is frozen"]


def test_what_happens_can_be_read(widget: Locator) -> None:
    region = widget.get_by_role("region", name="What has happened")
    expect(region).to_contain_text("process to receiver: deliver: done")
    expect(widget).to_contain_text("1,000.00 EUR")


def test_the_process_is_behind_between_an_answer_and_its_note(widget: Locator, desk: Page) -> None:
    widget.focus()
    desk.keyboard.press("Home")
    said = widget.get_by_role("status")
    together = widget.locator(".es-value").last
    for sum_, behind in (("1,000.00 EUR", ""), ("250.00 EUR", "not noted"), ("1,000.00 EUR", "")):
        desk.keyboard.press("ArrowRight")
        expect(together).to_have_text(sum_)
        expect(said).to_contain_text(behind) if behind else expect(said).to_have_text("")


def test_python_moves_it(widget: Locator, player: SagaPlayer) -> None:
    player.on, player.index = list(FAILURES[:1]), 3
    expect(widget).to_have_attribute("data-index", "3")
    expect(widget.get_by_label("the receiver is frozen")).to_be_checked()


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700, 390])
def test_it_fits_in_both_themes(widget: Locator, bench: Bench, theme: str, width: int) -> None:
    bench.check_it_fits(widget, theme, width, "saga")
