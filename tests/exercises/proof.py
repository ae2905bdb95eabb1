"""Each exercise of a chapter proves itself: unsolved, wrong in every known way, and solved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

import eventsourcing_kit as es
from eventsourcing_kit.exercises import Compare, Exercise, Rules, Verdict
from eventsourcing_kit.exercises.outcome import run, same_outcome
from eventsourcing_kit.exercises.promises import Promises


class Proof:
    """A subclass named Test… names its chapter."""

    chapter: ClassVar[int]

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        exercises = {one.name: one for one in es.exercises.chapter(metafunc.cls.chapter)}
        metafunc.parametrize("exercise", list(exercises.values()), ids=list(exercises))

    def test_the_stub_is_not_attempted(self, exercise: Exercise) -> None:
        assert verdict(exercise, exercise.stub).outcome == "not attempted"

    def test_the_reference_is_right(self, exercise: Exercise) -> None:
        found = verdict(exercise, exercise.reference)
        assert found.right, found

    def test_every_known_wrong_answer_gets_its_own_message(self, exercise: Exercise) -> None:
        assert len({wrong.message for wrong in exercise.wrong_answers}) >= 2
        for number, wrong in enumerate(exercise.wrong_answers):
            found = verdict(exercise, wrong.code)
            assert (found.outcome, found.message) == ("wrong", wrong.message), found
            assert found.recognised == number

    def test_a_plain_check_would_let_a_wrong_answer_through(self, exercise: Exercise) -> None:
        assert any(passes_a_plain_check(exercise, wrong.code) for wrong in exercise.wrong_answers)
        assert passes_a_plain_check(exercise, exercise.reference)

    def test_hints_lead_on_without_giving_the_whole_answer(self, exercise: Exercise) -> None:
        assert len(exercise.hints) >= 2
        assert len(set(exercise.hints)) == len(exercise.hints)
        for hint in exercise.hints:
            assert hint.strip()
            assert not set(telling_lines(exercise)) <= set(squeezed(hint)), hint

    def test_the_words_are_there(self, exercise: Exercise) -> None:
        for text in (exercise.title, exercise.prompt, exercise.why):
            assert text.strip()
        assert 0 < exercise.minutes <= (BLANK_PAGE if is_blank_page(exercise) else 10)
        assert exercise.answer in exercise.stub

    def test_hints_come_one_a_call_and_count_down(self, exercise: Exercise) -> None:
        total = len(exercise.hints)
        said = list(all_hints(exercise))
        assert len(said) == total
        for number, (text, hint) in enumerate(zip(said, exercise.hints, strict=True), 1):
            assert text.startswith(f"Hint {number} of {total}, ")
            assert hint in text
            left = total - number
            assert (f"{left} left" if left else "the last") in text


BLANK_PAGE = 30  # minutes, for a whole thing that is written from an empty cell


def is_blank_page(exercise: Exercise) -> bool:
    """Whether the stub holds a name, and no line of code to begin with."""
    return exercise.stub == f"{exercise.answer} = ..."


def verdict(exercise: Exercise, code: str) -> Verdict:
    return exercise.judge(exercise.build(code))


def passes_a_plain_check(exercise: Exercise, code: str) -> bool:
    test = exercise.test
    if isinstance(test, Rules | Promises):
        return test.plain(exercise.build(code))
    assert isinstance(test, Compare)
    assert test.examples, "a plain check has examples"
    answer, reference = exercise.build(code), exercise.build(exercise.reference)
    return all(
        same_outcome(run(test.run, reference, case), run(test.run, answer, case))
        for case in test.examples
    )


def telling_lines(exercise: Exercise) -> list[str]:
    """The lines of the reference that the stub does not have."""
    return [line for line in squeezed(exercise.reference) if line not in squeezed(exercise.stub)]


def squeezed(text: str) -> list[str]:
    """Its lines that say something, without the blanks around them."""
    return [line.strip() for line in text.splitlines() if line.strip(" \n\t()[]{}\"',`")]


def all_hints(exercise: Exercise) -> Iterator[str]:
    while not (text := str(exercise.hint())).startswith("No more"):
        yield text
