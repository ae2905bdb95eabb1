"""How ready you are, by topic, and what to do next in the time you have.

Three things count, each from 0 to 1: what you remember of a topic's cards now, the exercises
solved in its chapters, and how you rated yourself in mock interviews. A card never asked counts
as not known, so nothing done is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .. import progress
from ..errors import InvalidInput
from ..event import check_time
from ..exercises import Exercise, chapters
from ..plots import Picture, picture, subplots
from ..progress.standing import Course, standings, until
from . import memory
from .bank import TOPICS, Bank
from .deck import Card, cards
from .memory import Memories, remembered
from .room import State, interviews, step_of
from .stages import stage_of

CARD_MINUTES = 0.75  # to answer a card aloud and to compare
MOCK_MINUTES = 45
WEIGHTS = {"drills": 0.5, "exercises": 0.25, "mocks": 0.25}
WHERE = {"drills": "cards remembered", "exercises": "exercises solved", "mocks": "mock interviews"}


@dataclass(frozen=True)
class Topic:
    """One topic: each part from 0 to 1, or None where the course has nothing of the kind."""

    name: str
    drills: float
    exercises: float | None
    mocks: float

    @property
    def ready(self) -> float:
        """All of it in a number, from 0 to 1."""
        parts = {key: getattr(self, key) for key in WEIGHTS}
        there = {key: value for key, value in parts.items() if value is not None}
        total = sum(WEIGHTS[key] for key in there)
        return float(sum(WEIGHTS[key] * value for key, value in there.items()) / total)


@dataclass(frozen=True)
class Readiness:
    """How ready you are at a time. It shows itself; `next` says what to do in `minutes`."""

    topics: tuple[Topic, ...]
    minutes: int
    next: tuple[str, ...]

    @property
    def ready(self) -> float:
        """The mean over the topics, from 0 to 1."""
        return sum(topic.ready for topic in self.topics) / len(self.topics)

    def __repr__(self) -> str:
        rows = [
            f"{TOPICS[topic.name]:32} {topic.ready:4.0%}   cards {topic.drills:4.0%}   exercises "
            f"{'   –' if topic.exercises is None else f'{topic.exercises:4.0%}'}   mocks "
            f"{topic.mocks:4.0%}"
            for topic in self.topics
        ]
        head = f"Ready: {self.ready:.0%}. Next, in {self.minutes} minutes:"
        return "\n".join([*rows, "", head, *(f"{i}. {x}" for i, x in enumerate(self.next, 1))])

    def picture(self) -> Picture:
        """A bar for each topic, in the parts that make it up."""
        figure, axes = subplots(figsize=(8, 0.28 * len(self.topics) + 1))
        names = [TOPICS[topic.name] for topic in self.topics]
        left = [0.0] * len(names)
        for part, weight in WEIGHTS.items():
            widths = [100 * _share(topic, part, weight) for topic in self.topics]
            axes.barh(names, widths, left=left, label=WHERE[part], height=0.7)
            left = [a + b for a, b in zip(left, widths, strict=True)]
        axes.set_xlim(0, 100)
        axes.set_xlabel("ready, per cent")
        axes.invert_yaxis()
        axes.legend(loc="upper center", bbox_to_anchor=(0.4, 1.14), ncols=3, frameon=False)
        return picture(figure, self._words())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        shown = self.picture()
        steps = "".join(f"<li>{step}</li>" for step in self.next)
        bundle: dict[str, str] = shown._repr_mimebundle_()
        head = f"<p><b>Ready: {self.ready:.0%}.</b> Next, in {self.minutes} minutes:</p>"
        html = f"{bundle['text/html']}{head}<ol>{steps}</ol>"
        return {"text/plain": repr(self), "text/html": html}

    def _words(self) -> str:
        parts = (f"{TOPICS[topic.name]} {topic.ready:.0%}" for topic in self.topics)
        return f"How ready you are by topic: {', '.join(parts)}."


def _share(topic: Topic, part: str, weight: float) -> float:
    """What a part adds to a topic's number."""
    value = getattr(topic, part)
    there = [w for key, w in WEIGHTS.items() if getattr(topic, key) is not None]
    return 0.0 if value is None else float(weight * value / sum(there))


