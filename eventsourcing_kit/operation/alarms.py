"""When to wake somebody: rules over what was measured, each with the reason for its limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Found = tuple[float, float] | None  # since which second, and the number now; None for no alarm


@dataclass(frozen=True)
class Sample:
    """What was measured at a second. What could not be measured is not in it.

    "lag" is in seconds, "parked" a number of events, "conflicts" and "commands" are how many there
    were since the sample before, "unverified" is seconds.
    """

    at: float
    values: Mapping[str, float]


@dataclass(frozen=True)
class Rule:
    """When an alarm fires: `finds(samples)`, of which the last is now."""

    name: str
    limit: float
    unit: str
    reason: str
    runbook: str
    finds: Callable[[Sequence[Sample], float], Found]


@dataclass(frozen=True)
class Alarm:
    """A rule that fires, since which second, and the number that it fires for."""

    rule: Rule
    since: float
    number: float

    def __str__(self) -> str:
        rule = self.rule
        return (
            f"{rule.name}: {self.number:,.2f} {rule.unit} (limit {rule.limit:,.2f}), since second "
            f"{self.since:,.0f}. Runbook: data/runbooks/{rule.runbook}.md"
        )


def alarms(samples: Sequence[Sample], rules: Sequence[Rule] | None = None) -> list[Alarm]:
    """The rules that fire at the last of these samples, which are in order of time."""
    found = [(rule, rule.finds(samples, rule.limit)) for rule in rules or RULES]
    return [Alarm(rule, *hit) for rule, hit in found if hit is not None]


# --- the rules -----------------------------------------------------------------------------------

HOLDS_FOR: Final = 300.0  # seconds for which a lag has to last
OBJECTIVE: Final = 0.999  # the share of time in which readers may expect fresh data
MEASURED: Final = 30  # numbers in an hour: one every two minutes, or every other minute's lost
SOON: Final = 600.0  # seconds within which one that catches up may be left alone


def behind(samples: Sequence[Sample], limit: float) -> Found:
    """Behind by more than the limit in all of the last five minutes, and not about to be through.

    At the pace of these minutes the lag would take longer than ten minutes to end.
    """
    recent = _last(samples, HOLDS_FOR, "lag")
    if not recent or recent[0][0] > samples[-1].at - HOLDS_FOR:
        return None  # it has not been watched for so long
    if any(lag <= limit for _, lag in recent):
        return None
    (first, was), (last, now) = recent[0], recent[-1]
    pace = (was - now) / (last - first)  # seconds of lag made good in a second
    return None if pace > 0 and now / pace <= SOON else (first, now)


def burns(samples: Sequence[Sample], limit: float) -> Found:
    """So many times as fast as the objective allows, over an hour and over five minutes.

    Not before it has been watched for an hour, by MEASURED numbers at least, and never for one of
    them alone: of few, one is a large share.
    """
    if not samples or samples[0].at > samples[-1].at - 3600:
        return None
    budget, rates = 1 - OBJECTIVE, []
    for window in (3600.0, 300.0):
        lags = [lag for _, lag in _last(samples, window, "lag")]
        late = sum(lag > RULES[0].limit for lag in lags)
        if late < 2 or (window == 3600.0 and len(lags) < MEASURED):
            return None
        rates.append(late / len(lags) / budget)
    return (samples[-1].at - 3600, min(rates)) if min(rates) > limit else None


def parked(samples: Sequence[Sample], limit: float) -> Found:
    """Any event set aside, at once: no time mends it."""
    return _above(samples, limit, "parked")


def unverified(samples: Sequence[Sample], limit: float) -> Found:
    """No checkpoint verified for so long."""
    return _above(samples, limit, "unverified")


def conflicts(samples: Sequence[Sample], limit: float) -> Found:
    """The share of commands of five minutes that met another writer, where there were twenty."""
    if not samples:
        return None
    met = sum(value for _, value in _last(samples, 300.0, "conflicts"))
    asked = sum(value for _, value in _last(samples, 300.0, "commands"))
    since = max(samples[0].at, samples[-1].at - 300)
    return (since, met / asked) if asked >= 20 and met / asked > limit else None


def unheard(samples: Sequence[Sample], limit: float) -> Found:
    """Nobody could measure the lag for so long: an alarm that has no data must not be quiet."""
    if not samples:
        return None
    heard = [sample.at for sample in samples if "lag" in sample.values]
    since = heard[-1] if heard else samples[0].at
    return (since, samples[-1].at - since) if samples[-1].at - since > limit else None


def _last(samples: Sequence[Sample], seconds: float, name: str) -> list[tuple[float, float]]:
    start = samples[-1].at - seconds if samples else 0.0
    return [(one.at, one.values[name]) for one in samples if one.at >= start and name in one.values]


def _above(samples: Sequence[Sample], limit: float, name: str) -> Found:
    since = None
    for sample in samples:
        value = sample.values.get(name)
        if value is not None:
            since = None if value <= limit else sample.at if since is None else since
    return None if since is None else (since, _last(samples, float("inf"), name)[-1][1])


RULES: Final = (
    Rule("read model is behind", 60.0, "s",
         "In seconds, as a reader notices it: a thousand positions are a moment at noon and an "
         "hour at night. It has to last, and not to be ending: a burst or a rebuild ends by "
         "itself. Sixty is a guess; ask what your readers notice.", "lag_grows", behind),
    Rule("freshness burns", 14.4, "times",
         "At this pace a fiftieth of a month's budget is gone in an hour; the short window ends "
         "the alarm soon after the cause. The figures are those of Google's Site Reliability "
         "Workbook, chapter 5 (https://sre.google/workbook/alerting-on-slos/).",
         "lag_grows", burns),
    Rule("events are set aside", 0.0, "events",
         "One is a fact that some reader does not see, and it stays so until somebody acts.",
         "poison_event", parked),
    Rule("commands meet conflicts", 0.2, "of all",
         "Some are the price of optimism. When a fifth has to begin again, work is lost to work, "
         "and each retry makes more. A fifth is a guess; look at your usual share.",
         "lag_grows", conflicts),
    Rule("no checkpoint was verified", 86_400.0, "s",
         "What was changed since then would not be known. A day is a guess: how long may a forged "
         "entry stay unnoticed?", "store_down", unverified),
    Rule("nobody measures", 120.0, "s",
         "Silence looks like health. Two scrapes of a minute may fail before somebody is called.",
         "store_down", unheard),
)  # fmt: skip
