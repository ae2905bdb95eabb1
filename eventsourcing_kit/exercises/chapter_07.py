"""Exercises of chapter 7: load from a snapshot, trust it or not, when to take one, closing
books."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import hypothesis.strategies as st

from ..event import RecordedEvent
from .chapter import Chapter
from .compare import Compare
from .exercise import Exercise, Wrong
from .histories import histories, history

Snapshot = tuple[int, int]  # version, balance


def _balance_at(events: list[RecordedEvent], version: int) -> int:
    signs = {"MoneyDeposited": 1}
    return sum(signs.get(event.type, -1) * event.data["amount"] for event in events[:version])


def _with_snapshot(
    events: list[RecordedEvent],
) -> st.SearchStrategy[tuple[list[RecordedEvent], Snapshot | None]]:
    """A history, and a snapshot somewhere in it, or none."""
    some = st.integers(1, max(1, len(events))).map(
        lambda version: (version, _balance_at(events, version)) if events else None
    )
    return st.tuples(st.just(events), st.none() | some)


class Stream:
    """A stream that counts how many of its events are read."""

    def __init__(self, events: list[RecordedEvent]) -> None:
        self._events, self.read = events, 0

    def __call__(self, from_version: int) -> list[RecordedEvent]:
        found = [event for event in self._events if event.version >= from_version]
        self.read += len(found)
        return found


def _loading(
    load: Callable[..., Any], case: tuple[list[RecordedEvent], Snapshot | None]
) -> tuple[Any, int]:
    """What was loaded, and how many events were read for it."""
    events, snapshot = case
    stream = Stream(events)
    return load(snapshot, stream), stream.read


FEW = history([("MoneyDeposited", 300, 1, 0), ("MoneyWithdrawn", 100, 1, 0)])

load_with_snapshot = Exercise(
    name="load_with_snapshot",
    title="Snapshot and tail",
    minutes=6,
    prompt="""Write `load(snapshot, read_stream)`, which returns `(version, balance)` of an account.
`snapshot` is `(version, balance)`, or `None` if there is none. `read_stream(from_version)` gives
the events from that version on, in order; the first has version 1. Read as few events as you can:
the check counts them.

`es.banking.SIGNS[event.type]` is 1 or −1, `event.data["amount"]` the cents. A stream without events
is at version 0 with a balance of 0.""",
    answer="load",
    stub="""def load(snapshot, read_stream):
    return ...""",
    hints=(
        "Begin with `version, balance = snapshot or (0, 0)`. Which is the first event that is not "
        "in it?",
        "The event at the snapshot's version is in its balance already.",
        "`for event in read_stream(version + 1):`, and take version and amount from each.",
    ),
    reference="""def load(snapshot, read_stream):
    version, balance = snapshot or (0, 0)
    for event in read_stream(version + 1):
        version = event.version
        balance += es.banking.SIGNS[event.type] * event.data["amount"]
    return version, balance""",
    why="""With a snapshot or without one the same fold runs; a snapshot only moves its start. So
the answer never depends on whether there is one.""",
    wrong_answers=(
        Wrong(
            "You read the snapshot's own event again, and it counts twice. The tail begins one "
            "version after it.",
            """def load(snapshot, read_stream):
    version, balance = snapshot or (0, 0)
    for event in read_stream(max(1, version)):
        version = event.version
        balance += es.banking.SIGNS[event.type] * event.data["amount"]
    return version, balance""",
        ),
        Wrong(
            "Right, but you read the whole stream every time: the snapshot saves nothing.",
            """def load(snapshot, read_stream):
    version, balance = 0, 0
    for event in read_stream(1):
        version = event.version
        balance += es.banking.SIGNS[event.type] * event.data["amount"]
    return version, balance""",
        ),
        Wrong(
            "You give the snapshot as it is, without what has happened since. It is a state of "
            "the past.",
            """def load(snapshot, read_stream):
    if snapshot:
        return snapshot
    version, balance = 0, 0
    for event in read_stream(1):
        version = event.version
        balance += es.banking.SIGNS[event.type] * event.data["amount"]
    return version, balance""",
        ),
        Wrong(
            "Your version counts the events that you read, not those in the stream. The next "
            "writer would expect a version that is far too low.",
            """def load(snapshot, read_stream):
    version, balance = snapshot or (0, 0)
    tail = read_stream(version + 1)
    for event in tail:
        balance += es.banking.SIGNS[event.type] * event.data["amount"]
    return len(tail), balance""",
        ),
    ),
    test=Compare(
        cases=histories(5).flatmap(_with_snapshot),
        run=_loading,
        examples=(([], None), (FEW, None)),
        events=lambda case: case[0],
        context=lambda case: f"snapshot (version, balance): {case[1]}",
    ),
)

TAGS = ("account/1/a1", "account/1/b2", "account/2/a1", "limits/1/a1")

trust_it = Exercise(
    name="trust_it",
    title="May this snapshot be used?",
    minutes=5,
    prompt="""Write `usable(snapshot, tag, stream_version)`: `True` if a fold whose tag is `tag` may
