"""A fold whose states may be kept, and the tag by which its states are told from all others."""

from __future__ import annotations

import dataclasses
import inspect
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property
from types import NoneType
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec

from ..codec import plain
from ..decider import Decider
from ..errors import InvalidInput, UnfitState
from ..event import check_name, check_number
from .fingerprint import fingerprint

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")

CONTAINERS = (dict, list, tuple, set, frozenset)
ATOMS = {
    *(NoneType, bool, int, float, str, bytes, bytearray),
    *(Decimal, UUID, date, datetime, time, timedelta),
}


@dataclasses.dataclass(frozen=True)
class SnapshotSource(Generic[C, E, S]):
    """A decider, under a name and with a version that its author raises.

    The tag adds a fingerprint of the code: the source of `evolve` and of all functions that it
    uses, however deep; the globals that these name, with their values; the classes of the state
    and the events, with bases, methods, fields and defaults, and the classes that their fields
    speak of; the initial state; and the versions of Python and of installed packages, where they
    are used. Change one of these, and older snapshots are no longer used. Comments, docstrings,
    layout, and what the fold does not use, do not count. Snapshots add the store's upcasters.

    It is made when it is first asked for. It cannot see a global that is changed afterwards; what
    is read from files, a database or the environment; names that are put together while it runs
    (`globals()["a" + "b"]`); and what your own extensions in C do. Who changes one of these raises
    `version`.

    Raises InvalidInput for a name with a slash, or an `evolve` whose source cannot be found.
    """

    name: str
    decider: Decider[C, E, S]
    version: int = 1

    def __post_init__(self) -> None:
        if "/" in check_name("name", self.name):
            raise InvalidInput("name", "must have no slash, which ends it in the tag")
        check_number("version", self.version, 1)
        if not callable(self.decider.evolve) or inspect.isbuiltin(self.decider.evolve):
            raise InvalidInput("evolve", "has no source to be known by; write it as a def")

    def __repr__(self) -> str:
        return f"SnapshotSource({self.tag})"

    @cached_property
    def tag(self) -> str:
        """Name, version and fingerprint: "account/1/5f2c81d09a3e7b46"."""
        types = self.decider.event_types
        known = {**vars(types), "classes": dict(sorted(types.classes.items()))}
        code = fingerprint(self.decider.evolve, self.decider.initial_state, type(types), known)
        return f"{self.name}/{self.version}/{code}"

    def encode(self, state: S) -> str:
        """The state as JSON. Raises UnfitState if not exactly the same state comes back from it.

        The same are states with the same attributes and items, of the same types, however deep,
        and dicts in the same order. (A set has no order that evolve could go by.)
        """
        try:
            text = as_json(state)
            problem = difference(state, self.decode(text))
        except Exception as error:  # of msgspec's, or whatever the state's own classes raise
            raise UnfitState(self.name, str(error) or type(error).__name__) from error
        if problem:
            raise UnfitState(self.name, f"another state comes back, for {problem}")
        return text

    def decode(self, text: str) -> S:
        """The state in the text of a snapshot. Raises ValueError if it is not exactly that."""
        state: S = msgspec.json.decode(text, type=type(self.decider.initial_state))
        if as_json(state) != text:  # a field too many, or one too few
            raise ValueError("the text has another shape than the state")
        return state


def as_json(state: Any) -> str:
    """A state as text: equal states give equal texts, and all of their fields are in it."""
    return msgspec.json.encode(plain(state)).decode()


def difference(one: Any, other: Any, place: str = "it") -> str:
    """Where two values are not exactly alike, in words; empty if they are."""
    kind = type(one)
    if type(other) is not kind:
        return f"{place} is of type {kind.__name__} and becomes {type(other).__name__}"
    if isinstance(one, Enum):
        return "" if one is other else f"{place} is {one} and becomes {other}"
    if kind in ATOMS:  # the text tells 0.0 from −0.0, and one zone from another
        alike = one == other and repr(one) == repr(other)
        return "" if alike else f"{place} is {one!r} and becomes {other!r}"
    mine, theirs = _inside(one), _inside(other)
    if mine is None or theirs is None:
        return f"{place} is of type {kind.__name__}, which is not known to come back the same"
    for name in mine:
        if isinstance(getattr(kind, name[1:], None), cached_property):
            theirs[name] = getattr(other, name[1:])  # as it will be worked out again
    if lost := sorted(mine.keys() ^ theirs.keys()):
        return f"{place}{lost[0]} {'does not come back' if lost[0] in mine else 'is new'}"
    found = (difference(value, theirs[name], place + name) for name, value in mine.items())
    return next(filter(None, found), "")


def _inside(value: Any) -> dict[str, Any] | None:
    """What a value is made of, each part by the way to it; None if that cannot be told."""
    kind = type(value)
    if kind is dict:
        keys = {f" key {number}": key for number, key in enumerate(value)}
        return keys | {f"[{key!r}]": one for key, one in value.items()}
    if kind in (set, frozenset):
        value = sorted(value, key=lambda one: repr(plain(one)))
    if kind in (list, tuple, set, frozenset) or _is_named_tuple(value):
        return {f"[{number}]": one for number, one in enumerate(value)}
    if isinstance(value, msgspec.Struct):
        return {f".{name}": getattr(value, name) for name in value.__struct_fields__}
    if dataclasses.is_dataclass(kind) and not issubclass(kind, (*ATOMS - {NoneType}, *CONTAINERS)):
        state = object.__getstate__(value)  # what it has, be that a field or not
        parts = state if isinstance(state, tuple) else (state,)
        names = [field.name for field in dataclasses.fields(kind)]  # a default may be the class's
        names += [name for part in parts for name in part or ()]
        return {f".{name}": getattr(value, name) for name in names}
    return None


def _is_named_tuple(value: Any) -> bool:
    return isinstance(value, tuple) and hasattr(value, "_fields") and not hasattr(value, "__dict__")
