"""Replay and time travel: the state at any version, position or moment, and what might have been.

One fold, three ways, equal by a property test: `fold` with an account's `evolve` in Python, one SQL
query over the whole bank (`balances`), and `Timeline`, an index for sliders.
"""

from __future__ import annotations

from .bank_balances import balances, query
from .history import History, WhatIf, as_of, histories, what_if
from .timeline import Timeline

__all__ = [
    "History",
    "Timeline",
    "WhatIf",
    "as_of",
    "balances",
    "histories",
    "query",
    "what_if",
]
