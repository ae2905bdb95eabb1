"""A clock of sixty seconds, to say a chapter's answer aloud against."""

from __future__ import annotations

import traitlets

from ...drawing.svg import FACT, MUTED, document, line, tag, text
from ..base import Widget, static


class SixtySeconds(Widget):
    """Counts sixty seconds down, and then what was said too much. It keeps nothing."""

    _esm = static("frame.js", "sixty_seconds/view.js")

    title = traitlets.Unicode("Say it in sixty seconds").tag(sync=True)

    def picture(self) -> str:
        """The clock before it starts."""
        button = tag("rect", x=12.5, y=12.5, width=84, height=27, rx=3, fill="none", stroke=MUTED)
        return document(
            440,
            52,
            self.title,
            "A clock that stands at sixty seconds",
            button,
            text(54, 31, "▶ Say it", text_anchor="middle"),
            line(112, 26, 352, 26, FACT, 5),
            text(368, 31, "60 s left", fill=MUTED),
        )

    def __repr__(self) -> str:
        return "A clock of sixty seconds"
