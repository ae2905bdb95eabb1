"""Every order in which some participants can take their steps, tried on the real engine.

One thread takes all the steps, so a schedule is exact: the same letters give the same run. It is
the idea of systematic concurrency testing (Musuvathi and others, "Finding and Reproducing
Heisenbugs in Concurrent Programs", OSDI 2008): do not wait for a race, list its schedules.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import comb, prod
from typing import Any

from ..bars import progress
from ..errors import InvalidInput

BOUND = 2_000  # schedules that are all run; of more, as many are sampled

Step = Callable[[Any, "Actor"], None]
Invariant = Callable[[Any], "str | None"]


class Waits(Exception):
    """Raised by a step that cannot be taken yet: another participant holds what it needs.

    The turn is not lost. The participant takes it as soon as it can, before any later turn.
    """


class Crashed(Exception):
    """Raised by a step at which the participant's process dies: no more of its steps are taken."""


@dataclass(frozen=True)
class Participant:
    """Somebody with a few small steps to take, in order; what happens between them is anybody's.

    `steps` are functions `step(world, me)`. What a participant remembers from step to step it
    keeps in `me`, and nowhere else. `finish(world, me)` runs once after its last step, also after
    a crash or an error: it lets go of what it holds, such as an open transaction.
    """

    name: str
    steps: tuple[Step, ...]
    finish: Step | None = None


