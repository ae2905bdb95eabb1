"""Who may give which command is for the domain to say: it knows what the account is like now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic

from ..decider import C, Decider, E, S
from .policy import Actor


@dataclass(frozen=True)
class By(Generic[C]):
    """A command, and who gives it."""

    actor: Actor
    command: C


def authorised(
    decider: Decider[C, E, S], check: Callable[[Actor, C, S], None]
) -> Decider[By[C], E, S]:
    """The same decider for commands that say who gives them.

    `check(actor, command, state)` raises NotAuthorised. It is asked before every decision, also
    when a conflict makes `handle` decide again: what it allowed may no longer be allowed.
    """

    def decide(asked: By[C], state: S) -> list[E]:
        check(asked.actor, asked.command, state)
        return decider.decide(asked.command, state)

    return Decider(
        decide, decider.evolve, decider.initial_state, decider.is_terminal, decider.event_types
    )
