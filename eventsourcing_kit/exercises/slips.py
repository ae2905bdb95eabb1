"""Slips that people make in any exercise, recognised by what an answer does.

A slip is what would come of the right answer by one mistake: all of it with the sign turned, a
hundred times too small, the pair swapped; or what the reference makes of another case: of events
with their two times exchanged, from the last to the first. An answer has made it if it gave just
that in every case that was tried. The idea is that of diagnosing a bug from its outputs, as
Brown and Burton's BUGGY did for subtraction (1978).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from ..event import RecordedEvent
from .outcome import Broken, Outcome, same_outcome, same_value

Reference = Callable[[Any], Outcome]
ENOUGH = 6  # lists that end too early before it is said of an answer


@dataclass(frozen=True)
class Trial:
    """What the reference and the answer made of a case."""

    case: Any
    expected: Outcome
    got: Outcome

    @property
    def differs(self) -> bool:
        """Whether the answer is wrong in this case."""
        return not same_outcome(self.expected, self.got)


def named(trials: Sequence[Trial], reference: Reference, parts: tuple[str, ...] = ()) -> str | None:
    """A sentence for the slip that explains every trial; None if there is none.

    Where results have `parts`, those that are always right are left out: the slip is looked for
    in the one that is not. The reference is run again on changed cases.
    """
    if said := _returned_an_error(trials):
        return said
    trials = [one for one in trials if one.differs or not one.expected.raised]  # refused, rightly
    if any(trial.expected.raised or trial.got.raised for trial in trials):
        return None
    if all(same_value(trial.expected.value, trial.got.value) for trial in trials):
        return None
    pairs = [(trial.expected.value, trial.got.value) for trial in trials]
    return (
        _of_values(pairs)
        or _of_one_part(pairs, parts)
        or _of_too_much(pairs)
        or _with_what_was_given(trials)
        or _of_events(trials)
        or _of_the_case(trials, reference)
    )


def _returned_an_error(trials: Sequence[Trial]) -> str | None:
    wanted = {kind for trial in trials for kind in _kinds(trial.expected.value)}
    for trial in trials:
        for kind in _kinds(trial.got.value) if trial.differs else ():
            if issubclass(kind, BaseException) and kind not in wanted:
                if isinstance(trial.expected.value, bool):
                    asked = "where True or False is asked for"
                    return f"You return the error, {kind.__name__}, {asked}."
                return f"You return the error. Raise it: `raise {kind.__name__}(...)`."
    return None


def _kinds(value: Any) -> list[type]:
    """The class of a value, and of what it holds; a class that is held is its own."""
    held = list(value.values()) if isinstance(value, dict) else value
    ones = [value, *held] if isinstance(held, list | tuple) else [value]
    return [one if isinstance(one, type) else type(one) for one in ones]


Pairs = Sequence[tuple[Any, Any]]  # what was expected, what was given


def _of_values(pairs: Pairs) -> str | None:
    """The slip that makes each expected value the given one, if it changes any."""
    wrong = [(expected, got) for expected, got in pairs if not same_value(expected, got)]
    if not wrong:
        return None
    for makes, said in _SLIPS:
        if all(same_value(makes(expected), got) for expected, got in pairs):
            return said
    for makes, said in _LOOSE_SLIPS:
        if makes is _once_each and all(_as_many(expected, got) for expected, got in wrong):
            continue  # one stands in the place of another
        if all(same_value(makes(expected), makes(got)) for expected, got in wrong):
            return said + (_how_often(wrong) if makes is _once_each else "")
    return _of_the_length(wrong)


def _as_many(expected: Any, got: Any) -> bool:
    lists = isinstance(expected, list | tuple) and isinstance(got, list | tuple)
    return lists and len(expected) == len(got)


def _of_the_length(wrong: Pairs) -> str | None:
    """Lists that end too early; few of them can lack one entry that happened to be the last."""
    both = [(a, b) for a, b in wrong if isinstance(a, list | tuple) and isinstance(b, list | tuple)]
    lacks = [len(expected) - len(got) for expected, got in both]
    if len(both) < max(len(wrong), ENOUGH) or min(lacks) < 1 or max(lacks) < 2:
        return None
    if any(got for _, got in both) and all(same_value(a[: len(b)], b) for a, b in both):
        return "What you give is right as far as it goes, and it ends too early."
    return None


def _of_one_part(pairs: Pairs, parts: tuple[str, ...]) -> str | None:
    """The slip in one part of results that have several, or in one column of rows."""
    names = parts or tuple(f"value {number}" for number in (1, 2, 3, 4))
    for split in (lambda value: [value], lambda value: value):  # the result, then its rows
        rows = _side_by_side(pairs, split)
        if rows is None or not rows:
            continue
        width = len(rows[0][0])
        wrong = {n for n in range(width) for a, b in rows if not same_value(a[n], b[n])}
        if len(wrong) == 1 and width > 1:
            number = wrong.pop()
            said = _of_values([(expected[number], got[number]) for expected, got in rows])
            name = names[number] if number < len(names) else f"value {number + 1}"
            return said and f"In {name}: {said[0].lower()}{said[1:]}"
    return None


def _side_by_side(pairs: Pairs, split: Callable[[Any], Any]) -> list[tuple[Any, Any]] | None:
    """Pairs of tuples of one length, or None if the values are not made like that."""
    rows: list[tuple[Any, Any]] = []
    for expected, got in pairs:
        try:
            rows += zip(split(expected), split(got), strict=True)
        except (TypeError, ValueError):
            return None
    like = all(isinstance(one, list | tuple) for row in rows for one in row)
    return rows if like and len({len(one) for row in rows for one in row}) == 1 else None


def _numbers(change: Callable[[int], Any]) -> Callable[[Any], Any]:
    """A change of the whole numbers in a value, however deep they lie."""

    def made(value: Any) -> Any:
        if type(value) is int:
            return change(value)
        if isinstance(value, list | tuple):
            return [made(one) for one in value]
        if isinstance(value, dict):
            return {key: made(one) for key, one in value.items()}
        if is_dataclass(value) and not isinstance(value, type | RecordedEvent):
            changed = {f.name: made(getattr(value, f.name)) for f in fields(value) if f.init}
            return replace(value, **changed)
        return value

    return made


def _filled(value: Any, counts: Callable[[Any], bool]) -> Any:
    """A value without those entries of its dictionaries that do not count."""
    if isinstance(value, dict):
        return {key: one for key, one in value.items() if counts(one)}
    return [_filled(one, counts) for one in value] if isinstance(value, list | tuple) else value


def _only(kept: slice) -> Callable[[Any], Any]:
    """A change that keeps only some places of a list."""
    return lambda value: value[kept] if isinstance(value, list | tuple) else value


def _reversed(value: Any) -> Any:
    return list(reversed(value)) if isinstance(value, list | tuple) else value


def _each_reversed(value: Any) -> Any:
    """With each innermost row reversed, but for a row that is all there is."""
    if not isinstance(value, list | tuple):
        return value
    return [_each_reversed(one) if _has_rows(one) else _reversed(one) for one in value]


def _has_rows(value: Any) -> bool:
    return isinstance(value, list | tuple) and any(isinstance(one, list | tuple) for one in value)


def _sorted(value: Any) -> Any:
    return sorted(value, key=repr) if isinstance(value, list | tuple) else value


def _once_each(value: Any) -> Any:
    if not isinstance(value, list | tuple):
        return value
    return _sorted([one for n, one in enumerate(value) if one not in value[:n]])


def _how_often(wrong: Pairs) -> str:
    """More of which, if it is more or fewer in every case."""
    more = {len(got) > len(expected) for expected, got in wrong}
    if more == {True}:
        return " Some come more than once."
    if more == {False}:
        return " Two that are the same are two, and you give one of them."
    return ""


_SLIPS: tuple[tuple[Callable[[Any], Any], str], ...] = (
    (
        _numbers(lambda n: -n),
        "The sign is turned: what should be added is taken away, or the other way round.",
    ),
    (
        _numbers(lambda n: n * 100),
        "A hundred times too much. Amounts are minor units (cents) already.",
    ),
    (
        _numbers(lambda n: n / 100),
        "A hundred times too small, and a float. Amounts stay whole numbers of minor units.",
    ),
    (
        _numbers(lambda n: n // 100),
        "A hundred times too small. Amounts stay whole numbers of minor units.",
    ),
    (
        _numbers(lambda n: (abs(n) + 50) // 100 * (1 if n > 0 else -1)),
        "A hundred times too small, and rounded. Amounts stay whole numbers of minor units.",
    ),
    (
        _numbers(float),
        "The number is right, but it is a float. A whole number belongs here: a float cannot keep "
        "every cent.",
    ),
    (_numbers(str), "The value is right, but it is text. A number belongs here."),
    (str, "The value is right, but it is text. Give the value itself."),
    (
        _numbers(lambda n: n + 1),
        "One too many everywhere. Versions and positions count from 1, and the count of "
        "events is the version of the last.",
    ),
    (
        _numbers(lambda n: n - 1),
        "One too few everywhere. An index counts from 0; versions and positions count from 1.",
    ),
    (lambda value: [value], "The value is right, but it is wrapped in a list or tuple of one."),
    (
        lambda value: value[0] if isinstance(value, list | tuple) and len(value) == 1 else value,
        "The value is right, but a list (or tuple) of it belongs here, even if it is only one.",
    ),
    (
        _numbers(lambda n: n or None),
        "None where 0 belongs: 0 counts as false. In SQL no rows sum to NULL: `coalesce(…, 0)`.",
    ),
    (
        lambda value: None if isinstance(value, list | tuple | dict | str) and not value else value,
        "None where an empty result belongs.",
    ),
    (lambda value: None if value is False else value, "None where False belongs."),
    *(
        (
            lambda value, empty=empty: empty if value is None else value,
            f"{name} where None belongs. None says that there is no result.",
        )
        for name, empty in (
            ("0", 0),
            ("False", False),
            ("An empty list", []),
            ("An empty dict", {}),
            ("An empty text", ""),
            ("The text 'None'", "None"),
        )
    ),
    (_only(slice(-1, None)), "You give only the last of what belongs there."),
    (_only(slice(1)), "You give only the first of what belongs there."),
    (
        lambda value: _filled(value, bool),
        "What is false, 0 or empty is missing from yours. Ask whether a value is there, not "
        "whether it counts as true.",
    ),
    (
        lambda value: _filled(value, lambda one: one is not None),
        "What is None is missing from yours. A key with None behind it is there all the same.",
    ),
    (_only(slice(None, -1)), "The last of what belongs there is missing, and nothing else."),
    (_only(slice(1, None)), "The first of what belongs there is missing, and nothing else."),
    (_reversed, "All parts are right, in the reverse order."),
    (_each_reversed, "In each pair the two parts are swapped."),
)
_LOOSE_SLIPS: tuple[tuple[Callable[[Any], Any], str], ...] = (
    (_sorted, "All parts are right, but in another order."),
    (_once_each, "All are there, but not as often as they should be."),
)


def _of_too_much(pairs: Pairs) -> str | None:
    """Lists of which something is asked for: the last entry, the sum, how many there are."""
    if any(isinstance(expected, list | tuple) for expected, _ in pairs) or not all(
        isinstance(got, list | tuple) for _, got in pairs
    ):
        return None
    for taken, said in _TAKEN:
        try:
            if all(same_value(expected, taken(got)) for expected, got in pairs):
                return said
        except TypeError:  # entries that have no sum
            continue
    return None


_TAKEN: tuple[tuple[Callable[[Any], Any], str], ...] = (
    (lambda got: got[-1] if got else None, "You give a list. Asked for is its last entry alone."),
    (lambda got: got[0] if got else None, "You give a list. Asked for is its first entry alone."),
    (sum, "You give a list. Asked for is its sum."),
    (len, "You give a list. Asked for is how many are in it."),
)


def _with_what_was_given(trials: Sequence[Trial]) -> str | None:
    """The new ones behind the old ones, where the new ones alone are asked for."""
    cases = [trial.case if isinstance(trial.case, tuple) else (trial.case,) for trial in trials]
    for number in range(min(map(len, cases))):
        given = [case[number] for case in cases]
        if all(isinstance(one, list) for one in given) and all(
            isinstance(trial.expected.value, list | tuple)
            and (not trial.differs or _is_behind(one, trial))
            for one, trial in zip(given, trials, strict=True)
        ):
            return "You give back what you were given as well. Asked for is only what is new."
    return None


def _is_behind(given: list[Any], trial: Trial) -> bool:
    """Whether the answer is what was expected, with what was given before it."""
    return same_value([*given, *trial.expected.value], trial.got.value)


def _of_events(trials: Sequence[Trial]) -> str | None:
    """Events where one of their fields is asked for, or one field for another."""
    for asked in ("version", "position", "event_id", "type"):
        if any(_holds_events(trial.got.value) for trial in trials) and all(
            same_value(trial.expected.value, _fields(trial.got.value, asked)) for trial in trials
        ):
            return f"You give the events. Asked for is of each its `{asked}`."
    for asked, given in (("position", "version"), ("version", "position")):
        if all(_renumbered(trial, asked, given) for trial in trials):
            return (
                f"You give `{given}` where `{asked}` is asked for. Only in the smallest stores "
                "are they the same: versions count in a stream, positions in the whole store."
            )
    for asked in ("position", "version"):
        if all(_renumbered(trial, asked, "event_id") for trial in trials):
            return "You give the `event_id` of an event where its number is asked for."
    return None


def _holds_events(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_holds_events, value))
    return isinstance(value, RecordedEvent)


def _fields(value: Any, name: str) -> Any:
    if isinstance(value, list | tuple):
        return [_fields(one, name) for one in value]
    return getattr(value, name) if isinstance(value, RecordedEvent) else value


def _renumbered(trial: Trial, asked: str, given: str) -> bool:
    """Whether each number is one event's `given` where its `asked` is right."""
    numbers = {getattr(event, asked): getattr(event, given) for event in _events(trial.case)}
    change = _numbers(lambda n: numbers.get(n, n))
    return same_value(change(trial.expected.value), trial.got.value)


