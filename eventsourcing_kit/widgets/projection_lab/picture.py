"""The still picture that ProjectionLab leaves in a notebook."""

from __future__ import annotations

from ...drawing.display import counted, money_text
from ...drawing.svg import FACT, GRID, INK, MARK, MUTED, OTHER, document, line, shorten, tag, text
from .machine import Lane, State
from .words import (
    CURE_NAMES,
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
LANES_TOP, LANE_HEIGHT = 80, 132
ROW, ROWS = 18, 12
COLUMNS = (16, 110, 372, 520, 700)  # of the table: position, event, amount, left, right


def draw(packed: PackedLab, state: State, cure: str, title: str, description: str) -> str:
    """Both projections beside each other, and below them what became of each event."""
    table_top = LANES_TOP + LANE_HEIGHT + 24
    shown = min(ROWS, len(packed.events))
    arrived = f"{state.head:,} of {counted(len(packed.events), 'event')} arrived"
    true = f"true balance {money_text(true_balance(packed, state.head), packed.currency)}"
    return document(
        WIDTH,
        table_top + (shown + 1) * ROW,
        title,
        description,
        text(LEFT, 28, title, font_size=15, font_weight=600),
        text(LEFT, 54, f"{arrived}: {true}", font_weight=600),
        text(RIGHT, 54, f"The left one has {CURE_NAMES[cure]}", fill=MUTED, text_anchor="end"),
        *_lane(packed, state, state.left, cure, LEFT),
        *_lane(packed, state, state.right, "transaction", LEFT + HALF + GAP),
        *_table(packed, state, table_top),
    )


def _lane(packed: PackedLab, state: State, lane: Lane, cure: str, left: int) -> list[str]:
    said = verdict(packed, lane)
    wrong = said.startswith("✗")
    size = {"width": HALF, "height": LANE_HEIGHT}
    facts = [
        ("checkpoint", f"{position(packed, lane.checkpoint):,}"),
        ("lag", lag(packed, lane, state.head)),
        ("kept with it", fill(KEEPS[cure], packed, lane)),
    ]
    x = left + 12
    parts = [
        tag("rect", x=left, y=LANES_TOP, rx=3, fill="none", stroke=GRID, **size),
        text(x, LANES_TOP + 20, TITLES[cure], font_weight=600),
        text(x, LANES_TOP + 46, money_text(lane.balance, packed.currency), font_size=17),
        text(
            x + 150,
            LANES_TOP + 46,
            said,
            fill=OTHER if wrong else FACT,
            font_size=14,
            font_weight=700 if wrong else 400,
        ),
        text(x, LANES_TOP + 66, fill(SAYS[lane.did], packed, lane), fill=MUTED, font_size=11),
    ]
    for row, (name, value) in enumerate(facts):
        y = LANES_TOP + 86 + row * 16
        parts.append(text(x, y, name, fill=MUTED, font_size=11))
        parts.append(text(x + 88, y, value, font_size=11))
    return parts


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
    cells = (f"{event.position:,}", shorten(event.label, 42), event.signed)
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
