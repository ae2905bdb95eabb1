"""What the calls of all engines have in common: their forms, and the checks of what is asked."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from .. import telemetry
from ..event import Clock, NewEvent, RecordedEvent, check_name, check_number, check_time
from .conditions import AppendCondition
from .protocol import NO_STREAM, AppendResult, ExpectedVersion, ExpectedVersions, TimeAxis, Write
from .reads import ReadsFromAll, check_category, up_to
from .reshaping import Reshaping, reshaped
from .rules import check_axis, check_writes

if TYPE_CHECKING:
    from .columns import Incoming


class Engine(ReadsFromAll):
    """The calls of an engine, checked and told, by four methods: `_append`, `_append_columns`,
    `_stream` and `_read`.

    These get limits and bounds as numbers, and return events as they are stored.
    """

    system: str  # what signals call it, by OpenTelemetry's names for databases
    clock: Clock
    upcasters: Reshaping | None

    @abstractmethod
    def _check_writable(self) -> None:
        """Raise StoreClosed, StoreForked or StoreReadOnly where nothing can be appended."""

    @abstractmethod
    def _append(
        self, writes: Sequence[Write], condition: AppendCondition | None
    ) -> list[AppendResult]: ...

    @abstractmethod
    def _append_columns(self, incoming: Incoming) -> int:
        """Store them, at least one; how many that were, 0 if all of them were there already."""

    @abstractmethod
    def _stream(
        self,
        stream_id: str,
        *,
        from_version: int,
        to_version: int,
        to_position: int,
        as_of: datetime | None,
        by: TimeAxis,
        backwards: bool,
        limit: int,
    ) -> list[RecordedEvent]:
        """Events of one stream, in the order that is asked for."""

    @abstractmethod
    def _read(
        self,
        category: str,
        after_position: int,
        limit: int,
        as_of: datetime | None,
        by: TimeAxis,
    ) -> list[RecordedEvent]:
        """Events of a category, or of all where it is empty, in order of position."""

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def append(
        self,
        stream_id: str,
        events: Sequence[NewEvent],
        expected_version: ExpectedVersion,
        *,
        condition: AppendCondition | None = None,
    ) -> AppendResult:
        return self._checked([(stream_id, events, expected_version)], condition)[0]

    def append_many(self, writes: Sequence[Write]) -> list[AppendResult]:
        return self._checked(writes, None)

    def _checked(
        self, writes: Sequence[Write], condition: AppendCondition | None
    ) -> list[AppendResult]:
        writes = check_writes(writes)
        self._check_writable()
        with telemetry.operation(self.system, "append", telemetry.size_of(writes)):
            return self._append(writes, condition)

    def append_columns(self, columns: Any, expected_version: ExpectedVersions = NO_STREAM) -> int:
        incoming = self._incoming(columns, expected_version)
        if not len(incoming):
            return 0
        self._check_writable()
        with telemetry.operation(self.system, "append", len(incoming)):
            return self._append_columns(incoming)

    def _incoming(self, columns: Any, expected_version: ExpectedVersions) -> Incoming:
        from .columns import Incoming  # pyarrow is loaded when it is needed

        return Incoming(columns, expected_version, self.clock)

    def read_stream(
        self,
        stream_id: str,
        from_version: int = 1,
        to_version: int | None = None,
        *,
        to_position: int | None = None,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
        backwards: bool = False,
        limit: int | None = None,
    ) -> list[RecordedEvent]:
        check_name("stream_id", stream_id)
        check_number("from_version", from_version, 1)
        bounds = {
            "from_version": from_version,
            "to_version": up_to("to_version", to_version, from_version),
            "to_position": up_to("to_position", to_position, 0),
            "limit": up_to("limit", limit, 1),
        }
        with telemetry.operation(self.system, "read_stream"):
            stored = self._stream(stream_id, as_of=as_of, by=by, backwards=backwards, **bounds)
        return reshaped(self.upcasters, stored, backwards=backwards)[:limit]

    def read_category(
        self,
        category: str,
        after_position: int = 0,
        limit: int | None = None,
        *,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
    ) -> list[RecordedEvent]:
        check_category(category)
        return self._reshaped(category, after_position, limit, as_of, by)

    def read_all(
        self,
        after_position: int = 0,
        limit: int | None = None,
        *,
        as_of: datetime | None = None,
        by: TimeAxis = "recorded_at",
    ) -> list[RecordedEvent]:
        return self._reshaped("", after_position, limit, as_of, by)

    def _reshaped(
        self,
        category: str,
        after_position: int,
        limit: int | None,
        as_of: datetime | None,
        by: TimeAxis,
    ) -> list[RecordedEvent]:
        check_number("after_position", after_position, 0)
        most = up_to("limit", limit, 1)
        with telemetry.operation(self.system, "read_all"):
            stored = self._read(category, after_position, most, as_of, by)
        return reshaped(self.upcasters, stored)


def times_up_to(as_of: datetime | None, by: TimeAxis) -> dict[str, Any]:
    """The bounds on the two time columns of a query; in SQL "infinity" is the word for no bound."""
    check_axis(by)
    until: dict[str, Any] = {"recorded_until": "infinity", "occurred_until": "infinity"}
    if as_of is not None:
        until["recorded_until" if by == "recorded_at" else "occurred_until"] = check_time(
            "as_of", as_of
        )
    return until
