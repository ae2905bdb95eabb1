"""The line that leads on, at both ends of each chapter: python -m tests.notebooks.navigation"""

from __future__ import annotations

from pathlib import Path

import nbformat

CHAPTERS = sorted((Path(__file__).parents[2] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
MAP = "00_start_here.ipynb#The-map-of-the-course"


def line(chapter: Path) -> str:
    """Back, where one is, next; the exercises; the map of the course."""
    at = CHAPTERS.index(chapter)
    parts = [f"**{_name(chapter)}**"]
    if at > 0:
        parts.insert(0, f"[← {CHAPTERS[at - 1].name[:2]}]({CHAPTERS[at - 1].name})")
    if at + 1 < len(CHAPTERS):
        following = CHAPTERS[at + 1]
        parts.append(f"[{_name(following)} →]({following.name})")
    if '"## Exercises' in chapter.read_text(encoding="utf-8"):
        parts.append("[exercises](#Exercises)")
    return " · ".join([*parts, f"[map]({MAP})"])


def lead(source: str, chapter: Path, *, first: bool) -> str:
    """The prose of a chapter's first or last cell with the line, in place of one that is old."""
    kept = "\n".join(one for one in source.split("\n") if not one.endswith(f"[map]({MAP})"))
    if not first:
        return f"{kept.rstrip()}\n\n{line(chapter)}".lstrip()
    title, rest = kept.split("\n", 1)
    return f"{title}\n\n{line(chapter)}\n\n{rest.lstrip()}"


def _name(chapter: Path) -> str:
    """The chapter's number and title, as its head has them."""
    title = nbformat.read(chapter, as_version=4).cells[0].source.split("\n")[0]
    return f"{chapter.name[:2]} {title.removeprefix('# ').removeprefix(f'{chapter.name[:2]} · ')}"


def main() -> None:
    for chapter in CHAPTERS:
        notebook = nbformat.read(chapter, as_version=4)
        prose = [one for one in notebook.cells if one.cell_type == "markdown"]
        for one, first in ((prose[0], True), (prose[-1], False)):
            one.source = lead(one.source, chapter, first=first)
        nbformat.write(notebook, chapter)


if __name__ == "__main__":
    main()
