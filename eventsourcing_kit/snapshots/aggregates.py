"""The states of the streams in use, kept in memory: a load then reads only what is new."""

from __future__ import annotations

import copy
import threading
from collections import Counter, OrderedDict
from collections.abc import Mapping
from functools import partial
from typing import Any, Generic
from uuid import uuid4

from .. import telemetry
from ..event import Ids, NewEvent, check_name, check_number
from ..handling import Pause, carry_out, jitter
from ..stores import AppendResult, EventStore
from .kept import Loaded, Snapshots
from .policy import Policy, never
from .replaying import Known, Unjoined, replay_tail
from .source import C, E, S, SnapshotSource

HIT = "hit"
MISS = "miss"
EVICTED = "evicted"


class AggregateCache(Generic[C, E, S]):
    """The hot streams of a store: at most `size` states in memory; the least recently used goes.

    A state in memory is only a place to start from. Every load reads the stream's tail, so what
    others append is always seen, and the version is the stream's own. States are copied on their
    way in and out: what a caller does to one is nobody else's. For any number of threads.

    `counts` has "hit", "miss" and "evicted". Without `snapshots` a miss replays all events.
    """

    def __init__(
        self,
        store: EventStore,
        source: SnapshotSource[C, E, S],
        snapshots: Snapshots | None = None,
        *,
        policy: Policy | None = None,
        size: int = 1000,
    ) -> None:
        self.store = store
        self.source = source
        self.snapshots = snapshots
        self.policy = policy or never()
        self.size = check_number("size", size, 1)
        self._counts = Counter[str]()
        self._lock = threading.Lock()
        self._hot: OrderedDict[str, Known[S]] = OrderedDict()

    def __repr__(self) -> str:
        return f"AggregateCache({self.source.name}: {len(self)} of at most {self.size} in memory)"

    def __len__(self) -> int:
        return len(self._hot)

    @property
    def counts(self) -> dict[str, int]:
        """How often each thing happened since this object was made."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    def load(self, stream_id: str) -> Loaded[S]:
        """The state now: from memory, else from a snapshot, else from nothing; and the tail.

        Raises what reading and decoding the events raise.
        """
        known, replayed, ignored, cached = self._find(check_name("stream_id", stream_id))
        began = known.snapshot_version
        taken = None
        if self.snapshots is not None:
            taken = self.snapshots.consider(self.policy, self.store, self.source, known)
        self._put(taken or known)
        state = copy.deepcopy(known.state)
        return Loaded(state, known.version, began, replayed, ignored, taken is not None, cached)

    def handle(
        self,
        stream_id: str,
        command: C,
        *,
        metadata: Mapping[str, Any] | None = None,
        retries: int = 3,
        pause: Pause = jitter,
        ids: Ids = uuid4,
    ) -> AppendResult:
        """Load, decide, append; on a conflict load what is new and decide again.

        Raises as es.handle does. Commands that may be delivered twice belong there: whether one
        was handled before is told by the ids in the whole stream, not by a state.
        """
        decider = self.source.decider

        def decide(loaded: Loaded[S]) -> list[NewEvent]:
            events = decider.decide(command, loaded.state)
            encode = partial(decider.event_types.encode, metadata=telemetry.carried(metadata))
            return [encode(event, event_id=ids()) for event in events]

        def append(loaded: Loaded[S], events: list[NewEvent]) -> AppendResult:
            return self.store.append(stream_id, events, expected_version=loaded.version)

        load = partial(self.load, stream_id)
        return carry_out(load, decide, append, stream_id=stream_id, retries=retries, pause=pause)

    def _find(self, stream_id: str) -> tuple[Known[S], int, str, bool]:
        """What is known now, the events replayed, why a snapshot was ignored; if from memory."""
        with self._lock:
            known = self._hot.get(stream_id)
        if known is not None:
            try:
                found, replayed = replay_tail(self.store, self.source, copy.deepcopy(known))
            except Unjoined:  # the stream was replaced
                self._drop(known)
            else:
                self._count(HIT)
                return found, replayed, "", True
        self._count(MISS)
        if self.snapshots is not None:
            return *self.snapshots.find(self.store, self.source, stream_id), False
        nothing = Known(stream_id, self.source.decider.initial_state)
        return *replay_tail(self.store, self.source, nothing), "", False

    def _put(self, known: Known[S]) -> None:
        """Keep what is known, unless another thread has put in something later meanwhile."""
        if not known.version:
            return
        with self._lock:
            there = self._hot.pop(known.stream_id, known)
            self._hot[known.stream_id] = there if there.version > known.version else known
            if len(self._hot) > self.size:
                self._hot.popitem(last=False)
                self._counts[EVICTED] += 1

    def _drop(self, known: Known[S]) -> None:
        with self._lock:
            if self._hot.get(known.stream_id) is known:
                del self._hot[known.stream_id]

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1
