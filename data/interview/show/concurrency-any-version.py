"""Between our read and our append a rival writes: a fact may follow it, a decision may not."""

import eventsourcing_kit as es

settled = es.NewEvent("MoneyDeposited", {"amount": 700, "currency": "EUR"})
payout = es.NewEvent("MoneyWithdrawn", {"amount": 8_000, "currency": "EUR"})
for said, ours in (("a settled payment, a fact", settled), ("a payout, decided", payout)):
    store = es.open_store(":memory:")
    opening = es.NewEvent("MoneyDeposited", {"amount": 10_000, "currency": "EUR"})
    store.append("account-1", [opening], es.NO_STREAM)
    # We read 100.00 here, and before we append somebody takes 80.00.
    rival = es.NewEvent("MoneyWithdrawn", {"amount": 8_000, "currency": "EUR"})
    store.append("account-1", [rival], es.ANY)
    store.append("account-1", [ours], es.ANY)
    print(f"{said}: {es.replay.balances(store)['account-1']} cents")

# It prints:
# a settled payment, a fact: 2700 cents
# a payout, decided: -6000 cents
