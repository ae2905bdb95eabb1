"""After an erasure the name is in no byte of any file, and every sum is what it was."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.banking import account
from eventsourcing_kit.banking.events import EVENT_TYPES
from eventsourcing_kit.integrity.vault import ERASED, ERASED_FIELDS, Vault, compact, shred
from eventsourcing_kit.projections import Projection, ReadModels, SqlProjection, bank_models
from eventsourcing_kit.snapshots import Snapshots, SnapshotSource
from tests.integrity.bank import ADA, BOB, MEMO, NAME, REQUEST, files_with, fill, open_vault, state

FOLD = SnapshotSource("account", account)
STATEMENTS = bank_models.statements()
OWNERS = SqlProjection(
    "owners",
    "CREATE TABLE owners (account VARCHAR PRIMARY KEY, owner VARCHAR, gap BOOLEAN)",
    "INSERT INTO owners SELECT stream_id, data.owner::VARCHAR,"
    " (metadata::JSON->'erased_fields') IS NOT NULL"
    " FROM batch WHERE type = 'AccountOpened'",
)
MODELS: list[Projection | SqlProjection] = [STATEMENTS, OWNERS]


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with open_vault(tmp_path) as vault:
        fill(vault)
        yield vault


def make_everything(vault: Vault, folder: Path) -> None:
    """All that is made of events: snapshots, read models in both ways, and a dump of the store."""
    with Snapshots(folder / "snapshots.duckdb") as kept:
        for stream_id in (ADA, BOB):
            kept.take(vault, FOLD, stream_id)
    with ReadModels(vault, folder / "models.duckdb") as models:
        assert all(one.failure is None for one in models.catch_up(*MODELS).values())
    es.dump_jsonl(vault.inner.read_all(), folder / "stored.jsonl")


def make_it_again(vault: Vault, folder: Path) -> None:
    """What has to follow an erasure, as facts/erasure.md says it."""
    with Snapshots(folder / "snapshots.duckdb") as kept:
        assert kept.forget(ADA) == 1
    compact(folder / "snapshots.duckdb")
    with ReadModels(vault, folder / "models.duckdb") as models:
        for projection in MODELS:
            models.rebuild(projection)
    compact(folder / "models.duckdb")


def test_no_byte_of_the_name_is_left(
    vault: Vault,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    make_everything(vault, tmp_path)
    derived = ["models.duckdb", "snapshots.duckdb"]
    assert files_with(NAME, tmp_path) == derived, "and not in the store, its .wal, or the dump"
    assert files_with(MEMO, tmp_path) == ["models.duckdb"]
    key = vault.keys.find(ADA)
    assert key is not None

    vault.erase(ADA, **REQUEST)
    assert files_with(NAME, tmp_path) == derived, "a key does not reach what was made in clear"
    make_it_again(vault, tmp_path)
    es.dump_jsonl(vault.read_all(), tmp_path / "read.jsonl")
    vault.close()

    assert files_with(NAME, tmp_path) == files_with(MEMO, tmp_path) == []
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert key not in everything
    assert key.hex().encode() not in everything
    assert b"rent" in everything, "what was asked to be forgotten, and no more"
    said = caplog.text + "".join(capfd.readouterr())
    assert NAME not in said
    assert MEMO not in said


def test_the_gap_goes_wherever_events_go(vault: Vault, tmp_path: Path) -> None:
    make_everything(vault, tmp_path)
    sums = es.replay.balances(vault)
    vault.erase(ADA, **REQUEST)
    make_it_again(vault, tmp_path)

    assert es.replay.balances(vault).equals(sums)
    assert state(vault, ADA).owner == ERASED
    with Snapshots(tmp_path / "snapshots.duckdb") as kept:
        assert kept.take(vault, FOLD, ADA).state.owner == ERASED
        assert kept.load(vault, FOLD, ADA).snapshot_version == 3
        assert kept.load(vault, FOLD, BOB).snapshot_version == 3, "his was kept"
    with ReadModels(vault, tmp_path / "models.duckdb") as models:
        entries = models.sql("SELECT what, amount, balance FROM statements.entries ORDER BY ALL")
        assert entries[entries["what"] == ERASED]["amount"].tolist() == [500, 2500]
        owners = models.sql("FROM owners.owners ORDER BY account").values.tolist()
        assert owners == [[ADA, ERASED, True], [BOB, "Bob", False]]

    events = [EVENT_TYPES.decode(event) for event in vault.read_stream(ADA)]
    widget = es.widgets.FoldSteps(account.evolve, events, account.initial_state, index=1)
    shown = widget.packed + widget.picture().encode() + repr(widget.get_state()).encode()
    assert ERASED.encode() in shown
    assert NAME.encode() not in shown

    es.dump_jsonl(vault.read_all(), tmp_path / "read.jsonl")
    with es.open_store(":memory:") as elsewhere:
        es.load_jsonl(elsewhere, tmp_path / "read.jsonl")
        first = elsewhere.read_stream(ADA)[0]
        assert first.data["owner"] == ERASED
        assert first.metadata[ERASED_FIELDS] == ["owner"]
        assert state(elsewhere, ADA) == state(vault, ADA)


def test_a_snapshot_from_before_would_still_say_the_name(vault: Vault, tmp_path: Path) -> None:
    """Why an erasure is not done before the snapshots are: nothing in the history has changed."""
    make_everything(vault, tmp_path)
    vault.erase(ADA, **REQUEST)
    with Snapshots(tmp_path / "snapshots.duckdb") as kept:
        assert kept.load(vault, FOLD, ADA).state.owner == NAME
    shred(tmp_path / "snapshots.duckdb")
    with Snapshots(tmp_path / "snapshots.duckdb") as kept:
        assert kept.load(vault, FOLD, ADA).state.owner == ERASED


def test_a_dump_in_clear_is_out_of_reach_until_it_is_shredded(vault: Vault, tmp_path: Path) -> None:
    es.dump_jsonl(vault.read_all(), tmp_path / "clear.jsonl")
    vault.erase(ADA, **REQUEST)
    assert files_with(NAME, tmp_path) == ["clear.jsonl"]
    shred(tmp_path / "clear.jsonl")
    assert files_with(NAME, tmp_path) == []


def test_what_is_open_is_not_written_anew(vault: Vault, tmp_path: Path) -> None:
    make_everything(vault, tmp_path)
    for name, opened in (
        ("snapshots.duckdb", Snapshots(tmp_path / "snapshots.duckdb")),
        ("models.duckdb", ReadModels(vault, tmp_path / "models.duckdb")),
    ):
        holding: Any = opened
        with holding:
            for call in (compact, shred):
                with pytest.raises(es.errors.StoreLocked):
                    call(tmp_path / name)


def test_a_dump_of_the_store_is_a_store_again_beside_its_keys(vault: Vault, tmp_path: Path) -> None:
    """What is stored can be carried about: without the keys it says nothing."""
    make_everything(vault, tmp_path)
    with es.open_store(tmp_path / "other.duckdb") as store:
        es.load_jsonl(store, tmp_path / "stored.jsonl")
        other = Vault(store, vault.keys, vault.personal)
        assert other.read_all() == vault.read_all()
        assert state(other, ADA).owner == NAME
        vault.erase(ADA, **REQUEST)
        assert state(other, ADA).owner == ERASED
