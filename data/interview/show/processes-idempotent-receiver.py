"""A message that comes twice: without an inbox it is done twice, with one it gets its answer."""

from uuid import UUID

import eventsourcing_kit as es

bank, message = es.banking, UUID(int=7)
for said, inbox in (("without an inbox", None), ("with an inbox", message)):
    store = es.open_store(":memory:")
    es.handle(store, bank.account, "account-1", bank.OpenAccount("Ada", "EUR"))
    answers = [
        es.handle(store, bank.account, "account-1", bank.Deposit(5_000, "EUR"), command_id=inbox)
        for _ in range(2)
    ]
    versions = [answer.version for answer in answers]
    print(f"{said}: versions {versions}, {es.replay.balances(store)['account-1']} cents")

# It prints:
# without an inbox: versions [2, 3], 10000 cents
# with an inbox: versions [2, 2], 5000 cents
