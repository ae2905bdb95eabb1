"""Write the simulated bank: python -m eventsourcing_kit.banking data/bank.jsonl

With --old, Hafenbank's old books: python -m eventsourcing_kit.banking --old data/old_bank.jsonl
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator

from ..event import RecordedEvent
from ..jsonl import dump_jsonl
from .hafenbank import old_books
from .simulation import SEED, simulate_bank


def main() -> None:
    """Write the file that the arguments name."""
    parser = argparse.ArgumentParser(description="Write the bank that the chapters open.")
    parser.add_argument("path", help="the JSON Lines file to write")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", type=int, default=SEED, help=f"{SEED} makes the kit's own bank")
    which.add_argument("--old", action="store_true", help="Hafenbank's old books instead")
    arguments = parser.parse_args()
    events = _recorded_books() if arguments.old else simulate_bank(arguments.seed)
    count = dump_jsonl(events, arguments.path)
    sys.stdout.write(f"{count:,} events written to {arguments.path}\n")


def _recorded_books() -> Iterator[RecordedEvent]:
    """The old books as a store would have them, each event recorded when it happened."""
    versions: Counter[str] = Counter()
    for position, (stream_id, event) in enumerate(old_books(), 1):
        versions[stream_id] += 1
        assert event.occurred_at is not None
        yield event.recorded(position, stream_id, versions[stream_id], event.occurred_at)


if __name__ == "__main__":
    main()
