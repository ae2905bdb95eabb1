"""How often to take a snapshot: what reading and writing cost at each interval that was tried."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any, Final

import msgspec
import traitlets

from ...drawing.display import counted
from ...errors import InvalidInput
from ..base import Widget, static, within
from .picture import Chart, draw

MOST: Final = 40  # runs; more have no room beside each other
LOADS: Final = 50  # the most loads after each event that can be set
WRITE: Final = 500  # the most that a snapshot can be set to cost, in events folded
BOUNDS: Final = {"loads": (1, LOADS), "write_cost": (1, WRITE), "floor": (0, WRITE)}


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
    """Bars for each interval n, the cost of reading and of writing; over them the formula's curves.

    By the formula (John Young, 1974) an event costs loads × (n − 1) / 2 for reading and
    write_cost / n for writing; the sum is lowest at n = √(2 × write_cost / loads).

    The unit of cost is one event folded. `loads` is how often the stream is loaded after each
    event, `write_cost` what writing a snapshot costs, `floor` what reading one costs, which is the
    same at every interval. All may be set, here or in the browser.
    `n` is the interval that is looked at.

    Keys: left and right go from interval to interval, Home and End to the ends.
    """

    _esm = static("frame.js", "plot.js", "snapshot_tuner/chart.js", "snapshot_tuner/view.js")

    n = traitlets.Int().tag(sync=True)
    loads = traitlets.Int().tag(sync=True)
    write_cost = traitlets.Int().tag(sync=True)
    floor = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        runs: Iterable[Mapping[str, int] | Run],
        *,
        loads: int = 1,
        write_cost: int = 200,
        floor: int = 0,
        title: str = "Snapshot tuner",
    ) -> None:
        """Begin in the middle. `runs` were measured at one interval each; as Run, or mappings with
        its fields. Raises InvalidInput."""
        self.runs = sorted((_run(one) for one in runs), key=lambda run: run.n)
        if not 2 <= len(self.runs) <= MOST or len({run.n for run in self.runs}) < len(self.runs):
            raise InvalidInput("runs", f"must be 2 to {MOST} runs, each with its own n")
        super().__init__(
            title=title,
            packed=msgspec.json.encode([asdict(run) for run in self.runs]),
            n=self.runs[len(self.runs) // 2].n,
            loads=loads,
            write_cost=write_cost,
            floor=floor,
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

    @property
    def events(self) -> int:
        """How long the stream was: as many events as the snapshots of a run cover at most."""
        return max(run.n * run.taken for run in self.runs)

    def formula_at(self, n: float) -> tuple[float, float]:
        """What reading and writing cost by the formula, for the whole stream, in events folded."""
        return self.events * self.loads * (n - 1) / 2, self.events * self.write_cost / n

    def cost(self, run: Run) -> int:
        """Reading and writing together, in events folded, without the floor."""
        return run.replayed * self.loads + run.taken * self.write_cost

    def picture(self) -> str:
        """The bars of all intervals, as an SVG document."""
        bars = [
            (run.n, run.replayed * self.loads, run.taken * self.write_cost) for run in self.runs
        ]
        settings = f"{counted(self.loads, 'load')} after each event; a snapshot costs "
        settings += f"{counted(self.write_cost, 'event')} to write and {self.floor:,} to read"
        chart = Chart(bars, self.formula_at, self.formula)
        return draw(self.title, chart, self.n, self.best, settings, repr(self))

    def _at(self, n: int) -> Run:
        return next(run for run in self.runs if run.n == n)

    @traitlets.validate("n")
    def _check_n(self, proposal: Any) -> int:
        if proposal["value"] not in [run.n for run in self.runs]:
            raise InvalidInput("n", f"was not tried: {', '.join(str(one.n) for one in self.runs)}")
        return int(proposal["value"])

    @traitlets.validate("loads", "write_cost", "floor")
    def _check_cost(self, proposal: Any) -> int:
        name = proposal["trait"].name
        return within(name, proposal["value"], *BOUNDS[name])


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
