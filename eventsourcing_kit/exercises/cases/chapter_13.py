"""Cases of chapter 13: partitions, a reader on a sequence, majorities, lost answers, replicas."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise
from typing import Any

import hypothesis.strategies as st

from ...errors import WrongExpectedVersion
from .. import Compare, Test, from_pages
from ..outcome import Broken, Stopped
from ..slips import Trial

TESTS: dict[str, Test] = {}

CUSTOMERS = 400
NEW_CUSTOMERS = count(1)
FIELDS = ("event_id", "type", "account", "customer", "day")


class Word(str):
    """A text whose hash is another one in another process, as Python's is; so is its bytes'."""

    process = 0

    def __hash__(self) -> int:
        return hash((str(self), Word.process))

    def encode(self, *how: Any) -> bytes:
        return Coded(super().encode(*how))


class Coded(bytes):
    """The bytes of a Word."""

    def __hash__(self) -> int:
        return hash((bytes(self), Word.process))


Event = dict[str, Word]


def _events(step: int) -> list[Event]:
    """Two accounts a customer, an event each; customers' numbers go up in steps."""
    numbers = count(1)
    return [
        {
            "event_id": Word(f"e-{next(numbers)}"),
            "type": Word(("MoneyDeposited", "MoneyWithdrawn", "TransferSent")[n % 3]),
            "account": Word(f"account-{2 * n + account}"),
            "customer": Word(f"customer-{10_000 + step * n}"),
            "day": Word(f"2025-02-{14 + n % 2}"),
        }
        for n in range(CUSTOMERS)
        for account in (0, 1)
    ]


def _partitioning(partition: Callable[..., Any], case: tuple[int, int]) -> Any:
    """Nothing but praise, or what is amiss with the numbers."""
    step, partitions = case
    events = _events(step)
    first = [partition(dict(one), partitions) for one in events]
    again = [partition(dict(one), partitions) for one in events[::-1]][::-1]
    if first[0] is ... or first[0] is None:
        return first[0]
    if first != again:
        return Broken("asked twice for the same event, it says two partitions")
    if _one_after_the_other(partition, events[0], partitions):
        return Broken("the partition depends on which customer comes first")
    Word.process = 1
    elsewhere = [partition(event, partitions) for event in _events(step)]
    Word.process = 0
    if first != elsewhere:
        return Broken("another process says another partition for the same event")
    if odd := [one for one in first if type(one) is not int or one not in range(partitions)]:
        return Broken(f"{odd[0]!r} is no partition: they are the numbers 0 to {partitions - 1}")
    follows = _follows_from(partition, events[:40], partitions)
    if follows != "customer":
        return Broken(f"your partition follows from {follows}, and not from the customer alone")
    if max(map(first.count, set(first))) * partitions > 2 * len(events):
        return Broken(f"one of the {partitions} partitions gets more than twice its share")
    return "it follows from the customer, and no partition gets more than twice its share"


def _one_after_the_other(partition: Callable[..., Any], event: Event, partitions: int) -> bool:
    """Whether customers whom nobody has seen get partitions in the order in which they come."""
    first = 1_000_000 * next(NEW_CUSTOMERS)
    places = [
        partition(event | {"customer": Word(f"customer-{first + n * n}")}, partitions)
        for n in range(12)
    ]
    return all(type(a) is int and b == (a + 1) % partitions for a, b in pairwise(places))


def _follows_from(partition: Callable[..., Any], events: list[Event], partitions: int) -> str:
    """The fields of which a change changes the partition."""
    found = [
        field
        for field in FIELDS
        if any(
            partition(event | {field: other[field]}, partitions) != partition(event, partitions)
            for event, other in zip(events, events[2:], strict=False)
        )
    ]
    return " and ".join(found) or "nothing"


TESTS["partition_key"] = Compare(
    cases=st.tuples(st.sampled_from([1, 8, 9, 10, 16]), st.sampled_from([4, 8, 16])),
    run=_partitioning,
    examples=((1, 4),),
    max_examples=15,
    context=lambda case: (
        f"{CUSTOMERS} customers, customer-10000, customer-{10_000 + case[0]} and so on, each with "
        f"two accounts; {case[1]} partitions"
    ),
)


