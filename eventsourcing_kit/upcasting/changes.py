"""What can happen to the fields of an event, each said once: for Python and for SQL.

A change has a Python side, on the data of one event, and a SQL side, on the expressions from which
the new fields are made. Both start from the same fields, so one can be tested against the other:
they give the same values, and where one refuses the other does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from reprlib import repr as shown
from typing import Any, Final, Protocol

import duckdb
import msgspec

from ..errors import InvalidInput, UpcasterError
from ..event import canonical_json
from .declared import ANYTHING, TYPES, WHOLE, Check, Expression, Expressions, literal, text, variant

Data = dict[str, Any]


class Change(Protocol):
    """One change of an event's fields. Neither side alters what it is given."""

    def apply(self, data: Data) -> Data:
        """The data afterwards. Raises UpcasterError where the data does not allow it."""
        ...

    def sql(self, fields: Expressions) -> Expressions:
        """The expressions afterwards. Raises UpcasterError where there is no SQL for it."""
        ...


def _without(fields: Mapping[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        if name not in fields:
            raise UpcasterError(f"there is no field {name!r}, only {', '.join(fields) or 'none'}")
    return {name: value for name, value in fields.items() if name not in names}


def _with(fields: dict[str, Any], name: str, value: Any) -> dict[str, Any]:
    if name in fields:
        raise UpcasterError(f"there is a field {name!r} already")
    return {**fields, name: value}


@dataclass(frozen=True)
class Rename:
    """A field gets another name."""

    old: str
    new: str

    def apply(self, data: Data) -> Data:
        return _with(_without(data, self.old), self.new, data[self.old])

    sql = apply


@dataclass(frozen=True)
class Add:
    """A field that old events did not have, with the value that was meant then.

    A text, a whole number, a truth value or None. What was not known is not to be made up: None.
    """

    name: str
    value: str | int | bool | None

    def __post_init__(self) -> None:
        if self.value is not None and type(self.value) not in _ADDED:
            raise UpcasterError(
                f"{self.name}: what is added is a text, a whole number, a truth value or None, "
                f"not {shown(self.value)}"
            )
        _as_json(self.name, self.value)

    def apply(self, data: Data) -> Data:
        return _with(data, self.name, self.value)

    def sql(self, fields: Expressions) -> Expressions:
        type_ = "VARIANT" if self.value is None else _ADDED[type(self.value)]
        return _with(fields, self.name, Expression(literal(self.value), type_))


_ADDED: Final[dict[type, str]] = {str: "VARCHAR", int: "BIGINT", bool: "BOOLEAN"}


@dataclass(frozen=True)
class Remove:
    """A field that nobody reads any more."""

    name: str

    def apply(self, data: Data) -> Data:
        return _without(data, self.name)

    sql = apply


PLAIN_NUMBER: Final = "-?[0-9]{1,14}([.][0-9]{1,4}0*)?"


@dataclass(frozen=True)
class Units:
    """A number in other units, exactly: euros, as a number or as text, become cents by factor 100.

    The digits are multiplied, not the float: 0.29 becomes 29. What is not whole afterwards is an
    error, for nobody may round money in silence; so is what is not written with at most 14 digits
    before the point and 4 behind it (zeros at the end apart), and what comes to more than 64 bits.
    `factor` is from 1 to 1,000,000,000; `into` is the field's new name, if it gets one.
    """

    name: str
    factor: int
    into: str | None = None

    def __post_init__(self) -> None:
        if type(self.factor) is not int or not 1 <= self.factor <= 10**9:
            raise UpcasterError(
                f"{self.name}: a factor is a whole number from 1 to 1,000,000,000, "
                f"not {shown(self.factor)}"
            )

    def apply(self, data: Data) -> Data:
        rest = _without(data, self.name)
        return _with(rest, self._into, self._whole(data[self.name]))

    @property
    def _into(self) -> str:
        return self.name if self.into is None else self.into

    def _whole(self, value: Any) -> int:
        if not re.fullmatch(PLAIN_NUMBER, str(value)):
            raise UpcasterError(f"{self.name}: {shown(value)} is no plain number")
        number = Decimal(str(value)) * self.factor
        if number != int(number):
            raise UpcasterError(f"{self.name}: {value!r} times {self.factor} is not whole")
        if not -(2**63) <= number < 2**63:
            raise UpcasterError(f"{self.name}: {value!r} times {self.factor} is beyond 64 bits")
        return int(number)

    def sql(self, fields: Expressions) -> Expressions:
        rest = _without(fields, self.name)
        old = fields[self.name]
        digits = old.sql if old.type in WHOLE else text(old)
        number = f"TRY_CAST({digits} AS DECIMAL(18, 4))"
        # In two parts, each of which 64 bits can hold: DECIMAL(18, 4) has no digits to spare.
        behind = f"{number} % 1 * {self.factor}"
        whole = f"trunc({number})::BIGINT * {self.factor} + ({behind})::BIGINT"
        times = f"{self.name} times {self.factor} is"
        plain = f"regexp_full_match({text(old)}, '{PLAIN_NUMBER}')"
        checks = [
            Check(plain, f"{self.name} is no plain number"),
            Check(f"{behind} % 1 = 0", f"{times} not whole"),
        ]
        if 10**14 * self.factor >= 2**63:
            whole = f"TRY({whole})"
            checks.append(Check(f"{whole} IS NOT NULL", f"{times} beyond 64 bits"))
        made = Expression(f"({whole})", "BIGINT", tuple(checks))
        return _with(rest, self._into, made)


@dataclass(frozen=True)
class Merge:
    """Several texts become one, with `separator` between them."""

    names: Sequence[str]
    into: str
    separator: str = " "

    def __post_init__(self) -> None:
        if isinstance(self.names, str) or not self.names:
            raise UpcasterError(f"{self.into}: the names of the fields to merge are a sequence")
        if not isinstance(self.separator, str):
            raise UpcasterError(f"{self.into}: a separator is a text, not {shown(self.separator)}")

    def apply(self, data: Data) -> Data:
        rest = _without(data, *self.names)
        for name in self.names:
            if not isinstance(data[name], str):
                raise UpcasterError(f"{name}: {shown(data[name])} is no text")
        return _with(rest, self.into, self.separator.join(data[name] for name in self.names))

    def sql(self, fields: Expressions) -> Expressions:
        rest = _without(fields, *self.names)
        merged = f" || {literal(self.separator)} || ".join(text(fields[n]) for n in self.names)
        checks = tuple(Check(_is_text(fields[name]), f"{name} is no text") for name in self.names)
        return _with(rest, self.into, Expression(f"({merged})", "VARCHAR", checks))


def _is_text(field: Expression) -> str:
    if field.type == "VARCHAR":
        return f"{field.sql} IS NOT NULL"
    return f"variant_typeof({variant(field)}) = 'VARCHAR'"


@dataclass(frozen=True)
class Compute:
    """Anything else: a new field, worked out from the others by a function of the data.

    The function gets a copy of the data and gives what JSON can hold. `sql_text` says the same in
    SQL, with fields in braces: "{amount} > 0". It is an expression without subqueries, of a type
    that a field can be declared with. Where the function raises, it has to raise as well: by a
    cast, say, or error('…'). Without it the store can be read as ever, but there is no view.
    """

    into: str
    function: Callable[[Data], Any]
    sql_text: str | None = None

    def __post_init__(self) -> None:
        if not callable(self.function) or not isinstance(self.sql_text, str | None):
            raise UpcasterError(f"{self.into}: is computed by a function, and SQL that is a text")

    def apply(self, data: Data) -> Data:
        return _with(data, self.into, _as_json(self.into, self.function(deepcopy(data))))

    def sql(self, fields: Expressions) -> Expressions:
        if self.sql_text is None:
            raise UpcasterError(f"{self.into} is computed by a function that has no SQL beside it")
        written = _filled_in(_ERROR.sub(_say_where, self.sql_text), fields)
        # TRY makes NULL of what raises. It takes nothing volatile, and error() is.
        tried = "({})" if _calls_error(written) else "TRY({})"
        made = tried.format(written)
        try:
            type_ = _type_of(made)
        except ValueError as error:
            raise UpcasterError(f"{self.into}: its SQL cannot be used: {error}") from None
        checks = [
            Check(f"{tried.format(f'[{written}]')} IS NOT NULL", f"{self.into}: its SQL fails")
        ]
        if type_ == "DOUBLE":
            finite = f"coalesce(isfinite({made}), TRUE)"
            checks.append(Check(finite, f"{self.into} is no finite number"))
        if type_ in ANYTHING:
            made, type_ = f"({made})::VARIANT", "VARIANT"
            wide = f"variant_typeof({made}) IN ('UINT64', 'INT128', 'UINT128')"
            within = f"NOT {wide} OR TRY_CAST({made} AS BIGINT) IS NOT NULL"
            checks.append(Check(within, f"{self.into} is beyond 64 bits"))
        return _with(fields, self.into, Expression(made, type_, tuple(checks)))


_BRACES: Final = re.compile(r"\{\{|\}\}|\{([^{}]*)\}")
_ERROR: Final = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|\berror\s*\(""", re.IGNORECASE)


def _calls_error(sql: str) -> bool:
    return any(found[1] is None for found in _ERROR.finditer(sql))


def _say_where(found: re.Match[str]) -> str:
    return found[1] or "error('position ' || position || ', ' || "


def _filled_in(sql_text: str, fields: Expressions) -> str:
    """The text with each field in its place. A brace that is meant stands there twice."""

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return found[0][0]
        _without(fields, name)
        return f"({fields[name].sql})"

    return _BRACES.sub(fill, sql_text)


def _as_json(name: str, value: Any) -> Any:
    """The value as it comes back from a store, which shares nothing with the one given."""
    try:
        return msgspec.json.decode(canonical_json({name: value}))[name]
    except InvalidInput as error:
        raise UpcasterError(str(error)) from None


@lru_cache(maxsize=1000)
def _type_of(sql: str) -> str:
    """The type of an expression over the events table. Raises ValueError if there is none."""
    with duckdb.connect() as engine:
        try:
            over = "(SELECT NULL::VARIANT AS data, 1 AS position)"
            engine.execute(f"DESCRIBE SELECT position, {sql} AS made FROM {over}")
            [_, (_, type_, *_)] = engine.fetchall()
        except duckdb.Error as error:
            raise ValueError(str(error).splitlines()[0]) from None
    if type_ == '"NULL"':
        return "VARIANT"
    if type_ not in TYPES:
        raise ValueError(f"it gives {type_}; cast it to one of {', '.join(TYPES)}")
    return str(type_)
