"""Steps from an old shape of an event to a newer one, and the chains that they make.

The word and the idea are those of Greg Young's "Versioning in an Event Sourced System" (2017).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from ..errors import UnknownSchemaVersion, UpcasterError
from ..event import RecordedEvent, check_name, check_number
from .changes import Add, Change, Compute, Data
from .declared import check_fields, stored, take, taken

Shape = tuple[str, int]  # type, schema version


@dataclass(frozen=True)
class Part:
    """One event that an old one becomes: its type and schema version, and what changes."""

    type: str
    version: int
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Upcaster:
    """How events of one type and version become newer ones. Made by `upcast` and `split`.

    `fields` are all fields that such an event has, with their types: VARCHAR, BIGINT, INTEGER,
    DOUBLE, BOOLEAN, or JSON (or VARIANT) for anything. An event of another shape is refused.
    """

    type: str
    version: int
    fields: Mapping[str, str]
    parts: tuple[Part, ...]

    @property
    def name(self) -> str:
        """Which events it takes."""
        return f"{self.type} version {self.version}"


def upcast(
    type_: str,
    version: int,
    fields: Mapping[str, str],
    *changes: Change,
    to: Shape | None = None,
) -> Upcaster:
    """An upcaster to the next version of the same type, or `to` another (type, version).

    `fields` names every field of the old shape with its type: {"euros": "VARCHAR"}. See Upcaster.
    """
    becomes = to or (type_, check_number("version", version, 1) + 1)
    return Upcaster(type_, version, dict(fields), (Part(*becomes, changes),))


def part(type_: str, version: int, *changes: Change) -> Part:
    """One of the events that `split` makes."""
    return Part(type_, version, changes)


def split(type_: str, version: int, fields: Mapping[str, str], *parts: Part) -> Upcaster:
    """An upcaster that makes several events of one, in this order.

    They share the position and the version of the stored event and none of its data; the first
    keeps its event_id, the others get ids that follow from it.
    """
    return Upcaster(type_, version, dict(fields), parts)


@dataclass(frozen=True)
class Step:
    """One upcaster at work: an event before it, and the events that came out.

    `changes` are those that were declared, for each event that came out. Where the upcaster
    `failed` nothing came out.
    """

    upcaster: str
    before: tuple[str, int, Data]
    after: tuple[tuple[str, int, Data], ...]
    changes: tuple[tuple[Change, ...], ...] = ()
    failed: UpcasterError | None = None


class Chains:
    """Upcasters that lead from whatever version is stored to the newest; see Upcasters."""

    def __init__(self, upcasters: Sequence[Upcaster]) -> None:
        if isinstance(upcasters, Upcaster):
            raise UpcasterError(f"{upcasters.name}: give a list of upcasters")
        self._by_shape: dict[Shape, Upcaster] = {}
        for upcaster in upcasters:
            shape = _checked_shape(upcaster)
            if shape in self._by_shape:
                raise UpcasterError(f"{upcaster.name}: there are two upcasters for this step")
            self._by_shape[shape] = upcaster
        self._newest = {type_: self._end_of(type_) for type_, _ in self._by_shape}
        for type_ in self._newest:
            if (type_, 1) not in self._by_shape:
                raise UpcasterError(f"{type_}: a gap, for nothing takes its version 1 on")
        for upcaster in upcasters:
            self._check(upcaster)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(upcaster.name for upcaster in self)})"

    def __iter__(self) -> Iterator[Upcaster]:
        return iter(self._by_shape.values())

    def newest(self, type_: str) -> int:
        """The newest version of a type that has upcasters. Raises KeyError for another type."""
        return self._newest[type_]

    @property
    def newest_shapes(self) -> dict[str, int]:
        """Each type with upcasters, and its newest version; 0 if they leave none of the type."""
        return {
            type_: 0 if (type_, version) in self._by_shape else version
            for type_, version in self._newest.items()
        }

    def types_before(self, types: frozenset[str]) -> frozenset[str]:
        """These types, and all those from which upcasters make events of these types."""
        found = set(types)
        while True:
            more = {u.type for u in self if any(one.type in found for one in u.parts)} - found
            if not more:
                return frozenset(found)
            found |= more

    def takes(self, type_: str, version: int) -> Upcaster | None:
        """The upcaster for events of this shape; None where they are not taken any further."""
        return self._by_shape.get((type_, version))

    # --- one event -------------------------------------------------------------------------------

    def apply(self, event: RecordedEvent) -> list[RecordedEvent]:
        """The event in its newest shape: one, or several where one was split.

        Raises UnknownSchemaVersion for an event that is newer than this code, and UpcasterError,
        naming its position, for one whose data is not of the declared shape.
        """
        self._refuse_newer(event.type, event.schema_version)
        if (event.type, event.schema_version) not in self._by_shape:
            return [event]
        try:
            ends = list(self._ends(event.type, event.schema_version, event.data))
        except UpcasterError as error:
            raise UpcasterError(f"position {event.position}, {error}") from error.__cause__
        return [
            replace(
                event,
                type=type_,
                schema_version=version,
                data=data,
                metadata=deepcopy(event.metadata),
                event_id=event.event_id if number == 1 else part_id(event.event_id, number),
            )
            for number, (type_, version, data) in enumerate(ends, 1)
        ]

    def explain(self, type_: str, version: int, data: Mapping[str, Any]) -> list[Step]:
        """Every step from an old event to the newest shape, in order. Raises as apply does."""
        steps = self.trace(type_, version, data)
        if steps and steps[-1].failed is not None:
            raise steps[-1].failed
        return steps

    def trace(self, type_: str, version: int, data: Mapping[str, Any]) -> list[Step]:
        """As explain, but a step that fails is the last one, and no error.

        Raises UnknownSchemaVersion for an event that is newer than this code.
        """
        self._refuse_newer(type_, version)
        steps: list[Step] = []
        to_take = [(type_, version, deepcopy(dict(data)))]
        while to_take:
            before = to_take.pop(0)
            upcaster = self._by_shape.get(before[:2])
            if upcaster is None:
                continue
            changes = tuple(one.changes for one in upcaster.parts)
            try:
                after = tuple(_outputs(upcaster, before[2]))
            except UpcasterError as error:
                return [*steps, Step(upcaster.name, before, (), changes, failed=error)]
            steps.append(Step(upcaster.name, before, after, changes))
            to_take[:0] = after  # all of one part comes before the next
        return steps

    def _ends(self, type_: str, version: int, data: Data) -> Iterator[tuple[str, int, Data]]:
        upcaster = self._by_shape.get((type_, version))
        if upcaster is None:
            yield type_, version, data
            return
        for one in _outputs(upcaster, data):
            yield from self._ends(*one)

    def _refuse_newer(self, type_: str, version: int) -> None:
        newest = self._newest.get(type_)
        if newest is not None and version > newest:
            raise UnknownSchemaVersion(type_, version, newest)

    # --- what must hold before anything is read --------------------------------------------------

    def _end_of(self, type_: str) -> int:
        """One above the last version of the type that an upcaster takes to the next one.

        Where the last of them leads to other types, none of this type is left: that version.
        """
        last = max(version for name, version in self._by_shape if name == type_)
        leads_on = any(one.type == type_ for one in self._by_shape[type_, last].parts)
        return last + 1 if leads_on else last

    def _check(self, upcaster: Upcaster) -> None:
        if not upcaster.parts:
            raise UpcasterError(f"{upcaster.name}: nothing comes out; events are not dropped")
        for one in upcaster.parts:
            if one.type == upcaster.type and one.version != upcaster.version + 1:
                raise UpcasterError(
                    f"{upcaster.name}: its result is version {one.version}, and the next one is "
                    f"{upcaster.version + 1}"
                )
            self._check_meets(upcaster, one)
        self._check_ends(upcaster, [])

    def _check_meets(self, upcaster: Upcaster, one: Part) -> None:
        """That the fields change as they can, and are what the next upcaster takes."""
        made = {name: taken(name, kind, stored(name)) for name, kind in upcaster.fields.items()}
        try:
            for change in one.changes:
                made = _with_sql(change).sql(made)
        except UpcasterError as error:
            raise UpcasterError(f"{upcaster.name}: {error}") from None
        check_fields("fields", dict.fromkeys(made, "VARIANT"))
        fields = set(made)
        following = self._by_shape.get((one.type, one.version))
        if following is not None and fields != set(following.fields):
            raise UpcasterError(
                f"{upcaster.name} makes the fields {', '.join(sorted(fields))}, and "
                f"{following.name} has {', '.join(sorted(following.fields))}"
            )
        newest = self._newest.get(one.type)
        if following is None and newest is not None and one.version < newest:
            raise UpcasterError(
                f"{upcaster.name}: a gap, for nothing takes {one.type} version {one.version} on"
            )
        if newest is not None and one.version > newest:
            raise UpcasterError(
                f"{upcaster.name}: its result is version {one.version} of {one.type}, and the "
                f"newest is {newest}"
            )

    def _check_ends(self, upcaster: Upcaster, been: list[str]) -> None:
        if upcaster.name in been:
            raise UpcasterError(f"a cycle: {' → '.join([*been, upcaster.name])}")
        for one in upcaster.parts:
            following = self._by_shape.get((one.type, one.version))
            if following is not None:
                self._check_ends(following, [*been, upcaster.name])


def part_id(event_id: UUID, number: int) -> UUID:
    """The id of the second, third … event that a stored one is split into: always the same."""
    return UUID(hex=hashlib.md5(f"{event_id}#{number}".encode(), usedforsecurity=False).hexdigest())


def _outputs(upcaster: Upcaster, data: Data) -> Iterator[tuple[str, int, Data]]:
    """What one upcaster makes of the data. It must have just the fields that are declared."""
    odd = sorted(data.keys() ^ upcaster.fields.keys())
    if odd:
        where = "is missing" if odd[0] in upcaster.fields else "is not of this shape"
        raise UpcasterError(f"{upcaster.name}: the field {odd[0]!r} {where}")
    for one in upcaster.parts:
        try:
            made = {
                name: take(name, upcaster.fields[name], deepcopy(value))
                for name, value in data.items()
            }
            for change in one.changes:
                made = change.apply(made)
        except UpcasterError as error:
            raise UpcasterError(f"{upcaster.name}: {error}") from None
        except Exception as error:  # in a function of the author's
            problem = f"{type(error).__name__}: {error}"
            raise UpcasterError(f"{upcaster.name}: {problem}") from error
        yield one.type, one.version, made


def _checked_shape(upcaster: Upcaster) -> Shape:
    """What it takes. Raises InvalidInput or UpcasterError unless its names and types can be."""
    if not isinstance(upcaster, Upcaster):
        raise UpcasterError(f"{upcaster!r} is no upcaster: make one with upcast or split")
    shapes: list[Upcaster | Part] = [upcaster, *upcaster.parts]
    for one in shapes:
        check_name("type", one.type)
        check_number("version", one.version, 1)
    if not all(hasattr(change, "apply") for one in upcaster.parts for change in one.changes):
        raise UpcasterError(f"{upcaster.name}: what changes is said with Rename, Add, Compute …")
    try:
        check_fields("fields", upcaster.fields)
    except UpcasterError as error:
        raise UpcasterError(f"{upcaster.name}: {error}") from None
    return upcaster.type, upcaster.version


def _with_sql(change: Change) -> Change:
    """The change, or one that makes the same field, where it has no SQL."""
    if isinstance(change, Compute) and change.sql_text is None:
        return Add(change.into, None)
    return change
