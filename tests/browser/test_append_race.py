"""Ann and Ben append by their buttons, to a real store at the other end."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.widgets import AppendRace
from tests.browser.bare import Bench
from tests.widgets.test_append_race import new_race


@pytest.fixture
def race() -> AppendRace:
    return new_race()


@pytest.fixture
def widget(bench: Bench, race: AppendRace) -> Locator:
    found = bench.show(race)
    expect(found).to_have_attribute("data-rows", "3")
    return found


def card(widget: Locator, name: str) -> Locator:
    return widget.get_by_role("region", name=name, exact=True)


def test_both_begin_with_what_they_have_read(widget: Locator) -> None:
    for name in ("Ann", "Ben"):
        expect(card(widget, name)).to_contain_text("Has read version 2.")
        expect(card(widget, name)).to_contain_text("expecting version 2")


def test_one_is_stored_and_the_other_refused_until_they_read_again(
    widget: Locator, race: AppendRace
) -> None:
    widget.get_by_role("button", name="Ann: Append").click()
    expect(card(widget, "Ann")).to_contain_text("✓ Stored, as version 3.")
    expect(widget).to_have_attribute("data-rows", "4")
    expect(widget.locator("tr.es-new")).to_have_count(1)
    expect(widget.locator(".es-counter b")).to_have_text(["4", "3", "1"])
    widget.get_by_role("button", name="Ben: Append").click()
    refused = "✕ WrongExpectedVersion: Stream 'account-1' is at version 3, the append expected 2."
    expect(card(widget, "Ben")).to_contain_text(refused)
    expect(widget).to_have_attribute("data-rows", "4")
    widget.get_by_role("button", name="Ben reads again").click()
    expect(card(widget, "Ben")).to_contain_text("expecting version 3")
    widget.get_by_role("button", name="Ben: Append").click()
    expect(card(widget, "Ben")).to_contain_text("✓ Stored, as version 4.")
    expect(widget).to_have_attribute("data-rows", "5")
    assert [one.state for one in race.writers] == ["stored", "stored"]


def test_a_new_start_takes_it_all_back(widget: Locator) -> None:
    widget.get_by_role("button", name="Ann: Append").click()
    expect(widget).to_have_attribute("data-rows", "4")
    widget.get_by_label("One append back").click()  # where the new start will be, too
    expect(widget).to_have_attribute("data-append", "3")
    widget.get_by_role("button", name="Start again").click()
    expect(card(widget, "Ann")).to_contain_text("Has read version 2.")
    expect(widget).to_have_attribute("data-rows", "3")
    expect(widget.get_by_label("Append", exact=True)).to_have_attribute(
        "aria-valuetext", "append 3 of 3"
    )


def test_by_the_keyboard_alone_and_heard(widget: Locator, desk: Page) -> None:
    widget.get_by_role("button", name="Ben: Append").focus()
    desk.keyboard.press("Enter")
    expect(widget.get_by_role("status").filter(has_text="Ben:")).to_have_text(
        "Ben: Stored, as version 3."
    )
    expect(widget.get_by_role("button", name="Ben: Append")).to_be_focused()
    desk.keyboard.press("Tab")
    expect(widget.get_by_role("button", name="Ben reads again")).to_be_focused()


def test_a_kernel_that_is_gone_is_told(widget: Locator, desk: Page) -> None:
    desk.evaluate("""() => {
      globalThis.widget.save_changes = () => { throw new Error("the comm is closed"); };
    }""")
    widget.get_by_role("button", name="Ann: Append").click()
    expect(widget.locator(".es-status")).to_contain_text("The kernel does not answer")
    expect(card(widget, "Ann")).to_contain_text("Has read version 2.")


def test_the_refused_is_told_by_more_than_colour(widget: Locator) -> None:
    for name in ("Ann", "Ben"):
        widget.get_by_role("button", name=f"{name}: Append").click()
        expect(card(widget, name)).not_to_contain_text("Has read")
    expect(card(widget, "Ann")).to_have_attribute("data-state", "stored")
    expect(card(widget, "Ben")).to_have_attribute("data-state", "refused")
    expect(card(widget, "Ben")).to_contain_text(re.compile("✕ .*expected 2"))