def partition(event: dict[str, str], count: int) -> int:
    """Where an event goes in the exercise of the spread."""
    if not isinstance(event, dict):
        raise Stopped(f"`partition` takes the event, a dict, and you give it {event!r}.")
    return ord(event["customer"]) % count


def _on_spread(trial: Trial) -> str | None:
    """How many events each partition gets in the shortest case."""
    names, size = trial.case
    loads = [sum(ord(name) % size == one for name in names) for one in range(size)]
    said = f"The partitions get {loads} events: give the most and the least."
    return None if trial.got.raised else said


TESTS["spread"] = Compare(
    cases=st.tuples(st.text("ABCDEF", min_size=1, max_size=7), st.integers(1, 4)),
    run=lambda spread, case: spread([{"customer": one} for one in case[0]], partition, case[1]),
    says=_on_spread,
    examples=(("ABCD", 4), ("ABCA", 3)),
    context=lambda case: (
        f"events of the customers {list(case[0])}; {case[1]} partitions, of which "
        f"{ {name: ord(name) % case[1] for name in sorted(set(case[0]))} } are theirs"
    ),
)

WAYS = (
    ("number", "position", "commit"),
    ("position", "number", "commit"),
    ("number", "position", "roll back"),
    ("number", "position, position", "commit"),
)
Turns = tuple[str, tuple[tuple[str, ...], ...]]  # who takes the next step; the steps of each


def _steps(case: Turns) -> list[tuple[str, str]]:
    """Who does what, in order."""
    turns, ways = case
    left = {who: iter(way) for who, way in zip("ABC", ways, strict=False)}
    return [(who, next(left[who])) for who in turns]


def _polling(ready: Callable[..., Any], case: Turns) -> Any:
    """What a reader is given that asks after each step."""
    numbers, positions = count(1), count(1)
    held: dict[str, dict[str, list[int]]] = {who: {} for who, _ in _steps(case)}
    visible: list[tuple[int, int]] = []
    checkpoint, given = (0, 0), list[list[tuple[int, int]]]()
    begun = 0
    for who, step in _steps(case):
        mine = held[who]
        if step == "number":
            mine[step] = [begun := next(numbers)]
        elif "position" in step:
            mine["positions"] = [next(positions) for _ in step.split(", ")]
        else:
            if step == "commit":
                visible += [(mine["number"][0], at) for at in reversed(mine["positions"])]
            mine.clear()
        still_open = [one["number"][0] for one in held.values() if "number" in one]
        horizon = min(still_open, default=begun + 1)
        found = ready(checkpoint, list(visible), horizon)
        if found is ... or found is None:
            return found
        given.append(list(found))
        if amiss := _amiss(given, visible, horizon):
            return Broken(f"after {who}: {step}, with {checkpoint} as the checkpoint, {amiss}")
        checkpoint = given[-1][-1] if given[-1] else checkpoint
    return given


def _amiss(given: list[list[tuple[int, int]]], visible: list[tuple[int, int]], horizon: int) -> str:
    """What is wrong with the last of what was given."""
    before = [one for some in given[:-1] for one in some]
    for one in given[-1]:
        if one not in visible:
            return f"you return {one!r}, which is none of the tuples in `visible`"
        if one in before:
            return f"{one} is returned a second time"
        if one[0] >= horizon:
            return f"{one} is returned too early: {horizon} is the horizon"
    if given[-1] != sorted(given[-1]):
        return f"the last of {given[-1]} becomes the checkpoint, and it has to be the highest"
    left = [one for one in visible if one[0] < horizon and one not in [*before, *given[-1]]]
    return f"{left[0]} could be handled, and is left out; the horizon is {horizon}" if left else ""


