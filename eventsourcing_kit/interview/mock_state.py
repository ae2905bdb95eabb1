"""A mock interview as a fold over its events: which case, which step, what was noted and rated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ..errors import InvalidInput
from ..event import RecordedEvent
from .corpus import Bank, Case, Level
from .sitting import sittings
from .stages import DIMENSIONS, LIVE_BUILD, Plan, Step, stage_of, step, step_ids

STREAM = "mock-"


@dataclass(frozen=True)
class State:
    """A mock interview after some events; `elapsed` in seconds, `ratings` from 1 to 3 by step.

    `flags` are by step the red flags that you own to, each with the sentence that it was said in;
    `tried` is whether the live task was done, once it was tried.
    """

    id: str
    level: Level = "senior"
    minutes: int = 45
    case: str = ""
    warm_ups: tuple[str, ...] = ()
    deep: str = ""
    live: str = ""
    started_at: datetime | None = None
    step: str = ""
    elapsed: float = 0.0
    running: bool = False
    finished: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    ratings: Mapping[str, int] = field(default_factory=dict)
    spent: Mapping[str, float] = field(default_factory=dict)  # seconds by stage
    flags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tried: bool | None = None
    voices: Mapping[str, str] = field(
        default_factory=dict
    )  # names of files that were kept, by step

    @property
    def begun(self) -> bool:
        """Whether the clock ever ran."""
        return self.running or self.elapsed > 0

    @property
    def counted(self) -> dict[str, int]:
        """The ratings less what red flags cost: one each, down to weak."""
        return {
            name: max(1, rating - len(self.flags.get(name, ())))
            for name, rating in self.ratings.items()
        }

    @property
    def scores(self) -> dict[str, int]:
        """The rubric: 1 weak, 2 good, 3 strong, of what was rated."""
        return {
            name: self.ratings[f"rubric-{name}"]
            for name in DIMENSIONS
            if f"rubric-{name}" in self.ratings
        }


def evolve(state: State, event: RecordedEvent) -> State:
    """The interview after one more event."""
    data = event.data
    if event.type == "MockStarted":
        warm_ups = tuple(data["warm_ups"])
        return replace(
            state,
            level=data["level"],
            minutes=data["minutes"],
            case=data["case"],
            warm_ups=warm_ups,
            deep=data.get("deep", ""),
            live=data.get("live", ""),
            started_at=event.occurred_at,
            step="warm-up-1" if warm_ups else "clarify",
        )
    state = _on_the_clock(state, data)
    match event.type:
        case "StepEntered":
            return replace(state, step=data["step"])
        case "NoteTyped":
            return replace(state, notes={**state.notes, data["step"]: data["text"]})
        case "AnswerShown":
            return replace(state, shown=state.shown | {data["step"]})
        case "AnswerRated":
            return replace(state, ratings={**state.ratings, data["step"]: data["rating"]})
        case "RedFlagOwned":
            return replace(state, flags=_flagged(state, data))
        case "LiveTried":
            return replace(state, tried=data["right"])
        case "VoiceKept":
            return replace(state, voices={**state.voices, data["step"]: data["file"]})
        case "ClockStarted":
            return replace(state, running=True)
        case "ClockStopped":
            return replace(state, running=False)
        case "MockFinished":
            return replace(state, running=False, finished=True)
        case _:
            return state


def _flagged(state: State, data: Mapping[str, Any]) -> dict[str, Mapping[str, str]]:
    own = dict(state.flags.get(data["step"], {}))
    own.pop(data["flag"], None)
    if data["owned"]:
        own[data["flag"]] = data["said"]
    return {**state.flags, data["step"]: own}


def _on_the_clock(state: State, data: Mapping[str, Any]) -> State:
    elapsed = data.get("elapsed")
    if not isinstance(elapsed, int | float) or elapsed <= state.elapsed:
        return state
    stage = stage_of(state.step)
    spent = state.spent.get(stage, 0.0) + elapsed - state.elapsed
    return replace(state, elapsed=float(elapsed), spent={**state.spent, stage: spent})


def interviews(events: Iterable[RecordedEvent]) -> tuple[State, ...]:
    """All interviews, in the order in which they began. What cannot be read is left out."""
    return sittings(events, STREAM, evolve, State)


def plan_of(bank: Bank, state: State) -> Plan:
    """What an interview is made of. Raises KeyError or InvalidInput where the bank has lost it."""
    known = {question.id: question for question in bank.questions}
    bugs = {bug.id: bug for bug in bank.bugs}
    return Plan(
        state.level,
        find_case(bank, state.case),
        [known[name] for name in state.warm_ups],
        state.deep,
        state.live if state.live in ("", LIVE_BUILD) else bugs[state.live],
    )


def path_of(bank: Bank, state: State) -> tuple[str, ...]:
    """The steps of an interview, as far as the ratings have opened them."""
    return step_ids(plan_of(bank, state), state.counted)


def step_of(bank: Bank, state: State, step_id: str) -> Step:
    """What a step of an interview asks."""
    return step(step_id, plan_of(bank, state), state.counted)


def find_case(bank: Bank, name: str) -> Case:
    """The case of a name. Raises InvalidInput that lists the names."""
    for case in bank.cases:
        if case.id == name:
            return case
    names = ", ".join(case.id for case in bank.cases)
    raise InvalidInput("case", f"{name!r} is none of {names}")
