"""Projections: read models that follow the events, each event exactly once, and can be rebuilt."""

from __future__ import annotations

from .catching_up import Caught
from .projection import OnFailure, Projection, SetProjection
from .runner import Lag, ReadModels
from .set_aside import SetAside

STOP, SKIP, DEAD_LETTER = OnFailure.STOP, OnFailure.SKIP, OnFailure.DEAD_LETTER
DEAD_LETTER_ALONE = OnFailure.DEAD_LETTER_ALONE

__all__ = [
    "DEAD_LETTER",
    "DEAD_LETTER_ALONE",
    "SKIP",
    "STOP",
    "Caught",
    "Lag",
    "OnFailure",
    "Projection",
    "ReadModels",
    "SetAside",
    "SetProjection",
]
