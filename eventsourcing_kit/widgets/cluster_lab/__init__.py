"""A cluster of servers: a run that was recorded is played, and buttons act on the real nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any, Final

import msgspec
import traitlets

from ...cluster_runs import ACTIONS, KINDS, OUTCOMES, Moment, Recorder, after, majority
from ...drawing.display import counted
from ...errors import EventSourcingError, InvalidInput
from ..asker import Workbench
from ..base import described, error_text, static, within
from .picture import draw

MOST: Final = 2_000  # moments; a reader goes through them one by one
MOST_NODES: Final = 7
SETTLING: Final = 10.0  # seconds: an election of NATS takes four to nine
BY_HAND: Final = {"sent", *OUTCOMES, *ACTIONS.values()}  # the rest is seen, and differs each time


class ClusterLab(Workbench):
    """Nodes, who leads, who has which position, and what became of each append, moment by moment.

    `index` is how many moments have passed and follows the browser; `run` has all of them. Given a
    Recorder the buttons act on its cluster, and what happens is appended to the run; given moments
    alone they are disabled.

    Keys: left and right step, Home and End go to the ends, Space plays.
    """

    FIELDS = ("number", "action", "node")

    _esm = static(
        "frame.js", "plot.js", "asker.js", "cluster_lab/machine.js", "cluster_lab/view.js"
    )

    run: traitlets.List[dict[str, Any]] = traitlets.List().tag(sync=True)
    index = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        run: Recorder | Iterable[Moment],
        *,
        nodes: Iterable[str] = (),
        title: str = "Cluster lab",
    ) -> None:
        """Begin after the last moment. `nodes` are those of a plain recording, where some were
        never heard of. Raises InvalidInput."""
        self._recorder = run if isinstance(run, Recorder) else None
        moments = list(run.moments if isinstance(run, Recorder) else run)
        named = {one.node for one in moments if one.node}
        self._nodes = self._recorder.nodes if self._recorder else tuple(sorted(named | set(nodes)))
        _check(moments, self._nodes)
        packed = {
            "nodes": self._nodes,
            "live": self._recorder is not None,
            "majority": majority(self._nodes),
        }
        super().__init__(
            title=title,
            packed=msgspec.json.encode(packed),
            run=[asdict(one) for one in moments],
            index=len(moments),
            draft=dict(zip(self.FIELDS, ("0", "", ""), strict=True)),
        )

    def __repr__(self) -> str:
        """What was done and what came of it; who leads is another one every time."""
        said = Counter(after(self._nodes, self.moments).appends.values())
        outcomes = ", ".join(f"{said[kind]} {kind}" for kind in OUTCOMES if said[kind])
        appends = counted(sum(said.values()), "append")
        return f"ClusterLab({counted(len(self._nodes), 'node')}; {appends}: {outcomes or 'none'})"

    @property
    def moments(self) -> list[Moment]:
        """All that has happened."""
        return [Moment(**one) for one in self.run]

    def picture(self) -> str:
        """The moments that have passed, as an SVG document."""
        return draw(self.title, self._nodes, self.moments[: self.index], repr(self))

    def still(self) -> dict[str, str]:
        """What was done and what came of it: that is the same whenever the cells are run again.

        Who led, and so perhaps who was hurt, is not; so a letter stands for each node, in the order
        in which something was done to them.
        """
        told = [one for one in self.moments if one.kind in BY_HAND]
        order = dict.fromkeys([*(one.node for one in told if one.node), *self._nodes])
        letters = dict(zip(order, "ABCDEFG", strict=False))
        renamed = [replace(one, node=letters.get(one.node, "")) for one in told]
        picture = draw(self.title, tuple(letters.values()), renamed, repr(self))
        return described(picture, repr(self))

    @traitlets.observe("draft")
    def _act(self, _: object) -> None:
        """Do what a button asks for. What goes wrong is said beside it; a bug is an error."""
        said = ""
        try:
            if self._recorder and self.draft["action"]:
                self._ask(self._recorder, self.draft["action"], self.draft["node"])
        except EventSourcingError as error:
            said = error_text(error)
        finally:
            self.answer = {"draft": self.draft, "said": said}

    def _ask(self, recorder: Recorder, action: str, node: str) -> None:
        if len(recorder.moments) > MOST:
            raise InvalidInput("run", f"has more than {MOST:,} moments; begin another")
        try:
            if action == "append":
                recorder.append()
            elif action == "look":
                recorder.look()
            else:
                recorder.do(action, node)
            recorder.settle(SETTLING)
        finally:
            with self.hold_sync():  # a browser that heard of one alone would answer
                self.run = [asdict(one) for one in recorder.moments]
                self.index = len(self.run)

    @traitlets.validate("index")
    def _check_index(self, proposal: Any) -> int:
        return within("index", proposal["value"], 0, len(self.run))


def _check(moments: list[Moment], nodes: tuple[str, ...]) -> None:
    if not 1 <= len(nodes) <= MOST_NODES:
        raise InvalidInput("nodes", f"must be 1 to {MOST_NODES}")
    if len(moments) > MOST:
        raise InvalidInput("run", f"has more than {MOST:,} moments; give a slice of them")
    for one in moments:
        if one.kind not in KINDS:
            raise InvalidInput("run", f"{one.kind!r} is none of {', '.join(KINDS)}")
        if one.kind in {*ACTIONS.values(), "has"} and one.node not in nodes:
            raise InvalidInput("run", f"{one.kind!r} needs one of the nodes, not {one.node!r}")
