"""The still picture that TamperLab leaves in a notebook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...drawing.svg import CARD, FACT, GRID, INK, MUTED, OTHER, document, line, shorten, tag, text

WIDTH, HEIGHT = 880, 400
LEFT, RIGHT, TOP, BOTTOM = 24, 856, 190, 352


def draw(
    title: str,
    what: str,
    changes: Mapping[str, Any],
    tree: Sequence[Mapping[str, Any]],
    said: str,
    told: str,
) -> str:
    """The first event that has changed, before and after; the tree over the log; who noticed."""
    return document(
        WIDTH,
        HEIGHT,
        title,
        told,
        text(16, 28, title, font_size=15, font_weight=600),
        text(16, 52, what, font_weight=600),
        *_changes(changes),
        text(16, 168, shorten(said, 130), font_weight=600),
        *_tree(tree),
        text(16, HEIGHT - 12, "blue: the hash that the witness has seen · orange: another one · "
             "dashed: gone · thick: the path of the event", fill=MUTED, font_size=11),
    )  # fmt: skip


def _changes(changes: Mapping[str, Any]) -> Iterator[str]:
    first = changes["shown"][0]
    for number, side in enumerate(("before", "after")):
        y = 78 + 34 * number
        yield text(16, y, side, fill=MUTED)
        yield text(70, y, shorten(_around(first[side]), 108), font_family="monospace", font_size=11)
    more = changes["more"]
    words = f"{more} more changed; {changes['moved']} more only stand elsewhere"
    yield text(70, 134, words, fill=MUTED, font_size=11)


def _around(parts: Sequence[tuple[str, bool]] | None) -> str:
    """The text from a little before what differs first."""
    if parts is None:
        return "there is none"
    words = "".join(text for text, _ in parts)
    at = next((len("".join(t for t, _ in parts[:i])) for i, (_, d) in enumerate(parts) if d), 0)
    return words if at < 70 else f"…{words[at - 40 :]}"


def _tree(tree: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    leaves = max(node["to"] for node in tree)
    highest = max(1, *(node["height"] for node in tree))

    def place(node: Mapping[str, Any]) -> tuple[float, float]:
        x = LEFT + (RIGHT - LEFT) * (node["from"] + node["to"]) / 2 / leaves
        return x, BOTTOM - (BOTTOM - TOP) * node["height"] / highest

    for node in tree:
        parents = [one for one in tree if one is not node and _holds(one, node)]
        if parents:
            parent = min(parents, key=lambda one: one["to"] - one["from"])
            lit = node["role"] == "path"
            yield line(*place(node), *place(parent), INK if lit else GRID, 2 if lit else 1)
    for node in tree:
        x, y = place(node)
        gone = {"stroke_dasharray": "3 2"} if not node["now"] else {}
        colour = FACT if node["now"] == node["was"] else OTHER
        width = 3 if node["role"] == "path" else 1.5
        yield tag("circle", cx=x, cy=y, r=7, fill=CARD, stroke=colour, stroke_width=width, **gone)
        if node["height"] == 0:
            yield text(x, BOTTOM + 20, str(node["from"] + 1), fill=MUTED, font_size=10,
                       text_anchor="middle")  # fmt: skip


def _holds(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["from"] <= other["from"] and other["to"] <= one["to"])
