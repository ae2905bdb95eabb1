"""Cases of chapter 1: what a history answers, and which systems are better without one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import hypothesis.strategies as st

from ...event import RecordedEvent
from .. import Compare, Rule, Rules, Test, from_pages
from ..histories import START, dated, hour, recorded_event

TESTS: dict[str, Test] = {}

MIDNIGHT: Final = START + timedelta(hours=12)
MONDAY, TUESDAY = date(2025, 3, 10), date(2025, 3, 11)
_HOUR: Final = timedelta(hours=1)
# Days that share something with the Tuesday: its number, its day and month, its weekday.
_OTHER_DAYS: Final = (31 * 24, -365 * 24, 7 * 24)  # hours from it
_DAYS: Final = (MONDAY, TUESDAY, *(TUESDAY + timedelta(hours=hours) for hours in _OTHER_DAYS))
LARGE: Final = 90_071_992_547_409_93  # cents; a float cannot tell it from its neighbours
_REASONS: Final = {"AccountFrozen": "card lost", "AccountUnfrozen": "new card"}
_MOVES: Final = ("MoneyDeposited", "MoneyWithdrawn", "FeeCharged", "AccountFrozen")
_STORY: Final = ("MoneyDeposited", "MoneyWithdrawn", "AccountFrozen", "AccountUnfrozen")


def _data(kind: str, amount: int) -> dict[str, Any]:
    return {"reason": _REASONS[kind]} if kind in _REASONS else {"amount": amount}


def _night(
    rows: Sequence[tuple[str, int, int, float]], first_version: int = 1
) -> list[RecordedEvent]:
    """Events from (type, amount, hours from midnight to the record, hours of delay)."""
    events = []
    ordered = sorted(rows, key=lambda row: row[2])
    for version, (kind, amount, hours, delay) in enumerate(ordered, first_version):
        recorded = MIDNIGHT + timedelta(hours=hours)
        occurred = recorded - timedelta(hours=delay)
        events.append(
            recorded_event(
                version, kind, _data(kind, amount), recorded, occurred, position=3 * version + 20
            )
        )
    return events


_BEFORE_THE_HOUR: Final = 0.0001  # hours: 0.36 seconds
_nights = st.lists(
    st.tuples(
        # Most are what is looked for, on one of two days: what differs is found more often.
        st.sampled_from(["MoneyWithdrawn", "MoneyDeposited", "FeeCharged", "AccountFrozen"])
        | st.just("MoneyWithdrawn"),
        st.sampled_from([100, 200]),
        st.integers(-4, 8) | st.sampled_from(_OTHER_DAYS).map(lambda hours: hours + 9),
        st.sampled_from([0, 1, 2, 3, 4, 5, 6, _BEFORE_THE_HOUR]),
    ),
    max_size=5,
).flatmap(lambda rows: st.sampled_from([1, 1, 40]).map(lambda first: _night(rows, first)))

TESTS["find_withdrawal"] = Compare(
    cases=st.tuples(
        _nights,
        st.sampled_from([100, 200]),
        st.sampled_from([MONDAY, TUESDAY]) | st.sampled_from(_DAYS),
    ),
    examples=(
        (_night([("MoneyDeposited", 200, -4, 0), ("MoneyWithdrawn", 100, -3, 1)]), 100, MONDAY),
        (_night([("MoneyWithdrawn", 100, -3, 1)]), 100, TUESDAY),
        (_night([("MoneyDeposited", 100, -3, 1)]), 100, MONDAY),
        (_night([("MoneyWithdrawn", 100, 1, 4)]), 100, MONDAY),
        # What happened on Monday is recorded after something of Tuesday.
        (_night([("FeeCharged", 100, 2, 0), ("MoneyWithdrawn", 100, 3, 4)]), 100, MONDAY),
        # The last hour of a day and its last second, and the first instant of the next one.
        (_night([("MoneyWithdrawn", 100, 0, 1)]), 100, TUESDAY),
        (_night([("MoneyWithdrawn", 100, 0, 0)]), 100, TUESDAY),
        (_night([("MoneyWithdrawn", 100, 0, _BEFORE_THE_HOUR)]), 100, MONDAY),
    ),
    events=lambda case: dated(case[0]),
    context=lambda case: f"{case[1]} cents on {case[2]:%A %d %B %Y}",
)


def _week(rows: Sequence[tuple[str, int, float]]) -> list[RecordedEvent]:
    """Events from (type, amount, hours of delay), recorded an hour after each other."""
    return _night([(kind, amount, n - 12, late) for n, (kind, amount, late) in enumerate(rows, 1)])


_A_PART_OF_A_SECOND: Final = 0.9999  # hours: it happened 0.36 seconds past the full hour
_amounts = st.integers(1, 500) | st.just(LARGE)
_weeks = st.lists(
    st.tuples(
        st.sampled_from(_MOVES),
        _amounts,
        st.integers(0, 3) | st.sampled_from([25, 740, _A_PART_OF_A_SECOND]),
    ),
    max_size=5,
).map(_week)

# Some lie a day or more before the first record, where only what came late had happened.
_moments = (st.integers(-2, 6) | st.sampled_from([-20, -500])).map(
    lambda hours: START + hours * _HOUR
)

TESTS["balance_at"] = Compare(
    cases=st.tuples(_weeks, _moments),
    examples=(
        (_week([("MoneyDeposited", 300, 0), ("MoneyWithdrawn", 100, 0)]), START + _HOUR * 9),
        (_week([("MoneyDeposited", 300, 0), ("FeeCharged", 5, 0)]), START + _HOUR * 1.5),
    ),
    events=lambda case: dated(case[0]),
    context=lambda case: f"at {hour(case[1])}",
)


def _story(rows: Sequence[tuple[str, int]]) -> list[RecordedEvent]:
    """An account of Ada's: opened, then these."""
    opened = recorded_event(1, "AccountOpened", {"owner": "Ada", "currency": "EUR"}, START)
    events = [opened]
    for version, (kind, amount) in enumerate(rows, 2):
        recorded = START + timedelta(hours=version)
        events.append(recorded_event(version, kind, _data(kind, amount), recorded))
    return events


