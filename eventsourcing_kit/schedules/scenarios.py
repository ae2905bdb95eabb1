"""The races that come with the kit: a hundred euros, withdrawals of eighty, and readers that poll.

Ada and Ben hold one account. Each stands at a machine and asks for eighty euros. A third is Cem.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import duckdb

from ..errors import DomainError, WrongExpectedVersion
from ..stores import EventStore
from .explorer import Actor, Crashed, Participant, Scenario, Step, Waits
from .invariants import (
    a_reader_misses_nothing,
    acknowledged_is_stored,
    every_event_is_read_once,
    no_lost_update,
    no_overdraft,
    versions_without_gaps,
)
from .world import StoreWorld, TableWorld, World

NAMES = ("Ada", "Ben", "Cem")
ASKED = 80
BALANCE = ("balance", World.balance)

WRITING = (
    ("versions without gaps", versions_without_gaps),
    ("no overdraft", no_overdraft),
    ("acknowledged = stored", acknowledged_is_stored),
)


class NotEnough(DomainError):
    """The machine refuses: the balance that was read is less than what was asked for."""


# --- rows ----------------------------------------------------------------------------------------


def read_row(world: TableWorld, me: Actor) -> None:
    """Read the balance."""
    me["balance"] = world.row_balance()


def write_row(world: TableWorld, me: Actor) -> None:
    """Write the balance that is left, as computed from the one that was read."""
    decide(me)
    world.cursor(me).execute("UPDATE row_account SET balance = ?", [me["balance"] - ASKED])
    world.acknowledged.append(me.name)


def rows(writers: int = 2) -> Scenario:
    """A row is read, and written back with what was computed: the lost update."""
    return Scenario(
        "a row, read and written back",
        _participants(writers, (read_row, write_row)),
        TableWorld(unique=False),
        (("no lost update", no_lost_update),),
        told,
        ("balance", TableWorld.row_balance),
    )


# --- events --------------------------------------------------------------------------------------


def read(world: TableWorld, me: Actor) -> None:
    """Read the account: its version, and the balance that follows from its events."""
    events = world.cursor(me).execute("SELECT version, amount FROM race").fetchall()
    me["version"] = max(version for version, _ in events)
    me["balance"] = sum(amount for _, amount in events)


def lock_and_read(world: TableWorld, me: Actor) -> None:
    """Take the account's lock, then read. The lock is held until the append is committed."""
    _lock(world, me)
    read(world, me)


def unlock(world: TableWorld, me: Actor) -> None:
    """Let go of the lock."""
    if world.holder == me.name:
        world.holder = None
        world.lock.release()


def append_at_the_end(world: TableWorld, me: Actor) -> None:
    """Decide, and append wherever the stream ends by now."""
    decide(me)
    world.cursor(me).execute(
        "INSERT INTO race SELECT nextval('numbers'), max(version) + 1, ?, ? FROM race",
        [me.name, -ASKED],
    )
    world.acknowledged.append(me.name)


def append_if_unchanged(world: TableWorld, me: Actor) -> None:
    """Decide, and append behind what was read if that is still the end: one statement does both."""
    decide(me)
    [(stored,)] = (
        world.cursor(me)
        .execute(
            """
            INSERT INTO race SELECT nextval('numbers'), last + 1, ?, ?
            FROM (SELECT max(version) AS last FROM race) WHERE last = ?
            """,
            [me.name, -ASKED, me["version"]],
        )
        .fetchall()
    )
    if not stored:
        raise WrongExpectedVersion("race", me["version"], _last(world, me))
    world.acknowledged.append(me.name)


def look_for_the_end(world: TableWorld, me: Actor) -> None:
    """Decide, and look where the stream ends by now: the first half of an append."""
    decide(me)
    me["version"] = _last(world, me)


def check_the_version(world: TableWorld, me: Actor) -> None:
    """Decide, and check that the stream still ends where it was read: the first half of one."""
    decide(me)
    last = _last(world, me)
    if last != me["version"]:
        raise WrongExpectedVersion("race", me["version"], last)


def append_behind_what_was_read(world: TableWorld, me: Actor) -> None:
    """Append as the version that follows the one that was read or found: the second half."""
    insert(world, me)
    world.acknowledged.append(me.name)


