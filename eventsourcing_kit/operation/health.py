"""Is it well? Named checks, each with a verdict, a number, its limit, and what to do."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape
from typing import TYPE_CHECKING, Any, Final

from .. import telemetry
from ..errors import EventSourcingError, OtherHistory, StoreError, StoreFull, StoreReadOnly
from ..event import Clock, utc_now
from ..stores import ANY, EventStore, open_store
from ..stores.opening import because
from .signals import sizes

if TYPE_CHECKING:
    from ..projections import Projection, ReadModels, SqlProjection

OK, FAILING, UNKNOWN = "ok", "failing", "unknown"
MARKS: Final = {OK: "✓", FAILING: "✗", UNKNOWN: "?"}
PROBE: Final = b"\0" * 262_144  # bytes by which the log must be able to grow


@dataclass(frozen=True)
class Limits:
    """How much is too much. All are guesses to begin with: set them by what your readers notice."""

    lag_seconds: float = 60.0
    parked: int = 0
    wal_bytes: int = 256 * 2**20  # read again whenever the store is opened
    unverified_seconds: float = 86_400.0


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `number` is None where there is none to be had."""

    name: str
    verdict: str
    number: float | None
    limit: float | None
    unit: str
    problem: str = ""
    to_do: str = ""
    runbook: str = ""


@dataclass(frozen=True)
class Health:
    """The checks in order. `verdict` is "ok" if all are; else "failing"."""

    checks: tuple[Check, ...]

    @property
    def verdict(self) -> str:
        return OK if all(check.verdict == OK for check in self.checks) else FAILING

    def __getitem__(self, name: str) -> Check:
        return next(check for check in self.checks if check.name == name)

    def json(self) -> str:
        """For a probe: one object with the verdict and the checks."""
        checks = [asdict(check) for check in self.checks]
        return json.dumps({"verdict": self.verdict, "checks": checks}, ensure_ascii=False)

    def __repr__(self) -> str:
        lines = [f"{MARKS[one.verdict]} {one.name}: {one.problem or 'ok'}" for one in self.checks]
        return "\n".join([f"Health: {self.verdict}", *lines])

    def _repr_html_(self) -> str:
        names = ("", "check", "number", "limit", "what to do", "runbook")
        head = "".join(f"<th scope='col'>{name}</th>" for name in names)
        return (
            f"<table><caption>Health: {self.verdict}</caption><thead><tr>{head}</tr></thead>"
            f"<tbody>{''.join(map(_row, self.checks))}</tbody></table>"
        )


def health(
    store: EventStore | str,
    models: ReadModels | None = None,
    projections: Sequence[Projection | SqlProjection] = (),
    *,
    verified_at: Callable[[], datetime | None] | None = None,
    limits: Limits | None = None,
    clock: Clock = utc_now,
) -> Health:
    """Look at a store, at its read models, and at the last proof that nothing was changed.

    `store` is an open one, or what open_store takes: then it is opened to be looked at, and closed.
    Nothing is appended; a file of 256 KB is written beside the store's, and removed. What fails is
    in the answer and is not raised.
    """
    limits = limits or Limits()
    checks: list[Check] = []
    with telemetry.silent(), ExitStack() as stack:
        opened = store
        if isinstance(store, str):
            with _judging(checks, "store opens", "store_down"):
                opened = stack.enter_context(open_store(store, read_only=True))
        if not isinstance(opened, str):
            checks += _of_store(opened, limits, opened is store)
        for projection in projections if models is not None else ():
            assert models is not None
            checks += _of_model(models, projection, limits)
    if verified_at is not None:
        at = verified_at()
        age = None if at is None else (clock() - at).total_seconds()
        to_do = "Verify the newest checkpoint with its witness."
        limit = limits.unverified_seconds
        checks.append(_measured("last verified checkpoint", age, limit, "s", to_do, "store_down"))
    return Health(tuple(checks))


