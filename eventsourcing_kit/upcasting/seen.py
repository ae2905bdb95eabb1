"""A fold over many events in SQL, for which each old event is looked at once.

What is stored never changes. So a store that has seen that all bodies up to a position are of
their shapes need not look again, and a fold over them costs little more than over new events:
only the fields that it reads are read, and only the shapes that are there are told apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import duckdb

from .declared import literal
from .steps import Chains, Shape
from .view import MARK, by_shape, problem, quoted, select, struct_as_stored, ways


@dataclass(frozen=True)
class Seen:
    """What is known of the events up to `position`, for a fold of certain fields.

    Those of old `shapes` can be read, and there are no other old ones. `eager`: the fields of all
    events, needed or not, can be cast as the fold casts them (see view.ways). `quiet`: when it was
    last looked, no old event had come, and none could not be read.
    """

    position: int = 0
    shapes: frozenset[Shape] = frozenset()
    eager: bool = True
    quiet: bool = False


class FoldQuery:
    """The query of as_view for a fold's fields, in parts: what has been looked at, and the rest."""

    def __init__(self, chains: Chains, table: str, fields: Mapping[str, str]) -> None:
        self.chains, self.table, self.fields = chains, table, fields
        self.ways = ways(chains, fields)

    def look(self, engine: duckdb.DuckDBPyConnection, seen: Seen) -> Seen:
        """Look at what was stored since, up to the first event that the functions refuse."""
        last = f"SELECT position FROM {self.table} ORDER BY position DESC LIMIT 1"
        [(head,)] = engine.execute(f"SELECT coalesce(({last}), 0)").fetchall()  # see store_end.sql
        if head == seen.position:
            return replace(seen, quiet=True)
        problems = [(one.upcaster, problem(one)) for one in self.ways]
        wrong = by_shape(self.chains, "NULL", problems, lambda *_: "''")
        newest = self.chains.newest_shapes
        new = f"position > {seen.position} AND position <= {head}"
        try:
            found = engine.execute(
                f"SELECT type, schema_version, min(position) FILTER ({wrong} IS NOT NULL) "
                f"FROM {self.table} WHERE {new} AND list_contains($1, type) GROUP BY ALL",
                [list(newest)],
            ).fetchall()
        except duckdb.Error:  # a Compute whose SQL calls error(): the fold will, if it reads that
            return replace(seen, quiet=False)
        refused_at = min((at for *_, at in found if at is not None), default=head + 1)
        old = {(type_, version) for type_, version, _ in found if version != newest[type_]}
        now = Seen(refused_at - 1, seen.shapes | old, seen.eager, quiet=not old)
        if now.shapes != seen.shapes:  # they have other fields, which all events are asked for
            new = f"position <= {head}"
        return replace(now, eager=now.eager and self._castable(engine, now, new))

    def query(self, seen: Seen) -> str:
        """All events. Those behind the last one looked at are read as well, in their newest shapes;
        one of an old shape is looked at, or is an error where none was expected.
        """
        rest, behind = select(self.chains, self.ways, self.table, self.fields), seen.position
        if seen.quiet:  # a tenth of that for the engine to plan
            rest = self._as_stored(seen)
        return (
            f"{MARK} {self._fast(seen, f'position <= {behind}')}\n"
            f"UNION ALL\nSELECT * FROM ({rest}) WHERE position > {behind}"
        )

    def _fast(self, seen: Seen, where: str) -> str:
        """The events that have been looked at."""
        some = [
            replace(one, checks={})
            for one in ways(self.chains, self.fields, eager=seen.eager)
            if (one.upcaster.type, one.upcaster.version) in seen.shapes
        ]
        return select(self.chains, some, self.table, self.fields, eager=seen.eager, where=where)

    def _as_stored(self, seen: Seen) -> str:
        """The events in their newest shapes, and an error for any other."""
        old = " OR ".join(
            f"type = {literal(type_)} AND schema_version <> {newest}"
            for type_, newest in self.chains.newest_shapes.items()
        )
        late = "it was stored after this query was made; ask for the query again"
        error = f"error(format('position {{}}, {{}}: {late}', position, type))"
        as_it_is = f"CASE WHEN {old or False} THEN {error} ELSE"
        return f"""SELECT
    position, stream_id, version, event_id,
    {as_it_is} type END AS type, schema_version,
    {as_it_is} {struct_as_stored(self.fields, seen.eager)} END AS data,
    metadata, occurred_at, recorded_at, 1 AS part
FROM {self.table}"""

    def _castable(self, engine: duckdb.DuckDBPyConnection, seen: Seen, where: str) -> bool:
        counts = ", ".join(f"count(data.{quoted(name)})" for name in self.fields)
        try:
            engine.execute(f"SELECT {counts} FROM ({self._fast(seen, where)})")
        except duckdb.Error:
            return False
        return True
