"""A widget on a plain HTML page: no kernel, no server, no network, and a file will do.

What the widget would tell Python goes to the page's function `toPython`, if it has one, and
`widget.hear(message)` there is Python speaking; see bare.js.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import Any

from ..base import Widget

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
<div id="widget"></div>
<script>{script}</script>
<script>
bare.mount(document.getElementById("widget"), {parts}, globalThis.toPython)
  .then(({{ model, leave }}) => Object.assign(globalThis, {{ widget: model, leave }}));
</script>
</html>
"""


def page(widget: Widget) -> str:
    """The HTML of a page that shows the widget as it is now."""
    return PAGE.format(
        title=escape(repr(widget)),
        style=text("bare.css"),
        script=text("bare.js"),
        parts=in_script(parts(widget)),
    )


def parts(widget: Widget) -> dict[str, Any]:
    """What `bare.mount` shows: the texts of module and style, and the state they start from."""
    state = {name: value for name, value in widget.get_state().items() if is_own(name)}
    return {"esm": str(widget._esm), "css": str(widget._css), "state": packed(state)}


def packed(state: Mapping[str, Any]) -> dict[str, Any]:
    """A state as JSON can carry it: bytes become {"base64": …}."""
    return {
        name: in_base64(value) if isinstance(value, bytes | memoryview) else value
        for name, value in state.items()
    }


def in_base64(value: bytes | memoryview) -> dict[str, str]:
    """Bytes for JSON."""
    return {"base64": b64encode(value).decode()}


def in_script(value: object) -> str:
    """A value as JavaScript that no text in it can end."""
    return json.dumps(value).replace("<", "\\u003c")


def text(name: str) -> str:
    """The text of a file of this folder."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def is_own(trait: str) -> bool:
    """Whether the trait is the widget's, and not one that Jupyter shows it by."""
    return not trait.startswith("_") and trait not in ("layout", "tabbable", "tooltip")
