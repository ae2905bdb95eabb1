import xml.etree.ElementTree as ET
from base64 import b64decode
from dataclasses import asdict
from typing import Any

import msgspec
import pytest

import eventsourcing_kit as es
from eventsourcing_kit import critique
from eventsourcing_kit.critique import Remark
from eventsourcing_kit.widgets import EventWorkbench
from eventsourcing_kit.widgets.event_workbench import EXAMPLES, Example
from tests.widgets.sample import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"
FEE = '{"amount": 490, "currency": "EUR", "reason": "Account fee"}'
BAD: Example = ("an order", "ChargeFee", {"amount": 4.9, "currency": "EUR"}, {"actor": "bank"})
DRAFT = {"type": "FeeCharged", "data": FEE, "metadata": '{"actor": "bank"}'}


@pytest.fixture
def bench() -> EventWorkbench:
    return EventWorkbench([BAD])


def rules(bench: EventWorkbench) -> list[str]:
    return [remark.rule for remark in bench.remarks]


# --- what it begins with -------------------------------------------------------------------------


def test_it_begins_with_the_first_example_and_remarks_on_it(bench: EventWorkbench) -> None:
    assert bench.draft["type"] == "ChargeFee"
    assert bench.draft["data"] == '{\n  "amount": 4.9,\n  "currency": "EUR"\n}'
    assert rules(bench) == ["command", "money as float"]


def test_the_examples_go_to_the_browser(bench: EventWorkbench) -> None:
    assert msgspec.json.decode(bench.packed) == [
        {"name": "an order", "draft": bench.draft, "faults": 2}
    ]


@pytest.mark.parametrize("example", EXAMPLES[:-1], ids=lambda example: example[0])
def test_each_of_its_own_examples_is_there_to_be_mended(example: Example) -> None:
    assert [remark.severity for remark in EventWorkbench([example]).remarks].count("fault") >= 1


def test_the_last_of_its_own_examples_is_well() -> None:
    assert EventWorkbench(EXAMPLES[-1:]).remarks == []


# --- what is typed -------------------------------------------------------------------------------


def test_the_browser_is_answered_with_the_draft_and_the_remarks_on_it(
    bench: EventWorkbench,
) -> None:
    draft = {**DRAFT, "type": "CustomerUpdated"}
    bench.set_state({"draft": draft})
    remarks = [asdict(remark) for remark in critique.event(*draft.values())]
    assert bench.answer == {"draft": draft, "remarks": remarks}
    assert rules(bench) == ["crud word"]


def test_text_that_is_no_json_is_a_remark_with_its_place(bench: EventWorkbench) -> None:
    bench.draft = {**DRAFT, "data": '{\n  "amount": 1,\n}'}
    [remark] = bench.remarks
    assert (remark.rule, remark.field) == ("invalid", "data")
    assert "line " in remark.text
    with pytest.raises(es.InvalidInput):
        _ = bench.event


def test_a_mended_event_can_be_appended(bench: EventWorkbench) -> None:
    bench.draft = DRAFT
    store = es.open_store(":memory:")
    store.append("account-1", [bench.event], expected_version=0)
    [event] = store.read_stream("account-1")
    assert (event.type, event.data["amount"], event.actor) == ("FeeCharged", 490, "bank")


def test_metadata_may_be_left_empty(bench: EventWorkbench) -> None:
    bench.draft = {**DRAFT, "metadata": " \n"}
    assert bench.remarks == []
    assert bench.event.metadata == {}


def test_a_critique_of_ones_own(bench: EventWorkbench) -> None:
    def strict(type_: str, data: str, metadata: str) -> list[Remark]:
        return [Remark("doubt", "length", "type", f"{len(type_)} letters.")]

    own = EventWorkbench([BAD], critique=strict)
    assert own.remarks == [Remark("doubt", "length", "type", "9 letters.")]


def test_a_critique_that_raises_is_shown_in_the_widget() -> None:
    def broken(type_: str, *_: str) -> list[Remark]:
        return [] if type_ == "ChargeFee" else [][1]

    bench = EventWorkbench([BAD], critique=broken)
    bench.set_state({"draft": DRAFT})
    assert bench.error == "IndexError: list index out of range"
    bench.set_state({"draft": {**DRAFT, "type": "ChargeFee"}})
    assert bench.error == ""


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "draft", [{}, {"type": "FeeCharged"}, {**DRAFT, "data": {}}, {**DRAFT, "more": ""}]
)
def test_a_draft_is_three_texts(bench: EventWorkbench, draft: Any) -> None:
    before = bench.draft
    with pytest.raises(es.InvalidInput, match="type, data, metadata"):
        bench.draft = draft
    assert bench.draft == before


def test_without_an_example_there_is_nothing_to_begin_with() -> None:
    with pytest.raises(es.InvalidInput, match="at least one event"):
        EventWorkbench([])


# --- what stays in the notebook ------------------------------------------------------------------


def test_repr_says_what_is_shown_and_never_changes(bench: EventWorkbench) -> None:
    assert repr(bench) == repr(EventWorkbench([BAD])) == "EventWorkbench(ChargeFee: 2 faults)"
    bench.draft = DRAFT
    assert repr(bench) == "EventWorkbench(FeeCharged: no remarks)"
    bench.draft = {**DRAFT, "type": "ChargeFee", "data": '{"owner": "Ada"}'}
    assert repr(bench) == "EventWorkbench(ChargeFee: 1 fault, 1 doubt)"


def test_what_stays_behind_is_the_draft_without_the_remarks(bench: EventWorkbench) -> None:
    still = bench.still()
    picture = still["image/svg+xml"]
    words = " ".join(ET.fromstring(picture).itertext()) + still["text/plain"]
    assert bench.draft["type"] in words
    for answer in ("fault", "doubt", *(remark.rule for remark in bench.remarks)):
        assert answer not in words
    image = ET.fromstring(still["text/html"])
    assert image.get("alt") == "Event workbench: ChargeFee. The draft of an event."
    assert b64decode((image.get("src") or "").partition(",")[2]).decode() == picture


def texts(bench: EventWorkbench) -> list[str]:
    return [element.text or "" for element in ET.fromstring(bench.picture()).iter(f"{SVG}text")]


def test_the_picture_shows_fields_and_remarks(bench: EventWorkbench) -> None:
    shown = texts(bench)
    for text in ("ChargeFee", '"amount": 4.9,', "fault · command", "data.amount", "2 faults"):
        assert text in shown
    description = ET.fromstring(bench.picture()).findtext(f"{SVG}desc") or ""
    assert "ChargeFee is an order" in description


def test_the_picture_is_well_formed_and_inert(bench: EventWorkbench) -> None:
    bench.draft = {"type": HOSTILE, "data": HOSTILE, "metadata": HOSTILE}
    root = ET.fromstring(bench.picture())
    assert any("<img src=x" in text for text in texts(bench))
    assert not [each for each in root.iter() if each.tag.endswith(("img", "script"))]


def test_of_very_many_remarks_the_picture_shows_the_first(bench: EventWorkbench) -> None:
    amounts = {f"amount_{i}": 0.5 for i in range(9)}
    bench = EventWorkbench([("many", "FeeCharged", amounts, {})])
    assert len(bench.remarks) == 18
    assert "and 10 more" in texts(bench)


def test_the_picture_of_an_event_without_remarks_says_so(bench: EventWorkbench) -> None:
    bench.draft = DRAFT
    assert any(text.startswith("Nothing to remark.") for text in texts(bench))
