"""Two writers and one stream, on a real store: who is stored, and who is refused."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.widgets import AppendRace
from eventsourcing_kit.widgets.table_inspector.data import PackedTable

MARCH = datetime(2025, 3, 14, 12, tzinfo=UTC)
WRITERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Ann": ("MoneyWithdrawn", {"amount": 2000, "currency": "EUR"}),
    "Ben": ("MoneyWithdrawn", {"amount": 3000, "currency": "EUR"}),
}


def fresh() -> Any:
    """A store with three events, in two streams."""
    new_id = es.fixed_ids()
    store = es.open_store(":memory:", clock=es.fixed_clock(MARCH))
    for stream_id in ("account-1", "account-2", "account-1"):
        deposit = {"amount": 10000, "currency": "EUR"}
        event = es.NewEvent("MoneyDeposited", deposit, event_id=new_id())
        store.append(stream_id, [event], es.ANY)
    return store


def new_race(**options: Any) -> AppendRace:
    return AppendRace(fresh, "account-1", WRITERS, **options)


def order(race: AppendRace, action: str, writer: str = "") -> None:
    """As a button does it."""
    number = str(int(race.draft["number"] or 0) + 1)
    race.set_state({"draft": {"number": number, "action": action, "writer": writer}})


def told(race: AppendRace) -> list[tuple[str, int, str]]:
    return [(one["name"], one["read"], one["state"]) for one in race.answer["writers"]]


def versions(race: AppendRace) -> list[int]:
    """Those of the stream that is raced for, as the browser has them."""
    rows = msgspec.json.decode(race.packed, type=PackedTable).rows
    return [row.version or 0 for row in rows if row.stream_id == "account-1"]


def test_both_have_read_the_same_version() -> None:
    race = new_race()
    assert told(race) == [("Ann", 2, "ready"), ("Ben", 2, "ready")]
    assert repr(race) == (
        "AppendRace(account-1 is at version 2; Ann has read version 2, Ben has read version 2)"
    )


def test_the_first_is_stored_and_the_second_refused_in_words() -> None:
    race = new_race()
    order(race, "append", "Ann")
    assert told(race) == [("Ann", 3, "stored"), ("Ben", 2, "ready")]
    assert versions(race) == [1, 2, 3]
    order(race, "append", "Ben")
    assert told(race) == [("Ann", 3, "stored"), ("Ben", 2, "refused")]
    assert versions(race) == [1, 2, 3], "nothing of it is stored"
    words = race.writers[1].told
    assert words.startswith("WrongExpectedVersion: Stream 'account-1' is at version 3")
    assert "expected 2" in words


def test_who_reads_again_can_append() -> None:
    race = new_race()
    for action, writer in (("append", "Ben"), ("append", "Ann"), ("read", "Ann")):
        order(race, action, writer)
    assert told(race)[0] == ("Ann", 3, "ready")
    order(race, "append", "Ann")
    assert told(race)[0] == ("Ann", 4, "stored")
    assert versions(race) == [1, 2, 3, 4]
    assert race.append == 5


def test_who_has_appended_knows_the_new_version() -> None:
    race = new_race()
    order(race, "append", "Ann")
    order(race, "append", "Ann")
    assert told(race)[0] == ("Ann", 4, "stored")


def test_a_new_start_is_a_new_store() -> None:
    race = new_race()
    order(race, "append", "Ann")
    race.row = 3
    order(race, "restart")
    assert told(race) == [("Ann", 2, "ready"), ("Ben", 2, "ready")]
    assert versions(race) == [1, 2]
    assert race.row == -1


def test_a_stream_that_is_not_there_is_at_version_0() -> None:
    race = AppendRace(fresh, "account-3", WRITERS)
    assert told(race)[0] == ("Ann", 0, "ready")
    order(race, "append", "Ann")
    assert told(race)[0] == ("Ann", 1, "stored")


def test_a_store_of_the_learners_own_will_do_and_what_it_raises_is_told() -> None:
    class Full:
        def __init__(self) -> None:
            self.inner = fresh()
            self.read_stream, self.read_all = self.inner.read_stream, self.inner.read_all

        def append(self, stream_id: str, events: list[es.NewEvent], expected: int) -> None:
            raise OSError("no space left on device")

    race = AppendRace(Full, "account-1", WRITERS)
    order(race, "append", "Ann")
    assert race.writers[0].told == "OSError: no space left on device"
    assert race.error == ""


@pytest.mark.parametrize(("action", "writer"), [("append", "Eve"), ("delete", "Ann")])
def test_what_nobody_can_do_is_refused(action: str, writer: str) -> None:
    race = new_race()
    order(race, action, writer)
    assert writer in race.error
    assert versions(race) == [1, 2]


def test_one_to_three_writers_have_room() -> None:
    with pytest.raises(es.InvalidInput, match="writers"):
        AppendRace(fresh, "account-1", {})
    with pytest.raises(es.InvalidInput, match="writers"):
        AppendRace(fresh, "account-1", {str(n): WRITERS["Ann"] for n in range(4)})


def test_what_stays_behind_says_what_each_has_read() -> None:
    still = new_race().still()
    assert still == new_race().still()
    assert "Ann has read version 2" in still["text/plain"]
    words = " ".join(ET.fromstring(still["image/svg+xml"]).itertext())
    assert "Ben, who wants to append MoneyWithdrawn: Has read version 2." in words
