"""Exercises of chapter 9: races by hand, retries, deliveries, boundaries, a reader that polls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st

from ..errors import WrongExpectedVersion
from ..stores import ANY, Query
from .chapter import Chapter
from .compare import Compare
from .exercise import Exercise, Wrong

schedules = st.integers(2, 3).flatmap(
    lambda writers: st.permutations([who for who in "ABC"[:writers] for _ in "12"])
)

overdraws = Exercise(
    name="overdraws",
    title="Which schedules break?",
    minutes=6,
    prompt="""Each writer has two steps: **read** the balance, and **append** a withdrawal of 80 if
the balance that it read is 80 or more. There is no defence. A schedule is a text with a letter for
each turn: in `"ABAB"` A reads, B reads, A appends, B appends. Write `overdraws(schedule, balance)`:
`True` if the account, which begins with `balance`, is below zero at the end.""",
    answer="overdraws",
    stub="""def overdraws(schedule, balance):
    return ...""",
    hints=(
        "Take the turns one by one. What does each writer remember from its first turn?",
        "A dict: `read[who]` is the balance that this writer saw. If it is not in there yet, this "
        "is its first turn.",
        "At the second turn the decision is made by `read[who]`, and the money is taken from the "
        "balance as it is now.",
    ),
    reference="""def overdraws(schedule, balance):
    read = {}
    for who in schedule:
        if who not in read:
            read[who] = balance
        elif read[who] >= 80:
            balance -= 80
    return balance < 0""",
    why="""Each writer decides by what it remembers, and the money is taken from what is there. The
time between the two is where everything goes wrong.""",
    wrong_answers=(
        Wrong(
            "With yours nothing ever breaks. Either your writers look again when they append, "
            "which is the cure and not the race; or they write back what they read, less 80, as "
            "one does with a row. Events add up: take 80 from the balance as it is now.",
            """def overdraws(schedule, balance):
    read = {}
    for who in schedule:
        if who not in read:
            read[who] = balance
        elif read[who] >= 80:
            balance = read[who] - 80
    return balance < 0""",
        ),
        Wrong(
            "Whether the first two turns belong to different writers settles it for 100 and no "
            "other balance. Take all turns.",
            """def overdraws(schedule, balance):
    return balance < 160 and balance >= 80 and schedule[0] != schedule[1]""",
        ),
        Wrong(
            "Every writer takes its money, whatever it read. One that saw too little is refused.",
            """def overdraws(schedule, balance):
    return balance - 80 * len(set(schedule)) < 0""",
        ),
    ),
    test=Compare(
        cases=st.tuples(schedules.map("".join), st.sampled_from([50, 80, 100, 159, 160, 200, 240])),
        run=lambda overdraws, case: overdraws(*case),
        examples=(("AABB", 100), ("ABAB", 100)),
        context=lambda case: f"schedule {case[0]!r}, balance {case[1]}",
    ),
)


class Busy:
    """An account on which others deposit or draw just before some of our appends."""

    def __init__(self, balance: int, others: list[int]) -> None:
        self.balance, self.version = balance, 1
        self._others = list(others)
        self.appends = 0

    def read(self) -> tuple[int, int]:
        return self.version, self.balance

    def append(self, amount: int, expected_version: Any) -> int:
        self.appends += 1
        if self.appends > 20:
            raise RuntimeError("appended more than twenty times")
        if self._others:
            moved = self._others.pop(0)
            if moved:
                self.balance += moved
                self.version += 1
        if expected_version is not ANY and expected_version != self.version:
            raise WrongExpectedVersion("account-1", expected_version, self.version)
        self.balance += amount
        self.version += 1
        return self.version


def _withdrawing(withdraw: Callable[..., Any], case: tuple[int, list[int], int]) -> Any:
    """What is said, the balance at the end, and how often it was tried."""
    balance, others, amount = case
    account = Busy(balance, others)
    try:
        said = withdraw(account.read, account.append, amount)
    except WrongExpectedVersion:
        said = "WrongExpectedVersion"
    if said is ...:  # the stub
        return said
    return said, account.balance, account.appends


def _busy(case: tuple[int, list[int], int]) -> str:
    balance, others, amount = case
    return f"balance {balance}; withdraw {amount}; others move, before our appends: {others}"


retry = Exercise(
    name="retry",
    title="Try again, and decide again",
    minutes=8,
    prompt="""Write `withdraw(read, append, amount)`. `read()` gives `(version, balance)`;
