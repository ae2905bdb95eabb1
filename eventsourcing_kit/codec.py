"""Domain events are frozen dataclasses; the store keeps JSON. This turns one into the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

import msgspec

from .errors import InvalidInput, UnknownEventType, UnknownSchemaVersion
from .event import MAX_DEPTH, NewEvent, RecordedEvent, kind, shown

E = TypeVar("E")


class EventTypes(Generic[E]):
    """The event classes that a piece of code knows, by the name under which they are stored.

    Each class is a frozen dataclass; its name is the event's type, and its class attribute
    `schema_version` (1 where there is none) the version of its shape. A `tolerant` reader ignores
    fields that it does not know; otherwise they are an error.
    """

    def __init__(self, classes: Iterable[type[E]], *, tolerant: bool = False) -> None:
        self.classes: dict[str, type[E]] = {cls.__name__: cls for cls in classes}
        self.tolerant = tolerant

    def encode(
        self,
        event: E,
        *,
        metadata: Mapping[str, Any] | None = None,
        event_id: UUID | None = None,
        occurred_at: datetime | None = None,
    ) -> NewEvent:
        """The envelope around a domain event.

        Raises UnknownEventType, and InvalidInput for what the field of its class does not take or
        what would come back as something else: a Decimal where Any is allowed.
        """
        cls = type(event)
        if self.classes.get(cls.__name__) is not cls:
            raise UnknownEventType(cls.__name__)
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]
        given = {f.name: _held(f"{cls.__name__}.{f.name}", getattr(event, f.name)) for f in fields}
        checked = self._convert(given, cls, _TYPED)  # a dataclass checks no types itself
        data = msgspec.to_builtins(given)
        new = NewEvent(
            cls.__name__,
            data,
            metadata=metadata or {},
            schema_version=schema_version(cls),
            event_id=event_id or uuid4(),
            occurred_at=occurred_at,
        )
        if data != given and self._convert(data, cls) != checked:
            raise InvalidInput(cls.__name__, f"{shown(event)} would come back as something else")
        return new

    def decode(self, recorded: RecordedEvent) -> E:
        """The domain event in an envelope.

        Raises UnknownEventType, UnknownSchemaVersion, and InvalidInput for data that does not fit
        the class: a missing or unknown field, a bool or a float where an int belongs.
        """
        cls = self.classes.get(recorded.type)
        if cls is None:
            raise UnknownEventType(recorded.type, recorded.position)
        if recorded.schema_version != schema_version(cls):
            raise UnknownSchemaVersion(recorded.type, recorded.schema_version, schema_version(cls))
        data: Mapping[str, Any] = recorded.data
        if self.tolerant:
            known = {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
            data = {name: value for name, value in data.items() if name in known}
        return self._convert(data, cls)

    @staticmethod
    def _convert(data: Mapping[str, Any], cls: type[E], typed: Iterable[type] = ()) -> E:
        """The data as an event. A value of a `typed` type is one already, and no text for it."""
        unknown = set(data) - {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        if unknown:
            raise InvalidInput(f"{cls.__name__}.{min(unknown)}", "is not a field of this event")
        try:
            return msgspec.convert(data, cls, builtin_types=typed)
        except msgspec.ValidationError as error:
            raise InvalidInput(cls.__name__, str(error)) from None


def _held(name: str, value: Any) -> Any:
    """The value of a field in JSON's types and the few that a field may have instead."""

    def exact(value: Any) -> Any:
        for type_, what_it_holds in _DERIVED:
            if isinstance(value, type_):
                return what_it_holds(value)
        raise InvalidInput(name, f"has {kind(value)}, which JSON does not have")

    try:
        return msgspec.to_builtins(
            value, builtin_types=_TYPED, enc_hook=exact, order="deterministic"
        )
    except RecursionError:
        raise InvalidInput(name, f"is nested deeper than {MAX_DEPTH} levels") from None
    except TypeError as error:  # keys
        raise InvalidInput(name, f"cannot be kept: {error}") from None


_TYPED = (bytes, bytearray, datetime, date, time, timedelta, UUID, Decimal)
_DERIVED: list[tuple[type, Any]] = [
    (str, str.__str__),
    (int, int.__int__),
    (float, float.__float__),
]


def plain(value: Any, *, named: bool = False) -> Any:
    """Dataclasses as dicts of their fields, sets in an order: what has one text as JSON.

    A dict keeps its own order. With `named`, each dataclass has the name of its class beside the
    fields, and not those that are as by default: its class may gain such a field.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [(f, getattr(value, f.name)) for f in dataclasses.fields(value)]
        told = {
            f.name: plain(v, named=named) for f, v in fields if not (named and _is_default(f, v))
        }
        return {"": type(value).__name__, **told} if named else told
    if isinstance(value, dict):
        return {key: plain(one, named=named) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(one, named=named) for one in value), key=repr)
    if isinstance(value, list | tuple):
        return [plain(one, named=named) for one in value]
    return value


def _is_default(field: dataclasses.Field[Any], value: Any) -> bool:
    return type(value) is type(field.default) and bool(value == field.default)


def schema_version(cls: type[Any]) -> int:
    """The version of an event class's shape, from 1."""
    return int(getattr(cls, "schema_version", 1))
