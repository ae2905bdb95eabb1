"""Somebody who prepares for an interview: a data folder of their own, and days that pass."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from eventsourcing_kit.event import NewEvent
from eventsourcing_kit.interview import memory
from eventsourcing_kit.jsonl import event_line

MONDAY = datetime(2025, 3, 3, 18, tzinfo=UTC)
Tell = Callable[..., None]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVENTSOURCING_KIT_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the day, in days since Monday evening."""

    def set_day(days: float) -> None:
        monkeypatch.setattr(memory, "now", lambda: MONDAY + timedelta(days=days))

    set_day(0)
    return set_day


@pytest.fixture
def happened(home: Path) -> Tell:
    """Writes an event into the journal as it was some days after Monday evening."""

    def write(days: float, type_: str, stream_id: str, **data: Any) -> None:
        time = MONDAY + timedelta(days=days)
        text = event_line(stream_id, NewEvent(type_, data), time, time)
        with (home / "progress.jsonl").open("a", encoding="utf-8") as file:
            file.write(text + "\n")

    return write


def rated(tell: Tell, days: float, card: str, rating: object) -> None:
    tell(days, "CardRated", f"card-{card}", card=card, rating=rating)
