"""Where a bank lies in JetStream, how its streams are named there, and how it is made and known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ..errors import (
    InvalidInput,
    NotAnEventStore,
    NotSupported,
    StoreNotFound,
    StoreTooNew,
    StoreUnavailable,
)
from ..event import shown
from .jetstream_log import NOT_FOUND, Log, Message, Refused

FORMAT = "eventsourcing_kit.format"  # a key in the metadata of a stream that is ours
NEWEST_FORMAT = 1
NAME_TAKEN = 10058  # codes of the server
WITHOUT_JETSTREAM = {10039, 10076}
TOO_FEW_NODES = {10005, 10074}
NAME = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
NO_HYPHEN, EMPTY = "%", "%00"  # no text is encoded so


@dataclass(frozen=True)
class Address:
    """What a URL of this engine says. `place` is the same without a password."""

    servers: tuple[str, ...]
    bank: str
    place: str


def parse_url(url: Any) -> Address:
    """Read "nats://host:port,host:port/bank". Raises InvalidInput, naming what is amiss."""
    form = "write it as nats://host:port,host:port/bank"
    parts = urlsplit(str(url))
    bank = parts.path.removeprefix("/")
    if parts.scheme not in ("nats", "tls") or not parts.netloc or parts.query or parts.fragment:
        raise InvalidInput("url", f"{shown(url)} names no servers; {form}")
    if not NAME.fullmatch(bank):
        raise InvalidInput(
            "url",
            f"{shown(bank)} is no bank's name: letters, digits, '_' and '-', at most 64; {form}",
        )
    servers = [f"{parts.scheme}://{host}" for host in parts.netloc.split(",")]
    try:
        hosts = [urlsplit(server) for server in servers]
        if not all(host.hostname and host.port != 0 for host in hosts):
            raise ValueError("a host is missing")
    except ValueError as error:
        raise InvalidInput("url", f"{error}; {form}") from None
    shown_hosts = ",".join(host.netloc.rpartition("@")[2] for host in hosts)
    return Address(tuple(servers), bank, f"{parts.scheme}://{shown_hosts}/{bank}")


# --- streams and subjects ------------------------------------------------------------------------


def subject_of(bank: str, stream_id: str) -> str:
    """The subject of a stream: `bank.<category>.<rest>`.

    >>> subject_of("bank", "account-7f3a.b")
    'bank.account.7f3a%2Eb'
    """
    category, hyphen, rest = stream_id.partition("-")
    return f"{bank}.{_token(category)}.{_token(rest) if hyphen else NO_HYPHEN}"


def subjects_of(bank: str, category: str) -> str:
    """The subjects of a category's streams."""
    return f"{bank}.{_token(category)}.*"


def stream_of(subject: str) -> str:
    """The id of the stream that has this subject."""
    _, category, rest = subject.split(".")
    return _text(category) + ("" if rest == NO_HYPHEN else f"-{_text(rest)}")


def _token(text: str) -> str:
    return quote(text, safe="").replace(".", "%2E") or EMPTY


def _text(token: str) -> str:
    return "" if token == EMPTY else unquote(token)


# --- the stream of JetStream ---------------------------------------------------------------------


async def open_log(log: Log, *, make: bool, replicas: int | None, servers: int) -> Message | None:
    """See to it that the bank is there and is one of ours; its last message.

    Raises StoreError and InvalidInput.
    """
    config = await _config(log)
    if config is None:
        if not make:
            raise StoreNotFound(log.place, "there is no such bank on this server")
        config = await _make(log, replicas or (3 if servers >= 3 else 1))
    _check(log, config)
    if replicas not in (None, config["num_replicas"]):
        raise InvalidInput(
            "replicas", f"{log.place} has {config['num_replicas']}; open it without saying how many"
        )
    return await log.head()


async def _config(log: Log) -> dict[str, Any] | None:
    try:
        info = await log.patiently(lambda: log.ask(f"STREAM.INFO.{log.name}", {}))
    except Refused as error:
        if error.code == NOT_FOUND:
            return None
        raise _named(log, error) from error
    except StoreUnavailable as error:
        if not log.has_jetstream:
            raise StoreUnavailable(
                log.place, "the server runs without JetStream; start it with -js"
            ) from error
        raise
    config: dict[str, Any] = info["config"]
    return config


async def _make(log: Log, replicas: int) -> dict[str, Any]:
    wanted = {
        "name": log.name,
        "subjects": [f"{log.name}.>"],
        "storage": "file",
        "num_replicas": replicas,
        "retention": "limits",
        "discard": "new",
        "max_age": 0,
        "max_msgs": -1,
        "max_bytes": -1,
        "max_msgs_per_subject": -1,
        "deny_delete": True,
        "deny_purge": True,
        "allow_direct": True,
        "allow_atomic": True,
        "metadata": {FORMAT: str(NEWEST_FORMAT)},
    }
    try:
        made = await log.patiently(lambda: log.ask(f"STREAM.CREATE.{log.name}", wanted))
    except Refused as error:
        there = await _config(log) if error.code == NAME_TAKEN else None  # somebody was faster
        if there is None:
            raise _named(log, error) from error
        return there
    config: dict[str, Any] = made["config"]
    return config


def _named(log: Log, error: Refused) -> Exception:
    if error.code in WITHOUT_JETSTREAM:
        problem = f"the server keeps no streams: {error}; start it with -js"
        return StoreUnavailable(log.place, problem)
    if error.code in TOO_FEW_NODES:
        return InvalidInput("replicas", f"there are not so many nodes: {error}")
    return NotAnEventStore(log.place, f"the server does not make it: {error}")


def _check(log: Log, config: dict[str, Any]) -> None:
    """Raise unless the stream is a bank of ours, in which all that is promised can be kept."""
    version = (config.get("metadata") or {}).get(FORMAT, "")
    if not version.isdecimal() or config["subjects"] != [f"{log.name}.>"]:
        raise NotAnEventStore(log.place, "a stream of that name is there, of somebody else's")
    if int(version) > NEWEST_FORMAT:
        raise StoreTooNew(log.place, f"it has format {version}; this kit knows {NEWEST_FORMAT}")
    if not config.get("allow_atomic"):
        raise NotSupported(
            log.place,
            "stores no batches of events",
            "Use nats-server 2.12 or newer on every node.",
        )
    kept = all(config.get(name) for name in ("deny_delete", "deny_purge", "allow_direct"))
    if not kept or config.get("max_age") or config["storage"] != "file":
        raise NotAnEventStore(log.place, "somebody has changed its settings: events may be lost")
