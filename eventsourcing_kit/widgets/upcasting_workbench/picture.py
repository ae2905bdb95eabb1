"""The still picture that UpcastingWorkbench leaves in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any, Final

from ...drawing.svg import FACT, GRID, INK, MUTED, OTHER, document, line, shorten, tag, text

WIDTH, LEFT, TOP, LINE = 880, 16, 66, 16
GAP = 62  # for an arrow and the name of its step
WIRE = 13  # how far below a box's top the arrows come and go
LETTER = 6.7
MOST_COLUMNS = 4
SIGNS: Final = {"added": "+", "removed": "−", "renamed": "→", "changed": "~", "same": ""}
COLOURS: Final = {"removed": OTHER, "same": INK}
CODE = "ui-monospace, Consolas, monospace"

Event = Mapping[str, Any]


def draw(title: str, draft: Mapping[str, str], answer: Mapping[str, Any], failing: str) -> str:
    """The old event on the left, the chain to what is read on its right."""
    stored = f"{draft['type']} version {draft['schema_version']}"
    steps, summary = answer["steps"], str(answer["summary"])
    told = "; ".join(
        f"{step['before']} → {', '.join(one['shape'] for one in step['after'])}"
        for step in steps
        if step["after"]
    )
    chain = Chain(answer)
    parts, bottom = chain.drawn(stored, draft["data"])
    if failing:
        bottom += LINE + 8
        parts.append(text(LEFT, bottom, failing, fill=OTHER))
    heading = "It cannot be read" if answer["problem"] else summary
    return document(
        WIDTH,
        int(bottom) + 16,
        f"{title}: {stored}",
        "; ".join(part for part in (summary, told, failing) if part),
        text(LEFT, 28, title, font_size=15, font_weight=600),
        text(LEFT, 50, heading, font_weight=600),
        *parts,
    )


class Chain:
    """Boxes in columns: what is stored, what each step makes of it, what is read."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.steps: list[Mapping[str, Any]] = list(answer["steps"])
        self.unchanged: Event | None = answer["unchanged"]
        self.problem = str(answer["problem"])
        self.taken = 0
        columns = min(MOST_COLUMNS, 1 + max(1, len(self.steps)))
        self.width = (WIDTH - 2 * LEFT - GAP * (columns - 1)) / columns

    def drawn(self, stored: str, data: str) -> tuple[list[str], float]:
        """All of it, and where it ends below."""
        lines = [(words, INK) for words in data.splitlines()[:12]]
        box, bottom = self.box(0, TOP, stored, "stored", lines, GRID)
        if not self.steps:
            first = [self.unchanged] if self.unchanged else []
            label = "" if self.problem else "no step"
            parts, end = self.after(first, label, self.problem, 0, TOP)
        else:
            parts, end = self.follow(self.steps[0]["before"], 0, TOP)
        return box + parts, max(bottom, end)

    def follow(self, shape: str, column: int, y: float) -> tuple[list[str], float]:
        """What the next step, if it takes this shape, makes of the box in that column."""
        if self.taken == len(self.steps) or self.steps[self.taken]["before"] != shape:
            return [], y
        step = self.steps[self.taken]
        self.taken += 1
        label = f"{'✕ ' if step['problem'] else ''}step {self.taken}"
        return self.after(step["after"], label, step["problem"], column, y)

    def after(
        self, events: Sequence[Event], label: str, problem: str, column: int, y: float
    ) -> tuple[list[str], float]:
        """The arrows from a box, and what they lead to."""
        left, fork = self.x(column) + self.width, self.x(column + 1) - 16
        colour = OTHER if problem else FACT
        wire = y + WIRE
        parts = [
            line(left, wire, fork, wire, colour, 2),
            text(left + 5, wire - 5, label, fill=colour, font_size=11, font_weight=600),
        ]
        if problem:
            parts += arrow(fork, wire, OTHER)
            lines = [(words, OTHER) for words in wrap(problem, int(self.width / LETTER) - 2)[:8]]
            box, bottom = self.box(column + 1, y, "✕ cannot be read", "", lines, OTHER)
            return parts + box, bottom
        end = y
        for number, event in enumerate(events):
            if number:
                parts.append(line(fork, wire, fork, end + WIRE, colour, 2))
            parts += arrow(fork, end + WIRE, colour)
            drawn, end = self.event(event, column + 1, end)
            parts += drawn
        return parts, end

    def event(self, event: Event, column: int, y: float) -> tuple[list[str], float]:
        lines = [_line(row) for row in event["rows"][:10]]
        followed, end = self.follow(event["shape"], column, y)
        is_read = not followed and not self.problem
        mark, stroke = ("read as", FACT) if is_read else ("", GRID)
        box, bottom = self.box(column, y, event["shape"], mark, lines, stroke)
        return box + followed, max(bottom, end) + 10

    def box(
        self,
        column: int,
        y: float,
        title: str,
        mark: str,
        lines: Sequence[tuple[str, str]],
        stroke: str,
    ) -> tuple[list[str], float]:
        x, height = self.x(column), 24 + LINE * len(lines) + 4
        size = {"width": self.width, "height": height, "rx": 3}
        wide = 1 if stroke == GRID else 2
        room = int((self.width - 16) / LETTER)
        parts = [
            tag("rect", x=x, y=y, fill="none", stroke=stroke, stroke_width=wide, **size),
            text(x + 8, y + 17, shorten(title, room - len(mark)), font_weight=600),
            text(x + self.width - 8, y + 17, mark, fill=MUTED, font_size=11, text_anchor="end"),
        ]
        for number, (words, colour) in enumerate(lines):
            indent = len(words) - len(words.lstrip())
            at = x + 8 + LETTER * indent, y + 24 + LINE * number + 10
            cut = shorten(words.strip(), room - indent)
            parts.append(text(*at, cut, fill=colour, font_family=CODE, font_size=11))
        return parts, y + height

    def x(self, column: int) -> float:
        return LEFT + column * (self.width + GAP)


def arrow(x: float, y: float, colour: str) -> list[str]:
    """From the fork to the box 16 pixels on."""
    head = f"M{x + 9:g} {y - 4:g}L{x + 15:g} {y:g}L{x + 9:g} {y + 4:g}Z"
    return [line(x, y, x + 12, y, colour, 2), tag("path", d=head, fill=colour)]


def _line(row: Sequence[str]) -> tuple[str, str]:
    kind, name, before, after = row
    value = {"removed": before, "changed": f"{before} → {after}"}.get(kind, after)
    return f"{SIGNS[kind] or '·'} {name}: {value}", COLOURS.get(kind, FACT)
