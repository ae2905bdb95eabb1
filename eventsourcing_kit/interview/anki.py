"""The bank as a deck for Anki, made with genanki.

A note's identity is its card's id, so a second import updates the notes in place and keeps what
you have learned. Anki takes the newer of two versions of a note: the edition says when the bank
was last changed, and all times in the file are that one. So the same bank gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, date, datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

import msgspec

from ..errors import InvalidInput
from .corpus import TOPICS, folder
from .deck import Block, Card

MODEL_ID, DECK_ID = 1_763_900_001, 1_763_900_002  # fixed once: Anki knows the deck by them
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a ZIP file can hold
STYLE = """.card { font: 16px/1.45 sans-serif; text-align: left; max-width: 44em; margin: 0 auto; }
h4 { margin: 14px 0 2px; font-size: 12px; color: #0072b2; }
summary { margin: 14px 0 2px; font-size: 12px; font-weight: bold; color: #0072b2; }
.nightMode :is(h4, summary) { color: #56b4e9; }
pre { font-size: 13px; overflow: auto; } .fault { font-weight: bold; }
.about { font-size: 12px; opacity: 0.7; }"""


class Edition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the bank was last changed, and what it was then."""

    revised: date
    digest: str


def edition() -> Edition:
    """The edition that data/interview/edition.yaml names. Raises InvalidInput without it."""
    path = folder() / "edition.yaml"
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Edition)
    except (OSError, msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InvalidInput("bank", f"{path.name} cannot be used: {error}") from None


def digest(cards: Iterable[Card]) -> str:
    """What tells one state of the cards from another."""
    return sha256(msgspec.json.encode(list(cards))).hexdigest()


def export(cards: Iterable[Card], path: Path, revised: date) -> int:
    """Write the cards as an .apkg file and return how many there are.

    Raises InvalidInput for a path that does not end in .apkg or whose folder is not there.
    """
    import genanki

    if path.suffix != ".apkg" or not path.parent.is_dir():
        raise InvalidInput("path", "must end in .apkg, in a folder that is there")
    model = genanki.Model(
        MODEL_ID,
        "Event sourcing card",
        fields=[{"name": "Id"}, {"name": "Front"}, {"name": "Back"}, {"name": "About"}],
        templates=[
            {
                "name": "Card",
                "qfmt": '<div class="about">{{About}}</div>{{Front}}',
                "afmt": '{{FrontSide}}<hr id="answer">{{Back}}',
            }
        ],
        css=STYLE,
    )
    deck = genanki.Deck(DECK_ID, "Event sourcing interview", "From the event sourcing kit.")
    count = 0
    for card in cards:
        deck.add_note(_note(genanki, model, card))
        count += 1
    timestamp = datetime(revised.year, revised.month, revised.day, tzinfo=UTC).timestamp()
    written = io.BytesIO()
    genanki.Package(deck).write_to_file(written, timestamp=timestamp)
    path.write_bytes(_without_times(written.getvalue()))
    return count


def _note(genanki: Any, model: Any, card: Card) -> Any:
    about = f"{TOPICS[card.topic]} · {card.level} · chapter {card.chapter}"
    return genanki.Note(
        model=model,
        fields=[card.id, _html(card.front), _html(card.back), escape(about)],
        tags=[card.topic, card.level, card.kind, f"chapter-{card.chapter:02}"],
        guid=genanki.guid_for("eventsourcing_kit", card.id),
    )


def _html(blocks: Iterable[Block]) -> str:
    return "".join(map(_block, blocks))


def _block(block: Block) -> str:
    label = f"<h4>{escape(block.label)}</h4>" if block.label else ""
    text = f"<div>{_prose(block.text)}</div>" if block.text else ""
    items = "".join(f"<li>{_prose(item)}</li>" for item in block.items)
    lines = enumerate(block.code.rstrip("\n").split("\n"), 1) if block.code else ()
    code = "\n".join(_line(number, line, number in block.marked) for number, line in lines)
    body = text + (f"<ul>{items}</ul>" if items else "") + (f"<pre>{code}</pre>" if code else "")
    if block.folded:
        return f"<details><summary>{escape(block.label)}</summary>{body}</details>"
    return label + body


def _line(number: int, line: str, marked: bool) -> str:
    text = f"{number:2}  {escape(line)}"
    return f'<span class="fault">{text}</span>' if marked else text


def _prose(text: str) -> str:
    """Escaped text; what stands in backticks is code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def _without_times(package: bytes) -> bytes:
    """The same ZIP file with each entry dated alike: genanki takes the time of a temporary file."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return result.getvalue()
