"""A sale of Friday is recorded on Tuesday: by one time Friday changes, by the other it does not."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import eventsourcing_kit as es

friday = datetime(2025, 3, 14, 12, tzinfo=UTC)
now = {"time": friday}
store = es.open_store(":memory:", clock=lambda: now["time"])


def report(by):
    days = Counter()
    for event in store.read_all():
        days[f"{getattr(event, by):%a}"] += event.data["cents"]
    return dict(days)


def sell(cents):
    store.append("shop-1", [es.NewEvent("ItemSold", {"cents": cents}, occurred_at=friday)], es.ANY)


sell(1_000)
before = {by: report(by) for by in ("occurred_at", "recorded_at")}
now["time"] = friday + timedelta(days=4)
sell(250)
for by, was in before.items():
    print(f"{by}: {was} → {report(by)}")

# It prints:
# occurred_at: {'Fri': 1000} → {'Fri': 1250}
# recorded_at: {'Fri': 1000} → {'Fri': 1000, 'Tue': 250}