def _events(case: Any) -> Iterator[RecordedEvent]:
    if isinstance(case, RecordedEvent):
        yield case
    elif isinstance(case, list | tuple):
        for one in case:
            yield from _events(one)


def _of_the_case(trials: Sequence[Trial], reference: Reference) -> str | None:
    """The other case for which the answers would have been right."""
    for change, said in _CASES:
        try:
            made = ((reference(_with_events(one.case, change)), one.got) for one in trials)
            if all(same_outcome(expected, got) for expected, got in made):
                return said
        except Exception:  # a case that the reference cannot take
            continue
    return None


def _with_events(case: Any, change: Callable[[list[Any]], list[Any]]) -> Any:
    """A case with its lists of events changed."""
    if isinstance(case, list) and case and all(map(_is_event, case)):
        return change(case)
    if isinstance(case, tuple):
        return tuple(_with_events(one, change) for one in case)
    return case


def _is_event(one: Any) -> bool:
    if isinstance(one, tuple) and len(one) == 2:  # with the stream that it goes to
        one = one[1]
    return is_dataclass(one) and not isinstance(one, type)


def _exchanged(events: list[Any]) -> list[Any]:
    return [
        replace(event, occurred_at=event.recorded_at, recorded_at=event.occurred_at)
        if isinstance(event, RecordedEvent)
        else event
        for event in events
    ]


