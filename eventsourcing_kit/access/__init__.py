"""Who may see: rules for roles, a store as one actor sees it, a log of reads, and a linter.

In this process all of it is advisory; what holds against an enemy are a server's roles, in
`postgres` and the SQL beside it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .commands import By, authorised
from .guard import Guarded
from .linter import Finding, lint
from .policy import (
    APPEND,
    EVERY,
    MASKED,
    MASKED_FIELDS,
    READ,
    Actor,
    Policy,
    Rule,
    Verdict,
    tenant_in_name,
)
from .read_log import AccessRefused, EventsRead, Readers, readers, who_saw

if TYPE_CHECKING:
    from . import bank, postgres

guarded = Guarded
"""`guarded(store, policy, actor)`: the store as the actor sees it."""

__all__ = [
    "APPEND",
    "EVERY",
    "MASKED",
    "MASKED_FIELDS",
    "READ",
    "AccessRefused",
    "Actor",
    "By",
    "EventsRead",
    "Finding",
    "Guarded",
    "Policy",
    "Readers",
    "Rule",
    "Verdict",
    "authorised",
    "bank",
    "guarded",
    "lint",
    "postgres",
    "readers",
    "tenant_in_name",
    "who_saw",
]


def __getattr__(name: str) -> Any:
    if name in ("bank", "postgres"):  # the second loads psycopg
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
