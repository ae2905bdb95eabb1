"""The report on a mock interview, in Markdown: to keep, and to compare with earlier ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .corpus import Bank
from .mock_state import State, find_case, step_of
from .sheets import Page
from .stages import DIMENSIONS, SCORES, STAGES, Step, seconds_for, stage_of, step_ids


def report(bank: Bank, state: State, earlier: Sequence[State]) -> Page:
    """What was asked, noted and rated, how long it took, and how it compares."""
    case = find_case(bank, state.case)
    day = f"{state.started_at:%Y-%m-%d}" if state.started_at else ""
    return Page(
        "\n".join(
            [
                f"# Mock interview: {case.title}",
                "",
                f"{day}, {state.level}, {clock(state.elapsed)} of {state.minutes}:00 minutes used.",
                "",
                "## Rubric",
                "",
                *_rubric(state),
                "",
                "## Time",
                "",
                *_time(state),
                "",
                "## Work on",
                "",
                *_work_on(bank, state),
                "",
                "## Compared with earlier ones",
                "",
                *_comparison(bank, state, earlier),
                "",
                "## What was asked, and your notes",
                "",
                *_transcript(bank, state),
            ]
        )
    )


def clock(seconds: float) -> str:
    """Minutes and seconds: 12:07."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def _rubric(state: State) -> list[str]:
    scores = state.scores
    rows = [
        f"| {title} | {SCORES[scores[name]] if name in scores else 'not rated'} |"
        for name, title in DIMENSIONS.items()
    ]
    return ["| Judged | You |", "| --- | --- |", *rows]


def _time(state: State) -> list[str]:
    rows = [
        f"| {title} | {clock(state.spent.get(name, 0))} | "
        f"{clock(seconds_for(name, state.minutes))} |"
        for name, (title, share) in STAGES.items()
        if share
    ]
    return ["| Stage | Used | Planned |", "| --- | --- | --- |", *rows]


def _work_on(bank: Bank, state: State) -> list[str]:
    weak = [name for name, rating in state.ratings.items() if rating == 1]
    asked = [name for name in step_ids(state.warm_ups) if stage_of(name) != "rubric"]
    skipped = [name for name in asked if name not in state.ratings]
    lines = [_again(step_of(bank, state, name)) for name in weak if name in asked]
    rubric = find_case(bank, state.case).rubric
    lines += [
        f"- {title}. In this case a good candidate: {getattr(rubric, name).good}"
        for name, title in DIMENSIONS.items()
        if state.ratings.get(f"rubric-{name}") == 1
    ]
    if skipped:
        lines.append(f"- Not rated: {len(skipped)} of {len(asked)} answers.")
    return lines or ["- Nothing was weak. Take a harder level, or a case that you have not had."]


def _again(step: Step) -> str:
    drill = f' Cards: es.interview.drill("{step.topic}")' if step.topic else ""
    return f"- {step.asks[-1]}{drill}"


def _comparison(bank: Bank, state: State, earlier: Sequence[State]) -> list[str]:
    if not earlier:
        return ["This is your first one."]
    titles = {case.id: case.title for case in bank.cases}
    head = "| Day | Case | Level | Minutes | " + " | ".join(DIMENSIONS.values()) + " |"
    rows = [
        f"| {one.started_at:%Y-%m-%d} | {titles.get(one.case, one.case)} | {one.level} | "
        f"{clock(one.elapsed)} | {' | '.join(_marks(one))} |"
        for one in [*earlier, state]
    ]
    return [head, f"| {' | '.join(['---'] * 8)} |", *rows]


def _marks(state: State) -> Iterable[str]:
    return (SCORES.get(state.scores.get(name, 0), "–") for name in DIMENSIONS)


def _transcript(bank: Bank, state: State) -> list[str]:
    lines = []
    for name in step_ids(state.warm_ups):
        if stage_of(name) == "rubric":
            continue
        asked = step_of(bank, state, name)
        rating = SCORES.get(state.ratings.get(name, 0), "not rated")
        part = STAGES[asked.stage][0] + ", follow-up" * name.endswith("-next")
        lines += [f"**{part}:** {asked.asks[-1]} ({rating})", ""]
        notes = state.notes.get(name, "").strip()
        lines += [*(f"> {plain(line)}" for line in notes.splitlines() or ["no notes"]), ""]
    return lines


def plain(text: str) -> str:
    """Text that Markdown takes as it stands: what is typed is never markup."""
    return re.sub(r"([\\`*_\[\]<>#|~$!&])", r"\\\1", text)
