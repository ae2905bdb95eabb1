"""Any upcasters, and any bodies for them: what the functions and the view have to agree on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st

from eventsourcing_kit.upcasting import (
    Add,
    Change,
    Compute,
    Merge,
    Part,
    Remove,
    Rename,
    Units,
    Upcaster,
    Upcasters,
)

NAMES = ["a", "A", "b", "euros", "", " ", 'we"ird', "it's", "x.y", "$.a", "ä", "Ä", "data", "type"]
TYPES = ["VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "JSON", "VARIANT"]

NUMBERS = ["12", "12.34", "007", "+1", "1e3", "-0.5", "1.50000", "0.00001", "1000000000000.25"]
texts = st.sampled_from([*NUMBERS, "", "x", " 1", "it's", "99999999999999.9999"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4
)
integers = st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)
integers |= st.sampled_from([2**53, 2**53 + 1, 2**31, 2**31 - 1, -(2**31), 2**63 - 1])
floats = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1.0, 1.5, 0.29, 1e15])
of_type: dict[str, st.SearchStrategy[Any]] = {
    "VARCHAR": texts,
    "BIGINT": integers,
    "INTEGER": st.integers(-(2**31), 2**31 - 1),
    "DOUBLE": floats | st.integers(-5, 5),
    "BOOLEAN": st.booleans(),
}
scalars = st.none() | st.one_of(*of_type.values())
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=2)
    ),
    max_leaves=4,
)
of_type |= {"JSON": values, "VARIANT": values}


def raises(*_: Any) -> Any:
    raise ValueError("no")


def spoilt(data: dict[str, Any]) -> int:
    """A function that changes what it is given, and what lies in it."""
    for value in data.values():
        if isinstance(value, (list, dict)):
            value.clear()
    data.clear()
    return 7


def computed(name: str, type_: str | None) -> list[tuple[Callable[[Any], Any], str]]:
    """Functions, and the SQL that says the same."""
    field = "{" + name + "}"
    pairs: list[tuple[Callable[[Any], Any], str]] = [
        (lambda data: data[name], field),
        (lambda data: data[name] is None, f"{field} IS NULL"),
        (spoilt, "7"),
        (raises, "error('no' || '!')"),
        (raises, "'no'::BIGINT"),
        (lambda data: {"{": "}"}, """'{{"{{": "}}"}}'::JSON"""),
    ]
    if type_ in ("BIGINT", "INTEGER"):
        double = f"{field}::BIGINT * 2"
        pairs.append((lambda data: data[name] and data[name] * 2, double))
    if type_ == "DOUBLE":
        pairs.append((lambda data: data[name] and data[name] * 1e300, f"{field} * 1e300::DOUBLE"))
    return pairs


@st.composite
def changes(draw: st.DrawFn, fields: dict[str, str | None]) -> list[Change]:
    """Some changes, of which each finds its fields. What they leave is put into `fields`."""
    made: list[Change] = []
    for _ in range(draw(st.integers(0, 3))):
        kinds = ["add"] + ["rename", "remove", "compute"] * bool(fields)
        kinds += ["units"] * any(type_ != "BOOLEAN" for type_ in fields.values())
        kinds += ["merge"] * ("VARCHAR" in fields.values())
        kind = draw(st.sampled_from(kinds))
        new = draw(st.sampled_from([name for name in NAMES if name not in fields]))
        old = draw(st.sampled_from(list(fields))) if fields else ""
        if kind == "add":
            value = draw(st.none() | texts | integers | st.booleans())
            made.append(Add(new, value))
            fields[new] = None
        elif kind == "rename":
            made.append(Rename(old, new))
            fields[new] = fields.pop(old)
        elif kind == "remove":
            made.append(Remove(old))
            del fields[old]
        elif kind == "units":
            into = draw(st.none() | st.just(new))
            made.append(Units(old, draw(st.sampled_from([1, 3, 100, 10**9])), into))
            del fields[old]
            fields[old if into is None else into] = "BIGINT"
        elif kind == "merge":
            names = draw(st.lists(st.sampled_from(list(fields)), min_size=1, max_size=2))
            made.append(Merge(names, new, draw(texts)))
            for name in set(names):
                del fields[name]
            fields[new] = "VARCHAR"
        else:
            known = computed(old, fields[old])
            known = [pair for pair in known if pair[0] is not raises] * 4 + known
            made.append(Compute(new, *draw(st.sampled_from(known))))
            fields[new] = None
    return made


@st.composite
def upcasters(draw: st.DrawFn) -> Upcasters:
    """A chain from Old, version 1, with one part or two, and up to two steps behind the first."""
    first = draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(TYPES), max_size=4))
    parts = []
    steps = []
    for number in range(draw(st.integers(1, 2))):
        fields: dict[str, str | None] = dict(first)
        type_ = f"New{number}"
        parts.append(Part(type_, 1, tuple(draw(changes(fields)))))
        for version in range(1, 1 + draw(st.integers(0, 2))):
            declared = {
                name: draw(st.sampled_from([kind or "VARIANT"] * 7 + TYPES))
                for name, kind in fields.items()
            }
            fields = dict(declared)
            step = Part(type_, version + 1, tuple(draw(changes(fields))))
            steps.append(Upcaster(type_, version, declared, (step,)))
    return Upcasters([Upcaster("Old", 1, first, tuple(parts)), *steps])


@st.composite
def bodies(draw: st.DrawFn, chain: Upcasters) -> tuple[str, int, dict[str, Any]]:
    """An event's type, version and data: mostly of a shape that is known, sometimes anything."""
    shapes = [(one.type, one.version, one.fields) for one in chain]
    shapes += [("New0", 9, {}), ("Other", 1, {"a": "JSON"})]
    type_, version, fields = draw(st.sampled_from(shapes))
    usual = {kind: st.one_of([of_type[kind]] * 5 + [st.none()]) for kind in TYPES}
    data = {name: draw(usual[kind]) for name, kind in fields.items()}
    spoil = draw(st.sampled_from(["nothing"] * 8 + ["value", "missing", "more", "anything"]))
    if spoil == "anything":
        data = draw(st.dictionaries(st.sampled_from(NAMES), values, max_size=3))
    elif spoil == "more":
        data[draw(st.sampled_from(NAMES))] = draw(values)
    elif spoil != "nothing" and data:
        name = draw(st.sampled_from(list(data)))
        if spoil == "value":
            data[name] = draw(values)
        else:
            del data[name]
    return type_, version, data
