"""Cards: whatever of the bank can be asked and answered, as a front and a back of blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ..errors import InvalidInput
from .claims import by_card
from .corpus import LEVELS, TOPICS, Bank, Bug, Estimate, Level, Question

Kind = Literal["question", "bug", "estimate"]
KINDS: tuple[Kind, ...] = ("question", "bug", "estimate")


@dataclass(frozen=True)
class Block:
    """A piece of a card: a `label`, and under it `text`, a list of `items`, or `code`.

    `marked` are the lines of the code to point at, from 1; `language` is the code's. A `folded` one
    shows its label alone until it is opened, where something can be opened. In text, `this` is
    code.
    """

    label: str = ""
    text: str = ""
    items: tuple[str, ...] = ()
    code: str = ""
    marked: tuple[int, ...] = ()
    language: str = ""
    folded: bool = False

    def __str__(self) -> str:
        code = (
            f"{number:3} {'>' if number in self.marked else ' '} {line}"
            for number, line in enumerate(self.code.splitlines(), 1)
        )
        items = (f"- {item}" for item in self.items)
        label = f"{self.label}:" if self.label else ""
        return "\n".join(filter(None, (label, self.text, *items, *code)))


@dataclass(frozen=True)
class Card:
    """A card. It shows its front; `back` is what to turn it for.

    A bug goes by its `title`, since its id says what is wrong.
    """

    id: str
    kind: Kind
    topic: str
    level: Level
    chapter: int
    front: tuple[Block, ...]
    back: tuple[Block, ...]
    title: str = ""

    def __repr__(self) -> str:
        head = f"{self.title or self.id} ({self.kind}, {TOPICS[self.topic]}, {self.level})"
        return "\n\n".join([head, *map(str, self.front)])


def cards(
    bank: Bank,
    topics: Sequence[str] = (),
    levels: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> tuple[Card, ...]:
    """The cards of these topics, levels and kinds, in the bank's order; of all, where none is
    named. Raises InvalidInput for a name that there is not."""
    _check("topic", topics, TOPICS)
    _check("level", levels, LEVELS)
    _check("kind", kinds, KINDS)
    found = [
        *map(_of_question, bank.questions),
        *map(_of_bug, bank.bugs),
        *map(_of_estimate, bank.estimates),
    ]
    return tuple(
        card
        for card in found
        if card.topic in (topics or TOPICS)
        and card.level in (levels or LEVELS)
        and card.kind in (kinds or KINDS)
    )


def _check(what: str, names: Iterable[str], known: Iterable[str]) -> None:
    known = tuple(known)
    for name in names:
        if name not in known:
            raise InvalidInput(what, f"{name!r} is none of {', '.join(known)}")


def _of_question(one: Question) -> Card:
    follow_ups = tuple(f"{each.question} {each.answer}" for each in one.follow_ups)
    back = (
        Block("Say", one.thirty_seconds),
        Block("Behind it", one.answer),
        *_at_levels(one),
        Block("They will ask next", items=follow_ups),
        Block("Red flags", items=one.red_flags),
        Block("A great answer adds", one.great_answer_adds),
        *_claim(one.id),
        words_to_drop(one.words),
    )
    front = (Block(text=one.question),)
    return Card(one.id, "question", one.topic, one.level, one.chapter, front, back)


def _claim(card_id: str) -> tuple[Block, ...]:
    """How to run what the card claims, for the cards where that can be done."""
    claim = by_card().get(card_id)
    if claim is None:
        return ()
    return (Block("Run it", f'{claim.says} `es.interview.show("{card_id}")`'),)


def _at_levels(one: Question) -> tuple[Block, ...]:
    """The answer at three levels with what lifts each to the next, for the cards that have it."""
    if one.at_levels is None or one.lifts is None:
        return ()
    items = (
        f"Junior: {one.at_levels.junior}",
        f"What lifts it to senior: {one.lifts.senior}",
        f"Senior: {one.at_levels.senior}",
        f"What lifts it to staff: {one.lifts.staff}",
        f"Staff: {one.at_levels.staff}",
    )
    return (Block("The same at three levels", items=items, folded=True),)


def _of_bug(one: Bug) -> Card:
    language = one.language
    front = (
        Block(text=one.question),
        Block("Where is the fault?", code=one.code, language=language),
    )
    back = (
        Block(f"{_lines(one.faulty_lines)}, and why", one.explanation),
        Block("The fault", code=one.code, marked=one.faulty_lines, language=language),
        Block("The cure", code=one.cure, language=language),
        Block("Run", f"{one.proof_says} The faulty code gives {one.seen_wrong!r}, the cured one "
              f"{one.seen_right!r}."),
        words_to_drop(one.words),
    )  # fmt: skip
    return Card(one.id, "bug", one.topic, one.level, one.chapter, front, back, one.heading)


def _lines(numbers: Sequence[int]) -> str:
    """Line 7; lines 7, 15 or 16."""
    *others, last = map(str, numbers)
    return f"Lines {', '.join(others)} or {last}" if others else f"Line {last}"


def _of_estimate(one: Estimate) -> Card:
    front = (Block(text=one.question), Block("Given", items=one.given))
    steps = tuple(
        f"{step.name}: {step.formula} = {number(step.value)}{f'. {step.why}' if step.why else ''}"
        for step in one.steps
    )
    back = (
        Block("About", f"{number(one.answer)} {one.unit}"),
        Block("Step by step", items=steps),
        Block("Say", one.say),
        Block("The trap", one.trap),
        words_to_drop(one.words),
    )
    return Card(one.id, "estimate", one.topic, one.level, one.chapter, front, back)


def words_to_drop(words: Sequence[str]) -> Block:
    """The field's terms for what a card is about, to be said while answering it."""
    return Block("Words to drop", " · ".join(words))


def number(value: float) -> str:
    """A number as one reads it: 1,500,000 or 0.25."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4g}"
