"""The same upcasters as a view over the events table, so that SQL reads old and new alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .changes import Expressions, literal
from .upcasters import Upcaster, Upcasters, expressions

End = tuple[str, int, Expressions]  # type, schema version, the SQL of each field


def as_view(upcasters: Upcasters, table: str = "stored_events") -> str:
    """The SELECT that reads `table` in the newest shapes: the columns of events, and `part`.

    `part` counts the events into which a stored one is split, from 1. An event that is newer than
    this code raises an error. Raises UpcasterError if a step is a function without SQL.
    """
    ends = [(upcaster, list(_ends(upcasters, upcaster))) for upcaster in upcasters]
    rows = [_select(upcasters, ends, table)]
    for upcaster, outputs in ends:
        rows += [
            _further(upcaster, number, output, table)
            for number, output in enumerate(outputs[1:], 2)
        ]
    return "\nUNION ALL\n".join(rows)


def _ends(
    upcasters: Upcasters, upcaster: Upcaster, fields: Expressions | None = None
) -> Iterator[End]:
    """What events of this shape become in the end, each field as one expression."""
    following = {(one.type, one.version): one for one in upcasters}
    for one in upcaster.parts:
        made = expressions(upcaster, one, fields)
        then = following.get((one.type, one.version))
        if then is None:
            yield one.type, one.version, made
        else:
            yield from _ends(upcasters, then, made)


def _select(upcasters: Upcasters, ends: Sequence[tuple[Upcaster, list[End]]], table: str) -> str:
    """Every stored event once: as it is, or as the first of what it becomes."""
    newer = []
    for type_ in sorted({upcaster.type for upcaster in upcasters}):
        problem = literal(f"{type_} is newer than this code, which knows version ")
        newest = upcasters.newest(type_)
        newer.append(
            f"WHEN type = {literal(type_)} AND schema_version > {newest} "
            f"THEN error({problem} || '{newest}')"
        )
    firsts = [(_is(upcaster), outputs[0]) for upcaster, outputs in ends]
    columns = {
        "type": [f"WHEN {which} THEN {literal(end[0])}" for which, end in firsts],
        "schema_version": newer + [f"WHEN {which} THEN {end[1]}" for which, end in firsts],
        "data": newer + [f"WHEN {which} THEN {_data(end)}" for which, end in firsts],
    }
    cases = {
        name: "CASE\n        "
        + "\n        ".join(whens)
        + f"\n        ELSE {name}\n    END AS {name}"
        for name, whens in columns.items()
    }
    return f"""SELECT
    position, stream_id, version, event_id,
    {cases["type"]},
    {cases["schema_version"]},
    {cases["data"]},
    metadata, occurred_at, recorded_at, 1 AS part
FROM {table}"""


def _further(upcaster: Upcaster, number: int, end: End, table: str) -> str:
    """The second, third … event of those that were split."""
    type_, version, _ = end
    return f"""SELECT
    position, stream_id, version, md5(event_id::VARCHAR || '#{number}')::UUID,
    {literal(type_)}, {version},
    {_data(end)},
    metadata, occurred_at, recorded_at, {number}
FROM {table}
WHERE {_is(upcaster)}"""


def _is(upcaster: Upcaster) -> str:
    return f"type = {literal(upcaster.type)} AND schema_version = {upcaster.version}"


def _data(end: End) -> str:
    fields = ", ".join(f'"{name}" := {sql}' for name, sql in end[2].items())
    return f"struct_pack({fields})::VARIANT" if fields else "'{}'::JSON::VARIANT"
