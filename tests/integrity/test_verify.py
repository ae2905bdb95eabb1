"""What an attacker can do to a history, and what verify says of it, at every place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import hypothesis.strategies as st
import pytest
from hypothesis import given

import eventsourcing_kit as es
from eventsourcing_kit.errors import CheckpointRefused, InvalidInput, NotAnEventStore
from eventsourcing_kit.event import RecordedEvent
from eventsourcing_kit.integrity import Finding
from tests.integrity.forging import (
    LOG,
    NOON,
    RING,
    THIEF,
    WRITER,
    Forged,
    bank,
    cosigned,
    deposit,
    note,
    renumbered,
    verify,
)
from tests.upcasting.cases import old_bank

EVENTS = bank()
NOTE = note(EVENTS)
WITNESSED = cosigned(NOTE)
PLACES = range(len(EVENTS))


def found(report: es.integrity.Report) -> tuple[Finding, int | None] | None:
    fault = report.fault
    return None if fault is None else (fault.finding, fault.position)


def changed(place: int, **fields: Any) -> list[RecordedEvent]:
    return [replace(e, **fields) if n == place else e for n, e in enumerate(EVENTS)]


def is_last_of_stream(place: int) -> bool:
    return EVENTS[place].version == sum(e.stream_id == EVENTS[place].stream_id for e in EVENTS)


# --- nothing is wrong ----------------------------------------------------------------------------


def test_a_history_that_nobody_touched_is_sound() -> None:
    report = verify(EVENTS, RING, WITNESSED)
    assert report.ok
    assert report.events == len(EVENTS)
    assert report.not_checked == ()
    assert str(report) == "24 events read: nothing is wrong"


def test_an_empty_store_is_sound() -> None:
    report = verify([])
    assert report.ok
    assert report.verified.checkpoint("log").root == es.integrity.merkle.root([])


def test_what_could_not_be_checked_is_said() -> None:
    assert [line.split(":")[0] for line in verify(EVENTS).not_checked] == [
        "whether the end was cut off, and what a thief of the key rewrote",
        "positions and times of recording of 24 events behind the checkpoint (and when they "
        "occurred, if the store said so), and whether there were more",
    ]
    said = "\n".join(verify(EVENTS, None, chain=False).not_checked)
    assert "signatures" in said
    assert "chain" in said
    [alone] = verify(EVENTS, RING, NOTE).not_checked
    assert "witness" in alone
    assert "after the first fault" in str(verify(EVENTS[1:]))


# --- ordinary edits, at every place --------------------------------------------------------------


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "edit",
    [
        lambda e: {"data": e.data | {"amount": e.data["amount"] + 1}},
        lambda e: {"data": e.data | {"amount": float(e.data["amount"])}},
        lambda e: {"metadata": e.metadata | {"actor": "clerk-08"}},
        lambda e: {"type": "MoneyWithdrawn"},
        lambda e: {"schema_version": 2},
        lambda e: {"event_id": es.fixed_ids(5)()},
        lambda e: {"occurred_at": e.occurred_at + timedelta(microseconds=1)},
    ],
    ids=["amount", "float", "metadata", "type", "schema_version", "event_id", "occurred_at"],
)
def test_what_was_changed_is_named(place: int, edit: Any) -> None:
    report = verify(changed(place, **edit(EVENTS[place])))
    assert found(report) == (Finding.CHANGED, place + 1)
    assert report.fault is not None
    assert (report.fault.stream_id, report.fault.version) == (
        EVENTS[place].stream_id,
        EVENTS[place].version,
    )


@pytest.mark.parametrize("place", [0, 7, 23])  # a stream's first, one in the middle, the last
@pytest.mark.parametrize(
    "key", ["algorithm", "key", "previous", "signature", "stream_id", "time", "version"]
)
def test_a_seal_that_was_changed_is_named(place: int, key: str) -> None:
    seal = EVENTS[place].metadata["seal"]
    ways: list[Any] = [None, "", 7, "x", [], {}, -1, 2**63 - 1, True, 1.0, "A" * 86 + "==", "none"]
    for value in ways:
        if (value, type(value)) != (seal[key], type(seal[key])):
            edited = EVENTS[place].metadata | {"seal": seal | {key: value}}
            report = verify(changed(place, metadata=edited))
            assert found(report) in {
                (Finding.CHANGED, place + 1),
                (Finding.WRONG_KEY, place + 1),
                (Finding.INSERTED, place + 1),  # at the end, nothing tells the two apart
            }


@pytest.mark.parametrize("place", PLACES)
def test_a_seal_that_was_taken_off_is_named(place: int) -> None:
    without = {"actor": "clerk-07"}
    finding = Finding.INSERTED if is_last_of_stream(place) else Finding.CHANGED
    assert found(verify(changed(place, metadata=without))) == (finding, place + 1)


@pytest.mark.parametrize("place", PLACES)
def test_what_was_deleted_is_missed(place: int) -> None:
    left = EVENTS[:place] + EVENTS[place + 1 :]
    gap = found(verify(left))
    assert gap == (None if place == len(EVENTS) - 1 else (Finding.MISSING, place + 1))
    careful = verify(renumbered(left))
    if is_last_of_stream(place):
        assert careful.ok, "nothing in the stream tells of it: that needs a checkpoint"
    else:
        assert careful.fault is not None
        fault = careful.fault
        assert (fault.finding, fault.stream_id, fault.version) == (
            Finding.MISSING,
            EVENTS[place].stream_id,
            EVENTS[place].version,
        )
    for history in (left, renumbered(left)):
        assert not verify(history, RING, NOTE).ok


def test_two_that_were_swapped_are_named() -> None:
    for one, other in combinations(PLACES, 2):
        check_swap(one, other)


def check_swap(one: int, other: int) -> None:
    swapped = list(EVENTS)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    careful = verify(renumbered(swapped))
    if EVENTS[one].stream_id == EVENTS[other].stream_id:
        assert found(careful) == (Finding.REORDERED, one + 1)
    elif any(
        EVENTS[n].stream_id in {EVENTS[one].stream_id, EVENTS[other].stream_id}
        for n in range(one + 1, other)
    ):
        assert found(careful) is not None
    else:
        assert careful.ok, "every stream is what it was: that needs a checkpoint"
    assert not verify(renumbered(swapped), RING, NOTE).ok


@pytest.mark.parametrize("place", PLACES)
def test_what_was_put_in_is_named(place: int) -> None:
    forged = replace(EVENTS[place], metadata={}, data={"amount": 1}, event_id=es.fixed_ids(7)())
    with_it = renumbered([*EVENTS[:place], forged, *EVENTS[place:]])
    assert found(verify(with_it)) == (Finding.INSERTED, place + 1)


@pytest.mark.parametrize("place", PLACES)
def test_an_event_that_stands_there_twice_is_named(place: int) -> None:
    again = renumbered([*EVENTS, EVENTS[place]])
    assert found(verify(again)) == (Finding.INSERTED, len(EVENTS) + 1)
    side_by_side = renumbered([*EVENTS[: place + 1], *EVENTS[place:]])
    assert found(verify(side_by_side)) == (Finding.INSERTED, place + 2)


@pytest.mark.parametrize("target", ["account-0", "account-1", "account-2", "account-9"])
def test_what_was_moved_to_another_stream_is_named(target: str) -> None:
    for place in PLACES:
        if target != EVENTS[place].stream_id:
            check_move(place, target)


def check_move(place: int, target: str) -> None:
    moved = renumbered(changed(place, stream_id=target))
    assert found(verify(moved)) == (Finding.COPIED, place + 1)
    copied = renumbered([*EVENTS, replace(EVENTS[place], stream_id=target)])
    assert found(verify(copied)) == (Finding.COPIED, len(EVENTS) + 1)


def test_a_forger_with_a_key_of_their_own_is_named() -> None:
    theirs = bank(2, THIEF)
    assert found(verify(theirs)) == (Finding.WRONG_KEY, 1)
    assert verify(theirs, es.integrity.KeyRing([THIEF])).ok


@pytest.mark.parametrize("signer", [LOG.secret, bytes([2]) * 32])
def test_a_key_for_checkpoints_seals_no_event(signer: bytes) -> None:
    """Also where somebody signs events with it all the same: a role is part of the ring."""
    posing = es.integrity.Signer(LOG.key.name, signer)
    assert found(verify(bank(1, posing))) == (Finding.WRONG_KEY, 1)


# --- the end of the log, and a stolen key --------------------------------------------------------


@pytest.mark.parametrize("left", PLACES)
def test_a_tail_that_was_cut_needs_a_checkpoint(left: int) -> None:
    report = verify(EVENTS[:left])
    assert report.ok
    assert "end was cut" in str(report)
    assert found(verify(EVENTS[:left], RING, NOTE)) == (Finding.TAIL_CUT, left + 1)


@pytest.mark.parametrize("left", range(0, len(EVENTS), 2))
def test_a_tail_that_was_signed_again_with_the_stolen_key_needs_one_too(left: int) -> None:
    with es.integrity.sealed(
        es.open_store(":memory:", clock=es.fixed_clock(NOON + timedelta(seconds=1))), WRITER
    ) as store:
        deposit(store, left // 2)
        deposit(store, 13 - left // 2, start=100)
        rewritten = store.inner.read_all()
    assert verify(rewritten).ok
    report = verify(rewritten, RING, NOTE)
    assert report.fault is not None
    assert report.fault.finding is Finding.CHANGED
    assert "first 24 events" in str(report)


def test_positions_and_times_of_recording_need_one_too() -> None:
    later = [replace(EVENTS[-1], recorded_at=NOON + timedelta(days=9))]
    assert verify([*EVENTS[:-1], *later]).ok
    assert found(verify([*EVENTS[:-1], *later], RING, NOTE)) == (Finding.CHANGED, None)
    back = changed(5, recorded_at=NOON - timedelta(days=9))
    assert found(verify(back)) == (Finding.CHANGED, 6)


def test_a_log_may_grow_behind_its_checkpoint() -> None:
    report = verify(bank(14), RING, cosigned(note(bank(12))))
    assert report.ok
    assert report.not_checked == (
        "positions and times of recording of 4 events behind the checkpoint (and when they "
        "occurred, if the store said so), and whether there were more",
    )


# --- keys that age -------------------------------------------------------------------------------

AT = EVENTS[12].recorded_at


def marked(**times: Any) -> es.integrity.KeyRing:
    return RING.marked(WRITER.key.key_id, **times)


def test_a_rotated_key_still_counts_for_what_it_signed() -> None:
    new = es.integrity.Signer("writer", bytes([5]) * 32)
    clock = es.fixed_clock(NOON)
    inner = es.open_store(":memory:", clock=clock)
    deposit(es.integrity.sealed(inner, WRITER), 3)
    at = clock()
    deposit(es.integrity.sealed(inner, new), 3, start=3)
    ring = RING.rotated(WRITER.key.key_id, new, at)
    deposit(es.integrity.sealed(inner, new), 1)
    assert inner.position() == 12, "a retry after the rotation finds what the old key sealed"
    assert es.integrity.verify(inner, ring).ok
    deposit(es.integrity.sealed(inner, WRITER), 1, start=9)
    assert found(es.integrity.verify(inner, ring)) == (Finding.LATE_KEY, 13)
    forward = es.integrity.KeyRing([WRITER]).marked(WRITER.key.key_id, valid_from=at)
    assert found(es.integrity.verify(inner, forward)) == (Finding.LATE_KEY, 1)


def test_nothing_counts_that_a_revoked_key_signed_afterwards() -> None:
    assert found(verify(EVENTS, marked(revoked_at=AT))) == (Finding.REVOKED_KEY, 13)
    assert found(verify(EVENTS, marked(compromised_since=AT))) == (Finding.REVOKED_KEY, 13)


def test_a_time_before_the_theft_is_believed_only_to_a_witness() -> None:
    ring = marked(compromised_since=NOON + timedelta(days=2))
    assert "whether 24 events of writer" in str(verify(EVENTS, ring, NOTE))
    assert verify(EVENTS, ring, WITNESSED).not_checked == ()
    late = cosigned(NOTE, NOON + timedelta(days=3))
    assert "older than its theft" in str(verify(EVENTS, ring, late))


# --- going on ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seen", range(13))
def test_a_verifier_goes_on_from_what_it_has_seen(seen: int) -> None:
    before = verify(bank(seen)).verified
    report = verify(EVENTS, RING, NOTE, since=before)
    assert report.ok
    assert report.events == len(EVENTS) - 2 * seen
    assert report.verified == verify(EVENTS).verified
    assert (f"first {2 * seen} events" in str(report)) is bool(seen)
    grown = verify(bank(14), RING, since=report.verified)
    assert grown.ok
    assert grown.verified.checkpoint("log") == verify(bank(14)).verified.checkpoint("log")


def test_what_was_cut_below_what_it_has_seen_is_missed() -> None:
    seen = verify(EVENTS).verified
    assert found(verify(EVENTS[:-2], RING, since=seen)) == (Finding.TAIL_CUT, 23)
    older = verify(EVENTS, RING, note(EVENTS[:8]), since=seen)
    assert "older than the 24 events" in str(older)


def test_another_history_under_the_checkpoint_is_found_without_reading_the_old_one() -> None:
    others = verify(bank(6, clock=es.fixed_clock(NOON + timedelta(hours=1)))).verified
    report = verify(EVENTS, RING, NOTE, since=others)
    assert not report.ok


def test_what_an_earlier_report_did_not_look_at_is_said_again() -> None:
    """Else two reports, each true, would be read as more than they are together."""
    forged = bank(signer=THIEF)
    seen = verify(forged, None, chain=False).verified
    report = verify(forged, RING, since=verify(forged, RING, since=seen).verified)
    assert report.ok
    said = str(report)
    assert "not checked: signatures" in said
    assert "not checked: the chain" in said
    assert "keys of then" in said


def test_nobody_goes_on_behind_what_was_wrong() -> None:
    other = note(bank(4, clock=es.fixed_clock(NOON + timedelta(hours=1))))
    hidden = [*EVENTS, replace(EVENTS[0], position=0, version=9, metadata={})]
    for report in (verify(EVENTS, RING, other), verify(hidden)):
        assert not report.ok
        assert report.verified == es.integrity.Verified()
    assert verify([*EVENTS[:3], *EVENTS[4:]]).verified == verify(EVENTS[:3]).verified


@pytest.mark.parametrize(
    ("size", "edge", "heads"),
    [
        (3, [], {}),
        (-1, [], {}),
        (24, [bytes(32)] * 2, {}),
        (3, [bytes(32)], {"account-1": (3, "", 3)}),
        (0, [], {"account-1": (2, "", 2)}),
    ],
)
def test_what_no_verifier_has_seen_is_named(size: int, edge: Any, heads: Any) -> None:
    with pytest.raises(InvalidInput, match="since"):
        es.integrity.Verified(size, edge, heads)


def test_a_store_that_says_it_has_more_is_a_cut_one() -> None:
    store: Any = Forged(EVENTS[:20])
    store.position = lambda: 24
    assert found(es.integrity.verify(store, RING)) == (Finding.TAIL_CUT, 21)


def test_without_keys_a_change_shows_in_the_next_link_and_without_the_chain_nowhere() -> None:
    edited = changed(4, data={"amount": 5, "currency": "EUR"})
    assert found(verify(edited, None)) == (Finding.CHANGED, 5)
    assert verify(edited, None, chain=False).ok
    assert verify(changed(23, data={}), None).ok, "nothing is chained to the last one"


# --- real stores ---------------------------------------------------------------------------------


def tampered(path: Path, *statements: str) -> None:
    """What somebody does who has the file: the triggers are theirs, too."""
    with duckdb.connect(str(path)) as connection:
        names = connection.execute("SELECT trigger_name FROM duckdb_triggers()").fetchall()
        for (name,) in names:
            connection.execute(f"DROP TRIGGER {name} ON events")
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "bank.duckdb"
    with es.integrity.sealed(es.open_store(path), WRITER) as store:
        deposit(store, 6)
    return path


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE events SET data = '{\"amount\":1}'::JSON::VARIANT WHERE position = 5", "changed"),
        ("UPDATE events SET metadata = '{}' WHERE position = 5", "changed"),
        (
            'UPDATE events SET metadata = \'{"actor":"mallory",\' || metadata[2:] '
            "WHERE position = 5",
            "changed",
        ),
        ("UPDATE events SET metadata = '[1]' WHERE position = 5", "changed"),
        ("UPDATE events SET metadata = '1' WHERE position = 5", "changed"),
        ("UPDATE events SET occurred_at = 'infinity' WHERE position = 5", "changed"),
        ("UPDATE events SET recorded_at = '-infinity' WHERE position = 5", "changed"),
        (
            "UPDATE events SET metadata = repeat('[', 100000) || repeat(']', 100000) "
            "WHERE position = 5",
            "changed",
        ),
        ("UPDATE events SET version = 7 WHERE position = 5", "reordered"),
        ("DELETE FROM events WHERE position = 5", "missing"),
    ],
)
def test_a_file_that_somebody_wrote_into(path: Path, statement: str, finding: str) -> None:
    tampered(path, statement)
    with es.open_store(path) as store:
        fault = es.integrity.verify(store, RING).fault
    assert fault is not None
    assert (fault.finding.value, fault.position) == (finding, 5)


WITHOUT_CONSTRAINTS = (
    "CREATE TABLE bare AS SELECT * FROM events",
    "DROP TABLE events",
    "ALTER TABLE bare RENAME TO events",
)


@pytest.mark.parametrize("column", ["stream_id", "version", "data", "metadata", "recorded_at"])
def test_a_cell_that_was_emptied_is_named(path: Path, column: str) -> None:
    emptied = f"UPDATE events SET {column} = NULL WHERE position = 5"
    tampered(path, *WITHOUT_CONSTRAINTS, emptied)
    with es.open_store(path) as store:
        assert found(es.integrity.verify(store, RING)) == (Finding.CHANGED, 5)


FORGED = """
    INSERT INTO events
    SELECT * REPLACE ({0} AS position, {1} AS version, gen_random_uuid() AS event_id)
    FROM events WHERE position = 6
