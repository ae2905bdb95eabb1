"""How a build catches up: batch by batch, read model and checkpoint in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..errors import (
    ProjectionFailed,
    ReadModelsFailed,
    StoreError,
    UnknownSchemaVersion,
    UpcasterError,
)
from ..event import RecordedEvent
from .builds import Build, move_checkpoint
from .file import File, Model
from .handling import EventFailed, Parts, by_position, concerns, handle
from .parked import (
    WAITS,
    ParkedEvent,
    listed,
    note_problem,
    strike_off,
    waiting_streams,
    write_down,
)
from .projection import AnyProjection, OnFailure, Projection, SqlProjection

Moved = Callable[[int], None]  # told how many positions the checkpoint has moved on

UNREADABLE = (UpcasterError, UnknownSchemaVersion)
TO_STATEMENT = "Mend the statement and try again."
TO_CAUSE = "The event is not to blame, and is not set aside. See to the cause, then try again."
TO_UPCASTERS = "Mend the upcasters or update the code, then try again."


@dataclass
class CatchUpResult:
    """What one catching up did. `position` is the checkpoint then.

    `failure` names the event at which the read model stopped; what is behind it was not handled.
    Where it has not stopped and an effect has, it is the same as `effect_failure`, which names the
    event at which the effects stand. Both are None if all went well. `code_changed` says that
    other code than the projection's began this read model, under the same version: see to it that
    it is right for the events before as well, or rebuild.
    """

    projection: str
    position: int
    handled: int = 0
    parked: int = 0
    failure: ProjectionFailed | None = None
    effect_failure: ProjectionFailed | None = field(default=None, repr=False)
    code_changed: bool = False


def catch_up(
    file: File, projection: AnyProjection, build: Build, head: int, batch: int, moved: Moved
) -> CatchUpResult:
    """Bring a build up to position `head`. What fails is in the answer, not raised."""
    caught = CatchUpResult(projection.name, build.checkpoint)
    caught.code_changed = (
        None not in (build.code, projection.code) and build.code != projection.code
    )
    if isinstance(projection, SqlProjection):
        step = _Statement(file, projection, build, caught).step
    else:
        waiting = waiting_streams(file, build)
        step = _Handlers(file, projection, build, caught, waiting).step
    while caught.failure is None and caught.position < head:
        before = caught.position
        to_position = min(before + batch, head)
        try:
            step(to_position)
        except ReadModelsFailed as error:
            place = (caught.position + 1, "the batch", f"to {to_position}")
            caught.failure = ProjectionFailed(projection.name, *place, error, "")
        moved(caught.position - before)
    return caught


# --- a statement for the whole batch -------------------------------------------------------------


@dataclass
class _Statement:
    file: File
    projection: SqlProjection
    build: Build
    caught: CatchUpResult

    def step(self, to_position: int) -> None:
        before = self.caught.position

        def work(model: Model) -> int:
            self.file.make_batch(model, before, to_position)
            model.execute(self.projection.statement)
            [(handled,)] = model.execute("SELECT count(*) FROM batch").fetchall()
            event_id = self.file.event_id_at(model, to_position)
            move_checkpoint(self.file, model, self.build, before, to_position, event_id)
            return int(handled)

        try:
            self.caught.handled += self.file.change(work, self.build.schema)
        except StoreError:
            raise
        except Exception as error:
            place = (before + 1, "the batch", f"to {to_position}")
            self.caught.failure = ProjectionFailed(
                self.projection.name, *place, error, TO_STATEMENT
            )
        else:
            self.caught.position = to_position


# --- a handler for each event --------------------------------------------------------------------


@dataclass
class _Handlers:
    file: File
    projection: Projection
    build: Build
    caught: CatchUpResult
    waiting: set[str]  # streams that have a dead letter

    def step(self, to_position: int) -> None:
        after = self.caught.position
        try:
            events = self.file.store.read_all(after, to_position - after)
        except UNREADABLE as error:
            if to_position > after + 1:  # one of them is bad: come nearer to it
                return self.step(after + (to_position - after) // 2)
            place = (to_position, "an event", "that cannot be read")
            self.caught.failure = ProjectionFailed(
                self.projection.name, *place, error, TO_UPCASTERS
            )
        else:
            self._handle_all(by_position(events))

    def _handle_all(self, events: Sequence[Parts]) -> None:
        """Handle these, and around those that fail as the projection has chosen."""
        while events and self.caught.failure is None:
            number, failed = self._handle(events)
            if failed is None:
                return
            # The transaction is rolled back, and with it the events before the one that failed.
            self._handle_all(events[:number])
            if self.caught.failure is None:
                self._by_itself(events[number], failed)
            events = events[number + 1 :]

    def _handle(self, events: Sequence[Parts]) -> tuple[int, EventFailed | None]:
        """Handle all of these in one transaction, or none; then which failed, and with what."""
        number, last = 0, events[-1][0]

        def work(model: Model) -> tuple[int, int]:
            nonlocal number
            handled = aside = 0
            for number, parts in enumerate(events):  # noqa: B007
                if self._waits(parts):
                    write_down(model, self.build, parts[0], OnFailure.DEAD_LETTER, WAITS)
                    aside += 1
                else:
                    handled += handle(self.projection, model, parts)
            self._move(model, last)
            return handled, aside

        try:
            handled, aside = self.file.change(work, self.build.schema)
        except EventFailed as failed:
            return number, failed
        self.caught.handled += handled
        self.caught.parked += aside
        self.caught.position = last.position
        return number, None

    def _move(self, model: Model, to: RecordedEvent) -> None:
        before = self.caught.position
        move_checkpoint(self.file, model, self.build, before, to.position, to.event_id)

    def _waits(self, parts: Parts) -> bool:
        """Whether it is to be handled once an earlier event of its stream has been."""
        return (
            parts[0].stream_id in self.waiting
            and self.projection.on_failure is not OnFailure.DEAD_LETTER_ALONE
            and any(concerns(self.projection, event) for event in parts)
        )

    def _by_itself(self, parts: Parts, failed: EventFailed) -> None:
        """Try the event as often as the projection says; then stop at it, or set it aside."""
        tries = self.projection.retries
        while tries and not failed.of_the_engine:
            _, again = self._handle([parts])
            if again is None:
                return
            tries, failed = tries - 1, again
        choice = self.projection.on_failure
        if choice is OnFailure.STOP or failed.of_the_engine:
            self.caught.failure = _failure(self.projection, failed)
            return

        def work(model: Model) -> None:
            write_down(model, self.build, failed.event, choice, str(failed))
            self._move(model, parts[0])

        self.file.change(work)
        self.caught.parked += 1
        self.caught.position = parts[0].position
        if choice is OnFailure.DEAD_LETTER:
            self.waiting.add(failed.event.stream_id)


def _failure(projection: Projection, failed: EventFailed) -> ProjectionFailed:
    event, advice = failed.event, TO_CAUSE if failed.of_the_engine else None
    place = (event.position, event.type, event.stream_id)
    return ProjectionFailed(projection.name, *place, failed.error, advice)


# --- dead letters --------------------------------------------------------------------------------


def retry_dead_letters(file: File, projection: Projection, build: Build) -> CatchUpResult:
    """Handle the dead letters in order; in each stream up to the first that fails again."""
    caught = CatchUpResult(projection.name, build.checkpoint)
    stuck: set[str] = set()
    for letter in listed(file, build):
        if letter.choice == OnFailure.SKIP.value or letter.stream_id in stuck:
            continue
        failure = _retry(file, projection, build, letter)
        if failure is None:
            caught.handled += 1
            continue
        caught.failure = caught.failure or failure
        if letter.choice == OnFailure.DEAD_LETTER.value:
            stuck.add(letter.stream_id)
    return caught


def _retry(
    file: File, projection: Projection, build: Build, letter: ParkedEvent
) -> ProjectionFailed | None:
    def work(model: Model) -> None:
        handle(projection, model, file.store.read_all(letter.position - 1, limit=1))
        strike_off(file, model, build, letter)

    place = (letter.position, letter.type, letter.stream_id)
    try:
        file.change(work, build.schema)
    except EventFailed as failed:
        if not failed.of_the_engine:
            note_problem(file, build, letter, str(failed))
        return _failure(projection, failed)
    except ReadModelsFailed as error:
        return ProjectionFailed(projection.name, *place, error, "")
    except UNREADABLE as error:
        return ProjectionFailed(projection.name, *place, error, TO_UPCASTERS)
    return None
