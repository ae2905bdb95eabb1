"""Drawings of states: what they show, and that they are safe to show."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

import eventsourcing_kit as es
from eventsourcing_kit.drawing.svg import document, told

SVG = "{http://www.w3.org/2000/svg}"


def words(picture: str) -> str:
    return " ".join(ET.fromstring(picture).itertext())


def test_each_piece_of_a_board_is_drawn() -> None:
    root = ET.fromstring(es.pictures.board(["XO", "", "X"], rows=4))
    assert len(root.findall(f"{SVG}path")) == 2
    assert len(root.findall(f"{SVG}circle")) == 1
    assert len(root.findall(f"{SVG}rect")) == 1 + 3 * 4
    assert "column 1: XO; column 3: X" in words(es.pictures.board(["XO", "", "X"]))


def test_a_branch_has_a_row_of_its_own_and_a_merge_two_lines() -> None:
    parents = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}
    root = ET.fromstring(es.pictures.commit_graph(parents, {"main": "d", "<b>": "c"}))
    places = [one.get("cx") for one in root.findall(f"{SVG}circle")]
    assert len(set(places)) == 4, "the newest is on the right"
    assert rows(parents, {"main": "d", "<b>": "c"}) == ["30", "30", "60", "30"]
    assert len(root.findall(f"{SVG}line")) == 4
    early = {name: parents[name] for name in "abc"}
    assert rows(early, {"main": "b", "<b>": "c"}) == ["30", "30", "60"], "as before the merge"
    last = {"a": [], "b": ["a"], "c": ["b"], "d": ["b"]}
    assert rows(last, {"main": "d", "<b>": "c"}) == ["30", "30", "60", "30"], "main is straight"
    assert "<b>" in words(es.pictures.commit_graph(parents, {"<b>": "c"})), "escaped, and there"


def rows(parents: dict[str, list[str]], branches: dict[str, str]) -> list[str | None]:
    """How far down each commit is drawn."""
    root = ET.fromstring(es.pictures.commit_graph(parents, branches))
    return [one.get("cy") for one in root.findall(f"{SVG}circle")]


@given(st.lists(st.integers(0, 3), max_size=30))
def test_any_history_can_be_drawn(back: list[int]) -> None:
    names = [str(n) for n in range(len(back))]
    parents = {
        name: [names[max(0, n - 1 - by)]] if n else []
        for n, (name, by) in enumerate(zip(names, back, strict=True))
    }
    assert f"{len(names)} commits" in words(es.pictures.commit_graph(parents, {}))


def test_a_picture_is_told_in_sentences() -> None:
    assert told(document(9, 9, "Who notices?", "Nobody.")) == "Who notices? Nobody."
    assert told(document(9, 9, "A <fold>", "FoldSteps(after 2 events)")) == (
        "A <fold>. after 2 events."
    )
    assert told("<svg/>") == ""
