"""The seal of an event: what is hashed and signed of it, and where that is kept.

Each event of a stream carries the hash of the one before it, inside of what is signed: a chain.
A seal lies in the event's metadata under the key "seal", so that every engine, dump and copy has
it. It says where the event belongs; a sealed event that was moved says where it was.

The position and `recorded_at` are the store's, given when it stores: no signer can know them. They
go into the leaf of the log, and so into its checkpoints.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from ..errors import EventSourcingError
from ..event import NewEvent, RecordedEvent, canonical_json, instant, microseconds, parse_json
from ..sql_text import sql_text
from ..stores.protocol import EventStore
from ..stores.reshaping import as_stored
from .canonical import pre_authentication
from .keys import ALGORITHM, Signs
from .merkle import leaf_hash

SEAL = "seal"  # the key in the metadata, which callers may not use
EVENT = "application/vnd.eventsourcing-kit.event+json"
CHAIN = b"eventsourcing-kit event v1\n"  # domain tags: no hash of one kind is ever one of another
LEAF = b"eventsourcing-kit leaf v1\n"
MAX_VERSION = 2**53 - 1  # the largest whole number that JCS writes
TIMES = ("occurred_at", "recorded_at")
NO_EVENT = (EventSourcingError, ValueError, OverflowError, RecursionError)
NEVER = datetime.max.replace(tzinfo=UTC)  # of an event that cannot be read


class Seal(NamedTuple):
    """What the signer says of an event, and the signature on it and on the event.

    `previous` is the hash of the event before it, "" for a stream's first. `time` is "given" where
    the writer said when the event occurred, and "recorded" where it occurred when it was recorded:
    then the store set the time, after the signature.
    """

    algorithm: str
    key: str
    previous: str
    stream_id: str
    time: str
    version: int
    signature: bytes = b""


TYPES = [str, str, str, str, str, int, str]  # of what is stored of it


class Stored(NamedTuple):
    """An event as it is stored, its payloads as canonical text; the metadata without the seal."""

    position: int
    stream_id: str
    version: int
    event_id: str
    type: str
    schema_version: int
    data_json: str
    metadata_json: str
    occurred_at: datetime
    recorded_at: datetime
    seal: Any


def signed_body(seal: Seal, event: Stored | NewEvent) -> bytes:
    """The canonical bytes that the seal is about: text and whole numbers alone.

    Of one flat object with these keys, the fast encoder writes what `canonical` writes, forty times
    as fast (a test holds them equal), or checking a signature would take less than writing this.
    """
    undated = seal.time == "recorded" or event.occurred_at is None
    return msgspec.json.encode(
        {
            "algorithm": seal.algorithm,
            "key": seal.key,
            "previous": seal.previous,
            "stream_id": seal.stream_id,
            "time": seal.time,
            "version": seal.version,
            "event_id": str(event.event_id),
            "type": event.type,
            "schema_version": event.schema_version,
            "data": event.data_json,
            "metadata": event.metadata_json,
            "occurred_at": "" if undated else _iso(event.occurred_at),
        },
        order="sorted",
    )


def chain_hash(body: bytes) -> str:
    """What the next event of the stream will carry, in hexadecimal digits."""
    return sha256(CHAIN + body).hexdigest()


def to_be_signed(body: bytes) -> bytes:
    """The message under the signature."""
    return pre_authentication(EVENT, body)


def make_seal(
    signer: Signs, stream_id: str, version: int, previous: str, event: NewEvent
) -> tuple[dict[str, Any], str]:
    """The seal of an event that will have this version, as it is stored; and its chain hash."""
    time = "recorded" if event.occurred_at is None else "given"
    seal = Seal(ALGORITHM, signer.key.key_id, previous, stream_id, time, version)
    body = signed_body(seal, event)
    signature = b64encode(signer.sign(to_be_signed(body))).decode()
    return seal._asdict() | {"signature": signature}, chain_hash(body)


def read_seal(value: Any) -> Seal | None:
    """A stored seal; None for what is none. Each has one form, so that nothing can hide in it."""
    if type(value) is not dict or len(value) != len(TYPES):
        return None
    parts: list[Any] = [value.get(name) for name in Seal._fields]
    if [*map(type, parts)] != TYPES:
        return None
    time, version, signature = parts[4:]
    if not 1 <= version <= MAX_VERSION or time not in ("given", "recorded"):
        return None
    try:
        raw = b64decode(signature, validate=True)
    except ValueError:
        return None
    if len(raw) != 64 or b64encode(raw).decode() != signature:
        return None
    parts[6] = raw
    return Seal._make(parts)


def leaf(event: Stored, hash_: str) -> bytes:
    """The event's leaf hash in the log: all that is stored of it, place, times and seal."""
    times = f"{microseconds(event.occurred_at)} {microseconds(event.recorded_at)}"
    return leaf_hash(LEAF + f"{event.position} {times} {hash_} {_text(event.seal)}".encode())


