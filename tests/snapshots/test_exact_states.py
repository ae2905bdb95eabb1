"""A state is kept if exactly the same one comes back: its types, its order, and all that it has."""

from __future__ import annotations

import enum
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import InitVar, dataclass, field, make_dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from functools import cached_property
from types import GenericAlias
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import event, given, settings

import eventsourcing_kit as es
from eventsourcing_kit.errors import UnfitState


class Phase(enum.StrEnum):
    OPEN = "open"


class Level(enum.IntEnum):
    LOW = 1


class Mixed(enum.Enum):
    ONE = 1
    TWO = "two"


class Loud(str):
    __slots__ = ()


class Cents(int):
    pass


class Point(NamedTuple):
    x: int = 0


class Bag(dict[str, int]):
    pass


@dataclass(frozen=True)
class Line:
    cents: int = 1
    hidden: int = field(default=2, repr=False, compare=False)
    derived: int = field(default=3, init=False)

    @cached_property
    def double(self) -> Any:
        return 2 * self.cents

    @cached_property
    def own(self) -> object:
        return object()


@dataclass(frozen=True)
class LongLine(Line):
    pass


@dataclass
class Slotted:
    __slots__ = ("cache", "n")
    n: int

    def __hash__(self) -> int:
        return 0


@dataclass(frozen=True)
class Box(dict[str, int]):
    n: int = 0


@dataclass(frozen=True)
class Normal:
    n: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", abs(self.n))


@dataclass
class Started:
    n: int = 0
    with_: InitVar[int] = 1


@dataclass(frozen=True)
class Raises:
    n: int = 0

    def __post_init__(self) -> None:
        if self.n == 1:
            raise RuntimeError("not this one")


def changed(value: Any, **attributes: Any) -> Any:
    for name, one in attributes.items():
        object.__setattr__(value, name, one)
    return value


def touched(value: Any, name: str) -> Any:
    getattr(value, name)
    return value


def fold_of(state: Any) -> es.snapshots.SnapshotSource[Any, Any, Any]:
    decider: es.Decider[Any, Any, Any] = es.Decider(
        lambda c, s: [], lambda s, e: s, state, lambda s: False, es.EventTypes([])
    )
    return es.snapshots.SnapshotSource("it", decider)


def state_with(hint: Any, value: Any) -> Any:
    return make_dataclass("State", [("it", hint)])(value)


