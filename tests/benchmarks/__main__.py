"""`make bench`: measure, print a table, write build/bench.json.

`python -m tests.benchmarks scale races` measures these groups alone, and writes nothing.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from tests.benchmarks.measures import GROUPS
from tests.benchmarks.timing import Figures

# What each figure should reach; None is reported only. A figure is a ratio where that is possible.
GOALS: dict[str, tuple[str, float] | None] = {
    "replay_vs_eventsourcing": (">=", 300),
    "replay_events_per_s": None,
    "timeline_at_p95_ms": ("<=", 3),
    "timeline_vs_fold": (">=", 10),
    "timeline_build_10m_vs_1m": ("<=", 12),
    "timeline_build_s": None,
    "timeline_peak_mb": ("<=", 1500),
    "stream_read_10m_vs_100k": ("<=", 3),
    "cold_append_10m_vs_100k": ("<=", 3),
    "condition_10m_vs_100k": ("<=", 5),
    "matching_read_10m_vs_100k": None,
    "page_first_vs_last": ("<=", 2),
    "open_10m_ms": None,
    "bulk_append_events_per_s": (">=", 300_000),
    "single_append_vs_raw": (">=", 0.7),
    "telemetry_off_overhead": ("<=", 1.03),
    "bisect_folds": ("<=", 15),  # among 2^14 events: the logarithm, and one
    "shadow_replay_events_per_s": None,
    "stream_read_100_ms": None,
    "projection_set_vs_row": (">=", 50),
    "snapshot_load_vs_replay": (">=", 20),
    "upcast_sql_overhead": ("<=", 1.5),
    "seal_append_overhead": ("<=", 1.5),
    "verify_events_per_s": None,
    "verify_vs_bare_loop": (">=", 0.7),
    "erase_and_rebuild_s": None,
    "guard_read_overhead": ("<=", 2),
    "guard_page_overhead": ("<=", 2),
    "read_note_ms": None,
    "read_note_bytes": None,
    "schedules_per_s": None,
    "append_1_threads_streams": None,
    "append_1_threads_stream": None,
    "append_4_threads_streams": None,
    "append_4_threads_stream": None,
    "append_16_threads_streams": None,
    "append_16_threads_stream": None,
    "append_16_threads_vs_1": (">=", 5),
    "pg_appends_per_s": None,
    "pg_append_vs_raw": (">=", 0.7),
    "pg_append_vs_one_statement": None,
    "pg_append_vs_eventsourcing": (">=", 1.0),
    "pg_append_16_threads": None,
    "pg_append_16_threads_vs_1": (">=", 5),
    "pg_bulk_events_per_s": None,
    "pg_bulk_vs_copy": (">=", 0.5),
    "pg_bulk_vs_copy_both_keys": None,
    "pg_timeline_build_s": None,
    "pg_timeline_vs_duckdb": ("<=", 4),
    "pg_commits_plain": None,
    "pg_commits_notify": None,
    "pg_commits_lock": None,
    "pg_commits_lock_notify": None,
    "pg_commits_notify_after": None,
    "pg_commits_notify_vs_plain": None,
    "pg_commits_lock_vs_plain": None,
    "pg_commits_lock_notify_vs_plain": None,
    "pg_commits_notify_after_vs_plain": None,
    "js_appends_per_s": None,
    "js_append_vs_client": (">=", 0.8),
    "js_append_64_vs_1": (">=", 5),
    "partition_appends_per_s": None,
    "folds_by_row_per_s": None,
    "folds_by_sql_per_s": None,
    "million_partitions_by_row": None,
    "million_partitions_by_sql": None,
    "simulate_events_per_s": (">=", 500_000),
    "import_extra_ms": ("<=", 150),
    "drag_frames_of_300": (">=", 295),
    "drag_gap_p95_ms": ("<=", 20),
}


def line(key: str, value: float) -> str:
    """One row of the table: the figure, the goal, and whether it is reached."""
    goal = GOALS[key]
    text = f"{key:28}{value:>16,.2f}"
    if goal is None:
        return text
    word, bound = goal
    reached = value >= bound if word == ">=" else value <= bound
    return f"{text}   {word} {bound:<10,g} {'reached' if reached else 'MISSED'}"


def main(groups: list[str]) -> None:
    """Measure everything, or some groups; figures appear as they are taken."""
    if unknown := set(groups) - GROUPS.keys():
        sys.exit(
            f"no group of benchmarks: {', '.join(sorted(unknown))}; known: {', '.join(GROUPS)}"
        )
    os.environ["TQDM_DISABLE"] = "1"  # bars would stand between the figures
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in groups or GROUPS:
            group = GROUPS[name](Path(folder))
            figures |= group
            for key, value in group.items():
                print(line(key, value), flush=True)
    if groups:
        return
    missing = sorted(GOALS.keys() - figures.keys())
    if missing:
        print("not measured, no browser or server found:", ", ".join(missing))
    out = Path("build/bench.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({key: figures[key] for key in GOALS if key in figures}, indent=2))
    print(f"written to {out}")


if __name__ == "__main__":
    main(sys.argv[1:])
