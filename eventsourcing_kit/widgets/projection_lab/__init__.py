"""A projection lab: two projections of the same events, and a button that crashes both."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, cast

import msgspec
import traitlets

from ...drawing.display import counted, minor_digits, money_text
from ...errors import InvalidInput
from ..base import Widget, static
from .machine import CRASH, STEP, Cure, State, after
from .picture import draw
from .words import CURE_NAMES, LabEvent, PackedLab, verdict

MOST = 200  # events; a reader looks at each of them
MOST_MOVES = 5_000
LARGEST = 2**40  # minor units; sums of them are still exact in JavaScript


class ProjectionLab(Widget):
    """The same events into two projections; both can be crashed at any step.

    The left one handles an event and saves its checkpoint after that: at least once. The right
    one moves balance and checkpoint in one transaction: each event is in it exactly once.

    Keys: left and right step (with Shift by ten), C crashes, Space plays, Home and End go to the
    start and the end, 1 to 5 choose a cure for the left one. Going back takes the last move back.

    Two traits follow, and may be set. `moves` is what was done so far, a text of "s" (a step) and
    "c" (a crash). `cure` is "none", "position", "event_id", "transaction" or "checkpoint_first",
    which is none: it loses events where the first one counts them twice. What is shown is a fold
    over the moves: with another cure the same moves are folded again.
    """

    _esm = static(
        "frame.js", "projection_lab/machine.js", "projection_lab/strip.js", "projection_lab/view.js"
    )

    moves = traitlets.Unicode().tag(sync=True)
    cure = traitlets.Unicode("none").tag(sync=True)

    def __init__(
        self,
        events: Iterable[tuple[str, int, int]],
        *,
        opening: int = 0,
        currency: str = "EUR",
        cure: str = "none",
        moves: str = "",
        title: str = "Projection lab",
    ) -> None:
        """Start after `moves`.

        An event is its label, its amount and its position. Amounts are minor units of `currency`,
        below zero for money that goes; positions are whole numbers from 1 that grow. `opening` is
        the balance before the first event. Raises InvalidInput.
        """
        shown = [_event(event, currency) for event in islice(events, MOST + 1)]
        if not shown:
            raise InvalidInput("events", "are none; there is nothing to project")
        if len(shown) > MOST:
            raise InvalidInput("events", f"are more than {MOST}; give a slice of them")
        positions = [event.position for event in shown]
        if positions != sorted(set(positions)):
            raise InvalidInput("events", "must come in the order of their positions")
        _check_amount("opening", opening)
        self._packed = PackedLab(shown, opening, currency, minor_digits(currency))
        packed = msgspec.json.encode(self._packed)
        super().__init__(title=title, packed=packed, moves=moves, cure=cure)

    def __repr__(self) -> str:
        state, packed = self._state(), self._packed
        left, right = (
            f"{money_text(lane.balance, packed.currency)} {verdict(packed, lane, state.head)}"
            for lane in (state.left, state.right)
        )
        events, steps = counted(len(packed.events), "event"), counted(state.tick, "step")
        crashed = f"crashed {counted(self.moves.count(CRASH), 'time')}"
        at = f"{events}, {CURE_NAMES[self.cure]}; after {steps}, {crashed}"
        return f"ProjectionLab({at}: left {left}; right {right})"

    def picture(self) -> str:
        """The lab after its moves, as an SVG document."""
        return draw(self._packed, self._state(), self.cure, self.title, repr(self))

    def _state(self) -> State:
        amounts = [event.amount for event in self._packed.events]
        return after(amounts, self.moves, cast("Cure", self.cure), self._packed.opening)

    @traitlets.validate("moves")
    def _check_moves(self, proposal: Any) -> str:
        moves: str = proposal["value"]
        if set(moves) - {STEP, CRASH}:
            raise InvalidInput("moves", f"must be a text of {STEP!r} and {CRASH!r}")
        if len(moves) > MOST_MOVES:
            raise InvalidInput("moves", f"are more than {MOST_MOVES:,}")
        return moves

    @traitlets.validate("cure")
    def _check_cure(self, proposal: Any) -> str:
        cure: str = proposal["value"]
        if cure not in CURE_NAMES:
            raise InvalidInput("cure", f"{cure!r} is none of {list(CURE_NAMES)}")
        return cure


def _event(event: tuple[str, int, int], currency: str) -> LabEvent:
    if not isinstance(event, tuple) or len(event) != 3:
        raise InvalidInput("events", "each must be a tuple: its label, its amount, its position")
    label, amount, position = event
    if not isinstance(label, str):
        raise InvalidInput("label", f"must be a text, not {label!r}")
    _check_amount("amount", amount)
    if type(position) is not int or not 1 <= position < 2**53:
        raise InvalidInput("position", f"must be a whole number from 1, not {position!r}")
    sign = "+" if amount >= 0 else ""
    return LabEvent(label, amount, position, sign + money_text(amount, currency))


def _check_amount(name: str, amount: Any) -> None:
    if type(amount) is not int or abs(amount) >= LARGEST:
        raise InvalidInput(name, f"must be a whole number of minor units, not {amount!r}")
