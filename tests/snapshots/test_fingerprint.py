"""What a fold's fingerprint sees and what not, on a small shop that is changed by a word."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.snapshots import Snapshots, SnapshotSource
from eventsourcing_kit.snapshots.fingerprint import fingerprint

RATES = '''
"""Numbers that others use."""
import math
UNUSED = 1
VAT = 19
NOTHING = 0
DISCOUNTS = {"tea": 3, "milk": 4}
STEP = 10
def round_up(cents):
    return math.ceil(cents / STEP) * STEP
def ladle(cents):
    return cents + 1
'''
BOXES = """
def size():
    return 41
"""
SHOP = '''
"""A shop."""
import enum
import functools
import os
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

import eventsourcing_kit as es
import rates

ENVIRON = os.environ
FREE = {"water", "air", "light"}
PATTERN = re.compile("a+")
SCALE = Decimal("1.50")
DAY = timedelta(days=1)
UNUSED = 7

class Size(enum.Enum):
    SMALL = 2

class Kind(enum.Flag):
    OLD = 1
    RARE = 2

class Point(NamedTuple):
    x: int = 4

class Table:
    weight = 11
    def __init__(self):
        self.height = 12

TABLE = Table()

class Locked:
    def __init__(self):
        self.inside = [lambda *kinds: 42]
    def __reduce__(self):
        raise TypeError("not to be copied")

LOCKED = Locked()

def extra():
    return 13

@dataclass(frozen=True)
class Item:
    cents: int = 100
    @property
    def gross(self):
        return self.cents + 14

def parcels():
    return [Item(15)]

@dataclass(frozen=True)
class Sold:
    amount: int
    fee: int = 16
    item: Item | None = None
    others: list["Other"] = field(default_factory=list)
    parcels: list[Item] = field(default_factory=parcels)

@dataclass(frozen=True)
class Other:
    weight: int = 17

@dataclass(frozen=True)
class Closed:
    """The last one."""

class Base:
    def twice(self):
        return 2 * self.total + 18

@dataclass(frozen=True)
class State(Base):
    total: int = 0
    last: Item | None = None
    @functools.cached_property
    def half(self):
        return self.total // 2
    @staticmethod
    def ten():
        return 21
    @classmethod
    def eleven(cls):
        return 22

def louder(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments) + 23
    return wrapper

@louder
def decorated(n):
    return n + 24

@functools.lru_cache
def remembered(n):
    return n + 25

@functools.singledispatch
def weigh(thing):
    return 26

@weigh.register
def _(thing: int):
    return 27

def add(n, more):
    return n + more

plus = functools.partial(add, 28)
TABLE_OF = {"tea": lambda n: n + 29}

def make(rate):
    def inner(n):
        return n * rate
    return inner

tripled = make(3)

def evolve(state, event, *, margin=31):
    """The shop after one more event."""
    from rates import NOTHING, ladle
    import boxes
    def small():
        return [extra() for _ in range(2)]
    if (event.amount and not event.fee) or (event.amount > 32 and event.fee):  # a comment
        return state
    total = state.total + 33
    total += rates.VAT + rates.round_up(total) + rates.DISCOUNTS["tea"] + ladle(1)
    total += len(os.environ.get("SHOP", "")) + len(ENVIRON.get("SHOP", ""))
    total += NOTHING + getattr(boxes, "si" + "ze")() + sum(one() for one in LOCKED.inside)
    total += len(FREE) + Size.SMALL.value + Point().x + TABLE.height + int(SCALE) + DAY.days
    total += decorated(1) + remembered(1) + weigh(1) + plus(1) + TABLE_OF["tea"](1) + tripled(1)
    total += len(PATTERN.pattern) + (Kind.OLD | Kind.RARE).value
    return replace(state, total=total)

def decide(command, state):
    return []

decider = es.Decider(
    decide, evolve, State(), lambda state: False, es.EventTypes([Sold, Closed], tolerant=False)
)
fold = es.snapshots.SnapshotSource("shop", decider)
'''
SEEN = {
    "the body": ("state.total + 33", "state.total - 33"),
    "a default argument": ("margin=31", "margin=30"),
    "a constant in a condition": ("> 32", "> 31"),
    "a default of an event's field": ("fee: int = 16", "fee: int = 15"),
    "the type of an event's field": ("fee: int = 16", "fee: float = 16"),
    "a default in a dataclass in an event": ("cents: int = 100", "cents: int = 101"),
    "a default in a class named as text": ("weight: int = 17", "weight: int = 18"),
    "a default factory": ("Item(15)", "Item(14)"),
    "a property of a class in the state": ("self.cents + 14", "self.cents + 13"),
    "a method of a base class": ("self.total + 18", "self.total + 19"),
    "a cached property": ("self.total // 2", "self.total // 3"),
    "a static method": ("return 21", "return 20"),
    "a class method": ("return 22", "return 20"),
    "the initial state": ("State(),", "State(1),"),
    "an event class more": ("[Sold, Closed]", "[Sold, Closed, Other]"),
    "a tolerant reader": ("tolerant=False", "tolerant=True"),
    "a schema version": ('"""The last one."""', "schema_version = 2"),
    "a method of an event": ('"""The last one."""', "def why(self): return 1"),
    "a helper in a comprehension in a function": ("return 13", "return 12"),
    "a set": ('{"water", "air", "light"}', '{"water", "air", "love"}'),
    "a compiled pattern": ('re.compile("a+")', 're.compile("a*")'),
    "a decimal": ('Decimal("1.50")', 'Decimal("1.5")'),
    "a time": ("days=1", "days=2"),
    "an enum": ("SMALL = 2", "SMALL = 3"),
    "a flag": ("RARE = 2", "RARE = 4"),
    "a named tuple": ("x: int = 4", "x: int = 5"),
    "an attribute of a global": ("self.height = 12", "self.height = 13"),
    "an attribute of its class": ("weight = 11", "weight = 12"),
    "a decorator": ("function(*arguments) + 23", "function(*arguments) + 22"),
    "what is decorated": ("return n + 24", "return n + 23"),
    "what is cached": ("return n + 25", "return n + 26"),
    "what is dispatched by default": ("return 26", "return 25"),
    "what is dispatched by type": ("return 27", "return 25"),
    "a partial's argument": ("partial(add, 28)", "partial(add, 27)"),
    "a partial's function": ("return n + more", "return n - more"),
    "a lambda in a table": ("lambda n: n + 29", "lambda n: n + 28"),
    "a closure": ("make(3)", "make(4)"),
    "a module's constant": ("VAT = 19", "VAT = 7"),
    "a module's dictionary": ('"tea": 3', '"tea": 2'),
    "a module's function": ("math.ceil", "math.floor"),
    "a constant of a module's function": ("STEP = 10", "STEP = 5"),
    "a zero that is imported in the function": ("NOTHING = 0", "NOTHING = 1"),
    "a module of which anything may be used": ("return 41", "return 40"),
    "an object that cannot be copied": ("kinds: 42", "kinds: 43"),
    "the arguments of a lambda": ("*kinds", "**kinds"),
    "what is imported in the function": ("return cents + 1", "return cents + 2"),
}
NOT_SEEN = {
    "a comment": ("  # a comment", "  # another one\n\n"),
    "a docstring": ("The shop after one more event.", "What is sold."),
    "a module's docstring": ('"""A shop."""', '"""A shop of old."""'),
    "layout": (
        "if (event.amount and not event.fee) or (event.amount > 32 and event.fee):",
        "if (\n        (event.amount\n         and not event.fee)\n"
        "        or (\n            event.amount > 32 and event.fee)\n    ):",
    ),
    "lines before it": ("import enum\n", "\n\n\nimport enum\n"),
    "a global that nobody uses": ("UNUSED = 7", "UNUSED = 8"),
    "a global of another module that nobody uses": ("UNUSED = 1", "UNUSED = 2"),
    "a global more": ("UNUSED = 7", "UNUSED = 7\nMORE = 8"),
    "what is decided": ("return []", "return [Closed()]"),
    "the order of the event classes": ("[Sold, Closed]", "[Closed, Sold]"),
}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """The shop as a module, with some text replaced in it or in the module that it uses."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def load(old: str = "", new: str = "") -> Any:
        assert (SHOP + RATES + BOXES).count(old) == 1 or not old
        write(tmp_path, old, new)
        forget()
        importlib.invalidate_caches()
        return importlib.import_module("shop")

    yield load
    forget()


