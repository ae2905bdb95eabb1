"""Two projections that can crash, as one pure fold over what was done to them.

machine.js is the same in the browser; a test holds one against the other.

Time goes in steps. Every third step an event arrives. An event takes a projection two steps: one to
handle it, one to get the checkpoint behind it. Between the two is where a crash hurts. With
"checkpoint_first" it is the other way round: what a crash then leaves out never comes again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Literal

import msgspec

Cure = Literal["none", "position", "event_id", "transaction", "checkpoint_first"]

STEP, CRASH = "s", "c"  # the moves
ARRIVAL = 3  # steps from one event to the next
REPAIR = 3  # steps that a crash takes until the restart


class Lane(msgspec.Struct, frozen=True):
    """One projection. Events are counted from 0, in the order in which they arrive."""

    balance: int
    checkpoint: int = 0  # so many events are behind it, as it would know after a restart
    applied: int = 0  # so many events were handled or lost, whatever the checkpoint says
    open: bool = False  # it is between the two steps of an event
    times: tuple[int, ...] = ()  # how often each event was added to the balance
    skips: tuple[int, ...] = ()  # how often each was known, and skipped
    did: str = "nothing"  # in the last move: a key of `projection_lab.SAYS`
    at: int = 0  # the event that `did` is about


class State(msgspec.Struct, frozen=True):
    """Where everything stands after some moves."""

    left: Lane
    right: Lane
    tick: int = 0  # steps so far
    head: int = 0  # events that have arrived
    down: int = 0  # steps until the restart; 0 when both run


def opening(amounts: Sequence[int], balance: int) -> State:
    """Before the first move."""
    none = (0,) * len(amounts)
    lane = Lane(balance, times=none, skips=none)
    return State(lane, lane)


def after(amounts: Sequence[int], moves: str, cure: Cure, balance: int = 0) -> State:
    """The state after `moves`, each of them a STEP or a CRASH."""

    def evolve(state: State, move: str) -> State:
        return _crash(state, cure) if move == CRASH else _step(state, amounts, cure)

    return reduce(evolve, moves, opening(amounts, balance))


def is_done(state: State) -> bool:
    """Every event has arrived and both have it behind them."""
    behind = min(state.left.checkpoint, state.right.checkpoint)
    return not state.down and behind == state.head == len(state.left.times)


def _step(state: State, amounts: Sequence[int], cure: Cure) -> State:
    arrives = state.tick % ARRIVAL == 0 and state.head < len(amounts)
    down = max(0, state.down - 1)
    return State(
        _work(state, state.left, amounts, cure),
        _work(state, state.right, amounts, "transaction"),
        state.tick + 1,
        state.head + arrives,
        down,
    )


def _work(state: State, lane: Lane, amounts: Sequence[int], cure: Cure) -> Lane:
    if state.down:
        return _did(lane, "restarted" if state.down == 1 else "down")
    if lane.open:
        return _finish(lane, amounts, cure)
    if lane.checkpoint < state.head:
        return _handle(lane, amounts, cure)
    return _did(lane, "waits")


def _handle(lane: Lane, amounts: Sequence[int], cure: Cure) -> Lane:
    """The first of an event's two steps."""
    at = lane.checkpoint
    begun = msgspec.structs.replace(lane, open=True, at=at)
    if cure == "transaction":
        return _did(begun, "begun")
    if cure == "checkpoint_first":
        return _did(msgspec.structs.replace(begun, checkpoint=at + 1), "saved_first")
    if cure != "none" and at < lane.applied:
        return _did(msgspec.structs.replace(begun, skips=_one_more(lane.skips, at)), "skipped")
    return _did(_add(begun, amounts), "again" if lane.times[at] else "handled")


def _finish(lane: Lane, amounts: Sequence[int], cure: Cure) -> Lane:
    """The second one."""
    late = {"transaction": "committed", "checkpoint_first": "handled_late"}.get(cure)
    kept = _add(lane, amounts) if late else lane
    closed = msgspec.structs.replace(kept, open=False, checkpoint=lane.at + 1)
    return _did(closed, late or "saved")


def _add(lane: Lane, amounts: Sequence[int]) -> Lane:
    return msgspec.structs.replace(
        lane,
        balance=lane.balance + amounts[lane.at],
        applied=max(lane.applied, lane.at + 1),
        times=_one_more(lane.times, lane.at),
    )


def _crash(state: State, cure: Cure) -> State:
    if state.down:
        return state
    return msgspec.structs.replace(
        state, left=_fall(state.left, cure), right=_fall(state.right, "transaction"), down=REPAIR
    )


def _fall(lane: Lane, cure: Cure) -> Lane:
    """What is not committed is gone, and so is the knowledge of what it was about to do."""
    if not lane.open:
        return _did(lane, "crashed")
    if cure == "checkpoint_first":
        return _did(msgspec.structs.replace(lane, open=False, applied=lane.at + 1), "lost")
    did = "rolled_back" if cure == "transaction" else "crashed_between"
    return _did(msgspec.structs.replace(lane, open=False), did)


def _did(lane: Lane, did: str) -> Lane:
    return msgspec.structs.replace(lane, did=did)


def _one_more(counts: tuple[int, ...], at: int) -> tuple[int, ...]:
    return (*counts[:at], counts[at] + 1, *counts[at + 1 :])
