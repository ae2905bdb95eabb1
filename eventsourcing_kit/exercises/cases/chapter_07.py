"""Cases of chapter 7: load from a snapshot, trust it or not, when to take one, closing books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st

from ...event import RecordedEvent
from .. import Compare, Test, from_pages
from ..histories import FEW, histories, history

TESTS: dict[str, Test] = {}

Snapshot = tuple[int, int]  # version, balance


def _balance_at(events: list[RecordedEvent], version: int) -> int:
    signs = {"MoneyDeposited": 1}
    return sum(signs.get(event.type, -1) * event.data["amount"] for event in events[:version])


def _with_snapshot(
    events: list[RecordedEvent],
) -> st.SearchStrategy[tuple[list[RecordedEvent], Snapshot | None]]:
    """A history, and a snapshot somewhere in it, or none."""
    some = st.integers(1, max(1, len(events))).map(
        lambda version: (version, _balance_at(events, version)) if events else None
    )
    among_others = [replace(event, position=3 * event.position + 1) for event in events]
    whole = st.tuples(st.just(events) | st.just(among_others), st.none() | some)
    return whole | _split(events)


def _split(
    events: list[RecordedEvent],
) -> st.SearchStrategy[tuple[list[RecordedEvent], Snapshot | None]]:
    """The same, where each two of the events are the halves of one that was stored."""
    halves = [replace(event, version=number // 2 + 1) for number, event in enumerate(events)]
    some = st.integers(1, max(1, len(events) // 2)).map(
        lambda version: (version, _balance_at(events, 2 * version)) if events[1:] else None
    )
    return st.tuples(st.just(halves), st.none() | some)


class Stream:
    """A stream that counts how many of its events are read."""

    def __init__(self, events: list[RecordedEvent]) -> None:
        self._events, self.read = events, 0

    def __call__(self, from_version: int) -> list[RecordedEvent]:
        found = [event for event in self._events if event.version >= from_version]
        self.read += len(found)
        return found


def _loading(
    load: Callable[..., Any], case: tuple[list[RecordedEvent], Snapshot | None]
) -> tuple[Any, ...]:
    """What was loaded, and how many events were read for it."""
    events, snapshot = case
    stream = Stream(events)
    found = load(snapshot, stream)
    pair = found if isinstance(found, list | tuple) and len(found) == 2 else [found]
    return (*pair, stream.read)


NOTHING_LEFT = history(
    [("MoneyDeposited", 5, 1, 1), ("MoneyWithdrawn", 5, 2, 2), ("MoneyDeposited", 7, 3, 3)]
)

TESTS["load_with_snapshot"] = Compare(
    cases=histories(5).flatmap(_with_snapshot),
    run=_loading,
    examples=(([], None), (FEW, None), (NOTHING_LEFT, (2, 0))),
    events=lambda case: case[0],
    context=lambda case: (
        f"snapshot (version, balance): {case[1]}\n"
        f"versions of the events: {', '.join(str(event.version) for event in case[0]) or 'none'}"
    ),
    parts=("version", "balance", "events read"),
)

TAGS = ("account/1/a1", "account/1/b2", "account/2/a1", "limits/1/a1")
NEARLY = ("Account/1/a1", "account/1/a1b", "account/1/a", "count/1/a1", "xaccount/1/a1")

TESTS["trust_it"] = Compare(
    cases=st.tuples(
        st.fixed_dictionaries(
            {
                "version": st.integers(1, 4),
                "tag": st.sampled_from((*TAGS, *NEARLY)),
                "checksum_ok": st.sampled_from([True, True, True, False]),
            }
        ),
        st.sampled_from((TAGS[0], *TAGS[:2])),
        st.integers(1, 6),
    ),
    examples=(
        ({"version": 2, "tag": TAGS[0], "checksum_ok": True}, TAGS[0], 4),
        ({"version": 2, "tag": TAGS[3], "checksum_ok": True}, TAGS[0], 4),
    ),
    context=lambda case: f"snapshot {case[0]}; tag {case[1]!r}; stream at {case[2]}",
)


def _versions_taken(due: Callable[[int, int, int], Any], case: tuple[list[int], int]) -> Any:
    """The versions at which snapshots are taken while a stream grows by these appends."""
    appends, n = case
    version = newest = 0
    taken: list[Any] = []
    for events in appends:
        version += events
        answer = due(version, newest, n)
        if answer is ...:  # the stub
            return answer
        if type(answer) in (int, float):
            return "a number, where True or False is asked for"
        if answer:
            newest = version
            taken.append(version)
    return {"snapshots at versions": taken}


TESTS["take_one"] = Compare(
    cases=st.tuples(st.lists(st.integers(1, 4), max_size=8), st.integers(1, 6)),
    run=_versions_taken,
    examples=(([1, 1, 1, 1, 1, 1], 2), ([], 3)),
    context=lambda case: f"appends of {case[0]} events; n = {case[1]}",
)


def _cost(n: int, loads: int, write: int) -> Fraction:
    return Fraction(loads * (n - 1), 2) + Fraction(write, n)


def _has_one_best(case: tuple[int, int]) -> bool:
    loads, write = case
    best = sorted(_cost(n, loads, write) for n in range(1, 101))[:2]
    return best[0] < best[1]


TESTS["best_interval"] = Compare(
    cases=st.tuples(
        st.sampled_from([1, 2, 3, 10, 50]), st.integers(1, 3_000) | st.integers(4_000, 20_000)
    ).filter(_has_one_best),
    examples=((1, 8), (1, 50), (1, 5_000), (1, 20_000)),
    context=lambda case: f"{case[0]} loads after each event; a snapshot costs {case[1]}",
)

Event = tuple[str, str, int]  # day, type, cents
Books = list[list[Event]]


def _recorded(books: Books, day: str, cents: int | None) -> Books:
    *closed, book = books
    if cents is not None:
        return [*closed, [*book, (day, "Entry", cents)]]
    balance = sum(event[2] for event in book)
    return [*closed, [*book, (day, "BooksClosed", -balance)], [(day, "BooksOpened", balance)]]


_CENTS = st.integers(-50, 50)
_YEAR = st.lists(_CENTS, max_size=3)
_DAYS = st.sampled_from(["2022-12-30", "2023-12-30", "2024-12-30", "2025-01-02"])


def _books(years: list[list[int]]) -> Books:
    """The books of some years from 2023 on; all but the last year's are closed."""
    books: Books = [[]]
    for year, entries in enumerate(years, 2023):
        if year > 2023:
            books = _recorded(books, f"{year - 1}-12-31", None)
        for cents in entries:
            books = _recorded(books, f"{year}-03-10", cents)
    return books


TESTS["close_books"] = Compare(
    cases=st.tuples(st.lists(_YEAR, min_size=1, max_size=3).map(_books), _DAYS, _CENTS | st.none()),
    examples=(
        ([[]], "2023-03-10", 100),
        (_books([[100, -30]]), "2023-12-31", None),
        (_books([[100], [50]]), "2024-12-31", None),
        (_books([[100], [50]]), "2023-12-30", -20),
    ),
    context=lambda case: f"books {case[0]}; day {case[1]!r}; cents {case[2]}",
)

CHAPTER = from_pages(7, "Snapshots", __name__, TESTS)
