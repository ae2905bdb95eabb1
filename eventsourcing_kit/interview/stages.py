"""What a mock interview asks, step by step, and what a good candidate would have said.

The design case goes through seven stages, each with its share of the time. After each comes a
follow-up, if the case has one of a level that fits how you rated yourself. One card
of the warm-up is a thread: the interviewer stays on it, up to four follow-ups deep, until an answer
is weak. The last ten minutes may be a small live task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import InvalidInput
from .build_state import stages as build_stages
from .corpus import Bug, Case, CaseLevel, Level, LevelFollowUp, Question, Rubric
from .deck import Block, words_to_drop

# Title and share of the minutes, in per cent.
STAGES: dict[str, tuple[str, int]] = {
    "warm-up": ("Warm-up", 20),
    "clarify": ("Clarify", 9),
    "events": ("Events and streams", 16),
    "store": ("Store and consistency", 15),
    "reads": ("Reads", 11),
    "scale": ("Scale", 10),
    "failure": ("Failure and security", 12),
    "wrap-up": ("Wrap-up", 7),
    "live": ("Live task", 0),
    "rubric": ("Rubric", 0),
}
LIVE_SECONDS = 600  # of an interview with a live task; the other stages share what is left
LIVE_BUILD = "build"  # the live task that is the first stage of a live build; others are bugs
DEEP = 4  # follow-ups of a card that can be a thread
# The level of a case's follow-up after a weak, a good and a strong answer, by the interview's.
# Cases have none for mid: who does well there is asked what a senior is asked.
NEXT_AT: dict[Level, tuple[CaseLevel, CaseLevel, CaseLevel]] = {
    "junior": ("junior", "junior", "senior"),
    "mid": ("junior", "senior", "senior"),
    "senior": ("junior", "senior", "staff"),
    "staff": ("senior", "staff", "staff"),
}
CASE_LEVELS: tuple[CaseLevel, ...] = ("junior", "senior", "staff")
# What a stage of the case and its follow-up are about; the other stages are about the case's topic.
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


@dataclass(frozen=True)
class Plan:
    """What an interview is made of. `deep` is the id of the warm-up that is a thread, and `live`
    the bug of the live task, or LIVE_BUILD; each may be empty."""

    level: Level
    case: Case
    warm_ups: Sequence[Question]
    deep: str = ""
    live: Bug | str = ""


def step_ids(plan: Plan, ratings: Mapping[str, int]) -> tuple[str, ...]:
    """The steps of an interview, in order: "warm-up-1", "warm-up-1-next", … "rubric-depth".

    The ratings open the way: a thread goes one deeper until an answer to a follow-up is weak.
    """
    ids: list[str] = []
    for number, question in enumerate(plan.warm_ups, 1):
        first = f"warm-up-{number}"
        ids += [first, f"{first}-next"]
        if question.id == plan.deep:
            ids += _deeper(f"{first}-next", ratings)
    for stage in list(STAGES)[1:-2]:
        ids += [stage, f"{stage}-next"] if _follow_up(stage, plan, ratings) else [stage]
    ids += ["live"] if plan.live else []
    return (*ids, *(f"rubric-{name}" for name in DIMENSIONS))


def _deeper(step_id: str, ratings: Mapping[str, int]) -> list[str]:
    """The follow-ups behind the first one of a thread, as far as they are open."""
    found = []
    before = step_id
    for depth in range(2, DEEP + 1):
        if ratings.get(before) == 1:
            break
        before = f"{step_id}-{depth}"
        found.append(before)
    return found


def depth_of(step_id: str) -> int:
    """How deep a follow-up is, from 1; 0 for what is asked first."""
    _, asked, depth = step_id.partition("-next")
    return int(depth.removeprefix("-") or 1) if asked else 0


def stage_of(step_id: str) -> str:
    """The stage that a step belongs to."""
    return next(stage for stage in STAGES if step_id == stage or step_id.startswith(f"{stage}-"))


def seconds_for(stage: str, minutes: int, live: bool = False) -> int:
    """The time that a stage has, in seconds; in an interview with a `live` task, if it is one."""
    if stage == "live":
        return LIVE_SECONDS if live else 0
    left = minutes * 60 - (LIVE_SECONDS if live else 0)
    return round(left * STAGES[stage][1] / 100)


def step(step_id: str, plan: Plan, ratings: Mapping[str, int]) -> Step:
    """What a step asks. Follow-ups depend on the ratings of the steps before them.

    Raises InvalidInput for a step that the interview has not.
    """
    stage, case = stage_of(step_id), plan.case
    if stage == "warm-up":
        question = warm_up_of(step_id, plan)
        if depth := depth_of(step_id):
            if question.id == plan.deep:
                return _thread(step_id, question, depth)
            before = ratings.get(step_id.removesuffix("-next"), 2)
            return _after_warm_up(step_id, question, before)
        said = _said(question, plan.level)
        return Step(step_id, stage, (question.question,), said, question.topic)
    if stage == "rubric":
        return _rubric(step_id, case)
    if stage == "live":
        return _live(step_id, plan)
    topic = TOPIC_OF.get(stage, case.topic)
    if depth_of(step_id):
        follow_up = _follow_up(stage, plan, ratings)
        if follow_up is None:
            raise InvalidInput("step", f"{stage!r} has no follow-up here")
        answer = (Block("A good answer", follow_up.answer),)
        return Step(step_id, stage, (follow_up.question,), answer, topic)
    return Step(step_id, stage, _asks(stage, case), _reference(stage, case), topic)


def warm_up_of(step_id: str, plan: Plan) -> Question:
    """The card that a step of the warm-up is about."""
    return plan.warm_ups[int(step_id.split("-")[2]) - 1]


def _said(question: Question, level: Level) -> tuple[Block, ...]:
    return (
        Block("Say", question.thirty_seconds),
        *_at_level(question, level),
        Block("Behind it", question.answer),
        words_to_drop(question.words),
    )


def _at_level(question: Question, level: Level) -> tuple[Block, ...]:
    """The answer as it is given at a level, and what would lift it, where the card has it."""
    if question.at_levels is None or question.lifts is None:
        return ()
    match level:
        case "junior":
            own, lift = question.at_levels.junior, question.lifts.senior
        case "staff":
            return (Block("At staff level", question.at_levels.staff),)
        case _:
            own, lift = question.at_levels.senior, question.lifts.staff
    return (Block(f"At {level} level", own), Block("What would lift it", lift))


def _thread(step_id: str, question: Question, depth: int) -> Step:
    """A follow-up of a thread. Each attacks the answer before it, so that answer is said with it;
    the first one's is still in your ear."""
    before, asked = question.follow_ups[max(0, depth - 2)], question.follow_ups[depth - 1]
    said = (f"Say you answered: {before.answer}",) if depth > 1 else ()
    return _answered(step_id, question, (*said, asked.question), asked.answer)


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


def _follow_up(stage: str, plan: Plan, ratings: Mapping[str, int]) -> LevelFollowUp | None:
    """The stage's own, of an easier level after a weak answer, of your own after a good one, of a
    harder one after a strong one; or else of the level beside. A staff engineer is not asked what
    a junior is."""
    wanted = CASE_LEVELS.index(NEXT_AT[plan.level][ratings.get(stage, 2) - 1])
    off = {one: abs(CASE_LEVELS.index(one.level) - wanted) for one in plan.case.follow_ups}
    near = [one for one in plan.case.follow_ups if one.stage == stage and off[one] <= 1]
    return min(near, key=lambda one: off[one], default=None)


def _live(step_id: str, plan: Plan) -> Step:
    """The live task: a fault to find in code, or the first stage of a live build."""
    if isinstance(plan.live, Bug):
        bug = plan.live
        why = (Block("Why", bug.explanation), Block("The cure", code=bug.cure))
        return Step(step_id, "live", (bug.question,), why, bug.topic)
    stage = build_stages()[0]
    file = f"Write it into store.py, in a class Store(folder): {stage.python}."
    good = Block("A good run has", stage.good)
    return Step(step_id, "live", (stage.task, file), (good,), "store")


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
