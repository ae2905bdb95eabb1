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

ACTORS: Final = ("customer", "clock", "process", "sender", "receiver", "suspense")


class SagaPlayer(Widget):
    """Messages between accounts and the process, in the order of time; failures as switches.

    `on` are the failures that are switched on, `index` how many things have happened; both follow
    the browser and may be set. Keys: left and right step, Home and End go to the ends.
    """

    _esm = static("frame.js", "saga_player/view.js")

    on = traitlets.List(traitlets.Unicode()).tag(sync=True)
    index = traitlets.Int().tag(sync=True)

    def __init__(self, rehearsals: Iterable[Rehearsal], *, title: str = "A transfer") -> None:
        """Begin with the first rehearsal, at its end. Raises InvalidInput for none, for two with
        the same failures, and for frames with actors that have no lane."""
        given = list(rehearsals)
        self._rehearsals = {frozenset(one.failures): one for one in given}
        if not given or len(self._rehearsals) < len(given):
            raise InvalidInput("rehearsals", "must be at least one, each with its own failures")
        for one in given:
            odd = {name for frame in one.frames for name in (frame.actor, frame.other)} - {*ACTORS}
            if odd or not one.frames:
                raise InvalidInput("rehearsals", f"need frames between {', '.join(ACTORS)}")
        first = given[0]
        super().__init__(
            title=title,
            packed=msgspec.json.encode([_packed(one) for one in given]),
            on=list(first.failures),
            index=len(first.frames),
        )

    def __repr__(self) -> str:
        now = self._now
        return (
            f"SagaPlayer({self._failures}; {self.index} of {len(now.frames)} things have happened; "
            f"it ends {now.phase})"
        )

    @property
    def _now(self) -> Rehearsal:
        return self._rehearsals[frozenset(self.on)]

    def picture(self) -> str:
        """What has happened so far, as an SVG document."""
        return self._draw(self.index, repr(self))

    def still(self) -> dict[str, str]:
        """The first thing that happens: what comes of it is the task."""
        words = f"SagaPlayer({self._failures}; 1 of {len(self._now.frames)} things has happened)"
        return described(self._draw(1, words), words)

    @property
    def _failures(self) -> str:
        return ", ".join(self._now.failures) or "no failure"

    def _draw(self, index: int, words: str) -> str:
        happened = self._now.frames[:index]
        frames = [(one.actor, one.other, one.text, one.kind) for one in happened]
        frame = self._now.frames[max(0, index - 1)]
        amounts = [*frame.balances, frame.on_its_way]
        return draw(self.title, self._failures, frames, amounts, words)

    @traitlets.validate("on")
    def _check_on(self, proposal: Any) -> list[str]:
        if frozenset(proposal["value"]) not in self._rehearsals:
            raise InvalidInput("on", "was not rehearsed")
        return list(proposal["value"])

    @traitlets.validate("index")
    def _check_index(self, proposal: Any) -> int:
        most = max(len(one.frames) for one in self._rehearsals.values())
        return within("index", proposal["value"], 0, most)


def _packed(one: Rehearsal) -> dict[str, Any]:
    return {"failures": one.failures, "phase": one.phase, "frames": list(map(asdict, one.frames))}
