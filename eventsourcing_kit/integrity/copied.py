"""A copy is another history: it is sealed anew, and says of which one it is a copy."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from ..event import NewEvent
from ..stores.protocol import ANY, EventStore
from .checkpoint import open_checkpoint
from .keys import KeyRing

COPIED = "history-copied"  # the stream of the statement


def state_copy(store: EventStore, note: str, keys: KeyRing, reason: str) -> None:
    """Append, behind all that was copied, a statement of which log this is a copy, and why.

    `note` is the old log's last checkpoint, signed; it goes into the event as it is, so that
    whoever has the old log can check both. Whether the events agree is for the one who copies:
    `es.upcasting.copy_and_transform` compares them, and takes `sealed` as its `through`. A second
    time it changes nothing; a copy of a copy has the statements of both. Raises CheckpointRefused
    for a note that proves nothing.
    """
    old = open_checkpoint(note, keys).checkpoint
    data = {"origin": old.origin, "size": old.size, "root": old.root.hex(), "note": note}
    event_id = uuid5(NAMESPACE_URL, old.text())
    statement = NewEvent("HistoryCopied", {**data, "reason": reason}, event_id=event_id)
    store.append(COPIED, [statement], ANY)
