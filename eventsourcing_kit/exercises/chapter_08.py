"""Exercises of chapter 8: upcasters, chains, splits, and which changes need one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st

from ..event import NewEvent
from .chapter import Chapter
from .compare import Compare
from .exercise import Exercise, Wrong
from .sql import sql_rows

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


euros = st.tuples(cents | st.integers(0, 50).map(lambda n: 10 * n), st.integers(0, 2)).map(_written)
old_deposits = st.fixed_dictionaries(
    {"euros": euros, "memo": st.sampled_from(["", "Rent", "Salary"])}
)

euros_to_cents = Exercise(
    name="euros_to_cents",
    title="From euros to cents",
    minutes=5,
    prompt="""Write the upcaster from version 1 of `MoneyDeposited` to version 2: `to_cents(data)`.

Version 1: `{"euros": "12.34", "memo": "Rent"}`. The form let people write `"12"` and `"12.5"`, too.
Version 2: `{"cents": 1234, "memo": "Rent"}`, a whole number. To the cent, for every amount; the
data that you are given stays as it is.""",
    answer="to_cents",
    setup="from decimal import Decimal\n\nimport eventsourcing_kit as es",
    stub="""def to_cents(data):
    return ...""",
    hints=(
        "Make a new dict. A float has no 0.29: what is `float('0.29') * 100`?",
        "`Decimal` from the standard library (it is imported already) reads decimal text exactly.",
        '`int(Decimal(data["euros"]) * 100)`',
    ),
    reference="""def to_cents(data):
    return {"cents": int(Decimal(data["euros"]) * 100), "memo": data["memo"]}""",
    why="""Decimal text is exact until a float touches it. A new dict, because the stored event is
the truth and other readers may hold it.""",
    wrong_answers=(
        Wrong(
            "You went through a float and cut it off: `int(float('0.29') * 100)` is 28. Most "
            "amounts come out right, and some are a cent short.",
            """def to_cents(data):
    return {"cents": int(float(data["euros"]) * 100), "memo": data["memo"]}""",
        ),
        Wrong(
            "You only took the point out. That is right for 12.34, but 12.5 becomes 125 cents, "
            "and 12 becomes 12.",
            """def to_cents(data):
    return {"cents": int(data["euros"].replace(".", "")), "memo": data["memo"]}""",
        ),
        Wrong(
            "You dropped the cents: only the euros came over.",
            """def to_cents(data):
    return {"cents": int(Decimal(data["euros"])) * 100, "memo": data["memo"]}""",
        ),
        Wrong(
            "The memo is gone. An upcaster changes one thing and keeps the rest.",
            """def to_cents(data):
    return {"cents": int(Decimal(data["euros"]) * 100)}""",
        ),
        Wrong(
            "You left the old field beside the new one. Version 2 has no `euros`, and a strict "
            "reader refuses it.",
            """def to_cents(data):
    return {**data, "cents": int(Decimal(data["euros"]) * 100)}""",
        ),
        Wrong(
            "You changed the event that you were given. Other readers hold the same one, and find "
            "a shape that was never stored: make a new dict.",
            """def to_cents(data):
    data["cents"] = int(Decimal(data.pop("euros")) * 100)
    return data""",
        ),
    ),
    test=Compare(
        cases=old_deposits,
        run=lambda to_cents, data: to_cents(data),
        examples=({"euros": "12.34", "memo": "Rent"}, {"euros": "0.50", "memo": ""}),
        context=lambda data: f"data: {data}",
    ),
)


def _first(data: Data) -> Data:
    return {"cents": data["euros"] * 100}


def _second(data: Data) -> Data:
    return {"amount": data["cents"]}


def _third(data: Data) -> Data:
    return {"amount": data["amount"], "currency": "EUR"}


STEPS: dict[tuple[str, int], Callable[[Data], Data]] = {
    ("MoneyDeposited", 1): _first,
    ("MoneyDeposited", 2): _second,
    ("MoneyDeposited", 3): _third,
    ("FeeCharged", 1): _second,
}
SHAPES: dict[tuple[str, int], str] = {
    ("MoneyDeposited", 1): "euros",
    ("MoneyDeposited", 2): "cents",
    ("MoneyDeposited", 3): "amount",
    ("MoneyDeposited", 4): "both",
    ("FeeCharged", 1): "cents",
    ("FeeCharged", 2): "amount",
    ("AccountFrozen", 1): "reason",
}


def _stored(case: tuple[tuple[str, int], int]) -> tuple[str, int, Data]:
    (type_, version), amount = case
    field = SHAPES[type_, version]
    data: Data = {"amount": amount, "currency": "EUR"} if field == "both" else {field: amount}
    return type_, version, data


bring_up = Exercise(
    name="bring_up",
    title="A chain of upcasters",
    minutes=6,
    prompt="""Write `bring_up(type_, version, data, upcasters)`, which gives `(version, data)` of
