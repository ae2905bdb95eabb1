"""An incident that was recorded, on a time line: say what it is, and what to do first."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import msgspec
import traitlets

from ...errors import InvalidInput
from ..base import Widget, described, static, within
from .picture import draw

if TYPE_CHECKING:
    from ...operation.incidents import Recording

MOST_LINES: Final = 2_000  # of the log, and spans: the browser goes through them at each step


class ControlRoom(Widget):
    """Charts, log and traces of an incident, up to a cursor; a cause and a first action to choose.

    `index` is the sample at the cursor, from 0; `cause` and `action` are the numbers that were
    chosen, from 1, and 0 for none. All follow the browser and may be set. What an action does is
    told when both are chosen.

    Keys: left and right step, Home and End go to the ends, Space plays.
    """

    _esm = static("frame.js", "plot.js", "control_room/view.js")

    index = traitlets.Int().tag(sync=True)
    cause = traitlets.Int().tag(sync=True)
    action = traitlets.Int().tag(sync=True)

    def __init__(self, recording: Recording, *, title: str = "Control room") -> None:
        """Begin at the end of the recording: somebody has just been called. Raises InvalidInput."""
        tape = recording.tape
        if not tape.at or len(tape.log) > MOST_LINES or len(tape.spans) > MOST_LINES:
            raise InvalidInput("recording", f"needs a sample, and at most {MOST_LINES:,} lines")
        self._recording = recording
        alarms = [{"at": at, "words": str(one)} for at, one in recording.alarms()]
        right = recording.causes.index(recording.cause) + 1
        packed = {**asdict(recording), "right": right, "alarms": alarms}
        super().__init__(title=title, packed=msgspec.json.encode(packed), index=len(tape.at) - 1)

    def __repr__(self) -> str:
        tape = self._recording.tape
        return (
            f"ControlRoom({self._recording.name!r}; {tape.at[self.index]:,.0f} of "
            f"{tape.at[-1]:,.0f} seconds; {self._said})"
        )

    @property
    def _said(self) -> str:
        if not self.cause or not self.action:
            return "nothing said yet"
        recording = self._recording
        cause = recording.causes[self.cause - 1] == recording.cause
        action = recording.actions[self.action - 1].is_right
        return f"cause {'right' if cause else 'wrong'}, action {'right' if action else 'wrong'}"

    def picture(self) -> str:
        """The charts up to the cursor, as an SVG document."""
        return draw(self.title, self._recording, self.index, repr(self))

    def still(self) -> dict[str, str]:
        """The charts alone: what it was is the task."""
        words = f"ControlRoom({self._recording.name!r})"
        last = len(self._recording.tape.at) - 1
        return described(draw(self.title, self._recording, last, words), words)

    @traitlets.validate("index")
    def _check_index(self, proposal: Any) -> int:
        return within("index", proposal["value"], 0, len(self._recording.tape.at) - 1)

    @traitlets.validate("cause")
    def _check_cause(self, proposal: Any) -> int:
        return within("cause", proposal["value"], 0, len(self._recording.causes))

    @traitlets.validate("action")
    def _check_action(self, proposal: Any) -> int:
        return within("action", proposal["value"], 0, len(self._recording.actions))
