"""A store that somebody has written into: any events at all, as an engine would read them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import eventsourcing_kit as es
from eventsourcing_kit.event import RecordedEvent
from eventsourcing_kit.stores.reads import ReadsFromAll

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
WRITER = es.integrity.Signer("writer", bytes(32))
THIEF = es.integrity.Signer("thief", bytes([9]) * 32)
LOG = es.integrity.Signer("bank.example/ledger", bytes([1]) * 32, "checkpoint")
WITNESS = es.integrity.Signer("witness.example", bytes([2]) * 32, "witness")
RING = es.integrity.KeyRing([WRITER, LOG, WITNESS])


class Forged(ReadsFromAll):
    """Reads as an engine does, from a list that a test may write anything into."""

    def __init__(self, events: Iterable[RecordedEvent]) -> None:
        self.events = list(events)

    def read_all(self, after_position: int = 0, limit: int | None = None) -> list[RecordedEvent]:
        return [event for event in self.events if event.position > after_position][:limit]

    def read_stream(self, stream_id: str, from_version: int = 1) -> list[RecordedEvent]:
        found = [event for event in self.events if event.stream_id == stream_id]
        found = [event for event in found if event.version >= from_version]
        return sorted(found, key=lambda event: event.version)

    def streams(self) -> list[str]:
        return sorted({event.stream_id for event in self.events})

    def position(self) -> int:
        return max((event.position for event in self.events), default=0)


def bank(
    appends: int = 12, signer: Any = WRITER, clock: Callable[[], datetime] | None = None
) -> list[RecordedEvent]:
    """Three accounts by turns, of two events an append, as they are stored."""
    ticks = clock or es.fixed_clock(NOON + timedelta(seconds=1))
    with es.integrity.sealed(es.open_store(":memory:", clock=ticks), signer) as store:
        deposit(store, appends)
        stored: list[RecordedEvent] = store.inner.read_all()
    return stored


def deposit(store: Any, appends: int, start: int = 0) -> None:
    for n in range(start, start + appends):
        events = [
            es.NewEvent(
                "MoneyDeposited",
                {"amount": 100 * n + i, "currency": "EUR"},
                {"actor": "clerk-07"},
                event_id=UUID(int=2 * n + i),
                occurred_at=NOON - timedelta(days=n) if i else None,
            )
            for i in range(2)
        ]
        store.append(f"account-{n % 3}", events, es.ANY)


def verify(events: Iterable[RecordedEvent], *arguments: Any, **more: Any) -> es.integrity.Report:
    store: Any = Forged(events)
    return es.integrity.verify(store, *(arguments or (RING,)), **more)


def note(events: Iterable[RecordedEvent], signer: Any = LOG) -> str:
    """A signed checkpoint of these events."""
    checkpoint = verify(events, None, chain=False).verified.checkpoint(signer.key.name)
    return es.integrity.sign_checkpoint(checkpoint, signer)


def cosigned(text: str, at: datetime = NOON + timedelta(days=1)) -> str:
    return es.integrity.cosign(text, WITNESS, at)


def renumbered(events: Iterable[RecordedEvent]) -> list[RecordedEvent]:
    """The events as a careful forger leaves them: no gap in positions, versions and times."""
    versions: Counter[str] = Counter()
    done = []
    for position, event in enumerate(events, 1):
        versions[event.stream_id] += 1
        at = NOON + timedelta(seconds=position)
        undated = event.occurred_at == event.recorded_at
        done.append(
            replace(
                event,
                position=position,
                version=versions[event.stream_id],
                recorded_at=at,
                occurred_at=at if undated else event.occurred_at,
            )
        )
    return done
