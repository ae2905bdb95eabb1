"""Building the book: what has changed is made anew, the rest stays."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ..widgets import bare
from ..widgets.base import Widget
from . import live
from .contents import ROOT, Source, appendices, chapters, of_text
from .page import Page, html, put_in

HERE = Path(__file__).parent
KIT = HERE.parent
GLOSSARY = ROOT / "data" / "glossary.yml"
LIST = """
| | chapter | what it settles |
| --- | --- | --- |
"""


def build(folder: Path, only: Collection[str] | None = None) -> Path:
    """Write the book into `folder` and return its first page.

    `only` are the numbers ("05") of the chapters whose widgets become live, for a book in a hurry;
    the others show their pictures.
    """
    book = Book(folder, chapters(), appendices(), only)
    book.make_assets()
    book.make_states()
    book.make_contents()
    for source in tqdm([*book.chapters, *book.appendices], desc="pages", unit="page"):
        book.make_page(source)
    return folder / "index.html"


@dataclass(frozen=True)
class Book:
    """A book in a folder, and what its pages are made from."""

    folder: Path
    chapters: list[Source]
    appendices: list[Source]
    only: Collection[str] | None = None

    def make_assets(self) -> None:
        """The style and the scripts that pages share."""
        for name in ("assets", "live"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._write("assets/book.css", bare.text("bare.css") + _text("book.css"))
        self._write("assets/book.js", bare.text("bare.js") + _text("book.js"))
        for kind in {place.kind for source in self.chapters for place in self._places(source)}:
            parts = json.dumps({"esm": str(kind._esm), "css": str(kind._css)})
            self._write(_view(kind), f"book.views.{kind.__name__} = {parts};\n")

    def make_contents(self) -> None:
        """The first page: each chapter with what it settles."""
        rows = "".join(
            f"| {one.number} | {_link(one)} | {one.settles} |\n" for one in self.chapters
        )
        also = " · ".join(map(_link, self.appendices))
        text = f"{_text('contents.md')}{LIST}{rows}\nBeside the chapters: {also}\n"
        page = Page(text.splitlines()[0][2:], "", None, None, self.chapters[0], ["assets/book.js"])
        self._write("index.html", html(self._contents, of_text(text), page, self._pages))

    def make_states(self) -> None:
        """What the widgets start from, by running the chapters that have changed."""
        stale = [one for one in self.chapters if self._places(one) and not self._is_fresh(one)]
        bar = tqdm(total=len(stale), desc="chapters run", disable=not stale)
        with bar, live.nobodys_progress(), ThreadPoolExecutor(os.cpu_count()) as pool:
            for source, states in pool.map(self._run, stale):
                self._write(_states(source), live.script(states, self._run_from(source)))
                bar.update()

    def make_page(self, source: Source) -> None:
        """A page, unless it stands as it would be made."""
        lives = self._places(source)
        beside = self._neighbours(source)
        told = [place.name for place in lives] + [one.title for one in beside if one]
        made_from = _digest([source.path], " ".join([self._kit, self._maker, *told]))
        file = self.folder / source.href
        if file.exists() and f'content="{made_from}"' in file.read_text(encoding="utf-8")[:1000]:
            return
        notebook = source.read()
        put_in(notebook, live.places(notebook), lives)
        page = Page(source.title, made_from, self._contents, *beside, self._scripts(source, lives))
        self._write(source.href, html(source, notebook, page, self._pages))

    def _places(self, source: Source) -> list[live.Place]:
        """The widgets that are live on the page."""
        if self.only is not None and source.number not in self.only:
            return []
        return [place for place in live.places(source.read()) if not place.kind.asks_python]

    def _scripts(self, source: Source, lives: list[live.Place]) -> list[str]:
        kinds = sorted({_view(place.kind) for place in lives})
        return ["assets/book.js", *kinds, *([_states(source)] if lives else [])]

    def _run_from(self, source: Source) -> str:
        """What the states of a chapter's widgets depend on."""
        code = [cell.source for cell in source.read().cells if cell.cell_type == "code"]
        return sha256("\n".join([self._kit, *code]).encode()).hexdigest()

    def _is_fresh(self, source: Source) -> bool:
        return live.is_made_from(self.folder / _states(source), self._run_from(source))

    def _run(self, source: Source) -> tuple[Source, dict[str, Any]]:
        return source, live.run(source.read(), source.path.parent, self._places(source))

    @cached_property
    def _kit(self) -> str:
        """All that a run depends on beside the chapter."""
        kit = (file for file in _files(KIT) if HERE not in file.parents)
        return _digest([*kit, *sorted((ROOT / "data").glob("*.jsonl"))])

    @cached_property
    def _maker(self) -> str:
        """All else that a page depends on."""
        return _digest([*_files(HERE), GLOSSARY])

    @cached_property
    def _contents(self) -> Source:
        return Source(ROOT / "index.md", "index.html", "Contents")

    @cached_property
    def _pages(self) -> dict[Path, str]:
        return {one.path: one.href for one in [*self.chapters, *self.appendices]}

    def _neighbours(self, source: Source) -> tuple[Source | None, Source | None]:
        if source not in self.chapters:
            return None, None
        place = self.chapters.index(source)
        before = self.chapters[place - 1] if place else None
        return before, next(iter(self.chapters[place + 1 :]), None)

    def _write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")


def _link(source: Source) -> str:
    """In Markdown, as the repository's own texts link it, and without its number."""
    return f"[{source.title.split(' · ')[-1]}]({source.path.relative_to(ROOT).as_posix()})"


def _view(kind: type[Widget]) -> str:
    """The file that gives pages the module and the style of a widget."""
    return f"assets/{kind.__name__}.js"


def _states(source: Source) -> str:
    """The file that gives a chapter's page the states of its widgets."""
    return f"live/{source.path.stem}.js"


def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _files(folder: Path) -> list[Path]:
    """The files of a package that say what it does."""
    return sorted(
        file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts
    )


def _digest(files: Iterable[Path], more: str = "") -> str:
    digest = sha256(more.encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]
