"""How a build catches up: batch by batch, read model and checkpoint in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

from .. import telemetry
from ..errors import (
    ProjectionFailed,
    ReadModelsFailed,
    StoreError,
    UnknownSchemaVersion,
    UpcasterError,
)
from .builds import Build, move_checkpoint
from .file import File, Model
from .one_event import EventFailed, Parts, by_position, concerns, handle
from .parked import WAITS, ParkedEvent, listed, note_problem, strike_off, write_down
from .projection import AnyProjection, OnFailure, Projection, SqlProjection

P = TypeVar("P", bound=AnyProjection)
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
    if isinstance(projection, SqlProjection):
        return ByStatement(file, projection, build).catch_up(head, batch, moved)
    return ByHandlers(file, projection, build).catch_up(head, batch, moved)


class CatchUp(Generic[P]):
    """A build on its way to the store's head; `result` says how far it has come."""

    def __init__(self, file: File, projection: P, build: Build) -> None:
        self.file = file
        self.projection = projection
        self.build = build
        codes = {build.code, projection.code}
        changed = None not in codes and len(codes) == 2
        self.result = CatchUpResult(projection.name, build.checkpoint, code_changed=changed)

    def catch_up(self, head: int, batch: int, moved: Moved) -> CatchUpResult:
        """Go on batch by batch, up to `head` or to what fails."""
        while self.result.failure is None and self.result.position < head:
            before = self.result.position
            to_position = min(before + batch, head)
            try:
                with telemetry.processing(self.projection.name):
                    self._step(to_position)
            except ReadModelsFailed as error:
                self._fail(self.result.position + 1, "the batch", f"to {to_position}", error, "")
            moved(self.result.position - before)
        return self.result

    def _step(self, to_position: int) -> None:
        raise NotImplementedError

    def _move(self, model: Model, position: int, event_id: UUID | None) -> None:
        """Move the checkpoint, in the transaction with the tables."""
        move_checkpoint(self.file, model, self.build, self.result.position, position, event_id)

    def _reached(self, position: int, handled: int = 0, parked: int = 0) -> None:
        """Note what a transaction has done, once it is committed."""
        telemetry.consumed(self.projection.name, position - self.result.position, parked)
        self.result.position = position
        self.result.handled += handled
        self.result.parked += parked

    def _fail(
        self, position: int, type_: str, where: str, error: Exception, advice: str | None
    ) -> None:
        """Note where it stops, unless it has stopped before."""
        failure = ProjectionFailed(self.projection.name, position, type_, where, error, advice)
        self.result.failure = self.result.failure or failure


class ByStatement(CatchUp[SqlProjection]):
    """A statement for the whole batch."""

    def _step(self, to_position: int) -> None:
        before = self.result.position

        def work(model: Model) -> tuple[int, int]:
            self.file.make_batch(model, before, to_position)
            model.execute(self.projection.statement)
            # Where somebody may not see all events, as many as were asked for reach further.
            [(reached, handled)] = model.execute(
                "SELECT coalesce(max(position), ?), count(*) FROM batch", [to_position]
            ).fetchall()
            self._move(model, reached, self.file.event_id_at(model, reached))
            return int(reached), int(handled)

        try:
            self._reached(*self.file.change(work, self.build.schema))
        except StoreError:
            raise
        except Exception as error:
            self._fail(before + 1, "the batch", f"to {to_position}", error, TO_STATEMENT)


