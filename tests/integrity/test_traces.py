"""What a DuckDB file still holds of deleted rows, and how it is made to hold nothing of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import InvalidInput, StoreDamaged, StoreHeld, StoreNotFound
from eventsourcing_kit.integrity.vault import compact, shred

SECRET = b"Ada Lovelace"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with a key, a view, and a row that was deleted."""
    path = tmp_path / "models.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE SCHEMA live; CREATE TABLE live.people (id INTEGER PRIMARY KEY, name VARCHAR)"
        )
        connection.execute("CREATE VIEW names AS SELECT name FROM live.people")
        connection.execute("INSERT INTO live.people VALUES (1, ?), (2, 'Bob')", [SECRET.decode()])
        connection.execute("CHECKPOINT")
        connection.execute("DELETE FROM live.people WHERE id = 1")
    return path


def test_deleted_is_not_gone_before_the_file_is_written_anew(path: Path) -> None:
    assert SECRET in path.read_bytes(), "else nobody would need to compact"
    with path.open("rb") as still_open:
        compact(path)
        assert SECRET not in still_open.read(), "the old bytes are overwritten where they lie"
    assert SECRET not in path.read_bytes()
    assert [file.name for file in path.parent.iterdir() if file.suffix != ".lock"] == [path.name]


def test_what_was_not_deleted_is_all_there(path: Path) -> None:
    compact(path)
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("FROM names").fetchall() == [("Bob",)]
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("INSERT INTO live.people VALUES (2, 'Eve')")


def test_the_wal_is_taken_along(path: Path, tmp_path: Path) -> None:
    """Of a process that was killed, the last words are in the .wal."""
    crashed = tmp_path / "crashed.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("INSERT INTO live.people VALUES (3, 'Cyd')")
        shutil.copy(path, crashed)
        shutil.copy(f"{path}.wal", f"{crashed}.wal")
    compact(crashed)
    with duckdb.connect(str(crashed)) as connection:
        assert connection.execute("FROM names ORDER BY name").fetchall() == [("Bob",), ("Cyd",)]


def test_a_shredded_file_is_overwritten_and_gone(path: Path) -> None:
    wal = path.with_name(f"{path.name}.wal")
    wal.write_bytes(SECRET)
    with path.open("rb") as still_open, wal.open("rb") as open_too:
        shred(path)
        assert not path.exists()
        assert not wal.exists()
        assert set(still_open.read()) == {0}
        assert set(open_too.read()) == {0}


def test_what_is_open_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    with es.open_store(path):
        for call in (compact, shred):
            with pytest.raises(StoreHeld):
                call(path)
    assert path.exists()


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFound):
        shred(tmp_path / "none")
    with pytest.raises(StoreNotFound):
        compact(tmp_path)
    with pytest.raises(InvalidInput):
        compact(":memory:")


def test_a_damaged_file_is_left_as_it_is(path: Path) -> None:
    damaged = bytes(reversed(path.read_bytes()[:8192]))
    path.write_bytes(path.read_bytes()[:8192] + damaged)
    before = path.read_bytes()
    with pytest.raises(StoreDamaged):
        compact(path)
    assert path.read_bytes() == before


def test_what_a_killed_one_left_is_removed_by_the_next(path: Path) -> None:
    left = path.with_name(f"{path.name}.compact")
    left.write_bytes(SECRET)
    with left.open("rb") as still_open:
        compact(path)
        assert not left.exists()
        assert still_open.read() == bytes(len(SECRET))