"""


@pytest.mark.parametrize("position", ["-1", "0", "NULL"])
@pytest.mark.parametrize("version", ["2", "3", "5", "77"])
def test_an_event_that_only_its_stream_shows_is_found(
    path: Path, position: str, version: str
) -> None:
    """Or SQL alone: its position is one that no reader of the log asks for."""
    tampered(path, *WITHOUT_CONSTRAINTS, FORGED.format(position, version))
    with es.open_store(path) as store:
        assert len(store.read_all()) == 12
        assert len(store.sql("SELECT * FROM events")) == 13
        assert found(es.integrity.verify(store, RING)) == (Finding.INSERTED, None)


@pytest.mark.parametrize("macro", ["bool_or(x) AS false", "sum(x) AS 7"])
def test_a_function_of_the_file_that_is_taken_for_the_engines_own_is_found(
    path: Path, macro: str
) -> None:
    """A reader's sum would be what the forger says, and so would what the verifier asks."""
    tampered(path, "CREATE MACRO cents(x) AS 100 * x", f"CREATE MACRO {macro}")
    with es.open_store(path) as store:
        report = es.integrity.verify(store, RING)
    assert found(report) == (Finding.INSERTED, None)
    assert str(report).splitlines()[0].endswith(macro.split("(")[0])


