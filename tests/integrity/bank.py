"""A bank that knows its customers by name only while they want it, for the tests of the vault."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import eventsourcing_kit as es
from eventsourcing_kit.banking import Account, AccountOpened, MoneyDeposited, account
from eventsourcing_kit.banking.events import EVENT_TYPES
from eventsourcing_kit.integrity.vault import Vault

PERSONAL: dict[str, Any] = {"AccountOpened": ["owner"], "MoneyDeposited": ["memo"]}
ADA, BOB = "account-1", "account-2"
NAME, MEMO = "Ada Lovelace of St James's Square", "for the Analytical Engine"
REQUEST = {"by": "dpo-2", "reason": "Article 17(1)(b)", "request": "R-2026-17"}


def open_vault(folder: Path, **options: Any) -> Vault:
    """The bank in a folder, and its keys beside it."""
    store = es.open_store(folder / "bank.duckdb")
    try:
        return Vault(store, folder / "keys", PERSONAL, **options)
    except BaseException:
        store.close()
        raise


def opening(owner: str = NAME) -> es.NewEvent:
    return EVENT_TYPES.encode(AccountOpened(owner, "EUR"))


def deposit(amount: int = 2500, memo: str = MEMO) -> es.NewEvent:
    return EVENT_TYPES.encode(MoneyDeposited(amount, "EUR", memo))


def fill(vault: Vault) -> None:
    """Two customers, with three events each."""
    vault.append(ADA, [opening(), deposit(), deposit(500)], es.NO_STREAM)
    vault.append(BOB, [opening("Bob"), deposit(100, "rent"), deposit(200, "")], es.NO_STREAM)


def state(store: es.EventStore, stream_id: str) -> Account:
    """The account, by the bank's own fold."""
    events = map(EVENT_TYPES.decode, store.read_stream(stream_id))
    return es.fold(account.evolve, events, account.initial_state)


def files_with(text: str, folder: Path) -> list[str]:
    """The names of all files under a folder that have a text in their bytes, or one end of it.

    The ends, because an engine may keep the first bytes of a text apart, in statistics.
    """
    whole = text.encode()
    parts = (whole, whole[:8], whole[-8:])
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sorted(path.name for path in files if any(one in path.read_bytes() for one in parts))
