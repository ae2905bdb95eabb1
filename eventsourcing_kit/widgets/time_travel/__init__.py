"""Time travel: one account at a time, its whole history under a slider."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

import msgspec
import traitlets

from ...drawing.display import counted, iso_time, money_text
from ...errors import InvalidInput
from ...event import microseconds, parse_time
from ..base import Widget, static, within
from ..effects import Axis, Draw, Order, balances, in_order, pack
from .picture import draw

if TYPE_CHECKING:
    from ...replay import History


class TimeTravel(Widget):
    """A slider through the histories of some accounts, one shown at a time.

    Keys: left and right step from event to event (with Shift by ten), Home and End, Space plays,
    X switches the current event off or on, + and - zoom, 0 shows all again.

    Both times of each event are drawn, with a line between them where they differ; with `plane`
    also as a dot, to the right when it was recorded and upwards when it happened. A part of the
    time is seen larger by these keys, by marking it with Shift and the mouse, or by Ctrl and the
    wheel.

    These traits follow the playhead whenever it comes to rest, and may be set:

    - `account`: the stream shown;
    - `index`: how many of its events have happened, from 0; the event shown is the index-th;
    - `time`: the moment, ISO 8601 in UTC with microseconds;
    - `by`: whether the axis shows "time" or "event" numbers;
    - `order`: which time counts, "recorded_at" (what the bank knew) or "occurred_at" (what was
      true);
    - `off`: the positions of the events that are switched off;
    - `start` and `end`: the part of the time axis that is shown;
    - `plane`: whether both times are drawn on one plane too, beside the curve.

    `balance` is what follows from them: the money at the playhead as it was, in minor units.

    What-if folds the effects of the remaining events: amounts are added, other fields set to what
    the event set them to when it was first applied. So it tells what the balance would have been
    had all else happened just so. It cannot tell whether all else would have happened: no command
    is decided again, so a withdrawal stays even where it would now be refused, and an interest
    payment keeps its amount. `es.replay.what_if` folds with the domain's own `evolve`.
    """

    _esm = static(
        "frame.js",
        "times.js",
        "plot.js",
        *(f"time_travel/{part}.js" for part in ("plot", "plane", "panels", "view")),
    )

    account = traitlets.Unicode().tag(sync=True)
    index = traitlets.Int().tag(sync=True)
    time = traitlets.Unicode().tag(sync=True)
    by = traitlets.Enum[Axis](["time", "event"]).tag(sync=True)
    order = traitlets.Enum[Order](["recorded_at", "occurred_at"]).tag(sync=True)
    off = traitlets.List(traitlets.Int()).tag(sync=True)
    balance = traitlets.Int().tag(sync=True)
    start = traitlets.Unicode().tag(sync=True)
    end = traitlets.Unicode().tag(sync=True)
    plane = traitlets.Bool().tag(sync=True)

    def __init__(
        self,
        histories: Iterable[History[Any]],
        *,
        money: str = "balance",
        amounts: Collection[str] = ("overdraft_limit",),
        by: Axis = "time",
        order: Order = "recorded_at",
        account: str | None = None,
        title: str = "Time travel",
        start: str | None = None,
        end: str | None = None,
        plane: bool = False,
        who: str = "the bank",
        label: str = "owner",
        draw: Draw | None = None,
    ) -> None:
        """Start at the end of the history of `account`, or of the first one, or at `end`.

        `money` names the state's field that the curve shows: a whole number of minor units of the
        state's `currency`, if it has one; `amounts` those fields that are money too. `start` and
        `end` zoom in: ISO 8601 with an offset. `who` keeps the events, `label` is the field that
        names a stream in the list. `draw` makes an SVG document of a state, shown beside it as an
        image. Raises InvalidInput.
        """
        packed = pack(_checked(histories), money, amounts, who, label, draw)
        self._packed = packed
        self._accounts = {each.id: each for each in packed.accounts}
        first = packed.accounts[0].id if account is None else account
        self._check_account({"value": first})
        times = [getattr(event, order) for event in in_order(self._accounts[first], order)]
        until = packed.end if end is None else microseconds(parse_time("end", end))
        super().__init__(
            title=title,
            packed=msgspec.json.encode(packed),
            account=first,
            index=bisect_right(times, until),
            time=iso_time(times[-1] if times and by == "event" else until),
            by=by,
            order=order,
            balance=balances(self._accounts[first], order)[bisect_right(times, until)],
            start=iso_time(packed.start) if start is None else start,
            end=iso_time(packed.end) if end is None else end,
            plane=plane,
        )

    def __repr__(self) -> str:
        events = self._accounts[self.account].events
        total = sum(len(account.events) for account in self._accounts.values())
        count = len(self._accounts)
        what = "account" if all(map(_is_account, self._accounts)) else "stream"
        return (
            f"TimeTravel({counted(count, what)}, {total:,} events; {self.account} "
            f"after event {self.index:,} of {len(events):,}: {self._money(self.balance)})"
        )

    def picture(self) -> str:
        """The account at the playhead, as an SVG document."""
        return draw(
            self._accounts[self.account],
            title=self.title,
            money_field=self._packed.money_field,
            by=self.by,
            order=self.order,
            index=self.index,
            now=self._instant("time"),
            span=(self._instant("start"), self._instant("end")),
            off=self.off,
        )

    # --- traits that depend on each other

    @traitlets.validate("account")
    def _check_account(self, proposal: Any) -> str:
        if proposal["value"] not in self._accounts:
            known = ", ".join(list(self._accounts)[:3])
            raise InvalidInput("account", f"{proposal['value']!r} is not here; there are {known} …")
        return str(proposal["value"])

    @traitlets.validate("index")
    def _check_index(self, proposal: Any) -> int:
        last = len(self._accounts[self.account].events)
        return within("index", proposal["value"], 0, last, f"{self.account} has events")

    @traitlets.validate("time")
    def _check_time(self, proposal: Any) -> str:
        return iso_time(microseconds(parse_time("time", proposal["value"])))

    @traitlets.validate("start", "end")
    def _check_span(self, proposal: Any) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        instant = microseconds(parse_time(name, value))
        other = self.end if name == "start" else self.start
        if other and (microseconds(parse_time("end", other)) > instant) != (name == "start"):
            raise InvalidInput(name, f"{value}: the start has to be before the end")
        return iso_time(instant)

    @traitlets.validate("off")
    def _check_off(self, proposal: Any) -> list[int]:
        known = {event.position for each in self._accounts.values() for event in each.events}
        unknown = set(proposal["value"]) - known
        if unknown:
            raise InvalidInput("off", f"no event here has position {min(unknown)}")
        return sorted(set(proposal["value"]))

    @traitlets.observe("index")
    def _follow_index(self, _: object) -> None:
        times = self._times()
        now = self._instant("time")
        here = times[self.index - 1] if self.index else self._packed.start
        after = times[self.index] if self.index < len(times) else self._packed.end + 1
        if not (here == now or here <= now < after):  # else the head stands between two events
            self.time = iso_time(here)
        self._follow()

    @traitlets.observe("account", "order", "time")
    def _follow_time(self, change: Any) -> None:
        times = self._times()
        now = self._instant("time")
        at_index = 0 < self.index <= len(times) and times[self.index - 1] == now
        if change["name"] != "time" or not at_index:  # of events at one time, any may be the one
            self.index = bisect_right(times, now)
        self._follow()

    def _follow(self) -> None:
        self.balance = self._balances()[self.index]

    def _times(self) -> list[int]:
        events = in_order(self._accounts[self.account], self.order)
        return [getattr(event, self.order) for event in events]

    def _balances(self, off: Collection[int] = ()) -> list[int]:
        return balances(self._accounts[self.account], self.order, off)

    def _instant(self, name: str) -> int:
        return microseconds(parse_time(name, getattr(self, name)))

    def _money(self, amount: int) -> str:
        return money_text(amount, self._accounts[self.account].currency)


def _is_account(stream_id: str) -> bool:
    return stream_id.startswith("account-")


def _checked(histories: Iterable[History[Any]]) -> list[History[Any]]:
    """The histories as a list, or InvalidInput that says what to write instead."""
    if hasattr(histories, "totals"):
        raise InvalidInput("histories", "is a Timeline; write BankTravel(timeline)")
    if hasattr(histories, "events"):
        raise InvalidInput("histories", "is one history; write TimeTravel([history])")
    checked = list(histories)
    if not checked:
        raise InvalidInput("histories", "is empty; es.replay.histories(store, decider) makes some")
    ids = [history.stream_id for history in checked]
    if len(set(ids)) != len(ids):
        twice = next(id_ for id_ in ids if ids.count(id_) > 1)
        raise InvalidInput("histories", f"has {twice!r} twice; give each stream once")
    return checked
