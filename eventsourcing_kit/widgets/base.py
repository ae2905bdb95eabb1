"""What every widget of the kit does: a stable text, a picture to leave behind, errors in sight."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, ClassVar

import anywidget
import traitlets

from ..drawing.plots import with_words
from ..errors import InvalidInput


def static(*names: str) -> str:
    """The text of files in this folder, one after the other."""
    folder = files(__package__)
    return "\n".join(folder.joinpath(name).read_text(encoding="utf-8") for name in names)


class Widget(anywidget.AnyWidget):
    """A widget with a text and a picture that are the same on every run.

    `error` is shown in the widget. It is the last exception that an `observe` callback raised
    when the browser changed a trait: nobody else would show it.

    `asks_python` says that its view is of little use alone: answers come from the kernel, so the
    book shows its picture.
    """

    asks_python: ClassVar[bool] = False

    error = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    packed = traitlets.Bytes().tag(sync=True, echo_update=False)  # JSON that is sent once, if any

    _css = static("widgets.css")

    def picture(self) -> str:
        """What the widget shows now, as an SVG document."""
        raise NotImplementedError

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take what the browser sends; called by ipywidgets."""
        try:
            super().set_state(sync_data)
            self.error = ""
        except Exception as error:
            self.error = error_text(error)

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        # The live widget for whoever has a kernel; the picture stays for those who only read.
        bundle = super()._repr_mimebundle_()
        if bundle is not None:
            bundle[0]["text/plain"] = repr(self)
            bundle[0].update(with_words(self.picture(), repr(self)))
        return bundle


def within(name: str, value: int, low: int, high: int, there_are: str = "must be") -> int:
    """The value of a trait, or InvalidInput: "there are steps 0 to 9"."""
    if not low <= value <= high:
        raise InvalidInput(name, f"{there_are} {low} to {high}")
    return int(value)


def error_text(error: Exception) -> str:
    """One line for the learner: "ZeroDivisionError: division by zero"."""
    return f"{type(error).__name__}: {error}"
