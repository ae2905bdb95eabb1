"""Write Hafenbank's old books: python -m eventsourcing_kit.upcasting data/old_bank.jsonl"""

from __future__ import annotations

import sys

from ..jsonl import dump_jsonl
from ..stores import ANY, open_store
from .bank import old_books


def main() -> None:
    """Write the file that the first argument names. Each event is recorded when it happened."""
    books = list(old_books())
    times = iter([event.occurred_at for _, event in books])
    with open_store(":memory:", clock=lambda: next(times)) as store:  # type: ignore[arg-type, return-value]
        for stream_id, event in books:
            store.append(stream_id, [event], ANY)
        count = dump_jsonl(store.read_all(), sys.argv[1])
    sys.stdout.write(f"{count:,} events written to {sys.argv[1]}\n")


if __name__ == "__main__":
    main()
