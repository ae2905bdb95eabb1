"""What a check found, in words and as a small table: for a notebook, a terminal or a test."""

from __future__ import annotations

import linecache
import re
from html import escape
from typing import Final, Literal

import msgspec

RIGHT: Final = "right"
WRONG: Final = "wrong"
NOT_ATTEMPTED: Final = "not attempted"
STUB: Final = "Nothing to check yet: `...` still stands where your answer goes."

_SIGNS = {RIGHT: "✓", WRONG: "✗", NOT_ATTEMPTED: "○"}
_COLOURS = {  # JupyterLab's own, which fit its theme
    RIGHT: "var(--jp-success-color1, #388e3c)",
    WRONG: "var(--jp-error-color1, #d32f2f)",
    NOT_ATTEMPTED: "var(--jp-ui-font-color2, #616161)",
}


class Line(msgspec.Struct, frozen=True):
    """A line of the learner's code. `text` is "" where the source is not known here."""

    number: int
    file: str

    @property
    def text(self) -> str:
        """The line as it was written."""
        return linecache.getline(self.file, self.number).strip()

    def __str__(self) -> str:
        return f"line {self.number}" + (f": {self.text}" if self.text else "")


class Table(msgspec.Struct, frozen=True):
    """Rows of text under a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Verdict(msgspec.Struct, frozen=True):
    """The outcome of a check and all there is to say about it.

    `recognised` is the number of the known wrong answer, from 0, if it is one. `evidence` is the
    shortest history on which the answer is wrong; `facts` are named things about it.
    """

    outcome: Literal["right", "wrong", "not attempted"]
    title: str
    message: str
    recognised: int | None = None
    line: Line | None = None
    evidence: Table | None = None
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def right(self) -> bool:
        """Whether the answer is right."""
        return self.outcome == RIGHT

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        sign = f"{_SIGNS[self.outcome]} {self.outcome.capitalize()} · {self.title}"
        parts = [sign, self.message]
        if self.line:
            parts.append(f"In {self.line}")
        if self.evidence:
            parts.append(_text_table(self.evidence))
        parts += [f"{name}: {_indented(text)}" for name, text in self.facts]
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        colour = _COLOURS[self.outcome]
        parts = [
            f'<div><strong style="color:{colour}">{_SIGNS[self.outcome]} '
            f"{self.outcome.capitalize()}</strong> · {escape(self.title)}</div>",
            f"<div>{_marked_up(self.message)}</div>",
        ]
        if self.line:
            parts.append(f"<div>In line {self.line.number}{_code(self.line.text, ': ')}</div>")
        if self.evidence:
            parts.append(_html_table(self.evidence))
        parts += [f"<div>{escape(name)}: {_code(text)}</div>" for name, text in self.facts]
        style = f"border-left:4px solid {colour};padding:2px 12px;line-height:1.6;overflow-x:auto"
        return f'<div role="status" style="{style}">{"".join(parts)}</div>'


def _marked_up(message: str) -> str:
    """HTML of a message, with what stands between backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(message))


def _indented(text: str) -> str:
    return text if "\n" not in text else "\n  " + text.replace("\n", "\n  ")


def _code(text: str, before: str = "") -> str:
    """Text in the notebook's font for code; its line breaks stay."""
    if not text:
        return ""
    return f'{before}<code style="white-space:pre-wrap">{escape(text)}</code>'


def _text_table(table: Table) -> str:
    widths = [max(map(len, column)) for column in zip(table.header, *table.rows, strict=True)]
    rule = tuple("─" * width for width in widths)
    rows = (table.header, rule, *table.rows)
    return "\n".join(
        "  "
        + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _html_table(table: Table) -> str:
    style = "text-align:left;padding:2px 12px 2px 0;vertical-align:top;white-space:pre-wrap"
    head = "".join(f'<th scope="col" style="{style}">{escape(cell)}</th>' for cell in table.header)
    rows = (
        "".join(f'<td style="{style}">{escape(cell)}</td>' for cell in row) for row in table.rows
    )
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<table style="margin:4px 0"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )
