"""Event stores: the protocol, and one module an engine."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput
from ..event import Clock, utc_now
from .conditions import AppendCondition, Query
from .protocol import (
    ANY,
    NO_STREAM,
    STREAM_EXISTS,
    AppendResult,
    EventStore,
    Expected,
    ExpectedVersion,
    TimeAxis,
    Write,
)

if TYPE_CHECKING:
    from . import conformance
    from .small import SmallStore
    from .sql_store import SqlEventStore, SqlReshaping

__all__ = [
    "ANY",
    "NO_STREAM",
    "STREAM_EXISTS",
    "AppendCondition",
    "AppendResult",
    "EventStore",
    "Expected",
    "ExpectedVersion",
    "Query",
    "SmallStore",
    "SqlEventStore",
    "TimeAxis",
    "Write",
    "conformance",
    "open_store",
]


_FROM = {"SmallStore": "small", "SqlEventStore": "sql_store"}  # of what needs DuckDB


def __getattr__(name: str) -> Any:
    if name == "conformance":  # it needs pytest and Hypothesis, which take their time
        return import_module(".conformance", __name__)
    if name in _FROM:
        return getattr(import_module(f".{_FROM[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def open_store(
    url: Any,
    *,
    clock: Clock = utc_now,
    read_only: bool = False,
    upcasters: SqlReshaping | None = None,
) -> SqlEventStore:
    """Open the event store at `url`, or make it: a DuckDB file, or ":memory:".

    `clock` gives each append its recorded_at. With `read_only` nothing is made and appends raise
    StoreReadOnly. With `upcasters` all that is read has its newest shape. Raises InvalidInput for
    what is no path, and of StoreError: StoreNotFound, StoreLocked, StoreReadOnly, StoreIncomplete,
    StoreDamaged, StoreMoved, StoreForked, StoreTooNew, NotAnEventStore and others; each says what
    to do.
    """
    from .duckdb import DuckDBStore
    from .opening import check_path

    if "://" in str(url):
        raise InvalidInput("url", f"no engine for {url!r}; give a file's path or ':memory:'")
    return DuckDBStore(
        check_path(url, "url"), clock=clock, read_only=read_only, upcasters=upcasters
    )
