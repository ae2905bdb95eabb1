"""Money is a whole number of minor units and a currency: 12.34 EUR is 1234.

No float ever holds an amount: 0.1 + 0.2 is not 0.3 there, and a bank has to add up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from ..errors import InvalidInput
from ..event import MAX_INT, MIN_INT

MINOR_UNITS: Final[Mapping[str, int]] = {
    "AUD": 2,
    "BHD": 3,
    "BRL": 2,
    "CAD": 2,
    "CHF": 2,
    "CNY": 2,
    "CZK": 2,
    "DKK": 2,
    "EUR": 2,
    "GBP": 2,
    "INR": 2,
    "JPY": 0,
    "KRW": 0,
    "KWD": 3,
    "NGN": 2,
    "NOK": 2,
    "PLN": 2,
    "SEK": 2,
    "USD": 2,
    "ZAR": 2,
}
"""Currencies that the kit knows, and how many decimals each has (ISO 4217)."""


def parse(text: str, currency: str, field: str = "amount") -> int:
    """The minor units of an amount written in decimals: parse("12.34", "EUR") is 1234.

    Plain decimals only: no sign but "-", no exponent, no separator of thousands, no more decimals
    than the currency has. Raises InvalidInput, naming `field`.
    """
    decimals = MINOR_UNITS[check_currency(currency)]
    if not isinstance(text, str):
        raise InvalidInput(field, f"must be text such as '12.34', not a {type(text).__name__}")
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise InvalidInput(field, f"must be a plain decimal number, not {text!r}")
    sign, whole, fraction = match["sign"], match["whole"], match["fraction"] or ""
    if len(fraction) > decimals:
        raise InvalidInput(field, f"{text!r} has more than the {decimals} decimals of {currency}")
    if len(whole) > 19:  # more digits than 64 bits hold, and int() refuses very long ones
        raise InvalidInput(field, "is beyond 64 bits")
    return check_amount(int(sign + whole + fraction.ljust(decimals, "0")), field)


def to_decimal(amount: int, currency: str) -> Decimal:
    """The amount in major units, exactly: to_decimal(1234, "EUR") is Decimal("12.34")."""
    return Decimal(amount).scaleb(-MINOR_UNITS[check_currency(currency)])


def display(amount: int, currency: str) -> str:
    """The amount as people write it: display(1234, "EUR") is "12.34 EUR"."""
    return f"{to_decimal(amount, currency):f} {currency}"


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Shares of a total by weights, in minor units, of which none is lost: the largest remainder.

    Whole units first, by division; those that are left go, one each, to the largest remainders,
    among equals to the first. A negative total is split as the positive one. Raises InvalidInput
    unless weights are ints from 0 and some of them above.
    """
    check_amount(total, "total")
    if not all(type(weight) is int and weight >= 0 for weight in weights) or not sum(weights):
        raise InvalidInput("weights", "must be whole numbers from 0, and some of them above")
    whole, sign = abs(total), -1 if total < 0 else 1
    parts = [divmod(whole * weight, sum(weights)) for weight in weights]
    left = whole - sum(share for share, _ in parts)
    by_remainder = sorted(range(len(parts)), key=lambda place: -parts[place][1])
    lucky = set(by_remainder[:left])
    return [sign * (share + (place in lucky)) for place, (share, _) in enumerate(parts)]


def check_amount(amount: Any, field: str = "amount") -> int:
    """Return `amount` if it is an int of minor units within 64 bits, else raise InvalidInput.

    Float, Decimal and text are refused even where they are whole, and so is bool, which Python
    takes for an int.
    """
    if type(amount) is not int:
        raise InvalidInput(field, f"must be a whole number of minor units (an int), not {amount!r}")
    if not MIN_INT <= amount <= MAX_INT:
        raise InvalidInput(field, "is beyond 64 bits")
    return amount


def check_currency(currency: Any) -> str:
    """Return `currency` if the kit knows it, else raise InvalidInput."""
    if not isinstance(currency, str) or currency not in MINOR_UNITS:
        raise InvalidInput(
            "currency", f"{currency!r} is not known; known: {', '.join(MINOR_UNITS)}"
        )
    return currency


_DECIMAL = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]+)(\.(?P<fraction>[0-9]+))?")
