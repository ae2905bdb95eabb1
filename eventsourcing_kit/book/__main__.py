"""python -m eventsourcing_kit.book build/book"""

from __future__ import annotations

import sys
from pathlib import Path

from .book import build

if len(sys.argv) != 2:
    sys.exit("Say where the book goes: python -m eventsourcing_kit.book build/book")
print(f"Open {build(Path(sys.argv[1]))}")
