"""On a real PostgreSQL each way of ordering events breaks in just the schedules it cannot bear.

The counts are exact: a waiting statement is asked for at the server, never guessed by the clock.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import OperationalError

from eventsourcing_kit import servers
from eventsourcing_kit.errors import InvalidInput, ServerMissing
from eventsourcing_kit.schedules import Report, Scenario, explore, postgres, run_schedule
from eventsourcing_kit.schedules.__main__ import row
from eventsourcing_kit.schedules.postgres import (
    BARE_SEQUENCE,
    BY_TRANSACTION,
    DESIGNS,
    HORIZON,
    LOCK,
    SORTED,
    Design,
    polling,
)

Polling = Callable[..., Scenario]


@pytest.fixture
def url(postgres_server: servers.Postgres) -> str:
    return postgres_server.url


def names_of_broken(report: Report) -> set[str]:
    return {name for run in report.broken for name, _ in run.broken}


def steps_of(report: Report) -> list[str]:
    """The shortest run that breaks, as "who: step"."""
    assert report.shortest is not None
    return [f"{turn.participant}: {turn.step}" for turn in report.shortest.turns]


# --- a reader that polls -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("design", "one_stream", "broken"),
    [
        (BARE_SEQUENCE, False, 6),
        (BARE_SEQUENCE, True, 0),
        (HORIZON, False, 2),
        (HORIZON, True, 0),
        (BY_TRANSACTION, False, 0),
        (BY_TRANSACTION, True, 14),
        (SORTED, False, 0),
        (SORTED, True, 0),
        (LOCK, False, 0),
        (LOCK, True, 0),
    ],
    ids=lambda value: value.name if isinstance(value, Design) else str(value),
)
def test_so_many_of_all_schedules_break(
    url: str, design: Design, one_stream: bool, broken: int
) -> None:
    report = explore(polling(url, design, one_stream=one_stream))
    assert (len(report.broken), len(report.runs)) == (broken, 140), report
    assert not report.sampled


def test_a_bare_sequence_loses_what_commits_late(url: str) -> None:
    report = explore(polling(url, BARE_SEQUENCE))
    assert names_of_broken(report) == {"a reader misses nothing"}
    late = steps_of(report)
    assert late.index("Ben: commit") < late.index("reader: poll") < late.index("Ada: commit")
    assert report.shortest is not None
    assert dict(report.shortest.broken)["a reader misses nothing"] == "reader never reads [1]"


def test_the_horizon_loses_the_lower_position_of_the_younger_transaction(url: str) -> None:
    report = explore(polling(url, HORIZON))
    assert names_of_broken(report) == {"a reader misses nothing"}
    assert steps_of(report) == [
        "Ada: write something first",  # the older transaction
        "Ben: write something first",
        "Ben: append",  # takes position 1
        "Ada: append",  # takes position 2
        "Ada: commit",
        "reader: poll",  # only Ben's is open, and 2 is older
        "Ben: commit",
    ]


def test_by_transaction_a_later_version_can_come_first(url: str) -> None:
    report = explore(polling(url, BY_TRANSACTION, one_stream=True))
    assert names_of_broken(report) == {"each stream in its order"}
    assert report.outcomes["2 stored; a later version is read first"] == 14
    assert steps_of(report) == [
        "Ada: write something first",  # has its id from here
        "Ben: write something first",
        "Ben: append",  # version 1
        "Ben: commit",
        "Ada: append",  # version 2, of the older transaction
        "Ada: commit",
        "reader: poll",
    ]


def test_by_transaction_is_in_order_while_nobody_writes_before_it_reads(url: str) -> None:
    report = explore(polling(url, BY_TRANSACTION, one_stream=True, writes_first=False))
    assert not report.broken, report


def test_sorting_what_a_poll_found_is_no_cure_when_a_third_is_open(url: str) -> None:
    """Its id lies between: the older one's version 2 comes alone, and version 1 a poll later."""
    run = run_schedule(polling(url, SORTED, writers=3), "ABCCCAADBB")
    assert run.outcome == "3 stored; a later version is read first"
    assert dict(run.broken) == {
        "each stream in its order": "reader gets versions [2, 1] of account-1"
    }


@pytest.mark.parametrize("one_stream", [False, True])
def test_the_lock_holds_for_three_writers(url: str, one_stream: bool) -> None:
    report = explore(polling(url, LOCK, writers=3, one_stream=one_stream), bound=100)
    assert report.sampled
    assert not report.broken, report
    assert report.outcomes == {"3 stored": 100}


