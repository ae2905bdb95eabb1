"""What kind of change lies between two definitions of an event, and whether it takes an upcaster.

Backward: new code reads old events. Forward: old code, still running somewhere, reads new ones.
The terms are those of Martin Kleppmann's "Designing Data-Intensive Applications" (2017), chapter 4.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import InvalidInput

Field = tuple[str, bool]  # its type's name, and whether it has to be there


@dataclass(frozen=True)
class ShapeChange:
    """The difference between two shapes, field by field, in words.

    `backward` and `forward` hold for a strict reader, which refuses fields that it does not know;
    `tolerant_forward` for one that ignores them.
    """

    changes: tuple[str, ...]
    backward: bool
    forward: bool
    tolerant_forward: bool

    @property
    def upcaster_needed(self) -> bool:
        """Whether new code cannot read the old events as they are."""
        return not self.backward

    def __str__(self) -> str:
        def yes(holds: bool) -> str:
            return "yes" if holds else "NO"

        lines = list(self.changes) or ["no change"]
        lines.append(f"new code reads old events: {yes(self.backward)}")
        lines.append(
            f"old code reads new events: {yes(self.forward)}; "
            f"if it is tolerant: {yes(self.tolerant_forward)}"
        )
        lines.append(f"an upcaster is {'needed' if self.upcaster_needed else 'not needed'}")
        return "\n".join(lines)


def compare_shapes(old: Any, new: Any) -> ShapeChange:
    """Compare two definitions of one event: dataclasses, or mappings from field to type.

    In a dataclass a field with a default need not be there. In a mapping a "?" behind the type
    says so: {"amount": "int", "memo": "str?"}. Raises InvalidInput for anything else.
    """
    was, becomes = _shape("old", old), _shape("new", new)
    removed = [name for name in was if name not in becomes]
    added = [name for name in becomes if name not in was]
    changes = []
    backward = forward = tolerant = True
    for name in removed:
        twins = [one for one in added if becomes[one][0] == was[name][0]]
        hint = f" (renamed to {twins[0]}?)" if len(twins) == 1 else ""
        changes.append(f"{name}: removed{hint}")
        backward = False  # a strict reader refuses the field that it no longer knows
        if was[name][1]:
            forward = tolerant = False
    for name in added:
        required = becomes[name][1]
        changes.append(f"{name}: added, {'required' if required else 'optional'}")
        forward = False
        backward = backward and not required
    for name in was:
        if name in becomes:
            (old_type, was_required), (new_type, required) = was[name], becomes[name]
            if old_type != new_type:
                changes.append(f"{name}: {old_type} became {new_type}")
                backward = forward = tolerant = False
            elif required and not was_required:
                changes.append(f"{name}: optional became required")
                backward = False
            elif was_required and not required:
                changes.append(f"{name}: required became optional")
                forward = tolerant = False
    return ShapeChange(tuple(changes), backward, forward, tolerant)


def _shape(field: str, definition: Any) -> dict[str, Field]:
    if dataclasses.is_dataclass(definition):
        return {
            one.name: (
                one.type
                if isinstance(one.type, str)
                else getattr(one.type, "__name__", str(one.type)),
                one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING,
            )
            for one in dataclasses.fields(definition)
        }
    if isinstance(definition, Mapping) and all(
        isinstance(text, str) for pair in definition.items() for text in pair
    ):
        return {
            name: (type_.removesuffix("?"), not type_.endswith("?"))
            for name, type_ in definition.items()
        }
    raise InvalidInput(
        field, "must be a dataclass, or a mapping from field to the name of its type"
    )
