"""Mapping by name: a new field is harmless, and a new meaning under an old name goes unseen."""

from dataclasses import dataclass

import eventsourcing_kit as es


@dataclass(frozen=True)
class MoneyDeposited:
    amount: int  # cents; until last year these were euros
    memo: str = ""


by_name = es.EventTypes([MoneyDeposited], tolerant=True)
store = es.open_store(":memory:")
for data in ({"amount": 12}, {"amount": 1_200}, {"amount": 1_200, "channel": "app"}):
    store.append("account-1", [es.NewEvent("MoneyDeposited", data)], es.ANY)
read = [by_name.decode(event).amount for event in store.read_stream("account-1")]
print("by name:", read)
store.append("account-1", [es.NewEvent("MoneyDeposited", {"amount": 1}, schema_version=2)], es.ANY)
try:
    by_name.decode(store.read_stream("account-1")[-1])
except es.UnknownSchemaVersion as refused:
    print("by version:", str(refused).partition(".")[0])

# It prints:
# by name: [12, 1200, 1200]
# by version: MoneyDeposited has schema version 2; this code knows version 1
