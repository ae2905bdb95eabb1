"""What every widget of the kit does: a stable text, a picture to leave behind, errors in sight."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any, ClassVar

import anywidget
import traitlets

from ..drawing.plots import with_words
from ..drawing.svg import told
from ..errors import InvalidInput

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
STILL = "es-still"
KEPT = "es-kept"  # of a still that stays when the widget is live
# Live: the widget alone. Opened again, when no kernel knows the widget: the picture alone.
_CHOICE = (
    "<style>"
    ".jp-OutputArea-child:has(.es-still):has(+ .jp-OutputArea-child .es-widget),"
    ".jp-OutputArea-child:has(.es-still) + "
    ".jp-OutputArea-child:has(.jupyter-widgets):not(:has(.es-widget))"
    "{display:none}</style>"
)


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
    not_live = "Picture. Run this cell to make it live."
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

    def still(self) -> dict[str, str]:
        """What stays behind for those who only read, by MIME type: the start of a task.

        It is what the widget shows now, unless that would give an answer away.
        """
        return described(self.picture(), repr(self))

    def _left_behind(self, html: str) -> str:
        """The HTML of a still, as it is published: the live widget takes its place."""
        return f'{_CHOICE}<div class="{STILL}">{html}<p>{self.not_live}</p></div>'

    def _ipython_display_(self, **_: Any) -> None:
        """Publish the picture, and after it the widget, which takes the picture's place.

        A notebook that is opened again has the picture, and no kernel that knows the widget, which
        JupyterLab then calls an error. Two rules of style choose, so no program has to run.
        """
        from IPython.display import publish_display_data

        still = self.still()
        publish_display_data({**still, "text/html": self._left_behind(still["text/html"])})
        bundle = self._repr_mimebundle_()
        if bundle is not None:  # the widget alone: a text beside it would be a second picture
            publish_display_data({WIDGET_VIEW: bundle[0][WIDGET_VIEW]})


def described(svg: str, words: str) -> dict[str, str]:
    """A picture by MIME type: who cannot see it hears what it tells, a plain text has `words`."""
    return {**with_words(svg, told(svg) or words), "text/plain": words}


def is_still(data: Mapping[str, Any]) -> bool:
    """Whether an output is what a widget leaves behind."""
    html = data.get("text/html", "")
    return f'class="{STILL}"' in html or f'class="{KEPT}"' in html


def within(name: str, value: int, low: int, high: int, there_are: str = "must be") -> int:
    """The value of a trait, or InvalidInput: "there are steps 0 to 9"."""
    if not low <= value <= high:
        raise InvalidInput(name, f"{there_are} {low} to {high}")
    return int(value)


def error_text(error: Exception) -> str:
    """One line for the learner: "ZeroDivisionError: division by zero"."""
    return f"{type(error).__name__}: {error}"
