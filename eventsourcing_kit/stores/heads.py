"""What is remembered of the streams appended to most recently, so that an append need not look."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from uuid import UUID

MAX_KNOWN_IDS = 2_000_000  # over all remembered streams; eight bytes each, or about 60 if new
MASK = 2**48 - 1  # of an id, its last twelve hexadecimal digits are kept


class Remembered:
    """A stream's version, and enough of its ids to know that one is surely new."""

    def __init__(self, version: int, ids: Sequence[int] = ()) -> None:
        self.version = version
        self._old = array("Q", ids)  # ascending
        self._new: set[int] = set()

    def __len__(self) -> int:
        return len(self._old) + len(self._new)

    def may_have(self, event_id: UUID) -> bool:
        """Whether to look for this id in the stream; False only if it is not there."""
        short = event_id.int & MASK
        if short in self._new:
            return True
        place = bisect_left(self._old, short)
        return place < len(self._old) and self._old[place] == short

    def add(self, event_ids: Iterable[UUID]) -> None:
        """These were appended behind the version."""
        for event_id in event_ids:
            self._new.add(event_id.int & MASK)
            self.version += 1


class Heads:
    """The heads of streams by name; the least recently used goes when there are too many ids."""

    def __init__(self) -> None:
        self._heads: OrderedDict[str, Remembered] = OrderedDict()
        self._ids = 0

    def get(self, stream_id: str) -> Remembered | None:
        head = self._heads.get(stream_id)
        if head is not None:
            self._heads.move_to_end(stream_id)
        return head

    def put(self, stream_id: str, head: Remembered) -> None:
        """Remember a head that is not remembered."""
        self._heads[stream_id] = head
        self._count(len(head))

    def add(self, stream_id: str, event_ids: Sequence[UUID]) -> None:
        """Move a head on by these events, if it is still remembered."""
        head = self._heads.get(stream_id)
        if head is not None:
            head.add(event_ids)
            self._count(len(event_ids))

    def clear(self) -> None:
        self._heads.clear()
        self._ids = 0

    def _count(self, more: int) -> None:
        self._ids += more + 1  # a stream without events counts too
        while self._ids > MAX_KNOWN_IDS and len(self._heads) > 1:
            _, oldest = self._heads.popitem(last=False)
            self._ids -= len(oldest) + 1
