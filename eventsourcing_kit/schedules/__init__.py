"""Every schedule of a race, run on the real engine: which of them break, and what defends."""

from __future__ import annotations

from . import invariants, postgres, scenarios
from .explorer import (
    Actor,
    Crashed,
    Participant,
    Report,
    Run,
    Scenario,
    Turn,
    Waits,
    all_schedules,
    count,
    explore,
    run_schedule,
)
from .killed import killed
from .world import OPENING, Stored, StoreWorld, TableWorld, World

__all__ = [
    "OPENING",
    "Actor",
    "Crashed",
    "Participant",
    "Report",
    "Run",
    "Scenario",
    "StoreWorld",
    "Stored",
    "TableWorld",
    "Turn",
    "Waits",
    "World",
    "count",
    "explore",
    "invariants",
    "killed",
    "postgres",
    "run_schedule",
    "scenarios",
    "all_schedules",
]
