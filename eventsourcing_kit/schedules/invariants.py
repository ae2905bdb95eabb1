"""What must hold after every schedule. Each is given the world, and says what is wrong, or None."""

from __future__ import annotations

from .world import OPENING, TableWorld, World


def versions_without_gaps(world: World) -> str | None:
    """The versions of the stream are 1, 2, 3 …, each of them once."""
    versions = [event.version for event in world.events()]
    if sorted(versions) == list(range(1, len(versions) + 1)):
        return None
    return f"the versions are {sorted(versions)}"


def no_overdraft(world: World) -> str | None:
    """The balance that follows from the events is not below zero."""
    balance = world.balance()
    return None if balance >= 0 else f"the balance is {balance}"


def acknowledged_is_stored(world: World) -> str | None:
    """Who was told "stored" finds its event, once; who crashed may find one it was not told of."""
    stored = [event.writer for event in world.events()]
    for writer in world.acknowledged:
        if stored.count(writer) != world.acknowledged.count(writer):
            return f"{writer} was told stored, and {stored.count(writer)} of its events are"
    crashed = {actor.name for actor in world.actors if actor.crashed}
    unknown = sorted(set(stored) - set(world.acknowledged) - crashed - {"opening"})
    return f"{', '.join(unknown)} stored without being told so" if unknown else None


def no_lost_update(world: TableWorld) -> str | None:
    """The row has every withdrawal that was acknowledged."""
    paid = sum(actor["amount"] for actor in world.actors if actor.name in world.acknowledged)
    balance, right = world.row_balance(), OPENING - paid
    return (
        None
        if balance == right
        else f"the row says {balance}; after what was paid out, it should say {right}"
    )


def a_reader_misses_nothing(world: World) -> str | None:
    """Nothing lies behind a position that a reader has passed without having read it."""
    for reader, seen in world.seen.items():
        passed = [
            event.position for event in world.events() if event.position <= max(seen, default=0)
        ]
        missed = sorted(set(passed) - set(seen))
        if missed:
            return f"{reader} is past position {max(seen)} and never read {missed}"
    return None


def every_event_is_read_once(world: World) -> str | None:
    """No reader has read a position twice."""
    for reader, seen in world.seen.items():
        if len(set(seen)) != len(seen):
            return f"{reader} read {seen}"
    return None
