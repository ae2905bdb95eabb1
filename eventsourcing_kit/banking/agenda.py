"""The bank at work: an agenda of things to be done, carried out in order of time.

Everything goes through the account's `decide`, so a history that comes out of here keeps every
invariant. What is refused leaves no event, as at a real bank.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..errors import DomainError
from ..event import NewEvent, RecordedEvent, fixed_ids
from .account import Account, account
from .commands import AccountCommand
from .events import EVENT_TYPES
from .transfers import Party, transfer_in_one_append


@dataclass(frozen=True)
class Entry:
    """Something to be done at a moment, which is the recorded_at of the events it leads to."""

    at: datetime
    do: Callable[[Bank], None]


class Bank:
    """All accounts as they stand, and the events so far, in order of position."""

    def __init__(self, seed: int) -> None:
        self.events: list[RecordedEvent] = []
        self.now: datetime
        self._ids = fixed_ids(seed)
        self._parties: dict[str, Party] = {}
        self._transfers = 0

    def run(self, agenda: Iterable[Entry]) -> None:
        """Do what is on the agenda, in order of time. A refusal is passed over."""
        for entry in sorted(agenda, key=lambda entry: entry.at):
            self.now = entry.at
            try:
                entry.do(self)
            except DomainError:
                continue

    def party(self, stream_id: str) -> Party:
        """An account with its version and its state."""
        return self._parties.get(stream_id) or Party(stream_id, 0, account.initial_state)

    def state(self, stream_id: str) -> Account:
        return self.party(stream_id).state

    def history(self, stream_id: str) -> list[RecordedEvent]:
        return [event for event in self.events if event.stream_id == stream_id]

    def book(
        self,
        stream_id: str,
        command: AccountCommand,
        metadata: dict[str, Any],
        occurred_at: datetime | None = None,
    ) -> None:
        """Decide and record. Raises the DomainError with which the command is refused."""
        for event in account.decide(command, self.state(stream_id)):
            new = EVENT_TYPES.encode(
                event, metadata=metadata, event_id=self._ids(), occurred_at=occurred_at
            )
            self._record(stream_id, new)

    def transfer(
        self, sender: str, receiver: str, amount: int, memo: str, metadata: dict[str, Any]
    ) -> None:
        """Both halves of a transfer, or, where either account refuses, neither."""
        writes = transfer_in_one_append(
            self.party(sender),
            self.party(receiver),
            amount,
            transfer_id=self.new_transfer_id(),
            memo=memo,
            metadata=metadata,
            ids=self._ids,
        )
        for stream_id, events, _ in writes:
            for event in events:
                self._record(stream_id, event)

    def new_transfer_id(self) -> str:
        self._transfers += 1
        return f"transfer-{self._transfers:04}"

    def _record(self, stream_id: str, new: NewEvent) -> None:
        before = self.party(stream_id)
        version = before.version + 1
        recorded = new.recorded(len(self.events) + 1, stream_id, version, self.now)
        state = account.evolve(before.state, EVENT_TYPES.decode(recorded))
        self._parties[stream_id] = Party(stream_id, version, state)
        self.events.append(recorded)
