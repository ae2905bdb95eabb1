"""A retry under the same id is stored once and gets the first answer; under a new id, twice."""

from uuid import UUID

import eventsourcing_kit as es

for said, ids in (("the same id", (1, 1)), ("a new id", (1, 2))):
    store = es.open_store(":memory:")
    for number in ids:  # the first answer was lost on its way
        data = {"amount": 5_000, "currency": "EUR"}
        deposit = es.NewEvent("MoneyDeposited", data, event_id=UUID(int=number))
        answer = store.append("account-1", [deposit], es.ANY)
    print(f"{said}: version {answer.version}, {es.replay.balances(store)['account-1']} cents")

# It prints:
# the same id: version 1, 5000 cents
# a new id: version 2, 10000 cents
