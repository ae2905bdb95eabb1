"""The events of one commit: checked against what is known of their streams, and numbered.

What engines share that remember where streams end, or look it up under a lock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from ..errors import AppendFailed, EventSourcingError
from ..event import NewEvent, check_time
from .conditions import AppendCondition
from .group_commit import Call
from .heads import Remembered
from .protocol import AppendResult, Write
from .rules import Head, check_as_expected

COLUMNS = (
    "positions",
    "stream_ids",
    "versions",
    "event_ids",
    "types",
    "schema_versions",
    "data",
    "metadata",
    "occurred_at",
    "recorded_at",
)


@dataclass(frozen=True)
class Append:
    """What one caller wants stored, all or nothing, and what of its own store is needed for it.

    `find(cursor, condition)` gives the first event that fails the condition, or None;
    `first_answer(cursor, write, head)` what a retried write was told the first time. The cursor
    is the engine's own.
    """

    writes: Sequence[Write]
    condition: AppendCondition | None
    clock: Callable[[], datetime]
    find: Callable[[Any, AppendCondition], Any]
    first_answer: Callable[[Any, Write, Head], AppendResult]


Appending = Call[Append, list[AppendResult]]


@dataclass
class Batch:
    """The rows of one commit, as columns, and what the callers will be told once it is through.

    `position` and `recorded_at` are the last ones, first of the store and then of the batch.
    """

    position: int
    recorded_at: datetime | None
    columns: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    added: dict[str, list[UUID]] = field(default_factory=dict)  # by stream
    answers: list[tuple[Appending, list[AppendResult]]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.columns["positions"])

    def is_plain(self, append: Append, head_of: Callable[[str], Remembered]) -> bool:
        """Whether nothing has to be looked up: no condition, and no event that may be there."""
        return append.condition is None and not any(
            head_of(stream_id).may_have(event.event_id)
            or event.event_id in self.added.get(stream_id, ())
            for stream_id, events, _ in append.writes
            for event in events
        )

    def put(self, call: Appending, head_of: Callable[[str], Remembered | Head]) -> None:
        """Check one append against what is stored and what is in the batch, and put it there.

        Raises what the caller is to be told; the batch is then as it was.
        """
        writes = call.work.writes
        versions = [head_of(name).version + len(self.added.get(name, ())) for name, _, _ in writes]
        for (stream_id, _, expected), version in zip(writes, versions, strict=True):
            check_as_expected(stream_id, expected, version)
        now = self._now(call.work)
        results = []
        for (stream_id, events, _), version in zip(writes, versions, strict=True):
            for number, event in enumerate(events, version + 1):
                assert now is not None
                self._add(stream_id, number, event, now)
            last = self.position if events else 0
            results.append(AppendResult(stream_id, len(events), version + len(events), last))
        self.answers.append((call, results))

    def _now(self, append: Append) -> datetime | None:
        """When this is recorded: never before the last, so that "as of" is a state that was."""
        if not any(events for _, events, _ in append.writes):
            return None
        now = check_time("clock", append.clock())
        return now if self.recorded_at is None else max(now, self.recorded_at)

    def _add(self, stream_id: str, version: int, event: NewEvent, now: datetime) -> None:
        """Number an event and put it behind the others."""
        self.position += 1
        row = (
            self.position,
            stream_id,
            version,
            str(event.event_id),
            event.type,
            event.schema_version,
            event.data_json,
            event.metadata_json,
            event.occurred_at or now,
            now,
        )
        self.recorded_at = now
        for name, value in zip(COLUMNS, row, strict=True):
            self.columns[name].append(value)
        self.added.setdefault(stream_id, []).append(event.event_id)


def unsettled(path: str, error: BaseException) -> BaseException:
    """What a caller is told whose append ended with the error of a commit that many shared."""
    if isinstance(error, EventSourcingError):
        twin = type(error).__new__(type(error), *error.args)
        twin.__dict__.update(error.__dict__)
        return twin
    return AppendFailed(path, f"may or may not have been stored: {error!r}")
