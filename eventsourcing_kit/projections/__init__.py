"""Projections: read models that follow the events, each event exactly once, and can be rebuilt."""

from __future__ import annotations

from .catching_up import CatchUpResult
from .one_event import by_position
from .parked import ParkedEvent
from .projection import OnFailure, Projection, SqlProjection
from .runner import Lag, ReadModels

STOP, SKIP, DEAD_LETTER = OnFailure.STOP, OnFailure.SKIP, OnFailure.DEAD_LETTER
DEAD_LETTER_ALONE = OnFailure.DEAD_LETTER_ALONE

__all__ = [
    "DEAD_LETTER",
    "DEAD_LETTER_ALONE",
    "SKIP",
    "STOP",
    "CatchUpResult",
    "Lag",
    "OnFailure",
    "Projection",
    "ReadModels",
    "ParkedEvent",
    "SqlProjection",
    "by_position",
]
