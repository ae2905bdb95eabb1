"""Domain events are frozen dataclasses; the store keeps JSON. This turns one into the other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

import msgspec

from .errors import InvalidInput, UnknownEventType, UnknownSchemaVersion
from .event import NewEvent, RecordedEvent

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
        """The envelope around a domain event. Raises UnknownEventType, InvalidInput."""
        cls = type(event)
        if self.classes.get(cls.__name__) is not cls:
            raise UnknownEventType(cls.__name__)
        data = msgspec.to_builtins(event)
        self._convert(data, cls)  # a dataclass checks no types, so 2.5 could still be in there
        return NewEvent(
            cls.__name__,
            data,
            metadata=metadata or {},
            schema_version=schema_version(cls),
            event_id=event_id or uuid4(),
            occurred_at=occurred_at,
        )

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
    def _convert(data: Mapping[str, Any], cls: type[E]) -> E:
        unknown = set(data) - {field.name for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        if unknown:
            raise InvalidInput(f"{cls.__name__}.{min(unknown)}", "is not a field of this event")
        try:
            return msgspec.convert(data, cls)
        except msgspec.ValidationError as error:
            raise InvalidInput(cls.__name__, str(error)) from None


def schema_version(cls: type[Any]) -> int:
    """The version of an event class's shape, from 1."""
    return int(getattr(cls, "schema_version", 1))