`append(-amount, expected_version)` stores a withdrawal, or raises `es.WrongExpectedVersion` if
somebody was faster.

- Not enough money: return `False`, and append nothing.
- Stored: return `True`.
- After a conflict try again, **three times in all**. Let the third conflict through.

Never overdraw, whatever others do meanwhile.""",
    answer="withdraw",
    stub="""def withdraw(read, append, amount):
    return ...""",
    hints=(
        "A loop of three. What has to be done anew in each round?",
        "After a conflict the balance that you know is old: read and decide again, then append "
        "behind the version that you have just read.",
        "`except es.WrongExpectedVersion: if attempt == 2: raise`",
    ),
    reference="""def withdraw(read, append, amount):
    for attempt in range(3):
        version, balance = read()
        if balance < amount:
            return False
        try:
            append(-amount, version)
            return True
        except es.WrongExpectedVersion:
            if attempt == 2:
                raise""",
    why="""A conflict says that the decision rests on old facts. So the decision is made again, not
only the append. The bound keeps a busy account from holding its writers for ever.""",
    wrong_answers=(
        Wrong(
            "A blind retry: you read the version again and not the balance. Somebody has drawn the "
            "money meanwhile, and you pay it out once more.",
            """def withdraw(read, append, amount):
    version, balance = read()
    if balance < amount:
        return False
    for attempt in range(3):
        try:
            append(-amount, version)
            return True
        except es.WrongExpectedVersion:
            if attempt == 2:
                raise
            version, _ = read()""",
        ),
        Wrong(
            "With `es.ANY` nobody is ever told of a conflict. The check was made on a balance that "
            "was old by then.",
            """def withdraw(read, append, amount):
    version, balance = read()
    if balance < amount:
        return False
    append(-amount, es.ANY)
    return True""",
        ),
        Wrong(
            "You do not try again. Most conflicts are over at the next attempt.",
            """def withdraw(read, append, amount):
    version, balance = read()
    if balance < amount:
        return False
    append(-amount, version)
    return True""",
        ),
        Wrong(
            "A conflict is no refusal. You say False, as if there were too little money.",
            """def withdraw(read, append, amount):
    for attempt in range(3):
        version, balance = read()
        if balance < amount:
            return False
        try:
            append(-amount, version)
            return True
        except es.WrongExpectedVersion:
            pass
    return False""",
        ),
        Wrong(
            "You never give up. Three attempts were asked for; then the caller has to know.",
            """def withdraw(read, append, amount):
    while True:
        version, balance = read()
        if balance < amount:
            return False
        try:
            append(-amount, version)
            return True
        except es.WrongExpectedVersion:
            pass""",
        ),
    ),
    test=Compare(
        cases=st.tuples(
            st.sampled_from([50, 80, 100, 200]),
            st.lists(st.sampled_from([0, 10, -30, -80]), max_size=5),
            st.just(80),
        ),
        run=_withdrawing,
        examples=((100, [], 80), (50, [], 80), (100, [10], 80)),
        context=_busy,
    ),
)

Stored = tuple[int, str, int]  # version, command_id, amount


def _delivering(deposit_once: Callable[..., Any], deliveries: list[tuple[str, int]]) -> Any:
    """What each delivery is told, and what is stored in the end."""
    stored: list[Stored] = []

    def append(command_id: str, amount: int) -> int:
        stored.append((len(stored) + 1, command_id, amount))
        return len(stored)

    told = []
    for command_id, amount in deliveries:
        answer = deposit_once(lambda: list(stored), append, command_id, amount)
        if answer is ...:  # the stub
            return answer
        told.append(answer)
    return told, stored


once = Exercise(
    name="once",
    title="Delivered twice, done once",
    minutes=6,
    prompt="""A phone loses its connection and sends the same command again, with the same