def readiness(bank: Bank, minutes: int, at: datetime | None) -> Readiness:
    """How ready you are now, or were at an aware time. Raises InvalidInput for bad ones."""
    if type(minutes) is not int or not 5 <= minutes <= 10_080:
        raise InvalidInput("minutes", "must be a whole number from 5 to 10,080")
    moment = memory.now() if at is None else check_time("at", at)
    events = until(progress.events(), moment)
    known, course, past = remembered(events), standings(events), interviews(events)
    deck = cards(bank)
    topics = tuple(_topic(name, bank, deck, known, course, past, moment) for name in TOPICS)
    steps = _next(topics, deck, known, course, past, minutes, moment)
    return Readiness(topics, minutes, tuple(steps))


def _topic(
    name: str, bank: Bank, deck: Sequence[Card], known: Memories, course: Course,
    past: Sequence[State], at: datetime,
) -> Topic:  # fmt: skip
    mine = [card for card in deck if card.topic == name]
    recalls = [known[card.id].recall(at) if card.id in known else 0.0 for card in mine]
    tasks = _exercises(bank, name)
    solved = [_solved(course, task) for task in tasks]
    ratings = _mock_ratings(bank, name, past)
    return Topic(
        name,
        drills=_mean(recalls),
        exercises=_mean([float(one) for one in solved]) if solved else None,
        mocks=_mean([(rating - 1) / 2 for rating in ratings[-6:]]),
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _exercises(bank: Bank, topic: str) -> list[Exercise]:
    """Those of the chapters that most of the topic's questions belong to."""
    asked = [question.chapter for question in bank.questions if question.topic == topic]
    mine = {chapter for chapter in asked if asked.count(chapter) * 3 >= len(asked)}
    return [task for chapter in chapters() if chapter.number in mine for task in chapter]


def _solved(course: Course, task: Exercise) -> bool:
    standing = course.get((task.chapter, task.name))
    return standing is not None and standing.solved_at is not None


def _mock_ratings(bank: Bank, topic: str, past: Sequence[State]) -> list[int]:
    """How you rated the answers of a topic, the newest last."""
    found = []
    for state in past:
        for step_id, rating in state.ratings.items():
            try:
                asked = step_of(bank, state, step_id)
            except (KeyError, InvalidInput):  # the bank has changed since
                continue
            if asked.topic == topic and stage_of(step_id) != "rubric":
                found.append(rating)
    return found


def _next(
    topics: Sequence[Topic], deck: Sequence[Card], known: Memories, course: Course,
    past: Sequence[State], minutes: int, at: datetime,
) -> list[str]:  # fmt: skip
    """What to do first: an unfinished interview, what is due, then the weakest topics."""
    steps: list[str] = []
    left = float(minutes)
    unfinished = [one for one in past if not one.finished]
    if unfinished:
        rest = max(5.0, unfinished[-1].minutes - unfinished[-1].elapsed / 60)
        if rest <= left:
            steps.append(f"Finish your mock interview: es.interview.mock() ({rest:.0f} minutes)")
            left -= rest
    due = sum(card.id in known and known[card.id].due <= at for card in deck)
    if due and left >= 2:
        count = min(due, int(left / CARD_MINUTES))
        time = count * CARD_MINUTES
        steps.append(f"{_count(count, 'card')} due: es.interview.drill(new=0) ({time:.0f} minutes)")
        left -= count * CARD_MINUTES
    if not unfinished and left >= MOCK_MINUTES + 15:
        steps.append(f"A mock interview: es.interview.mock() ({MOCK_MINUTES} minutes)")
        left -= MOCK_MINUTES
    open_tasks = [task for chapter in chapters() for task in chapter if not _solved(course, task)]
    for topic in sorted(topics, key=lambda one: one.ready):
        new = sum(card.topic == topic.name and card.id not in known for card in deck)
        count = min(new, 10)
        if count and left >= 3:
            count = min(count, int(left / CARD_MINUTES))
            call = f'es.interview.drill("{topic.name}", new={count})'
            what = f"{TOPICS[topic.name]}, {_count(count, 'new card')}"
            steps.append(f"{what}: {call} ({count * CARD_MINUTES:.0f} minutes)")
            left -= count * CARD_MINUTES
        if len(steps) >= 6:
            break
    if open_tasks and left >= open_tasks[0].minutes and len(steps) < 7:
        steps.append(f"{open_tasks[0].heading} ({open_tasks[0].minutes} minutes)")
    return steps or ["Nothing is due and no card is new. Sleep."]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
