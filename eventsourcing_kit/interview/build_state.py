"""A live build as a fold over its events: which stage, how often it was tried, what was met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from ..event import RecordedEvent
from .corpus import folder
from .sitting import sittings

STREAM = "build-"


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stage: its task, an example of what is asked, the same as methods of a Store in `python`,
    and a good run (passed `by` that minute)."""

    title: str
    by: int
    task: str
    python: str
    asks: list[str]
    good: str


@cache
def stages() -> tuple[Stage, ...]:
    """The stages in order."""
    path = folder() / "live_build" / "stages.yaml"
    return tuple(msgspec.yaml.decode(path.read_bytes(), type=list[Stage]))


@dataclass(frozen=True)
class State:
    """A build after some events; `elapsed` and `passed_at` in seconds, the rest by stage from 1."""

    id: str
    program: str = ""
    minutes: int = 45
    exam: bool = False
    started_at: datetime | None = None
    elapsed: float = 0.0
    running: bool = False
    finished: bool = False
    passed_at: Mapping[int, float] = field(default_factory=dict)
    tries: Mapping[int, int] = field(default_factory=dict)
    # Names of mistakes, and of those that have none what the judge said.
    met: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    hints: Mapping[int, int] = field(default_factory=dict)

    @property
    def stage(self) -> int:
        """The stage that is to be passed now, from 1; at the end the last one."""
        ahead = (number for number in range(1, len(stages()) + 1) if number not in self.passed_at)
        return next(ahead, len(stages()))


def evolve(state: State, event: RecordedEvent) -> State:
    """The build after one more event."""
    data = event.data
    elapsed = data.get("elapsed")
    if isinstance(elapsed, int | float) and elapsed > state.elapsed:
        state = replace(state, elapsed=float(elapsed))
    match event.type:
        case "BuildStarted":
            return replace(
                state,
                program=data["program"],
                minutes=data["minutes"],
                exam=data["exam"],
                started_at=event.occurred_at,
            )
        case "StageJudged":
            return _judged(state, data)
        case "BuildHintTaken":
            return replace(state, hints=_more(state.hints, data["stage"]))
        case "ClockStarted":
            return replace(state, running=True)
        case "ClockStopped":
            return replace(state, running=False)
        case "BuildFinished":
            return replace(state, running=False, finished=True)
        case _:
            return state


def _judged(state: State, data: Mapping[str, Any]) -> State:
    stage = data["stage"]
    if not data.get("attempted", True):  # judged to see what is asked: no try
        return state
    state = replace(state, tries=_more(state.tries, stage))
    if data["passed"]:
        return replace(state, passed_at={**state.passed_at, stage: state.elapsed})
    passed = {number: at for number, at in state.passed_at.items() if number < stage}
    met = {**state.met, stage: (*state.met.get(stage, ()), data["mistake"] or data.get("said", ""))}
    return replace(state, passed_at=passed, met=met)


def _more(counts: Mapping[int, int], stage: int) -> dict[int, int]:
    return {**counts, stage: counts.get(stage, 0) + 1}


def builds(events: Iterable[RecordedEvent]) -> tuple[State, ...]:
    """All builds, in the order in which they began. What cannot be read is left out."""
    return sittings(events, STREAM, evolve, State)
