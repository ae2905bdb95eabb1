"""What `make bench` measures. Each figure is taken in one run, beside what it is compared with."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow as pa

import eventsourcing_kit as es
from eventsourcing_kit.projections import ReadModels, bank
from eventsourcing_kit.replay import Timeline, balances
from tests.benchmarks.peer import rebuild
from tests.browser.drag import measure_in_lab
from tests.browser.lab import find_chromium

Figures = dict[str, float]
MILLION = 1_000_000
ACCOUNTS = 10_000
OLD = {"data", "schema_version"}


def seconds(work: Callable[[], Any]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median(runs: int, work: Callable[[], Any]) -> float:
    """The median of some calls, in seconds."""
    return statistics.median(seconds(work) for _ in range(runs))


def big_bank(folder: Path, events: int) -> tuple[Path, Figures]:
    """A file store of that many simulated events, and how fast they were made."""
    made: list[pa.Table] = []
    rate = events / seconds(lambda: made.append(es.banking.simulate(ACCOUNTS, events, seed=1)))
    path = folder / "big.duckdb"
    with es.open_store(path) as store:
        for start in range(0, events, MILLION):  # in parts, to spare memory
            store.append_columns(made[0].slice(start, MILLION), es.ANY)
    return path, {"simulate_events_per_s": rate}


def whole_bank(path: Path, folder: Path) -> Figures:
    """Replay of all accounts by SQL, beside the peer rebuilding twenty of the same accounts."""
    with es.open_store(path, read_only=True) as store:
        events = store.position()
        rate = events / median(5, lambda: balances(store))
        some = [f"account-{i * 499:06}" for i in range(20)]
        history = [event for stream_id in some for event in store.read_stream(stream_id)]
        peer_rate, peer_balances = rebuild(history, folder)
        ours = balances(store)
    if {stream_id: int(ours[stream_id]) for stream_id in some} != peer_balances:
        raise AssertionError("the peer's balances are not ours: the comparison means nothing")
    return {"replay_vs_eventsourcing": rate / peer_rate, "replay_events_per_s": rate}


def timeline(path: Path) -> Figures:
    """The index in memory at random instants, beside the SQL fold as of the same instants."""
    with es.open_store(path, read_only=True) as store:
        built: list[Timeline] = []
        build = seconds(lambda: built.append(Timeline.build(store, by="occurred_at")))
        index = built[0]
        chance = random.Random(1)
        instants = [index.start + chance.random() * (index.end - index.start) for _ in range(200)]
        at = [seconds(lambda t=t: index.at(t)) for t in instants]  # type: ignore[misc]
        fold = [
            seconds(lambda t=t: balances(store, time=t, by="occurred_at"))  # type: ignore[misc]
            for t in instants[:40]
        ]
    return {
        "timeline_at_p95_ms": 1000 * statistics.quantiles(at, n=20)[-1],
        "timeline_vs_fold": statistics.median(fold) / statistics.median(at),
        "timeline_build_s": build,
    }


def plain_deposits(events: int) -> pa.Table:
    """So many deposits of three fields, interleaved over all accounts, in columns."""
    chance = random.Random(2)
    names = [f"account-{i:06}" for i in range(ACCOUNTS)]
    codes = pa.array((chance.randrange(ACCOUNTS) for _ in range(events)), pa.int32(), size=events)
    data = (
        f'{{"amount":{chance.randrange(1, 500_000)},"currency":"EUR","memo":"Till {i % 90}"}}'
        for i in range(events)
    )
    return pa.table(
        {
            "stream_id": pa.DictionaryArray.from_arrays(codes, names),
            "type": pa.repeat("MoneyDeposited", events),
            "data": pa.array(data, pa.string(), size=events),
        }
    )


def bulk_append(folder: Path) -> Figures:
    """A million events in one durable append, and then reading one stream of a hundred."""
    deposits = plain_deposits(MILLION)
    rates, read = [], 0.0
    for run in range(3):
        path = folder / f"bulk-{run}.duckdb"
        with es.open_store(path) as store:
            rates.append(MILLION / seconds(lambda s=store: s.append_columns(deposits)))  # type: ignore[misc]
            read = median(20, lambda s=store: s.read_stream("account-000077", limit=100))  # type: ignore[misc]
        path.unlink()
    return {
        "bulk_append_events_per_s": statistics.median(rates),
        "stream_read_100_ms": 1000 * read,
    }


def single_append(folder: Path) -> Figures:
    """store.append of one event, in turn with a bare INSERT of such a row, as rates."""
    path = folder / "single.duckdb"
    insert = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?::JSON::VARIANT, ?::JSON, ?, ?)"
    data = {"amount": 2500, "currency": "EUR"}
    ours, raw = [], []
    with es.open_store(path) as store, duckdb.connect(str(path)) as connection:
        for n in range(500):
            now = datetime.now(UTC)
            row = [10**9 + n, "raw-1", n + 1, uuid4(), "MoneyDeposited", 1]
            row += ['{"amount":2500,"currency":"EUR"}', "{}", now, now]
            raw.append(seconds(lambda row=row: connection.execute(insert, row)))  # type: ignore[misc]
            ours.append(
                seconds(
                    lambda n=n: store.append(  # type: ignore[misc]
                        "account-1", [es.NewEvent("MoneyDeposited", data)], expected_version=n
                    )
                )
            )
    return {"single_append_vs_raw": statistics.median(raw) / statistics.median(ours)}


def projections(folder: Path) -> Figures:
    """Events a second into a read model of balances: by one statement a batch, and by handlers."""
    rates = []
    for events, projection in (
        (MILLION, bank.balances_by_sql()),
        (3_000, bank.balances()),
    ):
        with es.open_store(folder / f"{projection.name}.duckdb") as any_store:
            store: Any = any_store
            store.append_columns(es.banking.simulate(1_000, events, seed=3))
            with ReadModels(store, folder / f"{projection.name}.models.duckdb") as models:
                taken = seconds(lambda p=projection, m=models: m.catch_up(p))  # type: ignore[misc]
                rates.append(events / taken)
    return {"projection_set_vs_row": rates[0] / rates[1]}


def snapshots(folder: Path) -> Figures:
    """Loading one stream of 10,000 events from a snapshot and a tail of nine, and from all."""
    fold = es.snapshots.Fold("account", es.banking.account)
    deposit = {"amount": 100, "currency": "EUR", "memo": "Till"}
    with (
        es.open_store(folder / "long.duckdb") as store,
        es.snapshots.Snapshots(folder / "long.snapshots.duckdb") as kept,
        es.snapshots.Snapshots(":memory:") as none_kept,
    ):
        store.append(
            "account-1",
            [es.NewEvent("MoneyDeposited", deposit) for _ in range(9_990)],
            es.NO_STREAM,
        )
        kept.take(store, fold, "account-1")
        store.append(
            "account-1", [es.NewEvent("MoneyDeposited", deposit) for _ in range(10)], 9_990
        )
        replayed = median(5, lambda: none_kept.load(store, fold, "account-1"))
        loaded = median(20, lambda: kept.load(store, fold, "account-1"))
        if kept.load(store, fold, "account-1").replayed != 10:
            raise AssertionError("the snapshot was not used: the comparison means nothing")
    return {"snapshot_load_vs_replay": replayed / loaded}


def upcasts(folder: Path) -> Figures:
    """The fold over a bank whose deposits have three versions, beside the same in the newest."""
    bank_of_today = es.banking.simulate(ACCOUNTS, MILLION, seed=4)
    with (
        es.open_store(folder / "mixed.duckdb", upcasters=es.upcasting.bank.upcasters) as old_store,
        es.open_store(folder / "newest.duckdb") as new_store,
    ):
        mixed: Any = old_store
        mixed.append_columns(deposits_in(bank_of_today, [1, 2, 3]))
        newest: Any = new_store
        newest.append_columns(deposits_in(bank_of_today, [3]))
        if not balances(mixed).equals(balances(newest)):
            raise AssertionError("the balances differ: the comparison means nothing")
        over, under = zip(
            *(
                (seconds(lambda: balances(mixed)), seconds(lambda: balances(newest)))
                for _ in "12345678"
            ),
            strict=True,
        )
    return {"upcast_sql_overhead": statistics.median(over) / statistics.median(under)}


def races(folder: Path) -> Figures:
    """Schedules a second on the real engine, and appends a second by 1, 4 and 16 threads."""
    report: list[es.schedules.Report] = []
    race = es.schedules.scenarios.events(3)
    taken = seconds(lambda: report.append(es.schedules.explore(race)))
    figures = {"schedules_per_s": len(report[0].runs) / taken}
    for threads in (1, 4, 16):
        for where, one_stream in (("streams", False), ("stream", True)):
            path = folder / f"threads-{threads}-{where}.duckdb"
            with es.open_store(path) as store:
                rate = 400 / seconds(lambda s=store, t=threads, o=one_stream: append_by(s, t, o))  # type: ignore[misc]
            figures[f"append_{threads}_threads_{where}"] = rate
    return figures


def append_by(store: es.EventStore, threads: int, one_stream: bool) -> None:
    """Four hundred appends of one event, shared among threads, on one stream or one each."""
    data = {"amount": 2500, "currency": "EUR"}

    def work(who: int) -> None:
        stream_id = "account-0" if one_stream else f"account-{who}"
        for _ in range(400 // threads):
            store.append(stream_id, [es.NewEvent("MoneyDeposited", data)], es.ANY)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))


def deposits_in(events: pa.Table, versions: list[int]) -> pa.Table:
    """The same events, the deposits by turns in these versions of Hafenbank's programs."""
    texts: list[str] = []
    numbers: list[int] = []
    for type_, text in zip(events["type"].to_pylist(), events["data"].to_pylist(), strict=True):
        version = versions[len(texts) % len(versions)] if type_ == "MoneyDeposited" else 1
        data = json.loads(text)
        if type_ == "MoneyDeposited" and version < 3:
            cents = data.pop("amount")
            del data["currency"]
            data["memo"] = str(data.get("memo", ""))
            data |= {"cents": cents} if version == 2 else {"euros": str(Decimal(cents) / 100)}
        texts.append(json.dumps(data))
        numbers.append(version)
    kept = events.select([name for name in events.column_names if name not in OLD])
    return kept.append_column("data", pa.array(texts)).append_column(
        "schema_version", pa.array(numbers, pa.int32())
    )


def import_time() -> Figures:
    """What `import eventsourcing_kit` adds to `import duckdb`, each in a fresh interpreter."""

    def importing(module: str) -> float:
        return median(7, lambda: subprocess.run([sys.executable, "-c", module], check=True))

    both, alone = importing("import duckdb, eventsourcing_kit"), importing("import duckdb")
    return {"import_extra_ms": 1000 * (both - alone)}


def drag(folder: Path) -> Figures:
    """The slider in a real JupyterLab and Chromium; nothing where there is no browser."""
    if find_chromium() is None:
        return {}
    lab = folder / "lab"
    lab.mkdir()
    dragged = measure_in_lab(lab)
    return {"drag_frames_of_300": dragged.frames, "drag_gap_p95_ms": dragged.gap_p95_ms}


def measure(folder: Path, events: int = 10 * MILLION) -> Iterator[Figures]:
    """All figures, group by group. The big bank has `events` events."""
    yield import_time()
    yield single_append(folder)
    yield bulk_append(folder)
    yield projections(folder)
    yield snapshots(folder)
    yield upcasts(folder)
    yield races(folder)
    yield drag(folder)
    path, figures = big_bank(folder, events)
    yield figures
    yield whole_bank(path, folder)
    yield timeline(path)
