"""The deadline and the confirmation at one moment: whichever is appended first is what happened."""

from datetime import UTC, datetime, timedelta

import eventsourcing_kit as es

p, bank, noon = es.processes, es.banking, datetime(2025, 3, 14, 12, tzinfo=UTC)
until = noon + timedelta(hours=24)
for first in ("confirmation", "clock"):
    store = es.open_store(":memory:", clock=lambda: noon)
    for name in ("account-1", "account-2"):
        es.handle(store, bank.account, name, bank.OpenAccount(name, "EUR"))
    es.handle(store, bank.account, "account-1", bank.Deposit(10_000, "EUR"))
    wish = p.RequestTransfer("account-1", "account-2", 5_000, "EUR", until.isoformat())
    p.request(store, "t1", wish)
    if first == "clock":
        p.run(store, "t1", clock=lambda: until)
    heard = p.receive(store, "t1", p.ConfirmReceiver())
    print(f"{first} first: heard {heard}, {p.run(store, 't1', clock=lambda: until).phase}")

# It prints:
# confirmation first: heard True, delivered
# clock first: heard False, returned
