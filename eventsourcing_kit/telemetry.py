"""Signals: what store, handling, projections and processes tell OpenTelemetry, all in one place.

Names follow the semantic conventions for databases and messaging (v1.45,
https://github.com/open-telemetry/semantic-conventions); what they have no name for begins with
"eventsourcing.". The API is looked for only where something in this process has imported it, for
nobody can have set up an SDK otherwise: so an import of the kit does not pay for it.

A command's trace context stands in the metadata of its events, as "traceparent" (W3C, "Trace
Context", 2021). What is done about them later begins a trace of its own with a link to it, since
one batch has many causes. Replay is silent: a read makes a span only within one that is recorded.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import cache
from typing import Any, Final

TRACEPARENT: Final = "traceparent"
SYSTEM: Final = "eventsourcing_kit"
SECONDS: Final = (
    0.001,
    0.005,
    0.01,
    0.05,
    0.1,
    0.5,
    1,
    5,
    10,
)  # the conventions' own, for databases
SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
TRACES: Final = "opentelemetry.trace"
METRICS: Final = "opentelemetry.metrics"
NOTHING: Final = nullcontext()

_log = logging.getLogger(__package__)
_silent: ContextVar[bool] = ContextVar("silent", default=False)


class Signals:
    """The instruments, made once for a pair of providers; None stands for the process's own."""

    def __init__(self, tracer_provider: Any = None, meter_provider: Any = None) -> None:
        from opentelemetry import metrics, trace

        self.tracer = trace.get_tracer(SYSTEM, tracer_provider=tracer_provider)
        meter = metrics.get_meter(SYSTEM, meter_provider=meter_provider)
        histogram, counter = meter.create_histogram, meter.create_counter
        self.operations = histogram(
            "db.client.operation.duration", "s", explicit_bucket_boundaries_advisory=SECONDS
        )
        self.processing = histogram(
            "messaging.process.duration", "s", explicit_bucket_boundaries_advisory=SECONDS
        )
        self.sizes = histogram(
            "eventsourcing.append.events", "{event}", explicit_bucket_boundaries_advisory=SIZES
        )
        self.commits = histogram(
            "eventsourcing.commit.appends", "{append}", explicit_bucket_boundaries_advisory=SIZES
        )
        self.consumed = counter("messaging.client.consumed.messages", "{message}")
        self.conflicts = counter("eventsourcing.append.conflicts", "{conflict}")
        self.retries = counter("eventsourcing.command.retries", "{retry}")
        self.parked = counter("eventsourcing.projection.parked", "{event}")


_used: list[Signals] = []


@cache
def _of_the_process() -> Signals:
    return Signals()


def _signals() -> Signals | None:
    """Whom to tell now; None where nobody can be listening."""
    if _silent.get():
        return None
    if _used:
        return _used[-1]
    return _of_the_process() if _has_sdk() else None


def _has_sdk() -> bool:
    """Whether somebody has set a provider for this process; the API's own do nothing."""
    traces, metrics = sys.modules.get(TRACES), sys.modules.get(METRICS)
    return (traces is not None and _works(traces.get_tracer_provider())) or (
        metrics is not None and _works(metrics.get_meter_provider())
    )


def _works(provider: Any) -> bool:
    return not type(provider).__module__.startswith((TRACES, METRICS))


@contextmanager
def told_to(tracer_provider: Any = None, meter_provider: Any = None) -> Iterator[None]:
    """Tell these providers, in all threads, in place of the process's own."""
    signals = Signals(tracer_provider, meter_provider)
    _used.append(signals)
    try:
        yield
    finally:
        _used.remove(signals)


