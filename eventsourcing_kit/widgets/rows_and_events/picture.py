"""The still picture that RowsAndEvents leaves in a notebook."""

from __future__ import annotations

from itertools import pairwise
from textwrap import wrap

from ...drawing.display import counted
from ...drawing.svg import FACT, INK, MARK, MUTED, OTHER, document, line, shorten, tag, text
from .data import Answer, ComparedEvent, PackedComparison

WIDTH, MIDDLE = 880, 366  # the left panel ends, and the right one begins, at MIDDLE
TOP, LINE, ENTRY = 66, 18, 34
VALUE = 118  # where the values of the row begin
LETTER, WIDEST = 6.5, 36  # what a character takes, and how many fit
ENTRIES = 6  # events, or values that are gone, in the picture


def draw(
    packed: PackedComparison, title: str, step: int, question: str, answer: Answer | None
) -> str:
    """The row and the events after `step` commands, with both answers to the question, if any."""
    here = packed.steps[step]
    events = _window(packed.events[: here.events], answer)
    row_depth, rows = _row(packed, step)
    gone = [] if packed.events else ghosts(packed, step)[:ENTRIES]
    bottom = max(row_depth, TOP + 14 + ENTRY * len(events), TOP + 14 + LINE * len(gone)) + 6
    said = _answers(answer, bottom + 34) if answer else []
    deepest = max((depth for depth, _ in said), default=bottom)
    command = f"Command {step} of {len(packed.steps) - 1}: {here.command}"
    kept, lost = counted(here.events, "event"), counted(here.overwritten, "value")
    told = f"{command}. {lost} overwritten" + (f", {kept} kept." if packed.events else ".")
    parts = [
        text(16, 26, title, font_size=15, font_weight=600),
        text(16, 46, shorten(command if step else "Before the first command", 128), fill=MUTED),
        _heading(16, "One row", f"{lost} overwritten so far"),
        *rows,
    ]
    if packed.events:
        parts += [
            _heading(MIDDLE + 14, "Events", f"{kept}, none overwritten"),
            *_events(events, answer),
        ]
    else:
        parts += [_heading(MIDDLE + 14, "Overwritten", "in no table any more"), *_gone(gone)]
    if answer:
        parts += [
            line(16, bottom + 4, WIDTH - 16, bottom + 4),
            text(16, bottom + 24, shorten(f"Asked: {question}", 128), font_weight=600),
            *(part for _, part in said),
        ]
        told += f" {question} Row: {answer.row or 'cannot know'}. {answer.why}"
        told += f" Events: {answer.events or 'cannot know'}."
    parts.append(line(MIDDLE, TOP - 8, MIDDLE, deepest + 2))
    return document(WIDTH, int(deepest) + 16, title, told, *parts)


def _heading(x: float, name: str, about: str) -> str:
    return text(x, TOP + 6, name, font_weight=600) + text(
        x + 8 * len(name) + 4, TOP + 6, about, fill=MUTED, font_size=11
    )


def _row(packed: PackedComparison, step: int) -> tuple[float, list[str]]:
    """The values of the row, those that this command overwrote struck out; and their depth."""
    before, here = packed.steps[max(0, step - 1)].row, packed.steps[step].row
    was = changed(before, here)
    values = dict(here or dict.fromkeys(was, ""))
    y = TOP + 12.0
    parts = []
    if here is None:
        y += LINE
        parts.append(text(16, y, "deleted" if was else "no row yet", fill=MUTED))
    for name, value in values.items():
        y += LINE
        lines, drawn = _value(y, was.get(name), value)
        if name in was:
            size = {"width": MIDDLE - VALUE - 4, "height": LINE * lines - 2}
            parts.append(tag("rect", x=VALUE - 4, y=y - 12, fill=MARK, **size))
        parts += [text(16, y, shorten(name, 16), fill=MUTED, font_size=11), *drawn]
        y += LINE * (lines - 1)
    return y, parts


