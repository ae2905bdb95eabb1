"""A drill: a session of cards that ends, the ones that are due before the ones that are new."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeVar

from .. import journal
from ..errors import InvalidInput
from . import claims, memory
from .colours import coloured
from .corpus import LEVELS, TOPICS, Level
from .deck import Card
from .memory import RATINGS, Memories, Rating, rated

LONGEST_ANSWER = 20_000  # characters


class Session:
    """Some cards, asked until each is known or left.

    A card that is rated "again" comes back after the others. Each rating is recorded at once, so
    leaving in the middle loses nothing.
    """

    def __init__(
        self, cards: Sequence[Card], new: int = 10, limit: int = 20, level: Level | None = None
    ) -> None:
        """At most `limit` cards, of which at most `new` were never asked; with a `level`, two of
        three new ones are of it, and the others of those below.

        Raises InvalidInput unless both are whole numbers, `new` from 0 and `limit` from 1.
        """
        for name, value, least in (("new", new, 0), ("limit", limit, 1)):
            if type(value) is not int or value < least:
                raise InvalidInput(name, f"must be a whole number from {least}")
        self._day = memory.interview_day(journal.events(), memory.now())
        self._known: dict[str, Any] = dict(memory.memories())
        due, fresh = queue(cards, self._known, memory.now(), self._day)
        if level is not None:
            fresh = weighted_to(level, fresh)
        chosen = [*due, *fresh[:new]][:limit]
        self._new = {card.id for card in fresh}
        self._left = deque(chosen)
        self._chosen = len(chosen)
        self._ratings = Counter[Rating]()
        self._missed: list[Card] = []
        self._shown: claims.Shown | None = None  # of the card that is asked now
        self._said = ""  # to the card that is asked now

    @property
    def card(self) -> Card | None:
        """The card that is asked now; None at the end."""
        return self._left[0] if self._left else None

    def rate(self, rating: int) -> None:
        """Say how well you knew the card: 1 again, 2 hard, 3 good, 4 easy.

        Raises InvalidInput for anything else, and where no card is left.
        """
        if type(rating) is not int or rating not in RATINGS:
            raise InvalidInput("rating", "must be 1 again, 2 hard, 3 good or 4 easy")
        if self.card is None:
            raise InvalidInput("rating", "comes after the end; start another drill")
        card, how = self._left.popleft(), rating
        self._shown = None
        memory.rate(card.id, how)
        self._said = ""
        self._known[card.id] = rated(
            self._known.get(card.id), card.id, how, memory.now(), self._day
        )
        self._ratings[how] += 1
        if how == 1:
            self._left.append(card)
            if card not in self._missed:
                self._missed.append(card)

    def answer(self, text: str) -> None:
        """Keep what you would say to the card, before you turn it; what is empty is not kept.

        Raises InvalidInput for what is no text, or too long, and where no card is left.
        """
        if not isinstance(text, str) or len(text) > LONGEST_ANSWER:
            raise InvalidInput("answer", f"must be text of at most {LONGEST_ANSWER:,} characters")
        if self.card is None:
            raise InvalidInput("answer", "comes after the end; start another drill")
        if text.strip():
            self._said = text.strip()
            memory.answer(self.card.id, self._said)

    def do(self, command: dict[str, Any]) -> None:
        """What the desk's browser asks for: {"rate": 3, "card": its id}, {"answer": "text", "card":
        its id} or {"show": its id}.

        What is asked of a card that is no longer there is dropped: a key was pressed twice.
        """
        if self.card is None:
            return
        if command.get("show") == self.card.id:
            self._shown = claims.show(self.card.id)
        elif command.get("card") != self.card.id:
            return
        elif "answer" in command:
            self.answer(command["answer"])
        else:
            self.rate(command.get("rate", 0))

    def view(self) -> dict[str, Any]:
        """All that the desk shows."""
        return {
            "card": None if self.card is None else card_view(self.card),
            "said": self._said,
            "again": self.card is not None and self.card in self._missed,
            "shows": self.card is not None and self.card.id in claims.by_card(),
            "shown": None if self._shown is None else _shown_view(self._shown),
            "left": len(self._left),
            "of": self._chosen,
            "ratings": {name: self._ratings[rating] for rating, name in RATINGS.items()},
            "next": {name: self._comes_back(rating) for rating, name in RATINGS.items()},
            "missed": [card.front[0].text for card in self._missed],
            "outlook": self._outlook(),
        }

    def _comes_back(self, rating: Rating) -> str:
        """When the card would be asked again after this rating."""
        if self.card is None or rating == 1:
            return "in this session" if self.card else ""
        card_id = self.card.id
        after = rated(self._known.get(card_id), card_id, rating, memory.now(), self._day)
        return f"in {interval_text(after.interval)}"

    def _outlook(self) -> str:
        if not self._chosen:
            return "Nothing is due and no new card is left here. Choose other topics, or come back."
        tomorrow = memory.now() + timedelta(days=1)
        soon = sum(known.due <= tomorrow for known in self._known.values())
        unseen = len(self._new - self._known.keys())
        if not soon:
            return f"Nothing is due until tomorrow at this time. Never asked: {unseen}."
        first = min(known.due for known in self._known.values()) - memory.now()
        return (
            f"Due until tomorrow at this time: {soon}, the first in "
            f"{interval_text(first)}: `es.interview.drill(new=0)`. Never asked: {unseen}."
        )


def queue(
    cards: Sequence[Card], known: Memories, at: datetime, day: date | None = None
) -> tuple[list[Card], list[Card]]:
    """The cards that are due, and those that were never asked.

    The longest overdue comes first; before the `day` of an interview the one that you will least
    probably know then, since there may be no time for all.
    """
    due = [card for card in cards if card.id in known and known[card.id].is_due(at)]
    new = [card for card in cards if card.id not in known]
    due.sort(key=lambda card: known[card.id].due)
    if day is not None:
        then = memory.midnight(day)
        due.sort(key=lambda card: known[card.id].recall(then))
    return due, spread_by_topic(new)


class _HasTopic(Protocol):
    @property
    def topic(self) -> str: ...


T = TypeVar("T", bound=_HasTopic)


def spread_by_topic(items: Sequence[T]) -> list[T]:
    """One of each topic in turn, so that a short session has something of everything."""
    turns = Counter[str]()
    keyed = []
    for place, item in enumerate(items):
        keyed.append((turns[item.topic], place, item))
        turns[item.topic] += 1
    return [item for _, _, item in sorted(keyed, key=lambda one: one[:2])]


class _HasLevel(_HasTopic, Protocol):
    @property
    def level(self) -> Level: ...


L = TypeVar("L", bound=_HasLevel)


def weighted_to(level: Level, items: Sequence[L]) -> list[L]:
    """Those up to a level: two of that level, then one of those below, and so on."""
    place = LEVELS.index(level)
    own = deque(item for item in items if item.level == level)
    below = deque(item for item in items if LEVELS.index(item.level) < place)
    mixed: list[L] = []
    while own or below:
        for source in (own, own, below):
            if source:
                mixed.append(source.popleft())
    return mixed


def card_view(card: Card) -> dict[str, Any]:
    """A card as the desk takes it."""
    import msgspec

    view: dict[str, Any] = msgspec.to_builtins(card)
    for block in (*view["front"], *view["back"]):
        if block["code"]:
            block["colours"] = coloured(block["code"], block["language"])
    return view | {"topic": TOPICS[card.topic]}


def _shown_view(shown: claims.Shown) -> dict[str, Any]:
    return asdict(shown) | {"colours": coloured(shown.code, "python")}


def interval_text(interval: timedelta) -> str:
    """1 minute, 3 days, 5 months: the largest unit, rounded."""
    seconds = interval.total_seconds()
    units = (("month", 2_629_746), ("day", 86_400), ("hour", 3_600), ("minute", 60))
    for name, length in units:
        if seconds >= length:
            count = round(seconds / length)
            return f"{count} {name}{'s' * (count != 1)}"
    return "now"
