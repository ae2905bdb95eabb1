"""CRUD beside events: the same commands change a row and append events; then both are asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import traitlets

from ...drawing.display import counted, exact_time_text, money_text
from ...errors import InvalidInput
from ...event import NewEvent, RecordedEvent, microseconds
from ..base import Widget, described, static, within
from .data import (
    Answer,
    ComparedEvent,
    ComparedStep,
    MarkedDay,
    PackedComparison,
    Question,
)
from .picture import changed, draw

Fact = NewEvent | RecordedEvent
Row = Mapping[str, Any]
AskRow = Callable[[Row], tuple[str | None, str]]
AskEvents = Callable[[Sequence[Any]], tuple[str | None, Sequence[Any]]]

NO_ROW = "There is no row."
NO_EVENTS = "Nothing has happened yet."
OPENING = 3  # commands; the end would show what a learner is to find


class RowsAndEvents(Widget):
    """A row that commands overwrite, beside the events that the same commands append.

    What is overwritten falls off the row, and lies beside it for the eye only. Where no command
    appends an event there is the row alone.

    Keys: left and right step from command to command (with Shift by ten), Home and End, Space
    plays, Q asks the next question.

    These traits follow, and may be set: `step`, how many commands have been carried out, from 0;
    `question`, the text of the question that is asked, or "" for none.
    """

    _esm = static("frame.js", "plot.js", "rows_and_events/view.js")

    step = traitlets.Int().tag(sync=True)
    question = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        steps: Iterable[tuple[str, Row | None, Sequence[Fact]]],
        questions: Iterable[tuple[str, AskRow, AskEvents]] = (),
        *,
        amounts: Collection[str] = ("amount", "balance", "overdraft_limit"),
        gist: Collection[str] = ("amount", "memo"),
        days: Mapping[str, date] | None = None,
        step: int = OPENING,
        question: str = "",
        title: str = "CRUD beside events",
    ) -> None:
        """Start after `step` commands, or after the last where there are fewer.

        A step is the text of a command, the row after it (None: there is none) and the events that
        it appended. `amounts` are the names of values that are minor units of the `currency` beside
        them, `gist` of those that an event shows before one asks for the rest of it, and `days` are
        marked on the axis by their names: those (in UTC) on which events occurred.

        A question is its text and two functions. The first is given the row as it stands, the
        second the list of the events so far, in order. Each gives a pair: the answer as text, or
        None where it cannot know; and why, which is a sentence about the row, and those of the
        events that answer. Neither is called where there is no row, or no event. Raises
        InvalidInput.
        """
        self._packed = pack(list(steps), list(questions), amounts, gist, days or {})
        self._questions = {each.text: each for each in self._packed.questions}
        super().__init__(
            title=title,
            packed=msgspec.json.encode(self._packed),
            step=min(step, len(self._packed.steps) - 1),
            question=question,
        )

    def __repr__(self) -> str:
        here = self._packed.steps[self.step]
        lost, kept = counted(here.overwritten, "value"), counted(here.events, "event")
        shown = (
            f"{counted(len(self._packed.steps) - 1, 'command')}; after command {self.step}: "
            f"{lost} overwritten"
        )
        if self._packed.events:
            shown += f", {kept} kept"
        answer = self._answer()
        if answer:
            row = answer.row or f"cannot know. {answer.why}"
            shown += f"; {self.question} Row: {row} Events: {answer.events or 'cannot know.'}"
        return f"RowsAndEvents({shown})"

    def picture(self) -> str:
        """The row, the events and both answers, as an SVG document."""
        return draw(self._packed, self.title, self.step, self.question, self._answer())

    def still(self) -> dict[str, str]:
        """The first commands and no question: what comes of them, and the answers, are the task."""
        step = min(OPENING, self.step)
        commands = counted(len(self._packed.steps) - 1, "command")
        words = f"RowsAndEvents({commands}; after command {step})"
        return described(draw(self._packed, self.title, step, "", None), words)

    def _answer(self) -> Answer | None:
        return self._questions[self.question].answers[self.step] if self.question else None

    @traitlets.validate("step")
    def _check_step(self, proposal: Any) -> int:
        return within("step", proposal["value"], 0, len(self._packed.steps) - 1, "there are steps")

    @traitlets.validate("question")
    def _check_question(self, proposal: Any) -> str:
        if proposal["value"] not in ("", *self._questions):
            known = "; ".join(self._questions) or "none"
            raise InvalidInput("question", f"{proposal['value']!r} is not here; there are: {known}")
        return str(proposal["value"])


# --- from steps to what the browser gets ---------------------------------------------------------


def pack(
    steps: list[tuple[str, Row | None, Sequence[Fact]]],
    questions: list[tuple[str, AskRow, AskEvents]],
    amounts: Collection[str],
    gist: Collection[str],
    days: Mapping[str, date],
) -> PackedComparison:
    """The steps as texts, with all answers after each. Raises InvalidInput."""
    if not steps:
        raise InvalidInput("steps", "is empty; give at least one (command, row, events)")
    texts = [text for text, *_ in questions]
    if len(set(texts)) != len(texts):
        raise InvalidInput("questions", "has the same text twice")
    packed = [ComparedStep("", None, 0, 0)]
    rows: list[Row | None] = [None]
    facts: list[Fact] = []
    for command, row, events in steps:
        facts += _checked(events)
        rows.append(row)
        shown = None if row is None else _texts(row, row.get("currency", ""), amounts)
        lost = len(changed(packed[-1].row, shown))
        packed.append(ComparedStep(command, shown, len(facts), packed[-1].overwritten + lost))
    after = [(row, facts[: step.events]) for row, step in zip(rows, packed, strict=True)]
    return PackedComparison(
        packed,
        [_event(number, fact, amounts, gist) for number, fact in enumerate(facts, 1)],
        [
            Question(text, [_ask(text, ask_row, ask_events, *state) for state in after])
            for text, ask_row, ask_events in questions
        ],
        [_marked(name, day, steps) for name, day in days.items()],
    )


def _marked(name: str, day: date, steps: list[tuple[str, Row | None, Sequence[Fact]]]) -> MarkedDay:
    on_it = [
        number
        for number, (_, _, events) in enumerate(steps, 1)
        if any(one.occurred_at and one.occurred_at.astimezone(UTC).date() == day for one in events)
    ]
    if not on_it:
        raise InvalidInput("days", f"no event occurred on {name!r}, {day}")
    return MarkedDay(name, on_it[0], on_it[-1])


def _checked(events: Sequence[Fact]) -> Sequence[Fact]:
    for event in events:
        if not isinstance(event, NewEvent | RecordedEvent):
            raise InvalidInput("steps", f"must hold events, not a {type(event).__name__}")
    return events


def _ask(
    text: str, ask_row: AskRow, ask_events: AskEvents, row: Row | None, events: Sequence[Fact]
) -> Answer:
    said, why = (None, NO_ROW) if row is None else ask_row(row)
    told, because = ask_events(list(events)) if events else (None, [])
    for one in (said, told):
        if one is not None and not isinstance(one, str):
            raise InvalidInput("questions", f"{text!r} got {one!r}; an answer is a text or None")
    marks = [i for i, event in enumerate(events) if any(event is one for one in because)]
    if len(marks) != len(because):
        raise InvalidInput("questions", f"{text!r} was answered by events that it was not given")
    return Answer(said, why, told, marks)


def _event(
    number: int, fact: Fact, amounts: Collection[str], gist: Collection[str]
) -> ComparedEvent:
    currency = fact.data.get("currency", "")
    data = _texts(fact.data, currency, amounts)
    time = "" if fact.occurred_at is None else _time(fact.occurred_at)
    short = [text for name, text in data if name in gist] or [text for _, text in data]
    return ComparedEvent(
        number, fact.type, time, short, data + _texts(fact.metadata, currency, amounts)
    )


def _texts(values: Row, currency: Any, amounts: Collection[str]) -> list[tuple[str, str]]:
    return [(name, _text(name, value, currency, amounts)) for name, value in values.items()]


def _text(name: str, value: Any, currency: Any, amounts: Collection[str]) -> str:
    if name in amounts and type(value) is int:
        return money_text(value, str(currency))
    if isinstance(value, datetime):
        return _time(value)
    return "NULL" if value is None else str(value)


def _time(time: datetime) -> str:
    return f"{time:%a} {exact_time_text(microseconds(time))}"
