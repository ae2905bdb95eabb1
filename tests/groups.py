"""How a test run is shared out: groups that stay on one worker, the longest first, and their times.

A notebook's cells share a kernel and a module its fixtures, so each of them is a group. What makes
a group slow (a browser, a notebook, a killed process, thousands of examples) is marked `slow`, and
`make quick` leaves it out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import pytest
from xdist.scheduler import LoadScopeScheduling

# No worker should begin a long one when the others are done.
FIRST = ("tests/browser", "notebooks", "tests/exercises", "tests/stores")
SLOW = (
    "notebooks",
    "tests/access/test_conformance.py",
    "tests/access/test_postgres.py",
    "tests/browser",
    "tests/exercises/cases",
    "tests/exercises/test_notebooks.py",
    "tests/exercises/test_trial.py",
    "tests/notebooks",
    "tests/test_chapters_together.py",
    "tests/test_cluster_runs_on_servers.py",
    "tests/widgets/test_committed_output.py",
    "tests/banking/test_berka.py",
    "tests/banking/test_closing_books.py::test_three_folds_agree_at_any_position_and_no_cent_is_lost",
    "tests/banking/test_closing_books.py::test_three_folds_agree_at_any_time_and_closing_moves_no_money",
    "tests/histories/test_judge.py",
    "tests/histories/test_programs.py",
    "tests/histories/test_shortest.py",
    "tests/integrity/test_kill.py",
    "tests/interview/on_call/test_scenes.py",
    "tests/interview/test_claims_on_servers.py",
    "tests/integrity/test_vault.py::test_any_value_is_read_as_it_was_appended",
    "tests/integrity/test_vault.py::test_no_swap_gives_another_plaintext",
    "tests/integrity/test_vault_conformance.py",
    "tests/integrity/test_sealed.py",
    "tests/integrity/test_tampering.py",
    "tests/integrity/test_sealed_engines.py",
    "tests/integrity/test_verify.py",
    "tests/operation/test_incidents.py",
    "tests/processes/test_rehearsal.py",
    "tests/processes/test_transfers.py",
    "tests/projections/test_kill.py",
    "tests/projections/test_overlap.py",
    "tests/projections/test_bank_models.py",
    "tests/projections/test_dead_letters.py::test_after_a_retry_it_is_as_after_a_rebuild",
    "tests/projections/test_projections.py::TestRebuilding::test_readers_read_all_the_while",
    "tests/replay/test_replay.py::test_three_folds_agree_at_any_time",
    "tests/replay/test_replay.py::test_folds_agree_at_any_position_and_version",
    "tests/schedules/test_killed.py",
    "tests/schedules/test_postgres.py",
    "tests/schedules/test_scenarios.py",
    "tests/servers",
    "tests/snapshots/test_aggregates.py",
    "tests/snapshots/test_same_state.py",
    "tests/stores/test_conformance.py",
    "tests/stores/test_damaged_files.py",
    "tests/stores/test_duckdb.py",
    "tests/stores/test_every_engine.py",
    "tests/stores/test_forks.py",
    "tests/stores/test_jetstream.py",
    "tests/stores/test_jetstream_faults.py",
    "tests/stores/test_kill.py",
    "tests/stores/test_kit_store.py",
    "tests/stores/test_linearizability.py",
    "tests/stores/test_model.py",
    "tests/stores/test_moved_files.py",
    "tests/stores/test_postgres.py",
    "tests/stores/test_postgres_faults.py",
    "tests/stores/test_power_cut.py",
    "tests/stores/test_refused_calls.py",
    "tests/stores/test_verify.py::test_damage_inside_is_found_or_not_there",
    "tests/upcasting/test_copying.py",
    "tests/upcasting/test_same_in_sql.py",
)


def group_of(nodeid: str) -> str:
    """What shares a worker with a test: its module, or the notebook that a browser opens."""
    module, _, name = nodeid.partition("::")
    return nodeid if name and module == "tests/browser/test_notebooks.py" else module


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]
    """Hands out whole groups, in the order of the tests."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def share_out(items: list[pytest.Item]) -> None:
    """Mark what is slow, and bring the long groups to the front."""
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker("slow")
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    found = [rank for rank, name in enumerate(FIRST) if item.nodeid.startswith(name)]
    return found[0] if found else len(FIRST)


class Times:
    """The seconds that each group took."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def add(self, report: pytest.TestReport) -> None:
        self._seconds[group_of(report.nodeid)] += report.duration

    def lines(self, most: int) -> Iterator[str]:
        """The slowest groups, one a line, and what all of them took."""
        for group, seconds in sorted(self._seconds.items(), key=lambda item: -item[1])[:most]:
            yield f"{seconds:7.1f} s  {group}"
        yield f"{sum(self._seconds.values()):7.1f} s  all of them, one after the other"
