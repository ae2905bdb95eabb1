"""The correction is an event: the balance is right, and the wrong entry stays where it was."""

import eventsourcing_kit as es

bank = es.banking
store = es.open_store(":memory:")
es.handle(store, bank.account, "account-1", bank.OpenAccount("Ada", "EUR"))
es.handle(store, bank.account, "account-1", bank.Deposit(500_000, "EUR"))  # 5,000 for 500
wrong = store.read_stream("account-1")[-1]
corrected = bank.CorrectEntry(-450_000, "EUR", "one nought too many", str(wrong.event_id))
es.handle(store, bank.account, "account-1", corrected)
for version in (2, 3):
    state = es.replay.as_of(store, bank.account, "account-1", version=version)
    print(f"at version {version}: {state.balance} cents")
print([event.type for event in store.read_stream("account-1")])

# It prints:
# at version 2: 500000 cents
# at version 3: 50000 cents
# ['AccountOpened', 'MoneyDeposited', 'EntryCorrected']
