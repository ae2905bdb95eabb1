"""A person is forgotten, and no event is changed: their fields were never readable without a key.

Each person has a key, apart from the events, and what is stored (and signed) of a personal field
is ciphertext. To erase somebody is to destroy the key, which is an event like any other: who did
it, when, why, and on which request. What is left in the history is a marked gap.

The field calls this crypto-shredding (Mathias Verraes, "Eventsourcing Patterns: Crypto-Shredding",
2019). It is an answer to Article 17 of the GDPR that a supervisor may not share: ciphertext, and
the ids that stay, may still be personal data. Not to store a name at all is better.
facts/erasure.md says more, and what has to be done beside: caches, copies and dumps in clear.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID, uuid5

from ..errors import (
    DuplicateEvent,
    ErasedPerson,
    InvalidInput,
    StoreReadOnly,
    WrongCiphertext,
    WrongExpectedVersion,
)
from ..event import NewEvent, RecordedEvent, check_name, check_text, parse_json, parse_time, utc_now
from ..handling import COMMAND_DIGEST, jitter
from ..stores import (
    ANY,
    NO_STREAM,
    STREAM_EXISTS,
    AppendCondition,
    AppendResult,
    EventStore,
    ExpectedVersion,
    Query,
    Write,
)
from ..stores import reshaping as reshape
from ..stores.around import Around, Put
from ..stores.protocol import ExpectedVersions
from ..stores.reads import ENDLESS
from ..stores.reshaping import Reshaping, reshaped
from ..stores.rules import check_expectations, check_writes
from .personal import (
    ERASED,
    ERASED_FIELDS,
    MARK,
    Ciphers,
    Personal,
    as_made,
    check_unmarked,
    digest_of,
    has_any,
    opened,
    sealed,
    with_sealed_digest,
)
from .personal_keys import Keys
from .traces import compact, shred

__all__ = ["ERASED", "ERASED_FIELDS", "LEDGER", "Keys", "Personal", "Vault", "compact", "shred"]

LEDGER: Final = "vault-erasures"
"""The stream of all erasures. To append to it is to erase, so only the vault does."""

PERSON_ERASED: Final = "PersonErased"
ERASURES: Final = UUID("0d5d2b0e-3e0c-5c58-9d0a-6f1f4f3a7c11")  # the names of their event ids

Bases = dict[str, tuple[int, ExpectedVersion]]  # by stream: the version before, what to expect
T = TypeVar("T")


class Vault(Around):
    """An event store, over any other, that keeps the personal fields of some types encrypted.

    `keys` is their folder or a Keys, `personal` says for each event type what is personal in it:
    {"AccountOpened": ["owner"], "OrderPlaced": Personal(["address"], person="customer_id")}.
    Upcasters are handed to the vault, not to the store, for they need the fields readable. With
    `in_clear` a personal field that is stored in clear is read as it is: for a store that is older
    than its vault. Otherwise it counts as a change of the store.

    It goes around a store that signs, never inside of one: what is signed is then ciphertext. A
    hash or a signature over a name in clear would stay, and confirm whoever guesses the name. So
    the digest of a command, which `es.handle` puts into the metadata, is encrypted, too.

    Several processes may have a vault over one store and one folder. The erasures in the store
    are looked at before whatever is read or written, and applied to the keys: also those of
    another process, and those from before a backup of the keys was put back.

    Appends and reads raise ErasedPerson, KeyMissing and WrongCiphertext beside what stores raise.
    """

    def __init__(
        self,
        store: EventStore,
        keys: Keys | str | os.PathLike[str],
        personal: Mapping[str, Personal | Sequence[str]],
        *,
        upcasters: Reshaping | None = None,
        in_clear: bool = False,
    ) -> None:
        _check_bare(store)
        super().__init__(store)
        self.keys = keys if isinstance(keys, Keys) else Keys(keys)
        self.personal = {
            type_: each if isinstance(each, Personal) else Personal(each)
            for type_, each in personal.items()
        }
        self.upcasters = upcasters
        self.in_clear = in_clear
        self._erased: dict[str, RecordedEvent] = {}
        self._seen = 0  # the version of the ledger up to which it is applied
        self._applying = threading.Lock()
        self._apply_erasures()
        self._complete_erasures()

    def __repr__(self) -> str:
        return f"Vault({self.inner!r}, {self.keys!r})"

    # --- erasing ---------------------------------------------------------------------------------

    def erase(self, person: str, *, by: str, reason: str, request: str) -> RecordedEvent:
        """Destroy the person's key; returns the event that says so. A second time changes nothing.

        `by` is who does it, `request` the number under which it was asked for. Put no personal
        data into them: they stay. The event comes first, so an erasure that is cut short is
        completed by whoever reads, writes or opens next. What was made of the fields in clear
        (snapshots, read models, caches, dumps) is yours to make anew: see facts/erasure.md.

        Raises InvalidInput for a person without a key, as by a slip of the pen.
        """
        texts = {"person": person, "by": by, "reason": reason, "request": request}
        check_name("person", person)
        for field, text in texts.items():
            if not check_text(field, text).strip():
                raise InvalidInput(field, "must not be blank")
        self._apply_erasures()
        if person not in self._erased:
            with suppress(ErasedPerson):
                if self.keys.find(person) is None:
                    raise InvalidInput(
                        "person", f"{person!r} has no key here: look at the spelling"
                    )
            self._note_erasure(texts)
            self._apply_erasures()
        return self._erased[person]

    def erasures(self) -> list[RecordedEvent]:
        """All erasures, in order."""
        return self.inner.read_stream(LEDGER)

    def is_erased(self, person: str) -> bool:
        """Whether the person was erased."""
        self._apply_erasures()
        return person in self._erased

    def _note_erasure(self, texts: dict[str, str], occurred_at: datetime | None = None) -> None:
        event_id = uuid5(ERASURES, texts["person"])  # so that nobody is erased twice
        event = NewEvent(PERSON_ERASED, texts, event_id=event_id, occurred_at=occurred_at)
        with suppress(DuplicateEvent):  # another one was faster, for a reason of his own
            self.inner.append(LEDGER, [event], ANY)

    def _apply_erasures(self) -> None:
        """Destroy the keys of all whose erasure has been noted since the last time."""
        with self._applying:
            if self.inner.version(LEDGER) == self._seen:
                return
            for event in self.inner.read_stream(LEDGER, self._seen + 1):
                data = event.data
                if event.type != PERSON_ERASED or not isinstance(data.get("person"), str):
                    raise WrongCiphertext(LEDGER, event.version, "person", "is no erasure")
                record = {**data, "occurred_at": event.occurred_at.isoformat()}
                self.keys.destroy(data["person"], record)
                self._erased[data["person"]] = event
                self._seen = event.version

    def _complete_erasures(self) -> None:
        """Note again what only the keys remember: the store is a backup from before."""
        for record in self.keys.erasures():
            if record["person"] not in self._erased:
                occurred_at = parse_time("occurred_at", record.pop("occurred_at"))
                with suppress(StoreReadOnly):  # then by the next one who may write
                    self._note_erasure(record, occurred_at)
        self._apply_erasures()

    # --- appending -------------------------------------------------------------------------------

    def _put(
        self, writes: Sequence[Write], put: Put, condition: AppendCondition | None = None
    ) -> list[AppendResult]:
        self._check_condition(condition)
        checked = [(name, [as_made(e) for e in es], how) for name, es, how in check_writes(writes)]
        first = {}
        for stream_id, events, _ in checked:
            _check_stream(stream_id)
            for event in events:
                check_unmarked(event)
            if any(has_any(event, self.personal.get(event.type)) for event in events):
                first[stream_id] = events[0].event_id

        def put_there(bases: Bases) -> list[AppendResult]:
            ciphers = Ciphers(self.keys, self._erased)
            there: list[Write] = []
            for stream_id, events, expected in checked:
                base, pinned = bases.get(stream_id, (0, expected))
                numbered = enumerate(events, base + 1)
                people = self._commanders(stream_id, events)
                sealed = [self._sealed(stream_id, *one, ciphers, people) for one in numbered]
                there.append((stream_id, sealed, pinned))
            return put(there)

        expected = {stream_id: expected for stream_id, _, expected in checked}
        return self._put_where_it_fits(first, expected.__getitem__, put_there)

    def _put_where_it_fits(
        self,
        first: Mapping[str, UUID | None],
        expected_of: Callable[[str], ExpectedVersion],
        put: Callable[[Bases], T],
    ) -> T:
        """Encrypt for the versions that events will have, and append on condition that they do.

        `first` has the streams with personal fields, and the ids of the first events for them. A
        writer to whom any version is right does not hear of it when the first try does not fit.
        """
        self._apply_erasures()
        stored, attempt = False, 0
        while True:
            bases = {
                name: self._base(name, event_id if stored else None, expected_of(name))
                for name, event_id in first.items()
            }
            try:
                return put(bases)
            except WrongExpectedVersion as conflict:
                _, pinned = bases.get(conflict.stream_id, (0, None))
                if pinned in (None, expected_of(conflict.stream_id)):
                    raise
                attempt += 1
                jitter(attempt)
            except DuplicateEvent:  # a retry, perhaps, of what stands at an earlier version
                if stored or not bases:
                    raise
                stored = True

    def _commanders(self, stream_id: str, events: Iterable[NewEvent]) -> dict[tuple[str, str], str]:
        """The people in commands: by the stream and digest of the events that came of them."""
        found = {}
        for event in events:
            declared, digest = self.personal.get(event.type), digest_of(event)
            if declared is not None and has_any(event, declared) and digest is not None:
                found[stream_id, digest] = declared.person_of(stream_id, event.data)
        return found

    def _sealed(
        self,
        stream_id: str,
        version: int,
        event: NewEvent,
        ciphers: Ciphers,
        commanders: Mapping[tuple[str, str], str],
    ) -> NewEvent:
        declared, digest = self.personal.get(event.type), digest_of(event)
        if declared is not None and has_any(event, declared):
            event = sealed(event, stream_id, version, declared, ciphers)
        person = None if digest is None else commanders.get((stream_id, digest))
        if person is None:
            return event
        return with_sealed_digest(event, stream_id, version, person, ciphers)

    def _base(
        self, stream_id: str, first: UUID | None, expected: ExpectedVersion
    ) -> tuple[int, ExpectedVersion]:
        """The version behind which events go, and what to tell the store.

        To whom any version is right, `first` is the id of what may be stored already.
        """
        if isinstance(expected, int):
            return expected, expected
        if expected is NO_STREAM:
            return 0, NO_STREAM
        if first is not None:
            for event in self.inner.read_stream(stream_id):
                if event.event_id == first:
                    return event.version - 1, event.version - 1
        version = self.inner.version(stream_id)
        if expected is STREAM_EXISTS and version == 0:
            raise WrongExpectedVersion(stream_id, expected, version)
        return version, version

    def append_columns(self, columns: Any, expected_version: ExpectedVersions = NO_STREAM) -> int:
        from ..stores.columns import as_table, check_columns

        given = as_table(columns)
        expected_of = check_expectations(expected_version)
        checked = check_columns(given, utc_now())
        if not len(given):
            return self.inner.append_columns(given, expected_version)
        streams = checked["stream_id"].to_pylist()
        events = self._personal_rows(streams, checked)
        if not events:
            return self.inner.append_columns(given, expected_version)
        first = _first_ids(streams, checked["event_id"].to_pylist())
        texts = {name: checked[name].to_pylist() for name in ("data", "metadata")}
        people: dict[tuple[str, str], str] = {}
        for row, event in events.items():
            people |= self._commanders(streams[row], [event])

        def put(bases: Bases) -> int:
            ciphers = Ciphers(self.keys, self._erased)
            versions = {name: base for name, (base, _) in bases.items()}
            for row, stream_id in enumerate(streams):
                versions[stream_id] += 1
                if row in events:
                    version = versions[stream_id]
                    event = self._sealed(stream_id, version, events[row], ciphers, people)
                    texts["data"][row] = event.data_json
                    texts["metadata"][row] = event.metadata_json
            exactly = {name: pinned for name, (_, pinned) in bases.items()}
            return self.inner.append_columns(_with_texts(given, texts), exactly)

        return self._put_where_it_fits(first, expected_of, put)

    def _personal_rows(self, streams: Sequence[str], checked: Any) -> dict[int, NewEvent]:
        """The rows that may have something to encrypt, if one has; InvalidInput as for rows."""
        _check_stream(*streams)
        found = {}
        rows = zip(
            *(checked[name].to_pylist() for name in ("type", "data", "metadata")), strict=True
        )
        for row, (type_, text, metadata) in enumerate(rows):
            marks = MARK in text or ERASED_FIELDS in metadata or COMMAND_DIGEST in metadata
            if type_ in self.personal or marks:
                found[row] = NewEvent(type_, parse_json(text), parse_json(metadata))
                check_unmarked(found[row])
        if any(has_any(event, self.personal.get(event.type)) for event in found.values()):
            return found
        return {}

    # --- reading ---------------------------------------------------------------------------------

    def read_stream(
        self,
        stream_id: str,
        from_version: int = 1,
        to_version: int | None = None,
        *,
        backwards: bool = False,
        limit: int | None = None,
        **options: Any,
    ) -> list[RecordedEvent]:
        if backwards or limit is not None:  # which the small store does not know
            options |= {"backwards": backwards, "limit": limit}
        events = self.inner.read_stream(stream_id, from_version, to_version, **options)
        return reshaped(self.upcasters, self._opened(events), backwards=backwards)[:limit]

    def read_matching(
        self, query: Query, after_position: int = 0, limit: int | None = None
    ) -> list[RecordedEvent]:
        def read(query: Query, after: int, limit: int | None) -> list[RecordedEvent]:
            return self._opened(self.inner.read_matching(query, after, limit))

        if self.upcasters is None:
            return read(query, after_position, limit)
        at_most = ENDLESS if limit is None else limit
        return reshape.read_matching(self.upcasters, query, read, after_position, at_most)

    def _check_condition(self, condition: AppendCondition | None) -> None:
        """The store looks at stored shapes, so a type that upcasters make would never match."""
        if self.upcasters is None or condition is None:
            return
        for query in condition.fail_if_match:
            if self.upcasters.types_before(query.types) != query.types:
                raise InvalidInput(
                    "condition",
                    f"asks for {query}, which upcasters make: not to be had through a vault",
                )

    def _out(self, events: list[RecordedEvent]) -> list[RecordedEvent]:
        return reshaped(self.upcasters, self._opened(events))

    def _opened(self, events: list[RecordedEvent]) -> list[RecordedEvent]:
        """The events as they were appended, with marked gaps for who has been erased."""
        self._apply_erasures()  # after the read, so that no erasure is missed
        ciphers = Ciphers(self.keys, self._erased)
        return [
            opened(event, self.personal.get(event.type), ciphers, in_clear=self.in_clear)
            for event in events
        ]


def _check_bare(store: Any) -> None:
    """Raise InvalidInput for a store with upcasters, however deep under what is around it."""
    while store is not None:
        if getattr(store, "upcasters", None) is not None:
            problem = "has upcasters, which cannot read ciphertext; give them to the vault"
            raise InvalidInput("store", problem)
        store = getattr(store, "inner", None)


def _with_texts(table: Any, texts: Mapping[str, list[str]]) -> Any:
    """The table with other texts in those of these columns that it has."""
    import pyarrow as pa

    for name, column in texts.items():
        if name in table.column_names:
            index = table.column_names.index(name)
            table = table.set_column(index, name, pa.array(column, pa.large_string()))
    return table


def _first_ids(streams: Sequence[str], ids: Sequence[UUID | None]) -> dict[str, UUID | None]:
    """The id of each stream's first row. Raises DuplicateEvent for one that comes twice."""
    for (stream_id, event_id), times in Counter(zip(streams, ids, strict=True)).items():
        if times > 1 and event_id is not None:  # before a version is asked for, as in rows
            raise DuplicateEvent(stream_id, event_id, "stands twice in one append")
    return dict(zip(reversed(streams), reversed(ids), strict=True))


def _check_stream(*names: str) -> None:
    if LEDGER in names:
        raise InvalidInput("stream_id", f"{LEDGER!r} is written by erase alone")
