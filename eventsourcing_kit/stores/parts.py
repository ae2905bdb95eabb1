"""Bulk appends for engines that cannot take everything at once."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from .protocol import ANY, NO_STREAM, EventStore, Expected

if TYPE_CHECKING:
    import pyarrow as pa


def append_in_parts(
    store: EventStore,
    table: pa.Table,
    expected_version: Literal[Expected.ANY, Expected.NO_STREAM] = NO_STREAM,
) -> int:
    """append_columns, in one append if the engine can, else in as few as it can.

    An engine says in its attribute `most_at_once` how many events it takes. Each part is stored
    whole or not at all; after a failure the whole table may be appended again, and what was stored
    adds nothing. Returns and raises what append_columns does.
    """
    most = getattr(store, "most_at_once", None)
    if most is None or len(table) <= most:
        return store.append_columns(table, expected_version)
    before: Counter[str] = Counter()  # of this table, in each stream
    stored = 0
    for start in range(0, len(table), most):
        part = table.slice(start, most)
        counts = Counter(part["stream_id"].to_pylist())
        stored += store.append_columns(
            part, ANY if expected_version is ANY else {name: before[name] for name in counts}
        )
        before += counts
    return stored
