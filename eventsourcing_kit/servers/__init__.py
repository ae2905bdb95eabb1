"""Real servers for one session: a private PostgreSQL and a JetStream cluster.

They listen on this machine alone, keep their files in a folder of their own, and are gone with
their context or with the process that started them, also when it is killed.
"""

from __future__ import annotations

from .jetstream_cluster import JetStream
from .postgres_server import Postgres

__all__ = ["JetStream", "Postgres", "jetstream", "postgres"]


def postgres() -> Postgres:
    """A PostgreSQL that nobody else knows; `with es.servers.postgres() as server: server.url`.

    EVENTSOURCING_KIT_POSTGRES, where it is set, names a server of your own to be used instead;
    that one is never started, stopped or killed. Raises ServerMissing, ServerFailed.
    """
    return Postgres()


def jetstream(nodes: int = 3, *, sync: str = "always") -> JetStream:
    """NATS servers with JetStream: one alone, or a cluster of three or five.

    `sync` is their sync_interval. "always" acknowledges what is on the disk; NATS's own default,
    "2m", acknowledges first and may lose it in a power cut (Jepsen on NATS 2.12.1, December 2025).
    Raises InvalidInput, ServerMissing, ServerFailed.
    """
    return JetStream(nodes, sync)
