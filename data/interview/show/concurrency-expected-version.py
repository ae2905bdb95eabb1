"""The writer who read first and wrote second is refused; with `es.ANY` nobody is."""

import eventsourcing_kit as es

for expected in (1, es.ANY):
    store = es.open_store(":memory:")
    withdrawn = es.NewEvent("MoneyWithdrawn", {"amount": 8_000, "currency": "EUR"})
    deposited = es.NewEvent("MoneyDeposited", {"amount": 10_000, "currency": "EUR"})
    store.append("account-1", [deposited], es.NO_STREAM)
    store.append("account-1", [withdrawn], 1)
    try:
        again = es.NewEvent("MoneyWithdrawn", {"amount": 8_000, "currency": "EUR"})
        store.append("account-1", [again], expected)
    except es.WrongExpectedVersion as refused:
        print(f"version {refused.actual}, and {refused.expected} expected: refused")
    print(f"expected {expected}: {es.replay.balances(store)['account-1']} cents")

# It prints:
# version 2, and 1 expected: refused
# expected 1: 2000 cents
# expected ANY: -6000 cents
