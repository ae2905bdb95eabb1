"""A late entry changes March by the day on which it happened; a recorded cut stays as it was."""

from datetime import UTC, datetime

import eventsourcing_kit as es
from eventsourcing_kit.projections import bank_models

march, april = datetime(2025, 3, 31, tzinfo=UTC), datetime(2025, 4, 2, tzinfo=UTC)
store = es.open_store(":memory:", clock=lambda: april)
data = {"amount": 10_000, "currency": "EUR"}
store.append("account-1", [es.NewEvent("MoneyDeposited", data, occurred_at=march)], es.ANY)
cut = store.position()
late = es.NewEvent(
    "FeeCharged", {"amount": 490, "currency": "EUR", "reason": "x"}, occurred_at=march
)
for said in ("at first", "a year later"):
    with es.projections.ReadModels(store) as kept:
        kept.catch_up(bank_models.postings())
        trial = bank_models.trial_balance(kept, position=cut).set_index("account")
        by_date = es.replay.balances(store, time=march, by="occurred_at")
        print(f"{said}: by the cut {trial['credit']['account-1']}", end=", ")
        print(f"by the date {by_date['account-1']}, debits = credits:", end=" ")
        print(trial["debit"].sum() == trial["credit"].sum())
    store.append("account-1", [late], es.ANY)

# It prints:
# at first: by the cut 10000, by the date 10000, debits = credits: True
# a year later: by the cut 10000, by the date 9510, debits = credits: True
