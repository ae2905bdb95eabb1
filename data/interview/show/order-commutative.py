"""All 24 orders of four events: with money alone one state comes of them, with a freeze two."""

from itertools import permutations

import eventsourcing_kit as es

bank = es.banking
money = [
    bank.MoneyDeposited(10_000, "EUR"),
    bank.MoneyWithdrawn(2_500, "EUR"),
    bank.FeeCharged(490, "EUR", "Card"),
    bank.InterestCredited(12, "EUR"),
]
freezing = [*money[:2], bank.AccountFrozen("a call"), bank.AccountUnfrozen("settled")]
start = bank.Account(status="open", owner="Ada", currency="EUR")
for said, events in (("money alone", money), ("with a freeze", freezing)):
    states = {es.fold(bank.evolve, order, start) for order in permutations(events)}
    print(f"{said}: 24 orders give {len(states)}")

# It prints:
# money alone: 24 orders give 1
# with a freeze: 24 orders give 2
