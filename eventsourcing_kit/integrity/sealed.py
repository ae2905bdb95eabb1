"""A store that seals what is appended to it, around any engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import UUID, uuid4

import msgspec

from ..bars import progress
from ..errors import (
    DuplicateEvent,
    HistoryRewritten,
    InvalidInput,
    NotSealed,
    WrongExpectedVersion,
)
from ..event import NewEvent, RecordedEvent, instant
from ..stores.around import Around, Put
from ..stores.conditions import AppendCondition
from ..stores.protocol import (
    COLUMNS,
    NO_STREAM,
    AppendResult,
    EventStore,
    ExpectedVersions,
    Write,
)
from ..stores.rules import check_as_expected, check_expectations, check_writes
from .keys import Signs
from .seal import SEAL, hash_of, make_seal, read_seal, stored_stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import pandas as pd
    import pyarrow as pa

    from ..stores.sql_store import SqlEventStore

Place = tuple[int, str]  # a stream's version, and the chain hash of its last event
Known = dict[tuple[str, UUID], Any]  # the seals of stored events, by stream and event id
T = TypeVar("T")
KEPT = 10_000  # heads that are remembered


def sealed(store: EventStore, signer: Signs) -> SealedStore:
    """The same store, which chains and signs what is appended through it, and hides the seals.

    A writer that appends past it leaves events that `verify` calls inserted; so no stream may have
    an event without a seal, and an old store is copied to be sealed. One key belongs to one store:
    a stream of another store that the same key has sealed would pass for one of this store.
    Raises InvalidInput for a key that is no writer's.
    """
    from ..stores.sql_store import SqlEventStore

    if signer.key.role != "writer":
        raise InvalidInput(
            "signer", f"{signer.key.key_id} is a {signer.key.role}'s key, no writer's"
        )
    kind = SealedSqlStore if isinstance(store, SqlEventStore) else SealedStore
    return kind(store, signer)


class SealedStore(Around):
    """An EventStore whose events carry seals. See `sealed`, and EventStore for the methods.

    A seal names the version, so the version has to be known before the append: the head is read
    (or remembered), the events are signed for the places behind it, and appended on the condition
    that it still is the head. If it is not, once more; a caller who said ANY never hears of it.
    What this writer has appended has to be there still: a tail that is cut under it is noticed.
    """

    def __init__(self, inner: EventStore, signer: Signs) -> None:
        super().__init__(inner)
        self.signer = signer
        self._heads: dict[str, Place] = {}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.inner!r}, {self.signer.key.key_id!r})"

    # --- appending -------------------------------------------------------------------------------

    def _put(
        self, writes: Sequence[Write], put: Put, condition: AppendCondition | None = None
    ) -> list[AppendResult]:
        writes = check_writes(writes)
        for _, events, _ in writes:
            for event in events:
                _refuse_seal("metadata", msgspec.json.decode(event.metadata_json))
        if not any(events for _, events, _ in writes):
            return put(writes)

        def heads(again: bool) -> dict[str, Place]:
            return {
                name: self._head(name, again=again) if events else (self.version(name), "")
                for name, events, _ in writes
            }

        def put_behind(heads: dict[str, Place]) -> list[AppendResult]:
            ready: list[Write] = []
            for name, events, expected in writes:
                before = heads[name][0] if events else expected
                seals = self._seals([name] * len(events), events, heads)
                ready.append((name, list(map(_with_seal, events, seals)), before))
            return put(ready)

        def put_again(known: Known) -> list[AppendResult]:
            return put([_with_seals(write, known) for write in writes])

        return self._put_behind_heads(writes, heads, put_behind, put_again)

    def _put_behind_heads(
        self,
        writes: Sequence[Write],
        heads_of: Callable[[bool], dict[str, Place]],
        put: Callable[[dict[str, Place]], T],
        put_again: Callable[[Known], T],
    ) -> T:
        """Seal for the places behind the heads, and append on the condition that they still are.

        `put` moves the heads on. `put_again` is for events that are there already, with the seals
        that they have: a retry, or no good; the engine knows the rules, and stores nothing.
        """
        looked = False  # at the heads as they are, not as they are remembered
        while True:
            heads = heads_of(looked)
            refusal: WrongExpectedVersion | DuplicateEvent | None = _refusal(writes, heads)
            if refusal is None:
                try:
                    stored = put(heads)
                except DuplicateEvent as error:
                    refusal = error
                except WrongExpectedVersion:  # somebody was faster, now or since we remember
                    looked = True
                    continue
                else:
                    self._remember(heads)
                    return stored
            elif not looked:
                looked = True
                continue
            known = self._known((name, events) for name, events, _ in writes)
            if not known:
                raise refusal
            return put_again(known)

    def append_columns(self, columns: Any, expected_version: ExpectedVersions = NO_STREAM) -> int:
        import pyarrow as pa

        from ..stores.columns import as_table, check_columns

        given = as_table(columns)
        expected_of = check_expectations(expected_version)
        table = check_columns(given, datetime.now(UTC))
        if not len(table):
            return 0
        events = list(_events_of(table, "occurred_at" in given.column_names))
        streams = table["stream_id"].to_pylist()
        by_stream: dict[str, list[NewEvent]] = {}
        for name, event in zip(streams, events, strict=True):
            by_stream.setdefault(name, []).append(event)

        ids = pa.array([event.event_id.bytes for event in events], pa.binary(16))
        kept = {name: table[name] for name in given.column_names} | {"event_id": ids}

        def store(seals: Iterable[Any], expected: ExpectedVersions) -> int:
            pairs = zip(events, seals, strict=True)
            metadata = [_with_seal(event, seal).metadata_json for event, seal in pairs]
            return int(self.inner.append_columns(pa.table(kept | {"metadata": metadata}), expected))

        def heads(_: bool) -> dict[str, Place]:
            there = set(self.inner.streams()) | set(self._heads)
            return {
                name: self._head(name, again=True) if name in there else (0, "")
                for name in by_stream
            }

        def put_behind(heads: dict[str, Place]) -> int:
            exactly = {name: version for name, (version, _) in heads.items()}
            with progress(total=len(events), desc="Sealing", unit=" events") as bar:
                seals = []
                for seal in self._seals(streams, events, heads):
                    seals.append(seal)
                    bar.update()
            return store(seals, exactly)

        def put_again(known: Known) -> int:
            seals = (known.get((n, e.event_id)) for n, e in zip(streams, events, strict=True))
            return store(seals, expected_version)

        writes = check_writes(
            [(name, of_it, expected_of(name)) for name, of_it in by_stream.items()]
        )
        return self._put_behind_heads(writes, heads, put_behind, put_again)

    def _seals(
        self, streams: Sequence[str], events: Sequence[NewEvent], heads: dict[str, Place]
    ) -> Iterator[Any]:
        """The seals of events that come in any order; `heads` move on with them."""
        for name, event in zip(streams, events, strict=True):
            version, hash_ = heads[name]
            seal, hash_ = make_seal(self.signer, name, version + 1, hash_, event)
            heads[name] = version + 1, hash_
            yield seal

    def _head(self, stream_id: str, *, again: bool) -> Place:
        """Where a stream ends. Raises NotSealed where its last event has no seal.

        And HistoryRewritten where what this writer has appended is not there any more.
        """
        known = self._heads.get(stream_id)
        if known is not None and not again:
            return known
        last = stored_stream(self.inner, stream_id, backwards=True, limit=1)
        if last and read_seal(last[0].seal) is None:
            raise NotSealed(stream_id, last[0].version)
        head = (last[0].version, hash_of(last[0])) if last else (0, "")
        if known not in (None, head) and not self._is_there(stream_id, *known):
            raise HistoryRewritten(stream_id, known[0])
        return head

    def _is_there(self, stream_id: str, version: int, hash_: str) -> bool:
        bounds = {"from_version": version, "to_version": version}
        return [hash_of(event) for event in stored_stream(self.inner, stream_id, **bounds)] == [
            hash_
        ]

    def _remember(self, heads: Mapping[str, Place]) -> None:
        if len(self._heads) > KEPT:
            self._heads.clear()
        self._heads |= {name: head for name, head in heads.items() if head[1]}  # none is empty

    def _known(self, written: Any) -> Known:
        """The seals of those of these events that their streams have already."""
        known: Known = {}
        for name, events in written:
            ids = {str(event.event_id): event.event_id for event in events}
            for stored in stored_stream(self.inner, name):
                if stored.event_id in ids:
                    known[name, ids[stored.event_id]] = stored.seal
        return known

    # --- reading: as the engine does, without the seals ------------------------------------------

    def _out(self, events: list[RecordedEvent]) -> list[RecordedEvent]:
        for event in events:
            event.metadata.pop(SEAL, None)  # its own copy
        return events

    def read_columns(
        self,
        after_position: int = 0,
        limit: int | None = None,
        *,
        columns: Sequence[str] = COLUMNS,
        batch: int = 100_000,
    ) -> Iterator[pa.RecordBatch]:
        read = self.inner.read_columns(after_position, limit, columns=columns, batch=batch)
        return map(_without_seals, read)


class SealedSqlStore(SealedStore):
    """A sealed store whose engine has SQL. SQL shows the metadata as stored, with the seals."""

    @property
    def _sql(self) -> SqlEventStore:
        return cast("SqlEventStore", self.inner)

    def cursor(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        return self._sql.cursor()

    @property
    def events_table(self) -> str:
        return self._sql.events_table

    @property
    def stored_events(self) -> str:
        return self._sql.stored_events

    @property
    def path(self) -> str:
        return self._sql.path

    def newest_events(self, fields: Mapping[str, str]) -> str | None:
        return self._sql.newest_events(fields)

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        return self._sql.sql(query, parameters)


def _refusal(writes: Sequence[Write], heads: Mapping[str, Place]) -> WrongExpectedVersion | None:
    """What a caller is to be told whose stream is not as expected."""
    try:
        for name, _, expected in writes:
            check_as_expected(name, expected, heads[name][0])
    except WrongExpectedVersion as error:
        return error
    return None


# --- seals on and off ----------------------------------------------------------------------------


def _refuse_seal(field: str, metadata: Mapping[str, Any]) -> None:
    if SEAL in metadata:
        raise InvalidInput(f"{field}.{SEAL}", "is where the seal will be; give it another name")


def _with_seal(event: NewEvent, seal: Any) -> NewEvent:
    """The event as it was when it was made: its payloads may have been written into since."""
    if seal is None:
        return event
    metadata = msgspec.json.decode(event.metadata_json)
    return replace(
        event, data=msgspec.json.decode(event.data_json), metadata={**metadata, SEAL: seal}
    )


def _with_seals(write: Write, known: Known) -> Write:
    """Those events that are stored already with the seals that they have there."""
    name, events, expected = write
    return (
        name,
        [_with_seal(event, known.get((name, event.event_id))) for event in events],
        expected,
    )


def _events_of(table: pa.Table, times_given: bool) -> Iterator[NewEvent]:
    """The rows of a checked table; an id is drawn where none is given, for the seal names it."""
    columns = [table[name] for name in ("type", "data", "metadata", "schema_version", "event_id")]
    times = table["occurred_at"].cast("int64")
    rows = zip(*(column.to_pylist() for column in [*columns, times]), strict=True)
    for row, (type_, data, metadata, schema_version, event_id, occurred_at) in enumerate(rows):
        about = msgspec.json.decode(metadata)
        _refuse_seal(f"metadata[{row}]", about)
        yield NewEvent(
            type_,
            msgspec.json.decode(data),
            about,
            schema_version,
            event_id or uuid4(),
            instant(occurred_at) if times_given else None,
        )


def _without_seals(batch: pa.RecordBatch) -> pa.RecordBatch:
    import pyarrow as pa

    place = batch.schema.get_field_index("metadata")
    if place < 0:
        return batch
    texts = []
    for text in batch.column(place).to_pylist():
        metadata = msgspec.json.decode(text)
        metadata.pop(SEAL, None)
        texts.append(msgspec.json.encode(metadata, order="sorted").decode())
    return batch.set_column(place, batch.schema.field(place), pa.array(texts, pa.string()))