`command_id`; sometimes much later. Write `deposit_once(read, append, command_id, amount)`:
`append(command_id, amount)` stores the deposit and gives its version, and `read()` gives all
events so far as `(version, command_id, amount)`. Store each command once. Return the version of
its event, **the same answer** for each delivery.""",
    answer="deposit_once",
    stub="""def deposit_once(read, append, command_id, amount):
    return ...""",
    hints=(
        "Look for the command's id among the events before you append.",
        "It need not be the last event: others may have come in between.",
        "`for version, known, _ in read(): if known == command_id: return version`",
    ),
    reference="""def deposit_once(read, append, command_id, amount):
    for version, known, _ in read():
        if known == command_id:
            return version
    return append(command_id, amount)""",
    why="""The id makes the command recognisable, and the stream remembers it: no table beside it
can disagree. The sender cannot tell a first answer from a later one, and need not.""",
    wrong_answers=(
        Wrong(
            "You only looked at the last event. When something else comes in between, the deposit "
            "is made twice.",
            """def deposit_once(read, append, command_id, amount):
    events = read()
    if events and events[-1][1] == command_id:
        return events[-1][0]
    return append(command_id, amount)""",
        ),
        Wrong(
            "You took the same amount for the same command. Two deposits of 20.00 can be two.",
            """def deposit_once(read, append, command_id, amount):
    for version, _, known in read():
        if known == amount:
            return version
    return append(command_id, amount)""",
        ),
        Wrong(
            "The second delivery gets another answer: the stream's last version, and not that of "
            "its own event.",
            """def deposit_once(read, append, command_id, amount):
    events = read()
    if any(known == command_id for _, known, _ in events):
        return events[-1][0]
    return append(command_id, amount)""",
        ),
        Wrong(
            "Each delivery makes a deposit. The id is stored and never looked for.",
            """def deposit_once(read, append, command_id, amount):
    return append(command_id, amount)""",
        ),
        Wrong(
            "The second delivery gets None: its sender does not learn that it was done, and asks "
            "again.",
            """def deposit_once(read, append, command_id, amount):
    if command_id not in [known for _, known, _ in read()]:
        return append(command_id, amount)""",
        ),
    ),
    test=Compare(
        cases=st.lists(st.tuples(st.sampled_from(["c1", "c2", "c3"]), st.just(2_000)), max_size=5),
        run=_delivering,
        examples=([("c1", 2_000)], [("c1", 2_000), ("c1", 2_000)]),
        context=lambda deliveries: f"deliveries: {deliveries}",
    ),
)

TYPES = ("UserRegistered", "UserRenamed", "PasswordChanged", "MoneyDeposited")


def _conflicts(boundary: Callable[[str], Any], case: tuple[str, str, str]) -> Any:
    """Whether an event that was added meanwhile makes the append fail."""
    name, type_, other = case
    found = boundary(name)
    if not isinstance(found, Query):
        return found
    fits = not found.types or type_ in found.types
    return fits and found.tags <= {f"name:{other}"}


boundary = Exercise(
    name="boundary",
    title="Choose the boundary",
    minutes=5,
    prompt="""A user name may be taken once. `UserRegistered` and `UserRenamed` take a name; every
event of a user is tagged with the name that it has from then on: `"name:ada"`. Write
`boundary(name)`, which returns the `es.Query(types=[...], tags=[...])` for a condition:
*register `name`, if nothing that matches was added since I looked.* It must fail whenever the name
has been taken, and never for anything else.""",
    answer="boundary",
    stub="""def boundary(name):
    return ...""",
    hints=(
        "Which types of events can make the decision wrong? Only these belong inside.",
        "Of these types only the ones about this very name matter: the tag.",
        '`tags=[f"name:{name}"]`',
    ),
    reference="""def boundary(name):
    return es.Query(types=["UserRegistered", "UserRenamed"], tags=[f"name:{name}"])""",
    why="""The boundary is the question that the decision asked: *has anybody taken this name?*
