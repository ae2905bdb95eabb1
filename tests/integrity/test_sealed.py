"""A sealed store is a store like its engine: the conformance suite, and what a seal adds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import eventsourcing_kit as es
from eventsourcing_kit.errors import CheckpointRefused, HistoryRewritten, InvalidInput, NotSealed
from eventsourcing_kit.event import Clock, utc_now
from eventsourcing_kit.integrity.seal import (
    hash_of,
    make_seal,
    read_seal,
    signed_body,
    stored_stream,
    to_be_signed,
)
from eventsourcing_kit.stores import SqlEventStore
from eventsourcing_kit.stores.conformance import (
    KINDS,
    PAYLOADS,
    SqlConformance,
    columns,
    event,
    events,
    in_threads,
    put,
)
from eventsourcing_kit.upcasting import copy_and_transform
from tests.integrity.forging import LOG, RING, WRITER
from tests.stores.test_duckdb import FileFactory
from tests.upcasting.cases import old_bank


class SealedFactory(FileFactory):
    def open(self, clock: Clock = utc_now) -> SqlEventStore:
        store = es.integrity.sealed(super().open(clock), WRITER)
        assert isinstance(store, SqlEventStore)
        return store


class TestSealedDuckDB(SqlConformance):
    @pytest.fixture
    def factory(self, tmp_path: Path) -> FileFactory:
        return SealedFactory(tmp_path / "bank.duckdb")


@pytest.fixture
def store() -> Iterator[Any]:
    with es.integrity.sealed(es.open_store(":memory:"), WRITER) as store:
        yield store


def sealed_again(store: Any, signer: Any = WRITER) -> Any:
    """Another writer on the same engine, who remembers nothing of what this one did."""
    return es.integrity.sealed(store.inner, signer)


def test_the_seal_lies_in_the_metadata_and_is_hidden_from_readers(store: Any) -> None:
    store.append("account-1", [event(metadata={"actor": "clerk-07"})], 0)
    [stored] = store.inner.read_all()
    assert set(stored.metadata) == {"actor", "seal"}
    assert stored.metadata["seal"]["key"] == WRITER.key.key_id
    assert stored.metadata["seal"]["algorithm"] == "Ed25519"
    for read in (store.read_all(), *store.catch_up(), store.read_category("account")):
        assert [e.metadata for e in read] == [{"actor": "clerk-07"}]
    assert "seal" not in str(list(store.read_columns()))


def test_each_event_carries_the_hash_of_the_one_before(store: Any) -> None:
    store.append("account-1", events(2), 0)
    store.append_columns(columns([("account-1", event()), ("account-2", event())]), es.ANY)
    sealed_again(store).append("account-1", events(1), es.ANY)
    stored = stored_stream(store, "account-1")
    assert [e.seal["previous"] for e in stored] == ["", *(hash_of(e) for e in stored[:-1])]
    assert [e.seal["previous"] for e in stored_stream(store, "account-2")] == [""]
    assert es.integrity.verify(store, RING).ok


@pytest.mark.parametrize("kind", KINDS)
def test_a_caller_may_not_bring_a_seal(store: Any, kind: str) -> None:
    posing = event(metadata={"seal": {"signature": "mine"}})
    with pytest.raises(InvalidInput, match="seal"):
        put(store, kind, "account-1", [posing], 0)
    assert store.position() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_no_stream_goes_on_behind_an_event_without_a_seal(store: Any, kind: str) -> None:
    store.inner.append("account-1", events(1), 0)
    with pytest.raises(NotSealed, match="copy the store"):
        put(store, kind, "account-1", events(1), es.ANY)
    put(store, kind, "account-2", events(1), es.ANY)


@pytest.mark.parametrize("role", ["checkpoint", "witness"])
def test_only_a_writers_key_seals(role: Any) -> None:
    signer = es.integrity.Signer("somebody", bytes(32), role)
    with pytest.raises(InvalidInput, match="writer"):
        es.integrity.sealed(es.open_store(":memory:"), signer)


@pytest.mark.parametrize("kind", KINDS)
def test_a_retry_after_a_rotation_finds_what_the_old_key_sealed(store: Any, kind: str) -> None:
    batch = events(2)
    put(store, kind, "account-1", batch, 0)
    put(store, kind, "account-1", events(1), 2)
    new = sealed_again(store, es.integrity.Signer("writer", bytes([5]) * 32))
    for expected in (0, es.NO_STREAM, es.ANY):
        assert put(new, kind, "account-1", batch, expected) == 0
    assert store.position() == 3


def test_writers_who_know_nothing_of_each_other_make_one_chain(store: Any) -> None:
    writers = [sealed_again(store) for _ in range(4)]

    def write(i: int) -> None:
        for n in range(6):
            if n % 2:
                rows = [("account-1", event()), (f"account-{i + 2}", event())]
                writers[i].append_columns(columns(rows), es.ANY)
            else:
                writers[i].append_many(
                    [("account-1", events(2), es.ANY), ("b-1", events(1), es.ANY)]
                )

    in_threads(4, write)
    report = es.integrity.verify(store, RING)
    assert report.ok, report
    assert report.events == 4 * 3 * (2 + 3)


def test_an_event_that_was_written_into_is_sealed_as_it_was_made(store: Any) -> None:
    new = event(metadata={"tags": ["a"]})
    new.data["amount"] = float("nan")  # type: ignore[index]
    new.metadata["tags"].append("b")
    store.append("account-1", [new], 0)
    assert store.read_all()[0].data["amount"] == 1
    assert es.integrity.verify(store, RING).ok


@given(data=PAYLOADS, metadata=PAYLOADS)
def test_any_payload_can_be_sealed_and_its_bytes_are_those_of_rfc_8785(
    data: dict[str, Any], metadata: dict[str, Any]
) -> None:
    metadata.pop("seal", None)
    new = es.NewEvent("Made", data, metadata=metadata)
    made, _ = make_seal(WRITER, "é\ufb33-\U0001f600", 2**53 - 1, "", new)
    seal = read_seal(made)
    assert seal is not None
    body = signed_body(seal, new)
    assert body == es.integrity.canonical(json.loads(body))
    assert WRITER.key.has_signed(to_be_signed(body), seal.signature)


def test_a_copy_is_sealed_anew_and_says_of_what_it_is_one(tmp_path: Path) -> None:
    new_key = es.integrity.Signer("writer", bytes([5]) * 32)
    with es.integrity.sealed(old_bank(tmp_path / "old.duckdb"), WRITER) as source:
        old = es.NewEvent("MoneyDeposited", {"euros": "25.00", "memo": ""}, schema_version=1)
        source.append("account-1", [old], 0)
        seen = es.integrity.verify(source, RING).verified.checkpoint(LOG.key.name)
        note = es.integrity.sign_checkpoint(seen, LOG)
        copy_and_transform(
            source, tmp_path / "new.duckdb", through=lambda new: es.integrity.sealed(new, new_key)
        )
    with es.integrity.sealed(es.open_store(tmp_path / "new.duckdb"), new_key) as copied:
        for _ in range(2):
            es.integrity.state_copy(copied, note, RING, "amounts in cents")
        assert copied.read_all()[0].data["amount"] == 2500
        [statement] = copied.read_stream("history-copied")
        assert es.integrity.open_checkpoint(statement.data["note"], RING).checkpoint == seen
        assert statement.data["root"] == seen.root.hex()
        assert es.integrity.verify(copied, es.integrity.KeyRing([new_key])).ok
        assert not es.integrity.verify(copied, RING).ok, "not by the old key"
        with pytest.raises(CheckpointRefused):
            es.integrity.state_copy(copied, note[:-5], RING, "forged")


def test_a_copy_of_a_copy_has_the_statements_of_both(store: Any) -> None:
    notes = []
    for reason in ("amounts in cents", "other streams"):
        seen = es.integrity.verify(store, RING).verified.checkpoint(LOG.key.name)
        notes.append(es.integrity.sign_checkpoint(seen, LOG))
        es.integrity.state_copy(store, notes[-1], RING, reason)
    stated = [event.data["note"] for event in store.read_stream("history-copied")]
    assert stated == notes


@pytest.mark.parametrize("written_again", [0, 1, 5])
@pytest.mark.parametrize("kind", KINDS)
def test_a_writer_whose_tail_is_cut_goes_on_from_nothing_else(
    store: Any, kind: str, written_again: int
) -> None:
    """Not even if the thief of the key has signed other events for the places of those."""
    store.append("account-1", events(3), 0)
    with es.open_store(":memory:") as cut:
        thief = es.integrity.sealed(cut, WRITER)
        for n in range(written_again):
            thief.append("account-1", [event(amount=n + 1)], n)
        store.inner = cut
        with pytest.raises(HistoryRewritten, match="version 3"):
            put(store, kind, "account-1", [event()], es.ANY)
        assert cut.position() == written_again
        put(store, kind, "account-2", [event()], es.ANY)


def test_a_writer_goes_on_behind_what_others_have_appended(store: Any) -> None:
    store.append("account-1", events(3), 0)
    sealed_again(store).append("account-1", events(2), 3)
    assert store.append("account-1", events(1), es.ANY).version == 6
    assert es.integrity.verify(store, RING).ok
