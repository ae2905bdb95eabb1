from __future__ import annotations

import json

from eventsourcing_kit.book import live
from eventsourcing_kit.book.contents import ROOT, appendices, chapters
from eventsourcing_kit.widgets import DrillDesk, TimeTravel


def test_every_chapter_is_in_it_and_settles_something() -> None:
    found = chapters()
    assert [one.path for one in found] == sorted(ROOT.glob("notebooks/*.ipynb"))
    assert [one.title for one in found if not one.settles] == []
    assert found[0].title == "Start here"
    assert found[5].title == "05 · Time travel"


def test_the_texts_that_chapters_link_to_are_in_it() -> None:
    for one in appendices():
        assert one.title
        assert not one.title.startswith("#")


def test_the_widgets_of_a_chapter_are_found_by_what_they_left_behind() -> None:
    start, *_, interview = chapters()
    [travel] = live.places(start.read())
    assert travel.kind is TimeTravel
    assert not travel.kind.asks_python
    desks = live.places(interview.read())
    assert desks[0].kind is DrillDesk
    assert all(desk.kind.asks_python for desk in desks)


def test_states_say_what_they_were_made_from(tmp_path: object) -> None:
    script = live.script({"8-0": {"title": "</script>"}}, "abc")
    first, second, _ = script.split("\n")
    assert first == "// made from abc"
    states = second.removeprefix("Object.assign(book.states, ").removesuffix(");")
    assert json.loads(states) == {"8-0": {"title": "</script>"}}
