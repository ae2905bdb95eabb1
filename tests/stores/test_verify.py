"""verify finds what no healthy store can have, however it got there."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import StoreClosed
from eventsourcing_kit.stores.conformance import columns, event, events

ROW = "INSERT INTO events SELECT {}, '{}', {}, {}, 'Noted', 1, '{{}}'::JSON::VARIANT, {}, now(), {}"


def raw(
    position: Any,
    stream_id: str = "account-9",
    version: int = 1,
    event_id: str = "uuid()",
    metadata: str = "'{}'",
    recorded_at: str = "now()",
) -> str:
    """An INSERT past the store."""
    return ROW.format(position, stream_id, version, event_id, metadata, recorded_at)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "bank.duckdb"
    with es.open_store(path) as store:
        store.append("account-1", events(3), 0)
        store.append("account-2", [es.NewEvent("Noted", {}, metadata={"tags": ["vip"]})], 0)
        store.append_columns(columns([("account-3", event()) for _ in range(2000)]))
    return path


def faults(path: Path, *statements: str) -> tuple[str, ...]:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    with es.open_store(path, read_only=True) as store:
        return es.verify(store).faults


def test_a_whole_store_has_no_fault(path: Path) -> None:
    with es.open_store(path) as store:
        report = es.verify(store)
        assert report.ok
        assert str(report) == "2,004 events in 3 streams: every block read, all in order"
    with es.open_store(":memory:") as empty:
        assert es.verify(empty).ok


DROP = [
    "DROP TRIGGER events_refuse_delete ON events",
    "DROP TRIGGER events_refuse_update ON events",
]


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        ([raw(2004)], "position 2,004: positions"),
        ([raw(2006)], "position 2,006: positions"),
        ([raw(0)], "positions count from 1"),
        ([raw(-7)], "positions count from 1"),
        ([raw(2005, version=2)], "'account-9'"),
        ([raw(2005, version=0)], "'account-9'"),
        ([raw(2005, "account-1", 4, "(SELECT event_id FROM events WHERE position = 1)")], "twice"),
        ([raw(2005, version=2), raw(2006, version=1)], "order of position"),
        ([raw(2005, recorded_at="'1999-01-01'")], "position 2,005: recorded_at goes back"),
        ([raw(2005, stream_id="a\u200bb")], "invisible"),
        ([raw(2005, metadata="""'{"tags": ["x"]}'""")], "position 2,005: the index of tags"),
        (["DELETE FROM events_tags"], "position 4: the index of tags"),
        (["INSERT INTO events_tags VALUES ('x', 5)"], "position 5: the index of tags"),
        ([DROP[0], "DELETE FROM events WHERE position = 1"], "position 2: positions"),
        ([DROP[0], "DELETE FROM events WHERE position = 900"], "position 901: positions"),
    ],
)
def test_what_a_store_never_does_is_found(path: Path, statements: list[str], words: str) -> None:
    found = faults(path, *statements)
    assert words in "\n".join(found)


def test_damage_inside_is_found_or_not_there(path: Path) -> None:
    """Every block that is in use is read, so a store that passes reads as before."""
    with es.open_store(path) as store:
        before = store.read_all()
    content = path.read_bytes()
    found = 0
    for place in range(12_288, len(content), 30_000):
        path.write_bytes(content[:place] + bytes(64) + content[place + 64 :])
        try:
            with es.open_store(path, read_only=True) as store:
                report = es.verify(store)
                assert not report.ok or store.read_all() == before
        except es.StoreError:
            found += 1
        else:
            found += not report.ok
    assert found


@pytest.mark.parametrize("not_a_store", [None, "bank.duckdb", 1])
def test_only_a_store_is_verified(not_a_store: Any) -> None:
    with pytest.raises(es.InvalidInput, match=r"^store: "):
        es.verify(not_a_store)


def test_a_closed_store_says_so(path: Path) -> None:
    store = es.open_store(path)
    store.close()
    with pytest.raises(StoreClosed):
        es.verify(store)


def test_verifying_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    check: Callable[[es.EventStore], Any] = es.verify
    with es.open_store(path) as store:
        check(store)
        check(store)
    assert path.read_bytes() == before


def test_read_models_and_snapshots_stand_on_the_events(tmp_path: Path) -> None:
    """And not on those of a store that was restored, or on bytes that were changed."""
    from eventsourcing_kit.projections import ReadModels, bank_models
    from eventsourcing_kit.snapshots import Snapshots, SnapshotSource

    models_path, kept_path = tmp_path / "models.duckdb", tmp_path / "snapshots.duckdb"
    fold = SnapshotSource("account", es.banking.account)
    with es.open_store(tmp_path / "bank.duckdb") as opened, Snapshots(kept_path) as kept:
        store: Any = opened
        store.append("account-1", events(2), 0)
        es.backup(store, tmp_path / "copy.duckdb")
        store.append("account-1", events(2), 2)
        kept.take(store, fold, "account-1")
        with ReadModels(store, models_path) as models:
            models.catch_up(bank_models.balances_by_sql())
            assert es.verify(store, models, kept).ok
    es.restore(tmp_path / "copy.duckdb", tmp_path / "again.duckdb")
    with es.open_store(tmp_path / "again.duckdb") as opened, Snapshots(kept_path) as kept:
        restored: Any = opened
        restored.append("account-1", events(3), 2)
        with ReadModels(restored, models_path) as models:
            found = es.verify(restored, models, kept).faults
            assert len(found) == 2, found
            models.rebuild(bank_models.balances_by_sql())
            kept.forget("account-1")
            kept.take(restored, fold, "account-1")
            assert es.verify(restored, models, kept).ok
