"""A vault over a store: personal fields are readable until their key is destroyed, then gaps."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given

import eventsourcing_kit as es
from eventsourcing_kit.banking import Account, OpenAccount, Withdraw, account
from eventsourcing_kit.errors import (
    CommandIdReused,
    ConditionFailed,
    DuplicateEvent,
    ErasedPerson,
    InvalidInput,
    KeyMissing,
    StoreReadOnly,
    WrongCiphertext,
    WrongExpectedVersion,
)
from eventsourcing_kit.event import canonical_json
from eventsourcing_kit.handling import digest
from eventsourcing_kit.integrity.vault import (
    ERASED,
    ERASED_FIELDS,
    LEDGER,
    Keys,
    Personal,
    Vault,
)
from eventsourcing_kit.stores.conformance import JSON_VALUES
from eventsourcing_kit.stores.small import SmallStore
from tests.integrity.bank import (
    ADA,
    BOB,
    MEMO,
    NAME,
    PERSONAL,
    REQUEST,
    deposit,
    fill,
    open_vault,
    opening,
    state,
)


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with open_vault(tmp_path) as vault:
        fill(vault)
        yield vault


def raw(vault: Vault, field: str = "owner", stream_id: str = ADA, version: int = 1) -> Any:
    """What is stored in a field."""
    return vault.inner.read_stream(stream_id, version, version)[0].data[field]


# --- keeping -------------------------------------------------------------------------------------


def test_what_is_stored_is_ciphertext_and_what_is_read_is_not(vault: Vault) -> None:
    assert vault.read_stream(ADA)[0].data["owner"] == NAME
    stored = raw(vault)
    assert stored.keys() == {"$vault", "key", "person"}
    assert stored["person"] == ADA
    assert NAME not in str(stored)
    assert vault.inner.read_stream(ADA)[1].data["amount"] == 2500, "what is not personal is as ever"


def test_every_way_of_reading_gives_the_same(vault: Vault) -> None:
    everything = vault.read_all()
    assert [e for batch in vault.catch_up(batch=4) for e in batch] == everything
    assert vault.read_category("account") == everything
    assert vault.read_matching(es.Query(types=["AccountOpened"])) == [everything[0], everything[3]]
    assert vault.read_stream(ADA, backwards=True, limit=2) == everything[2:0:-1]
    assert vault.read_stream(ADA, as_of=datetime.now(UTC)) == everything[:3]
    names = [
        row["data"] for batch in vault.read_columns(columns=["data"]) for row in batch.to_pylist()
    ]
    assert names[0] == opening().data_json


def test_a_person_may_be_named_by_a_field(tmp_path: Path) -> None:
    personal = {"OrderPlaced": Personal(["address"], person="customer")}
    with es.open_store(tmp_path / "shop.duckdb") as store:
        vault = Vault(store, tmp_path / "keys", personal)
        orders = [("order-1", "c7"), ("order-2", "c7"), ("order-3", "c8")]
        for stream_id, customer in orders:
            data = {"customer": customer, "address": {"city": "London", "lines": [1, 2.5, None]}}
            vault.append(stream_id, [es.NewEvent("OrderPlaced", data)], es.NO_STREAM)
        assert vault.read_all()[0].data["address"] == {"city": "London", "lines": [1, 2.5, None]}
        vault.erase("c7", **REQUEST)
        addresses = [e.data["address"] for e in vault.read_category("order")]
        assert addresses[:2] == [ERASED, ERASED]
        assert addresses[2]["city"] == "London"
        for nobody in (None, "", " ", 7):
            with pytest.raises(InvalidInput, match=r"data\.customer"):
                vault.append(
                    "order-4", [es.NewEvent("OrderPlaced", {"customer": nobody, "address": 1})], 0
                )


def test_a_field_that_is_no_text_has_a_gap_of_its_own(tmp_path: Path) -> None:
    personal = {"CustomerRegistered": Personal({"born": 0, "name": ERASED})}
    with es.open_store(tmp_path / "shop.duckdb") as store:
        vault = Vault(store, tmp_path / "keys", personal)
        vault.append(
            "customer-1", [es.NewEvent("CustomerRegistered", {"born": 1815, "name": "Ada"})], 0
        )
        vault.erase("customer-1", **REQUEST)
        [event] = vault.read_stream("customer-1")
        assert event.data == {"born": 0, "name": ERASED}
        assert event.metadata == {ERASED_FIELDS: ["born", "name"]}, "which no number could say"


def test_an_event_without_its_personal_fields_is_stored_as_it_is(vault: Vault) -> None:
    vault.append(ADA, [es.NewEvent("MoneyDeposited", {"amount": 1, "currency": "EUR"})], 3)
    assert vault.read_stream(ADA)[3] == vault.inner.read_stream(ADA)[3]


def test_what_only_a_vault_writes_is_refused(vault: Vault) -> None:
    stolen = raw(vault)
    for event in (
        es.NewEvent("AccountOpened", {"owner": stolen}),
        es.NewEvent("Noted", {"owner": stolen}),
        es.NewEvent("Noted", {"text": {"$vault": 1}}),
        es.NewEvent("Noted", {}, {ERASED_FIELDS: ["owner"]}),
        es.NewEvent("AccountOpened", {"owner": ERASED}),
    ):
        with pytest.raises(InvalidInput, match=r"vault|erased"):
            vault.append(ADA, [event], es.ANY)
        columns = {
            "stream_id": ["account-9"],
            "type": [event.type],
            "data": [event.data_json],
            "metadata": [event.metadata_json],
        }
        with pytest.raises(InvalidInput, match=r"vault|erased"):
            vault.append_columns(columns)
    with pytest.raises(InvalidInput, match="by erase alone"):
        vault.append(LEDGER, [es.NewEvent("PersonErased", {"person": BOB})], es.ANY)
    with pytest.raises(InvalidInput, match="by erase alone"):
        vault.append_columns({"stream_id": [LEDGER], "type": ["PersonErased"], "data": ["{}"]})
    assert vault.position() == 6


def test_a_declaration_that_says_nothing_is_refused() -> None:
    nothing: list[Any] = ["owner", [], {}]
    for wrong in nothing:
        with pytest.raises(InvalidInput):
            Personal(wrong)
    with pytest.raises(InvalidInput, match="keep it readable"):
        Personal(["customer"], person="customer")


def test_the_small_store_will_do(tmp_path: Path) -> None:
    """Any engine that appends and reads."""
    vault = Vault(SmallStore(":memory:"), tmp_path / "keys", PERSONAL)  # type: ignore[arg-type]
    vault.append(ADA, [opening(), deposit()], es.ANY)
    vault.append(ADA, [deposit()], 2)
    assert state(vault, ADA) == Account("open", NAME, "EUR", 0, 5000)
    vault.erase(ADA, **REQUEST)
    assert state(vault, ADA) == Account("open", ERASED, "EUR", 0, 5000)


# --- retries: the same events give the same bytes ------------------------------------------------


@pytest.mark.parametrize("expected", [3, es.ANY, es.STREAM_EXISTS])
def test_a_retry_gets_the_first_answer_though_the_stream_has_moved_on(
    vault: Vault, expected: Any
) -> None:
    batch = [deposit(1), deposit(2)]
    first = vault.append(ADA, batch, expected)
    vault.append(ADA, [deposit(3)], es.ANY)
    assert vault.append(ADA, batch, expected) == first
    assert vault.append_many([(ADA, batch, expected)]) == [first]
    assert vault.version(ADA) == 6
    changed = replace(batch[0], data={**batch[0].data, "memo": "another"})
    with pytest.raises(DuplicateEvent):
        vault.append(ADA, [changed, batch[1]], expected)


def test_a_stale_writer_is_told_and_nothing_of_his_is_stored(vault: Vault) -> None:
    with pytest.raises(WrongExpectedVersion):
        vault.append(ADA, [deposit()], 2)
    with pytest.raises(WrongExpectedVersion):
        vault.append("account-9", [deposit()], es.STREAM_EXISTS)
    assert vault.position() == 6


def test_many_writers_to_whom_any_version_is_right(vault: Vault) -> None:
    """Each event was encrypted for the version that it got in the end."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: vault.append(ADA, [deposit(n, f"gift {n}")], es.ANY), range(1, 41)))
    gifts = {e.data["memo"] for e in vault.read_stream(ADA, 4)}
    assert gifts == {f"gift {n}" for n in range(1, 41)}


