"""The room of a mock interview: what is asked now, and the events of what you do.

Each is a stream of its own in `es.journal` ("mock-2026-11-23-1"): MockStarted, StepEntered,
NoteTyped, AnswerShown, RedFlagOwned, AnswerRated, LiveTried, VoiceKept, ClockStarted, ClockStopped,
ClockRead, MockFinished. Each event carries `elapsed`, the seconds on the interview's clock. So
whatever happens to the kernel or the page, the interview goes on from its last event.
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
from .live_task import Task, task_of
from .mock_state import STREAM, State, evolve, find_case, interviews, path_of, plan_of, step_of
from .red_flags import nearest
from .report import report
from .session import spread_by_topic, weighted_to
from .sitting import Sitting, elapsed_of, next_stream
from .stages import (
    DEEP,
    LIVE_BUILD,
    SCORES,
    STAGES,
    Step,
    depth_of,
    seconds_for,
    stage_of,
    warm_up_of,
)
from .voice import decoded, keep

LONGEST_NOTE = 20_000  # characters
SHORTEST_WITH_LIVE = 30  # minutes, of which the live task takes ten


class Mock(Sitting):
    """One interview: what is asked now, and what you do. It shows itself at `es.widgets`' desk."""

    def __init__(self, bank: Bank, stream_id: str) -> None:
        super().__init__(stream_id)
        self._bank = bank
        self._task: Task | None = task_of(plan_of(bank, self.state).live)

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
        if where not in path_of(self._bank, state):
            raise InvalidInput("step", f"{where!r} is none of this interview's")
        if text != state.notes.get(where, ""):
            self._record("NoteTyped", elapsed, step=where, text=text)

    def show(self, elapsed: float = 0.0) -> None:
        """Turn the current step: show what a good candidate would have said."""
        state = self.state
        if state.step not in state.shown:
            self._record("AnswerShown", elapsed, step=state.step)
        if self._task and state.step == "live":
            self._task.show()

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

    def own(self, flag: str, owned: bool = True, elapsed: float = 0.0) -> None:
        """Own to a red flag of the current card, which costs the answer one mark, or take it back.

        What you wrote that comes nearest to it is kept with it. Raises InvalidInput for another
        flag, and before the answer was shown.
        """
        state = self.state
        if flag not in self._flags(state):
            raise InvalidInput("flag", "must be one of the current card's, once it is turned")
        if owned != (flag in state.flags.get(state.step, {})):
            said = nearest(flag, state.notes.get(state.step, ""))
            self._record(
                "RedFlagOwned", elapsed, step=state.step, flag=flag, owned=bool(owned), said=said
            )

    def attempt(self, command: dict[str, Any], elapsed: float = 0.0) -> None:
        """Try the live task: {"line": 7} of a bug, {"judge": true} of a build. Raises InvalidInput
        at another step."""
        if self._task is None or self.state.step != "live":
            raise InvalidInput("live", "comes at the end of an interview that has a live task")
        self._record("LiveTried", elapsed, right=self._task.do(command))

    def keep_voice(self, step_id: str, sound: bytes, elapsed: float = 0.0) -> None:
        """Keep what you said for a step, as the browser recorded it, beside the journal. Raises
        InvalidInput for a step that there is not, and for what is no recording."""
        if step_id not in path_of(self._bank, self.state):
            raise InvalidInput("step", f"{step_id!r} is none of this interview's")
        file = keep(f"{self.id}-{step_id}", sound)
        self._record("VoiceKept", elapsed, step=step_id, file=str(file))

    def _flags(self, state: State) -> tuple[str, ...]:
        """The red flags of the card that was turned."""
        step_id = state.step
        if stage_of(step_id) != "warm-up" or depth_of(step_id) or step_id not in state.shown:
            return ()
        return warm_up_of(step_id, plan_of(self._bank, state)).red_flags

    def go(self, by: int, elapsed: float = 0.0) -> None:
        """On to the next step, or back; past the last one the interview is finished."""
        state = self.state
        ids = path_of(self._bank, state)
        place = ids.index(state.step) + by
        if place >= len(ids):
            if not state.finished:
                self._record("MockFinished", elapsed)
        elif place >= 0:
            self._record("StepEntered", elapsed, step=ids[place])

    def do(self, command: dict[str, Any]) -> None:
        """What the desk's browser asks for: one of "note", "voice", "show", "flag", "rate", "live",
        "go", "run" and "tick", with `elapsed`. A command for a step that is no longer asked is
        dropped."""
        elapsed = elapsed_of(command)
        if "note" in command:
            return self.note(command["note"], elapsed, command.get("step", ""))
        if "voice" in command:
            return self.keep_voice(command.get("step", ""), decoded(command["voice"]), elapsed)
        state = self.state
        if command.get("step", state.step) != state.step or state.finished:
            return None
        match command:
            case {"show": True}:
                self.show(elapsed)
            case {"flag": str(flag), "owned": bool(owned)}:
                self.own(flag, owned, elapsed)
            case {"rate": rating}:
                self.rate(rating, elapsed)
            case {"live": dict() as what}:
                self.attempt(what, elapsed)
            case {"go": 1 | -1 as by}:
                self.go(cast(int, by), elapsed)
            case {"run": bool() as on}:
                self.run(on, elapsed)
            case {"tick": True}:
                self._record("ClockRead", elapsed)
        return None

    def view(self) -> dict[str, Any]:
        """All that the desk shows. Nothing is asked before the clock has run."""
        import msgspec

        state = self.state
        now = step_of(self._bank, state, state.step)
        stage = stage_of(state.step)
        ids = path_of(self._bank, state)
        turned = state.step in state.shown or stage == "rubric"
        is_live = stage == "live" and self._task is not None
        return {
            "id": self.id,
            "level": state.level,
            "minutes": state.minutes,
            "case": find_case(self._bank, state.case).title,
            "stages": self._stages(state, ids),
            "number": _shown(state).index(stage) + 1,
            "heading": STAGES[stage][0],
            "begun": state.begun,
            "step": state.step,
            "place": ids.index(state.step) + 1,
            "steps": len(ids),
            "depth": depth_of(state.step),
            # What a bug is about would be half of its answer.
            "topic": TOPICS.get(now.topic, "") if state.begun and not is_live else "",
            "asks": list(now.asks) if state.begun else [],
            "board": self._board(state, ids),
            "answer": msgspec.to_builtins(now.answer) if turned else [],
            "flags": self._owned(state),
            "live": self._task.view() if is_live and self._task else {},
            "turned": turned,
            "rating": state.ratings.get(state.step, 0),
            "notes": state.notes.get(state.step, ""),
            "kept": state.voices.get(state.step, ""),
            "rubric": stage == "rubric",
            "elapsed": state.elapsed,
            "running": state.running,
            "finished": state.finished,
            "report": report(self._bank, state, earlier(state)) if state.finished else "",
        }

    def _stages(self, state: State, ids: Sequence[str]) -> list[dict[str, Any]]:
        """The rail: what each stage may take, has taken, and how its answers were rated."""
        return [
            {
                "title": STAGES[name][0],
                "seconds": seconds_for(name, state.minutes, bool(state.live)),
                "spent": state.spent.get(name, 0.0),
                "marks": [state.counted.get(one, 0) for one in ids if stage_of(one) == name],
            }
            for name in _shown(state)
        ]

    def _board(self, state: State, ids: Sequence[str]) -> list[dict[str, str]]:
        """What stands on the board behind "clarify": the case, and your notes on it so far."""
        first, here = ids.index("clarify"), ids.index(state.step)
        if here <= first or state.step == "live":
            return []
        prompt = find_case(self._bank, state.case).prompt
        notes = [
            {"label": STAGES[stage_of(name)][0], "text": state.notes[name]}
            for name in ids[first:here]
            if state.notes.get(name, "").strip()
        ]
        return [{"label": "The case", "text": prompt}, *notes]

    def _owned(self, state: State) -> list[dict[str, Any]]:
        notes, owned = state.notes.get(state.step, ""), state.flags.get(state.step, {})
        return [
            {"text": flag, "near": nearest(flag, notes), "owned": flag in owned}
            for flag in self._flags(state)
        ]


