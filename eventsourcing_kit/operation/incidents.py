"""Six incidents that are made to happen on the kit, each retold from a public report.

Each is a function that returns a Recording: what was measured, logged and traced until the moment
in which somebody has to act, the causes that one may think of, and what each first action does.
That is tried, too: the incident is made again, the action taken, and the lag measured later.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from .. import telemetry
from ..errors import InvalidInput, ProjectionFailed
from ..event import RecordedEvent
from ..projections import DEAD_LETTER, Projection
from .alarms import Alarm, Sample, alarms
from .stage import EVERY, Line, Span, Stage, Tape, staged

UNTIL: Final = 600.0  # seconds until somebody has to act,
LATER: Final = 180.0  # and until it is looked at what that did
TABLES: Final = "CREATE TABLE sums (account VARCHAR PRIMARY KEY, amount BIGINT)"
ADD: Final = (
    "INSERT INTO sums VALUES (?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount"
)


@dataclass(frozen=True)
class Action:
    """Something that one may do first, and the three minutes after it.

    `lag` is that of the read model at their end, in seconds; `conflicts` and `failed` are those of
    commands all through.
    """

    words: str
    does: str
    is_right: bool
    lag: float
    conflicts: int
    failed: int


@dataclass(frozen=True)
class Recording:
    """An incident up to the moment in which somebody has to act, and what comes of acting."""

    name: str
    story: str
    source: str
    tape: Tape
    causes: tuple[str, ...]
    cause: str
    actions: tuple[Action, ...]

    def alarms(self) -> list[tuple[float, Alarm]]:
        """The alarms of es.operation that are on at the end, each with the second it came."""
        found: dict[str, tuple[float, Alarm]] = {}
        series = self.tape.series
        samples = [
            Sample(at, {name: values[n] for name, values in series.items()})
            for n, at in enumerate(self.tape.at)
        ]
        for n in range(1, len(samples) + 1):
            on = {one.rule.name: one for one in alarms(samples[:n])}
            found = {name: found.get(name, (samples[n - 1].at, one)) for name, one in on.items()}
        return list(found.values())


@dataclass
class Worker:
    """What the worker's handler takes and does; an action may change it."""

    cost: float = 0.5  # seconds an event
    sink: float = 0.0  # seconds an effect
    knows_apps: bool = True
    sets_aside: bool = False

    def projection(self, stage: Stage, name: str = "sums") -> Projection:
        """The read model of what came in for each account."""

        def add(model: Any, event: RecordedEvent) -> None:
            stage.take(self.cost)
            if event.data["memo"] == "APP" and not self.knows_apps:
                raise KeyError("APP")
            model.execute(ADD, [event.stream_id, event.data["amount"]])

        def tell(event: RecordedEvent) -> None:
            stage.take(self.sink)

        how = {"on_failure": DEAD_LETTER} if self.sets_aside else {}
        effects = {"MoneyDeposited": tell} if self.sink else {}
        return Projection(name, TABLES, {"MoneyDeposited": add}, effects=effects, **how)  # type: ignore[arg-type]


Choice = tuple[str, str, bool, Callable[[Stage, Worker], None]]  # words, what it does, right, act
Plot = Callable[[Stage, Worker], None]

CAUSES: Final = (
    "an event that the handler cannot take",
    "a sink that has become slow",
    "one stream that everybody writes to",
    "a disk that is full",
    "a rebuild that takes the worker's time",
    "a job that writes more than can be handled",
)


def _record(
    name: str, story: str, source: str, cause: int, seed: int, plot: Plot, choices: list[Choice]
) -> Recording:
    """Make it happen once for each action; until then all runs are the same."""
    tape, actions = Tape(), []
    for words, does, is_right, act in choices:
        with staged(seed, in_file=plot.__name__ == "in_file") as stage:
            worker = Worker()
            stage.watched = lambda stage=stage, worker=worker: worker.projection(stage)  # type: ignore[misc]
            stage.sample()
            plot(stage, worker)
            stage.work(stage.watched, UNTIL)
            tape = _until(stage.tape, UNTIL)
            stage.stops_at = UNTIL + LATER
            act(stage, worker)
            stage.work(stage.watched, UNTIL + LATER)
            after = _until(stage.tape, UNTIL + LATER).series
            conflicts, failed = (
                int(sum(after[n][len(tape.at) :])) for n in ("conflicts", "failed")
            )
            actions.append(Action(words, does, is_right, after["lag"][-1], conflicts, failed))
    return Recording(name, story, source, tape, CAUSES, CAUSES[cause], tuple(actions))


def _until(tape: Tape, end: float) -> Tape:
    """The part of a tape up to a second."""
    number = sum(at <= end for at in tape.at)
    log: list[Line] = [line for line in tape.log if line.at <= end]
    spans: list[Span] = [span for span in tape.spans if span.until <= end]
    series = {name: values[:number] for name, values in tape.series.items()}
    return replace(tape, at=tape.at[:number], series=series, log=log, spans=spans)