def write(folder: Path, old: str = "", new: str = "") -> None:
    for name, text in (("shop", SHOP), ("rates", RATES), ("boxes", BOXES)):
        (folder / f"{name}.py").write_text(text.replace(old, new) if old else text)


def forget() -> None:
    for name in ("shop", "rates", "boxes"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("change", SEEN)
def test_a_change_that_the_fold_can_feel_is_other_code(
    shop: Callable[..., Any], change: str
) -> None:
    assert shop(*SEEN[change]).fold.tag != shop().fold.tag


@pytest.mark.parametrize("change", NOT_SEEN)
def test_what_the_fold_cannot_feel_does_not_count(shop: Callable[..., Any], change: str) -> None:
    assert shop(*NOT_SEEN[change]).fold.tag == shop().fold.tag


def test_two_processes_agree_whatever_their_hashes(tmp_path: Path) -> None:
    write(tmp_path)
    program = "import shop; print(shop.fold.tag)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    tags = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=environment | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(tags) == 1


def test_a_fold_that_has_run_has_the_tag_of_one_that_has_not(shop: Callable[..., Any]) -> None:
    fresh = shop().fold.tag
    module = shop()
    with es.open_store(":memory:") as store, Snapshots(":memory:") as kept:
        new = [module.decider.event_types.encode(module.Sold(amount, 1)) for amount in (0, 5)]
        store.append("shop-1", new, 0)
        assert kept.take(store, SnapshotSource("other", module.decider), "shop-1").state.half
        assert (
            kept.load(store, SnapshotSource("other", module.decider), "shop-1").snapshot_version
            == 2
        )
    assert module.fold.tag == fresh


def test_a_helper_below_the_fold_is_seen(shop: Callable[..., Any]) -> None:
    """The tag is made when it is first asked for: by then the whole module has run."""
    end = 'fold = es.snapshots.SnapshotSource("shop", decider)\n'
    later = "def extra():\n    return {}\n"
    tags = {shop(end, end + later.format(number)).fold.tag for number in (13, 14, 14)}
    assert len(tags) == 2


def test_a_file_that_was_changed_after_the_import_does_not_speak_for_the_code_that_runs(
    shop: Callable[..., Any], tmp_path: Path
) -> None:
    """Else a state folded by the old code would be kept under the tag of the new one."""
    change = SEEN["the body"]
    running = shop()
    write(tmp_path, *change)
    assert running.fold.tag != shop(*change).fold.tag


def test_modules_that_use_each_other_and_objects_that_hold_each_other_end() -> None:
    one: dict[str, Any] = {}
    one["itself"] = [one, (one,)]
    assert fingerprint(one) == fingerprint(one)

    def even(n: int) -> bool:
        return n == 0 or odd(n - 1)

    def odd(n: int) -> bool:
        return n != 0 and even(n - 1)

    assert fingerprint(even) != fingerprint(odd)


def test_what_cannot_be_taken_apart_is_told_by_its_class() -> None:
    one, other = (n for n in [1]), (n for n in [2])
    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(object()) == fingerprint(object())


# --- upcasters -----------------------------------------------------------------------------------


def upcasters(value: int, factor: int = 100) -> es.upcasting.Upcasters:
    """MoneyDeposited had no currency at first, then euros; `value` goes into the memo."""
    return es.upcasting.Upcasters(
        [
            es.upcasting.upcast(
                "MoneyDeposited",
                1,
                {"euros": "BIGINT", "currency": "VARCHAR"},
                es.upcasting.Compute("amount", lambda data: data["euros"] * factor, "{euros} * 1"),
                es.upcasting.Remove("euros"),
                es.upcasting.Add("memo", str(value)),
                to=("Deposited", 1),
            )
        ]
    )


def test_a_changed_upcaster_is_other_code(tmp_path: Path) -> None:
    from dataclasses import dataclass

    @dataclass(frozen=True)
    class Deposited:
        amount: int
        currency: str
        memo: str

    def evolve(state: str, event: Deposited) -> str:
        return f"{state} {event.amount} {event.memo}"

    fold: SnapshotSource[Any, Any, str] = SnapshotSource(
        "memo", es.Decider(lambda c, s: [], evolve, "", lambda s: False, es.EventTypes([Deposited]))
    )
    path = str(tmp_path / "bank.duckdb")
    with es.open_store(path) as store:
        old = es.NewEvent("MoneyDeposited", {"euros": 5, "currency": "EUR"})
        store.append("account-1", [old], es.NO_STREAM)
    seen = []
    with Snapshots(":memory:") as kept:
        for chain in (upcasters(1), upcasters(1), upcasters(2), upcasters(2, 10), upcasters(2, 10)):
            with es.open_store(path, upcasters=chain) as store:
                loaded = kept.load(store, fold, "account-1")
                seen.append((loaded.state.split(), loaded.ignored))
                kept.take(store, fold, "account-1")
        assert kept.forget_other_code(fold) == 0
    assert seen == [
        (["500", "1"], ""),
        (["500", "1"], ""),
        (["500", "2"], "of other code"),
        (["50", "2"], "of other code"),
        (["50", "2"], ""),
    ]