the event in its newest shape. `upcasters` is a dict: under `(type, version)` stands the function
that takes data of that version to the **next** one. An event for which there is none is in its
newest shape already. The type stays the same.""",
    answer="bring_up",
    stub="""def bring_up(type_, version, data, upcasters):
    return ...""",
    hints=(
        "A loop: as long as there is an upcaster for this type and version, apply it, and then?",
        "After each step the version is one higher. Then look again.",
        "`while (type_, version) in upcasters:`",
    ),
    reference="""def bring_up(type_, version, data, upcasters):
    while (type_, version) in upcasters:
        data = upcasters[type_, version](data)
        version += 1
    return version, data""",
    why="""Each upcaster knows two neighbouring versions and nothing else. A new version costs one
more function, however many old ones there are.""",
    wrong_answers=(
        Wrong(
            "You went one step and stopped. An event of version 1 is then of version 2, and the "
            "newest is 4.",
            """def bring_up(type_, version, data, upcasters):
    if (type_, version) in upcasters:
        return version + 1, upcasters[type_, version](data)
    return version, data""",
        ),
        Wrong(
            "You begin at version 1, whatever the event is. A newer one is not of that shape.",
            """def bring_up(type_, version, data, upcasters):
    now = 1
    while (type_, now) in upcasters:
        data = upcasters[type_, now](data)
        now += 1
    return now, data""",
        ),
        Wrong(
            "The data is new and the version old. Whoever reads it next will take it for the old "
            "shape.",
            """def bring_up(type_, version, data, upcasters):
    now = version
    while (type_, now) in upcasters:
        data = upcasters[type_, now](data)
        now += 1
    return version, data""",
        ),
        Wrong(
            "You look for `MoneyDeposited` whatever the type is. Other types have versions of "
            "their own.",
            """def bring_up(type_, version, data, upcasters):
    while ("MoneyDeposited", version) in upcasters:
        data = upcasters["MoneyDeposited", version](data)
        version += 1
    return version, data""",
        ),
    ),
    test=Compare(
        cases=st.tuples(st.sampled_from(sorted(SHAPES)), st.integers(1, 9)).map(_stored),
        run=lambda bring_up, stored: bring_up(*stored, STEPS),
        examples=(
            ("MoneyDeposited", 3, {"amount": 5}),
            ("MoneyDeposited", 4, {"amount": 5, "currency": "EUR"}),
        ),
        context=lambda stored: f"{stored[0]} version {stored[1]}: {stored[2]}",
    ),
)

paid_in = st.fixed_dictionaries(
    {"cents": cents, "fee": st.sampled_from([0, 0, 5, 100]), "till": st.sampled_from(["1", "2"])}
)

split_cash = Exercise(
    name="split_cash",
    title="One event becomes two",
    minutes=6,
    prompt="""Hafenbank's till noted a deposit and its fee in one event, `CashPaidIn`:
`{"cents": 50000, "fee": 250, "till": "3"}`. 500.00 were paid in and 2.50 taken for it. Today these
are two facts. Write `split(data)`, which gives the list of `(type, data)` that it becomes, in this
order:

- `("MoneyDeposited", {"amount": ..., "currency": "EUR", "memo": ...})`: what was paid in; the memo
  is the till;
- `("FeeCharged", {"amount": ..., "currency": "EUR", "reason": "Cash paid in"})`; there is none
  where no fee was taken.""",
    answer="split",
    stub="""def split(data):
    return ...""",
    hints=(
        "The deposit is the whole amount that was paid in. The fee then takes its part away.",
        "Make the list with the deposit, and append the fee if it is above zero.",
        '`if data["fee"]: events.append(("FeeCharged", {...}))`',
    ),
    reference="""def split(data):
    events = [
        ("MoneyDeposited", {"amount": data["cents"], "currency": "EUR", "memo": data["till"]})
    ]
    if data["fee"]:
        fee = {"amount": data["fee"], "currency": "EUR", "reason": "Cash paid in"}
        events.append(("FeeCharged", fee))
    return events""",
    why="""The balance after both is what it was after the one, and each fact stands for itself: a