def _restart(stage: Stage, worker: Worker) -> None:
    """Ten seconds in which nobody works; then all is as before."""
    stage.spend(10.0)


def _anew(stage: Stage, worker: Worker) -> None:
    """Build the read model again, for as long as there is time."""
    try:
        stage.models.rebuild(stage.watched())
    except ProjectionFailed as ended:
        stage.say(ended)


# --- the incidents -------------------------------------------------------------------------------


def poison_event() -> Recording:
    """A handler meets an event that it cannot take, and stands before it."""

    def plot(stage: Stage, worker: Worker) -> None:
        worker.knows_apps = False
        stage.customers(0, UNTIL + LATER, 4.0, stage.pay)
        stage.at(200, lambda: stage.pay("account-3", "APP"))

    def set_aside(stage: Stage, worker: Worker) -> None:
        worker.sets_aside = True

    return _record(
        "the read model stands",
        "Consumers that could not handle an event were started again and again, and each time the "
        "same one was delivered to them, about 180 times before somebody mended them. Here a new "
        "app sends a kind of deposit that the handler does not know.",
        "https://github.com/kurrent-io/KurrentDB/issues/2748", 0, 1, plot,
        [
            ("Start the worker again", "It meets the same event, and stands where it stood.",
             False, _restart),
            ("Set the event aside, and the later ones of its stream; then mend the handler",
             "All other streams are worked off at once. One account is old until the handler is "
             "mended and the dead letters are tried again.", True, set_aside),
            ("Make the worker twice as fast", "It comes to the same event sooner.", False,
             lambda stage, worker: setattr(worker, "cost", 0.25)),
        ],
    )  # fmt: skip


def slow_sink() -> Recording:
    """Whom the effects tell takes longer and longer, and the worker waits."""

    def plot(stage: Stage, worker: Worker) -> None:
        worker.sink = 0.5
        stage.customers(0, UNTIL + LATER, 4.0, stage.pay)
        stage.at(150, lambda: setattr(worker, "sink", 14.0))

    return _record(
        "everything is late",
        "A subscription that waits for a read model was dropped for being too slow when a large "
        "import came, and again as soon as it was back. Here nobody drops it: it falls behind.",
        "https://github.com/kurrent-io/KurrentDB/issues/4007", 1, 2, plot,
        [
            ("Start the worker again", "The other side is as slow as before, and ten seconds are "
             "gone.", False, _restart),
            ("Rebuild the read model", "A rebuild runs no effects; afterwards the worker waits for "
             "them as before.", False,
             _anew),
            ("Give the sink a time limit of half a second and retry what it refuses later",
             "The worker is as fast as it was, and the lag is made good.", True,
             lambda stage, worker: setattr(worker, "sink", 0.5)),
        ],
    )  # fmt: skip


def hot_stream() -> Recording:
    """Everybody writes to one stream, and most of them have to begin again."""
    crowded = {"rivals": 0, "retries": 3}

    def plot(stage: Stage, worker: Worker) -> None:
        crowded.update(rivals=0, retries=3)
        stage.customers(0, UNTIL + LATER, 6.0, stage.pay)

        def crowd() -> None:
            stage.pay("account-0", rivals=crowded["rivals"], retries=crowded["retries"])

        stage.at(240, lambda: crowded.update(rivals=5))
        stage.customers(240, UNTIL + LATER, 16.0, crowd)

    return _record(
        "customers are refused",
        "A thousand calls each loaded an aggregate, did a little and saved it: half of them met "
        "another writer, and to try again led into the next conflict.",
        "https://github.com/Eveneum/Eveneum/issues/10", 2, 3, plot,
        [
            ("Let every command try again up to nine times", "All get through in the end, and "
             "load and decide again and again for it; the conflicts stay.", False,
             lambda stage, worker: crowded.update(retries=9)),
            ("Let one writer serve that stream, from a queue", "Nobody is in anybody's way: no "
             "conflicts, and as many deposits as before.", True,
             lambda stage, worker: crowded.update(rivals=0)),
            ("Add writers", "There are more of those who are in each other's way.", False,
             lambda stage, worker: crowded.update(rivals=8)),
        ],
    )  # fmt: skip


