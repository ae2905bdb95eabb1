"""Nine attacks on a bank, made for real, and what each defence notices of them.

The attacker has the file. He changes rows of the DuckDB table by SQL, takes the triggers off where
they refuse him, and is careful: positions, versions and times have no gap afterwards. With
`rehash` he makes the hashes of the chain anew, for which he needs no key. Only in the eighth
attack has he stolen one, that of the checkpoints; in the ninth the bank itself is the attacker.
"""

from __future__ import annotations

import shutil
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any, Self, cast
from uuid import UUID

import duckdb
import msgspec

from ..bars import progress
from ..errors import CheckpointRefused, InvalidInput
from ..event import NewEvent, fixed_clock
from ..stores import ANY, open_engine
from ..stores.opening import sql
from ..stores.protocol import EventStore
from . import merkle
from .checkpoint import Checkpoint, cosign, open_checkpoint, sign_checkpoint
from .keys import KeyRing, Signer
from .seal import (
    Seal,
    Stored,
    chain_hash,
    hash_of,
    leaf,
    read_seal,
    signed_body,
    stored_events,
    to_be_signed,
)
from .sealed import sealed
from .verify import verify
from .witness import Witness

NOON = datetime(2025, 3, 14, 12, tzinfo=UTC)
ORIGIN = "bank.example/ledger"
# Keys of numbers that everybody knows, so that every run is the same. Never make one like that.
WRITER = Signer("writer.bank.example", bytes([1]) * 32)
LOG = Signer(ORIGIN, bytes([2]) * 32, "checkpoint")
WITNESS = Signer("witness.example", bytes([3]) * 32, "witness")
RING = KeyRing([WRITER, LOG, WITNESS])

DEFENCES = ("trigger", "chain", "signature", "checkpoint", "witness")
ACCOUNTS = 4

Change = Callable[[list[Stored], int], list[Stored]]


@dataclass(frozen=True)
class Attack:
    """What is done to the events, given an index; and in what part of the log (from, to) it is."""

    name: str
    change: Change
    within: tuple[float, float] = (0, 1)
    signs_again: bool = False
    elsewhere: bool = False  # in a second file: the first one is left as it was


@dataclass(frozen=True)
class Notice:
    """Who noticed, what was said, and whether it names the very event (None: it names none)."""

    by: str
    said: str
    position: int | None = None
    exact: bool | None = None


@dataclass(frozen=True)
class Attacked:
    """One attack as it was made: its statements, the events before and after, who noticed.

    `refused` is what the trigger said to somebody who may not drop it, or "". `noticed` has for
    each set of the other defences what was noticed first, and `not_checked` what verify says that
    it did not look at. `note` is the checkpoint that an auditor is shown afterwards.
    """

    attack: str
    place: int
    rehash: bool
    statements: tuple[str, ...]
    refused: str
    before: list[Stored]
    after: list[Stored]
    note: str
    noticed: dict[frozenset[str], Notice | None]
    not_checked: dict[frozenset[str], tuple[str, ...]]


# --- the nine ------------------------------------------------------------------------------------


def _with_data(event: Stored, **values: object) -> Stored:
    data = msgspec.json.decode(event.data_json) | values
    return event._replace(data_json=msgspec.json.encode(data, order="sorted").decode())


def change_amount(events: list[Stored], place: int) -> list[Stored]:
    """One more digit."""
    amount = msgspec.json.decode(events[place].data_json)["amount"]
    return _put(events, place, _with_data(events[place], amount=10 * amount))


def change_metadata(events: list[Stored], place: int) -> list[Stored]:
    """Somebody else did it."""
    about = msgspec.json.decode(events[place].metadata_json) | {"actor": "clerk-99"}
    text = msgspec.json.encode(about, order="sorted").decode()
    return _put(events, place, events[place]._replace(metadata_json=text))


def delete_one(events: list[Stored], place: int) -> list[Stored]:
    """It never happened."""
    return events[:place] + events[place + 1 :]


def swap_two(events: list[Stored], place: int) -> list[Stored]:
    """With the one behind it: who came first?"""
    return [*events[:place], events[place + 1], events[place], *events[place + 2 :]]


def insert_one(events: list[Stored], place: int) -> list[Stored]:
    """A deposit that nobody made, in front of another event, with that one's seal."""
    forged = _with_data(events[place], amount=99_900)._replace(event_id=str(UUID(int=99)))
    return [*events[:place], forged, *events[place:]]


def move_one(events: list[Stored], place: int) -> list[Stored]:
    """The same event, in the next account."""
    number = int(events[place].stream_id.removeprefix("account-")) % ACCOUNTS + 1
    return _put(events, place, events[place]._replace(stream_id=f"account-{number}"))


