"""`make schedules`: run every built-in scenario, print the table, write build/schedules.json.

With a server's address (`python -m eventsourcing_kit.schedules postgresql://…`), those on it, too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from . import postgres
from .explorer import Report, explore
from .scenarios import built_in


def row(report: Report) -> dict[str, str | int]:
    """A line of the table. `schedules` are those that were run; all of them, unless it says so."""
    sampled = f" (a sample of {report.schedules:,})" if report.sampled else ""
    return {
        "scenario": report.scenario + sampled,
        "participants": report.participants,
        "schedules": len(report.runs),
        "broken": len(report.broken),
    }


def main(servers: Sequence[str] = ()) -> None:
    """Lines appear as the scenarios are explored."""
    print(f"{'scenario':66}{'participants':>13}{'schedules':>11}{'broken':>8}")
    rows = []
    for scenario in chain(built_in(), *(postgres.built_in(url) for url in servers)):
        rows.append(row(explore(scenario)))
        print(
            "{scenario:66}{participants:>13}{schedules:>11,}{broken:>8,}".format(**rows[-1]),
            flush=True,
        )
    out = Path("build/schedules.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(rows, indent=2))
    print(f"written to {out}")


if __name__ == "__main__":
    main(sys.argv[1:])
