"""An event to be typed, and beside it what a careful colleague would say of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import msgspec
import traitlets

from ... import critique
from ...critique import Remark
from ...drawing.display import counted
from ...errors import InvalidInput
from ...event import NewEvent, parse_json
from ..asker import Workbench
from ..base import described, static
from .picture import draw

Payload = Mapping[str, Any] | str
Example = tuple[str, str, Payload, Payload]  # what it is, its type, its data, its metadata
Critique = Callable[[str, str, str], Sequence[Remark]]

EXAMPLES: Final[tuple[Example, ...]] = (
    (
        "A balance that changed",
        "BalanceChanged",
        {"balance": 1480.20, "changed_by": "bank"},
        {},
    ),
    (
        "An order to the bank",
        "ChargeFee",
        {"amount": 490, "currency": "EUR", "actor": "bank", "correlation_id": "fees-2024-11"},
        {},
    ),
    (
        "A customer, once more in full",
        "CustomerUpdated",
        {
            "customer": {
                "id": 1012,
                "name": "Greta Holm",
                "email": "greta@example.com",
                "phone": "+49 30 901820",
                "limit": 500,
            },
            "updated_at": "2025-03-14T09:00:00",
        },
        {"actor": "clerk-07"},
    ),
    (
        "Money and time, as people write them",
        "TransferReceived",
        {"amount": "1.250,00 €", "received_at": "26 Oct 2025, 2:30", "from_account": "4711"},
        {"actor": "clearing"},
    ),
    (
        "Text that is not quite JSON",
        "AccountFrozen",
        "{\n  'reason': 'card stolen',\n}",
        '{"actor": "fraud-desk"}',
    ),
    (
        "A good one",
        "FeeCharged",
        {"amount": 490, "currency": "EUR", "reason": "Account fee November 2024"},
        {"actor": "bank", "correlation_id": "fees-2024-11"},
    ),
)
"""Events to begin with: bad ones to mend, and one that is well."""


class EventWorkbench(Workbench):
    """Fields for an event's type, data and metadata, with remarks on them while one types.

    `draft` holds the three texts, under the names of the fields, and follows what is typed; it may
    be set. `remarks` are what the critique says of it now, and `event` is the event itself.

    The faults stand first, some with a proof; an example that has none any more counts as mended.

    The critique runs in the kernel. Without one the fields still work, and the widget says that
    nothing is checked.
    """

    FIELDS = ("type", "data", "metadata")

    _esm = static("frame.js", "asker.js", "event_workbench/view.js")

    def __init__(
        self,
        examples: Iterable[Example] = EXAMPLES,
        *,
        critique: Critique = critique.event,
        title: str = "Event workbench",
    ) -> None:
        """Begin with the first of `examples`: (what it is, type, data, metadata).

        Data and metadata are mappings or JSON as text. `critique` is called with the three texts
        and returns the remarks. Raises InvalidInput.
        """
        named = [(name, _draft(kind, data, about)) for name, kind, data, about in examples]
        if not named:
            raise InvalidInput("examples", "is empty; give at least one event to begin with")
        self._critique = critique
        super().__init__(
            title=title,
            packed=msgspec.json.encode(
                [
                    {"name": name, "draft": each, "faults": _faults(self._remarks(each))}
                    for name, each in named
                ]
            ),
            draft=named[0][1],
        )

    def __repr__(self) -> str:
        return f"EventWorkbench({self.draft['type']}: {summary(self.remarks)})"

    @property
    def remarks(self) -> list[Remark]:
        """What the critique says of the draft."""
        return [Remark(**remark) for remark in self.answer["remarks"]]

    @property
    def event(self) -> NewEvent:
        """The draft as an event that can be appended. Raises InvalidInput where it is none."""
        data, metadata = self.draft["data"], self.draft["metadata"]
        return NewEvent(
            self.draft["type"],
            parse_json(data),
            parse_json(metadata.strip() or "{}", "metadata"),
        )

    def picture(self) -> str:
        """The draft and the remarks, as an SVG document."""
        return draw(self.title, self.draft, self.remarks, summary(self.remarks))

    def still(self) -> dict[str, str]:
        """The draft alone: what is to be said of it is the task."""
        words = f"EventWorkbench({self.draft['type']})"
        return described(draw(self.title, self.draft, [], ""), words)

    def _remarks(self, draft: Mapping[str, str]) -> Sequence[Remark]:
        return self._critique(*(draft[field] for field in self.FIELDS))

    @traitlets.observe("draft")
    def _judge(self, _: object) -> None:
        remarks = self._remarks(self.draft)
        self.answer = {"draft": self.draft, "remarks": [asdict(remark) for remark in remarks]}


def summary(remarks: Sequence[Remark]) -> str:
    """ "2 faults, 1 doubt", or "no remarks"."""
    faults = _faults(remarks)
    doubts = len(remarks) - faults
    said = [counted(n, name) for name, n in (("fault", faults), ("doubt", doubts)) if n]
    return ", ".join(said) or "no remarks"


def _faults(remarks: Sequence[Remark]) -> int:
    return sum(remark.severity == "fault" for remark in remarks)


def _draft(kind: str, data: Payload, metadata: Payload) -> dict[str, str]:
    return {"type": kind, "data": _text(data), "metadata": _text(metadata)}


def _text(payload: Payload) -> str:
    """JSON for people to edit: a line for each name."""
    if isinstance(payload, str):
        return payload
    return json.dumps(payload, indent=2, ensure_ascii=False)