UNFIT: dict[str, tuple[Any, Any]] = {
    "defaultdict": (dict[str, int], defaultdict(int, a=1)),
    "Counter": (dict[str, int], Counter("ab")),
    "OrderedDict": (dict[str, int], OrderedDict(a=1)),
    "a dict of one's own": (dict[str, int], Bag(a=1)),
    "deque": (list[int], deque([1])),
    "StrEnum as text": (str, Phase.OPEN),
    "IntEnum as number": (int, Level.LOW),
    "StrEnum as anything": (Any, Phase.OPEN),
    "enum of mixed values": (Mixed, Mixed.ONE),
    "text of one's own": (str, Loud("a")),
    "number of one's own": (int, Cents(1)),
    "bool as number": (int, True),
    "number as float": (float, 1),
    "float as number": (int, 1.0),
    "tuple as list": (list[int], (1, 2)),
    "list as tuple": (tuple[int, ...], [1, 2]),
    "tuple as anything": (Any, (1, 2)),
    "set as frozenset": (frozenset[int], {1}),
    "frozenset as set": (set[int], frozenset({1})),
    "set as anything": (Any, {1}),
    "bool in a set of numbers": (set[int], {True}),
    "named tuple as tuple": (tuple[int, ...], Point(1)),
    "nan": (float, float("nan")),
    "infinity": (Any, float("inf")),
    "numpy's float": (float, np.float64(1.5)),
    "numpy's number": (Any, np.int64(1)),
    "Decimal as anything": (Any, Decimal("1.5")),
    "Decimal nan": (Decimal, Decimal("nan")),
    "a named zone": (datetime, datetime(2025, 1, 1, tzinfo=ZoneInfo("Europe/Prague"))),
    "UTC as a named zone": (datetime, datetime(2025, 1, 1, tzinfo=ZoneInfo("UTC"))),
    "the second two o'clock": (datetime, datetime(2025, 10, 26, 2, 30, fold=1)),  # noqa: DTZ001
    "numbers as keys of anything": (Any, {1: "a"}),
    "mixed keys": (dict[int | str, str], {1: "a", "1": "b"}),
    "bool as key": (dict[int, str], {True: "a"}),
    "enum as key of text": (dict[str, int], {Phase.OPEN: 1}),
    "a dataclass for another one": (Line, LongLine(1)),
    "a dataclass as anything": (Any, Line(1)),
    "an attribute more": (Line, changed(Line(1), note="x")),
    "a slot more": (Slotted, changed(Slotted(1), cache=2)),
    "a cached value that would be another": (Line, changed(Line(1), double=7)),
    "a cached value that is not JSON's": (Line, touched(Line(1), "own")),
    "a field too few": (Slotted, Slotted.__new__(Slotted)),
    "a dict with fields": (Box, Box(1)),
    "what is made another on its way in": (Normal, changed(Normal(1), n=-1)),
    "InitVar": (Started, Started(1)),
    "what raises on its way in": (Raises, changed(Raises(0), n=1)),
    "half a surrogate pair": (str, "\ud800"),
    "an object": (Any, object()),
    "a function": (Any, len),
    "a class": (Any, Line),
}
FIT: dict[str, tuple[Any, Any]] = {
    "StrEnum": (Phase, Phase.OPEN),
    "IntEnum": (Level, Level.LOW),
    "float zero and its other one": (list[float], [0.0, -0.0]),
    "floats and numbers as anything": (Any, [1, 1.0, True, None, "1", -0.0, 2**80]),
    "dict order": (dict[str, int], {"z": 1, "a": 2}),
    "numbers as keys": (dict[int, str], {2: "a", 1: "b"}),
    "enum as key": (dict[Phase, int], {Phase.OPEN: 1}),
    "sets": (set[int], {8, 0, 16}),
    "a set of dataclasses": (set[Line], {Line(1), Line(2)}),
    "tuples of tuples": (tuple[tuple[int, str], ...], ((1, "a"), (2, "b"))),
    "a named tuple": (Point, Point(3)),
    "Decimal": (Decimal, Decimal("1.50")),
    "bytes": (bytes, b"\0\xff"),
    "an aware time": (datetime, datetime(2025, 1, 1, tzinfo=UTC)),
    "an offset": (datetime, datetime(2025, 1, 1, tzinfo=timezone(timedelta(hours=2)))),
    "dates and times": (tuple[date, time, timedelta], (date(2025, 1, 1), time(1), timedelta(-1))),
    "UUID": (UUID, UUID(int=7)),
    "fields that equality and repr do not show": (Line, changed(Line(1), hidden=8, derived=9)),
    "a cached value": (Line, touched(Line(1), "double")),
    "a union": (list[int | str | Line], [1, "1", Line(1)]),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_would_come_back_as_something_else_is_refused(what: str) -> None:
    state = state_with(*UNFIT[what])
    with pytest.raises(UnfitState, match="A state of the fold 'it' cannot be kept as JSON"):
        fold_of(state).encode(state)


@pytest.mark.parametrize("what", FIT)
def test_what_comes_back_the_same_is_kept(what: str) -> None:
    state = state_with(*FIT[what])
    fold = fold_of(state)
    assert anatomy(fold.decode(fold.encode(state))) == anatomy(state)


def test_the_message_says_where() -> None:
    state = state_with(dict[str, list[Any]], {"a": [1, (2,)]})
    with pytest.raises(UnfitState, match=r"it\.it\['a'\]\[1\] is of type tuple and becomes list"):
        fold_of(state).encode(state)


def anatomy(value: Any) -> Any:
    """A value taken apart, with all of its types: another way to say it than the kit's."""
    kind = type(value)
    if isinstance(value, dict):
        return kind, [(anatomy(key), anatomy(one)) for key, one in value.items()], own(value)
    if isinstance(value, list | tuple | deque):
        return kind, [anatomy(one) for one in value], own(value)
    if isinstance(value, set | frozenset):
        return kind, sorted((anatomy(one) for one in value), key=repr)
    if isinstance(value, enum.Enum):
        return kind, value.name
    return kind, own(value) or repr(value)


def own(value: Any) -> list[Any]:
    """All attributes but those that are worked out when they are asked for."""
    slots = [name for cls in type(value).__mro__ for name in getattr(cls, "__slots__", ())]
    fields = getattr(value, "__dataclass_fields__", ())  # one with a default may be the class's
    names = {*getattr(value, "__dict__", {}), *slots, *fields} - {"double", "own", "__weakref__"}
    return sorted((name, anatomy(getattr(value, name))) for name in names if hasattr(value, name))


def behaviour(value: Any) -> list[Any]:
    """What an evolve might do with it; it cannot go by the order of a set."""
    tries: list[Callable[[Any], Any]] = [
        bool,
        lambda one: one + one,
        lambda one: one["missing"],
        lambda one: one.copy(),
        lambda one: one.missing,
        lambda one: one is Phase.OPEN or one is True,
        lambda one: one.tzinfo.utcoffset(None),
        lambda one: 1 / one,
    ]
    found: list[Any] = []
    for attempt in tries:
        try:
            found.append(anatomy(attempt(value)))
        except Exception as error:
            found.append(type(error))
    return found


def leaves(value: Any) -> Iterator[Any]:
    yield value
    inside: list[Any] = []
    if isinstance(value, dict):
        inside = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | deque):
        inside = [*value]
    elif isinstance(value, Line):
        inside = [*vars(value).values()]
    for one in inside:
        yield from leaves(one)


