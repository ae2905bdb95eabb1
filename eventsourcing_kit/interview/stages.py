"""What a mock interview asks, step by step, and what a good candidate would have said.

The design case goes through seven stages, each with its share of the time. After three of them
comes a follow-up on the whole design, of a level that follows from how you rated yourself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .corpus import Case, CaseLevel, Level, LevelFollowUp, Question, Rubric
from .deck import Block, words_to_drop

# Title and share of the minutes, in per cent.
STAGES: dict[str, tuple[str, int]] = {
    "warm-up": ("Warm-up", 16),
    "clarify": ("Clarify", 10),
    "events": ("Events and streams", 16),
    "store": ("Store and consistency", 16),
    "reads": ("Reads", 11),
    "scale": ("Scale", 12),
    "failure": ("Failure and security", 13),
    "wrap-up": ("Wrap-up", 6),
    "rubric": ("Rubric", 0),
}
FOLLOWED = ("store", "scale", "failure")  # each has a follow-up of the case
# The level of a case's follow-up after a weak, a good and a strong answer, by the interview's.
# Cases have none for mid: who does well there is asked what a senior is asked.
NEXT_AT: dict[Level, tuple[CaseLevel, CaseLevel, CaseLevel]] = {
    "junior": ("junior", "junior", "senior"),
    "mid": ("junior", "senior", "senior"),
    "senior": ("junior", "senior", "staff"),
    "staff": ("senior", "staff", "staff"),
}
# What a stage of the case is about; the other stages, and follow-ups, count for the case's topic.
TOPIC_OF = {"events": "store", "store": "concurrency", "reads": "projections", "scale": "scale",
            "failure": "operation"}  # fmt: skip
STRONGER = "You call that strong. What could you add that few would think of?"
DIMENSIONS = {
    "communication": "Communication",
    "correctness": "Correctness",
    "depth": "Depth",
    "trade_offs": "Trade-offs",
}
SCORES = {1: "weak", 2: "good", 3: "strong"}


@dataclass(frozen=True)
class Step:
    """One thing that is asked. `answer` is shown when you ask for it."""

    id: str
    stage: str
    asks: tuple[str, ...]
    answer: tuple[Block, ...]
    topic: str = ""


def step_ids(warm_ups: Sequence[str]) -> tuple[str, ...]:
    """The steps of an interview, in order: "warm-up-1", "warm-up-1-next", … "rubric-depth"."""
    ids = [
        name
        for number in range(1, len(warm_ups) + 1)
        for name in (f"warm-up-{number}", f"warm-up-{number}-next")
    ]
    for stage in list(STAGES)[1:-1]:
        ids += [stage, f"{stage}-next"] if stage in FOLLOWED else [stage]
    return (*ids, *(f"rubric-{name}" for name in DIMENSIONS))


def stage_of(step_id: str) -> str:
    """The stage that a step belongs to."""
    return next(stage for stage in STAGES if step_id == stage or step_id.startswith(f"{stage}-"))


def seconds_for(stage: str, minutes: int) -> int:
    """The time that a stage has, in seconds."""
    return round(minutes * 60 * STAGES[stage][1] / 100)


def step(
    step_id: str, level: Level, case: Case, warm_ups: Sequence[Question], ratings: Mapping[str, int]
) -> Step:
    """What a step asks. Follow-ups depend on the ratings of the steps before them."""
    stage = stage_of(step_id)
    before = ratings.get(step_id.removesuffix("-next"), 2)
    if stage == "warm-up":
        question = warm_ups[int(step_id.split("-")[2]) - 1]
        if step_id.endswith("-next"):
            return _after_warm_up(step_id, question, before)
        return Step(step_id, stage, (question.question,), _said(question), question.topic)
    if stage == "rubric":
        return _rubric(step_id, case)
    if step_id.endswith("-next"):
        follow_up = _follow_up(stage, level, case, ratings)
        answer = (Block("A good answer", follow_up.answer),)
        return Step(step_id, stage, (follow_up.question,), answer, case.topic)
    topic = TOPIC_OF.get(stage, case.topic)
    return Step(step_id, stage, _asks(stage, case), _reference(stage, case), topic)


def _said(question: Question) -> tuple[Block, ...]:
    return (
        Block("Say", question.thirty_seconds),
        Block("Behind it", question.answer),
        Block("Red flags", items=question.red_flags),
        words_to_drop(question.words),
    )


def _after_warm_up(step_id: str, question: Question, rating: int) -> Step:
    """The first follow-up after a weak answer, the second after a good one, the last and hardest
    after a strong one.

    Where they go four deep each attacks the answer before it, so that answer is said with it.
    """
    asked = question.follow_ups
    if rating == 3 and len(asked) < 3:
        asks = (f"{STRONGER} {question.question}",)
        return _answered(step_id, question, asks, question.great_answer_adds)
    place = len(asked) - 1 if rating == 3 else min(rating, len(asked)) - 1
    before = asked[place - 1 : place] if place and len(asked) > 3 else ()
    said = (f"Say you were asked: {one.question} You answered: {one.answer}" for one in before)
    return _answered(step_id, question, (*said, asked[place].question), asked[place].answer)


def _answered(step_id: str, question: Question, asks: tuple[str, ...], answer: str) -> Step:
    return Step(step_id, "warm-up", asks, (Block("A good answer", answer),), question.topic)


def _follow_up(stage: str, level: Level, case: Case, ratings: Mapping[str, int]) -> LevelFollowUp:
    """One of an easier level after a weak answer, of your own after a good one, of a harder one
    after a strong one; none twice."""
    used: list[LevelFollowUp] = []
    for each in FOLLOWED[: FOLLOWED.index(stage) + 1]:
        wanted = NEXT_AT[level][ratings.get(each, 2) - 1]
        free = [one for one in case.follow_ups if one not in used]
        used.append(next((one for one in free if one.level == wanted), free[0]))
    return used[-1]


_PROMPTS = {
    "events": "Which streams are there, which events, and which rules must never be broken? "
    "Say what guards each rule.",
    "store": "Where do the events go, how are they written, and what happens when two write at "
    "once?",
    "reads": "Who reads what? Name the read models, how they are fed, and how stale each may be.",
    "scale": "Now with the numbers: how much is written, kept and replayed? Where does it stop "
    "scaling, and what do you do then?",
    "failure": "What breaks, how do you notice, how do you repair it? Who may see and do what?",
    "wrap-up": "Two minutes: the design in five sentences, the trade-off you like least, and what "
    "you would do next.",
}


def _asks(stage: str, case: Case) -> tuple[str, ...]:
    if stage == "clarify":
        return (case.prompt, "Ask what you need to know, and note what you assume.")
    return (_PROMPTS[stage],)


def _reference(stage: str, case: Case) -> tuple[Block, ...]:
    design = case.design
    match stage:
        case "clarify":
            asked = tuple(f"{one.ask} {one.answer} ({one.why})" for one in case.clarify)
            return (Block("A good candidate asks", items=asked),)
        case "events":
            events = tuple(f"`{one.stream}` {one.type}: {one.data}" for one in case.events)
            return (
                Block("Streams and events", items=events),
                Block("Never broken", items=case.invariants),
                Block("Why so", design.events_and_streams),
            )
        case "store":
            return (Block("One good design", design.store_and_consistency),)
        case "reads":
            return (Block("One good design", design.reads),)
        case "scale":
            numbers = tuple(f"{one.name}: {one.how}: {one.result}" for one in case.numbers)
            return (Block("Numbers", items=numbers), Block("One good design", design.scale))
        case "failure":
            failures = tuple(f"{one.what} {one.then} {one.cure}" for one in case.failures)
            return (
                Block("One good design", design.failure_and_security),
                Block("Failures", items=failures),
            )
        case _:
            choices = tuple(
                f"{one.choice}. Instead of: {one.instead_of}. {one.because} Change it if: "
                f"{one.change_if}"
                for one in case.trade_offs
            )
            return (
                Block("Say", design.wrap_up),
                Block("Trade-offs", items=choices),
                Block("The design in words", case.diagram.words),
            )


def _rubric(step_id: str, case: Case) -> Step:
    name = step_id.removeprefix("rubric-")
    rubric: Rubric = getattr(case.rubric, name)
    levels = tuple(f"{SCORES[key]}: {getattr(rubric, SCORES[key])}" for key in SCORES)
    asks = (f"{DIMENSIONS[name]}: read your notes again. Which of the three were you?",)
    return Step(step_id, "rubric", asks, (Block("In this case", items=levels),))
