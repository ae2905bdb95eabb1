"""How large a system has to be: storage, the hottest partition, lag after an outage, partitions.

A stream lives in one partition, chosen by a hash of its id; a partition has one writer and one
reader. Streams are as unequal as Zipf's law makes them: the k-th busiest gets a share that is
proportional to 1 / k**skew. Rates are averages, so plan with those of the busiest hour.

The rates of one partition are measured where the system is to run; what nobody has measured is an
assumption, and belongs on the page beside its result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache
from typing import Any, Final

from .errors import InvalidInput

DAY: Final = 86_400  # seconds
YEAR: Final = 365.25 * DAY
RISK: Final = 0.05  # how likely a hash is to be worse than `System.hottest` says
MOST_PARTITIONS: Final = 100_000
ALONE: Final = 32  # so many of the busiest streams are counted one by one, the others in groups

BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "events_per_s": (0.001, 1e9),
    "event_bytes": (1, 1e8),
    "retention_days": (0.001, 36_525),
    "replicas": (1, 9),
    "partitions": (1, MOST_PARTITIONS),
    "streams": (1, 10**12),
    "skew": (0, 3),
    "appends_per_s": (0.001, 1e9),
    "folds_per_s": (0.001, 1e9),
    "outage_s": (0, YEAR),
    "margin": (0, 0.99),
}
"""The least and the most of each setting of a System."""

Groups = Sequence[tuple[int, float]]  # so many streams, and the share of all events of each


@dataclass(frozen=True, kw_only=True)
class System:
    """A load, the shape of the system that takes it, and the rates of one of its partitions.

    `events_per_s` of `event_bytes` each, as they are stored, are kept for `retention_days` on
    `replicas` machines. `appends_per_s` is what one partition stores, `folds_per_s` what one reader
    gets through. All readers stop for `outage_s`. `margin` is the part of a partition that stays
    free: 0.3 plans with 70 % of its rates. Raises InvalidInput.
    """

    events_per_s: float
    appends_per_s: float
    folds_per_s: float
    event_bytes: float = 400
    retention_days: float = 365.25
    replicas: int = 3
    partitions: int = 12
    streams: int = 1_000_000
    skew: float = 1.0
    outage_s: float = 3_600
    margin: float = 0.3

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(field.name, getattr(self, field.name), whole=field.type == "int")

    @property
    def bytes_a_year(self) -> float:
        """What all replicas together store in a year of 365.25 days."""
        return self.events_per_s * YEAR * self.event_bytes * self.replicas

    @property
    def bytes_kept(self) -> float:
        """What all replicas together hold once the retention is reached."""
        return self.events_per_s * self.retention_days * DAY * self.event_bytes * self.replicas

    @property
    def hottest_stream(self) -> float:
        """The busiest stream's share of all events: no number of partitions divides it."""
        return zipf(self.streams, self.skew)[0][1]

    @property
    def hottest_mean(self) -> float:
        """The share, on average over all hashes, of the partition that has the busiest stream."""
        return self.hottest_stream + (1 - self.hottest_stream) / self.partitions

    @cached_property
    def hottest(self) -> float:
        """The hottest partition's share: with 95 of 100 hashes, none gets more."""
        return hottest_share(self.streams, self.skew, self.partitions)

    @property
    def hottest_per_s(self) -> float:
        """Events a second of the hottest partition."""
        return self.events_per_s * self.hottest

    @property
    def lag_events(self) -> float:
        """What all readers together have before them when the outage ends."""
        return self.events_per_s * self.outage_s

    @property
    def catch_up_s(self) -> float:
        """From the end of the outage until the hottest partition's reader is up to date; inf if
        it never is."""
        return catch_up(self.hottest_per_s, self.folds_per_s, self.outage_s)

    @property
    def replay_s(self) -> float:
        """Until a new read model is up to date: it has slept for as long as events are kept."""
        return catch_up(self.hottest_per_s, self.folds_per_s, self.retention_days * DAY)

    @property
    def allowed_per_s(self) -> float:
        """What one partition may get: the slower of its two rates, less the margin."""
        return (1 - self.margin) * min(self.appends_per_s, self.folds_per_s)

    @property
    def holds(self) -> bool:
        """The rule: the hottest partition gets no more than is allowed."""
        return self.hottest_per_s <= self.allowed_per_s

    @cached_property
    def partitions_needed(self) -> int | None:
        """The fewest partitions with which the rule holds; None if up to 100,000 are not enough."""
        fails, holds = 0, 1
        while not self._with(holds).holds:
            if holds == MOST_PARTITIONS:
                return None
            fails, holds = holds, min(2 * holds, MOST_PARTITIONS)
        while holds - fails > 1:
            middle = (fails + holds) // 2
            fails, holds = (fails, middle) if self._with(middle).holds else (middle, holds)
        return holds

    def sized(self) -> System:
        """The same with the fewest partitions. Raises InvalidInput where no number is enough."""
        if self.partitions_needed is None:
            alone = self.events_per_s * self.hottest_stream
            problem = (
                f"no number is enough: the busiest stream alone gets {alone:,.0f} events a second, "
                f"and a partition may get {self.allowed_per_s:,.0f}; split the busy streams"
            )
            raise InvalidInput("partitions", problem)
        return self._with(self.partitions_needed)

    def numbers(self) -> dict[str, float | int | bool | None]:
        """All results by their names."""
        return {name: getattr(self, name) for name in RESULTS}

    def _with(self, partitions: int) -> System:
        return replace(self, partitions=partitions)