def hash_of(event: Stored) -> str:
    """The event's chain hash; of one without a seal, a hash of what is stored and where."""
    seal = read_seal(event.seal) or Seal("", "", "", event.stream_id, "given", event.version)
    return chain_hash(signed_body(seal, event))


# --- reading what is stored ----------------------------------------------------------------------


def stored_events(
    store: EventStore, after_position: int = 0, batch: int = 20_000
) -> Iterator[list[Stored]]:
    """All events behind a position as they are stored, in batches, whatever upcasters there are."""
    bare = _bare(store)
    for columns in bare.read_columns(after_position, batch=batch):
        times = [columns.column(name).cast("int64").to_pylist() for name in TIMES]
        rest = columns.drop_columns(list(TIMES)).to_pydict().values()
        yield [_stored(row) for row in zip(*rest, *times, strict=True)]


def stored_stream(store: EventStore, stream_id: str, **bounds: Any) -> list[Stored]:
    """One stream as it is stored; bounds are those of read_stream."""
    bare = _bare(store)
    return [_from_event(event) for event in bare.read_stream(stream_id, **bounds)]


def hidden_events(store: EventStore, size: int, heads: Mapping[str, Any]) -> Iterator[str]:
    """The streams that show events which reading by position, up to `size`, does not.

    Someone who has the database can give an event the position -1, or none: readers of the log
    never see it, and readers of its stream do. `heads` has the last version of each stream.
    """
    bare = _bare(store)
    if (shown := _asked(bare, "hidden", size=size)) is not None:
        for name, events, last, is_odd in shown:
            if is_odd or not events == last == heads.get(name, (0,))[0]:
                yield name
        return
    for name in bare.streams():
        behind = bare.read_stream(name, from_version=heads.get(name, (0,))[0] + 1)
        if any(event.position <= size for event in behind):
            yield name


def behind_the_end(store: EventStore) -> int | None:
    """The last position in the table where that is behind the store's own end, else None.

    Where an engine keeps its end apart, as PostgreSQL's does, some readers stop there, and others
    read on to what somebody has put behind it.
    """
    bare = _bare(store)
    found = _asked(bare, "last_position")
    last = found[0][0] if found else 0
    return int(last) if last > bare.position() else None  # asked afterwards: it only grows


def shadowing(store: EventStore) -> list[str]:
    """The functions in the file of a store that are taken in the place of DuckDB's own."""
    from ..stores.sql_store import SqlEventStore

    bare = _bare(store)
    rows = _asked(bare, "shadowing") if isinstance(bare, SqlEventStore) else None
    return [name for (name,) in rows or []]


def _bare(store: EventStore) -> EventStore:
    """The store that others are put around, without upcasters."""
    while (inner := getattr(store, "inner", None)) is not None:
        store = inner
    return as_stored(store)


def _asked(bare: Any, script: str, **values: Any) -> list[tuple[Any, ...]] | None:
    """The answer to SQL that every engine with SQL has; None from one without."""
    opened: Any = getattr(bare, "cursor", None) or getattr(bare, "connection", None)
    if not callable(opened):
        return None
    table = getattr(bare, "stored_events", "events")
    with opened() as connection:
        query = sql_text(f"integrity/{script}.sql").format(table=table, **values)
        rows: list[tuple[Any, ...]] = connection.execute(query).fetchall()
    return rows


def _from_event(event: RecordedEvent) -> Stored:
    metadata = dict(event.metadata)
    seal = metadata.pop(SEAL, None)
    texts = canonical_json(event.data), canonical_json(metadata, "metadata")
    place = (event.position, event.stream_id, event.version, str(event.event_id), event.type)
    times = (event.occurred_at, event.recorded_at)
    return Stored(*place, event.schema_version, *texts, *times, seal)


def _stored(row: tuple[Any, ...]) -> Stored:
    place, (data, metadata, occurred_at, recorded_at) = row[:6], row[6:]
    try:
        texts, seal = _texts(data, metadata)
        return Stored._make((*place, *texts, instant(occurred_at), instant(recorded_at), seal))
    except NO_EVENT:  # no store has written that
        return Stored._make((*place, data, metadata, NEVER, NEVER, None))


def _texts(data: str, metadata: str) -> tuple[tuple[str, str], Any]:
    """Both payloads in canonical form, the metadata without the seal; and the seal."""
    about = _parsed(metadata)
    seal = about.pop(SEAL, None)
    return (_text(_parsed(data)), _text(about)), seal


def _parsed(text: str) -> dict[str, Any]:
    """The payload. What is not in canonical form already is read strictly: no key twice."""
    value = msgspec.json.decode(text)
    same = type(value) is dict and _text(value) == text
    return value if same else parse_json(text)


def _iso(time: datetime | None) -> str:
    return "" if time is None else time.isoformat(timespec="microseconds")


def _text(value: Any) -> str:
    return msgspec.json.encode(value, order="sorted").decode()
