"""Event sourcing, to learn and to be asked about: a small event store and what stands on it.

Heavy parts (pandas, numpy, matplotlib, widgets) load when they are first touched.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import event
from .codec import EventTypes
from .decider import Decider, fold
from .errors import (
    CommandIdReused,
    ConditionFailed,
    DomainError,
    DuplicateEvent,
    EventSourcingError,
    InvalidInput,
    RetriesExhausted,
    StoreError,
    UnknownEventType,
    UnknownSchemaVersion,
    WrongExpectedVersion,
)
from .event import NewEvent, RecordedEvent, category, fixed_clock, fixed_ids
from .handling import handle
from .sql_text import sql_text
from .stores import (
    ANY,
    NO_STREAM,
    STREAM_EXISTS,
    AppendCondition,
    AppendResult,
    EventStore,
    Query,
    open_store,
)

if TYPE_CHECKING:
    from . import (
        access,
        banking,
        capacity,
        cluster_runs,
        critique,
        errors,
        exercises,
        integrity,
        interview,
        operation,
        processes,
        progress,
        projections,
        replay,
        schedules,
        servers,
        snapshots,
        stores,
        systems,
        upcasting,
        widgets,
    )
    from .drawing import pictures, plots
    from .jsonl import dump_jsonl, load_jsonl
    from .predictions import predict
    from .stores.backup import backup, restore
    from .stores.verify import verify

__all__ = [
    "ANY",
    "NO_STREAM",
    "STREAM_EXISTS",
    "AppendCondition",
    "AppendResult",
    "CommandIdReused",
    "ConditionFailed",
    "Decider",
    "DomainError",
    "DuplicateEvent",
    "EventSourcingError",
    "EventStore",
    "EventTypes",
    "InvalidInput",
    "Query",
    "NewEvent",
    "RecordedEvent",
    "RetriesExhausted",
    "StoreError",
    "UnknownEventType",
    "UnknownSchemaVersion",
    "WrongExpectedVersion",
    "access",
    "backup",
    "banking",
    "capacity",
    "category",
    "cluster_runs",
    "critique",
    "dump_jsonl",
    "errors",
    "event",
    "exercises",
    "fixed_clock",
    "fixed_ids",
    "fold",
    "handle",
    "integrity",
    "interview",
    "journal",
    "load_jsonl",
    "open_store",
    "operation",
    "pictures",
    "plots",
    "predict",
    "progress",
    "processes",
    "projections",
    "replay",
    "restore",
    "schedules",
    "servers",
    "snapshots",
    "sql_text",
    "stores",
    "systems",
    "upcasting",
    "verify",
    "widgets",
]

_MODULES = {
    "access",
    "banking",
    "capacity",
    "cluster_runs",
    "critique",
    "errors",
    "exercises",
    "integrity",
    "interview",
    "journal",
    "operation",
    "progress",
    "processes",
    "projections",
    "replay",
    "schedules",
    "servers",
    "snapshots",
    "stores",
    "systems",
    "upcasting",
    "widgets",
}
_FROM = {
    "backup": "stores.backup",
    "dump_jsonl": "jsonl",
    "load_jsonl": "jsonl",
    "predict": "predictions",
    "pictures": "drawing",
    "plots": "drawing",
    "restore": "stores.backup",
    "verify": "stores.verify",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{name}", __name__)
    if name in _FROM:
        return getattr(import_module(f".{_FROM[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
