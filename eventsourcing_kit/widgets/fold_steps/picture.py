"""The still picture that FoldSteps leaves in a notebook."""

from __future__ import annotations

from ...drawing.svg import GRID, INK, MARK, MUTED, OTHER, document, shorten, tag, text
from .trace import Fields, FoldTrace

WIDTH = 880
LEFT, MIDDLE, RIGHT = 16, 448, 862
TOP, ROW = 44, 17
ROWS = 9  # of events and of fields
CODE_ROWS = 18
MONO = "ui-monospace, Menlo, Consolas, monospace"


def draw(fold: FoldTrace, index: int, title: str, description: str) -> str:
    """The fold after `index` events: the events, the state before and after, the source."""
    total = len(fold.steps) + len(fold.left)
    code_top = TOP + (ROWS + 2) * ROW + 22
    height = code_top + (min(len(fold.source), CODE_ROWS) + 1) * ROW + 16 if fold.source else 0
    return document(
        WIDTH,
        height or code_top - 6,
        title,
        description,
        text(LEFT, 28, title, font_size=15, font_weight=600),
        text(RIGHT, 28, f"after {index:,} of {total:,} events", fill=MUTED, text_anchor="end"),
        *_events(fold, index),
        *_states(fold, index),
        *(_source(fold, index, code_top) if fold.source else []),
    )


def _events(fold: FoldTrace, index: int) -> list[str]:
    shown = [(step.type, step.data) for step in fold.steps] + fold.left
    first = _window(len(shown), ROWS, index - 1)
    parts = [*_box(LEFT, TOP, MIDDLE - 16, ROWS + 1), _heading(LEFT, TOP, "Events")]
    for row, (type_, data) in enumerate(shown[first : first + ROWS], 1):
        number, y = first + row, TOP + (row + 1) * ROW
        now = number == index
        if now:
            parts.append(_tint(LEFT, y, MIDDLE - 16))
            parts.append(text(LEFT + 6, y, "▸"))
        parts.append(text(LEFT + 40, y, f"{number:,}", fill=MUTED, text_anchor="end", font_size=11))
        colour = INK if number <= index else MUTED  # what is still to come
        words = shorten(f"{type_} {data}", 48 if now else 54)  # bold letters are wider
        weight = 600 if now else 400
        parts.append(text(LEFT + 48, y, words, fill=colour, font_size=11, font_weight=weight))
    return parts


def _states(fold: FoldTrace, index: int) -> list[str]:
    step = fold.steps[index - 1] if index else None
    before = fold.steps[index - 2].state if index > 1 else fold.opening
    after = step.state if step else before
    parts = [*_box(MIDDLE, TOP, RIGHT, ROWS + 1), _heading(MIDDLE, TOP, "State")]
    columns = (MIDDLE + 110, MIDDLE + 230, RIGHT - 6)
    heads = ("before", "after") if step else ("before any event", "")
    parts += [
        text(x, TOP + 17, head, fill=MUTED, font_size=11)
        for x, head in zip(columns, heads, strict=False)
    ]
    for row, (name, was, is_) in enumerate(rows(before, after)[:ROWS], 1):
        y = TOP + (row + 1) * ROW
        changed = step is not None and not step.raised and was != is_
        if changed:
            parts.append(_tint(MIDDLE + 224, y, RIGHT))
            parts.append(text(columns[2], y, "changed", text_anchor="end", font_size=11))
        parts.append(text(MIDDLE + 10, y, shorten(name, 16), fill=MUTED, font_size=11))
        parts.append(text(columns[0], y, shorten(was, 19), font_size=11))
        if step:
            weight = 600 if changed else 400
            parts.append(text(columns[1], y, shorten(is_, 24), font_size=11, font_weight=weight))
    if step and step.raised:
        words = shorten(f"{fold.name} raised {step.raised}", 66)
        parts.append(text(MIDDLE + 10, TOP + (ROWS + 1) * ROW - 6, words, fill=OTHER, font_size=11))
    return parts


def _source(fold: FoldTrace, index: int, top: int) -> list[str]:
    step = fold.steps[index - 1] if index else None
    asked, ran = (set(step.asked), set(step.ran)) if step else (set(), set())
    first = _window(len(fold.source), CODE_ROWS, min(ran, default=0))
    lines = fold.source[first : first + CODE_ROWS]
    parts = [
        *_box(LEFT, top, RIGHT, len(lines) + 1),
        _heading(LEFT, top, f"{fold.name}: ▸ ran, ? asked"),
    ]
    for row, line in enumerate(lines, 1):
        number, y = first + row - 1, top + (row + 1) * ROW
        mark = "▸" if number in ran else "?" if number in asked else ""
        if number in ran:
            parts.append(_tint(LEFT, y, RIGHT))
        weight = 600 if number in ran else 400
        colour = INK if mark or step is None else MUTED
        code = shorten(line.strip(), 108)
        indent = "\u00a0" * (len(line) - len(line.lstrip()))
        style: dict[str, float | str] = {"font_family": MONO, "font_size": 11}
        if mark:
            parts.append(text(LEFT + 10, y, mark, font_weight=600))
        parts.append(text(LEFT + 28, y, indent + code, fill=colour, font_weight=weight, **style))
    return parts


def rows(before: Fields, after: Fields) -> list[tuple[str, str, str]]:
    """Each field with its value before and after; "–" where it is not there."""
    was, is_ = dict(before), dict(after)
    return [(name, was.get(name, "–"), is_.get(name, "–")) for name in {**was, **is_}]


def _window(total: int, size: int, middle: int) -> int:
    """The first of `size` rows around `middle`."""
    return max(0, min(middle - size // 2, total - size))


def _box(left: int, top: int, right: int, lines: int) -> list[str]:
    size = {"width": right - left, "height": lines * ROW + 10}
    return [tag("rect", x=left, y=top, rx=3, fill="none", stroke=GRID, **size)]


def _heading(left: int, top: int, words: str) -> str:
    return text(left + 10, top + 17, words, font_weight=600)


def _tint(left: int, y: int, right: int) -> str:
    return tag("rect", x=left + 1, y=y - 12, width=right - left - 2, height=ROW - 1, fill=MARK)
