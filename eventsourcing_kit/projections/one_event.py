"""How one stored event is handed to its handlers, and whose fault it is if that fails."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

import duckdb

from ..errors import StoreError, UnknownEventType
from ..event import RecordedEvent
from .file import Model, raise_if_interrupted
from .projection import Projection

Parts = Sequence[RecordedEvent]  # of one stored event; more than one where it was split


class EventFailed(Exception):
    """An event that cannot be handled, and `error`, which its handler raised. Never leaves here."""

    def __init__(self, event: RecordedEvent, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.event = event
        self.error = error

    @property
    def of_the_engine(self) -> bool:
        """Whether the engine or a store is in trouble, by its class; the event may be all right."""
        operational = duckdb.OperationalError | duckdb.InternalError | duckdb.InterruptException
        return isinstance(self.error, operational | duckdb.FatalException | StoreError) or (
            type(self.error) is duckdb.Error
        )


def by_position(events: Iterable[RecordedEvent]) -> list[Parts]:
    """The events as they are stored: what an upcaster has split is handled together."""
    return [list(parts) for _, parts in groupby(events, key=lambda event: event.position)]


def handle(projection: Projection, model: Model, parts: Parts) -> bool:
    """Give an event to its handlers. False if there is none and the type is passed over.

    Raises EventFailed for all but a conflict with another transaction.
    """
    handled = False
    for event in parts:
        if not concerns(projection, event):
            continue
        try:
            if event.type not in projection.handlers:
                raise UnknownEventType(event.type, event.position)
            projection.handlers[event.type](model, event)
        except duckdb.TransactionException:
            raise
        except Exception as error:
            raise_if_interrupted(error)
            raise EventFailed(event, error) from error
        handled = True
    return handled


def concerns(projection: Projection, event: RecordedEvent) -> bool:
    """Whether the projection has a handler for the event, or does not pass it over."""
    passed = projection.passes_over
    return event.type in projection.handlers or (passed is not None and event.type not in passed)
