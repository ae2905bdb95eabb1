"""What CRUD beside events sends to the browser."""

from __future__ import annotations

import msgspec


class ComparedEvent(msgspec.Struct, frozen=True):
    """An event as texts: its number from 1, when it occurred, the gist of it, and all its facts."""

    number: int
    type: str
    time: str
    gist: list[str]
    facts: list[tuple[str, str]]


class ComparedStep(msgspec.Struct, frozen=True):
    """What stands after a command. Step 0, before the first, has the command ""."""

    command: str
    row: list[tuple[str, str]] | None
    events: int  # how many there are by now
    overwritten: int  # values of the row that are gone by now


class Answer(msgspec.Struct, frozen=True):
    """What both said at one step; None where it cannot know. `marks` are places of events."""

    row: str | None
    why: str
    events: str | None
    marks: list[int]


class Question(msgspec.Struct, frozen=True):
    """A question, and the answers to it after each step."""

    text: str
    answers: list[Answer]


class MarkedDay(msgspec.Struct, frozen=True):
    """A day that is marked on the axis: the first and the last command whose events it has."""

    name: str
    first: int
    last: int


class PackedComparison(msgspec.Struct, frozen=True):
    """All that the browser needs, sent once."""

    steps: list[ComparedStep]
    events: list[ComparedEvent]
    questions: list[Question]
    days: list[MarkedDay]
