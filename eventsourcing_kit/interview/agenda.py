"""What is due: cards, bugs, numbers, exercises, incidents, the live build; each with its call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from .. import journal
from ..errors import InvalidInput
from ..event import check_time
from ..exercises import chapters
from ..journal.standing import exercise_of, until
from . import memory
from .corpus import Bank
from .deck import cards
from .on_call import pages
from .on_call.room import STREAM as INCIDENT
from .reviews import LIVE_BUILD

NAMED = 5  # cards whose questions are named; a drill asks them all


@dataclass(frozen=True)
class Group:
    """What is due of one kind: each title with the call that opens it.

    Where `call` is one for all of them, the titles have none of their own.
    """

    kind: str
    items: tuple[tuple[str, str], ...]
    call: str = ""

    def lines(self) -> Iterator[str]:
        """The kind with its count, and the titles under it, in Markdown."""
        yield f"**{self.kind}: {len(self.items)}**{_code(self.call)}"
        yield ""
        shown = self.items[:NAMED] if self.call else self.items
        yield from (f"- {title}{_code(call)}" for title, call in shown)
        if len(shown) < len(self.items):
            yield f"- and {len(self.items) - len(shown)} more"
        yield ""


@dataclass(frozen=True)
class Due:
    """What is due at a time, the longest overdue first, and the `day` of the interview, if one was
    named. It shows itself."""

    groups: tuple[Group, ...]
    at: datetime
    day: date | None = None

    def __len__(self) -> int:
        return sum(len(group.items) for group in self.groups)

    def _repr_markdown_(self) -> str:
        lines = [line for group in self.groups for line in group.lines()]
        return "\n".join([self._head(), "", *lines]).rstrip()

    def __repr__(self) -> str:
        return self._repr_markdown_().replace("**", "").replace("`", "")

    def _head(self) -> str:
        if self.day is None:
            until = "`es.interview.drill(until=…)` takes the day of your interview."
        else:
            days = (self.day - self.at.date()).days
            until = f"Your interview: {self.day.isoformat()}, in {days} day{'s' * (days != 1)}."
        return f"Due: {len(self)}. {until}" if len(self) else f"Nothing is due. {until}"


def due(bank: Bank, at: datetime | None = None) -> Due:
    """What is due now, or was at an aware time. Raises InvalidInput for a time without a zone."""
    moment = memory.now() if at is None else check_time("at", at)
    events = until(journal.events(), at)
    day = memory.interview_day(events, moment)
    names = _names(memory.remembered(events, day), moment)
    tasks = _names(memory.practised(events, day), moment)
    known = {card.id: card for card in cards(bank)}
    found = [known[name] for name in names if name in known]
    asked = [(card.front[0].text, "") for card in found if card.kind == "question"]
    bugs = {bug.id: bug for bug in bank.bugs}
    groups = (
        Group(
            "Cards", tuple(asked),
            f'es.interview.drill(kind="question", new=0, limit={max(1, len(asked))})',
        ),
        Group("Bugs", tuple(
            (bugs[card.id].title, f"es.interview.spot({bugs[card.id].number})")
            for card in found if card.kind == "bug"
        )),
        Group("Numbers", tuple(
            (card.front[0].text, f'es.interview.estimate("{card.id}")')
            for card in found if card.kind == "estimate"
        )),
        Group("Exercises", tuple(_exercises(tasks))),
        Group("Incidents", tuple(
            (pages()[name].title, f'es.interview.incident("{name}")')
            for name in (task.removeprefix(INCIDENT) for task in tasks) if name in pages()
        )),
        Group("Live build", tuple(
            ("A store in five stages", "es.interview.build(new=True)")
            for task in tasks if task == LIVE_BUILD
        )),
    )  # fmt: skip
    return Due(tuple(group for group in groups if group.items), moment, day)


def _names(known: memory.Memories, at: datetime) -> list[str]:
    """What is due of these, the longest overdue first."""
    found = [name for name, one in known.items() if one.is_due(at)]
    return sorted(found, key=lambda name: known[name].due)


def _exercises(tasks: Sequence[str]) -> Iterator[tuple[str, str]]:
    every = {chapter.number: chapter for chapter in chapters()}
    for key in map(exercise_of, tasks):
        if key is None or key[0] not in every:
            continue
        try:
            heading = every[key[0]][key[1]].heading
        except InvalidInput:  # it has gone since
            continue
        yield heading, f"es.exercises.chapter({key[0]}).{key[1]}"


def _code(call: str) -> str:
    return f" `{call}`" if call else ""
