"""A DuckDB result as a DataFrame."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    import pandas as pd


def to_frame(result: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """All rows of a query that has been executed."""
    if not any("TIME ZONE" in str(column[1]) for column in result.description or ()):
        return result.df()
    with warnings.catch_warnings():
        # DuckDB 2.0 puts times into their zone in a way that pandas 3.1 gives notice of ending.
        warnings.filterwarnings("ignore", "The inplace keyword", Warning)
        return result.df()
