"""Cases of chapter 15: two for each of four systems, and one for an account with holds."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st

from .. import Compare, Stopped, Test, from_pages
from ..slips import Trial

TESTS: dict[str, Test] = {}

# --- an order and its stock -----------------------------------------------------------------------

# ("received", quantity), ("reserved", order, quantity), ("sold", order) …
ShopEvent = tuple[Any, ...]

ENDS = ("sold", "released", "expired")


def _shelf(draw: st.DrawFn) -> list[ShopEvent]:
    """What can happen to an article's stock: never more is reserved than is free."""
    found: list[ShopEvent] = []
    on_shelf, held = 0, dict[str, int]()
    for _ in range(draw(st.integers(0, 6))):
        free = on_shelf - sum(held.values())
        order = draw(st.sampled_from(["o1", "o2", "o3"]))
        if order in held:
            end = draw(st.sampled_from(ENDS))
            quantity = held.pop(order)
            on_shelf -= quantity if end == "sold" else 0
            found.append((end, order))
        elif free and draw(st.booleans()):
            held[order] = draw(st.integers(1, free))
            found.append(("reserved", order, held[order]))
        else:
            found.append(("received", draw(st.integers(1, 4))))
            on_shelf += found[-1][1]
    return found


SHELVES = st.composite(_shelf)()
FIVE: ShopEvent = ("received", 5)

TESTS["reserve"] = Compare(
    cases=st.tuples(SHELVES, st.sampled_from(["o1", "o2", "o4"]), st.integers(1, 5)),
    examples=(([FIVE], "o1", 2), ([FIVE], "o1", 6), ([FIVE, ("reserved", "o2", 2)], "o1", 1)),
    context=lambda case: f"events: {case[0]}, order: {case[1]}, quantity: {case[2]}",
)

Entry = tuple[str, str, str, int]  # order, article, side, quantity


def _entries(draw: st.DrawFn) -> list[Entry]:
    """Orders of which most are whole; one side can come in parts, or not at all."""
    found: list[Entry] = []
    for order in ("o1", "o2"):
        for article in draw(st.lists(st.sampled_from(["mug", "pot"]), max_size=2, unique=True)):
            paid = draw(st.lists(st.integers(1, 3), max_size=2))
            parts = st.sampled_from([paid, paid, [sum(paid)] if paid else [], [1]])
            shipped = draw(parts | st.lists(st.integers(1, 3), max_size=2))
            found += [(order, article, "paid", quantity) for quantity in paid]
            found += [(order, article, "shipped", quantity) for quantity in shipped]
    return draw(st.permutations(found))


ENTRIES = st.composite(_entries)()

TESTS["unmatched"] = Compare(
    cases=ENTRIES,
    examples=([("o1", "mug", "paid", 2), ("o1", "mug", "shipped", 2)], []),
    context=lambda entries: f"entries: {entries}",
)

# --- an audit trail ------------------------------------------------------------------------------

Change = dict[str, Any]

VALUES = st.sampled_from(["Bonn", "Kiel", None])
COLUMN_CHANGES = st.dictionaries(st.sampled_from(["city", "name"]), VALUES, max_size=2)


Columns = dict[str, Any]


def _changes(
    draw: st.DrawFn, inserted: st.SearchStrategy[Columns], updated: st.SearchStrategy[Columns]
) -> list[Change]:
    """A row's changes as they can follow each other, several in a minute perhaps."""
    found: list[Change] = []
    there = False
    minute = 0
    for _ in range(draw(st.integers(0, 6))):
        minute += draw(st.integers(0, 2))
        who = draw(st.sampled_from(["ann", "ben", "eve"]))
        if not there:
            values, kind, there = draw(inserted), "RowInserted", True
        elif draw(st.integers(0, 2)):
            values, kind = draw(updated), "RowUpdated"
        else:
            values, kind, there = {}, "RowDeleted", False
        found.append({"at": minute, "who": who, "type": kind, "values": values})
    return found


