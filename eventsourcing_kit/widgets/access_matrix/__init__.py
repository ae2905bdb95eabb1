"""Who sees which field of which event: a table of verdicts, and the rule behind each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, Final

import msgspec
import traitlets

from ...access import Actor, Policy
from ...drawing.display import counted
from ...errors import InvalidInput
from ...event import RecordedEvent
from ..base import Widget, static, within
from .picture import draw

MOST_ACTORS: Final = 10
MOST_ROWS: Final = 200
MOST_STREAMS: Final = 20


class Cell(msgspec.Struct):
    """What an actor sees of a field: "shown", "masked" or "refused", and why."""

    outcome: str
    why: str


class PackedStream(msgspec.Struct):
    """A stream: for each row and actor the cell, and each actor's view of the row's event.

    An event is numbered in `texts`, −1 where there is none of this type, or none to be seen.
    """

    stream_id: str
    cells: list[list[Cell]]
    events: list[list[int]]
    has_event: list[bool]


class PackedMatrix(msgspec.Struct):
    """All of it, as the browser gets it. A row is an event type and a field of its data."""

    actors: list[tuple[str, str]]  # name, roles
    rows: list[tuple[str, str]]  # type, field
    streams: list[PackedStream]
    texts: list[str]


class AccessMatrix(Widget):
    """A row for each field of each event type, a column for each actor, of one stream at a time.

    A cell, when focused, says which rule decides, and shows the event as this actor sees it. What
    none of the actors may see is not in the widget. Keys: arrows move from cell to cell, Home and
    End to the ends of the row.

    These traits follow, and may be set: `stream_id`, whose events are looked at; `row` and
    `column`, the focused cell, from 0.
    """

    _esm = static("frame.js", "access_matrix/view.js")

    stream_id = traitlets.Unicode().tag(sync=True)
    row = traitlets.Int(0).tag(sync=True)
    column = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        policy: Policy,
        events: Iterable[RecordedEvent],
        actors: Sequence[Actor],
        *,
        title: str = "Who may see what",
    ) -> None:
        """Begin with the first stream of `events`, at the first cell. Raises InvalidInput."""
        self._packed = pack(policy, list(events), list(actors))
        super().__init__(
            title=title,
            packed=msgspec.json.encode(self._packed),
            stream_id=self._packed.streams[0].stream_id,
        )

    def __repr__(self) -> str:
        packed = self._packed
        outcomes = [cell.outcome for cells in self._stream.cells for cell in cells]
        counts = ", ".join(f"{outcomes.count(one)} {one}" for one in ("shown", "masked", "refused"))
        return (
            f"AccessMatrix({counted(len(packed.rows), 'field')}, "
            f"{counted(len(packed.actors), 'actor')}; {self.stream_id}: {counts})"
        )

    def picture(self) -> str:
        """The table of the chosen stream, as an SVG document."""
        outcomes = [[cell.outcome for cell in cells] for cells in self._stream.cells]
        names = [name for name, _ in self._packed.actors]
        return draw(self.title, self.stream_id, names, self._packed.rows, outcomes, repr(self))

    @property
    def _stream(self) -> PackedStream:
        return next(one for one in self._packed.streams if one.stream_id == self.stream_id)

    @traitlets.validate("stream_id")
    def _check_stream_id(self, proposal: Any) -> str:
        if proposal["value"] not in [one.stream_id for one in self._packed.streams]:
            raise InvalidInput("stream_id", f"{proposal['value']!r} is not among the events")
        return str(proposal["value"])

    @traitlets.validate("row", "column")
    def _check_place(self, proposal: Any) -> int:
        name = proposal["trait"].name
        most = len(self._packed.rows if name == "row" else self._packed.actors) - 1
        return within(name, proposal["value"], 0, most, f"there are {name}s")


# --- from events to what the browser gets --------------------------------------------------------


def pack(policy: Policy, events: list[RecordedEvent], actors: list[Actor]) -> PackedMatrix:
    """The verdicts on each field, and the first event of each type as each actor sees it."""
    for event in events:
        if not isinstance(event, RecordedEvent):
            raise InvalidInput("events", f"must be RecordedEvents, not a {type(event).__name__}")
    if not 1 <= len(actors) <= MOST_ACTORS or not all(isinstance(one, Actor) for one in actors):
        raise InvalidInput("actors", f"must be 1 to {MOST_ACTORS} Actors")
    fields = dict.fromkeys((event.type, field) for event in events for field in event.data)
    types = list(dict.fromkeys(type_ for type_, _ in fields))
    rows = sorted(fields, key=lambda row: types.index(row[0]))
    streams = list(dict.fromkeys(event.stream_id for event in events))
    if not 1 <= len(rows) <= MOST_ROWS or len(streams) > MOST_STREAMS:
        problem = f"have {counted(len(rows), 'field')} in {counted(len(streams), 'stream')}"
        raise InvalidInput("events", f"{problem}; 1 to {MOST_ROWS}, and {MOST_STREAMS} at most")
    texts: list[str] = []
    packed = [_packed_stream(policy, events, one, rows, actors, texts) for one in streams]
    return PackedMatrix(
        [(one.name, ", ".join(one.roles) or "no role") for one in actors], rows, packed, texts
    )


def _packed_stream(
    policy: Policy,
    events: list[RecordedEvent],
    stream_id: str,
    rows: list[tuple[str, str]],
    actors: list[Actor],
    texts: list[str],
) -> PackedStream:
    firsts = {event.type: event for event in reversed(events) if event.stream_id == stream_id}
    numbers: dict[tuple[str, int], int] = {}  # by type and column
    for (type_, event), (column, actor) in product(firsts.items(), enumerate(actors)):
        view = policy.view(actor, stream_id, type_)
        if view is not None:
            numbers[type_, column] = len(texts)
            seen = view.event(event)
            shown = {"type": seen.type, "data": seen.data, "metadata": seen.metadata}
            texts.append(json.dumps(shown, indent=2, ensure_ascii=False))
    return PackedStream(
        stream_id,
        [[_cell(policy, actor, stream_id, *row) for actor in actors] for row in rows],
        [[numbers.get((type_, n), -1) for n in range(len(actors))] for type_, _ in rows],
        [type_ in firsts for type_, _ in rows],
    )


def _cell(policy: Policy, actor: Actor, stream_id: str, type_: str, field: str) -> Cell:
    verdict = policy.explain(actor, stream_id, type_, field)
    return Cell(verdict.outcome, verdict.why)
