"""An audit trail for somebody else's application: its rows stay what they are, and each change of
one becomes an event with who and why.

Triggers write a log beside the table (audit.sql), in the transaction of the change itself, so none
is missed; `carry_over` brings the log into an event store, each change once. A stream is one row
("customers-17"). These events were not decided by us: they say which columns changed and not what
was meant, so there is no `decide`, and no rule that could refuse. A row as of any moment is a fold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Never, assert_never
from uuid import UUID, uuid5

import msgspec

from ..codec import EventTypes
from ..decider import Decider
from ..errors import DomainError, InvalidInput
from ..sql_text import sql_text
from ..stores import ANY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from ..stores import EventStore

NAMESPACE = UUID("6f0d0f38-8d3f-4c70-9a2e-2f5b3c1d7a15")  # ids of changes are made in it
UNKNOWN = "unknown"  # who did not say who they are


@dataclass(frozen=True)
class RowInserted:
    row: dict[str, Any]


@dataclass(frozen=True)
class RowUpdated:
    """The columns whose values differ, before and after."""

    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True)
class RowDeleted:
    row: dict[str, Any]


RowEvent = RowInserted | RowUpdated | RowDeleted


@dataclass(frozen=True)
class Row:
    """A row after some changes; `row` is empty before it was inserted and after it was deleted."""

    changes: int = 0
    row: Mapping[str, Any] = field(default_factory=dict)


def evolve(state: Row, event: RowEvent) -> Row:
    """The row after one more change."""
    match event:
        case RowInserted(row):
            return Row(state.changes + 1, row)
        case RowUpdated(_, after):
            return replace(state, changes=state.changes + 1, row={**state.row, **after})
        case RowDeleted():
            return Row(state.changes + 1, {})
        case _:
            assert_never(event)


def watch(db: DuckDBPyConnection, table: str, key: str) -> None:
    """Log each later change of `table`, whose key column is `key`.

    `SET VARIABLE who = '…'` and `why` say on whose behalf. Raises InvalidInput for a name that is
    no plain identifier.
    """
    for name, value in (("table", table), ("key", key)):
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", value):
            raise InvalidInput(name, "must be a plain lower-case identifier")
    statements = sql_text("systems/audit.sql").replace("$table", table).replace("$key", key)
    db.execute(statements)


def carry_over(db: DuckDBPyConnection, store: EventStore, after: int = 0) -> int:
    """Append the logged changes behind number `after` to the store; returns the last number.

    A change keeps its identity, so carrying it over again stores it once. Numbers are given before
    the commit: a slow transaction may commit a smaller one than was carried over, so begin some
    minutes back, or at 0, and not at the last number.
    """
    rows = db.execute(
        "SELECT change, table_name, row_key, before, after, who, why, occurred_at "
        "FROM audit_log WHERE change > ? ORDER BY change",
        [after],
    ).fetchall()
    for change, table, key, before, then, who, why, occurred_at in rows:
        event = EVENT_TYPES.encode(
            _event(before, then),
            metadata={"actor": who or UNKNOWN, "reason": why or UNKNOWN, "change": change},
            event_id=uuid5(NAMESPACE, f"{table} {change}"),
            occurred_at=occurred_at,
        )
        store.append(f"{table}-{key}", [event], expected_version=ANY)
        after = change
    return after


def blame(events: list[Any]) -> dict[str, tuple[Any, str, str]]:
    """For each column its value, who changed it last, and why, from one row's recorded events."""
    found: dict[str, tuple[Any, str, str]] = {}
    for recorded in events:
        who = (recorded.metadata["actor"], recorded.metadata["reason"])
        match EVENT_TYPES.decode(recorded):
            case RowInserted(row):
                found = {column: (value, *who) for column, value in row.items()}
            case RowUpdated(_, after):
                found |= {column: (value, *who) for column, value in after.items()}
            case RowDeleted():
                found = {}
    return found


def _event(before: str | None, after: str | None) -> RowEvent:
    old = msgspec.json.decode(before) if before else {}
    new = msgspec.json.decode(after) if after else {}
    if not before:
        return RowInserted(new)
    if not after:
        return RowDeleted(old)
    changed = [column for column in new if new[column] != old.get(column)]
    return RowUpdated({c: old.get(c) for c in changed}, {c: new[c] for c in changed})


def _refuse(_: object, __: Row) -> Never:
    raise DomainError("the application that owns the table decides, not its audit trail")


EVENT_TYPES: Final[EventTypes[RowEvent]] = EventTypes([RowInserted, RowUpdated, RowDeleted])

row: Final[Decider[object, RowEvent, Row]] = Decider(
    decide=_refuse,
    evolve=evolve,
    initial_state=Row(),
    is_terminal=lambda _: False,
    event_types=EVENT_TYPES,
)
