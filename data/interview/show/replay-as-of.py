"""The balance at three moments, each by folding what was recorded by then."""

from datetime import UTC, datetime, timedelta

import eventsourcing_kit as es

bank, noon = es.banking, datetime(2025, 3, 14, 12, tzinfo=UTC)
store = es.open_store(":memory:", clock=es.fixed_clock(noon, timedelta(days=1)))
for command in (
    bank.OpenAccount("Ada", "EUR"),
    bank.Deposit(10_000, "EUR"),
    bank.Withdraw(2_500, "EUR"),
):
    es.handle(store, bank.account, "account-1", command)
for days in range(3):
    state = es.replay.as_of(store, bank.account, "account-1", time=noon + timedelta(days=days))
    print(f"after {days} days: {state.status}, {state.balance} cents")

# It prints:
# after 0 days: open, 0 cents
# after 1 days: open, 10000 cents
# after 2 days: open, 7500 cents
