"""Choices to predict from: made by mouse or number key, before the cell below is run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import traitlets

from ..base import Widget, static


class Prediction(Widget):
    """Radio buttons, one a choice. `on_choice` is called with the text of each that is chosen.

    `chosen` counts from 0 and is -1 before a choice; `ran` counts how often the cell below has been
    run. From the first time on, the choices are closed, and the browser unfolds what that cell
    showed and the prose that resolves it.
    """

    asks_python = True

    _esm = static("frame.js", "prediction/view.js")

    not_live = "Run this cell to choose, with the mouse or a number key."
    title = traitlets.Unicode("Your prediction").tag(sync=True)
    choices = traitlets.List(traitlets.Unicode()).tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)
    ran = traitlets.Int(0).tag(sync=True)

    def __init__(self, choices: Sequence[str], on_choice: Callable[[str], None]) -> None:
        self._on_choice = on_choice
        super().__init__(choices=list(choices))

    @traitlets.validate("chosen")
    def _is_a_choice(self, proposal: Any) -> int:
        if not -1 <= proposal["value"] < len(self.choices):
            raise traitlets.TraitError(f"There is no choice {proposal['value']}.")
        return int(proposal["value"])

    @traitlets.observe("chosen")
    def _tell(self, change: Any) -> None:
        if self.chosen >= 0:
            self._on_choice(self.choices[self.chosen])

    def still(self) -> dict[str, str]:
        """The choices as a list: whoever has no kernel predicts in their head."""
        items = "".join(f" ○ {escape(choice)}" for choice in self.choices)
        return {"text/html": f"<p>Your prediction: {items}</p>", "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"Your prediction: {' · '.join(self.choices)}"
