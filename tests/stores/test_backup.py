"""A backup is a whole store, taken from one in use; a restored one begins a new epoch."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import StoreError, StoreIncomplete, StoreLocked
from eventsourcing_kit.stores.conformance import columns, event, events


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with es.open_store(tmp_path / "bank.duckdb") as store:
        store.append("account-1", events(3), 0)
        store.append("account-2", [es.NewEvent("Noted", {}, metadata={"tags": ["vip"]})], 0)
        yield store


def test_a_backup_holds_what_was_acknowledged_and_is_a_store(store: Any, tmp_path: Path) -> None:
    assert es.backup(store, tmp_path / "copy.duckdb") == 4
    store.append("account-1", events(1), 3)
    with es.open_store(tmp_path / "copy.duckdb") as copy:
        assert copy.read_all() == store.read_all()[:4]
        assert [e.stream_id for e in copy.read_matching(es.Query(tags=["vip"]))] == ["account-2"]
        copy.append("account-1", events(1), 3)
        assert es.verify(copy).ok


def test_a_backup_is_not_half_a_store_while_others_append(store: Any, tmp_path: Path) -> None:
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            store.append_many([("account-1", events(2), es.ANY), ("account-9", events(1), es.ANY)])

    thread = threading.Thread(target=write)
    thread.start()
    try:
        sizes = [es.backup(store, tmp_path / f"{n}.duckdb") for n in range(5)]
    finally:
        done.set()
        thread.join()
    assert sizes == sorted(sizes)
    whole = store.read_all()
    for n, size in enumerate(sizes):
        with es.open_store(tmp_path / f"{n}.duckdb", read_only=True) as copy:
            assert copy.read_all() == whole[:size]
            assert size % 3 == 1  # four at first, then appends of three: none is there in part
            assert es.verify(copy).ok


def test_a_store_in_memory_can_be_kept(tmp_path: Path) -> None:
    with es.open_store(":memory:") as store:
        store.append_columns(columns([("account-1", event()) for _ in range(10)]))
        es.backup(store, tmp_path / "kept.duckdb")
        with es.open_store(tmp_path / "kept.duckdb") as kept:
            assert kept.read_all() == store.read_all()


def test_nothing_is_written_over_a_file(store: Any, tmp_path: Path) -> None:
    there = tmp_path / "there.duckdb"
    there.write_text("a diary")
    es.backup(store, tmp_path / "copy.duckdb")
    works: tuple[Callable[[], Any], ...] = (
        lambda: es.backup(store, there),
        lambda: es.restore(tmp_path / "copy.duckdb", there),
        lambda: es.backup(store, store.path),
        lambda: es.restore(tmp_path / "copy.duckdb", store.path),
    )
    for work in works:
        with pytest.raises(es.InvalidInput, match="is there already"):
            work()
    assert there.read_text() == "a diary"
    assert len(store.read_all()) == 4
    assert {p.name for p in tmp_path.iterdir() if ".new" in p.name} == set()


@pytest.mark.parametrize("path", ["", ":memory:", None, " ", "no/such/folder/x.duckdb"])
def test_a_backup_needs_the_path_of_a_file(store: Any, path: Any) -> None:
    with pytest.raises((es.InvalidInput, StoreError)):
        es.backup(store, path)


def test_a_backup_that_fails_leaves_nothing_behind(
    store: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eventsourcing_kit.stores import backup

    def fail(path: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_flush", fail)
    with pytest.raises(StoreError, match="No space left"):
        es.backup(store, tmp_path / "copy.duckdb")
    assert not [p for p in tmp_path.iterdir() if p.name.startswith("copy.duckdb.new")]
    monkeypatch.undo()
    assert es.backup(store, tmp_path / "copy.duckdb") == 4


def test_a_restored_store_goes_on_in_a_new_epoch(store: Any, tmp_path: Path) -> None:
    es.backup(store, tmp_path / "copy.duckdb")
    assert es.restore(tmp_path / "copy.duckdb", tmp_path / "again.duckdb") == 4
    with es.open_store(tmp_path / "again.duckdb") as again:
        restored: Any = again
        assert (store.epoch, restored.epoch) == (1, 2)
        assert restored.append("account-1", events(1), 3).position == 5
        es.backup(restored, tmp_path / "second.duckdb")
    es.restore(tmp_path / "second.duckdb", tmp_path / "third.duckdb")
    with es.open_store(tmp_path / "third.duckdb", read_only=True) as third:
        assert third.epoch == 3  # type: ignore[attr-defined]
        assert es.verify(third).ok


def test_what_another_store_left_at_the_path_is_no_witness(tmp_path: Path) -> None:
    """The old store had more events, and was deleted on purpose."""
    path = tmp_path / "bank.duckdb"
    with es.open_store(path) as store:
        store.append("account-1", events(1), 0)
        es.backup(store, tmp_path / "copy.duckdb")
        store.append("account-1", events(5), 1)
    path.unlink()
    es.restore(tmp_path / "copy.duckdb", path)
    with es.open_store(path) as store:
        assert store.position() == 1


def test_an_older_copy_put_back_by_hand_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    with es.open_store(path) as store:
        store.append("account-1", events(1), 0)
        es.backup(store, tmp_path / "copy.duckdb")
        store.append("account-1", events(5), 1)
    path.write_bytes((tmp_path / "copy.duckdb").read_bytes())
    before = path.read_bytes()
    with pytest.raises(StoreIncomplete, match=r"position 1.*position 6 was acknowledged.*restore"):
        es.open_store(path)
    assert path.read_bytes() == before


def test_a_store_that_another_process_has_open_is_not_restored_from(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    code = (
        "import sys, eventsourcing_kit as es; store = es.open_store(sys.argv[1]);"
        "print(1, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(StoreLocked, match=rf"PID {process.pid}.*es\.backup"):
        es.restore(path, tmp_path / "other.duckdb")
    process.communicate("")
    es.restore(path, tmp_path / "other.duckdb")


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes are of POSIX systems")
def test_a_commit_that_failed_is_not_counted(tmp_path: Path) -> None:
    """The engine's statistics may still count it, until the file is opened anew."""
    import resource

    with es.open_store(tmp_path / "bank.duckdb") as store:
        store.append("account-1", events(10), 0)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        size = (tmp_path / "bank.duckdb.wal").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
        try:
            for _ in range(3):
                with pytest.raises(StoreError, match="File too large"):
                    store.append("account-1", events(300), 10)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert store.position() == 10
        assert es.backup(store, tmp_path / "copy.duckdb") == 10
        assert store.append("account-1", events(1), 10).position == 11
        assert es.verify(store).ok
