"""What stands under a verdict while a kernel is there: the next hint, a solution, the way on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import traitlets

from ..base import KEPT, Widget, static

# The verdict stays above its buttons. Opened again, when no kernel knows these, they are hidden.
_CHOICE = (
    f"<style>.jp-OutputArea-child:has(.{KEPT}) + "
    ".jp-OutputArea-child:has(.jupyter-widgets):not(:has(.es-widget)){display:none}</style>"
)


class VerdictHelp(Widget):
    """Buttons under a verdict, which is given by MIME type and is what they leave behind.

    `on_hint` takes one more hint and gives all that were taken, `on_solution` gives one way to do
    it; both give Markdown. `hints` is how many hints there are, `told` those taken, each as the
    tokens of mistune, which the browser makes elements of; so is `solution`, empty until it is
    asked for. `right`: it is there to compare with; `costs`: that it was seen is noted on the map.
    `standing` says how many of the chapter are solved, `following` is the number and title of the
    next that is open, if any: "4.2 A title".
    """

    asks_python = True

    _esm = static("frame.js", "verdict/view.js")

    title = traitlets.Unicode("Help").tag(sync=True)
    hints = traitlets.Int(0).tag(sync=True)
    told = traitlets.List(traitlets.List(traitlets.Dict())).tag(sync=True)
    solution = traitlets.List(traitlets.Dict()).tag(sync=True)
    right = traitlets.Bool(False).tag(sync=True)
    costs = traitlets.Bool(True).tag(sync=True)
    standing = traitlets.Unicode().tag(sync=True)
    following = traitlets.Unicode().tag(sync=True)
    # The browser asks by another number.
    hint_asked = traitlets.Int(0).tag(sync=True)
    solution_asked = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        verdict: Mapping[str, str],
        on_hint: Callable[[], Sequence[str]],
        on_solution: Callable[[], str],
        told: Sequence[str] = (),
        **state: Any,
    ) -> None:
        self._verdict = dict(verdict)
        self._on_hint, self._on_solution = on_hint, on_solution
        super().__init__(told=[_tokens(one) for one in told], **state)

    @traitlets.observe("hint_asked")
    def _tell_a_hint(self, _: Any) -> None:
        if len(self.told) < self.hints:
            self.told = [_tokens(one) for one in self._on_hint()]

    @traitlets.observe("solution_asked")
    def _tell_the_solution(self, _: Any) -> None:
        self.solution = _tokens(self._on_solution())

    def still(self) -> dict[str, str]:
        """The verdict."""
        return self._verdict

    def _left_behind(self, html: str) -> str:
        return f'{_CHOICE}<div class="{KEPT}">{html}</div>'

    def __repr__(self) -> str:
        return self.title


def _tokens(text: str) -> list[dict[str, Any]]:
    """What Markdown consists of, by mistune."""
    import mistune

    tokens: list[dict[str, Any]] = mistune.create_markdown(renderer="ast")(text)  # type: ignore[assignment]
    return tokens
