"""Health is told as it is: while the store is locked, full, read-only, behind or gone."""

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.operation import Health, Limits, health
from eventsourcing_kit.projections import DEAD_LETTER, Projection, ReadModels
from eventsourcing_kit.projections.bank_models import balances

NOW = datetime(2025, 3, 14, tzinfo=UTC)
HOLDER = "import sys, eventsourcing_kit as es; s = es.open_store(sys.argv[1]); print(1); input()"


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "bank.duckdb")


@pytest.fixture
def store(path: str) -> Iterator[es.EventStore]:
    with es.open_store(path, clock=lambda: NOW) as store:
        store.append("account-1", [deposit()], 0)
        yield store


def deposit(amount: int = 100) -> es.NewEvent:
    return es.NewEvent("MoneyDeposited", {"amount": amount, "currency": "EUR"})


def failing(found: Health) -> dict[str, str]:
    return {check.name: check.problem for check in found.checks if check.verdict != "ok"}


def test_a_store_that_is_well(store: es.EventStore) -> None:
    found = health(store)
    assert failing(found) == {}
    assert found.verdict == "ok"
    assert [check.name for check in found.checks] == [
        "store answers",
        "store takes appends",
        "size of the log",
    ]
    assert store.position() == 1  # nothing was appended


def test_locked_by_another_process(path: str, store: es.EventStore) -> None:
    store.close()
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        found = health(path)
        holder.communicate(b"\n")
    assert f"PID {holder.pid}" in failing(found)["store opens"]
    assert "Shut down the other" in found["store opens"].to_do
    assert found["store opens"].runbook == "store_down"
    assert health(path).verdict == "ok"


@contextmanager
def full(longest: int) -> Iterator[None]:
    """No file can be longer, as on a full disk."""
    import resource  # which Windows lacks

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (longest, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes are of POSIX systems")
def test_full(path: str, store: es.EventStore) -> None:
    with full(Path(f"{path}.wal").stat().st_size):
        found = health(store)
        assert "StoreFull" in failing(found)["store takes appends"]
        assert found["store takes appends"].runbook == "store_full"
        assert found["store answers"].verdict == "ok"
        with pytest.raises(es.StoreError):  # and so it is
            store.append("account-1", [deposit()], 1)


def test_a_real_disk_without_space(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if sys.platform != "linux" or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("only root can mount a small disk")
    try:
        with es.open_store(folder / "bank.duckdb") as store:
            assert health(store).verdict == "ok"
            with pytest.raises(OSError, match="No space"), open(folder / "else", "wb") as other:
                other.write(b"x" * 4_000_000)
            assert "No space left" in failing(health(store))["store takes appends"]
            (folder / "else").unlink()
            assert health(store).verdict == "ok"
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_read_only(path: str, store: es.EventStore) -> None:
    store.close()
    with es.open_store(path, read_only=True) as looked_at:
        found = health(looked_at)
    assert "read_only=True" in failing(found)["store takes appends"]
    assert found["store answers"].verdict == "ok"


def test_gone_under_the_open_store(path: str, store: es.EventStore) -> None:
    Path(path).unlink()
    assert "StoreMoved" in failing(health(store))["store takes appends"]


def test_gone_before_it_was_opened_and_nothing_is_made(tmp_path: Path) -> None:
    path = tmp_path / "nowhere.duckdb"
    assert "StoreNotFound" in failing(health(str(path)))["store opens"]
    assert not path.exists()


def test_closed(store: es.EventStore) -> None:
    store.close()
    assert set(failing(health(store))) == {"store answers", "store takes appends"}


def test_behind_in_seconds(store: es.EventStore) -> None:
    with ReadModels(store, clock=lambda: NOW + timedelta(minutes=20)) as models:
        late = health(store, models, [balances()])
        assert failing(late) == {"balances is behind by": "1,200 s, limit 60 s"}
        assert late["balances is behind by"].runbook == "lag_grows"
        models.catch_up(balances())
        assert health(store, models, [balances()]).verdict == "ok"


def test_events_set_aside(store: es.EventStore) -> None:
    def fails(model: Any, event: es.RecordedEvent) -> None:
        raise ValueError(event.position)

    bad = Projection("bad", "CREATE TABLE nothing (i INT)", {"MoneyDeposited": fails},
                     on_failure=DEAD_LETTER)  # fmt: skip
    with ReadModels(store) as models:
        models.catch_up(bad)
        found = health(store, models, [bad])
        assert failing(found) == {"bad has set aside": "1 events, limit 0 events"}
        assert health(store, models, [bad], limits=Limits(parked=1)).verdict == "ok"


def test_a_restored_backup_behind_its_consumers(tmp_path: Path, store: es.EventStore) -> None:
    es.backup(store, str(tmp_path / "copy"))
    store.append("account-1", [deposit()], 1)
    file = str(tmp_path / "models.duckdb")
    with ReadModels(store, file) as models:
        models.catch_up(balances())
    es.restore(str(tmp_path / "copy"), str(tmp_path / "restored.duckdb"))
    with es.open_store(tmp_path / "restored.duckdb") as older, ReadModels(older, file) as models:
        found = health(older, models, [balances()])
    assert "was restored from an older copy" in failing(found)["balances follows this store"]
    assert found["balances follows this store"].runbook == "restored_backup"


def test_the_last_verified_checkpoint(store: es.EventStore) -> None:
    def at(verified: datetime | None) -> Health:
        return health(store, verified_at=lambda: verified, clock=lambda: NOW)

    assert at(NOW - timedelta(hours=1)).verdict == "ok"
    assert failing(at(NOW - timedelta(days=2))) == {
        "last verified checkpoint": "172,800 s, limit 86,400 s"
    }
    assert at(None)["last verified checkpoint"].verdict == "unknown"
    assert at(None).verdict == "failing"


def test_a_probe_gets_json_and_a_notebook_a_table(store: es.EventStore) -> None:
    found = health(store)
    told = json.loads(found.json())
    assert told["verdict"] == "ok"
    assert {"name", "verdict", "number", "limit", "to_do"} <= told["checks"][0].keys()
    rows = ET.fromstring(found._repr_html_()).findall(".//tbody/tr")
    assert len(rows) == len(found.checks)


def test_what_a_path_says_is_escaped(tmp_path: Path) -> None:
    found = health(str(tmp_path / "<img src=x onerror=alert(1)>.duckdb"))
    assert "<img" not in found._repr_html_()
