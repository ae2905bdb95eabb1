"""Every version of every event that was ever written is still read, and read as ever."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eventsourcing_kit.banking import hafenbank
from eventsourcing_kit.banking.holds import EVENT_TYPES
from eventsourcing_kit.codec import schema_version
from tests.upcasting.golden import FILE, today

LINES: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text().splitlines()]


@pytest.mark.parametrize(
    "line", LINES, ids=lambda line: f"{line['written_by']}-{line['type']}-{line['schema_version']}"
)
def test_an_event_of_long_ago(line: dict[str, Any]) -> None:
    read = today(line["type"], line["schema_version"], line["data"], line["written_by"])
    assert read == line["read_as"]


def test_no_version_is_forgotten() -> None:
    written = {(line["written_by"], line["type"], line["schema_version"]) for line in LINES}
    of_the_bank = {("bank", name, schema_version(c)) for name, c in EVENT_TYPES.classes.items()}
    taken_over = {("hafenbank", one.type, one.version) for one in hafenbank.upcasters}
    newest = {("hafenbank", "MoneyDeposited", schema_version(hafenbank.MoneyDeposited))}
    missing = (of_the_bank | taken_over | newest) - written
    assert not missing, "write them: python -m tests.upcasting.golden"
