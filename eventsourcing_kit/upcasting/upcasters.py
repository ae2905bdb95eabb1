"""Upcasters: old events are read in the newest shape. What is stored never changes.

The word and the idea are those of Greg Young's "Versioning in an Event Sourced System" (2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from .seen import FoldQuery, Seen
from .steps import Chains
from .view import as_view, shadow

if TYPE_CHECKING:
    import duckdb


class Upcasters(Chains):
    """Upcasters composed into chains: whatever version is stored, the newest is read.

    Raises UpcasterError, with the reason, where they do not fit together: two for one step, a gap,
    a cycle, a result of the wrong version, a field that is not there, shapes that do not meet.
    """

    def sql(self, table: str = "stored_events", fields: Mapping[str, str] | None = None) -> str:
        """The SELECT that reads `table` in the newest shapes: the columns of events, and `part`.

        `part` counts the events into which a stored one is split, from 1. Reading `data` raises an
        error for an event that apply refuses, and names its position. With `fields`, each with the
        type that it is declared with, `data` holds these and no others. Raises UpcasterError if a
        step is a function without SQL.
        """
        return as_view(self, table, fields)

    def shadow(
        self, engine: duckdb.DuckDBPyConnection, table: str, query: str = ""
    ) -> AbstractContextManager[None]:
        """For what is asked within: `events` is the view of the table; see view.shadow."""
        return shadow(self, engine, table, query)

    def fold_sql(
        self,
        engine: duckdb.DuckDBPyConnection,
        table: str,
        fields: Mapping[str, str],
        seen: dict[Any, Seen],
    ) -> str:
        """The same for a fold that reads these fields, and faster: see seen.py.

        `seen` is for this to fill, and belongs to the table: its old events are looked at once.
        """
        fold, key = FoldQuery(self, table, fields), tuple(fields.items())
        seen[key] = fold.look(engine, seen.get(key, Seen()))
        return fold.query(seen[key])
