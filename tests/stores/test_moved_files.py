"""Somebody touches the files of an open store: it says so, and touches nothing of theirs."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import duckdb
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import StoreLocked, StoreMoved
from eventsourcing_kit.stores import place as places
from tests.stores.power import batches, preload

if sys.platform == "win32":
    pytest.skip("Windows keeps others from the files of an open store", allow_module_level=True)

OLD, ALL = 2, 4  # batches in the older copy, and in the open store


class Place:
    """A folder with an open store, and an older copy of it elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "here"
        self.folder.mkdir()
        self.path = self.folder / "bank.duckdb"
        self.log = self.folder / "bank.duckdb.wal"
        self.elsewhere = folder / "elsewhere.duckdb"
        self.copy = folder / "copy.duckdb"
        with es.open_store(self.path) as store:
            for n in range(OLD):
                batches.append(store, n)
        shutil.copyfile(self.path, self.copy)
        self.store = es.open_store(self.path)
        for n in range(OLD, ALL):
            batches.append(self.store, n)

    def files(self) -> dict[str, bytes]:
        """What stands here now, but for the lock."""
        if not self.folder.exists():
            return {}
        return {p.name: p.read_bytes() for p in self.folder.iterdir() if p.suffix != ".lock"}


def deleted(place: Place) -> None:
    place.path.unlink()


def deleted_with_all_that_belongs_to_it(place: Place) -> None:
    for file in place.folder.iterdir():
        file.unlink()


def folder_deleted(place: Place) -> None:
    shutil.rmtree(place.folder)


def replaced_by_a_copy(place: Place) -> None:
    os.replace(place.copy, place.path)


def replaced_by_a_copy_and_its_log_deleted(place: Place) -> None:
    os.replace(place.copy, place.path)
    place.log.unlink()


def overwritten_by_a_copy(place: Place) -> None:
    shutil.copyfile(place.copy, place.path)


def overwritten_by_another_store(place: Place) -> None:
    with es.open_store(place.elsewhere) as other:
        batches.append(other, 0)
    shutil.copyfile(place.elsewhere, place.path)


def emptied(place: Place) -> None:
    os.truncate(place.path, 0)


def moved(place: Place) -> None:
    place.path.rename(place.elsewhere)


def moved_and_another_made(place: Place) -> None:
    place.path.rename(place.elsewhere)
    shutil.copyfile(place.copy, place.path)


def folder_renamed(place: Place) -> None:
    place.folder.rename(place.folder.with_name("there"))


def log_deleted(place: Place) -> None:
    place.log.unlink()


def log_emptied(place: Place) -> None:
    os.truncate(place.log, 0)


