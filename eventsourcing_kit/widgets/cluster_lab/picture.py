"""The still picture that ClusterLab leaves in a notebook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from ...cluster_runs import OUTCOMES, Moment, State, after, evolve
from ...drawing.svg import FACT, GRID, INK, MUTED, OTHER, document, line, readouts, shorten, text

WIDTH, LEFT, RIGHT = 880, 110, 860
TOP, LANE = 116, 34
GLYPHS = {"acknowledged": "✓", "failed": "✕", "unknown": "?", "killed": "✕", "stopped": "■",
          "started": "▶", "paused": "❚❚", "resumed": "▶"}  # fmt: skip
LEGEND = ("✓ acknowledged", "? not known", "✕ failed, or killed", "▶ started, or resumed",
          "❚❚ paused", "thick: leads")  # fmt: skip


def draw(title: str, nodes: Sequence[str], moments: Sequence[Moment], told: str) -> str:
    """A lane for the appends and one for each node; time goes to the right, a moment a step."""
    lanes = {name: TOP + LANE * (number + 1) for number, name in enumerate(nodes)}
    state = after(nodes, moments)
    said = Counter(state.appends.values())
    legend = LEGEND[: None if any(one.kind == "leads" for one in moments) else -1]
    values = [(kind, str(said[kind]), MUTED) for kind in OUTCOMES]
    return document(
        WIDTH,
        TOP + LANE * (len(nodes) + 1) + 20,
        title,
        told,
        text(16, 28, title, font_size=15, font_weight=600),
        *readouts([("appends", f"{len(state.appends)}", MUTED), *values]),
        text(16, 94, " · ".join(legend), fill=MUTED, font_size=11),
        text(16, TOP + 4, "appends"),
        line(LEFT, TOP, RIGHT, TOP),
        *(text(16, y + 4, shorten(name, 14)) for name, y in lanes.items()),
        *_nodes(nodes, moments, lanes),
        *_appends(moments),
    )


def _x(number: int, moments: Sequence[Moment]) -> float:
    return LEFT + (RIGHT - LEFT) * number / max(1, len(moments))


def _nodes(nodes: Sequence[str], moments: Sequence[Moment], lanes: dict[str, int]) -> Iterator[str]:
    """Each node as a line where it runs, and what was done to it."""
    states = [after(nodes, [])]
    for moment in moments:
        states.append(evolve(states[-1], moment))
    spans = states[: max(1, len(moments))]
    for name, y in lanes.items():
        start = 0
        for (colour, width), same in groupby(_style(state, name) for state in spans):
            end = start + len(list(same))
            yield line(_x(start, moments), y, _x(end, moments), y, colour, width)
            start = end
    for number, moment in enumerate(moments, 1):
        if moment.node in lanes and moment.kind in GLYPHS:
            colour = OTHER if moment.kind == "killed" else INK
            yield text(_x(number, moments), lanes[moment.node] - 7, GLYPHS[moment.kind],
                       fill=colour, text_anchor="middle", font_size=11)  # fmt: skip


def _style(state: State, name: str) -> tuple[str, int]:
    """The colour and the width of a node's line."""
    node = state.nodes[name]
    if node.state == "up":
        return FACT, 8 if state.leader == name else 3
    return MUTED if node.state == "paused" else GRID, 1


def _appends(moments: Sequence[Moment]) -> Iterator[str]:
    """Each append from where it was sent to its outcome."""
    sent = {}
    for number, moment in enumerate(moments, 1):
        x = _x(number, moments)
        if moment.kind == "sent":
            sent[moment.append] = x
        elif moment.kind in OUTCOMES:
            colour = FACT if moment.kind == "acknowledged" else OTHER
            yield line(sent.get(moment.append, x), TOP, x, TOP, colour, 2)
            yield text(x, TOP - 6, GLYPHS[moment.kind], fill=colour, text_anchor="middle")
