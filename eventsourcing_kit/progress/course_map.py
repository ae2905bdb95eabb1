"""The map of the course: a line a chapter, a mark an exercise, and the shape of the mark tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING

from ..journal.marks import SIGNS, sign_html
from ..journal.standing import NOT_TRIED, Course, Standing

if TYPE_CHECKING:
    from ..exercises import Chapter

ROOM = (16, "The interview room", "16_interview_room.ipynb")


@dataclass(frozen=True)
class Place:
    """An exercise on the map. `where` is its number and title: "4.2 A title"."""

    where: str
    minutes: int
    standing: Standing

    @property
    def sign(self) -> str:
        """Its mark as one character."""
        return SIGNS[self.standing.mark]


@dataclass(frozen=True)
class Row:
    """A chapter on the map. `notebook` is its file's name, or "" where it has none."""

    number: int
    title: str
    notebook: str
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

    `practice` counts what was done in the interview room; `trouble` says what is wrong with the
    file that the progress is kept in, if anything is.
    """

    rows: tuple[Row, ...]
    at: datetime | None = None
    trouble: str = ""
    practice: Mapping[str, int] = field(default_factory=dict)

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

    @property
    def next(self) -> tuple[Row, Place] | None:
        """The first exercise that was begun and is not solved; else the first that is open."""
        all_of_them = ((row, place) for row in self.rows for place in row.places)
        still_open = [one for one in all_of_them if not one[1].standing.solved_at]
        begun = (one for one in still_open if one[1].standing.mark == "begun")
        return next(begun, next(iter(still_open), None))

    def __repr__(self) -> str:
        titles = max((len(row.title) for row in self.rows), default=0)
        signs = max((len(row.signs) for row in self.rows), default=0)
        rows = (
            f"{row.number:4}  {row.title:{titles}}  {row.signs:{signs}}  "
            f"{row.solved} of {len(row.places)}"
            for row in self.rows
        )
        room = f"{ROOM[0]:4}  {ROOM[1]}; {self._practice}"
        legend = "   ".join(f"{sign} {mark}" for mark, sign in SIGNS.items())
        lines = (self.heading, *rows, room, f"Next: {_way_on(self.next)}", legend, self.trouble)
        return "\n".join(filter(None, lines))

    def _repr_html_(self) -> str:
        legend = " ".join(
            f'<span style="{_APART}">{sign_html(mark)} {mark}</span>' for mark in SIGNS
        )
        trouble = f'<div role="status">{escape(self.trouble)}</div>' if self.trouble else ""
        number, title, notebook = ROOM
        room = f"<div>{_link(f'{number} {title}', notebook)}; {escape(self._practice)}</div>"
        return (
            f'<div style="line-height:1.6"><strong>{escape(self.heading)}</strong>'
            f"<div>Next: {_way_on(self.next, linked=True)}</div>"
            f'<ul style="{_COLUMNS}">{"".join(map(_html_row, self.rows))}</ul>'
            f"{room}<div>{legend}</div>{trouble}</div>"
        )

    @property
    def _practice(self) -> str:
        done = [f"{kind}: {number}" for kind, number in self.practice.items() if number]
        return ", ".join(done) or "nothing asked yet"


def draw(
    chapters: Iterable[Chapter],
    course: Course,
    *,
    at: datetime | None = None,
    trouble: str = "",
    practice: Mapping[str, int] | None = None,
) -> CourseMap:
    """The map of `chapters`. What the course no longer has is left out."""
    rows = (
        Row(
            chapter.number,
            chapter.title,
            chapter.notebook,
            tuple(
                Place(one.place, one.minutes, course.get((chapter.number, one.name), NOT_TRIED))
                for one in chapter
            ),
        )
        for chapter in chapters
    )
    return CourseMap(tuple(rows), at, trouble, practice or {})


def _way_on(following: tuple[Row, Place] | None, *, linked: bool = False) -> str:
    """What to do next, in a line; as HTML with a link to where it is."""
    link = _link if linked else lambda words, _: words
    if following is None:
        number, title, notebook = ROOM
        return f"all is solved; {link(f'{number} {title}', notebook)} goes on."
    row, place = following
    words = f"{place.where} ({place.minutes} minutes), in "
    chapter = link(f"{row.number:02} {row.title}", row.notebook)
    return (escape(words) if linked else words) + chapter


def _html_row(row: Row) -> str:
    """A chapter with its signs; opened, with the titles of its exercises and how they stand."""
    places = "".join(
        f"<li>{sign_html(place.standing.mark)} {escape(place.where)}: {_words(place.standing)}</li>"
        for place in row.places
    )
    signs = "".join(sign_html(place.standing.mark) for place in row.places)
    counts = f"{row.solved} of {len(row.places)}"
    return (
        f"<li><details><summary>{_link(f'{row.number:02} {row.title}', row.notebook)}, {counts} "
        f'{signs}</summary><ul style="{_PLAIN};padding-left:18px">{places}</ul></details></li>'
    )


def _link(words: str, notebook: str) -> str:
    text = escape(words)
    return f'<a href="{escape(notebook)}">{text}</a>' if notebook else text


def _words(standing: Standing) -> str:
    counts = [(standing.tries, "answer checked", "answers checked")]
    counts += [(standing.hints, "hint", "hints")]
    parts = [f"{n} {one if n == 1 else more}" for n, one, more in counts if n]
    if standing.solution_seen and not standing.solved_at:
        parts.append("solution seen")
    return ", ".join([standing.mark, *parts])


_PLAIN = "list-style:none;margin:0;padding:0"
_COLUMNS = f"{_PLAIN};margin:6px 0;columns:330px;column-gap:24px"
_APART = "display:inline-block;white-space:nowrap;margin-right:14px"
