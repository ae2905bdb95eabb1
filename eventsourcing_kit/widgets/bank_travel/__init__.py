"""A whole bank under a slider, for stores too large to send to the browser.

A class of its own beside TimeTravel: it shows other things (a total, a distribution, movers), and
it needs a kernel for them. They share the slider.
"""

from __future__ import annotations

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
from .data import Curve, Details, Mover, PackedBank
from .picture import draw

if TYPE_CHECKING:
    from ...replay import Timeline

POINTS = 1000  # of the curve
MOMENTS = 40  # at which the distribution is measured for its scale
LIMITS = 18  # between the bins, on each side of 0
MOVERS = 6
MONTH = timedelta(days=30)

Amounts = npt.NDArray[np.integer[Any]]


class BankTravel(Widget):
    """A slider over the balances of all accounts of a `Timeline`.

    The curve of the bank's total goes to the browser once. The distribution of balances and the
    top movers are asked of the kernel for each instant, one question at a time, the latest wins;
    without a kernel the curve still moves, and the widget says of when its details are. The bins
    and the scale of the distribution are those of the whole time, so its shapes can be compared.

    `time` follows the playhead when it comes to rest, and may be set: ISO 8601 in UTC with
    microseconds. `total` (minor units) and `events` are the bank at that moment. `account` is the
    one whose own curve is shown, "" for the whole bank; a click on a mover sets it.
    """

    asks_python = True
    _esm = static("frame.js", "times.js", "plot.js", "bank_travel/view.js")

    time = traitlets.Unicode().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    events = traitlets.Int().tag(sync=True)
    account = traitlets.Unicode().tag(sync=True)

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
        samples = [
            timeline.balances_after(len(timeline) * n // MOMENTS) for n in range(1, MOMENTS + 1)
        ]
        self._limits = limits(np.concatenate(samples))
        highest = max(int(self._counts(sample).max()) for sample in samples)
        times, totals = timeline.totals(POINTS)
        details = self.details(timeline.end, timeline.end - MONTH)
        self._packed = PackedBank(
            by=timeline.by,
            currency=currency,
            digits=minor_digits(currency),
            accounts=len(timeline.accounts),
            events=len(timeline),
            start=microseconds(timeline.start),
            end=microseconds(timeline.end),
            times=times.tolist(),
            totals=totals.tolist(),
            limits=self._limits,
            highest=highest,
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

    def details(self, time: datetime, since: datetime, account: str = "") -> Details:
        """The bank at `time`, what moved since `since`, and the curve of an account."""
        now = self._timeline.at(time)
        after = now.to_numpy(np.int64)
        before = self._timeline.at(since).to_numpy(np.int64)
        change = np.abs(after - before)
        first = np.argsort(-change, kind="stable")[:MOVERS]
        return Details(
            time=microseconds(time),
            since=microseconds(since),
            events=self._timeline.events_until(time),
            total=int(after.sum()),
            empty=int((after == 0).sum()),
            counts=self._counts(after).tolist(),
            movers=[
                Mover(str(now.index[i]), int(before[i]), int(after[i])) for i in first if change[i]
            ],
            curve=self._curve(account) if account else None,
        )

    def _counts(self, balances: Amounts) -> Amounts:
        """How many accounts that hold or owe something are in each bin."""
        places = np.searchsorted(self._limits, balances[balances != 0], side="right")
        return np.bincount(places, minlength=len(self._limits) + 1)

    def _curve(self, account: str) -> Curve:
        times, balances = self._timeline.of(account)
        return Curve(account, times.tolist(), balances.tolist())

    @traitlets.validate("account")
    def _check_account(self, proposal: Any) -> str:
        account = str(proposal["value"])
        if account and account not in self._timeline.accounts:
            raise InvalidInput("account", f"{account!r} is none of this timeline")
        return account

    @traitlets.validate("time")
    def _check_time(self, proposal: Any) -> str:
        return iso_time(microseconds(parse_time("time", proposal["value"])))

    @traitlets.observe("time")
    def _follow_time(self, _: object) -> None:
        now = parse_time("time", self.time)
        self.total = int(self._timeline.at(now).sum())
        self.events = self._timeline.events_until(now)

    def _reply(self, _: object, question: dict[str, Any], __: object) -> None:
        """Answer the browser: {"id", "time", "since", "account"} gets Details, or an error."""
        try:
            moments = instant(question["time"]), instant(question["since"])
            details = self.details(*moments, question.get("account", ""))
        except Exception as error:
            self.send({"id": question.get("id"), "error": error_text(error)})
        else:
            self.send({"id": question.get("id")}, [msgspec.json.encode(details)])


def limits(balances: Amounts) -> list[int]:
    """Round limits of bins for these balances, ascending, 0 among them.

    They are evenly spaced in their logarithm, nearly, so that small and large balances are told
    apart; all but the outermost hundredths on each side lie between the first and the last.
    """
    above = _steps(balances[balances > 0])
    below = _steps(-balances[balances < 0])
    return [*(-step for step in reversed(below)), 0, *above]


def _steps(amounts: Amounts) -> list[int]:
    """Round steps between the smallest hundredth of these amounts and the largest.

    As fine as LIMITS allows: from eighteen for each power of ten down to three.
    """
    if not len(amounts):
        return []
    low, high = np.quantile(amounts, [0.01, 0.99])
    for tenths in (range(10, 100, 5), (10, 12, 15, 20, 25, 30, 40, 50, 60, 80), (10, 20, 50)):
        series = sorted({n * 10**power // 10 for power in range(18) for n in tenths})
        first = next(n for n, step in enumerate(series) if step >= low)
        last = next(n for n, step in enumerate(series) if step >= high)
        if last - first < LIMITS:
            break
    return series[max(first, last + 1 - LIMITS) : last + 1]
