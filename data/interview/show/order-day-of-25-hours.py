"""Midnight plus 24 hours is not the next midnight on the last Sunday of October."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import eventsourcing_kit as es

vienna = ZoneInfo("Europe/Vienna")
midnight = datetime(2025, 10, 26, tzinfo=vienna).astimezone(UTC)
store = es.open_store(":memory:")
for hour in range(26):  # a sale at each half hour, from that midnight on
    at = midnight + timedelta(hours=hour, minutes=30)
    store.append("shop-1", [es.NewEvent("ItemSold", {"cents": 100}, occurred_at=at)], es.ANY)
times = [event.occurred_at for event in store.read_all()]
print("by adding 24 hours:", sum(midnight <= at < midnight + timedelta(hours=24) for at in times))
print("by the shop's day: ", sum(at.astimezone(vienna).day == 26 for at in times))

# It prints:
# by adding 24 hours: 24
# by the shop's day:  25