TESTS["safe_checkpoint"] = Compare(
    cases=st.lists(st.sampled_from(WAYS), min_size=1, max_size=3).flatmap(
        lambda ways: st.tuples(
            st.permutations([who for who in "ABC"[: len(ways)] for _ in "123"]).map("".join),
            st.just(tuple(ways)),
        )
    ),
    run=_polling,
    examples=(("AAA", WAYS[:1]), ("AAABBB", WAYS[:1] * 2)),
    context=lambda case: ", ".join(f"{who}: {step}" for who, step in _steps(case)),
)


def _sides(places: list[int]) -> tuple[int, list[int]]:
    """All nodes, and the sizes of the sides of those that run; 0 is where the dead ones are."""
    return len(places), [places.count(side) for side in (1, 2, 3) if side in places]


def _on_majority(trial: Trial) -> str | None:
    """What a majority is in the shortest case, and what there is."""
    nodes, sides = trial.case
    said = f"A majority of {nodes} is {nodes // 2 + 1}: what a side of {sides} has beyond is spare."
    return None if trial.got.raised else said


TESTS["majority"] = Compare(
    cases=st.lists(st.integers(0, 3), min_size=1, max_size=7).map(_sides),
    examples=((3, [3]), (3, [1])),
    says=_on_majority,
    context=lambda case: f"{case[0]} nodes; the sides that run: {case[1]}",
)

ANSWERED, NOT_STORED, STORED, LATE, RIVAL = "answered", "not stored", "stored", "late", "rival"
TRIES = 3


class Network:
    """A stream behind a network; `fates` says what happens to each append."""

    def __init__(self, before: int, fates: list[str]) -> None:
        self.stored = [f"older-{n}" for n in range(1, before + 1)]
        self.lost = self.tries = 0
        self._fates = [*fates]
        self._under_way: list[tuple[str, int]] = []

    def read(self) -> list[str]:
        return list(self.stored)

    def append(self, event_id: str, expected_version: int) -> int:
        self.tries += 1
        for late in self._under_way:
            self._store(*late)
        self._under_way.clear()
        fate = self._fates.pop(0) if self._fates else ANSWERED
        if fate == RIVAL:
            self.stored.append(RIVAL)
        if fate in (NOT_STORED, LATE):
            if fate == LATE:
                self._under_way.append((event_id, expected_version))
            self._lose()
        if not self._store(event_id, expected_version):
            raise WrongExpectedVersion("account-1", expected_version, len(self.stored))
        if fate == STORED:
            self._lose()
        return len(self.stored)

    def _store(self, event_id: str, expected_version: int) -> bool:
        fits = expected_version == len(self.stored)
        if fits:
            self.stored.append(event_id)
        return fits

    def _lose(self) -> None:
        self.lost += 1
        raise TimeoutError("no answer came")


def _appending(surely: Callable[..., Any], case: tuple[int, list[str]]) -> Any:
    """What is said where nothing is amiss: whoever looks once more is right as well."""
    before, fates = case
    network = Network(before, fates)
    error = None
    try:
        said = surely(network.read, network.append, "ours", before)
    except (TimeoutError, WrongExpectedVersion) as raised:
        said, error = type(raised).__name__, raised
    found = network.stored.index("ours") + 1 if "ours" in network.stored else None
    if network.stored.count("ours") > 1:
        return Broken("your event is stored twice")
    if set(network.stored[before:]) - {"ours", RIVAL}:
        return Broken("an event is stored under another id than yours")
    if network.tries > TRIES:
        return Broken(f"you try {network.tries} times, and {TRIES} are asked for")
    if said == "TimeoutError" and network.lost < TRIES:
        return Broken(f"you let the TimeoutError of try {network.tries} through, of {TRIES}")
    if error and not found:
        raise error
    if said in (found, "TimeoutError") and found:
        return "its version, or not known after three tries"
    where = f"version {found}" if found else "not stored"
    return said if said is ... else Broken(f"you say {said}, and your event is {where}")


