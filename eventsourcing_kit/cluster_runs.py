"""A run of a cluster, recorded: what was done to its nodes, what was appended, who had what when.

A recording is a list of Moments, plain data that a picture can be made of. A Recorder makes one
while it acts on a cluster; it knows the cluster by what it can do, and appends by calling a
function, so that any store will do.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Final, Protocol

from .errors import EventSourcingError, InvalidInput, OutcomeUnknown, StoreUnavailable

ACTIONS: Final = {
    "stop": "stopped",
    "kill": "killed",
    "start": "started",
    "pause": "paused",
    "resume": "resumed",
}
"""What can be done to a node, and the kind of the moment in which it was done."""

OUTCOMES: Final = ("acknowledged", "failed", "unknown")
KINDS: Final = ("sent", *OUTCOMES, *ACTIONS.values(), "leads", "has")
UNKNOWN: Final = (OutcomeUnknown, StoreUnavailable)
GLANCE: Final = 0.1  # seconds between two looks at the nodes


@dataclass(frozen=True)
class Moment:
    """One thing that happened, `at` milliseconds after the recording began.

    What is set beside its kind: `append` (counted from 1) for "sent" and for its outcome, with the
    `position` of an "acknowledged" one and the error's `words` of the others; `node` for what was
    done to it; for "leads" the `node` that a majority follows, "" for none; for "has" a `node` and
    its last `position`, from the moment in which it was seen.
    """

    at: int
    kind: str
    node: str = ""
    append: int = 0
    position: int = 0
    words: str = ""


class Cluster(Protocol):
    """Servers by their names, and ways to hurt one."""

    @property
    def nodes(self) -> Sequence[str]: ...
    def stop(self, name: str) -> None: ...
    def kill(self, name: str) -> None: ...
    def start(self, name: str) -> None: ...
    def pause(self, name: str) -> None: ...
    def resume(self, name: str) -> None: ...


@dataclass(frozen=True)
class Node:
    """A node as a recording tells of it: "up", "paused" or "down", and its last position."""

    state: str = "up"
    position: int = 0


@dataclass(frozen=True)
class State:
    """A cluster after some moments; `appends` has the last kind of each, by number."""

    nodes: Mapping[str, Node]
    leader: str = ""
    appends: Mapping[int, str] = field(default_factory=dict)
    acknowledged_to: int = 0  # the highest position that was acknowledged

    @property
    def majority(self) -> int:
        """So many nodes have to agree."""
        return majority(self.nodes)

    @property
    def on_a_majority(self) -> int:
        """The last position that a majority has been seen to have, whether they run or not."""
        positions = sorted((node.position for node in self.nodes.values()), reverse=True)
        return positions[self.majority - 1]


def majority(nodes: Iterable[str]) -> int:
    """More than half of them."""
    return len(list(nodes)) // 2 + 1


STATES: Final = {"stopped": "down", "killed": "down", "started": "up", "paused": "paused",
                 "resumed": "up"}  # fmt: skip


def evolve(state: State, moment: Moment) -> State:
    """The fold over a recording; widgets/cluster_lab/machine.js is the same in the browser."""
    kind, name = moment.kind, moment.node
    if kind in STATES:
        node = replace(state.nodes[name], state=STATES[kind])
        lost = state.leader == name and node.state == "down"
        return replace(
            state, nodes={**state.nodes, name: node}, leader="" if lost else state.leader
        )
    if kind == "has":
        node = replace(state.nodes[name], position=moment.position)
        return replace(state, nodes={**state.nodes, name: node})
    if kind == "leads":
        return replace(state, leader=name)
    reached = max(state.acknowledged_to, moment.position if kind == "acknowledged" else 0)
    appends = {**state.appends, moment.append: kind}
    return replace(state, appends=appends, acknowledged_to=reached)


def after(nodes: Iterable[str], moments: Iterable[Moment]) -> State:
    """The state after these moments; at first all nodes run."""
    state = State({name: Node() for name in nodes})
    for moment in moments:
        state = evolve(state, moment)
    return state


class Recorder:
    """Acts on a cluster and keeps what happens in `moments`. Threads may share it.

    `append` stores one event and returns its position. `seen` says of each node that answers its
    last position and which node it takes for the leader, "" for none: `es.servers.jetstream`'s
    `seen(log)` does. An append that raises one of the errors `unknown` may have been stored; any
    other error of the kit says that it was not.
    """

    def __init__(
        self,
        cluster: Cluster,
        append: Callable[[], int],
        seen: Callable[[], Mapping[str, tuple[int, str]]],
        *,
        unknown: tuple[type[Exception], ...] = UNKNOWN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.moments: list[Moment] = []
        self._cluster = cluster
        self._append = append
        self._seen = seen
        self._unknown = unknown
        self._clock = clock
        self._began = clock()
        self._sent = 0
        self._lock = RLock()
        self.look()

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(self._cluster.nodes)

    @property
    def state(self) -> State:
        """All that is known of the cluster now."""
        return after(self.nodes, self.moments)

    def append(self) -> str:
        """Append one event and return its outcome: "acknowledged", "failed" or "unknown"."""
        with self._lock:
            self._sent += 1
            number = self._sent
            self._note("sent", append=number)
        try:
            self._note("acknowledged", append=number, position=self._append())
        except self._unknown as error:
            self._note("unknown", append=number, words=str(error))
        except EventSourcingError as error:
            self._note("failed", append=number, words=str(error))
        self.look()
        with self._lock:
            return self.state.appends[number]

    def do(self, action: str, node: str) -> None:
        """Stop, kill, start, pause or resume a node. Raises InvalidInput."""
        if action not in ACTIONS:
            raise InvalidInput("action", f"is one of {', '.join(ACTIONS)}, not {action!r}")
        if node not in self.nodes:
            raise InvalidInput("node", f"is one of {', '.join(self.nodes)}, not {node!r}")
        getattr(self._cluster, action)(node)
        self._note(ACTIONS[action], node)
        self.look()

    def look(self) -> None:
        """Ask the nodes what they have and whom they follow; what has changed is noted."""
        seen = self._seen()
        with self._lock:
            state = self.state
            for name, (position, _) in seen.items():
                if position != state.nodes[name].position:
                    self._note("has", name, position=position)
            followed = [leader for _, leader in seen.values() if leader in seen]
            leader = max(followed, key=followed.count, default="")
            if followed.count(leader) < state.majority:
                leader = ""
            if leader != state.leader:
                self._note("leads", leader)

    def settle(self, seconds: float) -> None:
        """Look until a leader is followed and all that run have the same, or the time is up."""
        until = self._clock() + seconds
        while not self._settled() and self._clock() < until:
            time.sleep(GLANCE)
            self.look()

    def _settled(self) -> bool:
        state = self.state
        up = [node.position for node in state.nodes.values() if node.state == "up"]
        return len(up) < state.majority or bool(state.leader and len(set(up)) == 1)

    def _note(
        self, kind: str, node: str = "", *, append: int = 0, position: int = 0, words: str = ""
    ) -> None:
        at = round(1000 * (self._clock() - self._began))
        with self._lock:
            self.moments.append(Moment(at, kind, node, append, position, words))
