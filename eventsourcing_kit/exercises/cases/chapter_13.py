"""Cases of chapter 13: partitions, a reader on a sequence, majorities, lost answers, replicas."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count, pairwise
from typing import Any

import hypothesis.strategies as st

from ...errors import WrongExpectedVersion
from .. import Compare, Test, from_pages

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
    """What the partition follows from, and whether the numbers will do."""
    step, partitions = case
    events = _events(step)
    Word.process = 0
    first = [partition(dict(event), partitions) for event in events]
    if first[0] is ...:  # the stub
        return first[0]
    if first != [partition(dict(event), partitions) for event in events]:
        return "asked twice, it says two things"
    if _one_after_the_other(partition, events[0], partitions):
        return "it depends on who comes first"
    Word.process = 1
    elsewhere = [partition(dict(event), partitions) for event in events]
    Word.process = 0
    if first != elsewhere:
        return "another process says another partition"
    if not set(first) <= set(range(partitions)):
        return f"a partition that is none of 0 to {partitions - 1}"
    fullest = max(map(first.count, set(first)))
    if fullest * partitions > 2 * len(events):
        fair = "the fullest partition gets more than twice its share"
    else:
        fair = "no partition gets more than twice its share"
    return f"it follows from {_follows_from(partition, events[:40], partitions)}", fair


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
    cases=st.tuples(st.sampled_from([1, 8, 10, 16]), st.sampled_from([4, 8, 16])),
    run=_partitioning,
    examples=((1, 4),),
    max_examples=12,
    context=lambda case: (
        f"{CUSTOMERS} customers, customer-10000, customer-{10_000 + case[0]} and so on, each with "
        f"two accounts; {case[1]} partitions"
    ),
)


def _spreading(spread: Callable[..., Any], case: tuple[str, int]) -> Any:
    events = [{"customer": name} for name in case[0]]
    return spread(events, lambda event, partitions: ord(event["customer"]) % partitions, case[1])


TESTS["spread"] = Compare(
    cases=st.tuples(st.text("ABCDEF", min_size=1, max_size=7), st.integers(1, 4)),
    run=_spreading,
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
    held: dict[str, dict[str, int]] = {who: {} for who, _ in _steps(case)}
    visible: list[tuple[int, int]] = []
    checkpoint, given = (0, 0), list[list[tuple[int, int]]]()
    begun = 0
    for who, step in _steps(case):
        mine = held[who]
        if step == "number":
            mine[step] = begun = next(numbers)
        elif step == "position":
            mine[step] = next(positions)
        else:
            if step == "commit":
                visible.append((mine["number"], mine["position"]))
            mine.clear()
        still_open = [one["number"] for one in held.values() if "number" in one]
        found = ready(checkpoint, list(visible), min(still_open, default=begun + 1))
        if found is ...:  # the stub
            return found
        given.append(list(found))
        checkpoint = given[-1][-1] if given[-1] else checkpoint
    return given


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


TESTS["majority"] = Compare(
    cases=st.lists(st.integers(0, 3), min_size=1, max_size=7).map(_sides),
    examples=((3, [3]), (3, [1])),
    context=lambda case: f"{case[0]} nodes; the sides that run: {case[1]}",
)

ANSWERED, NOT_STORED, STORED, LATE, RIVAL = "answered", "not stored", "stored", "late", "rival"
TRIES = 3


class Network:
    """A stream behind a network; `fates` says what happens to each append."""

    def __init__(self, before: int, fates: list[str]) -> None:
        self.stored = [f"older-{n}" for n in range(1, before + 1)]
        self.lost = 0
        self._fates = [*fates]
        self._under_way: list[tuple[str, int]] = []

    def read(self) -> list[str]:
        return list(self.stored)

    def append(self, event_id: str, expected_version: int) -> int:
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
    """What is said, and how often the event is stored."""
    before, fates = case
    network = Network(before, fates)
    try:
        said = surely(network.read, network.append, "ours", before)
    except (TimeoutError, WrongExpectedVersion) as error:
        said = type(error).__name__
    found = network.stored.index("ours") + 1 if "ours" in network.stored else None
    if found and (said == found or (said == "TimeoutError" and network.lost == TRIES)):
        said = "its version, or not known after three"  # whoever looks once more is right as well
    yours = network.stored.count("ours")
    others = len([one for one in network.stored[before:] if one not in ("ours", RIVAL)])
    return {"said": said, "your event is stored": yours, "and under another id": others}


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
    """Whether it was refused, what is taken in all, and what that does to the parts."""
    balances, amount = case
    taken = withdraw(list(balances), amount)
    if taken is None or taken is ...:
        return taken
    left = [
        balance - sum(cents for part, cents in taken.items() if part == place)
        for place, balance in enumerate(balances)
    ]
    return {
        "taken": sum(taken.values()),
        "below zero": [place for place, balance in enumerate(left) if balance < 0],
        "parts": len(taken),
        "nothing or less taken from": sum(cents <= 0 for cents in taken.values()),
        "no such part": len(set(taken) - set(range(len(balances)))),
    }


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
    """What each read of a session was: too old, dearer than needed, well remembered."""
    token = seen = written = 0
    told = []
    for who, behind in moments:
        written += who != NOBODY
        if who == SELF:
            token = seen = written
        replicas = [max(0, written - late) for late in behind]
        pages = {f"page {at}": at for at in (*replicas, written)}
        asked: list[int] = []

        def leader(written: int = written, asked: list[int] = asked) -> tuple[int, str]:
            asked.append(written)
            return written, f"page {written}"

        found = read(token, [(at, f"page {at}") for at in replicas], leader)
        if found is ...:  # the stub
            return found
        page, token = found
        if page not in pages:
            return "not one of the pages"
        amiss = {
            "too old": pages[page] < seen,
            "the leader asked in vain": len(asked) > all(at < seen for at in replicas),
            "another token": token != max(pages[page], seen),
        }
        told.append(", ".join(what for what, is_so in amiss.items() if is_so) or "as it should be")
        seen = max(pages[page], seen)
    return told


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
