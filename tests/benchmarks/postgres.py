"""The store in PostgreSQL beside the bare server, a peer, and the DuckDB file."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import psycopg
import pyarrow as pa
from eventsourcing.application import Application

import eventsourcing_kit as es
from eventsourcing_kit.replay import Timeline
from eventsourcing_kit.stores.columns import Incoming
from eventsourcing_kit.stores.postgres import PostgresStore
from eventsourcing_kit.stores.postgres_columns import lines_of
from tests.benchmarks.peer import PeerAccount
from tests.benchmarks.timing import Figures, ratio_of_medians, seconds

APPENDS, ROUNDS = 500, 3
EVENTS, ACCOUNTS = 1_000_000, 10_000
ROW = '{"amount":2500,"currency":"EUR"}'
TABLE = """
CREATE TABLE {name} (
    position BIGINT NOT NULL, stream_id TEXT COLLATE "C" NOT NULL, version BIGINT NOT NULL,
    event_id UUID NOT NULL, type TEXT COLLATE "C" NOT NULL, schema_version INTEGER NOT NULL,
    data JSON NOT NULL, metadata JSON NOT NULL,
    occurred_at TIMESTAMPTZ NOT NULL, recorded_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (stream_id, version){more}
)
"""
INSERT = "INSERT INTO bare VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"


def postgres(folder: Path) -> Figures:
    """All that is measured of the engine, on a private server with its own settings."""
    with es.servers.postgres() as server:
        return {
            **single(server.url),
            **shared(server.url),
            **bulk(server.url),
            **timeline(server.url, folder),
        }


def single(url: str) -> Figures:
    """`append` of one event, in turn with a bare INSERT and COMMIT, and with a peer's append.

    The bare INSERT goes over the store's own connection, prepared, as a transaction that is begun
    and committed; `pg_append_vs_one_statement` has it as one statement, which commits by itself.
    """
    ours, two, one, peer = [], [], [], []
    with store_at(url, "single") as store, store.connection() as connection, peer_at(url) as save:
        connection.execute(TABLE.format(name="bare", more=""))
        for n in range(APPENDS):
            row = bare_row(2 * n + 1)

            def transaction(row: list[Any] = row) -> None:
                connection.execute("BEGIN")
                connection.execute(INSERT, row, prepare=True)
                connection.execute("COMMIT")

            two.append(seconds(transaction))
            last = bare_row(2 * n + 2)
            one.append(seconds(lambda r=last: connection.execute(INSERT, r, prepare=True)))  # type: ignore[misc]
            ours.append(seconds(lambda n=n: store.append("account-1", [deposit()], n)))  # type: ignore[misc]
            if save is not None:
                peer.append(seconds(save))
    taken = statistics.median(ours)
    figures = {
        "pg_appends_per_s": 1 / taken,
        "pg_append_vs_raw": statistics.median(two) / taken,
        "pg_append_vs_one_statement": statistics.median(one) / taken,
    }
    if peer:
        figures["pg_append_vs_eventsourcing"] = statistics.median(peer) / taken
    return figures


def deposit() -> es.NewEvent:
    return es.NewEvent("MoneyDeposited", {"amount": 2500, "currency": "EUR"})


def bare_row(n: int) -> list[Any]:
    now = datetime.now(UTC)
    return [n, "account-1", n, uuid4(), "MoneyDeposited", 1, ROW, "{}", now, now]


@contextmanager
def store_at(url: str, schema: str, **more: Any) -> Iterator[PostgresStore]:
    """A store in a schema of its own, which is gone afterwards."""
    place = f"{url}{'&' if '?' in url else '?'}schema=bench_{schema}"
    drop = f"DROP SCHEMA IF EXISTS bench_{schema} CASCADE"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(drop)
        with PostgresStore(place, **more) as store:
            yield store
        connection.execute(drop)


@contextmanager
def peer_at(url: str) -> Iterator[Callable[[], Any] | None]:
    """One more event of one aggregate, by the peer; None where its pool is not installed."""
    if find_spec("psycopg_pool") is None:
        yield None
        return
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query)["host"][0]
    application: Application[UUID] = Application(
        {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_DBNAME": parts.path.strip("/"),
            "POSTGRES_HOST": host,
            "POSTGRES_PORT": str(parts.port or 5432),
            "POSTGRES_USER": parts.username or "",
            "POSTGRES_PASSWORD": parts.password or "",
        }
    )
    account = PeerAccount()
    application.save(account)

    def save() -> None:
        account.move(2500)
        application.save(account)

    yield save
    application.close()


def shared(url: str) -> Figures:
    """Appends a second of sixteen threads, each on a stream of its own, over those of one."""
    rates: dict[int, list[float]] = {1: [], 16: []}
    with store_at(url, "shared") as store:
        for run in range(ROUNDS):
            for threads in rates:
                each = 1600 // threads

                def work(who: int, run: int = run, each: int = each, of: int = threads) -> None:
                    for n in range(each):
                        store.append(f"account-{run}-{of}-{who}", [deposit()], n)

                with ThreadPoolExecutor(threads) as pool:
                    taken = seconds(lambda p=pool, w=work, t=threads: list(p.map(w, range(t))))  # type: ignore[misc]
                rates[threads].append(1600 / taken)
    one, many = (statistics.median(several) for several in rates.values())
    return {"pg_append_16_threads": many, "pg_append_16_threads_vs_1": many / one}


def bulk(url: str) -> Figures:
    """A million events in one `append_columns`, in turn with a bare COPY of the very same lines.

    The bare table has the key of stream and version alone (`pg_bulk_vs_copy`), or both keys of the
    store (`pg_bulk_vs_copy_both_keys`); neither has partitions, positions to look up, or triggers.
    """
    events = es.banking.simulate(ACCOUNTS, EVENTS, seed=1)
    numbered = Incoming(events, es.NO_STREAM, es.event.utc_now).numbered({}, 0, None)
    lines = list(lines_of(numbered))
    kit, one, both = [], [], []
    for _ in range(ROUNDS):
        with store_at(url, "bulk") as store:
            kit.append(seconds(lambda s=store: s.append_columns(events)))  # type: ignore[misc]
        one.append(bare_copy(url, lines, ""))
        both.append(bare_copy(url, lines, ", UNIQUE (stream_id, event_id)"))
    taken = statistics.median(kit)
    return {
        "pg_bulk_events_per_s": EVENTS / taken,
        "pg_bulk_vs_copy": statistics.median(one) / taken,
        "pg_bulk_vs_copy_both_keys": statistics.median(both) / taken,
    }


def bare_copy(url: str, lines: list[memoryview], more: str) -> float:
    """Seconds for a COPY of lines that are ready, with its commit."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS bare_copy")
        connection.execute(TABLE.format(name="bare_copy", more=more))

        def copy() -> None:
            with connection.cursor().copy("COPY bare_copy FROM STDIN") as copy:
                for part in lines:
                    copy.write(part)

        taken = seconds(copy)
        connection.execute("DROP TABLE bare_copy")
    return taken


def timeline(url: str, folder: Path) -> Figures:
    """Building the Timeline of the same million events from PostgreSQL and from a DuckDB file."""
    events: pa.Table = es.banking.simulate(ACCOUNTS, EVENTS, seed=1)
    path = folder / "postgres-timeline.duckdb"
    with store_at(url, "timeline") as far:
        far.append_columns(events)
        with es.open_store(path) as near:
            near.append_columns(events)
        taken = []
        for _ in range(5):
            with es.open_store(path, read_only=True) as near:
                of_file = seconds(lambda n=near: Timeline.build(n, by="occurred_at"))  # type: ignore[misc]
            taken.append((seconds(lambda: Timeline.build(far, by="occurred_at")), of_file))
    return {
        "pg_timeline_build_s": statistics.median(far for far, _ in taken),
        "pg_timeline_vs_duckdb": ratio_of_medians(taken),
    }
