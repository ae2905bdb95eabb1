"""Event stores: the protocol, and one module an engine."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

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


# By the scheme of a URL: the module, its class, and what the class is given beside what all are.
ENGINES: Final = {
    "nats": ("jetstream", "JetStreamStore", {"replicas", "timeout"}),
    "tls": ("jetstream", "JetStreamStore", {"replicas", "timeout"}),
    "postgresql": ("postgres", "PostgresStore", {"partitions"}),
    "postgres": ("postgres", "PostgresStore", {"partitions"}),
}


def open_store(
    url: Any,
    *,
    clock: Clock = utc_now,
    read_only: bool = False,
    upcasters: SqlReshaping | None = None,
    **more: Any,
) -> SqlEventStore:
    """Open the event store at `url`, or make it.

    `url` is the path of a DuckDB file, or ":memory:"; or that of a PostgreSQL server,
    postgresql://user:password@host:port/database?schema=bank, each store in a schema of its own
    ("bank" where none is named); or that of NATS servers with JetStream,
    nats://host:port,host:port/bank (tls:// where they want it). `clock` gives each append its
    recorded_at. With `read_only` nothing is made and appends raise StoreReadOnly. With `upcasters`
    all that is read has its newest shape. Of PostgreSQL alone: `partitions`, over how many the
    events of a store that is made are spread (4). Of JetStream alone: `replicas`, how many servers
    keep each event of a bank that is made (1, 3 or 5; 3 where the URL names three, else 1), and
    `timeout`, for how many seconds a call tries to get an answer (20).

    What servers keep is an EventStore whose events DuckDB's SQL cannot ask, and lacks what
    SqlEventStore adds; `sql_store` says so by name.

    Raises InvalidInput for what is no path or URL, and of StoreError: StoreNotFound, StoreLocked,
    StoreReadOnly, StoreIncomplete, StoreDamaged, StoreMoved, StoreForked, StoreTooNew,
    NotAnEventStore, StoreUnavailable, StoreRefused and others; each says what to do.

    Where KIT_STORE is set to the URL of a PostgreSQL server, a path is a store there, and
    ":memory:" one that is removed when nobody holds it any more.
    """
    if os.environ.get("KIT_STORE") and "://" not in str(url):
        from .kit_store import InPlaceOfDuckDB

        store: Any = InPlaceOfDuckDB(
            url, clock=clock, read_only=read_only, upcasters=upcasters, **more
        )
        return cast("SqlEventStore", store)
    return open_engine(url, clock=clock, read_only=read_only, upcasters=upcasters, **more)


def open_engine(
    url: Any,
    *,
    clock: Clock = utc_now,
    read_only: bool = False,
    upcasters: SqlReshaping | None = None,
    **more: Any,
) -> SqlEventStore:
    """open_store, whatever KIT_STORE says: for what the kit itself keeps."""
    scheme, colon, _ = str(url).partition("://")
    if colon and scheme not in ENGINES:
        known = ", ".join(f"{name}://" for name in ENGINES)
        raise InvalidInput(
            "url", f"no engine for {url!r}; give a file's path, ':memory:' or one of {known}"
        )
    module, name, takes = ENGINES.get(scheme if colon else "", ("duckdb", "DuckDBStore", set()))
    for option in more.keys() - takes:
        raise InvalidInput(option, f"is nothing that the engine of {scheme or url!r} takes")
    if not colon:
        from .opening import check_path

        url = check_path(url, "url")
    engine = getattr(import_module(f".{module}", __name__), name)
    store: SqlEventStore = engine(
        url, clock=clock, read_only=read_only, upcasters=upcasters, **more
    )
    return store