def _numbered_from(first: int) -> Callable[[list[Any]], list[Any]]:
    """Events whose versions are their places in the list."""
    return lambda events: [
        replace(event, version=place) if isinstance(event, RecordedEvent) else event
        for place, event in enumerate(events, first)
    ]


def _at_midnight(events: list[Any]) -> list[Any]:
    return [
        replace(
            event,
            occurred_at=event.occurred_at.replace(hour=0, minute=0, second=0, microsecond=0),
            recorded_at=event.recorded_at.replace(hour=0, minute=0, second=0, microsecond=0),
        )
        if isinstance(event, RecordedEvent)
        else event
        for event in events
    ]


_CASES: tuple[tuple[Callable[[list[Any]], list[Any]], str], ...] = (
    (
        _exchanged,
        "You read `recorded_at` where `occurred_at` is asked for, or the other way round: when it "
        "happened in the world, and when the store learned of it.",
    ),
    (
        _numbered_from(0),
        "You take the place in the list, counted from 0, for the `version` of an event.",
    ),
    (
        _numbered_from(1),
        "You take the place in the list for the `version` of an event. A history need not begin "
        "at 1, and versions can be missing from it.",
    ),
    (
        _at_midnight,
        "You go by days. Two moments of one day are not the same: compare the times themselves.",
    ),
    (lambda events: events[:-1], "Your answer leaves out the last event."),
    (lambda events: events[1:], "Your answer leaves out the first event."),
    (lambda events: events[-1:], "Your answer follows from the last event alone."),
    (lambda events: events[:1], "Your answer follows from the first event alone."),
    (lambda events: events[::-1], "You go through the events from the newest to the oldest."),
)


