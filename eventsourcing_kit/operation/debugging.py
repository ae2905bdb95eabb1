"""Debugging by replay: which event made it bad, whom new code would change, and why it happened."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Generic, TypeVar
from uuid import UUID

from ..bars import progress
from ..decider import Decider, fold
from ..errors import InvalidInput
from ..event import RecordedEvent
from ..stores import EventStore

S = TypeVar("S")
MOST_SHOWN = 20


@dataclass(frozen=True)
class FirstBad(Generic[S]):
    """The event after which the state is bad, with the state before and after it.

    `folds` is how many states were looked at, of all that there are.
    """

    event: RecordedEvent
    before: S
    after: S
    folds: int
    events: int

    def __str__(self) -> str:
        one = self.event
        return (
            f"{one.type} at version {one.version} of {one.stream_id} (position {one.position}), "
            f"found with {self.folds} folds of {self.events:,} events\n"
            f"before: {self.before}\nafter:  {self.after}"
        )

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def bisect(
    history: Sequence[RecordedEvent], is_bad: Callable[[S], bool], decider: Decider[Any, Any, S]
) -> FirstBad[S] | None:
    """The first event after which the state is bad; None if no state that it looked at is.

    `history` is one stream, or what one state is folded of. It halves what is left, so n events
    take at most log2(n) + 1 looks, each a fold from the last state known to be good. What it finds
    is the first one if bad stays bad: then None means that all is good in the end. Where bad comes
    and goes, it finds one event at which good became bad, or none. Raises InvalidInput where the
    state is bad before the first event.
    """
    known = list(map(decider.event_types.decode, history))
    before = after = decider.initial_state
    if known and is_bad(copy.deepcopy(before)):
        raise InvalidInput("is_bad", "calls the initial state bad, so no event has made it so")
    good, bad, looks = 0, len(known) + 1, 0  # bad: the smallest number of events that is, or none
    while bad - good > 1:
        middle = (good + bad) // 2
        state = fold(decider.evolve, known[good:middle], copy.deepcopy(before))
        looks += 1
        if is_bad(state):
            bad, after = middle, state
        else:
            good, before = middle, state
    if bad > len(known):
        return None
    return FirstBad(history[bad - 1], before, after, looks, len(known))


# --- a shadow replay -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A stream whose state differs in the end: by which version first, and both last states."""

    stream_id: str
    version: int
    old: Any
    new: Any


@dataclass(frozen=True)
class Comparison:
    """What was replayed with old and new code, and each stream for which it is not the same."""

    events: int
    streams: int
    differences: tuple[Difference, ...]

    def __str__(self) -> str:
        found = f"{len(self.differences):,} of {self.streams:,} streams differ"
        lines = [
            f"{one.stream_id}, from version {one.version}: {one.old} / {one.new}"
            for one in self.differences[:MOST_SHOWN]
        ]
        more = len(self.differences) - MOST_SHOWN
        lines += [f"and {more:,} more"] if more > 0 else []
        return "\n".join([f"{self.events:,} events: {found}", *lines])

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def compare(
    history: EventStore | Iterable[RecordedEvent],
    old_evolve: Callable[[S, Any], S],
    new_evolve: Callable[[S, Any], S],
    *,
    initial_state: S,
    decode: Callable[[RecordedEvent], Any] = lambda event: event,
) -> Comparison:
    """Replay a whole log with the old and with the new code, stream by stream, side by side.

    `decode` makes of a stored event what the functions take. What one of them raises is its state
    from then on. A stream whose states differ and are the same in the end is no difference.
    """
    states: dict[str, list[Any]] = {}
    apart: dict[str, int] = {}
    count = 0
    for event in _events(history):
        count += 1
        both = states.get(event.stream_id)
        if both is None:
            both = [copy.deepcopy(initial_state), copy.deepcopy(initial_state)]
            states[event.stream_id] = both
        known = decode(event)
        for which, evolve in enumerate((old_evolve, new_evolve)):
            both[which] = _evolved(evolve, both[which], known)
        if both[0] == both[1]:
            apart.pop(event.stream_id, None)
        else:
            apart.setdefault(event.stream_id, event.version)
    found = [Difference(name, version, *states[name]) for name, version in sorted(apart.items())]
    return Comparison(count, len(states), tuple(found))


@dataclass(frozen=True)
class Raised:
    """In the place of a state: what the code raised, and would raise on every load."""

    error: str


def _evolved(evolve: Callable[[Any, Any], Any], state: Any, event: Any) -> Any:
    if isinstance(state, Raised):
        return state
    try:
        return evolve(state, event)
    except Exception as error:
        return Raised(f"{type(error).__name__}: {error}")


def _events(history: EventStore | Iterable[RecordedEvent]) -> Iterator[RecordedEvent]:
    if isinstance(history, Iterable):
        yield from history
        return
    with progress(total=history.position(), desc="Replaying", unit=" events") as bar:
        for batch in history.catch_up():
            yield from batch
            bar.update(len(batch))


# --- why did this happen -------------------------------------------------------------------------


@dataclass(frozen=True)
class Cause:
    """What led to something: an event, or the name of what is no event, such as a command.

    `effects` is what came of it, in order of position; `asked` is the event that was asked about.
    """

    name: str
    event: RecordedEvent | None
    effects: tuple[Cause, ...]
    asked: bool = False

    def __str__(self) -> str:
        return "\n".join(self._lines("", ""))

    def _lines(self, first: str, rest: str) -> Iterator[str]:
        yield f"{first}{self.name}{'   ← this one' if self.asked else ''}"
        for number, effect in enumerate(self.effects, 1):
            last = number == len(self.effects)
            begins, goes_on = ("└─ ", "   ") if last else ("├─ ", "│  ")
            yield from effect._lines(rest + begins, rest + goes_on)

    def _repr_html_(self) -> str:
        return f"<div>{self._item(top=True)}</div>"

    def _item(self, *, top: bool = False) -> str:
        shown = f"<b>{escape(self.name)}</b> ← this one" if self.asked else escape(self.name)
        inner = "".join(effect._item() for effect in self.effects)
        inside = f"{shown}<ul>{inner}</ul>" if inner else shown
        return inside if top else f"<li>{inside}</li>"


def why(history: EventStore | Iterable[RecordedEvent], event_id: UUID | str) -> Cause:
    """The first cause of an event, with all that came of it: by the causation_id of each event.

    Raises InvalidInput for an event that is not there, and for causes that go in a circle.
    """
    events = {str(event.event_id): event for event in _events(history)}
    asked = str(event_id)
    if asked not in events:
        raise InvalidInput("event_id", f"{asked} is the id of no event here")
    effects: dict[str, list[str]] = defaultdict(list)
    for one, event in events.items():
        if event.causation_id is not None:
            effects[event.causation_id].append(one)
    root, seen = asked, set[str]()
    while root in events and (above := events[root].causation_id) is not None:
        if root in seen:
            raise InvalidInput("history", f"the causes of {asked} go in a circle")
        seen.add(root)
        root = above

    def tree(one: str) -> Cause:
        event = events.get(one)
        name = one if event is None else f"{event.type} at {event.position} in {event.stream_id}"
        return Cause(name, event, tuple(map(tree, effects[one])), one == asked)

    return tree(root)
