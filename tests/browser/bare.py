"""A widget on a bare page, with its Python at the other end of the page's own messages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from eventsourcing_kit.widgets import bare
from eventsourcing_kit.widgets.base import Widget
from tests.browser.lab import screenshot


class Bench:
    """Shows widgets on a page, one at a time, and is the comm between each and its Python.

    A comm is what ipywidgets sends through; this one sends to the page, where JupyterLab's sends
    to its server. So `widget` is the real object: what is done on the page arrives in its traits,
    and a trait that a test sets arrives on the page.
    """

    comm_id = "bench"

    def __init__(self, page: Page, folder: Path) -> None:
        """`folder` is where the page is put: a browser opens it as a reader does, from a file."""
        self.page = page
        self._file = folder / "bare.html"
        self._hear: Callable[[dict[str, Any]], None] = lambda message: None
        self._answers: list[dict[str, Any]] | None = None  # while Python hears of something
        page.expose_function("askPython", self._take)
        page.add_init_script(TO_PYTHON)

    def show(self, widget: Widget) -> Locator:
        """The widget, just made, on a page of its own."""
        self._file.write_text(bare.page(widget), encoding="utf-8")
        self.page.goto(self._file.as_uri())
        self.page.wait_for_function("() => globalThis.widget")
        widget.comm = self
        return self.page.locator(".es-widget")

    def rest(self, milliseconds: int = 300) -> None:
        """Wait until the keys have rested and Python has heard of all that was done."""
        self.page.wait_for_timeout(milliseconds)
        self.page.evaluate("() => pythonHasHeard")

    def set_theme(self, theme: str) -> None:
        """The reader's system turns to "Light" or "Dark"."""
        self.page.emulate_media(color_scheme="dark" if theme == "Dark" else "light")

    def check_it_fits(
        self, widget: Locator, theme: str, width: int, name: str, height: int = 800
    ) -> None:
        """In that theme nothing is cut off or makes the page wider; keeps a picture by the name."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.set_theme(theme)
        expect(widget).to_have_attribute("data-theme", theme.lower())
        wide: Any = widget.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert wide[0] <= wide[1], "nothing is cut off at the side"
        page = self.page.evaluate("() => document.documentElement.scrollWidth")
        assert page <= width, "nothing makes the page wider"
        screenshot(self.page, f"{name}-{theme.lower()}-{width}")

    # --- what ipywidgets calls

    def on_msg(self, callback: Callable[[dict[str, Any]], None]) -> None:
        self._hear = callback

    def send(
        self,
        data: Mapping[str, Any],
        metadata: object = None,
        buffers: Sequence[bytes | memoryview] = (),
    ) -> None:
        message = _on_the_wire(data, buffers or ())
        if self._answers is None:
            self.page.evaluate("(message) => widget.hear(message)", message)
        else:
            self._answers.append(message)

    def close(self, *_: object, **__: object) -> None: ...

    # --- what the page calls

    def _take(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        """Hand a message to the widget; what Python sends meanwhile goes back in one answer."""
        answers: list[dict[str, Any]] = []
        self._answers = answers
        try:
            self._hear({"content": {"data": {"buffer_paths": [], **message}}, "buffers": []})
        finally:
            self._answers = None
        return answers


TO_PYTHON = """
globalThis.pythonHasHeard = Promise.resolve();
globalThis.toPython = (message) => {
  pythonHasHeard = pythonHasHeard.then(() => askPython(message))
    .then((answers) => answers.forEach((answer) => widget.hear(answer)));
};
"""


def _on_the_wire(data: Mapping[str, Any], buffers: Sequence[bytes | memoryview]) -> dict[str, Any]:
    """A message of ipywidgets with its bytes in base64, where they belong in its state."""
    encoded = [bare.in_base64(buffer) for buffer in buffers]
    if data["method"] == "custom":
        return {**data, "buffers": encoded}
    state = dict(data.get("state", {}))
    for (name,), value in zip(data.get("buffer_paths", ()), encoded, strict=True):
        state[name] = value
    return {**data, "state": state}
