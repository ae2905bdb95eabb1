"""What signals cost whom nobody listens to, and what debugging by replay takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

import eventsourcing_kit as es
from eventsourcing_kit import telemetry

APPENDS = 1_500


def signals(_folder: Path) -> dict[str, float]:
    """An append with OpenTelemetry's API and no SDK over one without any of it, in turn.

    In memory, where an append is shortest; which of the two comes first changes with each pair.
    """
    from opentelemetry import trace  # so that the kit finds the API

    assert not trace.get_current_span().is_recording()
    pairs = []
    with es.open_store(":memory:") as store:
        for n in range(APPENDS):
            taken = {}
            for bare in (n % 2, 1 - n % 2):
                with _without() if bare else nullcontext():
                    taken[bare] = _append(store, f"account-{bare}", n)
            pairs.append((taken[0], taken[1]))
    ours, without = zip(*pairs, strict=True)
    return {"telemetry_off_overhead": _undisturbed(ours) / _undisturbed(without)}


def _undisturbed(seconds: Sequence[float]) -> float:
    """The first decile: what else runs on the machine only adds, and medians differ by a tenth."""
    return statistics.quantiles(seconds, n=10)[0]


def replays(_folder: Path) -> dict[str, float]:
    """States looked at to find a bad event among 2^14, and a shadow replay of 100,000 events."""
    bank = es.banking.account
    paid = bank.event_types.encode(es.banking.events.MoneyDeposited(1, "EUR"))
    now = es.event.utc_now()
    history = [paid.recorded(n, "account-1", n, now) for n in range(1, 2**14 + 1)]
    found = es.operation.bisect(history, lambda state: state.balance >= 11_111, bank)
    assert found is not None
    assert found.event.version == 11_111
    with es.open_store(":memory:") as store:
        store.append_columns(es.banking.simulate(1_000, 100_000, seed=1))
        began = time.perf_counter()
        told = es.operation.compare(
            store,
            bank.evolve,
            bank.evolve,
            initial_state=bank.initial_state,
            decode=bank.event_types.decode,
        )
        taken = time.perf_counter() - began
    assert not told.differences
    return {"bisect_folds": found.folds, "shadow_replay_events_per_s": told.events / taken}


def _append(store: es.EventStore, stream_id: str, version: int) -> float:
    events = [es.NewEvent("MoneyDeposited", {"amount": 2500, "currency": "EUR"})]
    began = time.perf_counter()
    store.append(stream_id, events, version)
    return time.perf_counter() - began


@contextmanager
def _without() -> Iterator[None]:
    """The kit as if it had no signals."""

    def nothing(*_: Any) -> Any:
        return nullcontext()

    with (
        patch.object(telemetry, "operation", nothing),
        patch.object(telemetry, "committed", nothing),
        patch.object(telemetry, "size_of", nothing),
    ):
        yield
