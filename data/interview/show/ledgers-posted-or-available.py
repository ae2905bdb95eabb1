"""60.00 are held: the posted balance shows 100.00, and a withdrawal of 50.00 is refused."""

from datetime import UTC, datetime, timedelta

import eventsourcing_kit as es

bank, h = es.banking, es.banking.holds
noon = datetime(2025, 3, 14, 12, tzinfo=UTC)
store = es.open_store(":memory:")
for command in (bank.OpenAccount("Ada", "EUR"), bank.Deposit(10_000, "EUR")):
    es.handle(store, h.card, "card-1", h.Ask(command, noon))
hotel = h.Place("hotel", 6_000, "EUR", "Hotel", noon + timedelta(days=7), noon)
es.handle(store, h.card, "card-1", hotel)

state = es.replay.as_of(store, h.card, "card-1", position=store.position())
print("posted", state.posted, "· held", state.held(noon), "· available", state.available(noon))
try:
    es.handle(store, h.card, "card-1", h.Ask(bank.Withdraw(5_000, "EUR"), noon))
except h.NotAvailable as refused:
    print("refused:", refused)
posted_alone = bank.decide(bank.Withdraw(5_000, "EUR"), state.account)
print("by the posted balance alone:", type(posted_alone[0]).__name__)

# It prints:
# posted 10000 · held 6000 · available 4000
# refused: 40.00 EUR is available and 60.00 EUR held; 50.00 EUR is too much
# by the posted balance alone: MoneyWithdrawn
