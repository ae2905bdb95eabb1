"""The DuckDB engine: the conformance suite, and what is its own: files, locks and damage."""

from __future__ import annotations

import gc
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from filelock import FileLock, Timeout

import eventsourcing_kit as es
from eventsourcing_kit.errors import (
    InvalidQuery,
    NotAnEventStore,
    StoreDamaged,
    StoreError,
    StoreExhausted,
    StoreLocked,
    StoreNotFound,
    StoreReadOnly,
    StoreTooNew,
)
from eventsourcing_kit.event import Clock, utc_now
from eventsourcing_kit.stores import SqlEventStore
from eventsourcing_kit.stores.conformance import SqlConformance, columns, event, events

VISITOR = Path(__file__).parent / "visitor.py"


class FileFactory:
    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self, clock: Clock = utc_now) -> SqlEventStore:
        return es.open_store(self.path, clock=clock)

    def raw(self, statement: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(statement)


class TestDuckDBFile(SqlConformance):
    @pytest.fixture
    def factory(self, tmp_path: Path) -> FileFactory:
        return FileFactory(tmp_path / "bank.duckdb")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with three events in it, closed."""
    path = tmp_path / "bank.duckdb"
    with es.open_store(path) as store:
        store.append("account-1", events(3), 0)
    return path


def opens_elsewhere(path: Path) -> bool:
    """Whether another process can open the file for writing."""
    program = "import sys, duckdb; duckdb.connect(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True)
    return done.returncode == 0


@pytest.fixture
def other_process(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another notebook, so to say, that has the file open."""
    program = (
        "import sys, eventsourcing_kit as es\n"
        "store = es.open_store(sys.argv[1])\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "open\n"
    yield process
    process.kill()
    process.communicate()


class TestInMemory:
    def test_it_is_its_own_each_time(self) -> None:
        with es.open_store(":memory:") as one, es.open_store(":memory:") as two:
            one.append("account-1", events(1), 0)
            assert (one.position(), two.position()) == (1, 0)

    def test_it_is_append_only_too(self) -> None:
        with es.open_store(":memory:") as store:
            store.append_columns(columns([("account-1", event())]))
            with pytest.raises(InvalidQuery, match="DELETE"):
                store.sql("DELETE FROM events")


class TestOpening:
    def test_a_file_held_by_another_process(
        self, path: Path, other_process: subprocess.Popen[str]
    ) -> None:
        for read_only in (False, True):
            with pytest.raises(StoreLocked, match=rf"PID {other_process.pid}.*kernel"):
                es.open_store(path, read_only=read_only)

    def test_processes_that_hand_the_file_over_lose_nothing(self, path: Path) -> None:
        visits = 12
        visitors = [
            subprocess.Popen(
                [sys.executable, str(VISITOR), str(path), f"visitor-{i}", str(visits)],
                stderr=subprocess.PIPE,
                text=True,
            )
            for i in range(4)
        ]
        assert [visitor.communicate()[1] for visitor in visitors] == [""] * 4
        with es.open_store(path) as store:
            assert [store.version(f"visitor-{i}") for i in range(4)] == [visits] * 4
            assert store.position() == 3 + 4 * visits

    def test_the_turn_of_a_process_lasts_until_the_file_is_closed(self, path: Path) -> None:
        turn = FileLock(f"{path}.lock", timeout=0)
        with es.open_store(path) as one, es.open_store(path):
            with pytest.raises(Timeout):
                turn.acquire()
            one.close()
            with pytest.raises(Timeout):
                turn.acquire()
        with turn, pytest.raises(StoreLocked):
            es.open_store(path)
        es.open_store(path).close()

    def test_two_stores_on_one_file_in_one_process(self, path: Path) -> None:
        with es.open_store(path) as one, es.open_store(path) as two:
            one.append("account-1", events(1), 3)
            assert two.append("account-1", events(1), 4).position == 5
            with pytest.raises(es.WrongExpectedVersion):
                one.append("account-1", events(1), 4)
            one.close()
            assert two.version("account-1") == 5

    def test_a_read_only_store(self, path: Path) -> None:
        with es.open_store(path, read_only=True) as store:
            assert len(store.read_all()) == 3
            for use in (
                lambda: store.append("account-1", events(1), 3),
                lambda: store.append_columns(columns([("account-2", event())])),
            ):
                with pytest.raises(StoreReadOnly, match="read_only"):
                    use()
            with pytest.raises(StoreLocked, match="this very process"):
                es.open_store(path)

    def test_a_read_only_store_beside_a_writing_one(self, path: Path) -> None:
        with es.open_store(path) as writer, es.open_store(path, read_only=True) as reader:
            writer.append("account-1", events(1), 3)
            assert reader.version("account-1") == 4
            with pytest.raises(StoreReadOnly):
                reader.append("account-1", events(1), 4)

    def test_a_connection_made_past_the_kit(self, path: Path) -> None:
        connection = duckdb.connect(str(path), read_only=True)
        with pytest.raises(StoreLocked, match="connection of its own"):
            es.open_store(path)
        connection.close()

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(StoreNotFound, match="does not exist"):
            es.open_store(tmp_path / "none.duckdb", read_only=True)
        with pytest.raises(StoreNotFound, match="folder"):
            es.open_store(tmp_path / "none" / "bank.duckdb")
        assert list(tmp_path.iterdir()) == []

    def test_what_is_not_an_event_store(self, tmp_path: Path) -> None:
        text = tmp_path / "text.duckdb"
        text.write_text("hello\n" * 1000)
        sqlite = tmp_path / "sqlite.db"
        sqlite.write_bytes(b"SQLite format 3\0" + bytes(5000))
        other = tmp_path / "other.duckdb"
        with duckdb.connect(str(other)) as connection:
            connection.execute("CREATE TABLE mine (x INTEGER)")
        for path in (text, sqlite, other, tmp_path):
            with pytest.raises(NotAnEventStore, match="does not exist yet"):
                es.open_store(path)
        assert opens_elsewhere(other)

    def test_another_engine(self) -> None:
        with pytest.raises(es.InvalidInput, match="no engine"):
            es.open_store("mysql://localhost/bank")

    def test_a_file_cut_off_anywhere_is_refused_or_whole(self, path: Path) -> None:
        """DuckDB keeps free space at the end of a file; all else that is missing is noticed."""
        with es.open_store(path) as store:
            before = store.read_all()
        content = path.read_bytes()
        refused = 0
        for size in range(0, len(content), 20_000):
            path.write_bytes(content[:size])
            try:
                with es.open_store(path) as store:
                    assert store.read_all() == before
            except (StoreDamaged, NotAnEventStore):
                refused += 1
        assert refused >= len(content) // 20_000 // 2

    def test_damage_inside_is_noticed_when_it_is_read(self, path: Path) -> None:
        with es.open_store(path) as store:
            store.append_columns(columns([("account-9", event(amount=i)) for i in range(1, 9000)]))
        with es.open_store(path) as store:
            before = store.read_all()
        content = path.read_bytes()
        noticed = 0
        for place in range(12_288, len(content), 65_536):
            path.write_bytes(content[:place] + bytes(64) + content[place + 64 :])
            try:
                with es.open_store(path) as store:
                    assert store.read_all() == before
            except StoreDamaged:
                noticed += 1
        assert noticed

    def test_a_file_of_a_newer_kit(self, path: Path) -> None:
        with duckdb.connect(str(path)) as connection:
            connection.execute("INSERT INTO events_format VALUES (3)")
        with pytest.raises(StoreTooNew, match="Update the kit"):
            es.open_store(path)

    def test_a_file_of_a_newer_duckdb(self, path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[12:20] = struct.pack("<Q", 5000)
        path.write_bytes(content)
        with pytest.raises(StoreTooNew, match="storage version 5000"):
            es.open_store(path)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="file permissions are tested where fork is")
    def test_a_file_that_may_not_be_written(self, path: Path) -> None:
        path.chmod(0o444)
        for folder in (path.parent, *path.parent.parents[:3]):
            if folder.stat().st_uid == os.getuid():
                folder.chmod(0o755)
        pid = os.fork()
        if pid == 0:  # root may write anything, so a child that is nobody tries
            try:
                if os.getuid() == 0:
                    os.setuid(65534)
                es.open_store(path)
                os._exit(1)
            except StoreReadOnly:
                os._exit(0)
            except BaseException as error:
                os.write(2, f"{error!r}\n".encode())
                os._exit(2)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 0


class TestLettingGo:
    def test_closing_leaves_no_lock(self, path: Path) -> None:
        store = es.open_store(path)
        assert not opens_elsewhere(path)
        store.close()
        assert opens_elsewhere(path)

    def test_garbage_collection_leaves_no_lock(self, path: Path) -> None:
        store = es.open_store(path)
        batches = store.catch_up()
        next(batches)
        del store, batches
        gc.collect()
        assert opens_elsewhere(path)

    def test_an_error_leaves_no_lock(self, path: Path) -> None:
        kept: list[BaseException] = []  # as a notebook keeps the last traceback
        try:
            with es.open_store(path) as store:
                store.append("account-1", events(1), 0)
        except es.WrongExpectedVersion as error:
            kept.append(error)
        assert kept
        assert opens_elsewhere(path)

    def test_a_refused_file_is_let_go(self, path: Path) -> None:
        with duckdb.connect(str(path)) as connection:
            connection.execute("INSERT INTO events_format VALUES (3)")
        with pytest.raises(StoreError):
            es.open_store(path)
        assert opens_elsewhere(path)


class TestWritersPastTheKit:
    def test_an_insert_past_the_store_is_a_conflict_or_is_seen(self, path: Path) -> None:
        """The primary key still stands when somebody else inserts in the same process."""
        with es.open_store(path) as store:
            store.append("account-1", events(1), 3)
            with duckdb.connect(str(path)) as raw:
                raw.execute(
                    "INSERT INTO events SELECT position + 100, stream_id, version + 1, uuid(),"
                    " type, 1, data, metadata, occurred_at, recorded_at"
                    " FROM events WHERE version = 4"
                )
            with pytest.raises(es.WrongExpectedVersion):
                store.append("account-1", events(1), 4)
            assert store.append("account-1", events(1), 5).version == 6


class TestNamedTroubles:
    """What goes wrong at the edges of the process has a name and leaves the store whole."""

    def test_a_table_that_somebody_altered(self, path: Path) -> None:
        with duckdb.connect(str(path)) as connection:
            connection.execute("ALTER TABLE events ADD COLUMN note VARCHAR")
        with pytest.raises(NotAnEventStore, match=r"other columns.*note"):
            es.open_store(path)

    def test_a_query_that_runs_out_of_memory(self, path: Path) -> None:
        with es.open_store(path) as opened:
            store: Any = opened
            store.append_columns(columns([("account-9", event(amount=i)) for i in range(1, 5000)]))
            with store.cursor() as cursor:
                cursor.execute("SET memory_limit = '100MB'")
            with pytest.raises(StoreExhausted, match="store is whole"):
                store.sql("SELECT len(list(a.event_id)) FROM events a, events b")
            with store.cursor() as cursor:
                cursor.execute("SET memory_limit = '2GB'")
            assert es.verify(store).ok

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no timer of signals")
    def test_a_call_that_somebody_stops(self, path: Path) -> None:
        def stop(*_: Any) -> None:
            raise KeyboardInterrupt

        def for_ever() -> None:
            while True:
                store.append_columns(many, es.ANY)

        before = signal.signal(signal.SIGALRM, stop)
        try:
            with es.open_store(path) as store:
                rows = {"stream_id": ["account-9"] * 500_000, "type": ["Noted"] * 500_000}
                many = pa.table({**rows, "data": ['{"n":1}'] * 500_000})
                signal.setitimer(signal.ITIMER_REAL, 0.5)
                with pytest.raises(KeyboardInterrupt):
                    for_ever()
                assert es.verify(store).ok
                assert store.position() % 500_000 == 3, "whole, or not at all"
                store.append("account-1", events(1), 3)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("point", ["marked", "read"])
def test_a_process_that_dies_between_the_mark_and_the_first_event(
    tmp_path: Path, point: str
) -> None:
    """The file says that it is open, there is no .wal, and nothing is missing."""
    path = tmp_path / "bank.duckdb"
    code = """
import os, sys
import eventsourcing_kit as es
store = es.open_store(sys.argv[1])
with store.cursor() as cursor:
    store.database.mark(cursor)
os._exit(0)
"""
    for _ in range(2):
        subprocess.run([sys.executable, "-c", code, str(path)], check=True)
        assert not Path(f"{path}.wal").exists()
        if point == "read":
            with es.open_store(path, read_only=True) as store:
                assert store.position() == 0
    with es.open_store(path) as store:
        store.append("account-1", events(1), 0)
        assert es.verify(store).ok