def test_a_function_with_a_name_of_its_own_is_nobodys_business(path: Path) -> None:
    tampered(path, "CREATE MACRO cents(x) AS 100 * x")
    with es.open_store(path) as store:
        assert es.integrity.verify(store, RING).ok


def test_a_view_that_shows_the_verifier_another_history_is_not_opened(path: Path) -> None:
    """It knows from current_query() who asks."""
    tampered(
        path,
        *WITHOUT_CONSTRAINTS,
        "ALTER TABLE events RENAME TO sealed",
        "CREATE VIEW events AS SELECT * REPLACE (CASE WHEN contains(current_query(), 'stream_id =')"
        " THEN '{\"amount\":7}'::JSON::VARIANT ELSE data END AS data) FROM sealed",
    )
    with pytest.raises(NotAnEventStore, match="view in the place"):
        es.open_store(path)


def test_on_an_engine_without_sql_too() -> None:
    hidden = replace(EVENTS[0], position=0, version=9, metadata={})
    assert found(verify([*EVENTS, hidden])) == (Finding.INSERTED, None)
    fresh = replace(hidden, stream_id="account-77", version=1)
    assert found(verify([*EVENTS, fresh])) == (Finding.INSERTED, None)


def test_events_that_come_while_it_reads_are_not_taken_for_forged(path: Path) -> None:
    with es.integrity.sealed(es.open_store(path), WRITER) as store:
        head, ask = store.inner.position(), store.inner.position
        deposit(store, 3, start=50)
        store.inner.position = lambda: head  # type: ignore[method-assign]
        assert es.integrity.verify(store, RING).events == head
        store.inner.position = ask  # type: ignore[method-assign]


