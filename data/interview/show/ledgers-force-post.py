"""The same 90.00 from an account of 10.00: refused as a wish, posted as news."""

from datetime import UTC, datetime

import eventsourcing_kit as es

bank, h = es.banking, es.banking.holds
noon = datetime(2025, 3, 14, 12, tzinfo=UTC)
store = es.open_store(":memory:")
for command in (bank.OpenAccount("Ada", "EUR"), bank.Deposit(1_000, "EUR")):
    es.handle(store, h.card, "card-1", h.Ask(command, noon))
try:
    es.handle(store, h.card, "card-1", h.Ask(bank.Withdraw(9_000, "EUR"), noon))
except h.NotAvailable as refused:
    print("a wish:", refused)
news = h.ForcePost(9_000, "EUR", "clearing file of 14 March", "net-77")
es.handle(store, h.card, "card-1", news)
print("news: ", [event.type for event in store.read_stream("card-1", from_version=3)])
state = es.replay.as_of(store, h.card, "card-1", position=store.position())
print("posted", state.posted, "cents")

# It prints:
# a wish: 10.00 EUR is available and 0.00 EUR held; 90.00 EUR is too much
# news:  ['ForcePosted', 'MoneyWithdrawn']
# posted -8000 cents
