"""SQL lives in .sql files beside the module that runs it, so that a notebook can show it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def sql_text(name: str) -> str:
    """The text of a file in the package: sql_text("stores/duckdb_sql/append.sql")."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
