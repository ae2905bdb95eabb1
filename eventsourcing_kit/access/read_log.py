"""Who read what: each read and each refusal is an event, stored before anything is handed out.

A subject has a stream of its own: "access-account-1007" has who read that one stream,
"access_to_category-account" who read its category, "access_to_all-events" who read everything. So
a note does not grow with the number of streams that were read, and one about a single stream is
found without the others. An event says who, in which roles, which positions and why, and nothing
of what stood there: its size does not follow what was read.

The log of a store is a store of its own, so that nobody's projection replays it, and it ends with
its file when its time is over. Any store can be one: with chapter 10's seal, what was noted cannot
be changed unseen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Never

from ..codec import EventTypes
from ..decider import Decider
from ..errors import DomainError
from ..event import RecordedEvent, category
from ..stores import ANY, EventStore
from .policy import EVERY

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class EventsRead:
    """Somebody was given events between these positions; `events` is how many, None if that was
    not known when it was noted. Both positions are 0 where there were none.
    """

    actor: str
    roles: list[str]
    subject: str
    events: int | None
    first_position: int
    last_position: int
    reason: str = ""


@dataclass(frozen=True)
class AccessRefused:
    """Somebody asked for what no rule gives them. Whether it is there was not looked at."""

    actor: str
    roles: list[str]
    subject: str
    action: str
    reason: str = ""


LogEvent = EventsRead | AccessRefused
LOG_EVENTS: Final[EventTypes[LogEvent]] = EventTypes([EventsRead, AccessRefused])


class Subject(NamedTuple):
    """What was asked for: its name, and the stream of the log that is about it."""

    name: str
    log_stream: str


EVERYTHING: Final = Subject(EVERY, "access_to_all-events")


def one_stream(stream_id: str) -> Subject:
    """One stream."""
    return Subject(stream_id, f"access-{stream_id}")


def whole_category(category: str) -> Subject:
    """All streams of a category."""
    return Subject(f"{category}-{EVERY}", f"access_to_category-{category}")


def note(log: EventStore, log_stream: str, event: LogEvent) -> None:
    """Store it; what this raises, a read raises, and hands nothing out."""
    log.append(log_stream, [LOG_EVENTS.encode(event, metadata={"actor": event.actor})], ANY)


def who_saw(
    log: EventStore,
    store: EventStore,
    stream_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> pd.DataFrame:
    """Who read a stream, or was refused, from `since` on and before `until`, in order of time.

    A read of its category, or of everything, counts where it reached a position of this stream
    (of which the reader's roles may have hidden some). The columns: at, actor, outcome ("read" or
    "refused"), subject, events, reason.
    """
    import pandas as pd

    positions = [event.position for event in store.read_stream(stream_id)]
    found = []
    subjects = (one_stream(stream_id), whole_category(category(stream_id)), EVERYTHING)
    for subject in subjects:
        for noted in log.read_stream(subject.log_stream):
            event = LOG_EVENTS.decode(noted)
            is_in_time = (since is None or noted.recorded_at >= since) and (
                until is None or noted.recorded_at < until
            )
            if is_in_time and (subject is subjects[0] or _reaches(event, positions)):
                found.append((noted, event))
    found.sort(key=lambda pair: pair[0].position)
    return pd.DataFrame(
        [_row(*pair) for pair in found],
        columns=["at", "actor", "outcome", "subject", "events", "reason"],
    ).astype({"events": "Int64"})


def _reaches(event: LogEvent, positions: Sequence[int]) -> bool:
    return isinstance(event, EventsRead) and any(
        event.first_position <= position <= event.last_position for position in positions
    )


def _row(noted: RecordedEvent, event: LogEvent) -> tuple[object, ...]:
    about = noted.recorded_at, event.actor
    if isinstance(event, AccessRefused):
        return *about, "refused", event.subject, 0, event.reason
    return *about, "read", event.subject, event.events, event.reason


# --- a subject's log is a stream like any other: it has a state at each moment --------------------


@dataclass(frozen=True)
class Readers:
    """How often a subject was read and refused, and by whom it was read, how often."""

    reads: int = 0
    refusals: int = 0
    by: dict[str, int] = field(default_factory=dict)


def _evolve(state: Readers, event: LogEvent) -> Readers:
    if isinstance(event, AccessRefused):
        return replace(state, refusals=state.refusals + 1)
    by = {**state.by, event.actor: state.by.get(event.actor, 0) + 1}
    return replace(state, reads=state.reads + 1, by=by)


def _refuse(_: object, __: Readers) -> Never:
    raise DomainError("what was read was read: a guard notes it, and nobody decides about it")


readers: Final[Decider[object, LogEvent, Readers]] = Decider(
    decide=_refuse,
    evolve=_evolve,
    initial_state=Readers(),
    is_terminal=lambda _: False,
    event_types=LOG_EVENTS,
)
"""For time travel: es.replay.as_of(log, readers, "access-account-1007", time=…)."""