def test_a_condition_holds_as_ever(vault: Vault) -> None:
    condition = es.AppendCondition(es.Query(types=["AccountOpened"]), after=0)
    with pytest.raises(ConditionFailed):
        vault.append(ADA, [deposit()], es.ANY, condition=condition)
    vault.append(ADA, [deposit()], es.ANY, condition=replace(condition, after=vault.position()))


def test_commands_are_handled_as_ever(vault: Vault) -> None:
    es.handle(vault, account, ADA, Withdraw(1000, "EUR", "cash"))
    assert state(vault, ADA).balance == 2000


def test_the_hash_of_a_command_is_encrypted_too_for_it_confirms_a_guess(vault: Vault) -> None:
    """One digest is on all events of a command, also on those without a personal field."""
    command, command_id = OpenAccount(NAME, "EUR"), UUID(int=7)
    stream_id = "account-7"
    first = es.handle(vault, account, stream_id, command, command_id=command_id)
    guess = digest(command)
    assert guess not in str(vault.inner.read_stream(stream_id))
    [event] = vault.read_stream(stream_id)
    assert event.metadata == {"command_digest": guess}
    assert es.handle(vault, account, stream_id, command, command_id=command_id) == first
    with pytest.raises(CommandIdReused):
        es.handle(vault, account, stream_id, OpenAccount("Bob", "EUR"), command_id=command_id)

    mark = {"command_digest": digest("another")}
    beside = [es.NewEvent("Noted", {}, mark), replace(deposit(), metadata=mark)]
    vault.append(stream_id, beside, es.ANY)
    rows = {
        "stream_id": [stream_id] * 2,
        "type": ["Noted", "MoneyDeposited"],
        "data": ["{}", deposit().data_json],
        "metadata": [one.metadata_json for one in beside],
    }
    vault.append_columns(rows, 3)
    assert mark["command_digest"] not in str(vault.inner.read_stream(stream_id))
    assert [e.metadata for e in vault.read_stream(stream_id, 2)] == [mark] * 4

    vault.erase(stream_id, **REQUEST)
    assert "command_digest" not in str(vault.read_stream(stream_id))
    assert es.handle(vault, account, stream_id, command, command_id=command_id) == first


