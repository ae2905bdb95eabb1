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
ROUNDS, APPENDS, THREADS = 9, 50, 64


def jetstream(_folder: Path) -> Figures:
    """Appends of one event to three nodes, beside the bare client's publish of the same message.

    Both expect a last sequence of the subject and wait for the answer, in turns; the median of the
    rounds. Then 64 threads with a stream each, beside one with one.
    """
    with es.servers.jetstream(3) as cluster, JetStreamStore(f"{cluster.url}/bench") as store:
        kit, bare, many = [], [], []
        for number in range(ROUNDS):
            kit.append(rate_of_appends(store, f"kit-{number}", 1))
            bare.append(asyncio.run(rate_of_publishing(cluster.url, f"bench.bare.{number}")))
            many.append(rate_of_appends(store, f"many-{number}", THREADS))
    one, client, all_of_them = map(statistics.median, (kit, bare, many))
    return {
        "js_appends_per_s": one,
        "js_append_vs_client": one / client,
        "js_append_64_vs_1": all_of_them / one,
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


async def rate_of_publishing(url: str, subject: str) -> float:
    """Messages a second of the client alone, each with an expected sequence and waited for."""
    client = await nats.connect(url.removeprefix("nats://").split(","))
    stream, last = client.jetstream(), 0
    begun = time.perf_counter()
    for version in range(1, APPENDS + 1):
        headers = {
            "Nats-Expected-Last-Subject-Sequence": str(last),
            "Stream-Version": str(version),
            "Append-Version": str(version),
        }
        body = body_of("bare-0", deposit(), utc_now())
        last = (await stream.publish(subject, body, headers=headers)).seq
    taken = time.perf_counter() - begun
    await client.close()
    return APPENDS / taken
