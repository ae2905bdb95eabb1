"""One query that looks and does nothing else, and its answer as a DataFrame."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import duckdb

from ..errors import InvalidQuery
from .opening import first_line

if TYPE_CHECKING:
    import pandas as pd

READING = {"SELECT", "EXPLAIN"}
HUGE = re.compile(r"U?HUGEINT|DECIMAL\(\d+,0\)")  # what a sum of whole numbers is


def look(cursor: duckdb.DuckDBPyConnection, query: str, parameters: Any = None) -> pd.DataFrame:
    """All rows of one statement that reads, in a transaction that can only read.

    Raises InvalidQuery for any other statement, and for one that the engine does not take.
    """
    with _naming_problems():
        statements = cursor.extract_statements(query)
        if len(statements) != 1:
            raise InvalidQuery("must be one SQL statement")
        kind = statements[0].type.name
        if kind not in READING:
            raise InvalidQuery(f"must read, as SELECT and DESCRIBE do; {kind} does something else")
        cursor.execute("BEGIN TRANSACTION READ ONLY")
        try:
            return _frame(cursor, query, parameters)
        finally:
            cursor.execute("ROLLBACK")


def _frame(cursor: duckdb.DuckDBPyConnection, query: str, parameters: Any) -> pd.DataFrame:
    """The answer; whole numbers stay whole and exact, where pandas would make floats of them."""
    answer = cursor.sql(query, params=parameters)
    if answer is None:
        raise InvalidQuery("has no rows to show")
    huge = [n for n, type_ in enumerate(map(str, answer.types)) if HUGE.fullmatch(type_)]
    if huge:
        columns = (
            f'#{n + 1}{"::VARCHAR" * (n in huge)} AS "{name.replace(chr(34), chr(34) * 2)}"'
            for n, name in enumerate(answer.columns)
        )
        answer = answer.project(", ".join(columns))
    with warnings.catch_warnings():
        # DuckDB 2.0 puts times into their zone in a way that pandas 3.1 gives notice of ending.
        warnings.filterwarnings("ignore", "The inplace keyword", Warning)
        frame: pd.DataFrame = answer.df()
    for number in huge:
        frame.isetitem(number, _whole(frame.iloc[:, number]))
    return frame


def _whole(texts: pd.Series[Any]) -> Any:
    """Whole numbers from their digits: int64 where they fit, else Python's own."""
    import pandas as pd

    missing = texts.isna()
    numbers = [None if gone else int(text) for text, gone in zip(texts, missing, strict=True)]
    for dtype in ("Int64" if missing.any() else "int64", "object"):
        try:
            return pd.Series(numbers, index=texts.index, dtype=dtype)
        except OverflowError:
            continue
    raise AssertionError("an object holds any number")


@contextmanager
def _naming_problems() -> Iterator[None]:
    """What the engine says of a statement becomes InvalidQuery; what it says of files goes on."""
    try:
        yield
    except (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError) as error:
        raise InvalidQuery(first_line(error)) from error
    except (duckdb.InvalidInputException, duckdb.TransactionException) as error:
        raise InvalidQuery(first_line(error)) from error