# --- erasing -------------------------------------------------------------------------------------


def test_an_erased_person_leaves_marked_gaps_and_every_amount(vault: Vault) -> None:
    vault.erase(ADA, **REQUEST)
    first, second, _ = vault.read_stream(ADA)
    assert first.data["owner"] == second.data["memo"] == ERASED
    assert first.metadata[ERASED_FIELDS] == ["owner"]
    assert second.metadata[ERASED_FIELDS] == ["memo"]
    assert state(vault, ADA) == Account("open", ERASED, "EUR", 0, 3000)
    assert state(vault, BOB) == Account("open", "Bob", "EUR", 0, 300), "who is somebody else"


def test_an_erasure_is_an_event_that_says_who_when_why_and_by_which_request(vault: Vault) -> None:
    event = vault.erase(ADA, **REQUEST)
    assert (event.stream_id, event.type) == (LEDGER, "PersonErased")
    assert event.data == {"person": ADA, **REQUEST}
    assert event.occurred_at == event.recorded_at
    assert vault.erasures() == [event]
    assert vault.is_erased(ADA)
    assert not vault.is_erased(BOB)


def test_a_second_erasure_changes_nothing(vault: Vault) -> None:
    first = vault.erase(ADA, **REQUEST)
    assert vault.erase(ADA, by="somebody", reason="else", request="R-18") == first
    assert vault.erasures() == [first]


def test_of_many_who_erase_one_is_noted(vault: Vault) -> None:
    barrier = threading.Barrier(8)

    def erase(number: int) -> Any:
        barrier.wait()
        return vault.erase(ADA, by="dpo", reason="asked for", request=f"R-{number}")

    with ThreadPoolExecutor(8) as pool:
        assert len({e.event_id for e in pool.map(erase, range(8))}) == 1
    assert len(vault.erasures()) == 1


def test_nobody_is_erased_by_a_slip_of_the_pen(vault: Vault) -> None:
    with pytest.raises(InvalidInput, match="look at the spelling"):
        vault.erase("acount-1", **REQUEST)
    for field in REQUEST:
        with pytest.raises(InvalidInput, match=field):
            vault.erase(ADA, **{**REQUEST, field: " "})
    assert vault.erasures() == []


