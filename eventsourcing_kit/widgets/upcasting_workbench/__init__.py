"""An old event to be typed, and beside it what each upcaster makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from itertools import islice
from typing import Any, Final, Protocol

import msgspec
import traitlets

from ...errors import EventSourcingError, InvalidInput
from ...event import RecordedEvent, parse_json
from ..base import Widget, error_text, static
from .picture import draw

MOST: Final = 500  # stored events; more are no reading matter
NEWEST: Final = 2**31 - 1  # a schema_version; the store's column holds no greater one
FIELDS: Final = ("type", "schema_version", "data")

Shape = tuple[str, int, Mapping[str, Any]]  # type, schema version, data


class UpcastingStep(Protocol):
    """One upcaster at work: its name, the event before it, and what came out."""

    @property
    def upcaster(self) -> str: ...
    @property
    def before(self) -> Shape: ...
    @property
    def after(self) -> Sequence[Shape]: ...


Explain = Callable[[str, int, Mapping[str, Any]], Sequence[UpcastingStep]]


class UpcastingWorkbench(Widget):
    """Fields for an old event, and every step from it to the newest shape.

    `draft` holds the three texts (type, schema_version, data) and follows what is typed; it may be
    set. `steps` are what the upcasters make of it, `problem` says why they cannot, and `failing`
    names the positions of the stored events that cannot be read.

    The upcasters run in the kernel. Without one the fields still work, and the widget says so.
    """

    asks_python = True
    _esm = static("frame.js", "asker.js", "upcasting_workbench/view.js")
    _css = static("widgets.css")

    title = traitlets.Unicode().tag(sync=True)
    packed = traitlets.Bytes().tag(sync=True, echo_update=False)
    draft = traitlets.Dict().tag(sync=True, echo_update=False)
    answer = traitlets.Dict().tag(sync=True)  # a draft, the steps from it, what stood in the way

    def __init__(
        self,
        explain: Explain,
        stored: Iterable[RecordedEvent],
        *,
        position: int | None = None,
        title: str = "Upcasting workbench",
    ) -> None:
        """Begin with the stored event at `position`, or the first.

        `explain` gives the steps from an old event to the newest, as `Upcasters.explain` does, and
        raises where there is no way. `stored` are events as they are stored. Raises InvalidInput.
        """
        events = list(islice(stored, MOST + 1))
        if not events or len(events) > MOST:
            raise InvalidInput("stored", f"must be 1 to {MOST} events")
        at = {event.position: event for event in reversed(events)}
        if position is not None and position not in at:
            raise InvalidInput("position", f"none of the stored events is at {position}")
        self._explain = explain
        rows = [
            {"position": event.position, "draft": _draft(event), "fails": self._fails(event)}
            for event in events
        ]
        self.failing = [row["position"] for row in rows if row["fails"]]
        first = events[0] if position is None else at[position]
        super().__init__(title=title, packed=msgspec.json.encode(rows), draft=_draft(first))

    def __repr__(self) -> str:
        about = f"{self.draft['type']} {self.draft['schema_version']}"
        return f"UpcastingWorkbench({about}: {self.problem or said(self.steps)})"

    @property
    def steps(self) -> list[dict[str, Any]]:
        """Each step: the upcaster, and the events that come out, field by field."""
        return list(self.answer["steps"])

    @property
    def problem(self) -> str:
        """Why the draft cannot be brought up, or nothing."""
        return str(self.answer["problem"])

    def picture(self) -> str:
        """The draft and the steps from it, as an SVG document."""
        summary = self.problem or said(self.steps)
        count = len(self.failing)
        failing = f"{count} stored event{'s' * (count != 1)} cannot be read" if count else ""
        return draw(self.title, self.draft, self.steps, summary, failing)

    @traitlets.validate("draft")
    def _check_draft(self, proposal: Any) -> dict[str, str]:
        draft = proposal["value"]
        if set(draft) != set(FIELDS) or not all(isinstance(text, str) for text in draft.values()):
            raise InvalidInput("draft", f"must have a text for each of {', '.join(FIELDS)}")
        return {field: draft[field] for field in FIELDS}

    @traitlets.observe("draft")
    def _bring_up(self, _: object) -> None:
        steps, problem = self._try(*(self.draft[field] for field in FIELDS))
        self.answer = {
            "draft": self.draft,
            "steps": steps,
            "problem": problem,
            "summary": problem or said(steps),
        }

    def _fails(self, event: RecordedEvent) -> bool:
        try:
            # A copy: a learner's function may change what it is given.
            self._explain(event.type, event.schema_version, deepcopy(event.data))
        except Exception:
            return True
        return False

    def _try(self, type_: str, version: str, data: str) -> tuple[list[dict[str, Any]], str]:
        if not type_.strip():
            return [], "type: is empty"
        if not _is_version(version.strip()):
            return [], "schema_version: must be a whole number from 1"
        try:
            steps = self._explain(type_.strip(), int(version), parse_json(data))
        except EventSourcingError as error:
            return [], str(error)
        except Exception as error:  # a learner's own function
            return [], error_text(error)
        return [_shown(step) for step in steps], ""


def _is_version(text: str) -> bool:
    few_digits = text.isdecimal() and len(text) <= len(str(NEWEST))  # int() refuses thousands
    return few_digits and 1 <= int(text) <= NEWEST


def said(steps: Sequence[Mapping[str, Any]]) -> str:
    """ "2 steps", or that there is nothing to do."""
    if not steps:
        return "no step: it is read as it is stored"
    return f"{len(steps)} step{'s' * (len(steps) != 1)} to the newest shape"


def _draft(event: RecordedEvent) -> dict[str, str]:
    data = json.dumps(event.data, indent=2, ensure_ascii=False)
    return {"type": event.type, "schema_version": str(event.schema_version), "data": data}


def _shown(step: UpcastingStep) -> dict[str, Any]:
    """A step as the browser draws it: for each event that comes out, its fields and their signs."""
    type_, version, before = step.before
    return {
        "upcaster": step.upcaster,
        "before": f"{type_} {version}",
        "after": [
            {"shape": f"{new_type} {new_version}", "rows": list(_rows(before, data))}
            for new_type, new_version, data in step.after
        ],
    }


def _rows(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[list[str]]:
    """[what happened, field, value before, value after] for every field of either."""
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            yield ["removed", name, _json(before[name]), ""]
        elif name not in before:
            yield ["added", name, "", _json(after[name])]
        else:
            was, becomes = _json(before[name]), _json(after[name])
            yield ["same" if was == becomes else "changed", name, was, becomes]


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):  # a function may make what JSON cannot hold
        return repr(value)
