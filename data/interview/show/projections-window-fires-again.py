"""A late event makes an hour's window fire again: added up the hour counts twice, replaced once."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import eventsourcing_kit as es

noon = datetime(2025, 3, 14, 12, tzinfo=UTC)
store = es.open_store(":memory:")
for minutes, cents in ((5, 1_000), (40, 2_000), (75, 500), (50, 300)):  # the last one is late
    at = noon + timedelta(minutes=minutes)
    store.append("shop-1", [es.NewEvent("ItemSold", {"cents": cents}, occurred_at=at)], es.ANY)
windows, added, replaced = Counter(), Counter(), {}
for number, event in enumerate(store.read_all(), 1):
    hour = event.occurred_at.hour
    windows[hour] += event.data["cents"]
    if number >= 3:  # the watermark has passed 13:00: the window of 12:00 fires, and again
        added[12] += windows[12]
        replaced[12] = windows[12]
print("sold from 12:00 to 13:00:", 1_000 + 2_000 + 300)
print("a table that adds:       ", added[12])
print("a table that replaces:   ", replaced[12])

# It prints:
# sold from 12:00 to 13:00: 3300
# a table that adds:        6300
# a table that replaces:    3300
