"""What `make bench` measures. Each figure is taken in one run, beside what it is compared with."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import eventsourcing_kit as es
from eventsourcing_kit.integrity import seal
from eventsourcing_kit.projections import ReadModels, bank_models
from eventsourcing_kit.replay import Timeline, balances
from tests.benchmarks.cluster import jetstream
from tests.benchmarks.commits import commits
from tests.benchmarks.operation import replays, signals
from tests.benchmarks.peer import rebuild
from tests.benchmarks.planning import planning
from tests.benchmarks.postgres import postgres
from tests.benchmarks.timing import Figures, median, ratio_of_medians, seconds
from tests.browser.drag import measure_in_lab
from tests.browser.lab import find_chromium

MILLION = 1_000_000
ACCOUNTS = 10_000
OLD = {"data", "schema_version"}


def bank_file(folder: Path, events: int, accounts: int) -> Path:
    """A file with a simulated bank, a hundredth of its events tagged; made once in a folder."""
    path = folder / f"bank-{events}-{accounts}.duckdb"
    if not path.exists():
        table = with_tags(es.banking.simulate(accounts, events, seed=1), tags=accounts)
        with es.open_store(path) as store:
            for start in range(0, events, MILLION):  # in parts, to spare memory
                store.append_columns(table.slice(start, MILLION), es.ANY)
    return path


def with_tags(events: pa.Table, tags: int) -> pa.Table:
    """The same events, each hundredth with one of so many tags, which come in turn."""
    plain = events["metadata"].combine_chunks()
    texts = plain.dictionary.to_pylist()
    row = np.arange(len(events))
    codes = np.where(row % 100 == 0, len(texts) + row // 100 % tags, plain.indices.to_numpy())
    texts += [json.dumps({"tags": [f"case:{n}"]}) for n in range(tags)]
    metadata = pa.DictionaryArray.from_arrays(pa.array(codes), texts)
    return events.set_column(events.column_names.index("metadata"), "metadata", metadata)


def simulation(_folder: Path) -> Figures:
    """How fast a bank is made, in memory."""
    taken = median(3, lambda: es.banking.simulate(ACCOUNTS, MILLION, seed=1))
    return {"simulate_events_per_s": MILLION / taken}


def scale(folder: Path) -> Figures:
    """The same calls in a file of 10 million events and in one of 100,000, in turn: medians.

    Both have 250 events a stream; each hundredth event has a tag, which comes two or three times
    in the whole history. Each call is about another old stream or tag: none is remembered.
    `page_first_vs_last` is `read_all` of 1,000 at the beginning over the same at the end, in the
    big file alone; `open_10m_ms` is opening that file and reading a first stream.
    """
    sizes = (10 * MILLION, MILLION // 10)
    big, small = (bank_file(folder, events, events // 250) for events in sizes)

    def first_look() -> None:
        with es.open_store(big) as store:
            store.read_stream("account-000007")

    opened = median(3, first_look)
    with es.open_store(big) as store, es.open_store(small) as small_store:
        in_big, in_small = (unused(events // 250) for events in sizes)

        def ratio(call: Callable[[es.EventStore, int], float]) -> float:
            return ratio_of_medians(
                [(call(store, next(in_big)), call(small_store, next(in_small))) for _ in range(40)]
            )

        end = store.position() - 1000
        pages = [(page(store, n), page(store, end - n)) for n in range(0, 40_000, 1000)]
        return {
            "stream_read_10m_vs_100k": ratio(read_a_stream),
            "cold_append_10m_vs_100k": ratio(append_to_a_stream),
            "matching_read_10m_vs_100k": ratio(read_a_tag),
            "condition_10m_vs_100k": ratio(append_on_condition),
            "page_first_vs_last": ratio_of_medians(pages),
            "open_10m_ms": 1000 * opened,
        }


def unused(accounts: int) -> Iterator[int]:
    """The numbers of all accounts of a simulated bank, in an order by chance, none twice."""
    return iter(random.Random(1).sample(range(accounts), accounts))


def deposit(**metadata: Any) -> es.NewEvent:
    """A small event."""
    return es.NewEvent("MoneyDeposited", {"amount": 2500, "currency": "EUR"}, metadata)


def page(store: es.EventStore, after_position: int) -> float:
    """Seconds for a thousand events, in order of position."""
    return seconds(lambda: store.read_all(after_position, 1000))


def read_a_stream(store: es.EventStore, number: int) -> float:
    """Seconds for a whole stream."""
    return seconds(lambda: store.read_stream(f"account-{number:06}"))


def append_to_a_stream(store: es.EventStore, number: int) -> float:
    """Seconds for one event at the end of an old stream."""
    stream_id = f"account-{number:06}"
    return seconds(lambda: store.append(stream_id, [deposit()], es.STREAM_EXISTS))


def read_a_tag(store: es.EventStore, number: int) -> float:
    """Seconds for the two or three events of any stream that have a tag."""
    return seconds(lambda: store.read_matching(es.Query(tags=[f"case:{number}"])))


def append_on_condition(store: es.EventStore, number: int) -> float:
    """Seconds for an append to an old stream if no event with a tag came after the last one read.

    As a decision does it: read what matters, then append on that condition. Only the append is
    timed; it has to look through all that came after the last event with the tag.
    """
    query = es.Query(tags=[f"case:{number}"])
    condition = es.AppendCondition(query, after=store.read_matching(query)[-1].position)
    stream_id, event = f"account-{number:06}", deposit(tags=[f"case:{number}"])
    return seconds(lambda: store.append(stream_id, [event], es.STREAM_EXISTS, condition=condition))


def whole_bank(folder: Path) -> Figures:
    """Replay of all accounts by SQL, beside the peer rebuilding twenty of the same accounts."""
    with es.open_store(bank_file(folder, 10 * MILLION, ACCOUNTS), read_only=True) as store:
        events = store.position()
        rate = events / median(5, lambda: balances(store))
        some = [f"account-{i * 499:06}" for i in range(20)]
        history = [event for stream_id in some for event in store.read_stream(stream_id)]
        peer_rate, peer_balances = rebuild(history, folder)
        ours = balances(store)
    if {stream_id: int(ours[stream_id]) for stream_id in some} != peer_balances:
        raise AssertionError("the peer's balances are not ours: the comparison means nothing")
    return {"replay_vs_eventsourcing": rate / peer_rate, "replay_events_per_s": rate}


def timeline(folder: Path) -> Figures:
    """The index in memory at random instants, beside the SQL fold as of the same instants."""
    with es.open_store(bank_file(folder, 10 * MILLION, ACCOUNTS), read_only=True) as store:
        index = Timeline.build(store, by="occurred_at")
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
    }


def timeline_build(folder: Path) -> Figures:
    """Building the index of 10 million events and of one million, in turn, 250 events a stream.

    Each time from a file that has just been opened: the engine has nothing of it in memory yet.
    """
    ten, one = (bank_file(folder, events, events // 250) for events in (10 * MILLION, MILLION))

    def build(path: Path) -> float:
        with es.open_store(path, read_only=True) as store:
            return seconds(lambda: Timeline.build(store, by="occurred_at"))

    taken = [(build(ten), build(one)) for _ in range(5)]
    return {
        "timeline_build_10m_vs_1m": ratio_of_medians(taken),
        "timeline_build_s": statistics.median(big for big, _ in taken),
    }


def timeline_memory(folder: Path) -> Figures:
    """What a process that builds the index of ten million events takes above an empty one.

    The highest that the system saw, DuckDB's own memory included, in a process of its own; the
    empty one has imported what the other one uses.
    """
    path = bank_file(folder, 10 * MILLION, 10 * MILLION // 250)
    program = (
        "import sys, pandas, pyarrow, eventsourcing_kit as es\n"
        "from eventsourcing_kit.replay import Timeline\n"
        "from tests.benchmarks.memory import peak\n"
        "empty = peak()\n"
        "with es.open_store(sys.argv[1], read_only=True) as store:\n"
        "    Timeline.build(store, by='occurred_at')\n"
        "print(peak() - empty)\n"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return {"timeline_peak_mb": int(done.stdout) / 1e6}


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
                        "account-1", [deposit()], expected_version=n
                    )
                )
            )
    return {"single_append_vs_raw": statistics.median(raw) / statistics.median(ours)}


def projections(folder: Path) -> Figures:
    """Events a second into a read model of balances: by one statement a batch, and by handlers."""
    rates = []
    for events, projection in (
        (MILLION, bank_models.balances_by_sql()),
        (3_000, bank_models.balances()),
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
    fold = es.snapshots.SnapshotSource("account", es.banking.account)
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
        es.open_store(
            folder / "mixed.duckdb", upcasters=es.banking.hafenbank.upcasters
        ) as old_store,
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


def erasure(folder: Path) -> Figures:
    """A person is erased from a bank of 1,000 accounts and 100,000 events with encrypted memos.

    With all that follows: their snapshot forgotten, a read model of owners and one of balances
    rebuilt through the vault, and both files compacted.
    """
    fold = es.snapshots.SnapshotSource("account", es.banking.account)
    owners = es.projections.SqlProjection(
        "owners",
        "CREATE TABLE owners (account VARCHAR, owner VARCHAR)",
        "INSERT INTO owners SELECT stream_id, data.owner FROM batch WHERE type = 'AccountOpened'",
    )
    made = [owners, bank_models.balances_by_sql()]
    personal = {type_: ["memo"] for type_ in es.banking.events.SIGNS} | {"AccountOpened": ["owner"]}
    person = "account-000007"
    kept, models = folder / "erasure.snapshots.duckdb", folder / "erasure.models.duckdb"
    with es.open_store(folder / "erasure.duckdb") as store:
        vault = es.integrity.vault.Vault(store, folder / "keys", personal)
        vault.append_columns(es.banking.simulate(1000, 100_000, seed=1))
        with es.snapshots.Snapshots(kept) as taken, ReadModels(vault, models) as built:
            taken.take(vault, fold, person)
            built.catch_up(*made)

        def erase() -> None:
            vault.erase(person, by="bench", reason="to see how long it takes", request="1")
            with es.snapshots.Snapshots(kept) as taken:
                taken.forget(person)
            with ReadModels(vault, models) as built:
                for projection in made:
                    built.rebuild(projection)
            for path in (kept, models):
                es.integrity.vault.compact(path)

        taken_s = seconds(erase)
        if vault.read_stream(person)[0].data["owner"] != es.integrity.vault.ERASED:
            raise AssertionError("nobody was erased: the figure means nothing")
    return {"erase_and_rebuild_s": taken_s}


def seals(folder: Path) -> Figures:
    """A sealed append over a plain one, in turn, as times; and verifying sealed events, a second.

    `verify_vs_bare_loop` is that rate over the one of a loop that does nothing but ask the library
    for the same signatures, part by part in turn, for the machine is not the same all the time.
    """
    signer = es.integrity.Signer("writer", bytes(32))
    ring = es.integrity.KeyRing([signer])
    library = Ed25519PublicKey.from_public_bytes(signer.key.public_bytes)
    plain: list[float] = []
    with_seal: list[float] = []
    with (
        es.open_store(folder / "plain.duckdb") as store,
        es.integrity.sealed(es.open_store(folder / "sealed.duckdb"), signer) as sealed,
    ):
        for n in range(500):
            for one, taken in ((store, plain), (sealed, with_seal)):
                append = partial(one.append, "account-1", [deposit(actor="clerk-07")], n)
                taken.append(seconds(append))
    verified, bare = 0.0, 0.0
    parts, size = 10, 10_000
    with es.integrity.sealed(es.open_store(folder / "verified.duckdb"), signer) as sealed:
        since = None
        bank = es.banking.simulate(1_000, parts * size, seed=6)
        for part in range(parts):
            sealed.append_columns(bank.slice(part * size, size), es.ANY)
            reports: list[es.integrity.Report] = []
            verified += seconds(
                lambda s=since, r=reports: r.append(es.integrity.verify(sealed, ring, since=s))  # type: ignore[misc]
            )
            if not reports[0].ok or reports[0].events != size:
                raise AssertionError("not all was verified: the figure means nothing")
            signed = list(signatures(sealed, part * size))
            since = reports[0].verified
            bare += seconds(lambda s=signed: [library.verify(*one) for one in s])  # type: ignore[misc]
    return {
        "seal_append_overhead": statistics.median(with_seal) / statistics.median(plain),
        "verify_events_per_s": parts * size / verified,
        "verify_vs_bare_loop": bare / verified,
    }


def signatures(store: es.EventStore, after_position: int) -> Iterator[tuple[bytes, bytes]]:
    """The signatures behind a position, and the messages that they are on."""
    for batch in seal.stored_events(store, after_position):
        for event in batch:
            read = seal.read_seal(event.seal)
            assert read is not None
            yield read.signature, seal.to_be_signed(seal.signed_body(read, event))


def races(folder: Path) -> Figures:
    """Schedules a second on the real engine, and appends a second by 1, 4 and 16 threads.

    With streams of their own, and all on one; the median of three rounds.
    """
    report: list[es.schedules.Report] = []
    race = es.schedules.scenarios.events(3)
    taken = seconds(lambda: report.append(es.schedules.explore(race)))
    rates: dict[str, list[float]] = {}
    for run in range(3):
        for threads in (1, 4, 16):
            for where, one_stream in (("streams", False), ("stream", True)):
                path = folder / f"threads-{threads}-{where}-{run}.duckdb"
                with es.open_store(path) as store:
                    rate = append_rate(store, threads, one_stream)
                rates.setdefault(f"append_{threads}_threads_{where}", []).append(rate)
    figures = {key: statistics.median(several) for key, several in rates.items()}
    return {
        "schedules_per_s": len(report[0].runs) / taken,
        **figures,
        "append_16_threads_vs_1": figures["append_16_threads_streams"]
        / figures["append_1_threads_streams"],
    }


def append_rate(store: es.EventStore, threads: int, one_stream: bool) -> float:
    """Four hundred appends of one event by some threads, on one stream or one each, a second."""

    def work(who: int) -> None:
        stream_id = "account-0" if one_stream else f"account-{who}"
        for _ in range(400 // threads):
            store.append(stream_id, [deposit()], es.ANY)

    with ThreadPoolExecutor(threads) as pool:
        return 400 / seconds(lambda: list(pool.map(work, range(threads))))


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


def import_time(_folder: Path) -> Figures:
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


def guarded_reads(folder: Path) -> Figures:
    """Reading a stream of 250 events as a teller, and the same bare, in turn; each time another.

    The teller's guard masks a field of most of them. `guard_read_overhead` is without a log, and
    `guard_page_overhead` the same for a thousand events of all streams in order of position;
    `read_note_ms` is what is added by a note, durable in a file of its own before the events are
    handed out, and `read_note_bytes` how long one is.
    """
    access = es.access
    teller = access.Actor("greta", ["teller"])
    log_path = folder / "reads.duckdb"
    with (
        es.open_store(bank_file(folder, MILLION // 10, 400), read_only=True) as store,
        es.open_store(log_path) as log,
    ):
        masked = access.guarded(store, access.bank.POLICY, teller)
        noted = access.guarded(store, access.bank.POLICY, teller, log=log)
        numbers = unused(400)
        pairs = [
            (read_a_stream(masked, next(numbers)), read_a_stream(store, next(numbers)))
            for _ in range(60)
        ]
        notes = [
            (read_a_stream(noted, next(numbers)), read_a_stream(masked, next(numbers)))
            for _ in range(60)
        ]
        pages = [(page(masked, n), page(store, n)) for n in range(0, 60_000, 1000)]
        one = es.event.canonical_json(log.read_all(limit=1)[0].data)
    log_path.unlink()
    with_note, without = (statistics.median(times) for times in zip(*notes, strict=True))
    return {
        "guard_read_overhead": ratio_of_medians(pairs),
        "guard_page_overhead": ratio_of_medians(pages),
        "read_note_ms": 1000 * (with_note - without),
        "read_note_bytes": len(one),
    }


GROUPS: dict[str, Callable[[Path], Figures]] = {
    "postgres": postgres,
    "guarded": guarded_reads,
    "import": import_time,
    "single": single_append,
    "signals": signals,
    "replays": replays,
    "bulk": bulk_append,
    "projections": projections,
    "snapshots": snapshots,
    "upcasts": upcasts,
    "seals": seals,
    "erasure": erasure,
    "races": races,
    "commits": commits,
    "jetstream": jetstream,
    "planning": planning,
    "drag": drag,
    "simulation": simulation,
    "scale": scale,
    "replay": whole_bank,
    "timeline": timeline,
    "timeline_build": timeline_build,
    "timeline_memory": timeline_memory,
}
