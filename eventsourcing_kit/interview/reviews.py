"""What counts as a review: everything here that can be known or not, and how well it went.

A card is rated by yourself, from 1 to 4. What is checked is rated by what happened: done at once
is 3 good, done after a miss or a hint is 2 hard, shown or not done is 1 again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from ..event import RecordedEvent

Rating = Literal[1, 2, 3, 4]
RATINGS: dict[Rating, str] = {1: "again", 2: "hard", 3: "good", 4: "easy"}
LIVE_BUILD = "live-build"
STAGES_OF_A_BUILD = 5


@dataclass(frozen=True)
class Review:
    """One review of a card or a task (an exercise, an incident, the live build), by its id.

    A `drilled` one is a card's that was turned in a drill, where it may come back in minutes.
    """

    id: str
    rating: Rating
    at: datetime
    is_task: bool
    drilled: bool = False


def reviews(events: Iterable[RecordedEvent]) -> Iterator[Review]:
    """The reviews that lie in these events, in their order. What cannot be read is none."""
    best: dict[str, int] = {}  # by id, what can still come of the present go
    for event in events:
        said = _said(event)
        if said is None:
            continue
        name, rating, is_over = said
        best[name] = min(rating, best.get(name, 4))
        if is_over:
            reached = cast(Rating, best.pop(name))
            is_task = name == LIVE_BUILD or name == event.stream_id
            yield Review(name, reached, event.occurred_at, is_task, event.type == "CardRated")


def _said(event: RecordedEvent) -> tuple[str, int, bool] | None:
    """Of what, the best rating that it leaves, and whether it ends a go at it."""
    task = event.stream_id
    match event.type, event.data:
        case "CardRated", {"card": str(card), "rating": int(rating)}:
            is_rating = rating in RATINGS and not isinstance(rating, bool)
            return (card, rating, True) if is_rating else None
        case "BugSought", {"card": str(card), "right": bool(right)}:
            return card, 3 if right else 2, right
        case "BugShown", {"card": str(card)}:
            return card, 1, True
        case "NumberEstimated", {"card": str(card), "right": False, "go": 1}:
            return card, 2, False  # there is another one
        case "NumberEstimated", {"card": str(card), "right": bool(right)}:
            return card, 3 if right else 1, True
        case "HintTaken", {"exercise": str()}:
            return task, 2, False
        case "SolutionShown", {"exercise": str()}:
            return task, 1, False
        case "ExerciseSolved", {"exercise": str()}:
            return task, 3, True
        case "RepairTried", {"incident": str(), "right": bool(right)}:
            return task, 3 if right else 2, right
        case "StepShown", {"incident": str(), "step": step}:
            return task, 1, step == "repair"
        case "BuildHintTaken", _:
            return LIVE_BUILD, 2, False
        case "BuildFinished", {"passed": int(passed)}:
            return LIVE_BUILD, 3 if passed == STAGES_OF_A_BUILD else 1, True
    return None
