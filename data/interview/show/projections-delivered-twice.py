"""An event that comes twice: added twice, or, by the position in the row, only once."""

import eventsourcing_kit as es

store = es.open_store(":memory:")
for amount in (10_000, 5_000):
    deposit = es.NewEvent("MoneyDeposited", {"amount": amount, "currency": "EUR"})
    store.append("account-1", [deposit], es.ANY)
first, second = store.read_all()
delivered = [first, second, second]  # its confirmation was lost

careless = sum(event.data["amount"] for event in delivered)
row = {"balance": 0, "position": 0}
for event in delivered:
    if event.position > row["position"]:
        row = {"balance": row["balance"] + event.data["amount"], "position": event.position}
print("plus the amount:    ", careless, "cents")
print("if the row is older:", row["balance"], "cents")

# It prints:
# plus the amount:     20000 cents
# if the row is older: 15000 cents
