"""Copy and transform: a new store with all events in their newest shapes, checked, resumable.

Greg Young's last resort for events that have changed too much. The old store stays as it is, and
is what one goes back to.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..bars import progress
from ..errors import CopyDiffers, InvalidInput, StoreNotFound
from ..event import RecordedEvent, canonical_json, check_number
from ..stores import ANY, EventStore, open_store
from ..stores.parts import append_in_parts

if TYPE_CHECKING:
    import pyarrow as pa

Fold = Callable[[EventStore], Any]


@dataclass(frozen=True)
class CopyReport:
    """What was copied. `checked` names what was compared in both stores and found equal."""

    stored: int
    written: int
    resumed_after: int
    checked: tuple[str, ...]

    def __str__(self) -> str:
        resumed = f", resumed after position {self.resumed_after:,}" if self.resumed_after else ""
        return (
            f"{self.stored:,} stored events became {self.written:,}{resumed}; "
            f"equal in both stores: {', '.join(self.checked)}"
        )


def copy_and_transform(
    source: EventStore,
    path: Any,
    *,
    verify: Mapping[str, Fold] | None = None,
    batch: int = 10_000,
    note: str | Path | None = None,
    through: Callable[[EventStore], EventStore] = lambda store: store,
) -> CopyReport:
    """Write all events of `source`, as it reads them, to a new store at `path`, or at a URL.

    Open `source` with the upcasters, and let nobody append to it meanwhile. Order, ids, metadata
    and both times are kept; where an event was split, positions and versions count on. A file
    `note`, by default beside the new one, remembers how far it is: if the process dies, call it
    again. A URL has no file beside it, so `note` has to be said. In the end the number of events
    of each stream and type is compared, and the value of each fold in `verify`, such as balances.
    The copy is written `through` what wraps a store, such as one that seals.

    Raises InvalidInput if there is a store at `path` that no copy has begun, and CopyDiffers if
    the stores do not agree; the copy is left there to be looked at.
    """
    check_number("batch", batch, 1)
    if note is None and "://" in str(path):
        raise InvalidInput("note", "must name a file, for there is none beside a URL")
    note = Path(f"{path}.copying" if note is None else note)
    if not note.exists() and _is_there(path):
        raise InvalidInput("path", f"{path} is there already, and no copy has begun it")
    after, batch = _read(note, batch)
    resumed, stored = after, source.position()
    _write(note, after, batch)
    with open_store(path) as new:
        target = through(new)
        with progress(total=stored, initial=after, desc="Copying", unit=" events") as bar:
            for events in source.catch_up(after, batch):
                append_in_parts(target, _table(events), ANY)  # once: the ids are known
                bar.update(events[-1].position - after)
                after = events[-1].position
                _write(note, after, batch)
        checks = {"events by stream and type": _counts, **(verify or {})}
        for name, fold in checks.items():
            before, now = fold(source), fold(target)
            if before != now:
                raise CopyDiffers(str(path), name, before, now)
        written = target.position()
    note.unlink()
    return CopyReport(stored, written, resumed, tuple(checks))


def _is_there(path: Any) -> bool:
    """Whether there is a file, or behind a URL a store."""
    if "://" not in str(path):
        return os.path.exists(path)
    try:
        open_store(path, read_only=True).close()
    except StoreNotFound:
        return False
    return True


def _counts(store: EventStore) -> Counter[tuple[str, str]]:
    """By the functions: there may be no view for SQL."""
    return Counter((event.stream_id, event.type) for batch in store.catch_up() for event in batch)


def _table(events: list[RecordedEvent]) -> pa.Table:
    import pyarrow as pa

    utc = pa.timestamp("us", "UTC")
    columns = {
        "stream_id": [event.stream_id for event in events],
        "type": [event.type for event in events],
        "schema_version": pa.array([event.schema_version for event in events], pa.int32()),
        "data": [canonical_json(event.data) for event in events],
        "metadata": [canonical_json(event.metadata, "metadata") for event in events],
        "event_id": pa.array([event.event_id.bytes for event in events], pa.binary(16)),
        "occurred_at": pa.array([event.occurred_at for event in events], utc),
        "recorded_at": pa.array([event.recorded_at for event in events], utc),
    }
    return pa.table(columns)


def _read(note: Path, batch: int) -> tuple[int, int]:
    """How far the copy is, and its batches: the same ones again are recognised by their ids."""
    if not note.exists():
        return 0, batch
    kept = json.loads(note.read_text(encoding="utf-8"))
    return int(kept["after"]), int(kept["batch"])


def _write(note: Path, after: int, batch: int) -> None:
    """In one piece or not at all, whenever the process dies."""
    new = note.with_name(note.name + ".new")
    new.write_text(json.dumps({"after": after, "batch": batch}), encoding="utf-8")
    os.replace(new, note)
