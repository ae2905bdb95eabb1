"""A hotel bill that grows and is captured in two parts: only the captures post."""

from datetime import UTC, datetime, timedelta

import eventsourcing_kit as es

bank, h = es.banking, es.banking.holds
noon = datetime(2025, 3, 14, 12, tzinfo=UTC)
store = es.open_store(":memory:")
for command in (
    h.Ask(bank.OpenAccount("Ada", "EUR"), noon),
    h.Ask(bank.Deposit(50_000, "EUR"), noon),
    h.Place("hotel", 20_000, "EUR", "Hotel", noon + timedelta(days=7), noon),
    h.Raise("hotel", 3_000, noon),
    h.Capture("hotel", 18_000, noon, final=False),
    h.Capture("hotel", 4_000, noon),  # final: what is left is free again
):
    es.handle(store, h.card, "card-1", command)
for n in (3, 4, 6, 8):
    state = es.replay.as_of(store, h.card, "card-1", version=n)
    print(f"version {n}: posted {state.posted}, held {state.held(noon)}", end=", ")
    print("available", state.available(noon))

# It prints:
# version 3: posted 50000, held 20000, available 30000
# version 4: posted 50000, held 23000, available 27000
# version 6: posted 32000, held 5000, available 27000
# version 8: posted 28000, held 0, available 28000