@contextmanager
def _judging(checks: list[Check], name: str, runbook: str) -> Iterator[None]:
    """A check that holds unless the kit raises an error in here, whose advice is what to do."""
    try:
        yield
    except EventSourcingError as error:
        problem, advice = str(error), getattr(error, "advice", "") or str(error)
        if isinstance(error, StoreError):
            problem = f"{type(error).__name__}: {error.problem}"
        if isinstance(error, StoreFull):
            runbook = "store_full"
        checks.append(Check(name, FAILING, None, None, "", problem, advice, runbook))
    else:
        checks.append(Check(name, OK, None, None, ""))


def _of_store(store: EventStore, limits: Limits, for_appends: bool) -> list[Check]:
    checks: list[Check] = []
    with _judging(checks, "store answers", "store_down"):
        store.position()
    if for_appends:
        with _judging(checks, "store takes appends", "store_down"):
            store.append("health-probe", [], ANY)  # checked like any other, and stores nothing
            _room(store)
    found = sizes(store)
    if found:
        checks.append(_measured("size of the log", found["wal"], limits.wal_bytes, "bytes",
                                "Close the store and open it again: the log is taken into it.",
                                "store_full"))  # fmt: skip
    return checks


def _room(store: EventStore) -> None:
    """Raise what a full disk, or one that may not be written, would do to the next append.

    The bytes are written at the log's own length, so that a limit of a file's length shows, too.
    """
    found = sizes(store)
    if not found:
        return
    path = str(getattr(store, "path", ""))
    if not os.access(path, os.W_OK):
        raise StoreReadOnly(path, "is not writable")
    try:
        folder = os.path.dirname(os.path.abspath(path))
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            file.seek(found["wal"])
            if (written := file.write(PROBE)) < len(PROBE):
                file.write(PROBE[written:])  # which now says why
            os.fsync(file.fileno())
    except OSError as error:
        raise because(path, error) from error


def _of_model(
    models: ReadModels, projection: Projection | SqlProjection, limits: Limits
) -> Iterator[Check]:
    name, checks = projection.name, list[Check]()
    with _judging(checks, f"{name} can be asked", "store_down"):
        try:
            lag, parked = models.lag(projection), models.parked(projection)
        except OtherHistory as error:
            to_do = "Rebuild it, and look at what its effects did for events that are gone."
            yield Check(f"{name} follows this store", FAILING, None, None, "", str(error), to_do,
                        "restored_backup")  # fmt: skip
            return
    if checks[0].verdict != OK:
        yield checks[0]
        return
    to_do = "See whether it stands, is slow, or has only much to do."
    limit = limits.lag_seconds
    yield _measured(f"{name} is behind by", lag.seconds, limit, "s", to_do, "lag_grows")
    to_do = "Mend the handler, then retry_dead_letters."
    yield _measured(
        f"{name} has set aside", len(parked), limits.parked, "events", to_do, "poison_event"
    )


def _measured(
    name: str, number: float | None, limit: float, unit: str, to_do: str, runbook: str
) -> Check:
    if number is None:
        return Check(name, UNKNOWN, None, limit, unit, "never", to_do, runbook)
    if number <= limit:
        return Check(name, OK, number, limit, unit)
    problem = f"{_shown(number)} {unit}, limit {_shown(limit)} {unit}"
    return Check(name, FAILING, number, limit, unit, problem, to_do, runbook)


def _row(check: Check) -> str:
    number = check.problem if check.number is None else f"{_shown(check.number)} {check.unit}"
    limit = "" if check.limit is None else f"{_shown(check.limit)} {check.unit}"
    link = f"<a href='../data/runbooks/{check.runbook}.md'>{check.runbook}</a>"
    cells = (check.name, number, limit, check.to_do)
    shown = "".join(f"<td style='text-align: left'>{escape(cell)}</td>" for cell in cells)
    mark = f"<td><span role='img' aria-label='{check.verdict}'>{MARKS[check.verdict]}</span></td>"
    return f"<tr>{mark}{shown}<td>{link if check.runbook else ''}</td></tr>"


def _shown(number: Any) -> str:
    return f"{number:,.1f}".removesuffix(".0")
