"""Right after the append the read model is old; whoever waits for the position sees the write."""

import eventsourcing_kit as es
from eventsourcing_kit.projections import bank_models

balances = bank_models.balances()
shown = "SELECT coalesce(sum(balance), 0)::BIGINT AS cents FROM balances.accounts"
store = es.open_store(":memory:")
with es.projections.ReadModels(store) as models:
    models.catch_up(balances)
    deposit = es.NewEvent("MoneyDeposited", {"amount": 5_000, "currency": "EUR"})
    mine = store.append("account-1", [deposit], es.ANY).position
    print("at once:", models.sql(shown)["cents"][0], "cents, behind by", end=" ")
    print(models.lag(balances).positions)
    with models.following(balances):
        models.wait_until(balances, mine)
        print("after waiting for my position:", models.sql(shown)["cents"][0], "cents")

# It prints:
# at once: 0 cents, behind by 1
# after waiting for my position: 5000 cents