def _shown(state: State) -> list[str]:
    """The stages that this interview has."""
    return [name for name in STAGES if name != "live" or state.live]


def earlier(state: State) -> tuple[State, ...]:
    """Your finished interviews that began before this one."""
    return tuple(
        one
        for one in interviews(journal.events())
        if one.finished and one.id != state.id and _began(one) < _began(state)
    )


def _began(state: State) -> datetime:
    return state.started_at or datetime.max.replace(tzinfo=UTC)


def begin(
    bank: Bank, level: Level, minutes: int, case: str | None, new: bool, live: str | None = None
) -> Mock:
    """The interview that you did not finish, or a new one."""
    if level not in LEVELS:
        raise InvalidInput("level", f"{level!r} is none of {', '.join(LEVELS)}")
    if live not in (None, "bug", LIVE_BUILD):
        raise InvalidInput("live", f"must be 'bug' or {LIVE_BUILD!r}")
    least = SHORTEST_WITH_LIVE if live else 10
    if type(minutes) is not int or not least <= minutes <= 240:
        raise InvalidInput("minutes", f"must be a whole number from {least} to 240")
    past = interviews(journal.events())
    unfinished = [
        one for one in past if not one.finished and case in (None, one.case) and _is_in(bank, one)
    ]
    if unfinished and not new:
        return Mock(bank, unfinished[-1].id)
    chosen = find_case(bank, case or _least_rehearsed(bank, past))
    warm_ups, deep = _warm_ups(bank, level, minutes, past)
    stream_id = next_stream(STREAM, past)
    data = {
        "level": level, "minutes": minutes, "case": chosen.id,
        "warm_ups": [question.id for question in warm_ups], "deep": deep,
        "live": _seldom_hunted(bank, level, past) if live == "bug" else live or "",
    }  # fmt: skip
    journal.record("MockStarted", data, stream_id=stream_id)
    return Mock(bank, stream_id)


