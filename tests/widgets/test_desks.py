"""The desks without a browser: they show what a room says, and pass on what is done."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.widgets import BugDesk, BuildDesk, DrillDesk, InterviewDesk
from eventsourcing_kit.widgets.desks import Desk

CARD = {
    "id": "a-card",
    "topic": "Snapshots",
    "level": "junior",
    "front": [{"text": "What is <b>this</b> & `that`?"}],
    "back": [],
}


class Room:
    """A room that remembers what it was asked for and refuses what is called bad."""

    def __init__(self, **view: Any) -> None:
        self.shown: Mapping[str, Any] = view
        self.asked: list[Any] = []

    def view(self) -> Mapping[str, Any]:
        return self.shown

    def do(self, command: dict[str, Any]) -> None:
        if "bad" in command:
            raise es.InvalidInput("rating", "must be 1 to 4")
        self.asked.append(command)
        self.shown = {**self.shown, "left": self.shown.get("left", 1) - 1}


def drill() -> DrillDesk:
    return DrillDesk(Room(card=CARD, left=2, of=3, outlook="Nothing is due."))


def bug() -> BugDesk:
    code = "x = 1\nif x < 2 & 3:\n    pass"
    return BugDesk(
        Room(name="Bug 7 · A night", outcome="not found yet", code=code, question="Where?")
    )


def interview() -> InterviewDesk:
    stages = [{"title": "Warm-up"}, {"title": "Clarify"}]
    return InterviewDesk(
        Room(level="senior", minutes=45, case="A bank", number=2, heading="Clarify",
             stages=stages, asks=["Ask <what> you need."])
    )  # fmt: skip


def build(**verdict: Any) -> BuildDesk:
    stages = [{"title": "Append <&> read", "passed": True}, {"title": "The fold", "passed": False}]
    return BuildDesk(
        Room(exam=True, minutes=45, program="store.py", number=2, stages=stages,
             task="Answer with <what> there is.", verdict=verdict or None)
    )  # fmt: skip


def broken_build() -> BuildDesk:
    return build(
        text="The fold: <b>this</b>", came="balance <10>", right=["balance 0"],
        turns=[["client A", "append <b>this", "version 1"], ["client A", "balance", "10"]],
    )  # fmt: skip


@pytest.mark.parametrize(
    "desk", [drill(), bug(), interview(), build()], ids=lambda desk: type(desk).__name__
)
def test_a_desk_leaves_a_picture_and_words(desk: Desk) -> None:
    ET.fromstring(desk.picture())
    assert desk.picture() == desk.picture()
    still = desk.still()
    assert "<b>this" not in still["image/svg+xml"]
    assert "<what>" not in still["image/svg+xml"]


def test_what_a_desk_is_called() -> None:
    assert repr(drill()) == "DrillDesk(2 of 3 cards left; now a-card)"
    assert repr(bug()) == "BugDesk(Bug 7 · A night: not found yet)"
    assert repr(build()) == "BuildDesk(exam, 45 minutes, store.py; 1 of 2 stages passed)"
    assert repr(interview()) == ("InterviewDesk(senior, 45 minutes, A bank; stage 2 of 2: Clarify)")


def test_a_card_with_a_title_goes_by_it() -> None:
    card = {**CARD, "id": "bug-the-answer", "title": "Bug 7 · A night"}
    desk = DrillDesk(Room(card=card, left=1, of=1, outlook=""))
    assert repr(desk) == "DrillDesk(1 of 1 card left; now Bug 7 · A night)"


def test_what_is_done_reaches_the_room_and_what_comes_of_it_is_shown() -> None:
    room = Room(card=CARD, left=2, of=3, outlook="")
    desk = DrillDesk(room)
    desk.do({"rate": 3})
    assert room.asked == [{"rate": 3}]
    assert desk.view["left"] == 1


def test_a_message_of_the_browser_does_the_same() -> None:
    room = Room(card=CARD, left=2, of=3, outlook="")
    desk = DrillDesk(room)
    desk._handle_custom_msg({"rate": 3}, [])
    assert room.asked == [{"rate": 3}]


def test_whoever_stops_the_kernel_can_ask_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(self: Room, command: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    desk = drill()
    with monkeypatch.context() as patched:
        patched.setattr(Room, "do", stopped)
        desk.do({"rate": 3})
    assert desk.error == "Interrupted: ask again."
    desk.do({"rate": 3})
    assert desk.error == ""


def test_the_same_refusal_is_told_again() -> None:
    desk = drill()
    told: list[str] = []
    desk.observe(lambda change: told.append(change["new"]), "error")
    desk.do({"bad": True})
    desk.do({"bad": True})
    assert told == [desk.error, "", desk.error]


def test_what_the_room_refuses_is_shown_and_forgotten_when_all_is_well() -> None:
    desk = drill()
    desk.do({"bad": True})
    assert "must be 1 to 4" in desk.error
    desk.do({"rate": 3})
    assert desk.error == ""


def test_at_the_end_a_drill_shows_the_outlook() -> None:
    desk = DrillDesk(Room(card=None, left=0, of=3, outlook="Nothing is due."))
    assert "at the end" in repr(desk)
    assert "Nothing is due." in desk.picture()


def test_a_build_shows_its_task_and_then_the_lanes_of_what_is_broken() -> None:
    assert "The fold" in build().picture()
    picture = broken_build().picture()
    ET.fromstring(picture)
    assert "<b>this" not in picture
    assert "client A" in picture
    assert "Right would be: balance 0" in picture


def test_long_words_and_control_characters_do_no_harm() -> None:
    card = {**CARD, "front": [{"text": "x" * 500 + "\x00\ud800"}]}
    ET.fromstring(DrillDesk(Room(card=card, left=1, of=1, outlook="")).picture())
