"""What a bank under a slider sends to the browser."""

from __future__ import annotations

import msgspec


class Mover(msgspec.Struct, frozen=True):
    """An account whose balance changed much; minor units."""

    account: str
    before: int
    after: int


class Curve(msgspec.Struct, frozen=True):
    """An account's balance after each of its movements; microseconds UTC and minor units."""

    account: str
    times: list[int]
    balances: list[int]


class Details(msgspec.Struct, frozen=True):
    """The bank at an instant, and its top movers since an earlier one; microseconds UTC."""

    time: int
    since: int
    events: int  # until `time`, that instant included
    total: int  # minor units
    empty: int  # accounts with a balance of 0, and those not opened yet
    counts: list[int]  # the others, by the limits of PackedBank
    movers: list[Mover]  # the largest change first
    curve: Curve | None = None  # of the account that was asked for


class PackedBank(msgspec.Struct, frozen=True):
    """What the browser gets once. Amounts in minor units, times in microseconds UTC."""

    by: str
    currency: str
    digits: int
    accounts: int
    events: int
    start: int
    end: int
    times: list[int]
    totals: list[int]
    limits: list[int]  # between the bins of the distribution, ascending; one more bin than limits
    highest: int  # the most accounts that any bin holds in all that time
    details: Details  # at the end
