"""Decide and evolve: the two functions that make a thing event-sourced.

The pattern and its words are Jérémie Chassaing's ("Functional Event Sourcing Decider", 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

from .codec import EventTypes

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")


@dataclass(frozen=True)
class Decider(Generic[C, E, S]):
    """What a thing does with commands (`decide`) and with events (`evolve`). Both are pure.

    `decide(command, state)` returns the events that follow, or raises a DomainError.
    `evolve(state, event)` returns the next state; it never refuses, for the event has happened.
    `is_terminal(state)` is True when no event can follow any more.
    """

    decide: Callable[[C, S], list[E]]
    evolve: Callable[[S, E], S]
    initial_state: S
    is_terminal: Callable[[S], bool]
    event_types: EventTypes[E]


def fold(evolve: Callable[[S, E], S], events: Iterable[E], initial_state: S) -> S:
    """The state after all of `events`: start from nothing and evolve, one event at a time."""
    return reduce(evolve, events, initial_state)
