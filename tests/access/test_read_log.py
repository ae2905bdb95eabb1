"""Who read what: noted before it is handed out, found again, and no larger than it has to be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.access import Actor, Readers, guarded, readers, who_saw
from eventsourcing_kit.errors import AccessDenied, StoreFull
from eventsourcing_kit.integrity import KeyRing, Signer, sealed, verify
from eventsourcing_kit.stores.sql_store import SqlEventStore
from tests.access.cases import NOBODY, NOON, POLICY, SECRET, TELLER, Spy, deposit
from tests.access.test_guard import READS, numbered
from tests.integrity.test_verify import tampered


class Full:
    """A log that takes nothing."""

    def append(self, *_: Any) -> None:
        raise StoreFull("log.duckdb", "no space left")


@pytest.mark.parametrize("read", numbered({k: v for k, v in READS.items() if k != "position"}))
def test_where_nothing_can_be_noted_nothing_is_handed_out(bank: SqlEventStore, read: Any) -> None:
    store = guarded(bank, POLICY, TELLER, log=Full())  # type: ignore[arg-type]
    with pytest.raises(StoreFull):
        read(store)


@pytest.mark.parametrize("read", numbered({k: v for k, v in READS.items() if k != "position"}))
def test_each_read_is_noted_and_so_is_each_refusal(
    bank: SqlEventStore, log: SqlEventStore, read: Any
) -> None:
    read(guarded(bank, POLICY, TELLER, log=log, reason="complaint 17"))
    with pytest.raises(AccessDenied):
        read(guarded(bank, POLICY, NOBODY, log=log))
    *reads, refusal = log.read_all()
    assert reads
    assert {event.type for event in reads} == {"EventsRead"}
    assert {event.data["reason"] for event in reads} == {"complaint 17"}
    assert refusal.type == "AccessRefused"
    assert (refusal.actor, refusal.data["roles"]) == ("mallory", [])


def test_nothing_of_what_was_read_is_in_the_log(bank: SqlEventStore, log: SqlEventStore) -> None:
    store = guarded(bank, POLICY, Actor("root", ["all"]), log=log)
    assert SECRET in repr(store.read_all())
    assert SECRET not in repr(log.read_all())


def test_a_refused_append_is_noted(bank: SqlEventStore, log: SqlEventStore) -> None:
    with pytest.raises(AccessDenied):
        guarded(bank, POLICY, NOBODY, log=log).append("account-1", [deposit(1)], es.ANY)
    [noted] = log.read_stream("access-account-1")
    assert (noted.type, noted.data["action"]) == ("AccessRefused", "append")


class TestWhoSaw:
    @pytest.fixture
    def asked(self, bank: SqlEventStore, log: SqlEventStore) -> SqlEventStore:
        """Noted one second after the other, from noon."""
        teller = guarded(bank, POLICY, TELLER, log=log, reason="counter")
        teller.read_stream("account-2")
        teller.read_stream("account-1")
        teller.read_all(after_position=7)  # account-3 alone
        teller.read_category("account")
        with pytest.raises(AccessDenied):
            guarded(bank, POLICY, Actor("7", ["customer"]), log=log).read_stream("account-2")
        list(guarded(bank, POLICY, Actor("root", ["all"]), log=log).catch_up(batch=2))
        return log

    def test_it_finds_reads_of_the_stream_of_its_category_and_of_everything(
        self, bank: SqlEventStore, asked: SqlEventStore
    ) -> None:
        found = who_saw(asked, bank, "account-2").drop(columns="at")
        assert found.astype(object).where(found.notna(), None).to_numpy().tolist() == [
            ["greta", "read", "account-2", 3, "counter"],
            ["greta", "read", "account-*", 8, "counter"],
            ["7", "refused", "account-2", 0, ""],
            ["root", "read", "*", None, ""],
        ]

    def test_it_asks_for_a_span_of_time_with_its_beginning_and_without_its_end(
        self, bank: SqlEventStore, asked: SqlEventStore
    ) -> None:
        first, second, third = (NOON + timedelta(seconds=after) for after in (3, 4, 5))
        until_third = who_saw(asked, bank, "account-2", since=first, until=third)
        assert until_third["at"].tolist() == [first, second]
        until_second = who_saw(asked, bank, "account-2", since=first, until=second)
        assert until_second["at"].tolist() == [first]

    def test_the_log_of_a_subject_is_a_stream_to_travel_in(self, asked: SqlEventStore) -> None:
        def at(seconds: int) -> Any:
            moment = NOON + timedelta(seconds=seconds)
            return es.replay.as_of(asked, readers, "access-account-2", time=moment)

        assert at(-1) == Readers()
        assert at(0) == Readers(reads=1, by={"greta": 1})
        assert at(9) == Readers(reads=1, refusals=1, by={"greta": 1})

    def test_and_so_a_widget_travels_in_it(self, asked: SqlEventStore) -> None:
        histories = es.replay.histories(asked, readers, category="access")
        widget = es.widgets.TimeTravel(histories, money="reads", account="access-account-2")
        assert "access-account-2" in widget.picture()

    def test_a_log_is_a_store_and_who_reads_it_is_noted_in_another_one(
        self, bank: SqlEventStore, asked: SqlEventStore
    ) -> None:
        with es.open_store(":memory:") as second:
            auditor = guarded(asked, POLICY, Actor("root", ["all"]), log=second)
            assert len(who_saw(auditor, bank, "account-2")) == 4
            assert len(who_saw(second, asked, "access-account-2")) == 1


class TestSealed:
    """The log is any store: over the seals of chapter 10 nobody changes unseen what was noted."""

    def test_what_was_noted_is_chained_and_signed(
        self, bank: SqlEventStore, log: SqlEventStore
    ) -> None:
        signer = Signer("access-log", bytes(32))
        teller = guarded(bank, POLICY, TELLER, log=sealed(log, signer))
        for _ in range(2):
            teller.read_stream("account-2")
        teller.read_all()
        assert verify(log, KeyRing([signer])).ok
        assert len(who_saw(sealed(log, signer), bank, "account-2")) == 3

    def test_who_takes_their_name_out_of_it_is_found(
        self, bank: SqlEventStore, tmp_path: Path
    ) -> None:
        signer = Signer("access-log", bytes(32))
        with es.open_store(tmp_path / "log.duckdb") as log:
            teller = guarded(bank, POLICY, TELLER, log=sealed(log, signer))
            for _ in range(3):
                teller.read_stream("account-2")
        tampered(
            tmp_path / "log.duckdb",
            "UPDATE events SET data = "
            "replace(data::JSON::VARCHAR, 'greta', 'nadia')::JSON::VARIANT WHERE position = 2",
        )
        with es.open_store(tmp_path / "log.duckdb") as log:
            found = verify(log, KeyRing([signer])).fault
            assert found is not None
            assert (found.stream_id, found.version) == ("access-account-2", 2)


class TestItsSize:
    def test_a_note_is_as_long_for_a_thousand_events_as_for_one(self, log: SqlEventStore) -> None:
        with es.open_store(":memory:") as bank:
            bank.append("account-1", [deposit(n) for n in range(1000)], 0)
            store = guarded(bank, POLICY, TELLER, log=log)
            store.read_stream("account-1", to_version=1)
            store.read_stream("account-1")
        one, all_ = (es.event.canonical_json(event.data) for event in log.read_all())
        assert len(all_) - len(one) < 10  # digits

    def test_who_follows_is_noted_once_for_all_that_was_there(self, log: SqlEventStore) -> None:
        with es.open_store(":memory:") as bank:
            bank.append("account-1", [deposit(n) for n in range(1000)], 0)
            store = guarded(bank, POLICY, TELLER, log=log)
            assert len(list(store.catch_up(batch=10))) == 100
            assert [event.data["last_position"] for event in log.read_all()] == [1000]
            assert list(store.catch_up(1000)) == []  # nothing new: nothing read, nothing noted
            assert log.position() == 1

    def test_what_is_noted_goes_to_another_store_than_what_was_read(
        self, bank: SqlEventStore, log: SqlEventStore
    ) -> None:
        spy = Spy(bank)
        guarded(spy, POLICY, TELLER, log=log).read_all()
        assert spy.calls == ["read_all"]