def full_disk() -> Recording:
    """No append goes through any more; what is stored can be read.

    Raises InvalidInput on Windows, which has no limit for the length of files.
    """
    if sys.platform == "win32":
        raise InvalidInput("incident", "a full disk cannot be made here; take another one")
    state = {"full": False, "tries": 1}

    def in_file(stage: Stage, worker: Worker) -> None:
        state.update(full=False, tries=1)
        stage.customers(0, UNTIL + LATER, 5.0, lambda: pay(stage))
        stage.at(300, lambda: state.update(full=True))

    def pay(stage: Stage) -> None:
        if state["full"]:
            with _no_space():
                for _ in range(state["tries"]):
                    stage.pay()
        else:
            stage.pay()

    def make_space(stage: Stage, worker: Worker) -> None:
        state["full"] = False

    return _record(
        "nothing is accepted",
        "A server ran out of disk space; when there was some again it refused to start, because "
        "what was written last did not fit together. Here appends go on as soon as there is space.",
        "https://github.com/kurrent-io/KurrentDB/issues/3642", 3, 4, in_file,
        [
            ("Delete the .wal, which is the newest and largest",
             "Half of the store may be in it: what was acknowledged is lost. (This is not done "
             "here; the writers are still refused.)", False, _restart),
            ("Let the writers retry at once, without a pause", "Each is refused again, and again.",
             False, lambda stage, worker: state.update(tries=4)),
            ("Stop the writers, make space, and let them retry with the same events",
             "Appends go through again; what was stored after all gets its first answer.", True,
             make_space),
        ],
    )  # fmt: skip


def rebuild_at_noon() -> Recording:
    """Somebody has a read model built again while all customers are there."""

    def plot(stage: Stage, worker: Worker) -> None:
        for _ in range(150):
            stage.pay()
        stage.customers(0, UNTIL + LATER, 4.0, stage.pay)
        stage.at(UNTIL - 300, lambda: setattr(worker, "cost", 1.0))
        stage.work(stage.watched, UNTIL - 300)
        _rebuild(stage, worker, UNTIL)

    def again(stage: Stage, worker: Worker) -> None:
        _rebuild(stage, worker, UNTIL + LATER)

    def let_it_end(stage: Stage, worker: Worker) -> None:
        worker.cost = 0.5

    return _record(
        "lag without a failure",
        "A health check takes every read model that is behind for a sick one and has its worker "
        "started again: during a rebuild, it was reported, that may go on for ever.",
        "https://github.com/JasperFx/marten/issues/2945", 4, 5, plot,
        [
            ("Start the worker again, so that it begins the rebuild anew",
             "What was rebuilt is thrown away, and the live read model waits for as long again.",
             False, again),
            ("End the rebuild, let the live read model catch up, and rebuild at night",
             "The worker has its time back; readers had the old read model all the while.", True,
             let_it_end),
            ("Raise the alarm's limit", "Nobody is woken, and readers see old data.", False, again),
        ],
    )  # fmt: skip


def _rebuild(stage: Stage, worker: Worker, until: float) -> None:
    """Rebuild until that second, and then be interrupted."""

    stage.stops_at = until
    other = worker.projection(stage)
    add = other.handlers["MoneyDeposited"]

    def slowly(model: Any, event: RecordedEvent) -> None:
        stage.take(1.0)
        add(model, event)

    telemetry.log("rebuild began", projection="statistics")
    try:
        stage.models.rebuild(replace(other, name="statistics", handlers={"MoneyDeposited": slowly}))
    except ProjectionFailed as ended:
        stage.say(ended)


def job_at_night() -> Recording:
    """A job writes to every account at once, while customers do: a burst, and conflicts with it."""

    def plot(stage: Stage, worker: Worker) -> None:
        worker.cost = 1.4
        stage.customers(0, UNTIL + LATER, 8.0, stage.pay)

        def job() -> None:
            for number in range(8):
                stage.pay(f"account-{number}", "interest", rivals=stage.random.randrange(2))

        for second in range(300, int(UNTIL) - 60, 12):
            stage.at(second, job)

    return _record(
        "behind, and busy",
        "An application under heavy load met conflicts that it had never seen before, and its "
        "makers were told to decide what to do with one. Here a read model falls behind, too.",
        "https://github.com/prooph/event-store/issues/392", 5, 6, plot,
        [
            ("Say when it ends, and leave it alone; have the job write more slowly next time",
             "The job is over, and the worker makes good what it left.", True,
             lambda stage, worker: None),
            ("Set aside what cannot be handled at once", "Everything can be handled: nothing is "
             "set aside, and nothing is gained.", False,
             lambda stage, worker: setattr(worker, "sets_aside", True)),
            ("Rebuild the read model from the first event",
             "All that was done is done again, while more comes in.", False,
             _anew),
        ],
    )  # fmt: skip


@contextmanager
def _no_space() -> Iterator[None]:
    """No file of this process can become longer: what a full disk looks like to the engine."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # less than any log has
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


INCIDENTS: Final = (poison_event, slow_sink, hot_stream, full_disk, rebuild_at_noon, job_at_night)
SAMPLES: Final = int(UNTIL / EVERY) + 1
