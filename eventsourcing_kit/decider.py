"""Decide and evolve: the two functions that make a thing event-sourced.

The pattern and its words are Jérémie Chassaing's ("Functional Event Sourcing Decider", 2021).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import uuid4

from .codec import EventTypes
from .errors import WrongExpectedVersion
from .event import Ids

if TYPE_CHECKING:
    from .stores import AppendResult, EventStore

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


def handle(
    store: EventStore,
    decider: Decider[C, E, S],
    stream_id: str,
    command: C,
    *,
    metadata: Mapping[str, Any] | None = None,
    retries: int = 3,
    ids: Ids = uuid4,
) -> AppendResult:
    """Load the stream, decide, append what follows; on a conflict read and decide again.

    Raises the DomainError with which the command was refused, and WrongExpectedVersion when
    others were faster `retries` + 1 times.
    """
    for attempt in range(retries + 1):
        history = store.read_stream(stream_id)
        known = map(decider.event_types.decode, history)
        state = fold(decider.evolve, known, decider.initial_state)
        events = [
            decider.event_types.encode(event, metadata=metadata, event_id=ids())
            for event in decider.decide(command, state)
        ]
        try:
            return store.append(stream_id, events, expected_version=len(history))
        except WrongExpectedVersion:
            if attempt == retries:
                raise
    raise AssertionError("unreachable")
