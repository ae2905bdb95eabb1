"""A trigger refuses UPDATE and DELETE, until somebody with the right to do so drops it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

import eventsourcing_kit as es

with TemporaryDirectory() as folder:
    path = Path(folder) / "bank.duckdb"
    with es.open_store(path) as store:
        store.append("account-1", [es.NewEvent("MoneyDeposited", {"amount": 1})], es.ANY)
    with duckdb.connect(str(path)) as owner:
        forge = "UPDATE events SET type = 'Forged'"
        try:
            owner.execute(forge)
        except duckdb.Error:
            print("with its triggers: refused")
        for (name,) in owner.execute("SELECT trigger_name FROM duckdb_triggers()").fetchall():
            owner.execute(f"DROP TRIGGER {name} ON events")
        print("by their owner, without:", owner.execute(forge).fetchone()[0], "event forged")

# It prints:
# with its triggers: refused
# by their owner, without: 1 event forged
