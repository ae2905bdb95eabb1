"""Effects: what the world outside is to notice of events, once the read model has them."""

from __future__ import annotations

from .. import telemetry
from ..errors import EffectFailed
from ..event import RecordedEvent
from .builds import check_history
from .file import File, raise_if_interrupted
from .one_event import by_position
from .projection import AnyProjection, Projection

BATCH = 1_000  # events read at a time


def run_effects(file: File, projection: AnyProjection, to_position: int) -> EffectFailed | None:
    """Run the effects of the events up to `to_position`, in order; then the one that failed.

    The mark of how far they are moves behind each: one is run again only if it failed, or if the
    process died before that.
    """
    if not isinstance(projection, Projection) or not projection.effects:
        return None
    done = _done(file, projection)
    while done < to_position:
        events = file.store.read_all(done, min(BATCH, to_position - done))
        for parts in by_position(events):
            if parts[0].position > to_position:  # positions may have gaps
                return None
            wanted = [event for event in parts if event.type in projection.effects]
            for event in wanted:
                try:
                    with telemetry.processing(f"{projection.name} effect", [event]):
                        projection.effects[event.type](event)
                except Exception as error:
                    raise_if_interrupted(error)
                    place = (event.position, event.type, event.stream_id)
                    return EffectFailed(projection.name, *place, error)
            done = parts[0].position
            if wanted or done == events[-1].position:
                _note(file, projection, parts[0])
    return None


def _done(file: File, projection: Projection) -> int:
    """Up to where they have been run. Raises OtherHistory if the store is not the same."""
    with file.cursor() as cursor:
        rows = cursor.execute(
            "SELECT done, event_id FROM effects WHERE projection = ?", [projection.name]
        ).fetchall()
    for done, event_id in rows:
        check_history(file, projection.name, done, event_id)
        return int(done)
    return projection.effects_after


def _note(file: File, projection: Projection, event: RecordedEvent) -> None:
    """Move the mark behind an event, as it is stored."""
    file.change(
        lambda model: model.execute(
            "INSERT INTO effects VALUES (?, ?, ?) "
            "ON CONFLICT DO UPDATE SET done = excluded.done, event_id = excluded.event_id",
            [projection.name, event.position, event.event_id],
        )
    )
