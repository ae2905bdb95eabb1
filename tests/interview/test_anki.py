"""The deck for Anki: one note a card, the same bytes for the same bank, updated in place."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit import interview
from eventsourcing_kit.interview import anki
from eventsourcing_kit.interview.deck import Block, words_to_drop

CARDS = interview.cards()
DAY = date(2025, 3, 3)


def notes(path: Path) -> dict[str, dict[str, Any]]:
    """The notes of a package by their first field."""
    with zipfile.ZipFile(path) as package:
        database = path.with_suffix(".anki2")
        database.write_bytes(package.read("collection.anki2"))
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT guid, mod, tags, flds FROM notes").fetchall()
    found = {}
    for guid, mod, tags, fields in rows:
        name, front, back, _ = fields.split("\x1f")
        found[name] = {"guid": guid, "mod": mod, "tags": tags.split(), "front": front, "back": back}
    return found


def test_every_card_is_a_note(tmp_path: Path) -> None:
    path = tmp_path / "deck.apkg"
    assert interview.export_anki(path) == len(CARDS)
    found = notes(path)
    assert found.keys() == {card.id for card in CARDS}
    assert len({note["guid"] for note in found.values()}) == len(CARDS)
    first = found[CARDS[0].id]
    assert {CARDS[0].topic, CARDS[0].level} <= set(first["tags"])


def test_the_same_bank_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.apkg", "b.apkg"):
        interview.export_anki(tmp_path / name)
    assert (tmp_path / "a.apkg").read_bytes() == (tmp_path / "b.apkg").read_bytes()


def test_a_changed_card_is_the_same_note_and_newer(tmp_path: Path) -> None:
    old, *others = CARDS[:3]
    new = replace(old, back=(Block("Say", "Something better."),))
    anki.export([old, *others], tmp_path / "old.apkg", DAY)
    anki.export([new, *others], tmp_path / "new.apkg", DAY.replace(day=4))
    before, after = (notes(tmp_path / name)[old.id] for name in ("old.apkg", "new.apkg"))
    assert before["guid"] == after["guid"]
    assert after["mod"] > before["mod"], "Anki takes the newer one"
    assert "Something better." in after["back"]


def test_what_a_card_says_is_no_markup(tmp_path: Path) -> None:
    block = Block("Say", "a < b && `x<y>`", ("<b>",), "if a < b:\n    pass", (1,))
    anki.export([replace(CARDS[0], front=(block,))], tmp_path / "deck.apkg", DAY)
    front = notes(tmp_path / "deck.apkg")[CARDS[0].id]["front"]
    assert "a &lt; b &amp;&amp; <code>x&lt;y&gt;</code>" in front
    assert "<li>&lt;b&gt;</li>" in front
    assert '<span class="fault"> 1  if a &lt; b:</span>' in front


def test_the_words_to_drop_are_in_the_deck_and_no_markup(tmp_path: Path) -> None:
    words = words_to_drop(["dead-letter queue", "Option<T>"])
    anki.export([replace(CARDS[0], back=(words,))], tmp_path / "deck.apkg", DAY)
    back = notes(tmp_path / "deck.apkg")[CARDS[0].id]["back"]
    assert "<h4>Words to drop</h4><div>dead-letter queue · Option&lt;T&gt;</div>" in back


def test_the_edition_is_that_of_the_bank() -> None:
    """If this fails, the bank has changed: `make data` writes a new edition."""
    assert anki.edition().digest == anki.digest(CARDS)


@pytest.mark.parametrize("name", ["deck.txt", "deck", "nowhere/deck.apkg"])
def test_a_path_that_cannot_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(es.InvalidInput, match="apkg"):
        interview.export_anki(tmp_path / name)


def test_the_model_and_the_deck_keep_their_ids(tmp_path: Path) -> None:
    interview.export_anki(tmp_path / "deck.apkg")
    notes(tmp_path / "deck.apkg")
    with closing(sqlite3.connect(tmp_path / "deck.anki2")) as connection:
        [(models, decks)] = connection.execute("SELECT models, decks FROM col").fetchall()
    assert str(anki.MODEL_ID) in json.loads(models)
    assert str(anki.DECK_ID) in json.loads(decks)


def test_what_is_folded_is_folded_in_anki_too(tmp_path: Path) -> None:
    block = Block("At <three> levels", items=("Junior: that.",), folded=True)
    anki.export([replace(CARDS[0], back=(block,))], tmp_path / "deck.apkg", DAY)
    back = notes(tmp_path / "deck.apkg")[CARDS[0].id]["back"]
    summary = "<summary>At &lt;three&gt; levels</summary>"
    assert back == f"<details>{summary}<ul><li>Junior: that.</li></ul></details>"