def log_cut(place: Place) -> None:
    os.truncate(place.log, place.log.stat().st_size // 2)


def log_replaced(place: Place) -> None:
    shutil.copyfile(place.log, place.elsewhere)
    os.replace(place.elsewhere, place.log)


Disturb = Callable[[Place], None]

DISTURBED: list[Disturb] = [
    deleted,
    deleted_with_all_that_belongs_to_it,
    folder_deleted,
    replaced_by_a_copy,
    replaced_by_a_copy_and_its_log_deleted,
    overwritten_by_a_copy,
    overwritten_by_another_store,
    emptied,
    moved,
    moved_and_another_made,
    folder_renamed,
    log_deleted,
    log_emptied,
    log_cut,
    log_replaced,
]
NOTHING_LEFT = {deleted_with_all_that_belongs_to_it, folder_deleted, folder_renamed}


@pytest.fixture(params=DISTURBED, ids=lambda disturb: disturb.__name__)
def disturb(request: pytest.FixtureRequest) -> Disturb:
    found: Disturb = request.param
    return found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.store.close()


def test_nothing_is_appended_to_a_store_whose_files_were_touched(
    place: Place, disturb: Disturb
) -> None:
    disturb(place)
    there = place.files()
    for n in (ALL, ALL + 1, ALL + 4):  # in columns, one event, several streams
        with pytest.raises(StoreMoved):
            batches.append(place.store, n)
    with suppress(es.StoreError):
        assert batches.stored(place.store) == ALL, "what is read is right"
    assert place.files() == there


def test_closing_it_leaves_what_stands_there_as_it_is(place: Place, disturb: Disturb) -> None:
    disturb(place)
    there = place.files()
    place.store.close()
    assert place.files() == there


@pytest.mark.parametrize("close_first", [True, False])
def test_a_renamed_folder_has_the_whole_store(place: Place, close_first: bool) -> None:
    folder_renamed(place)
    if close_first:
        place.store.close()
    there = place.folder.with_name("there") / place.path.name
    try:
        with es.open_store(there) as store:
            assert batches.stored(store) == ALL
    except es.StoreError:
        assert not close_first, "nobody has it open"
    place.store.close()
    with es.open_store(there) as store:
        assert batches.stored(store) == ALL


def test_opening_it_again_is_refused_or_a_store_of_its_own(place: Place, disturb: Disturb) -> None:
    disturb(place)
    check_opening(place, disturb)
    there = place.files()
    place.store.close()
    assert place.files() == there
    check_opening(place, disturb)


def check_opening(place: Place, disturb: Disturb) -> None:
    """What opens keeps what is appended. Less than was acknowledged opens only if all is gone."""
    try:
        store = es.open_store(place.path)
    except es.StoreError:
        return
    with store:
        stored = batches.stored(store)
        assert stored >= ALL or disturb in NOTHING_LEFT, "shorter, without a word"
        batches.append(store, stored)
    with es.open_store(place.path) as store:
        assert batches.stored(store) == stored + 1


class TestManyNames:
    @pytest.mark.parametrize(
        "name", ["symbolic link", "hard link", "relative", "dots", "folder link"]
    )
    def test_are_one_database(
        self, place: Place, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = self.named(place, name, monkeypatch)
        with es.open_store(other) as store:
            assert batches.stored(store) == ALL
            batches.append(store, ALL)
            batches.append(place.store, ALL + 1)
            assert batches.stored(store) == batches.stored(place.store) == ALL + 2
        batches.append(place.store, ALL + 2)
        place.store.close()
        with es.open_store(place.path) as store:
            assert batches.stored(store) == ALL + 3

    @pytest.mark.parametrize("name", ["symbolic link", "hard link", "folder link"])
    def test_are_one_lock(self, place: Place, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        other = self.named(place, name, monkeypatch)
        process = preload.start(None, "killed", other, ALL, ALL + 1, folder=place.folder)
        _, err = process.communicate()
        assert StoreLocked.__name__ in err
        assert batches.stored(place.store) == ALL

    @pytest.mark.parametrize("name", ["symbolic link", "hard link", "folder link"])
    def test_lose_nothing_after_a_kill(
        self, place: Place, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place.store.close()
        process = preload.start(None, "killed", place.path, ALL, ALL + 2, folder=place.folder)
        assert process.communicate()[0], "it said what it has stored"
        other = self.named(place, name, monkeypatch)
        with suppress(es.StoreError), es.open_store(other) as store:
            assert batches.stored(store) == ALL + 2
        with es.open_store(place.path) as store:
            assert batches.stored(store) == ALL + 2

    def named(self, place: Place, name: str, monkeypatch: pytest.MonkeyPatch) -> Path:
        other = place.folder.with_name("other.duckdb")
        match name:
            case "symbolic link":
                other.symlink_to(place.path)
            case "hard link":
                os.link(place.path, other)
            case "relative":
                monkeypatch.chdir(place.folder)
                other = Path(place.path.name)
            case "dots":
                other = place.folder / ".." / place.folder.name / place.path.name
            case _:
                place.folder.with_name("link").symlink_to(place.folder)
                other = place.folder.with_name("link") / place.path.name
        return other


def test_a_relative_path_means_the_folder_in_which_it_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "one")
    with es.open_store("bank.duckdb") as store:
        monkeypatch.chdir(tmp_path / "two")
        for n in range(3):
            batches.append(store, n)
    with es.open_store(tmp_path / "one" / "bank.duckdb") as store:
        assert batches.stored(store) == 3
    assert list((tmp_path / "two").iterdir()) == []


class Files:
    """The files of a store as the engine leaves them: a header that counts, and a .wal."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "bank.duckdb"
        self.wal = folder / "bank.duckdb.wal"
        self.path.write_bytes(bytes(3 * places.BLOCK))
        self.wal.write_bytes(b"what was appended last")
        self.place = places.Place(str(self.path))

    def count_a_checkpoint(self) -> None:
        with self.path.open("r+b") as file:
            file.seek(places.BLOCK + 8)
            file.write((1).to_bytes(8, "little"))


def test_a_wal_may_go_after_a_checkpoint_that_was_seen_half_done(tmp_path: Path) -> None:
    """Another thread's: its header is written, an append is noted, then its .wal is taken away."""
    files = Files(tmp_path)
    files.count_a_checkpoint()
    files.place.note()
    files.place.note()  # of the next append, and still it is there
    files.wal.unlink()
    files.place.check()


def test_a_wal_that_has_grown_since_the_checkpoint_may_not_go(tmp_path: Path) -> None:
    files = Files(tmp_path)
    files.count_a_checkpoint()
    files.place.note()
    files.wal.write_bytes(b"what was appended last, and more")
    files.place.note()
    files.wal.unlink()
    with pytest.raises(StoreMoved, match=r"lost its \.wal"):
        files.place.check()


def test_checkpoints_of_another_thread_are_nobodys_tampering(tmp_path: Path) -> None:
    with es.open_store(tmp_path / "bank.duckdb") as store:
        done = threading.Event()

        def write_logs() -> None:
            while not done.is_set():
                with store.cursor() as cursor, suppress(duckdb.Error):
                    cursor.execute("CHECKPOINT")

        others = [threading.Thread(target=write_logs) for _ in range(2)]
        for other in others:
            other.start()
        try:
            for n in range(200):
                store.append(f"made-{n % 5}", [es.NewEvent("Made", {"n": n})], es.ANY)
        finally:
            done.set()
            for other in others:
                other.join()
        assert store.position() == 200
