"""How often to take a snapshot: what reading and writing cost at each interval that was tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, Final

import msgspec
import traitlets

from ...errors import InvalidInput
from ..base import Widget, static, within
from .picture import draw

MOST: Final = 40  # runs; more have no room beside each other
LOADS: Final = 50  # the most loads after each event that can be set
WRITE: Final = 500  # the most that a snapshot can be set to cost, in events folded


@dataclass(frozen=True)
class Run:
    """One stream, loaded once after each event, with a snapshot every `n` events.

    `replayed` events were folded in all loads together, `taken` snapshots were written, and
    `bytes` is what they hold, all of them kept.
    """

    n: int
    replayed: int
    taken: int
    bytes: int


class SnapshotTuner(Widget):
    """Bars for each interval n: the cost of reading and of writing, and where it is lowest.

    The unit of cost is one event folded. `loads` is how often the stream is loaded after each
    event, `write_cost` what writing a snapshot costs; both may be set, here or in the browser.
    `n` is the interval that is looked at.

    Keys: left and right go from interval to interval, Home and End to the ends.
    """

    _esm = static("frame.js", "plot.js", "snapshot_tuner/view.js")

    n = traitlets.Int().tag(sync=True)
    loads = traitlets.Int().tag(sync=True)
    write_cost = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        runs: Iterable[Mapping[str, int] | Run],
        *,
        loads: int = 1,
        write_cost: int = 200,
        title: str = "Snapshot tuner",
    ) -> None:
        """Begin at the first interval. `runs` are what was measured, as Run or as mappings with
        its fields. Raises InvalidInput."""
        self.runs = sorted((_run(one) for one in runs), key=lambda run: run.n)
        if not 2 <= len(self.runs) <= MOST or len({run.n for run in self.runs}) < len(self.runs):
            raise InvalidInput("runs", f"must be 2 to {MOST} runs, each with its own n")
        super().__init__(
            title=title,
            packed=msgspec.json.encode([asdict(run) for run in self.runs]),
            n=self.runs[0].n,
            loads=loads,
            write_cost=write_cost,
        )

    def __repr__(self) -> str:
        run = self._at(self.n)
        return (
            f"SnapshotTuner(every {run.n:,}: {run.replayed * self.loads:,} events folded, "
            f"{run.taken:,} snapshots written; the cheapest is every {self.best:,})"
        )

    @property
    def best(self) -> int:
        """The interval of the cheapest run; of equal ones the largest, which stores less."""
        return min(self.runs, key=lambda run: (self.cost(run), -run.n)).n

    @property
    def formula(self) -> float:
        """Where the formula has its lowest point: the root of 2 × write cost ÷ loads."""
        return sqrt(2 * self.write_cost / self.loads)

    def cost(self, run: Run) -> int:
        """Reading and writing together, in events folded."""
        return run.replayed * self.loads + run.taken * self.write_cost

    def picture(self) -> str:
        """The bars of all intervals, as an SVG document."""
        bars = [
            (run.n, run.replayed * self.loads, run.taken * self.write_cost) for run in self.runs
        ]
        settings = f"{self.loads} loads after each event; a snapshot costs {self.write_cost} events"
        return draw(self.title, bars, self.n, self.best, settings, repr(self))

    def _at(self, n: int) -> Run:
        return next(run for run in self.runs if run.n == n)

    @traitlets.validate("n")
    def _check_n(self, proposal: Any) -> int:
        if proposal["value"] not in [run.n for run in self.runs]:
            raise InvalidInput("n", f"was not tried: {', '.join(str(one.n) for one in self.runs)}")
        return int(proposal["value"])

    @traitlets.validate("loads", "write_cost")
    def _check_cost(self, proposal: Any) -> int:
        name = proposal["trait"].name
        return within(name, proposal["value"], 1, LOADS if name == "loads" else WRITE)


def _run(given: Mapping[str, int] | Run) -> Run:
    if isinstance(given, Run):
        return given
    try:
        run = Run(*(int(given[name]) for name in ("n", "replayed", "taken", "bytes")))
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidInput("runs", "each needs n, replayed, taken and bytes") from error
    if run.n < 1 or min(run.replayed, run.taken, run.bytes) < 0:
        raise InvalidInput("runs", "n is 1 or more, and nothing else is negative")
    return run
