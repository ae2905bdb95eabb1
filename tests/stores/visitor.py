"""A process that opens a store for each single event: `visitor.py PATH STREAM COUNT`."""

from __future__ import annotations

import random
import sys
import time

import eventsourcing_kit as es
from eventsourcing_kit.errors import StoreLocked


def main(path: str, stream_id: str, count: int) -> None:
    """Append `count` events, waiting for the others' turns."""
    stored = 0
    while stored < count:
        try:
            with es.open_store(path) as store:
                store.append(stream_id, [es.NewEvent("Visited", {"n": stored})], stored)
            stored += 1
        except StoreLocked:
            time.sleep(random.uniform(0.005, 0.05))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
