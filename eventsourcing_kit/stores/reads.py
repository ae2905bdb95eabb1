"""The reads that follow from read_all: for an engine that has no better way to answer them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ..errors import InvalidInput
from ..event import RecordedEvent, canonical_json, check_name, check_number, shown
from ..event import category as category_of
from .protocol import COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa


ENDLESS = 2**63 - 1


class ReadsFromAll(ABC):
    """Beside the engine's own read_all and position: read_category, catch_up, read_columns."""

    @abstractmethod
    def read_all(
        self, after_position: int = 0, limit: int | None = None
    ) -> list[RecordedEvent]: ...

    @abstractmethod
    def position(self) -> int: ...

    def read_category(
        self, category: str, after_position: int = 0, limit: int | None = None
    ) -> list[RecordedEvent]:
        check_category(category)
        everything = chain.from_iterable(self.catch_up(after_position))
        return list(islice((e for e in everything if category_of(e.stream_id) == category), limit))

    def catch_up(self, after_position: int = 0, batch: int = 1000) -> Iterator[list[RecordedEvent]]:
        check_number("batch", batch, 1)
        while events := self.read_all(after_position, batch):
            yield events
            after_position = events[-1].position

    def read_columns(
        self,
        after_position: int = 0,
        limit: int | None = None,
        *,
        columns: Sequence[str] = COLUMNS,
        batch: int = 100_000,
    ) -> Iterator[pa.RecordBatch]:
        schema = arrow_schema(columns)
        check_number("after_position", after_position, 0)
        check_number("batch", batch, 1)
        left = up_to("limit", limit, 1)
        return self._read_columns(after_position, left, schema, batch)

    def _read_columns(
        self, after_position: int, left: int, schema: pa.Schema, batch: int
    ) -> Iterator[pa.RecordBatch]:
        head = self.position()
        while left > 0 and after_position < head:
            events = self.read_all(after_position, min(batch, left, head - after_position))
            if not events:  # somebody has cut off what the store counts
                return
            yield as_columns(events, schema)
            left -= len({event.position for event in events})
            after_position = events[-1].position


def up_to(field: str, bound: int | None, least: int) -> int:
    """The bound, checked; ENDLESS where there is none."""
    return ENDLESS if bound is None else check_number(field, bound, least)


def check_category(category: str) -> str:
    """The same text, or InvalidInput."""
    if "-" in check_name("category", category):
        raise InvalidInput("category", "ends before the first hyphen of a stream id")
    return category


def arrow_schema(columns: Sequence[str]) -> pa.Schema:
    """The names and types of read_columns. Raises InvalidInput for what is no column."""
    import pyarrow as pa

    for name in columns:
        if name not in COLUMNS:
            raise InvalidInput("columns", f"{shown(name)} is none of {', '.join(COLUMNS)}")
    types = dict.fromkeys(COLUMNS, pa.string())
    types |= {"position": pa.int64(), "version": pa.int64(), "schema_version": pa.int32()}
    types |= dict.fromkeys(("occurred_at", "recorded_at"), pa.timestamp("us", "UTC"))
    return pa.schema([pa.field(name, types[name], nullable=False) for name in columns])


def as_columns(events: Sequence[RecordedEvent], schema: pa.Schema) -> pa.RecordBatch:
    """Events that were read one by one, as a batch of read_columns."""
    import pyarrow as pa

    cells: dict[str, Callable[[RecordedEvent], Any]] = {
        "event_id": lambda event: str(event.event_id),
        "data": lambda event: canonical_json(event.data),
        "metadata": lambda event: canonical_json(event.metadata, "metadata"),
    }
    return pa.RecordBatch.from_arrays(
        [
            pa.array(map(cells.get(field.name, attrgetter(field.name)), events), field.type)
            for field in schema
        ],
        schema=schema,
    )
