"""The same history without its upcasters, and with them: the fold needs the newest shape alone."""

import eventsourcing_kit as es

u = es.upcasting
was, then = {"euros": "VARCHAR", "memo": "VARCHAR"}, {"cents": "BIGINT", "memo": "VARCHAR"}
to_cents = u.upcast("MoneyDeposited", 1, was, u.Units("euros", 100, into="cents"))
renamed = u.Rename("cents", "amount"), u.Add("currency", "EUR")
to_amount = u.upcast("MoneyDeposited", 2, then, *renamed)
old = es.NewEvent("MoneyDeposited", {"euros": "0.29", "memo": "Interest"})
for chain in (None, u.Upcasters([to_amount, to_cents])):
    store = es.open_store(":memory:", upcasters=chain)
    store.append("account-1", [old], es.ANY)
    [event] = store.read_stream("account-1")
    print(f"version {event.schema_version}: {dict(event.data)}")
print("by a float:", int(float("0.29") * 100), "cents")

# It prints:
# version 1: {'euros': '0.29', 'memo': 'Interest'}
# version 3: {'memo': 'Interest', 'amount': 29, 'currency': 'EUR'}
# by a float: 28 cents
