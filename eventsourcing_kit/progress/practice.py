"""What was done in the interview room, in numbers: cards, bugs, incidents, builds, interviews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..event import RecordedEvent

# The event that counts, and whether only one that says "right" does; each stream counts once.
KINDS = {
    "cards asked": ("CardRated", False),
    "bugs found": ("BugSought", True),
    "numbers estimated": ("NumberEstimated", False),
    "incidents repaired": ("RepairTried", True),
    "live builds ended": ("BuildFinished", False),
    "mock interviews held": ("MockFinished", False),
}


def practice(events: Iterable[RecordedEvent]) -> Mapping[str, int]:
    """How many different cards, bugs and so on, by what they are counted as."""
    done: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for event in events:
        for kind, (type_, has_to_be_right) in KINDS.items():
            if event.type == type_ and (event.data.get("right") is True or not has_to_be_right):
                done[kind].add(event.stream_id)
    return {kind: len(streams) for kind, streams in done.items()}
