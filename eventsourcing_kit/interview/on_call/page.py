"""The pages of the incidents: what lies in data/interview/incidents, a file each, in words."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from ..corpus import LEVELS, TOPICS, ChapterNumber, Id, Level, Text, Words, folder, parse


class Cause(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A cause that one may think of, and what the store says to it."""

    cause: Text
    speaks: Text


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that one may do first, and what comes of it. `is_right` is that of just one."""

    action: Text
    does: Text
    is_right: bool = False


class Wrong(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A repair that people try, and what teaches them better. Its code replaces the page's."""

    says: Text
    code: Text


class Origin(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where it happened: the report, and how it was repaired if that stands elsewhere."""

    title: Text
    by: Text
    url: Annotated[str, Meta(pattern="^https://")]
    repair_url: str = ""


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An incident in words.

    `call` is what the engineer on call is told. `cause` counts the causes from 1. `find` asks for
    something that only the store knows; `query` finds it. `code` is what runs in production and
    is at fault: a cell that defines `answer`; `cure` is the same repaired. `afterwards` is what
    the real project did, `cost` what that cost, as far as the source says it.
    """

    id: Id
    topic: Text
    level: Level
    title: Text
    chapter: ChapterNumber
    minutes: Annotated[int, Meta(ge=5, le=30)]
    words: Words
    call: Text
    causes: Annotated[tuple[Cause, ...], Meta(min_length=3, max_length=5)]
    cause: Annotated[int, Meta(ge=1)]
    find: Text
    query: Text
    actions: Annotated[tuple[Action, ...], Meta(min_length=2, max_length=4)]
    repair: Text
    answer: Text
    code: Text
    hint: Text
    cure: Text
    why: Text
    wrong: Annotated[tuple[Wrong, ...], Meta(min_length=1, max_length=3)]
    afterwards: Text
    cost: Text
    source: Origin

    @property
    def action(self) -> int:
        """The number of the right action, from 1."""
        return 1 + next(n for n, action in enumerate(self.actions) if action.is_right)


def pages() -> dict[str, Page]:
    """The pages by their ids, the easier ones first.

    Raises InvalidInput for a file that does not fit the schema.
    """
    return dict(_read(folder() / "incidents"))


@cache
def _read(where: Path) -> tuple[tuple[str, Page], ...]:
    found = [parse(path, Page) for path in sorted(where.glob("*.yaml"))]
    found.sort(key=lambda page: (LEVELS.index(page.level), list(TOPICS).index(page.topic)))
    return tuple((page.id, page) for page in found)
