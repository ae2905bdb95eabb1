"""How widgets write amounts and times; widgets/frame.js does the same in the browser."""

from __future__ import annotations

from ..banking.money import MINOR_UNITS
from ..event import instant


def minor_digits(currency: str) -> int:
    """Decimals of a currency's amounts; 0 for "", a number that is no money."""
    return MINOR_UNITS.get(currency, 2) if currency else 0


def money_text(minor: int, currency: str) -> str:
    """An amount of minor units for people.

    >>> money_text(-123456, "EUR")
    '-1,234.56 EUR'
    """
    digits = minor_digits(currency)
    whole, rest = divmod(abs(minor), 10**digits)
    fraction = f".{rest:0{digits}}" if digits else ""
    return f"{'-' if minor < 0 else ''}{whole:,}{fraction} {currency}".rstrip()


def iso_time(us: int) -> str:
    """Always 27 characters: 2025-03-14T09:00:00.000000Z."""
    return f"{instant(us).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def time_text(us: int) -> str:
    """For people: 2025-03-14 09:00:00 UTC."""
    return f"{iso_time(us)[:19].replace('T', ' ')} UTC"


def exact_time_text(us: int) -> str:
    """For people, with as many digits as it has: 2025-03-14 09:00:00.25 UTC."""
    fraction = iso_time(us)[19:26].rstrip("0").rstrip(".")
    return time_text(us).replace(" UTC", f"{fraction} UTC")


def counted(n: int, thing: str) -> str:
    """A number and what it counts.

    >>> counted(2, "row")
    '2 rows'
    """
    return f"{n:,} {thing}{'s' * (n != 1)}"