begin at this snapshot of a stream that is at `stream_version`. `snapshot` is a dict with `version`,
`tag` and `checksum_ok` (whether its bytes are still those that were written).

A tag is `"name/version/fingerprint"` of the fold that made the state: another name, another version
or other code may hold another state. A backup of the events may have been played back, so that the
stream is now shorter than it was.""",
    answer="usable",
    stub="""def usable(snapshot, tag, stream_version):
    return ...""",
    hints=(
        "Three things have to hold. Which of them concerns the bytes, which the code, which the "
        "stream?",
        "A snapshot at exactly the stream's version is fine: there is no tail.",
        "`snapshot['version'] <= stream_version`",
    ),
    reference="""def usable(snapshot, tag, stream_version):
    return (
        snapshot["checksum_ok"]
        and snapshot["tag"] == tag
        and snapshot["version"] <= stream_version
    )""",
    why="""A snapshot is a copy that can be wrong in three ways, and each time the cure is the same:
leave it out and replay. Asking costs nothing beside being wrong.""",
    wrong_answers=(
        Wrong(
            "You use states of other code: only the names of the folds were compared. The lie "
            "begins with the first release that changes evolve.",
            """def usable(snapshot, tag, stream_version):
    return (
        snapshot["checksum_ok"]
        and snapshot["tag"].split("/")[0] == tag.split("/")[0]
        and snapshot["version"] <= stream_version
    )""",
        ),
        Wrong(
            "A snapshot at the stream's own version is the best of all. You refused it.",
            """def usable(snapshot, tag, stream_version):
    return (
        snapshot["checksum_ok"]
        and snapshot["tag"] == tag
        and snapshot["version"] < stream_version
    )""",
        ),
        Wrong(
            "This one is newer than the stream: it knows events that are not there any more.",
            """def usable(snapshot, tag, stream_version):
    return snapshot["checksum_ok"] and snapshot["tag"] == tag""",
        ),
        Wrong(
            "Its bytes are damaged, and you did not ask.",
            """def usable(snapshot, tag, stream_version):
    return snapshot["tag"] == tag and snapshot["version"] <= stream_version""",
        ),
    ),
    test=Compare(
        cases=st.tuples(
            st.fixed_dictionaries(
                {
                    "version": st.integers(1, 4),
                    "tag": st.sampled_from(TAGS),
                    "checksum_ok": st.sampled_from([True, True, False]),
                }
            ),
            st.sampled_from(TAGS[:2]),
            st.integers(1, 4),
        ),
        run=lambda usable, case: usable(*case),
        examples=(
            ({"version": 2, "tag": TAGS[0], "checksum_ok": True}, TAGS[0], 4),
            ({"version": 2, "tag": TAGS[3], "checksum_ok": True}, TAGS[0], 4),
        ),
        context=lambda case: f"snapshot {case[0]}; tag {case[1]!r}; stream at {case[2]}",
    ),
)


def _versions_taken(due: Callable[[int, int, int], Any], case: tuple[list[int], int]) -> Any:
    """The versions at which snapshots are taken while a stream grows by these appends."""
    appends, n = case
    version = newest = 0
    taken: list[Any] = []
    for events in appends:
        version += events
        answer = due(version, newest, n)
        if answer is ...:  # the stub
            return answer
        if answer:
            newest = version
            taken.append(version)
    return taken


take_one = Exercise(
    name="take_one",
    title="Every n events",
    minutes=4,
    prompt="""Write `due(version, newest, n)`: whether a snapshot is to be taken now, so that **no
