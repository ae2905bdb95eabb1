"""Exercises of chapter 15: two for each of four systems."""

from __future__ import annotations

import math
from typing import Any

import hypothesis.strategies as st

from .chapter import Chapter
from .compare import Compare
from .exercise import Exercise, Wrong

# --- the bank ------------------------------------------------------------------------------------

Entry = tuple[int, int]  # day, cents

ENTRIES = st.lists(st.tuples(st.integers(1, 6), st.integers(-3, 5)), max_size=5).map(
    lambda entries: sorted(entries, key=lambda entry: entry[0])
)

closing_balances = Exercise(
    name="closing_balances",
    title="A balance for every day",
    minutes=6,
    prompt="""A statement shows the balance at the end of **every** day, also of days on which
nothing happened. Write `closing_balances(entries, last_day)`: `entries` are `(day, cents)` in the
order of their days, which count from 1. Return a list with one balance for each day from 1 to
`last_day`. What happens after `last_day` does not count.

`closing_balances([(1, 100), (3, -30)], 4)` is `[100, 100, 70, 70]`.""",
    answer="closing_balances",
    stub="""def closing_balances(entries, last_day):
    return ...""",
    hints=(
        "Go through the days, not through the entries.",
        "For each day: what is the sum of all entries up to it?",
        "`sum(cents for day, cents in entries if day <= today)`",
    ),
    reference="""def closing_balances(entries, last_day):
    return [
        sum(cents for day, cents in entries if day <= today)
        for today in range(1, last_day + 1)
    ]""",
    why="""Between two events the state stays what it was, and a projection that draws one point an
event forgets that. This one is quadratic and right; a running sum makes it linear.""",
    wrong_answers=(
        Wrong(
            "You have one balance for each entry. A day without an entry has a balance too.",
            """def closing_balances(entries, last_day):
    balance, balances = 0, []
    for day, cents in entries:
        balance += cents
        if day <= last_day:
            balances.append(balance)
    return balances""",
        ),
        Wrong(
            "You show what moved on the day, not the balance at its end.",
            """def closing_balances(entries, last_day):
    return [
        sum(cents for day, cents in entries if day == today)
        for today in range(1, last_day + 1)
    ]""",
        ),
        Wrong(
            "Two entries of one day: you keep only the last one. A dictionary by day forgets.",
            """def closing_balances(entries, last_day):
    moved = dict(entries)
    return [
        sum(cents for day, cents in moved.items() if day <= today)
        for today in range(1, last_day + 1)
    ]""",
        ),
        Wrong(
            "The last day is missing: `range` ends before its second number.",
            """def closing_balances(entries, last_day):
    return [
        sum(cents for day, cents in entries if day <= today)
        for today in range(1, last_day)
    ]""",
        ),
    ),
    test=Compare(
        cases=st.tuples(ENTRIES, st.integers(1, 5)),
        run=lambda closing_balances, case: closing_balances(list(case[0]), case[1]),
        examples=(([(1, 100), (3, -30)], 4), ([(1, 5)], 1)),
        context=lambda case: f"entries: {case[0]}, last_day: {case[1]}",
    ),
)

Posting = tuple[str, str, int]  # transfer_id, side, cents

POSTINGS = st.lists(
    st.tuples(
        st.sampled_from(["t1", "t2", "t3"]),
        st.sampled_from(["sent", "received"]),
        st.sampled_from([100, 250]),
    ),
    max_size=5,
)

