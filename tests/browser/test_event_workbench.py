"""The event workbench, typed into on a bare page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.widgets import EventWorkbench
from tests.browser.bare import Bench
from tests.browser.lab import screenshot
from tests.widgets.sample import HOSTILE


@pytest.fixture
def workbench() -> EventWorkbench:
    return EventWorkbench()


@pytest.fixture
def widget(bench: Bench, workbench: EventWorkbench) -> Locator:
    return just_made(bench.show(workbench))


def just_made(found: Locator) -> Locator:
    """The widget, with its first example checked."""
    expect(found).to_have_attribute("data-state", "checked")
    expect(field(found, "type")).to_have_value("BalanceChanged")
    return found


def field(widget: Locator, name: str) -> Locator:
    return widget.locator(f"[id$='-{name}'].es-code-field")


def remarks(widget: Locator) -> Locator:
    return widget.get_by_role("region", name="Remarks").locator("li")


def checked(widget: Locator, faults: int, doubts: int) -> None:
    expect(widget).to_have_attribute("data-state", "checked")
    expect(widget).to_have_attribute("data-faults", str(faults))
    expect(widget).to_have_attribute("data-doubts", str(doubts))


def test_an_event_is_mended_by_the_keyboard_alone(
    widget: Locator, desk: Page, workbench: EventWorkbench
) -> None:
    widget.get_by_label("Begin with").focus()
    desk.keyboard.press("ArrowDown")
    expect(field(widget, "type")).to_have_value("ChargeFee")
    checked(widget, 3, 0)
    desk.keyboard.press("Tab")
    desk.keyboard.press("Tab")
    desk.keyboard.press("ControlOrMeta+a")
    desk.keyboard.type("FeeCharged")
    checked(widget, 2, 0)
    desk.keyboard.press("Tab")
    expect(field(widget, "data")).to_be_focused()
    desk.keyboard.press("ControlOrMeta+a")
    desk.keyboard.insert_text('{"amount": 490, "currency": "EUR"}')
    checked(widget, 0, 0)
    expect(remarks(widget)).to_have_count(0)
    expect(widget.get_by_role("region", name="Remarks")).to_contain_text("No rule knows your")
    assert (workbench.draft["type"], workbench.remarks) == ("FeeCharged", [])


def test_a_remark_names_its_rule_its_field_and_a_way_out(widget: Locator) -> None:
    first = remarks(widget).first
    expect(first).to_contain_text("✕ fault · field not fact")
    expect(first).to_contain_text("Name the fact: FeeCharged")
    expect(field(widget, "type")).to_have_attribute("aria-invalid", "true")
    expect(field(widget, "metadata")).to_have_attribute("aria-invalid", "false")
    expect(field(widget, "type")).to_have_accessible_description("4 faults, 1 doubt")


def test_faults_stand_first_and_doubts_apart(widget: Locator) -> None:
    widget.get_by_label("Begin with").select_option("A customer, once more in full")
    checked(widget, 3, 4)
    box = widget.get_by_role("region", name="Remarks")
    expect(box.get_by_role("heading")).to_have_text(["To be mended", "To be thought over"])
    kinds = [text[:7] for text in remarks(widget).locator("b").all_text_contents()]
    assert kinds == ["✕ fault"] * 3 + ["? doubt"] * 4


def test_a_fault_shows_what_came_of_trying_it(widget: Locator) -> None:
    field(widget, "data").fill('{"balance": 0.1}')
    checked(widget, 4, 0)
    expect(remarks(widget).filter(has_text="money as float")).to_contain_text(
        f"Tried: 0.1 added 3 times is {0.1 + 0.1 + 0.1}, not 0.3."
    )


def test_what_is_mended_is_green_and_counted_and_next_leads_on(
    widget: Locator, bench: Bench
) -> None:
    expect(widget.get_by_text("0 of 5 mended")).to_be_visible()
    widget.get_by_role("button", name="next example").click()
    expect(field(widget, "type")).to_have_value("ChargeFee")
    field(widget, "type").fill("FeeCharged")
    field(widget, "data").fill('{"amount": 490, "currency": "EUR"}')
    checked(widget, 0, 0)
    said = widget.get_by_text("✓ mended")
    colours = []
    for theme in ("Light", "Dark"):
        bench.set_theme(theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        colours.append(said.evaluate("one => getComputedStyle(one).color"))
    assert colours == ["rgb(0, 115, 90)", "rgb(53, 195, 155)"]
    expect(widget.get_by_text("1 of 5 mended")).to_be_visible()
    for passed in ("CustomerUpdated", "TransferReceived", "AccountFrozen", "BalanceChanged"):
        widget.get_by_role("button", name="next example").click()
        expect(field(widget, "type")).to_have_value(passed)
    widget.get_by_role("button", name="next example").click()
    expect(field(widget, "type")).to_have_value("CustomerUpdated")  # the mended one is passed over
    widget.get_by_label("Begin with").select_option("An order to the bank")
    widget.get_by_label("Undo all changes").click()
    expect(widget.get_by_text("0 of 5 mended")).to_be_visible()


def test_an_example_that_was_well_is_not_mended(widget: Locator) -> None:
    widget.get_by_label("Begin with").select_option("A good one")
    expect(widget.get_by_text("✓ no faults")).to_be_visible()
    expect(widget.get_by_text("0 of 5 mended")).to_be_visible()


def test_one_example_needs_no_tally(bench: Bench) -> None:
    alone = bench.show(EventWorkbench([("a fee", "ChargeFee", {}, {})]))
    expect(alone).to_have_attribute("data-faults", "1")
    expect(alone.get_by_text("of 1 mended")).to_have_count(0)
    expect(alone.get_by_role("button", name="next example")).to_have_count(0)


def test_escape_leaves_a_field_for_the_widget(widget: Locator, desk: Page) -> None:
    field(widget, "data").focus()
    desk.keyboard.press("Escape")
    expect(widget).to_be_focused()
    desk.keyboard.press("Tab")
    expect(widget.get_by_label("Begin with")).to_be_focused()


def test_a_remark_leads_to_what_it_is_about(widget: Locator, desk: Page) -> None:
    remarks(widget).get_by_role("button", name="data.changed_by").click()
    data = field(widget, "data")
    expect(data).to_be_focused()
    selected = "(field) => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert data.evaluate(selected) == '"changed_by"'
    expect(widget.get_by_text("line 3, column 3")).to_be_visible()


def test_text_that_is_no_json_is_explained_where_it_goes_wrong(widget: Locator) -> None:
    data = field(widget, "data")
    data.fill('{\n  "amount": 490,\n  currency: "EUR"\n}')
    checked(widget, 2, 0)
    wrong = remarks(widget).filter(has_text="invalid")
    expect(wrong).to_contain_text("line 3, column 3: a name in double quotes belongs here")
    wrong.get_by_role("button").click()
    selected = "(field) => field.value.slice(field.selectionStart, field.selectionEnd)"
    assert data.evaluate(selected) == "c"


def test_what_was_typed_is_kept_when_another_example_is_looked_at(widget: Locator) -> None:
    examples = widget.get_by_label("Begin with")
    field(widget, "type").fill("MoneyWithdrawn")
    examples.select_option("A good one")
    checked(widget, 0, 0)
    examples.select_option("A balance that changed")
    expect(field(widget, "type")).to_have_value("MoneyWithdrawn")
    widget.get_by_label("Undo all changes").click()
    expect(field(widget, "type")).to_have_value("BalanceChanged")
    checked(widget, 4, 1)


def test_python_sets_the_draft(widget: Locator, workbench: EventWorkbench) -> None:
    workbench.draft = {"type": "FeeCharged", "data": "{}", "metadata": ""}
    expect(field(widget, "type")).to_have_value("FeeCharged")
    checked(widget, 0, 0)


def keys_stay_in_the_field(data: Locator) -> None:
    data.fill("")
    data.press_sequentially("xdd")
    data.press("Shift+Enter")
    data.press("Escape")
    data.press_sequentially("aa")
    expect(data).to_have_value("xdd\naa")


def test_keys_stay_in_the_field(widget: Locator) -> None:
    keys_stay_in_the_field(field(widget, "data"))


def test_what_is_typed_stays_text(widget: Locator) -> None:
    field(widget, "type").fill(HOSTILE)
    field(widget, "data").fill('{"<img src=x>": {"email": "x"}}')
    expect(remarks(widget).filter(has_text="personal data")).to_contain_text("data.<img src=x>")
    assert widget.locator("img, script").count() == 0


def test_an_observer_that_raises_is_shown(widget: Locator, workbench: EventWorkbench) -> None:
    workbench.observe(lambda change: 1 / 0, "draft")
    field(widget, "type").fill("FeeCharged")
    expect(widget.get_by_role("alert")).to_have_text("ZeroDivisionError: division by zero")


def test_both_themes_and_a_narrow_page(widget: Locator, desk: Page, bench: Bench) -> None:
    widget.get_by_label("Begin with").select_option("A customer, once more in full")
    expect(remarks(widget).filter(has_text="crud word")).to_be_visible()
    for theme in ("Light", "Dark"):
        bench.set_theme(theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        screenshot(desk, f"event_workbench_{theme.lower()}")
    bench.set_theme("Light")
    desk.set_viewport_size({"width": 700, "height": 800})
    expect(remarks(widget).first).to_be_visible()
    box = widget.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 700
    screenshot(desk, "event_workbench_narrow")