_stories: st.SearchStrategy[list[RecordedEvent]] = st.one_of(
    st.just([]),
    st.lists(st.tuples(st.sampled_from(_STORY), _amounts), max_size=5).map(_story),
)

TESTS["row_of"] = Compare(
    cases=_stories,
    examples=(
        _story([("MoneyDeposited", 300), ("MoneyWithdrawn", 100)]),
        _story([("MoneyDeposited", 300), ("AccountFrozen", 0)]),
    ),
)


def _one(kind: str, amount: int, actor: str | None, delay: int) -> RecordedEvent:
    """One event; without an actor nobody noted who it was."""
    return recorded_event(
        1,
        kind,
        _data(kind, amount),
        MIDNIGHT,
        MIDNIGHT - timedelta(minutes=delay),
        metadata={} if actor is None else {"actor": actor},
    )


TESTS["audit_line"] = Compare(
    cases=st.builds(
        _one,
        st.sampled_from(_MOVES),
        st.integers(0, 50_000) | st.sampled_from([123_456, 10_000_000, LARGE]),
        st.sampled_from(["customer", "clerk-03", None]),
        st.integers(0, 90),
    ),
    examples=(
        _one("MoneyWithdrawn", 12_345, "customer", 0),
        _one("MoneyDeposited", 99, "customer", 0),
    ),
    events=lambda event: [{**dated([event])[0], **event.metadata}],
)


# Whether each should be event sourced.
SYSTEMS: Final = {
    "accounts": True,
    "opening hours": False,
    "claims": True,
    "thumbnails": False,
    "thermometers": False,
    "chess": True,
    "newsletter": False,
}


def _is_list_of_names(answer: Any) -> bool:
    return (
        isinstance(answer, list | tuple | set | frozenset)
        and len(set(answer)) == len(answer)
        and set(answer) <= set(SYSTEMS)
    )


def _judged(name: str, fits: bool) -> Rule:
    """Whether one system is where it belongs."""
    return Rule(lambda answer: (name in answer) != fits)


TESTS["better_as_rows"] = Rules(
    (Rule(_is_list_of_names), *(_judged(name, fits) for name, fits in SYSTEMS.items())),
    plain=lambda answer: _is_list_of_names(answer) and len(answer) == 4,
)

CHAPTER = from_pages(1, "Events or rows", __name__, TESTS)
