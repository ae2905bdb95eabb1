"""Cases of chapter 8: upcasters, chains, splits, and which changes need one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st

from ...event import NewEvent
from .. import KIT, Compare, Test, from_pages, sql_rows

TESTS: dict[str, Test] = {}

Data = dict[str, Any]

cents = st.integers(0, 5_000)


def _written(case: tuple[int, int]) -> str:
    """An amount as people wrote it: 12.34, and 12.5 or 12 where that is enough."""
    amount, digits = case
    if digits == 0 and amount % 100 == 0:
        return str(amount // 100)
    if digits <= 1 and amount % 10 == 0:
        return f"{amount // 100}.{amount % 100 // 10}"
    return f"{amount // 100}.{amount % 100:02}"


large = st.integers(10**6, 10**9) | st.integers(2**53, 10**16)  # the last: no float has them all
euros = st.tuples(cents | st.integers(0, 50).map(lambda n: 10 * n) | large, st.integers(0, 2)).map(
    _written
)
old_deposits = st.fixed_dictionaries(
    {"euros": euros, "memo": st.sampled_from(["", "Rent", "Salary"])}
)

TESTS["euros_to_cents"] = Compare(
    cases=old_deposits,
    examples=(
        {"euros": "12.34", "memo": "Rent"},
        {"euros": "0.50", "memo": ""},
        {
            "euros": "0.29",
            "memo": "",
        },  # where a float that is cut off is another than a rounded one
    ),
    context=lambda data: f"data: {data}",
)


STEPS: dict[tuple[str, int], Callable[[Data], Data]] = {
    ("MoneyDeposited", 1): lambda data: {"cents": data["euros"] * 100},
    ("MoneyDeposited", 2): lambda data: {"amount": data["cents"]},
    ("MoneyDeposited", 3): lambda data: {"amount": data["amount"], "currency": "EUR"},
    ("FeeCharged", 1): lambda data: {"amount": data["cents"]},
}
SHAPES: dict[tuple[str, int], str] = {
    ("MoneyDeposited", 1): "euros",
    ("MoneyDeposited", 2): "cents",
    ("MoneyDeposited", 3): "amount",
    ("MoneyDeposited", 4): "both",
    ("MoneyDeposited", 6): "both",  # by a newer program
    ("FeeCharged", 1): "cents",
    ("FeeCharged", 2): "amount",
    ("AccountFrozen", 1): "reason",
    ("AccountFrozen", 3): "reason",
}

Stored = tuple[str, int, Data]


def _stored(case: tuple[tuple[str, int], int, bool]) -> Stored:
    (type_, version), amount, damaged = case
    field = SHAPES[type_, version]
    data: Data = {"amount": amount, "currency": "EUR"} if field == "both" else {field: amount}
    return type_, version, {"amuont": amount} if damaged else data


def _twice(bring_up: Callable[..., Any], case: tuple[Stored, list[tuple[str, int]]]) -> Any:
    """What it gives, and again with the same upcasters: they are there for every event."""
    stored, registered = case
    upcasters = {shape: STEPS[shape] for shape in registered}
    first = bring_up(*stored, upcasters)
    again = bring_up(*stored, upcasters)
    return first if again == first else {"at first": first, "for the same event again": again}


def _event_and_upcasters(case: tuple[Stored, list[tuple[str, int]]]) -> str:
    (type_, version, data), registered = case
    order = ", ".join(f"{name} {number}" for name, number in registered)
    return f"{type_} version {version}: {data}\nupcasters for: {order}"


TESTS["bring_up"] = Compare(
    cases=st.tuples(
        st.tuples(
            st.sampled_from(sorted(SHAPES)),
            st.integers(1, 9),
            st.sampled_from([False, False, False, True]),
        ).map(_stored),
        st.permutations(sorted(STEPS)) | st.lists(st.sampled_from(sorted(STEPS)), unique=True),
    ),
    run=_twice,
    examples=(
        (("MoneyDeposited", 3, {"amount": 5}), sorted(STEPS)),
        (("MoneyDeposited", 4, {"amount": 5, "currency": "EUR"}), sorted(STEPS)),
    ),
    context=_event_and_upcasters,
)

paid_in = st.fixed_dictionaries(
    {"cents": cents, "fee": st.sampled_from([0, 0, 5, 100]), "till": st.sampled_from(["1", "2"])}
)

TESTS["split_cash"] = Compare(
    cases=paid_in,
    examples=({"cents": 50_000, "fee": 0, "till": "3"},),
    context=lambda data: f"data: {data}",
)

kinds = st.sampled_from(["int", "int?", "str", "str?"])
definitions = st.dictionaries(st.sampled_from(["amount", "memo", "till"]), kinds, max_size=3)


def _similar(old: dict[str, str]) -> st.SearchStrategy[tuple[dict[str, str], dict[str, str]]]:
    """A definition and another one, that often has most of its fields."""
    changed = definitions.map(lambda some: {**old, **some})
    dropped = st.sets(st.sampled_from(["amount", "memo", "till"])).map(
        lambda names: {name: kind for name, kind in old.items() if name not in names}
    )
    toggled = _some_changed(old, lambda kind: kind[:-1] if kind.endswith("?") else f"{kind}?")
    widened = _some_changed(old, lambda kind: kind.replace("int", "float"))
    same = st.just(old)
    return st.tuples(same, changed | dropped | definitions | toggled | widened | same)


def _some_changed(
    old: dict[str, str], change: Callable[[str], str]
) -> st.SearchStrategy[dict[str, str]]:
    """A definition with the type of one field, or of all, changed."""
    return st.sampled_from([*old, None]).map(
        lambda only: {
            name: kind if only not in (name, None) else change(kind) for name, kind in old.items()
        }
    )


TESTS["needs_upcaster"] = Compare(
    cases=definitions.flatmap(_similar),
    examples=(
        ({"amount": "int"}, {"amount": "int"}),
        ({"amount": "int"}, {"amount": "int", "till": "str"}),
    ),
    context=lambda case: f"old: {case[0]}\nnew: {case[1]}",
)


def _two_versions(rows: list[tuple[str, bool, str, int]]) -> list[tuple[str, NewEvent]]:
    """Deposits of two accounts: euros as text in version 1, cents in version 2."""
    return [
        (
            stream_id,
            NewEvent("MoneyDeposited", {"euros": text})
            if old
            else NewEvent("MoneyDeposited", {"cents": amount}, schema_version=2),
        )
        for stream_id, old, text, amount in rows
    ]


TESTS["in_sql"] = Compare(
    cases=st.lists(
        st.tuples(st.sampled_from(["account-1", "account-2"]), st.booleans(), euros, cents | large),
        max_size=4,
    ).map(_two_versions),
    run=sql_rows,
    examples=(
        [],
        _two_versions([("account-1", True, "12.50", 0)]),
        _two_versions([("account-1", True, "0.29", 0)]),  # cut off it is another than rounded
        _two_versions([("account-1", True, "90071992547409.93", 0)]),  # no DOUBLE has it
    ),
    max_examples=60,
)

fields = st.sampled_from(["amount", "currency", "channel", "memo"])
tolerant_cases = st.tuples(
    st.dictionaries(fields, st.none() | st.integers(0, 3), max_size=4),
    st.sampled_from([["amount"], ["amount", "currency"]]),
    st.sampled_from([{}, {"memo": 9}]),
)

TESTS["read_tolerantly"] = Compare(
    cases=tolerant_cases,
    examples=(
        ({"amount": 500, "currency": 1}, ["amount"], {"memo": 9}),
        ({"amount": 500, "memo": 2}, ["amount"], {"memo": 9}),
    ),
    context=lambda case: f"data: {case[0]}\nrequired: {case[1]}\noptional: {case[2]}",
)

SETUP = f"from decimal import Decimal\n\n{KIT}"

CHAPTER = from_pages(8, "Events change shape", __name__, TESTS, SETUP)