def constant(trials: Sequence[Trial]) -> str | None:
    """A sentence for the same result in every case, where some want another."""
    first = trials[0].got.value
    if isinstance(first, Broken):  # it says more
        return None
    wanted = trials[0].expected.value
    if all(same_value(first, trial.got.value) for trial in trials) and not all(
        same_value(wanted, trial.expected.value) for trial in trials
    ):
        return (
            "Your answer gives the same whatever it is called with. Does it use its arguments, or "
            "a variable of the notebook instead?"
        )
    return None


def ignored(
    trials: Sequence[Trial], ask: Callable[[Any], Outcome], reference: Reference, names: list[str]
) -> str | None:
    """A sentence for an argument that changes nothing, though it should: each is exchanged.

    `ask` calls the answer with a case, the arguments; `names` are theirs.
    """
    tried = [trial for trial in trials if isinstance(trial.case, tuple)][:TRIED]
    if any(len(trial.case) != len(names) for trial in tried):
        return None
    for number, name in enumerate(names):
        others = list({repr(trial.case[number]): trial.case[number] for trial in tried}.values())
        changed = [
            (trial, (*trial.case[:number], other, *trial.case[number + 1 :]))
            for trial in tried
            for other in others[:VALUES]
        ]
        if all(same_outcome(trial.got, ask(case)) for trial, case in changed) and any(
            not same_outcome(trial.expected, reference(case)) for trial, case in changed
        ):
            return f"Your answer is the same whatever `{name}` is, and it has to depend on it."
    return None


TRIED, VALUES = 20, 6  # trials, and values of an argument in each, by which it is judged
