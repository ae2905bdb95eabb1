"""A balance from masked amounts: a zero in their place gives a wrong number, a gap gives none."""

import eventsourcing_kit as es

a, bank = es.access, es.banking
store = es.open_store(":memory:")
for command in (bank.OpenAccount("Ada", "EUR"), bank.Deposit(10_000, "EUR")):
    es.handle(store, bank.account, "account-1", command)
for mask in ({"amount": 0}, ["amount"], ["owner"]):
    policy = a.Policy([a.Rule("analyst", "read", "account-*", mask=mask)])
    seen = a.guarded(store, policy, a.Actor("ben", roles=["analyst"]))
    try:
        print(f"mask {mask}:", es.replay.as_of(seen, bank.account, "account-1", version=2).balance)
    except es.InvalidInput:
        print(f"mask {mask}: no balance")

# It prints:
# mask {'amount': 0}: 0
# mask ['amount']: no balance
# mask ['owner']: 10000
