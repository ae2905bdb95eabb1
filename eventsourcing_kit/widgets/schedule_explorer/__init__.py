"""A race, in every order in which its steps can be taken: lanes to be rearranged by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
import traitlets

from ...errors import InvalidInput
from ..base import Widget, described, static
from .picture import draw

if TYPE_CHECKING:
    from ...schedules.explorer import Report, Run

MOST: Final = 2_000  # runs in one report


class ScheduleExplorer(Widget):
    """The schedules of a race: lanes with steps to move, defences to switch on, a count.

    The reader predicts what comes of a schedule before it is shown. `schedule` is the one in the
    lanes and `on` are the defences that are on; both follow the browser and may be set.

    Keys: on a step, left and right move it; N goes to the next schedule that breaks.
    """

    _esm = static("frame.js", "lanes.js", "schedule_explorer/view.js")

    schedule = traitlets.Unicode().tag(sync=True)
    on = traitlets.List(traitlets.Unicode()).tag(sync=True)

    def __init__(
        self,
        reports: Iterable[tuple[Sequence[str], Report]],
        *,
        title: str = "Every schedule of a race",
    ) -> None:
        """Begin with the first report. Each comes with the names of the defences that were on.

        Reports are what `es.schedules.explore` gives. Raises InvalidInput for none, for two with
        the same defences, and for runs without turns.
        """
        self._reports = {frozenset(names): (list(names), report) for names, report in reports}
        if not self._reports:
            raise InvalidInput("reports", "are none; give at least one")
        for _, report in self._reports.values():
            if not 1 <= len(report.runs) <= MOST:
                raise InvalidInput("reports", f"{report.scenario}: must have 1 to {MOST:,} runs")
            if not all(run.turns for run in report.runs):
                raise InvalidInput("reports", f"{report.scenario}: a run has no turns")
        names, first = next(iter(self._reports.values()))
        super().__init__(
            title=title,
            packed=msgspec.json.encode(
                [_packed(names, report) for names, report in self._reports.values()]
            ),
            on=names,
            schedule=first.runs[0].schedule,
        )

    def __repr__(self) -> str:
        broken = sum(bool(run.broken) for run in self._report.runs)
        said = f"{broken:,} of {len(self._report.runs):,} schedules break"
        return f"ScheduleExplorer({self._report.scenario}: {said}; at {self._run.schedule})"

    @property
    def _report(self) -> Report:
        return self._reports[frozenset(self.on)][1]

    @property
    def _run(self) -> Run:
        """The run in the lanes; the first one where this report has no such schedule."""
        runs = self._report.runs
        return next((run for run in runs if run.schedule == self.schedule), runs[0])

    def picture(self) -> str:
        """The lanes of the schedule, and the counts of all reports, as an SVG document."""
        counts = [
            (report.scenario, sum(bool(run.broken) for run in report.runs), len(report.runs))
            for _, report in self._reports.values()
        ]
        run = self._run
        turns = [(turn.participant, turn.step, turn.note) for turn in run.turns]
        problems = [f"{name}: {problem}" for name, problem in run.broken]
        sign = "✕" if problems else "✓"
        came_of_it = f"{run.schedule}: {sign} {run.outcome}"
        return draw(self.title, turns, came_of_it, problems, counts, repr(self))

    def still(self) -> dict[str, str]:
        """The lanes as the schedule asks for them, without what came of it: that is the task."""
        run = self._run
        turns = [(name, step, "") for name, step in _planned(_steps(self._report), run.schedule)]
        words = f"ScheduleExplorer({self._report.scenario}; at {run.schedule})"
        return described(draw(self.title, turns, f"Schedule {run.schedule}", [], [], words), words)

    @traitlets.validate("on")
    def _check_on(self, proposal: Any) -> list[str]:
        if frozenset(proposal["value"]) not in self._reports:
            raise InvalidInput("on", f"no report has just {', '.join(proposal['value']) or 'none'}")
        return list(proposal["value"])

    @traitlets.validate("schedule")
    def _check_schedule(self, proposal: Any) -> str:
        known = {run.schedule for _, report in self._reports.values() for run in report.runs}
        if proposal["value"] not in known:
            raise InvalidInput("schedule", f"{proposal['value']!r} was not run")
        return str(proposal["value"])


def _steps(report: Report) -> dict[str, list[tuple[str, str]]]:
    """By letter the steps of a participant in their order, each with his name."""
    steps: dict[str, dict[int, str]] = {}
    for run in report.runs:
        for turn in run.turns:
            steps.setdefault(turn.participant, {})[turn.number] = turn.step
    names = {run.schedule[0]: run.turns[0].participant for run in report.runs}  # nobody waits yet
    one = report.runs[0]
    nameless = [letter for letter in dict.fromkeys(one.schedule) if letter not in names]
    came = dict.fromkeys(turn.participant for turn in one.turns)
    others = [name for name in came if name not in names.values()]
    names |= dict(zip(nameless, others, strict=True))
    return {
        letter: [(name, step) for _, step in sorted(steps[name].items())]
        for letter, name in names.items()
    }


def _planned(steps: dict[str, list[tuple[str, str]]], schedule: str) -> list[tuple[str, str]]:
    """Whose turns a schedule asks for, and the names of the steps.

    Fewer may be taken, or in another order: who is refused takes no more, who waits is passed.
    """
    left = {letter: iter(own) for letter, own in steps.items()}
    return [next(left[letter], (steps[letter][0][0], "…")) for letter in schedule]


def _packed(names: Sequence[str], report: Report) -> dict[str, Any]:
    steps = _steps(report)
    return {
        "on": list(names),
        "scenario": report.scenario,
        "schedules": report.schedules,
        "watched": report.watched,
        "runs": [
            {
                "schedule": run.schedule,
                "outcome": run.outcome,
                "planned": _planned(steps, run.schedule),
                "turns": [
                    [turn.participant, turn.step, turn.note, turn.saw, turn.after]
                    for turn in run.turns
                ],
                "broken": [f"rule “{name}” is broken: {problem}" for name, problem in run.broken],
            }
            for run in report.runs
        ],
    }
