"""What you did, kept as events in a file of your own: exercises, predictions, cards, interviews.

They are lines of text in your data folder, or in the folder that the environment variable
EVENTSOURCING_KIT_HOME names. What is told about you anywhere, such as `es.progress.show()`, is a
fold over them, so it can be told as of any moment.

Nothing that is wrong with the file stops a lesson: `trouble()` says what it is.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..event import RecordedEvent, canonical_json
from ..stores import open_engine
from .file import Journal

if TYPE_CHECKING:  # it loads DuckDB
    from ..stores import SqlEventStore

__all__ = ["events", "path", "read_stream", "record", "store", "trouble"]


def record(type_: str, data: Mapping[str, Any], stream_id: str) -> None:
    """Note that something happened, just now. This never raises; see `trouble`."""
    _journal().append(stream_id, type_, data)


def events() -> list[RecordedEvent]:
    """All that was recorded, in the order of the journal."""
    return _journal().events()


def read_stream(stream_id: str) -> list[RecordedEvent]:
    """What was recorded about one exercise, card or interview, in order."""
    return _journal().read_stream(stream_id)


def store() -> SqlEventStore:
    """A copy of the journal as an event store in memory, for SQL and all else the kit can do."""
    copy = open_engine(":memory:")
    found = events()
    if found:
        copy.append_columns(
            {
                "stream_id": [event.stream_id for event in found],
                "type": [event.type for event in found],
                "schema_version": [event.schema_version for event in found],
                "data": [canonical_json(event.data) for event in found],
                "metadata": [canonical_json(event.metadata, "metadata") for event in found],
                "event_id": [str(event.event_id) for event in found],
                "occurred_at": [event.occurred_at for event in found],
                "recorded_at": [event.recorded_at for event in found],
            }
        )
    return copy


def path() -> Path:
    """The journal's file. `es.load_jsonl` reads it as well."""
    return _journal().path


def trouble() -> str:
    """What is wrong with the journal and what to do about it; "" if nothing is."""
    journal = _journal()
    journal.events()
    return journal.trouble


def _journal() -> Journal:
    """The one in the folder that the environment names now."""
    return _journal_in(os.environ.get("EVENTSOURCING_KIT_HOME", ""))


@cache
def _journal_in(folder: str) -> Journal:
    import platformdirs

    home = folder or platformdirs.user_data_dir("eventsourcing_kit", appauthor=False)
    home = os.path.expanduser(home)
    with suppress(FileNotFoundError):  # the working directory may be gone
        home = os.path.abspath(home)
    journal = Journal(Path(home) / "progress.jsonl")
    atexit.register(journal.flush)  # the last chance for what waits
    return journal
