"""A clock to speak against: by button and by key, with what is left said aloud."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from eventsourcing_kit.widgets import SixtySeconds
from tests.browser.bare import Bench


@pytest.fixture
def clock(bench: Bench) -> Iterator[Locator]:
    """The clock, on a page whose time is the test's."""
    bench.page.clock.install()
    yield bench.show(SixtySeconds())
    bench.page.clock.resume()


def test_it_counts_down_and_then_what_is_too_long(bench: Bench, clock: Locator) -> None:
    told = clock.get_by_role("timer")
    expect(told).to_have_text("60 s left")
    clock.get_by_role("button", name="Say it").click()
    bench.page.clock.run_for(42_500)
    expect(told).to_have_text("18 s left")
    assert clock.get_by_role("progressbar").evaluate("bar => bar.value") == 18
    bench.page.clock.run_for(25_000)
    expect(told).to_have_text("7 s too long")


def test_a_key_starts_and_stops_it_and_it_says_how_long_that_was(
    bench: Bench, clock: Locator
) -> None:
    clock.focus()
    clock.press("Space")
    bench.page.clock.run_for(52_500)
    clock.press("Space")
    expect(clock.get_by_role("timer")).to_have_text("You took 52 s.")
    bench.page.clock.run_for(5_000)
    expect(clock.get_by_role("timer")).to_have_text("You took 52 s.")
    clock.get_by_role("button", name="Say it").click()
    expect(clock.get_by_role("timer")).to_have_text("60 s left")


def test_what_is_left_is_said_to_who_does_not_see_it(bench: Bench, clock: Locator) -> None:
    said = clock.locator("[aria-live]")
    clock.get_by_role("button", name="Say it").click()
    for seconds, words in ((30, "30 seconds left"), (20, "10 seconds left")):
        bench.page.clock.run_for(seconds * 1000)
        expect(said).to_have_text(words)
