"""The same upcasters as a view over the events table, so that SQL reads old and new alike.

In the view every old event is looked at before it is made anew, field by field, as the functions
do; a fold over many events has them looked at once, for they never change (see seen.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from ..errors import InvalidInput, InvalidQuery, UnknownSchemaVersion, UpcasterError
from .declared import ANYTHING, Expression, Expressions, check_fields, literal, stored, taken
from .steps import Chains, Upcaster

End = tuple[str, int, Expressions]  # type, schema version, the SQL of each field
MARK = "/* newest shapes */"  # what a fold_sql begins with: it does not read `events`
NO_VIEW = "there is no view of the events: "
_HAS = " has schema version "
_KNOWN = "; this code knows version "
_NEWER = re.compile(rf"(.*){_HAS}(\d+){_KNOWN}(\d+)", re.DOTALL)
_ITS_OWN_EVENTS = re.compile(rf"\s*WITH events AS \(\s*{re.escape(MARK)}")


@dataclass(frozen=True)
class Way:
    """What becomes of the events of one stored shape, and what their data has to be for that.

    `checks` are conditions that raise nothing, in order, each with the problem where it fails.
    """

    upcaster: Upcaster
    checks: Mapping[str, str]
    ends: Sequence[End]


def as_view(chains: Chains, table: str, fields: Mapping[str, str] | None = None) -> str:
    """See Upcasters.sql."""
    return select(chains, ways(chains, fields), table, fields)


@contextmanager
def shadow(
    chains: Chains, engine: duckdb.DuckDBPyConnection, table: str, query: str
) -> Iterator[None]:
    """Let `events` be the view and `stored_events` the table, and name what the view raises.

    Where there is no view, `events` can be named, but reading it says why.
    """
    if not _ITS_OWN_EVENTS.match(query):  # for the engine takes 5 ms to make a view
        engine.execute(f"CREATE TEMP VIEW events AS {_view_or_reason(chains, table)}")
    engine.execute(f"CREATE TEMP VIEW stored_events AS FROM {table}")
    try:
        yield
    except (duckdb.InvalidInputException, InvalidQuery) as error:
        cause = error.__cause__ if isinstance(error, InvalidQuery) else error
        said = str(cause).removeprefix("Invalid Input Error: ")
        if said.startswith((NO_VIEW, "position ")):
            raise UpcasterError(said) from None
        if newer := _NEWER.fullmatch(said):
            raise UnknownSchemaVersion(newer[1], int(newer[2]), int(newer[3])) from None
        raise


def _view_or_reason(chains: Chains, table: str) -> str:
    """The view, or a SELECT with its columns that fails and says why there is none."""
    try:
        return as_view(chains, table)
    except UpcasterError as error:
        reason = literal(f"{NO_VIEW}{error}")
        return f"SELECT *, 1 AS part FROM {table} WHERE (SELECT error({reason})) IS NULL"


# --- one shape -----------------------------------------------------------------------------------


def ways(
    chains: Chains, fields: Mapping[str, str] | None = None, *, eager: bool = False
) -> list[Way]:
    """From each stored shape to the ends. `eager` is for data that has been looked at.

    DuckDB reads `data['cents']::BIGINT` straight from a column of numbers, but then it casts that
    of every row, whatever stands around the cast: it fails for an event that nobody asked for.
    """
    if fields is not None:
        check_fields("fields", fields)
        if len({name.casefold() for name in fields} - {""}) < len(fields) or not fields:
            raise InvalidInput("fields", "need names, and such as differ in more than case")
    return [_way(chains, upcaster, fields, eager) for upcaster in chains]


def _way(chains: Chains, upcaster: Upcaster, fields: Mapping[str, str] | None, eager: bool) -> Way:
    names = sorted(upcaster.fields)
    has_them = f"list_sort(variant_keys(data)) = [{', '.join(map(literal, names))}]::VARCHAR[]"
    checks = {has_them: f"{upcaster.name}: its fields are not {', '.join(names) or 'none'}"}

    def noted(made: Expressions, name: str) -> Expressions:
        for one in made.values():
            for check in one.checks:
                checks.setdefault(check.condition, f"{name}: {check.problem}")
        return made

    def go_on(one: Upcaster, given: Expressions) -> Iterator[End]:
        read = {name: taken(name, one.fields[name], field) for name, field in given.items()}
        for part in one.parts:
            made = noted(read, one.name)
            for change in part.changes:
                made = noted(change.sql(made), one.name)
            following = chains.takes(part.type, part.version)
            if following is not None:
                yield from go_on(following, made)
                continue
            if fields is not None:
                null = Expression("NULL")
                made = {name: taken(name, fields[name], made.get(name, null)) for name in fields}
            yield part.type, part.version, noted(made, part.type)

    given = {
        name: stored(name, type_ if eager else "VARIANT") for name, type_ in upcaster.fields.items()
    }
    try:
        return Way(upcaster, checks, list(go_on(upcaster, given)))
    except UpcasterError as error:
        raise UpcasterError(f"{upcaster.name}: {error}") from None


# --- all of them ---------------------------------------------------------------------------------


def select(
    chains: Chains,
    ways: Sequence[Way],
    table: str,
    fields: Mapping[str, str] | None,
    *,
    eager: bool = False,
    where: str | None = None,
) -> str:
    """These ways as one query over the events table, or over a part of it. See `ways` for eager."""

    def made(one: Way, end: End) -> str:
        return _checked(one, _object(end[2]) if fields is None else _struct(end[2]))

    as_stored = "data" if fields is None else struct_as_stored(fields, eager)
    firsts = [(one.upcaster, one.ends[0]) for one in ways]
    datas = [(one.upcaster, made(one, one.ends[0])) for one in ways]
    numbers = [(upcaster, str(end[1])) for upcaster, end in firsts]
    versions = by_shape(chains, "schema_version", numbers, lambda *_: "schema_version")
    rows = [
        f"""SELECT
    position, stream_id, version, event_id,
    {_types(chains, firsts)} AS type,
    {versions} AS schema_version,
    {by_shape(chains, as_stored, datas, _newer)} AS data,
    metadata, occurred_at, recorded_at, 1 AS part
