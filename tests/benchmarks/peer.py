"""The same accounts in the library `eventsourcing`, on SQLite: what replay is measured against."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event

from eventsourcing_kit import RecordedEvent
from eventsourcing_kit.banking import SIGNS


class PeerAccount(Aggregate):
    """An account as the library's own examples write one."""

    def __init__(self) -> None:
        self.balance = 0

    @event("Moved")
    def move(self, amount: int) -> None:
        """Change the balance by so many minor units."""
        self.balance += amount


def rebuild(events: Iterable[RecordedEvent], folder: Path) -> tuple[float, dict[str, int]]:
    """Store the events with the library, then get each account: (events/s, the balances)."""
    application: Application[UUID] = Application(
        {"PERSISTENCE_MODULE": "eventsourcing.sqlite", "SQLITE_DBNAME": str(folder / "peer.db")}
    )
    streams: dict[str, list[int]] = defaultdict(list)
    for one in events:
        streams[one.stream_id].append(SIGNS.get(one.type, 0) * one.data.get("amount", 0))
    ids: dict[str, UUID] = {}
    for stream_id, amounts in streams.items():
        account = PeerAccount()  # stands for AccountOpened
        for amount in amounts[1:]:
            account.move(amount)
        application.save(account)
        ids[stream_id] = account.id
    start = time.perf_counter()
    found: dict[str, int] = {
        stream_id: application.repository.get(id_).balance for stream_id, id_ in ids.items()
    }
    seconds = time.perf_counter() - start
    application.close()
    return sum(map(len, streams.values())) / seconds, found
