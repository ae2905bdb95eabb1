"""Loading with snapshots: snapshot and tail, and every reason for which one is not trusted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid5

import duckdb
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import (
    SnapshotsClosed,
    SnapshotsLocked,
    SnapshotsUnusable,
    StoreForked,
    UnfitState,
)
from eventsourcing_kit.snapshots import Snapshots, SnapshotSource, every, older_than, on_load
from eventsourcing_kit.snapshots.kept import checksum
from eventsourcing_kit.stores.conformance import in_threads
from tests.snapshots.bank import (
    ACCOUNT,
    COUNTED,
    FOLD,
    GENEROUS,
    change,
    deposits,
    replayed,
    versions,
)

START = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[es.EventStore]:
    """Ten deposits: of 1, 2, … 10 cents."""
    with es.open_store(":memory:") as store:
        store.append(ACCOUNT, deposits(*range(1, 11)), 0)
        yield store


@pytest.fixture
def kept() -> Iterator[Snapshots]:
    with Snapshots(":memory:") as kept:
        yield kept


# --- snapshot and tail ---------------------------------------------------------------------------


def test_without_a_snapshot_everything_is_replayed(store: es.EventStore, kept: Snapshots) -> None:
    loaded = kept.load(store, FOLD, ACCOUNT)
    assert (loaded.state.balance, loaded.version) == (55, 10)
    assert (loaded.snapshot_version, loaded.replayed, loaded.ignored) == (0, 10, "")
    assert kept.counts == {"none there": 1}


def test_with_one_only_the_tail_is_replayed(store: es.EventStore, kept: Snapshots) -> None:
    kept.take(store, FOLD, ACCOUNT)
    store.append(ACCOUNT, deposits(100, 200), 10)
    loaded = kept.load(store, FOLD, ACCOUNT)
    assert (loaded.state.balance, loaded.version) == (355, 12)
    assert (loaded.snapshot_version, loaded.replayed) == (10, 2)
    assert kept.counts == {"none there": 1, "taken": 1, "used": 1}


def test_nothing_to_replay(store: es.EventStore, kept: Snapshots) -> None:
    kept.take(store, FOLD, ACCOUNT)
    loaded = kept.load(store, FOLD, ACCOUNT)
    assert (loaded.version, loaded.snapshot_version, loaded.replayed) == (10, 10, 0)


def test_a_stream_without_events(store: es.EventStore, kept: Snapshots) -> None:
    for load in (kept.load, kept.take):
        loaded = load(store, FOLD, "account-2")
        assert loaded.state == es.banking.Account()
        assert (loaded.version, loaded.replayed, loaded.taken) == (0, 0, False)
    loaded = kept.load(store, FOLD, "account-2", policy=on_load())
    assert not loaded.taken
    assert versions(kept) == []


def test_as_of_a_version_the_newest_up_to_there_is_used(
    store: es.EventStore, kept: Snapshots
) -> None:
    kept.take(store, FOLD, ACCOUNT)
    store.append(ACCOUNT, deposits(100, 200), 10)
    kept.take(store, FOLD, ACCOUNT)
    told = {
        version: kept.load(store, FOLD, ACCOUNT, version=version) for version in (0, 9, 10, 11, 12)
    }
    assert {v: loaded.state for v, loaded in told.items()} == {
        v: replayed(store, version=v) for v in told
    }
    assert {v: (one.snapshot_version, one.replayed) for v, one in told.items()} == {
        0: (0, 0),
        9: (0, 9),
        10: (10, 0),
        11: (10, 1),
        12: (12, 0),
    }


def test_a_version_beyond_the_stream_is_its_end(store: es.EventStore, kept: Snapshots) -> None:
    kept.take(store, FOLD, ACCOUNT)
    assert kept.load(store, FOLD, ACCOUNT, version=99).version == 10


def test_a_load_of_the_past_takes_no_snapshot(store: es.EventStore, kept: Snapshots) -> None:
    assert not kept.load(store, FOLD, ACCOUNT, version=5, policy=on_load()).taken
    assert versions(kept) == []


def test_two_streams_and_two_folds_do_not_mix(store: es.EventStore, kept: Snapshots) -> None:
    counted = SnapshotSource("counted", COUNTED)
    store.append("account-2", deposits(7), 0)
    for stream_id in (ACCOUNT, "account-2"):
        kept.take(store, FOLD, stream_id)
        kept.take(store, counted, stream_id)
    assert kept.load(store, FOLD, ACCOUNT).state.balance == 55
    assert kept.load(store, FOLD, "account-2").state.balance == 7
    assert kept.load(store, counted, ACCOUNT).state.events == 10
    assert kept.load(store, counted, "account-2").state.events == 1
    assert kept.counts["used"] == 4


# --- policies ------------------------------------------------------------------------------------


def test_every_three_while_the_stream_grows_one_by_one(kept: Snapshots) -> None:
    with es.open_store(":memory:") as store:
        seen = []
        for version in range(10):
            store.append(ACCOUNT, deposits(1), version)
            loaded = kept.load(store, FOLD, ACCOUNT, policy=every(3))
            seen.append((loaded.replayed, loaded.taken))
    no, yes = False, True
    assert seen == [
        *[(1, no), (2, no), (3, yes)],
        *[(1, no), (2, no), (3, yes)],
        *[(1, no), (2, no), (3, yes)],
        (1, no),
    ]
    assert versions(kept) == [6, 9], "two are kept"


def test_older_than_asks_the_clock_of_the_snapshots(store: es.EventStore) -> None:
    now = [START]
    with Snapshots(":memory:", clock=lambda: now[0]) as kept:
        due = older_than(timedelta(days=30))
        assert kept.load(store, FOLD, ACCOUNT, policy=due).taken
        store.append(ACCOUNT, deposits(1), 10)
        now[0] += timedelta(days=29)
        assert not kept.load(store, FOLD, ACCOUNT, policy=due).taken
        now[0] += timedelta(days=1)
        assert kept.load(store, FOLD, ACCOUNT, policy=due).taken
        days = kept.sql("SELECT taken_at::DATE::VARCHAR AS day FROM snapshots ORDER BY day")
        assert list(days["day"]) == ["2025-01-01", "2025-01-31"]


def test_how_many_are_kept(store: es.EventStore) -> None:
    for keep, left in ((1, [13]), (2, [12, 13]), (None, [10, 11, 12, 13])):
        with Snapshots(":memory:", keep=keep) as kept, es.open_store(":memory:") as store:
            store.append(ACCOUNT, deposits(*range(1, 11)), 0)
            for version in range(10, 14):
                kept.take(store, FOLD, ACCOUNT)
                kept.take(store, SnapshotSource("counted", COUNTED), ACCOUNT)
                store.append(ACCOUNT, deposits(1), version)
            rows = kept.sql("SELECT version FROM snapshots WHERE tag = ? ORDER BY 1", [FOLD.tag])
            assert list(rows["version"]) == left


# --- never trusted -------------------------------------------------------------------------------


DAMAGES = {
    "a digit of the state": "UPDATE snapshots SET state = replace(state, '55', '99')",
    "half of the state": "UPDATE snapshots SET state = state[:20]",
    "no state": "UPDATE snapshots SET state = ''",
    "the version": "UPDATE snapshots SET version = 9",
    "the stream": "UPDATE snapshots SET stream_id = 'account-2'",
    "the tag": "UPDATE snapshots SET tag = tag || 'x'",
    "the event": "UPDATE snapshots SET event_id = uuid()",
    "the checksum": "UPDATE snapshots SET checksum = 'x'",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_one_is_ignored_and_counted(
    store: es.EventStore, kept: Snapshots, damage: str
) -> None:
    kept.take(store, FOLD, ACCOUNT)
    store.append("account-2", deposits(7), 0)
    change(kept, DAMAGES[damage])
    stream_id = "account-2" if damage == "the stream" else ACCOUNT
    loaded = kept.load(store, FOLD, stream_id)
    assert loaded.state == replayed(store, stream_id)
    assert (loaded.snapshot_version, loaded.ignored) == (0, "damaged")
    assert kept.counts["damaged"] == 1
    assert "used" not in kept.counts


def forge(kept: Snapshots, **columns: Any) -> None:
    """Change columns of the only snapshot, and make its checksum right again."""
    [stored] = kept.sql("SELECT * EXCLUDE taken_at FROM snapshots").to_dict("records")
    row: dict[Any, Any] = stored | columns
    five = [row[name] for name in ("stream_id", "version", "event_id", "tag", "state")]
    change(
        kept,
        "UPDATE snapshots SET stream_id = ?, version = ?, event_id = ?, tag = ?, state = ?,"
        " checksum = ?",
        [*five, checksum(*five)],
    )


@pytest.mark.parametrize(
    "state", ["{}", '{"status":"open"}', '{"status":"melted"}', "[]", '{"balance":', "\\"]
)
def test_a_whole_row_whose_state_has_another_shape_is_damaged(
    store: es.EventStore, kept: Snapshots, state: str
) -> None:
    kept.take(store, FOLD, ACCOUNT)
    forge(kept, state=state)
    loaded = kept.load(store, FOLD, ACCOUNT)
    assert (loaded.state.balance, loaded.ignored) == (55, "damaged")


def test_one_newer_than_the_stream_is_ignored(store: es.EventStore, kept: Snapshots) -> None:
    kept.take(store, FOLD, ACCOUNT)
    with es.open_store(":memory:") as restored:  # from last night's copy: it ends earlier
        restored.append(ACCOUNT, deposits(1, 2, 3), 0)
        loaded = kept.load(restored, FOLD, ACCOUNT)
        assert (loaded.state.balance, loaded.version) == (6, 3)
        assert loaded.ignored == "newer than the stream"


def test_one_of_another_history_is_ignored(store: es.EventStore, kept: Snapshots) -> None:
    """The restored stream has grown past the snapshot, by other events: only their ids tell."""
    kept.take(store, FOLD, ACCOUNT)
    with es.open_store(":memory:") as restored:
        restored.append(ACCOUNT, deposits(*[1] * 12), 0)
        loaded = kept.load(restored, FOLD, ACCOUNT)
        assert (loaded.state.balance, loaded.version) == (12, 12)
        assert loaded.ignored == "of another history"
        assert kept.load(restored, FOLD, ACCOUNT, version=5).state.balance == 5


def test_one_of_another_fold_is_ignored(store: es.EventStore, kept: Snapshots) -> None:
    kept.take(store, FOLD, ACCOUNT)
    loaded = kept.load(store, SnapshotSource("counted", COUNTED), ACCOUNT)
    assert (loaded.state.events, loaded.ignored) == (10, "of another fold")


def test_one_of_other_code_is_ignored(store: es.EventStore, kept: Snapshots) -> None:
    kept.take(store, FOLD, ACCOUNT)
    loaded = kept.load(store, SnapshotSource("account", GENEROUS), ACCOUNT)
    assert (loaded.state.balance, loaded.ignored) == (110, "of other code")
    loaded = kept.load(store, SnapshotSource("account", es.banking.account, version=2), ACCOUNT)
    assert (loaded.state.balance, loaded.ignored) == (55, "of other code")


def test_two_releases_side_by_side_each_use_their_own(
    store: es.EventStore, kept: Snapshots
) -> None:
    newer = SnapshotSource("account", GENEROUS)
    kept.take(store, FOLD, ACCOUNT)
    store.append(ACCOUNT, deposits(1), 10)
    kept.take(store, newer, ACCOUNT)
    assert kept.load(store, FOLD, ACCOUNT).snapshot_version == 10
    assert kept.load(store, newer, ACCOUNT).snapshot_version == 11


def test_the_one_before_stands_in_for_a_newest_that_is_damaged(
    store: es.EventStore, kept: Snapshots
) -> None:
    kept.take(store, FOLD, ACCOUNT)
    store.append(ACCOUNT, deposits(1), 10)
    kept.take(store, FOLD, ACCOUNT)
    change(kept, "UPDATE snapshots SET state = '{}' WHERE version = 11")
    loaded = kept.load(store, FOLD, ACCOUNT)
    assert (loaded.state.balance, loaded.snapshot_version) == (56, 10)
    assert loaded.ignored == "damaged"


def test_a_new_one_heals(store: es.EventStore, kept: Snapshots) -> None:
    kept.take(store, FOLD, ACCOUNT)
    change(kept, "UPDATE snapshots SET state = '{}'")
    assert kept.load(store, FOLD, ACCOUNT, policy=every(5)).taken
    loaded = kept.load(store, FOLD, ACCOUNT)
    assert (loaded.snapshot_version, loaded.ignored) == (10, "")


def test_a_table_that_is_gone_does_not_stop_a_load(store: es.EventStore, kept: Snapshots) -> None:
    change(kept, "DROP TABLE snapshots")
    for use in (lambda: kept.take(store, FOLD, ACCOUNT), lambda: kept.forget(ACCOUNT)):
        with pytest.raises(SnapshotsUnusable, match="snapshots does not exist"):
            use()
    kept._counts.clear()
    loaded = kept.load(store, FOLD, ACCOUNT, policy=every(1))
    assert (loaded.state.balance, loaded.taken) == (55, False)
    assert kept.counts == {
        "could not be taken": 1,
        "none there": 1,
        "the file cannot be read": 1,
    }


# --- a state that JSON cannot keep ---------------------------------------------------------------


@dataclass
class Loose:
    seen: Any = None


def evolve_loose(state: Loose, event: Any) -> Loose:
    return Loose((event.amount,))  # a tuple, which comes back as a list


LOOSE: SnapshotSource[Any, Any, Loose] = SnapshotSource(
    "loose",
    es.Decider(
        lambda c, s: list[Any](), evolve_loose, Loose(), lambda s: False, COUNTED.event_types
    ),
)


def test_a_policy_cannot_break_a_load_with_a_state_that_json_would_change(
    store: es.EventStore, kept: Snapshots
) -> None:
    loaded = kept.load(store, LOOSE, ACCOUNT, policy=on_load())
    assert (loaded.state, loaded.taken) == (Loose((10,)), False)
    assert kept.counts == {"could not be taken": 1, "none there": 1}


def test_who_takes_it_by_hand_is_told(store: es.EventStore, kept: Snapshots) -> None:
    with pytest.raises(UnfitState, match="another state comes back"):
        kept.take(store, LOOSE, ACCOUNT)
    assert versions(kept) == []


# --- events that were upcast ---------------------------------------------------------------------


class Halved:
    """A store whose upcaster splits each deposit into two that share version and position."""

    def __init__(self, store: es.EventStore) -> None:
        self.store = store

    def read_stream(self, *arguments: Any) -> list[es.RecordedEvent]:
        return [part for event in self.store.read_stream(*arguments) for part in halves(event)]


def halves(event: es.RecordedEvent) -> Iterator[es.RecordedEvent]:
    half = event.data["amount"] // 2
    rest = event.data["amount"] - half
    yield replace(event, data=event.data | {"amount": half})
    part = uuid5(event.event_id, "1")
    yield replace(event, event_id=part, data=event.data | {"amount": rest})


def test_the_version_is_that_of_the_stored_events_however_many_parts_they_have(
    store: es.EventStore, kept: Snapshots
) -> None:
    upcast: Any = Halved(store)
    counted = SnapshotSource("counted", COUNTED)
    assert kept.take(upcast, counted, ACCOUNT).version == 10
    store.append(ACCOUNT, deposits(5), 10)
    loaded = kept.load(upcast, counted, ACCOUNT)
    assert (loaded.state.events, loaded.version) == (22, 11)
    assert (loaded.snapshot_version, loaded.replayed, loaded.ignored) == (10, 2, "")


# --- erasing and clearing up ---------------------------------------------------------------------


def test_the_snapshots_of_a_stream_are_forgotten(store: es.EventStore, kept: Snapshots) -> None:
    store.append("account-2", deposits(7), 0)
    kept.take(store, FOLD, ACCOUNT)
    kept.take(store, SnapshotSource("counted", COUNTED), ACCOUNT)
    kept.take(store, FOLD, "account-2")
    assert kept.forget(ACCOUNT) == 2
    assert kept.forget(ACCOUNT) == 0
    assert list(kept.sql("SELECT stream_id FROM snapshots")["stream_id"]) == ["account-2"]


def test_what_other_code_left_is_forgotten(store: es.EventStore, kept: Snapshots) -> None:
    for decider in (es.banking.account, GENEROUS):
        kept.take(store, SnapshotSource("account", decider), ACCOUNT)
    kept.take(store, SnapshotSource("counted", COUNTED), ACCOUNT)
    assert kept.forget_other_code(FOLD) == 1
    assert set(kept.sql("SELECT tag FROM snapshots")["tag"]) == {
        FOLD.tag,
        SnapshotSource("counted", COUNTED).tag,
    }


# --- the file ------------------------------------------------------------------------------------


def test_they_are_there_when_the_file_is_opened_again(store: es.EventStore, tmp_path: Path) -> None:
    path = tmp_path / "bank.snapshots.duckdb"
    with Snapshots(path) as kept:
        kept.take(store, FOLD, ACCOUNT)
    with Snapshots(path) as kept:
        assert kept.load(store, FOLD, ACCOUNT).snapshot_version == 10


def test_the_file_can_be_deleted_at_any_time(store: es.EventStore, tmp_path: Path) -> None:
    path = tmp_path / "bank.snapshots.duckdb"
    with Snapshots(path) as kept:
        kept.take(store, FOLD, ACCOUNT)
    path.unlink()
    with Snapshots(path) as kept:
        assert kept.load(store, FOLD, ACCOUNT).state.balance == 55


def test_an_event_store_is_not_taken_for_a_snapshot_file(tmp_path: Path) -> None:
    path = tmp_path / "bank.duckdb"
    with es.open_store(path) as store:
        store.append(ACCOUNT, deposits(1), 0)
        with pytest.raises(SnapshotsUnusable, match="a database that holds something else"):
            Snapshots(path)
    with pytest.raises(SnapshotsUnusable, match="a database that holds something else"):
        Snapshots(path)
    with es.open_store(path) as store:
        assert store.position() == 1


def test_an_older_table_of_snapshots_is_refused(tmp_path: Path) -> None:
    path = str(tmp_path / "old.duckdb")
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE snapshots (stream_id VARCHAR)")
    with pytest.raises(SnapshotsUnusable, match="of another version of the kit"):
        Snapshots(path)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (a INTEGER)",
        "CREATE SCHEMA s; CREATE TABLE s.snapshots (a INTEGER)",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE MACRO mine(a) AS a + 1",
        "CREATE SEQUENCE mine",
        "CREATE TYPE mine AS ENUM ('a')",
    ],
)
def test_a_database_of_somebody_elses_is_refused_and_left_alone(
    tmp_path: Path, statement: str
) -> None:
    path = tmp_path / "mine.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    before = path.read_bytes()
    with pytest.raises(SnapshotsUnusable, match="a database that holds something else"):
        Snapshots(path)
    assert path.read_bytes() == before


NO_FILES = {
    "no database": (b"nothing of the kind" * 1000, "is not a DuckDB database"),
    "empty": (b"", "is not a DuckDB database"),
    "cut off": (None, "is cut off or damaged"),
}


@pytest.mark.parametrize("what", NO_FILES)
def test_a_file_that_cannot_be_read_is_refused_and_left_alone(tmp_path: Path, what: str) -> None:
    path = tmp_path / "notes.duckdb"
    content, problem = NO_FILES[what]
    if content is None:
        Snapshots(path).close()
        content = path.read_bytes()[:5000]
    path.write_bytes(content)
    with pytest.raises(SnapshotsUnusable, match=problem) as raised:
        Snapshots(path)
    assert path.read_bytes() == content
    assert "delete" not in str(raised.value)


def test_a_folder_and_a_place_that_is_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotsUnusable, match="is a folder"):
        Snapshots(tmp_path)
    for path in (tmp_path / "nowhere" / "x.duckdb", Path(__file__) / "x.duckdb"):
        with pytest.raises(SnapshotsUnusable, match="folder"):
            Snapshots(path)


@pytest.mark.parametrize("path", ["", " ", None, 7, b"x", "a\0b", "a\udcff", "x" * 300, "a/"])
def test_what_is_no_path_is_refused(path: Any) -> None:
    with pytest.raises(es.InvalidInput, match=r"^path: "):
        Snapshots(path)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="file permissions are tested where fork is")
@pytest.mark.parametrize("name", ["old.duckdb", "new.duckdb"])
def test_a_place_that_may_not_be_written(tmp_path: Path, name: str) -> None:
    Snapshots(tmp_path / "old.duckdb").close()
    (tmp_path / "old.duckdb").chmod(0o444)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.stat().st_uid == os.getuid():
            folder.chmod(0o555 if folder == tmp_path else 0o755)
    pid = os.fork()
    if pid == 0:  # root may write anything, so a child that is nobody tries
        try:
            if os.getuid() == 0:
                os.setuid(65534)
            Snapshots(tmp_path / name)
            os._exit(1)
        except SnapshotsUnusable as error:
            os._exit(0 if "cannot be opened: " in str(error) else 2)
        finally:
            os._exit(3)
    _, status = os.waitpid(pid, 0)
    tmp_path.chmod(0o755)
    assert os.waitstatus_to_exitcode(status) == 0


def test_the_same_file_twice_in_one_process(
    store: es.EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a cell is run again: each sees what the other keeps, and closes only itself."""
    path = tmp_path / "bank.snapshots.duckdb"
    (tmp_path / "other name").symlink_to(path)
    monkeypatch.chdir(tmp_path)
    first, second, third = Snapshots(path), Snapshots(path.name), Snapshots("other name")
    first.take(store, FOLD, ACCOUNT)
    assert [versions(one) for one in (second, third)] == [[10], [10]]
    first.close()
    with pytest.raises(SnapshotsClosed):
        first.load(store, FOLD, ACCOUNT)
    second.close()
    store.append(ACCOUNT, deposits(1), 10)
    third.take(store, FOLD, ACCOUNT)
    third.close()
    with Snapshots(path) as kept:
        assert versions(kept) == [10, 11]


