"""Snapshots: a state kept beside the events, so that not every event has to be replayed.

A snapshot repeats what the events say and is never the truth: one that is damaged, newer than the
stream, of another history, of another fold or of other code is ignored, the events are replayed,
and the reason is counted. So the file can be deleted at any time.
"""

from __future__ import annotations

from .aggregates import AggregateCache
from .kept import Loaded, Snapshots
from .policy import Moment, Policy, every, never, older_than, on_load
from .source import SnapshotSource

__all__ = [
    "AggregateCache",
    "SnapshotSource",
    "Loaded",
    "Moment",
    "Policy",
    "Snapshots",
    "every",
    "never",
    "older_than",
    "on_load",
]
