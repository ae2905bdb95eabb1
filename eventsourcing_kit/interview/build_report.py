"""The report on a live build, in Markdown: what you did, beside a good run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..histories import MISTAKES
from .build_state import State, stages
from .report import clock, plain
from .sheets import Page

NOT_CHECKED = (
    "A power cut: a kill loses what your program has not handed to the system, not what the system "
    "has not written (call `fsync`).",
    "Two of your processes on one folder, large streams, and speed.",
    "A file that is written anew in place: what a crash in the middle of that leaves is tried for "
    "Python only.",
)


def report(state: State, earlier: Sequence[State]) -> Page:
    """When each stage was passed, after how many tries and which mistakes; a good run; the rest."""
    day = f"{state.started_at:%Y-%m-%d}" if state.started_at else ""
    mode = "exam, no hints" if state.exam else "with hints"
    passed = len(state.passed_at)
    return Page(
        "\n".join(
            [
                "# Live build",
                "",
                f"{day}, {plain(state.program)}, {mode}, {clock(state.elapsed)} of "
                f"{state.minutes}:00 minutes, {passed} of {len(stages())} stages.",
                "",
                "## You, beside a good run",
                "",
                "| Stage | Passed at | Tries | Hints | A good run, by our guess |",
                "| --- | --- | --- | --- | --- |",
                *_rows(state),
                "",
                "## What was met",
                "",
                *_met(state),
                "",
                "## What a good run has",
                "",
                *(f"- {stage.title}: {stage.good}" for stage in stages()),
                "",
                "## Not checked",
                "",
                *(f"- {each}" for each in NOT_CHECKED),
                "",
                "## Compared with earlier ones",
                "",
                *_comparison(state, earlier),
            ]
        )
    )


def _rows(state: State) -> Iterator[str]:
    for number, stage in enumerate(stages(), 1):
        at = clock(state.passed_at[number]) if number in state.passed_at else "not passed"
        good = clock(stage.by * 60 * state.minutes / 45)
        counts = f"{state.tries.get(number, 0)} | {state.hints.get(number, 0)}"
        yield f"| {stage.title} | {at} | {counts} | {good}, one or two tries |"


def _met(state: State) -> Iterator[str]:
    known = {mistake.name: mistake.met for mistake in MISTAKES}
    for number, names in sorted(state.met.items()):
        for name in dict.fromkeys(names):
            often = names.count(name)
            times = f" ({often} times)" if often > 1 else ""
            what = known.get(name) or plain(name) or "Something that has no name here."
            yield f"- {stages()[number - 1].title}: {what}{times}"
    if not state.met:
        yield "- Nothing. Take it in exam mode, or in a language that you know less."


def _comparison(state: State, earlier: Sequence[State]) -> list[str]:
    if not earlier:
        return ["This is your first one."]
    rows = [
        f"| {one.started_at:%Y-%m-%d} | {clock(one.elapsed)} | {len(one.passed_at)} | "
        f"{sum(one.tries.values())} | {sum(one.hints.values())} |"
        for one in [*earlier, state]
    ]
    return ["| Day | Minutes | Stages | Tries | Hints |", "| --- | --- | --- | --- | --- |", *rows]
