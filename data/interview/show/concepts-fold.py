"""One fold gives the balance, a prefix gives a past one, and the order of the events matters."""

import eventsourcing_kit as es

bank = es.banking
opened, paid_in = bank.AccountOpened("Ada", "EUR"), bank.MoneyDeposited(10_000, "EUR")
frozen, unfrozen = bank.AccountFrozen("a call"), bank.AccountUnfrozen("settled")
for history in (
    [opened, paid_in],
    [opened, paid_in, frozen, unfrozen],
    [opened, paid_in, unfrozen, frozen],
):
    state = es.fold(bank.evolve, history, bank.Account())
    print(f"{len(history)} events: {state.status}, {state.balance} cents")

# It prints:
# 2 events: open, 10000 cents
# 4 events: open, 10000 cents
# 4 events: frozen, 10000 cents
