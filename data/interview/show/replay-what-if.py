"""Without the first deposit the fold says minus 10.00; the bank would never have paid it out."""

import eventsourcing_kit as es

bank = es.banking
history = [
    bank.AccountOpened("Ada", "EUR"),
    bank.MoneyDeposited(5_000, "EUR"),
    bank.MoneyDeposited(4_000, "EUR"),
    bank.MoneyWithdrawn(5_000, "EUR"),
]
found = es.replay.what_if(history, evolve=bank.evolve, initial_state=bank.Account(), without=[2])
print("was:", found.was[-1].balance, "· would be:", found.would_be[-1].balance)
state = es.fold(bank.evolve, [history[0], history[2]], bank.Account())
try:
    bank.decide(bank.Withdraw(5_000, "EUR"), state)
except es.DomainError as refused:
    print("decided again:", type(refused).__name__)

# It prints:
# was: 4000 · would be: -1000
# decided again: InsufficientFunds