WHOLE_ROWS = st.fixed_dictionaries({"city": VALUES, "name": VALUES})
SOME_COLUMNS = st.dictionaries(st.sampled_from(["city", "name"]), VALUES, min_size=1, max_size=2)
FORMS = st.composite(_changes)(WHOLE_ROWS, COLUMN_CHANGES | WHOLE_ROWS)
CHANGES = st.composite(_changes)(SOME_COLUMNS, COLUMN_CHANGES)
INSERTED: Change = {
    "at": 1, "who": "ann", "type": "RowInserted", "values": {"city": "Bonn", "name": "Kiel"}
}  # fmt: skip
UPDATED: Change = {"at": 2, "who": "ben", "type": "RowUpdated", "values": {"city": "Kiel"}}

TESTS["row_at"] = Compare(
    cases=st.tuples(CHANGES, st.integers(0, 12)),
    examples=(([INSERTED], 1), ([INSERTED], 0), ([INSERTED, UPDATED], 1)),
    context=lambda case: f"at: {case[1]}, changes: {case[0]}",
)

TESTS["last_editor"] = Compare(
    cases=st.tuples(FORMS, st.sampled_from(["city", "name"])),
    samples=150,
    examples=(([INSERTED], "city"), ([INSERTED, UPDATED], "city")),
    context=lambda case: f"column: {case[1]}, changes: {case[0]}",
)

# --- version control -----------------------------------------------------------------------------

Commits = dict[str, dict[str, Any]]
PATHS = st.sampled_from(["a.txt", "b.txt"])
TEXTS = st.sampled_from(["one", "two", "", None])


def _commits(draw: st.DrawFn) -> Commits:
    """A tree of commits: c1 has no parent, each other one an earlier one.

    A commit removes only a file that its parent has.
    """
    commits: Commits = {}
    paths: dict[str | None, set[str]] = {None: set()}
    for number in range(1, 1 + draw(st.integers(1, 6))):
        parent = f"c{draw(st.integers(1, number - 1))}" if number > 1 else None
        drawn = draw(st.dictionaries(PATHS, TEXTS, max_size=2))
        there = paths[parent]
        changes = {path: text for path, text in drawn.items() if text is not None or path in there}
        removed = {path for path, text in changes.items() if text is None}
        paths[f"c{number}"] = (there | changes.keys()) - removed
        commits[f"c{number}"] = {"parent": parent, "changes": changes}
    return commits


COMMITS = st.composite(_commits)()
TWO: Commits = {
    "c1": {"parent": None, "changes": {"a.txt": "one"}},
    "c2": {"parent": "c1", "changes": {"b.txt": "two"}},
}
BRANCHED: Commits = TWO | {"c3": {"parent": "c1", "changes": {"a.txt": "two"}}}

TESTS["files_at"] = Compare(
    cases=COMMITS.flatmap(
        lambda commits: st.tuples(st.just(commits), st.sampled_from(sorted(commits)))
    ),
    examples=((TWO, "c1"), (TWO, "c2"), (BRANCHED, "c2")),
    context=lambda case: f"commit: {case[1]}, commits: {case[0]}",
)


class NoEnd(Stopped):
    """A search goes on testing for ever."""


class NoCommit(LookupError):
    """What was to be tested is none of the commits."""


def _search(first_bad: Any, case: tuple[int, int]) -> tuple[Any, str]:
    """What the learner's search finds, and whether it needed more tests than it may.

    Raises NoCommit out of a test of anything else, and NoEnd out of one that comes long after each
    commit could have been tested twice.
    """
    count, bad = case
    tests = 0

    def is_bad(commit: str) -> bool:
        nonlocal tests
        if commit not in commits:
            raise NoCommit(f"is_bad takes a commit, such as 'c1', and not {commit!r}")
        tests += 1
        if tests > 4 * count:
            raise NoEnd(f"{tests} tests of {count} commits, and no end: what is left gets no less.")
        return int(commit[1:]) >= bad

    commits = [f"c{number}" for number in range(1, count + 1)]
    found = first_bad(list(commits), is_bad)
    over = tests - count.bit_length()
    return found, f"{over} too many" if over > 0 else "as few as allowed"


def _tests_too_many(trial: Trial) -> str | None:
    """That the search is right, and too long."""
    if trial.got.raised or trial.got.value[0] != trial.expected.value[0]:
        return None
    over = trial.got.value[1]
    return f"You find the right commit, but your tests are {over}: each should halve what is left."


