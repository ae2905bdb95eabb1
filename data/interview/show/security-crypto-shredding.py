"""Erased, her name is unreadable in the log, and still in every copy that was made of it."""

import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

import eventsourcing_kit as es

with TemporaryDirectory() as name:
    folder = Path(name)
    store = es.open_store(folder / "bank.duckdb")
    with es.integrity.vault.Vault(store, folder / "keys", {"AccountOpened": ["owner"]}) as vault:
        opened = es.banking.AccountOpened("Ada Lovelace", "EUR")
        vault.append("account-1", [es.banking.EVENT_TYPES.encode(opened)], es.NO_STREAM)
        owners = [event.data["owner"] for event in vault.read_category("account")]
        with sqlite3.connect(folder / "customers.db") as model:
            model.execute("CREATE TABLE customers AS SELECT ? AS owner", owners)
        model.close()
        vault.erase("account-1", by="dpo-2", reason="Article 17", request="R-1")
        print("read now:", [event.data["owner"] for event in vault.read_category("account")])
    for file in ("bank.duckdb", "customers.db"):
        print(f"her name in {file}:", b"Ada Lovelace" in (folder / file).read_bytes())

# It prints:
# read now: ['[erased]']
# her name in bank.duckdb: False
# her name in customers.db: True
