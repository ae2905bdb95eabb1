"""The report on a mock interview, in Markdown: to keep, and to compare with earlier ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .claims import by_card
from .corpus import Bank
from .mock_state import State, find_case, path_of, plan_of, step_of
from .sheets import Page
from .stages import DIMENSIONS, SCORES, STAGES, depth_of, seconds_for, stage_of, warm_up_of


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
                *_red_flags(bank, state),
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
        f"{clock(seconds_for(name, state.minutes, bool(state.live)))} |"
        for name, (title, _) in STAGES.items()
        if seconds_for(name, state.minutes, bool(state.live))
    ]
    if rubric := state.spent.get("rubric", 0):  # the clock ran, and the sum is to be right
        rows.append(f"| Rubric | {clock(rubric)} | not timed |")
    return ["| Stage | Used | Planned |", "| --- | --- | --- |", *rows]


def _red_flags(bank: Bank, state: State) -> list[str]:
    """What you owned to, the sentence that comes nearest to it, and what it cost."""
    lines = []
    for name, flags in state.flags.items():
        rating, counted = (of.get(name, 0) for of in (state.ratings, state.counted))
        for flag, said in flags.items():
            where = f'You wrote "{plain(said)}"' if said else "You said it aloud"
            lines.append(
                f"- {where}, asked: {step_of(bank, state, name).asks[-1]} Red flag: {flag}"
            )
        if flags and rating:
            lines.append(f"- So {SCORES[rating]} counts as {SCORES[counted]}.")
    return ["## Red flags", "", *lines, ""] if lines else []


def _work_on(bank: Bank, state: State) -> list[str]:
    asked = [name for name in path_of(bank, state) if stage_of(name) != "rubric"]
    skipped = [name for name in asked if name not in state.ratings]
    weak = [name for name in asked if state.counted.get(name) == 1]
    lines = [*_drills(bank, state, weak), *_claims(bank, state, weak)]
    rubric = find_case(bank, state.case).rubric
    lines += [
        f"- {title}. In this case a good candidate: {getattr(rubric, name).good}"
        for name, title in DIMENSIONS.items()
        if state.ratings.get(f"rubric-{name}") == 1
    ]
    if state.tried is False:
        lines.append("- The live task was not done.")
    if skipped:
        lines.append(f"- Not rated: {len(skipped)} of {len(asked)} answers.")
    return lines or ["- Nothing was weak. Take a harder level, or a case that you have not had."]


def _drills(bank: Bank, state: State, weak: Iterable[str]) -> list[str]:
    """Each topic's drill once, and what was weak in it."""
    by_topic: dict[str, list[str]] = {}
    for name in weak:
        step = step_of(bank, state, name)
        by_topic.setdefault(step.topic, []).append(step.asks[-1])
    return [
        f'- `es.interview.drill("{topic}")` {" ".join(questions)}'
        for topic, questions in by_topic.items()
    ]


def _claims(bank: Bank, state: State, weak: Iterable[str]) -> list[str]:
    """The cells that run what was weak in the warm-up, each once."""
    plan, claims = plan_of(bank, state), by_card()
    cards = dict.fromkeys(warm_up_of(name, plan).id for name in weak if stage_of(name) == "warm-up")
    return [
        f'- `es.interview.show("{card}")` {claims[card].says}' for card in cards if card in claims
    ]


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
    for name in path_of(bank, state):
        if stage_of(name) == "rubric":
            continue
        asked = step_of(bank, state, name)
        said, counted = (SCORES.get(of.get(name, 0)) for of in (state.ratings, state.counted))
        rating = (said or "not rated") + f", counts as {counted}" * (said != counted)
        part = STAGES[asked.stage][0] + ", follow-up" * bool(depth_of(name))
        lines += [f"**{part}:** {asked.asks[-1]} ({rating})", ""]
        notes = state.notes.get(name, "").strip()
        lines += [*(f"> {plain(line)}" for line in notes.splitlines() or ["no notes"]), ""]
        if name in state.voices:
            lines += [f"Recorded: {plain(state.voices[name])}", ""]
    return lines


def plain(text: str) -> str:
    """Text that Markdown takes as it stands: what is typed is never markup."""
    return re.sub(r"([\\`*_\[\]<>#|~$!&])", r"\\\1", text)