def test_nothing_personal_of_an_erased_person_is_stored_again(vault: Vault) -> None:
    vault.erase(ADA, **REQUEST)
    rows = {"stream_id": [ADA], "type": ["MoneyDeposited"], "data": [deposit().data_json]}
    for append in (
        lambda: vault.append(ADA, [deposit()], es.ANY),
        lambda: vault.append_many([(ADA, [deposit()], 3)]),
        lambda: vault.append_columns(rows, 3),
    ):
        with pytest.raises(ErasedPerson):
            append()
    assert vault.version(ADA) == 3
    vault.append(ADA, [es.NewEvent("AccountClosed", {"reason": "erased"})], 3)
    assert state(vault, ADA).status == "closed", "what is not personal goes on"


def test_no_way_back_in_time_leads_to_the_name(vault: Vault) -> None:
    before = vault.position()
    vault.erase(ADA, **REQUEST)
    assert vault.read_stream(ADA, to_position=before)[0].data["owner"] == ERASED
    assert es.replay.as_of(vault, account, ADA, position=before).owner == ERASED


# --- backups, other processes, and what was cut short --------------------------------------------


def test_a_restored_backup_of_the_keys_brings_nobody_back(vault: Vault, tmp_path: Path) -> None:
    folder, backup = vault.keys.folder, tmp_path / "backup"
    shutil.copytree(folder, backup)
    vault.erase(ADA, **REQUEST)
    shutil.rmtree(folder)
    shutil.copytree(backup, folder)  # the vault is open still
    assert vault.read_stream(ADA)[0].data["owner"] == ERASED
    with pytest.raises(ErasedPerson):
        vault.append(ADA, [deposit()], es.ANY)
    again = Vault(vault.inner, folder, PERSONAL)
    assert again.read_stream(ADA)[0].data["owner"] == ERASED
    assert again.read_stream(BOB)[0].data["owner"] == "Bob"
    with pytest.raises(ErasedPerson):
        Keys(folder).find(ADA)
    assert len(list(folder.glob("*.key"))) == 1, "Ada's is destroyed again"


