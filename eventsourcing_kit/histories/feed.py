"""The events of a case: those that clients append, and the feed that is delivered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TYPES = {"d": "MoneyDeposited", "w": "MoneyWithdrawn", "x": "AccountRenamed"}
SIGNS = {"MoneyDeposited": 1, "MoneyWithdrawn": -1}


def made_event(kind: str, number: int) -> dict[str, Any]:
    """The `number`-th event of a case; no two have the same body."""
    if kind == "x":
        return {"type": TYPES[kind], "data": {"name": f"Account no. {number}"}}
    return {"type": TYPES[kind], "data": {"amount": 10 * number}}


def feed_event(position: int) -> dict[str, Any]:
    """The event at a position, from 1: powers of two, so a sum says which are in it."""
    kind = "w" if position % 4 == 0 else "d"
    return {
        "position": position,
        "stream": "account-2" if position % 3 == 0 else "account-1",
        "type": TYPES[kind],
        "data": {"amount": 2**position},
    }


def amount_of(type_: str, data: Mapping[str, Any]) -> int:
    """What an event adds to its account's balance, in minor units."""
    return SIGNS.get(type_, 0) * int(data.get("amount", 0))
