"""When to take a snapshot: a policy is asked at each load, when the state is there anyway.

A stream that is appended to and never loaded needs none. Every command loads first, so to count
events at loads is to count them at appends, one command later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ..errors import InvalidInput
from ..event import check_number


@dataclass(frozen=True, slots=True)
class Moment:
    """What a policy is asked about: a stream of at least one event that was just loaded.

    `version` is the stream's, `snapshot_version` that of the newest usable snapshot (0 where there
    is none) and `age` how long ago that one was taken.
    """

    version: int
    snapshot_version: int
    age: timedelta | None

    @property
    def tail(self) -> int:
        """How many versions the next load would have to replay."""
        return self.version - self.snapshot_version


Policy = Callable[[Moment], bool]


def never() -> Policy:
    """No snapshot: right for most streams, since most are short."""
    return lambda moment: False


def every(n: int) -> Policy:
    """Where n events or more have come since the newest snapshot, or the beginning."""
    check_number("n", n, 1)
    return lambda moment: moment.tail >= n


def on_load() -> Policy:
    """At every load that had something to replay: for streams that are read much oftener than
    appended to."""
    return lambda moment: moment.tail > 0


def older_than(age: timedelta) -> Policy:
    """Where events have come since and the newest is that old, or there is none."""
    if not isinstance(age, timedelta) or age < timedelta(0):
        raise InvalidInput("age", f"must be a timedelta that is not negative, not {age!r}")
    return lambda moment: moment.tail > 0 and (moment.age is None or moment.age >= age)
