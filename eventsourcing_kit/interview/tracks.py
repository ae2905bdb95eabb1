"""How far one is, as tracks: one a topic, filled by what counts, with a mark at the goal.

Text has the colour of the page around it, and the fills are told from each other and from a white
page and a black one (3 to 1 and more), so one drawing serves both themes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..drawing import svg
from ..drawing.svg import document, tag, text

FILLS = ("#2a86c4", "#c06a1a", "#2f8f6c")
ROW, TRACK, NAMES, WIDTH = 22, 300, 330, 760  # pixels
TOP = 44  # the legend's height
INK = "currentColor"


@dataclass(frozen=True)
class Track:
    """A name, the shares of `parts` that fill it (from 0 to 1, together at most 1), and what to
    say behind it."""

    name: str
    shares: tuple[float, ...]
    words: str


def still(tracks: Sequence[Track], parts: Sequence[str], goal: float, about: str) -> str:
    """The tracks as a document of its own, on a card. `parts` name what fills them."""
    return document(WIDTH, _height(tracks), "Readiness", about, *_drawn(tracks, parts, goal))


def inline(tracks: Sequence[Track], parts: Sequence[str], goal: float, about: str) -> str:
    """The same to stand in a page, in its colours."""
    drawn = _drawn(tracks, parts, goal)
    return svg.inline(WIDTH, _height(tracks), about, *drawn, font_size=12.5)


def _height(tracks: Sequence[Track]) -> int:
    return TOP + ROW * len(tracks) + 8


def _drawn(tracks: Sequence[Track], parts: Sequence[str], goal: float) -> list[str]:
    at_goal = NAMES + TRACK * goal
    bottom = TOP + ROW * len(tracks) - 4
    return [
        *_legend(parts),
        text(at_goal, TOP - 8, f"goal {goal:.0%}", fill=INK, text_anchor="middle"),
        *(
            piece
            for place, track in enumerate(tracks)
            for piece in _row(track, TOP + ROW * place)
        ),
        tag(
            "line", x1=at_goal, x2=at_goal, y1=TOP - 4, y2=bottom, stroke=INK,
            stroke_width=1.5, stroke_dasharray="4 3",
        ),
    ]  # fmt: skip


def _legend(parts: Sequence[str]) -> list[str]:
    drawn = []
    for place, (name, fill) in enumerate(zip(parts, FILLS, strict=True)):
        x = 12 + 170 * place
        drawn.append(tag("rect", x=x, y=9, width=14, height=10, fill=fill))
        drawn.append(text(x + 20, 18, name, fill=INK))
    return drawn


def _row(track: Track, y: float) -> list[str]:
    frame: Mapping[str, float] = {"y": y, "height": 12}
    drawn = [
        text(12, y + 10, track.name, fill=INK),
        tag("rect", x=NAMES, width=TRACK, fill="none", stroke=INK, stroke_opacity=0.45, **frame),
        text(NAMES + TRACK + 12, y + 10, track.words, fill=INK),
    ]
    x = float(NAMES)
    for share, fill in zip(track.shares, FILLS, strict=True):
        if share:
            drawn.append(tag("rect", x=x, width=TRACK * share, fill=fill, **frame))
        x += TRACK * share
    return drawn