load has to replay n events or more** after a snapshot that was due. `version` is the stream's,
`newest` that of its newest snapshot, 0 if there is none. It is asked after each append, and an
append can bring several events at once.""",
    answer="due",
    stub="""def due(version, newest, n):
    return ...""",
    hints=(
        "How many events would the next load replay now?",
        "Multiples of n are not met when an append brings three events. Count from the newest "
        "snapshot.",
        "The tail is `version - newest`.",
    ),
    reference="""def due(version, newest, n):
    return version - newest >= n""",
    why="""What a load costs is its tail, so the tail is what to ask about. The remainder of a
division looks the same as long as events come one by one.""",
    wrong_answers=(
        Wrong(
            "You wait for a multiple of n. An append of several events jumps over it, and then "
            "the tail grows on and on.",
            """def due(version, newest, n):
    return version % n == 0""",
        ),
        Wrong(
            "One event too late: a tail of n events is due already.",
            """def due(version, newest, n):
    return version - newest > n""",
        ),
        Wrong(
            "You look at the length of the stream and not at its tail: from event n on you take a "
            "snapshot at every append.",
            """def due(version, newest, n):
    return version >= n""",
        ),
    ),
    test=Compare(
        cases=st.tuples(st.lists(st.integers(1, 4), max_size=8), st.integers(1, 6)),
        run=_versions_taken,
        examples=(([1, 1, 1, 1, 1, 1], 2), ([], 3)),
        context=lambda case: f"appends of {case[0]} events; n = {case[1]}",
    ),
)


def _cost(n: int, loads: int, write: int) -> Fraction:
    return Fraction(loads * (n - 1), 2) + Fraction(write, n)


def _has_one_best(case: tuple[int, int]) -> bool:
    loads, write = case
    best = sorted(_cost(n, loads, write) for n in range(1, 101))[:2]
    return best[0] < best[1]


best_interval = Exercise(
    name="best_interval",
    title="The interval that costs least",
    minutes=7,
    prompt="""The unit of cost is one event folded. A stream grows event by event and is loaded
`loads` times after each. With a snapshot every `n` events the tail has 0, 1, … n − 1 events, so a
load folds (n − 1) / 2 on average; and writing a snapshot costs `write`, once every n events. Write
`best_interval(loads, write)`: the whole `n` from 1 to 100 with the lowest cost **an event**.""",
    answer="best_interval",
    stub="""def best_interval(loads, write):
    return ...""",
    hints=(
        "First the cost an event for one n: what all its loads fold, and its share of a snapshot.",
        "`loads * (n - 1) / 2 + write / n`",
        "`min(range(1, 101), key=...)` tries them all. The formula alone gives a number between "
        "two whole ones.",
    ),
    reference="""def best_interval(loads, write):
    def cost(n):
        return loads * (n - 1) / 2 + write / n

    return min(range(1, 101), key=cost)""",
    why="""Reading grows with n, writing falls with it; where the two curves balance lies
√(2 · write / loads). So ten times dearer snapshots make the interval about three times as long,
and not ten.""",
    wrong_answers=(
        Wrong(
            "You took the whole tail for each load. It is n − 1 only just before a snapshot; on "
            "average it is half of that.",
            """def best_interval(loads, write):
    def cost(n):
        return loads * (n - 1) + write / n

    return min(range(1, 101), key=cost)""",
        ),
        Wrong(
            "You left out how often the stream is loaded. One that is loaded fifty times after "
            "each event wants snapshots much closer together.",
            """def best_interval(loads, write):
    def cost(n):
        return (n - 1) / 2 + write / n

    return min(range(1, 101), key=cost)""",
        ),
        Wrong(
            "You rounded the formula down. Its lowest point lies between two whole numbers, and "
            "the one above can be the cheaper of them.",
            """def best_interval(loads, write):
    return min(100, max(1, int((2 * write / loads) ** 0.5)))""",
        ),
    ),
    test=Compare(
        cases=st.tuples(st.sampled_from([1, 2, 3, 10, 50]), st.integers(1, 3_000)).filter(
            _has_one_best
        ),
        run=lambda best_interval, case: best_interval(*case),
        examples=((1, 8), (1, 50)),
        context=lambda case: f"{case[0]} loads after each event; a snapshot costs {case[1]}",
    ),
)

Move = tuple[int, int]  # year, cents


close_books = Exercise(
    name="close_books",
    title="Close the books",
    minutes=8,
    prompt="""An account's events are a list of `(year, cents)`, in the order in which they were
