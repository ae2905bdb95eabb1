"""Write data/golden_events.jsonl: python -m tests.upcasting.golden

Run it when a new version of an event is first written, look at the lines that it adds, and keep
the old ones: a line that changes means that old events are read differently from now on.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, get_type_hints

from eventsourcing_kit.banking import hafenbank
from eventsourcing_kit.banking.holds import EVENT_TYPES
from eventsourcing_kit.codec import schema_version
from tests.upcasting.cases import recorded

FILE = Path(__file__).parents[2] / "data" / "golden_events.jsonl"
OLD_DATA: dict[str, Any] = {
    "euros": "12.34",
    "cents": 1234,
    "fee": 5,
    "memo": "Rent",
    "till": "Till 2",
    "year": "2020",
    "quarter": "Q3",
}
SAMPLES: dict[type, Any] = {int: 7, bool: True, datetime: "2025-03-14T12:00:00Z"}


def written() -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Every type and version that was ever written, with data of its shape."""
    for name, cls in sorted(EVENT_TYPES.classes.items()):
        yield name, schema_version(cls), sample(cls)
    for upcaster in hafenbank.upcasters:
        if upcaster.type not in EVENT_TYPES.classes or upcaster.version > 1:
            yield upcaster.type, upcaster.version, {f: OLD_DATA[f] for f in upcaster.fields}
    first = next(one for one in hafenbank.upcasters if one.type == "MoneyDeposited")
    yield "MoneyDeposited", first.version, {f: OLD_DATA[f] for f in first.fields}
    yield "MoneyDeposited", 3, sample(hafenbank.MoneyDeposited)


def sample(cls: type[Any]) -> dict[str, Any]:
    """Data with all fields of a class: the name of the field for a text, 7 for a number."""
    hints = get_type_hints(cls)
    return {
        field.name: SAMPLES.get(hints[field.name], f"a {field.name}")
        for field in dataclasses.fields(cls)
    }


def today(type_: str, version: int, data: dict[str, Any], who: str) -> list[Any]:
    """As it is read now: by the bank itself, or by those who took Hafenbank over."""
    event = recorded(type_, data, version)
    events = [event] if who == "bank" else hafenbank.upcasters.apply(event)
    types: Any = EVENT_TYPES if who == "bank" else hafenbank.EVENT_TYPES
    return [repr(types.decode(one)) for one in events]


def main() -> None:
    lines = []
    seen = set()
    for type_, version, data in written():
        names = set(data)
        who = "hafenbank" if (type_, version) in seen or names & {"euros", "cents"} else "bank"
        if (type_, version) == ("MoneyDeposited", 3):
            who = "hafenbank"
        seen.add((type_, version))
        line = {"written_by": who, "type": type_, "schema_version": version, "data": data}
        lines.append(json.dumps({**line, "read_as": today(type_, version, data, who)}))
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