halves = Exercise(
    name="halves",
    title="Find the half transfers",
    minutes=6,
    prompt="""Each transfer should leave two events: one `"sent"` and one `"received"`, of the
same amount. Write `halves(postings)`: `postings` are `(transfer_id, side, cents)` of the whole
bank, in any order; a side can occur more than once. Return the sorted list of the ids for which
what was sent and what was received is not the same sum. This is the reconciliation that a bank runs
every night.

`halves([("t1", "sent", 100), ("t1", "received", 100), ("t2", "sent", 250)])` is `["t2"]`.""",
    answer="halves",
    stub="""def halves(postings):
    return ...""",
    hints=(
        "Give the two sides opposite signs. What is left of a transfer that is whole?",
        "A dictionary from id to a sum: add for `sent`, subtract for `received`.",
        "`totals[id] = totals.get(id, 0) + (cents if side == 'sent' else -cents)`",
    ),
    reference="""def halves(postings):
    totals = {}
    for transfer_id, side, cents in postings:
        signed = cents if side == "sent" else -cents
        totals[transfer_id] = totals.get(transfer_id, 0) + signed
    return sorted(id for id, total in totals.items() if total != 0)""",
    why="""Double-entry bookkeeping in one line: over all accounts what was sent and what was
received sums to zero. It finds what no single account's rules can see, since each account is
right by itself.""",
    wrong_answers=(
        Wrong(
            "You count events. Two that were sent are not a whole transfer.",
            """def halves(postings):
    counts = {}
    for transfer_id, side, cents in postings:
        counts[transfer_id] = counts.get(transfer_id, 0) + 1
    return sorted(id for id, count in counts.items() if count != 2)""",
        ),
        Wrong(
            "You ask whether both sides are there, not whether they are of the same amount.",
            """def halves(postings):
    sides = {}
    for transfer_id, side, cents in postings:
        sides.setdefault(transfer_id, set()).add(side)
    return sorted(id for id, found in sides.items() if len(found) != 2)""",
        ),
        Wrong(
            "You keep one posting for each side. A transfer may be sent twice: add up, do not "
            "overwrite.",
            """def halves(postings):
    sides = {}
    for transfer_id, side, cents in postings:
        sides.setdefault(transfer_id, {"sent": 0, "received": 0})[side] = cents
    return sorted(id for id, found in sides.items() if found["sent"] != found["received"])""",
        ),
        Wrong(
            "You miss money that was received and never sent. That is the worse half.",
            """def halves(postings):
    totals = {}
    for transfer_id, side, cents in postings:
        signed = cents if side == "sent" else -cents
        totals[transfer_id] = totals.get(transfer_id, 0) + signed
    return sorted(id for id, total in totals.items() if total > 0)""",
        ),
        Wrong(
            "The ids are not sorted: a report that changes its order cannot be compared.",
            """def halves(postings):
    totals = {}
    for transfer_id, side, cents in postings:
        signed = cents if side == "sent" else -cents
        totals[transfer_id] = totals.get(transfer_id, 0) + signed
    return [id for id, total in totals.items() if total != 0]""",
        ),
    ),
    test=Compare(
        cases=POSTINGS,
        run=lambda halves, postings: halves(list(postings)),
        examples=([("t1", "sent", 100), ("t1", "received", 100), ("t2", "sent", 250)], []),
        context=lambda postings: f"postings: {postings}",
    ),
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

row_at = Exercise(
    name="row_at",
    title="The row as it was",
    minutes=7,
    prompt="""An audit trail has the changes of one row, in order, each as a dict: `{"at": 1,
"who": "ann", "type": "RowInserted", "values": {"city": "Bonn", "name": "Ada"}}`. `RowUpdated` has
only the columns that changed, `RowDeleted` has none. A deleted row can be inserted again.

Write `row_at(changes, at)`: the row as a dict, as it was at that minute (changes **at** it
count), or `None` if there was none.""",
    answer="row_at",
    stub="""def row_at(changes, at):
    return ...""",
    hints=(
        "It is a fold. The state is the row, or None.",
        "An update brings new values for some columns: `{**row, **values}`. An insert, for all.",
        "A change to `None` is a change: the column is empty now, the row is not gone.",
    ),
    reference="""def row_at(changes, at):
    row = None
    for change in changes:
        if change["at"] > at:
            continue
        if change["type"] == "RowInserted":
            row = dict(change["values"])
        elif change["type"] == "RowUpdated":
            row = {**row, **change["values"]}
        else:
            row = None
    return row""",
    why="""The table has only the last row. The trail has all of them, and one fold gives each.
What it
cannot give is what was meant: "city: Kiel" may be a move, a correction or a mistake.""",
    wrong_answers=(
        Wrong(
            "You forget that a deleted row is gone.",
            """def row_at(changes, at):
    row = None
    for change in changes:
        if change["at"] <= at:
            row = {**(row or {}), **change["values"]}
    return row""",
        ),
        Wrong(
            "You stop before the minute that was asked for: what happened at it counts.",
            """def row_at(changes, at):
    row = None
    for change in changes:
        if change["at"] >= at:
            continue
        if change["type"] == "RowInserted":
            row = dict(change["values"])
        elif change["type"] == "RowUpdated":
            row = {**row, **change["values"]}
        else:
            row = None
    return row""",
        ),
        Wrong(
            "An update has only the columns that changed. You lose the others.",
            """def row_at(changes, at):
    row = None
    for change in changes:
        if change["at"] <= at:
            row = None if change["type"] == "RowDeleted" else dict(change["values"])
    return row""",
        ),
        Wrong(
            "You take a value of None for no change. Emptying a column is one.",
            """def row_at(changes, at):
    row = None
    for change in changes:
        if change["at"] > at:
            continue
        if change["type"] == "RowInserted":
            row = dict(change["values"])
        elif change["type"] == "RowUpdated":
            new = {k: v for k, v in change["values"].items() if v is not None}
            row = {**row, **new}
        else:
            row = None
    return row""",
        ),
    ),
    test=Compare(
        cases=st.tuples(CHANGES, st.integers(0, 6)),
        run=lambda row_at, case: row_at(list(case[0]), case[1]),
        examples=(([INSERTED], 1), ([INSERTED], 0), ([INSERTED, UPDATED], 1)),
        context=lambda case: f"at: {case[1]}, changes: {case[0]}",
    ),
)

last_editor = Exercise(
    name="last_editor",
    title="Who made it so?",
    minutes=8,
    prompt="""The same changes of one row. An application often writes all columns of a form, also
those
that nobody touched. So `RowUpdated` here may hold values that are what they were.

Write `last_editor(changes, column)`: who gave the column the value that it has at the end, that
is, made the last change that **changed** it. Inserting counts as giving each column its value.
Return `None` if the row is not there at the end.""",
    answer="last_editor",
    stub="""def last_editor(changes, column):
    return ...""",
    hints=(
        "Fold two things at once: the value, and who is to blame for it.",
        "An update that writes the value that is already there changes nobody.",
        "Deleting clears both; inserting sets both, whatever was there before.",
    ),
    reference="""def last_editor(changes, column):
    value, who = None, None
    for change in changes:
        if change["type"] == "RowDeleted":
            value, who = None, None
        elif change["type"] == "RowInserted":
            value, who = change["values"][column], change["who"]
        elif column in change["values"] and change["values"][column] != value:
            value, who = change["values"][column], change["who"]
    return who""",
    why="""This is `blame`, for a column. "Last written by" and "last changed by" are two
questions, and a form that writes all its fields makes the first one useless.""",
    wrong_answers=(
        Wrong(
            "You name who wrote the column last, although it had that value already.",
            """def last_editor(changes, column):
    who = None
    for change in changes:
        if change["type"] == "RowDeleted":
            who = None
        elif column in change["values"]:
            who = change["who"]
    return who""",
        ),
        Wrong(
            "You name who changed the row last, whatever they changed.",
            """def last_editor(changes, column):
    if not changes or changes[-1]["type"] == "RowDeleted":
        return None
    return changes[-1]["who"]""",
        ),
        Wrong(
            "A deleted row has no editor; you still name the one before.",
            """def last_editor(changes, column):
    value, who = None, None
    for change in changes:
        if change["type"] == "RowInserted":
            value, who = change["values"][column], change["who"]
        elif column in change["values"] and change["values"][column] != value:
            value, who = change["values"][column], change["who"]
    return who""",
        ),
        Wrong(
            "Inserted again with the same value: that is a new row. Who inserted it made it so.",
            """def last_editor(changes, column):
    value, who, there = object(), None, False
    for change in changes:
        there = change["type"] != "RowDeleted"
        if column in change["values"] and change["values"][column] != value:
            value, who = change["values"][column], change["who"]
    return who if there else None""",
        ),
    ),
    test=Compare(
        cases=CHANGES,
        run=lambda last_editor, changes: last_editor(list(changes), "city"),
        examples=([INSERTED], [INSERTED, UPDATED]),
        context=lambda changes: f"column: city, changes: {changes}",
    ),
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

files_at = Exercise(
    name="files_at",
    title="Check out a commit",
    minutes=8,
    prompt="""A repository is a dict of commits: `{"c1": {"parent": None, "changes": {"a.txt":
"one"}}, "c2": {"parent": "c1", "changes": {}}}`. `changes` are against the parent; `None` as a
text removes the file, an empty text is an empty file. Several commits can have the same parent:
these are branches.

Write `files_at(commits, commit)`: the files at that commit, as a dict from path to text.""",
    answer="files_at",
    stub="""def files_at(commits, commit):
    return ...""",
    hints=(
        "Which commits count? Only those on the way from this one back to the first.",
        "Collect that line, turn it round, and fold the changes over it.",
        "Or let the function call itself: the files of the parent, then this commit's changes.",
    ),
    reference="""def files_at(commits, commit):
    line = []
    while commit is not None:
        line.append(commits[commit])
        commit = commits[commit]["parent"]
    files = {}
    for each in reversed(line):
        files.update(each["changes"])
    return {path: text for path, text in files.items() if text is not None}""",
    why="""The log is a tree, and each branch is a fold over its own path through it. That is all
that
"check out" means. Git keeps a snapshot of the files in each commit, so it need not fold.""",
    wrong_answers=(
        Wrong(
            "You fold over all commits. The other branch's changes are not on this line.",
            """def files_at(commits, commit):
    files = {}
    for name, each in commits.items():
        files.update(each["changes"])
        if name == commit:
            break
    return {path: text for path, text in files.items() if text is not None}""",
        ),
        Wrong(
            "You fold from the newest to the oldest, so the oldest text wins.",
            """def files_at(commits, commit):
    files = {}
    while commit is not None:
        files.update(commits[commit]["changes"])
        commit = commits[commit]["parent"]
    return {path: text for path, text in files.items() if text is not None}""",
        ),
        Wrong(
            "An empty file is a file. Only None removes one.",
            """def files_at(commits, commit):
    line = []
    while commit is not None:
        line.append(commits[commit])
        commit = commits[commit]["parent"]
    files = {}
    for each in reversed(line):
        files.update(each["changes"])
    return {path: text for path, text in files.items() if text}""",
        ),
        Wrong(
            "A file that was removed comes back as None. It is gone.",
            """def files_at(commits, commit):
    line = []
    while commit is not None:
        line.append(commits[commit])
        commit = commits[commit]["parent"]
    files = {}
    for each in reversed(line):
        files.update(each["changes"])
    return files""",
        ),
    ),
    test=Compare(
        cases=COMMITS.flatmap(
            lambda commits: st.tuples(st.just(commits), st.sampled_from(sorted(commits)))
        ),
        run=lambda files_at, case: files_at(dict(case[0]), case[1]),
        examples=((TWO, "c1"), (TWO, "c2"), (BRANCHED, "c2")),
        context=lambda case: f"commit: {case[1]}, commits: {case[0]}",
    ),
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


first_bad = Exercise(
    name="first_bad",
    title="Bisect",
    minutes=9,
    prompt="""Today's version is bad, and one commit broke it: from that one on all are bad, and
perhaps it was the very first. Write `first_bad(commits, is_bad)`: `commits` is the line, the
oldest first, and the last one is bad for sure. `is_bad(commit)` replays and
tests one; that is slow, so **halve**: for n commits at most log₂ n, rounded up, and one more.
Return the first bad commit.""",
    answer="first_bad",
    stub="""def first_bad(commits, is_bad):
    return ...""",
    hints=(
        "Keep two places: all before `low` are good, the one at `high` is bad.",
        "Test the middle. If it is bad, the first bad one is there or before; else behind it.",
        "`while low < high: middle = (low + high) // 2`",
    ),
    reference="""def first_bad(commits, is_bad):
    low, high = 0, len(commits) - 1
    while low < high:
        middle = (low + high) // 2
        if is_bad(commits[middle]):
            high = middle
        else:
            low = middle + 1
    return commits[low]""",
    why="""Any state can be rebuilt, so any question about "since when" is a search over replays,
and a
thousand commits need ten of them. It works only where good never follows bad.""",
    wrong_answers=(
        Wrong(
            "You test every commit in turn. Halve: each test can rule out half of them.",
            """def first_bad(commits, is_bad):
    for commit in commits:
        if is_bad(commit):
            return commit""",
        ),
        Wrong(
            "You come out one too late: the middle itself can be the first bad one.",
            """def first_bad(commits, is_bad):
    low, high = 0, len(commits) - 1
    while low < high:
        middle = (low + high) // 2
        if is_bad(commits[middle]):
            high = middle
        else:
            low = middle + 1
    return commits[min(low + 1, len(commits) - 1)]""",
        ),
        Wrong(
            "You take for granted that the first one is good. It may be bad already.",
            """def first_bad(commits, is_bad):
    good, bad = 0, len(commits) - 1
    while bad - good > 1:
        middle = (good + bad) // 2
        if is_bad(commits[middle]):
            bad = middle
        else:
            good = middle
    return commits[bad]""",
        ),
        Wrong(
            "You return the last good one, not the first bad one.",
            """def first_bad(commits, is_bad):
    low, high = 0, len(commits) - 1
    while low < high:
        middle = (low + high) // 2
        if is_bad(commits[middle]):
            high = middle
        else:
            low = middle + 1
    return commits[max(low - 1, 0)]""",
        ),
    ),
    test=Compare(
        cases=st.integers(1, 40).flatmap(
            lambda count: st.tuples(st.just(count), st.integers(1, count))
        ),
        run=_search,
        examples=((2, 2), (3, 2), (8, 8)),
        context=lambda case: f"{case[0]} commits, c1 to c{case[0]}; bad from c{case[1]} on",
    ),
)

# --- a game --------------------------------------------------------------------------------------

MOVES = st.tuples(
    st.lists(st.sampled_from(["a", "b", "c"]), max_size=3),
    st.lists(st.sampled_from(["undo", "undo", "redo", "a"]), max_size=5),
).map(lambda parts: [*parts[0], *parts[1]])

undo = Exercise(
    name="undo",
    title="Undo, and undo that",
    minutes=8,
    prompt="""A puzzle's events are names of moves, and two more: `"undo"` takes back the last
move that counts, `"redo"` brings back the last one that was taken back. A new move after an undo
makes the moves taken back unreachable. An undo or redo for which there is nothing does nothing.

Write `undo(events)`: the list of moves that count at the end.
`undo(["a", "b", "undo", "c"])` is `["a", "c"]`.""",
    answer="undo",
    stub="""def undo(events):
    return ...""",
    hints=(
        "The state is two lists: the moves that count, and those that were taken back.",
        "Undo moves one from the first list to the second; redo moves it back.",
        "A new move empties the second list.",
    ),
    reference="""def undo(events):
    done, taken_back = [], []
    for event in events:
        if event == "undo":
            if done:
                taken_back.append(done.pop())
        elif event == "redo":
            if taken_back:
                done.append(taken_back.pop())
        else:
            done.append(event)
            taken_back = []
    return done""",
    why="""Nothing is deleted: "undo" is a fact like any other, and the fold knows what it means.
So the replay still shows the move, the regret, and how long it took.""",
    wrong_answers=(
        Wrong(
            "You drop one move for each undo at the end of the list, whenever it was. What was "
            "undone is the move before the undo.",
            """def undo(events):
    moves = [event for event in events if event not in ("undo", "redo")]
    net = max(0, events.count("undo") - events.count("redo"))
    return moves[: max(0, len(moves) - net)]""",
        ),
        Wrong(
            "A new move after an undo ends what can be redone. You bring back an old one.",
            """def undo(events):
    done, taken_back = [], []
    for event in events:
        if event == "undo":
            if done:
                taken_back.append(done.pop())
        elif event == "redo":
            if taken_back:
                done.append(taken_back.pop())
        else:
            done.append(event)
    return done""",
        ),
        Wrong(
            "You redo in the wrong order: the move that was taken back last comes back first.",
            """def undo(events):
    done, taken_back = [], []
    for event in events:
        if event == "undo":
            if done:
                taken_back.append(done.pop())
        elif event == "redo":
            if taken_back:
                done.append(taken_back.pop(0))
        else:
            done.append(event)
            taken_back = []
    return done""",
        ),
        Wrong(
            "Redo does nothing in your answer.",
            """def undo(events):
    done = []
    for event in events:
        if event == "undo":
            done = done[:-1]
        elif event != "redo":
            done.append(event)
    return done""",
        ),
    ),
    test=Compare(
        cases=MOVES,
        run=lambda undo, events: undo(list(events)),
        examples=(["a", "b", "undo", "c"], ["a", "undo", "redo"], ["a"]),
        context=lambda events: f"events: {events}",
    ),
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


first_cheat = Exercise(
    name="first_cheat",
    title="Find the cheat",
    minutes=8,
    prompt="""Nim: there is a pile, `"ann"` and `"ben"` take turns, Ann begins, each takes 1 to 3
pieces and never more than are left. Who takes the last one wins, and then the game is over. A
client sends its log as `(player, taken)` pairs.

Write `first_cheat(pile, log)`: the number, from 1, of the first entry that the rules do not
allow, or `None`. `first_cheat(5, [("ann", 3), ("ben", 3)])` is `2`.""",
    answer="first_cheat",
    stub="""def first_cheat(pile, log):
    return ...""",
    hints=(
        "Replay the game, and before each entry ask whether the rules allow it.",
        "Three questions: whose turn is it, is the number 1 to 3, are there as many left?",
        "`turn = ('ann', 'ben')[i % 2]` for the entry with the index i.",
    ),
    reference="""def first_cheat(pile, log):
    left = pile
    for i, (player, taken) in enumerate(log):
        if player != ("ann", "ben")[i % 2]:
            return i + 1
        if not 1 <= taken <= min(3, left):
            return i + 1
        left -= taken
    return None""",
    why="""The rules are code, the log is a claim, and a replay compares the two. A result that
was sent without its moves could not be checked at all. After the end nothing is left, so `min(3,
left)` is 0 and any move is refused.""",
    wrong_answers=(
        Wrong(
            "You check each entry by itself, not against the pile. None can take what is not left.",
            """def first_cheat(pile, log):
    for i, (player, taken) in enumerate(log):
        if player != ("ann", "ben")[i % 2] or not 1 <= taken <= 3:
            return i + 1
    return None""",
        ),
        Wrong(
            "You do not ask whose turn it was.",
            """def first_cheat(pile, log):
    left = pile
    for i, (player, taken) in enumerate(log):
        if not 1 <= taken <= min(3, left):
            return i + 1
        left -= taken
    return None""",
        ),
        Wrong(
            "You count from 0. The first entry has the number 1.",
            """def first_cheat(pile, log):
    left = pile
    for i, (player, taken) in enumerate(log):
        if player != ("ann", "ben")[i % 2] or not 1 <= taken <= min(3, left):
            return i
        left -= taken
    return None""",
        ),
        Wrong(
            "Taking nothing is not a move.",
            """def first_cheat(pile, log):
    left = pile
    for i, (player, taken) in enumerate(log):
        if player != ("ann", "ben")[i % 2] or not 0 <= taken <= min(3, left):
            return i + 1
        left -= taken
    return None""",
        ),
        Wrong(
            "You only compare the sum with the pile at the end. Which entry was it?",
            """def first_cheat(pile, log):
    if sum(taken for _, taken in log) > pile:
        return len(log)
    for i, (player, taken) in enumerate(log):
        if player != ("ann", "ben")[i % 2] or not 1 <= taken <= 3:
            return i + 1
    return None""",
        ),
    ),
    test=Compare(
        cases=st.composite(_mostly_honest)() | st.tuples(st.integers(1, 8), TAKEN),
        run=lambda first_cheat, case: first_cheat(case[0], list(case[1])),
        examples=((6, HONEST), (5, [("ann", 3), ("ben", 3)]), (9, [("ann", 3), ("ben", 4)])),
        context=lambda case: f"pile: {case[0]}, log: {case[1]}",
    ),
)

CHAPTER = Chapter(
    15,
    "Four systems",
    __name__,
    (
        closing_balances,
        halves,
        row_at,
        last_editor,
        files_at,
        first_bad,
        undo,
        first_cheat,
    ),
)
