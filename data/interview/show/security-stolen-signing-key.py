"""A key is marked as stolen since 17:00: what it signed later verifies, and is not believed."""

from datetime import UTC, datetime, timedelta

import eventsourcing_kit as es

trust, noon = es.integrity, datetime(2025, 3, 14, 12, tzinfo=UTC)
writer = trust.Signer("writer.bank.example", bytes([1]) * 32)
ring = trust.KeyRing([writer.key])
clock = es.fixed_clock(noon, timedelta(hours=3))
store = trust.sealed(es.open_store(":memory:", clock=clock), writer)
for _ in range(3):
    data = {"amount": 100, "currency": "EUR"}
    store.append("account-1", [es.NewEvent("MoneyDeposited", data)], es.ANY)
stolen = ring.marked(writer.key.key_id, compromised_since=noon + timedelta(hours=5))
for said, keys in (("as it was", ring), ("marked as stolen", stolen)):
    fault = trust.verify(store.inner, keys).fault
    believed = "all is believed" if fault is None else f"not from position {fault.position} on"
    print(f"{said}: {believed}")

# It prints:
# as it was: all is believed
# marked as stolen: not from position 3 on
