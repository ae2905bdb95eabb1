"""Cases of chapter 12: a first bad event, an alarm, a trace, a restart, a check of a read model."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import hypothesis.strategies as st

from .. import Compare, Test, from_pages

TESTS: dict[str, Test] = {}

# --- the first bad event -------------------------------------------------------------------------


def _auditing(first_wrong: Callable[..., Any], case: tuple[list[int], int]) -> Any:
    """What is said, and whether the auditor was asked seldom enough."""
    amounts, limit = case
    asked: list[int] = []

    def is_bad(state: int) -> bool:
        asked.append(state)
        return state > limit

    said = first_wrong(amounts, is_bad)
    if said is ...:  # the stub
        return said
    few = len(asked) <= len(amounts).bit_length()  # log2, rounded down, and one more
    return said, "asked seldom enough" if few else "asked too often"


def _limits(amounts: list[int]) -> st.SearchStrategy[tuple[list[int], int]]:
    """The same amounts, and a sum that is still good: any of those on the way."""
    return st.tuples(st.just(amounts), st.sampled_from([0, *accumulate(amounts)]))


TESTS["first_wrong"] = Compare(
    cases=st.lists(st.integers(1, 9), max_size=24).flatmap(_limits),
    run=_auditing,
    examples=(([2, 3, 4], 2), ([2, 3], 4)),
    context=lambda case: f"amounts: {case[0]}; a state above {case[1]} is bad",
    parts=("the version", "how often it asked"),
)

# --- an alarm ------------------------------------------------------------------------------------

LAGS = st.sampled_from([None, 0, 59, 60, 61, 80, 100, 200, 244, 245, 300, 1200])
BAD = st.sampled_from([None, 61, 80, 1200])
ABOUT_TO_END = st.sampled_from(  # in less than ten minutes, in ten, and in a little more
    [(last, pace) for pace in range(7, 13) for last in (9 * pace, 10 * pace, 10 * pace + 1)]
)


def _falling(case: tuple[int, int]) -> list[int]:
    """Five minutes in each of which as much of the lag is made good."""
    last, pace = case
    return [last + pace * minute for minute in (4, 3, 2, 1, 0)]


TESTS["wakes"] = Compare(
    cases=st.lists(LAGS, max_size=7)
    | st.lists(st.sampled_from([None, 60, 61, 80, 1200]), min_size=5, max_size=6)
    | st.tuples(st.lists(LAGS, max_size=2), st.lists(BAD, min_size=5, max_size=5)).map(
        lambda parts: parts[0] + parts[1]
    )
    | st.tuples(st.integers(61, 130), st.integers(0, 12)).map(_falling)
    | ABOUT_TO_END.map(_falling),
    examples=([300, 400, 500, 600, 700], [0, 0, 0, 0, 0]),
    max_examples=800,
    events=lambda _: (),  # the numbers stand in the context
    context=lambda lags: f"lags: {lags}",
)

# --- a trace -------------------------------------------------------------------------------------

Span = dict[str, Any]


def _span(name: str, trace: str, parent: str | None, start: int, end: int, *links: str) -> Span:
    return {
        "id": name, "trace": trace, "parent": parent, "start": start, "end": end,
        "links": list(links),
    }  # fmt: skip


def _spans(draw: st.DrawFn) -> list[Span]:
    """Up to three traces, each a root and up to three children; later ones may link to earlier.

    They are in any order, as they arrive.
    """
    spans: list[Span] = []
    for number, trace in enumerate("ABC"[: draw(st.sampled_from([1, 2, 3, 3]))]):
        start, long = 20 * number, draw(st.integers(1, 12))
        links = draw(st.sampled_from([[], *map(list, "AB"[:number])]))
        spans.append(_span(f"{trace}0", trace, None, start, start + long, *links))
        for child in range(1, 1 + draw(st.integers(0, 3))):
            begins = draw(st.integers(start, start + long))
            ends = draw(st.integers(begins, start + long))
            spans.append(_span(f"{trace}{child}", trace, f"{trace}0", begins, ends))
    return draw(st.permutations(spans)) if draw(st.booleans()) else spans


APPEND: list[Span] = [_span("A0", "A", None, 0, 9), _span("A1", "A", "A0", 1, 3)]

TESTS["where_time_went"] = Compare(
    cases=st.composite(_spans)(),
    run=lambda where_time_went, spans: where_time_went(spans, "A"),
    examples=(APPEND,),
    max_examples=600,
    events=lambda _: (),
    context=lambda spans: "; ".join(map(_told, spans)) + '; trace: "A"',
)


def _told(span: Span) -> str:
    inside = f" in {span['parent']}" if span["parent"] else ""
    links = f", links to {' and '.join(span['links'])}" if span["links"] else ""
    return f"{span['id']}{inside}: {span['start']} to {span['end']}{links}"


# --- a restart -----------------------------------------------------------------------------------

PARTS = ("disk", "store", "clerk", "balances", "alerts")
BANK = {"disk": [], "store": ["disk"], "balances": ["store"]}
Restart = tuple[dict[str, list[str]], set[str]]


def _needs(draw: st.DrawFn) -> Restart:
    """Parts that need some of those before them, told in any order, and which of them are down."""
    parts = PARTS[: draw(st.integers(1, len(PARTS)))]
    needs = {
        part: draw(st.lists(st.sampled_from(parts[:number]), unique=True, max_size=2))
        if number
        else []
        for number, part in enumerate(parts)
    }
    order = draw(st.permutations(parts))
    return {part: needs[part] for part in order}, draw(st.sets(st.sampled_from(parts)))


def _restarting(restart_order: Callable[..., Any], case: Restart) -> Any:
    """What is started, and what of it before something that it needs; any good order will do."""
    needs, down = case
    order = restart_order(needs, down)
    if not isinstance(order, list | tuple) or not all(isinstance(one, str) for one in order):
        return order  # the stub, or no list of names
    too_early = [
        part
        for place, part in enumerate(order)
        if any(one in order[place + 1 :] for one in needs.get(part, ()))
    ]
    return sorted(order), sorted(too_early)


TESTS["restart_order"] = Compare(
    cases=st.composite(_needs)(),
    run=_restarting,
    examples=((BANK, {"balances"}),),
    max_examples=400,
    context=lambda case: f"needs: {case[0]}, down: {sorted(case[1])}",
    parts=("started", "before what they need"),
)

# --- a check of a read model ---------------------------------------------------------------------

ACCOUNTS = st.sampled_from(["a-1", "a-2", "a-3"])
Books = tuple[list[tuple[int, str, int]], dict[str, int], int]


def _books(draw: st.DrawFn) -> Books:
    """A log with gaps, and a read model that is right as of its checkpoint but for one mistake."""
    moved = draw(st.lists(st.tuples(ACCOUNTS, st.sampled_from([-5, 5, 20])), max_size=5))
    gaps = draw(st.lists(st.integers(1, 3), min_size=len(moved), max_size=len(moved)))
    events = [(place, *one) for place, one in zip(accumulate(gaps), moved, strict=True)]
    checkpoint = draw(st.integers(0, events[-1][0] if events else 0))
    balances: dict[str, int] = {}
    for _, account, cents in (one for one in events if one[0] <= checkpoint):
        balances[account] = balances.get(account, 0) + cents
    wrong = draw(st.sampled_from(["nothing", "missing", "booked to another one", "one too many"]))
    if wrong == "missing" and balances:
        balances.pop(draw(st.sampled_from(sorted(balances))))
    elif wrong == "booked to another one" and balances:
        balances[draw(st.sampled_from(sorted(balances)))] -= 5
        other = draw(ACCOUNTS)
        balances[other] = balances.get(other, 0) + 5
    elif wrong == "one too many":
        balances["a-9"] = 5
    return events, balances, checkpoint


TESTS["would_have_caught"] = Compare(
    cases=st.composite(_books)(),
    examples=(([(1, "a-1", 20)], {"a-1": 25}, 1), ([(1, "a-1", 20)], {"a-1": 20}, 1)),
    max_examples=400,
    events=lambda _: (),
    context=lambda case: f"events: {case[0]}, balances: {case[1]}, checkpoint: {case[2]}",
)

CHAPTER = from_pages(12, "Running it", __name__, TESTS)
