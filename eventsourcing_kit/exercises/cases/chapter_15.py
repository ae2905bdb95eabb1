"""Cases of chapter 15: two for each of four systems."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.strategies as st

from .. import Compare, Test, from_pages

TESTS: dict[str, Test] = {}

# --- the bank ------------------------------------------------------------------------------------

ENTRIES = st.lists(st.tuples(st.integers(1, 6), st.integers(-3, 5)), max_size=5).map(
    lambda entries: sorted(entries, key=lambda entry: entry[0])
)

TESTS["closing_balances"] = Compare(
    cases=st.tuples(ENTRIES, st.integers(1, 5)),
    run=lambda closing_balances, case: closing_balances(list(case[0]), case[1]),
    examples=(([(1, 100), (3, -30)], 4), ([(1, 5)], 1)),
    context=lambda case: f"entries: {case[0]}, last_day: {case[1]}",
)

POSTINGS = st.lists(
    st.tuples(
        st.sampled_from(["t1", "t2", "t3"]),
        st.sampled_from(["sent", "received"]),
        st.sampled_from([100, 250]),
    ),
    max_size=5,
)

TESTS["halves"] = Compare(
    cases=POSTINGS,
    run=lambda halves, postings: halves(list(postings)),
    examples=([("t1", "sent", 100), ("t1", "received", 100), ("t2", "sent", 250)], []),
    context=lambda postings: f"postings: {postings}",
)

# --- an audit trail ------------------------------------------------------------------------------

Change = dict[str, Any]

VALUES = st.sampled_from(["Bonn", "Kiel", None])
COLUMN_CHANGES = st.dictionaries(st.sampled_from(["city", "name"]), VALUES, max_size=2)


def _changes(draw: st.DrawFn) -> list[Change]:
    """A row's changes as they can follow each other: insert, update, delete, insert again."""
    found: list[Change] = []
    there = False
    for minute in range(1, 1 + draw(st.integers(0, 6))):
        who = draw(st.sampled_from(["ann", "ben"]))
        if not there:
            row = {"city": draw(VALUES), "name": draw(VALUES)}
            found.append({"at": minute, "who": who, "type": "RowInserted", "values": row})
            there = True
        elif draw(st.integers(0, 3)):
            values = draw(COLUMN_CHANGES)
            found.append({"at": minute, "who": who, "type": "RowUpdated", "values": values})
        else:
            found.append({"at": minute, "who": who, "type": "RowDeleted", "values": {}})
            there = False
    return found


CHANGES = st.composite(_changes)()
INSERTED: Change = {
    "at": 1, "who": "ann", "type": "RowInserted", "values": {"city": "Bonn", "name": "Kiel"}
}  # fmt: skip
UPDATED: Change = {"at": 2, "who": "ben", "type": "RowUpdated", "values": {"city": "Kiel"}}

TESTS["row_at"] = Compare(
    cases=st.tuples(CHANGES, st.integers(0, 6)),
    run=lambda row_at, case: row_at(list(case[0]), case[1]),
    examples=(([INSERTED], 1), ([INSERTED], 0), ([INSERTED, UPDATED], 1)),
    context=lambda case: f"at: {case[1]}, changes: {case[0]}",
)

TESTS["last_editor"] = Compare(
    cases=CHANGES,
    run=lambda last_editor, changes: last_editor(list(changes), "city"),
    examples=([INSERTED], [INSERTED, UPDATED]),
    context=lambda changes: f"column: city, changes: {changes}",
)

# --- version control -----------------------------------------------------------------------------

Commits = dict[str, dict[str, Any]]
PATHS = st.sampled_from(["a.txt", "b.txt"])
TEXTS = st.sampled_from(["one", "two", "", None])


def _commits(draw: st.DrawFn) -> Commits:
    """A tree of commits: c1 has no parent, each other one an earlier one."""
    commits: Commits = {}
    for number in range(1, 1 + draw(st.integers(1, 6))):
        parent = f"c{draw(st.integers(1, number - 1))}" if number > 1 else None
        changes = draw(st.dictionaries(PATHS, TEXTS, max_size=2))
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
    run=lambda files_at, case: files_at(dict(case[0]), case[1]),
    examples=((TWO, "c1"), (TWO, "c2"), (BRANCHED, "c2")),
    context=lambda case: f"commit: {case[1]}, commits: {case[0]}",
)


def _search(first_bad: Any, case: tuple[int, int]) -> tuple[Any, str]:
    """What the learner's search finds, and whether it took few enough tries."""
    count, bad = case
    tries: list[str] = []

    def is_bad(commit: str) -> bool:
        tries.append(commit)
        return int(commit[1:]) >= bad

    commits = [f"c{number}" for number in range(1, count + 1)]
    found = first_bad(commits, is_bad)
    few = math.ceil(math.log2(count)) + 1
    return found, "few tries" if len(tries) <= few else "too many tries"


TESTS["first_bad"] = Compare(
    cases=st.integers(1, 40).flatmap(
        lambda count: st.tuples(st.just(count), st.integers(1, count))
    ),
    run=_search,
    examples=((2, 2), (3, 2), (8, 8)),
    context=lambda case: f"{case[0]} commits, c1 to c{case[0]}; bad from c{case[1]} on",
)

# --- a game --------------------------------------------------------------------------------------

MOVES = st.tuples(
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=3),
    st.lists(st.sampled_from(["undo", "undo", "redo", "a"]), max_size=5),
).map(lambda parts: [*parts[0], *parts[1]])

TESTS["undo"] = Compare(
    cases=MOVES,
    run=lambda undo, events: undo(list(events)),
    examples=(["a", "b", "undo", "c"], ["a", "undo", "redo"], ["a"]),
    context=lambda events: f"events: {events}",
)

Step = tuple[str, int]  # player, number of pieces taken

TAKEN = st.lists(
    st.tuples(st.sampled_from(["ann", "ann", "ben", "ben", "eve"]), st.integers(0, 4)), max_size=6
)
HONEST: list[Step] = [("ann", 1), ("ben", 3), ("ann", 2)]


def _mostly_honest(draw: st.DrawFn) -> tuple[int, list[Step]]:
    """A game of which most moves follow the rules, so that a cheat can come late."""
    pile = draw(st.integers(1, 12))
    left, steps = pile, []
    for number in range(draw(st.integers(0, 6))):
        if draw(st.integers(0, 5)) == 0 or left <= 0:
            player, taken = draw(st.tuples(st.sampled_from(["ann", "ben"]), st.integers(0, 4)))
        else:
            player, taken = ("ann", "ben")[number % 2], draw(st.integers(1, min(3, left)))
        steps.append((player, taken))
        left -= taken
    return pile, steps


TESTS["first_cheat"] = Compare(
    cases=st.composite(_mostly_honest)() | st.tuples(st.integers(1, 8), TAKEN),
    run=lambda first_cheat, case: first_cheat(case[0], list(case[1])),
    examples=((6, HONEST), (5, [("ann", 3), ("ben", 3)]), (9, [("ann", 3), ("ben", 4)])),
    context=lambda case: f"pile: {case[0]}, log: {case[1]}",
)

CHAPTER = from_pages(15, "Four systems", __name__, TESTS)
