"""Who may see which field: the data behind the matrix, and its picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.access import Actor, Policy, Rule
from eventsourcing_kit.access.bank import POLICY, ROLES
from eventsourcing_kit.widgets import AccessMatrix
from eventsourcing_kit.widgets.access_matrix import PackedMatrix, pack
from tests.widgets.sample import HOSTILE, sample_store

BANK = Path(__file__).parents[2] / "data" / "bank.jsonl"
STREAMS = ("account-1007", "account-1012")
ACTORS = [Actor("1007" if role == "customer" else role.split()[0], [role]) for role in ROLES]


def bank_events() -> list[es.RecordedEvent]:
    """Two accounts of the bank."""
    with es.open_store(":memory:") as store:
        es.load_jsonl(store, BANK)
        return [event for stream_id in STREAMS for event in store.read_stream(stream_id)]


def new_matrix() -> AccessMatrix:
    return AccessMatrix(POLICY, bank_events(), ACTORS)


def column(packed: PackedMatrix, stream: int, actor: str) -> dict[str, str]:
    """What an actor sees of each field."""
    n = [name for name, _ in packed.actors].index(actor)
    return {
        ".".join(row): cells[n].outcome
        for row, cells in zip(packed.rows, packed.streams[stream].cells, strict=True)
    }


def test_each_cell_is_what_the_policy_says() -> None:
    packed = pack(POLICY, bank_events(), ACTORS)
    teller = column(packed, 0, "teller")
    assert teller["AccountOpened.owner"] == "masked"
    assert teller["MoneyDeposited.amount"] == "shown"
    assert set(column(packed, 0, "adviser").values()) == {"shown"}
    assert column(packed, 0, "statistics")["AccountOpened.owner"] == "refused"
    assert set(column(packed, 0, "1007").values()) == {"shown"}  # a customer, in their account
    assert set(column(packed, 1, "1007").values()) == {"refused"}  # and in somebody else's


def test_an_event_stands_there_as_each_actor_sees_it() -> None:
    packed = pack(POLICY, bank_events(), ACTORS)
    row = packed.rows.index(("AccountOpened", "owner"))
    seen = dict(zip(ROLES, packed.streams[0].events[row], strict=True))
    texts = {role: packed.texts[n] if n >= 0 else None for role, n in seen.items()}
    assert '"owner": "[masked]"' in (texts["teller"] or "")
    assert '"owner": "Amara Okafor"' in (texts["adviser"] or "")
    assert '"channel"' not in (texts["adviser"] or "")  # metadata is shown by name
    assert '"channel"' in (texts["auditor"] or "")
    assert texts["statistics"] is None


def test_what_none_of_the_actors_may_see_is_not_in_the_widget() -> None:
    few = [one for one in ACTORS if one.name in ("teller", "statistics")]
    widget = AccessMatrix(POLICY, bank_events(), few)
    told = widget.packed.decode() + "".join(widget.still().values()) + repr(widget)
    assert "Amara Okafor" not in told
    assert "Amara Okafor" in new_matrix().packed.decode()


def test_it_says_in_words_what_it_shows() -> None:
    widget = new_matrix()
    assert repr(widget) == (
        "AccessMatrix(26 fields, 6 actors; account-1007: 127 shown, 9 masked, 20 refused)"
    )
    widget.stream_id = "account-1012"
    assert repr(widget).endswith("account-1012: 101 shown, 9 masked, 46 refused)")


def test_the_picture_is_well_formed_and_the_same_each_time() -> None:
    assert new_matrix().picture() == new_matrix().picture()
    picture = ET.fromstring(new_matrix().picture())
    texts = ["".join(element.itertext()) for element in picture.iter()]
    assert "account-1007" in texts
    assert texts.count("◐ masked") == 9


def test_hostile_names_stay_texts() -> None:
    name = HOSTILE.replace("\x1b", "").replace("\u202e", "")
    policy = Policy([Rule("a", "read", "*", mask=["owner"])])
    with sample_store() as store:
        widget = AccessMatrix(policy, store.read_all(), [Actor(name, ["a"])], title=HOSTILE)
    ET.fromstring(widget.picture())
    assert msgspec.json.decode(widget.packed, type=PackedMatrix).actors == [(name, "a")]


def test_what_makes_no_matrix_is_refused() -> None:
    events = bank_events()
    for wrong in ([], [1], [es.NewEvent("Happened", {})]):
        with pytest.raises(es.InvalidInput, match=r"^events"):
            AccessMatrix(POLICY, wrong, ACTORS)  # type: ignore[arg-type]
    for actors in ([], ["teller"], ACTORS * 2):
        with pytest.raises(es.InvalidInput, match=r"^actors"):
            AccessMatrix(POLICY, events, actors)  # type: ignore[arg-type]
    widget = new_matrix()
    for trait, value in (("stream_id", "account-9"), ("row", 26), ("row", -1), ("column", 6)):
        with pytest.raises(es.InvalidInput):
            setattr(widget, trait, value)
