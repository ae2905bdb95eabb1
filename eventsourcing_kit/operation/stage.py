"""A bank that runs in logical time, so that what goes wrong on it is recorded alike every time.

Store, read models and handling are the kit's own, and so are conflicts, failures, log lines and
spans. Only time is the stage's: whoever works says how long that takes, and meanwhile all that is
due happens.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from .. import telemetry
from ..banking import account
from ..banking.commands import Deposit, OpenAccount
from ..decider import Decider
from ..errors import EventSourcingError, StoreError
from ..event import fixed_ids
from ..handling import handle
from ..projections import Projection, ReadModels
from ..stores import open_store

BEGAN: Final = datetime(2025, 3, 14, 3, 0, tzinfo=UTC)
EVERY: Final = 10.0  # seconds between two samples
SERIES: Final = {
    "lag": "seconds behind",
    "appended": "events in the store",
    "parked": "events set aside",
    "commands": "commands in ten seconds",
    "conflicts": "conflicts in ten seconds",
    "failed": "commands failed in ten seconds",
}


@dataclass(frozen=True)
class Line:
    """A line of the log at a second; `words` has no times and no ids of one run only."""

    at: float
    level: str
    words: str
    trace: str = ""


@dataclass(frozen=True)
class Span:
    """What took from one second until another; `links` are the traces that caused it."""

    at: float
    until: float
    name: str
    trace: str
    links: tuple[str, ...] = ()
    error: str = ""


@dataclass
class Tape:
    """What was recorded: each series has a value for each of `at`."""

    at: list[float] = field(default_factory=list)
    series: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in SERIES})
    log: list[Line] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)


class Stopped(StoreError):
    """The worker is stopped in the middle of its work; so no event is to blame, or set aside."""


class Stage:
    """A store with `accounts`, one worker that keeps a read model, and customers who come."""

    def __init__(self, path: str, seed: int, accounts: int = 8) -> None:
        self.now = 0.0
        self.random = Random(seed)
        self.tape = Tape()
        self.ids = fixed_ids(seed)
        self.due: list[tuple[float, int, Callable[[], None]]] = []
        self.stops_at = 0.0  # from then on the worker does no more
        self.told = ""  # the last problem of the worker that was logged
        self._numbers = count()
        self._counted = {"commands": 0, "conflicts": 0, "failed": 0}
        self.store = open_store(path, clock=self.clock)
        self.models = ReadModels(self.store, clock=self.clock)
        for number in range(accounts):
            handle(self.store, account, f"account-{number}", OpenAccount("Ann", "EUR"),
                   ids=self.ids)  # fmt: skip

    def clock(self) -> datetime:
        return BEGAN + timedelta(seconds=self.now)

    # --- time ------------------------------------------------------------------------------------

    def at(self, second: float, action: Callable[[], None]) -> None:
        """Let something happen at a second."""
        heapq.heappush(self.due, (second, next(self._numbers), action))

    def spend(self, seconds: float) -> None:
        """Somebody works for so long; what is due meanwhile happens."""
        until = self.now + seconds
        while self.due and self.due[0][0] <= until:
            second, _, action = heapq.heappop(self.due)
            self.now = max(self.now, second)
            action()
        self.now = max(self.now, until)

    def work(self, projection: Callable[[], Projection], until: float) -> None:
        """The worker: catches up whenever there is something, ten events at a time."""
        self.stops_at = until
        while self.now < until:
            before = self.now
            try:
                problem = self.models.catch_up(projection(), batch=10)[projection().name].failure
            except EventSourcingError as error:
                self.say(error)
            else:
                self.say(problem)
            if self.told:
                self.spend(min(10.0, until - self.now))  # it has failed, and tries again later
            elif self.now == before:
                self.spend(min(5.0, until - self.now))

    def take(self, seconds: float) -> None:
        """The worker is at something for so long. Raises Stopped if it is not to work any more."""
        if self.now >= self.stops_at:
            raise Stopped("the worker", "was stopped")
        self.spend(seconds)

    def say(self, problem: Exception | None) -> None:
        """Log what the worker stands at: once, and not with every attempt."""
        if self.now >= self.stops_at:
            return  # it was stopped: that is no problem of its own
        told = "" if problem is None else f"{type(problem).__name__}: {problem}"
        if told and told != self.told:
            logging.getLogger(f"{telemetry.SYSTEM}.worker").warning(told)
        self.told = told

    # --- customers -------------------------------------------------------------------------------

    def customers(self, start: float, end: float, every: float, action: Callable[[], None]) -> None:
        """Somebody comes about every so many seconds, as chance has it."""
        second = start
        while (second := second + self.random.expovariate(1 / every)) < end:
            self.at(second, action)

    def pay(self, stream: str = "", memo: str = "", *, rivals: int = 0, retries: int = 3) -> None:
        """One deposit. `rivals` others of the same stream come between its load and its append."""
        name = stream or f"account-{self.random.randrange(8)}"
        left = rivals

        def decide(command: Any, state: Any) -> list[Any]:
            nonlocal left
            if left:
                left -= 1
                self.pay(name, memo)
            return account.decide(command, state)

        slowly: Decider[Any, Any, Any] = Decider(
            decide, account.evolve, account.initial_state, account.is_terminal, account.event_types
        )

        def wait(attempt: int) -> None:
            self.spend(0.05 * 2**attempt)

        asked = Deposit(100, "EUR", memo)
        try:
            with _in_a_trace_of_its_own():
                handle(self.store, slowly, name, asked, ids=self.ids, retries=retries, pause=wait)
        except EventSourcingError as error:
            self._counted["failed"] += 1
            logging.getLogger(f"{telemetry.SYSTEM}.customer").error(type(error).__name__)

    # --- recording -------------------------------------------------------------------------------

    def sample(self) -> None:
        """Measure now, and again in ten seconds."""
        tape, watched = self.tape, self.watched
        values: dict[str, float] = {**self._counted}
        with telemetry.silent():
            values["lag"] = self.models.lag(watched()).seconds
            values["parked"] = len(self.models.parked(watched()))
            values["appended"] = self.store.position()
        self._counted = dict.fromkeys(self._counted, 0)
        tape.at.append(round(self.now, 2))
        for name in SERIES:
            tape.series[name].append(round(values[name], 2))
        self.at(self.now + EVERY, self.sample)

    def ended(self, span: Span) -> None:
        """A span of the kit has ended."""
        self._counted["commands"] += span.name.startswith("handle ")
        self._counted["conflicts"] += span.error == "WrongExpectedVersion"
        if not span.name.startswith("read_"):  # every command has one, and they tell the least
            self.tape.spans.append(span)

    watched: Callable[[], Projection]


@contextmanager
def _in_a_trace_of_its_own() -> Iterator[None]:
    """A customer comes while the worker is at something, and is no part of that."""
    from opentelemetry import context

    before = context.attach(context.Context())
    try:
        yield
    finally:
        context.detach(before)


@contextmanager
def staged(seed: int, *, in_file: bool = False) -> Iterator[Stage]:
    """A stage in memory, or in a folder of its own; its log and spans go to its tape."""
    with ExitStack() as stack:
        path = ":memory:"
        if in_file:
            folder = stack.enter_context(TemporaryDirectory(ignore_cleanup_errors=True))
            path = str(Path(folder) / "bank.duckdb")
        stage = Stage(path, seed)
        stack.callback(stage.store.close)
        stack.callback(stage.models.close)
        stack.enter_context(telemetry.told_to(_provider(stage)))
        stack.enter_context(_logged(stage))
        yield stage


@contextmanager
def _logged(stage: Stage) -> Iterator[None]:
    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told = " ".join(f"{key}={value}" for key, value in getattr(record, "told", {}).items())
            words = f"{record.getMessage()} {told}".strip()
            trace = telemetry.here().get("trace_id", "")[-4:]
            at = round(stage.now, 2)
            stage.tape.log.append(Line(at, record.levelname, words, trace))

    logger, handler = logging.getLogger(telemetry.SYSTEM), Handler()
    before, passes_on = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False  # or a notebook would print what is on the tape
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        logger.propagate = passes_on


def _provider(stage: Stage) -> Any:
    """A provider of the SDK that counts its ids, and tells the stage of each span that ends."""
    from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.id_generator import IdGenerator

    class Counting(IdGenerator):
        def __init__(self) -> None:
            self.traces, self.spans = count(1), count(1)

        def generate_trace_id(self) -> int:
            return next(self.traces)

        def generate_span_id(self) -> int:
            return next(self.spans)

    class ToStage(SpanProcessor):
        def __init__(self) -> None:
            self.began: dict[int, float] = {}

        def on_start(self, span: Any, parent_context: Any = None) -> None:
            self.began[span.context.span_id] = stage.now

        def on_end(self, span: Any) -> None:
            at = self.began.pop(span.context.span_id)
            links = tuple(dict.fromkeys(_short(link.context.trace_id) for link in span.links))
            error = (span.attributes or {}).get("error.type", "")
            trace = _short(span.context.trace_id)
            times = (round(at, 2), round(stage.now, 2))
            stage.ended(Span(*times, span.name, trace, links, str(error)))

    provider = TracerProvider(id_generator=Counting(), shutdown_on_exit=False)
    provider.add_span_processor(ToStage())
    return provider


def _short(trace_id: int) -> str:
    return f"{trace_id:032x}"[-4:]
