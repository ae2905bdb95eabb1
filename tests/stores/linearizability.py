"""Is a history of concurrent calls one that a store working call by call could have given?

The search is that of Wing and Gong ("Testing and Verifying Concurrent Objects", JPDC 1993), with
Lowe's memory of the places where it has been ("Testing for linearizability", 2017). A history is
linearizable if each stream's part is (Herlihy and Wing, 1990), so each is looked at by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

State = tuple[str, ...]  # the ids of a stream's events


@dataclass(frozen=True)
class Call:
    """One call as its thread saw it: begun and ended at these ticks of one clock.

    Of "append", `argument` is (ids, expected version or None for any), `result` ("stored", version)
    or ("told", actual version). Of "read", `result` is the ids of the stream.
    """

    stream_id: str
    name: str
    argument: Any
    result: Any
    begun: int
    ended: int


def linearizable(history: Iterable[Call]) -> bool:
    """Whether some order of the calls explains all results and keeps those apart that were."""
    streams: dict[str, list[Call]] = defaultdict(list)
    for call in history:
        streams[call.stream_id].append(call)
    return all(map(_explained, streams.values()))


def _explained(calls: Sequence[Call]) -> bool:
    calls = sorted(calls, key=lambda call: call.begun)
    everything = frozenset(range(len(calls)))
    been: set[tuple[frozenset[int], State]] = set()
    places: list[tuple[frozenset[int], State]] = [(everything, ())]
    while places:
        left, state = places.pop()
        if not left:
            return True
        if (left, state) in been:
            continue
        been.add((left, state))
        first_end = min(calls[i].ended for i in left)
        for i in left:  # a call can be next if none that is left had ended before it began
            if calls[i].begun <= first_end:
                result, after = _take(calls[i], state)
                if result == calls[i].result:
                    places.append((left - {i}, after))
    return False


def _take(call: Call, state: State) -> tuple[Any, State]:
    """What a store would answer that does one call after the other, and its stream afterwards."""
    if call.name == "read":
        return state, state
    ids, expected = call.argument
    if expected is not None and expected != len(state):
        return ("told", len(state)), state
    return ("stored", len(state) + len(ids)), (*state, *ids)