@contextmanager
def silent() -> Iterator[None]:
    """Say nothing of what is done in here: it repeats what has been told once."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


# --- the store -----------------------------------------------------------------------------------


def operation(system: str, name: str, events: int | None = None) -> AbstractContextManager[None]:
    """Around one call of a store: "append", of so many events, or a read. `system`: the engine."""
    signals = _signals()
    return NOTHING if signals is None else _operation(signals, system, name, events)


@contextmanager
def _operation(signals: Signals, system: str, name: str, events: int | None) -> Iterator[None]:
    about: dict[str, Any] = {"db.system.name": system, "db.operation.name": name}
    details = dict(about)
    if events is not None and events > 1:  # the conventions know no batch of one
        details["db.operation.batch.size"] = events
    is_told = events is not None or _is_recorded()
    began = time.perf_counter()
    try:
        with _span(signals if is_told else None, f"{name} events", "CLIENT", details):
            yield
    except BaseException as error:
        about["error.type"] = type(error).__name__
        if about["error.type"] in {"WrongExpectedVersion", "ConditionFailed"}:
            signals.conflicts.add(1, {"db.system.name": system})
        raise
    finally:
        signals.operations.record(time.perf_counter() - began, about)
        if events is not None and "error.type" not in about:
            signals.sizes.record(events, {"db.system.name": system})


def committed(appends: int) -> None:
    """So many appends have shared a commit."""
    if signals := _signals():
        signals.commits.record(appends)


# --- handling and projections --------------------------------------------------------------------


def handling(stream_id: str) -> AbstractContextManager[None]:
    """Around a command, from its first load through its last retry."""
    name = f"handle {stream_id.partition('-')[0]}"
    return _span(_signals(), name, "INTERNAL", {"eventsourcing.stream.id": stream_id})


def retried() -> None:
    """A command begins again, because another writer was faster."""
    if signals := _signals():
        signals.retries.add(1)


def processing(consumer: str, causes: Iterable[Any] = ()) -> AbstractContextManager[None]:
    """Around what a projection or a process does about events, which are its links."""
    signals = _signals()
    return NOTHING if signals is None else _processing(signals, consumer, causes)


@contextmanager
def _processing(signals: Signals, consumer: str, causes: Iterable[Any]) -> Iterator[None]:
    about = {
        "messaging.system": SYSTEM,
        "messaging.operation.name": "process",
        "messaging.consumer.group.name": consumer,
    }
    began = time.perf_counter()
    try:
        details = {**about, "messaging.operation.type": "process"}
        with _span(signals, f"process {consumer}", "CONSUMER", details, anew=True):
            link(causes)
            yield
    except BaseException as error:
        about["error.type"] = type(error).__name__
        raise
    finally:
        signals.processing.record(time.perf_counter() - began, about)


def consumed(consumer: str, events: int, parked: int = 0) -> None:
    """So many events are behind the consumer now; of these, so many were parked."""
    if signals := _signals():
        signals.consumed.add(events, {"messaging.consumer.group.name": consumer})
        if parked:
            signals.parked.add(parked, {"messaging.consumer.group.name": consumer})


def link(events: Iterable[Any]) -> None:
    """Link the span that is recorded to the commands of these events, each once."""
    if _signals() is None or not _is_recorded():
        return
    from opentelemetry import trace
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    causes = {event.metadata.get(TRACEPARENT) for event in events}
    for text in sorted(cause for cause in causes if isinstance(cause, str)):
        context = TraceContextTextMapPropagator().extract({TRACEPARENT: text})
        cause = trace.get_current_span(context).get_span_context()
        if cause.is_valid:
            trace.get_current_span().add_link(cause)


def carried(metadata: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The metadata of an event with the trace of which it is part, if that is recorded."""
    if _signals() is None or not _is_recorded() or not isinstance(metadata, Mapping | None):
        return metadata
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    here: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(here)
    return {TRACEPARENT: here[TRACEPARENT], **(metadata or {})}


def here() -> dict[str, str]:
    """The ids of the trace and of the span that are recorded in this thread; {} if none are."""
    if not _is_recorded():
        return {}
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def log(message: str, metadata: Any = None, **told: Any) -> None:
    """Log what has happened, once: with `told`, and with what the metadata of an event say."""
    if _log.isEnabledFor(logging.INFO) and not _silent.get():
        about = metadata if isinstance(metadata, Mapping) else {}
        ids = {name: about[name] for name in ("correlation_id", "causation_id") if name in about}
        _log.info(message, extra={"told": {**told, **ids}})


def _is_recorded() -> bool:
    """Whether a span that somebody keeps is going on in this thread."""
    traces = sys.modules.get(TRACES)
    return traces is not None and traces.get_current_span().is_recording()


def _span(
    signals: Signals | None, name: str, kind: str, details: Mapping[str, Any], *, anew: bool = False
) -> AbstractContextManager[None]:
    """A span of that kind, if anybody is to be told; `anew` begins a trace of its own."""
    return NOTHING if signals is None else _recorded(signals, name, kind, details, anew)


@contextmanager
def _recorded(
    signals: Signals, name: str, kind: str, details: Mapping[str, Any], anew: bool
) -> Iterator[None]:
    from opentelemetry.context import Context
    from opentelemetry.trace import SpanKind, Status, StatusCode

    with signals.tracer.start_as_current_span(
        name,
        context=Context() if anew else None,
        kind=SpanKind[kind],
        attributes=details,
        record_exception=False,  # its text may have data of the event
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except BaseException as error:
            span.set_attribute("error.type", type(error).__name__)
            span.set_status(Status(StatusCode.ERROR))
            raise


def size_of(writes: Sequence[tuple[str, Sequence[Any], Any]]) -> int:
    """The number of events in all writes of an append."""
    return sum(len(events) for _, events, _ in writes)
