"""The read models of a store: catching up, following, waiting, rebuilding beside the live one."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from .. import telemetry
from ..bars import progress
from ..errors import InvalidInput, ProjectionOutdated, ProjectionTimeout
from ..event import Clock, check_number, utc_now
from ..stores.opening import MEMORY
from .builds import (
    Build,
    builds,
    check_history,
    drop_builds,
    faults,
    is_of_store,
    live_build,
    make_build,
    make_live,
)
from .catching_up import ByHandlers, CatchUpResult, catch_up
from .effects import run_effects
from .file import File
from .parked import ParkedEvent, listed
from .projection import AnyProjection, Projection, SqlProjection, check_projection

if TYPE_CHECKING:
    import pandas as pd

    from ..stores import EventStore

BATCH = 1_000  # events a transaction for handlers,
SQL_BATCH = 500_000  # and for SQL, which gets faster with more
LONGEST_PAUSE = 2.0  # seconds until a follower tries again what has failed

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Lag:
    """How far a read model is behind: in positions, and in seconds.

    The seconds are the age of the oldest event that is not in it yet, by its recorded_at; 0 where
    there is none.
    """

    positions: int
    seconds: float


class ReadModels:
    """The read models of a store, of any engine, in a DuckDB file of their own, or ":memory:".

    For any number of threads. Several ReadModels of one store and file share it: a projection is
    caught up by one of them at a time, and rebuilt by one at a time. Close them before the store.

    Raises StoreLocked if another process has the file, ReadModelsHeld if this one has it for
    another store, ReadModelsUnusable if there is, or can be, no such file, ReadModelsDamaged if it
    cannot be read, and StoreTooNew. All methods raise ReadModelsClosed after close, and
    ReadModelsFailed if the engine cannot write.
    """

    def __init__(self, store: EventStore, path: Any = MEMORY, *, clock: Clock = utc_now) -> None:
        self.store = store
        self.clock = clock
        self._file = File(store, path)

    def __repr__(self) -> str:
        return f"ReadModels({self._file.path!r})"

    def __enter__(self) -> ReadModels:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. A second time does nothing."""
        self._file.close()

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        """What readers do: ask the live read models, each a schema ("FROM balances.accounts").

        Raises InvalidInput unless it is one statement that only reads.
        """
        return self._file.sql(query, parameters)

    # --- catching up -----------------------------------------------------------------------------

    def catch_up(
        self, *projections: AnyProjection, batch: int | None = None
    ) -> dict[str, CatchUpResult]:
        """Bring each of these up to the store's head, then run its effects; the answers by name.

        Read model and checkpoint move in one transaction a batch. One that fails stops alone, and
        its answer says at which event; the others go on. So with an effect that fails: it is run
        again by the next call, from its event on.

        Raises InvalidInput, ProjectionOutdated if the read model was made by another version of
        the projection, and OtherHistory if it follows events that the store does not have.
        """
        _check(projections, batch)
        return {each.name: self._catch_up(each, batch) for each in projections}

    def _catch_up(self, projection: AnyProjection, batch: int | None = None) -> CatchUpResult:
        standing = self._file.standing(projection.name)
        try:
            with standing.live:
                caught = self._build_up(projection, self._live(projection), batch)
        except Exception as error:
            standing.reason = _named(error)
            raise
        standing.reason = _named(caught.failure)
        with standing.effects:
            if not standing.in_effect:  # else an effect has called this, and is still at work
                standing.in_effect = True
                try:
                    caught.effect_failure = run_effects(self._file, projection, caught.position)
                finally:
                    standing.in_effect = False
        caught.failure = caught.failure or caught.effect_failure
        return caught

    def _build_up(
        self, projection: AnyProjection, build: Build, batch: int | None
    ) -> CatchUpResult:
        head = self.store.position()
        size = batch or (SQL_BATCH if isinstance(projection, SqlProjection) else BATCH)
        left = head - build.checkpoint
        with progress(total=left, desc=f"Projecting {build.schema}", unit=" events") as bar:
            return catch_up(self._file, projection, build, head, size, bar.update)

    def _live(self, projection: AnyProjection) -> Build:
        """The live build, or a new one; to be called by who holds the lock."""
        build = live_build(self._file, projection.name)
        if build is None:
            return make_build(self._file, projection, live=True)
        if build.version != projection.version:
            raise ProjectionOutdated(projection.name, build.version, projection.version)
        check_history(self._file, projection.name, build.checkpoint, build.event_id)
        return build

    @contextmanager
    def following(self, *projections: AnyProjection, every: float = 0.02) -> Iterator[None]:
        """Catch up again and again, each projection in a thread of its own, every so many seconds.

        A failure is logged, and tried again with pauses that grow to two seconds; wait_until names
        it. What is no Exception, such as SystemExit, ends that thread and is raised at the end.
        """
        _check(projections, None)
        _check_seconds("every", every)
        if every == 0:
            raise InvalidInput("every", "must be more than 0 seconds")
        ended = threading.Event()
        fatal: list[BaseException] = []

        def follow(projection: AnyProjection) -> None:
            try:
                self._follow(projection, every, ended)
            except BaseException as error:
                _log.exception("Nobody follows for %r any more", projection.name)
                self._file.standing(projection.name).reason = _named(error)
                fatal.append(error)

        threads = [threading.Thread(target=follow, args=[one], daemon=True) for one in projections]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            for thread in threads:
                thread.join()
        if fatal:
            raise fatal[0]

    def _follow(self, projection: AnyProjection, every: float, ended: threading.Event) -> None:
        pause, told = every, ""
        while not ended.is_set():
            try:
                problem = _named(self._catch_up(projection).failure)
            except Exception as error:
                problem = _named(error)
            pause = min(2 * pause, max(every, LONGEST_PAUSE)) if problem else every
            if problem and problem != told:  # once, and not with every attempt
                _log.warning("%s", problem)
            told = problem
            ended.wait(pause)

    # --- how far it is ---------------------------------------------------------------------------

    def checkpoint(self, projection: AnyProjection) -> int:
        """The position of the last event in the live read model; 0 where there is none."""
        build = live_build(self._file, check_projection(projection).name)
        return 0 if build is None else build.checkpoint

    def lag(self, projection: AnyProjection) -> Lag:
        """How far the live read model is behind the store. Raises OtherHistory as catch_up does."""
        position = self._checked(projection)
        waiting = self.store.read_all(position, limit=1)
        if not waiting:
            return Lag(0, 0.0)
        age = self.clock() - waiting[0].recorded_at
        return Lag(self.store.position() - position, max(age.total_seconds(), 0.0))

    def _checked(self, projection: AnyProjection) -> int:
        """The checkpoint, if the store has the event that is there."""
        build = live_build(self._file, check_projection(projection).name)
        if build is None:
            return 0
        check_history(self._file, build.projection, build.checkpoint, build.event_id)
        return build.checkpoint

    def wait_until(self, projection: AnyProjection, position: int, timeout: float = 5.0) -> None:
        """Return once the live read model has reached `position`: to read what one has written.

        An event that was set aside counts as reached. Raises ProjectionTimeout after `timeout`
        seconds, naming what the projection stands at, and OtherHistory.
        """
        check_number("position", position, 0)
        _check_seconds("timeout", timeout)
        until = time.monotonic() + timeout
        while (reached := self._checked(projection)) < position:
            if time.monotonic() > until:
                reason = self._file.standing(projection.name).reason
                raise ProjectionTimeout(projection.name, reached, position, timeout, reason)
            time.sleep(0.005)

    # --- rebuilding ------------------------------------------------------------------------------

    def rebuild(self, projection: AnyProjection, *, batch: int | None = None) -> CatchUpResult:
        """Build it again from the first event, beside the live one, and swap.

        Readers see the live one all the while, and after the swap never less than before it.
        Effects are not run. A second rebuild of the same projection waits for the first.

        If an event fails, nothing is swapped, ProjectionFailed is raised, and the next rebuild
        begins at the first event. Only one whose process was killed goes on where it was, and only
        with the same version, tables, handlers (by their source, as Projection.code says, which
        does not see what they use) and on_failure. Raise `version` where that is not enough.
        """
        _check([projection], batch)
        standing = self._file.standing(projection.name)
        with standing.building, telemetry.silent():
            build = self._beside(projection)
            try:
                caught = self._build_up(projection, build, batch)
                with standing.live:  # the live one stands still, so it cannot get ahead
                    if caught.failure is None:
                        now = replace(build, checkpoint=caught.position)
                        last = self._build_up(projection, now, batch)
                        caught.handled += last.handled
                        caught.parked += last.parked
                        caught.position, caught.failure = last.position, last.failure
                    if caught.failure is not None:
                        raise caught.failure
                    make_live(self._file, build)
                    standing.reason = ""
            except BaseException:
                with suppress(Exception):  # if it cannot be dropped, then by the next one
                    drop_builds(self._file, projection.name)
                raise
        return caught

    def _beside(self, projection: AnyProjection) -> Build:
        """The build that a killed rebuild has left, if it is the same still, or a new one."""
        found = builds(self._file, projection.name)
        left = next((build for build in found if self._goes_on(build, projection)), None)
        drop_builds(self._file, projection.name, but=left)
        with self._file.standing(projection.name).live:  # or two would take the same number
            return left or make_build(self._file, projection, live=False)

    def _goes_on(self, build: Build, projection: AnyProjection) -> bool:
        """Whether a rebuild of this projection may go on with that build."""
        if build.live or build.code is None:
            return False
        if (build.version, build.code) != (projection.version, projection.code):
            return False
        choices = {one.choice for one in listed(self._file, build)}
        if isinstance(projection, Projection) and choices - {projection.on_failure.value}:
            return False
        return is_of_store(self._file, build.checkpoint, build.event_id)

    def faults(self, store: Any = None) -> list[str]:
        """For es.verify: the read models that stand on another history than their store's."""
        if store not in (None, self.store):
            raise InvalidInput("derived", "are read models of another store")
        return faults(self._file)

    # --- what was set aside ----------------------------------------------------------------------

    def parked(self, projection: AnyProjection) -> list[ParkedEvent]:
        """The events that the live read model goes on without, in order of position."""
        build = live_build(self._file, check_projection(projection).name)
        return [] if build is None else listed(self._file, build)

    def retry_dead_letters(self, projection: Projection) -> CatchUpResult:
        """Handle the dead letters now; those that go through are struck off.

        In each stream in order, up to the first that fails again, and the others of the stream
        wait; other streams go on, and `failure` in the answer is the first of them all. After that
        the read model is the same as a rebuilt one, where what is made of one stream does not
        depend on the others. Dead letters that later events have passed (DEAD_LETTER_ALONE) are
        handled out of their order: that this does no harm is yours to know. Raises as catch_up.
        """
        if not isinstance(projection, Projection):
            raise InvalidInput("projection", "has no dead letters: it is no Projection of handlers")
        with self._file.standing(projection.name).live:
            build = self._live(projection)
            return ByHandlers(self._file, projection, build).retry_dead_letters()


def _check(projections: Sequence[AnyProjection], batch: int | None) -> None:
    names = [check_projection(projection).name for projection in projections]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput("projections", f"has two of the name {name!r}")
    if batch is not None:
        check_number("batch", batch, 1)


def _named(error: BaseException | None) -> str:
    return "" if error is None else f"{type(error).__name__}: {error}"


def _check_seconds(field: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise InvalidInput(field, f"must be a number of seconds from 0, not {value!r}")
