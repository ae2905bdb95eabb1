"""Cases of chapter 12: a first bad event, an alarm, a trace, a restart, a check of a read model."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any

import hypothesis.strategies as st

from .. import Compare, Test, from_pages
from ..slips import Trial

TESTS: dict[str, Test] = {}

# --- the first bad event -------------------------------------------------------------------------


def _auditing(first_wrong: Callable[..., Any], case: tuple[list[int], int]) -> Any:
    """What is said, and how often the auditor was asked, if too often."""
    amounts, limit = case
    asked: list[int] = []

    def is_bad(state: int) -> bool:
        asked.append(state)
        return state > limit

    said = first_wrong(amounts, is_bad)
    if said is ...:  # the stub
        return said
    most = len(amounts).bit_length()  # log2, rounded down, and one more
    return said, "few" if len(asked) <= most else f"{len(asked)}, where {most} will do"


def _limits(amounts: list[int]) -> st.SearchStrategy[tuple[list[int], int]]:
    """The same amounts, and a sum that is still good: any of those on the way."""
    return st.tuples(st.just(amounts), st.sampled_from([0, *accumulate(amounts)]))


def _version_amiss(trial: Trial) -> str | None:
    """The version, and the state that is bad first."""
    (amounts, _), version = trial.case, trial.expected.value[0]
    if not isinstance(trial.got.value, tuple) or trial.got.value[0] == version:
        return None
    if version is None:
        return "Here no state is bad, not even after the last event: `None` is asked for."
    return f"The state after version {version} is {sum(amounts[:version])}, the first that is bad."


TESTS["first_wrong"] = Compare(
    cases=st.lists(st.integers(1, 9), max_size=24).flatmap(_limits),
    run=_auditing,
    says=_version_amiss,
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


def _why_woken(trial: Trial) -> str | None:
    """Which of the conditions decides."""
    lags, wake = trial.case, "somebody is woken" if trial.expected.value else "nobody is woken"
    if type(trial.got.value) is not bool:
        return None
    if len(lags) < 5:
        return f"{len(lags)} minutes have been watched, and five are needed: {wake}."
    first, *_, last = five = lags[-5:]
    if well := [lag for lag in five if lag is not None and lag <= 60]:
        return f"One of the last five is {well[0]}, which is not more than 60: {wake}."
    if first is None or last is None:
        return f"From {first} to {last} there is no pace, and so no excuse: {wake}."
    said, pace = f"In four minutes {first} became {last}, so ", (first - last) / 4
    if pace <= 0:
        return f"{said}nothing is made good: {wake}."
    return f"{said}the rest takes {last / pace:.2f} minutes, at {pace:g} a minute: {wake}."


TESTS["wakes"] = Compare(
    cases=st.lists(LAGS, max_size=7)
    | st.lists(st.sampled_from([None, 60, 61, 80, 1200]), min_size=5, max_size=6)
    | st.tuples(st.lists(LAGS, max_size=2), st.lists(BAD, min_size=5, max_size=5)).map(
        lambda parts: parts[0] + parts[1]
    )
    | st.tuples(st.integers(61, 130), st.integers(0, 12)).map(_falling)
    | ABOUT_TO_END.map(_falling)
    | st.sampled_from([(1300, 1), (300, 1), (130, 1), (300, 10), (120, 9)]).map(_falling),
    examples=([300, 400, 500, 600, 700], [0, 0, 0, 0, 0]),
    max_examples=800,
    samples=150,
    says=_why_woken,
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
    """Up to three traces, each a root and up to three spans inside; any may link to others.

    They are in any order, as they arrive.
    """
    spans: list[Span] = []
    traces = "ABC"[: draw(st.sampled_from([1, 2, 3, 3]))]
    for number, trace in enumerate(traces):
        start = 20 * number
        spans.append(_span(f"{trace}0", trace, None, start, start + draw(st.integers(1, 12))))
        for inner in range(1, 1 + draw(st.integers(0, 3))):
            parent = draw(st.sampled_from([one for one in spans if one["trace"] == trace]))
            begins = draw(st.integers(parent["start"], parent["end"]))
            ends = draw(st.integers(begins, parent["end"]))
            spans.append(_span(f"{trace}{inner}", trace, parent["id"], begins, ends))
        links = draw(st.sampled_from(["", *(traces[:number] or traces[1:]), traces[:number]]))
        who = draw(st.sampled_from([one for one in spans if one["trace"] == trace]))
        who["links"] += links  # each letter a trace
    return draw(st.permutations(spans)) if draw(st.booleans()) else spans


APPEND: list[Span] = [_span("A0", "A", None, 0, 9), _span("A1", "A", "A0", 1, 3)]


def _own_amiss(trial: Trial) -> str | None:
    """The own times of the span that was given and of the one that is right."""
    if isinstance(trial.got.value, dict):
        return "You give a span as it is. Asked is its `id`."
    named = {span["id"]: span for span in trial.case}
    if trial.got.value not in list(named):
        return None
    given, right = named[trial.got.value], named[trial.expected.value]
    linked = {"A", *(one["trace"] for one in trial.case if "A" in one["links"])}
    if given["trace"] not in linked:
        return f"{given['id']} is in trace {given['trace']}, in which no span links to A."

    def own(span: Span) -> int:
        inside = [one for one in trial.case if one["parent"] == span["id"]]
        covered = {ms for one in inside for ms in range(one["start"], one["end"])}
        return int(span["end"] - span["start"] - len(covered))

    said = f"You give {given['id']}, whose own time is {own(given)}. {right['id']} has {own(right)}"
    return said + (", and stands before it." if own(given) == own(right) else ".")


TESTS["where_time_went"] = Compare(
    cases=st.composite(_spans)(),
    run=lambda where_time_went, spans: where_time_went(spans, "A"),
    examples=(APPEND,),
    max_examples=600,
    samples=120,
    says=_own_amiss,
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


def _part_amiss(trial: Trial) -> str | None:
    """The first part that is missing, too much, or started before what it needs."""
    (needs, down), got, (right, _) = trial.case, trial.got.value, trial.expected.value
    if not (isinstance(got, tuple) and len(got) == 2):
        return None
    for part in right:
        if part not in got[0]:
            below = [one for one in needs[part] if one in right]
            why = "it is down" if part in down else f"it needs {below[0]}, which is started"
            return f"{part} is missing: {why}."
    for part in got[0]:
        if part not in right:
            return f"{part} is not down, and nothing that it needs is started: leave it alone."
    for part in got[1]:
        return f"{part} is started before something that it needs: {needs[part]}."
    return None


TESTS["restart_order"] = Compare(
    cases=st.composite(_needs)(),
    run=_restarting,
    says=_part_amiss,
    examples=((BANK, {"balances"}), (BANK, {"disk"})),
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
    wrong = draw(st.sampled_from(["nothing", "missing", "moved", "one too many", "empty", "ahead"]))
    if wrong == "missing" and balances:
        balances.pop(draw(st.sampled_from(sorted(balances))))
    elif wrong == "moved" and balances:
        balances[draw(st.sampled_from(sorted(balances)))] -= 5
        other = draw(ACCOUNTS)
        balances[other] = balances.get(other, 0) + 5
    elif wrong == "one too many":
        balances["a-9"] = 5
    elif wrong == "empty":  # and right, though no event names it
        balances["a-9"] = 0
    elif wrong == "ahead" and events:
        _, account, cents = events[-1]
        balances[account] = balances.get(account, 0) + cents
    return events, balances, checkpoint


def _account_amiss(trial: Trial) -> str | None:
    """The two numbers of the first account that is missing, or too much."""
    events, balances, checkpoint = trial.case
    if not isinstance(trial.got.value, list | tuple):
        return None
    for account in sorted({*balances, *(one[1] for one in events)}):
        wrong = account in trial.expected.value
        if wrong != (account in trial.got.value):
            right = sum(one[2] for one in events if one[0] <= checkpoint and one[1] == account)
            said = f"{account} is {'wrong' if wrong else 'right'}: its balance is "
            shown = balances.get(account, "0, as it is not in the dict")
            return f"{said}{shown}, and its events up to position {checkpoint} sum to {right}."
    return None


TESTS["would_have_caught"] = Compare(
    cases=st.composite(_books)(),
    examples=(([(1, "a-1", 20)], {"a-1": 25}, 1), ([(1, "a-1", 20)], {"a-1": 20}, 1)),
    max_examples=400,
    says=_account_amiss,
    events=lambda _: (),
    context=lambda case: f"events: {case[0]}, balances: {case[1]}, checkpoint: {case[2]}",
)

CHAPTER = from_pages(12, "Running it", __name__, TESTS)