def test_another_name_that_the_engine_would_not_know_again(tmp_path: Path) -> None:
    """Of a hard link it would make a second database in the same bytes."""
    with Snapshots(tmp_path / "x.duckdb"):
        os.link(tmp_path / "x.duckdb", tmp_path / "y.duckdb")
        with pytest.raises(SnapshotsLocked, match="in this very process under another name"):
            Snapshots(tmp_path / "y.duckdb")
    Snapshots(tmp_path / "y.duckdb").close()


def test_a_store_that_was_not_closed_is_left_as_it_is(tmp_path: Path) -> None:
    """With its .wal, into which its last events went."""
    path = tmp_path / "bank.duckdb"
    program = (
        "import os, sys, eventsourcing_kit as es\n"
        "store = es.open_store(sys.argv[1])\n"
        "store.append('a-1', [es.NewEvent('Added', {})], 0); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(SnapshotsUnusable, match="a database that holds something else"):
        Snapshots(path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    with es.open_store(path) as store:
        assert store.position() == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where fork is")
def test_a_forked_child_leaves_them_to_its_parent(store: es.EventStore, tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    with Snapshots(path) as kept:
        kept.take(store, FOLD, ACCOUNT)
        pid = os.fork()
        if pid == 0:
            told = 0
            for use in (lambda: kept.forget(ACCOUNT), lambda: Snapshots(path)):
                try:
                    use()
                except StoreForked:
                    told += 1
            kept.close()
            os._exit(told)
        _, status = os.waitpid(pid, 0)
        assert os.waitstatus_to_exitcode(status) == 2
        store.append(ACCOUNT, deposits(1), 10)
        kept.take(store, FOLD, ACCOUNT)
    with Snapshots(path) as kept:
        assert versions(kept) == [10, 11]


def test_two_on_one_file_may_write_at_the_same_time(store: es.EventStore, tmp_path: Path) -> None:
    with Snapshots(tmp_path / "x.duckdb", keep=1) as one, Snapshots(tmp_path / "x.duckdb") as other:
        in_threads(4, lambda i: [(one, other)[i % 2].take(store, FOLD, ACCOUNT) for _ in range(10)])
        assert set(versions(one)) == {10}


def test_a_file_that_something_else_has_open_in_this_process(tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    Snapshots(path).close()
    problem = "in this very process by a connection of its own"
    with duckdb.connect(str(path), read_only=True), pytest.raises(SnapshotsLocked, match=problem):
        Snapshots(path)
    Snapshots(path).close()


def test_a_file_that_another_process_holds(tmp_path: Path) -> None:
    path = tmp_path / "bank.snapshots.duckdb"
    program = (
        "import sys, eventsourcing_kit as es\n"
        "kept = es.snapshots.Snapshots(sys.argv[1])\n"
        "print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        with pytest.raises(SnapshotsLocked, match=f"in another process .PID {process.pid}"):
            Snapshots(path)
        process.communicate("")


def test_after_close_everything_says_so(store: es.EventStore) -> None:
    kept = Snapshots(":memory:")
    kept.close()
    kept.close()
    for use in (
        lambda: kept.load(store, FOLD, ACCOUNT),
        lambda: kept.take(store, FOLD, ACCOUNT),
        lambda: kept.forget(ACCOUNT),
        lambda: kept.sql("SELECT 1"),
    ):
        with pytest.raises(SnapshotsClosed, match="is closed"):
            use()


def test_looking_changes_nothing(store: es.EventStore, kept: Snapshots) -> None:
    kept.take(store, FOLD, ACCOUNT)
    for query in (
        "DELETE FROM snapshots",
        "SET threads = 1",
        "COPY (SELECT 1) TO 'nowhere.csv'",
        "EXPLAIN ANALYZE DELETE FROM snapshots",
        "PRAGMA version",
    ):
        with pytest.raises(es.InvalidInput, match=r"^query: "):
            kept.sql(query)
    for query in ("SELECT 1; SELECT 2", "", "-- nothing"):
        with pytest.raises(es.InvalidInput, match="one SQL statement"):
            kept.sql(query)
    assert not kept.sql("EXPLAIN FROM snapshots").empty
    assert versions(kept) == [10]


@pytest.mark.parametrize("keep", [0, -1, True, 2.0, "2"])
def test_keep_is_a_whole_number_from_one(keep: Any) -> None:
    with pytest.raises(es.InvalidInput, match=r"^keep: "):
        Snapshots(":memory:", keep=keep)


@pytest.mark.parametrize("stream_id", ["", " ", "a\0b", None, 7])
def test_a_bad_stream_id_is_refused(store: es.EventStore, kept: Snapshots, stream_id: Any) -> None:
    for use in (lambda: kept.load(store, FOLD, stream_id), lambda: kept.forget(stream_id)):
        with pytest.raises(es.InvalidInput, match=r"^stream_id: "):
            use()


@pytest.mark.parametrize("version", [-1, True, "3", 2.0])
def test_a_bad_version_is_refused(store: es.EventStore, kept: Snapshots, version: Any) -> None:
    with pytest.raises(es.InvalidInput, match=r"^version: "):
        kept.load(store, FOLD, ACCOUNT, version=version)


def test_an_event_that_the_code_does_not_know_stops_the_load_as_it_stops_a_replay(
    store: es.EventStore, kept: Snapshots
) -> None:
    kept.take(store, FOLD, ACCOUNT)
    store.append(ACCOUNT, [es.NewEvent("AccountMelted", {})], 10)
    with pytest.raises(es.UnknownEventType, match="AccountMelted"):
        kept.load(store, FOLD, ACCOUNT)
