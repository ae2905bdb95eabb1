"""Every balance at any instant of ten million events, within a frame of the screen.

The movements lie in memory in order of time, as three arrays; every so many of them stands a copy
of all balances. The balances at an instant are the nearest copy before it, plus the movements
since: a binary search, one row of a matrix, and a few thousand additions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..bars import progress
from ..errors import InvalidInput
from ..event import check_time, instant, microseconds
from ..stores import EventStore, TimeAxis
from ..stores.rules import check_axis
from ..stores.sql_store import SqlReader, in_sql
from .bank_balances import query

if TYPE_CHECKING:
    import pandas as pd

WINDOW = 1_000_000  # events read from the store at a time, at least

Int64 = npt.NDArray[np.int64]

NEEDED = ("position", "stream_id", "version", "type", "data")  # and one of the two times


@dataclass(frozen=True, eq=False, repr=False)
class Timeline:
    """A bank's movements in order of one of its two times. Make one with Timeline.build.

    `times` are microseconds since 1970 UTC, ascending; `codes` the account of each movement, an
    index into `accounts`; `amounts` minor units. `copies[k]` are all balances before movement
    k * every.
    """

    by: TimeAxis
    accounts: pd.Index[str]
    times: Int64
    codes: npt.NDArray[np.int32]
    amounts: Int64
    copies: Int64
    every: int

    @classmethod
    def build(cls, store: EventStore, by: TimeAxis = "recorded_at") -> Timeline:
        """Read all accounts' events once (some seconds for ten million) and build the index."""
        import pandas as pd

        check_axis(by)
        with in_sql(store, [*NEEDED, by], ["amount"]) as bank:
            head = bank.position()  # what is appended from here on is not in it
            found = bank.sql(query("timeline_accounts", bank), {"head": head})
            accounts = found["stream_id"].tolist()
            codes, amounts, times = _movements(bank, accounts, head, by)
        order = np.argsort(times, kind="stable")  # events of one instant stay in order of position
        codes = codes[order]
        amounts = amounts[order]
        times = times[order]
        every = max(16_384, 2 * len(accounts))  # so the copies never outgrow the movements
        return cls(
            by=by,
            accounts=pd.Index(accounts, name="account", dtype="str"),
            times=times,
            codes=codes,
            amounts=amounts,
            copies=_copies(codes, amounts, len(accounts), every),
            every=every,
        )

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        return f"<Timeline: {len(self):,} events of {len(self.accounts):,} accounts, by {self.by}>"

    @property
    def start(self) -> datetime:
        """When the first event happened (or was recorded)."""
        return self._instant(0)

    @property
    def end(self) -> datetime:
        """When the last event happened (or was recorded)."""
        return self._instant(-1)

    def _instant(self, i: int) -> datetime:
        if not len(self):
            raise InvalidInput("store", "has no events of accounts, so there is no time to travel")
        return instant(int(self.times[i]))

    def events_until(self, time: datetime) -> int:
        """How many events there were by `time`, that instant included."""
        micros = microseconds(check_time("time", time))
        return int(np.searchsorted(self.times, micros, side="right"))

    def at(self, time: datetime) -> pd.Series[int]:
        """Every account's balance at `time`, in minor units; 0 for those not opened yet."""
        import pandas as pd

        return pd.Series(
            self.balances_after(self.events_until(time)),
            index=self.accounts,
            name="balance",
            copy=False,
        )

    def balances_after(self, events: int) -> Int64:
        """The balances after the first so many events of the timeline, as a new array."""
        copy = events // self.every
        balances: Int64 = self.copies[copy].copy()
        since = slice(copy * self.every, events)
        np.add.at(balances, self.codes[since], self.amounts[since])
        return balances

    def of(self, account: str) -> tuple[Int64, Int64]:
        """One account's movements: (microseconds, its balance after each).

        Raises InvalidInput for an account that has none.
        """
        import pandas as pd

        [code] = self.accounts.get_indexer(pd.Index([account]))
        own = np.flatnonzero(self.codes == code)
        if not len(own):
            raise InvalidInput("account", f"{account!r} has no movement here")
        return self.times[own], np.cumsum(self.amounts[own])

    def totals(self, points: int) -> tuple[Int64, Int64]:
        """The bank's total at evenly spaced instants from start to end: (microseconds, totals)."""
        instants = np.linspace(self.times[0], self.times[-1], points).astype(np.int64)
        instants[-1] = self.times[-1]  # a float may fall a microsecond short
        running = np.concatenate([[0], np.cumsum(self.amounts)])
        return instants, running[np.searchsorted(self.times, instants, side="right")]


def _movements(
    store: SqlReader, accounts: list[str], head: int, by: TimeAxis
) -> tuple[npt.NDArray[np.int32], Int64, Int64]:
    """Every movement up to the head, in order of position: codes, amounts and times.

    Read window by window into arrays of the full length, so that nothing is held twice.
    """
    count = store.sql(query("timeline_count", store), {"head": head}).to_numpy().item()
    codes, amounts, times = (np.empty(count, kind) for kind in (np.int32, np.int64, np.int64))
    window = max(WINDOW, head // 20)  # each looks up all names, so they must not become more
    end = 0
    with progress(total=head, desc="Timeline", unit=" events") as bar:
        for start in range(0, head, window):
            bounds = {"after_position": start, "to_position": min(start + window, head)}
            asked = {"accounts": accounts, "by": by, **bounds}
            frame = store.sql(query("timeline", store), asked)
            part = slice(end, end := end + len(frame))
            codes[part], amounts[part], times[part] = frame["code"], frame["amount"], frame["time"]
            bar.update(min(window, head - start))
    return codes, amounts, times


def _copies(codes: npt.NDArray[np.int32], amounts: Int64, accounts: int, every: int) -> Int64:
    """All balances before movements 0, every, 2 * every, …"""
    copies = np.zeros((len(codes) // every + 1, accounts), np.int64)
    for k in range(1, len(copies)):
        since = slice((k - 1) * every, k * every)
        copies[k] = copies[k - 1]
        np.add.at(copies[k], codes[since], amounts[since])
    return copies
