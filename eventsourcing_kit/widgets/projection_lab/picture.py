"""The still picture that ProjectionLab leaves in a notebook."""

from __future__ import annotations

from ...drawing.display import counted, money_text
from ...drawing.svg import FACT, GRID, INK, MARK, MUTED, OTHER, document, line, shorten, tag, text
from .machine import Lane, State
from .words import (
    BETWEEN,
    CURE_NAMES,
    GATES,
    HARMS,
    KEEPS,
    SAYS,
    TITLES,
    PackedLab,
    fill,
    in_read_model,
    lag,
    position,
    true_balance,
    verdict,
)

WIDTH, LEFT, RIGHT, GAP = 880, 16, 864, 16
HALF = (RIGHT - LEFT - GAP) // 2
LANES_TOP, LANE_HEIGHT = 68, 196
STRIP = 84  # of the gates, as in strip.js
DONE = ("saved", "committed", "handled_late")
ROW, ROWS = 18, 12
COLUMNS = (16, 110, 372, 520, 700)  # of the table: position, event, amount, left, right


def draw(packed: PackedLab, state: State, cure: str, title: str, description: str) -> str:
    """Both projections beside each other, and below them what became of each event."""
    table_top = LANES_TOP + LANE_HEIGHT + 24
    shown = min(ROWS, len(packed.events))
    arrived = f"{state.head:,} of {counted(len(packed.events), 'event')} have arrived"
    true = money_text(true_balance(packed, state.head), packed.currency)
    return document(
        WIDTH,
        table_top + (shown + 1) * ROW,
        title,
        description,
        text(LEFT, 28, title, font_size=15, font_weight=600),
        text(LEFT, 54, f"{arrived}; their true balance is {true}", font_weight=600),
        text(RIGHT, 54, f"The left one has {CURE_NAMES[cure]}", fill=MUTED, text_anchor="end"),
        *_lane(packed, state, state.left, cure, LEFT),
        *_lane(packed, state, state.right, "transaction", LEFT + HALF + GAP),
        *_table(packed, state, table_top),
    )


def _lane(packed: PackedLab, state: State, lane: Lane, cure: str, left: int) -> list[str]:
    said = verdict(packed, lane, state.head)
    ink, weight = (OTHER, 700) if said.startswith("✗") else (FACT, 400)
    size = {"width": HALF, "height": LANE_HEIGHT}
    facts = [
        ("lag", lag(packed, lane, state.head)),
        ("kept with it", fill(KEEPS[cure], packed, lane)),
    ]
    x, below = left + 12, LANES_TOP + 28 + STRIP
    parts = [
        tag("rect", x=left, y=LANES_TOP, rx=3, fill="none", stroke=GRID, **size),
        text(x, LANES_TOP + 20, TITLES[cure], font_weight=600),
        *_strip(packed, state, lane, cure, x),
        text(x, below + 18, money_text(lane.balance, packed.currency), font_size=17),
        text(x + 150, below + 18, said, fill=ink, font_size=14, font_weight=weight),
        text(x, below + 38, fill(SAYS[lane.did], packed, lane), fill=MUTED, font_size=11),
    ]
    for row, (name, value) in enumerate(facts):
        y = below + 58 + row * 16
        parts.append(text(x, y, name, fill=MUTED, font_size=11))
        parts.append(text(x + 88, y, value, font_size=11))
    return parts


def _strip(packed: PackedLab, state: State, lane: Lane, cure: str, left: int) -> list[str]:
    """Both gates, and the event that waits before them, stands between them or has passed them."""
    width, rail = HALF - 24, LANES_TOP + 28 + 40
    first, second = left + 0.4 * width, left + width - 42
    harm = cure in HARMS and (lane.open or lane.did in ("crashed_between", "lost"))
    whole = cure == "transaction"
    end, ink = left + width, OTHER if harm else MUTED
    parts = [line(left, rail, end, rail, MUTED)]
    for x, number, gate in zip((first, second), "①②", GATES[cure], strict=True):
        at = f" {position(packed, lane.checkpoint):,}" if gate == "checkpoint" else ""
        parts.append(text(x, rail - 28, f"{number} {gate}{at}", font_size=11, text_anchor="middle"))
        parts.append(line(x, rail - 20, x, rail + 20, INK, 3))
    if harm or whole:
        dashes = {"stroke_dasharray": "5 4"} if whole else {}
        size = {"x": first - 8, "width": second - first + 16, "y": rail - 18, "height": 36}
        parts.append(tag("rect", fill="none", stroke=OTHER if harm else FACT, **size, **dashes))
    said = text(end, rail + 38, BETWEEN[cure], fill=ink, text_anchor="end", font_size=11)
    parts.append(said)
    middle = (first + second) / 2
    if lane.open or lane.did in ("crashed_between", "rolled_back", "lost"):
        return [*parts, *_token(packed, lane.at, middle, rail)]
    if lane.did in DONE:
        return [*parts, *_token(packed, lane.at, end - 16, rail)]
    waits = lane.checkpoint < state.head
    return [*parts, *_token(packed, lane.checkpoint, left + 24, rail)] if waits else parts


def _token(packed: PackedLab, event: int, x: float, y: float) -> list[str]:
    words = f"{position(packed, event + 1):,}"
    wide = max(24, 12 + 7 * len(words))
    size = {"x": x - wide / 2, "y": y - 12, "width": wide, "height": 24, "rx": 12}
    number = text(x, y + 4, words, font_weight=700, font_size=11, text_anchor="middle")
    return [tag("rect", fill=MARK, stroke=FACT, stroke_width=2, **size), number]


def _table(packed: PackedLab, state: State, top: int) -> list[str]:
    heads = ("position", "event", "amount", "in the left one", "in the right one")
    parts = [
        text(x, top, head, fill=MUTED, font_size=11) for x, head in zip(COLUMNS, heads, strict=True)
    ]
    parts.append(line(LEFT, top + 5, RIGHT, top + 5))
    first = max(0, min(state.head - ROWS + 2, len(packed.events) - ROWS))
    for row, number in enumerate(range(first, min(first + ROWS, len(packed.events))), 1):
        parts += _row(packed, state, number, top + row * ROW)
    return parts


def _row(packed: PackedLab, state: State, number: int, y: int) -> list[str]:
    event = packed.events[number]
    colour = INK if number < state.head else MUTED  # what is still to come
    cells = (f"{event.position:,}", shorten(event.label, 38), event.signed)
    parts = [
        text(x, y, words, fill=colour, font_size=11)
        for x, words in zip(COLUMNS, cells, strict=False)
    ]
    for x, lane in zip(COLUMNS[3:], (state.left, state.right), strict=True):
        became = in_read_model(lane, number)
        bold = {"font_weight": 700} if became.startswith("✗") else {}
        ink = OTHER if bold else INK
        if lane.checkpoint == number + 1:
            parts.append(tag("rect", x=x - 4, y=y - 13, width=160, height=ROW - 1, fill=MARK))
            became += " ◀ checkpoint"
        parts.append(text(x, y, became.strip(), fill=ink, font_size=11, **bold))
    return parts
