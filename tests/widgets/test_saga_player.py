"""The saga player without a browser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.processes import FAILURES, rehearse
from eventsourcing_kit.widgets import SagaPlayer

PLAIN, FROZEN = rehearse(), rehearse(FAILURES[:1])


@pytest.fixture
def widget() -> SagaPlayer:
    return SagaPlayer([PLAIN, FROZEN])


def test_it_begins_with_the_first_rehearsal_at_its_end(widget: SagaPlayer) -> None:
    count = len(PLAIN.frames)
    assert repr(widget) == (
        f"SagaPlayer(no failure; {count} of {count} things have happened; it ends delivered)"
    )
    widget.on = [FAILURES[0]]
    assert "it ends returned" in repr(widget)


@pytest.mark.parametrize(("trait", "value"), [("on", ["earthquake"]), ("index", 99)])
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
    for told in ("process → receiver", "refused", "notes MoneyReturned", "sender 1,000.00 EUR"):
        assert told in words


def test_what_stays_behind_is_the_beginning(widget: SagaPlayer) -> None:
    still = widget.still()
    words = " ".join(ET.fromstring(still["image/svg+xml"]).itertext())
    assert PLAIN.frames[0].text in words
    assert PLAIN.frames[1].text not in words
    assert "delivered" not in words + still["text/plain"]
