"""SQL lives in .sql files beside the module that runs it, so that a notebook can show it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def sql_text(name: str) -> str:
    """The text of a file in the package: sql_text("stores/duckdb_sql/append.sql")."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@cache
def load_sql(folder: str) -> None:
    """Read all SQL files of a folder now: later the process may have no file left to open."""
    for file in files(__package__).joinpath(folder).iterdir():
        sql_text(f"{folder}/{file.name}")
