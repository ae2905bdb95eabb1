"""KIT_STORE: a PostgreSQL server that takes the place of files and memory, chapters unchanged."""

from __future__ import annotations

import hashlib
import os
import re
import threading
import weakref
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import duckdb

from ..errors import InvalidInput
from .opening import check_path
from .postgres import PostgresStore
from .postgres_connections import drop_schema
from .reshaping import as_stored
from .sql_store import Copy

if TYPE_CHECKING:
    import pandas as pd

VARIABLE = "KIT_STORE"


class InPlaceOfDuckDB(PostgresStore):
    """A store on that server, asked in DuckDB's SQL as the chapters ask.

    The first query copies the events into memory, the next ones what has come since.
    """

    def __init__(self, path: Any, **options: Any) -> None:
        server = os.environ[VARIABLE]
        if not server.startswith(("postgresql://", "postgres://")):
            raise InvalidInput(VARIABLE, f"must be a PostgreSQL server's URL, not {server!r}")
        url = f"{server}{'&' if '?' in server else '?'}schema={schema_of(path)}"
        super().__init__(url, **options)
        if path == ":memory:":
            weakref.finalize(self, drop_schema, url)
        self._copy: Copy | None = None
        self._stored: Copy | None = None
        self._copying = threading.Lock()

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        with self._copying:
            if self._copy is None:
                self._copy, self._stored = self._copies()
            self._copy.catch_up(self)
            if self._stored is not None:
                self._stored.catch_up(as_stored(self))
            return self._copy.sql(query, parameters)

    def _copies(self) -> tuple[Copy, Copy | None]:
        """The events, and where upcasters reshape them also as they are stored."""
        connection = duckdb.connect(":memory:")
        weakref.finalize(self, connection.close)
        if self.upcasters is None:
            return Copy(self, connection), None
        return Copy(self, connection), Copy(as_stored(self), connection, "stored_events")


def schema_of(path: object) -> str:
    """The same schema for a path each time; for ":memory:" a new one each time."""
    place = check_path(path, "url")
    is_file = place != ":memory:"
    word = hashlib.sha256(os.path.realpath(place).encode()).hexdigest() if is_file else uuid4().hex
    stem = re.sub(r"[^a-z0-9]+", "_", os.path.basename(place).lower()).strip("_")
    return f"kit_{stem[:20]}_{word[:20]}"
