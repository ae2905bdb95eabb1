"""States that are better seen than read: a board, and a graph of commits, as SVG documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .svg import FACT, GRID, INK, MUTED, OTHER, document, line, shorten, tag, text

STEP, NEWEST = 30, 7  # pixels from place to place; commits that are drawn


def board(columns: Sequence[str], rows: int = 6) -> str:
    """A board of columns, each a text of signs from the bottom up. X and O differ in form, too."""
    width, height = STEP * len(columns) + 20, STEP * rows + 20
    parts = []
    for x in range(len(columns)):
        for y in range(rows):
            left, top = 10 + STEP * x, 10 + STEP * (rows - 1 - y)
            parts.append(
                tag("rect", x=left, y=top, width=STEP, height=STEP, fill="none", stroke=GRID)
            )
            parts += _piece(columns[x][y : y + 1], left + STEP / 2, top + STEP / 2)
    told = "; ".join(f"column {n}: {each}" for n, each in enumerate(columns, 1) if each)
    return document(width, height, "The board", told or "empty", *parts)


def _piece(sign: str, x: float, y: float) -> list[str]:
    if not sign:
        return []
    if sign == "X":
        cross = f"M{x - 7} {y - 7}l14 14m-14 0l14 -14"
        return [tag("path", d=cross, stroke=FACT, stroke_width=3)]
    return [tag("circle", cx=x, cy=y, r=8, fill="none", stroke=OTHER, stroke_width=3)]


def commit_graph(parents: Mapping[str, Sequence[str]], branches: Mapping[str, str]) -> str:
    """The newest commits, the newest on the right, with a line to each parent and the names of the
    branches. `parents` names the parents of each commit, in the order in which they were made. The
    first of `branches` is the straight line from which the others leave."""
    shown = list(parents)[-NEWEST:]
    rows = _rows(parents, branches, shown)
    tall = max(rows.values(), default=0) + 1
    width, height = STEP * NEWEST + 60, STEP * tall + 60

    def place(commit: str) -> tuple[float, float]:
        return 20 + STEP * shown.index(commit), 30 + STEP * rows[commit]

    parts = []
    for commit in shown:
        x, y = place(commit)
        for parent in parents[commit]:
            above = place(parent) if parent in rows else (0, y)
            parts.append(line(above[0], above[1], x, y, MUTED, 2))
    for commit in shown:
        x, y = place(commit)
        parts.append(tag("circle", cx=x, cy=y, r=6, fill=FACT if len(parents[commit]) < 2 else INK))
    at: dict[str, list[str]] = {}
    for name, commit in branches.items():
        at.setdefault(commit, []).append(name)
    for commit, names in at.items():
        if commit in rows:
            x, y = place(commit)
            beside = y + 24 if rows[commit] else y - 12
            parts.append(text(x - 6, beside, shorten(", ".join(names), 24), font_size=15))
    told = f"{len(parents)} commits; branches: {', '.join(branches) or 'none'}"
    return document(width, height, "The newest commits", told, *parts)


def _rows(
    parents: Mapping[str, Sequence[str]], branches: Mapping[str, str], shown: Sequence[str]
) -> dict[str, int]:
    """A row for each commit: a branch's is that of its first parents, as far as no earlier one's.

    What no branch leads to has rows below.
    """
    rows: dict[str, int] = {}
    for head in (*branches.values(), *reversed(shown)):
        row, commit = max(rows.values(), default=-1) + 1, head
        while commit in shown and commit not in rows:
            rows[commit] = row
            commit = next(iter(parents[commit]), "")
    return rows
