"""A condition over more than one stream: append, if nothing that mattered was added meanwhile.

A decision rests on the events that were read for it. Where these are one stream, its version
stands for them. Where they lie in several streams, a query stands for them: this is what is called
a dynamic consistency boundary (Sara Pellegrini and Milan Savić, "Kill Aggregate!", 2023; the terms
are those of dcb.events).

An event's tags are in its metadata: {"tags": ["customer:17"]}.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput
from ..event import RecordedEvent, check_name, check_text


@dataclass(frozen=True)
class Query:
    """Events of any of these types that have all of these tags. Empty means: any type, any tags.

    Raises InvalidInput for what is no text, and where both are empty: that would be every event.
    """

    types: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def __init__(self, types: Collection[str] = (), tags: Collection[str] = ()) -> None:
        for field, values, check in (("types", types, check_name), ("tags", tags, check_text)):
            if isinstance(values, str):
                raise InvalidInput(field, f"must be a list of texts, not the text {values!r}")
            object.__setattr__(self, field, frozenset(check(field, value) for value in values))
        if not self.types and not self.tags:
            raise InvalidInput("matching", "needs a type or a tag; without one it is every event")

    def matches(self, event: RecordedEvent) -> bool:
        """Whether this event is one of those, as it is here: for an engine that has no index."""
        tags = event.metadata.get("tags")
        has = {tag for tag in tags if isinstance(tag, str)} if isinstance(tags, list) else set()
        return (not self.types or event.type in self.types) and self.tags <= has

    def __str__(self) -> str:
        types = " or ".join(sorted(self.types)) or "any event"
        return types + (f" tagged {', '.join(sorted(self.tags))}" if self.tags else "")


@dataclass(frozen=True)
class AppendCondition:
    """Append only if nothing that matches was added after a position.

    `fail_if_match`: one Query or several; an event that fits any of them fails the append.
    `after`: the store's position up to which the decision had read; 0 is before the first event.
    """

    fail_if_match: tuple[Query, ...]
    after: int

    def __init__(self, fail_if_match: Query | Collection[Query], after: int) -> None:
        queries: Any = (fail_if_match,) if isinstance(fail_if_match, Query) else fail_if_match
        if not queries or not all(isinstance(query, Query) for query in queries):
            raise InvalidInput("fail_if_match", "must be a Query or several of them")
        if type(after) is not int or not 0 <= after < 2**63:
            raise InvalidInput("after", f"must be a position from 0, not {after!r}")
        object.__setattr__(self, "fail_if_match", tuple(queries))
        object.__setattr__(self, "after", after)
