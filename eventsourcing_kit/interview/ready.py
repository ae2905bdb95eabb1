"""How ready you are, by topic, and what to do next in the time you have.

Three things count, each from 0 to 1: what you remember of a topic's cards now, the exercises
solved in its chapters, and how you rated yourself in mock interviews. A card never asked counts
as not known, so nothing done is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from .. import journal
from ..drawing.plots import Picture
from ..errors import InvalidInput
from ..event import check_time
from ..exercises import Exercise, chapters
from ..journal.standing import Course, standings, until
from . import memory
from .corpus import TOPICS, Bank
from .deck import Card, cards
from .memory import Memories, remembered
from .mock_state import State, interviews, step_of
from .stages import stage_of
from .tracks import Track, inline, still

DUE_MINUTES = 1.0  # to answer a card aloud and to compare
NEW_MINUTES = 1.5  # the same, and to read all that is behind it
BUG_MINUTES = 2.0
WEIGHTS = {"drills": 0.5, "exercises": 0.25, "mocks": 0.25}
WHERE = {"drills": "cards remembered", "exercises": "exercises solved", "mocks": "mock interviews"}
# A guess at what is enough: cards at the 90% that the schedule aims at, half of the exercises, and
# "good" in the mock interviews, by the weights above.
GOAL = 0.7
NOTHING = "Nothing is due and no card is new. Sleep."

Answer = tuple[str, int]  # its topic, and how you rated it, from 1 to 3


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
class Planned:
    """One thing to do: `what`, the `call` that opens it (none for an exercise, which lies in its
    chapter), and the minutes that it takes."""

    what: str
    call: str
    minutes: float

    def __str__(self) -> str:
        call = f": {self.call}" if self.call else ""
        return f"{self.what}{call} ({self.minutes:.0f} minutes)"

    def html(self) -> str:
        """The same; one click marks the whole call, to be copied."""
        call = f'<br><code style="user-select:all">{escape(self.call)}</code>' if self.call else ""
        return f"{escape(self.what)} ({self.minutes:.0f} minutes){call}"


@dataclass(frozen=True)
class Readiness:
    """How ready you are at a time. It shows itself, what to do in `minutes` before all; `next` is
    the `plan` in words."""

    topics: tuple[Topic, ...]
    minutes: int
    plan: tuple[Planned, ...]

    @property
    def ready(self) -> float:
        """The mean over the topics, from 0 to 1."""
        return sum(topic.ready for topic in self.topics) / len(self.topics)

    @property
    def next(self) -> tuple[str, ...]:
        """What to do, in this order."""
        return tuple(map(str, self.plan)) or (NOTHING,)

    def __repr__(self) -> str:
        rows = [
            f"{TOPICS[topic.name]:32} {topic.name:16} {topic.ready:4.0%}   "
            f"cards {topic.drills:4.0%}   exercises "
            f"{'   –' if topic.exercises is None else f'{topic.exercises:4.0%}'}   "
            f"mocks {topic.mocks:4.0%}"
            for topic in self.topics
        ]
        head = f"Ready: {self.ready:.0%}. Next, in {self.minutes} minutes:"
        return "\n".join([head, *(f"{i}. {x}" for i, x in enumerate(self.next, 1)), "", *rows])

    def picture(self) -> Picture:
        """A track for each topic, filled by the parts that make it up, with a mark at GOAL."""
        return Picture(still(*self._drawing()), self._words())

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        steps = "".join(f"<li>{step.html()}</li>" for step in self.plan) or f"<li>{NOTHING}</li>"
        html = (
            f"<p><b>Ready: {self.ready:.0%}.</b> Next, in {self.minutes} minutes "
            f"(a click marks a call; copy it into a cell):</p><ol>{steps}</ol>{self._tracks()}"
        )
        return {"text/plain": repr(self), "text/html": html}

    def _tracks(self) -> str:
        """The tracks, folded as long as all of them are empty."""
        begun = self.ready > 0
        head = "Where you stand" if begun else f"{len(self.topics)} topics, and nothing counted yet"
        return (
            f"<details{' open' if begun else ''}><summary>{head}</summary>"
            f"{inline(*self._drawing())}</details>"
        )

    def _drawing(self) -> tuple[list[Track], list[str], float, str]:
        tracks = [
            Track(
                f"{TOPICS[topic.name]} · {topic.name}",
                tuple(_share(topic, part, weight) for part, weight in WEIGHTS.items()),
                f"{topic.ready:.0%}{' ✓' if topic.ready >= GOAL else ''}",
            )
            for topic in self.topics
        ]
        return tracks, list(WHERE.values()), GOAL, self._words()

    def _words(self) -> str:
        parts = [f"{TOPICS[topic.name]} {topic.ready:.0%}" for topic in self.topics]
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
    events = until(journal.events(), moment)
    known = remembered(events, memory.interview_day(events, moment))
    course, past = standings(events), interviews(events)
    deck = cards(bank)
    answers = _rated(bank, past)
    topics = tuple(_topic(name, bank, deck, known, course, answers, moment) for name in TOPICS)
    last = [one for one in past if one.finished][-1:]
    weak = {topic for topic, rating in _rated(bank, last) if rating == 1}
    steps = _next(topics, weak, deck, known, course, past, minutes, moment)
    return Readiness(topics, minutes, tuple(steps))


def _topic(
    name: str, bank: Bank, deck: Sequence[Card], known: Memories, course: Course,
    answers: Sequence[Answer], at: datetime,
) -> Topic:  # fmt: skip
    mine = [card for card in deck if card.topic == name]
    recalls = [known[card.id].recall(at) if card.id in known else 0.0 for card in mine]
    tasks = _exercises(bank, name)
    solved = [_solved(course, task) for task in tasks]
    ratings = [rating for topic, rating in answers if topic == name]
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


def _rated(bank: Bank, past: Sequence[State]) -> list[Answer]:
    """The answers that you rated in interviews, the newest last."""
    found: list[Answer] = []
    for state in past:
        for step_id, rating in state.counted.items():
            try:
                asked = step_of(bank, state, step_id)
            except (KeyError, InvalidInput):  # the bank has changed since
                continue
            if stage_of(step_id) != "rubric":
                found.append((asked.topic, rating))
    return found


def _next(
    topics: Sequence[Topic], weak: set[str], deck: Sequence[Card], known: Memories, course: Course,
    past: Sequence[State], minutes: int, at: datetime,
) -> list[Planned]:  # fmt: skip
    """What to do: an unfinished interview, what is due, the weakest topics, bugs, an interview.

    What was weak in your last finished interview comes before other topics; of topics that are
    equally weak the earlier one of the table.
    """
    steps: list[Planned] = []
    left = float(minutes)

    def plan(what: str, call: str, time: float) -> None:
        nonlocal left
        steps.append(Planned(what, call, time))
        left -= time

    unfinished = [one for one in past if not one.finished]
    if unfinished:
        rest = max(5.0, unfinished[-1].minutes - unfinished[-1].elapsed / 60)
        if rest <= left:
            plan("Finish your mock interview", "es.interview.mock()", rest)
    due = sum(card.id in known and known[card.id].is_due(at) for card in deck)
    if count := min(due, int(left / DUE_MINUTES)):
        call = f"es.interview.drill(new=0, limit={count})"
        plan(f"{_count(count, 'card')} due", call, count * DUE_MINUTES)

    mock = 0 if unfinished or left < 45 else 30 if left < 90 else 45
    unseen = [card for card in deck if card.id not in known]
    bugs = min(3, sum(card.kind == "bug" for card in unseen)) if left - mock >= 25 else 0
    left -= mock + bugs * BUG_MINUTES  # they come last, and have their time first
    for topic in sorted(topics, key=lambda one: (one.name not in weak, one.ready))[:4]:
        new = sum(card.topic == topic.name for card in unseen)
        if count := min(new, 10, int(left / NEW_MINUTES)):
            call = f'es.interview.drill("{topic.name}", new={count})'
            why = " (weak in your last interview)" if topic.name in weak else ""
            what = f"{TOPICS[topic.name]}{why}, {_count(count, 'new card')}"
            plan(what, call, count * NEW_MINUTES)
    open_tasks = [task for chapter in chapters() for task in chapter if not _solved(course, task)]
    if open_tasks and left >= open_tasks[0].minutes:
        plan(open_tasks[0].heading, "", open_tasks[0].minutes)
    if bugs:
        call = f'es.interview.drill(kind="bug", new={bugs})'
        plan(f"{_count(bugs, 'bug')} to find", call, bugs * BUG_MINUTES)
    if mock:
        call = f"es.interview.mock(minutes={mock})"
        plan("A mock interview", call, mock)
    return steps


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