FROM {table}{f" WHERE {where}" if where else ""}"""
    ]
    for one in ways:
        of_this = f"type = {literal(one.upcaster.type)} AND schema_version = {one.upcaster.version}"
        for number, end in enumerate(one.ends[1:], 2):
            rows.append(
                f"""SELECT
    position, stream_id, version, md5(event_id::VARCHAR || '#{number}')::UUID,
    {literal(end[0])}, {end[1]},
    {made(one, end)},
    metadata, occurred_at, recorded_at, {number}
FROM {table} WHERE {of_this}{f" AND {where}" if where else ""}"""
            )
    return "\nUNION ALL\n".join(rows)


def by_shape(
    chains: Chains,
    as_stored: str,
    made: Sequence[tuple[Upcaster, str]],
    newer: Callable[[str, int], str],
) -> str:
    """What is made of a column, by type and schema version; what is stored for all the others."""
    whens = []
    for type_ in dict.fromkeys(upcaster.type for upcaster, _ in made):
        newest = chains.newest(type_)
        steps = {one.version: sql for one, sql in made if one.type == type_}
        steps.setdefault(newest, as_stored)
        lines = [f"WHEN {version} THEN {sql}" for version, sql in steps.items()]
        shapes = "\n            ".join([*lines, f"ELSE {newer(type_, newest)}"])
        whens.append(
            f"WHEN {literal(type_)} THEN CASE schema_version\n            {shapes}\n        END"
        )
    return _case("type", whens, as_stored)


def _types(chains: Chains, firsts: Sequence[tuple[Upcaster, End]]) -> str:
    """The type of each event, by the old type alone where that settles it, which is faster."""
    whens = []
    for type_ in dict.fromkeys(upcaster.type for upcaster, _ in firsts):
        becomes = {one.version: end[0] for one, end in firsts if one.type == type_}
        becomes.setdefault(chains.newest(type_), type_)
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


def _newer(type_: str, newest: int) -> str:
    return f"error(format('{{}}{_HAS}{{}}{_KNOWN}{newest}', type, schema_version))"


def _error(problem: str) -> str:
    return f"error(format('position {{}}, {{}}', position, {problem}))"


def problem(one: Way) -> str:
    """What is wrong with an event of this shape; NULL if nothing is."""
    whens = [f"WHEN ({sql}) IS NOT TRUE THEN {literal(said)}" for sql, said in one.checks.items()]
    return "\n                ".join(["CASE", *whens]) + "\n            END"


def _checked(one: Way, data: str) -> str:
    if not one.checks:
        return data
    return f"coalesce({_error(problem(one))}, {data})"  # error(NULL) is NULL


def struct_as_stored(fields: Mapping[str, str], eager: bool) -> str:
    """The fields of an event that is in its newest shape, cast as DuckDB casts."""

    def cast(name: str, type_: str) -> Expression:
        if eager or type_ in ANYTHING:
            return stored(name, type_)
        field = stored(name).sql
        wrong = _error(literal(f"{name} is no {type_}"))
        problem = f"CASE WHEN {field} IS NOT NULL THEN {wrong} END"
        return Expression(f"coalesce(TRY_CAST({field} AS {type_}), {problem})")

    return _struct({name: cast(name, type_) for name, type_ in fields.items()})


def _object(fields: Expressions) -> str:
    """Data as a VARIANT. A struct cannot hold names that differ in case only, an object can."""
    pairs = ", ".join(f"{literal(name)}, {one.sql}" for name, one in fields.items())
    return f"json_object({pairs})::VARIANT"


def _struct(fields: Expressions) -> str:
    return "struct_pack(" + ", ".join(f"{quoted(n)} := {e.sql}" for n, e in fields.items()) + ")"


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