KEYS = st.one_of(st.text(max_size=2), st.integers(0, 3), st.booleans(), st.just(Phase.OPEN))
LINES = st.builds(Line, st.integers())
ODD = st.one_of(
    st.sampled_from([Mixed.ONE, Loud("a"), Cents(2), np.float64(1.5), np.int64(2), float("nan")]),
    st.builds(LongLine, st.integers()),
    st.builds(lambda n: changed(Line(n), note=n), st.integers()),
    st.builds(lambda n: changed(Slotted(n), cache=n), st.integers()),
)
TYPED: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (type(None), st.none()),
    (bool, st.booleans()),
    (int, st.integers()),
    (float, st.floats()),
    (str, st.text(max_size=3)),
    (bytes, st.binary(max_size=3)),
    (Decimal, st.decimals()),
    (UUID, st.uuids()),
    (date, st.dates()),
    (time, st.times()),
    (timedelta, st.timedeltas()),
    (datetime, st.datetimes(timezones=st.sampled_from([None, UTC, ZoneInfo("Asia/Tokyo")]))),
    (Phase, st.just(Phase.OPEN)),
    (Level, st.just(Level.LOW)),
    (Point, st.builds(Point, st.integers())),
    (Slotted, st.builds(Slotted, st.integers())),
    (Line, LINES),
    (Line, st.builds(lambda n: touched(Line(n), "double"), st.integers())),
    (Line, st.builds(lambda n: changed(Line(1), hidden=n), st.integers())),
    (int | float, st.integers() | st.floats()),
    (Line | str | None, LINES | st.text(max_size=2) | st.none()),
]
ANYTHING = st.one_of(ODD, *(values for _, values in TYPED))


@st.composite
def typed(draw: st.DrawFn, depth: int = 2) -> tuple[Any, Any]:
    """A type hint and a value: one that is as the hint says, or one that is not quite so."""
    if draw(st.integers(0, 5)) == 0:
        return draw(st.sampled_from([Any, *(hint for hint, _ in TYPED)])), draw(ANYTHING)
    if not depth or draw(st.booleans()):
        hint, values = draw(st.sampled_from([(Any, ANYTHING), *TYPED]))
        return hint, draw(values)
    pairs = [draw(typed(depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    hint = pairs[0][0] if len({str(one) for one, _ in pairs}) == 1 else Any
    values = [value for _, value in pairs]
    names = draw(st.lists(KEYS, min_size=len(values), max_size=len(values)))
    items = dict(zip(names, values, strict=True))
    key = draw(st.sampled_from([Any, str, int, Phase]))
    members = draw(st.sets(KEYS, max_size=3))
    lists, tuples = GenericAlias(list, (hint,)), GenericAlias(tuple, (hint, ...))
    dicts, sets = GenericAlias(dict, (key, hint)), GenericAlias(set, (key,))
    made: list[tuple[Any, Any]] = [
        *[(lists, as_list(values)) for as_list in (list, tuple, deque)],
        *[(tuples, as_list(values)) for as_list in (tuple, list)],
        *[(dicts, as_dict(items)) for as_dict in (dict, OrderedDict)],
        *[(dicts, dict(zip("zya", values, strict=False))), (Any, values), (Any, items)],
        (dicts, defaultdict(int, items)),
        *[(sets, members), (frozenset[str], frozenset(members)), (sets, {*"ba"})],
        (set[Line], {Line(len(values)), Line(2)}),
    ]
    found: tuple[Any, Any] = draw(st.sampled_from(made))
    return found


@settings(max_examples=300, deadline=None)
@given(typed())
def test_any_state_is_refused_or_comes_back_exactly(one: tuple[Any, Any]) -> None:
    state = state_with(*one)
    fold = fold_of(state)
    try:
        text = fold.encode(state)
    except UnfitState:
        event("refused")
        return
    event("kept")
    back = fold.decode(text)
    assert anatomy(back) == anatomy(state)
    assert back == state
    assert [*map(behaviour, leaves(back))] == [*map(behaviour, leaves(state))]
