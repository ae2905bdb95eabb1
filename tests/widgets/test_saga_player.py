"""The saga player without a browser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.processes import FAILURES, rehearse
from eventsourcing_kit.widgets import SagaPlayer

PLAIN, FROZEN = rehearse(), rehearse(FAILURES[:1])
DIED = rehearse(dies_after=2)


@pytest.fixture
def widget() -> SagaPlayer:
    return SagaPlayer([PLAIN, FROZEN, DIED])


def test_it_begins_with_the_first_rehearsal_at_its_start(widget: SagaPlayer) -> None:
    count = len(PLAIN.frames)
    assert repr(widget) == (
        f"SagaPlayer(no failure; 0 of {count} things have happened; it ends delivered)"
    )
    widget.on = [FAILURES[0]]
    assert "it ends returned" in repr(widget)


def test_the_manager_dies_where_that_was_rehearsed(widget: SagaPlayer) -> None:
    widget.dies_after = 2
    assert "the manager dies after 2" in repr(widget)
    with pytest.raises(es.InvalidInput, match="on: was not rehearsed"):
        widget.on = [FAILURES[0]]
    assert widget.on == []


def test_the_browser_changes_both_at_once(widget: SagaPlayer) -> None:
    widget.set_state({"on": [FAILURES[0]], "dies_after": 0, "index": 1})
    widget.set_state({"on": [], "dies_after": 2, "index": 3})
    assert (widget.error, widget.on, widget.dies_after) == ("", [], 2)


@pytest.mark.parametrize(
    ("trait", "value"), [("on", ["earthquake"]), ("dies_after", 1), ("index", 99)]
)
def test_what_was_not_rehearsed_is_refused(widget: SagaPlayer, trait: str, value: Any) -> None:
    with pytest.raises(es.InvalidInput, match=trait):
        setattr(widget, trait, value)


@pytest.mark.parametrize("rehearsals", [[], [PLAIN, PLAIN]])
def test_bad_rehearsals_are_refused(rehearsals: Any) -> None:
    with pytest.raises(es.InvalidInput, match="rehearsals"):
        SagaPlayer(rehearsals)


def test_the_picture_tells_what_has_happened(widget: SagaPlayer) -> None:
    widget.on, widget.index = [FAILURES[0]], len(FROZEN.frames)
    picture = widget.picture()
    assert picture == widget.picture()
    words = " ".join(ET.fromstring(picture).itertext())
    for told in (
        "deliver: refused",
        "notes MoneyReturned",
        "sender 1,000.00 EUR",
        "transit 0.00 EUR",
    ):
        assert told in words


def test_what_stays_behind_is_the_beginning(widget: SagaPlayer) -> None:
    still = widget.still()
    words = " ".join(ET.fromstring(still["image/svg+xml"]).itertext())
    assert PLAIN.frames[0].text in words
    assert PLAIN.frames[1].text not in words
    assert "delivered" not in words + still["text/plain"]
