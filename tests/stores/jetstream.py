"""Banks in JetStream for the tests of stores: a new one each time, and ways to forge its events."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any, TypeVar

import nats
from nats.aio.client import Client

from eventsourcing_kit.event import Clock, utc_now
from eventsourcing_kit.servers import JetStream
from eventsourcing_kit.stores.jetstream import JetStreamStore

T = TypeVar("T")

_numbers = itertools.count(1)


def new_bank(cluster: JetStream) -> str:
    """The URL of a bank that is not there yet."""
    return f"{cluster.url}/bank-{next(_numbers)}"


class BankFactory:
    """Opens one bank again and again; what SQL would do to a table it tries on the log."""

    def __init__(self, cluster: JetStream) -> None:
        self.cluster = cluster
        self.url = new_bank(cluster)
        self.name = self.url.rpartition("/")[2]

    def open(self, clock: Clock = utc_now, **more: Any) -> JetStreamStore:
        return JetStreamStore(self.url, clock=clock, **more)

    def raw(self, statement: str) -> None:
        """Past the kit: to rewrite an event it would have to be deleted, and that be allowed."""
        word = statement.partition(" ")[0]
        asked: dict[str, list[tuple[str, dict[str, Any]]]] = {
            "DELETE": [(f"STREAM.MSG.DELETE.{self.name}", {"seq": 1})],
            "TRUNCATE": [(f"STREAM.PURGE.{self.name}", {})],
            "UPDATE": [(f"STREAM.UPDATE.{self.name}", {"deny_delete": False, "deny_purge": False})],
        }
        for what, change in asked[word]:
            there = api(self.cluster, f"STREAM.INFO.{self.name}", {})["config"]
            body = {**there, **change} if word == "UPDATE" else change
            answer = api(self.cluster, what, body)
            if "error" in answer:
                raise PermissionError(answer["error"]["description"])


def api(cluster: JetStream, what: str, body: Any) -> Any:
    """The answer of JetStream's API to one request."""

    async def ask(client: Client) -> Any:
        answer = await client.request(f"$JS.API.{what}", json.dumps(body).encode(), timeout=10)
        return json.loads(answer.data)

    return connected(cluster, ask)


def connected(cluster: JetStream, work: Any) -> Any:
    """What a coroutine makes of a bare connection."""

    async def run() -> Any:
        client = await nats.connect(cluster.url.removeprefix("nats://").split(","))
        try:
            return await work(client)
        finally:
            await client.close()

    return asyncio.run(run())
