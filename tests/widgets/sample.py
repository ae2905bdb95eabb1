"""Small histories for the widgets' tests, the same every time; also imported by notebooks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from tempfile import TemporaryDirectory

import eventsourcing_kit as es
from eventsourcing_kit.integrity.tampering import ATTACKS, Attacked, Lab

START = datetime(2025, 3, 3, 9, tzinfo=UTC)
HOSTILE = "<img src=x onerror=\"alert('owned')\">&amp;\x1b\u202e"


def sample_store() -> es.EventStore:
    """Two accounts: account-1 with 60 events, one of them learned of late; account-2 with 2."""
    store = es.open_store(":memory:", clock=es.fixed_clock(START, timedelta(hours=7)))
    opened = es.banking.AccountOpened("Ada", "EUR", 50_000)
    movements: list[es.banking.AccountEvent] = []
    for i in range(1, 57):
        amount = i * 37 % 97 * 100 + i
        kind = es.banking.MoneyDeposited if i % 3 else es.banking.MoneyWithdrawn
        movements.append(kind(amount, "EUR", HOSTILE if i == 20 else f"movement {i}"))
    frozen = es.banking.AccountFrozen("card stolen"), es.banking.AccountUnfrozen("card replaced")
    append(store, "account-1", [opened, *movements[:30], *frozen, *movements[30:]])
    late = es.banking.MoneyDeposited(123_456, "EUR", "salary")
    append(store, "account-1", [late], occurred_at=START + timedelta(days=5))
    append(store, "account-2", [es.banking.AccountOpened("Bo", "JPY")])
    append(store, "account-2", [es.banking.MoneyDeposited(1_000, "JPY")])
    return store


def sample_histories() -> list[es.replay.History[es.banking.Account]]:
    """What `sample_store` holds, replayed."""
    return es.replay.histories(sample_store(), es.banking.account)


def append(
    store: es.EventStore,
    stream_id: str,
    events: list[es.banking.AccountEvent],
    occurred_at: datetime | None = None,
) -> None:
    """Append events one by one, so that each has its own time."""
    for event in events:
        new = es.banking.EVENT_TYPES.encode(
            event, occurred_at=occurred_at, metadata={"actor": "clerk-07"}
        )
        store.append(stream_id, [new], expected_version=es.ANY)


@cache
def attacks() -> tuple[Attacked, ...]:
    """The nine, each in the middle of a bank of sixteen events, with the hashes as they were and
    made anew where the attacker does so."""
    with TemporaryDirectory() as folder, Lab(folder) as lab:
        return tuple(
            lab.attack(name, 12 if name.startswith("cut") else 7, rehash=rehash)
            for name, attack in ATTACKS.items()
            for rehash in (False, True)
            if not (rehash and attack.signs_again)
        )
