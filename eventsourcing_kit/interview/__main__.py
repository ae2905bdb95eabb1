"""Note a new edition of the question bank: python -m eventsourcing_kit.interview

To be run, by `make data`, when a card has changed. A bank that has not changed keeps its edition.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

from ..errors import InvalidInput
from . import anki, cards
from .corpus import folder


def main() -> None:
    """Write data/interview/edition.yaml with today's date, if the cards are not those it names."""
    digest = anki.digest(cards())
    with suppress(InvalidInput):
        if anki.edition().digest == digest:
            return
    edition = anki.Edition(datetime.now(UTC).date(), digest)
    path = folder() / "edition.yaml"
    path.write_bytes(msgspec.yaml.encode(edition))
    sys.stdout.write(f"{path}: edition of {edition.revised}\n")


if __name__ == "__main__":
    main()
