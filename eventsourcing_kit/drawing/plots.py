"""Plots in one style: matplotlib, colours that colour-blind eyes can tell apart, and words for
those who do not see them.
"""

from __future__ import annotations

import io
import re
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's palette ("Color Universal Design", 2008), in the order in which it is used here.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
STYLE: Any = {  # matplotlib types every key of such a dictionary
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.figsize": (8, 3.2),
    "figure.constrained_layout.use": True,
    "font.size": 10,
    "svg.hashsalt": "eventsourcing_kit",  # the same plot gives the same bytes
}


class Picture:
    """A plot with its description, as SVG. The last value of a cell is shown."""

    def __init__(self, svg: str, description: str) -> None:
        self.svg = svg
        self.description = description

    def __repr__(self) -> str:
        return f"<Picture: {self.description}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": repr(self), **with_words(self.svg, self.description)}


def with_words(svg: str, description: str) -> dict[str, str]:
    """The forms in which a notebook keeps a picture, by MIME type.

    JupyterLab gives an SVG output no alternative text, so it comes as HTML too; places that clean
    HTML take the SVG.
    """
    source = f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
    html = f'<img alt="{escape(description)}" src="{source}"/>'
    return {"image/svg+xml": svg, "text/html": html}


def subplots(**options: Any) -> tuple[Figure, Axes]:
    """A figure and its axes in the kit's style; `options` go to matplotlib's subplots."""
    import matplotlib.pyplot as plt
    from cycler import cycler

    with plt.rc_context({**STYLE, "axes.prop_cycle": cycler(color=COLOURS)}):
        figure, axes = plt.subplots(**options)
    return figure, axes


def picture(figure: Figure, description: str) -> Picture:
    """The finished figure with its text alternative. It is closed, so it shows only once."""
    import matplotlib.pyplot as plt

    with plt.rc_context(STYLE), io.StringIO() as file:
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        svg = file.getvalue()
    plt.close(figure)
    words = escape(description)
    opening = f'<svg role="img" aria-label="{words}"'
    body = svg[svg.index("<svg") :].replace("<svg", opening, 1)
    body = re.sub(r"(<svg[^>]*>)", rf"\1<title>{words}</title>", body, count=1)
    return Picture(body, description)
