"""The built-in races break where the literature says so, and the kit's own store in none."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from eventsourcing_kit.schedules import Scenario, explore, run_schedule, scenarios
from eventsourcing_kit.schedules.__main__ import main

Make = Callable[[], Scenario]  # not the scenario: that would hold its database to the very end


def repr_of(value: object) -> str | None:
    if not isinstance(value, partial):
        return None
    options = [f"{name}={option}" for name, option in value.keywords.items()]
    return " ".join([value.func.__name__, *map(str, value.args), *options])


def broken(scenario: Scenario) -> tuple[int, int]:
    report = explore(scenario)
    return len(report.broken), len(report.runs)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (partial(scenarios.rows, 2), (4, 6)),
        (partial(scenarios.deposits, 2), (4, 6)),
        (partial(scenarios.deposits, 3), (84, 90)),
        (partial(scenarios.events, 2), (4, 6)),
        (partial(scenarios.transactions, 2), (18, 20)),
        (partial(scenarios.polling), (10, 90)),
    ],
    ids=repr_of,
)
def test_without_defence_it_breaks(make: Make, expected: tuple[int, int]) -> None:
    assert broken(make()) == expected


@pytest.mark.parametrize(
    "make",
    [
        partial(scenarios.deposits, 3, unique=True),
        partial(scenarios.events, 3, unique=True, expected_version=True),
        partial(scenarios.events, 2, unique=True, expected_version=True, retry=True),
        partial(scenarios.events, 3, lock=True),
        partial(scenarios.transactions, 2, unique=True),
        partial(scenarios.polling, lock=True),
    ],
    ids=repr_of,
)
def test_with_its_cure_it_does_not(make: Make) -> None:
    count, runs = broken(make())
    assert count == 0
    assert runs >= 6


def test_unique_alone_is_half_a_cure() -> None:
    """The late one computes the next free version and takes it: its place is new, its news old."""
    assert broken(scenarios.events(2, unique=True)) == (4, 6)
    assert broken(scenarios.events(2, unique=True, two_steps=True)) == (6, 20)


def test_a_version_that_is_checked_and_used_in_one_step_needs_no_unique() -> None:
    assert broken(scenarios.events(2, expected_version=True)) == (0, 6)
    assert broken(scenarios.events(3, expected_version=True)) == (0, 90)


def test_between_the_check_and_the_insert_another_gets_in() -> None:
    assert broken(scenarios.events(2, expected_version=True, two_steps=True)) == (12, 20)
    assert broken(scenarios.transactions(2, expected_version=True)) == (60, 70)


@pytest.mark.parametrize(
    "make",
    [
        partial(scenarios.events, 2, two_steps=True),
        partial(scenarios.transactions, 2),
    ],
    ids=repr_of,
)
def test_the_key_stands_behind_the_check(make: Callable[..., Scenario]) -> None:
    count, runs = broken(make(unique=True, expected_version=True))
    assert count == 0
    assert runs >= 20


def test_a_blocked_step_waits_for_a_real_lock() -> None:
    run = run_schedule(scenarios.events(2, lock=True, two_steps=True), "ABABAB")
    assert [turn.participant for turn in run.turns] == ["Ada"] * 3 + ["Ben"] * 2
    assert run.outcome == "1 stored, 1 refused: not enough"


def test_what_breaks_is_named() -> None:
    def names(scenario: Scenario) -> set[str]:
        return {name for run in explore(scenario).broken for name, _ in run.broken}

    assert names(scenarios.rows(2)) == {"no lost update"}
    assert names(scenarios.events(2, unique=True)) == {"no overdraft"}
    assert names(scenarios.events(2, expected_version=True, two_steps=True)) == {
        "versions without gaps",
        "no overdraft",
    }
    assert names(scenarios.polling()) == {"a reader misses nothing"}


def test_a_conflict_becomes_a_refusal_when_it_is_decided_again() -> None:
    once = explore(scenarios.events(2, unique=True, expected_version=True)).outcomes
    again = explore(scenarios.events(2, unique=True, expected_version=True, retry=True)).outcomes
    assert once["1 stored, 1 told of a conflict"] == 4
    assert again == {"1 stored, 1 refused: not enough": 70}


def test_a_transaction_alone_is_no_defence() -> None:
    """Each sees the account as it was when it began, so both append the same version."""
    run = run_schedule(scenarios.transactions(2), "ABABAB")
    assert dict(run.broken)["versions without gaps"] == "the versions are [1, 2, 2]"


@pytest.mark.parametrize("schedule", ["AABABB", "ABABAB", "ABBAAB"])
def test_the_loser_learns_of_it_at_the_insert_or_at_the_commit(schedule: str) -> None:
    run = run_schedule(scenarios.transactions(2, unique=True), schedule)
    assert run.outcome == "1 stored, 1 told of a conflict"
    notes = {turn.step: turn.note for turn in run.turns if turn.note}
    assert notes in ({"insert": "ConstraintException"}, {"commit": "TransactionException"})


@pytest.mark.parametrize(
    "make",
    [
        partial(scenarios.kit_store, 2),
        partial(scenarios.kit_store, 3),
        partial(scenarios.kit_store, 2, reader=True),
        *(partial(scenarios.kit_store, 2, reader=True, crash_after=step) for step in range(3)),
    ],
    ids=repr_of,
)
def test_the_kits_own_store_breaks_in_no_schedule(make: Make) -> None:
    report = explore(make())
    assert not report.sampled
    assert not report.broken, report


def test_the_race_of_the_kits_store_is_a_race() -> None:
    """An empty result would be worth nothing: conflicts do come up in it."""
    outcomes = explore(scenarios.kit_store(3)).outcomes
    assert outcomes["1 stored, 2 told of a conflict"] == 36
    assert sum(outcomes.values()) == 90


def test_the_table_is_written_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    some = [scenarios.deposits(2), scenarios.kit_store(2)]
    monkeypatch.setattr("eventsourcing_kit.schedules.__main__.built_in", lambda: some)
    main()
    assert json.loads(Path("build/schedules.json").read_text()) == [
        {
            "scenario": "read the version, insert the next, no defence",
            "participants": 2,
            "schedules": 6,
            "broken": 4,
        },
        {"scenario": "the kit's store", "participants": 2, "schedules": 6, "broken": 0},
    ]
    assert "the kit's store" in capsys.readouterr().out


def test_every_built_in_scenario_has_a_name_of_its_own() -> None:
    names = [(one.name, len(one.participants)) for one in scenarios.built_in()]
    assert len(set(names)) == len(names)
