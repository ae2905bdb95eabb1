"""What you remember of each card and task: a fold over its reviews, by the library fsrs.

Each rating of a card is an event CardRated in the card's stream ("card-order-two-times"), in
`es.journal`; `reviews` says what else counts. So what you remembered yesterday is the same fold,
stopped yesterday. When a thing comes back depends on the day of the interview as well, which is
an event too (InterviewDated): with another day, the same reviews give other dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

from .. import journal
from ..errors import InvalidInput
from ..event import RecordedEvent, check_time, utc_now
from ..journal.standing import until
from .reviews import RATINGS, Rating, Review, reviews

if TYPE_CHECKING:
    import fsrs

__all__ = ["RATINGS", "Memories", "Memory", "Rating", "memories", "rate", "rated", "remembered"]

STREAM = "card-"
DAY_STREAM = "interview-day"
# How likely you are to know a thing when it comes back: far from the interview what fsrs has as
# its default, on its eve the most that FSRS is tuned for ("permissible range … 0.70 to 0.97",
# https://github.com/open-spaced-repetition/fsrs4anki/pull/621).
FAR, EVE = 0.90, 0.97
HALFWAY = timedelta(days=14)  # from the interview, the middle between the two; our guess
SOON = timedelta(hours=1)  # what is due within it counts as due: nobody comes back for a card


@dataclass(frozen=True)
class Memory:
    """How well one card is remembered. `lapses` counts how often it was forgotten."""

    card: fsrs.Card
    ratings: int = 0
    lapses: int = 0

    @property
    def due(self) -> datetime:
        """When to ask again."""
        return self.card.due

    @property
    def interval(self) -> timedelta:
        """How long from the last rating until it is due."""
        return self.card.due - (self.card.last_review or self.card.due)

    def is_due(self, at: datetime) -> bool:
        """Whether it is to be asked at a time, or soon after."""
        return self.due <= at + SOON

    def recall(self, at: datetime) -> float:
        """How likely you are to know it at a time, from 0 to 1, as the model has it."""
        return float(_scheduler().get_card_retrievability(self.card, at))


Memories = Mapping[str, Memory]


def memories(at: datetime | None = None) -> Memories:
    """What is remembered, by card id, of each card that was reviewed; at an aware time as it was
    then. Raises InvalidInput for a time without a zone."""
    moment = now() if at is None else check_time("at", at)
    events = until(journal.events(), at)
    return remembered(events, interview_day(events, moment))


def remembered(events: Iterable[RecordedEvent], day: date | None = None) -> Memories:
    """What follows of cards from these events, towards an interview on a day if there is one."""
    return _remembered((one for one in reviews(events) if not one.is_task), day)


def practised(events: Iterable[RecordedEvent], day: date | None = None) -> Memories:
    """The same of tasks, by their streams ("exercise-4-evolve_balance") and "live-build"."""
    return _remembered((one for one in reviews(events) if one.is_task), day)


def _remembered(found: Iterable[Review], day: date | None) -> Memories:
    known: dict[str, Memory] = {}
    for one in found:
        known[one.id] = rated(
            known.get(one.id), one.id, one.rating, one.at, day, in_minutes=one.drilled
        )
    return known


def rated(
    memory: Memory | None, card_id: str, rating: Rating, at: datetime, day: date | None = None,
    *, in_minutes: bool = True,
) -> Memory:  # fmt: skip
    """A card after one more rating. `None` stands for one that was never asked.

    Before the `day` of an interview it comes back sooner: the retention that is aimed at rises from
    0.90 to 0.97, and within a time that is left it is asked once more at the latest after two
    thirds to all of it (which share, its id decides, so that not all come on the eve). So all that
    you know is due again before the day begins, at 0:00 UTC, and the nearer the day the surer.

    Where it may not come back `in_minutes`, it comes back after a day at the soonest.
    """
    import fsrs

    before = memory or Memory(fsrs.Card(card_id=crc32(card_id.encode()), due=at))
    left = timedelta(0) if day is None else midnight(day) - at
    is_ahead = left > timedelta(0)
    if is_ahead:
        longest = left * (2 / 3 + crc32(card_id.encode()) % 100 / 300)
        scheduler = _scheduler(retention(left), max(1, longest.days), in_minutes=in_minutes)
    else:
        scheduler = _scheduler(in_minutes=in_minutes)
    after, _ = scheduler.review_card(before.card, fsrs.Rating(rating), at)
    if is_ahead:
        after.due = min(after.due, at + left)
    forgotten = rating == 1 and before.ratings > 0
    return Memory(after, before.ratings + 1, before.lapses + forgotten)


def retention(left: timedelta) -> float:
    """How likely you are to know a thing when it comes back, this long before the interview."""
    return FAR + (EVE - FAR) * (HALFWAY / (HALFWAY + left))


def rate(card_id: str, rating: Rating) -> None:
    """Note that the card was rated, just now."""
    data = {"card": card_id, "rating": rating}
    journal.record("CardRated", data, stream_id=f"{STREAM}{card_id}")


def answer(card_id: str, text: str) -> None:
    """Note what was answered to the card, just now. No memory follows from it."""
    data = {"card": card_id, "text": text}
    journal.record("AnswerTyped", data, stream_id=f"{STREAM}{card_id}")


def now() -> datetime:
    """The time, in one place, so that a test can set it."""
    return utc_now()


# --- the day of the interview --------------------------------------------------------------------


def midnight(day: date) -> datetime:
    """When a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


def interview_day(events: Iterable[RecordedEvent], at: datetime) -> date | None:
    """The day that was named last, unless it has begun by then."""
    named = [event.data.get("day") for event in events if event.type == "InterviewDated"]
    try:
        day = date.fromisoformat(str(named[-1])) if named else None
    except ValueError:  # somebody else wrote it
        return None
    return day if day is not None and at < midnight(day) else None


def plan(day: date | str) -> date:
    """Note the day of your interview, in the journal. Raises InvalidInput unless it is to come."""
    try:
        chosen = (
            date.fromisoformat(day) if isinstance(day, str) else date(day.year, day.month, day.day)
        )
    except (AttributeError, TypeError, ValueError):
        raise InvalidInput("until", "must be a date, or text such as 2030-12-31") from None
    if midnight(chosen) <= now():
        raise InvalidInput("until", f"must be a day to come, not {chosen.isoformat()}")
    if interview_day(journal.events(), now()) != chosen:
        journal.record("InterviewDated", {"day": chosen.isoformat()}, stream_id=DAY_STREAM)
    return chosen


@cache
def _scheduler(
    retention: float = FAR, longest: int = 36_500, *, in_minutes: bool = True
) -> fsrs.Scheduler:
    import fsrs

    steps = {} if in_minutes else {"learning_steps": (), "relearning_steps": ()}
    return fsrs.Scheduler(
        desired_retention=retention,
        maximum_interval=longest,
        enable_fuzzing=False,  # the same ratings give the same dates
        **steps,
    )