recorded. At the end of `year` the bank closes its books: write `close_books(events, year)`, which
returns two lists, the closed stream and the new one.

- The closed stream has all events **up to and including** that year, in their order, and then
  `("BooksClosed", balance)`.
- The new one begins with `("BooksOpened", balance)`, the same balance, and then has the events of
  later years, in their order.

An event of an older year is sometimes recorded among the later ones. It belongs to its year.""",
    answer="close_books",
    stub="""def close_books(events, year):
    return ...""",
    hints=(
        "Split the list in two by each event's own year; a comprehension for each half keeps the "
        "order.",
        "The balance is the sum of the cents in the first half, and of nothing else.",
        '`[*old, ("BooksClosed", balance)], [("BooksOpened", balance), *new]`',
    ),
    reference="""def close_books(events, year):
    old = [event for event in events if event[0] <= year]
    new = [event for event in events if event[0] > year]
    balance = sum(cents for _, cents in old)
    return [*old, ("BooksClosed", balance)], [("BooksOpened", balance), *new]""",
    why="""The opening balance is an event that the business knows, signs and audits. The new stream
is short, whatever has been before, and the old one can be put away. No snapshot is needed, and none
can lie.""",
    wrong_answers=(
        Wrong(
            "The new books begin with nothing, so the customer is poorer by all that she had. "
            "They open with the balance at which the old ones closed.",
            """def close_books(events, year):
    old = [event for event in events if event[0] <= year]
    new = [event for event in events if event[0] > year]
    balance = sum(cents for _, cents in old)
    return [*old, ("BooksClosed", balance)], [("BooksOpened", 0), *new]""",
        ),
        Wrong(
            "You cut the list at the first event of a later year. An event of the old year that "
            "was recorded after it ends up in the new books.",
            """def close_books(events, year):
    cut = next((i for i, event in enumerate(events) if event[0] > year), len(events))
    balance = sum(cents for _, cents in events[:cut])
    closed = [*events[:cut], ("BooksClosed", balance)]
    return closed, [("BooksOpened", balance), *events[cut:]]""",
        ),
        Wrong(
            "Your balance has the events of later years in it: they count twice in the new books.",
            """def close_books(events, year):
    old = [event for event in events if event[0] <= year]
    new = [event for event in events if event[0] > year]
    balance = sum(cents for _, cents in events)
    return [*old, ("BooksClosed", balance)], [("BooksOpened", balance), *new]""",
        ),
        Wrong(
            "You closed the year before: events of the year itself belong to the closed books.",
            """def close_books(events, year):
    old = [event for event in events if event[0] < year]
    new = [event for event in events if event[0] >= year]
    balance = sum(cents for _, cents in old)
    return [*old, ("BooksClosed", balance)], [("BooksOpened", balance), *new]""",
        ),
    ),
    test=Compare(
        cases=st.tuples(
            st.lists(st.tuples(st.sampled_from([2023, 2024, 2025]), st.integers(-50, 50))),
            st.just(2024),
        ),
        run=lambda close_books, case: close_books(list(case[0]), case[1]),
        examples=(([(2023, 100), (2024, 50), (2025, 7)], 2024), ([], 2024)),
        context=lambda case: f"events {case[0]}; books of {case[1]} are closed",
    ),
)

CHAPTER = Chapter(
    7,
    "Snapshots",
    __name__,
    (load_with_snapshot, trust_it, take_one, best_interval, close_books),
)