def cut_tail(events: list[Stored], place: int) -> list[Stored]:
    """From here on nothing happened."""
    return events[:place]


ATTACKS = {
    attack.name: attack
    for attack in (
        Attack("change an amount", change_amount),
        Attack("change the metadata", change_metadata),
        Attack("delete one from the middle", delete_one, (0.1, 0.9)),
        Attack("swap two", swap_two, (0, 0.99)),
        Attack("insert one", insert_one),
        Attack("move one to another stream", move_one),
        Attack("cut the tail", cut_tail, (0.5, 1)),
        Attack("cut the tail, sign again", cut_tail, (0.5, 1), signs_again=True),
        Attack("two histories", change_amount, signs_again=True, elsewhere=True),
    )
}


def _put(events: list[Stored], place: int, event: Stored) -> list[Stored]:
    return [*events[:place], event, *events[place + 1 :]]


# --- what a careful attacker does beside ---------------------------------------------------------


def renumbered(events: Iterable[Stored]) -> list[Stored]:
    """No gap in positions, versions and times."""
    versions: Counter[str] = Counter()
    done = []
    for position, event in enumerate(events, 1):
        versions[event.stream_id] += 1
        at = NOON + timedelta(seconds=position)
        version = versions[event.stream_id]
        moved = event._replace(position=position, version=version)
        done.append(moved._replace(recorded_at=at, occurred_at=at))
    return done


def rehashed(events: Iterable[Stored], signer: Signer | None = None) -> list[Stored]:
    """Every seal made to fit: with a signer signed, and else with a signature that is none now."""
    heads: dict[str, str] = {}
    done = []
    for event in events:
        old = read_seal(event.seal)
        assert old is not None
        seal = old._replace(stream_id=event.stream_id, version=event.version)
        seal = seal._replace(previous=heads.get(event.stream_id, ""))
        if signer is not None:
            seal = seal._replace(signature=_signed(signer, seal, event))
        as_text = seal._asdict() | {"signature": b64encode(seal.signature).decode()}
        done.append(event._replace(seal=as_text))
        heads[event.stream_id] = chain_hash(signed_body(seal, event))
    return done


def _signed(signer: Signer, seal: Seal, event: Stored) -> bytes:
    return signer.sign(to_be_signed(signed_body(seal, event)))


# --- the bank, and what is done to its file ------------------------------------------------------


class Lab:
    """A sealed bank in a folder, its checkpoint, and a witness who has seen it."""

    def __init__(self, folder: Path | str, events: int = 16) -> None:
        """Make the bank, in a new folder in this one: so many events (8 or more) of four accounts.

        Raises InvalidInput.
        """
        if events < 8:
            raise InvalidInput("events", "must be 8 or more")
        self.folder = Path(mkdtemp(prefix="lab-", dir=folder))
        self.path = self.folder / "bank.duckdb"
        _fill(self.path, events)
        self.events = _read(self.path)
        self.note = _note(self.events)
        self._seen = self.folder / "witness.json"
        self._witness(self._seen).cosign(self.note)
        self._connection = duckdb.connect(str(self.path))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()

    def attack(
        self,
        name: str,
        place: int,
        *,
        rehash: bool = False,
        sets: Iterable[Collection[str]] | None = None,
    ) -> Attacked:
        """Make one attack at an index, ask each set of defences, and roll it back.

        Without `sets` all sixteen are asked of what verify can do. Raises InvalidInput for a place
        where this attack has none.
        """
        attack = ATTACKS[name]
        if place not in places(attack, len(self.events)):
            raise InvalidInput("place", f"{name!r} has none at {place}")
        after = renumbered(attack.change(self.events, place))
        if attack.elsewhere:
            after = rehashed(after, WRITER)
        elif rehash:
            after = rehashed(after)
        statements = _statements(self.events, after)
        asked = [frozenset(one) for one in (_all_sets() if sets is None else sets)]
        noticed: dict[frozenset[str], Notice | None] = {}
        not_checked = {}
        touched = _touched(attack, self.events, place)
        with _tampered(self._connection, statements) as (said, rows):
            left = rows.events
            note = _note(left) if attack.signs_again else self.note
            for on in asked:
                noticed[on], not_checked[on] = self._ask(
                    cast("EventStore", rows), on, note, touched
                )
        refused = "" if attack.elsewhere else said
        texts = tuple(text for text, _ in statements)
        events = (self.events, left)
        return Attacked(name, place, rehash, texts, refused, *events, note, noticed, not_checked)

    def _ask(
        self, store: EventStore, on: frozenset[str], note: str, touched: set[object]
    ) -> tuple[Notice | None, tuple[str, ...]]:
        """What these defences say, the one first that names an event; and what they left out."""
        left: tuple[str, ...] = ()
        keys = RING if "signature" in on else None
        shown = note if on & {"checkpoint", "witness"} else None
        if on & {"chain", "signature"}:
            seen = self._cosigned(note) if "witness" in on else shown
            report = verify(store, keys, seen if keys else None, chain="chain" in on)
            left = report.not_checked
            if shown and not keys:  # verify was not given it; it is held against the log below
                left = tuple(one for one in left if "checkpoint" not in one)
            if fault := report.fault:
                by = " and ".join(name for name in ("chain", "signature") if name in on)
                names_none = fault.stream_id is None
                exact = None if names_none else bool({fault.position, _at(fault)} & touched)
                by = "checkpoint" if names_none else by
                return Notice(by, str(fault), fault.position, exact), left
        if shown and (said := _against(store, shown)):
            return Notice("checkpoint", said), left
        if "witness" in on and (said := self._refusal(note)):
            return Notice("witness", said), left
        return None, left

    def _witness(self, path: Path) -> Witness:
        return Witness(WITNESS, KeyRing([LOG]), path, fixed_clock(NOON + timedelta(days=1)))

    def _refusal(self, note: str) -> str:
        """Why the witness will not sign the checkpoint that an auditor is shown; "" if it does."""
        memory = self.folder / "asked.json"
        shutil.copyfile(self._seen, memory)
        try:
            self._witness(memory).cosign(note)
        except CheckpointRefused as error:
            return str(error)
        return ""

    def _cosigned(self, note: str) -> str:
        """The note with the witness's line, where it gives one."""
        return note if self._refusal(note) else cosign(note, WITNESS, NOON + timedelta(days=1))


