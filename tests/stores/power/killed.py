"""A process that appends batches and dies without closing: `killed PATH FIRST LAST`."""

from __future__ import annotations

import os
import sys

import eventsourcing_kit as es
from tests.stores.power import batches

if __name__ == "__main__":
    path, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    store = es.open_store(path)
    for n in range(first, last):
        batches.append(store, n)
    print(last, flush=True)
    os._exit(0)
