"""A fold whose states may be kept, and the tag by which its states are told from all others."""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import inspect
import textwrap
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, Generic, TypeVar, get_args, get_type_hints

import msgspec

from ..codec import schema_version
from ..decider import Decider
from ..errors import InvalidInput, UnfitState
from ..event import check_name
from ..stores.protocol import check_number

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")


@dataclasses.dataclass(frozen=True)
class Fold(Generic[C, E, S]):
    """A decider, under a name and with a version that its author raises.

    The tag adds a fingerprint, made from the source of `evolve`, the initial state, the fields of
    the state's dataclass and those of the event classes. Change one of them, and older snapshots
    are no longer used; comments and the layout of the code do not count.

    The fingerprint does not see functions and constants that `evolve` uses, base classes, or
    upcasters of the store. Who changes one of these raises `version`.

    Raises InvalidInput for a name with a slash, or an `evolve` whose source cannot be found.
    """

    name: str
    decider: Decider[C, E, S]
    version: int = 1

    def __post_init__(self) -> None:
        if "/" in check_name("name", self.name):
            raise InvalidInput("name", "must have no slash, which ends it in the tag")
        check_number("version", self.version, 1)
        _ = self.tag  # so that an evolve without a source is refused here

    def __repr__(self) -> str:
        return f"Fold({self.tag})"

    @cached_property
    def tag(self) -> str:
        """Name, version and fingerprint: "account/1/5f2c81d09a3e7b46"."""
        return f"{self.name}/{self.version}/{fingerprint(self.decider)}"

    def encode(self, state: S) -> str:
        """The state as JSON. Raises UnfitState if the same state does not come back from it."""
        try:
            text = as_json(state)
            if self.decode(text) == state:
                return text
        except (msgspec.MsgspecError, TypeError, ValueError, OverflowError) as error:
            raise UnfitState(self.name, str(error)) from error
        raise UnfitState(self.name, "another state comes back")

    def decode(self, text: str) -> S:
        """The state in the text of a snapshot. Raises ValueError if it is not exactly that."""
        state: S = msgspec.json.decode(text, type=type(self.decider.initial_state))
        if as_json(state) != text:  # a field too many, or one too few
            raise ValueError("the text has another shape than the state")
        return state


def as_json(state: Any) -> str:
    """A state as text: equal states give equal texts, and all of their fields are in it."""
    return msgspec.json.encode(_plain(state)).decode()


def _plain(value: Any) -> Any:
    """Dataclasses as dicts, sets in an order. A dict keeps its own, since evolve can see that."""
    if _is_data(type(value)):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=repr)
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def fingerprint(decider: Decider[Any, Any, Any]) -> str:
    """Sixteen hexadecimal digits that change when the fold does; see Fold for what they miss."""
    start = decider.initial_state
    parts = [
        source(decider.evolve),
        *shapes(type(start), set()),
        repr(start),
        *(
            f"{name} {schema_version(cls)} {shape(cls)}"
            for name, cls in sorted(decider.event_types.classes.items())
        ),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def source(function: Callable[..., Any]) -> str:
    """A function's source without comments, however it is laid out."""
    try:
        text = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    except (OSError, TypeError):
        raise InvalidInput("evolve", "has no source to be known by; write it as a def") from None
    try:
        return ast.unparse(ast.parse(text))
    except SyntaxError:  # a lambda is cut out of the middle of a line
        return text


def shapes(hint: Any, seen: set[Any]) -> Iterator[str]:
    """The fields of a dataclass and of those that its fields speak of, however deep."""
    if _is_data(hint) and hint not in seen:
        seen.add(hint)
        yield f"{hint.__qualname__} {shape(hint)}"
        for inner in _hints(hint).values():
            yield from shapes(inner, seen)
    for part in get_args(hint):
        yield from shapes(part, seen)


def shape(cls: type[Any]) -> str:
    """The names and types of a dataclass's fields, in order; nothing for another class."""
    if not _is_data(cls):
        return ""
    return ", ".join(f"{field.name}: {_named(field.type)}" for field in dataclasses.fields(cls))


def _named(hint: Any) -> str:
    return hint.__qualname__ if isinstance(hint, type) else str(hint)


def _hints(cls: type[Any]) -> dict[str, Any]:
    try:
        return get_type_hints(cls)
    except NameError:  # a class that is known to type checkers only, or within a function
        return {}


def _is_data(cls: Any) -> bool:
    return isinstance(cls, type) and dataclasses.is_dataclass(cls)
