"""The old books of Hafenbank, which the bank took over, and how to read them today.

Hafenbank's programs wrote a deposit in three shapes: euros as text, then cents, then cents with a
currency. `data/old_bank.jsonl` is what they left; nobody has changed a byte of it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Final

from ..codec import EventTypes
from ..decider import Decider
from ..event import NewEvent, fixed_ids
from ..upcasting import Add, Merge, Remove, Rename, Units, Upcasters, part, split, upcast
from . import events
from .account import account


@dataclass(frozen=True)
class MoneyDeposited(events.MoneyDeposited):
    """As the bank has it, in the third shape that Hafenbank gave it."""

    schema_version: ClassVar[int] = 3


EVENT_TYPES: Final[EventTypes[Any]] = EventTypes(
    [
        cls if cls.__name__ != "MoneyDeposited" else MoneyDeposited
        for cls in events.EVENT_TYPES.classes.values()
    ]
)
"""The event classes of today, with Hafenbank's number on MoneyDeposited."""

old_account: Final[Decider[Any, Any, Any]] = replace(account, event_types=EVENT_TYPES)
"""The account's rules, for reading Hafenbank's streams."""

upcasters: Final = Upcasters(
    [
        # 2017: euros as text, as the form had them. 2019: cents.
        upcast(
            "MoneyDeposited",
            1,
            {"euros": "VARCHAR", "memo": "VARCHAR"},
            Units("euros", 100, into="cents"),
        ),
        # 2021: one name for all amounts, and the currency beside it. It was always euros.
        upcast(
            "MoneyDeposited",
            2,
            {"cents": "BIGINT", "memo": "VARCHAR"},
            Rename("cents", "amount"),
            Add("currency", "EUR"),
        ),
        # The till took its fee from what was paid in, and noted both in one event.
        split(
            "CashPaidIn",
            1,
            {"cents": "BIGINT", "fee": "BIGINT", "till": "VARCHAR"},
            part("MoneyDeposited", 2, Remove("fee"), Rename("till", "memo")),
            part(
                "FeeCharged",
                1,
                Remove("cents"),
                Remove("till"),
                Rename("fee", "amount"),
                Add("currency", "EUR"),
                Add("reason", "Cash paid in"),
            ),
        ),
        # A type that got another name.
        upcast(
            "InterestPaid",
            1,
            {"cents": "BIGINT", "year": "VARCHAR", "quarter": "VARCHAR"},
            Rename("cents", "amount"),
            Add("currency", "EUR"),
            Merge(("year", "quarter"), "memo"),
            to=("InterestCredited", 1),
        ),
    ]
)


def old_books(seed: int = 2017) -> Iterator[tuple[str, NewEvent]]:
    """The events of `data/old_bank.jsonl`, in order: (stream_id, event), each with its time."""
    chance, ids = random.Random(seed), fixed_ids(seed)
    streams = [f"account-{number}" for number in range(9001, 9007)]
    now = datetime(2017, 1, 2, 9, tzinfo=UTC)

    def event(type_: str, data: dict[str, Any], schema_version: int = 1) -> NewEvent:
        return NewEvent(
            type_,
            data,
            {"actor": "hafenbank"},
            schema_version=schema_version,
            event_id=ids(),
            occurred_at=now,
        )

    for number, stream_id in enumerate(streams):
        opened = {"owner": f"Hafenbank customer {number + 1}", "currency": "EUR"}
        yield stream_id, event("AccountOpened", {**opened, "overdraft_limit": 0})
    while now.year < 2023:
        now += timedelta(days=chance.randrange(6, 24), minutes=chance.randrange(500))
        stream_id, cents = chance.choice(streams), chance.randrange(500, 90_000)
        memo = chance.choice(["Salary", "Rent from a tenant", "Sold at the flea market"])
        roll = chance.random()
        if roll < 0.15:
            fee = max(100, cents // 200)
            paid_in = {"cents": cents, "fee": fee, "till": f"Till {chance.randrange(1, 5)}"}
            yield stream_id, event("CashPaidIn", paid_in)
        elif roll < 0.25:
            quarter = f"Q{(now.month - 1) // 3 + 1}"
            interest = {"cents": 50 + cents // 900, "year": str(now.year), "quarter": quarter}
            yield stream_id, event("InterestPaid", interest)
        elif now.year < 2019:
            euros = f"{cents // 100}.{cents % 100:02}"
            yield stream_id, event("MoneyDeposited", {"euros": euros, "memo": memo})
        elif now.year < 2021:
            yield stream_id, event("MoneyDeposited", {"cents": cents, "memo": memo}, 2)
        else:
            deposit = {"amount": cents, "currency": "EUR", "memo": memo}
            yield stream_id, event("MoneyDeposited", deposit, 3)