RESULTS: Final = tuple(
    name for name, one in vars(System).items() if isinstance(one, property | cached_property)
)


def million(*, appends_per_s: float, folds_per_s: float, **other: Any) -> System:
    """A million events a second, on as few partitions as its rule allows.

    The rates are yours to measure. Assumed is, where `other` says nothing else: events of 400 bytes
    (a line of the kit's bank has 369), a hundred million streams with a skew of 0.6, three
    replicas, thirty days in the log (the rest in an archive), an hour's outage, 30 % left free.
    Raises InvalidInput where no number of partitions is enough.
    """
    assumed: dict[str, Any] = {"streams": 10**8, "skew": 0.6, "retention_days": 30}
    assumed |= {"appends_per_s": appends_per_s, "folds_per_s": folds_per_s}
    return System(events_per_s=1e6, **(assumed | other)).sized()


def catch_up(arriving_per_s: float, folded_per_s: float, outage_s: float) -> float:
    """Seconds until a reader that has slept for `outage_s` is up to date, while events go on
    arriving: lag ÷ (folded − arriving). inf if they arrive as fast as it folds."""
    if folded_per_s <= arriving_per_s:
        return math.inf
    return arriving_per_s * outage_s / (folded_per_s - arriving_per_s)


def lag(arriving_per_s: float, folded_per_s: float, outage_s: float, at_s: float) -> float:
    """Events before a reader, `at_s` seconds after it stopped for `outage_s`."""
    if at_s <= outage_s:
        return arriving_per_s * at_s
    since = at_s - outage_s
    return max(0.0, arriving_per_s * outage_s - (folded_per_s - arriving_per_s) * since)


@lru_cache(maxsize=256)
def zipf(streams: int, skew: float) -> Groups:
    """The shares of streams by Zipf's law, the busiest first: the first 32 one by one, the others
    in groups an eighth as wide as their first rank, by the integral over their ranks."""
    groups = [(1, k**-skew) for k in range(1, min(streams, ALONE) + 1)]
    first = ALONE + 1
    while first <= streams:
        behind = min(streams + 1, first + first // 8)
        low, high = first - 0.5, behind - 0.5
        power = 1 - skew
        area = (high**power - low**power) / power if power else math.log(high / low)
        groups.append((behind - first, area / (behind - first)))
        first = behind
    total = sum(count * weight for count, weight in groups)
    return [(count, weight / total) for count, weight in groups]


def hottest_share(streams: int, skew: float, partitions: int) -> float:
    """A share of all events that, with 95 of 100 hashes, no partition exceeds.

    Half of the risk is that too much falls in with the busiest stream, the other half that too much
    falls together in any other partition. Both are Chernoff's bound on a sum of independent parts.
    """
    [(_, busiest), *others] = zipf(streams, skew)
    if partitions == 1 or not others:
        return 1.0
    beside = _tail(others, partitions, RISK / 2)
    elsewhere = _tail(others, partitions, RISK / 2 / partitions)
    return min(1.0, max(busiest + beside, elsewhere))


def _tail(groups: Groups, partitions: int, risk: float) -> float:
    """What one partition gets of these streams at most, but for `risk`.

    Chernoff: P(sum >= x) <= exp(L(t) - t x) for any t > 0, L(t) being the logarithm of the mean of
    exp(t * sum). So x = (L(t) - log risk) / t, and the best t is where t L'(t) - L(t) = -log risk;
    the left side grows with t.
    """
    low, high = 0.0, math.log(100 / groups[0][1])  # of log t
    for _ in range(40):
        middle = (low + high) / 2
        value, slope = _log_mean(groups, partitions, math.exp(middle))
        if math.exp(middle) * slope - value < -math.log(risk):
            low = middle
        else:
            high = middle
    t = math.exp(high)
    return (_log_mean(groups, partitions, t)[0] - math.log(risk)) / t


def _log_mean(groups: Groups, partitions: int, t: float) -> tuple[float, float]:
    """L(t) and its slope: each stream falls into the partition with a chance of 1 / partitions."""
    value = slope = 0.0
    for count, share in groups:
        grown = math.expm1(t * share) / partitions
        value += count * math.log1p(grown)
        slope += count * share * (grown + 1 / partitions) / (1 + grown)
    return value, slope


def _check(name: str, value: Any, *, whole: bool) -> None:
    low, high = BOUNDS[name]
    number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high:  # NaN is in no bounds
        kind = "a whole number" if whole else "a number"
        raise InvalidInput(name, f"must be {kind} from {low:,} to {high:,}, not {value!r}")
