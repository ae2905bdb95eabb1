"""The types with which the fields of an old event can be declared, and what each of them takes.

One rule for each type, in Python and in SQL. Both take a body of the declared shape and give the
same values; both refuse any other, and cast nothing in silence: "12" is no number and 1.5 no whole
one. Every type takes null, which is not the same as a field that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from reprlib import repr as shown
from typing import Any, Final, NamedTuple

from ..errors import UpcasterError
from ..event import check_text

ANYTHING: Final = ("JSON", "VARIANT")  # two names; in SQL such a field is a VARIANT
WHOLE: Final = {"BIGINT": 2**63, "INTEGER": 2**31}
TYPES: Final = ("VARCHAR", *WHOLE, "DOUBLE", "BOOLEAN", *ANYTHING)
EXACT: Final = 2**53  # up to here, a DOUBLE holds every whole number

_KINDS: Final = {  # what a VARIANT that was JSON, or one of these types, says of its value
    "VARCHAR": "VARCHAR",
    "BIGINT": "INT32 INT64 UINT64",
    "INTEGER": "INT32 INT64 UINT64",
    "DOUBLE": "DOUBLE INT32 INT64 UINT64",
    "BOOLEAN": "BOOL_TRUE BOOL_FALSE",
}


class Check(NamedTuple):
    """What must hold before a field is made in SQL, and what is said where it does not."""

    condition: str
    problem: str


class Expression(NamedTuple):
    """The SQL that makes a field (where the checks hold, nothing in it raises), and its type."""

    sql: str
    type: str = "VARIANT"
    checks: tuple[Check, ...] = ()


Expressions = dict[str, Expression]


def check_fields(field: str, fields: Mapping[str, str]) -> None:
    """Raise UpcasterError for a type that there is no rule for, InvalidInput for a bad name."""
    for name, type_ in fields.items():
        check_text(field, name)
        if type_ not in TYPES:
            raise UpcasterError(
                f"{name}: a field cannot be declared as {type_!r}, only as {', '.join(TYPES)}"
            )


def take(name: str, type_: str, value: Any) -> Any:
    """The value, if the type takes it. A whole number becomes a float where that is declared."""
    if value is None or type_ in ANYTHING:
        return value
    if type_ == "VARCHAR" and isinstance(value, str):
        return value
    if type_ == "BOOLEAN" and isinstance(value, bool):
        return value
    if type_ == "DOUBLE":
        if isinstance(value, float):
            return value
        if type(value) is int and abs(value) <= EXACT:
            return float(value)
    if type_ in WHOLE and type(value) is int and -WHOLE[type_] <= value < WHOLE[type_]:
        return value
    raise UpcasterError(f"{name}: {shown(value)} is no {type_}")


def taken(name: str, type_: str, field: Expression) -> Expression:
    """The same in SQL."""
    if type_ in ANYTHING:
        return Expression(variant(field))
    if type_ == field.type:
        return field
    value = variant(field)
    whole = f"TRY_CAST({value} AS BIGINT)"
    # `contains` takes the engine half the time of IN to plan, and there is one for every field.
    condition = f"contains('VARIANT_NULL {_KINDS[type_]}', variant_typeof({value}))"
    if type_ == "INTEGER":
        most = WHOLE["INTEGER"]
        condition += f" AND coalesce({whole} BETWEEN -{most} AND {most - 1}, TRUE)"
    if type_ == "DOUBLE":
        exact = f"variant_typeof({value}) = 'DOUBLE' OR {whole} BETWEEN -{EXACT} AND {EXACT}"
        condition += f" AND coalesce({exact}, TRUE)"
    cast = f"TRY_CAST({value} AS {type_})"
    return Expression(cast, type_, (Check(condition, f"{name} is no {type_}"),))


def stored(name: str, type_: str = "VARIANT") -> Expression:
    """The field of the stored event; with a type, cast to it."""
    field = f"data[{literal(name)}]"
    return Expression(field) if type_ in ANYTHING else Expression(f"{field}::{type_}", type_)


def variant(field: Expression) -> str:
    """The field as a VARIANT, which knows what kind of value it holds."""
    return field.sql if field.type in ANYTHING else f"({field.sql})::VARIANT"


def text(field: Expression) -> str:
    """The field as it is written: a text without quotes."""
    return field.sql if field.type == "VARCHAR" else f"TRY_CAST({field.sql} AS VARCHAR)"


def literal(value: str | int | bool | None) -> str:
    """A value as SQL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).upper() if isinstance(value, bool) else f"({value})::BIGINT"
