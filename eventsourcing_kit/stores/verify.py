"""Proving a store: every block read, every promise about numbers, times and ids counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import duckdb

from ..bars import progress
from ..errors import EventSourcingError, InvalidInput
from ..event import check_name
from .duckdb import DuckDBStore
from .opening import sql, without_bar

WINDOW = 500_000  # positions read at a time
STREAMS_AT_ONCE = 2_000_000  # events that are sorted by stream at a time
LONG_AGO = "-infinity"


@dataclass(frozen=True)
class Report:
    """What was looked at, and what is wrong: the first fault of each kind, in words."""

    events: int
    streams: int
    faults: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def __str__(self) -> str:
        seen = f"{self.events:,} events in {self.streams:,} streams"
        if self.ok:
            return f"{seen}: every block read, all in order"
        return "\n".join([f"{seen}; {len(self.faults)} faults:", *self.faults])


class Derived(Protocol):
    """What repeats the events, such as read models and snapshots."""

    def faults(self, store: Any) -> list[str]:
        """Where it does not stand on the events of this store, in words."""
        ...


def verify(store: Any, *derived: Derived) -> Report:
    """Read the whole store, and say where it breaks a promise.

    Positions and versions count from 1 without a gap; recorded_at never goes back; an id stands
    once in its stream; names are valid; tags are found; the last event that was acknowledged is
    there. Of read models and snapshots that are handed in: each stands on an event of this store.
    Nothing is changed. Raises InvalidInput for what is no store, and StoreClosed.
    """
    if not isinstance(store, DuckDBStore):
        raise InvalidInput("store", f"must be one in DuckDB, not {store!r}")
    store.check_usable()
    faults: list[str] = []
    events, names = 0, 0
    try:
        with store.database.cursor() as cursor:
            without_bar(cursor)
            head = store.position()
            for check in (_order, _streams, _names, _tags):
                faults += check(cursor, head)
            faults += _acknowledged(cursor, store)
            [(events, names)] = cursor.execute(
                "SELECT count(*), count(DISTINCT stream_id) FROM events"
            ).fetchall()
        for one in derived:
            faults += one.faults(store)
    except duckdb.Error as error:
        faults.append(f"cannot be read: {error}")
    except EventSourcingError as error:
        store.check_usable()  # it may have been closed meanwhile
        faults.append(str(error))
    return Report(events, names, tuple(faults))


def _order(cursor: duckdb.DuckDBPyConnection, head: int) -> Iterator[str]:
    """Every event, in order of position."""
    [(least,)] = cursor.execute("SELECT min(position) FROM events").fetchall()
    if least is not None and least < 1:
        yield f"position {least}: positions count from 1"
    seen: set[str] = set()
    before: datetime | str = LONG_AGO
    with progress(total=head, desc="Verifying", unit=" events") as bar:
        for start in range(0, head, WINDOW):
            bounds = {"after_position": start, "to_position": min(start + WINDOW, head)}
            page = {**bounds, "recorded_before": before}
            [row] = cursor.execute(sql("verify_page"), page).fetchall()
            events, last, recorded_at, gap, bad_version, back_in_time, unreadable, _ = row
            if gap is None and last != bounds["to_position"]:
                gap = last + 1
            for place, problem in (
                (gap, "positions have a gap, or one stands twice"),
                (bad_version, "versions count from 1"),
                (back_in_time, "recorded_at goes back"),
                (unreadable, "the event cannot be read"),
            ):
                if place is not None and problem not in seen:
                    seen.add(problem)
                    yield f"position {place:,}: {problem}"
            before = recorded_at or before
            bar.update(events)


def _streams(cursor: duckdb.DuckDBPyConnection, head: int) -> Iterator[str]:
    """Every stream, its versions and ids."""
    parts = head // STREAMS_AT_ONCE + 1
    for part in range(parts):
        which = {"parts": parts, "part": part, "to_position": head}
        for name, events, least, last, ids, turned in cursor.execute(
            sql("verify_streams"), which
        ).fetchall():
            if turned:
                yield f"stream {name!r}: its versions are not in order of position"
            elif ids != events:
                yield f"stream {name!r}: an event id stands in it twice"
            else:
                yield f"stream {name!r}: {events:,} events have versions {least:,} to {last:,}"
            return


def _names(cursor: duckdb.DuckDBPyConnection, head: int) -> Iterator[str]:
    for field, query in (
        ("stream_id", "SELECT DISTINCT stream_id FROM events ORDER BY 1"),
        ("type", "SELECT DISTINCT type FROM events ORDER BY 1"),
    ):
        for (name,) in cursor.execute(query).fetchall():
            try:
                check_name(field, name)
            except InvalidInput as error:
                yield f"{name!r}: {error}"
                break


def _tags(cursor: duckdb.DuckDBPyConnection, head: int) -> Iterator[str]:
    [(place,)] = cursor.execute(sql("verify_tags"), {"to_position": head}).fetchall()
    if place is not None:
        yield f"position {place:,}: the index of tags does not say what the event says"


def _acknowledged(cursor: duckdb.DuckDBPyConnection, store: DuckDBStore) -> Iterator[str]:
    told = store.database.acknowledged
    if told is None:
        return
    there = cursor.execute(
        "SELECT event_id FROM events WHERE position = ?", [told.position]
    ).fetchall()
    if there != [(told.event_id,)]:
        yield f"position {told.position:,}: another event was acknowledged than stands there"
