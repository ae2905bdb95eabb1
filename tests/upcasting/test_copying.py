"""A new store with all events in their newest shapes, whatever happens on the way."""

from __future__ import annotations

import multiprocessing
import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import hafenbank
from eventsourcing_kit.errors import CopyDiffers, InvalidInput
from eventsourcing_kit.upcasting import copy_and_transform
from tests.upcasting.cases import old_bank

KILLS = 30


def balances(store: Any) -> dict[str, int]:
    return {str(name): int(cents) for name, cents in es.replay.balances(store).items()}


def fill(path: Path, events: int | None = None) -> None:
    with old_bank(path) as store:
        for stream_id, event in list(hafenbank.old_books())[:events]:
            store.append(stream_id, [event], es.ANY)


def plain(events: Any) -> list[tuple[Any, ...]]:
    """Events without their places: what has to be the same in the copy."""
    return [
        (
            event.stream_id,
            (event.event_id, event.type, event.schema_version),
            (dict(event.data), dict(event.metadata)),
            (event.occurred_at, event.recorded_at),
        )
        for event in events
    ]


def test_the_copy_has_all_events_in_their_newest_shapes(tmp_path: Path) -> None:
    fill(tmp_path / "old.duckdb")
    with old_bank(tmp_path / "old.duckdb") as source:
        report = copy_and_transform(source, tmp_path / "new.duckdb", verify={"balances": balances})
        expected, before = plain(source.read_all()), balances(source)
    assert (report.stored, report.resumed_after) == (168, 0)
    assert report.checked == ("events by stream and type", "balances")
    with es.open_store(tmp_path / "new.duckdb") as copied:  # no upcasters are needed
        assert plain(copied.read_all()) == expected
        assert balances(copied) == before
        assert report.written == copied.position() == len(expected) > report.stored
        versions = [event.version for event in copied.read_stream("account-9001")]
        assert versions == list(range(1, len(versions) + 1)), "versions count on"
    assert not (tmp_path / "new.duckdb.copying").exists()


def test_an_event_id_may_stand_in_several_streams(tmp_path: Path) -> None:
    fact = es.NewEvent("MoneySent", {"amount": 1})
    with es.open_store(":memory:") as source:
        source.append_many([("account-1", [fact], 0), ("account-2", [fact], 0)])
        for batch in (1, 2):
            copy_and_transform(source, tmp_path / f"{batch}.duckdb", batch=batch)
            with es.open_store(tmp_path / f"{batch}.duckdb") as copied:
                assert copied.read_all() == source.read_all()


def test_the_old_store_stays(tmp_path: Path) -> None:
    fill(tmp_path / "old.duckdb", 20)
    with es.open_store(tmp_path / "old.duckdb") as before:
        was = plain(before.read_all())
    with old_bank(tmp_path / "old.duckdb") as source:
        copy_and_transform(source, tmp_path / "new.duckdb")
    with es.open_store(tmp_path / "old.duckdb") as after:
        assert plain(after.read_all()) == was


def test_a_store_that_no_copy_has_begun_is_not_written_into(tmp_path: Path) -> None:
    fill(tmp_path / "other.duckdb", 3)
    with old_bank() as source, pytest.raises(InvalidInput, match="no copy has begun it"):
        copy_and_transform(source, tmp_path / "other.duckdb")


def test_a_fold_that_differs_is_named(tmp_path: Path) -> None:
    fill(tmp_path / "old.duckdb", 20)
    with old_bank(tmp_path / "old.duckdb") as source:
        by_store = {"which store": lambda store: store is source}
        with pytest.raises(CopyDiffers, match="which store"):
            copy_and_transform(source, tmp_path / "new.duckdb", verify=by_store)
        assert (tmp_path / "new.duckdb").exists(), "it is left there to be looked at"


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a signal of POSIX systems")
def test_a_copy_killed_at_random_points(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.upcasting.worker"])
    from tests.upcasting.worker import work

    fill(tmp_path / "old.duckdb", 120)
    with old_bank(tmp_path / "old.duckdb") as source:
        expected = plain(source.read_all())
    chance = random.Random(20250315)
    new, note = tmp_path / "new.duckdb", tmp_path / "new.duckdb.copying"
    halfway = kills = 0
    while kills < KILLS:
        told, tell = context.Pipe(duplex=False)
        with told:
            process = context.Process(target=work, args=(str(tmp_path), tell))
            process.start()
            tell.close()
            assert told.recv() is None, "the old store is open"
            if kills == 0:  # how long a copy takes depends on the machine, and on what else it does
                began = time.perf_counter()
                told.recv()
                whole = time.perf_counter() - began
            time.sleep(chance.uniform(0, whole / 2))
            process.kill()
            process.join()
        kills += 1
        if new.exists():
            with es.open_store(new) as copied:
                events = plain(copied.read_all())
            assert events == expected[: len(events)], "none twice, none missed, in order"
            halfway += 0 < len(events) < len(expected)
        if new.exists() and not note.exists():  # it had finished: from the beginning again
            assert events == expected
            new.unlink()
    if new.exists():
        with old_bank(tmp_path / "old.duckdb") as source:
            copy_and_transform(source, new)
        with es.open_store(new) as copied:
            assert plain(copied.read_all()) == expected
    assert halfway > 5, "some died in the middle of it"
