"""The access matrix, moved by key and mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.widgets import AccessMatrix
from tests.browser.bare import Bench
from tests.browser.lab import screenshot
from tests.widgets.test_access_matrix import new_matrix

Told = Callable[[], tuple[str, int, int]]


@pytest.fixture
def matrix() -> AccessMatrix:
    return new_matrix()


@pytest.fixture
def widget(bench: Bench, matrix: AccessMatrix) -> Locator:
    found = bench.show(matrix)
    expect(found).to_have_attribute("data-stream", "account-1007")
    return found


@pytest.fixture
def told(bench: Bench, matrix: AccessMatrix) -> Told:
    """What Python has heard, once all is at rest."""

    def tell() -> tuple[str, int, int]:
        bench.rest()
        return matrix.stream_id, matrix.row, matrix.column

    return tell


def cell(widget: Locator, of: str) -> Locator:
    return widget.locator(f'td[data-of="{of}"]')


def test_a_click_says_which_rule_decides_and_shows_the_event_as_it_is_seen(
    widget: Locator, told: Told, matrix: AccessMatrix
) -> None:
    rule, event = widget.get_by_role("region").all()
    cell(widget, "AccountOpened owner teller").click()
    expect(rule).to_contain_text("AccountOpened.owner for teller: masked")
    expect(rule).to_contain_text("Teller may read every event of account-*, without owner")
    expect(event).to_contain_text('"owner": "[masked]"')
    cell(widget, "AccountOpened owner adviser").click()
    expect(rule).to_contain_text("AccountOpened.owner for adviser: shown")
    expect(event).to_contain_text("Amara Okafor")
    cell(widget, "AccountOpened owner statistics").click()
    expect(rule).to_contain_text("No rule gives statistics (statistics) AccountOpened")
    expect(event).to_contain_text("Nothing: it is not among the events.")
    _, row, column = told()
    assert matrix._packed.rows[row] == ("AccountOpened", "owner")
    assert matrix._packed.actors[column][0] == "statistics"


def test_keys_go_from_cell_to_cell(widget: Locator, desk: Page, told: Told) -> None:
    widget.locator("td[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "ArrowLeft", "End"):
        desk.keyboard.press(key)
    assert told() == ("account-1007", 2, 5)
    desk.keyboard.press("Home")
    desk.keyboard.press("Shift+ArrowDown")
    assert told() == ("account-1007", 12, 0)
    expect(widget.locator("td:focus")).to_have_count(1)
    expect(widget.locator("td[tabindex='0']")).to_have_count(1)  # one stop for Tab


def test_a_customer_sees_their_own_account_and_no_other(widget: Locator, told: Told) -> None:
    expect(cell(widget, "MoneyDeposited amount 1007")).to_have_text("● shown")
    widget.get_by_label("Stream").select_option("account-1012")
    expect(cell(widget, "MoneyDeposited amount 1007")).to_have_text("– refused")
    expect(widget.get_by_role("status")).to_have_text("101 shown, 9 masked, 46 refused")
    assert told()[0] == "account-1012"


def test_python_moves_it(widget: Locator, matrix: AccessMatrix) -> None:
    matrix.stream_id, matrix.row, matrix.column = "account-1012", 3, 1
    expect(widget).to_have_attribute("data-stream", "account-1012")
    expect(widget.get_by_label("Stream")).to_have_value("account-1012")
    expect(widget.locator("td.es-at")).to_have_attribute("tabindex", "0")


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_it_is_legible_in_both_themes(
    bench: Bench, widget: Locator, desk: Page, theme: str
) -> None:
    bench.set_theme(theme)
    expect(widget).to_have_attribute("data-theme", theme.lower())
    cell(widget, "AccountOpened owner teller").click()
    screenshot(desk, f"access_matrix_{theme.lower()}")
