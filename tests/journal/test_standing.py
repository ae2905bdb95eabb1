from __future__ import annotations

from dataclasses import replace

import pytest

from eventsourcing_kit.journal.standing import (
    NOT_TRIED,
    Standing,
    exercise_of,
    standings,
    stream_of,
    until,
)
from tests.progress.learner import at, happened

KEY = (4, "evolve")


def after(*types: str) -> Standing:
    return standings(happened(*((*KEY, type_) for type_ in types)))[KEY]


class TestAnExercise:
    def test_is_not_tried_before_anything_happened(self) -> None:
        assert NOT_TRIED.mark == "not tried"
        assert standings([]) == {}

    @pytest.mark.parametrize("type_", ["ExerciseAttempted", "HintTaken", "SolutionShown"])
    def test_is_begun_once_anything_was_done_about_it(self, type_: str) -> None:
        assert after(type_).mark == "begun"

    def test_counts_the_answers_up_to_the_right_one(self) -> None:
        standing = after("ExerciseAttempted", "ExerciseAttempted", "ExerciseSolved")
        assert standing == Standing(tries=3, solved_at=at(3))
        assert standing.mark == "solved"

    def test_stays_as_it_was_when_it_was_solved(self) -> None:
        once = after("ExerciseSolved")
        later = ("ExerciseAttempted", "HintTaken", "SolutionShown", "ExerciseSolved")
        assert after("ExerciseSolved", *later) == once

    def test_is_marked_when_the_solution_was_seen_first(self) -> None:
        assert after("SolutionShown", "ExerciseSolved").mark == "solved after seeing the solution"
        assert after("ExerciseSolved", "SolutionShown").mark == "solved"

    def test_hints_are_how_far_up_the_ladder_one_went(self) -> None:
        def hints(*numbers: object) -> int:
            story = (((*KEY, "HintTaken", {"number": number})) for number in numbers)
            return standings(happened(*story))[KEY].hints

        assert hints(1, 2) == 2
        assert hints(1, 2, 1) == 2, "a new kernel begins at the first hint again"
        assert hints("two") == 1, "a foreign hand wrote this one"

    def test_is_not_changed_by_events_about_something_else(self) -> None:
        assert after("CardRated") == NOT_TRIED


class TestTheCourse:
    def test_keeps_its_exercises_apart(self) -> None:
        found = standings(happened((1, "fold", "ExerciseSolved"), (*KEY, "ExerciseAttempted")))
        assert {key: standing.mark for key, standing in found.items()} == {
            (1, "fold"): "solved",
            KEY: "begun",
        }

    def test_as_of_a_moment_includes_it(self) -> None:
        events = happened((*KEY, "ExerciseAttempted"), (*KEY, "ExerciseSolved"))
        assert standings(until(events, at(0))) == {}
        assert standings(until(events, at(1)))[KEY].mark == "begun"
        assert standings(until(events, at(2))) == standings(until(events, None))

    def test_goes_by_when_things_happened(self) -> None:
        solved, seen = happened((*KEY, "ExerciseSolved"), (*KEY, "SolutionShown"))
        assert standings(until([seen, solved], None))[KEY].mark == "solved"


class TestTheStream:
    def test_names_the_exercise(self) -> None:
        assert stream_of(*KEY) == "exercise-4-evolve"
        assert exercise_of("exercise-4-evolve") == KEY
        assert exercise_of("exercise-4-a-b") == (4, "a-b")

    @pytest.mark.parametrize("other", ["card-12", "exercise-x-evolve", "exercise-4-", "exercise"])
    def test_of_anything_else_names_none(self, other: str) -> None:
        assert exercise_of(other) is None
        [event] = happened((*KEY, "ExerciseSolved"))
        assert standings([replace(event, stream_id=other)]) == {}