@dataclass
class Actor:
    """A participant in one run: what it remembers, and how it fared."""

    name: str
    memory: dict[str, Any] = field(default_factory=dict)
    error: Exception | None = None
    crashed: bool = False

    def __getitem__(self, name: str) -> Any:
        return self.memory[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self.memory[name] = value

    def get(self, name: str, default: Any = None) -> Any:
        """What it remembers under `name`, or `default`."""
        return self.memory.get(name, default)

    @property
    def stopped(self) -> bool:
        """Whether it takes no more steps: it crashed, or an error was raised."""
        return self.crashed or self.error is not None

    @property
    def note(self) -> str:
        """Why it stopped, in a word or two; "" while it goes on."""
        if self.crashed:
            return "its process dies"
        return "" if self.error is None else type(self.error).__name__


@dataclass(frozen=True)
class Scenario:
    """A race: who takes part, in what world, and what must hold afterwards.

    `world()` makes a fresh world, or clears the one there is: what a run left must not be seen by
    the next. `invariants` are named; each is given the world and says what is wrong with it, or
    None. `outcome` names the kind of a run for the counts. `watched` is a name and what is looked
    up in the world after every turn, such as the balance that anybody could read by then.
    """

    name: str
    participants: tuple[Participant, ...]
    world: Callable[[], Any]
    invariants: tuple[tuple[str, Invariant], ...]
    outcome: Callable[[Any, Sequence[Actor]], str]
    watched: tuple[str, Callable[[Any], object]] | None = None


@dataclass(frozen=True)
class Turn:
    """One step as it was taken: whose, which of his (from 1), its name, and what came of it.

    `saw` is what the participant remembers since this step, in words; `after` what the scenario
    watches as it was after the turn.
    """

    participant: str
    number: int
    step: str
    note: str = ""
    saw: str = ""
    after: str = ""


@dataclass(frozen=True)
class Run:
    """One schedule, taken. `broken` are the invariants that did not hold, with what was wrong."""

    schedule: str
    turns: tuple[Turn, ...]
    outcome: str
    broken: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        lines = [f"{self.schedule}: {self.outcome}"]
        for turn in self.turns:
            note = f"   {turn.note}" if turn.note else ""
            lines.append(f"  {turn.participant:<8} {turn.step}{note}")
        lines += [f"  BROKEN  {name}: {problem}" for name, problem in self.broken]
        return "\n".join(lines)


@dataclass(frozen=True)
class Report:
    """What came of all schedules, or of a sample of them, which `sampled` says.

    `watched` is the name of what each turn has in `after`; "" where nothing was watched.
    """

    scenario: str
    participants: int
    schedules: int
    runs: tuple[Run, ...] = field(repr=False)
    seed: int | None = None
    watched: str = ""

    @property
    def sampled(self) -> bool:
        """Whether there were too many schedules, so that some were drawn by chance."""
        return self.seed is not None

    @property
    def broken(self) -> tuple[Run, ...]:
        """The runs in which an invariant did not hold."""
        return tuple(run for run in self.runs if run.broken)

    @property
    def outcomes(self) -> Counter[str]:
        """How often each kind of outcome came."""
        return Counter(run.outcome for run in self.runs)

    @property
    def shortest(self) -> Run | None:
        """The broken run with the fewest changes of turn; of these the first in the alphabet."""
        return min(
            self.broken, key=lambda run: (switches(run.schedule), run.schedule), default=None
        )

    def __str__(self) -> str:
        tried = f"{len(self.runs):,}"
        if self.sampled:
            tried += f" of {self.schedules:,} schedules, drawn with seed {self.seed}"
        else:
            tried = f"all {tried} schedules"
        lines = [f"{self.scenario}: {len(self.broken):,} broken in {tried}"]
        lines += [f"  {count:>6,}  {outcome}" for outcome, count in self.outcomes.most_common()]
        if self.shortest:
            lines.append(f"shortest that breaks: {self.shortest}")
        return "\n".join(lines)


def count(lengths: Sequence[int]) -> int:
    """How many schedules there are for participants with so many steps each.

    >>> count([3, 3]), count([3, 3, 3])
    (20, 1680)
    """
    return prod(comb(sum(lengths[: i + 1]), length) for i, length in enumerate(lengths))


def all_schedules(lengths: Sequence[int]) -> Iterator[str]:
    """All of them, in alphabetical order: a letter a turn, A for the first participant.

    >>> list(all_schedules([2, 1]))
    ['AAB', 'ABA', 'BAA']
    """
    if not any(lengths):
        yield ""
        return
    for who, left in enumerate(lengths):
        if left:
            rest = [n - (i == who) for i, n in enumerate(lengths)]
            yield from (_letter(who) + tail for tail in all_schedules(rest))


def switches(schedule: str) -> int:
    """How often the turn passes to another participant."""
    return sum(a != b for a, b in pairwise(schedule))


def explore(scenario: Scenario, *, bound: int = BOUND, seed: int = 1) -> Report:
    """Run every schedule of the scenario, each in a fresh world.

    Where there are more than `bound`, so many are drawn at random with `seed`, each schedule as
    likely as another, and the report says so. Raises InvalidInput for a bound below 1.
    """
    if bound < 1:
        raise InvalidInput("bound", f"must be at least 1, not {bound}")
    lengths = [len(participant.steps) for participant in scenario.participants]
    total = count(lengths)
    sampled = total > bound
    chosen = sample(lengths, bound, seed) if sampled else all_schedules(lengths)
    with progress(total=min(total, bound), desc=scenario.name, unit=" schedules") as bar:
        runs = []
        for schedule in chosen:
            runs.append(run_schedule(scenario, schedule))
            bar.update(1)
    watched = scenario.watched[0] if scenario.watched else ""
    used = seed if sampled else None
    return Report(scenario.name, len(lengths), total, tuple(runs), used, watched)


def sample(lengths: Sequence[int], size: int, seed: int) -> list[str]:
    """`size` different schedules, sorted; each set of them is as likely as another."""
    chance = random.Random(seed)
    turns = [_letter(who) for who, length in enumerate(lengths) for _ in range(length)]
    drawn: set[str] = set()
    while len(drawn) < size:
        chance.shuffle(turns)
        drawn.add("".join(turns))
    return sorted(drawn)


def run_schedule(scenario: Scenario, schedule: str) -> Run:
    """Take the steps in exactly this order, in a fresh world. Raises InvalidInput for an id that
    is not one of this scenario's schedules.
    """
    turns = _turns(scenario, schedule)
    world = scenario.world()
    actors = [Actor(participant.name) for participant in scenario.participants]
    world.actors = actors
    taken: list[Turn] = []
    done = [0] * len(actors)  # steps taken
    due: list[int] = []  # turns that wait
    for who in turns:
        due.append(who)
        _take_due(scenario, world, actors, done, due, taken)
    if due:
        stuck = ", ".join(actors[who].name for who in sorted(set(due)))
        raise InvalidInput("scenario", f"{schedule}: {stuck} wait for ever")
    problems = [(name, invariant(world)) for name, invariant in scenario.invariants]
    broken = tuple((name, problem) for name, problem in problems if problem is not None)
    return Run(schedule, tuple(taken), scenario.outcome(world, actors), broken)


def _turns(scenario: Scenario, schedule: str) -> list[int]:
    """The schedule as numbers of participants, checked."""
    expected = "".join(
        _letter(who) * len(participant.steps)
        for who, participant in enumerate(scenario.participants)
    )
    if not isinstance(schedule, str) or sorted(schedule) != list(expected):
        raise InvalidInput("schedule", f"must have the letters of {expected!r}, not {schedule!r}")
    return [ord(letter) - ord("A") for letter in schedule]


def _take_due(
    scenario: Scenario,
    world: Any,
    actors: Sequence[Actor],
    done: list[int],
    due: list[int],
    taken: list[Turn],
) -> None:
    """Take every turn that is due and can be taken, the oldest first, until all left ones wait."""
    i = 0
    while i < len(due):
        who = due[i]
        if who in due[:i] or not _take(scenario, world, actors[who], done, who, taken):
            i += 1
        else:
            del due[i]
            i = 0  # what it let go of may be what an older one waits for


def _take(
    scenario: Scenario, world: Any, me: Actor, done: list[int], who: int, taken: list[Turn]
) -> bool:
    """Take the participant's next step. False if it has to wait; its turn then stays due."""
    participant = scenario.participants[who]
    if not me.stopped:
        step = participant.steps[done[who]]
        before = dict(me.memory)
        try:
            step(world, me)
        except Waits:
            return False
        except Crashed:
            me.crashed = True
        except Exception as error:  # what a participant is told is part of the run
            me.error = error
        name = step.__name__.replace("_", " ")
        turn = Turn(participant.name, done[who] + 1, name, me.note, _saw(before, me.memory))
        if participant.finish and (me.note or done[who] + 1 == len(participant.steps)):
            participant.finish(world, me)
        after = str(scenario.watched[1](world)) if scenario.watched else ""
        taken.append(replace(turn, after=after))
    done[who] += 1
    return True


def _saw(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What is new in a memory: the numbers and texts, by name; else it is not for a reader."""
    new = {name: now[name] for name in now if name not in before or before[name] != now[name]}
    plain = {name: value for name, value in new.items() if type(value) in (int, str)}
    return ", ".join(f"{name} {value}" for name, value in plain.items())


def _letter(who: int) -> str:
    return chr(ord("A") + who)
