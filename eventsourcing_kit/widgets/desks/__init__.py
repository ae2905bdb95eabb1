"""Desks: what a room says is shown, and what is done at the desk goes back to the room.

The room is any object with these two methods; it does not know that it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import traitlets

from ...errors import EventSourcingError
from ..base import Widget, error_text, static
from ..schedule_explorer.picture import draw as draw_lanes
from .picture import draw, draw_mock


class Room(Protocol):
    """What a desk stands in."""

    def view(self) -> Mapping[str, Any]:
        """All that there is to show, in JSON."""
        ...

    def do(self, command: dict[str, Any]) -> None:
        """What somebody at the desk asks for. Raises a kit's error that is shown to them."""
        ...


class Desk(Widget):
    """A widget on a room. `view` is what it shows; `do` is what its browser asks for."""

    asks_python = True
    _css = static("widgets.css", "desks/desk.css")

    view = traitlets.Dict().tag(sync=True)

    def __init__(self, room: Room, *, title: str) -> None:
        self._room = room
        super().__init__(title=title, view=dict(room.view()))
        self.on_msg(lambda _, command, __: self.do(command))

    def do(self, command: dict[str, Any]) -> None:
        """Do what the browser would ask for, such as {"rate": 3}, and show what comes of it."""
        self.error = ""  # so that the same error is told again, and who waits for it goes on
        try:
            self._room.do(command)
        except EventSourcingError as error:
            self.error = error_text(error)
        except KeyboardInterrupt:
            self.error = "Interrupted: ask again."
        self.view = dict(self._room.view())


class DrillDesk(Desk):
    """Cards, one after the other: Space turns a card, 1 to 4 say how well you knew it."""

    _esm = static("frame.js", "desks/blocks.js", "desks/drill.js")

    def __init__(self, room: Room, *, title: str = "Drill") -> None:
        super().__init__(room, title=title)

    def __repr__(self) -> str:
        left, of = self.view["left"], self.view["of"]
        card = self.view["card"]
        what = f"now {card.get('title') or card['id']}" if card else "at the end"
        return f"DrillDesk({left} of {of} card{'s' * (of != 1)} left; {what})"

    def picture(self) -> str:
        """The front of the card, as an SVG document."""
        card = self.view["card"]
        text = [card["front"][0]["text"]] if card else [self.view["outlook"]]
        return draw(self.title, repr(self), f"{self.view['left']} cards left", text)


class BugDesk(Desk):
    """Code with a fault: a click or the arrow keys choose a line, a second click or Enter says that
    it is there."""

    _esm = static("frame.js", "desks/blocks.js", "desks/bug.js")

    def __init__(self, room: Room, *, title: str = "Spot the bug") -> None:
        super().__init__(room, title=title)

    def __repr__(self) -> str:
        return f"BugDesk({self.view['name']}: {self.view['outcome']})"

    def picture(self) -> str:
        """The code with its lines' numbers, as an SVG document."""
        lines = enumerate(self.view["code"].splitlines(), 1)
        code = [f"{number:2}  {line}" for number, line in lines]
        heading = f"{self.view['name']} · {self.view['outcome']}"
        return draw(self.title, repr(self), heading, [self.view["question"]], code)


class BuildDesk(Desk):
    """A live build: a clock, a task, a judge, and the history that breaks a promise in lanes.

    Keys: J judges, H asks for a hint, P stops the clock, left and right go through the history.
    """

    _esm = static("frame.js", "lanes.js", "desks/blocks.js", "desks/build.js")

    def __init__(self, room: Room, *, title: str = "Live build") -> None:
        super().__init__(room, title=title)

    def __repr__(self) -> str:
        view = self.view
        passed = sum(stage["passed"] for stage in view["stages"])
        how = "exam, " if view["exam"] else ""
        return (
            f"BuildDesk({how}{view['minutes']} minutes, {view['program']}; "
            f"{passed} of {len(view['stages'])} stages passed)"
        )

    def picture(self) -> str:
        """The lanes of the broken history, or else the stages and the task, as an SVG document."""
        verdict = self.view["verdict"]
        if verdict and verdict["turns"]:
            told = [f"It said: {verdict['came']}"]
            if verdict["right"]:
                told.append(f"Right would be: {' or '.join(verdict['right'])}")
            turns = [tuple(turn) for turn in verdict["turns"]]
            return draw_lanes(self.title, turns, verdict["text"], told, [], repr(self))
        names = [stage["title"] for stage in self.view["stages"]]
        return draw_mock(self.title, repr(self), names, self.view["number"], [self.view["task"]])


class IncidentDesk(Desk):
    """An incident, from the page to the repair: numbers choose, Ctrl+Enter asks and checks."""

    _esm = static("frame.js", "desks/blocks.js", "desks/incident.js")

    def __init__(self, room: Room, *, title: str = "On call") -> None:
        super().__init__(room, title=title)

    def __repr__(self) -> str:
        return f"IncidentDesk({self.view['id']}: {self.view['outcome']})"

    def picture(self) -> str:
        """The page and the log, as an SVG document."""
        return draw(
            self.title, repr(self), self.view["name"], [self.view["call"]], self.view["log"]
        )


class InterviewDesk(Desk):
    """A mock interview with a clock, notes, ratings and a report."""

    _esm = static("frame.js", "desks/blocks.js", "desks/recorder.js", "desks/interview.js")

    def __init__(self, room: Room, *, title: str = "Mock interview") -> None:
        super().__init__(room, title=title)

    def __repr__(self) -> str:
        view = self.view
        return (
            f"InterviewDesk({view['level']}, {view['minutes']} minutes, {view['case']}; "
            f"stage {view['number']} of {len(view['stages'])}: {view['heading']})"
        )

    def picture(self) -> str:
        """The stages, and what is asked now, as an SVG document."""
        names = [stage["title"] for stage in self.view["stages"]]
        asks = self.view["asks"] or ["The first question comes when the clock runs."]
        return draw_mock(self.title, repr(self), names, self.view["number"], asks)
