"""The room of a mock interview: what is asked now, and the events of what you do.

Each is a stream of its own in `es.journal` ("mock-2026-11-23-1"): MockStarted, StepEntered,
NoteTyped, AnswerShown, AnswerRated, ClockStarted, ClockStopped, ClockRead, MockFinished. Each event
carries `elapsed`, the seconds on the interview's clock. So whatever happens to the kernel or the
page, the interview goes on from its last event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from .. import journal
from ..decider import fold
from ..errors import InvalidInput
from .corpus import LEVELS, TOPICS, Bank, Level, Question
from .mock_state import STREAM, State, evolve, find_case, interviews, step_of
from .report import report
from .session import spread_by_topic, weighted_to
from .sitting import Sitting, elapsed_of, next_stream
from .stages import SCORES, STAGES, Step, seconds_for, stage_of, step_ids

LONGEST_NOTE = 20_000  # characters


class Mock(Sitting):
    """One interview: what is asked now, and what you do. It shows itself at `es.widgets`' desk."""

    def __init__(self, bank: Bank, stream_id: str) -> None:
        super().__init__(stream_id)
        self._bank = bank

    @property
    def state(self) -> State:
        """The interview so far: a fold over its events."""
        return fold(evolve, journal.read_stream(self.id), State(self.id))

    @property
    def step(self) -> Step:
        """What is asked now."""
        return step_of(self._bank, self.state, self.state.step)

    def note(self, text: str, elapsed: float = 0.0, step_id: str = "") -> None:
        """Keep what you typed for a step; for the current one if none is named."""
        state = self.state
        if not isinstance(text, str) or len(text) > LONGEST_NOTE:
            raise InvalidInput("note", f"must be text of at most {LONGEST_NOTE:,} characters")
        where = step_id or state.step
        if where not in step_ids(state.warm_ups):
            raise InvalidInput("step", f"{where!r} is none of this interview's")
        if text != state.notes.get(where, ""):
            self._record("NoteTyped", elapsed, step=where, text=text)

    def show(self, elapsed: float = 0.0) -> None:
        """Turn the current step: show what a good candidate would have said."""
        state = self.state
        if state.step not in state.shown:
            self._record("AnswerShown", elapsed, step=state.step)

    def rate(self, rating: int, elapsed: float = 0.0) -> None:
        """Rate your answer to the current step, 1 weak, 2 good, 3 strong, and go on.

        Raises InvalidInput for another number, and before the answer was shown.
        """
        state = self.state
        if type(rating) is not int or rating not in SCORES:
            raise InvalidInput("rating", "must be 1 weak, 2 good or 3 strong")
        if state.step not in state.shown and stage_of(state.step) != "rubric":
            raise InvalidInput("rating", "comes after the answer; show it first")
        self._record("AnswerRated", elapsed, step=state.step, rating=rating)
        self.go(1, elapsed)

    def go(self, by: int, elapsed: float = 0.0) -> None:
        """On to the next step, or back; past the last one the interview is finished."""
        state = self.state
        ids = step_ids(state.warm_ups)
        place = ids.index(state.step) + by
        if place >= len(ids):
            if not state.finished:
                self._record("MockFinished", elapsed)
        elif place >= 0:
            self._record("StepEntered", elapsed, step=ids[place])

    def do(self, command: dict[str, Any]) -> None:
        """What the desk's browser asks for: one of "note", "show", "rate", "go", "run" and "tick",
        with `elapsed`. A command for a step that is no longer asked is dropped."""
        elapsed = elapsed_of(command)
        if "note" in command:
            return self.note(command["note"], elapsed, command.get("step", ""))
        state = self.state
        if command.get("step", state.step) != state.step or state.finished:
            return None
        match command:
            case {"show": True}:
                self.show(elapsed)
            case {"rate": rating}:
                self.rate(rating, elapsed)
            case {"go": 1 | -1 as by}:
                self.go(cast(int, by), elapsed)
            case {"run": bool() as on}:
                self.run(on, elapsed)
            case {"tick": True}:
                self._record("ClockRead", elapsed)
        return None

    def view(self) -> dict[str, Any]:
        """All that the desk shows."""
        import msgspec

        state = self.state
        now = step_of(self._bank, state, state.step)
        stage = stage_of(state.step)
        ids = step_ids(state.warm_ups)
        turned = state.step in state.shown or stage == "rubric"
        return {
            "id": self.id,
            "level": state.level,
            "minutes": state.minutes,
            "case": find_case(self._bank, state.case).title,
            "stages": [
                {
                    "title": title,
                    "seconds": seconds_for(name, state.minutes),
                    "spent": state.spent.get(name, 0.0),
                }
                for name, (title, _) in STAGES.items()
            ],
            "number": list(STAGES).index(stage) + 1,
            "heading": STAGES[stage][0],
            "step": state.step,
            "place": ids.index(state.step) + 1,
            "steps": len(ids),
            "follow_up": state.step.endswith("-next"),
            "topic": TOPICS.get(now.topic, ""),
            "asks": list(now.asks),
            "answer": msgspec.to_builtins(now.answer) if turned else [],
            "turned": turned,
            "rating": state.ratings.get(state.step, 0),
            "notes": state.notes.get(state.step, ""),
            "rubric": stage == "rubric",
            "elapsed": state.elapsed,
            "running": state.running,
            "finished": state.finished,
            "report": report(self._bank, state, earlier(state)) if state.finished else "",
        }


