"""One event that fails: a projection that stops stands before it, one that skips has gone on."""

import eventsourcing_kit as es

store = es.open_store(":memory:")
for amount in (100, None, 300):
    store.append("account-1", [es.NewEvent("MoneyDeposited", {"amount": amount})], es.ANY)
tables = "CREATE TABLE sums AS SELECT 0 AS cents;"


def add(model, event):
    model.execute("UPDATE sums SET cents = cents + ?", [int(event.data["amount"])])


for choice in (es.projections.STOP, es.projections.SKIP):
    sums = es.projections.Projection("model", tables, {"MoneyDeposited": add}, on_failure=choice)
    with es.projections.ReadModels(store) as models:
        caught = models.catch_up(sums)["model"]
        cents = models.sql("SELECT cents FROM model.sums")["cents"][0]
        print(f"{choice.value}: checkpoint {caught.position}, {cents} cents")

# It prints:
# stop: checkpoint 1, 100 cents
# skip: checkpoint 3, 400 cents
