"""One account for the tests of snapshots, and what can happen to its snapshots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import eventsourcing_kit as es
from eventsourcing_kit.banking import Account, MoneyDeposited, MoneyWithdrawn, account
from eventsourcing_kit.banking.events import EVENT_TYPES, AccountEvent

ACCOUNT = "account-1"
FOLD = es.snapshots.SnapshotSource("account", account)


def deposits(*amounts: int) -> list[es.NewEvent]:
    """Money in, and out where an amount is negative."""
    return [
        EVENT_TYPES.encode(
            MoneyDeposited(amount, "EUR") if amount >= 0 else MoneyWithdrawn(-amount, "EUR")
        )
        for amount in amounts
    ]


def replayed(store: es.EventStore, stream_id: str = ACCOUNT, version: int | None = None) -> Account:
    """The state by full replay: what every load has to give."""
    if version == 0:
        return account.initial_state
    events = store.read_stream(stream_id, to_version=version)
    return es.fold(account.evolve, map(EVENT_TYPES.decode, events), account.initial_state)


def change(kept: es.snapshots.Snapshots, statement: str, parameters: Any = None) -> None:
    """What a disk, an accident or other code does to the rows."""
    with kept._cursor() as cursor:
        cursor.execute(statement, parameters)


def versions(kept: es.snapshots.Snapshots) -> list[int]:
    """The versions at which there are snapshots, in order."""
    return list(kept.sql("SELECT version FROM snapshots ORDER BY version")["version"])


@dataclass(frozen=True)
class Counted:
    """Another state of the same streams: how many events, and nothing else."""

    events: int = 0


def evolve_counted(state: Counted, event: AccountEvent) -> Counted:
    """One more."""
    return Counted(state.events + 1)


COUNTED: es.Decider[Any, AccountEvent, Counted] = es.Decider(
    decide=lambda command, state: [],
    evolve=evolve_counted,
    initial_state=Counted(),
    is_terminal=lambda state: False,
    event_types=EVENT_TYPES,
)


def evolve_generously(state: Account, event: AccountEvent) -> Account:
    """The account's fold after a change of code: a deposit counts double."""
    if isinstance(event, MoneyDeposited):
        return replace(state, balance=state.balance + 2 * event.amount)
    return account.evolve(state, event)


GENEROUS = replace(account, evolve=evolve_generously)
