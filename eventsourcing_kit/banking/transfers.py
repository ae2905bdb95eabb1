"""A transfer within the bank: two accounts, two events, one transaction.

Either both halves are stored or neither is, because both accounts are in one store. Where they
are not, the halves are stored one after the other, and something has to watch that the second
one follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from ..event import Ids, NewEvent
from .account import Account, decide
from .commands import ReceiveTransfer, SendTransfer
from .errors import SameAccount
from .events import EVENT_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Party:
    """An account that takes part: its stream, the version at which it was read, and its state."""

    stream_id: str
    version: int
    state: Account


def transfer_in_one_append(
    sender: Party,
    receiver: Party,
    amount: int,
    *,
    transfer_id: str,
    memo: str = "",
    metadata: Mapping[str, Any] | None = None,
    occurred_at: datetime | None = None,
    ids: Ids = uuid4,
) -> list[tuple[str, list[NewEvent], int]]:
    """The two writes of a transfer, for store.append_many. `amount` in the sender's minor units.

    Both events carry `transfer_id` as their correlation_id; the second names the first as its
    cause. Raises the DomainError with which either account refuses its half.
    """
    if sender.stream_id == receiver.stream_id:
        raise SameAccount(sender.stream_id)
    currency = sender.state.currency
    send = SendTransfer(amount, currency, receiver.stream_id, transfer_id, memo)
    receive = ReceiveTransfer(amount, currency, sender.stream_id, transfer_id, memo)
    (sent,) = decide(send, sender.state)
    (received,) = decide(receive, receiver.state)
    about = {**(metadata or {}), "correlation_id": transfer_id}
    first = EVENT_TYPES.encode(sent, metadata=about, event_id=ids(), occurred_at=occurred_at)
    about["causation_id"] = str(first.event_id)
    second = EVENT_TYPES.encode(received, metadata=about, event_id=ids(), occurred_at=occurred_at)
    return [
        (sender.stream_id, [first], sender.version),
        (receiver.stream_id, [second], receiver.version),
    ]
