"""After a conflict, sending the same event again overdraws; deciding again refuses."""

import eventsourcing_kit as es

bank, account = es.banking, es.banking.account
withdrawn = es.NewEvent("MoneyWithdrawn", {"amount": 8_000, "currency": "EUR", "memo": "we"})


def overtaken():
    """An account of 100.00 that we read at version 2; then somebody else took 80.00."""
    store = es.open_store(":memory:")
    es.handle(store, account, "account-1", bank.OpenAccount("Ada", "EUR"))
    es.handle(store, account, "account-1", bank.Deposit(10_000, "EUR"))
    es.handle(store, account, "account-1", bank.Withdraw(8_000, "EUR"))
    return store


store = overtaken()
store.append("account-1", [withdrawn], store.version("account-1"))  # the version alone is new
print("sent again:", es.replay.balances(store)["account-1"], "cents")

store = overtaken()
try:
    es.handle(store, account, "account-1", bank.Withdraw(8_000, "EUR"))
except es.DomainError as refused:
    print("decided again:", type(refused).__name__)
print("balance:", es.replay.balances(store)["account-1"], "cents")

# It prints:
# sent again: -6000 cents
# decided again: InsufficientFunds
# balance: 2000 cents
