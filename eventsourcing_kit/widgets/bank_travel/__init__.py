"""A whole bank under a slider, for stores too large to send to the browser.

A class of its own beside TimeTravel: it shows other things (a total, a distribution, movers), and
it needs a kernel for them. They share the slider.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt
import traitlets

from ...drawing.display import iso_time, minor_digits, money_text
from ...errors import InvalidInput
from ...event import instant, microseconds, parse_time
from ..base import Widget, error_text, static
from .data import Details, Mover, PackedBank
from .picture import draw

if TYPE_CHECKING:
    from ...replay import Timeline

POINTS = 1000  # of the curve
BINS = 24
MOVERS = 6
MONTH = timedelta(days=30)

Amounts = npt.NDArray[np.integer[Any]]


class BankTravel(Widget):
    """A slider over the balances of all accounts of a `Timeline`.

    The curve of the bank's total goes to the browser once. The distribution of balances and the
    top movers are asked of the kernel for each instant, one question at a time, the latest wins;
    without a kernel the curve still moves, and the widget says of when its details are.

    `time` follows the playhead when it comes to rest, and may be set: ISO 8601 in UTC with
    microseconds. `total` (minor units) and `events` are the bank at that moment.
    """

    asks_python = True
    _esm = static("frame.js", "times.js", "plot.js", "bank_travel/view.js")

    time = traitlets.Unicode().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    events = traitlets.Int().tag(sync=True)

    def __init__(
        self, timeline: Timeline, *, currency: str = "EUR", title: str = "The whole bank"
    ) -> None:
        """Start at the timeline's end. `currency` is the one of all accounts."""
        if not hasattr(timeline, "at"):
            raise InvalidInput(
                "timeline", "is no Timeline; es.replay.Timeline.build(store) makes one"
            )
        self._timeline = timeline
        self._currency = currency
        balances = timeline.at(timeline.end).to_numpy(np.int64)
        self._low, self._width = bins(balances)
        times, totals = timeline.totals(POINTS)
        details = self.details(timeline.end, timeline.end - MONTH)
        self._packed = PackedBank(
            by=timeline.by,
            currency=currency,
            digits=minor_digits(currency),
            accounts=len(balances),
            events=len(timeline),
            start=microseconds(timeline.start),
            end=microseconds(timeline.end),
            times=times.tolist(),
            totals=totals.tolist(),
            low=self._low,
            width=self._width,
            details=details,
        )
        super().__init__(
            title=title,
            packed=msgspec.json.encode(self._packed),
            time=iso_time(details.time),
            total=details.total,
            events=details.events,
        )
        self.on_msg(self._reply)

    def __repr__(self) -> str:
        return (
            f"BankTravel({self._packed.accounts:,} accounts, {self._packed.events:,} events; "
            f"after {self.events:,} of them: {money_text(self.total, self._currency)})"
        )

    def picture(self) -> str:
        """The bank at the playhead, as an SVG document."""
        now = instant(microseconds(parse_time("time", self.time)))
        return draw(self._packed, self.details(now, now - MONTH), self.title)

    def details(self, time: datetime, since: datetime) -> Details:
        """The bank at `time`, and what moved since `since`."""
        now = self._timeline.at(time)
        after = now.to_numpy(np.int64)
        before = self._timeline.at(since).to_numpy(np.int64)
        change = np.abs(after - before)
        first = np.argsort(-change, kind="stable")[:MOVERS]
        places = np.clip((after - self._low) // self._width, 0, BINS - 1)
        return Details(
            time=microseconds(time),
            since=microseconds(since),
            events=self._timeline.events_until(time),
            total=int(after.sum()),
            counts=np.bincount(places, minlength=BINS).tolist(),
            movers=[
                Mover(str(now.index[i]), int(before[i]), int(after[i])) for i in first if change[i]
            ],
        )

    @traitlets.validate("time")
    def _check_time(self, proposal: Any) -> str:
        return iso_time(microseconds(parse_time("time", proposal["value"])))

    @traitlets.observe("time")
    def _follow_time(self, _: object) -> None:
        now = parse_time("time", self.time)
        self.total = int(self._timeline.at(now).sum())
        self.events = self._timeline.events_until(now)

    def _reply(self, _: object, question: dict[str, Any], __: object) -> None:
        """Answer the browser: {"id", "time", "since"} gets Details as bytes, or an error."""
        try:
            details = self.details(instant(question["time"]), instant(question["since"]))
        except Exception as error:
            self.send({"id": question.get("id"), "error": error_text(error)})
        else:
            self.send({"id": question.get("id")}, [msgspec.json.encode(details)])


def bins(balances: Amounts) -> tuple[int, int]:
    """Where BINS bins of one round width begin that hold all but the outermost hundredths."""
    low, high = np.quantile(balances, [0.01, 0.99]) if len(balances) else (0, 0)
    rough = max(1.0, (high - low) / (BINS - 2))  # two to spare, for the start is rounded down
    power = 10 ** math.floor(math.log10(rough))
    width = next(step * power for step in (1, 2, 5, 10) if step * power >= rough)
    return math.floor(low / width) * width, width
