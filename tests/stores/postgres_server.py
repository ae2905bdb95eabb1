"""One PostgreSQL for the tests of this process, and a schema for each test."""

from __future__ import annotations

import atexit
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from typing import Any

import psycopg
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.errors import ServerMissing
from eventsourcing_kit.event import Clock, utc_now

_numbers = count(1)


@cache
def server() -> es.servers.Postgres:
    """The one server. Without its package a test is skipped; where CI is set, that is a failure."""
    try:
        found = es.servers.postgres()
    except ServerMissing as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    atexit.register(found.close)
    return found


@contextmanager
def private_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[es.servers.Postgres]:
    """One that may be killed: never that of somebody else."""
    monkeypatch.delenv("EVENTSOURCING_KIT_POSTGRES", raising=False)
    try:
        found = es.servers.postgres()
    except ServerMissing as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    with found:
        yield found


def schema_url(url: str) -> str:
    """A place for a store on that server where none is yet."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    return f"{url}{'&' if '?' in url else '?'}schema={name}"


def raw(url: str, statement: str) -> list[tuple[Any, ...]]:
    """Run SQL in a store's schema, past the kit."""
    server_url, _, schema = url.rpartition("schema=")
    options = f"-c search_path={schema}"
    with psycopg.connect(server_url.rstrip("?&"), options=options, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def drop(url: str) -> None:
    """Take a store away with all that is in it."""
    raw(url, f"DROP SCHEMA IF EXISTS {url.rpartition('schema=')[2]} CASCADE")


class SchemaFactory:
    """Makes stores for the conformance suite."""

    def __init__(self, url: str) -> None:
        self.url = url

    def open(self, clock: Clock = utc_now) -> es.EventStore:
        return es.open_store(self.url, clock=clock)

    def raw(self, statement: str) -> None:
        raw(self.url, statement)


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait for it, and fail where it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "this was waited for in vain"
        time.sleep(0.01)