TESTS["first_bad"] = Compare(
    cases=st.integers(1, 40).flatmap(
        lambda count: st.tuples(st.just(count), st.integers(1, count))
    ),
    run=_search,
    examples=((2, 2), (3, 2), (8, 8)),
    says=_tests_too_many,
    context=lambda case: f"commits from c1 to c{case[0]}; bad from c{case[1]} on",
    parts=("the first bad commit", "the number of tests"),
)

# --- a game --------------------------------------------------------------------------------------

STEP = st.sampled_from(["a", "b", "undo", "undo", "redo", "redo"])
MOVES = st.lists(STEP, max_size=8) | st.tuples(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=4),
    st.lists(STEP, max_size=6),
).map(lambda parts: [*parts[0], *parts[1]])

TESTS["undo"] = Compare(
    cases=MOVES,
    examples=(["a", "b", "undo", "c"], ["a", "undo", "redo"], ["a"]),
    context=lambda events: f"events: {events}",
)

Step = tuple[str, int]  # player, number of pieces taken

TAKEN = st.lists(
    st.tuples(st.sampled_from(["ann", "ann", "ben", "ben", "eve"]), st.integers(-1, 4)), max_size=6
)
HONEST: list[Step] = [("ann", 1), ("ben", 3), ("ann", 2)]


def _mostly_honest(draw: st.DrawFn) -> tuple[int, list[Step]]:
    """A game of which most moves follow the rules, so that a cheat comes late, or after the end."""
    pile = draw(st.integers(1, 12))
    any_player, any_number = st.sampled_from(["ann", "ben"]), st.sampled_from([1, 0, 2, 3, 4, -1])
    left, steps = pile, []
    for number in range(draw(st.integers(0, 6))):
        player = ("ann", "ben")[number % 2]
        if left <= 0:
            taken = draw(any_number)
        elif draw(st.integers(0, 5)) == 0:
            player, taken = draw(any_player), draw(any_number)
        else:
            taken = draw(st.integers(1, min(3, left)))
        steps.append((player, taken))
        left -= taken
    return pile, steps


TESTS["first_cheat"] = Compare(
    cases=st.composite(_mostly_honest)() | st.tuples(st.integers(1, 8), TAKEN),
    examples=((6, HONEST), (5, [("ann", 3), ("ben", 3)]), (9, [("ann", 3), ("ben", 4)])),
    context=lambda case: f"pile: {case[0]}, log: {case[1]}",
)

# --- an account with holds ------------------------------------------------------------------------

# ("posted", amount), ("held", hold, amount, until), ("captured", hold, amount, final) …
CardEvent = tuple[Any, ...]


def _card(draw: st.DrawFn) -> tuple[list[CardEvent], int]:
    """What can happen to an account with a card, and an hour to ask at, often that of an end."""
    found: list[CardEvent] = []
    held = dict[str, int]()
    ends = [draw(st.integers(1, 9))]
    for _ in range(draw(st.integers(0, 6))):
        hold = draw(st.sampled_from(["hotel", "café"]))
        if draw(st.integers(0, 3)) == 0:
            found.append(("posted", draw(st.sampled_from([100, 50, -20]))))
        elif hold not in held:
            held[hold] = draw(st.integers(1, 60))
            ends.append(draw(st.integers(1, 9)))
            found.append(("held", hold, held[hold], ends[-1]))
        elif draw(st.integers(0, 2)) == 0:
            del held[hold]
            found.append(("released", hold))
        else:
            amount, final = draw(st.integers(1, held[hold])), draw(st.booleans())
            found.append(("captured", hold, amount, final))
            held[hold] -= amount
            if final or not held[hold]:
                del held[hold]
    return found, draw(st.sampled_from(ends))


HOTEL: CardEvent = ("held", "hotel", 60, 18)

TESTS["available"] = Compare(
    cases=st.composite(_card)(),
    examples=(
        ([("posted", 100), HOTEL], 17),
        ([("posted", 100), HOTEL, ("captured", "hotel", 60, True)], 17),
        ([("posted", 100), HOTEL, ("released", "hotel")], 17),
    ),
    context=lambda case: f"events: {case[0]}, now: {case[1]}",
)

CHAPTER = from_pages(15, "Four systems", __name__, TESTS)
