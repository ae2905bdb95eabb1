"""Read as two events and stored as one: whoever counts them expects a version that is not there."""

import eventsourcing_kit as es

u = es.upcasting
fields = {"amount": "BIGINT", "fee": "BIGINT", "currency": "VARCHAR"}
deposit = u.part("MoneyDeposited", 1, u.Remove("fee"))
fee = u.part(
    "FeeCharged", 1, u.Remove("amount"), u.Rename("fee", "amount"), u.Add("reason", "cash")
)
store = es.open_store(
    ":memory:", upcasters=u.Upcasters([u.split("CashPaidIn", 1, fields, deposit, fee)])
)
store.append(
    "account-1", [es.NewEvent("CashPaidIn", {"amount": 500, "fee": 5, "currency": "EUR"})], es.ANY
)
read = store.read_stream("account-1")
print("read:", [(event.type, event.version, event.position) for event in read])
for expected in (len(read), read[-1].version):
    try:
        store.append("account-1", [es.NewEvent("AccountFrozen", {"reason": "x"})], expected)
        print(f"expected {expected}: appended")
    except es.WrongExpectedVersion:
        print(f"expected {expected}: refused")

# It prints:
# read: [('MoneyDeposited', 1, 1), ('FeeCharged', 1, 1)]
# expected 2: refused
# expected 1: appended
