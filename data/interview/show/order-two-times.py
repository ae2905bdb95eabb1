"""A fee of Friday that is booked on Sunday: what was true on Saturday, and what was known."""

from datetime import UTC, datetime, timedelta

import eventsourcing_kit as es

friday = datetime(2025, 3, 14, 12, tzinfo=UTC)
store = es.open_store(":memory:", clock=es.fixed_clock(friday, timedelta(days=2)))
for type_, amount, reason in (("MoneyDeposited", 10_000, {}), ("FeeCharged", 490, {"reason": "x"})):
    data = {"amount": amount, "currency": "EUR"} | reason
    store.append("account-1", [es.NewEvent(type_, data, occurred_at=friday)], es.ANY)
saturday = friday + timedelta(days=1)
for by in ("occurred_at", "recorded_at"):
    print(f"on Saturday by {by}:", es.replay.balances(store, time=saturday, by=by)["account-1"])

# It prints:
# on Saturday by occurred_at: 9510
# on Saturday by recorded_at: 10000