def earlier(state: State) -> tuple[State, ...]:
    """Your finished interviews that began before this one."""
    return tuple(
        one
        for one in interviews(journal.events())
        if one.finished and one.id != state.id and _began(one) < _began(state)
    )


def _began(state: State) -> datetime:
    return state.started_at or datetime.max.replace(tzinfo=UTC)


def begin(bank: Bank, level: Level, minutes: int, case: str | None, new: bool) -> Mock:
    """The interview that you did not finish, or a new one."""
    if level not in LEVELS:
        raise InvalidInput("level", f"{level!r} is none of {', '.join(LEVELS)}")
    if type(minutes) is not int or not 10 <= minutes <= 240:
        raise InvalidInput("minutes", "must be a whole number from 10 to 240")
    past = interviews(journal.events())
    known = {one.id for one in bank.questions}
    cases = {one.id for one in bank.cases}
    unfinished = [
        one
        for one in past
        if not one.finished and one.case in cases and known.issuperset(one.warm_ups)
        and case in (None, one.case)
    ]  # fmt: skip
    if unfinished and not new:
        return Mock(bank, unfinished[-1].id)
    chosen = find_case(bank, case or _least_rehearsed(bank, past))
    warm_ups = _warm_ups(bank, level, minutes, past)
    stream_id = next_stream(STREAM, past)
    data = {
        "level": level, "minutes": minutes, "case": chosen.id,
        "warm_ups": [question.id for question in warm_ups],
    }  # fmt: skip
    journal.record("MockStarted", data, stream_id=stream_id)
    return Mock(bank, stream_id)


def _least_rehearsed(bank: Bank, past: Sequence[State]) -> str:
    often = Counter(one.case for one in past)
    return min(bank.cases, key=lambda case: often[case.id]).id


def _warm_ups(bank: Bank, level: Level, minutes: int, past: Sequence[State]) -> list[Question]:
    """Of different topics, those asked least often so far: two of your level, then one below."""
    often = Counter(name for one in past for name in one.warm_ups)
    seldom = sorted(spread_by_topic(bank.questions), key=lambda one: often[one.id])
    count = 1 if minutes < 20 else 2 if minutes < 40 else 3
    chosen: list[Question] = []
    for question in weighted_to(level, seldom):
        if question.topic not in {one.topic for one in chosen}:
            chosen.append(question)
    return chosen[:count]