def events(
    writers: int = 2,
    *,
    unique: bool = False,
    expected_version: bool = False,
    retry: bool = False,
    lock: bool = False,
    two_steps: bool = False,
) -> Scenario:
    """Events are read, a decision is taken, one event is appended; with the defences that are on.

    `unique` is UNIQUE (version) in the table. `expected_version`: an append checks that the stream
    still ends at the version that was read. `retry`: who is told of a conflict reads and decides
    again, once. `lock`: held from reading through the commit. An append is one statement, or with
    `two_steps` what it is made of: look at the version, then insert.
    """
    append: tuple[Step, ...] = (append_if_unchanged if expected_version else append_at_the_end,)
    if two_steps:
        look = check_the_version if expected_version else look_for_the_end
        append = (look, append_behind_what_was_read)
    first = lock_and_read if lock else read
    steps: tuple[Step, ...] = (first, *append)
    if retry:
        steps = (first, *map(_remember_conflict, append), *map(_again, steps))
    defences = {
        "UNIQUE": unique, "expected version": expected_version, "retry": retry, "lock": lock
    }  # fmt: skip
    on = [name for name, is_on in defences.items() if is_on]
    return Scenario(
        f"events{' in two steps' if two_steps else ''}, " + (" + ".join(on) or "no defence"),
        _participants(writers, steps, finish=unlock if lock else None),
        TableWorld(unique=unique),
        WRITING,
        told,
        BALANCE,
    )


def _remember_conflict(append: Step) -> Step:
    """The same, up to a conflict, which is remembered, so that later steps can try again."""

    def tried(world: TableWorld, me: Actor) -> None:
        try:
            if not me.get("conflict"):
                append(world, me)
        except (duckdb.ConstraintException, WrongExpectedVersion):
            me["conflict"] = True

    return _named(append, tried)


def _again(step: Step) -> Step:
    """The same step, taken only after a conflict."""

    def again(world: TableWorld, me: Actor) -> None:
        if me.get("conflict"):
            step(world, me)

    return _named(step, again, " again")


# --- transactions --------------------------------------------------------------------------------


def begin_and_read(world: TableWorld, me: Actor) -> None:
    """Begin a transaction and read in it."""
    world.cursor(me).execute("BEGIN")
    read(world, me)


def insert(world: TableWorld, me: Actor) -> None:
    """Decide, and insert behind what was read; in a transaction, nobody else sees it yet."""
    decide(me)
    _insert(world, me, me["version"] + 1, -ASKED)


def commit(world: TableWorld, me: Actor) -> None:
    """Commit. Only now the writer is told that its event is stored."""
    world.cursor(me).execute("COMMIT")
    world.acknowledged.append(me.name)


def roll_back(world: TableWorld, me: Actor) -> None:
    """What an error or a crash leaves open is rolled back, as the engine would."""
    if me.stopped:
        world.cursor(me).close()
        del world.cursors[me.name]


def deposit_behind_what_was_read(world: TableWorld, me: Actor) -> None:
    """Append a deposit as the version that follows the one that was read. Nothing is decided."""
    _insert(world, me, me["version"] + 1, 10)
    world.acknowledged.append(me.name)


def deposits(writers: int = 2, *, unique: bool = False) -> Scenario:
    """Read the version, insert the next one: is every version there once?"""
    return Scenario(
        f"read the version, insert the next, {'UNIQUE' if unique else 'no defence'}",
        _participants(writers, (read, deposit_behind_what_was_read)),
        TableWorld(unique=unique),
        (WRITING[0], WRITING[2]),
        told,
        BALANCE,
    )


def begin_and_check(world: TableWorld, me: Actor) -> None:
    """Begin a transaction and check in it that the stream still ends where it was read."""
    world.cursor(me).execute("BEGIN")
    check_the_version(world, me)


def transactions(
    writers: int = 2, *, unique: bool = False, expected_version: bool = False
) -> Scenario:
    """The same in a transaction: does BEGIN … COMMIT help?

    With `expected_version` the account is read before, and an append is all that it is made of:
    begin and check the version, insert, commit.
    """
    steps: tuple[Step, ...] = (begin_and_read, insert, commit)
    if expected_version:
        steps = (read, begin_and_check, insert, commit)
    on = [*["UNIQUE"] * unique, *["expected version"] * expected_version]
    return Scenario(
        f"one transaction each, {' + '.join(on) or 'no defence'}",
        _participants(writers, steps, finish=roll_back),
        TableWorld(unique=unique),
        WRITING,
        told,
        BALANCE,
    )


