"""The still picture that SagaPlayer leaves in a notebook."""

from __future__ import annotations

from collections.abc import Sequence

from ...drawing.display import money_text
from ...drawing.svg import FACT, INK, MUTED, OTHER, document, line, shorten, text

WIDTH, TOP, ROW = 880, 96, 30


def draw(
    title: str,
    failures: str,
    frames: Sequence[tuple[str, str, str, str]],
    amounts: Sequence[int],
    told: str,
) -> str:
    """A line for each thing that happened: from whom, to whom, and what."""
    parts = []
    for number, (actor, other, words, kind) in enumerate(frames, 1):
        y = TOP + ROW * number
        colour = OTHER if kind == "failure" else FACT if kind == "event" else INK
        who = actor if actor == other else f"{actor} → {other}"
        parts.append(text(16, y, f"{number}", fill=MUTED))
        parts.append(text(44, y, who, fill=MUTED))
        parts.append(text(230, y, shorten(words, 96), fill=colour))
        parts.append(line(16, y + 9, WIDTH - 16, y + 9))
    names = ("sender", "receiver", "suspense", "on its way")
    named = zip(names, amounts, strict=True)
    held = "   ".join(f"{name} {money_text(cents, 'EUR')}" for name, cents in named)
    return document(
        WIDTH,
        TOP + ROW * (len(frames) + 1),
        title,
        told,
        text(16, 28, title, font_size=15, font_weight=600),
        text(16, 52, f"In its way: {failures}", fill=MUTED),
        text(16, 76, held, font_weight=600),
        *parts,
    )
