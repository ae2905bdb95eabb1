"""The fold has learned of corrections: an old snapshot is used and lies, or is known by its tag."""

from dataclasses import replace

import eventsourcing_kit as es

bank, account = es.banking, es.banking.account
store = es.open_store(":memory:")
es.handle(store, account, "account-1", bank.OpenAccount("Ada", "EUR"))
es.handle(store, account, "account-1", bank.Deposit(10_000, "EUR"))
es.handle(store, account, "account-1", bank.CorrectEntry(-9_000, "EUR", "one nought too many", "x"))


def without_corrections(state, event):
    corrected = isinstance(event, bank.EntryCorrected)
    return state if corrected else account.evolve(state, event)


old = es.snapshots.SnapshotSource("account", replace(account, evolve=without_corrections))
new = es.snapshots.SnapshotSource("account", account)
kept = es.snapshots.Snapshots(":memory:")
kept.take(store, old, "account-1")
print("believed:", kept.load(store, old, "account-1").state.balance, "cents")
loaded = kept.load(store, new, "account-1")
print("by its tag ignored:", loaded.state.balance, "cents,", loaded.replayed, "events folded")

# It prints:
# believed: 10000 cents
# by its tag ignored: 1000 cents, 3 events folded
