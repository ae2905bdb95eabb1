"""The glossary, and where a page explains its words: at the first use in each section."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).parents[2]
NOT_PROSE = {"a", "code", "pre", "button", "summary", "h1", "h2", "h3", "h4", "th"}


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A word of the field, what it means here, and the other forms it is found under."""

    term: str
    means: str
    also: list[str] = []


@cache
def glossary() -> list[Term]:
    """All terms of data/glossary.yml. Raises msgspec.ValidationError for a file that is wrong."""
    text = (ROOT / "data" / "glossary.yml").read_bytes()
    terms = msgspec.yaml.decode(text, type=list[Term])
    return [msgspec.structs.replace(term, means=term.means.strip()) for term in terms]


def mark(main: Any) -> None:
    """Mark the terms in the prose of a page, given as a tree: each once a section."""
    seen: set[str] = set()
    for node in list(main.descendants):
        if node.name == "h2":
            seen.clear()
        elif node.name is None and _is_prose(node):
            marked = "".join(_marked(str(node), seen))
            if "<dfn" in marked:
                node.replace_with(_fragment(marked))


def _is_prose(node: Any) -> bool:
    parents = {parent.name for parent in node.parents}
    return (
        type(node).__name__ == "NavigableString"
        and not parents & NOT_PROSE
        and any("prose" in parent.get("class", []) for parent in node.parents)
    )


def _marked(text: str, seen: set[str]) -> Iterator[str]:
    """The text as HTML, with what is a term for the first time in a <dfn>."""
    end = 0
    for found in _pattern().finditer(text):
        term = _forms()[found[0].lower()]
        if term.term in seen:
            continue
        seen.add(term.term)
        yield escape(text[end : found.start()], quote=False)
        yield (
            f'<dfn tabindex="0" aria-describedby="term" data-means="{escape(term.means)}">'
            f"{escape(found[0])}</dfn>"
        )
        end = found.end()
    yield escape(text[end:], quote=False)


@cache
def _forms() -> dict[str, Term]:
    return {form.lower(): term for term in glossary() for form in (term.term, *term.also)}


@cache
def _pattern() -> re.Pattern[str]:
    """Any term as a whole word, the longest first."""
    forms = sorted(map(re.escape, _forms()), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(forms)})(?![\w-])", re.IGNORECASE)


def _fragment(html: str) -> Any:
    from bs4 import BeautifulSoup

    return BeautifulSoup(html, "html.parser")
