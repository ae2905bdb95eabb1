"""Proving a history: every event read as it is stored, and the first that is wrong named, and how.

What is proved stands in the report, and what is not: a chain and signatures alone say nothing of
an end that was cut off, nor of what somebody with the writer's key has made of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from itertools import chain
from typing import Any, NamedTuple

from ..bars import progress
from ..errors import InvalidInput, StoreDamaged
from ..stores.protocol import EventStore
from .checkpoint import Checkpoint, Opened, open_checkpoint
from .keys import ALGORITHM, KeyRing, PublicKey
from .merkle import Tree
from .seal import (
    Seal,
    Stored,
    behind_the_end,
    chain_hash,
    hash_of,
    hidden_events,
    leaf,
    read_seal,
    shadowing,
    signed_body,
    stored_events,
    to_be_signed,
)

BATCH = 20_000  # events
UNREADABLE = (ValueError, StoreDamaged)  # what reading raises where no store has written
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Finding(Enum):
    """What can be wrong with an event."""

    CHANGED = "changed"
    MISSING = "missing"
    INSERTED = "inserted"
    REORDERED = "reordered"
    COPIED = "copied from another stream"
    TAIL_CUT = "tail cut"
    WRONG_KEY = "wrong key"
    REVOKED_KEY = "revoked key"
    LATE_KEY = "late key"


@dataclass(frozen=True)
class Fault:
    """The first event that is wrong. What is not known of its place is None."""

    finding: Finding
    why: str
    position: int | None = None
    stream_id: str | None = None
    version: int | None = None

    def __str__(self) -> str:
        place = "" if self.position is None else f"position {self.position:,}"
        if self.stream_id is not None:
            place += f"{', ' * bool(place)}version {self.version:,} of {self.stream_id!r}"
        return f"{self.finding.value}: {place}{': ' * bool(place)}{self.why}"


@dataclass
class Verified:
    """How far a verifier has come: keep it, and go on from it. It is worth what its keeping is.

    `heads` has each stream's last version, its chain hash and its position; `without` is what was
    not looked at on the way, "signatures" or "the chain".
    """

    size: int = 0
    edge: list[bytes] = field(default_factory=list)
    heads: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    recorded_at: datetime = LONG_AGO
    without: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        events = sum(version for version, _, _ in self.heads.values())
        if (self.size, self.size.bit_count()) != (events, len(self.edge)):
            raise InvalidInput("since", "is nothing that a verifier has seen: it was put together")

    def checkpoint(self, origin: str) -> Checkpoint:
        """The log as far as it was verified, to be signed."""
        return Checkpoint(origin, self.size, Tree(self.size, self.edge).root())


@dataclass(frozen=True)
class Report:
    """What was read, what is wrong, what could not be checked, and where to go on from."""

    events: int
    fault: Fault | None
    not_checked: tuple[str, ...]
    verified: Verified

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, as far as was checked."""
        return self.fault is None

    def __str__(self) -> str:
        first = f"{self.events:,} events read: {self.fault or 'nothing is wrong'}"
        return "\n".join([first, *(f"not checked: {what}" for what in self.not_checked)])


def verify(
    store: EventStore,
    keys: KeyRing | None,
    checkpoint: str | None = None,
    *,
    since: Verified | None = None,
    chain: bool = True,
) -> Report:
    """Read all events and name the first that is not what its writer sealed.

    `checkpoint` is a signed note, kept elsewhere: what it has seen has to be there still. With
    `since`, from another report, only what came after it is read. Without `keys`, signatures are
    not looked at, and without `chain` not what they are chained to: to see what each is good for.
    What was made of the events (read models, snapshots, the index of tags) is for `es.verify`.
    Nothing is changed. Raises CheckpointRefused for a note that proves nothing, and StoreError.
    """
    opened = None if checkpoint is None else open_checkpoint(checkpoint, keys or KeyRing([]))
    check = _Check(store, keys, opened, since or Verified(), chain)
    fault = check.run()
    return Report(check.events, fault, tuple(check.not_checked(fault)), check.seen(fault))


