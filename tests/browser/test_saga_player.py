"""The saga player."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.processes import FAILURES, rehearse
from eventsourcing_kit.widgets import SagaPlayer
from tests.browser.bare import Bench


@pytest.fixture
def player() -> SagaPlayer:
    some = [(), FAILURES[:1]]
    deaths = [rehearse(dies_after=place) for place in range(1, 6)]
    return SagaPlayer([*map(rehearse, some), *deaths])


@pytest.fixture
def widget(bench: Bench, player: SagaPlayer) -> Locator:
    found = bench.show(player)
    expect(found).to_have_attribute("data-phase", "new")
    return found


def test_by_the_keyboard_alone(
    widget: Locator, desk: Page, bench: Bench, player: SagaPlayer
) -> None:
    widget.focus()
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


def test_what_happens_can_be_read(widget: Locator, desk: Page) -> None:
    widget.focus()
    desk.keyboard.press("End")
    region = widget.get_by_role("region", name="What has happened")
    expect(region.get_by_role("listitem")).to_have_count(6)
    expect(region).to_contain_text("process to receiver: deliver: done")


def test_the_parts_of_the_bar_always_make_the_whole(widget: Locator, desk: Page) -> None:
    held = widget.locator(".es-held")
    widths = "all => all.map((one) => parseFloat(one.style.width))"
    seen = []
    widget.focus()
    for _ in range(6):
        desk.keyboard.press("ArrowRight")
        seen.append(held.evaluate_all(widths))
        expect(widget.locator(".es-value").last).to_have_text("1,000.00 EUR")
    assert {sum(parts) for parts in seen} == {100}
    assert seen[1] == [25, 75, 0, 0], "what was taken is in transit"
    assert seen[4] == [25, 0, 75, 0], "and then the receiver's"


def test_the_process_is_behind_between_an_answer_and_its_note(widget: Locator, desk: Page) -> None:
    widget.focus()
    said = widget.get_by_role("status")
    for behind in ("", "not noted", ""):
        desk.keyboard.press("ArrowRight")
        expect(said).to_contain_text(behind) if behind else expect(said).to_have_text("")


@pytest.mark.parametrize("at", range(1, 6))
def test_the_manager_dies_where_one_wants_and_another_goes_on(
    widget: Locator, desk: Page, bench: Bench, player: SagaPlayer, at: int
) -> None:
    widget.focus()
    for _ in range(at):
        desk.keyboard.press("ArrowRight")
    desk.keyboard.press("d")
    expect(widget).to_have_attribute("data-index", str(at + 1))
    region = widget.get_by_role("region", name="What has happened")
    expect(region.get_by_role("listitem").last).to_have_text("the manager dies")
    desk.keyboard.press("ArrowRight")
    expect(region.get_by_role("listitem").last).to_contain_text("a new manager reads")
    expect(widget.locator(".es-alive")).to_have_count(2)
    desk.keyboard.press("End")
    expect(widget).to_have_attribute("data-phase", "delivered")
    bench.rest()
    assert player.dies_after == at
    widget.get_by_role("button", name="Without the death").click()
    expect(widget).to_have_attribute("data-index", str(at))


def test_before_the_start_and_after_the_end_nobody_can_die(widget: Locator, desk: Page) -> None:
    said = widget.get_by_role("status")
    strike = widget.get_by_role("button", name="The manager dies here")
    strike.click()
    expect(said).to_contain_text("Nothing has begun")
    widget.focus()
    desk.keyboard.press("End")
    strike.click()
    expect(said).to_contain_text("All is over")


def test_where_no_death_was_rehearsed_none_is_offered(bench: Bench, desk: Page) -> None:
    plain = bench.show(SagaPlayer([rehearse()]))
    plain.focus()
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("d")
    expect(plain).to_have_attribute("data-index", "1")
    expect(plain.get_by_role("button", name="dies")).to_have_count(0)
    expect(plain.get_by_role("status")).to_have_text("")


def test_it_plays_to_the_end_and_from_the_start_again(widget: Locator, desk: Page) -> None:
    widget.focus()
    desk.keyboard.press("End")
    desk.keyboard.press("Space")
    expect(widget).to_have_attribute("data-index", "2")
    expect(widget).to_have_attribute("data-phase", "delivered")
    expect(widget.get_by_role("button", name="Play")).to_be_visible()


def test_python_moves_it(widget: Locator, player: SagaPlayer) -> None:
    player.on, player.index = list(FAILURES[:1]), 3
    expect(widget).to_have_attribute("data-index", "3")
    expect(widget.get_by_label("the receiver is frozen")).to_be_checked()


def test_cause_and_effect_are_in_one_view(widget: Locator, desk: Page) -> None:
    desk.set_viewport_size({"width": 900, "height": 700})
    widget.focus()
    desk.keyboard.press("End")
    height: float = widget.evaluate("one => one.getBoundingClientRect().height")
    assert height <= 540


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700, 390])
def test_it_fits_in_both_themes(widget: Locator, bench: Bench, theme: str, width: int) -> None:
    bench.check_it_fits(widget, theme, width, "saga")
