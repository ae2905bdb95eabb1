"""The same upcasters as a view over the events table, so that SQL reads old and new alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from .changes import Expressions, literal
from .upcasters import Upcaster, Upcasters, expressions

End = tuple[str, int, Expressions]  # type, schema version, the SQL of each field


def as_view(
    upcasters: Upcasters,
    table: str = "stored_events",
    fields: Mapping[str, str] | None = None,
) -> str:
    """The SELECT that reads `table` in the newest shapes: the columns of events, and `part`.

    `part` counts the events into which a stored one is split, from 1. An event that is newer than
    this code raises an error. Raises UpcasterError if a step is a function without SQL.

    With `fields`, each with its DuckDB type, `data` holds these and no others: a fold that says
    which fields it needs spares the engine from building every old event anew.
    """
    ends = [(upcaster, list(_ends(upcasters, upcaster))) for upcaster in upcasters]
    rows = [_select(upcasters, ends, table, fields)]
    for upcaster, outputs in ends:
        rows += [
            _further(upcaster, number, output, table, fields)
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


def _select(
    upcasters: Upcasters,
    ends: Sequence[tuple[Upcaster, list[End]]],
    table: str,
    fields: Mapping[str, str] | None,
) -> str:
    """Every stored event once: as it is, or as the first of what it becomes."""
    firsts = [(upcaster, outputs[0]) for upcaster, outputs in ends]

    def column(stored: str, made: Callable[[End], str]) -> str:
        return _by_shape(upcasters, stored, [(one, made(end)) for one, end in firsts])

    if fields is None:
        data = column("data", _data)
    else:
        data = _struct(
            {
                name: column(f'data."{name}"::{type_}', partial(_field, name=name, type_=type_))
                for name, type_ in fields.items()
            }
        )
    return f"""SELECT
    position, stream_id, version, event_id,
    {_types(upcasters, firsts)} AS type,
    {column("schema_version", lambda end: str(end[1]))} AS schema_version,
    {data} AS data,
    metadata, occurred_at, recorded_at, 1 AS part
FROM {table}"""


def _by_shape(upcasters: Upcasters, stored: str, made: Sequence[tuple[Upcaster, str]]) -> str:
    """What is made of a column, by type and schema version; what is stored for all the others."""
    whens = []
    for type_ in dict.fromkeys(upcaster.type for upcaster, _ in made):
        newest = upcasters.newest(type_)
        steps = {one.version: sql for one, sql in made if one.type == type_}
        steps.setdefault(newest, stored)
        problem = literal(f"{type_} is newer than this code, which knows version {newest}")
        lines = [f"WHEN {version} THEN {sql}" for version, sql in steps.items()]
        shapes = "\n            ".join([*lines, f"ELSE error({problem})"])
        whens.append(
            f"WHEN {literal(type_)} THEN CASE schema_version\n            {shapes}\n        END"
        )
    return _case("type", whens, stored)


def _types(upcasters: Upcasters, firsts: Sequence[tuple[Upcaster, End]]) -> str:
    """The type of each event, by the old type alone where that settles it, which is faster."""
    whens = []
    for type_ in dict.fromkeys(upcaster.type for upcaster, _ in firsts):
        becomes = {one.version: end[0] for one, end in firsts if one.type == type_}
        becomes.setdefault(upcasters.newest(type_), type_)
        first, *others = dict.fromkeys(becomes.values())
        if others:
            steps = " ".join(f"WHEN {n} THEN {literal(name)}" for n, name in becomes.items())
            whens.append(f"WHEN {literal(type_)} THEN CASE schema_version {steps} ELSE type END")
        elif first != type_:
            whens.append(f"WHEN {literal(type_)} THEN {literal(first)}")
    return _case("type", whens, "type")


def _case(of: str, whens: Sequence[str], otherwise: str) -> str:
    if not whens:
        return otherwise
    return "\n        ".join([f"CASE {of}", *whens, f"ELSE {otherwise}"]) + "\n    END"


def _further(
    upcaster: Upcaster, number: int, end: End, table: str, fields: Mapping[str, str] | None
) -> str:
    """The second, third … event of those that were split."""
    type_, version, _ = end
    data = (
        _data(end)
        if fields is None
        else _struct({name: _field(end, name, kind) for name, kind in fields.items()})
    )
    return f"""SELECT
    position, stream_id, version, md5(event_id::VARCHAR || '#{number}')::UUID,
    {literal(type_)}, {version},
    {data},
    metadata, occurred_at, recorded_at, {number}
FROM {table}
WHERE {_is(upcaster)}"""


def _is(upcaster: Upcaster) -> str:
    return f"type = {literal(upcaster.type)} AND schema_version = {upcaster.version}"


def _data(end: End) -> str:
    return f"{_struct(end[2])}::VARIANT" if end[2] else "'{}'::JSON::VARIANT"


def _field(end: End, name: str, type_: str) -> str:
    return f"({end[2].get(name, 'NULL')})::{type_}"


def _struct(fields: Mapping[str, str]) -> str:
    return "struct_pack(" + ", ".join(f'"{name}" := {sql}' for name, sql in fields.items()) + ")"
