"""Step through a fold: one event, the state before and after, the lines of evolve that ran."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from copy import deepcopy
from itertools import islice
from typing import Any, TypeVar

import msgspec
import traitlets

from ...drawing.display import counted
from ...errors import InvalidInput
from ..base import Widget, static, within
from .picture import draw
from .trace import Money, as_it_stands, trace

E = TypeVar("E")
S = TypeVar("S")

MOST = 1_000  # events; more are no reading matter


class FoldSteps(Widget):
    """A fold, one event after the other, forwards and backwards.

    Keys: left and right step from event to event (with Shift by ten), Home and End, Space plays.

    `index` follows the playhead whenever it comes to rest, and may be set: how many events are
    folded, from 0. Where evolve raises, the fold ends: that event is the last that can be reached.

    The events are folded once, here, while the lines of `evolve` that run are noted (by
    sys.settrace). Lines of functions that it calls are not shown.

    Where `evolve` is a function of a module or a notebook, *Trace again* folds anew with what has
    its name now: a cell that was edited and run again has replaced it. `again` counts how often.
    """

    _esm = static("frame.js", "plot.js", "fold_steps/view.js")

    index = traitlets.Int().tag(sync=True)
    again = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        evolve: Callable[[S, E], S],
        events: Iterable[E],
        initial_state: S,
        *,
        amounts: Collection[str] = (),
        currency: str = "",
        title: str = "Step through a fold",
        index: int = 0,
    ) -> None:
        """Start after `index` events; a negative one counts from the end, −1 is the last.

        Events and states may be anything: dataclasses and dicts are shown by their fields, all
        else by its repr. `amounts` are the names of values that are minor units of the `currency`
        beside them, or else of this one. Raises InvalidInput.
        """
        if not callable(evolve):
            raise InvalidInput("evolve", f"must be a function, not {type(evolve).__name__}")
        first = list(islice(events, MOST + 1))
        if len(first) > MOST:
            raise InvalidInput("events", f"are more than {MOST:,}; give a slice of them")
        self._evolve, self._events, self._money = evolve, first, Money(amounts, currency)
        self._initial_state = deepcopy(initial_state)  # evolve may change what it is given
        self._fold = trace(evolve, first, initial_state, self._money)
        if index < 0:
            index += len(self._fold.steps) + 1
        self._check_index({"value": index})
        super().__init__(title=title, packed=msgspec.json.encode(self._fold), index=index)

    def __repr__(self) -> str:
        fold, count = self._fold, len(self._fold.steps) + len(self._fold.left)
        events = counted(count, "event")
        if self.index == 0:
            return f"FoldSteps({fold.name} over {events}; before the first)"
        step = fold.steps[self.index - 1]
        at = f"FoldSteps({fold.name} over {events}; after event {self.index:,}, {step.type}"
        return f"{at}: {step.raised or self._change()})"

    def _change(self) -> str:
        """What the current step changed: "balance 100 → 70, frozen False → True"."""
        fold = self._fold
        before = dict(fold.steps[self.index - 2].state if self.index > 1 else fold.opening)
        after = fold.steps[self.index - 1].state
        changes = [
            f"{name} {before.get(name, '–')} → {value}"
            for name, value in after
            if before.get(name) != value
        ]
        return ", ".join(changes) or "nothing changed"

    def picture(self) -> str:
        """The fold at the playhead, as an SVG document."""
        return draw(self._fold, self.index, self.title, repr(self))

    @traitlets.observe("again")
    def _trace_again(self, _: object) -> None:
        evolve = as_it_stands(self._evolve)
        self._fold = trace(evolve, self._events, deepcopy(self._initial_state), self._money)
        self.index = min(self.index, len(self._fold.steps))
        self.packed = msgspec.json.encode(self._fold)

    @traitlets.validate("index")
    def _check_index(self, proposal: Any) -> int:
        return within("index", proposal["value"], 0, len(self._fold.steps), "this fold has steps")
