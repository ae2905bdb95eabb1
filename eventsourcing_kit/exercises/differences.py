"""Where a wrong result differs from the expected one, in a sentence about the case at hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from ..banking import SIGNS
from .outcome import Broken, same_value
from .show import show_value
from .slips import Trial

MOST = 3  # entries that are listed
EXACT = 2**52  # from here on a float has no room for halves, soon after for whole numbers
MOST_TRACED = 12  # events of which any may be the cause: 4,096 sums
MOST_CAUSES = 2  # what may have made a number wrong


def told(trial: Trial, parts: tuple[str, ...] = (), trials: Sequence[Trial] = ()) -> str:
    """What is amiss in the result of a trial: what is missing, too much, or another value.

    Of results with `parts` the one that differs is named. A number is only traced to events that
    move money if that is possible in all `trials`: a count can be wrong by as much by chance.
    """
    if not all(map(_is_traceable, trials)):
        trial = replace(trial, case=None)
    expected, got = trial.expected.value, trial.got.value
    if parts and isinstance(got, list | tuple) and len(got) == len(parts) == len(expected):
        wrong = [n for n in range(len(parts)) if not same_value(expected[n], got[n])]
        rest = _difference(expected[wrong[0]], got[wrong[0]], trial)
        return f"Not as expected: {' and '.join(parts[n] for n in wrong)}. {rest}".rstrip()
    return _difference(expected, got, trial) or "Here your answer and the expected one differ."


def _difference(expected: Any, got: Any, trial: Trial) -> str:
    if isinstance(got, Broken):
        return f"{got[:1].upper()}{got[1:]}."
    if type(expected) is type(got) is bool:
        return f"You say {got} here, and it is {expected}."
    if type(expected) is type(got) is str:
        return f"You give {got!r}, where {expected!r} is right."
    if type(expected) is type(got) and isinstance(expected, date):  # a moment is one as well
        return f"You give {got}, where {expected} is right."
    if type(expected) is int and type(got) is int:
        return _of_numbers(expected, got, trial) + _of_digits(expected, got)
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        return _of_keys(expected, got, trial)
    if isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        return _of_lists(expected, got, trial)
    if type(expected) is type(got) and is_dataclass(expected):
        names = [
            f.name
            for f in fields(expected)
            if not same_value(getattr(expected, f.name), getattr(got, f.name))
        ]
        name = names[0]
        rest = _difference(getattr(expected, name), getattr(got, name), trial)
        return f"`{name}` of the {type(got).__name__} is not as expected. {rest}".rstrip()
    if expected is None and got is not None:
        plain = isinstance(got, bool | int | str)
        return f"None is expected here, and you give {repr(got) if plain else f'a {_kind(got)}'}."
    if type(expected) is not type(got):
        return f"A value of type {_kind(expected)} is expected, and here it is {_kind(got)}."
    return ""


def _kind(value: Any) -> str:
    return "None" if value is None else type(value).__name__


def _of_numbers(expected: int, got: int, trial: Trial) -> str:
    off = got - expected
    said = f"Too {_way(off)} by {abs(off)}"
    causes = [said for slip in (_left_out, _too_often, _turned) for said in slip(off, trial.case)]
    if 0 < len(causes) <= MOST_CAUSES:  # more would say nothing
        return f"{said}: as if {', or '.join(causes)}."
    return f"{said}."


def _left_out(off: int, case: Any) -> Iterator[str]:
    return (f"{which} did not count" for which, amount in _movements(case) if off == -amount)


def _too_often(off: int, case: Any) -> Iterator[str]:
    """Twice, or once where it should not count at all: the number does not tell which."""
    named = (which for which, amount in _movements(case) if off == amount)
    return (f"{which} counted once too often" for which in named)


def _turned(off: int, case: Any) -> Iterator[str]:
    named = (which for which, amount in _movements(case) if off == -2 * amount)
    return (f"{which} counted with the other sign" for which in named)


def _of_digits(expected: int, got: int) -> str:
    """A question, where a number that a float cannot hold to the last unit is nearly right."""
    if abs(expected) < EXACT or abs(got - expected) * EXACT > 16 * abs(expected):
        return ""
    return " Is there a float on the way? It keeps about sixteen digits, and here are as many."


def _is_traceable(trial: Trial) -> bool:
    """Whether some events, each left out, doubled or turned, make all numbers of a trial wrong."""
    amounts = [amount for _, amount in _movements(trial.case)][:MOST_TRACED]
    sums = {0}
    for amount in amounts:
        sums |= {one + amount for one in sums}
    explained = {factor * one for factor in (-1, 1, -2) for one in sums}
    return all(off in explained for off in _offsets(trial.expected.value, trial.got.value))


def _offsets(expected: Any, got: Any) -> Iterator[int]:
    """By how much the whole numbers are wrong, in two values that are made alike."""
    if type(expected) is int and type(got) is int:
        yield got - expected
    elif isinstance(expected, Mapping) and isinstance(got, Mapping):
        for key in expected.keys() & got.keys():
            yield from _offsets(expected[key], got[key])
    elif isinstance(expected, list | tuple) and isinstance(got, list | tuple):
        for one, other in zip(expected, got, strict=False):
            yield from _offsets(one, other)


def _way(off: int) -> str:
    return "large" if off > 0 else "small"


def _movements(case: Any) -> Iterator[tuple[str, int]]:
    """Each event of a case that moves money: what to call it, and by how much."""
    for number, (kind, amount) in enumerate(_amounts(case), 1):
        yield f"event {number} ({kind} of {abs(amount)})", amount


def _amounts(case: Any) -> Iterator[tuple[str, int]]:
    kind = getattr(case, "type", type(case).__name__)
    data = getattr(case, "data", None)
    amount = data.get("amount") if isinstance(data, Mapping) else getattr(case, "amount", None)
    if kind in SIGNS and type(amount) is int and amount:
        yield kind, SIGNS[kind] * amount
    elif isinstance(case, list | tuple):
        for one in case:
            yield from _amounts(one)


def _of_keys(expected: Mapping[Any, Any], got: Mapping[Any, Any], trial: Trial) -> str:
    if missing := [key for key in expected if key not in got]:
        return f"The key {missing[0]!r} is missing."
    if more := [key for key in got if key not in expected]:
        return f"The key {more[0]!r} does not belong there."
    key = next((key for key in expected if not same_value(expected[key], got[key])), None)
    return f"{key!r} is not as expected. {_difference(expected[key], got[key], trial)}".rstrip()


def _of_lists(expected: Any, got: Any, trial: Trial) -> str:
    missing, more = _without(expected, got), _without(got, expected)
    one_kind = len({type(one) for one in expected}) == 1 and isinstance(expected[0], int | str)
    if _is_record(expected, got):
        return _of_places("Value", expected, got, trial)
    if (wide := _width(got)) and (right := _width(expected)) and wide != right:
        return f"A row of yours has {wide} values, and {right} belong there."
    rows = len(expected) == len(got) and all(map(_is_record, expected, got))
    if rows or (not one_kind and len(expected) == len(got) and len(missing) == len(more) == 1):
        return _of_places("Number", expected, got, trial)
    if twice := _comes_twice(expected, got):
        return f"{twice!r} begins several rows, and one is asked for. In SQL: `GROUP BY` it alone."
    if not missing and not more:
        return "All of it is there, in another order."
    said = [f"Missing: {_listed(missing)}."] if missing else []
    said += [f"Too much: {_listed(more)}."] if more else []
    return " ".join(said)


def _comes_twice(expected: Any, got: Any) -> Any:
    """What begins several rows, where what is expected begins each row with something else."""
    if not all(isinstance(row, tuple) and len(row) > 1 for row in [*expected, *got]):
        return None
    wanted, given = [row[0] for row in expected], [row[0] for row in got]
    if len(set(map(repr, wanted))) < len(wanted):
        return None
    return next((one for one in given if given.count(one) > 1 and one in wanted), None)


def _width(rows: Any) -> int | None:
    """How many values each row has; None if they are no rows of one width."""
    widths = {len(row) if isinstance(row, tuple) else None for row in rows}
    return widths.pop() if len(widths) == 1 else None


def _is_record(expected: Any, got: Any) -> bool:
    """Whether these are two tuples of numbers, of which each place has its own meaning."""
    both = (expected, got)
    like = all(isinstance(one, tuple) and all(type(n) is int for n in one) for one in both)
    return like and len(expected) == len(got) > 1


def _of_places(name: str, expected: Any, got: Any, trial: Trial) -> str:
    """The first of equally many that is not as expected."""
    place = next(n for n, one in enumerate(expected) if not same_value(one, got[n]))
    rest = _difference(expected[place], got[place], trial)
    if rest and len(expected) == 1:
        return rest
    return f"{name} {place + 1} is not as expected. {rest}".rstrip()


def _without(values: Any, others: Any) -> list[Any]:
    """What is in `values` oftener than in `others`."""
    left = list(others)
    over = []
    for value in values:
        at = next((n for n, one in enumerate(left) if same_value(one, value)), None)
        if at is None:
            over.append(value)
        else:
            del left[at]
    return over


def _listed(values: list[Any]) -> str:
    first = ", ".join(show_value(value).replace("\n", ", ") for value in values[:MOST])
    return first if len(values) <= MOST else f"{first} and {len(values) - MOST} more"
