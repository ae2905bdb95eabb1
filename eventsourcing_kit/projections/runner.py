"""The read models of a store: catching up, waiting, rebuilding beside the live one, effects."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..bars import progress
from ..errors import InvalidInput, ProjectionFailed, ProjectionOutdated, ProjectionTimeout
from ..event import Clock, utc_now
from ..stores.opening import MEMORY
from ..stores.protocol import check_number
from .catching_up import Caught, by_position, catch_up, handle
from .projection import AnyProjection, Projection, SetProjection, check_projection
from .read_models import Build, File, builds, drop_build, live_build, make_build, make_live

if TYPE_CHECKING:
    import pandas as pd

    from ..stores.duckdb import DuckDBStore

BATCH = 1_000  # events a transaction for handlers,
SET_BATCH = 500_000  # and for SQL, which gets faster with more


@dataclass(frozen=True)
class Lag:
    """How far a read model is behind: in positions, and in seconds.

    The seconds are the age of the oldest event that is not in it yet, by its recorded_at; 0 where
    there is none.
    """

    positions: int
    seconds: float


@dataclass(frozen=True)
class SetAside:
    """An event that a projection went on without, by its choice ("skip" or "dead letter")."""

    position: int
    stream_id: str
    type: str
    choice: str
    problem: str


class ReadModels:
    """The read models of one store, in a DuckDB file of their own, or ":memory:".

    For any number of threads. Close it before the store. Raises StoreLocked if another process
    has the file, and ReadModelsDamaged if it is no such file: delete it then, and build again.
    """

    def __init__(self, store: DuckDBStore, path: Any = MEMORY, *, clock: Clock = utc_now) -> None:
        self.store = store
        self.clock = clock
        self._file = File(store, str(path))
        self._locks: dict[str, threading.RLock] = defaultdict(threading.RLock)

    def __repr__(self) -> str:
        return f"ReadModels({self._file.path!r})"

    def __enter__(self) -> ReadModels:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file. A second time does nothing; other calls then raise StoreClosed."""
        self._file.close()

    def sql(self, query: str, parameters: Any = None) -> pd.DataFrame:
        """What readers do: ask the live read models, each a schema ("FROM balances.accounts")."""
        return self._file.sql(query, parameters)

    # --- catching up -----------------------------------------------------------------------------

    def catch_up(self, *projections: AnyProjection, batch: int | None = None) -> dict[str, Caught]:
        """Bring each of these up to the store's head; the answers by name.

        Read model and checkpoint move in one transaction a batch. One that fails stops alone, and
        its answer says at which event; the others go on. Raises ProjectionOutdated if the read
        model was made by another version of the projection, and InvalidInput.
        """
        for projection in projections:
            check_projection(projection)
        if batch is not None:
            check_number("batch", batch, 1)
        return {each.name: self._catch_up(each, batch) for each in projections}

    def _catch_up(self, projection: AnyProjection, batch: int | None) -> Caught:
        with self._locks[projection.name]:
            build = self._live(projection)
            self._run_effects(projection, build.checkpoint)  # those that a crash has left over
            caught = self._build_up(projection, build, batch, self.store.position())
            self._run_effects(projection, caught.position)
            return caught

    def _build_up(
        self, projection: AnyProjection, build: Build, batch: int | None, head: int
    ) -> Caught:
        size = batch or (SET_BATCH if isinstance(projection, SetProjection) else BATCH)
        left = head - build.checkpoint
        with progress(total=left, desc=f"Projecting {build.schema}", unit=" events") as bar:
            return catch_up(self._file, projection, build, head, size, bar.update)

    def _live(self, projection: AnyProjection) -> Build:
        build = live_build(self._file, projection.name)
        if build is None:
            return make_build(self._file, projection, live=True)
        if build.version != projection.version:
            raise ProjectionOutdated(projection.name, build.version, projection.version)
        return build

    @contextmanager
    def following(self, *projections: AnyProjection, every: float = 0.02) -> Iterator[None]:
        """Catch up again and again in a thread of its own, with `every` seconds between."""
        ended = threading.Event()

        def follow() -> None:
            while not ended.is_set():
                self.catch_up(*projections)
                ended.wait(every)

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    # --- how far it is ---------------------------------------------------------------------------

    def checkpoint(self, projection: AnyProjection) -> int:
        """The position of the last event in the live read model; 0 where there is none."""
        build = live_build(self._file, check_projection(projection).name)
        return 0 if build is None else build.checkpoint

    def lag(self, projection: AnyProjection) -> Lag:
        """How far the live read model is behind the store."""
        position = self.checkpoint(projection)
        waiting = self.store.read_all(position, limit=1)
        if not waiting:
            return Lag(0, 0.0)
        age = self.clock() - waiting[0].recorded_at
        return Lag(self.store.position() - position, max(age.total_seconds(), 0.0))

    def wait_until(self, projection: AnyProjection, position: int, timeout: float = 5.0) -> None:
        """Return once the live read model has reached `position`: to read what one has written.

        Raises ProjectionTimeout after `timeout` seconds.
        """
        check_number("position", position, 0)
        until = time.monotonic() + timeout
        while (reached := self.checkpoint(projection)) < position:
            if time.monotonic() > until:
                raise ProjectionTimeout(projection.name, reached, position, timeout)
            time.sleep(0.005)

    # --- rebuilding ------------------------------------------------------------------------------

    def rebuild(self, projection: AnyProjection, *, batch: int | None = None) -> Caught:
        """Build it again from the first event, beside the live one, and swap.

        Readers see the live one all the while, and after the swap never less than before it.
        Effects are not run. A rebuild that was killed goes on where it was. If an event fails,
        nothing is swapped, and ProjectionFailed is raised; mend the handler and call it again.
        """
        check_projection(projection)
        if batch is not None:
            check_number("batch", batch, 1)
        build = self._beside(projection)
        caught = self._build_up(projection, build, batch, self.store.position())
        with self._locks[projection.name]:  # the live one stands still, so it cannot get ahead
            if caught.failure is None:
                build = self._again(build)
                last = self._build_up(projection, build, batch, self.store.position())
                caught.handled += last.handled
                caught.set_aside += last.set_aside
                caught.position, caught.failure = last.position, last.failure
            if caught.failure is not None:
                raise caught.failure
            make_live(self._file, build)
        for old in builds(self._file, projection.name):
            if not old.live:
                drop_build(self._file, old)
        return caught

    def _beside(self, projection: AnyProjection) -> Build:
        """The build that a killed rebuild has left, if this code made it, or a new one."""
        found = None
        for build in builds(self._file, projection.name):
            if build.live:
                continue
            if build.version == projection.version and found is None:
                found = build
            else:
                drop_build(self._file, build)
        return found or make_build(self._file, projection, live=False)

    def _again(self, build: Build) -> Build:
        """The same build, as it is by now."""
        [now] = [one for one in builds(self._file, build.projection) if one.number == build.number]
        return now

    # --- what was set aside ----------------------------------------------------------------------

    def set_aside(self, projection: AnyProjection) -> list[SetAside]:
        """The events that the live read model goes on without, in order of position."""
        build = live_build(self._file, check_projection(projection).name)
        if build is None:
            return []
        with self._file.cursor() as cursor:
            rows = cursor.execute(
                "SELECT position, stream_id, type, choice, problem FROM set_aside "
                "WHERE projection = ? AND build = ? ORDER BY position",
                [build.projection, build.number],
            ).fetchall()
        return [SetAside(*row) for row in rows]

    def retry_dead_letters(self, projection: Projection) -> Caught:
        """Handle the dead letters now, out of their order; those that go through are struck off.

        It stops at the first that fails again: see the answer's `failure`. That an event can be
        handled late is a property of the handler, and yours to know.
        """
        if not isinstance(projection, Projection):
            raise InvalidInput("projection", "has no dead letters: it is one statement")
        with self._locks[projection.name]:
            build = self._live(projection)
            caught = Caught(projection.name, build.checkpoint)
            letters = [one for one in self.set_aside(projection) if one.choice == "dead letter"]
            for letter in letters:
                try:
                    with self._file.transaction(build.schema) as model:
                        for event in self.store.read_all(letter.position - 1, limit=1):
                            handle(projection, model, event)
                        model.execute(
                            "DELETE FROM main.set_aside "
                            "WHERE projection = ? AND build = ? AND position = ?",
                            [build.projection, build.number, letter.position],
                        )
                except Exception as error:
                    caught.failure = ProjectionFailed(
                        projection.name, letter.position, letter.type, letter.stream_id, error
                    )
                    break
                caught.handled += 1
            return caught

    # --- effects ---------------------------------------------------------------------------------

    def _run_effects(self, projection: AnyProjection, to_position: int) -> None:
        """Run the effects of committed events, once each unless the process dies in between."""
        if not isinstance(projection, Projection) or not projection.effects:
            return
        done = self._effects_done(projection)
        for events in self.store.catch_up(done, BATCH):
            for parts in by_position(events):
                if parts[0].position > to_position:
                    return
                wanted = [event for event in parts if event.type in projection.effects]
                for event in wanted:
                    projection.effects[event.type](event)
                if wanted:
                    self._note_effects(projection, parts[0].position)
            self._note_effects(projection, events[-1].position)

    def _effects_done(self, projection: Projection) -> int:
        with self._file.cursor() as cursor:
            rows = cursor.execute(
                "SELECT done FROM effects WHERE projection = ?", [projection.name]
            ).fetchall()
        return max([done for (done,) in rows], default=projection.effects_after)

    def _note_effects(self, projection: Projection, position: int) -> None:
        with self._file.transaction() as cursor:
            cursor.execute("DELETE FROM effects WHERE projection = ?", [projection.name])
            cursor.execute("INSERT INTO effects VALUES (?, ?)", [projection.name, position])
