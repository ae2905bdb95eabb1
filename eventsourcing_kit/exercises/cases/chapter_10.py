"""Cases of chapter 10: canonical bytes, a chain, a proof, a second history, keys, gaps."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import hypothesis.strategies as st

from ...errors import ErasedPerson, WrongCiphertext
from .. import Compare, Test, from_pages

TESTS: dict[str, Test] = {}

# U+FB33 and an emoji: by code points in this order, by UTF-16 in the other. U+0100 and U+00FF
# are in order by their units, and not by the lower half of these.
texts = st.sampled_from(["a", "B", "é", "\ufb33", "\U0001f600", "\u0100", "\u00ff", 'say "so"'])
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

TESTS["canonical"] = Compare(
    cases=values | st.sampled_from(AWKWARD),
    run=lambda canonical, value: canonical(value),
    examples=({"b": [1, None], "a": 2}, 7),
    context=lambda value: f"value {value!a}",
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

TESTS["first_wrong"] = Compare(
    cases=st.tuples(bodies, st.lists(st.tuples(deeds, st.integers(0, 4)), max_size=2)).map(
        _tampered
    ),
    run=lambda first_wrong, case: first_wrong(case[0], case[1], _digest),
    examples=(SOUND, _tampered((["+5", "-3", "+7"], [("change", 1)]))),
    context=lambda case: f"events {case[0]}, head {case[1]!r}",
)


def _node(left: str, right: str) -> str:
    return f"({left}{right})"


TESTS["inclusion"] = Compare(
    cases=st.sampled_from([1, 2, 4, 8]).flatmap(
        lambda size: st.tuples(st.integers(0, size - 1), st.just("abcdefgh"[:size]))
    ),
    run=lambda proof, case: proof(case[0], list(case[1]), _node),
    examples=((0, "ab"), (1, "ab"), (2, "abcd"), (0, "a")),
    context=lambda case: f"leaf {case[0]} of {case[1]!r}",
)


def _second(second_history: Callable[..., Any], case: tuple[list[str], int]) -> Any:
    """What the second auditor is told, and what is left for the first."""
    events, _ = _chained(case[0])
    told = second_history(events, case[1], "+99", _digest)
    if told is ...:  # the stub
        return told
    return told, events


TESTS["second_history"] = Compare(
    cases=st.lists(st.sampled_from(["+5", "+7", "-3"]), min_size=1, max_size=5).flatmap(
        lambda said: st.tuples(st.just(said), st.integers(1, len(said)))
    ),
    run=_second,
    examples=((["+5"], 1), (["+5", "-3"], 1)),
    context=lambda case: f"bodies {case[0]}; version {case[1]} is to say '+99'",
)

days = st.none() | st.integers(1, 9)
keys = st.fixed_dictionaries(
    dict.fromkeys(("valid_from", "valid_until", "revoked_at", "compromised_since"), days)
)
GOOD = {"valid_from": 2, "valid_until": 6, "revoked_at": None, "compromised_since": None}

TESTS["believe"] = Compare(
    cases=st.tuples(keys, st.integers(1, 9), days, st.just(10)),
    run=lambda believe, case: believe(*case),
    examples=((GOOD, 4, None, 10), (GOOD, 7, None, 10)),
    context=lambda case: f"key {case[0]}; recorded {case[1]}, seen {case[2]}, today {case[3]}",
)


def _open_memo(ciphertext: str) -> str:
    if ciphertext == "erased":
        raise ErasedPerson("customer-17")
    if ciphertext == "forged":
        raise WrongCiphertext("account-1", 1, "memo", "is not the one that was made for it")
    return ciphertext.removeprefix("sealed:")


def _stating(statement: Callable[..., Any], events: list[tuple[int, str]]) -> Any:
    """What is stated, or by which error it was refused."""
    try:
        return statement(list(events), _open_memo)
    except (ErasedPerson, WrongCiphertext) as error:
        return type(error).__name__


TESTS["statement"] = Compare(
    cases=st.lists(
        st.tuples(
            st.integers(-50, 50),
            st.sampled_from(
                ["sealed:rent", "sealed:", "sealed:gift", "erased", "erased", "forged"]
            ),
        ),
        max_size=5,
    ),
    run=_stating,
    examples=([(50, "sealed:rent")], [(50, "sealed:rent"), (20, "erased")]),
    context=lambda events: f"events (amount, ciphertext): {events}",
)

CHAPTER = from_pages(10, "Trust", __name__, TESTS)
