"""An attack as the browser and the picture need it: bytes that differ, the tree over the log."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import msgspec

from ...integrity import merkle
from ...integrity.seal import Stored, hash_of, leaf

if TYPE_CHECKING:
    from ...integrity.tampering import Attacked

SHOWN: Final = 2  # events; of more, the number is told
WORDS = re.compile(r"[\w+/=.-]+|.", re.DOTALL)

Parts = list[tuple[str, bool]]  # a text in pieces, and whether each differs from the other side


def changes(attacked: Attacked) -> dict[str, Any]:
    """The first events of which more than the place has changed, and how many more there are."""
    before = {event.event_id: event for event in attacked.before}
    after = {event.event_id: event for event in attacked.after}
    touched, moved = [], 0
    for id_ in sorted(before.keys() | after.keys(), key=lambda id_: _place(before, after, id_)):
        old, new = before.get(id_), after.get(id_)
        if old is None or new is None or old[1:8] != new[1:8] or old.seal != new.seal:
            touched.append((old, new))
        elif old != new:
            moved += 1
    shown = [dict(zip(("before", "after"), _compared(*pair), strict=True)) for pair in touched]
    return {"shown": shown[:SHOWN], "more": len(touched) - len(shown[:SHOWN]), "moved": moved}


def _place(before: dict[str, Stored], after: dict[str, Stored], id_: str) -> tuple[int, bool]:
    event = after.get(id_) or before[id_]
    return event.position, id_ in before


def _compared(old: Stored | None, new: Stored | None) -> tuple[Parts | None, Parts | None]:
    if old is None:
        return None, [(_text(new), True)] if new else None
    if new is None:
        return [(_text(old), True)], None
    was, now = WORDS.findall(_text(old)), WORDS.findall(_text(new))
    blocks = SequenceMatcher(None, was, now, autojunk=False).get_matching_blocks()
    return (
        _parts(was, {block.a + at for block in blocks for at in range(block.size)}),
        _parts(now, {block.b + at for block in blocks for at in range(block.size)}),
    )


def _parts(words: Sequence[str], same: set[int]) -> Parts:
    pieces = groupby(enumerate(words), key=lambda numbered: numbered[0] not in same)
    return [("".join(word for _, word in piece), differs) for differs, piece in pieces]


def _text(event: Stored) -> str:
    """The row as somebody reads it who looks into the table."""
    about = {**msgspec.json.decode(event.metadata_json), "seal": event.seal}
    place = f"{event.position} {event.stream_id} {event.version} {event.type}"
    return f"{place} {event.data_json} {msgspec.json.encode(about, order='sorted').decode()}"


def tree(attacked: Attacked) -> list[dict[str, Any]]:
    """The nodes of the tree that the witness has seen the root of, and what they are now.

    Each has its leaves `from` (counted from 0) `to` (not included), its height, both hashes (the
    new one "" where there are no such leaves any more), and whether it lies on the path from the
    place of the attack to the root, or beside it: those are the inclusion proof.
    """
    old, new = (_leaves(events) for events in (attacked.before, attacked.after))
    place = min(attacked.place, len(old) - 1)
    nodes = []
    for start, end, height in _nodes(0, len(old)):
        now = merkle.root(new[start:end]).hex() if end <= len(new) else ""
        was = merkle.root(old[start:end]).hex()
        on_path = start <= place < end
        nodes.append({"from": start, "to": end, "height": height, "was": was, "now": now,
                      "role": "path" if on_path else ""})  # fmt: skip
    proof = set(merkle.inclusion_proof(place, old))
    for node in nodes:
        if not node["role"] and bytes.fromhex(str(node["was"])) in proof:
            node["role"] = "proof"
    return nodes


def _leaves(events: Sequence[Stored]) -> list[bytes]:
    return [leaf(event, hash_of(event)) for event in events]


def _nodes(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Each node as its leaves and its height, a leaf being 0; split as RFC 6962 splits."""
    size = end - start
    yield start, end, (size - 1).bit_length()
    if size > 1:
        middle = start + (1 << (size - 1).bit_length() - 1)
        yield from _nodes(start, middle)
        yield from _nodes(middle, end)
