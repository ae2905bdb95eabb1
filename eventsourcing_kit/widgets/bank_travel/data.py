"""What a bank under a slider sends to the browser."""

from __future__ import annotations

import msgspec


class Mover(msgspec.Struct, frozen=True):
    """An account whose balance changed much; minor units."""

    account: str
    before: int
    after: int


class Details(msgspec.Struct, frozen=True):
    """The bank at an instant, and its top movers since an earlier one; microseconds UTC."""

    time: int
    since: int
    events: int  # until `time`, that instant included
    total: int  # minor units
    counts: list[int]  # accounts in each bin of the distribution
    movers: list[Mover]  # the largest change first


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
    low: int  # where the distribution's first bin begins; it also takes all below
    width: int  # of a bin; the last one also takes all above
    details: Details  # at the end