def places(attack: Attack, events: int) -> range:
    """The indexes at which an attack can be made; the first events of the accounts stay."""
    low, high = (int(part * events) for part in attack.within)
    return range(max(low, ACCOUNTS), min(high, events))


def _fill(path: Path, events: int) -> None:
    draw = Random(10)
    with sealed(open_engine(path, clock=fixed_clock(NOON + timedelta(seconds=1))), WRITER) as bank:
        for number in range(1, events + 1):
            account = number if number <= ACCOUNTS else draw.randint(1, ACCOUNTS)
            event = NewEvent(
                "MoneyDeposited",
                {"amount": 100 * draw.randint(1, 500), "currency": "EUR"},
                {"actor": f"clerk-{draw.randint(1, 9):02}"},
                event_id=UUID(int=1000 + number),
            )
            bank.append(f"account-{account}", [event], ANY)


def _read(path: Path) -> list[Stored]:
    with open_engine(path, read_only=True) as store:
        return [event for batch in stored_events(store) for event in batch]


def _note(events: Sequence[Stored]) -> str:
    root = merkle.root([leaf(event, hash_of(event)) for event in events])
    return sign_checkpoint(Checkpoint(ORIGIN, len(events), root), LOG)


def _against(store: EventStore, note: str) -> str:
    """What a checkpoint says of a store: it knows that something is wrong, and not where."""
    known = open_checkpoint(note, RING).checkpoint
    leaves = [leaf(event, hash_of(event)) for batch in stored_events(store) for event in batch]
    if len(leaves) < known.size:
        return f"the log had {known.size:,} events, and has {len(leaves):,}"
    if merkle.root(leaves[: known.size]) != known.root:
        return f"somewhere in the first {known.size:,} events the root is another one"
    return ""


# --- SQL past the triggers -----------------------------------------------------------------------

Statement = tuple[str, list[object]]


def _statements(before: Sequence[Stored], after: Sequence[Stored]) -> list[Statement]:
    """What turns one table into the other: an UPDATE where only payloads differ."""
    gone = [event for event in before if event not in after]
    new = [event for event in after if event not in before]
    if [event[:3] for event in gone] == [event[:3] for event in new]:
        update = "UPDATE events SET data = ?::JSON::VARIANT, metadata = ? WHERE position = ?"
        return [(update, [new_.data_json, _metadata(new_), new_.position]) for new_ in new]
    deletes: list[Statement] = [
        ("DELETE FROM events WHERE position = ?", [event.position]) for event in gone
    ]
    insert = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?::JSON::VARIANT, ?, ?, ?)"
    return deletes + [(insert, _row(event)) for event in new]


def _metadata(event: Stored) -> str:
    about = msgspec.json.decode(event.metadata_json) | {"seal": event.seal}
    return msgspec.json.encode(about, order="sorted").decode()