def test_the_races_are_races(url: str) -> None:
    """Both outcomes come up on one stream: that of a conflict, and that of one behind the other."""
    outcomes = explore(polling(url, BARE_SEQUENCE, one_stream=True)).outcomes
    assert outcomes == {"1 stored, 1 told of a conflict": 84, "2 stored": 56}


# --- statements that wait ------------------------------------------------------------------------


def test_a_statement_that_waits_for_the_lock_is_taken_after_the_commit(url: str) -> None:
    run = run_schedule(polling(url, LOCK), "AABBABC")
    taken = [f"{turn.participant}: {turn.step}" for turn in run.turns]
    assert taken.index("Ada: commit") + 1 == taken.index("Ben: lock and append")
    assert run.outcome == "2 stored"


def test_a_statement_that_waits_for_a_key_is_told_of_the_conflict(url: str) -> None:
    run = run_schedule(polling(url, BARE_SEQUENCE, one_stream=True), "AABBABC")
    assert [turn.note for turn in run.turns if turn.note] == ["UniqueViolation"]
    assert run.outcome == "1 stored, 1 told of a conflict"


def test_a_schedule_replays_exactly(url: str) -> None:
    scenario = polling(url, LOCK, one_stream=True)
    for schedule in ("AABBABC", "ABABCAB", "BBAABAC"):
        assert run_schedule(scenario, schedule) == run_schedule(scenario, schedule)


def test_a_run_leaves_nothing_to_the_next(url: str) -> None:
    scenario = polling(url, BARE_SEQUENCE)
    run_schedule(scenario, "ABBABAC")
    world: Any = scenario.world()
    assert world.events() == []
    assert (world.seen, world.read, world.acknowledged) == ({}, {}, [])


# --- a lock that is taken, and then read ---------------------------------------------------------


@pytest.mark.parametrize(
    ("isolation", "broken"), [("READ COMMITTED", 0), ("REPEATABLE READ", 68), ("SERIALIZABLE", 0)]
)
def test_whether_a_condition_holds_is_a_matter_of_the_isolation_level(
    url: str, isolation: str, broken: int
) -> None:
    report = explore(postgres.condition(url, isolation))
    assert (len(report.broken), len(report.runs)) == (broken, 70), report


def test_what_is_read_behind_the_lock_is_older_than_the_lock(url: str) -> None:
    """The snapshot is that of the statement that waited, so the withdrawal before is not in it."""
    run = run_schedule(postgres.condition(url, "REPEATABLE READ"), "ABAAABBB")
    assert [turn.step for turn in run.turns[:4]] == [
        "begin and lock", "read", "decide and insert", "commit"
    ]  # fmt: skip
    assert run.outcome == "2 stored"
    assert dict(run.broken) == {"no overdraft": "the balance is -60"}


def test_serializable_tells_the_second_of_a_conflict(url: str) -> None:
    outcomes = explore(postgres.condition(url, "SERIALIZABLE")).outcomes
    assert outcomes["1 stored, 1 told of a conflict"] == 68


def test_an_unknown_isolation_level_is_refused() -> None:
    with pytest.raises(InvalidInput, match="REPEATABLE READ"):
        postgres.condition("postgresql://nowhere", "read mostly")


# --- the server ----------------------------------------------------------------------------------


def test_without_the_driver_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ServerMissing, match=r"pip install psycopg\[binary\]"):
        polling("postgresql://nowhere", LOCK)


def test_the_schema_goes_with_its_scenario(url: str) -> None:
    scenario = polling(url, BARE_SEQUENCE)
    world: Any = scenario.world()
    schema = world.schema
    with postgres.connect(url, "public", "test") as connection:
        query = "SELECT count(*) FROM pg_namespace WHERE nspname = %(schema)s"
        assert postgres.rows_of(connection, query, {"schema": schema}) == [(1,)]
        run_schedule(scenario, "AAABBBC")
        del scenario, world
        assert postgres.rows_of(connection, query, {"schema": schema}) == [(0,)]


def test_a_server_that_is_killed_in_a_race_is_no_outcome_of_it(
    own_postgres: servers.Postgres,
) -> None:
    scenario = polling(own_postgres.url, BARE_SEQUENCE)
    run_schedule(scenario, "AAABBBC")
    own_postgres.kill()
    with pytest.raises(OperationalError):
        run_schedule(scenario, "AAABBBC")


def test_every_scenario_on_the_server_has_a_row_of_its_own(url: str) -> None:
    rows = [row(explore(scenario, bound=1)) for scenario in postgres.built_in(url)]
    assert len({line["scenario"] for line in rows}) == len(rows) == 2 * len(DESIGNS) + 4
