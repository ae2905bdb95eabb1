"""Cases of chapter 11: rules, masks, refusals, tenants, a log of reads, secrets in events."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import duckdb
import hypothesis.strategies as st

from .. import Compare, Test, from_pages
from ..outcome import Broken
from ..slips import Trial

TESTS: dict[str, Test] = {}

ROLES = ("teller", "customer", "auditor")
STREAMS = ("account-1", "account-12", "account-1-old", "accounting-1", "card-1")

_given = st.sampled_from(["account-*", "account-1", "*", "card-*"])
_asked = st.sampled_from(["read", "append"])

_SAID: dict[bool | None, str] = {
    False: "A rule gives it to somebody with these roles, and you say no.",
    True: "You say yes, and no rule gives it: role, action and streams have to fit in one of them.",
}

TESTS["deny_by_default"] = Compare(
    cases=st.tuples(
        st.lists(st.tuples(st.sampled_from(ROLES), _asked, _given), max_size=3)
        # Several rules for one role and one action: none of them may end the search.
        | st.lists(_given.map(lambda streams: ("teller", "read", streams)), min_size=2, max_size=3),
        st.lists(st.sampled_from(ROLES), max_size=2, unique=True) | st.just(["teller"]),
        _asked,
        st.sampled_from(STREAMS),
    ),
    examples=(
        ([("teller", "read", "account-*")], ["teller"], "read", "account-1"),
        ([("teller", "read", "account-*")], ["customer"], "read", "account-1"),
    ),
    says=lambda trial: _SAID.get(trial.got.value if type(trial.got.value) is bool else None),
    context=lambda case: f"rules {case[0]}; may {case[1]} {case[2]} {case[3]}?",
)

Event = dict[str, Any]
SIGNS = {"MoneyDeposited": 1, "FeeCharged": -1}


def _moved(data: dict[str, Any], type_: str) -> Event:
    return {"type": type_, "data": data, "metadata": {"actor": "clerk-07"}}


_opened = st.builds(
    lambda owner: _moved({"owner": owner, "currency": "EUR"}, "AccountOpened"),
    st.sampled_from(["Ada", "Ben"]),
)
_booked = st.builds(
    lambda type_, amount, memo: _moved({"amount": amount, "memo": memo}, type_),
    st.sampled_from(list(SIGNS)),
    st.integers(1, 9),
    st.sampled_from(["Rent", "", None, "[masked]"]),  # the last is what a customer wrote
)
_masked_before = st.builds(
    lambda amount: {
        "type": "MoneyDeposited",
        "data": {"amount": amount, "holder": "Ada", "iban": "[masked]", "memo": "Rent"},
        "metadata": {"actor": "clerk-07", "memo": "by phone", "masked_fields": ["iban"]},
    },
    st.integers(1, 9),
)


def _seeing(seen: Callable[..., Any], case: tuple[list[Event], list[str]]) -> Any:
    """The events as they are seen, and what they add up to."""
    events, masked = case
    found = [seen(event, list(masked)) for event in events]
    if ... in found:  # the stub
        return ...
    if not all(isinstance(one, dict) and {"type", "data"} <= one.keys() for one in found):
        return Broken("your function gives no event, a dict with `type`, `data` and `metadata`")
    amounts = [SIGNS.get(one["type"], 0) * one["data"].get("amount", 0) for one in found]
    return {"seen": found, "balance": sum(amounts)}


TESTS["mask"] = Compare(
    cases=st.tuples(
        st.lists(_opened | _booked | _masked_before, min_size=1, max_size=3),
        st.lists(st.sampled_from(["owner", "memo", "iban", "holder"]), max_size=3, unique=True),
    ),
    run=_seeing,
    examples=(([_moved({"amount": 5, "memo": "Rent"}, "MoneyDeposited")], ["memo"]),),
    events=lambda _: (),
    context=lambda case: f"events {case[0]}; masked {case[1]}",
)

THERE, MISSING, DOWN = "is there", "is not there", "cannot be asked: the store is down"


def _refusing(read: Callable[..., Any], case: tuple[bool, str]) -> Any:
    """What the reader is told, and how often the store was asked."""
    may, state = case
    asked: list[str] = []

    def load(stream: str) -> list[str]:
        asked.append(stream)
        if state == MISSING:
            raise KeyError(stream)
        if state == DOWN:
            raise ConnectionError("the store does not answer")
        return ["AccountOpened", "MoneyDeposited"]

    try:
        told = read(lambda stream: may, load, "account-1007")
    except (PermissionError, KeyError, ConnectionError) as error:
        told = f"{type(error).__name__}: {error}"
    return told if told is ... else {"told": told, "asked the store": len(asked)}


TESTS["silent_refusal"] = Compare(
    cases=st.tuples(st.booleans(), st.sampled_from([THERE, MISSING, DOWN])),
    run=_refusing,
    examples=((True, THERE),),
    max_examples=30,
    events=lambda _: (),
    context=lambda case: (
        f"the reader {'may' if case[0] else 'may not'} read account-1007, which {case[1]}"
    ),
)

NAMES = (
    "account-north.1",
    "account-northwest.1",
    "account-south.1",
    "card-north.1",
    "account-north",
    "account-south.7-north.1",
    "account-north-west.1",
)
MORE = ('"WHERE"', '"USING"', '"CREATE"', "name events")  # at which DuckDB stumbles
Session = tuple[list[str], tuple[tuple[str, str], ...], str | None]  # stored, members, the setting


LOGINS = (
    (),
    (("nora", "north"),),
    (("nick", "north"),),
    (("nora", "south"),),
    (("nora", "north"), ("nora", "south")),
    (("nick", "north"), ("nora", "south")),
)


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@cache
def _visible(using: str, members: tuple[tuple[str, str], ...], tenant: str | None) -> set[str]:
    """The names that nora sees if all are stored. A policy is asked of each row by itself."""
    with _database().cursor() as session:
        session.execute("CREATE OR REPLACE TEMP TABLE members (member VARCHAR, tenant VARCHAR)")
        for member in members:
            session.execute("INSERT INTO members VALUES (?, ?)", member)
        session.execute("SET VARIABLE login = 'nora'")
        session.execute(f"SET VARIABLE tenant = {'NULL' if tenant is None else repr(tenant)}")
        # The answer's own SQL, on tables that are made for it.
        query = f"SELECT stream_id FROM (SELECT unnest(?) AS stream_id) WHERE ({using}\n)"  # noqa: S608
        return {name for (name,) in session.execute(query, [list(NAMES)]).fetchall()}


def _reading(using: str, case: Session) -> Any:
    """Which of the streams nora sees, in their order."""
    stored, members, tenant = case
    return [name for name in stored if name in _visible(using, members, tenant)]


def _rows_amiss(trial: Trial) -> str | None:
    """Why a row should not have been seen, or should have been."""
    _, members, tenant = trial.case
    if raised := trial.got.raised:
        said = "`using` is the condition alone: no query, and no WHERE or USING before it."
        return said if any(words in raised.message for words in MORE) else None
    more = [name for name in trial.got.value if name not in trial.expected.value]
    if not more:
        missing = next(name for name in trial.expected.value if name not in trial.got.value)
        return f"{missing} is {tenant}'s, and nora, who is its member, is not shown it."
    name, (_, _, behind) = more[0], more[0].partition("-")
    if tenant is None:
        return f"No tenant is set here, and {name} is shown. Without one nothing is seen."
    if "." not in behind:
        return f"{name} has no dot, so it is nobody's, and nora is shown it."
    if behind.partition(".")[0] != tenant:
        return f"{name} is another tenant's, and is shown to nora, who works for {tenant}."
    if ("nora", tenant) not in members:
        return (
            f"nora has set {tenant} and is no member of it, and {name} is shown to her. Anybody "
            "can set a tenant: look the login up in `members`, together with it."
        )
    return None


TESTS["tenant_policy"] = Compare(
    cases=st.tuples(
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=6, unique=True),
        st.sampled_from(LOGINS),
        st.sampled_from(["north", "south", None]),
    ),
    run=_reading,
    examples=((["account-north.1", "account-south.1"], LOGINS[1], "north"),),
    says=_rows_amiss,
    events=lambda _: (),
    context=lambda case: (
        f"stored {case[0]}; members {list(case[1])}; nora has logged in, and "
        f"{'has set no tenant' if case[2] is None else f'works for {case[2]}'}"
    ),
)

Notes = tuple[list[tuple[int, str, str, str, int, int]], str, list[int], int, int]


def _asked_of(stream: str) -> st.SearchStrategy[Notes]:
    """Notes of reads that had to do with this stream, and of some that had not."""
    category = stream.partition("-")[0] + "-*"
    other = "card-*" if category == "account-*" else "account-*"
    note = st.builds(
        lambda day, actor, subject, outcome, first, more: (
            (day, actor, subject, outcome, first, first + more)
        ),
        st.sampled_from([4, 5, 3, 2, 6, 7]),
        st.sampled_from(["audit", "clerk", "figures"]),
        st.sampled_from([stream, category, "*", stream[:-1], other]),
        st.sampled_from(["read", "read", "read", "refused"]),
        st.integers(1, 3),
        st.integers(0, 5),
    )
    positions = st.lists(st.integers(1, 7), min_size=1, max_size=3, unique=True).map(sorted)
    notes = st.lists(note, max_size=7)
    return st.tuples(notes, st.just(stream), positions, st.just(3), st.just(6))


TESTS["who_saw_it"] = Compare(
    cases=st.sampled_from(["account-12", "accounting-3", "card-7-old"]).flatmap(_asked_of),
    max_examples=400,
    samples=200,
    examples=(([(4, "clerk", "account-12", "read", 1, 9)], "account-12", [1, 5], 3, 6),),
    events=lambda _: (),
    context=lambda case: (
        f"notes {case[0]}; {case[1]} has the positions {case[2]}; since day {case[3]}, "
        f"until day {case[4]}"
    ),
)

YES = st.sampled_from([True, False])
Reading = tuple[bool, bool, str]  # may the actor read, can notes be written, what of the store


def _noting(read_noted: Callable[..., Any], case: Reading) -> Any:
    """What came of it, and what stands in the log."""
    may, can_note, store = case
    notes: list[tuple[str, str, str]] = []
    amiss: list[str] = []

    def note(actor: str, stream: str, outcome: str) -> None:
        asked("note", actor, stream)
        if outcome not in ("read", "refused"):
            amiss.append(f'`note` gets {outcome!r}: there are two outcomes, "read" and "refused"')
        if not can_note:
            raise OSError("the log cannot be written")
        notes.append((actor, stream, outcome))

    def asked(name: str, *given: str) -> None:
        if given != ("ada", "account-1007"):
            amiss.append(f"`{name}` is called with {given}: the actor first, and then the stream")

    def load(stream: str) -> list[str]:
        if store == "is down":
            raise RuntimeError("the store does not answer")
        return ["AccountOpened", "MoneyDeposited"] if store == "answers" else []

    def allowed(actor: str, stream: str) -> bool:
        asked("may", actor, stream)
        return may

    try:
        came = read_noted(allowed, load, note, "ada", "account-1007")
    except (PermissionError, RuntimeError, OSError) as error:
        came = type(error).__name__
    if came is ...:  # the stub
        return came
    if amiss:
        return Broken(amiss[0])
    if store == "is down" and came in ("RuntimeError", "OSError"):
        # Nothing was seen, so a note is as good as none, and whichever failed first may be told.
        return "an error of log or store", [one for one in notes if not may or one[2] != "read"]
    return came, notes


TESTS["noted"] = Compare(
    cases=st.tuples(YES, YES, st.sampled_from(["answers", "has none", "is down"])),
    run=_noting,
    examples=((True, True, "answers"), (False, True, "answers")),
    max_examples=30,
    events=lambda _: (),
    context=lambda case: (
        f"ada {'may' if case[0] else 'may not'} read account-1007; "
        f"notes {'can' if case[1] else 'cannot'} be written; the store {case[2]}"
    ),
    parts=("what came", "the notes"),
)

WORDS = ("pin", "pin_attempts", "old_password", "shipping", "memo", "token")
_data = st.recursive(
    st.dictionaries(st.sampled_from(WORDS), st.just("x"), max_size=2),
    lambda inner: st.dictionaries(
        st.sampled_from(WORDS), inner | st.lists(inner, max_size=2), max_size=2
    ),
    max_leaves=3,
)

TESTS["lint"] = Compare(
    cases=st.tuples(
        st.lists(st.tuples(st.sampled_from(["PinSet", "LoginFailed"]), _data), max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["PinSet.pin", "PinSet.pin_attempts", "LoginFailed.pin", "PinSet.memo"]
            ),
            st.sampled_from(["a count", ""]),
            max_size=2,
        ),
    ),
    examples=(([("PinSet", {"pin": "x"})], {}), ([("PinSet", {"memo": "x"})], {})),
    events=lambda _: (),
    context=lambda case: f"events {case[0]}; allowed {case[1]}",
    parts=("the suspicious fields", "the unused entries"),
)

CHAPTER = from_pages(11, "Who may see", __name__, TESTS)
