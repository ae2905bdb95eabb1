"""The still picture that ScheduleExplorer leaves in a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from ...drawing.svg import CARD, FACT, INK, MUTED, OTHER, document, line, shorten, tag, text

WIDTH, LEFT, RIGHT, TOP = 880, 90, 864, 64
LANE = 62


def draw(
    title: str,
    turns: Sequence[tuple[str, str, str]],
    came_of_it: str,
    problems: Sequence[str],
    counts: Sequence[tuple[str, int, int]],
    told: str,
) -> str:
    """A lane for each participant, its steps in the order of time; below, the counts."""
    names = list(dict.fromkeys(name for name, _, _ in sorted(turns, key=lambda turn: turn[0])))
    room = (RIGHT - LEFT) / len(turns)
    parts = []
    for place, name in enumerate(names):
        y = TOP + LANE * place + LANE / 2
        parts += [text(16, y + 4, name, font_weight=600), line(LEFT, y, RIGHT, y)]
    for number, (name, step, note) in enumerate(turns):
        x, y = LEFT + room * number, TOP + LANE * names.index(name) + LANE / 2
        box = {"x": x + 3, "y": y - 21, "width": room - 6, "height": 42, "rx": 4}
        parts.append(tag("rect", fill=CARD, stroke=OTHER if note else FACT, **box))
        middle, letters = x + room / 2, int(room / 6.2)
        words = shorten(step if len(step) <= letters else step.split()[0], letters)
        parts.append(text(middle, y - 2, words, text_anchor="middle", font_size=11))
        under = shorten(note or f"{number + 1}", letters)
        parts.append(text(middle, y + 13, under, fill=MUTED, text_anchor="middle", font_size=10))
    y = TOP + LANE * len(names) + 18
    parts.append(text(16, y, came_of_it, font_weight=600))
    for problem in problems:
        y += 18
        parts.append(text(16, y, shorten(problem, 130), fill=OTHER))
    y += 12
    for scenario, broken, tried in counts:
        y += 18
        fill = OTHER if broken else INK
        parts.append(text(16, y, f"{broken:,} of {tried:,} break", fill=fill))
        parts.append(text(150, y, scenario))
    return document(
        WIDTH,
        round(y + 18),
        title,
        told,
        text(16, 28, title, font_size=15, font_weight=600),
        text(LEFT, 50, "time →", fill=MUTED),
        *parts,
    )
