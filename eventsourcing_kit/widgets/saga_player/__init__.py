"""A process that spans streams, played message by message, with failures to switch on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import msgspec
import traitlets

from ...errors import InvalidInput
from ..base import Widget, described, static, within
from .picture import draw

if TYPE_CHECKING:
    from ...processes.rehearsal import Rehearsal

ACTORS: Final = ("customer", "clock", "process", "sender", "transit", "receiver", "suspense")


class SagaPlayer(Widget):
    """Messages between accounts and the process, in the order of time, and where the money is.

    `on` are the failures that are switched on, `dies_after` how many things had happened when the
    manager died (0: none did), `index` how many things are shown; they follow the browser and may
    be set. Keys: left and right step, Home and End go to the ends, Space plays, D lets the manager
    die.
    """

    _esm = static("frame.js", "saga_player/view.js")

    on = traitlets.List(traitlets.Unicode()).tag(sync=True)
    dies_after = traitlets.Int().tag(sync=True)
    index = traitlets.Int().tag(sync=True)

    def __init__(self, rehearsals: Iterable[Rehearsal], *, title: str = "A transfer") -> None:
        """Begin with the first rehearsal, at its start. Raises InvalidInput for none, for two that
        are the same, and for frames with actors that have no lane."""
        given = list(rehearsals)
        self._rehearsals = {(frozenset(one.failures), one.dies_after): one for one in given}
        if not given or len(self._rehearsals) < len(given):
            raise InvalidInput("rehearsals", "must be at least one, each with its own failures")
        for one in given:
            odd = {name for frame in one.frames for name in (frame.actor, frame.other)} - {*ACTORS}
            if odd or not one.frames:
                raise InvalidInput("rehearsals", f"need frames between {', '.join(ACTORS)}")
        super().__init__(
            title=title,
            packed=msgspec.json.encode([_packed(one) for one in given]),
            on=list(given[0].failures),
            dies_after=given[0].dies_after,
        )

    def __repr__(self) -> str:
        now = self._now
        return (
            f"SagaPlayer({self._failures}; {self.index} of {len(now.frames)} things have happened; "
            f"it ends {now.phase})"
        )

    @property
    def _now(self) -> Rehearsal:
        return self._rehearsals[frozenset(self.on), self.dies_after]

    def picture(self) -> str:
        """What has happened so far, as an SVG document."""
        return self._draw(self.index, repr(self))

    def still(self) -> dict[str, str]:
        """The first thing that happens: what comes of it is the task."""
        words = f"SagaPlayer({self._failures}; 1 of {len(self._now.frames)} things has happened)"
        return described(self._draw(1, words), words)

    @property
    def _failures(self) -> str:
        died = [f"the manager dies after {self.dies_after}"] if self.dies_after else []
        return ", ".join([*self._now.failures, *died]) or "no failure"

    def _draw(self, index: int, words: str) -> str:
        return draw(self.title, self._failures, self._now.frames[: max(1, index)], words)

    @traitlets.validate("on", "dies_after")
    def _check_run(self, proposal: Any) -> Any:
        """Both are set together by the browser, so each is looked at with the other as it is."""
        name, value = proposal["trait"].name, proposal["value"]
        now = {"on": self.on, "dies_after": self.dies_after, name: value}
        if (frozenset(now["on"]), now["dies_after"]) not in self._rehearsals:
            raise InvalidInput(name, f"was not rehearsed: {value!r}")
        return value

    @traitlets.validate("index")
    def _check_index(self, proposal: Any) -> int:
        most = max(len(one.frames) for one in self._rehearsals.values())
        return within("index", proposal["value"], 0, most)


def _packed(one: Rehearsal) -> dict[str, Any]:
    return {
        "failures": one.failures,
        "dies_after": one.dies_after,
        "phase": one.phase,
        "frames": list(map(asdict, one.frames)),
    }
