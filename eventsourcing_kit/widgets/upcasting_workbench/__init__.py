"""An old event to be typed, and the chain of upcasters from it to what a reader gets."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import msgspec
import traitlets

from ...drawing.display import counted
from ...errors import EventSourcingError, InvalidInput
from ...event import RecordedEvent, parse_json
from ...upcasting.changes import Rename
from ..asker import Workbench
from ..base import error_text, static
from .picture import draw

if TYPE_CHECKING:
    from ...upcasting.changes import Change
    from ...upcasting.steps import Step

MOST: Final = 500  # stored events; more are no reading matter
NEWEST: Final = 2**31 - 1  # a schema_version; the store's column holds no greater one

Trace = Callable[[str, int, Mapping[str, Any]], "Sequence[Step]"]


class UpcastingWorkbench(Workbench):
    """Fields for an old event, and every step from it to what is read.

    `draft` holds the three texts (type, schema_version, data) and follows what is typed; it may be
    set. `steps` are what the upcasters make of it, up to one that fails, `problem` says why it
    cannot be read, and `failing` names the positions of the stored events that cannot be read.

    The upcasters run in the kernel. Without one the fields still work, and the widget says so.
    """

    FIELDS = ("type", "schema_version", "data")

    _esm = static("frame.js", "asker.js", "upcasting_workbench/view.js")

    def __init__(
        self,
        trace: Trace,
        stored: Iterable[RecordedEvent],
        *,
        position: int | None = None,
        title: str = "Upcasting workbench",
    ) -> None:
        """Begin with the stored event at `position`, or the first.

        `trace` gives the steps from an old event to the newest, of which the last may have failed,
        as `Upcasters.trace` does, and raises where there is no way. `stored` are events as they
        are stored. Raises InvalidInput.
        """
        events = list(islice(stored, MOST + 1))
        if not events or len(events) > MOST:
            raise InvalidInput("stored", f"must be 1 to {MOST} events")
        at = {event.position: event for event in reversed(events)}
        if position is not None and position not in at:
            raise InvalidInput("position", f"none of the stored events is at {position}")
        self._trace = trace
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
        """Each step: the upcaster, and the events that come out, field by field, or a problem."""
        return list(self.answer["steps"])

    @property
    def problem(self) -> str:
        """Why the draft cannot be brought up, or nothing."""
        return str(self.answer["problem"])

    def picture(self) -> str:
        """The draft and the chain from it, as an SVG document."""
        count = len(self.failing)
        failing = f"{counted(count, 'stored event')} cannot be read" if count else ""
        return draw(self.title, self.draft, self.answer, failing)

    @traitlets.observe("draft")
    def _bring_up(self, _: object) -> None:
        steps, unchanged, problem = self._try(*(self.draft[field] for field in self.FIELDS))
        self.answer = {
            "draft": self.draft,
            "steps": steps,
            "unchanged": unchanged,
            "problem": problem,
            "summary": problem or said(steps),
        }

    def _fails(self, event: RecordedEvent) -> bool:
        try:
            # A copy: a learner's function may change what it is given.
            steps = self._trace(event.type, event.schema_version, deepcopy(event.data))
        except Exception:
            return True
        return any(step.failed for step in steps)

    def _try(
        self, type_: str, version: str, data: str
    ) -> tuple[list[dict[str, Any]], dict[str, Any] | None, str]:
        """The steps; without any, the event as it is read; and why it cannot be read."""
        if not type_.strip():
            return [], None, "type: is empty"
        if not _is_version(version.strip()):
            return [], None, "schema_version: must be a whole number from 1"
        typed = type_.strip(), int(version)
        try:
            body = parse_json(data)
            steps = [_shown(step) for step in self._trace(*typed, body)]
        except EventSourcingError as error:
            return [], None, str(error)
        except Exception as error:  # a learner's own function
            return [], None, error_text(error)
        problem = next((step["problem"] for step in steps if step["problem"]), "")
        return steps, None if steps else _event(*typed, body, body, ()), problem


def _is_version(text: str) -> bool:
    few_digits = text.isdecimal() and len(text) <= len(str(NEWEST))  # int() refuses thousands
    return few_digits and 1 <= int(text) <= NEWEST


def said(steps: Sequence[Mapping[str, Any]]) -> str:
    """ "2 steps", or that there is nothing to do."""
    if not steps:
        return "no step: it is read as it is stored"
    return f"{counted(len(steps), 'step')} to the newest shape"


def _draft(event: RecordedEvent) -> dict[str, str]:
    data = json.dumps(event.data, indent=2, ensure_ascii=False)
    return {"type": event.type, "schema_version": str(event.schema_version), "data": data}


def _shown(step: Step) -> dict[str, Any]:
    """A step as it is drawn: the events that come out, field by field, or why there are none."""
    type_, version, before = step.before
    changes = step.changes or ((),) * len(step.after)
    return {
        "upcaster": step.upcaster,
        "before": f"{type_} {version}",
        "after": [
            _event(new_type, new_version, before, data, declared)
            for (new_type, new_version, data), declared in zip(step.after, changes, strict=False)
        ],
        "problem": str(step.failed or ""),
    }


def _event(
    type_: str,
    version: int,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    changes: Iterable[Change],
) -> dict[str, Any]:
    old_names = _old_names(changes)
    return {"shape": f"{type_} {version}", "rows": list(_rows(before, after, old_names))}


def _old_names(changes: Iterable[Change]) -> dict[str, str]:
    """For each field that was given another name, the one that it had before all changes."""
    names: dict[str, str] = {}
    for change in changes:
        if isinstance(change, Rename):
            names[change.new] = names.pop(change.old, change.old)
    return names


def _rows(
    before: Mapping[str, Any], after: Mapping[str, Any], old_names: Mapping[str, str]
) -> Iterable[list[str]]:
    """[what happened, field, value before, value after]: the new fields, then those that are gone.

    A field with another name is called "new (was old)".
    """
    gone = dict.fromkeys(name for name in before if name not in after)
    for name, value in after.items():
        old = old_names.get(name, "")
        if old in gone:
            del gone[old]
            yield ["renamed", f"{name} (was {old})", _json(before[old]), _json(value)]
        elif name not in before:
            yield ["added", name, "", _json(value)]
        else:
            was, becomes = _json(before[name]), _json(value)
            yield ["same" if was == becomes else "changed", name, was, becomes]
    for name in gone:
        yield ["removed", name, _json(before[name]), ""]


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):  # a function may make what JSON cannot hold
        return repr(value)