class ByHandlers(CatchUp[Projection]):
    """A handler for each event."""

    def __init__(self, file: File, projection: Projection, build: Build) -> None:
        super().__init__(file, projection, build)
        waits = OnFailure.DEAD_LETTER.value
        self._stuck = {one.stream_id for one in listed(file, build) if one.choice == waits}

    def _step(self, to_position: int) -> None:
        after = self.result.position
        try:
            events = self.file.store.read_all(after, to_position - after)
        except UNREADABLE as error:
            if to_position > after + 1:  # one of them is bad: come nearer to it
                return self._step(after + (to_position - after) // 2)
            self._fail(to_position, "an event", "that cannot be read", error, TO_UPCASTERS)
        else:
            self._handle_all(by_position(events))

    def _handle_all(self, events: Sequence[Parts]) -> None:
        """Handle these in one transaction, or in several around those that fail."""
        begin, end = 0, len(events)
        failed: EventFailed | None = None  # the one at `end`, when those before it are in
        while begin < len(events) and self.result.failure is None:
            if failed is not None and begin == end:
                self._by_itself(events[begin], failed)
                begin, end, failed = begin + 1, len(events), None
                continue
            found = self._handle(events[begin:end])
            if found is None:
                begin = end
                continue
            failed = found  # and the events before it are rolled back with it
            end = next(i for i in range(begin, end) if failed.event in events[i])

    def _handle(self, events: Sequence[Parts]) -> EventFailed | None:
        """Handle all of these in one transaction, or none; then what failed."""
        last = events[-1][0]
        telemetry.link(parts[0] for parts in events)

        def work(model: Model) -> tuple[int, int]:
            handled = parked = 0
            for parts in events:
                if self._waits(parts):
                    write_down(model, self.build, parts[0], OnFailure.DEAD_LETTER, WAITS)
                    parked += 1
                else:
                    handled += handle(self.projection, model, parts)
            self._move(model, last.position, last.event_id)
            return handled, parked

        try:
            self._reached(last.position, *self.file.change(work, self.build.schema))
        except EventFailed as failed:
            return failed
        return None

    def _waits(self, parts: Parts) -> bool:
        """Whether it is to be handled once an earlier event of its stream has been."""
        return (
            parts[0].stream_id in self._stuck
            and self.projection.on_failure is not OnFailure.DEAD_LETTER_ALONE
            and any(concerns(self.projection, event) for event in parts)
        )

    def _by_itself(self, parts: Parts, failed: EventFailed) -> None:
        """Try the event as often as the projection says; then stop at it, or park it."""
        tries = self.projection.retries
        while tries and not failed.of_the_engine:
            again = self._handle([parts])
            if again is None:
                return
            tries, failed = tries - 1, again
        event, choice = failed.event, self.projection.on_failure
        if choice is OnFailure.STOP or failed.of_the_engine:
            return self._fail_at(failed)

        def work(model: Model) -> None:
            write_down(model, self.build, event, choice, str(failed))
            self._move(model, parts[0].position, parts[0].event_id)

        self.file.change(work)
        self._reached(event.position, parked=1)
        about = {"projection": self.projection.name, "position": event.position}
        problem = type(failed.error).__name__  # its text may have data of the event
        telemetry.log("event set aside", event.metadata, **about, problem=problem)
        if choice is OnFailure.DEAD_LETTER:
            self._stuck.add(event.stream_id)

    def _fail_at(self, failed: EventFailed) -> None:
        event, advice = failed.event, TO_CAUSE if failed.of_the_engine else None
        self._fail(event.position, event.type, event.stream_id, failed.error, advice)

    # --- dead letters ----------------------------------------------------------------------------

    def retry_dead_letters(self) -> CatchUpResult:
        """Handle the dead letters in order; in each stream up to the first that fails again."""
        stuck: set[str] = set()
        for letter in listed(self.file, self.build):
            if letter.choice == OnFailure.SKIP.value or letter.stream_id in stuck:
                continue
            if self._retry(letter):
                self.result.handled += 1
            elif letter.choice == OnFailure.DEAD_LETTER.value:
                stuck.add(letter.stream_id)
        return self.result

    def _retry(self, letter: ParkedEvent) -> bool:
        """Whether it went through."""

        def work(model: Model) -> None:
            events = self.file.store.read_all(letter.position - 1, limit=1)
            handle(self.projection, model, events)
            strike_off(self.file, model, self.build, letter)

        place = (letter.position, letter.type, letter.stream_id)
        try:
            self.file.change(work, self.build.schema)
        except EventFailed as failed:
            if not failed.of_the_engine:
                note_problem(self.file, self.build, letter, str(failed))
            self._fail_at(failed)
        except ReadModelsFailed as error:
            self._fail(*place, error, "")
        except UNREADABLE as error:
            self._fail(*place, error, TO_UPCASTERS)
        else:
            return True
        return False
