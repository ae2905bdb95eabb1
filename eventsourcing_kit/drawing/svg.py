"""Still pictures: just enough SVG for what a widget leaves behind. Equal input, equal bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

# Okabe and Ito's colours, on a card of their own: legible on a white page and on a black one.
INK, MUTED, GRID, CARD = "#1a1a1a", "#595959", "#d0d0d0", "#ffffff"
FACT, OTHER, MARK = "#0072b2", "#b84f00", "#d3efe6"

Points = Sequence[tuple[float, float]]


def tag(name: str, *content: str, **attributes: float | str) -> str:
    """An element around content that is SVG already. font_size=11 becomes font-size="11"."""
    written = "".join(
        f" {key.strip('_').replace('_', '-')}={quoteattr(_number(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{''.join(content)}</{name}>" if content else f"<{name}{written}/>"


def document(width: int, height: int, title: str, description: str, *content: str) -> str:
    """A whole picture on its card; a screen reader reads `title` and `description`.

    A description may be the text of an object, such as "SnapshotTuner(8 accounts, one in 20)".
    """
    size = {"width": width - 1, "height": height - 1}
    card = tag("rect", x=0.5, y=0.5, rx=4, fill=CARD, stroke=GRID, **size)
    return tag(
        "svg",
        tag("title", plain(title)),
        tag("desc", plain(_sentence(description))),
        card,
        *content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        role="img",
        font_family="system-ui, sans-serif",
        font_size=12,
    )


def inline(width: int, height: int, about: str, *content: str, font_size: float = 12) -> str:
    """A drawing to stand in a page, as wide as there is room for, in the page's font; `about` is
    what a screen reader says."""
    return tag(
        "svg",
        tag("title", plain(about)),
        *content,
        viewBox=f"0 0 {width} {height}",
        role="img",
        font_size=font_size,
        font_family="inherit",
        style=f"width:100%;max-width:{width}px;height:auto;display:block",
    )


def told(svg: str) -> str:
    """What a screen reader hears of a picture: its title and its description, if it has them."""
    picture = ElementTree.fromstring(svg)
    found = (picture.findtext(f"{{*}}{name}") for name in ("title", "desc"))
    return " ".join(_sentence(words) for words in found if words)


def _sentence(words: str) -> str:
    """ "SnapshotTuner(8 accounts)" is how Python says "8 accounts."."""
    inside = re.fullmatch(r"[A-Z]\w+\((.+)\)", words, re.DOTALL)
    said = inside[1] if inside else words
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."


def text(x: float, y: float, words: str, *, fill: str = INK, **attributes: float | str) -> str:
    """A line of text whose baseline begins (text_anchor="end": ends) at x, y."""
    return tag("text", plain(words), x=x, y=y, fill=fill, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = GRID, width: float = 1) -> str:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, stroke_width=width)


def steps(points: Points, end: float, stroke: str, **attributes: float | str) -> str:
    """A line that keeps its height until the next point, and after the last one until `end`."""
    (x, y), *rest = points
    path = f"M{_number(x)} {_number(y)}" + "".join(f"H{_number(x)}V{_number(y)}" for x, y in rest)
    path += f"H{_number(end)}"
    return tag("path", d=path, fill="none", stroke=stroke, stroke_width=2, **attributes)


def level(left: float, right: float, y: float, label: str) -> str:
    """A horizontal line of a plot's grid, its value to the left."""
    return line(left, y, right, y) + text(
        left - 8, y + 4, label, fill=MUTED, text_anchor="end", font_size=10
    )


def levels(low: int, high: int, y_of: Callable[[int], float]) -> list[int]:
    """The values whose levels are drawn: zero, and the ends that are not on top of it."""
    return [0, *(end for end in (low, high) if abs(y_of(end) - y_of(0)) > 12)]


def readouts(triples: Sequence[tuple[str, str, str]]) -> list[str]:
    """Up to five values beside each other: name, value, and the name's colour."""
    parts = []
    for x, (name, value, colour) in zip((16, 226, 412, 560, 720), triples, strict=False):
        parts.append(text(x, 52, name, fill=colour, font_size=11))
        parts.append(text(x, 70, value, font_size=14, font_weight=600))
    return parts


def playhead(x: float, top: float, bottom: float, right: float) -> list[str]:
    """A line with a knob at x; what lies between it and `right`, the future, is faded."""
    height = bottom - top + 1  # to below a line drawn at `bottom`
    return [
        tag("rect", x=x, y=top, width=right - x, height=height, fill=CARD, fill_opacity=0.6),
        line(x, top, x, bottom, INK, 2),
        tag("circle", cx=x, cy=top, r=5, fill=INK),
    ]


def plain(words: str) -> str:
    """Text as XML content: escaped, and without the control characters that XML has not."""
    return escape(_NOT_XML.sub("\ufffd", words))


def shorten(words: str, limit: int) -> str:
    """At most `limit` characters on one line, with "…" for what is cut."""
    words = " ".join(words.split())
    return words if len(words) <= limit else words[: limit - 1] + "…"


def _number(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.1f}".removesuffix(".0")


_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