Drawn wider, people wait for each other who have nothing to do with each other; drawn closer, the
rule breaks.""",
    wrong_answers=(
        Wrong(
            "Every registration conflicts with every other one, whatever the name. Put the name "
            "into the boundary, as a tag.",
            """def boundary(name):
    return es.Query(types=["UserRegistered", "UserRenamed"])""",
        ),
        Wrong(
            "Somebody can take the name by renaming, and you would not notice.",
            """def boundary(name):
    return es.Query(types=["UserRegistered"], tags=[f"name:{name}"])""",
        ),
        Wrong(
            "Any event with this name fails the append, a new password too. Name the types that "
            "take a name.",
            """def boundary(name):
    return es.Query(tags=[f"name:{name}"])""",
        ),
    ),
    test=Compare(
        cases=st.tuples(
            st.sampled_from(["ada", "ben"]),
            st.sampled_from(TYPES),
            st.sampled_from(["ada", "ben"]),
        ),
        run=_conflicts,
        examples=(("ada", "UserRegistered", "ada"), ("ada", "MoneyDeposited", "ben")),
        context=lambda case: (
            f"registering {case[0]!r}; meanwhile {case[1]} with the tag 'name:{case[2]}' is added"
        ),
    ),
)


def _polling(ready: Callable[..., Any], commits: list[int]) -> Any:
    """What a reader is given that asks after each commit."""
    visible: list[int] = []
    checkpoint, given = 0, list[list[int]]()
    for position in commits:
        visible = sorted([*visible, position])
        found = ready(checkpoint, list(visible))
        if found is ...:  # the stub
            return found
        given.append(list(found))
        checkpoint = max([checkpoint, *found])
    return given


poll = Exercise(
    name="poll",
    title="A reader that falls into no gap",
    minutes=7,
    prompt="""In this store each writer takes its position first and commits a moment later, so 6
can be seen before 5. Write `ready(checkpoint, visible)`: `visible` are all positions that can be
seen now, sorted; `checkpoint` is the last position that was handled. Return the list of positions
that can be handled now, **all** of them, in order, so that **none is passed by**. Positions begin
at 1, and every one of them is committed sooner or later. The check asks after each commit.""",
    answer="ready",
    stub="""def ready(checkpoint, visible):
    return ...""",
    hints=(
        "If 5 cannot be seen yet and 6 can: what happens to 5 once your checkpoint is 6?",
        "Take positions as long as each follows the one before. Stop at the first gap.",
        "`while checkpoint + 1 in visible:`",
    ),
    reference="""def ready(checkpoint, visible):
    found = []
    while checkpoint + 1 in visible:
        checkpoint += 1
        found.append(checkpoint)
    return found""",
    why="""A checkpoint says "everything up to here". That is true only as long as there is no gap
below it. (Where a writer can roll back, a gap can stay for good: then a reader waits for a while
and asks the database which transactions are still open.)""",
    wrong_answers=(
        Wrong(
            "You take everything behind the checkpoint. The position that commits a moment later "
            "lies behind you then, and is never handled.",
            """def ready(checkpoint, visible):
    return [position for position in visible if position > checkpoint]""",
        ),
        Wrong(
            "You look only whether the next position is there, and then take the rest with it, "
            "gaps and all.",
            """def ready(checkpoint, visible):
    if checkpoint + 1 not in visible:
        return []
    return [position for position in visible if position > checkpoint]""",
        ),
        Wrong(
            "One at a time: what has become visible meanwhile waits until somebody commits again, "
            "and the last ones for ever.",
            """def ready(checkpoint, visible):
    return [checkpoint + 1] if checkpoint + 1 in visible else []""",
        ),
        Wrong(
            "All or nothing: one gap further up holds back what lies before it, and where writers "
            "overlap all the time nothing is ever handled.",
            """def ready(checkpoint, visible):
    found = [position for position in visible if position > checkpoint]
    whole = found == list(range(checkpoint + 1, checkpoint + 1 + len(found)))
    return found if whole else []""",
        ),
        Wrong(
            "You begin at 1 every time, and handle again what is handled.",
            """def ready(checkpoint, visible):
    found = []
    while len(found) + 1 in visible:
        found.append(len(found) + 1)
    return found""",
        ),
    ),
    test=Compare(
        cases=st.integers(1, 6).flatmap(lambda n: st.permutations(range(1, n + 1))),
        run=_polling,
        examples=([1], [2, 1]),
        context=lambda commits: f"positions in the order of their commits: {list(commits)}",
    ),
)

CHAPTER = Chapter(9, "Two writers", __name__, (overdraws, retry, once, boundary, poll))