class _Looked(NamedTuple):
    """An event, its seal and what was signed, the key of the ring, and whether that has signed."""

    event: Stored
    seal: Seal | None
    body: bytes
    key: PublicKey | None
    sound: bool = False


@dataclass
class _Broken(Exception):
    """The first fault, on its way out."""

    fault: Fault


class _Check:
    """One pass over a store."""

    def __init__(
        self,
        store: EventStore,
        keys: KeyRing | None,
        opened: Opened | None,
        since: Verified,
        chained: bool,
    ) -> None:
        self.store, self.keys, self.opened, self.chained = store, keys, opened, chained
        self.since = since
        self.tree = Tree(since.size, since.edge)
        self.heads = dict(since.heads)
        self.recorded_at = since.recorded_at
        self.without = set(since.without)
        if keys is None:
            self.without.add("signatures")
        if not chained:
            self.without.add("the chain")
        self.promised = 0  # how many events the store says that it has
        self.events = 0
        self.unproven: dict[str, int] = {}  # by key: events from before it was stolen, so they say

    def seen(self, fault: Fault | None) -> Verified:
        """Where to go on: never behind what is wrong, wherever that is."""
        if fault is not None and (fault.position is None or fault.position <= self.tree.size):
            return self.since
        edge, without = list(self.tree.edge), frozenset(self.without)
        return Verified(self.tree.size, edge, self.heads, self.recorded_at, without)

    def run(self) -> Fault | None:
        """The first fault, if there is one."""
        try:
            self._compare_with_checkpoint()
            self.promised = self.store.position()
            with progress(
                total=self.promised, initial=self.since.size, desc="Verifying", unit=" events"
            ) as bar:
                try:
                    self._read(bar, BATCH)
                except UNREADABLE:  # a cell is empty, say, that no store leaves empty
                    self._read_one_by_one(bar)
            self._compare_with_end()
            self._look_for_hidden()
        except _Broken as broken:
            return broken.fault
        except StoreDamaged as error:  # its end, or what a stream alone shows
            return Fault(Finding.CHANGED, f"it cannot be read: {error}")
        return None

    def _read(self, bar: Any, batch: int) -> None:
        for events in stored_events(self.store, self.tree.size, batch):
            for looked in self._looked_at(events):
                self._event(looked)
            bar.update(len(events))

    def _read_one_by_one(self, bar: Any) -> None:
        """From where something could not be read, up to the very event."""
        try:
            self._read(bar, 1)
        except UNREADABLE as error:
            why = f"it cannot be read: {error}"
            raise _Broken(Fault(Finding.CHANGED, why, self.tree.size + 1)) from None

    # --- one event -------------------------------------------------------------------------------

    def _looked_at(self, events: Sequence[Stored]) -> Iterator[_Looked]:
        """The events with what their signatures say, these in one go: so they are fastest."""
        prepared = [self._prepared(event) for event in events]
        messages = [to_be_signed(looked.body) for looked in prepared]
        sound = list(map(self._is_sound, prepared, messages))
        return (looked._replace(sound=is_so) for looked, is_so in zip(prepared, sound, strict=True))

    def _prepared(self, event: Stored) -> _Looked:
        seal = read_seal(event.seal)
        body = b"" if seal is None else signed_body(seal, event)
        key = self.keys.get(seal.key, "writer") if seal and self.keys else None
        return _Looked(event, seal, body, key if seal and seal.algorithm == ALGORITHM else None)

    def _is_sound(self, looked: _Looked, message: bytes) -> bool:
        """Whether the seal's own key has signed it; without keys, whether there is a seal."""
        if looked.seal is None or self.keys is None:
            return looked.seal is not None
        return looked.key is not None and looked.key.has_signed(message, looked.seal.signature)

    def _event(self, looked: _Looked) -> None:
        event, seal, body, key, _ = looked
        if event.position != self.tree.size + 1:
            why = "there is none" if event.position > self.tree.size else "it stands there twice"
            raise _Broken(Fault(Finding.MISSING, why, self.tree.size + 1))
        if seal is None or not looked.sound:
            raise _Broken(self._not_sound(looked))
        self._place(event, seal)
        self._times(event, seal, key)
        hash_ = chain_hash(body)
        self.heads[event.stream_id] = event.version, hash_, event.position
        self.recorded_at = event.recorded_at
        self.tree.append(leaf(event, hash_))
        self.events += 1
        self._compare_with_checkpoint()

    def _place(self, event: Stored, seal: Seal) -> None:
        """Whether it stands where its seal says, behind the event that it was chained to."""
        version, hash_, position = self.heads.get(event.stream_id, (0, "", 0))
        if seal.stream_id != event.stream_id:
            why = f"it was sealed as version {seal.version:,} of {seal.stream_id!r}"
            raise _Broken(_at(event, Finding.COPIED, why))
        if (seal.version, event.version) != (version + 1, version + 1):
            raise _Broken(self._out_of_order(event, seal, version + 1))
        if self.chained and seal.previous != hash_:
            why = f"version {event.version:,} was sealed behind another event than stands here"
            if version == 0:
                raise _Broken(_at(event, Finding.MISSING, why))
            raise _Broken(Fault(Finding.CHANGED, why, position, event.stream_id, version))

    def _times(self, event: Stored, seal: Seal, key: PublicKey | None) -> None:
        """Whether it could be recorded then, and its key could sign then."""
        if event.recorded_at < self.recorded_at:
            why = "it was recorded before the event in front of it"
            raise _Broken(_at(event, Finding.CHANGED, why))
        if seal.time == "recorded" and event.occurred_at != event.recorded_at:
            why = "its two times differ, and its writer left both to the store"
            raise _Broken(_at(event, Finding.CHANGED, why))
        if key is None:
            return
        if key.lost_at is not None and event.recorded_at >= key.lost_at:
            why = f"recorded when {key.key_id} did not count any more"
            raise _Broken(_at(event, Finding.REVOKED_KEY, why))
        early = key.valid_from is not None and event.recorded_at < key.valid_from
        late = key.valid_until is not None and event.recorded_at > key.valid_until
        if early or late:
            why = f"recorded {'before' if early else 'after'} the time of {key.key_id}"
            raise _Broken(_at(event, Finding.LATE_KEY, why))
        if key.compromised_since is not None and not self._was_seen(event, key.compromised_since):
            self.unproven[key.key_id] = self.unproven.get(key.key_id, 0) + 1

    def _was_seen(self, event: Stored, before: datetime) -> bool:
        """Whether a witness had seen it before some time."""
        if self.opened is None or self.opened.seen_at is None:
            return False
        return self.opened.seen_at < before and event.position <= self.opened.checkpoint.size

    # --- how an event is wrong -------------------------------------------------------------------

    def _claims(self, stream_id: str) -> set[int]:
        """The versions as which the sound events in a stream were sealed for it."""
        everything = chain.from_iterable(stored_events(self.store))
        of_it = [event for event in everything if event.stream_id == stream_id]
        return {
            looked.seal.version
            for looked in self._looked_at(of_it)
            if looked.sound and looked.seal and looked.seal.stream_id == stream_id
        }

    def _not_sound(self, looked: _Looked) -> Fault:
        """Neither signature nor seal: was it put there, or was it once another event?"""
        event, seal = looked.event, looked.seal
        if seal is not None and looked.key is None:
            why = f"sealed by {seal.key!r} ({seal.algorithm}), which no writer of the ring has"
            return _at(event, Finding.WRONG_KEY, why)
        claims = self._claims(event.stream_id)
        is_last = all(version < event.version for version in claims)
        if event.version in claims or (seal is None and is_last):
            return _at(event, Finding.INSERTED, "nobody has sealed it")
        return _at(event, Finding.CHANGED, "it is not what was sealed")

    def _out_of_order(self, event: Stored, seal: Seal, due: int) -> Fault:
        """A sound event, and not the one that is due."""
        if seal.version < due:
            return _at(event, Finding.INSERTED, f"version {seal.version:,} stands there once more")
        if seal.version == due:
            why = f"it was sealed as version {due:,}"
            return _at(event, Finding.REORDERED, why)
        if due in self._claims(event.stream_id):
            why = f"it was sealed as version {seal.version:,}, and version {due:,} comes later"
            return _at(event, Finding.REORDERED, why)
        why = f"version {seal.version:,} comes in its place"
        return Fault(Finding.MISSING, why, event.position, event.stream_id, due)

    # --- the log as a whole ----------------------------------------------------------------------

    def _compare_with_checkpoint(self) -> None:
        known = self.opened.checkpoint if self.opened else None
        if known is not None and self.tree.size == known.size and self.tree.root() != known.root:
            why = (
                f"somewhere in the first {known.size:,} events, a signed checkpoint has seen "
                "another history"
            )
            raise _Broken(Fault(Finding.CHANGED, why))

    def _compare_with_end(self) -> None:
        known = self.opened.checkpoint.size if self.opened else 0
        known = max(known, self.since.size, self.promised)
        end = min(self.store.position(), self.tree.size)
        if known > end:
            why = f"the log had {known:,} events, and has {end:,}"
            raise _Broken(Fault(Finding.TAIL_CUT, why, end + 1))

    def _look_for_hidden(self) -> None:
        last = behind_the_end(self.store)
        if last is not None:
            why = "the table goes on behind the end that the store keeps, and some readers with it"
            raise _Broken(Fault(Finding.INSERTED, why, last))
        if names := shadowing(self.store):
            why = f"functions of the file are taken for the engine's own: {', '.join(names)}"
            raise _Broken(Fault(Finding.INSERTED, why))
        for name in hidden_events(self.store, self.tree.size, self.heads):
            why = f"stream {name!r} shows an event that the log does not have"
            raise _Broken(Fault(Finding.INSERTED, why))

    def not_checked(self, fault: Fault | None) -> Iterator[str]:
        """What nobody should believe for this report alone."""
        size = self.opened.checkpoint.size if self.opened else 0
        if fault is not None:
            yield "what comes after the first fault"
        if "signatures" in self.without:
            yield "signatures: whoever can write to the store can seal as well"
        if "the chain" in self.without:
            yield "the chain: that each event was sealed behind the one before it"
        if self.since.size:
            yield (
                f"the first {self.since.size:,} events: they were verified before, "
                "with the keys of then"
            )
        if self.opened is None:
            yield "whether the end was cut off, and what a thief of the key rewrote: no checkpoint"
        elif self.since.size > size:
            yield f"the checkpoint: it is older than the {self.since.size:,} events verified before"
        elif not self.opened.witnessed:
            if not self.opened.is_dated:
                yield "whether the checkpoint is from the time of its key: no witness has signed it"
            yield "whether others are shown another history: no witness has signed the checkpoint"
        if self.tree.size > size:
            yield (
                f"positions and times of recording of {self.tree.size - size:,} events behind the "
                "checkpoint (and when they occurred, if the store said so), and whether there were "
                "more"
            )
        for key_id, events in self.unproven.items():
            yield (
                f"whether {events:,} events of {key_id} are older than its theft: "
                "no witness says so, only the store's clock"
            )


def _at(event: Stored, finding: Finding, why: str) -> Fault:
    return Fault(finding, why, event.position, event.stream_id, event.version)


def log_of(store: EventStore) -> list[bytes]:
    """The leaf hashes of all events, as they are stored: of these, proofs are made.

    Nothing is verified here; who signs a checkpoint takes that of a report.
    """
    return [leaf(event, hash_of(event)) for batch in stored_events(store) for event in batch]