report of fees now finds Hafenbank's, too. A fee of nothing never happened, so it is no event.""",
    wrong_answers=(
        Wrong(
            "You took the fee off the deposit and charged it as well: it is gone twice.",
            """def split(data):
    net = data["cents"] - data["fee"]
    events = [("MoneyDeposited", {"amount": net, "currency": "EUR", "memo": data["till"]})]
    if data["fee"]:
        fee = {"amount": data["fee"], "currency": "EUR", "reason": "Cash paid in"}
        events.append(("FeeCharged", fee))
    return events""",
        ),
        Wrong(
            "You charge a fee of 0.00. Nobody was charged anything: where there is no fee, there "
            "is no event.",
            """def split(data):
    fee = {"amount": data["fee"], "currency": "EUR", "reason": "Cash paid in"}
    deposit = {"amount": data["cents"], "currency": "EUR", "memo": data["till"]}
    return [("MoneyDeposited", deposit), ("FeeCharged", fee)]""",
        ),
        Wrong(
            "The fee comes before the deposit. On an empty account it would have been refused: "
            "the order of the parts has a meaning.",
            """def split(data):
    events = []
    if data["fee"]:
        fee = {"amount": data["fee"], "currency": "EUR", "reason": "Cash paid in"}
        events.append(("FeeCharged", fee))
    deposit = {"amount": data["cents"], "currency": "EUR", "memo": data["till"]}
    return [*events, ("MoneyDeposited", deposit)]""",
        ),
        Wrong(
            "You lost the fee: the deposit alone makes the customer richer than she was.",
            """def split(data):
    deposit = {"amount": data["cents"], "currency": "EUR", "memo": data["till"]}
    return [("MoneyDeposited", deposit)]""",
        ),
    ),
    test=Compare(
        cases=paid_in,
        run=lambda split, data: split(data),
        examples=({"cents": 50_000, "fee": 0, "till": "3"},),
        context=lambda data: f"data: {data}",
    ),
)

kinds = st.sampled_from(["int", "int?", "str", "str?"])
definitions = st.dictionaries(st.sampled_from(["amount", "memo", "till"]), kinds, max_size=3)


def _similar(old: dict[str, str]) -> st.SearchStrategy[tuple[dict[str, str], dict[str, str]]]:
    """A definition and another one, that often has most of its fields."""
    changed = definitions.map(lambda some: {**old, **some})
    dropped = st.sets(st.sampled_from(["amount", "memo", "till"])).map(
        lambda names: {name: kind for name, kind in old.items() if name not in names}
    )
    return st.tuples(st.just(old), changed | dropped | definitions | st.just(old))


