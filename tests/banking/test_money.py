"""Amounts are whole minor units; text goes in and out without losing any."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.banking import money

AMOUNTS = st.integers(-(2**63), 2**63 - 1)
CURRENCIES = st.sampled_from(sorted(money.MINOR_UNITS))


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12.34", "EUR", 1234),
        ("12.3", "EUR", 1230),
        ("12", "EUR", 1200),
        ("-0.01", "EUR", -1),
        ("-0", "EUR", 0),
        ("007", "EUR", 700),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("92233720368547758.07", "EUR", 2**63 - 1),
    ],
)
def test_reads_decimals(text: str, currency: str, amount: int) -> None:
    assert money.parse(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1.234", "EUR"),
        ("1.0", "JPY"),
        ("12.34", "XXX"),
        ("12.34", "eur"),
        ("12.34", None),
        (12.34, "EUR"),
        (12, "EUR"),
        (True, "EUR"),
        (Decimal("12.34"), "EUR"),
        (None, "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("1e3", "EUR"),
        ("1,234.00", "EUR"),
        ("1 234", "EUR"),
        (" 12", "EUR"),
        ("12.", "EUR"),
        (".5", "EUR"),
        ("+5", "EUR"),
        ("", "EUR"),
        ("12\n", "EUR"),
        ("١٢", "EUR"),
        ("92233720368547758.08", "EUR"),
        ("9" * 5000, "EUR"),
    ],
)
def test_refuses_what_is_not_exactly_an_amount(text: Any, currency: Any) -> None:
    with pytest.raises(es.InvalidInput):
        money.parse(text, currency)


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (1234, "EUR", "12.34 EUR"),
        (5, "EUR", "0.05 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (0, "EUR", "0.00 EUR"),
        (500, "JPY", "500 JPY"),
        (1, "KWD", "0.001 KWD"),
    ],
)
def test_displays_decimals(amount: int, currency: str, text: str) -> None:
    assert money.display(amount, currency) == text


@given(AMOUNTS, CURRENCIES)
def test_what_is_displayed_is_read_back_as_the_same_amount(amount: int, currency: str) -> None:
    number, _ = money.display(amount, currency).split()
    assert money.parse(number, currency) == amount


@pytest.mark.parametrize("amount", [2.5, 2.0, True, "2", Decimal(2), None, 2**63, -(2**63) - 1])
def test_an_amount_is_an_int_within_64_bits(amount: Any) -> None:
    with pytest.raises(es.InvalidInput, match="amount"):
        money.check_amount(amount)