def _row(event: Stored) -> list[object]:
    times = [event.occurred_at, event.recorded_at]
    return [*event[:6], event.data_json, _metadata(event), *times]


@contextmanager
def _tampered(
    connection: duckdb.DuckDBPyConnection, statements: Sequence[Statement]
) -> Iterator[tuple[str, _Rows]]:
    """The table after the statements, and what the triggers said before they were taken off.

    First they come from a writer, who may not drop a trigger, then from the owner, who drops them.
    All is rolled back in the end, so that the next attack finds the bank as it was.
    """
    refused = ""
    connection.execute("BEGIN")
    try:
        _run(connection, statements)
    except duckdb.Error as error:
        refused = str(error).partition("\n")[0]
    connection.execute("ROLLBACK")
    connection.execute("BEGIN")
    try:
        names = connection.execute("SELECT trigger_name FROM duckdb_triggers()").fetchall()
        _run(connection, [(f"DROP TRIGGER {name} ON events", []) for (name,) in names])
        _run(connection, statements)
        yield refused, _Rows(connection)
    finally:
        connection.execute("ROLLBACK")


def _run(connection: duckdb.DuckDBPyConnection, statements: Sequence[Statement]) -> None:
    for text, values in statements:
        connection.execute(text, values)


class _Rows:
    """The table as this connection sees it, with what it has not committed: for `verify`."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        bounds = {"after_position": 0, "to_position": 2**62}
        self._table = connection.sql(sql("read_columns"), params=bounds).to_arrow_table()
        self.events = [
            event for batch in stored_events(cast("EventStore", self)) for event in batch
        ]

    def position(self) -> int:
        return len(self._table)

    def read_columns(self, after_position: int = 0, **_: Any) -> Any:
        yield from self._table.slice(after_position).combine_chunks().to_batches()

    def streams(self) -> list[str]:
        return sorted({event.stream_id for event in self.events})

    def read_stream(self, stream_id: str, from_version: int = 1) -> list[Stored]:
        return [e for e in self.events if e.stream_id == stream_id and e.version >= from_version]


# --- who notices what ----------------------------------------------------------------------------


def _all_sets() -> list[frozenset[str]]:
    names = DEFENCES[1:]
    return [
        frozenset(name for bit, name in enumerate(names) if number >> bit & 1)
        for number in range(1 << len(names))
    ]


def _touched(attack: Attack, events: Sequence[Stored], place: int) -> set[object]:
    """The positions, or streams with versions, by which a verifier names the right event."""
    event = events[place]
    if attack.change is delete_one:
        return {(event.stream_id, event.version)}
    if attack.change is swap_two:
        return {place + 1, place + 2}
    return {place + 1}


def _at(fault: object) -> tuple[object, object]:
    return getattr(fault, "stream_id", None), getattr(fault, "version", None)


ALONE: dict[str, tuple[frozenset[str], bool]] = {
    "chain": (frozenset({"chain"}), False),
    "chain, rehashed": (frozenset({"chain"}), True),
    "signature": (frozenset({"signature"}), True),
    "both": (frozenset({"chain", "signature"}), True),
    "+ checkpoint": (frozenset({"chain", "signature", "checkpoint"}), True),
    "+ witness": (frozenset(DEFENCES[1:]), True),
}
COLUMNS = ("trigger", *ALONE)


@dataclass
class Cell:
    """How often an attack was noticed, and how often the event was named that was touched."""

    noticed: int = 0
    exact: int = 0


def matrix(folder: Path | str, trials: int = 60, events: int = 40) -> dict[str, dict[str, Cell]]:
    """Each attack so many times, at places drawn by a seed, against each of COLUMNS.

    The trigger is asked by a writer who may not drop it. All others look at what the owner has
    made of the file; from "signature" on he has rehashed it, too.
    """
    draw = Random(17)
    found = {name: {column: Cell() for column in COLUMNS} for name in ATTACKS}
    with Lab(folder, events) as lab:
        _fill_in(lab, trials, draw, found)
    return found


def _fill_in(lab: Lab, trials: int, draw: Random, found: dict[str, dict[str, Cell]]) -> None:
    for name, attack in ATTACKS.items():
        for _ in progress(iterable=range(trials), desc=name):
            place = draw.choice(places(attack, len(lab.events)))
            for rehash in (False, True):
                asked = {column: on for column, (on, careful) in ALONE.items() if careful is rehash}
                made = lab.attack(name, place, rehash=rehash, sets=asked.values())
                for column, on in asked.items():
                    notice = made.noticed[on]
                    found[name][column].noticed += notice is not None
                    found[name][column].exact += notice is not None and notice.exact is True
            found[name]["trigger"].noticed += bool(made.refused)
