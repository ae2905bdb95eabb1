"""Promises are told in their order, each with the shortest case that breaks it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st

from eventsourcing_kit.exercises.promises import ENOUGH, Promise, Promises
from eventsourcing_kit.exercises.verdict import Verdict

NUMBERS = st.integers(0, 1000)
Answer = Callable[[int], Any]


def grows(answer: Answer, number: int) -> str:
    got = answer(number)
    return "" if got > number else f"{got!r} for {number}"


def is_even(answer: Answer, number: int) -> str:
    return "" if answer(number) % 2 == 0 else "odd"


TEST = Promises(
    (
        Promise("It grows.", NUMBERS, grows, lambda number: f"the number {number}"),
        Promise("It is even.", NUMBERS, is_even),
    ),
    plain=lambda answer: answer(1) == 4,
)


def judged(answer: Any, known: list[tuple[str, Any]] | None = None) -> Verdict:
    return TEST.judge("Numbers", answer, None, known or [])


def test_an_answer_that_keeps_all_is_right() -> None:
    found = judged(lambda number: 2 * number + 2)
    assert (found.outcome, found.message) == ("right", "All of 2 promises are kept.")


def test_a_stub_is_not_attempted() -> None:
    assert judged(...).outcome == "not attempted"
    assert judged(lambda number: ...).outcome == "not attempted"


def test_the_first_that_is_broken_is_told_with_its_shortest_case() -> None:
    found = judged(lambda number: number + 1 if number < 7 else 7)
    assert (found.outcome, found.message) == ("wrong", "It grows.")
    assert found.facts == (("Case", "the number 7"), ("What came", "7 for 7"))


def test_a_later_one_is_told_when_the_earlier_are_kept() -> None:
    found = judged(lambda number: 2 * number + 1)
    assert (found.message, found.facts[0]) == ("It is even.", ("Case", "0"))


def test_an_error_is_told_with_the_line_of_the_learner() -> None:
    def answer(number: int) -> int:
        return 1 // number

    found = judged(answer)
    assert found.message == "It grows."
    assert found.facts[1] == ("What came", "ZeroDivisionError: integer division or modulo by zero")
    assert found.line is not None
    assert found.line.text == "return 1 // number"


def test_a_known_wrong_answer_has_its_own_message() -> None:
    known = [("Too small.", lambda number: number - 1), ("The same.", lambda number: number)]
    found = judged(lambda number: number, known)
    assert (found.message, found.recognised) == ("The same.", 1)
    assert judged(lambda number: number - 2, known).recognised is None


def test_known_errors_are_told_apart_by_what_they_say() -> None:
    def raising(text: str) -> Answer:
        def answer(number: int) -> Any:
            raise ValueError(text)

        return answer

    known = [("A.", raising("a")), ("B.", raising("b"))]
    assert judged(raising("b"), known).message == "B."


def test_an_answer_that_wavers_is_wrong_all_the_same() -> None:
    calls = iter(range(10_000))
    found = judged(lambda number: number + 2 if next(calls) % 5 else 0)
    assert found.outcome == "wrong"


def test_the_search_for_a_shorter_case_ends() -> None:
    broken = 0

    def answer(number: int) -> int:
        nonlocal broken
        broken += 1
        return -1

    judged(answer)
    assert broken <= ENOUGH + 1