TESTS["answer_lost"] = Compare(
    cases=st.tuples(
        st.integers(0, 2),
        st.lists(st.sampled_from([NOT_STORED, STORED, LATE, RIVAL]), max_size=4),
    ),
    run=_appending,
    examples=((0, []), (2, [NOT_STORED])),
    context=lambda case: (
        f"the stream is at version {case[0]}; what happens to the appends, one after the other: "
        f"{case[1] or 'all are answered'}"
    ),
)


def _withdrawing(withdraw: Callable[..., Any], case: tuple[list[int], int]) -> Any:
    """Whether it was refused, and what is amiss with what is taken."""
    balances, amount = case
    taken = withdraw(balances, amount)
    if not isinstance(taken, dict):
        return taken
    if sum(balances) < amount:
        return Broken(f"the parts hold less than {amount} together, and you give a dict: {taken}")
    for place, cents in taken.items():
        if place not in range(len(balances)) or not 0 < cents <= balances[place]:
            return Broken(f"you take {cents!r} from part {place!r}; parts 0 and on hold {balances}")
    if sum(taken.values()) != amount:
        return Broken(f"you take {sum(taken.values())} in all, and {amount} is asked for")
    few = next(n for n in range(1, len(balances) + 1) if sum(sorted(balances)[-n:]) >= amount)
    if len(taken) > few:
        return Broken(f"you take from {len(taken)} parts, and {few} can be enough")
    return {"taken": sum(taken.values()), "from parts": few}


TESTS["hot_stream"] = Compare(
    cases=st.tuples(
        st.lists(st.sampled_from([0, 1, 20, 50, 55]), min_size=1, max_size=4),
        st.sampled_from([1, 20, 50, 55, 70, 100, 105]),
    ),
    run=_withdrawing,
    examples=(([50], 20), ([0], 20)),
    context=lambda case: f"the parts hold {case[0]}; withdraw {case[1]}",
)

NOBODY, SELF, OTHERS = "nobody", "you", "others"
Moment = tuple[str, list[int]]  # who has just written an event; how far behind each replica is


def _reading(read: Callable[..., Any], moments: list[Moment]) -> Any:
    """Nothing but praise, or the first read that is too old, too dear, or badly remembered."""
    token = written = 0
    for number, (who, behind) in enumerate(moments, 1):
        written += who != NOBODY
        if who == SELF:
            token = written
        replicas = [max(0, written - late) for late in behind]
        pages = {f"page {at}": at for at in (*replicas, written)}
        asked: list[int] = []

        def leader(written: int = written, asked: list[int] = asked) -> tuple[int, str]:
            asked.append(written)
            return written, f"page {written}"

        found = read(token, [(at, f"page {at}") for at in replicas], leader)
        if found is ...:  # the stub
            return found
        if not isinstance(found, list | tuple) or len(found) != 2 or found[0] not in pages:
            yours = found if isinstance(found, tuple | str) else type(found).__name__
            return Broken(f"a page and the new token are asked for, and you return {yours!r}")
        page, at = found[0], pages[found[0]]
        given = f"read {number} is given token {token} and replicas at {replicas}, and you"
        if at < token:
            return Broken(f"{given} show {page}, which is too old for her")
        if len(asked) > all(one < token for one in replicas):
            return Broken(f"{given} ask the leader{' twice' * (len(asked) > 1)}")
        if found[1] != at:
            return Broken(f"{given} show {page}, with {found[1]!r} as her new token")
        token = at
    return "as it should be"


TESTS["own_write"] = Compare(
    cases=st.lists(
        st.tuples(st.sampled_from([NOBODY, SELF, OTHERS]), st.lists(st.integers(0, 3), max_size=3)),
        min_size=1,
        max_size=4,
    ),
    run=_reading,
    examples=([(SELF, [0])], [(SELF, [0, 1]), (SELF, [0, 0])]),
    events=lambda _: (),  # what was written when stands in the context
    context=lambda moments: "; ".join(
        f"{who} wrote an event, then you read, and the replicas are {behind} events behind"
        for who, behind in moments
    ),
)

CHAPTER = from_pages(13, "More than one machine", __name__, TESTS)
