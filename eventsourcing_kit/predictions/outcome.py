"""What the cell below a prediction shows, held back while it runs and published folded.

The results of a notebook are stored with it: a plain one would stand in sight below the question.
An HTML <details> is closed wherever it is read, on a forge as in JupyterLab, and hidden outputs are
not: JupyterLab shows their first line. Widgets stay as they are: they show a task and no answer.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Any

from ..widgets.base import WIDGET_VIEW, is_still
from ..widgets.prediction import Prediction

FOLD = '<details class="es-outcome">'
SUMMARY = "What happened"

Piece = str | dict[str, str]  # printed text, or a result by MIME type


def fold_the_next_cell(prediction: Prediction) -> None:
    """Arrange it, if a notebook's kernel is running this."""
    from IPython import get_ipython

    shell = get_ipython()
    if hasattr(getattr(shell, "displayhook", None), "register_hook"):
        _NextCell(shell, prediction)


class _NextCell:
    """From the start of the next cell to its end."""

    def __init__(self, shell: Any, prediction: Prediction) -> None:
        self.shell = shell
        self.prediction = prediction
        self.pieces: list[Piece] = []
        shell.events.register("pre_run_cell", self.begin)

    def begin(self, _: Any) -> None:
        self.shell.events.unregister("pre_run_cell", self.begin)
        self.shell.events.register("post_run_cell", self.end)
        self.stdout, sys.stdout = sys.stdout, _Printed(self.pieces)
        for publisher in (self.shell.display_pub, self.shell.displayhook):
            publisher.register_hook(self.hold)

    def hold(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """Keep a result; what has to reach the page at once goes on."""
        data = message["content"].get("data", {})
        if message["msg_type"] not in ("display_data", "execute_result"):
            return message
        if WIDGET_VIEW in data or is_still(data):
            return message
        self.pieces.append(data)
        return None

    def end(self, _: Any) -> None:
        self.shell.events.unregister("post_run_cell", self.end)
        sys.stdout = self.stdout
        for publisher in (self.shell.display_pub, self.shell.displayhook):
            publisher.unregister_hook(self.hold)
        if self.pieces:
            self.shell.display_pub.publish(folded(self.pieces))
        self.prediction.ran += 1


class _Printed(io.TextIOBase):
    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces = pieces

    def write(self, text: str) -> int:
        self.pieces.append(text)
        return len(text)


def folded(pieces: list[Piece]) -> dict[str, str]:
    """One result, closed, of what was printed and shown, in that order."""
    whole = list(_joined(pieces))
    body = "\n".join(map(_html, whole))
    plain = "\n".join(
        piece.rstrip("\n") if isinstance(piece, str) else piece.get("text/plain", "")
        for piece in whole
    )
    html = f"{FOLD}<summary>{SUMMARY}</summary>\n{body}\n</details>"
    return {"text/html": html, "text/plain": plain}


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    """The pieces, with what was printed in one go as one."""
    for printed, group in groupby(pieces, lambda piece: isinstance(piece, str)):
        if printed:
            yield "".join(map(str, group))
        else:
            yield from group


def _html(piece: Piece) -> str:
    if isinstance(piece, str):
        return f"<pre>{escape(piece.rstrip(chr(10)))}</pre>"
    if "text/html" in piece:
        return piece["text/html"]
    if "text/markdown" in piece:
        import mistune

        return str(mistune.html(piece["text/markdown"]))
    if "image/png" in piece:
        words = escape(piece.get("text/plain", ""))
        return f'<img alt="{words}" src="data:image/png;base64,{piece["image/png"]}">'
    return f"<pre>{escape(piece.get('text/plain', ''))}</pre>"
