"""What is in the book: the chapters with what each settles, and the pages that they link to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
TABLE = re.compile(r"^\| (\d\d) \| [^|]+ \| ([^|]+) \|", re.MULTILINE)
APPENDICES = {  # by the names that chapters link to them by
    "GUARANTEES.md": "guarantees.html",
    "README.md": "readme.html",
    "data/README.md": "data.html",
    "facts/access.md": "access.html",
    "facts/erasure.md": "erasure.html",
    "facts/integrity.md": "integrity.html",
    "facts/jetstream.md": "jetstream.html",
    "facts/postgres.md": "postgres.html",
    "facts/tampering.md": "tampering.html",
}


@dataclass(frozen=True)
class Source:
    """What a page is made from: a notebook, or a text that chapters link to."""

    path: Path
    href: str
    title: str
    settles: str = ""

    @property
    def number(self) -> str:
        """Of a chapter: "05"."""
        return self.path.stem[:2]

    @property
    def is_chapter(self) -> bool:
        return self.path.suffix == ".ipynb"

    def read(self) -> NotebookNode:
        """The notebook; a text is one of a single cell."""
        if self.is_chapter:
            return cast(NotebookNode, nbformat.read(self.path, as_version=4))
        return of_text(self.path.read_text(encoding="utf-8"))


def of_text(markdown: str) -> NotebookNode:
    """A notebook that is one text."""
    cell = nbformat.v4.new_markdown_cell(markdown)
    return cast(NotebookNode, nbformat.v4.new_notebook(cells=[cell]))


def chapters() -> list[Source]:
    """The notebooks, in order."""
    settles = dict(TABLE.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    return [
        Source(path, f"{path.stem}.html", _title(path), settles.get(path.stem[:2], ""))
        for path in sorted(ROOT.glob("notebooks/*.ipynb"))
    ]


def appendices() -> list[Source]:
    """The texts beside the chapters."""
    return [
        Source(ROOT / name, href, _heading((ROOT / name).read_text(encoding="utf-8")))
        for name, href in APPENDICES.items()
    ]


def _title(path: Path) -> str:
    notebook = nbformat.read(path, as_version=4)
    return _heading(notebook.cells[0].source)


def _heading(markdown: str) -> str:
    """The first line, which is the title, without its mark."""
    return markdown.splitlines()[0].removeprefix("# ")
