"""Four systems on one kit, beside the bank (`es.banking`): an order with its stock, an audit trail
for somebody else's application, version control, and a game. Each is events, a fold, and rules;
what differs is said in its module.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..replay import History
from . import audit, game, order, stock, versions

S = TypeVar("S")
T = TypeVar("T")

__all__ = ["audit", "game", "order", "stock", "versions", "seen_as"]


def seen_as(show: Callable[[S], T], history: History[S]) -> History[T]:
    """The same history with other states: what a slider is to show of each."""
    states = tuple(map(show, history.states))
    return History(history.stream_id, history.events, states, show(history.initial_state))
