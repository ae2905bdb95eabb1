"""What a chapter's widgets start from on its page: their state, taken from a run of the chapter.

A run goes as far as the last widget that can live on a page. All other results are those that the
notebook keeps, so nothing is run for them.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nbformat import NotebookNode

from .. import widgets
from ..widgets.bare import is_own
from ..widgets.base import WIDGET_VIEW as VIEW
from ..widgets.base import Widget

STATES = "application/vnd.jupyter.widget-state+json"


@dataclass(frozen=True)
class Place:
    """Where a notebook keeps the picture of a widget."""

    cell: int
    output: int
    kind: type[Widget]

    @property
    def name(self) -> str:
        return f"{self.cell}-{self.output}"


def places(notebook: NotebookNode) -> list[Place]:
    """The widgets of a notebook that was run."""
    return [
        Place(i, j, kind)
        for i, cell in enumerate(notebook.cells)
        for j, output in enumerate(cell.get("outputs", []))
        if (kind := _kind(output)) is not None
    ]


def _kind(output: NotebookNode) -> type[Widget] | None:
    """The class of the widget that left this output, told by its text: `TimeTravel(…)`."""
    data = output.get("data", {})
    found = re.match(r"(\w+)\(", data.get("text/plain", ""))
    if "image/svg+xml" not in data or found is None or found[1] not in widgets.__all__:
        return None
    kind: type[Widget] = getattr(widgets, found[1])
    return kind


def run(notebook: NotebookNode, folder: Path, wanted: list[Place]) -> dict[str, Any]:
    """The states of the `wanted` widgets, by the names of their places.

    The notebook is run in `folder` up to the last of them.
    """
    from nbclient import NotebookClient

    notebook.cells = notebook.cells[: wanted[-1].cell + 1]
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--log-level=ERROR"],
        timeout=600,
        record_timing=False,
        store_widget_state=True,
    )
    asyncio.run(client.async_execute())  # execute() would leave an event loop open in a thread
    states = notebook.metadata.widgets[STATES]["state"]
    return {place.name: _state(states[_model(notebook, place)]) for place in wanted}


def _model(notebook: NotebookNode, place: Place) -> str:
    """The id of the widget that the run has shown at the place."""
    pictures = -1  # so far: a notebook keeps no views, which follow the pictures in a run
    for output in notebook.cells[place.cell].outputs:
        data = output.get("data", {})
        if VIEW not in data:
            pictures += 1
        elif pictures == place.output:
            return str(data[VIEW]["model_id"])
    raise LookupError(f"{place.kind.__name__} was not shown in cell {place.cell}")


def _state(kept: dict[str, Any]) -> dict[str, Any]:
    """A widget's own traits, as `bare.parts` has them."""
    own = {name: value for name, value in kept["state"].items() if is_own(name)}
    for buffer in kept.get("buffers", []):
        [name] = buffer["path"]
        own[name] = {"base64": buffer["data"]}
    return own


@contextmanager
def nobodys_progress() -> Iterator[None]:
    """What runs try and solve is written to a folder that goes away; no bar but ours moves."""
    before = dict(os.environ)
    with TemporaryDirectory() as home:
        os.environ |= {"EVENTSOURCING_KIT_HOME": home, "TQDM_DISABLE": "1"}
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def script(states: dict[str, Any], made_from: str) -> str:
    """A file that gives a page its states, and says in its first line what it was made from."""
    return f"// made from {made_from}\nObject.assign(book.states, {json.dumps(states)});\n"


def is_made_from(script_file: Path, made_from: str) -> bool:
    """Whether the file stands and is as `script` would make it."""
    if not script_file.exists():
        return False
    with script_file.open(encoding="utf-8") as file:
        return file.readline() == f"// made from {made_from}\n"
