"""The map of the course: a row a chapter, a mark an exercise, and the shape of the mark tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from ..journal.marks import SIGNS, sign_html
from ..journal.standing import NOT_TRIED, Course, Mark, Standing

if TYPE_CHECKING:
    from ..exercises import Chapter


@dataclass(frozen=True)
class Place:
    """An exercise on the map."""

    name: str
    title: str
    standing: Standing

    @property
    def sign(self) -> str:
        """Its mark as one character."""
        return SIGNS[self.standing.mark]


@dataclass(frozen=True)
class Row:
    """A chapter on the map."""

    number: int
    title: str
    places: tuple[Place, ...]

    @property
    def solved(self) -> int:
        """How many of its exercises are solved, with or without the solution."""
        return sum(place.standing.solved_at is not None for place in self.places)

    @property
    def signs(self) -> str:
        """The marks of its exercises, in order."""
        return " ".join(place.sign for place in self.places)


@dataclass(frozen=True)
class CourseMap:
    """The chapters and how their exercises stand, now or `at` a moment. It shows itself.

    `trouble` says what is wrong with the file that the progress is kept in, if anything is.
    """

    rows: tuple[Row, ...]
    at: datetime | None = None
    trouble: str = ""

    @property
    def solved(self) -> int:
        """How many exercises are solved."""
        return sum(row.solved for row in self.rows)

    @property
    def heading(self) -> str:
        """The counts, and the moment if it is not now."""
        total = sum(len(row.places) for row in self.rows)
        when = f", as of {self.at:%Y-%m-%d %H:%M:%S} UTC" if self.at else ""
        return f"{self.solved} of {total} exercises solved{when}"

    def __repr__(self) -> str:
        titles = max((len(row.title) for row in self.rows), default=0)
        signs = max((len(row.signs) for row in self.rows), default=0)
        rows = (
            f"{row.number:4}  {row.title:{titles}}  {row.signs:{signs}}  "
            f"{row.solved} of {len(row.places)}"
            for row in self.rows
        )
        legend = "   ".join(f"{sign} {mark}" for mark, sign in SIGNS.items())
        return "\n".join(filter(None, (self.heading, *rows, legend, self.trouble)))

    def _repr_html_(self) -> str:
        head = "".join(
            _cell("th", name, scope="col") for name in ("Chapter", "Solved", "Exercises")
        )
        legend = "".join(_item(mark, mark) for mark in SIGNS)
        trouble = f'<div role="status">{escape(self.trouble)}</div>' if self.trouble else ""
        return (
            f'<div style="line-height:1.6"><table style="margin:4px 0;{_LEFT}">'
            f'<caption style="font-weight:600;{_LEFT}">{escape(self.heading)}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{''.join(map(_html_row, self.rows))}</tbody>"
            f'</table><div style="margin:4px 0">{legend}</div>{trouble}</div>'
        )


def draw(
    chapters: Iterable[Chapter], course: Course, *, at: datetime | None = None, trouble: str = ""
) -> CourseMap:
    """The map of `chapters`. What the course no longer has is left out."""
    rows = (
        Row(
            chapter.number,
            chapter.title,
            tuple(
                Place(one.name, one.title, course.get((chapter.number, one.name), NOT_TRIED))
                for one in chapter
            ),
        )
        for chapter in chapters
    )
    return CourseMap(tuple(rows), at, trouble)


def _html_row(row: Row) -> str:
    places = "".join(
        _item(place.standing.mark, place.name, f"{place.title}: {_words(place.standing)}")
        for place in row.places
    )
    return (
        f"<tr>{_cell('th', f'{row.number} {row.title}', scope='row')}"
        f"{_cell('td', f'{row.solved} of {len(row.places)}')}"
        f'<td style="{_CELL}">{places}</td></tr>'
    )


def _item(mark: Mark, words: str, more: str = "") -> str:
    """A mark and what it stands before. A screen reader reads the mark's name."""
    sign = sign_html(mark, named=words != mark)
    title = f' title="{escape(more)}"' if more else ""
    style = "display:inline-block;white-space:nowrap;margin-right:14px"
    return f'<span{title} style="{style}">{sign} {escape(words)}</span> '


def _cell(name: str, words: str, scope: str = "") -> str:
    where = f' scope="{scope}"' if scope else ""
    return f'<{name}{where} style="{_CELL}">{escape(words)}</{name}>'


def _words(standing: Standing) -> str:
    counts = [(standing.tries, "answer checked", "answers checked")]
    counts += [(standing.hints, "hint", "hints")]
    parts = [f"{n} {one if n == 1 else more}" for n, one, more in counts if n]
    if standing.solution_seen and not standing.solved_at:
        parts.append("solution seen")
    return ", ".join([standing.mark, *parts])


_LEFT = "text-align:left"
_CELL = f"{_LEFT};vertical-align:top;padding:2px 14px 2px 0;white-space:normal"
