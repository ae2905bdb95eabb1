"""Killed between balance and checkpoint: counted twice, or lost; in one transaction neither."""

import sqlite3

import eventsourcing_kit as es

store = es.open_store(":memory:")
deposit = es.NewEvent("MoneyDeposited", {"amount": 5_000, "currency": "EUR"})
store.append("account-1", [deposit], es.ANY)
ADD, SAVE = "UPDATE model SET balance = balance + 5000", "UPDATE model SET checkpoint = 1"


def catch_up(model, statements, until=None):
    """Handle what is behind the checkpoint; the process is killed before statement `until`."""
    [(checkpoint,)] = model.execute("SELECT checkpoint FROM model").fetchall()
    for _ in store.read_all(after_position=checkpoint):
        for statement in statements[:until]:
            model.execute(statement)


plans = {
    "add, then save": (ADD, SAVE),
    "save, then add": (SAVE, ADD),
    "in one transaction": ("BEGIN", ADD, SAVE, "COMMIT"),
}
for said, plan in plans.items():
    model = sqlite3.connect(":memory:", isolation_level=None)
    model.execute("CREATE TABLE model AS SELECT 0 AS balance, 0 AS checkpoint")
    catch_up(model, plan, until=len(plan) // 2)
    model.rollback()  # what a new connection finds
    catch_up(model, plan)
    [(balance,)] = model.execute("SELECT balance FROM model").fetchall()
    print(f"{said}: {balance} of 5000 cents")

# It prints:
# add, then save: 10000 of 5000 cents
# save, then add: 0 of 5000 cents
# in one transaction: 5000 of 5000 cents