def test_a_restored_backup_of_the_events_brings_nobody_back(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        fill(vault)
        es.backup(vault.inner, tmp_path / "before.duckdb")
        event = vault.erase(ADA, **REQUEST)
    es.restore(tmp_path / "before.duckdb", tmp_path / "restored.duckdb")
    with es.open_store(tmp_path / "restored.duckdb") as store:
        again = Vault(store, tmp_path / "keys", PERSONAL)
        assert again.read_stream(ADA)[0].data["owner"] == ERASED
        [noted] = again.erasures()
        assert (noted.event_id, noted.data) == (event.event_id, event.data), "it is noted again"
        assert noted.occurred_at == event.occurred_at
        assert noted.recorded_at > event.recorded_at


def test_a_store_for_reading_needs_no_note(tmp_path: Path) -> None:
    with open_vault(tmp_path) as vault:
        fill(vault)
        es.backup(vault.inner, tmp_path / "before.duckdb")
        vault.erase(ADA, **REQUEST)
    with es.open_store(tmp_path / "before.duckdb", read_only=True) as store:
        again = Vault(store, tmp_path / "keys", PERSONAL)
        assert again.read_stream(ADA)[0].data["owner"] == ERASED
        assert again.erasures() == []
        with pytest.raises(StoreReadOnly):
            again.erase(BOB, **REQUEST)
        assert again.read_stream(BOB)[0].data["owner"] == "Bob", "no key without its event"


def test_another_vault_over_the_same_store_is_told_at_once(vault: Vault) -> None:
    other = Vault(vault.inner, vault.keys.folder, PERSONAL)
    assert other.read_stream(ADA)[0].data["owner"] == NAME
    vault.erase(ADA, **REQUEST)
    assert other.read_stream(ADA)[0].data["owner"] == ERASED
    with pytest.raises(ErasedPerson):
        other.append(ADA, [deposit()], es.ANY)


def test_an_erasure_of_which_only_the_event_was_written_is_completed_by_whoever_reads(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Vault(vault.inner, vault.keys.folder, PERSONAL)
    with monkeypatch.context() as patched:

        def power_cut(*_: Any) -> None:
            raise KeyboardInterrupt

        patched.setattr(Keys, "destroy", power_cut)
        with pytest.raises(KeyboardInterrupt):
            vault.erase(ADA, **REQUEST)
    assert Keys(vault.keys.folder).find(ADA), "the key is there still"
    assert other.read_stream(ADA)[0].data["owner"] == ERASED
    with pytest.raises(ErasedPerson):
        Keys(vault.keys.folder).find(ADA)


def test_a_lost_key_is_no_erasure(vault: Vault, tmp_path: Path) -> None:
    other = Vault(vault.inner, tmp_path / "wrong folder", PERSONAL)
    with pytest.raises(KeyMissing, match="No erasure says why"):
        other.read_stream(ADA)
    other.append(ADA, [deposit()], es.ANY)  # there is a key now, and it is another
    with pytest.raises(KeyMissing, match="has another key"):
        other.read_stream(ADA, 1, 1)


# --- any value, in any place ---------------------------------------------------------------------

FREE = {"Noted": ["one", "two"]}
NOTES = st.fixed_dictionaries({"one": JSON_VALUES, "two": JSON_VALUES})


@pytest.fixture(scope="module")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    """A vault in memory, for thousands of values."""
    with es.open_store(":memory:") as store:
        yield Vault(store, tmp_path_factory.mktemp("notes") / "keys", FREE)


@given(NOTES)
def test_any_value_is_read_as_it_was_appended(notes: Vault, data: dict[str, Any]) -> None:
    event = es.NewEvent("Noted", data)
    if ERASED in data.values():
        return
    place = notes.append("note-1", [event], es.ANY)
    [read] = notes.read_stream("note-1", place.version)
    assert canonical_json(read.data) == event.data_json
    assert notes.append("note-1", [event], es.ANY) == place


@given(st.data())
def test_no_swap_gives_another_plaintext(notes: Vault, data: st.DataObject) -> None:
    """Two places of two people: what stood in one is put into the other, and refused."""
    for person in ("note-2", "note-3"):
        if not notes.version(person):
            notes.append(person, [es.NewEvent("Noted", {"one": n, "two": -n}) for n in range(4)], 0)
    places = st.tuples(
        st.sampled_from(["note-2", "note-3"]), st.integers(1, 4), st.sampled_from(["one", "two"])
    )
    one, other = data.draw(places), data.draw(places)
    (stream_id, version, field), (from_stream, from_version, from_field) = one, other
    moved = raw(notes, from_field, from_stream, from_version)
    changed: Any = Changed(notes.inner, stream_id, version, field, moved)
    if one != other:
        with pytest.raises(WrongCiphertext, match=f"version {version}, field '{field}'"):
            Vault(changed, notes.keys, FREE).read_stream(stream_id)
    else:
        assert Vault(changed, notes.keys, FREE).read_stream(stream_id) == notes.read_stream(
            stream_id
        )


# --- attacks on the stored events ----------------------------------------------------------------


class Changed:
    """A store, with another field in what is read of one event: what an attacker makes of it."""

    def __init__(self, store: Any, stream_id: str, version: int, field: str, value: Any) -> None:
        self.store, self.place, self.change = store, (stream_id, version), {field: value}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    def read_stream(self, *args: Any, **options: Any) -> list[es.RecordedEvent]:
        return [
            replace(e, data=e.data | self.change) if (e.stream_id, e.version) == self.place else e
            for e in self.store.read_stream(*args, **options)
        ]


def read_changed(vault: Vault, version: int, field: str, value: Any, stream_id: str = ADA) -> Any:
    changed: Any = Changed(vault.inner, stream_id, version, field, value)
    return Vault(changed, vault.keys, PERSONAL).read_stream(stream_id)


@pytest.mark.parametrize(
    ("stream_id", "version", "field"),
    [(ADA, 3, "memo"), (ADA, 1, "owner"), (BOB, 2, "memo")],
)
def test_a_ciphertext_in_another_place_is_an_error(
    vault: Vault, stream_id: str, version: int, field: str
) -> None:
    moved = raw(vault, field, stream_id, version)
    with pytest.raises(WrongCiphertext, match="version 2, field 'memo'"):
        read_changed(vault, 2, "memo", moved)
    with pytest.raises((WrongCiphertext, KeyMissing)):  # with Ada's name on Bob's ciphertext
        read_changed(vault, 2, "memo", moved | {"person": ADA})


@pytest.mark.parametrize(
    "value",
    [
        "Mallory",
        None,
        {"$vault": "?"},
        {"$vault": "", "key": "", "person": ADA},
        {"$vault": 1, "key": 2, "person": 3},
        {"$vault": "", "key": "", "person": ADA, "more": ""},
    ],
)
def test_what_a_vault_did_not_write_is_an_error(vault: Vault, value: Any) -> None:
    with pytest.raises((WrongCiphertext, KeyMissing)):
        read_changed(vault, 1, "owner", value)


def test_nobody_is_made_to_look_erased(vault: Vault) -> None:
    vault.erase(BOB, **REQUEST)
    with pytest.raises(WrongCiphertext, match="who was erased"):
        read_changed(vault, 1, "owner", raw(vault, stream_id=BOB))
    with pytest.raises(WrongCiphertext, match="who was erased"):
        read_changed(vault, 1, "owner", raw(vault) | {"person": BOB})


def test_a_forged_entry_in_the_ledger_stops_the_vault(vault: Vault) -> None:
    vault.inner.append(LEDGER, [es.NewEvent("Noted", {"person": ADA})], es.ANY)
    with pytest.raises(WrongCiphertext, match="is no erasure"):
        vault.read_stream(ADA)


def test_a_store_that_is_older_than_its_vault_is_read_where_that_is_allowed(tmp_path: Path) -> None:
    with es.open_store(tmp_path / "bank.duckdb") as store:
        store.append(ADA, [opening()], 0)
        with pytest.raises(WrongCiphertext, match="stored in clear"):
            Vault(store, tmp_path / "keys", PERSONAL).read_stream(ADA)
        vault = Vault(store, tmp_path / "keys", PERSONAL, in_clear=True)
        vault.append(ADA, [deposit()], 1)
        assert [e.data.get("memo", e.data.get("owner")) for e in vault.read_stream(ADA)] == [
            NAME,
            MEMO,
        ]


def test_nobody_calls_an_event_erased_but_a_vault(vault: Vault) -> None:
    forged = es.NewEvent("Noted", {}, {ERASED_FIELDS: ["owner"]})
    vault.inner.append("note-1", [forged], 0)
    with pytest.raises(WrongCiphertext, match=ERASED_FIELDS):
        vault.read_stream("note-1")


@pytest.mark.parametrize("looks_like_c7", ["c7\u200b", "c7 \u202e", "cafe\u0301", "c" * 300])
def test_who_looks_the_same_is_the_same(tmp_path: Path, looks_like_c7: str) -> None:
    """Else an erasure would reach one of two ids that nobody can tell apart."""
    personal = {"OrderPlaced": Personal(["address"], person="customer")}
    with es.open_store(":memory:") as store:
        vault = Vault(store, tmp_path / "keys", personal)
        order = es.NewEvent("OrderPlaced", {"customer": looks_like_c7, "address": "London"})
        with pytest.raises(InvalidInput, match=r"data\.customer"):
            vault.append("order-1", [order], 0)
        with pytest.raises(InvalidInput, match="person"):
            vault.erase(looks_like_c7, **REQUEST)


# --- upcasters -----------------------------------------------------------------------------------


NAMES = es.upcasting.Upcasters(
    [  # it refuses what is no text, and so all ciphertext
        es.upcasting.upcast(
            "CustomerRegistered", 1, {"name": "VARCHAR"}, es.upcasting.Rename("name", "full_name")
        )
    ]
)


def test_upcasters_are_given_what_is_readable_and_the_gap(tmp_path: Path) -> None:
    personal = {"CustomerRegistered": ["name"]}
    path = tmp_path / "shop.duckdb"
    with es.open_store(path, upcasters=NAMES) as store:
        with pytest.raises(InvalidInput, match="give them to the vault"):
            Vault(store, tmp_path / "keys", personal)
        around: Any = Changed(store, "", 0, "", None)
        around.inner = store
        with pytest.raises(InvalidInput, match="give them to the vault"):
            Vault(around, tmp_path / "keys", personal)
    with es.open_store(path) as store:
        vault = Vault(store, tmp_path / "keys", personal, upcasters=NAMES)
        vault.append("customer-1", [es.NewEvent("CustomerRegistered", {"name": "Ada Lovelace"})], 0)
        for read in (vault.read_stream("customer-1"), vault.read_all(), *vault.catch_up()):
            assert read[0].data == {"full_name": "Ada Lovelace"}
        query = es.Query(types=["CustomerRegistered"])
        assert vault.read_matching(query)[0].schema_version == 2
        vault.erase("customer-1", **REQUEST)
        assert vault.read_stream("customer-1")[0].data == {"full_name": ERASED}