def test_what_is_signed_is_the_stored_form_whatever_upcasters_make_of_it(tmp_path: Path) -> None:
    old = es.NewEvent("MoneyDeposited", {"euros": "25.00", "memo": ""}, schema_version=1)
    with es.integrity.sealed(old_bank(tmp_path / "old.duckdb"), WRITER) as store:
        store.append("account-1", [old], 0)
        store.append("account-1", [old := replace(old, event_id=es.fixed_ids(3)())], 1)
        assert store.append("account-1", [old], 1).version == 2, "a retry is one here, too"
        [first, _] = store.read_all()
        assert first.data["amount"] == 2500
        assert es.integrity.verify(store, RING).ok


def test_the_leaves_are_those_of_the_log() -> None:
    store: Any = Forged(EVENTS)
    leaves = es.integrity.log_of(store)
    checkpoint = verify(EVENTS).verified.checkpoint("log")
    assert checkpoint.root == es.integrity.merkle.root(leaves)
    proof = es.integrity.merkle.inclusion_proof(4, leaves)
    assert es.integrity.merkle.verify_inclusion(leaves[4], 4, 24, proof, checkpoint.root)


# --- whatever comes ------------------------------------------------------------------------------


@given(st.data())
def test_no_history_is_sound_that_differs_from_a_witnessed_one(data: st.DataObject) -> None:
    """Any events left out, doubled, in any order, renumbered or not; and it never crashes."""
    order = data.draw(st.lists(st.sampled_from(PLACES), max_size=30))
    some: Sequence[RecordedEvent] = [EVENTS[place] for place in order]
    if data.draw(st.booleans()):
        some = renumbered(some)
    report = verify(some, RING, WITNESSED)
    assert report.ok is (list(some) == EVENTS)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "text",
        NOTE[:-1],
        NOTE.replace("24", "23"),
        note(
            EVENTS,
            THIEF_LOG := es.integrity.Signer("bank.example/ledger", bytes([8]) * 32, "checkpoint"),
        ),
    ],
)
def test_a_checkpoint_that_proves_nothing_is_refused(bad: str) -> None:
    with pytest.raises(CheckpointRefused):
        verify(EVENTS, RING, bad)
