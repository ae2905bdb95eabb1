"""What the projection lab says: one text for the browser and for the picture."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import field

from ...drawing.display import counted, money_text
from .machine import Lane

CURE_NAMES: Final = {
    "none": "no cure",
    "position": "skip by position",
    "event_id": "skip by event id",
    "transaction": "one transaction",
    "checkpoint_first": "checkpoint first",
}
TITLES: Final = {
    **dict.fromkeys(("none", "position", "event_id"), "Handles, then saves"),
    "transaction": "Both in one transaction",
    "checkpoint_first": "Saves, then handles",
}
GATES: Final = {  # the two that an event passes, in their order
    **dict.fromkeys(CURE_NAMES, ("handled", "checkpoint")),
    "checkpoint_first": ("checkpoint", "handled"),
}
HARMS: Final = ("none", "checkpoint_first")  # with these a crash between the two gates does harm
BETWEEN: Final = {  # what a crash between the two gates does
    "none": "A crash here: it is counted twice.",
    "position": "A crash here: its position is known.",
    "event_id": "A crash here: its id is known.",
    "transaction": "A crash here: both are undone.",
    "checkpoint_first": "A crash here: it is lost.",
}
KEEPS: Final = {  # what stands beside the balance, written in the same transaction
    "none": "nothing",
    "position": "the last position: {last}",
    "event_id": "the id of every event: {applied}",
    "transaction": "the checkpoint: {checkpoint}",
    "checkpoint_first": "nothing",
}
SAYS: Final = {  # by Lane.did
    "nothing": "Nothing has happened yet.",
    "waits": "Waits for the next event.",
    "handled": "Position {position} is handled: {amount}. The checkpoint still says {checkpoint}.",
    "again": "Position {position} is handled once more: {amount} again.",
    "skipped": "Position {position} is in it already: skipped.",
    "saved": "Checkpoint {checkpoint} is saved.",
    "saved_first": "Checkpoint {checkpoint} is saved. Position {position} is not handled yet.",
    "handled_late": "Position {position} is handled: {amount}.",
    "begun": "Position {position} and its checkpoint are written, and not committed yet.",
    "committed": "Position {position}: {amount} and the checkpoint are committed together.",
    "crashed": "Crashed between two events.",
    "crashed_between": "Crashed: position {position} is handled, the checkpoint says {checkpoint}.",
    "lost": "Crashed: checkpoint {checkpoint} is saved, so position {position} never comes again.",
    "rolled_back": "Crashed: what was not committed is gone, as if it had never begun.",
    "down": "Down. Events go on arriving.",
    "restarted": "Restarted: reads what comes after checkpoint {checkpoint}.",
}


class LabEvent(msgspec.Struct, frozen=True):
    """An event of one account: `amount` is what it adds to the balance, in minor units."""

    label: str
    amount: int
    position: int
    signed: str  # the amount as people read it: "+25.00 EUR"


class PackedLab(msgspec.Struct, frozen=True):
    """All that the browser needs, sent once: the events, and the words for what happens."""

    events: list[LabEvent]
    opening: int
    currency: str
    digits: int
    cures: list[tuple[str, str]] = field(default_factory=lambda: list(CURE_NAMES.items()))
    titles: dict[str, str] = field(default_factory=TITLES.copy)
    gates: dict[str, tuple[str, str]] = field(default_factory=GATES.copy)
    harms: tuple[str, ...] = HARMS
    between: dict[str, str] = field(default_factory=BETWEEN.copy)
    keeps: dict[str, str] = field(default_factory=KEEPS.copy)
    says: dict[str, str] = field(default_factory=SAYS.copy)


def position(packed: PackedLab, count: int) -> int:
    """The position of the last of so many events; before the first, the one in front of it."""
    return packed.events[count - 1].position if count else packed.events[0].position - 1


def fill(template: str, packed: PackedLab, lane: Lane) -> str:
    """A sentence of SAYS or KEEPS, said of `lane`."""
    event = packed.events[lane.at]
    return template.format(
        position=event.position,
        amount=event.signed,
        checkpoint=position(packed, lane.checkpoint),
        last=position(packed, lane.applied),
        applied=lane.applied,
    )


def true_balance(packed: PackedLab, count: int) -> int:
    """The balance that so many events add up to."""
    return packed.opening + sum(event.amount for event in packed.events[:count])


def verdict(packed: PackedLab, lane: Lane, head: int) -> str:
    """Whether the balance is what the events in it add up to; a late one is not wrong.

    Of `head` events that have arrived, it is as many positions behind as it has not handled.
    """
    wrong = lane.balance - true_balance(packed, lane.applied)
    last = position(packed, lane.applied)
    behind = position(packed, head) - last
    late = f" · {behind:,} behind" if behind else ""
    if not wrong:
        return f"✓ right up to position {last:,}{late}"
    much = "much" if wrong > 0 else "little"
    return f"✗ {money_text(abs(wrong), packed.currency)} too {much}{late}"


def in_read_model(lane: Lane, event: int) -> str:
    """What an event has become in the read model; "" if it has not been handled."""
    if lane.open and lane.did == "begun" and lane.at == event:
        return "not committed"
    times, skips = lane.times[event], lane.skips[event]
    if not times:
        return "✗ lost" if event < lane.applied else ""
    said = "✓ once" if times == 1 else f"✗ {times} times"
    return f"{said}, then skipped" if skips else said


def lag(packed: PackedLab, lane: Lane, head: int) -> str:
    """How far the checkpoint is behind the last event that has arrived."""
    behind = position(packed, head) - position(packed, lane.checkpoint)
    return counted(behind, "position") if behind else "none"