needs_upcaster = Exercise(
    name="needs_upcaster",
    title="Does this change need an upcaster?",
    minutes=8,
    prompt="""Write `needs_upcaster(old, new)`: `True` if today's code cannot read events of the old
definition as they are. A definition maps field to type, `{"amount": "int", "memo": "str?"}`; a "?"
at the end means that the field need not be there. The reader is **tolerant**: it ignores fields
that it does not know. It cannot do without a field that it requires, and it takes no other type.

(What the fields *mean* is not seen here. Euros that become cents under the same name need an
upcaster, too, and only a person knows.)""",
    answer="needs_upcaster",
    stub="""def needs_upcaster(old, new):
    return ...""",
    hints=(
        "Go through the fields of `new`: only these are read.",
        "For each there are three questions: is it missing in old events and required? Could it be "
        "missing in some of them? Is it of another type?",
        '`kind.removesuffix("?")` is the type, and `kind.endswith("?")` says that it is optional.',
    ),
    reference="""def needs_upcaster(old, new):
    for field, kind in new.items():
        required = not kind.endswith("?")
        if field not in old:
            if required:
                return True
        elif old[field].removesuffix("?") != kind.removesuffix("?"):
            return True
        elif required and old[field].endswith("?"):
            return True
    return False""",
    why="""Adding an optional field and dropping a field are free for a tolerant reader. A field
that is new and required, one that has become required, and one of another type are not. A renamed
field is one dropped and one added.""",
    wrong_answers=(
        Wrong(
            "You ask for an upcaster at every difference. A new optional field, or one that is "
            "read no more, needs none.",
            """def needs_upcaster(old, new):
    return old != new""",
        ),
        Wrong(
            "You overlooked that an optional field became required: some old events do not have "
            "it.",
            """def needs_upcaster(old, new):
    for field, kind in new.items():
        if field not in old:
            if not kind.endswith("?"):
                return True
        elif old[field].removesuffix("?") != kind.removesuffix("?"):
            return True
    return False""",
        ),
        Wrong(
            "You overlooked a type that changed. The name is the same, and the reader still "
            "cannot take it.",
            """def needs_upcaster(old, new):
    for field, kind in new.items():
        if not kind.endswith("?") and (field not in old or old[field].endswith("?")):
            return True
    return False""",
        ),
        Wrong(
            "You ask for an upcaster where a field was dropped. A tolerant reader passes it over.",
            """def needs_upcaster(old, new):
    for field, kind in new.items():
        required = not kind.endswith("?")
        if field not in old:
            if required:
                return True
        elif old[field].removesuffix("?") != kind.removesuffix("?"):
            return True
        elif required and old[field].endswith("?"):
            return True
    return any(field not in new for field in old)""",
        ),
    ),
    test=Compare(
        cases=definitions.flatmap(_similar),
        run=lambda needs_upcaster, case: needs_upcaster(*case),
        examples=(
            ({"amount": "int"}, {"amount": "int"}),
            ({"amount": "int"}, {"amount": "int", "till": "str"}),
        ),
        context=lambda case: f"old: {case[0]}\nnew: {case[1]}",
    ),
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


in_sql = Exercise(
    name="in_sql",
    title="The same upcast in SQL",
    minutes=8,
    prompt="""Old and new deposits stand in one table. In version 1 `data.euros` is text, such as
`"12.34"` (or `"12.5"`); in version 2 `data.cents` is a number. Write the SELECT that gives each
`stream_id` and its sum in cents, as whole numbers (`BIGINT`), ordered by stream id. There are no
other events.""",
    answer="query",
    stub='query = """..."""',
    hints=(
        "`sum(CASE schema_version WHEN 1 THEN ... ELSE ... END)`, and `GROUP BY stream_id`.",
        "`data.euros::VARCHAR::DECIMAL(18, 2)` reads the text exactly. Then what?",
        "`(data.euros::VARCHAR::DECIMAL(18, 2) * 100)::BIGINT`",
    ),
    reference='''query = """
SELECT stream_id, sum(CASE schema_version
    WHEN 1 THEN (data.euros::VARCHAR::DECIMAL(18, 2) * 100)::BIGINT
    ELSE data.cents::BIGINT
END) AS cents
FROM events
GROUP BY stream_id
ORDER BY stream_id
"""''',
    why="""The CASE is the upcaster. In a view over the events table it stands once, and every query
reads old and new alike.""",
    wrong_answers=(
        Wrong(
            "The deposits of version 1 are missing: they have no `cents`, and sum passes over "
            "NULL without a word.",
            '''query = """
SELECT stream_id, sum(data.cents::BIGINT) AS cents
FROM events GROUP BY stream_id ORDER BY stream_id
"""''',
        ),
        Wrong(
            "You added euros to cents: 12.34 counts as 12. Version 1 has to be multiplied by a "
            "hundred first.",
            '''query = """
SELECT stream_id, sum(CASE schema_version
    WHEN 1 THEN trunc(data.euros::VARCHAR::DECIMAL(18, 2))::BIGINT
    ELSE data.cents::BIGINT
END) AS cents
FROM events GROUP BY stream_id ORDER BY stream_id
"""''',
        ),
        Wrong(
            "You went through a DOUBLE and cut it off: 0.29 becomes 28 cents. DECIMAL is exact.",
            '''query = """
SELECT stream_id, sum(CASE schema_version
    WHEN 1 THEN trunc(data.euros::VARCHAR::DOUBLE * 100)::BIGINT
    ELSE data.cents::BIGINT
END) AS cents
FROM events GROUP BY stream_id ORDER BY stream_id
"""''',
        ),
        Wrong(
            "You only took the point out of the text: 12.5 is 1250 cents, and not 125.",
            '''query = """
SELECT stream_id, sum(CASE schema_version
    WHEN 1 THEN replace(data.euros::VARCHAR, '.', '')::BIGINT
    ELSE data.cents::BIGINT
END) AS cents
FROM events GROUP BY stream_id ORDER BY stream_id
"""''',
        ),
    ),
    test=Compare(
        cases=st.lists(
            st.tuples(st.sampled_from(["account-1", "account-2"]), st.booleans(), euros, cents),
            max_size=4,
        ).map(_two_versions),
        run=sql_rows,
        examples=([], _two_versions([("account-1", True, "12.50", 0)])),
        max_examples=60,
    ),
)

fields = st.sampled_from(["amount", "currency", "channel", "memo"])
tolerant_cases = st.tuples(
    st.dictionaries(fields, st.none() | st.integers(0, 3), max_size=4),
    st.sampled_from([["amount"], ["amount", "currency"]]),
    st.sampled_from([{}, {"memo": 9}]),
)

read_tolerantly = Exercise(
    name="read_tolerantly",
    title="A tolerant reader",
    minutes=5,
    prompt="""Write `read(data, required, optional)`, which gives a new dict with the fields that
your program knows, and no others. `required` is a list of names; `optional` is a dict with the
value to take for each optional field that is not there.

A field that nobody told you of is ignored. A required one that is missing raises `KeyError`. What
is there is taken as it is, even if it is `None`, 0 or empty.

`read({"amount": 500, "channel": "app"}, ["amount"], {"memo": ""})` is
`{"amount": 500, "memo": ""}`.""",
    answer="read",
    stub="""def read(data, required, optional):
    return ...""",
    hints=(
        "Go through the names that you know, and not through those of `data`.",
        "What does `data[name]` do where there is no such field, and what does `.get` do?",
        "`data.get(name, default)` gives the default only where the field is not there.",
    ),
    reference="""def read(data, required, optional):
    found = {name: data[name] for name in required}
    for name, default in optional.items():
        found[name] = data.get(name, default)
    return found""",
    why="""Tolerant of what it does not know, strict about what it cannot do without. A reader that
fills in a missing amount is not tolerant, it invents money.""",
    wrong_answers=(
        Wrong(
            "A required field is missing, and you went on with None. That is how a deposit loses "
            "its amount and nobody hears of it: raise KeyError.",
            """def read(data, required, optional):
    found = {name: data.get(name) for name in required}
    for name, default in optional.items():
        found[name] = data.get(name, default)
    return found""",
        ),
        Wrong(
            "You handed on fields that you do not know. They are to be ignored: the next function "
            "would have to deal with them.",
            """def read(data, required, optional):
    for name in required:
        data[name]
    return {**optional, **data}""",
        ),
        Wrong(
            "You refused a field that you do not know. Then the writers cannot add anything before "
            "every reader is changed: ignore it.",
            """def read(data, required, optional):
    if not data.keys() <= {*required, *optional}:
        raise KeyError("unknown field")
    return {**optional, **{name: data[name] for name in required}, **data}""",
        ),
        Wrong(
            "You took the default for a value that is there, because it counts as false. Ask "
            "whether the field is there, not what it holds.",
            """def read(data, required, optional):
    found = {name: data[name] for name in required}
    for name, default in optional.items():
        found[name] = data.get(name) or default
    return found""",
        ),
        Wrong(
            "You changed the event that you were given. Other readers hold the same one: make a "
            "new dict.",
            """def read(data, required, optional):
    for name in required:
        data[name]
    for name in list(data):
        if name not in required and name not in optional:
            del data[name]
    for name, default in optional.items():
        data.setdefault(name, default)
    return data""",
        ),
    ),
    test=Compare(
        cases=tolerant_cases,
        run=lambda read, case: read(*case),
        examples=(
            ({"amount": 500, "currency": 1}, ["amount"], {"memo": 9}),
            ({"amount": 500, "memo": 2}, ["amount"], {"memo": 9}),
        ),
        context=lambda case: f"data: {case[0]}\nrequired: {case[1]}\noptional: {case[2]}",
    ),
)

CHAPTER = Chapter(
    8,
    "Events change shape",
    __name__,
    (euros_to_cents, bring_up, split_cash, needs_upcaster, in_sql, read_tolerantly),
)
