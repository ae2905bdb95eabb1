"""The tamper lab: attacks and defences by hand, the bytes that differ, the path that breaks."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.widgets import TamperLab
from tests.browser.bare import Bench
from tests.widgets.sample import HOSTILE, attacks


def make() -> TamperLab:
    return TamperLab(attacks())


@pytest.fixture
def lab() -> TamperLab:
    return make()


@pytest.fixture
def widget(bench: Bench, lab: TamperLab) -> Locator:
    found = bench.show(lab)
    expect(found).to_have_attribute("data-by", "nobody")
    return found


def test_by_the_keyboard_alone(widget: Locator, desk: Page, bench: Bench, lab: TamperLab) -> None:
    widget.focus()
    for by in ("nobody", "chain", "chain and signature"):
        desk.keyboard.press("d")
        expect(widget).to_have_attribute("data-by", by)
    desk.keyboard.press("n")
    expect(widget).to_have_attribute("data-attack", "change the metadata")
    desk.keyboard.press("p")
    desk.keyboard.press("p")
    expect(widget).to_have_attribute("data-attack", "two histories")
    expect(widget).to_have_attribute("data-by", "nobody")
    widget.get_by_role("checkbox", name="witness").focus()
    desk.keyboard.press("Space")
    expect(widget).to_have_attribute("data-by", "witness")
    bench.rest()
    assert lab.on == ["trigger", "chain", "signature", "witness"]
    assert lab.attack == "two histories"


def test_what_changed_is_marked(widget: Locator) -> None:
    region = widget.get_by_role("region", name="What has changed")
    expect(region.locator("mark")).to_have_count(2)
    expect(region).to_contain_text("1 × UPDATE events SET data")
    widget.get_by_label("Attack").select_option("cut the tail")
    expect(region).to_contain_text("there is none")
    expect(region).to_contain_text("more event")


def test_the_trigger_refuses_a_writer_and_not_the_owner(widget: Locator) -> None:
    widget.get_by_role("checkbox", name="trigger").check()
    said = widget.get_by_role("status")
    expect(said).to_contain_text("events are append-only: no UPDATE")
    expect(said).to_contain_text("the owner drops it")
    expect(said).to_contain_text("Nobody notices.")


def test_the_path_breaks_up_to_the_root(widget: Locator) -> None:
    tree = widget.get_by_role("img")
    told = "5 of 5 hashes on the path of event 8 are not what the witness has seen"
    expect(tree).to_have_attribute("aria-label", re.compile(told))
    expect(tree.locator(".es-on-path")).to_have_count(5)
    expect(tree.locator(".es-on-proof")).to_have_count(4)
    expect(tree.locator(".es-differs")).to_have_count(5)


def test_hashes_made_anew_fool_the_chain(widget: Locator) -> None:
    widget.get_by_role("checkbox", name="chain").check()
    expect(widget).to_have_attribute("data-by", "chain")
    widget.get_by_label("and makes the hashes anew").check()
    expect(widget).to_have_attribute("data-by", "nobody")
    widget.get_by_label("Attack").select_option("two histories")
    expect(widget.get_by_label("and makes the hashes anew")).to_be_disabled()


def test_what_was_not_checked_is_told(widget: Locator) -> None:
    widget.get_by_role("checkbox", name="signature").check()
    expect(widget.get_by_role("region", name="Not checked")).to_contain_text("no checkpoint")


def test_python_moves_it(widget: Locator, lab: TamperLab) -> None:
    lab.attack, lab.on = "cut the tail, sign again", ["witness"]
    expect(widget).to_have_attribute("data-by", "witness")
    expect(widget.get_by_role("checkbox", name="witness")).to_be_checked()
    lab.attack = "two histories"
    said = widget.get_by_role("status")
    expect(said).to_contain_text("has signed two histories of 16 events")
    expect(said).not_to_contain_text("..")


def test_a_title_is_no_markup(bench: Bench) -> None:
    widget = bench.show(TamperLab(attacks(), title=HOSTILE))
    expect(widget).to_contain_text("<img src=x onerror=")
    expect(widget.locator("img")).to_have_count(0)


def test_an_error_of_a_callback_is_shown(widget: Locator, lab: TamperLab) -> None:
    lab.observe(lambda change: 1 / 0, "on")
    widget.get_by_role("checkbox", name="chain").check()
    expect(widget.get_by_role("alert")).to_contain_text("ZeroDivisionError")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
@pytest.mark.parametrize("width", [1280, 700, 390])
def test_it_fits_in_both_themes(widget: Locator, bench: Bench, theme: str, width: int) -> None:
    bench.check_it_fits(widget, theme, width, "tamper")


def test_on_a_narrow_page_the_bytes_still_stand_beside_the_tree(
    widget: Locator, bench: Bench
) -> None:
    bench.check_it_fits(widget, "Light", 560, "tamper", height=700)
    changed = widget.get_by_role("region", name="What has changed").bounding_box()
    tree = widget.get_by_role("region", name="The tree").bounding_box()
    whole = widget.bounding_box()
    assert changed is not None
    assert tree is not None
    assert whole is not None
    assert changed["y"] == tree["y"]
    assert whole["height"] <= 540
