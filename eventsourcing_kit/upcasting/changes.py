"""What can happen to the fields of an event, each said once: for Python and for SQL.

A change has a Python side, on the data of one event, and a SQL side, on the expressions from which
the new fields are made. Both start from the same fields, so one can be tested against the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from ..errors import UpcasterError

Data = dict[str, Any]
Expressions = dict[str, str]  # field: the SQL that makes it


class Change(Protocol):
    """One change of an event's fields. Neither side alters what it is given."""

    def apply(self, data: Data) -> Data:
        """The data afterwards. Raises UpcasterError where the data does not allow it."""
        ...

    def sql(self, fields: Expressions) -> Expressions:
        """The expressions afterwards."""
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

    def apply(self, data: Data) -> Data:
        return _with(data, self.name, self.value)

    def sql(self, fields: Expressions) -> Expressions:
        return _with(fields, self.name, literal(self.value))


@dataclass(frozen=True)
class Remove:
    """A field that nobody reads any more."""

    name: str

    def apply(self, data: Data) -> Data:
        return _without(data, self.name)

    sql = apply


PLAIN_NUMBER = "-?[0-9]{1,14}([.][0-9]{1,4}0*)?"


@dataclass(frozen=True)
class Units:
    """A number in other units, exactly: euros, as a number or as text, become cents by factor 100.

    The digits are multiplied, not the float: 0.29 becomes 29. What is not whole afterwards is an
    error, for nobody may round money in silence; so is what is not written with at most 14 digits
    before the point and 4 behind it. `into` is the field's new name, if it gets one.
    """

    name: str
    factor: int
    into: str | None = None

    def apply(self, data: Data) -> Data:
        rest = _without(data, self.name)
        return _with(rest, self.into or self.name, self._whole(data[self.name]))

    def _whole(self, value: Any) -> int:
        if not re.fullmatch(PLAIN_NUMBER, str(value)):
            raise UpcasterError(f"{self.name}: {value!r} is no plain number")
        number = Decimal(str(value)) * self.factor
        if number != int(number):
            raise UpcasterError(f"{self.name}: {value!r} times {self.factor} is not whole")
        return int(number)

    def sql(self, fields: Expressions) -> Expressions:
        rest = _without(fields, self.name)
        text = f"({fields[self.name]})::VARCHAR"
        number = f"{text}::DECIMAL(18, 4) * {self.factor}"
        no_number = literal(f"{self.name} is no plain number")
        not_whole = literal(f"{self.name} times {self.factor} is not whole")
        whole = f"""CASE
            WHEN NOT regexp_full_match({text}, '{PLAIN_NUMBER}') THEN error({no_number})
            WHEN {number} % 1 != 0 THEN error({not_whole})
            ELSE ({number})::BIGINT
        END"""
        return _with(rest, self.into or self.name, whole)


@dataclass(frozen=True)
class Merge:
    """Several texts become one, with `separator` between them."""

    names: Sequence[str]
    into: str
    separator: str = " "

    def apply(self, data: Data) -> Data:
        rest = _without(data, *self.names)
        for name in self.names:
            if not isinstance(data[name], str):
                raise UpcasterError(f"{name}: {data[name]!r} is no text")
        return _with(rest, self.into, self.separator.join(data[name] for name in self.names))

    def sql(self, fields: Expressions) -> Expressions:
        rest = _without(fields, *self.names)
        parts = f" || {literal(self.separator)} || ".join(fields[name] for name in self.names)
        return _with(rest, self.into, f"({parts})")


@dataclass(frozen=True)
class Compute:
    """Anything else: a new field, worked out from the others by a function of the data.

    `sql` says the same in SQL, with fields in braces: "{amount} > 0". Without it there is no view.
    """

    into: str
    function: Callable[[Data], Any]
    sql_text: str | None = None

    def apply(self, data: Data) -> Data:
        return _with(data, self.into, self.function(dict(data)))

    def sql(self, fields: Expressions) -> Expressions:
        if self.sql_text is None:
            raise UpcasterError(f"{self.into} is computed by a function that has no SQL beside it")
        return _with(fields, self.into, "(" + self.sql_text.format_map(fields) + ")")


def literal(value: str | int | bool | None) -> str:
    """A value as SQL writes it."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value).upper() if isinstance(value, bool) else str(value)
