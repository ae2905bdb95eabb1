"""What you remember of each card: a fold over its ratings, by the library fsrs.

Each rating is an event CardRated in the stream of its card ("card-order-two-times"), in
`es.journal`. So what you remembered yesterday is the same fold, stopped yesterday.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal
from zlib import crc32

from .. import journal
from ..decider import fold
from ..event import RecordedEvent, check_time, utc_now
from ..journal.standing import until

if TYPE_CHECKING:
    import fsrs

Rating = Literal[1, 2, 3, 4]
RATINGS: dict[Rating, str] = {1: "again", 2: "hard", 3: "good", 4: "easy"}
STREAM = "card-"


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

    def recall(self, at: datetime) -> float:
        """How likely you are to know it at a time, from 0 to 1, as the model has it."""
        return float(_scheduler().get_card_retrievability(self.card, at))


Memories = Mapping[str, Memory]


def memories(at: datetime | None = None) -> Memories:
    """What is remembered, by card id, of each card that was rated; at an aware time as it was
    then. Raises InvalidInput for a time without a zone."""
    moment = None if at is None else check_time("at", at)
    return remembered(until(journal.events(), moment))


def remembered(events: Iterable[RecordedEvent]) -> Memories:
    """What follows from these events: a fold for each card over its own."""
    by_card: dict[str, list[RecordedEvent]] = {}
    for event in events:
        if _is_rating(event):
            by_card.setdefault(event.data["card"], []).append(event)
    nothing: Memory | None = None
    states = {card: fold(_evolve, ratings, nothing) for card, ratings in by_card.items()}
    return {card: memory for card, memory in states.items() if memory}


def rated(memory: Memory | None, card_id: str, rating: Rating, at: datetime) -> Memory:
    """A card after one more rating. `None` stands for one that was never asked."""
    import fsrs

    before = memory or Memory(fsrs.Card(card_id=crc32(card_id.encode()), due=at))
    after, _ = _scheduler().review_card(before.card, fsrs.Rating(rating), at)
    forgotten = rating == 1 and before.ratings > 0
    return Memory(after, before.ratings + 1, before.lapses + forgotten)


def rate(card_id: str, rating: Rating) -> None:
    """Note that the card was rated, just now."""
    data = {"card": card_id, "rating": rating}
    journal.record("CardRated", data, stream_id=f"{STREAM}{card_id}")


def now() -> datetime:
    """The time, in one place, so that a test can set it."""
    return utc_now()


def _is_rating(event: RecordedEvent) -> bool:
    """Whether it is one that can be read: the journal is text, and anybody may write a line."""
    rating, card_id = event.data.get("rating"), event.data.get("card")
    known = type(rating) is int and rating in RATINGS
    return event.type == "CardRated" and isinstance(card_id, str) and known


def _evolve(memory: Memory | None, event: RecordedEvent) -> Memory | None:
    return rated(memory, event.data["card"], event.data["rating"], event.occurred_at)


@cache
def _scheduler() -> fsrs.Scheduler:
    import fsrs

    return fsrs.Scheduler(enable_fuzzing=False)  # the same ratings give the same dates
