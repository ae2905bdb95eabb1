"""A fold that looks at the clock gives two states of one history; one that is told gives one."""

from datetime import UTC, datetime, timedelta

import eventsourcing_kit as es

placed = datetime(2025, 3, 14, 12, tzinfo=UTC)
store = es.open_store(":memory:", clock=es.fixed_clock(placed))
until = (placed + timedelta(days=7)).isoformat()
store.append("order-1", [es.NewEvent("OrderPlaced", {"until": until})], es.ANY)
wall = {"clock": placed}


def by_the_clock(open_orders, event):
    late = wall["clock"] >= datetime.fromisoformat(event.data["until"])
    return open_orders + (not late)


def by_events(open_orders, event):
    return open_orders + {"OrderPlaced": 1, "OrderExpired": -1}[event.type]


for fold in (by_the_clock, by_events):
    states = []
    for days in (1, 8):
        wall["clock"] = placed + timedelta(days=days)
        states.append(es.fold(fold, store.read_all(), 0))
    print(f"{fold.__name__}: open orders on day 1 and on day 8: {states}")
store.append("order-1", [es.NewEvent("OrderExpired", {})], es.ANY)
print("by_events, once somebody has recorded it:", es.fold(by_events, store.read_all(), 0))

# It prints:
# by_the_clock: open orders on day 1 and on day 8: [1, 0]
# by_events: open orders on day 1 and on day 8: [1, 1]
# by_events, once somebody has recorded it: 0
