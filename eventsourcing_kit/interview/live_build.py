"""The room of a live build: a clock, a stage's task, and a judge of what was written.

Each build is a stream in `es.journal` ("build-2026-11-23-1"): BuildStarted, StageJudged,
BuildHintTaken, ClockStarted, ClockStopped, ClockRead, BuildFinished, each with `elapsed`, the
seconds on its clock. What the judge found is remembered by its mistake; the history that shows it
is not kept, since judging again gives it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from .. import journal
from ..decider import fold
from ..errors import InvalidInput
from ..histories import Spawned, Verdict, command_of, judge
from .build_report import report
from .build_state import STREAM, State, builds, evolve, stages
from .sitting import Sitting, elapsed_of, next_stream

LONGEST_SAID = 200  # characters of what the judge said, where it knew no name for it
EARLIER = 8  # cases of each stage before the one that is judged: a change may have broken it

Written = str | Path | Sequence[str] | type


class LiveBuild(Sitting):
    """One build: what is asked now, and what became of what you wrote. It stands at a desk."""

    def __init__(self, stream_id: str, program: Written) -> None:
        super().__init__(stream_id)
        self._program = program
        self._verdict: Verdict | None = None
        self._hinted = False

    @property
    def state(self) -> State:
        """The build so far: a fold over its events."""
        return fold(evolve, journal.read_stream(self.id), State(self.id))

    @property
    def verdict(self) -> Verdict | None:
        """What the judge said last in this kernel."""
        return self._verdict

    def judge(self, elapsed: float = 0.0) -> Verdict:
        """Judge the current stage, and before it shortly those that were passed.

        Raises InvalidInput for a program that is not there, and after the end.
        """
        state = self.state
        if state.finished:
            raise InvalidInput("build", "is finished; begin another one with new=True")
        with TemporaryDirectory(prefix="eventsourcing-kit-", ignore_cleanup_errors=True) as folder:
            command = self._command(Path(folder))
            for stage in range(1, state.stage):
                verdict = judge(lambda: Spawned(command), stage, number=EARLIER)
                if not verdict.passed:
                    break
            else:
                verdict = judge(lambda: Spawned(command), state.stage)
        self._verdict, self._hinted = verdict, False
        self._record(
            "StageJudged", elapsed, stage=verdict.stage, passed=verdict.passed,
            mistake=verdict.mistake, steps=len(verdict.case), attempted=verdict.attempted,
            said="" if verdict.passed or verdict.mistake else verdict.plain[:LONGEST_SAID],
        )  # fmt: skip
        if verdict.passed and state.stage == len(stages()):
            self._finish(elapsed)
        return verdict

    def _finish(self, elapsed: float) -> None:
        self._record("BuildFinished", elapsed, passed=len(self.state.passed_at))

    def hint(self, elapsed: float = 0.0) -> str:
        """What to look at, by the mistake that was met. Raises InvalidInput in exam mode, and
        where nothing was judged."""
        if self.state.exam:
            raise InvalidInput("hint", "there is none in an exam")
        if self._verdict is None:
            raise InvalidInput("hint", "comes after a judgement")
        if self._verdict.hint and not self._hinted:
            self._hinted = True
            data = {"stage": self._verdict.stage, "mistake": self._verdict.mistake}
            self._record("BuildHintTaken", elapsed, **data)
        return self._verdict.hint

    def do(self, command: dict[str, Any]) -> None:
        """What the desk's browser asks for: one of "judge", "hint", "run", "finish" and "tick",
        with `elapsed`."""
        elapsed = elapsed_of(command)
        state = self.state
        match command:
            case {"judge": True}:
                self.judge(elapsed)
            case {"hint": True}:
                self.hint(elapsed)
            case {"run": bool() as on}:
                self.run(on, elapsed)
            case {"tick": True} if not state.finished:
                self._record("ClockRead", elapsed)
            case {"finish": True} if not state.finished:
                self._finish(elapsed)

    def view(self) -> dict[str, Any]:
        """All that the desk shows."""
        state, all_stages = self.state, stages()
        now = all_stages[state.stage - 1]
        return {
            "id": self.id,
            "program": name_of(self._program),
            "minutes": state.minutes,
            "exam": state.exam,
            "elapsed": state.elapsed,
            "running": state.running,
            "finished": state.finished,
            "stages": [
                {
                    "title": stage.title,
                    "passed": number in state.passed_at,
                    "tries": state.tries.get(number, 0),
                }
                for number, stage in enumerate(all_stages, 1)
            ],
            "number": state.stage,
            "task": now.task,
            "asks": now.asks,
            "python": now.python if is_python(self._program) else "",
            "verdict": self._said(state),
            "report": report(state, earlier(state)) if state.finished else "",
        }

    def _said(self, state: State) -> dict[str, Any] | None:
        verdict = self._verdict
        if verdict is None:
            return None
        broken, history = verdict.broken, verdict.history
        turns = history.turns() if history and verdict.attempted else ()
        title = stages()[verdict.stage - 1].title
        return {
            "passed": verdict.passed,
            "text": f"{title}: {verdict.plain if state.exam else verdict.met}",
            "right": list(broken.expected) if broken else [],
            "came": broken.came if broken else "",
            "hint": verdict.hint if self._hinted else "",
            "can_hint": bool(verdict.hint) and not state.exam and not self._hinted,
            "turns": [[turn.participant, turn.step, turn.note] for turn in turns],
        }

    def _command(self, folder: Path) -> list[str]:
        if not isinstance(self._program, type):
            return command_of(self._program)
        import cloudpickle

        path = folder / "store.pickle"
        path.write_bytes(cloudpickle.dumps(self._program))
        return command_of(path)


def name_of(program: Written) -> str:
    """A program in a few words: its file, its command, or its class."""
    if isinstance(program, type):
        return f"class {program.__name__}"
    return str(program) if isinstance(program, str | Path) else " ".join(map(str, program))


def is_python(program: Written) -> bool:
    """Whether it has methods that are called, and reads no lines of JSON itself."""
    return isinstance(program, type) or (
        isinstance(program, str | Path) and Path(program).suffix == ".py"
    )


def earlier(state: State) -> tuple[State, ...]:
    """The builds that were finished before this one began."""
    past = builds(journal.events())
    return tuple(one for one in past[: [b.id for b in past].index(state.id)] if one.finished)


def begin(program: Written, minutes: int, exam: bool, new: bool) -> LiveBuild:
    """The build that you did not finish, or a new one. Raises InvalidInput."""
    if type(minutes) is not int or not 5 <= minutes <= 240:
        raise InvalidInput("minutes", "must be a whole number from 5 to 240")
    if not isinstance(program, str | Path | type | list | tuple):
        raise InvalidInput("program", "must be a file, a class, or a command as a list")
    past = builds(journal.events())
    unfinished = [one for one in past if not one.finished and one.exam == exam]
    if unfinished and not new:
        return LiveBuild(unfinished[-1].id, program)
    stream_id = next_stream(STREAM, past)
    data = {"minutes": minutes, "exam": bool(exam), "program": name_of(program), "elapsed": 0.0}
    journal.record("BuildStarted", data, stream_id=stream_id)
    return LiveBuild(stream_id, program)
