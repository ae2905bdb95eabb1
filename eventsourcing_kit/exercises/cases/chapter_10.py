"""Cases of chapter 10: canonical bytes, a chain, a proof, a second history, keys, gaps."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import hypothesis.strategies as st

from ...errors import ErasedPerson, WrongCiphertext
from .. import Compare, Test, from_pages
from ..outcome import Broken, same_value
from ..slips import Trial

TESTS: dict[str, Test] = {}

# U+FB33 and an emoji: by code points in this order, by UTF-16 in the other. U+0100 and U+00FF
# are in order by their units, and not by the lower half of these. "e\u0301" is another é.
NAMES = ["a", "B", "é", "\ufb33", "\U0001f600", "\u0100", "\u00ff", "e\u0301", ""]
texts = st.sampled_from([*NAMES, 'say "so"', "/\\\n"])
plain = st.none() | st.booleans() | st.integers(-9, 9) | texts
values = st.recursive(
    plain,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(texts, inside, max_size=3),
    max_leaves=6,
)

AWKWARD = (
    {"b": 1, "a": 2},
    ["b", "a"],
    {"é": "é"},
    {"a": 1, "B": 2},
    {"a": {"b": 1, "a": 2}},
    {"\ufb33": 1, "\U0001f600": 2},
    {"\u0100": 1, "\u00ff": 2},
)


def _on_canonical(trial: Trial) -> str | None:
    """What the bytes are when they are read back, or where they are written in another way."""
    got, right = trial.got.value, trial.expected.value
    if not isinstance(got, bytes):
        return None
    try:
        read = json.loads(got.decode())
    except ValueError as error:
        return f"{got!r} cannot be read back as JSON in UTF-8: {error}."
    if not same_value(read, trial.case):
        return f"Read back, your bytes are {read!a}, and the value was {trial.case!a}."
    if sorted(got) == sorted(right):
        return "The keys of a dict, be it inside another or in a list, are not sorted by UTF-16."
    at = next(n for n in range(len(right) + 1) if got[: n + 1] != right[: n + 1])
    return f"The value is right, and written otherwise: {got[at:]!r} for {right[at:]!r}."


TESTS["canonical"] = Compare(
    cases=values | st.sampled_from(AWKWARD),
    run=lambda canonical, value: canonical(value),
    examples=({"b": [1, None], "a": 2}, 7),
    context=lambda value: f"value {value!a}",
    says=_on_canonical,
)

Link = tuple[str, str]  # previous, body


def _digest(previous: str, body: str) -> str:
    return sha256(f"{previous}\n{body}".encode()).hexdigest()[:6]


def _chained(bodies: list[str]) -> tuple[list[Link], str]:
    """The links of a sound chain, and its head."""
    links, previous = [], ""
    for body in bodies:
        links.append((previous, body))
        previous = _digest(previous, body)
    return links, previous


def _tampered(drawn: tuple[list[str], list[tuple[str, int]]]) -> tuple[list[Link], str]:
    """A sound chain to which up to two things were done, and the head that it had before."""
    links, head = _chained(drawn[0])
    for deed, at in drawn[1]:
        place = at % max(1, len(links))
        if deed == "change" and links:
            links[place] = (links[place][0], "+99")
        elif deed == "delete":
            del links[place : place + 1]
        elif deed == "relink" and links:
            links[place] = ("ffffff", links[place][1])
        elif deed == "cut":
            del links[place:]
    return links, head


bodies = st.lists(st.sampled_from(["+5", "+7", "-3"]), max_size=5)
deeds = st.sampled_from(["change", "delete", "relink", "cut"])
SOUND = _chained(["+5", "-3", "+7"])


def _on_first_wrong(trial: Trial) -> str | None:
    """The link on which the shortest case turns."""
    (events, head), right = trial.case, trial.expected.value
    if trial.got.raised:
        return None
    if not events:
        return f"Here are no events, and head is {head!r}: the answer is {right}."
    if right == 0:
        return f"The first event carries {events[0][0]!r}. Something is missing before it: 0."
    at = right or len(events)
    after = f"event {at + 1} carries {events[at][0]!r}" if at < len(events) else f"head is {head!r}"
    link = f"`digest{events[at - 1]}` is {_digest(*events[at - 1])!r}, and {after}"
    return f"{link}: event {at} is the first that is wrong." if right else f"All fits here: {link}."


TESTS["first_wrong"] = Compare(
    cases=st.tuples(bodies, st.lists(st.tuples(deeds, st.integers(0, 4)), max_size=2)).map(
        _tampered
    ),
    run=lambda first_wrong, case: first_wrong(case[0], case[1], _digest),
    examples=(SOUND, _tampered((["+5", "-3", "+7"], [("change", 1)]))),
    context=lambda case: f"events {case[0]}, head {case[1]!r}",
    says=_on_first_wrong,
)


def _node(left: str, right: str) -> str:
    return f"({left}{right})"


def _on_inclusion(trial: Trial) -> str | None:
    """The lowest level on which another hash is given than the one beside the path."""
    (at, leaves), got = trial.case, trial.got.value
    if not isinstance(got, list | tuple):
        return None
    level = list(leaves)
    for number, beside in enumerate(trial.expected.value):
        if number >= len(got) or got[number] != beside:
            yours = got[number] if number < len(got) else "no more"
            return f"Beside place {at} of {level} is {beside!r}, and you give {yours!r}."
        level = [_node(*pair) for pair in zip(level[::2], level[1::2], strict=True)]
        at //= 2
    return f"The proof is complete with {trial.expected.value}, and you give more."


TESTS["inclusion"] = Compare(
    cases=st.sampled_from([1, 2, 4, 8]).flatmap(
        lambda size: st.tuples(st.integers(0, size - 1), st.just("abcdefgh"[:size]))
    ),
    run=lambda proof, case: proof(case[0], list(case[1]), _node),
    examples=((0, "ab"), (1, "ab"), (2, "abcd"), (0, "a")),
    context=lambda case: f"leaf {case[0]} of {case[1]!r}",
    says=_on_inclusion,
)


def _second(second_history: Callable[..., Any], case: tuple[list[str], int]) -> Any:
    """What the second auditor is told, if the first one still sees what he saw."""
    (bodies, version), (events, _) = case, _chained(case[0])
    told = second_history(events, version, "+99", _digest)
    if not isinstance(told, list | tuple):
        return told
    if events != _chained(bodies)[0]:
        return Broken(f"the first auditor, when he comes again, finds {events}")
    if len(told) != len(events):
        return Broken(f"what you give has length {len(told)}, and `events` has {len(events)}")
    carried = ""
    for number, (link, body) in enumerate(zip(told, bodies, strict=True), 1):
        right = carried, "+99" if number == version else body
        if not same_value(link, right):
            rule = "what an event carries is `digest(previous, body)` of yours before it"
            return Broken(f"event {number} is {link!r}, and has to be {right!r}: {rule}")
        carried = _digest(*right)
    return told


TESTS["second_history"] = Compare(
    cases=st.lists(st.sampled_from(["+5", "+7", "-3"]), min_size=1, max_size=5).flatmap(
        lambda said: st.tuples(st.just(said), st.integers(1, len(said)))
    ),
    run=_second,
    examples=((["+5"], 1), (["+5", "-3"], 1)),
    context=lambda case: f"bodies {case[0]}; version {case[1]} is to say '+99'",
)

days = st.none() | st.integers(0, 9)
TIMES = ("valid_from", "valid_until", "revoked_at", "compromised_since")
keys = st.fixed_dictionaries(dict.fromkeys(TIMES, days))


def _on_believe(trial: Trial) -> str | None:
    """The rule that speaks against the signature in the shortest case, or that none does."""
    key, recorded, seen, _ = trial.case
    first, last, revoked, stolen = map(key.get, TIMES)
    if not isinstance(trial.got.value, bool):
        return None
    against = (
        first is not None and recorded < first and f"the key is valid from day {first} on",
        last is not None and recorded > last and f"the key is valid through day {last}",
        revoked is not None and recorded >= revoked and f"it is revoked from day {revoked} on",
        f"a thief may have written that from day {stolen} on, and nobody had seen it before",
    )
    if not trial.expected.value:
        return f"Recorded on day {recorded}, it does not count: {next(filter(None, against))}."
    sure = "nothing was stolen" if stolen is None else f"seen before the theft, on day {seen}"
    return f"It counts, today as ever: day {recorded} was valid, and not yet revoked; and {sure}."


GOOD = {"valid_from": 2, "valid_until": 6, "revoked_at": None, "compromised_since": None}

TESTS["believe"] = Compare(
    cases=st.tuples(keys, st.integers(0, 9), days, st.just(10)),
    run=lambda believe, case: believe(*case),
    examples=((GOOD, 4, None, 10), (GOOD, 7, None, 10)),
    context=lambda case: f"key {case[0]}; recorded {case[1]}, seen {case[2]}, today {case[3]}",
    says=_on_believe,
)


def _open_memo(ciphertext: str) -> str:
    if ciphertext == "erased":
        raise ErasedPerson("customer-17")
    if ciphertext == "forged":
        raise WrongCiphertext("account-1", 1, "memo", "is not the one that was made for it")
    return ciphertext.removeprefix("sealed:")


MEMOS = ["sealed:rent", "sealed:", "sealed:gift", "erased", "erased", "forged"]

TESTS["statement"] = Compare(
    cases=st.lists(st.tuples(st.integers(-50, 50), st.sampled_from(MEMOS)), max_size=5),
    run=lambda statement, events: statement(events, _open_memo),
    parts=("the balance", "the memos"),
    examples=([(50, "sealed:rent")], [(50, "sealed:rent"), (20, "erased")]),
    context=lambda events: f"events (amount, ciphertext): {events}",
)

CHAPTER = from_pages(10, "Trust", __name__, TESTS)
