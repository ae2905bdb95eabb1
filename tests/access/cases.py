"""Rules, actors and events of a small bank, in which a name stands that some may not see."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import eventsourcing_kit as es
from eventsourcing_kit.access import APPEND, EVERY, READ, Actor, Policy, Rule
from eventsourcing_kit.stores.sql_store import SqlEventStore

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
SECRET = "Wilhelmina Quist"  # the owner of account-2, and in a memo of account-1

POLICY = Policy(
    [
        Rule("all", READ, EVERY, metadata=EVERY, every_tenant=True),
        Rule("all", APPEND, EVERY, every_tenant=True, for_others=True),
        Rule("teller", READ, "account-*", mask=["owner", "memo", "reason"]),
        Rule("teller", APPEND, "account-*", types=["MoneyDeposited"]),
        Rule("counter", READ, "account-*", types=["MoneyDeposited"], mask=["memo"]),
        Rule("customer", READ, "account-{actor}"),
        Rule("customer", APPEND, "account-{actor}"),
    ]
)
TELLER = Actor("greta", ["teller"])
NOBODY = Actor("mallory", [])


def deposit(amount: int, memo: str = "", **metadata: Any) -> es.NewEvent:
    return es.NewEvent(
        "MoneyDeposited", {"amount": amount, "currency": "EUR", "memo": memo}, metadata
    )


def opened(owner: str) -> es.NewEvent:
    return es.NewEvent("AccountOpened", {"owner": owner, "currency": "EUR", "overdraft_limit": 0})


class Spy:
    """A store that notes which of its methods are called."""

    upcasters = None

    def __init__(self, store: SqlEventStore) -> None:
        self.store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self.store, name)
