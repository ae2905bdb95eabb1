"""Each type has its rule: a hold posts nothing and says so, an unknown type stops whoever posts."""

import eventsourcing_kit as es

postings = es.banking.postings
store = es.open_store(":memory:")
for type_ in ("MoneyDeposited", "HoldReleased", "CashbackGranted"):
    data = {"amount": 100, "currency": "EUR"} if type_ != "HoldReleased" else {"hold_id": "hotel"}
    store.append("card-1", [es.NewEvent(type_, data)], es.ANY)
for event in store.read_all():
    try:
        entry = postings.entry_of(event)
        posted = [(one.account, one.amount) for one in entry.postings] if entry else "nothing"
        print(f"{event.type}: {posted}")
    except es.UnknownEventType:
        print(f"{event.type}: stops at position {event.position}")
passed_over = [event for event in store.read_all() if event.type in postings.AGAINST]
print("a rule that passes over it in silence posts", len(passed_over), "of 2 movements")

# It prints:
# MoneyDeposited: [('card-1', 100), ('cash', -100)]
# HoldReleased: nothing
# CashbackGranted: stops at position 3
# a rule that passes over it in silence posts 1 of 2 movements
