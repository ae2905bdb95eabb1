"""A cluster that is none: nodes in memory that agree at once, for what records and shows one."""

from __future__ import annotations

from threading import Lock

from eventsourcing_kit.cluster_runs import Moment, Recorder, majority
from eventsourcing_kit.errors import OutcomeUnknown

RUN = [  # as a recording of three nodes may look
    Moment(0, "leads", "n1"),
    Moment(12, "sent", append=1),
    Moment(15, "acknowledged", append=1, position=1),
    Moment(16, "has", "n1", position=1),
    Moment(16, "has", "n2", position=1),
    Moment(18, "has", "n3", position=1),
    Moment(900, "killed", "n1"),
    Moment(5_200, "leads", "n2"),
    Moment(6_000, "sent", append=2),
    Moment(6_004, "acknowledged", append=2, position=2),
    Moment(6_005, "has", "n2", position=2),
    Moment(6_005, "has", "n3", position=2),
    Moment(7_000, "paused", "n3"),
    Moment(7_001, "leads", ""),
    Moment(8_000, "sent", append=3),
    Moment(13_000, "unknown", append=3, words="no answer in five seconds"),
    Moment(14_000, "sent", append=4),
    Moment(14_001, "failed", append=4, words="no server can be reached"),
    Moment(15_000, "resumed", "n3"),
    Moment(16_000, "started", "n1"),
    Moment(16_100, "leads", "n3"),
    Moment(16_101, "has", "n1", position=3),
    Moment(16_101, "has", "n2", position=3),
    Moment(16_102, "has", "n3", position=3),
]


class SampleCluster:
    """Nodes that store what a majority of them takes, and elect the first that runs."""

    def __init__(self, *nodes: str) -> None:
        self.nodes = nodes
        self.positions = dict.fromkeys(nodes, 0)
        self.up = set(nodes)
        self.head = 0
        self._lock = Lock()

    def stop(self, name: str) -> None:
        self.up.discard(name)

    kill = pause = stop

    def start(self, name: str) -> None:
        self.up.add(name)
        self._share()

    resume = start

    @property
    def works(self) -> bool:
        return len(self.up) >= majority(self.nodes)

    def append(self) -> int:
        if not self.works:
            raise OutcomeUnknown("bank", "No answer came")
        with self._lock:
            self.head += 1
            self._share()
            return self.head

    def seen(self) -> dict[str, tuple[int, str]]:
        leader = min(self.up) if self.works else ""
        return {name: (self.positions[name], leader) for name in sorted(self.up)}

    def _share(self) -> None:
        if self.works:
            self.positions |= dict.fromkeys(self.up, self.head)


def recorder(*nodes: str) -> Recorder:
    """On a SampleCluster of these nodes, or of three; a millisecond passes with each look."""
    cluster = SampleCluster(*(nodes or ("n1", "n2", "n3")))
    ticks = iter(range(10**6))
    return Recorder(cluster, cluster.append, cluster.seen, clock=lambda: next(ticks) / 1000)
