"""The control room without a browser."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import msgspec
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.operation.stage import SERIES
from eventsourcing_kit.widgets import ControlRoom
from tests.sample_incident import recording
from tests.widgets.sample import HOSTILE


def test_it_begins_at_the_end_and_says_where_it_is() -> None:
    room = ControlRoom(recording())
    assert repr(room) == "ControlRoom('it stands'; 40 of 40 seconds; nothing said yet)"
    room.index = 2
    room.cause, room.action = 2, 1
    assert repr(room) == "ControlRoom('it stands'; 20 of 40 seconds; cause right, action wrong)"


def test_the_picture_has_a_lane_for_each_series_up_to_the_cursor() -> None:
    room = ControlRoom(recording(HOSTILE))
    picture = ET.fromstring(room.picture())
    lanes = [one for one in picture.iter() if one.tag.endswith("path")]
    assert len(lanes) == len(SERIES)
    words = list(picture.itertext())
    assert set(SERIES) <= set(words)
    assert any("<img src=x onerror" in text for text in words)
    room.index = 0
    assert room.picture() != ET.tostring(picture).decode()
    assert len(room.picture()) < len(ControlRoom(recording(HOSTILE)).picture())


def test_what_stays_behind_gives_nothing_away() -> None:
    room = ControlRoom(recording())
    before = room.still()
    room.cause, room.action, room.index = 2, 2, 1
    assert room.still() == before
    assert "poison" not in before["text/html"]
    assert before["text/plain"] == "ControlRoom('it stands')"


def test_all_goes_over_once() -> None:
    told = msgspec.json.decode(ControlRoom(recording()).packed)
    assert (told["right"], len(told["actions"])) == (2, 2)
    [alarm] = told["alarms"]
    assert alarm["at"] == 10
    assert alarm["words"].startswith("events are set aside: 1.00 events")
    assert told["tape"]["spans"][1]["links"] == ["0001"]


@pytest.mark.parametrize(("trait", "value"), [("index", 5), ("cause", 3), ("action", -1)])
def test_what_is_not_there_is_refused(trait: str, value: int) -> None:
    room = ControlRoom(recording())
    with pytest.raises(es.InvalidInput, match=trait):
        setattr(room, trait, value)


def test_a_recording_without_a_sample_is_refused() -> None:
    told = recording()
    with pytest.raises(es.InvalidInput, match="needs a sample"):
        ControlRoom(replace(told, tape=replace(told.tape, at=[])))
