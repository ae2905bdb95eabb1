"""Who hears of a running system: metrics for Prometheus, and a log of JSON lines."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TextIO

from .. import telemetry
from ..errors import EventSourcingError, InvalidInput
from ..event import Clock, utc_now
from ..stores import EventStore

if TYPE_CHECKING:
    from ..projections import Projection, ReadModels, SqlProjection

LOOPBACK = "127.0.0.1"
Gauge = tuple[float, dict[str, str]]  # a value and what it is of


class Served:
    """Metrics that are served at `url`, until close()."""

    def __init__(self, port: int, gauges: dict[str, Callable[[], list[Gauge]]]) -> None:
        from opentelemetry.exporter.prometheus import PrometheusMetricReader
        from opentelemetry.sdk.metrics import MeterProvider
        from prometheus_client import CollectorRegistry, start_http_server

        registry = CollectorRegistry()
        reader = PrometheusMetricReader(registry=registry, scope_info_enabled=False)
        self._provider = MeterProvider([reader])
        meter = self._provider.get_meter(telemetry.SYSTEM)
        for name, values in gauges.items():
            name, _, unit = name.partition(" ")
            meter.create_observable_gauge(name, [_observing(values)], unit)
        try:
            self._server, self._thread = start_http_server(port, LOOPBACK, registry)
        except OSError as error:
            self._provider.shutdown()
            problem = f"cannot be listened at: {error.strerror}; give another one, or 0 for any"
            raise InvalidInput("port", problem) from error
        self._told = telemetry.told_to(meter_provider=self._provider)
        self._told.__enter__()
        self.url = f"http://{LOOPBACK}:{self._server.server_port}/metrics"

    def __repr__(self) -> str:
        return "Served(metrics in the text form of Prometheus, on loopback)"

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Serve no more. A second time does nothing."""
        if self._thread.is_alive():
            self._told.__exit__(None, None, None)
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._provider.shutdown()


def serve_metrics(
    port: int,
    store: EventStore | None = None,
    models: ReadModels | None = None,
    projections: Sequence[Projection | SqlProjection] = (),
    *,
    verified_at: Callable[[], datetime | None] | None = None,
    clock: Clock = utc_now,
) -> Served:
    """Serve the kit's metrics on loopback, in the text form of Prometheus; port 0 is any free one.

    Histograms and counters begin now. Of the `store` there are its position and the bytes of its
    file and its log, of each of the `projections` in `models` its lag (in positions, and in
    seconds) and its parked events: asked when somebody scrapes, and left out while they cannot be
    had. `verified_at` says when a checkpoint was last verified, None for never.

    Raises InvalidInput for a port that cannot be had.
    """

    def lag(of: str) -> list[Gauge]:
        assert models is not None
        return [(getattr(models.lag(one), of), {"projection": one.name}) for one in projections]

    def parked() -> list[Gauge]:
        assert models is not None
        return [(len(models.parked(one)), {"projection": one.name}) for one in projections]

    def age() -> list[Gauge]:
        at = verified_at() if verified_at is not None else None
        return [] if at is None else [((clock() - at).total_seconds(), {})]

    gauges: dict[str, Callable[[], list[Gauge]]] = {}
    if store is not None:
        sized = store
        gauges["eventsourcing.store.position {event}"] = lambda: [(sized.position(), {})]
        gauges["eventsourcing.store.size By"] = lambda: [
            (size, {"file": name}) for name, size in _kept(sized).items()
        ]
    if models is not None:
        gauges["eventsourcing.projection.lag.positions {event}"] = lambda: lag("positions")
        gauges["eventsourcing.projection.lag s"] = lambda: lag("seconds")
        gauges["eventsourcing.projection.parked.now {event}"] = parked
    if verified_at is not None:
        gauges["eventsourcing.checkpoint.age s"] = age
    return Served(port, gauges)


def _observing(values: Callable[[], list[Gauge]]) -> Callable[[Any], Any]:
    def observe(_: Any) -> Iterator[Any]:
        from opentelemetry.metrics import Observation

        try:
            with telemetry.silent():  # or scraping would be timed as if somebody worked
                found = values()
        except EventSourcingError:
            return  # no value is better than an old one; es.operation.health says why
        for value, about in found:
            yield Observation(value, about)

    return observe


def _kept(store: EventStore) -> dict[str, int]:
    """The sizes of a store's files, or what its server keeps for it."""
    kept: Callable[[], int] | None = getattr(store, "kept", None)
    return sizes(store) if kept is None else {"data": kept()}


def sizes(store: EventStore) -> dict[str, int]:
    """The bytes of a store's file ("data") and of its log ("wal"); {} where it is no file."""
    path = getattr(store, "path", "")
    if not isinstance(path, str) or not os.path.isfile(path):
        return {}
    wal = f"{path}.wal"
    return {
        "data": os.path.getsize(path),
        "wal": os.path.getsize(wal) if os.path.isfile(wal) else 0,
    }


# --- logs ----------------------------------------------------------------------------------------


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what the record tells beside it.

    Of an event that is correlation_id and causation_id; within a span trace_id and span_id, so that
    a line leads to its trace.
    """

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "told", {}),
            **telemetry.here(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False, default=str)


@contextmanager
def log_lines(stream: TextIO, level: int = logging.INFO) -> Iterator[None]:
    """Write what the kit logs to a text stream, as JSON lines."""
    logger = logging.getLogger("eventsourcing_kit")
    before, handler = logger.level, logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger.addHandler(handler)
    logger.setLevel(level)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
