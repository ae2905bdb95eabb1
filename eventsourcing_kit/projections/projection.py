"""What a projection is: handlers by event type, or one SQL statement, and the tables they fill."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any

import duckdb

from ..errors import InvalidInput
from ..event import RecordedEvent, check_name, check_text
from ..snapshots.fingerprint import source

Model = duckdb.DuckDBPyConnection
Handler = Callable[[Model, RecordedEvent], None]
Effect = Callable[[RecordedEvent], None]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TAKEN = {"main", "temp", "system", "pg_catalog", "information_schema"}


class OnFailure(Enum):
    """What becomes of an event whose handler fails, after its retries."""

    STOP = "stop"  # the projection stops there; nothing behind it is handled
    SKIP = "skip"  # it is written down and left out for good
    DEAD_LETTER = "dead letter"  # it is parked, and the later events of its stream behind it
    DEAD_LETTER_ALONE = "dead letter alone"  # it is parked; later events of its stream pass it


@dataclass(frozen=True)
class Projection:
    """A read model that is kept by handlers, one event at a time.

    `tables` is SQL that makes its tables. `handlers` has a function for each event type that
    matters, `handle(model, event)`: `model` runs SQL in which the tables have their plain names.
    Events of other types are passed over; with `passes_over`, only those of these types, and any
    further one is a failure (UnknownEventType).

    A handler writes to its tables and does nothing else: it is run again after a crash, and for
    the whole history on a rebuild. What the world outside is to notice goes into `effects`:
    `effect(event)` is run once the event is committed, for events behind position
    `effects_after`, at least once, and never for a rebuild.

    An effect depends on its event alone: it is run also where the handler's event was set aside.

    `version` is raised whenever tables or handlers change; then the read model has to be rebuilt.
    `retries` is how often a failed event is tried again at once.
    """

    name: str
    tables: str
    handlers: Mapping[str, Handler]
    version: int = 1
    on_failure: OnFailure = OnFailure.STOP
    retries: int = 0
    effects: Mapping[str, Effect] = field(default_factory=dict)
    effects_after: int = 0
    passes_over: Collection[str] | None = None

    def __post_init__(self) -> None:
        _check(self.name, self.tables, self.version)
        for types, functions in (("handlers", self.handlers), ("effects", self.effects)):
            for type_, function in functions.items():
                check_name(types, type_)
                if not callable(function):
                    raise InvalidInput(f"{types}.{type_}", f"must be a function, not {function!r}")
        if not isinstance(self.on_failure, OnFailure):
            raise InvalidInput("on_failure", f"must be an OnFailure, not {self.on_failure!r}")
        _check_from("retries", self.retries, 0)
        _check_from("effects_after", self.effects_after, 0)

    @cached_property
    def code(self) -> str | None:
        """A fingerprint of tables, handlers and passes_over; None if one has no source.

        Comments and layout do not count. It does not see what a handler uses (other functions,
        constants, values of a closure, files), nor the upcasters of the store.
        """
        passed = [] if self.passes_over is None else ["only", *sorted(self.passes_over)]
        sources = []
        for type_, handler in sorted(self.handlers.items()):
            code = getattr(inspect.unwrap(handler), "__code__", None)
            text = source(code) if code is not None else ""
            if not text:
                return None
            sources.append(f"{type_} {text}")
        return _fingerprint([self.tables, *passed, *sources])


@dataclass(frozen=True)
class SqlProjection:
    """A read model that is kept by SQL, a whole batch at a time.

    `statement` is one SQL statement or several. In it the tables have their plain names, and
    `batch` has the events of the batch, with all columns of `events`. It works where the fold can
    be said in SQL; then it is faster by orders of magnitude. There is no choice about single
    events: what fails is the batch, and the projection stops before it.
    """

    name: str
    tables: str
    statement: str
    version: int = 1

    def __post_init__(self) -> None:
        _check(self.name, self.tables, self.version)
        check_text("statement", self.statement)

    @property
    def code(self) -> str:
        """A fingerprint of tables and statement."""
        return _fingerprint([self.tables, self.statement])


def _fingerprint(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


AnyProjection = Projection | SqlProjection


def check_projection(projection: Any) -> AnyProjection:
    """The projection itself, or InvalidInput."""
    if not isinstance(projection, Projection | SqlProjection):
        raise InvalidInput("projection", f"must be a Projection, not a {type(projection).__name__}")
    return projection


def _check(name: Any, tables: Any, version: Any) -> None:
    """A name that may stand in SQL as it is; see models.sql for what it becomes part of."""
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in _TAKEN:
        problem = "must be a plain lower-case name such as 'balances', not a word of DuckDB's own"
        raise InvalidInput("name", f"{problem}: {name!r}")
    if re.search(r"_\d+$", name):
        raise InvalidInput("name", f"must not end in a number, which builds do: {name!r}")
    check_text("tables", tables)
    _check_from("version", version, 1)


def _check_from(field: str, value: Any, least: int) -> None:
    if type(value) is not int or not least <= value < 2**31:
        raise InvalidInput(field, f"must be a whole number from {least}, not {value!r}")
