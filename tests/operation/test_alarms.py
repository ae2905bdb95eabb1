"""Alarms: each rule fires for what it is there for, and a lag that ends by itself wakes nobody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsourcing_kit.operation import RULES, Sample, alarms

LAG, BURN, PARKED, CONFLICTS, VERIFIED, SILENT = (rule.name for rule in RULES)


def series(values: list[float], name: str = "lag", every: float = 60) -> list[Sample]:
    return [Sample(every * number, {name: value}) for number, value in enumerate(values)]


def fired(samples: list[Sample]) -> list[str]:
    return [alarm.rule.name for alarm in alarms(samples)]


def test_nothing_fires_where_all_is_well() -> None:
    assert fired(series([2.0] * 90)) == []
    assert alarms([]) == []


def test_a_lag_that_grows_for_five_minutes_is_told_with_its_page() -> None:
    [alarm, *_] = alarms(series([0, 0, *(60.0 * n + 90 for n in range(8))]))
    assert alarm.rule.name == LAG
    assert "data/runbooks/lag_grows.md" in str(alarm)
    assert alarm.number == 60 * 7 + 90


@pytest.mark.parametrize(
    "lags",
    [
        [0.0] * 10 + [400.0],  # one slow batch
        [0.0] * 10 + [400.0, 400.0, 0.0, 400.0, 400.0, 400.0],  # up and down
        [0.0] * 5 + [900.0 - 100 * n for n in range(7)],  # a burst that is being worked off
        [3600.0 - 400 * n for n in range(8)],  # a rebuild that will be through in a minute
    ],
)
def test_a_lag_that_ends_by_itself_wakes_nobody(lags: list[float]) -> None:
    assert LAG not in fired(series(lags))


def test_a_lag_that_shrinks_too_slowly_does() -> None:
    assert LAG in fired(series([3600.0 - 10 * n for n in range(8)]))


def test_many_positions_are_no_lag() -> None:
    samples = [Sample(60.0 * n, {"lag": 1.0, "positions": 1e6 * n}) for n in range(20)]
    assert fired(samples) == []


def test_a_budget_that_burns_is_told_and_the_alarm_ends_soon_after_the_cause() -> None:
    bad = [0.0] * 60 + [90.0, 0.0] * 5  # up and down: the rule for a lasting lag never sees it
    assert fired(series(bad)) == [BURN]
    assert fired(series([*bad, *[0.0] * 6])) == []
    assert fired(series([0.0] * 9 + [90.0])) == []  # of ten samples, one says little


@given(st.lists(st.booleans(), min_size=61, max_size=200), st.sampled_from([60.0, 120.0, 600.0]))
def test_one_late_number_never_burns_a_budget(late: list[bool], every: float) -> None:
    """Nor do numbers that come too seldom to say anything about five minutes."""
    found = fired(series([90.0 if one else 0.0 for one in late], every=every))
    span = [n for n in range(len(late)) if every * (len(late) - 1 - n) <= 300]
    if sum(late[n] for n in span) < 2 or every > 120:
        assert BURN not in found


def test_one_parked_event_is_enough_and_says_since_when() -> None:
    [alarm] = alarms([Sample(60.0 * n, {"lag": 0.0, "parked": float(n >= 3)}) for n in range(6)])
    assert (alarm.rule.name, alarm.since, alarm.number) == (PARKED, 180.0, 1.0)


def test_conflicts_count_by_their_share_and_not_in_a_quiet_night() -> None:
    def samples(conflicts: float, commands: float) -> list[Sample]:
        values = {"lag": 0.0, "conflicts": conflicts, "commands": commands}
        return [Sample(60.0 * n, values) for n in range(6)]

    assert fired(samples(30, 100)) == [CONFLICTS]
    assert fired(samples(10, 100)) == []
    assert fired(samples(1, 1)) == []
    [early] = alarms(samples(30, 100)[:2])
    assert early.since == 0.0  # and not before anybody looked


def test_a_checkpoint_that_nobody_verified_for_a_day() -> None:
    assert fired([Sample(0, {"lag": 0.0, "unverified": 86_401.0})]) == [VERIFIED]
    assert fired([Sample(0, {"lag": 0.0, "unverified": 80_000.0})]) == []


def test_no_data_is_an_alarm_of_its_own() -> None:
    heard = series([0.0] * 5)
    assert SILENT in fired([*heard, Sample(600.0, {})])
    assert fired([*heard, Sample(300.0, {})]) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_says_why_its_limit_is_that(rule: object) -> None:
    reason = rule.reason  # type: ignore[attr-defined]
    assert len(reason.split()) > 10