def _value(y: float, was: str | None, value: str) -> tuple[int, list[str]]:
    """The value, after the one before it, struck out; and how many lines they take."""
    new = shorten(value, WIDEST)
    if was is None:
        return 1, [text(VALUE, y, new, font_size=11)]
    old = shorten(was, WIDEST)
    struck = text(VALUE, y, old, fill=MUTED, font_size=11, text_decoration="line-through")
    if not new:
        return 1, [struck]
    beside = len(old) + len(new) + 4 <= WIDEST
    x, below = (VALUE + LETTER * len(old) + 6, 0) if beside else (VALUE, LINE)
    after = text(x, y + below, f"→ {new}", font_size=11, font_weight=600)
    return 1 if beside else 2, [struck, after]


def _window(events: list[ComparedEvent], answer: Answer | None) -> list[ComparedEvent]:
    """The last events, or those around the last that answers."""
    marks = answer.marks if answer else []
    end = min(len(events), marks[-1] + 2) if marks else len(events)
    return events[max(0, end - ENTRIES) : end]


def _events(events: list[ComparedEvent], answer: Answer | None) -> list[str]:
    marks = set(answer.marks) if answer else set()
    left = MIDDLE + 14
    parts = []
    for i, event in enumerate(events):
        y = TOP + 30 + i * ENTRY
        if event.number - 1 in marks:
            size = {"width": WIDTH - left - 12, "height": ENTRY - 3}
            parts.append(tag("rect", x=left - 4, y=y - 13, fill=MARK, **size))
            bold = {"font_size": 11, "font_weight": 600}
            parts.append(text(WIDTH - 22, y, "◀ answers", fill=FACT, text_anchor="end", **bold))
        head = f"{event.number} {event.type}"
        parts.append(text(left, y, shorten(head, 28), font_size=11, font_weight=600))
        parts.append(text(left + 196, y, event.time, fill=MUTED, font_size=11))
        parts.append(text(left, y + 14, shorten(" · ".join(event.gist), 86), font_size=10))
    return parts or [text(left, TOP + 30, "no event", fill=MUTED)]


def _gone(gone: list[tuple[str, str]]) -> list[str]:
    """The values that were overwritten last, struck out."""
    style: dict[str, float | str] = {"font_size": 11, "text_decoration": "line-through"}
    return [
        text(MIDDLE + 14, TOP + 30 + i * LINE, f"{name} {was}", fill=MUTED, **style)
        for i, (name, was) in enumerate(gone)
    ]


def _answers(answer: Answer, top: float) -> list[tuple[float, str]]:
    """Both answers, each line with the depth to which it reaches."""
    sides = [
        (16, 54, "The row answers", answer.row, answer.why),
        (MIDDLE + 14, 80, "The events answer", answer.events, _because(answer)),
    ]
    parts = []
    for x, letters, name, said, why in sides:
        parts.append((top + 10, text(x, top + 10, name, fill=MUTED)))
        y = top + 10 + LINE
        for words in wrap(said or "It cannot know.", letters):
            colour = INK if said else OTHER
            parts.append((y, text(x, y, words, fill=colour, font_size=13, font_weight=600)))
            y += LINE
        for words in wrap(why, letters):
            parts.append((y, text(x, y, words, fill=MUTED, font_size=11)))
            y += LINE - 3
    return parts


def _because(answer: Answer) -> str:
    if answer.marks:
        count = len(answer.marks)
        return f"{counted(count, 'event')} {'says' if count == 1 else 'say'} so."
    return "No event up to here says so." if answer.events is None else "There is no such event."


def changed(
    before: list[tuple[str, str]] | None, after: list[tuple[str, str]] | None
) -> dict[str, str]:
    """The values of the row before that the row after no longer has, by name."""
    now = dict(after or ())
    return {name: text for name, text in before or () if now.get(name) != text}


def ghosts(packed: PackedComparison, step: int) -> list[tuple[str, str]]:
    """What commands have overwritten by then, by name: the last first, as view.js piles it up."""
    rows = [one.row for one in packed.steps[: step + 1]]
    fallen = [list(changed(before, after).items()) for before, after in pairwise(rows)]
    return [one for group in reversed(fallen) for one in group]