def _is_in(bank: Bank, state: State) -> bool:
    """Whether the bank still has all that an interview asks."""
    try:
        return state.step in path_of(bank, state)
    except (KeyError, InvalidInput):
        return False


def _least_rehearsed(bank: Bank, past: Sequence[State]) -> str:
    often = Counter(one.case for one in past)
    return min(bank.cases, key=lambda case: often[case.id]).id


def _seldom_hunted(bank: Bank, level: Level, past: Sequence[State]) -> str:
    often = Counter(one.live for one in past)
    return min(weighted_to(level, bank.bugs), key=lambda bug: often[bug.id]).id


def _warm_ups(
    bank: Bank, level: Level, minutes: int, past: Sequence[State]
) -> tuple[list[Question], str]:
    """Of different topics, those asked least often so far: two of your level, then one below. One
    of them goes as deep as a thread, where there is time; its id comes second."""
    often = Counter(name for one in past for name in one.warm_ups)
    seldom = sorted(spread_by_topic(bank.questions), key=lambda one: often[one.id])
    count = 1 if minutes < 20 else 2 if minutes < 40 else 3
    order = weighted_to(level, seldom)
    thread = None if count == 1 else next(one for one in order if len(one.follow_ups) == DEEP)
    chosen = [thread] if thread else []
    for question in order:
        if question.topic not in {one.topic for one in chosen}:
            chosen.append(question)
    return _of_levels(level, chosen, thread, count), thread.id if thread else ""


def _of_levels(
    level: Level, chosen: Sequence[Question], thread: Question | None, count: int
) -> list[Question]:
    """Two of the level and one below, if there is one; the thread among them, in the place that is
    of its level."""
    own = [one for one in chosen if one.level == level]
    below = [one for one in chosen if one.level != level] or own[2:]
    if count < 3 and thread in below:
        return [own[0], thread]
    return [*own[:2], *below[:1]][:count]
