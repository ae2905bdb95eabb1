"""Every widget in both sizes, in light, dark and forced colours, with and without motion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit import widgets
from tests.browser import audit
from tests.browser.audit import HIGHEST
from tests.browser.bare import Bench
from tests.browser.lab import screenshot
from tests.browser.makers import LATER, MAKERS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))


@pytest.fixture(params=MAKERS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def widget(bench: Bench, desk: Page, name: str) -> Iterator[Locator]:
    """The widget as it is when it was just run."""
    found = bench.show(MAKERS[name]())
    expect(found).to_have_attribute("data-theme", "light")
    yield found
    desk.emulate_media(forced_colors="none", reduced_motion="no-preference")


def looks(widget: Locator, name: str) -> Iterator[str]:
    """One look after the other: as it begins, and what it has behind that."""
    yield "start"
    if name in LATER:
        yield from LATER[name](widget)


def test_each_is_here() -> None:
    assert {*MAKERS} == {*widgets.__all__, "Prediction", "VerdictHelp"}


def test_it_is_never_higher_than_the_page_has_room(widget: Locator, desk: Page, name: str) -> None:
    high = []
    for look in looks(widget, name):
        for (wide, tall), most in HIGHEST.items():
            desk.set_viewport_size({"width": wide, "height": tall})
            desk.wait_for_timeout(100)
            if (pixels := audit.height(widget)) > most:
                high.append(f"{look} at {wide}x{tall}: {pixels:.0f} for {most}")
            screenshot(desk, f"every-{name}-{look}-{wide}")
    assert high == []


def test_nothing_is_cut_off_or_covered(widget: Locator, desk: Page, name: str) -> None:
    wrong = []
    for look in looks(widget, name):
        for wide, tall in HIGHEST:
            desk.set_viewport_size({"width": wide, "height": tall})
            desk.wait_for_timeout(100)
            seen = {"cut": audit.cut_off(widget), "covered": audit.covered(widget)}
            wrong += [f"{look} at {wide}, {kind}: {those}" for kind, those in seen.items() if those]
            page = desk.evaluate("() => document.documentElement.scrollWidth")
            assert page <= wide, f"{look}: nothing makes the page wider"
    assert wrong == []


def test_axe_finds_no_fault(widget: Locator, bench: Bench, desk: Page, name: str) -> None:
    wrong = []
    for look in looks(widget, name):
        for theme in ("Light", "Dark"):
            bench.set_theme(theme)
            expect(widget).to_have_attribute("data-theme", theme.lower())
            wrong += [f"{look}, {theme}: {fault}" for fault in audit.accessibility(desk)]
    assert wrong == []


def test_all_that_takes_the_focus_has_a_name(widget: Locator, desk: Page, name: str) -> None:
    for look in looks(widget, name):
        assert list(audit.nameless(desk)) == [], look
    assert widget.get_attribute("role")
    assert widget.get_attribute("aria-label")


def test_who_moves_a_slider_is_told_what_is_there(widget: Locator, desk: Page, name: str) -> None:
    """A screen reader hears it from the slider's own text; where there is none, from a region."""
    sliders = widget.get_by_role("slider").all()
    for slider in sliders:
        slider.focus()
        heard = []
        for key in ("Home", "End"):
            slider.press(key)
            desk.wait_for_timeout(250)  # a busy machine paints late
            heard.append(slider.get_attribute("aria-valuetext") or slider.input_value())
        assert heard[0] != heard[1], slider.get_attribute("aria-label")
    if not sliders and name != "Prediction":
        live = widget.locator("[role=status], [role=log], [aria-live]")
        assert live.count() > 0, "what changes is announced"


def test_the_playhead_is_seen_in_forced_colours(widget: Locator, desk: Page, name: str) -> None:
    """Backgrounds are taken away there: what is left has to show where one is."""
    desk.emulate_media(forced_colors="active")
    for slider in widget.get_by_role("slider").all():
        slider.focus()
        pictures = []
        for key in ("Home", "End"):
            slider.press(key)
            desk.wait_for_timeout(300)
            pictures.append(slider.screenshot(animations="disabled"))
        assert audit.differs(*pictures) >= 40, slider.get_attribute("aria-label")
    screenshot(desk, f"every-{name}-forced")


def test_nothing_moves_by_itself_for_who_wants_no_motion(
    widget: Locator, desk: Page, name: str
) -> None:
    desk.emulate_media(reduced_motion="reduce")
    for slider in widget.get_by_role("slider").all():
        for key in ("Home", "End", "ArrowLeft"):
            slider.press(key)
            assert audit.still_moving(desk) == []
    for button in widget.get_by_role("button", name="Next").all():
        if button.is_enabled():
            button.click()
            assert audit.still_moving(desk) == []
