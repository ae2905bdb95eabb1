"""What `make bench` measures of the engine for JetStream: three nodes, on the one disk here."""

from __future__ import annotations

import asyncio
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nats

import eventsourcing_kit as es
from eventsourcing_kit.event import utc_now
from eventsourcing_kit.stores.jetstream import JetStreamStore
from eventsourcing_kit.stores.jetstream_writer import body_of

Figures = dict[str, float]
PAIRS, ROUNDS, APPENDS, THREADS = 400, 5, 50, 64


def jetstream(_folder: Path) -> Figures:
    """Appends of one event to three nodes, beside the bare client's publish of the same message.

    Both expect a last sequence of the subject and wait for the answer, one after the other in
    turns: medians. Then 64 threads with a stream each, beside one with one, in turns as well.
    """
    with es.servers.jetstream(3) as cluster, JetStreamStore(f"{cluster.url}/bench") as store:
        kit, client = asyncio.run(in_turns(store, cluster.url))
        one, many = [], []
        for number in range(ROUNDS):
            one.append(rate_of_appends(store, f"one-{number}", 1))
            many.append(rate_of_appends(store, f"many-{number}", THREADS))
    return {
        "js_appends_per_s": 1 / kit,
        "js_append_vs_client": client / kit,
        "js_append_64_vs_1": statistics.median(many) / statistics.median(one),
    }


def deposit() -> es.NewEvent:
    return es.NewEvent("MoneyDeposited", {"amount": 2500, "currency": "EUR"})


def rate_of_appends(store: es.EventStore, stream_id: str, threads: int) -> float:
    """Appends a second by some threads, each to a stream of its own."""

    def work(who: int) -> None:
        for version in range(APPENDS):
            store.append(f"{stream_id}-{who}", [deposit()], version)

    with ThreadPoolExecutor(threads) as pool:
        begun = time.perf_counter()
        list(pool.map(work, range(threads)))
        return threads * APPENDS / (time.perf_counter() - begun)


async def in_turns(store: es.EventStore, url: str) -> tuple[float, float]:
    """Median seconds of an append, and of a publish by the client that is awaited right here."""
    client = await nats.connect(url.removeprefix("nats://").split(","))
    stream, last = client.jetstream(), 0
    taken: tuple[list[float], list[float]] = ([], [])
    for version in range(PAIRS):
        begun = time.perf_counter()
        store.append("kit-0", [deposit()], version)
        between = time.perf_counter()
        headers = {
            "Nats-Expected-Last-Subject-Sequence": str(last),
            "Stream-Version": str(version + 1),
            "Append-Version": str(version + 1),
        }
        body = body_of("bare-0", deposit(), utc_now())
        last = (await stream.publish("bench.bare.0", body, headers=headers)).seq
        taken[0].append(between - begun)
        taken[1].append(time.perf_counter() - between)
    await client.close()
    return statistics.median(taken[0]), statistics.median(taken[1])
