"""How a build catches up: batch by batch, read model and checkpoint in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ..errors import ProjectionFailed, UnknownEventType
from ..event import RecordedEvent
from .projection import AnyProjection, Model, OnFailure, Projection, SetProjection
from .read_models import Build, File

Parts = Sequence[RecordedEvent]  # of one stored event; more than one where it was split
Moved = Callable[[int], None]  # told how many positions the checkpoint has moved on


@dataclass
class Caught:
    """What one catching up did. `position` is the checkpoint then.

    `failure` names the event at which it stopped, or is None; what is behind it was not handled.
    """

    projection: str
    position: int
    handled: int = 0
    set_aside: int = 0
    failure: ProjectionFailed | None = None


def catch_up(
    file: File, projection: AnyProjection, build: Build, head: int, batch: int, moved: Moved
) -> Caught:
    """Bring a build up to position `head`. What fails is in the answer, not raised."""
    caught = Caught(projection.name, build.checkpoint)
    step = _by_sql if isinstance(projection, SetProjection) else _by_handlers
    while caught.failure is None and caught.position < head:
        before = caught.position
        step(file, projection, build, min(before + batch, head), caught)  # type: ignore[arg-type]
        moved(caught.position - before)
    return caught


# --- a statement for the whole batch -------------------------------------------------------------


def _by_sql(
    file: File, projection: SetProjection, build: Build, to_position: int, caught: Caught
) -> None:
    try:
        with file.transaction(build.schema) as model:
            # Made by the cursor, gone with it. Positions are ints, so nothing can be injected.
            model.execute(
                f"CREATE TEMP VIEW batch AS FROM {file.store.events_table} "
                f"WHERE position > {caught.position} AND position <= {to_position}"
            )
            model.execute(projection.statement)
            [(handled,)] = model.execute("SELECT count(*) FROM batch").fetchall()
            _checkpoint(model, build, to_position)
    except Exception as error:
        caught.failure = ProjectionFailed(
            projection.name, caught.position + 1, "the batch", f"to {to_position}", error
        )
    else:
        caught.handled += handled
        caught.position = to_position


# --- a handler for each event --------------------------------------------------------------------


def _by_handlers(
    file: File, projection: Projection, build: Build, to_position: int, caught: Caught
) -> None:
    events = file.store.read_all(caught.position, to_position - caught.position)
    _handle_all(file, projection, build, by_position(events), caught)


def by_position(events: Iterable[RecordedEvent]) -> list[Parts]:
    """The events as they are stored: what an upcaster has split is handled together."""
    return [list(parts) for _, parts in groupby(events, key=lambda event: event.position)]


def _handle_all(
    file: File,
    projection: Projection,
    build: Build,
    events: Sequence[Parts],
    caught: Caught,
) -> None:
    """Handle these, and around those that fail as the projection has chosen."""
    while events and caught.failure is None:
        failed = _handle(file, projection, build, events, caught)
        if failed is None:
            return
        # The transaction is rolled back, and with it the events before the one that failed.
        number, error = failed
        _handle_all(file, projection, build, events[:number], caught)
        if caught.failure is None:
            still = _again(file, projection, build, events[number], error, caught)
            if still is not None:
                _choose(file, projection, build, events[number][0], still, caught)
        events = events[number + 1 :]


def _handle(
    file: File,
    projection: Projection,
    build: Build,
    events: Sequence[Parts],
    caught: Caught,
) -> tuple[int, Exception] | None:
    """Handle all of these in one transaction, or none; then which failed, and with what."""
    number, handled = 0, 0
    try:
        with file.transaction(build.schema) as model:
            for number, parts in enumerate(events):  # noqa: B007
                done = [handle(projection, model, event) for event in parts]
                handled += any(done)
            _checkpoint(model, build, events[-1][0].position)
    except Exception as error:
        return number, error
    caught.handled += handled
    caught.position = events[-1][0].position
    return None


def handle(projection: Projection, model: Model, event: RecordedEvent) -> bool:
    """Give the event to its handler. False if there is none and the type is passed over."""
    handler = projection.handlers.get(event.type)
    if handler is not None:
        handler(model, event)
        return True
    if projection.passes_over is not None and event.type not in projection.passes_over:
        raise UnknownEventType(event.type, event.position)
    return False


def _again(
    file: File,
    projection: Projection,
    build: Build,
    event: Parts,
    error: Exception,
    caught: Caught,
) -> Exception | None:
    """Try the event by itself as often as the projection says. None once it went through."""
    for _ in range(projection.retries):
        failed = _handle(file, projection, build, [event], caught)
        if failed is None:
            return None
        _, error = failed
    return error


def _choose(
    file: File,
    projection: Projection,
    build: Build,
    event: RecordedEvent,
    error: Exception,
    caught: Caught,
) -> None:
    """Stop at the event, or write it down and go on: as the projection has chosen."""
    if projection.on_failure is OnFailure.STOP:
        caught.failure = ProjectionFailed(
            projection.name, event.position, event.type, event.stream_id, error
        )
        return
    place = [build.projection, build.number, event.position, event.stream_id, event.type]
    problem = f"{type(error).__name__}: {error}"
    with file.transaction() as cursor:
        cursor.execute(
            "INSERT INTO main.set_aside VALUES (?, ?, ?, ?, ?, ?, ?)",
            [*place, projection.on_failure.value, problem],
        )
        _checkpoint(cursor, build, event.position)
    caught.set_aside += 1
    caught.position = event.position


def _checkpoint(model: Model, build: Build, position: int) -> None:
    model.execute(
        "UPDATE main.builds SET checkpoint = ? WHERE projection = ? AND build = ?",
        [position, build.projection, build.number],
    )