# --- a reader that polls -------------------------------------------------------------------------


def take_a_number(world: TableWorld, me: Actor) -> None:
    """Begin, take the next position and insert with it; nobody else sees it yet."""
    world.cursor(me).execute("BEGIN")
    _insert(world, me, me["version"], 1)


def lock_and_take_a_number(world: TableWorld, me: Actor) -> None:
    """Take the lock of all writers first; it is held through the commit."""
    _lock(world, me)
    take_a_number(world, me)


def commit_and_unlock(world: TableWorld, me: Actor) -> None:
    """Commit, then let the next writer have the lock."""
    commit(world, me)
    unlock(world, me)


def poll(world: TableWorld, me: Actor) -> None:
    """Read what lies behind the last position read."""
    seen = world.seen.setdefault(me.name, [1])
    found = (
        world.cursor(me)
        .execute("SELECT position FROM race WHERE position > ? ORDER BY position", [max(seen)])
        .fetchall()
    )
    seen += [position for (position,) in found]
    me["read up to"] = max(seen)


def polling(*, lock: bool = False) -> Scenario:
    """Two writers whose positions are taken before the commit, and a reader that polls twice."""
    steps = (lock_and_take_a_number, commit_and_unlock) if lock else (take_a_number, commit)
    writers = tuple(
        Participant(name, (partial_named(steps[0], version), steps[1]))
        for version, name in enumerate(NAMES[:2], 2)
    )
    return Scenario(
        "a reader polls, " + ("lock through commit" if lock else "no defence"),
        (*writers, Participant("reader", (poll, poll))),
        TableWorld(unique=False),
        (
            ("a reader misses nothing", a_reader_misses_nothing),
            ("acknowledged = stored", acknowledged_is_stored),
        ),
        read_so_far,
    )


def partial_named(step: Step, version: int) -> Step:
    """The step, for a writer of a stream of its own in which this is the next version."""

    def taken(world: TableWorld, me: Actor) -> None:
        me["version"] = version
        step(world, me)

    return _named(step, taken)


# --- the kit's own store -------------------------------------------------------------------------


def read_stream(world: StoreWorld, me: Actor) -> None:
    """Read the stream: its version, and the balance that follows."""
    events = world.events()
    me["version"], me["balance"] = events[-1].version, sum(event.amount for event in events)


def append(world: StoreWorld, me: Actor) -> None:
    """Decide, and append with the version that was read as expected_version."""
    decide(me)
    world.append(me.name, -ASKED, expected_version=me["version"])
    world.acknowledged.append(me.name)


def catch_up(world: StoreWorld, me: Actor) -> None:
    """Read what lies behind the checkpoint."""
    seen = world.seen.setdefault(me.name, [1])
    for batch in world.store.catch_up(world.start + max(seen)):
        seen += [event.position - world.start for event in batch]


def crash(world: World, me: Actor) -> None:
    """The process dies here."""
    raise Crashed


def kit_store(
    writers: int = 2,
    *,
    reader: bool = False,
    crash_after: int | None = None,
    store: EventStore | None = None,
) -> Scenario:
    """The kit's own store: writers with an expected version, and perhaps a reader that polls.

    With `crash_after`, the first writer dies after so many of its steps. `store` is an empty one
    of any engine, else one in memory.
    """
    steps: tuple[Step, ...] = (read_stream, append)
    people = list(_participants(writers, steps))
    if crash_after is not None:
        people[0] = Participant(NAMES[0], (*steps[:crash_after], crash))
    if reader:
        people.append(Participant("reader", (catch_up, catch_up)))
    about = [f"{NAMES[0]} dies after step {crash_after}"] if crash_after is not None else []
    about += ["a reader polls"] if reader else []
    return Scenario(
        "the kit's store" + (f", {', '.join(about)}" if about else ""),
        tuple(people),
        StoreWorld(store),
        (
            *WRITING,
            ("a reader misses nothing", a_reader_misses_nothing),
            ("every event is read once", every_event_is_read_once),
        ),
        told,
        BALANCE,
    )


