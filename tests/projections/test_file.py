"""The file of read models: shared in one process, refused by its true name, never thrown away."""

from __future__ import annotations

import gc
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import (
    ReadModelsClosed,
    ReadModelsDamaged,
    ReadModelsFailed,
    ReadModelsHeld,
    ReadModelsUnusable,
    StoreClosed,
    StoreLocked,
)
from eventsourcing_kit.projections import ReadModels, SqlProjection
from tests.projections.cases import balances, expected, put, shown

HOLD = "import duckdb, sys; held = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
TRY = "import duckdb, sys; duckdb.connect(sys.argv[1])"


@contextmanager
def held_by_another_program(path: Path) -> Iterator[None]:
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.communicate(b"\n")


def another_program_can_open(path: Path) -> bool:
    return (
        subprocess.run([sys.executable, "-c", TRY, str(path)], capture_output=True).returncode == 0
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "models.duckdb"


class TestWhatIsRefused:
    def other(self, path: Path, make: str = "CREATE TABLE mine (x INTEGER)") -> Path:
        with closing(duckdb.connect(str(path))) as connection:
            connection.execute(make)
        return path

    def test_another_program_has_it(self, path: Path, store: Any) -> None:
        ReadModels(store, path).close()
        with held_by_another_program(path), pytest.raises(StoreLocked, match="another process"):
            ReadModels(store, path)
        ReadModels(store, path).close()

    def test_what_is_something_else(self, tmp_path: Path, store: Any) -> None:
        """Nothing of it is changed, and nobody is told to throw it away."""
        es.open_store(tmp_path / "events.duckdb").close()
        es.snapshots.Snapshots(tmp_path / "snapshots.duckdb").close()
        (tmp_path / "noise").write_bytes(b"noise" * 5000)
        (tmp_path / "empty").touch()
        self.other(tmp_path / "mine.duckdb")
        self.other(tmp_path / "view.duckdb", "CREATE VIEW mine AS SELECT 1 AS x")
        self.other(tmp_path / "schema.duckdb", "CREATE SCHEMA s; CREATE TABLE s.mine (x INTEGER)")
        alike = [f"CREATE TABLE {name} (x INTEGER)" for name in ("builds", "effects", "set_aside")]
        self.other(tmp_path / "alike.duckdb", "; ".join(alike))
        problems = {
            "events.duckdb": "is an event store",
            "snapshots.duckdb": r"something else \(it has snapshots\)",
            "noise": "not a DuckDB database",
            "empty": "not a DuckDB database",
            "mine.duckdb": r"something else \(it has mine\)",
            "view.duckdb": r"something else \(it has mine\)",
            "schema.duckdb": r"something else \(it has s.mine\)",
            "alike.duckdb": "something else",
            "": "is a folder",
            "nowhere/models.duckdb": "folder that does not exist",
        }
        for name, problem in problems.items():
            path = tmp_path / name
            before = path.read_bytes() if path.is_file() else None
            with pytest.raises(ReadModelsUnusable, match=problem) as refused:
                ReadModels(store, path)
            assert "elete" not in str(refused.value)
            assert before == (path.read_bytes() if path.is_file() else None)

    def test_what_a_deleted_one_has_left(self, path: Path, store: Any) -> None:
        path.with_name(f"{path.name}.wal").write_bytes(b"the half of one")
        with pytest.raises(ReadModelsDamaged, match=r"move it and its \.wal away"):
            ReadModels(store, path)

    @pytest.mark.parametrize("path", ["", " ", None, 7, b"models.duckdb", "a\0b"])
    def test_what_is_no_path(self, store: Any, path: Any) -> None:
        with pytest.raises(es.InvalidInput, match="path"):
            ReadModels(store, path)

    def test_what_is_no_store(self, path: Path) -> None:
        with pytest.raises(es.InvalidInput, match="store"):
            ReadModels("bank.duckdb", path)  # type: ignore[arg-type]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no such files")
    def test_a_pipe_is_not_waited_for(self, path: Path, store: Any) -> None:
        os.mkfifo(path)
        with pytest.raises(ReadModelsUnusable, match="no ordinary file"):
            ReadModels(store, path)

    @pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may write everywhere")
    def test_where_one_may_not_write(self, tmp_path: Path, store: Any) -> None:
        folder = tmp_path / "locked"
        folder.mkdir()
        ReadModels(store, folder / "models.duckdb").close()
        for name in ("models.duckdb", "new.duckdb"):
            folder.chmod(0o500)
            with pytest.raises(ReadModelsUnusable, match="may not write"):
                ReadModels(store, folder / name)
        folder.chmod(0o700)
        (folder / "models.duckdb").chmod(0o400)
        with pytest.raises(ReadModelsUnusable, match="Permission denied"):
            ReadModels(store, folder / "models.duckdb")

    def test_event_stores_that_are_open_here(self, tmp_path: Path, store: Any) -> None:
        path = tmp_path / "bank.duckdb"
        with es.open_store(path) as own:
            with pytest.raises(ReadModelsUnusable, match="the event store itself"):
                ReadModels(own, path)
            with pytest.raises(ReadModelsHeld, match="this very process"):
                ReadModels(store, path)
            assert not another_program_can_open(path), "asking has cost it no lock"


class TestOneProcess:
    def test_a_cell_that_is_run_twice(self, tmp_path: Path, path: Path) -> None:
        for total in (1, 2, 3):
            store: Any = es.open_store(tmp_path / "bank.duckdb")
            models = ReadModels(store, path)
            put(store, 1)
            models.catch_up(balances())
            assert shown(models) == {"account-1": (total, total)}
        models.close()
        store.close()

    def test_who_closes_first_takes_nothing_away(self, tmp_path: Path, path: Path) -> None:
        first: Any = es.open_store(tmp_path / "bank.duckdb")
        second: Any = es.open_store(tmp_path / "bank.duckdb")
        link = tmp_path / "link.duckdb"
        one = ReadModels(first, path)
        link.symlink_to(path)
        two = ReadModels(second, link)
        put(first, 1)
        one.catch_up(balances())
        one.close()
        one.close()
        first.close()
        assert shown(two) == {"account-1": (1, 1)}
        assert not another_program_can_open(path)
        two.close()
        assert another_program_can_open(path)
        second.close()

    def test_another_store_may_not_have_it_meanwhile(self, path: Path, store: Any) -> None:
        with ReadModels(store, path) as models, es.open_store(":memory:") as other:
            with pytest.raises(ReadModelsHeld, match="this very process"):
                ReadModels(other, path)
            assert not another_program_can_open(path)
            models.close()
            ReadModels(other, path).close()

    def test_closing(self, tmp_path: Path, store: Any) -> None:
        models = ReadModels(store, tmp_path / "it's.duckdb")
        models.catch_up(balances())
        models.close()
        models.close()
        with pytest.raises(ReadModelsClosed, match=r"projections\.ReadModels"):
            models.catch_up(balances())
        ReadModels(store, tmp_path / "it's.duckdb").close()

    def test_what_is_forgotten_is_closed(self, path: Path, store: Any) -> None:
        models = ReadModels(store, path)
        del models
        gc.collect()
        assert another_program_can_open(path)

    @pytest.mark.parametrize("closed_too", [True, False])
    def test_closing_the_store_first_does_no_harm(
        self, tmp_path: Path, path: Path, closed_too: bool
    ) -> None:
        for total in (1, 2, 3):
            opened: Any = es.open_store(tmp_path / "bank.duckdb")
            models = ReadModels(opened, path)
            put(opened, 1)
            models.catch_up(balances())
            assert shown(models)["account-1"] == (total, total)
            opened.close()
            with pytest.raises(StoreClosed):
                models.catch_up(balances())
            if closed_too:
                models.close()
                assert another_program_can_open(path)

    def test_a_store_that_another_one_keeps_open(self, tmp_path: Path, path: Path) -> None:
        first: Any = es.open_store(tmp_path / "bank.duckdb")
        with es.open_store(tmp_path / "bank.duckdb") as second:
            models = ReadModels(first, path)
            first.close()
            models.close()
            ReadModels(second, path).close()
            assert another_program_can_open(path)

    def test_a_file_that_was_deleted_under_it(self, path: Path, store: Any) -> None:
        put(store, 1)
        with ReadModels(store, path) as models:
            models.catch_up(balances())
            path.unlink()
            with pytest.raises(ReadModelsHeld, match="deleted"):
                ReadModels(store, path)
        with ReadModels(store, path) as models:
            assert models.checkpoint(balances()) == 0
            models.catch_up(balances())
            assert shown(models) == expected(store)

    def test_a_store_that_is_only_read(self, tmp_path: Path, path: Path) -> None:
        with es.open_store(tmp_path / "bank.duckdb") as store:
            put(store, 1)
        with (
            es.open_store(tmp_path / "bank.duckdb", read_only=True) as read_only,
            ReadModels(read_only, path) as models,
        ):
            models.catch_up(balances())
            assert shown(models) == expected(read_only)


def test_a_file_from_before_event_ids_were_kept(tmp_path: Path, path: Path) -> None:
    with es.open_store(tmp_path / "bank.duckdb") as any_store:
        store: Any = any_store
        put(store, 1, 2)
        sent: list[int] = []
        sending = balances(effects={"Moved": lambda event: sent.append(event.position)})
        with ReadModels(store, path) as models:
            models.catch_up(sending)
        with closing(duckdb.connect(str(path))) as old:
            for table, column in (
                ("builds", "code"),
                ("builds", "event_id"),
                ("effects", "event_id"),
            ):
                old.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        put(store, 3)
        for _ in range(2):
            with ReadModels(store, path) as models:
                models.catch_up(sending)
                assert shown(models) == expected(store)
                assert models.sql("FROM builds")["event_id"].notna().all()
                models.rebuild(sending)
        assert sent == [1, 2, 3]


def test_a_damaged_file_is_named_and_nothing_is_made_up(tmp_path: Path, store: Any) -> None:
    path = tmp_path / "whole.duckdb"
    put(store, *range(1500))
    hashes = SqlProjection(
        "hashes",
        "CREATE TABLE hashes (position BIGINT, hash VARCHAR)",
        "INSERT INTO hashes SELECT position, md5(position::VARCHAR) FROM batch",
    )
    query = "SELECT position FROM hashes.hashes WHERE hash = md5(position::VARCHAR)"
    with ReadModels(store, path) as models:
        models.catch_up(hashes)
    whole = path.read_bytes()
    chance = random.Random(20250314)
    places = [20, 200, 4200, 8300, 12300, *(chance.randrange(len(whole)) for _ in range(20))]
    damages = [whole[:at] + b"\xff" * 64 + whole[at + 64 :] for at in places]
    damages += [whole[:at] for at in (12, 4096, 12288, len(whole) // 2)]
    damaged = tmp_path / "damaged.duckdb"

    def use() -> None:
        with ReadModels(store, damaged) as models:
            assert len(models.sql(query)) == 1500

    told: list[str] = []
    for damage in damages:
        damaged.write_bytes(damage)
        try:
            use()
        except (ReadModelsDamaged, ReadModelsUnusable, ReadModelsFailed) as error:
            told.append(str(error))
    assert len(told) > 5, "some places are not in use"
    for message in told:
        assert message.startswith(str(damaged))
        assert "elete" not in message
