"""What capacity says, held against a simulation of the system that it speaks of."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import eventsourcing_kit as es
from eventsourcing_kit import capacity

Floats = np.ndarray[Any, np.dtype[np.float64]]

SMALL = es.capacity.System(
    events_per_s=400,
    appends_per_s=1_000,
    folds_per_s=250,
    event_bytes=400,
    retention_days=0.02,
    replicas=2,
    partitions=8,
    streams=5_000,
    skew=0.8,
    outage_s=600,
    margin=0.2,
)
PLACEMENTS = 300


def weights(system: es.capacity.System) -> Floats:
    """The share of each stream, all of them one by one."""
    shares = np.arange(1.0, system.streams + 1) ** -system.skew
    return np.asarray(shares / shares.sum())


def placed(system: es.capacity.System, rng: np.random.Generator) -> Floats:
    """The share of each partition, that of the busiest stream first, by one hash of the ids."""
    partition_of = rng.integers(0, system.partitions, system.streams)
    shares = np.bincount(partition_of, weights(system), minlength=system.partitions)
    return np.roll(shares, -partition_of[0])


@dataclass
class Simulation:
    """The system, second by second: events arrive by chance, readers fold what there is.

    Readers sleep until `awake_at`; all partitions start empty.
    """

    system: es.capacity.System
    shares: Floats
    rng: np.random.Generator
    stored: int = 0
    second: int = 0

    def __post_init__(self) -> None:
        self.waiting = np.zeros(self.system.partitions)

    def run(self, seconds: float, awake_at: float) -> None:
        for _ in range(round(seconds)):
            arriving = self.rng.poisson(self.system.events_per_s * self.shares)
            self.stored += int(arriving.sum())
            self.waiting += arriving
            if self.second >= awake_at:
                self.waiting = np.maximum(0, self.waiting - self.system.folds_per_s)
            self.second += 1

    def until_caught_up(self, asleep_s: float) -> int:
        """Seconds from the moment in which the readers wake up, until nothing old is waiting."""
        while self.waiting.max() > 0:
            self.run(1, asleep_s)
        return self.second - round(asleep_s)


def simulate(system: es.capacity.System, seed: int = 7) -> Simulation:
    rng = np.random.default_rng(seed)
    return Simulation(system, placed(system, rng), rng)


# --- how streams fall into partitions ------------------------------------------------------------


@pytest.mark.parametrize("streams", [1, 7, 32, 33, 1_000, 200_000])
@pytest.mark.parametrize("skew", [0, 0.5, 1, 1.7])
def test_shares_are_those_of_zipf(streams: int, skew: float) -> None:
    exact = weights(replace(SMALL, streams=streams, skew=skew))
    groups = capacity.zipf(streams, skew)
    assert sum(count for count, _ in groups) == streams
    assert sum(count * share for count, share in groups) == pytest.approx(1)
    assert groups[0][1] == pytest.approx(exact[0], rel=1e-4)
    told = np.repeat([share for _, share in groups], [count for count, _ in groups])
    assert np.abs(np.cumsum(told) - np.cumsum(exact)).max() < 0.002


@pytest.mark.parametrize("skew", [0, 0.8, 1.2])
@pytest.mark.parametrize("partitions", [2, 12, 100])
def test_the_busiest_streams_partition_gets_on_average_what_is_said(
    skew: float, partitions: int
) -> None:
    system = replace(SMALL, skew=skew, partitions=partitions)
    rng = np.random.default_rng(1)
    mean = np.mean([placed(system, rng)[0] for _ in range(PLACEMENTS)])
    assert mean == pytest.approx(system.hottest_mean, rel=0.06)


@pytest.mark.parametrize("skew", [0, 0.5, 0.8, 1, 1.5])
@pytest.mark.parametrize("partitions", [2, 4, 12, 100, 1_000])
def test_with_95_of_100_hashes_no_partition_gets_more_than_the_hottest(
    skew: float, partitions: int
) -> None:
    system = replace(SMALL, skew=skew, partitions=partitions)
    rng = np.random.default_rng(2)
    worst = np.array([placed(system, rng).max() for _ in range(PLACEMENTS)])
    assert np.mean(worst > system.hottest) <= capacity.RISK
    assert system.hottest <= 1.4 * np.quantile(worst, 1 - capacity.RISK), "nor much too careful"


def test_more_partitions_help_until_one_stream_is_all_there_is() -> None:
    hottest = [replace(SMALL, partitions=n).hottest for n in (1, 2, 4, 8, 100, 100_000)]
    assert hottest == sorted(hottest, reverse=True)
    assert hottest[0] == 1
    assert hottest[-1] > SMALL.hottest_stream
    assert replace(SMALL, streams=1, partitions=64).hottest == 1


# --- what is stored, what waits, and for how long ------------------------------------------------


def test_what_is_stored_is_what_a_simulated_day_stores() -> None:
    simulation = simulate(SMALL)
    simulation.run(capacity.DAY, 0)
    a_day = simulation.stored * SMALL.event_bytes * SMALL.replicas
    assert SMALL.bytes_a_year / 365.25 == pytest.approx(a_day, rel=0.001)
    assert SMALL.bytes_kept == pytest.approx(a_day * SMALL.retention_days, rel=0.001)


def test_lag_and_catching_up_are_those_of_a_simulated_outage() -> None:
    simulation = simulate(SMALL)
    arriving = SMALL.events_per_s * simulation.shares.max()
    simulation.run(SMALL.outage_s, SMALL.outage_s)
    assert simulation.waiting.sum() == pytest.approx(SMALL.lag_events, rel=0.02)
    for after in (0, 100, 150):
        expected = capacity.lag(arriving, SMALL.folds_per_s, SMALL.outage_s, 600 + after)
        assert simulation.waiting.max() == pytest.approx(expected, rel=0.03)
        simulation.run(100 if not after else 50, SMALL.outage_s)
    expected = capacity.catch_up(arriving, SMALL.folds_per_s, SMALL.outage_s)
    assert simulation.until_caught_up(SMALL.outage_s) == pytest.approx(expected, rel=0.03)


def test_a_replay_takes_as_long_as_readers_that_slept_through_all_that_is_kept() -> None:
    simulation = simulate(SMALL)
    kept_s = SMALL.retention_days * capacity.DAY
    simulation.run(kept_s, kept_s)
    arriving = SMALL.events_per_s * simulation.shares.max()
    expected = capacity.catch_up(arriving, SMALL.folds_per_s, kept_s)
    assert simulation.until_caught_up(kept_s) == pytest.approx(expected, rel=0.03)


def test_a_plan_is_on_the_safe_side_of_19_in_20_simulated_systems() -> None:
    took = []
    for seed in range(60):
        simulation = simulate(SMALL, seed)
        simulation.run(SMALL.outage_s, SMALL.outage_s)
        took.append(simulation.until_caught_up(SMALL.outage_s))
    assert np.mean(np.array(took) > SMALL.catch_up_s) <= capacity.RISK
    assert np.median(took) > SMALL.catch_up_s / 3


def test_a_reader_that_is_too_slow_is_never_up_to_date() -> None:
    assert replace(SMALL, folds_per_s=50).catch_up_s == math.inf
    assert replace(SMALL, folds_per_s=50).replay_s == math.inf
    assert capacity.lag(10, 5, 60, 120) == 900
    assert capacity.lag(5, 10, 60, 1_000) == 0


# --- how many partitions -------------------------------------------------------------------------


@pytest.mark.parametrize("events_per_s", [100, 400, 1_500])
@pytest.mark.parametrize("margin", [0, 0.2, 0.5])
def test_it_is_the_fewest_with_which_the_rule_holds(events_per_s: float, margin: float) -> None:
    system = replace(SMALL, events_per_s=events_per_s, margin=margin)
    needed = system.partitions_needed
    assert needed is not None
    assert [replace(system, partitions=n).holds for n in range(1, needed + 2)] == [
        *[False] * (needed - 1), True, True
    ]  # fmt: skip
    assert system.sized().partitions == needed


def test_the_margin_stays_free_in_19_of_20_simulated_systems() -> None:
    system = SMALL.sized()
    rng = np.random.default_rng(3)
    busiest = np.array([placed(system, rng).max() for _ in range(PLACEMENTS)])
    assert np.mean(busiest * system.events_per_s > 0.8 * 250) <= capacity.RISK


def test_no_number_of_partitions_divides_a_stream() -> None:
    system = replace(SMALL, events_per_s=20_000, skew=1.2)
    assert system.partitions_needed is None
    with pytest.raises(es.InvalidInput, match=r"partitions: no number is enough: the busiest"):
        system.sized()


def test_a_million_events_a_second() -> None:
    system = es.capacity.million(appends_per_s=3_000, folds_per_s=50_000)
    assert system.holds
    assert not replace(system, partitions=system.partitions - 1).holds
    assert system.bytes_a_year == pytest.approx(1e6 * 365.25 * 86_400 * 400 * 3)
    assert system.lag_events == 3.6e9
    faster = es.capacity.million(appends_per_s=30_000, folds_per_s=50_000)
    assert faster.partitions < system.partitions / 8
    with pytest.raises(es.InvalidInput, match="busiest stream alone gets 5"):
        es.capacity.million(appends_per_s=3_000, folds_per_s=50_000, skew=1)


def test_an_event_of_the_banks_file_is_as_long_as_assumed() -> None:
    lines = (Path(__file__).parents[1] / "data" / "bank.jsonl").read_bytes().splitlines()
    assert round(sum(len(line) + 1 for line in lines) / len(lines)) == 369


# --- what is handed in ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("events_per_s", 0),
        ("events_per_s", math.nan),
        ("events_per_s", math.inf),
        ("appends_per_s", -1),
        ("folds_per_s", "fast"),
        ("event_bytes", None),
        ("replicas", 2.5),
        ("partitions", 0),
        ("partitions", True),
        ("partitions", 100_001),
        ("streams", 0),
        ("skew", -0.1),
        ("outage_s", -1),
        ("margin", 1),
    ],
)
def test_what_is_no_setting_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(es.InvalidInput, match=f"^{name}: must be a") as refused:
        replace(SMALL, **{name: value})
    assert refused.value.field == name


def test_all_results_by_name() -> None:
    numbers = SMALL.numbers()
    assert numbers["hottest"] == SMALL.hottest
    assert numbers["partitions_needed"] == SMALL.partitions_needed
    assert set(capacity.BOUNDS) == set(SMALL.__dataclass_fields__)
    assert all(low < high for low, high in capacity.BOUNDS.values())
