"""Fixtures with real servers: one of each for a test session, and new ones for who hurts them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from eventsourcing_kit import servers
from eventsourcing_kit.errors import ServerMissing

S = TypeVar("S")


def started(start: Callable[[], S]) -> S:
    """The server. Where none is installed the test is skipped; under CI it fails."""
    try:
        return start()
    except ServerMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Postgres]:
    """A PostgreSQL that all tests of a session share; not to be hurt."""
    with started(servers.postgres) as server:
        yield server


@pytest.fixture(scope="session")
def jetstream_node() -> Iterator[servers.JetStream]:
    """One NATS server that all tests of a session share; not to be hurt."""
    with started(lambda: servers.jetstream(1)) as server:
        yield server


@pytest.fixture(scope="session")
def jetstream_cluster() -> Iterator[servers.JetStream]:
    """Three NATS servers that all tests of a session share; not to be hurt."""
    with started(lambda: servers.jetstream(3)) as cluster:
        yield cluster


@pytest.fixture
def own_postgres() -> Iterator[servers.Postgres]:
    """A PostgreSQL for one test, which may kill it."""
    with started(servers.postgres) as server:
        yield server


@pytest.fixture
def own_jetstream() -> Iterator[servers.JetStream]:
    """Three NATS servers for one test, which may kill them."""
    with started(servers.jetstream) as cluster:
        yield cluster