# --- the table that `make schedules` prints ------------------------------------------------------


def built_in() -> list[Scenario]:
    """Every scenario of the kit, those that break first beside their cure."""
    return [
        rows(2),
        rows(3),
        deposits(2),
        deposits(3),
        deposits(3, unique=True),
        events(2),
        events(3),
        events(2, unique=True),
        events(2, expected_version=True),
        events(3, expected_version=True),
        events(2, unique=True, expected_version=True),
        events(3, unique=True, expected_version=True),
        events(2, unique=True, expected_version=True, retry=True),
        events(2, two_steps=True),
        events(2, two_steps=True, unique=True),
        events(2, two_steps=True, expected_version=True),
        events(2, two_steps=True, unique=True, expected_version=True),
        events(2, two_steps=True, lock=True),
        events(2, lock=True),
        events(3, lock=True),
        transactions(2),
        transactions(3),
        transactions(2, unique=True),
        transactions(3, unique=True),
        transactions(2, expected_version=True),
        transactions(2, unique=True, expected_version=True),
        polling(),
        polling(lock=True),
        kit_store(2),
        kit_store(3),
        kit_store(2, reader=True),
        *(kit_store(2, reader=True, crash_after=step) for step in range(3)),
    ]


# --- what came of it, in words -------------------------------------------------------------------


def told(world: World, actors: Sequence[Actor]) -> str:
    """How each kind of answer was given, whoever got it: "1 stored, 1 told of a conflict"."""
    kinds = [_fate(world, actor) for actor in actors if actor.name != "reader"]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in FATES if kind in kinds)


REFUSED_BY_POSTGRES = ("23505", "40001")  # unique_violation, serialization_failure
FATES = ("stored", "refused: not enough", "told of a conflict", "died", "died, but stored")


def _fate(world: World, actor: Actor) -> str:
    if actor.crashed:
        stored = any(event.writer == actor.name for event in world.events())
        return "died, but stored" if stored else "died"
    if isinstance(actor.error, NotEnough):
        return "refused: not enough"
    if isinstance(actor.error, duckdb.Error | WrongExpectedVersion) or (
        getattr(actor.error, "sqlstate", None) in REFUSED_BY_POSTGRES
    ):
        return "told of a conflict"
    if actor.error is not None:
        raise actor.error  # a fault in the steps, and no outcome of the race
    return "stored"


def read_so_far(world: World, actors: Sequence[Actor]) -> str:
    """How many of the two events the reader has read, and whether it has passed one by."""
    seen = world.seen["reader"]
    passed_by = a_reader_misses_nothing(world) is not None
    return f"{len(seen) - 1} read" + (", 1 passed by for ever" if passed_by else "")


def _lock(world: TableWorld, me: Actor) -> None:
    if not world.lock.acquire(blocking=False):  # one thread takes all steps: it must not sleep
        raise Waits
    world.holder = me.name


def _last(world: TableWorld, me: Actor) -> int:
    """The version at which the stream ends, as this participant sees it."""
    [(last,)] = world.cursor(me).execute("SELECT max(version) FROM race").fetchall()
    return int(last)


def _insert(world: TableWorld, me: Actor, version: int, amount: int) -> None:
    world.cursor(me).execute(
        "INSERT INTO race VALUES (nextval('numbers'), ?, ?, ?)", [version, me.name, amount]
    )


def decide(me: Actor) -> None:
    """Ask for the eighty. Raises NotEnough where the balance that was read is less."""
    me["amount"] = ASKED
    if me["balance"] < ASKED:
        raise NotEnough(f"{me['balance']} are left, {ASKED} were asked for.")


def _participants(
    writers: int, steps: tuple[Step, ...], finish: Step | None = None
) -> tuple[Participant, ...]:
    return tuple(Participant(name, steps, finish) for name in NAMES[:writers])


def _named(step: Step, wrapped: Callable[..., None], more: str = "") -> Step:
    wrapped.__name__ = step.__name__ + more.replace(" ", "_")
    wrapped.__doc__ = step.__doc__
    return wrapped
