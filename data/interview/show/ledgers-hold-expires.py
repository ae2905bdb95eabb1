"""A hold's end counts before its event is written, and the event is written once."""

from datetime import UTC, datetime, timedelta

import eventsourcing_kit as es

bank, h = es.banking, es.banking.holds
noon = datetime(2025, 3, 14, 12, tzinfo=UTC)
end = noon + timedelta(days=7)
store = es.open_store(":memory:")
for command in (
    h.Ask(bank.OpenAccount("Ada", "EUR"), noon),
    h.Ask(bank.Deposit(10_000, "EUR"), noon),
    h.Place("hotel", 6_000, "EUR", "Hotel", end, noon),
):
    es.handle(store, h.card, "card-1", command)
state = es.replay.as_of(store, h.card, "card-1", version=3)
for said, at in (("a second before", end - timedelta(seconds=1)), ("at its end", end)):
    print(f"{said}: {state.available(at)} available")
try:
    es.handle(store, h.card, "card-1", h.Capture("hotel", 6_000, end))
except h.HoldNotOpen:
    print("a capture at its end is refused, though no timer has come")
for _ in range(2):  # the timer comes twice
    es.handle(store, h.card, "card-1", h.Expire(end))
print([event.type for event in store.read_stream("card-1")][3:])

# It prints:
# a second before: 4000 available
# at its end: 10000 available
# a capture at its end is refused, though no timer has come
# ['HoldExpired']
