"""A sitting against a clock, be it a mock interview or a live build: a stream of its own in
`es.journal`, and a fold over its events. Each event carries `elapsed`, the seconds on the clock, so
a sitting goes on from its last event, whatever happens to the kernel or the page.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from .. import journal
from ..decider import fold
from ..errors import InvalidInput
from ..event import RecordedEvent
from . import memory


class Clocked(Protocol):
    """What the state of a sitting has at least."""

    @property
    def id(self) -> str:
        """Its stream."""
        ...

    @property
    def running(self) -> bool:
        """Whether its clock runs."""
        ...

    @property
    def finished(self) -> bool:
        """Whether it is over."""
        ...


S = TypeVar("S", bound=Clocked)


class Sitting(ABC):
    """What is so in every room with a clock."""

    def __init__(self, stream_id: str) -> None:
        self.id = stream_id
        if self.state.running:  # the kernel or the page went away while the clock ran
            self._record("ClockStopped")

    @property
    @abstractmethod
    def state(self) -> Clocked:
        """The sitting so far: a fold over its events."""

    def run(self, on: bool, elapsed: float = 0.0) -> None:
        """Start the clock, or stop it."""
        state = self.state
        if on != state.running and not state.finished:
            self._record("ClockStarted" if on else "ClockStopped", elapsed)

    def _record(self, type_: str, elapsed: float = 0.0, **data: Any) -> None:
        data["elapsed"] = round(float(elapsed), 1)  # what is less than before, evolve ignores
        journal.record(type_, data, stream_id=self.id)


def elapsed_of(command: Mapping[str, Any]) -> float:
    """The seconds on the clock that the browser sends. Raises InvalidInput."""
    elapsed = command.get("elapsed", 0.0)
    if not isinstance(elapsed, int | float) or not 0 <= elapsed < 10**6:
        raise InvalidInput("elapsed", "must be seconds on the clock")
    return elapsed


def sittings(
    events: Iterable[RecordedEvent],
    prefix: str,
    evolve: Callable[[S, RecordedEvent], S],
    new: Callable[[str], S],
) -> tuple[S, ...]:
    """All streams of that prefix, folded, in the order in which they began. What cannot be read is
    left out."""
    streams: dict[str, list[RecordedEvent]] = {}
    for event in events:
        if event.stream_id.startswith(prefix):
            streams.setdefault(event.stream_id, []).append(event)
    found = []
    for stream_id, history in streams.items():
        try:
            found.append(fold(evolve, history, new(stream_id)))
        except (KeyError, TypeError, ValueError, IndexError, StopIteration):
            continue  # a line that somebody else wrote
    return tuple(found)


def next_stream(prefix: str, past: Sequence[Clocked]) -> str:
    """The stream of another sitting: its day, and which of that day it is."""
    today = f"{prefix}{memory.now().date().isoformat()}-"
    return f"{today}{sum(one.id.startswith(today) for one in past) + 1}"
